//! k-means: rows into groups around centres, so that squared distances to the nearest centre are small in sum.
//!
//! Lloyd's algorithm from greedy k-means++ starts (Arthur & Vassilvitskii 2007), the best of several. It finds round
//! groups of similar spread; for stretched or unequal groups, and to choose their number, use [`super::gmm()`].

use std::sync::Arc;

use rand::Rng as _;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::input::{by_size, require_clusterable};
use crate::data::table::Column;
use crate::data::{Labels, Matrix, Origin, Outcome, Table};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::run::seed::{self, Rng};

/// How k-means is run.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct KmeansOptions {
    /// Number of clusters.
    pub clusters: usize,
    /// Number of random starts, of which the one with the least inertia is kept.
    pub starts: usize,
    /// Most Lloyd steps of a start.
    pub max_iter: usize,
    /// A start has converged when the centres move by less than this share of the mean column variance (squared and
    /// summed), or when no row changes its cluster.
    pub tol: f64,
}

impl Default for KmeansOptions {
    fn default() -> Self {
        KmeansOptions { clusters: 8, starts: 10, max_iter: 300, tol: 1e-4 }
    }
}

/// Clusters around centres.
#[derive(Clone, Debug)]
pub struct Kmeans {
    /// The cluster of each row, `0` being the largest.
    pub labels: Labels,
    /// Mean of each cluster: one row per cluster, the columns of the data.
    pub centres: Matrix,
    /// Sum over rows of the squared distance to the centre of the row's cluster.
    pub inertia: f64,
    /// Lloyd steps of the start that was kept.
    pub steps: usize,
    /// Whether it converged within `max_iter` steps.
    pub converged: bool,
    /// The cells, in the order of `labels`.
    ids: Arc<[String]>,
    origin: Origin,
}

/// Splits the rows of a matrix into clusters.
///
/// # Errors
/// When a value is not finite, or there are fewer distinct rows than clusters.
pub fn kmeans(x: &Matrix, options: &KmeansOptions, seed: u64) -> Result<Kmeans> {
    require_clusterable(x, options.clusters, "kmeans", "clusters")?;
    if options.starts == 0 || options.max_iter == 0 {
        return Err(Error::value("kmeans: `starts` and `max_iter` must be at least 1"));
    }
    let fits: Vec<Partition> = (0..options.starts as u64)
        .into_par_iter()
        .map(|start| {
            let mut rng = seed::stream(seed, "kmeans", start);
            partition(x, options.clusters, options.max_iter, options.tol, &mut rng)
        })
        .collect::<Result<_>>()?;
    let best = fits
        .into_iter()
        .reduce(|best, next| if next.inertia < best.inertia { next } else { best })
        .expect("there is at least one start");
    if !best.converged {
        tracing::warn!("kmeans did not converge in {} steps; raise `max_iter`", options.max_iter);
    }
    let d = x.cols();
    let order = by_size(&best.assignment, options.clusters);
    let centres = order.iter().flat_map(|&c| &best.centres[c * d..(c + 1) * d]).copied().collect();
    let mut rank = vec![0; order.len()];
    for (new, &old) in order.iter().enumerate() {
        rank[old] = new;
    }
    let clusters: Vec<usize> = best.assignment.iter().map(|&c| rank[c]).collect();
    let names = (0..options.clusters).map(|c| c.to_string()).collect();
    Ok(Kmeans {
        labels: Labels::from_clusters(&clusters),
        centres: Matrix::new(names, x.columns().clone(), centres)?,
        inertia: best.inertia,
        steps: best.steps,
        converged: best.converged,
        ids: x.ids().clone(),
        origin: Origin::new("cluster::kmeans", x, options, Some(seed)),
    })
}

impl Outcome for Kmeans {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        let clusters = self.centres.rows() as f64;
        let converged = f64::from(u8::from(self.converged));
        vec![("clusters", clusters), ("inertia", self.inertia), ("steps", self.steps as f64), ("converged", converged)]
    }

    fn table(&self) -> Result<Table> {
        let cluster = Column::texts("cluster", (0..self.labels.len()).map(|cell| self.labels.get(cell)));
        Table::new(self.ids.clone(), vec![cluster])
    }
}

impl std::fmt::Display for Kmeans {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Kmeans({} clusters of {} cells, inertia {:.6}{})",
            self.centres.rows(),
            self.labels.len(),
            self.inertia,
            if self.converged { "" } else { ", not converged" }
        )
    }
}

