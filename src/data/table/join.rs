//! Two tables side by side, row by row of the same id.

use std::collections::HashMap;

use serde::Deserialize;

use super::{Column, Table};
use crate::error::{Error, Result};

/// How tables are joined.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct JoinOptions {
    /// Which rows stay.
    pub how: How,
    /// What is put behind the name of a column of the second table that the first has too; without it that is an error.
    pub suffix: Option<String>,
}

/// Which rows a joined table has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// All rows of the first table; what the second does not know of them is missing.
    #[default]
    Left,
    /// The rows that both tables have.
    Inner,
}

impl Table {
    /// The table with the columns of another one, found by the rows' ids; rows stay in this table's order. The second
    /// value counts the rows of this table that the other does not have.
    ///
    /// # Errors
    /// When an id occurs twice in the other table, or both have a column of one name and no suffix is given.
    pub fn joined(&self, other: &Table, options: &JoinOptions) -> Result<(Table, usize)> {
        let mut place: HashMap<&str, usize> = HashMap::with_capacity(other.len());
        for (row, id) in other.ids.iter().enumerate() {
            if place.insert(id, row).is_some() {
                return Err(Error::value(format!("the id `{id}` occurs twice in the table that is joined to"))
                    .help("its rows must have ids of their own: group or filter it first"));
            }
        }
        let found: Vec<Option<usize>> = self.ids.iter().map(|id| place.get(id.as_str()).copied()).collect();
        let unmatched = found.iter().filter(|f| f.is_none()).count();
        let kept: Vec<usize> = match options.how {
            How::Left => (0..self.len()).collect(),
            How::Inner => (0..self.len()).filter(|&row| found[row].is_some()).collect(),
        };
        let base = if kept.len() == self.len() { self.clone() } else { self.pick(&kept) };
        let mut columns = base.columns.to_vec();
        for column in other.columns.iter() {
            let name = match (self.names().any(|n| n == column.name), &options.suffix) {
                (false, _) => column.name.clone(),
                (true, Some(suffix)) => format!("{}{suffix}", column.name),
                (true, None) => {
                    return Err(Error::value(format!("both tables have a column `{}`", column.name))
                        .help("give `suffix: \"_2\"` to keep both, or select the columns to join"));
                }
            };
            columns.push(Column { name, ..column.pick_or_missing(kept.iter().map(|&row| found[row])) });
        }
        Ok((Table::new(base.ids, columns)?, unmatched))
    }
}
