//! Writing files whole or not at all.

use std::io::Write;
use std::path::Path;

use crate::error::{Error, Result};

/// Writes a file by way of a temporary one beside it, so that no reader ever sees half of it.
///
/// # Errors
/// When the folder is missing or the file cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let fail = |e: &std::io::Error| Error::io("cannot write", path, e);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|e| fail(&e))?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(|e| fail(&e))?;
    file.persist(path).map_err(|e| fail(&e.error))?;
    Ok(())
}
