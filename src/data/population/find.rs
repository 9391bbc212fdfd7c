//! Finding SWC files below a folder.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};
use crate::interrupt;

/// What lies below a folder.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// SWC files, sorted by path.
    pub swc: Vec<PathBuf>,
    /// Files of other morphology formats: ending, and how many.
    pub other: BTreeMap<String, usize>,
}

/// Endings of formats that users might expect to be read.
const OTHER_FORMATS: [&str; 7] = ["asc", "h5", "nml", "xml", "traces", "eswc", "hoc"];

/// Finds files that end in `.swc`, in any case, and whose name matches the pattern. Hidden files and folders are left
/// out (macOS puts a `._cell.swc` beside a `cell.swc` on foreign disks); links to folders are followed, each folder once.
pub(super) fn swc_files(folder: &Path, recursive: bool, pattern: Option<&str>) -> Result<Found> {
    let mut found = Found::default();
    let mut waiting = vec![folder.to_path_buf()];
    let mut visited = HashSet::new();
    while let Some(folder) = waiting.pop() {
        interrupt::check()?;
        let refused = |e: &std::io::Error| Error::io("cannot list", &folder, e);
        if !visited.insert(folder.canonicalize().map_err(|e| refused(&e))?) {
            continue;
        }
        for entry in fs::read_dir(&folder).map_err(|e| refused(&e))? {
            let path = entry.map_err(|e| refused(&e))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                if recursive {
                    waiting.push(path);
                }
                continue;
            }
            let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
            if ending == "swc" {
                if pattern.is_none_or(|p| matches(p.as_bytes(), name.as_bytes())) {
                    found.swc.push(path);
                }
            } else if OTHER_FORMATS.contains(&ending.as_str()) {
                *found.other.entry(ending).or_default() += 1;
            }
        }
    }
    found.swc.sort();
    Ok(found)
}

/// Whether a name matches a pattern in which `*` stands for any text and `?` for one byte.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    // The last `*`, and how much of the name it has swallowed: more of it is tried when what follows does not fit.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&byte) if byte == b'?' || byte == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, swallowed)) => {
                    star = Some((at, swallowed + 1));
                    (p, n) = (at + 1, swallowed + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

/// A path without `.` and `..`, and absolute where the system can say so; links are not followed.
pub(super) fn normal(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut normal = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(normal.pop()),
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let fits = |pattern: &str, name: &str| matches(pattern.as_bytes(), name.as_bytes());
        assert!(fits("*.CNG.swc", "C01.CNG.swc") && !fits("*.CNG.swc", "C01.swc"));
        assert!(fits("*a*b*", "xxaxaxb") && !fits("*a*b", "xxba"));
        assert!(fits("cell?.swc", "cell7.swc") && !fits("cell?.swc", "cell12.swc"));
        assert!(fits("*", "") && !fits("?", "") && fits("", ""));
    }

    #[test]
    fn paths_lose_their_detours() {
        assert_eq!(normal(Path::new("/a/b/../c/./d.swc")), Path::new("/a/c/d.swc"));
    }
}
