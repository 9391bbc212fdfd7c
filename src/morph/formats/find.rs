//! Finding files of neurons: below a folder, by a pattern with wildcards, or in one file, which may be an archive.

use std::collections::HashSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use super::{Format, Place, is_unread_ending, places};
use crate::error::{Error, Result};
use crate::interrupt;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// What paths are relative to: the folder, the part of a pattern before its wildcards, or the file itself.
    pub base: PathBuf,
    /// Files of neurons on the disk or in archives, sorted by path.
    pub places: Vec<Place>,
    /// Files of formats that are not read, and archives below a folder, sorted.
    pub other: Vec<PathBuf>,
}

impl Found {
    /// The folder in which a label table is looked for.
    pub fn folder(&self) -> &Path {
        match self.base.is_dir() {
            true => &self.base,
            false => self.base.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")),
        }
    }
}

/// Finds the files that a path means: those below a folder, in a file or an archive, or, where there is no such thing,
/// those that it matches as a pattern (`cells/L5_*/*.swc`, `**` for any folders). `recursive` is about folders; the
/// pattern `name` is about the file names in folders and archives.
///
/// # Errors
/// A path that leads nowhere, a damaged archive, a pattern that is none.
pub(crate) fn neuron_files(path: &Path, recursive: bool, name: Option<&str>) -> Result<Found> {
    let named = |file: &Path| {
        let file = file.file_name().unwrap_or_default().to_string_lossy();
        name.is_none_or(|pattern| matches(pattern.as_bytes(), file.as_bytes()))
    };
    let mut found = Found { base: path.to_path_buf(), ..Found::default() };
    if path.is_file() {
        found.places = places(path)?;
        found.places.retain(|place| place.member.as_deref().is_none_or(|member| named(Path::new(member))));
        return Ok(found);
    }
    if !path.exists()
        && let Some((base, pattern)) = split_pattern(path)?
    {
        // Without `**` no file lies deeper than the pattern is long.
        let any_depth = pattern.glob().glob().contains("**");
        let depth = (!any_depth).then(|| pattern.glob().glob().split('/').count());
        walk(&base, depth, &mut |file| {
            let fits = pattern.is_match(file.strip_prefix(&base).unwrap_or(file));
            match ending(file) {
                _ if !fits => {}
                end if Format::of_ending(&end).is_some() => found.places.push(place(file)),
                // An archive that is asked for is read; one that lies in a folder is not.
                end if is_archive_ending(&end) => found.places.extend(places(file)?),
                end if is_unread_ending(&end) => found.other.push(file.to_path_buf()),
                _ => {}
            }
            Ok(())
        })?;
        found.base = base;
    } else {
        fs::read_dir(path).map_err(|e| Error::io("cannot open", path, &e))?;
        walk(path, (!recursive).then_some(1), &mut |file| {
            let end = ending(file);
            if Format::of_ending(&end).is_some() {
                if named(file) {
                    found.places.push(place(file));
                }
            } else if is_unread_ending(&end) {
                found.other.push(file.to_path_buf());
            }
            Ok(())
        })?;
    }
    found.places.sort();
    found.other.sort();
    Ok(found)
}

fn place(file: &Path) -> Place {
    Place { file: file.to_path_buf(), member: None }
}

/// The ending of a file's name, in lower case.
pub(crate) fn ending(file: &Path) -> String {
    file.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase()
}

fn is_archive_ending(ending: &str) -> bool {
    ["zip", "tar", "tgz", "gz"].contains(&ending)
}

/// The folder before the first wildcard, and what files below it must match; `None` where there is no wildcard.
fn split_pattern(path: &Path) -> Result<Option<(PathBuf, GlobMatcher)>> {
    let Some(text) = path.to_str().filter(|t| t.contains(['*', '?', '[', '{'])) else {
        return Ok(None);
    };
    let parts: Vec<&str> = text.split('/').collect();
    let fixed = parts.iter().take_while(|part| !part.contains(['*', '?', '[', '{'])).count();
    let base = match parts[..fixed].join("/") {
        // `/*.swc` starts at the root, `*.swc` at the working folder.
        empty if empty.is_empty() => PathBuf::from(if fixed > 0 { "/" } else { "." }),
        base => PathBuf::from(base),
    };
    let glob = GlobBuilder::new(&parts[fixed..].join("/")).literal_separator(true).build();
    let glob = glob.map_err(|e| Error::value(format!("`{text}` is no pattern: {}", e.kind())).in_file(path))?;
    Ok(Some((base, glob.compile_matcher())))
}

/// Calls `take` for the files below a folder, down to a depth. Hidden files and folders are left out (macOS puts a
/// `._cell.swc` beside a `cell.swc` on foreign disks); links to folders are followed, each folder once.
fn walk(base: &Path, depth: Option<usize>, take: &mut dyn FnMut(&Path) -> Result<()>) -> Result<()> {
    let mut waiting = vec![(base.to_path_buf(), 1)];
    let mut visited = HashSet::new();
    while let Some((folder, level)) = waiting.pop() {
        interrupt::check()?;
        let refused = |e: &std::io::Error| Error::io("cannot list", &folder, e);
        if !visited.insert(folder.canonicalize().map_err(|e| refused(&e))?) {
            continue;
        }
        for entry in fs::read_dir(&folder).map_err(|e| refused(&e))? {
            let path = entry.map_err(|e| refused(&e))?.path();
            if path.file_name().unwrap_or_default().to_string_lossy().starts_with('.') {
                continue;
            }
            if !path.is_dir() {
                take(&path)?;
            } else if depth.is_none_or(|depth| level < depth) {
                waiting.push((path, level + 1));
            }
        }
    }
    Ok(())
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
pub(crate) fn normal(path: &Path) -> PathBuf {
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
