//! Populations: neurons with their ids and label columns.
//!
//! A population is what analyses start from: [`load_dir`] reads one from a folder, [`open`] opens one in a file, and
//! edits give new ones. A [`Cell`] is a neuron in memory, packed, or in a file from which it is read when it is asked
//! for; cells are shared, so selecting or relabelling copies no neuron. Labels are kept as text, by column;
//! [`Population::labels`] numbers the classes of one column.

mod cell;
mod density;
mod each;
mod edit;
mod label_table;
mod load;
mod measure;
mod metrics;
mod reading;
mod report;
mod save;
mod shape;
mod shard;
mod stored;
mod stream;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

pub use cell::Cell;
pub use density::{Align, PopulationDensityOptions};
pub use edit::{Joins, Removals};
pub use load::{LoadOptions, Loaded, load_dir};
pub use report::{LoadReport, WarningGroup};
pub use save::SaveOptions;
pub use shape::{PersistenceDistancesOptions, PersistenceImagesOptions};
pub use stored::{Writer, open};
pub use stream::Streamed;

use crate::data::Labels;
use crate::error::{Error, Result, did_you_mean};
use crate::morph::{Morphology, counted};

/// The column that [`Population::labels`] gives where none is named, if there is one of that name.
pub const LABEL: &str = "label";

/// Neurons in a fixed order, each with an id of its own and a text or nothing in every label column. Cloning is cheap.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    cells: Arc<[Cell]>,
    ids: Arc<[String]>,
    columns: Arc<[Column]>,
    /// Name of the column that is *the* label.
    label: Option<String>,
}

/// One label column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub name: String,
    /// One per cell; never an empty text.
    pub values: Vec<Option<String>>,
}

impl Population {
    /// A population of cells in this order, without labels. A cell's id is its name; a name that occurs again gets
    /// `_2`, `_3`, … behind it.
    pub fn new(cells: Vec<Arc<Morphology>>) -> Self {
        let mut taken: HashSet<String> = HashSet::with_capacity(cells.len());
        let names: HashSet<&str> = cells.iter().map(|c| &*c.name).collect();
        let mut ids = Vec::with_capacity(cells.len());
        for cell in &cells {
            let mut id = cell.name.to_string();
            let mut copy = 2;
            while taken.contains(&id) || (copy > 2 && names.contains(id.as_str())) {
                id = format!("{}_{copy}", cell.name);
                copy += 1;
            }
            taken.insert(id.clone());
            ids.push(id);
        }
        let cells = cells.into_iter().map(Cell::whole).collect();
        Population { cells, ids: ids.into(), columns: Arc::new([]), label: None }
    }

    pub(crate) fn from_parts(cells: Vec<Cell>, ids: Vec<String>, columns: Vec<Column>, label: Option<String>) -> Self {
        Population { cells: cells.into(), ids: ids.into(), columns: columns.into(), label }
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The neuron of a cell by its place.
    ///
    /// # Errors
    /// When there is no such place, and as [`Cell::get`].
    pub fn cell(&self, place: usize) -> Result<Arc<Morphology>> {
        match self.cells.get(place) {
            Some(cell) => cell.get(),
            None => Err(Error::value(format!("no cell {place}: there are {} cells", self.len()))),
        }
    }

    /// All cells in order, however they are kept.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The neurons in order, one after the other; [`each`](Self::each) takes them in parallel.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Result<Arc<Morphology>>> + '_ {
        self.cells.iter().map(Cell::get)
    }

    /// All neurons at once, for work that needs them together; it takes 46 bytes per sample.
    ///
    /// # Errors
    /// As [`Cell::get`], and on a requested stop.
    pub fn neurons(&self) -> Result<Vec<Arc<Morphology>>> {
        self.each("unpacking", |neuron| Ok(Arc::clone(neuron)))
    }

    /// The cells' ids, each different.
    pub fn ids(&self) -> &Arc<[String]> {
        &self.ids
    }

