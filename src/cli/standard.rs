//! `nms std`: the modules that come with the program.

use std::path::Path;

use super::args::StdCommand;
use crate::error::{Error, Result, did_you_mean};
use crate::run::manifest::Build;
use crate::script::stdlib;
use crate::term::printer;

/// The file beside ejected modules that says which program they are from.
const STAMP: &str = "nms-version";

/// Lists, shows or writes out the standard modules.
///
/// # Errors
/// When there is no such module, or files cannot be written.
pub(super) fn standard(command: &StdCommand) -> Result<u8> {
    match command {
        StdCommand::List => {
            let width = stdlib::names().map(str::len).max().unwrap_or(0) + 4;
            for (name, text) in stdlib::all() {
                printer::line(&format!("{:width$}  {}", format!("nms/{name}"), header(text)));
            }
        }
        StdCommand::Show { name } => {
            let short = name.strip_prefix("nms/").unwrap_or(name);
            let text = stdlib::text(short).ok_or_else(|| {
                let error = Error::value(format!("no standard module `{name}`"));
                match did_you_mean(short, stdlib::names()) {
                    Some(meant) => error.help(format!("did you mean `nms/{meant}`?")),
                    None => error.help("`nms std list` lists them"),
                }
            })?;
            printer::line(text.trim_end());
        }
        StdCommand::Eject { folder } => eject(folder)?,
    }
    Ok(0)
}

/// The first line of a module's header.
fn header(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim_start_matches("//!").trim()
}

/// Writes the modules into a folder, from which `--std` takes them; files that are there stay.
fn eject(folder: &Path) -> Result<()> {
    let inside = folder.join("nms");
    std::fs::create_dir_all(&inside).map_err(|e| Error::io("cannot make", &inside, &e))?;
    for (name, text) in stdlib::all() {
        let path = inside.join(format!("{name}.rhai"));
        if path.exists() {
            return Err(Error::value(format!("`{}` is there already", path.display()))
                .help("give a folder without standard modules, or remove what is there"));
        }
        std::fs::write(&path, text).map_err(|e| Error::io("cannot write", &path, &e))?;
    }
    let stamp = folder.join(STAMP);
    let Build { version, git, .. } = Build::this();
    std::fs::write(&stamp, format!("{version} {git}\n")).map_err(|e| Error::io("cannot write", &stamp, &e))?;
    printer::line(&format!("wrote {0}; `nms --std {0} …` uses what you change there", folder.display()));
    Ok(())
}

/// What to warn of when standard modules come from a folder that another program wrote.
pub(super) fn stale(folder: &Path) -> Option<String> {
    let written = std::fs::read_to_string(folder.join(STAMP)).ok()?;
    let written = written.split_whitespace().next()?;
    let Build { version, .. } = Build::this();
    (written != version).then(|| {
        format!("the standard modules in `{}` are from nms {written}, and this is {version}", folder.display())
    })
}
