//! Tables: what is measured of cells, one row per cell, as data frames hold it.
//!
//! A [`Table`] is a list of ids and named columns of one length, each of numbers or of texts, each with a unit where it
//! has one. Numbers have NaN where a value is missing, texts have nothing. It is what `metrics` gives and what CSV,
//! JSON and Parquet files hold.
//!
//! It is not a [`Matrix`], which is the form in which numbers go into statistics: one block of
//! finite numbers, made from a table's numeric columns by [`Table::matrix`]. Nor is it a database: every operation
//! gives a new table, and columns that stay are shared with the old one.

mod column;
mod condition;
mod csv;
mod file;
mod group;
mod join;
mod json;
mod npy;
mod order;
mod parquet;
mod row_file;
mod show;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use self::csv::fault as csv_fault;
pub(crate) use self::parquet::units as parquet_units;
pub use column::{Column, Values};
pub use condition::{Condition, Conditions};
pub use file::LoadOptions;
pub use group::{GroupOptions, Stat};
pub use join::{How, JoinOptions};
pub(crate) use row_file::RowFile;
pub use show::Frame;

use crate::data::{Labels, Matrix};
use crate::error::{Error, Result, did_you_mean};

/// The name under which files and conditions know the rows' ids.
pub const ID: &str = "id";

/// Rows with ids, and named columns of numbers or texts. Cloning is cheap.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    ids: Arc<[String]>,
    columns: Arc<[Column]>,
}

impl Table {
    /// A table of these columns; every column has one value per id.
    ///
    /// # Errors
    /// When a column has another length, no name, the name `id`, or the name of another column.
    pub fn new(ids: Arc<[String]>, columns: Vec<Column>) -> Result<Self> {
        let mut seen = std::collections::HashSet::with_capacity(columns.len());
        for column in &columns {
            if column.len() != ids.len() {
                return Err(Error::value(format!(
                    "column `{}` has {} values, expected one for each of {} rows",
                    column.name,
                    column.len(),
                    ids.len()
                )));
            }
            if column.name.is_empty() || column.name == ID {
                return Err(Error::value(format!("`{}` is no name for a column", column.name))
                    .help("a column's name has a letter or more; `id` are the rows' own names"));
            }
            if !seen.insert(column.name.as_str()) {
                return Err(
                    Error::value(format!("two columns are called `{}`", column.name)).help("rename one of them")
                );
            }
        }
        Ok(Table { ids, columns: columns.into() })
    }

    /// A table of a matrix's rows and columns.
    ///
    /// # Errors
    /// When two columns of the matrix have one name.
    pub fn from_matrix(matrix: &Matrix) -> Result<Self> {
        let column = |(at, name): (usize, &String)| {
            Column::numbers(name, matrix.iter_rows().map(|row| row[at]).collect::<Vec<f64>>())
        };
        Table::new(Arc::clone(matrix.ids()), matrix.columns().iter().enumerate().map(column).collect())
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The rows' ids.
    pub fn ids(&self) -> &Arc<[String]> {
        &self.ids
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|c| c.name.as_str())
    }

    /// A column by name.
    ///
    /// # Errors
    /// When there is none of that name; suggests the nearest.
    pub fn column(&self, name: &str) -> Result<&Column> {
        self.columns.iter().find(|c| c.name == name).ok_or_else(|| {
            let error = Error::value(format!("the table has no column `{name}`"));
            match did_you_mean(name, self.names()) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("there are: {}", self.names().collect::<Vec<_>>().join(", "))),
            }
        })
    }

    /// The rows at these places, in this order; a place may occur more than once.
    ///
    /// # Errors
    /// When a place does not exist.
    pub fn rows(&self, places: &[usize]) -> Result<Table> {
        if let Some(place) = places.iter().find(|&&place| place >= self.len()) {
            return Err(Error::value(format!("no row {place}: there are {} rows", self.len())));
        }
        Ok(self.pick(places))
    }

    /// The rows at places that exist.
    fn pick(&self, places: &[usize]) -> Table {
        Table {
            ids: places.iter().map(|&i| self.ids[i].clone()).collect(),
            columns: self.columns.iter().map(|c| c.pick(places)).collect(),
        }
    }

    /// These columns, in this order.
    ///
    /// # Errors
    /// When there is none of a name, or a name occurs twice.
    pub fn select<S: AsRef<str>>(&self, names: &[S]) -> Result<Table> {
        let columns = names.iter().map(|name| self.column(name.as_ref()).cloned()).collect::<Result<Vec<_>>>()?;
        Table::new(Arc::clone(&self.ids), columns)
    }

    /// The table with a column added behind the others, or in the place of the one of its name.
    ///
    /// # Errors
    /// As [`Table::new`].
    pub fn with(&self, column: Column) -> Result<Table> {
        let mut columns = self.columns.to_vec();
        match columns.iter_mut().find(|c| c.name == column.name) {
            Some(old) => *old = column,
            None => columns.push(column),
        }
        Table::new(Arc::clone(&self.ids), columns)
    }

    /// All columns of numbers as a matrix. The second value names the columns of texts, which are left out.
    ///
    /// # Errors
    /// When there is no column of numbers.
    pub fn matrix(&self) -> Result<(Matrix, Vec<String>)> {
        let (numbers, texts): (Vec<&Column>, Vec<&Column>) = self.columns.iter().partition(|c| c.is_numeric());
        if numbers.is_empty() && !self.columns.is_empty() {
            return Err(Error::value("the table has no column of numbers")
                .help(format!("its columns hold texts: {}", self.names().collect::<Vec<_>>().join(", "))));
        }
        Ok((self.block(&numbers)?, texts.into_iter().map(|c| c.name.clone()).collect()))
    }

    /// These columns as a matrix.
    ///
    /// # Errors
    /// When there is none of a name, or a column holds texts.
    pub fn matrix_of<S: AsRef<str>>(&self, names: &[S]) -> Result<Matrix> {
        let columns = names.iter().map(|name| {
            let column = self.column(name.as_ref())?;
            column.require_numbers().map(|_| column)
        });
        self.block(&columns.collect::<Result<Vec<_>>>()?)
    }

    fn block(&self, columns: &[&Column]) -> Result<Matrix> {
        let slices: Vec<&[f64]> = columns.iter().filter_map(|c| c.as_numbers()).collect();
        let values = (0..self.len()).flat_map(|row| slices.iter().map(move |c| c[row])).collect();
        Matrix::new(Arc::clone(&self.ids), columns.iter().map(|c| c.name.clone()).collect(), values)
    }

    /// A column as labels: texts as they are, numbers as they are written.
    ///
    /// # Errors
    /// When there is no column of that name.
    pub fn labels(&self, name: &str) -> Result<Labels> {
        let column = self.column(name)?;
        Ok(Labels::new((0..self.len()).map(|row| column.text_at(row))))
    }
}
