//! Files and folders in texts.

use std::path::Path;

use super::Candidate;

/// The most names shown.
const MOST: usize = 200;

/// The byte at which the last part of a path begins, and what may stand there. `start` is where the path begins.
pub fn complete(begun: &str, start: usize) -> (usize, Vec<Candidate>) {
    let (folder, name) = match begun.rfind('/') {
        Some(at) => (&begun[..=at], &begun[at + 1..]),
        None => ("", begun),
    };
    let place = if folder.is_empty() { Path::new(".") } else { Path::new(folder) };
    let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
    let candidate = |entry: std::fs::DirEntry| {
        let own = entry.file_name().into_string().ok()?;
        // Hidden files are offered to whoever begins with their dot.
        let wanted = own.starts_with(name) && (name.starts_with('.') || !own.starts_with('.'));
        let is_folder = entry.path().is_dir();
        wanted.then(|| Candidate::plain(if is_folder { format!("{own}/") } else { own }))
    };
    let mut found: Vec<Candidate> = entries.filter_map(candidate).take(MOST).collect();
    found.sort_by(|a, b| a.text.cmp(&b.text));
    (start + folder.len(), found)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_are_found_by_their_beginning() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("cell.swc"), "").unwrap();
        std::fs::write(folder.path().join(".hidden"), "").unwrap();
        std::fs::create_dir(folder.path().join("cells")).unwrap();
        let begun = format!("{}/ce", folder.path().display());
        let (start, found) = complete(&begun, 5);
        assert_eq!(start, 5 + begun.len() - 2);
        assert_eq!(found.into_iter().map(|c| c.text).collect::<Vec<_>>(), ["cell.swc", "cells/"]);
        assert!(complete("no such folder/x", 0).1.is_empty());
    }
}
