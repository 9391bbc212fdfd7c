//! The program as a whole, started as users and cron start it.

mod activity;
mod browser;
mod bundle;
mod codes;
mod cron;
mod data;
mod diskfull;
mod editing;
mod explorer;
mod interrupts;
mod kill;
mod lock;
mod manifest;
mod measure;
mod neurons;
mod params;
mod process;
#[cfg(feature = "torch")]
mod recordings;
mod repl;
mod report;
mod scripts;
mod share;
mod signals;
mod slurm;
mod stdlib;
mod stored;
mod streams;
mod sweep;
mod tables;
#[cfg(feature = "torch")]
mod training;
mod viewer;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder to run in, with some files.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// The program, in a folder and an environment as bare as cron's.
pub fn nms(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nms"));
    command.args(args).current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

/// What a command gave: exit code, standard output and standard error, without times and the folder's name.
pub fn said(mut command: Command) -> String {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        text.lines().map(|l| without_time(l).to_string() + "\n").collect::<String>()
    };
    let code = output.status.code().map_or("signal".into(), |c| c.to_string());
    format!("exit {code}\n--- stdout\n{}--- stderr\n{}", text(&output.stdout), text(&output.stderr))
}

/// Runs code with `-c`.
pub fn code(code: &str) -> String {
    let folder = folder(&[]);
    said(nms(folder.path(), &["-c", code]))
}

/// Runs with a text on standard input.
pub fn piped(folder: &Path, args: &[&str], input: &str) -> Output {
    let mut command = nms(folder, args);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// A log line without the time at its start, which is `2026-11-22T07:29:00Z`.
fn without_time(line: &str) -> &str {
    match line.split_once(' ') {
        Some((time, rest)) if time.len() == 20 && time.ends_with('Z') && time.as_bytes()[10] == b'T' => rest,
        _ => line,
    }
}
