//! How far rows are apart, for the methods that know nothing of rows but that.

use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::input::require_columns;
use crate::data::Matrix;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::linear::{AT_ONCE, LANES, Panels};

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
    /// The matrix holds the distances themselves, row by row; it is square and symmetric, with zeros on its diagonal.
    Precomputed,
}

/// Rows and their distances.
#[derive(Clone, Debug)]
pub(super) struct Space {
    metric: Metric,
    n: usize,
    /// Columns of what was given.
    columns: usize,
    points: Points,
}

#[derive(Clone, Debug)]
enum Points {
    /// Rows whose Euclidean distance gives the metric's.
    Rows(Panels, Vec<f64>),
    /// All distances.
    Distances(Vec<f64>),
}

impl Space {
    /// The rows of a matrix; `what` names the method.
    ///
    /// # Errors
    /// When a value is not finite, a row has no direction (cosine, correlation), or a matrix of distances is none.
    pub(super) fn new(x: &Matrix, metric: Metric, what: &str) -> Result<Self> {
        require_columns(x, what)?;
        if x.rows() < 2 {
            return Err(Error::value(format!("{what} needs at least 2 rows, not {}", x.rows())));
        }
        let points = if metric == Metric::Precomputed {
            Points::Distances(distances(x, what)?)
        } else {
            let values = prepared(x, metric, what)?;
            Points::Rows(Panels::new(&values, x.cols()), values)
        };
        Ok(Space { metric, n: x.rows(), columns: x.cols(), points })
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.n
    }

    /// The rows such that their Euclidean distance, finished, is the metric's; none where only distances are known.
    pub(super) fn rows(&self) -> Option<&[f64]> {
        match &self.points {
            Points::Rows(_, values) => Some(values),
            Points::Distances(_) => None,
        }
    }

    /// Number of distances that [`distances`](Self::distances) writes for a row; those behind the last row mean nothing.
    pub(super) fn width(&self) -> usize {
        self.n.next_multiple_of(LANES)
    }

    /// The distances of some rows from all rows, [`width`](Self::width) for each.
    pub(super) fn distances(&self, rows: Range<usize>, out: &mut [f64]) {
        match &self.points {
            Points::Rows(panels, values) => {
                let columns = panels.columns();
                self.finished(panels, &values[rows.start * columns..rows.end * columns], out);
            }
            Points::Distances(all) => {
                for (row, out) in rows.zip(out.chunks_exact_mut(self.width())) {
                    out[..self.n].copy_from_slice(&all[row * self.n..(row + 1) * self.n]);
                }
            }
        }
    }

    fn finished(&self, panels: &Panels, points: &[f64], out: &mut [f64]) {
        panels.squared_distances(0..panels.len(), points, out);
        match self.metric {
            Metric::Euclidean => out.iter_mut().for_each(|v| *v = v.sqrt()),
            // |u - v|^2 = 2 - 2 cos for unit vectors.
            _ => out.iter_mut().for_each(|v| *v *= 0.5),
        }
    }

    /// Calls `of` with blocks of other rows' numbers and their distances from all rows of this space, in parallel, and
    /// gives its results in order. `other` is other data with the same columns; for distances that were given, its
    /// columns are the rows of this space.
    ///
    /// # Errors
    /// When the other data cannot be used, or on a stop.
    pub(super) fn compare<T: Send>(
        &self,
        other: &Matrix,
        what: &str,
        of: impl Fn(usize, &[f64]) -> T + Sync,
    ) -> Result<Vec<T>> {
        super::input::require_same_columns(other, self.columns, what)?;
        match &self.points {
            Points::Distances(_) => {
                Ok(other.values().par_chunks_exact(self.n).enumerate().map(|(row, near)| of(row, near)).collect())
            }
            Points::Rows(panels, _) => {
                let values = prepared(other, self.metric, what)?;
                self.blocks(other.rows(), &of, |rows, out| {
                    self.finished(panels, &values[rows.start * self.columns..rows.end * self.columns], out);
                })
            }
        }
    }

