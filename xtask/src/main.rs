//! Set-up and checks of nms in one command: `cargo xtask <setup|run|test|check>`.
//!
//! This member has no dependencies, so it builds in seconds on a bare machine, before libtorch is there.

// This is the terminal's end of the tool: it prints and exits.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::exit)]

mod checks;
mod libtorch;
mod shell;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  setup [--cuda]     put libtorch into .libtorch (about 1.3 GB; with --cuda 4 GB, all that a GPU needs)
  run SCRIPT [ARGS]  set up if needed, build nms for speed, and run a script: cargo xtask run scripts/quickstart.rhai
  test               all that continuous integration runs: format, lints, tests, documentation, every script
  help               this text

The libtorch of the environment variable LIBTORCH is used instead of .libtorch where it is set.";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match args.first().map(String::as_str) {
        Some("setup") => match args.get(1).map(String::as_str) {
            None => libtorch::ensure(false),
            Some("--cuda") => libtorch::ensure(true),
            Some(other) => Err(format!("`setup` does not take `{other}`\n\n{USAGE}")),
        },
        Some("run") if args.len() > 1 => libtorch::ensure(false).and_then(|()| run(&args[1..])),
        Some("run") => Err(format!("`run` needs a script\n\n{USAGE}")),
        Some("test") => libtorch::ensure(false).and_then(|()| checks::all()),
        Some("help" | "--help" | "-h") => {
            println!("{USAGE}");
            Ok(())
        }
        Some(other) => Err(format!("unknown command `{other}`\n\n{USAGE}")),
        None => Err(USAGE.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Builds the release binary and hands it the script; its exit code is passed on.
fn run(args: &[String]) -> Result<(), String> {
    shell::cargo(&["build", "--release", "--package", "nms"])?;
    let binary = shell::target_dir().join("release").join("nms");
    let status = std::process::Command::new(&binary)
        .arg("run")
        .args(args)
        .status()
        .map_err(|e| format!("cannot start `{}`: {e}", binary.display()))?;
    match status.code() {
        Some(0) => Ok(()),
        code => std::process::exit(code.unwrap_or(1)),
    }
}
