//! Exact nearest neighbours by comparing all pairs.
//!
//! In the tens of dimensions that embeddings have, tree and graph indices are slower than this or not exact. Distances
//! are sums of squared differences in double precision, not expanded into dot products, so equal rows are at distance 0
//! and equal distances are equal to the last bit; ties go to the smaller row number. Time grows with the square of the
//! number of rows.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::classify::Block;
use crate::data::Matrix;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::linear::{AT_ONCE, LANES, Panels};

/// Queries that share a pass over the rows.
const BLOCK: usize = 4 * AT_ONCE;
/// Panels that a pass compares before it looks at the distances: they stay in the nearest cache.
const STRETCH: usize = 16;

/// How far apart two rows are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Length of the difference, in the unit of the columns.
    #[default]
    Euclidean,
    /// One minus the cosine of the angle between the rows: 0 to 2.
    Cosine,
}

impl Metric {
    /// The word that options use.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Euclidean => "euclidean",
            Metric::Cosine => "cosine",
        }
    }

    /// The distance, from the squared difference of prepared rows.
    fn finish(self, squared: f64) -> f64 {
        match self {
            Metric::Euclidean => squared.sqrt(),
            // |u - v|^2 = 2 - 2 cos for unit vectors.
            Metric::Cosine => 0.5 * squared,
        }
    }
}

/// Rows to search among.
#[derive(Clone, Debug)]
pub struct Index {
    metric: Metric,
    panels: Panels,
}

/// The nearest rows of each query, nearest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    k: usize,
    rows: Vec<usize>,
    distances: Vec<f64>,
}

impl Neighbours {
    /// Number of neighbours of each query.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Row numbers of a query's neighbours.
    pub fn rows(&self, query: usize) -> &[usize] {
        &self.rows[query * self.k..(query + 1) * self.k]
    }

    /// Distances of a query's neighbours.
    pub fn distances(&self, query: usize) -> &[f64] {
        &self.distances[query * self.k..(query + 1) * self.k]
    }
}

impl Index {
    /// Prepares the rows of a matrix.
    ///
    /// # Errors
    /// When a value is not finite; for cosine, when a row is all zeros.
    pub fn new(x: &Matrix, metric: Metric) -> Result<Self> {
        let values = prepare(x, metric)?;
        Ok(Index { metric, panels: Panels::new(&values, x.cols()) })
    }

    /// Prepares rows that are known to be finite.
    ///
    /// # Errors
    /// For cosine, when a row is all zeros.
    pub(crate) fn of(x: &Block, metric: Metric) -> Result<Self> {
        let values = directed(x.values().to_vec(), x.columns(), metric, |row| format!("row {}", row + 1))?;
        Ok(Index { metric, panels: Panels::new(&values, x.columns()) })
    }

    /// The `k` rows nearest to each row of `queries`, which may be other data with the same columns.
    ///
    /// # Errors
    /// When the columns differ in number, a query cannot be used (as [`Index::new`]), or there are fewer than `k` rows.
    pub fn nearest(&self, queries: &Matrix, k: usize) -> Result<Neighbours> {
        let all: Vec<usize> = (0..queries.rows()).collect();
        self.nearest_where(queries, &all, k, |_, _| true)
    }

    /// The `k` nearest other rows of each row, where `x` is the matrix that the index was made from.
    ///
    /// # Errors
    /// When there are not more than `k` rows.
    pub fn nearest_others(&self, x: &Matrix, k: usize) -> Result<Neighbours> {
        let all: Vec<usize> = (0..x.rows()).collect();
        self.nearest_where(x, &all, k, |query, row| query != row)
    }

    /// The `k` nearest of the rows that `keep(query, row)` allows, for these rows of `queries`.
    pub(crate) fn nearest_where(
        &self,
        queries: &Matrix,
        chosen: &[usize],
        k: usize,
        keep: impl Fn(usize, usize) -> bool + Sync,
    ) -> Result<Neighbours> {
        let own = self.panels.columns();
        if queries.cols() != own {
            return Err(Error::value(format!("cannot compare rows of {} columns with rows of {own}", queries.cols())));
        }
        self.search(&prepare(queries, self.metric)?, chosen, k, keep)
    }