/// The end of one start.
pub(super) struct Partition {
    pub(super) assignment: Vec<usize>,
    centres: Vec<f64>,
    inertia: f64,
    steps: usize,
    converged: bool,
}

/// One start: k-means++ and Lloyd steps. The caller has checked that there are `k` distinct rows.
pub(super) fn partition(x: &Matrix, k: usize, max_iter: usize, tol: f64, rng: &mut Rng) -> Result<Partition> {
    lloyd(x, plus_plus(x, k, rng), max_iter, tol)
}

/// Lloyd steps from given centres, `x.cols()` values each: rows to their nearest centre, centres to their rows' mean.
fn lloyd(x: &Matrix, mut centres: Vec<f64>, max_iter: usize, tol: f64) -> Result<Partition> {
    let (n, k) = (x.rows(), centres.len() / x.cols());
    let tolerance = tol * mean_variance(x);
    let mut assignment = vec![usize::MAX; n];
    let mut distance = vec![0.0; n];
    let (mut steps, mut converged) = (0, false);
    while steps < max_iter && !converged {
        interrupt::check()?;
        steps += 1;
        let changed = assign(x, &centres, &mut assignment, &mut distance);
        fill_empty(k, &mut assignment, &mut distance);
        let means = means(x, k, &assignment);
        let moved: f64 = means.iter().zip(&centres).map(|(a, b)| (a - b) * (a - b)).sum();
        centres = means;
        converged = !changed || moved <= tolerance;
    }
    // The last step moved the centres: the assignment must belong to the centres that are returned.
    assign(x, &centres, &mut assignment, &mut distance);
    Ok(Partition { assignment, centres, inertia: distance.iter().sum(), steps, converged })
}

/// Greedy k-means++: each centre is the best of a few rows drawn with probability proportional to the squared distance
/// from the nearest centre so far.
fn plus_plus(x: &Matrix, k: usize, rng: &mut Rng) -> Vec<f64> {
    let n = x.rows();
    let trials = 2 + (k as f64).ln() as usize;
    let first = rng.gen_range(0..n);
    let mut centres = x.row(first).to_vec();
    let mut nearest: Vec<f64> = x.iter_rows().map(|row| squared_distance(row, x.row(first))).collect();
    while centres.len() < k * x.cols() {
        let total: f64 = nearest.iter().sum();
        let (_, row, distances) = (0..trials)
            .map(|_| {
                let row = draw(&nearest, rng.gen_range(0.0..1.0) * total);
                let distances: Vec<f64> = nearest
                    .iter()
                    .zip(x.iter_rows())
                    .map(|(&old, r)| old.min(squared_distance(r, x.row(row))))
                    .collect();
                (distances.iter().sum::<f64>(), row, distances)
            })
            .reduce(|best, next| if next.0 < best.0 { next } else { best })
            .expect("there are at least two trials");
        centres.extend_from_slice(x.row(row));
        nearest = distances;
    }
    centres
}

/// The row at which the running sum of weights passes `target`; never one of weight zero.
fn draw(weights: &[f64], target: f64) -> usize {
    let mut sum = 0.0;
    let mut last = 0;
    for (row, &weight) in weights.iter().enumerate() {
        if weight > 0.0 {
            sum += weight;
            last = row;
            if sum > target {
                break;
            }
        }
    }
    last
}

/// Moves every row to its nearest centre (ties to the smaller number); tells whether a row changed its cluster.
fn assign(x: &Matrix, centres: &[f64], assignment: &mut [usize], distance: &mut [f64]) -> bool {
    assignment
        .par_iter_mut()
        .zip(distance)
        .enumerate()
        .with_min_len(128)
        .map(|(row, (cluster, distance))| {
            let old = *cluster;
            *distance = f64::INFINITY;
            for (c, centre) in centres.chunks_exact(x.cols()).enumerate() {
                let d = squared_distance(x.row(row), centre);
                if d < *distance {
                    (*cluster, *distance) = (c, d);
                }
            }
            *cluster != old
        })
        .reduce(|| false, |a, b| a | b)
}

/// Gives every empty cluster the row that lies farthest from its centre, so that no cluster is lost.
fn fill_empty(k: usize, assignment: &mut [usize], distance: &mut [f64]) {
    let mut size = vec![0usize; k];
    for &c in assignment.iter() {
        size[c] += 1;
    }
    for empty in 0..k {
        if size[empty] > 0 {
            continue;
        }
        let farthest = (0..assignment.len())
            .filter(|&row| size[assignment[row]] > 1)
            .reduce(|best, row| if distance[row] > distance[best] { row } else { best });
        if let Some(row) = farthest {
            size[assignment[row]] -= 1;
            size[empty] = 1;
            assignment[row] = empty;
            distance[row] = 0.0;
        }
    }
}

