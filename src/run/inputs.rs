//! What a run has read, with hashes: whoever repeats it can tell whether the data are the same, and a run that goes on
//! with an earlier one refuses data that have changed since.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::manifest::{self, hex};

/// The most bytes that are read again for their hashes. At some 500 MB/s per core that is seconds at the end of a run,
/// not minutes; larger inputs are recorded by size alone.
pub(super) const HASH_BUDGET: u64 = 4 << 30;

/// The most bytes that are read for a hash when the input is about to be read anyway, so that a run that is killed has
/// a hash to hold the next one to.
pub(super) const HASH_AT_ONCE: u64 = 1 << 30;

/// A file or folder that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// As the script named it.
    pub path: PathBuf,
    /// Number of files, for a folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<usize>,
    /// Size; for a folder of all files together.
    pub bytes: u64,
    /// SHA-256 of the file. For a folder, of the lines `HASH  ./PATH` of its files in order of their paths, so that
    /// `find . -type f | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum` gives the same. Absent where it was not
    /// taken. Folders of runs (those with a `run.json`) inside a folder do not belong to it.
    pub sha256: Option<String>,
}

impl Input {
    /// How this differs from what an earlier run has read at the same path, as far as both tell.
    pub fn change_since(&self, before: &Input) -> Option<String> {
        let size = |input: &Input| {
            let files = input.files.map_or(String::new(), |n| format!("{n} files, "));
            format!("{files}{} bytes", input.bytes)
        };
        if (self.files, self.bytes) != (before.files, before.bytes) {
            return Some(format!("{} then, {} now", size(before), size(self)));
        }
        match (&self.sha256, &before.sha256) {
            (Some(now), Some(then)) if now != then => Some("of the same size, with another content".into()),
            _ => None,
        }
    }
}

/// Describes what lies at these paths, with hashes unless there are more than `budget` bytes in all. What has vanished is
/// left out.
pub fn describe<'a>(paths: impl Iterator<Item = &'a Path>, budget: u64) -> Vec<Input> {
    let found: Vec<(PathBuf, Vec<(PathBuf, u64)>)> =
        paths.filter(|p| p.exists()).map(|p| (p.to_path_buf(), files_of(p))).collect();
    let total: u64 = found.iter().flat_map(|(_, files)| files).map(|(_, bytes)| bytes).sum();
    let hash = total <= budget;
    found.into_iter().map(|(path, files)| input(path, &files, hash)).collect()
}

fn input(path: PathBuf, files: &[(PathBuf, u64)], hash: bool) -> Input {
    let bytes = files.iter().map(|(_, bytes)| bytes).sum();
    let is_folder = path.is_dir();
    let hashes: Option<Vec<String>> = match hash {
        true => files.par_iter().map(|(file, _)| sha256_of(file).ok()).collect(),
        false => None,
    };
    let sha256 = hashes.and_then(|hashes| {
        if !is_folder {
            return hashes.into_iter().next();
        }
        let mut digest = Sha256::new();
        for (hash, (file, _)) in hashes.iter().zip(files) {
            let relative = file.strip_prefix(&path).unwrap_or(file);
            digest.update(format!("{hash}  ./{}\n", relative.display()));
        }
        Some(hex(&digest.finalize()))
    });
    Input { path, files: is_folder.then_some(files.len()), bytes, sha256 }
}

/// All files at or below a path with their sizes, in order of their paths' bytes.
pub(super) fn files_below(path: &Path) -> Vec<(PathBuf, u64)> {
    walk(path, |_| true)
}

/// The files of an input, or of a run: other runs in folders below it do not belong to it.
pub(super) fn files_of(path: &Path) -> Vec<(PathBuf, u64)> {
    walk(path, |folder| !folder.join(manifest::FILE).is_file())
}

fn walk(root: &Path, enter: impl Fn(&Path) -> bool) -> Vec<(PathBuf, u64)> {
    let mut files = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(path) = open.pop() {
        match std::fs::read_dir(&path) {
            Ok(_) if path != root && !enter(&path) => {}
            Ok(entries) => open.extend(entries.flatten().filter(|e| !is_link_to_folder(e)).map(|e| e.path())),
            Err(_) => files.push((path.clone(), path.metadata().map_or(0, |m| m.len()))),
        }
    }
    files.sort_by(|a, b| a.0.as_os_str().cmp(b.0.as_os_str()));
    files
}

/// Links to folders can lead in a circle.
fn is_link_to_folder(entry: &std::fs::DirEntry) -> bool {
    entry.file_type().is_ok_and(|t| t.is_symlink()) && entry.path().is_dir()
}

fn sha256_of(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&digest.finalize())),
            n => digest.update(&buffer[..n]),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_have_hashes_that_others_can_check() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        std::fs::write(folder.path().join("b.swc"), "abc").unwrap();
        std::fs::write(folder.path().join("sub/a.swc"), "").unwrap();
        let file = folder.path().join("b.swc");
        let paths = [folder.path(), file.as_path(), Path::new("/does/not/exist")];
        let found = describe(paths.into_iter(), HASH_BUDGET);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].files, found[0].bytes), (Some(2), 3));
        // From GNU coreutils sha256sum 9.1, by the command in the documentation of `sha256`.
        assert_eq!(
            found[0].sha256.as_deref(),
            Some("54a194e7a15a198487ae949e54a5f5e7a20ce024b567186f65f6c9abae1bc753")
        );
        // FIPS 180-2, appendix B.1: SHA-256 of "abc".
        assert_eq!(
            found[1].sha256.as_deref(),
            Some("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        );
        assert_eq!(describe(paths.into_iter(), 2)[1].sha256, None);
    }

    #[test]
    fn a_change_is_told_and_runs_are_no_data() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let read = || describe([folder.path()].into_iter(), HASH_BUDGET).remove(0);
        write("a.swc", "abc");
        let before = read();
        std::fs::create_dir(folder.path().join("run1")).unwrap();
        write("run1/run.json", "{}");
        write("run1/out.csv", "1");
        assert_eq!(read().change_since(&before), None);
        write("a.swc", "abd");
        assert_eq!(read().change_since(&before).as_deref(), Some("of the same size, with another content"));
        write("b.swc", "");
        assert_eq!(read().change_since(&before).as_deref(), Some("1 files, 3 bytes then, 2 files, 3 bytes now"));
    }
}
