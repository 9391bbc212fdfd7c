//! What is measured of every cell: the one place that says which measures these are.

use std::sync::Arc;

use super::{Population, edit};
use crate::data::Table;
use crate::data::table::{Column, ID};
use crate::error::Result;
use crate::morph::{Morphology, Summary};

/// The measures' names and units, in the order of [`measure`].
fn measures() -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
    Summary::NAMES.iter().map(|&name| (name, if name.starts_with("n_") { None } else { Some("um") }))
}

/// The measures of one cell.
fn measure(cell: &Morphology) -> Vec<f64> {
    cell.summary().values().to_vec()
}

impl Population {
    /// A row per cell: the label columns as texts, then what [`Morphology::summary`] measures. A label column that is
    /// called like a measure, or `id`, gets `label:` in front.
    ///
    /// # Errors
    /// On a requested stop.
    pub fn metrics(&self) -> Result<Table> {
        let rows = edit::each(self, "measuring", |cell| Ok(measure(cell)))?;
        let taken = |name: &str| name == ID || measures().any(|(measure, _)| measure == name);
        let label = |c: &super::Column| {
            let name = if taken(&c.name) { format!("label:{}", c.name) } else { c.name.clone() };
            Column::texts(&name, c.values.iter().map(Option::as_deref))
        };
        let number = |(at, (name, unit)): (usize, (&str, Option<&str>))| {
            Column::numbers(name, rows.iter().map(|row| row[at]).collect::<Vec<f64>>()).in_unit(unit)
        };
        let columns = self.columns.iter().map(label).chain(measures().enumerate().map(number)).collect();
        Table::new(Arc::clone(&self.ids), columns)
    }
}
