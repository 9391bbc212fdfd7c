//! How far apart rows are, and the distances of each row from all others.

use std::borrow::Cow;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::data::Matrix;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::linear::{AT_ONCE, LANES, Panels};

/// What the distance of two rows is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    /// Length of the difference, in the unit of the columns.
    #[default]
    Euclidean,
    /// One minus the cosine of the angle between the rows: 0 to 2.
    Cosine,
    /// The matrix holds distances already: a column per row, in the order of the rows.
    Precomputed,
}

/// Rows that share a pass over all others; a multiple of what the kernel takes at once, few enough for the cache.
const BLOCK: usize = 2 * AT_ONCE;

/// A matrix, ready to give the distances of its rows from each other.
pub(crate) struct Distances<'a> {
    metric: Distance,
    rows: usize,
    columns: usize,
    /// Row-major; of length 1 each for the cosine distance.
    values: Cow<'a, [f64]>,
    panels: Option<Panels>,
}

impl<'a> Distances<'a> {
    /// Prepares a matrix; `what` names the consumer.
    ///
    /// # Errors
    /// When a value is not finite, there is no column, a row has no direction for the cosine distance, or a matrix of
    /// distances is not square, symmetric, non-negative with a diagonal of 0.
    pub(crate) fn new(x: &'a Matrix, metric: Distance, what: &str) -> Result<Self> {
        x.require_finite(what)?;
        if x.cols() == 0 {
            return Err(Error::value(format!("{what} needs at least one column")));
        }
        let values: Cow<'a, [f64]> = match metric {
            Distance::Euclidean => x.values().into(),
            Distance::Cosine => directions(x, what)?.into(),
            Distance::Precomputed => {
                require_distances(x, what)?;
                x.values().into()
            }
        };
        let panels = (metric != Distance::Precomputed).then(|| Panels::new(&values, x.cols()));
        Ok(Distances { metric, rows: x.rows(), columns: x.cols(), values, panels })
    }

    /// What `of` makes of each row's number and its distances from all rows, itself included; in the order of the rows,
    /// whatever thread a row falls to.
    ///
    /// # Errors
    /// When a stop was asked for.
    pub(crate) fn map<T: Send>(&self, of: impl Fn(usize, &[f64]) -> T + Sync) -> Result<Vec<T>> {
        let Some(panels) = &self.panels else {
            let rows = self.values.par_chunks_exact(self.columns).enumerate();
            return rows.map(|(row, distances)| interrupt::check().map(|()| of(row, distances))).collect();
        };
        let width = panels.len() * LANES;
        let blocks: Vec<Vec<T>> = self
            .values
            .par_chunks(BLOCK * self.columns)
            .enumerate()
            .map_init(
                || vec![0.0; BLOCK * width],
                |out, (block, rows)| {
                    interrupt::check()?;
                    panels.squared_distances(0..panels.len(), rows, out);
                    let count = rows.len() / self.columns;
                    let found = out.chunks_exact_mut(width).take(count).enumerate().map(|(at, distances)| {
                        let distances = &mut distances[..self.rows];
                        match self.metric {
                            // |u - v|² = 2 - 2 cos for unit vectors.
                            Distance::Cosine => distances.iter_mut().for_each(|d| *d *= 0.5),
                            _ => distances.iter_mut().for_each(|d| *d = d.sqrt()),
                        }
                        of(block * BLOCK + at, distances)
                    });
                    Ok(found.collect())
                },
            )
            .collect::<Result<_>>()?;
        Ok(blocks.into_iter().flatten().collect())
    }
}

/// Rows of length 1 in the rows' directions.
fn directions(x: &Matrix, what: &str) -> Result<Vec<f64>> {
    let mut values = x.values().to_vec();
    for (row, id) in values.chunks_exact_mut(x.cols()).zip(x.ids().iter()) {
        // Dividing by the largest value first keeps the squares in range.
        let largest = row.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        if largest == 0.0 {
            let message = format!("{what}: `{id}` is all zeros, so it has no direction for the cosine distance");
            return Err(Error::value(message).help("drop that cell, or use `metric: \"euclidean\"`"));
        }
        let length = row.iter().map(|v| (v / largest).powi(2)).sum::<f64>().sqrt();
        row.iter_mut().for_each(|v| *v = *v / largest / length);
    }
    Ok(values)
}