fn means(x: &Matrix, k: usize, assignment: &[usize]) -> Vec<f64> {
    let d = x.cols();
    let mut means = vec![0.0; k * d];
    let mut size = vec![0usize; k];
    for (row, &c) in x.iter_rows().zip(assignment) {
        size[c] += 1;
        for (sum, value) in means[c * d..(c + 1) * d].iter_mut().zip(row) {
            *sum += value;
        }
    }
    for (mean, n) in means.chunks_exact_mut(d).zip(size) {
        mean.iter_mut().for_each(|m| *m /= n.max(1) as f64);
    }
    means
}

fn mean_variance(x: &Matrix) -> f64 {
    let mean = means(x, 1, &vec![0; x.rows()]);
    let sum: f64 = x.iter_rows().map(|row| squared_distance(row, &mean)).sum();
    sum / x.values().len() as f64
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn squares() -> Matrix {
        // Three groups of 5, 4 and 3 points, far apart.
        let offsets = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.5, 0.5]];
        let values: Vec<f64> = [(3, 90.0, 0.0), (5, 0.0, 0.0), (4, 0.0, 70.0)]
            .iter()
            .flat_map(|&(n, x, y)| offsets[..n].iter().flat_map(move |o| [o[0] + x, o[1] + y]))
            .collect();
        Matrix::numbered((0..12).map(|i| i.to_string()).collect(), "x", 2, values).unwrap()
    }

    #[test]
    fn separate_groups_are_found_and_numbered_by_size() {
        let options = KmeansOptions { clusters: 3, ..Default::default() };
        for seed in 0..20 {
            let fit = kmeans(&squares(), &options, seed).unwrap();
            assert_eq!(fit.labels, Labels::from_clusters(&[2, 2, 2, 0, 0, 0, 0, 0, 1, 1, 1, 1]));
            assert_eq!(fit.centres.row(0), [0.5, 0.5]);
            // Inertia by hand: 5 x 0.5 less the centre point's, 4 x 0.5, and 4/3 for the right-angled three.
            assert!((fit.inertia - (2.0 + 2.0 + 4.0 / 3.0)).abs() < 1e-12, "{}", fit.inertia);
            assert!(fit.converged);
        }
    }

    #[test]
    fn from_the_same_start_come_scikit_learns_clusters() {
        // scikit-learn 1.9.1: see tests/fixtures/stats.
        let lines = include_str!("../../tests/fixtures/stats/blobs.csv").lines().skip(1);
        let values = lines.flat_map(|l| l.split(',').skip(1).map(|v| v.parse().unwrap())).collect();
        let x = Matrix::numbered((0..160).map(|i| i.to_string()).collect(), "x", 5, values).unwrap();
        let references: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../../tests/fixtures/stats/kmeans.json")).unwrap();
        for (reference, k) in references.iter().zip([2, 4, 7]) {
            let found = lloyd(&x, x.values()[..k * 5].to_vec(), 300, 1e-4).unwrap();
            let expected = reference["inertia"].as_f64().unwrap();
            assert!((found.inertia / expected - 1.0).abs() < 1e-12, "{}, expected {expected}", found.inertia);
            assert_eq!(found.steps as u64, reference["steps"].as_u64().unwrap());
            let labels: Vec<usize> = serde_json::from_value(reference["labels"].clone()).unwrap();
            assert_eq!(found.assignment, labels);
        }
    }

    #[test]
    fn as_many_clusters_as_distinct_rows_leave_no_inertia() {
        let fit = kmeans(&squares(), &KmeansOptions { clusters: 12, ..Default::default() }, 3).unwrap();
        assert_eq!(fit.inertia, 0.0);
        assert_eq!(fit.labels.classes().len(), 12);
    }

    #[test]
    fn empty_clusters_take_the_farthest_row() {
        let (mut assignment, mut distance) = (vec![0, 0, 2, 0], vec![1.0, 5.0, 9.0, 2.0]);
        fill_empty(3, &mut assignment, &mut distance);
        // Row 2 is farther, but its cluster would be empty in turn.
        assert_eq!(assignment, [0, 1, 2, 0]);
    }
}
