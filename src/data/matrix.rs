//! A table of numbers with a named row per cell: embeddings, projections, feature tables.

use std::sync::Arc;

use crate::error::{Error, Result};

/// Rows of numbers, row-major; every row carries the id of the cell it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    ids: Arc<[String]>,
    columns: Arc<[String]>,
    values: Vec<f64>,
}

impl Matrix {
    /// A matrix of `ids.len()` rows and `columns.len()` columns; `values` is row-major.
    ///
    /// # Errors
    /// When the number of values is not rows times columns.
    pub fn new(ids: Arc<[String]>, columns: Arc<[String]>, values: Vec<f64>) -> Result<Self> {
        if values.len() != ids.len() * columns.len() {
            return Err(Error::internal(format!(
                "{} values do not fill {} rows of {} columns",
                values.len(),
                ids.len(),
                columns.len()
            )));
        }
        Ok(Matrix { ids, columns, values })
    }

    /// A matrix whose columns are called `prefix1`, `prefix2`, …
    ///
    /// # Errors
    /// As [`Matrix::new`].
    pub fn numbered(ids: Arc<[String]>, prefix: &str, n_columns: usize, values: Vec<f64>) -> Result<Self> {
        let columns = (1..=n_columns).map(|i| format!("{prefix}{i}")).collect();
        Matrix::new(ids, columns, values)
    }

    /// Number of rows (cells).
    pub fn rows(&self) -> usize {
        self.ids.len()
    }

    /// Number of columns (dimensions).
    pub fn cols(&self) -> usize {
        self.columns.len()
    }

    /// The cells' ids, one per row.
    pub fn ids(&self) -> &Arc<[String]> {
        &self.ids
    }

    /// The columns' names.
    pub fn columns(&self) -> &Arc<[String]> {
        &self.columns
    }

    /// All values, row-major.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// One row.
    pub fn row(&self, i: usize) -> &[f64] {
        let d = self.cols();
        &self.values[i * d..(i + 1) * d]
    }

    /// The rows in order; none where there is no column.
    pub fn iter_rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.cols().max(1))
    }

    /// The rows with these indices.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Matrix {
        Matrix {
            ids: rows.iter().map(|&i| self.ids[i].clone()).collect(),
            columns: Arc::clone(&self.columns),
            values: rows.iter().flat_map(|&i| self.row(i)).copied().collect(),
        }
    }

    /// Refuses values that are not finite, naming the first one's cell and column; `what` names the consumer.
    ///
    /// # Errors
    /// When a value is NaN or infinite.
    pub fn require_finite(&self, what: &str) -> Result<()> {
        match self.values.iter().position(|v| !v.is_finite()) {
            None => Ok(()),
            Some(at) => Err(Error::value(format!(
                "{what} needs finite numbers, but row {} (`{}`), column `{}` is {}",
                at / self.cols() + 1,
                self.ids[at / self.cols()],
                self.columns[at % self.cols()],
                self.values[at]
            ))
            .help("drop that cell, or replace the value")),
        }
    }
}
