//! The steps of k-means: greedy k-means++ starts, and Lloyd's steps from them.
//!
//! Distances are sums of squared differences, eight rows at a time, and not expanded into products: what scikit-learn
//! gains by the expansion, vectors give without its loss of digits.

use rand::Rng as _;
use rayon::prelude::*;

use super::rows::Rows;
use crate::error::Result;
use crate::interrupt;
use crate::linear::{AT_ONCE, LANES, squared_distances};
use crate::run::seed::Rng;
use crate::simd::vectorised;

/// Panels of eight rows that one task works on.
const PANELS: usize = 64;

/// The end of one start.
pub(super) struct Partition {
    pub(super) assignment: Vec<usize>,
    pub(super) centres: Vec<f64>,
    pub(super) inertia: f64,
    pub(super) steps: usize,
    pub(super) converged: bool,
}

/// One start: k-means++ and Lloyd steps. The caller has checked that there are `k` distinct rows.
pub(super) fn partition(rows: &Rows, k: usize, max_iter: usize, tol: f64, rng: &mut Rng) -> Result<Partition> {
    lloyd(rows, plus_plus(rows, k, rng)?, max_iter, tol)
}

/// Lloyd steps from given centres, one after the other: rows to their nearest centre, centres to their rows' mean.
pub(super) fn lloyd(rows: &Rows, mut centres: Vec<f64>, max_iter: usize, tol: f64) -> Result<Partition> {
    let (n, k) = (rows.len(), centres.len() / rows.x.cols());
    let tolerance = tol * mean_variance(rows);
    let mut assignment = vec![usize::MAX; n];
    let mut distance = vec![0.0; n];
    let (mut steps, mut converged) = (0, false);
    while steps < max_iter && !converged {
        interrupt::check()?;
        steps += 1;
        let changed = assign(rows, &centres, &mut assignment, &mut distance);
        fill_empty(k, &mut assignment, &mut distance);
        let means = means(rows, k, &assignment);
        let moved = squared_distance(&means, &centres);
        centres = means;
        converged = !changed || moved <= tolerance;
    }
    // The last step moved the centres: the assignment must belong to the centres that are returned.
    assign(rows, &centres, &mut assignment, &mut distance);
    Ok(Partition { assignment, centres, inertia: distance.iter().sum(), steps, converged })
}

