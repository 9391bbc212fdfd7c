//! Exact nearest neighbours in a space.

use rayon::prelude::*;

use super::neighbours::{Nearest, Neighbours};
use super::space::{Points, Space};
use crate::data::Matrix;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::linear::{AT_ONCE, LANES, Panels};

/// Queries that share a pass over the rows.
const BLOCK: usize = 4 * AT_ONCE;
/// Panels that a pass compares before it looks at the distances: they stay in the nearest cache.
const STRETCH: usize = 16;

impl Space<'_> {
    /// The `k` rows nearest to each row of `queries`: other data with the same columns, or where distances were given,
    /// distances from the rows of this space. `what` names the consumer.
    ///
    /// # Errors
    /// When the columns differ in number, a query cannot be used (as in [`Space::new`]), or there are fewer than `k` rows.
    pub fn nearest(&self, queries: &Matrix, k: usize, what: &str) -> Result<Neighbours> {
        let all: Vec<usize> = (0..queries.rows()).collect();
        self.search(&self.prepared(queries, what)?, &all, k, |_, _| true)
    }

    /// The `k` nearest rows to each of some rows without names, of as many columns.
    ///
    /// # Errors
    /// As [`nearest`](Self::nearest).
    pub fn nearest_to_rows(&self, queries: &[f64], k: usize, what: &str) -> Result<Neighbours> {
        let points = self.metric.prepared(queries, self.columns, what, |row| format!("row {}", row + 1))?;
        let all: Vec<usize> = (0..queries.len() / self.columns).collect();
        self.search(&points, &all, k, |_, _| true)
    }

    /// The `k` nearest other rows of each row.
    ///
    /// # Errors
    /// When there are not more than `k` rows.
    pub fn nearest_others(&self, k: usize) -> Result<Neighbours> {
        let all: Vec<usize> = (0..self.len()).collect();
        self.nearest_among(&all, k, |query, row| query != row)
    }

    /// The distance of each row from its `k`th nearest row, itself being the first: what density is told by.
    ///
    /// # Errors
    /// When there are fewer than `k` rows.
    pub fn core_distances(&self, k: usize) -> Result<Vec<f64>> {
        let all: Vec<usize> = (0..self.len()).collect();
        let near = self.nearest_among(&all, k, |_, _| true)?;
        Ok((0..near.len()).map(|row| near.distances(row)[k - 1]).collect())
    }

    /// The `k` nearest of the rows that `keep(query, row)` allows, for each of the rows `chosen`.
    ///
    /// # Errors
    /// When there are fewer than `k` such rows for one of them.
    pub fn nearest_among(
        &self,
        chosen: &[usize],
        k: usize,
        keep: impl Fn(usize, usize) -> bool + Sync,
    ) -> Result<Neighbours> {
        match &self.points {
            Points::Rows(_, points) | Points::Distances(points) => self.search(points, chosen, k, keep),
        }
    }

    /// The search itself, for the `chosen` of prepared points.
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
        let columns = self.columns;
        let blocks: Vec<Vec<Nearest>> = chosen
            .par_chunks(BLOCK)
            .map(|block| {
                interrupt::check()?;
                let mut found = vec![Nearest::new(k); block.len()];
                let queries = || block.iter().map(|&query| &points[query * columns..(query + 1) * columns]);
                match &self.points {
                    Points::Rows(panels, _) => {
                        let queries: Vec<f64> = queries().flatten().copied().collect();
                        let enter = |at: usize, distance, row, nearest: &mut Nearest| {
                            if keep(block[at], row) {
                                nearest.insert(distance, row);
                            }
                        };
                        pass(panels, &queries, &mut found, enter);
                    }
                    Points::Distances(_) => {
                        for ((&query, near), nearest) in block.iter().zip(queries()).zip(&mut found) {
                            for (row, &distance) in near.iter().enumerate() {
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
        let given = matches!(self.points, Points::Distances(_));
        let finish = |d: f64| if given { d } else { self.metric.finish(d) };
        let (distances, rows) = found.iter().flat_map(|n| &n.found).map(|&(d, row)| (finish(d), row)).unzip();
        Ok(Neighbours::new(k, rows, distances))
    }
}

/// Holds queries against all rows, and calls `enter` with the number of the query, squared distance and row of each that is
/// nearer than the worst of those found.
fn pass(panels: &Panels, queries: &[f64], found: &mut [Nearest], enter: impl Fn(usize, f64, usize, &mut Nearest)) {
    let mut squared = vec![0.0; found.len() * STRETCH * LANES];
    for first in (0..panels.len()).step_by(STRETCH) {
        let stretch = first..(first + STRETCH).min(panels.len());
        let width = stretch.len() * LANES;
        let squared = &mut squared[..found.len() * width];
        panels.squared_distances(stretch, queries, squared);
        for (query, (nearest, squared)) in found.iter_mut().zip(squared.chunks_exact(width)).enumerate() {
            let (lanes, _) = squared.as_chunks::<LANES>();
            for (lane, first) in lanes.iter().zip((first * LANES..).step_by(LANES)) {
                // Most panels hold no row that is near enough, which one comparison of all lanes tells.
                let worst = nearest.worst;
                if !lane.iter().fold(false, |near, &distance| near | (distance < worst)) {
                    continue;
                }
                // The rows that fill up the last panel are behind the last row.
                for (row, &distance) in (first..panels.rows()).zip(lane) {
                    if distance < nearest.worst {
                        enter(query, distance, row, nearest);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand::Rng;

    use super::*;
    use crate::distance::Metric;
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
            let found = Space::new(&x, metric, "test").unwrap().nearest(&queries, k, "test").unwrap();
            for (q, query) in queries.iter_rows().enumerate() {
                let distance = |row: &[f64]| -> f64 {
                    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
                    match metric {
                        Metric::Euclidean => row.iter().zip(query).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt(),
                        _ => 1.0 - dot(row, query) / (dot(row, row) * dot(query, query)).sqrt(),
                    }
                };
                let mut all: Vec<(f64, u32)> = x.iter_rows().map(distance).zip(0..).collect();
                all.sort_by(|a, b| a.0.total_cmp(&b.0));
                assert_eq!(found.rows(q), all[..k].iter().map(|a| a.1).collect::<Vec<_>>());
                for (a, b) in found.distances(q).iter().zip(&all) {
                    assert!((a - b.0).abs() < 1e-13);
                }
            }
        }
    }

    #[test]
    fn given_distances_have_the_neighbours_of_the_rows() {
        let x = random(20, 3, 2);
        let rows = Space::new(&x, Metric::Euclidean, "test").unwrap();
        let all = rows.each(|_, near| near.to_vec()).unwrap().concat();
        let given = Matrix::new(x.ids().clone(), x.ids().clone(), all).unwrap();
        let space = Space::new(&given, Metric::Precomputed, "test").unwrap();
        assert_eq!(space.nearest_others(6).unwrap(), rows.nearest_others(6).unwrap());
        let near = space.nearest(&given.select(&[3]), 2, "test").unwrap();
        assert_eq!((near.len(), near.rows(0)[0], near.distances(0)[0]), (1, 3, 0.0));
    }

    #[test]
    fn ties_go_to_the_smaller_row_and_a_row_is_not_its_own_neighbour() {
        let x = Matrix::numbered((0..20).map(|i| i.to_string()).collect(), "x", 1, [3.0, 1.0].repeat(10)).unwrap();
        let space = Space::new(&x, Metric::Euclidean, "test").unwrap();
        assert_eq!(space.nearest(&x, 3, "test").unwrap().rows(19), [1, 3, 5]);
        let others = space.nearest_others(11).unwrap();
        assert_eq!(others.rows(3), [1, 5, 7, 9, 11, 13, 15, 17, 19, 0, 2]);
        assert_eq!(others.distances(3)[8..], [0.0, 2.0, 2.0]);
    }

    #[test]
    fn what_cannot_be_searched_is_refused() {
        let x = random(4, 2, 0);
        let space = Space::new(&x, Metric::Euclidean, "test").unwrap();
        assert!(space.nearest(&x, 5, "test").unwrap_err().message.contains("only 4 rows"));
        assert!(space.nearest_others(4).unwrap_err().message.contains("only 3 rows"));
        assert!(space.nearest(&random(2, 3, 0), 1, "test").is_err());
        assert!(space.nearest(&x, 0, "test").is_err());
    }
}
