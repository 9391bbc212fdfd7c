//! Zip archives: members stored or deflated.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use super::{Found, damaged, member_path, open, unpacked};
use crate::error::{Error, Result};

/// Adds the names of all files.
pub(super) fn names(path: &Path, names: &mut Vec<String>) -> Result<()> {
    let archive = directory(path)?;
    names.extend(archive.file_names().filter(|name| !name.ends_with('/')).map(String::from));
    Ok(())
}

/// Unpacks the wanted members, in the order of the archive's directory.
pub(super) fn visit(path: &Path, wanted: &dyn Fn(&str) -> bool, found: Found<'_>) -> Result<()> {
    let mut archive = directory(path)?;
    for index in 0..archive.len() {
        crate::interrupt::check()?;
        // The raw entry serves for the name: it exists whatever the compression.
        let name = match archive.by_index_raw(index) {
            Ok(entry) if entry.is_file() && wanted(entry.name()) => entry.name().to_string(),
            Ok(_) => continue,
            Err(e) => return Err(damaged(path, &e.to_string())),
        };
        let bytes = match archive.by_index(index) {
            Ok(entry) => unpacked(path, &name, entry),
            Err(e) => Err(refused(path, &name, &e)),
        };
        found(&name, bytes)?;
    }
    Ok(())
}

fn directory(path: &Path) -> Result<ZipArchive<BufReader<File>>> {
    ZipArchive::new(BufReader::new(open(path)?)).map_err(|e| damaged(path, &e.to_string()))
}

fn refused(path: &Path, name: &str, cause: &ZipError) -> Error {
    let error = Error::format(format!("the member cannot be unpacked: {cause}")).in_file(&member_path(path, name));
    match cause {
        ZipError::UnsupportedArchive(_) => error.help("pack it with deflate, without a password"),
        _ => error.help("the archive is damaged: copy or download it again"),
    }
}
