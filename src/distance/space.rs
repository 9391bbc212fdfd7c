//! A matrix made ready to give the distances of its rows.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use super::metric::{Metric, require_distances, require_numbers, require_same_columns};
use crate::data::Matrix;
use crate::error::Result;
use crate::interrupt;
use crate::linear::{AT_ONCE, LANES, Panels};

/// Rows that share a pass over all others; a multiple of what the kernel takes at once, few enough for the cache.
const BLOCK: usize = 2 * AT_ONCE;

/// Rows and their distances.
#[derive(Clone, Debug)]
pub struct Space<'a> {
    pub(super) metric: Metric,
    n: usize,
    /// Columns of what was given.
    pub(super) columns: usize,
    pub(super) points: Points<'a>,
}

#[derive(Clone, Debug)]
pub(super) enum Points<'a> {
    /// Rows whose Euclidean distance gives the metric's.
    Rows(Panels, Cow<'a, [f64]>),
    /// All distances.
    Distances(Cow<'a, [f64]>),
}

impl<'a> Space<'a> {
    /// The rows of a matrix; `what` names the consumer.
    ///
    /// # Errors
    /// When there is no column, a value is not finite, a row has no direction (cosine, correlation), or a matrix of distances
    /// is not square, symmetric, non-negative with zeros on its diagonal.
    pub fn new(x: &'a Matrix, metric: Metric, what: &str) -> Result<Self> {
        require_numbers(x, what)?;
        if metric == Metric::Precomputed {
            require_distances(x, what)?;
            let points = Points::Distances(x.values().into());
            return Ok(Space { metric, n: x.rows(), columns: x.cols(), points });
        }
        Self::named(x.values(), x.cols(), metric, what, |row| format!("`{}`", x.ids()[row]))
    }

    /// Rows of `columns` finite numbers each, which have no names.
    ///
    /// # Errors
    /// When a row has no direction (cosine, correlation), or the metric is that of given distances.
    pub fn of_rows(values: &'a [f64], columns: usize, metric: Metric, what: &str) -> Result<Self> {
        Self::named(values, columns, metric, what, |row| format!("row {}", row + 1))
    }

    fn named(
        values: &'a [f64],
        columns: usize,
        metric: Metric,
        what: &str,
        name: impl Fn(usize) -> String,
    ) -> Result<Self> {
        let values = metric.prepared(values, columns, what, name)?;
        let panels = Panels::new(&values, columns);
        Ok(Space { metric, n: panels.rows(), columns, points: Points::Rows(panels, values) })
    }

    /// The same, with a copy of what it borrowed.
    pub fn into_owned(self) -> Space<'static> {
        let points = match self.points {
            Points::Rows(panels, values) => Points::Rows(panels, values.into_owned().into()),
            Points::Distances(values) => Points::Distances(values.into_owned().into()),
        };
        Space { metric: self.metric, n: self.n, columns: self.columns, points }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// The rows such that their Euclidean distance, finished, is the metric's; none where only distances are known.
    pub fn rows(&self) -> Option<&[f64]> {
        match &self.points {
            Points::Rows(_, values) => Some(values),
            Points::Distances(_) => None,
        }
    }

    /// Number of distances that [`distances`](Self::distances) writes for a row; those behind the last row mean nothing.
    pub fn width(&self) -> usize {
        self.n.next_multiple_of(LANES)
    }

    /// The distances of some rows from all rows, [`width`](Self::width) for each.
    pub fn distances(&self, rows: Range<usize>, out: &mut [f64]) {
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
        out.iter_mut().for_each(|v| *v = self.metric.finish(*v));
    }

    /// Calls `of` with each row's number and its distances from all rows, itself included, in parallel, and gives its results
    /// in the order of the rows.
    ///
    /// # Errors
    /// On a stop.
    pub fn each<T: Send>(&self, of: impl Fn(usize, &[f64]) -> T + Sync) -> Result<Vec<T>> {
        match &self.points {
            Points::Distances(all) => self.given(all, of),
            Points::Rows(..) => self.blocks(self.n, &of, |rows, out| self.distances(rows, out)),
        }
    }

    /// Calls `of` with other rows' numbers and their distances from all rows of this space, in parallel, and gives its results
    /// in order. `other` is other data with the same columns; where distances were given, it holds distances from the rows of
    /// this space.
    ///
    /// # Errors
    /// When the other data cannot be used, or on a stop.
    pub fn compare<T: Send>(
        &self,
        other: &Matrix,
        what: &str,
        of: impl Fn(usize, &[f64]) -> T + Sync,
    ) -> Result<Vec<T>> {
        let points = self.prepared(other, what)?;
        match &self.points {
            Points::Distances(_) => self.given(&points, of),
            Points::Rows(panels, _) => self.blocks(other.rows(), &of, |rows, out| {
                self.finished(panels, &points[rows.start * self.columns..rows.end * self.columns], out);
            }),
        }
    }

    /// Other data, such that they can be held against this space.
    pub(super) fn prepared<'b>(&self, other: &'b Matrix, what: &str) -> Result<Cow<'b, [f64]>> {
        require_same_columns(other, self.columns, what)?;
        if self.metric == Metric::Precomputed {
            return match other.values().iter().find(|d| **d < 0.0) {
                Some(d) => Err(crate::error::Error::value(format!("{what}: `{d}` is no distance, expected 0 or more"))),
                None => Ok(other.values().into()),
            };
        }
        self.metric.prepared(other.values(), self.columns, what, |row| format!("`{}`", other.ids()[row]))
    }

    fn given<T: Send>(&self, distances: &[f64], of: impl Fn(usize, &[f64]) -> T + Sync) -> Result<Vec<T>> {
        let rows = distances.par_chunks_exact(self.n).enumerate();
        rows.map(|(row, near)| interrupt::check().map(|()| of(row, near))).collect()
    }

    fn blocks<T: Send>(
        &self,
        n: usize,
        of: &(impl Fn(usize, &[f64]) -> T + Sync),
        fill: impl Fn(Range<usize>, &mut [f64]) + Sync,
    ) -> Result<Vec<T>> {
        let width = self.width();
        let starts: Vec<usize> = (0..n).step_by(BLOCK).collect();
        let blocks: Vec<Vec<T>> = starts
            .into_par_iter()
            .map_init(
                || vec![0.0; BLOCK * width],
                |out, start| {
                    interrupt::check()?;
                    let rows = start..(start + BLOCK).min(n);
                    let out = &mut out[..rows.len() * width];
                    fill(rows.clone(), out);
                    Ok(rows.zip(out.chunks_exact(width)).map(|(row, near)| of(row, &near[..self.n])).collect())
                },
            )
            .collect::<Result<_>>()?;
        Ok(blocks.into_iter().flatten().collect())
    }
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
    fn rows_come_in_order_with_their_distances() {
        let values: Vec<f64> = (0..80).map(|i| f64::from(i * i % 23)).collect();
        let x = matrix(2, &values);
        let all = Space::new(&x, Metric::Euclidean, "test").unwrap().each(|i, d| (i, d.to_vec())).unwrap();
        for (i, (row, distances)) in all.iter().enumerate() {
            assert_eq!((i, distances.len()), (*row, 40));
            for (j, d) in distances.iter().enumerate() {
                assert!((d - (x.row(i)[0] - x.row(j)[0]).hypot(x.row(i)[1] - x.row(j)[1])).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn what_has_no_distance_is_refused() {
        let refuse = |columns, values: &[f64], metric| {
            Space::new(&matrix(columns, values), metric, "dbscan").unwrap_err().message
        };
        assert!(refuse(2, &[0.0, 0.0, 1.0, 2.0], Metric::Cosine).contains("`cell0` is all zeros"));
        assert!(refuse(2, &[3.0, 3.0, 1.0, 2.0], Metric::Correlation).contains("one and the same value"));
        assert!(refuse(2, &[3.0, 1e200, 1.0, 2.0], Metric::Euclidean).contains("is beyond 1e150"));
        assert!(refuse(1, &[0.0, 0.0], Metric::Precomputed).contains("2 rows and 1 columns"));
        assert!(refuse(2, &[0.0, 1.0, 2.0, 0.0], Metric::Precomputed).contains("is at 1 from `cell1`, but that at 2"));
        assert!(refuse(2, &[0.0, -1.0, -1.0, 0.0], Metric::Precomputed).contains("is -1, expected 0 or more"));
        assert!(refuse(2, &[1.0, 0.2, 0.2, 1.0], Metric::Precomputed).contains("from itself is 1, expected 0"));
        let (x, other) = (matrix(2, &[0.0, 1.0, 1.0, 0.0]), matrix(1, &[0.0]));
        let space = Space::new(&x, Metric::Precomputed, "dbscan").unwrap();
        assert!(space.compare(&other, "dbscan", |_, _| ()).unwrap_err().message.contains("the data have 1"));
        assert!(space.compare(&matrix(2, &[-1.0, 0.0]), "dbscan", |_, _| ()).is_err());
        assert!(Space::of_rows(&[1.0], 1, Metric::Precomputed, "knn").unwrap_err().message.contains("not distances"));
    }
}