    /// The `k` rows nearest to each row of a block, whose columns are those of the index.
    pub(crate) fn nearest_rows(&self, queries: &Block, k: usize) -> Result<Neighbours> {
        let all: Vec<usize> = (0..queries.rows()).collect();
        self.nearest_among(queries, &all, k, |_, _| true)
    }

    /// The `k` nearest of the rows that `keep(query, row)` allows, for these rows of a block.
    pub(crate) fn nearest_among(
        &self,
        queries: &Block,
        chosen: &[usize],
        k: usize,
        keep: impl Fn(usize, usize) -> bool + Sync,
    ) -> Result<Neighbours> {
        let name = |row| format!("row {}", row + 1);
        let points = directed(queries.values().to_vec(), queries.columns(), self.metric, name)?;
        self.search(&points, chosen, k, keep)
    }

    /// The search itself, among prepared points.
    fn search(
        &self,
        points: &[f64],
        chosen: &[usize],
        k: usize,
        keep: impl Fn(usize, usize) -> bool + Sync,
    ) -> Result<Neighbours> {
        if k == 0 {
            return Err(Error::value("`0` neighbours, expected at least 1"));
        }
        let columns = self.panels.columns();
        let blocks: Vec<Vec<Nearest>> = chosen
            .par_chunks(BLOCK)
            .map(|block| {
                interrupt::check()?;
                let queries: Vec<f64> =
                    block.iter().flat_map(|&query| &points[query * columns..(query + 1) * columns]).copied().collect();
                let mut found: Vec<Nearest> = block.iter().map(|_| Nearest::new(k)).collect();
                let mut squared = vec![0.0; block.len() * STRETCH * LANES];
                for first in (0..self.panels.len()).step_by(STRETCH) {
                    let panels = first..(first + STRETCH).min(self.panels.len());
                    let width = panels.len() * LANES;
                    let squared = &mut squared[..block.len() * width];
                    self.panels.squared_distances(panels, &queries, squared);
                    for ((&query, nearest), squared) in block.iter().zip(&mut found).zip(squared.chunks_exact(width)) {
                        let (panels, _) = squared.as_chunks::<LANES>();
                        for (panel, first) in panels.iter().zip((first * LANES..).step_by(LANES)) {
                            // Most panels hold no row that is near enough, which one comparison of all lanes tells.
                            let worst = nearest.worst;
                            if !panel.iter().fold(false, |near, &distance| near | (distance < worst)) {
                                continue;
                            }
                            // The rows that fill up the last panel are behind the last row.
                            for (row, &distance) in (first..self.panels.rows()).zip(panel) {
                                if distance < nearest.worst && keep(query, row) {
                                    nearest.insert(distance, row);
                                }
                            }
                        }
                    }
                }
                Ok(found)
            })
            .collect::<Result<_>>()?;
        let found = blocks.concat();
        if let Some(short) = found.iter().find(|nearest| nearest.found.len() < k) {
            return Err(Error::value(format!(
                "`{k}` neighbours asked for, but only {} rows to choose from",
                short.found.len()
            ))
            .help("ask for fewer neighbours"));
        }
        let (distances, rows) =
            found.iter().flat_map(|n| &n.found).map(|&(d, row)| (self.metric.finish(d), row)).unzip();
        Ok(Neighbours { k, rows, distances })
    }
}

/// The values of a matrix, row-major; for cosine, with rows of length 1.
fn prepare(x: &Matrix, metric: Metric) -> Result<Vec<f64>> {
    x.require_finite("the search for neighbours")?;
    if x.cols() == 0 {
        return Err(Error::value("the search for neighbours needs at least one column"));
    }
    directed(x.values().to_vec(), x.cols(), metric, |row| format!("`{}`", x.ids()[row]))
}

/// For cosine, rows brought to length 1; `name` says in errors which row it is.
fn directed(mut values: Vec<f64>, columns: usize, metric: Metric, name: impl Fn(usize) -> String) -> Result<Vec<f64>> {
    if metric == Metric::Cosine {
        for (i, row) in values.chunks_exact_mut(columns).enumerate() {
            // Dividing by the largest value first keeps the squares in range.
            let largest = row.iter().fold(0.0f64, |m, v| m.max(v.abs()));
            if largest == 0.0 {
                return Err(Error::value(format!(
                    "{} is all zeros, so it has no direction for the cosine distance",
                    name(i)
                ))
                .help("drop that cell, or use `metric: \"euclidean\"`"));
            }
            let length = row.iter().map(|v| (v / largest).powi(2)).sum::<f64>().sqrt();
            row.iter_mut().for_each(|v| *v = *v / largest / length);
        }
    }
    Ok(values)
}

