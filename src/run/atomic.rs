//! Files that are either complete or not there: written beside their place, synced, then renamed over it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// Writes `bytes` to `path`, replacing what was there; folders on the way are made.
///
/// # Errors
/// When the system refuses; what was there before is then untouched.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut writer = writer(path)?;
    writer.write_all(bytes).map_err(|e| Error::io("cannot write", path, &e))?;
    writer.finish()
}

/// A writer for `path`. Nothing is seen there before [`AtomicWriter::finish`]; a dropped writer leaves no trace.
///
/// # Errors
/// When no file can be made in that folder.
pub fn writer(path: &Path) -> Result<AtomicWriter> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder).map_err(|e| Error::io("cannot make the folder", folder, &e))?;
    // The rename is atomic only within one file system, hence a temporary file in the same folder.
    let temporary = new_file(folder).map_err(|e| Error::io("cannot write", path, &e))?;
    Ok(AtomicWriter { file: BufWriter::new(temporary), path: path.to_path_buf() })
}

/// What the names of unfinished files begin with.
const UNFINISHED: &str = ".nms-";

/// Whether a file is one that a writer has not finished.
pub fn is_unfinished(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(UNFINISHED))
}

/// Removes the unfinished files in a folder and those below it, which a killed process has left. Only for a folder that
/// no other process writes to; folders of other runs below it are left alone.
pub fn clear_unfinished(folder: &Path) {
    for (path, _) in super::inputs::files_of(folder).into_iter().filter(|(path, _)| is_unfinished(path)) {
        // One that stays is litter, not damage.
        drop(std::fs::remove_file(path));
    }
}

/// A temporary file with the permissions that any other new file would get; the crate's default is for secrets.
#[cfg(unix)]
fn new_file(folder: &Path) -> std::io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    let everyday = std::fs::Permissions::from_mode(0o666);
    tempfile::Builder::new().prefix(UNFINISHED).permissions(everyday).tempfile_in(folder)
}

#[cfg(not(unix))]
fn new_file(folder: &Path) -> std::io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)
}

/// A buffered writer whose file appears at its path only when finished.
pub struct AtomicWriter {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl AtomicWriter {
    /// Syncs what was written and puts it in its place.
    ///
    /// # Errors
    /// When the system refuses, a full disk above all.
    pub fn finish(self) -> Result<()> {
        let refuse = |e: &std::io::Error| Error::io("cannot write", &self.path, e);
        let file = self.file.into_inner().map_err(|e| refuse(e.error()))?;
        file.as_file().sync_all().map_err(|e| refuse(&e))?;
        file.persist(&self.path).map_err(|e| refuse(&e.error))?;
        // The rename itself lasts through a crash only once its folder is synced; a file system that refuses that
        // (some network ones do) has still got the file right.
        if let Some(folder) = self.path.parent().filter(|f| !f.as_os_str().is_empty()) {
            drop(File::open(folder).and_then(|f| f.sync_all()));
        }
        Ok(())
    }
}

impl Write for AtomicWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_seen_before_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/x.txt");
        write(&path, b"old").unwrap();
        let mut unfinished = writer(&path).unwrap();
        unfinished.write_all(b"new").unwrap();
        unfinished.flush().unwrap();
        drop(unfinished);
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        write(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn what_a_killed_process_left_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("deep/x.txt"), b"x").unwrap();
        write(&folder.path().join("other/run.json"), b"{}").unwrap();
        let left = folder.path().join("deep/.nms-Ab12");
        let others = folder.path().join("other/.nms-Ab12");
        std::fs::write(&left, b"half").unwrap();
        std::fs::write(&others, b"half").unwrap();
        clear_unfinished(folder.path());
        assert!(!left.exists() && folder.path().join("deep/x.txt").exists());
        assert!(others.exists());
    }
}
