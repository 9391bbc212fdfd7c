//! The nearest neighbours on which both t-SNE and UMAP rest: exact, from rows of numbers or from given distances.

use rayon::prelude::*;

use crate::data::Matrix;
use crate::error::{Error, Result};
use crate::evaluate::{Index, Metric, Neighbours};
use crate::interrupt;
use crate::metrics::{Distance, require_distances};

/// The nearest rows of each row, nearest first; equal distances go to the smaller row number.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Neighbourhood {
    /// Number of neighbours of each row.
    pub(super) k: usize,
    rows: Vec<u32>,
    distances: Vec<f64>,
}

impl Neighbourhood {
    /// The `k` nearest other rows of each row of `x`; `what` names the method.
    ///
    /// # Errors
    /// When a value cannot be used, or there are not more than `k` rows.
    pub(super) fn of(x: &Matrix, metric: Distance, k: usize, what: &str) -> Result<Self> {
        match search(metric) {
            Some(metric) => Ok(found(&Index::new(x, metric)?.nearest_others(x, k)?, x.rows())),
            None => {
                x.require_finite(what)?;
                require_distances(x, what)?;
                among_given(x, k, |row, other| row != other)
            }
        }
    }

    /// The `k` rows of `x` nearest to each row of other data with the same columns; where the metric is `Precomputed`,
    /// `new` holds a row of distances from the rows of `x` for each new cell.
    ///
    /// # Errors
    /// As [`of`](Self::of), or when the columns differ in number.
    pub(super) fn of_others(new: &Matrix, x: &Matrix, metric: Distance, k: usize, what: &str) -> Result<Self> {
        if new.cols() != x.cols() {
            return Err(Error::value(format!(
                "{what}: the map was made of {} columns, the data have {}",
                x.cols(),
                new.cols()
            ))
            .help("give the same columns in the same order"));
        }
        match search(metric) {
            Some(metric) => Ok(found(&Index::new(x, metric)?.nearest(new, k)?, new.rows())),
            None => {
                new.require_finite(what)?;
                if let Some(d) = new.values().iter().find(|d| **d < 0.0) {
                    return Err(Error::value(format!("{what}: `{d}` is no distance, expected 0 or more")));
                }
                among_given(new, k, |_, _| true)
            }
        }
    }

    /// Number of rows that have neighbours.
    pub(super) fn len(&self) -> usize {
        self.rows.len() / self.k
    }

    /// Row numbers of a row's neighbours.
    pub(super) fn rows(&self, row: usize) -> &[u32] {
        &self.rows[row * self.k..(row + 1) * self.k]
    }

    /// Distances of a row's neighbours.
    pub(super) fn distances(&self, row: usize) -> &[f64] {
        &self.distances[row * self.k..(row + 1) * self.k]
    }
}

/// The search for neighbours that a metric asks for; none where distances are given.
fn search(metric: Distance) -> Option<Metric> {
    match metric {
        Distance::Euclidean => Some(Metric::Euclidean),
        Distance::Cosine => Some(Metric::Cosine),
        Distance::Precomputed => None,
    }
}

/// The `k` smallest of each row of distances, among those that `keep(row, column)` allows.
fn among_given(x: &Matrix, k: usize, keep: impl Fn(usize, usize) -> bool + Sync) -> Result<Neighbourhood> {
    let found: Vec<Vec<(f64, u32)>> = (0..x.rows())
        .into_par_iter()
        .map(|row| {
            interrupt::check()?;
            let all = x.row(row).iter().enumerate().filter(|&(other, _)| keep(row, other));
            let mut all: Vec<(f64, u32)> = all.map(|(other, &d)| (d, other as u32)).collect();
            if all.len() < k {
                return Err(Error::value(format!(
                    "`{k}` neighbours asked for, but only {} rows to choose from",
                    all.len()
                ))
                .help("ask for fewer neighbours"));
            }
            all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            all.truncate(k);
            Ok(all)
        })
        .collect::<Result<_>>()?;
    let (distances, rows) = found.into_iter().flatten().unzip();
    Ok(Neighbourhood { k, rows, distances })
}

/// What the search found for `n` rows.
fn found(near: &Neighbours, n: usize) -> Neighbourhood {
    let rows = (0..n).flat_map(|row| near.rows(row)).map(|&row| row as u32).collect();
    let distances = (0..n).flat_map(|row| near.distances(row)).copied().collect();
    Neighbourhood { k: near.k(), rows, distances }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Neighbours that a test has written down: `k` of each row.
    pub(in super::super) fn given(k: usize, rows: Vec<u32>, distances: Vec<f64>) -> Neighbourhood {
        Neighbourhood { k, rows, distances }
    }

    /// Distances between all rows.
    pub(in super::super) fn distances(x: &Matrix) -> Matrix {
        let distance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
        let values = x.iter_rows().flat_map(|a| x.iter_rows().map(move |b| distance(a, b))).collect();
        Matrix::new(x.ids().clone(), x.ids().clone(), values).unwrap()
    }

    #[test]
    fn given_distances_have_the_neighbours_of_the_rows() {
        let values = (0..60).map(|i| f64::from(i * i % 37)).collect();
        let x = Matrix::numbered((0..20).map(|i| i.to_string()).collect(), "x", 3, values).unwrap();
        let (rows, given) = (
            Neighbourhood::of(&x, Distance::Euclidean, 6, "test").unwrap(),
            Neighbourhood::of(&distances(&x), Distance::Precomputed, 6, "test").unwrap(),
        );
        assert_eq!(rows.rows, given.rows);
        assert!(rows.distances.iter().zip(&given.distances).all(|(a, b)| (a - b).abs() < 1e-12));
        assert_eq!(rows.len(), 20);
        let new = distances(&x).select(&[3]);
        let near = Neighbourhood::of_others(&new, &distances(&x), Distance::Precomputed, 2, "test").unwrap();
        assert_eq!((near.rows(0)[0], near.distances(0)[0]), (3, 0.0));
        assert!(Neighbourhood::of(&x, Distance::Precomputed, 6, "test").is_err());
    }
}
