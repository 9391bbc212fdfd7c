//! What far means, and what a matrix must be for it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::data::Matrix;
use crate::error::{Error, Result};

/// What the distance of two rows is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Length of the difference, in the unit of the columns.
    #[default]
    Euclidean,
    /// One minus the cosine of the angle between the rows: 0 to 2.
    Cosine,
    /// One minus Pearson's correlation of the rows: 0 to 2.
    Correlation,
    /// The matrix holds the distances themselves, a column per row in the order of the rows; it is symmetric, with zeros on
    /// its diagonal.
    Precomputed,
}

/// Squares of larger values, summed over many columns, leave the range of double precision.
const LARGEST: f64 = 1e150;

impl Metric {
    /// The word that options use.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Euclidean => "euclidean",
            Metric::Cosine => "cosine",
            Metric::Correlation => "correlation",
            Metric::Precomputed => "precomputed",
        }
    }

    /// The distance, from the squared difference of prepared rows.
    pub(super) fn finish(self, squared: f64) -> f64 {
        match self {
            Metric::Euclidean | Metric::Precomputed => squared.sqrt(),
            // |u - v|² = 2 - 2 cos for unit vectors.
            Metric::Cosine | Metric::Correlation => 0.5 * squared,
        }
    }

    /// Row-major values whose squared Euclidean distance is the squared metric, or for directions twice the metric; `name`
    /// tells in errors which row it is, and `what` names the consumer.
    ///
    /// # Errors
    /// When a row has no direction, or this metric needs none because distances are given.
    pub(super) fn prepared<'a>(
        self,
        values: &'a [f64],
        columns: usize,
        what: &str,
        name: impl Fn(usize) -> String,
    ) -> Result<Cow<'a, [f64]>> {
        match self {
            Metric::Euclidean => return Ok(values.into()),
            Metric::Precomputed => {
                return Err(Error::value(format!("{what} needs rows of numbers, not distances between rows"))
                    .help("`metric` is one of `euclidean`, `cosine`, `correlation` here"));
            }
            Metric::Cosine | Metric::Correlation => {}
        }
        let mut values = values.to_vec();
        for (at, row) in values.chunks_exact_mut(columns).enumerate() {
            if self == Metric::Correlation {
                let mean = row.iter().sum::<f64>() / row.len() as f64;
                row.iter_mut().for_each(|v| *v -= mean);
            }
            // Dividing by the largest value first keeps the squares in range.
            let largest = row.iter().fold(0.0f64, |m, v| m.max(v.abs()));
            if largest == 0.0 {
                let (all, why) = match self {
                    Metric::Correlation => ("one and the same value", "no correlation with others"),
                    _ => ("zeros", "no direction for the cosine distance"),
                };
                return Err(Error::value(format!("{what}: {} is all {all}, so it has {why}", name(at)))
                    .help("drop that cell, or use `metric: \"euclidean\"`"));
            }
            let length = row.iter().map(|v| (v / largest).powi(2)).sum::<f64>().sqrt();
            row.iter_mut().for_each(|v| *v = *v / largest / length);
        }
        Ok(values.into())
    }
}

/// Refuses a matrix without columns, with values that are not finite, or too large to be squared; `what` names the consumer.
pub(crate) fn require_numbers(x: &Matrix, what: &str) -> Result<()> {
    if x.cols() == 0 {
        return Err(Error::value(format!("{what} needs at least one column")));
    }
    x.require_finite(what)?;
    match x.values().iter().position(|v| v.abs() > LARGEST) {
        None => Ok(()),
        Some(at) => Err(Error::value(format!(
            "{what}: the value {:e} of `{}` is beyond {LARGEST:e}",
            x.values()[at],
            x.ids()[at / x.cols()]
        ))
        .help("rescale the columns")),
    }
}

/// Refuses data that have not the columns of those that something was fitted to; `what` names it.
pub(crate) fn require_same_columns(x: &Matrix, columns: usize, what: &str) -> Result<()> {
    if x.cols() != columns {
        return Err(Error::value(format!("{what} was fitted to {columns} columns, the data have {}", x.cols()))
            .help("give the same columns in the same order"));
    }
    require_numbers(x, what)
}

/// Refuses what is no matrix of distances: not square, not symmetric within 1e-9 of its largest entry, with a negative entry,
/// or one on the diagonal that is not 0.
pub(super) fn require_distances(x: &Matrix, what: &str) -> Result<()> {
    let n = x.rows();
    let refuse = |message: String| {
        Err(Error::value(format!("{what}: {message}")).help(
            "`metric: \"precomputed\"` wants the distances between all cells; of scores of likeness, 1 less each is one",
        ))
    };
    if n != x.cols() {
        return refuse(format!("{n} rows and {} columns are no matrix of distances", x.cols()));
    }
    let largest = x.values().iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let id = |row: usize| &x.ids()[row];
    for i in 0..n {
        let row = x.row(i);
        if row[i] != 0.0 {
            return refuse(format!("the distance of `{}` from itself is {}, expected 0", id(i), row[i]));
        }
        for (j, &here) in row.iter().enumerate() {
            let there = x.row(j)[i];
            if here < 0.0 {
                return refuse(format!("the distance of `{}` from `{}` is {here}, expected 0 or more", id(i), id(j)));
            }
            if (here - there).abs() > 1e-9 * largest {
                return refuse(format!("`{}` is at {here} from `{}`, but that at {there} from it", id(i), id(j)));
            }
        }
    }
    Ok(())
}