    /// The label columns' names, in the order of their table.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|c| c.name.as_str())
    }

    /// The labels of a column, or of *the* label column where none is named.
    ///
    /// # Errors
    /// When there is no such column, with the nearest name and all names.
    pub fn labels(&self, column: Option<&str>) -> Result<Labels> {
        let name = column.or(self.label.as_deref()).ok_or_else(|| {
            Error::value("the cells have no labels").help(match self.columns.len() {
                0 => "load them with a table: `labels: \"labels.csv\"`".to_string(),
                _ => format!("name a column: {}", self.column_names()),
            })
        })?;
        match self.columns.iter().find(|c| c.name == name) {
            Some(found) => Ok(Labels::new(found.values.iter().map(Option::as_deref))),
            None => Err(no_column(name, self.columns())),
        }
    }

    /// The population with a column set to these labels, added behind the others where it is new. The first column of
    /// a population becomes *the* label, and so does one that is called `label`.
    ///
    /// # Errors
    /// When the number of labels is not that of the cells.
    pub fn with_labels(&self, column: &str, labels: &Labels) -> Result<Population> {
        labels.require_len(self.len(), "population")?;
        let values = (0..labels.len()).map(|i| labels.get(i).map(String::from)).collect();
        let mut columns = self.columns.to_vec();
        match columns.iter_mut().find(|c| c.name == column) {
            Some(old) => old.values = values,
            None => columns.push(Column { name: column.to_string(), values }),
        }
        let label = if column == LABEL { None } else { self.label.clone() };
        Ok(Population { columns: columns.into(), label: label.or_else(|| Some(column.to_string())), ..self.clone() })
    }

    /// The cells at these places, in this order, with their labels.
    ///
    /// # Errors
    /// When a place does not exist, or occurs twice: ids must differ.
    pub fn select(&self, places: &[usize]) -> Result<Population> {
        let mut seen = vec![false; self.len()];
        for &place in places {
            match seen.get_mut(place) {
                None => return Err(Error::value(format!("no cell {place}: there are {} cells", self.len()))),
                Some(true) => return Err(Error::value(format!("cell {place} (`{}`) is named twice", self.ids[place]))),
                Some(unseen) => *unseen = true,
            }
        }
        let pick =
            |c: &Column| Column { name: c.name.clone(), values: places.iter().map(|&i| c.values[i].clone()).collect() };
        Ok(Population {
            cells: places.iter().map(|&i| self.cells[i].clone()).collect(),
            ids: places.iter().map(|&i| self.ids[i].clone()).collect(),
            columns: self.columns.iter().map(pick).collect(),
            label: self.label.clone(),
        })
    }

    fn column_names(&self) -> String {
        self.columns().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ")
    }
}

/// The error for a label column that does not exist.
pub(crate) fn no_column<'a>(name: &str, columns: impl Iterator<Item = &'a str>) -> Error {
    let known: Vec<&str> = columns.collect();
    let error = Error::value(format!("no label column `{name}`"));
    match did_you_mean(name, known.iter().copied()) {
        Some(near) => error.help(format!("did you mean `{near}`? there are: {}", known.join(", "))),
        None if known.is_empty() => error.help("the cells have no labels"),
        None => error.help(format!("there are: {}", known.join(", "))),
    }
}

impl fmt::Display for Population {
    /// `Population(102 cells, 402 113 samples, labels: label (3 classes), layer (4), line_name (11), and 15 more)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let samples: usize = self.cells.iter().map(Cell::n_nodes).sum();
        write!(f, "Population({}, {}", counted(self.len(), "cell"), counted(samples, "sample"))?;
        // The label first: it is what the next step uses.
        let is_label = |c: &&Column| Some(&c.name) == self.label.as_ref();
        let ordered = self.columns.iter().filter(is_label).chain(self.columns.iter().filter(|c| !is_label(c)));
        for (i, column) in ordered.take(3).enumerate() {
            let classes = column.values.iter().flatten().collect::<HashSet<_>>().len();
            match i {
                0 => write!(f, ", labels: {} ({classes} classes)", column.name)?,
                _ => write!(f, ", {} ({classes})", column.name)?,
            }
        }
        match self.columns.len().saturating_sub(3) {
            0 => f.write_str(")"),
            more => write!(f, ", and {more} more)"),
        }
    }
}