/// The best rows so far, nearest first.
#[derive(Clone)]
struct Nearest {
    k: usize,
    found: Vec<(f64, usize)>,
    /// Distance that a row must beat.
    worst: f64,
}

impl Nearest {
    fn new(k: usize) -> Self {
        Nearest { k, found: Vec::with_capacity(k + 1), worst: f64::INFINITY }
    }

    /// Rows come in increasing order, so putting a row behind its equals breaks ties towards the smaller number.
    fn insert(&mut self, distance: f64, row: usize) {
        let at = self.found.partition_point(|&(d, _)| d <= distance);
        self.found.insert(at, (distance, row));
        self.found.truncate(self.k);
        if self.found.len() == self.k {
            self.worst = self.found[self.k - 1].0;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand::Rng;

    use super::*;
    use crate::run::seed;

    fn random(n: usize, d: usize, index: u64) -> Matrix {
        let mut rng = seed::stream(1, "neighbours", index);
        let values = (0..n * d).map(|_| rng.gen_range(-1.0..1.0)).collect();
        Matrix::numbered((0..n).map(|i| i.to_string()).collect(), "x", d, values).unwrap()
    }

    #[test]
    fn neighbours_are_those_of_a_full_sort() {
        for (n, d, metric) in [(1, 1, Metric::Euclidean), (77, 5, Metric::Euclidean), (130, 3, Metric::Cosine)] {
            let (x, queries) = (random(n, d, 0), random(40, d, 1));
            let k = n.min(9);
            let found = Index::new(&x, metric).unwrap().nearest(&queries, k).unwrap();
            for (q, query) in queries.iter_rows().enumerate() {
                let distance = |row: &[f64]| -> f64 {
                    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
                    match metric {
                        Metric::Euclidean => row.iter().zip(query).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt(),
                        Metric::Cosine => 1.0 - dot(row, query) / (dot(row, row) * dot(query, query)).sqrt(),
                    }
                };
                let mut all: Vec<(f64, usize)> = x.iter_rows().enumerate().map(|(i, r)| (distance(r), i)).collect();
                all.sort_by(|a, b| a.0.total_cmp(&b.0));
                assert_eq!(found.rows(q), all[..k].iter().map(|a| a.1).collect::<Vec<_>>());
                for (a, b) in found.distances(q).iter().zip(&all) {
                    assert!((a - b.0).abs() < 1e-13);
                }
            }
        }
    }

    #[test]
    fn ties_go_to_the_smaller_row_and_a_row_is_not_its_own_neighbour() {
        let x = Matrix::numbered((0..20).map(|i| i.to_string()).collect(), "x", 1, [3.0, 1.0].repeat(10)).unwrap();
        let index = Index::new(&x, Metric::Euclidean).unwrap();
        assert_eq!(index.nearest(&x, 3).unwrap().rows(19), [1, 3, 5]);
        let others = index.nearest_others(&x, 11).unwrap();
        assert_eq!(others.rows(3), [1, 5, 7, 9, 11, 13, 15, 17, 19, 0, 2]);
        assert_eq!(others.distances(3)[8..], [0.0, 2.0, 2.0]);
    }

    #[test]
    fn what_cannot_be_searched_is_refused() {
        let x = random(4, 2, 0);
        let index = Index::new(&x, Metric::Euclidean).unwrap();
        assert!(index.nearest(&x, 5).unwrap_err().message.contains("only 4 rows"));
        assert!(index.nearest_others(&x, 4).unwrap_err().message.contains("only 3 rows"));
        assert!(index.nearest(&random(2, 3, 0), 1).is_err());
        assert!(index.nearest(&x, 0).is_err());
        let zero = Matrix::numbered(["a".into(), "b".into()].into(), "x", 2, vec![1.0, 0.0, 0.0, 0.0]).unwrap();
        assert!(Index::new(&zero, Metric::Cosine).unwrap_err().message.starts_with("`b` is all zeros"));
    }
}
