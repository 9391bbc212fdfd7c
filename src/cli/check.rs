//! `nms check`: what is wrong with scripts, without running them.

use std::path::PathBuf;

use super::args::Global;
use super::ending::report;
use super::setup::setup;
use crate::bind;
use crate::error::{Error, Result};
use crate::script::check::check as checked;
use crate::term::printer;

/// Checks files and gives the exit code: 1 when something was found.
///
/// # Errors
/// When a file cannot be read.
pub(super) fn check(global: &Global, files: &[PathBuf]) -> Result<u8> {
    let mut findings = 0;
    for path in files {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io("cannot read the script", path, &e))?;
        let found = checked(bind::install, &setup(global), &path.display().to_string(), &text);
        found.iter().for_each(|finding| report(finding, global));
        findings += found.len();
    }
    if global.quiet == 0 {
        let things = if findings == 1 { "1 finding".to_string() } else { format!("{findings} findings") };
        let of = if files.len() == 1 { files[0].display().to_string() } else { format!("{} files", files.len()) };
        printer::note(&if findings == 0 { format!("{of}: nothing found") } else { format!("{of}: {things}") });
    }
    Ok(u8::from(findings > 0))
}