/// Refuses what is no matrix of distances; `what` names the consumer.
///
/// # Errors
/// When it is not square, or not symmetric within 1e-9 of its largest entry, an entry is negative, or one on the diagonal
/// is not 0.
pub(crate) fn require_distances(x: &Matrix, what: &str) -> Result<()> {
    let n = x.rows();
    let cure = "`metric: \"precomputed\"` wants the distances between all cells; from scores of likeness, take 1 less the score";
    if n != x.cols() {
        return Err(
            Error::value(format!("{what}: {n} rows and {} columns are no matrix of distances", x.cols())).help(cure)
        );
    }
    let largest = x.values().iter().fold(0.0f64, |m, v| m.max(v.abs()));
    for i in 0..n {
        let row = x.row(i);
        let a = &x.ids()[i];
        if row[i] != 0.0 {
            return Err(
                Error::value(format!("{what}: the distance of `{a}` from itself is {}, expected 0", row[i])).help(cure)
            );
        }
        for (j, &d) in row.iter().enumerate() {
            let message = if d < 0.0 {
                format!("{what}: the distance of `{a}` from `{}` is {d}, expected 0 or more", x.ids()[j])
            } else if (d - x.row(j)[i]).abs() > 1e-9 * largest {
                format!("{what}: `{a}` is at {d} from `{}`, but that at {} from it", x.ids()[j], x.row(j)[i])
            } else {
                continue;
            };
            return Err(Error::value(message).help(cure));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn matrix(columns: usize, values: &[f64]) -> Matrix {
        let ids = (0..values.len() / columns).map(|i| format!("cell{i}")).collect();
        Matrix::numbered(ids, "x", columns, values.to_vec()).unwrap()
    }

    #[test]
    fn rows_come_in_order_with_their_distances() {
        let values: Vec<f64> = (0..40).map(|i| f64::from(i * i % 23)).collect();
        let x = matrix(2, &values);
        let all = Distances::new(&x, Distance::Euclidean, "test").unwrap().map(|i, d| (i, d.to_vec())).unwrap();
        for (i, (row, distances)) in all.iter().enumerate() {
            assert_eq!((i, distances.len()), (*row, 20));
            for (j, d) in distances.iter().enumerate() {
                assert!((d - (x.row(i)[0] - x.row(j)[0]).hypot(x.row(i)[1] - x.row(j)[1])).abs() < 1e-12);
            }
        }
        let distances = matrix(20, &all.iter().flat_map(|(_, d)| d.clone()).collect::<Vec<_>>());
        let again = Distances::new(&distances, Distance::Precomputed, "test").unwrap();
        assert_eq!(again.map(|i, d| (i, d.to_vec())).unwrap(), all);
        let right = Distances::new(&matrix(2, &[1.0, 0.0, 0.0, 3.0]), Distance::Cosine, "test")
            .unwrap()
            .map(|_, d| d[1])
            .unwrap();
        assert!((right[0] - 1.0).abs() < 1e-15 && right[1].abs() < 1e-15);
    }

    #[test]
    fn what_is_no_matrix_of_distances_is_refused() {
        let refuse = |columns, values: &[f64]| {
            Distances::new(&matrix(columns, values), Distance::Precomputed, "silhouette").err().unwrap().message
        };
        assert!(refuse(1, &[0.0, 1.0]).contains("2 rows and 1 columns"));
        assert!(refuse(2, &[0.0, 1.0, 2.0, 0.0]).contains("`cell0` is at 1 from `cell1`, but that at 2"));
        assert!(refuse(2, &[0.0, -1.0, -1.0, 0.0]).contains("is -1, expected 0 or more"));
        assert!(refuse(2, &[1.0, 0.2, 0.2, 1.0]).contains("from itself is 1, expected 0"));
        let origin = matrix(2, &[0.0, 0.0, 1.0, 0.0]);
        let zero = Distances::new(&origin, Distance::Cosine, "silhouette");
        assert!(zero.err().unwrap().message.contains("`cell0` is all zeros"));
    }
}
