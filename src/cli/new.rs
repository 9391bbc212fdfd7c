//! `nms new`: a script to start from.

use std::io::Write as _;
use std::path::Path;

use crate::error::{Error, Result};
use crate::term::printer;

/// The script: it runs as it is, on cells that it grows itself.
const SCRIPT: &str = include_str!("new.rhai");

/// Writes the starting script `NAME.rhai`, never over a file that is there.
///
/// # Errors
/// When there is one already, or it cannot be written.
pub(super) fn new(name: &Path) -> Result<u8> {
    let mut path = name.to_path_buf();
    if path.extension().is_none_or(|e| e != "rhai") {
        path.as_mut_os_string().push(".rhai");
    }
    let title = path.file_stem().map_or_else(|| "cells".into(), |stem| stem.to_string_lossy().into_owned());
    let file = std::fs::File::options().write(true).create_new(true).open(&path);
    let mut file = file.map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Error::value(format!("`{}` is there already", path.display())).help("choose another name")
        }
        _ => Error::io("cannot write", &path, &e),
    })?;
    let text = SCRIPT.replace("{NAME}", &title);
    file.write_all(text.as_bytes()).map_err(|e| Error::io("cannot write", &path, &e))?;
    make_executable(&file);
    printer::line(&format!("wrote {0}; try `nms run {0}`, and `nms run {0} --help`", path.display()));
    Ok(0)
}

/// Lets the script be called by its own name; where the system knows no such thing, `nms run` will do.
fn make_executable(file: &std::fs::File) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if let Ok(metadata) = file.metadata() {
            let mode = metadata.permissions().mode();
            drop(file.set_permissions(std::fs::Permissions::from_mode(mode | 0o111)));
        }
    }
    #[cfg(not(unix))]
    let _ = file;
}
