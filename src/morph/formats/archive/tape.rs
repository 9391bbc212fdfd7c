//! Tar archives, read from front to back.

use std::io::Read;
use std::path::Path;

use tar::Archive;

use super::{Found, damaged, unpacked};
use crate::error::Result;

/// Adds the names of all files.
pub(super) fn names(path: &Path, reader: impl Read, names: &mut Vec<String>) -> Result<()> {
    let mut archive = Archive::new(reader);
    for entry in archive.entries().map_err(|e| damaged(path, &e.to_string()))? {
        crate::interrupt::check()?;
        let entry = entry.map_err(|e| damaged(path, &e.to_string()))?;
        if entry.header().entry_type().is_file() {
            names.push(String::from_utf8_lossy(&entry.path_bytes()).into_owned());
        }
    }
    Ok(())
}

/// Unpacks the wanted members as they pass.
pub(super) fn visit(path: &Path, reader: impl Read, wanted: &dyn Fn(&str) -> bool, found: Found<'_>) -> Result<()> {
    let mut archive = Archive::new(reader);
    for entry in archive.entries().map_err(|e| damaged(path, &e.to_string()))? {
        crate::interrupt::check()?;
        let entry = entry.map_err(|e| damaged(path, &e.to_string()))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if entry.header().entry_type().is_file() && wanted(&name) {
            found(&name, unpacked(path, &name, entry))?;
        }
    }
    Ok(())
}
