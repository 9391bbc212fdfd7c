//! What is measured of every cell: the one place that says which measures these are.

use std::sync::Arc;

use super::{Population, stored::Row};
use crate::data::Table;
use crate::data::table::{Column, Conditions, ID};
use crate::error::{Error, Result, did_you_mean};
use crate::morph::measure::find;
use crate::morph::{Morphology, Summary};

/// The measures' names and units, in the order of [`measure`].
pub(super) fn measures() -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
    let unit = |name| find(name).map(|metric| metric.unit).filter(|unit| *unit != "1");
    Summary::NAMES.iter().map(move |&name| (name, unit(name)))
}

/// The measures of one cell.
pub(super) fn measure(cell: &Morphology) -> Vec<f64> {
    cell.summary().values().to_vec()
}

impl Population {
    /// A row per cell: the label columns as texts, then what [`Morphology::summary`] measures. A label column that is
    /// called like a measure, or `id`, gets `label:` in front. For cells in a file the measures are read, not computed.
    ///
    /// # Errors
    /// When a cell cannot be read, and on a requested stop.
    pub fn metrics(&self) -> Result<Table> {
        let numbers: Vec<Column> = match self.rows_of_one_file() {
            Some(rows) => measures().map(|(name, _)| stored(&rows, name)).collect::<Result<_>>()?,
            None => {
                let rows = self.each("measuring", |cell| Ok(measure(cell)))?;
                let number = |(at, (name, unit)): (usize, (&str, Option<&str>))| {
                    Column::numbers(name, rows.iter().map(|row| row[at]).collect::<Vec<f64>>()).in_unit(unit)
                };
                measures().enumerate().map(number).collect()
            }
        };
        self.labelled(numbers)
    }

    /// The cells whose id, labels and measures meet all conditions. Labels are looked at first; measures of cells in a
    /// file are read from its index, and no geometry is.
    ///
    /// # Errors
    /// When a condition names neither a label column nor a measure, cannot be met, or a cell cannot be read.
    pub fn filtered(&self, conditions: &Conditions) -> Result<Population> {
        let (of_labels, of_measures): (Conditions, Conditions) =
            conditions.iter().cloned().partition(|(name, _)| name == ID || self.columns().any(|c| c == name.as_str()));
        for (name, _) in &of_measures {
            if !measures().any(|(measure, _)| measure == name) {
                return Err(self.unknown(name));
            }
        }
        let columns = self.columns.iter().map(|c| Column::texts(&c.name, c.values.iter().map(Option::as_deref)));
        let known = Table::new(Arc::clone(&self.ids), columns.filter(|c| c.name != ID).collect())?;
        let kept = self.select(&known.places_where(&of_labels)?)?;
        if of_measures.is_empty() {
            return Ok(kept);
        }
        let numbers = match kept.rows_of_one_file() {
            Some(rows) => {
                let columns = measures().filter(|(name, _)| of_measures.iter().any(|(asked, _)| asked == name));
                let columns = columns.map(|(name, _)| stored(&rows, name)).collect::<Result<_>>()?;
                Table::new(Arc::clone(&kept.ids), columns)?
            }
            None => kept.metrics()?,
        };
        kept.select(&numbers.places_where(&of_measures)?)
    }

    /// The label columns, then others, as a table.
    fn labelled(&self, others: Vec<Column>) -> Result<Table> {
        let taken = |name: &str| name == ID || others.iter().any(|c| c.name == name);
        let label = |c: &super::Column| {
            let name = if taken(&c.name) { format!("label:{}", c.name) } else { c.name.clone() };
            Column::texts(&name, c.values.iter().map(Option::as_deref))
        };
        let labels: Vec<Column> = self.columns.iter().map(label).collect();
        Table::new(Arc::clone(&self.ids), labels.into_iter().chain(others).collect())
    }

    /// The rows that the cells are in a file, where all of them are, unchanged, and it has the measures of this program.
    fn rows_of_one_file(&self) -> Option<Vec<&Row>> {
        let rows: Vec<&Row> = self.cells.iter().map(super::Cell::row).collect::<Option<_>>()?;
        let file = rows.first()?.file();
        let same = rows.iter().all(|row| Arc::ptr_eq(row.file(), file));
        let known = file.metrics().iter().map(String::as_str).eq(measures().map(|(name, _)| name));
        if same && !known {
            tracing::info!("the file holds the measures of another version; they are computed anew");
        }
        (same && known).then_some(rows)
    }

    fn unknown(&self, name: &str) -> Error {
        let names: Vec<&str> = self.columns().chain(measures().map(|(measure, _)| measure)).collect();
        let error = Error::value(format!("`{name}` is neither a label column nor a measure of the cells"));
        match did_you_mean(name, names.iter().copied()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("there are: {}", names.join(", "))),
        }
    }
}

/// A measure of rows of one file.
fn stored(rows: &[&Row], name: &str) -> Result<Column> {
    let unit = measures().find(|(measure, _)| *measure == name).and_then(|(_, unit)| unit);
    let Some(file) = rows.first().map(|row| row.file()) else {
        return Ok(Column::numbers(name, Vec::new()).in_unit(unit));
    };
    let at = file.metrics().iter().position(|metric| metric == name);
    let at = at.ok_or_else(|| Error::internal(format!("the file has no measure `{name}`")))?;
    let all = file.metric(at)?;
    Ok(Column::numbers(name, rows.iter().map(|row| all[row.place()]).collect::<Vec<f64>>()).in_unit(unit))
}
