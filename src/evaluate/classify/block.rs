//! Rows of numbers without names: what classifiers compute on.

use serde::{Deserialize, Serialize};

use crate::data::Matrix;
use crate::error::{Error, Result};

/// Rows of numbers, row-major. A [`Matrix`] without ids and column names, so that picking the rows of a fold copies
/// numbers and no texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Block {
    /// The values of a matrix; `what` names the consumer in errors.
    ///
    /// # Errors
    /// When there is no row or no column, or a value is not finite.
    pub fn of(x: &Matrix, what: &str) -> Result<Self> {
        if x.rows() == 0 || x.cols() == 0 {
            return Err(Error::value(format!("{what} needs rows of numbers, found {} x {}", x.rows(), x.cols()))
                .help("is the population or the table empty?"));
        }
        x.require_finite(what)?;
        Ok(Block { rows: x.rows(), columns: x.cols(), values: x.values().to_vec() })
    }

    /// Values in rows of `columns` each; `values.len()` is a multiple of it.
    pub(crate) fn new(columns: usize, values: Vec<f64>) -> Self {
        Block { rows: values.len() / columns.max(1), columns, values }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All values, row-major.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// One row.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.columns..(i + 1) * self.columns]
    }

    /// The rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.columns.max(1))
    }

    /// These rows, in this order.
    pub(crate) fn pick(&self, rows: &[usize]) -> Block {
        let mut values = Vec::with_capacity(rows.len() * self.columns);
        rows.iter().for_each(|&i| values.extend_from_slice(self.row(i)));
        Block { rows: rows.len(), columns: self.columns, values }
    }

    /// Mean of each column.
    pub(crate) fn means(&self) -> Vec<f64> {
        let mut sum = vec![0.0; self.columns];
        self.iter().for_each(|row| sum.iter_mut().zip(row).for_each(|(s, v)| *s += v));
        sum.iter_mut().for_each(|s| *s /= self.rows as f64);
        sum
    }

    /// Mean squared distance of each column from these values.
    pub(crate) fn variances(&self, means: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; self.columns];
        for row in self.iter() {
            sum.iter_mut().zip(row).zip(means).for_each(|((s, v), m)| *s += (v - m) * (v - m));
        }
        sum.iter_mut().for_each(|s| *s /= self.rows as f64);
        sum
    }

    /// Refuses rows of another number of columns than a model has learnt from.
    pub(crate) fn require_columns(&self, learnt: usize) -> Result<()> {
        if self.columns == learnt {
            return Ok(());
        }
        Err(Error::value(format!("the classifier has learnt from {learnt} columns, these rows have {}", self.columns))
            .help("give the same columns in the same order"))
    }
}

/// The rows of each class.
pub(super) fn by_class(y: &[usize], classes: usize) -> Vec<Vec<usize>> {
    let mut rows = vec![Vec::new(); classes];
    y.iter().enumerate().for_each(|(row, &class)| rows[class].push(row));
    rows
}
