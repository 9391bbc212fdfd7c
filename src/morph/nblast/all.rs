//! Scores of pairs: one, all, or the best of each row.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::graph::Neighbour;
use super::scores::Scores;
use super::{Dotprops, NblastOptions};
use crate::error::{Error, Result};
use crate::simd::vectorised;
use crate::{interrupt, progress};

/// The score of a query in a target.
///
/// A normalised score of a neuron with itself is 1 up to rounding, and up to coincident points whose tangents differ.
pub fn score(query: &Dotprops, target: &Dotprops, options: &NblastOptions) -> f64 {
    let scores = Scores::new(options.use_alpha);
    let forward = raw(query, target, &scores, options.use_alpha) / own(query, &scores, options);
    match options.scores {
        super::Direction::Forward => forward,
        both => both.of(forward, raw(target, query, &scores, options.use_alpha) / own(target, &scores, options)),
    }
}

/// The scores of all pairs, row by row: the row is the query, the column the target.
///
/// # Errors
/// On a requested stop.
pub fn all_by_all(cells: &[Dotprops], options: &NblastOptions) -> Result<Vec<f64>> {
    let n = cells.len();
    let scores = Scores::new(options.use_alpha);
    let rows: Vec<Mutex<Vec<f64>>> = (0..n).map(|_| Mutex::new(vec![0.0; n])).collect();
    let put = |i: usize, j: usize, value: f64| {
        // A panic of another thread ends the whole call: a poisoned row is never read.
        rows[i].lock().unwrap_or_else(std::sync::PoisonError::into_inner)[j] = value;
    };
    for (i, cell) in cells.iter().enumerate() {
        put(i, i, own_score(cell, &scores, options));
    }
    each_pair(cells, &scores, options, |i, j, forward, backward| {
        put(i, j, forward);
        put(j, i, backward);
    })?;
    let row = |row: Mutex<Vec<f64>>| row.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(rows.into_iter().flat_map(row).collect())
}

/// The `k` best targets of each query, best first, itself left out. All pairs are scored and only the best are kept: the
/// memory beyond the cells is `k` numbers per cell, however many pairs there are. Of equal scores the cell that stands
/// first is kept.
///
/// # Errors
/// When `k` is 0, and on a requested stop.
pub fn nearest_neighbours(cells: &[Dotprops], k: usize, options: &NblastOptions) -> Result<Vec<Vec<Neighbour>>> {
    if k == 0 {
        return Err(Error::value("`k` is 0, expected the number of neighbours to keep, 1 or more"));
    }
    let k = k.min(cells.len().saturating_sub(1));
    let scores = Scores::new(options.use_alpha);
    let best: Vec<Mutex<Vec<Neighbour>>> = cells.iter().map(|_| Mutex::new(Vec::with_capacity(k + 1))).collect();
    let offer = |i: usize, j: usize, score: f64| {
        let mut best = best[i].lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Better first, then the smaller number: an order of its own, so that threads cannot change the result.
        let place = best.partition_point(|other| other.score > score || (other.score == score && other.cell < j));
        if place < k {
            best.insert(place, Neighbour { cell: j, score });
            best.truncate(k);
        }
    };
    each_pair(cells, &scores, options, |i, j, forward, backward| {
        offer(i, j, forward);
        offer(j, i, backward);
    })?;
    let row = |row: Mutex<Vec<Neighbour>>| row.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(best.into_iter().map(row).collect())
}

/// Scores all pairs in parallel and hands each on once, with the scores of both orders.
fn each_pair(
    cells: &[Dotprops],
    scores: &Scores,
    options: &NblastOptions,
    hand_on: impl Fn(usize, usize, f64, f64) + Sync,
) -> Result<()> {
    let n = cells.len();
    let own: Vec<f64> = cells.iter().map(|cell| own(cell, scores, options)).collect();
    let pairs = (n * n.saturating_sub(1) / 2) as u64;
    let meter = progress::begin("comparing neurons", pairs);
    let done = AtomicU64::new(0);
    // Rows grow shorter; one with its mirror image makes portions of equal work.
    (0..n.div_ceil(2)).into_par_iter().try_for_each(|portion| {
        let mirror = n - 1 - portion;
        let rows = if mirror == portion { vec![portion] } else { vec![portion, mirror] };
        for i in rows {
            for j in i + 1..n {
                interrupt::check()?;
                let forward = raw(&cells[i], &cells[j], scores, options.use_alpha) / own[i];
                let backward = raw(&cells[j], &cells[i], scores, options.use_alpha) / own[j];
                hand_on(i, j, options.scores.of(forward, backward), options.scores.of(backward, forward));
            }
            let scored = (n - 1 - i) as u64;
            meter.set(done.fetch_add(scored, Ordering::Relaxed) + scored, "");
        }
        Ok(())
    })
}

/// The sum of the scores of the query's points with their nearest points in the target.
fn raw(query: &Dotprops, target: &Dotprops, scores: &Scores, use_alpha: bool) -> f64 {
    vectorised(
        #[inline(always)]
        || {
            let mut sum = 0.0;
            target.tree.nearest_of_all(&query.tree, |q, t, distance| {
                let (q, t) = (q as usize, t as usize);
                let (u, v) = (query.tangents[q], target.tangents[t]);
                let mut cosine = (u[0] * v[0] + u[1] * v[1] + u[2] * v[2]).abs();
                if use_alpha {
                    cosine *= (query.alpha[q] * target.alpha[t]).sqrt();
                }
                sum += scores.score(distance, cosine);
            });
            sum
        },
    )
}

/// What scores of a query are divided by.
fn own(query: &Dotprops, scores: &Scores, options: &NblastOptions) -> f64 {
    if options.normalised { perfect(query, scores, options) } else { 1.0 }
}

/// The score of a cell with itself, as tables of scores have it.
fn own_score(cell: &Dotprops, scores: &Scores, options: &NblastOptions) -> f64 {
    if options.normalised { 1.0 } else { perfect(cell, scores, options) }
}

/// The sum of scores of points that meet themselves: distance 0 and equal directions.
fn perfect(cell: &Dotprops, scores: &Scores, options: &NblastOptions) -> f64 {
    match options.use_alpha {
        false => cell.len() as f64 * scores.score(0.0, 1.0),
        true => cell.alpha.iter().map(|&alpha| scores.score(0.0, alpha)).sum(),
    }
}