    /// Calls `of` with each row and its distances from all rows, in parallel, and gives its results in order.
    ///
    /// # Errors
    /// On a stop.
    pub(super) fn each<T: Send>(&self, of: impl Fn(usize, &[f64]) -> T + Sync) -> Result<Vec<T>> {
        self.blocks(self.n, &of, |rows, out| self.distances(rows, out))
    }

    fn blocks<T: Send>(
        &self,
        n: usize,
        of: &(impl Fn(usize, &[f64]) -> T + Sync),
        fill: impl Fn(Range<usize>, &mut [f64]) + Sync,
    ) -> Result<Vec<T>> {
        let width = self.width();
        let starts: Vec<usize> = (0..n).step_by(AT_ONCE).collect();
        let blocks: Vec<Vec<T>> = starts
            .into_par_iter()
            .map_init(
                || vec![0.0; AT_ONCE * width],
                |out, start| {
                    interrupt::check()?;
                    let rows = start..(start + AT_ONCE).min(n);
                    let out = &mut out[..rows.len() * width];
                    fill(rows.clone(), out);
                    Ok(rows.zip(out.chunks_exact(width)).map(|(row, near)| of(row, &near[..self.n])).collect())
                },
            )
            .collect::<Result<_>>()?;
        Ok(blocks.into_iter().flatten().collect())
    }
}

/// The `k` smallest distances with their rows, nearest first, ties by row; `leave_out` is left out.
pub(super) fn nearest(distances: &[f64], k: usize, leave_out: Option<usize>) -> Vec<(f64, usize)> {
    let mut found: Vec<(f64, usize)> = Vec::with_capacity(k + 1);
    let mut worst = f64::INFINITY;
    for (row, &distance) in distances.iter().enumerate() {
        if distance < worst && Some(row) != leave_out {
            let at = found.partition_point(|&(d, _)| d <= distance);
            found.insert(at, (distance, row));
            found.truncate(k);
            if found.len() == k {
                worst = found.last().map_or(worst, |&(d, _)| d);
            }
        }
    }
    found
}

/// Row-major values whose squared Euclidean distance is the squared metric, or for directions twice the metric.
fn prepared(x: &Matrix, metric: Metric, what: &str) -> Result<Vec<f64>> {
    let mut values = x.values().to_vec();
    if matches!(metric, Metric::Cosine | Metric::Correlation) {
        for (row, id) in values.chunks_exact_mut(x.cols()).zip(x.ids().iter()) {
            if metric == Metric::Correlation {
                let mean = row.iter().sum::<f64>() / row.len() as f64;
                row.iter_mut().for_each(|v| *v -= mean);
            }
            // Dividing by the largest value first keeps the squares in range.
            let largest = row.iter().fold(0.0f64, |m, v| m.max(v.abs()));
            if largest == 0.0 {
                let (all, why) = match metric {
                    Metric::Correlation => ("one and the same value", "no correlation with others"),
                    _ => ("zeros", "no direction for the cosine distance"),
                };
                return Err(Error::value(format!("{what}: `{id}` is all {all}, so it has {why}"))
                    .help("drop that cell, or use `metric: \"euclidean\"`"));
            }
            let length = row.iter().map(|v| (v / largest).powi(2)).sum::<f64>().sqrt();
            row.iter_mut().for_each(|v| *v = *v / largest / length);
        }
    }
    Ok(values)
}

