//! Folds as text, table and file.

use std::fmt;
use std::path::Path;

use super::{Folds, Role};
use crate::data::Table;
use crate::data::table::Column;
use crate::error::{Error, Result};
use crate::run::atomic;

impl Folds {
    /// A row for each cell and a column for each split: the fold that holds the cell out, `training`, or nothing.
    ///
    /// # Errors
    /// Never for folds that were made here.
    pub fn table(&self) -> Result<Table> {
        let ids = match &self.ids {
            Some(ids) => ids.clone().into(),
            None => (1..=self.cells()).map(|cell| cell.to_string()).collect(),
        };
        let columns = self.splits.iter().enumerate().map(|(at, split)| {
            let text = |role: &Role| match role {
                Role::Held(fold) => Some(split.names[*fold as usize].as_str()),
                Role::Training => Some("training"),
                Role::Unused => None,
            };
            let name = if self.splits.len() == 1 { "fold".to_string() } else { format!("fold_{}", at + 1) };
            Column::texts(&name, split.roles.iter().map(text))
        });
        Table::new(ids, columns.collect())
    }

    /// Writes them: as JSON, which [`load`](Self::load) reads, or as a table for other endings.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        if !is_json(path) {
            return self.table()?.save(path, false);
        }
        let mut text = serde_json::to_string(self).map_err(|e| Error::internal(e.to_string()))?;
        text.push('\n');
        atomic::write(path, text.as_bytes())
    }

    /// Reads what [`save`](Self::save) wrote as JSON.
    ///
    /// # Errors
    /// When the file cannot be read, is no JSON, or its folds contradict themselves.
    pub fn load(path: &Path) -> Result<Self> {
        if !is_json(path) {
            return Err(Error::value(format!("folds are read from JSON, not from `{}`", path.display()))
                .help("save them as .json; a fold number for each cell can be given as `folds: [0, 1, …]`"));
        }
        let text = std::fs::read_to_string(path).map_err(|e| Error::io("cannot read", path, &e))?;
        let folds: Folds = serde_json::from_str(&text)
            .map_err(|e| Error::format(format!("no folds: {e}")).in_file(path).at_line(e.line()))?;
        let cells = folds.cells();
        let whole = |ids: &Vec<String>| ids.len() == cells;
        let sound = folds.splits.iter().all(|split| {
            let exists = |role: &Role| !matches!(role, Role::Held(fold) if *fold as usize >= split.names.len());
            split.roles.len() == cells && !split.names.is_empty() && split.roles.iter().all(exists)
        });
        if folds.splits.is_empty() || !sound || !folds.ids.as_ref().is_none_or(whole) {
            return Err(Error::format("the folds do not have one role for each cell").in_file(path));
        }
        Ok(folds)
    }
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"))
}

impl fmt::Display for Folds {
    /// `Folds(5 folds, 102 cells; seed 7)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Folds({}", self.words())?;
        let unused = self.cells() - self.held_out();
        let learnt = self.splits.first().map_or(0, |s| s.roles.iter().filter(|r| **r == Role::Training).count());
        if unused > learnt {
            write!(f, ", {} in no role", unused - learnt)?;
        }
        match self.seed {
            Some(seed) => write!(f, "; seed {seed})"),
            None => f.write_str(")"),
        }
    }
}