/// Greedy k-means++ (Arthur & Vassilvitskii 2007): each centre is the best of a few rows drawn with probability
/// proportional to the squared distance from the nearest centre so far.
fn plus_plus(rows: &Rows, k: usize, rng: &mut Rng) -> Result<Vec<f64>> {
    let (x, n, d) = (rows.x, rows.len(), rows.x.cols());
    let trials = 2 + (k as f64).ln() as usize;
    let width = rows.panels.len() * LANES;
    let first = rng.gen_range(0..n);
    let mut centres = x.row(first).to_vec();
    let mut nearest = vec![0.0; width];
    rows.panels.squared_distances(0..rows.panels.len(), x.row(first), &mut nearest);
    let mut distances = vec![0.0; trials * width];
    let mut drawn = Vec::with_capacity(trials * d);
    while centres.len() < k * d {
        interrupt::check()?;
        let total: f64 = nearest[..n].iter().sum();
        drawn.clear();
        (0..trials).for_each(|_| drawn.extend_from_slice(x.row(draw(&nearest[..n], rng.gen_range(0.0..1.0) * total))));
        rows.panels.squared_distances(0..rows.panels.len(), &drawn, &mut distances);
        let left = |distances: &[f64]| nearest[..n].iter().zip(distances).map(|(a, b)| a.min(*b)).sum::<f64>();
        let (_, best) = distances
            .chunks_exact(width)
            .enumerate()
            .map(|(trial, distances)| (left(distances), trial))
            .reduce(|best, next| if next.0 < best.0 { next } else { best })
            .expect("there are at least two trials");
        centres.extend_from_slice(&drawn[best * d..(best + 1) * d]);
        nearest.iter_mut().zip(&distances[best * width..]).for_each(|(near, new)| *near = near.min(*new));
    }
    Ok(centres)
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
pub(super) fn assign(rows: &Rows, centres: &[f64], assignment: &mut [usize], distance: &mut [f64]) -> bool {
    let d = rows.x.cols();
    assignment
        .par_chunks_mut(PANELS * LANES)
        .zip(distance.par_chunks_mut(PANELS * LANES))
        .enumerate()
        .map(|(task, (assignment, distance))| {
            let mut changed = false;
            vectorised(
                #[inline(always)]
                || {
                    let panels = task * PANELS..;
                    let eights = assignment.chunks_mut(LANES).zip(distance.chunks_mut(LANES));
                    for (panel, (assignment, distance)) in panels.zip(eights) {
                        let (cluster, nearest) = nearest_centres(rows.panels.panel(panel), centres, d);
                        for (to, c) in assignment.iter_mut().zip(cluster) {
                            changed |= *to != c as usize;
                            *to = c as usize;
                        }
                        distance.copy_from_slice(&nearest[..distance.len()]);
                    }
                },
            );
            changed
        })
        .reduce(|| false, |a, b| a | b)
}

/// The nearest centre of each row of a panel, and its squared distance.
#[inline(always)]
fn nearest_centres(panel: &[f64], centres: &[f64], d: usize) -> ([u64; LANES], [f64; LANES]) {
    let (mut cluster, mut nearest) = ([0; LANES], [f64::INFINITY; LANES]);
    let k = centres.len() / d;
    for first in (0..k).step_by(AT_ONCE) {
        // The last centre stands in for those that fill up the group: it is never nearer than itself.
        let group: [&[f64]; AT_ONCE] = std::array::from_fn(|r| &centres[(first + r).min(k - 1) * d..][..d]);
        let found = squared_distances(panel, group);
        for (r, found) in found.iter().enumerate() {
            for lane in 0..LANES {
                let nearer = found[lane] < nearest[lane];
                nearest[lane] = if nearer { found[lane] } else { nearest[lane] };
                cluster[lane] = if nearer { (first + r) as u64 } else { cluster[lane] };
            }
        }
    }
    (cluster, nearest)
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

fn means(rows: &Rows, k: usize, assignment: &[usize]) -> Vec<f64> {
    let d = rows.x.cols();
    let mut means = vec![0.0; k * d];
    let mut size = vec![0usize; k];
    vectorised(
        #[inline(always)]
        || {
            for (row, &c) in rows.x.iter_rows().zip(assignment) {
                size[c] += 1;
                means[c * d..(c + 1) * d].iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            }
        },
    );
    for (mean, n) in means.chunks_exact_mut(d).zip(size) {
        mean.iter_mut().for_each(|m| *m /= n.max(1) as f64);
    }
    means
}

fn mean_variance(rows: &Rows) -> f64 {
    let mean = means(rows, 1, &vec![0; rows.len()]);
    let sum: f64 = rows.x.iter_rows().map(|row| squared_distance(row, &mean)).sum();
    sum / rows.x.values().len() as f64
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::data::Matrix;

    #[test]
    fn from_the_same_start_come_scikit_learns_clusters() {
        // scikit-learn 1.9.1: see tests/fixtures/stats.
        let lines = include_str!("../../tests/fixtures/stats/blobs.csv").lines().skip(1);
        let values = lines.flat_map(|l| l.split(',').skip(1).map(|v| v.parse().unwrap())).collect();
        let x = Matrix::numbered((0..160).map(|i| i.to_string()).collect(), "x", 5, values).unwrap();
        let references: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../../tests/fixtures/stats/kmeans.json")).unwrap();
        for (reference, k) in references.iter().zip([2, 4, 7]) {
            let found = lloyd(&Rows::new(&x), x.values()[..k * 5].to_vec(), 300, 1e-4).unwrap();
            let expected = reference["inertia"].as_f64().unwrap();
            assert!((found.inertia / expected - 1.0).abs() < 1e-12, "{}, expected {expected}", found.inertia);
            assert_eq!(found.steps as u64, reference["steps"].as_u64().unwrap());
            let labels: Vec<usize> = serde_json::from_value(reference["labels"].clone()).unwrap();
            assert_eq!(found.assignment, labels);
        }
    }

    #[test]
    fn empty_clusters_take_the_farthest_row() {
        let (mut assignment, mut distance) = (vec![0, 0, 2, 0], vec![1.0, 5.0, 9.0, 2.0]);
        fill_empty(3, &mut assignment, &mut distance);
        // Row 2 is farther, but its cluster would be empty in turn.
        assert_eq!(assignment, [0, 1, 2, 0]);
    }
}