/// Checks that a matrix holds distances.
fn distances(x: &Matrix, what: &str) -> Result<Vec<f64>> {
    let n = x.rows();
    let refuse = |message: String| {
        Err(Error::value(format!("{what}: `metric: \"precomputed\"`, but {message}")).help(
            "give a symmetric matrix of distances with zeros on its diagonal; of similarities, 1 less each is one",
        ))
    };
    if x.cols() != n {
        return refuse(format!("{n} rows have {} columns", x.cols()));
    }
    for i in 0..n {
        let row = x.row(i);
        if row[i] != 0.0 {
            return refuse(format!("`{}` is {} from itself", x.ids()[i], row[i]));
        }
        for (j, &here) in row[..i].iter().enumerate() {
            let there = x.row(j)[i];
            if here < 0.0 {
                return refuse(format!("the distance {here} of `{}` and `{}` is negative", x.ids()[i], x.ids()[j]));
            }
            if (here - there).abs() > 1e-9 * here.abs().max(there.abs()) {
                let (a, b) = (&x.ids()[i], &x.ids()[j]);
                return refuse(format!("`{a}` is {here} from `{b}`, and `{b}` is {there} from `{a}`"));
            }
        }
    }
    Ok(x.values().to_vec())
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
    fn metrics_are_those_of_their_names() {
        let x = matrix(3, &[1.0, 2.0, 3.0, 2.0, 4.0, 6.5, -1.0, 0.5, 0.0]);
        let of = |metric| {
            let space = Space::new(&x, metric, "here").unwrap();
            space.each(|_, near| near.to_vec()).unwrap()
        };
        // scipy 1.17.1, `pdist` of these rows: euclidean, cosine, correlation.
        let expected = [
            [4.153311931459037, 3.905124837953327, 7.968688725254614],
            [0.0007174116713651868, 1.0, 1.0],
            [0.0020512842113267205, 0.3453463292920228, 0.39508260188021593],
        ];
        for (metric, expected) in [Metric::Euclidean, Metric::Cosine, Metric::Correlation].into_iter().zip(expected) {
            let found = of(metric);
            for ((i, j), expected) in [(0, 1), (0, 2), (1, 2)].into_iter().zip(expected) {
                assert!((found[i][j] - expected).abs() < 1e-12, "{metric:?} {i} {j}: {}", found[i][j]);
                assert_eq!(found[i][j], found[j][i]);
            }
            assert_eq!((found[0][0], found[1][1]), (0.0, 0.0));
        }
        let given = matrix(3, &of(Metric::Cosine).concat());
        let again = Space::new(&given, Metric::Precomputed, "here").unwrap();
        assert_eq!(again.each(|_, near| near.to_vec()).unwrap(), of(Metric::Cosine));
    }

    #[test]
    fn nearest_rows_come_in_order_and_ties_by_row() {
        let near = nearest(&[3.0, 1.0, 0.0, 1.0, 2.0, 1.0], 3, Some(2));
        assert_eq!(near, [(1.0, 1), (1.0, 3), (1.0, 5)]);
        assert_eq!(nearest(&[2.0, 1.0], 5, None), [(1.0, 1), (2.0, 0)]);
    }

    #[test]
    fn what_is_no_distance_is_refused() {
        let refuse = |columns, values: &[f64], metric| {
            Space::new(&matrix(columns, values), metric, "dbscan").unwrap_err().message
        };
        assert!(refuse(2, &[0.0, 0.0, 1.0, 2.0], Metric::Cosine).contains("`cell0` is all zeros"));
        assert!(refuse(2, &[3.0, 3.0, 1.0, 2.0], Metric::Correlation).contains("one and the same value"));
        assert!(refuse(1, &[0.0, 0.0], Metric::Precomputed).contains("2 rows have 1 columns"));
        assert!(refuse(2, &[0.0, 1.0, 2.0, 0.0], Metric::Precomputed).contains("is 2 from `cell0`"));
        assert!(refuse(2, &[0.0, -1.0, -1.0, 0.0], Metric::Precomputed).contains("negative"));
        assert!(refuse(2, &[1.0, 1.0, 1.0, 1.0], Metric::Precomputed).contains("from itself"));
        assert_eq!(refuse(2, &[1.0, 1.0], Metric::Euclidean), "dbscan needs at least 2 rows, not 1");
    }
}
