//! `nms run SCRIPT --help`: what a script is for and what it can be given, read from its text.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::CommandFactory;

use super::args::Cli;
use crate::run::bundle::{Bundle, EXTENSION, is_bundle};
use crate::script::declared::{self, Declared};
use crate::term::printer;

/// The script in the arguments of `nms run … --help`, where one is named.
pub(super) fn script_asked_about(args: &[OsString]) -> Option<PathBuf> {
    let run = args.iter().position(|arg| arg == "run")?;
    let script = args[run + 1..]
        .iter()
        .map(PathBuf::from)
        .find(|path| path.extension().is_some_and(|e| e == "rhai" || e == EXTENSION))?;
    script.is_file().then_some(script)
}

/// Prints the script's header, its parameters, and the options of every run.
pub(super) fn show(path: &Path) {
    let Ok(mut text) = std::fs::read_to_string(path) else { return };
    let bundle = if is_bundle(&text) { Bundle::parse(&text, path).ok() } else { None };
    if let Some(bundle) = &bundle {
        text = bundle.text().to_string();
    }
    let header = header(&text);
    if !header.is_empty() {
        printer::line(&format!("{header}\n"));
    }
    printer::line(&format!("Usage: nms run {} [--param NAME=VALUE]… [OPTIONS]\n", path.display()));
    printer::line(&parameters(&text));
    if let Some(bundle) = &bundle {
        printer::line(&bundled(bundle));
    }
    let mut cli = Cli::command();
    // Without it a command does not know the options of all commands.
    cli.build();
    let run = cli.find_subcommand_mut("run").map(|run| run.render_help().to_string()).unwrap_or_default();
    // Its own first lines say what has been said above.
    if let Some(at) = run.find("Options:") {
        printer::line(run[at..].trim_end());
    }
}

/// What a bundle gives its script.
fn bundled(bundle: &Bundle) -> String {
    let given: Vec<String> = bundle.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let given = if given.is_empty() { "no parameters".to_string() } else { given.join(" ") };
    let made = &bundle.made_with;
    format!("Bundled with {given}, seed {}, nms {} ({})\n", bundle.seed, made.nms, made.git)
}

/// The `//!` lines at the top of a script.
fn header(text: &str) -> String {
    let lines = text.lines().skip_while(|line| line.starts_with("#!") || line.trim().is_empty());
    let lines = lines.map_while(|line| line.strip_prefix("//!")).map(|line| line.strip_prefix(' ').unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n").trim_end().to_string()
}

/// A line for each parameter: name, type, default and help.
fn parameters(text: &str) -> String {
    let found = match declared::listed(text) {
        Ok(found) if found.is_empty() => return "It declares no parameters.\n".into(),
        Ok(found) => found,
        Err(error) => return format!("Its parameters cannot be told: {error}\n"),
    };
    let assignment = |p: &Declared| format!("{}={}", p.name, p.default);
    let width = found.iter().map(|p| assignment(p).chars().count()).max().unwrap_or(0);
    let kinds = found.iter().map(|p| p.kind.len()).max().unwrap_or(0);
    let line =
        |p: &Declared| format!("  {:width$}  {:kinds$}  {}", assignment(p), p.kind, p.help).trim_end().to_string();
    format!("Parameters:\n{}\n", found.iter().map(line).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_tells_what_it_is_for_and_what_it_takes() {
        let text = "#!/usr/bin/env nms\n//! Cells.\n//!\n//!  More.\nlet d = param(\"data\", \"a, b\", \"a folder\");\n\
                    let n = param(\"n\", if smoke() { 2 } else { 20 });";
        assert_eq!(header(text), "Cells.\n\n More.");
        let expected = "Parameters:\n  data=\"a, b\"                      text          a folder\n  \
                        n=if smoke() { 2 } else { 20 }  whole number\n";
        assert_eq!(
            parameters(text).replace("  ", " ").replace("  ", " "),
            expected.replace("  ", " ").replace("  ", " ")
        );
    }
}
