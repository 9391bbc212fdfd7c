//! What reading a folder found, in a few lines however many files there were.

use std::fmt;
use std::path::Path;

use super::Joins;
use crate::error::Error;
use crate::morph::{Warning, WarningCode, counted};

/// What reading a folder found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadReport {
    /// Files read.
    pub read: usize,
    /// Files that could not be read, in the order of their paths, each with file, line, reason and cure.
    pub failed: Vec<Error>,
    /// What was unusual in files that were read, by kind.
    pub warnings: Vec<WarningGroup>,
    /// What `file` says in rows of the label table that no file belongs to.
    pub rows_without_file: Vec<String>,
    /// Ids of cells that the label table has no row for; they have no labels.
    pub files_without_row: Vec<String>,
    /// Files of other morphology formats, which were left out: ending and count.
    pub other_formats: Vec<(String, usize)>,
    /// What joining did, where it was asked for.
    pub joins: Option<Joins>,
}

/// Warnings of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarningGroup {
    /// Their kind.
    pub code: WarningCode,
    /// How many files have it.
    pub files: usize,
    /// The first file's id and message.
    pub first: (String, String),
}

impl LoadReport {
    /// Adds a file's warnings; files come in the order of their paths.
    pub(super) fn add_warnings(&mut self, id: &str, warnings: &[Warning]) {
        for warning in warnings {
            match self.warnings.iter_mut().find(|group| group.code == warning.code) {
                Some(group) => group.files += 1,
                None => {
                    let first = (id.to_string(), warning.message.clone());
                    self.warnings.push(WarningGroup { code: warning.code, files: 1, first });
                }
            }
        }
        self.warnings.sort_by_key(|group| group.code);
    }

    /// Whether nothing failed and nothing was left over.
    pub fn is_clean(&self) -> bool {
        *self == LoadReport { read: self.read, joins: self.joins.clone(), ..LoadReport::default() }
    }
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "read {}", counted(self.read, "file"))?;
        if let Some(first) = self.failed.first() {
            write!(f, "\n  {} could not be read, the first: {first}", counted(self.failed.len(), "file"))?;
        }
        for WarningGroup { code, files, first: (id, message) } in &self.warnings {
            write!(f, "\n  {} with {}, such as `{id}`: {message}", counted(*files, "file"), code.name())?;
        }
        if let Some(first) = self.rows_without_file.first() {
            write!(
                f,
                "\n  {} of the label table without a file, such as `{first}`",
                counted(self.rows_without_file.len(), "row")
            )?;
        }
        if let Some(first) = self.files_without_row.first() {
            write!(
                f,
                "\n  {} without a row in the label table, such as `{first}`",
                counted(self.files_without_row.len(), "file")
            )?;
        }
        for (ending, count) in &self.other_formats {
            write!(f, "\n  {} `.{ending}` left out: not read from a folder", counted(*count, "file"))?;
        }
        match &self.joins {
            Some(joins) if joins.cells > 0 => write!(f, "\n  {joins}"),
            _ => Ok(()),
        }
    }
}

/// What a folder holds, as one error where none of its files could be read.
pub(super) fn nothing_read(path: &Path, failed: &[Error]) -> Error {
    match failed {
        [] => Error::value(format!("no file of neurons in `{}`", path.display())),
        [only] => only.clone(),
        [first, ..] => {
            let message =
                format!("none of {} could be read, the first: {}", counted(failed.len(), "file"), first.message);
            Error { message, ..first.clone() }
        }
    }
}
