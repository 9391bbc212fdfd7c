//! Where a neuron's file is: on the disk, or inside an archive.

use std::fmt;
use std::path::{Path, PathBuf};

use super::archive;
use crate::error::Result;

/// A file on the disk, or a member of an archive on the disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The file on the disk.
    pub file: PathBuf,
    /// The path inside it, where it is an archive, or the name of a neuron, where it holds several.
    pub member: Option<String>,
}

impl Place {
    /// The place that a path names: `cells.zip!a/b.swc` is a member where `cells.zip` is a file and the whole is not.
    pub fn of(path: &Path) -> Place {
        let whole = || Place { file: path.to_path_buf(), member: None };
        let Some(text) = path.to_str().filter(|_| !path.exists()) else {
            return whole();
        };
        let splits = text.match_indices('!').map(|(at, _)| (&text[..at], &text[at + 1..]));
        let found = splits.filter(|(_, member)| !member.is_empty()).find(|(file, _)| Path::new(file).is_file());
        found.map_or_else(whole, |(file, member)| Place { file: file.into(), member: Some(member.to_string()) })
    }

    /// The place as one path, which [`Place::of`] takes apart again.
    pub fn path(&self) -> PathBuf {
        match &self.member {
            None => self.file.clone(),
            Some(member) => {
                let mut whole = self.file.clone().into_os_string();
                whole.push("!");
                whole.push(member);
                whole.into()
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path().display())
    }
}

/// The places in a file: itself, or the members of an archive that have the ending of a format, by name.
///
/// # Errors
/// An archive that cannot be read.
pub fn places(file: &Path) -> Result<Vec<Place>> {
    if !archive::is_archive(file) {
        return Ok(vec![Place { file: file.to_path_buf(), member: None }]);
    }
    let place = |member| Place { file: file.to_path_buf(), member: Some(member) };
    Ok(archive::members(file)?.into_iter().map(place).collect())
}
