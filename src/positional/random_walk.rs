//! Random-walk encoding: how likely a walk is back where it started (Dwivedi et al. 2022).
//!
//! A walk steps to one of the neighbours, all alike. On a tree it can only be back after an even number of steps, so
//! column `k` (from 0) is the probability of being back after `2 (k + 1)` steps; the columns of odd numbers, zero
//! everywhere, are left out. Unlike eigenvectors these numbers have no free sign or basis.
//!
//! They are exact: a walk back to a node is a sequence of excursions, each into the subtree of one neighbour. With `w`
//! for two steps, the returns to `v` have the generating function `1 / (1 - w sum_u G_u / (d_v d_u))`, where `G_u`
//! counts the returns to the neighbour `u` that avoid `v`. One pass from the tips gives `G` of every child, one from the
//! root that of every parent: of order `nodes x width²` operations, and nothing of size nodes x nodes.

use crate::morph::NO_PARENT;

/// The encoding of each node, row-major `[nodes, width]`.
pub fn encode(parent: &[u32], width: usize) -> Vec<f32> {
    let n = parent.len();
    let mut degree = vec![0u32; n];
    for (node, &above) in parent.iter().enumerate().filter(|(_, p)| **p != NO_PARENT) {
        degree[node] += 1;
        degree[above as usize] += 1;
    }
    // Probability of the step from a node to its parent and straight back, or the reverse.
    let there_and_back = |node: usize| 1.0 / (f64::from(degree[node]) * f64::from(degree[parent[node] as usize]));
    // The first step of an excursion costs one power of `w`, so `width` terms of each series are enough.
    let mut below = Series::new(n, width);
    let mut excursions = Series::new(n, width);
    for node in (0..n).rev() {
        below.returns(node, excursions.row(node));
        if parent[node] != NO_PARENT {
            excursions.add(parent[node] as usize, there_and_back(node), below.row(node));
        }
    }
    let mut encoding = vec![0.0; n * width];
    let mut rest = vec![0.0; width];
    let mut above = Series::new(1, width);
    for node in 0..n {
        let up = parent[node];
        if up != NO_PARENT {
            // All excursions from the parent (its own parent's side is in already) but those into this subtree.
            let p = there_and_back(node);
            rest.copy_from_slice(excursions.row(up as usize));
            rest.iter_mut().zip(below.row(node)).for_each(|(r, b)| *r -= p * b);
            above.returns(0, &rest);
            excursions.add(node, p, above.row(0));
        }
        above.returns(0, excursions.row(node));
        // Term 0 is the walk of no step; the last term would need one more.
        let last: f64 = excursions.row(node).iter().zip(above.row(0).iter().rev()).map(|(e, r)| e * r).sum();
        let returns = above.row(0).iter().skip(1).chain(std::iter::once(&last));
        for (to, value) in encoding[node * width..(node + 1) * width].iter_mut().zip(returns) {
            *to = *value as f32;
        }
    }
    encoding
}

/// Truncated power series in `w`, one per node.
struct Series {
    terms: Vec<f64>,
    width: usize,
}

impl Series {
    fn new(nodes: usize, width: usize) -> Series {
        Series { terms: vec![0.0; nodes * width], width }
    }

    fn row(&self, node: usize) -> &[f64] {
        &self.terms[node * self.width..(node + 1) * self.width]
    }

    fn add(&mut self, node: usize, factor: f64, series: &[f64]) {
        let row = &mut self.terms[node * self.width..(node + 1) * self.width];
        row.iter_mut().zip(series).for_each(|(t, s)| *t += factor * s);
    }

    /// Sets a row to `1 / (1 - w e)`.
    fn returns(&mut self, node: usize, e: &[f64]) {
        let row = &mut self.terms[node * self.width..(node + 1) * self.width];
        for k in 0..row.len() {
            row[k] = if k == 0 { 1.0 } else { (0..k).map(|j| e[j] * row[k - 1 - j]).sum() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Return probabilities from powers of the dense transition matrix.
    fn dense(parent: &[u32], width: usize) -> Vec<f64> {
        let n = parent.len();
        let mut step = vec![0.0; n * n];
        for (i, &p) in parent.iter().enumerate().filter(|(_, p)| **p != NO_PARENT) {
            step[i * n + p as usize] = 1.0;
            step[p as usize * n + i] = 1.0;
        }
        for row in step.chunks_exact_mut(n) {
            let degree: f64 = row.iter().sum();
            row.iter_mut().for_each(|v| *v /= degree.max(1.0));
        }
        let times = |a: &[f64]| -> Vec<f64> {
            (0..n * n).map(|at| (0..n).map(|k| a[at / n * n + k] * step[k * n + at % n]).sum()).collect()
        };
        let mut power = step.clone();
        let mut encoding = vec![0.0; n * width];
        for k in 0..width {
            // One step more makes an even number; another one prepares the next round.
            power = times(&power);
            (0..n).for_each(|i| encoding[i * width + k] = power[i * n + i]);
            power = times(&power);
        }
        encoding
    }

    #[test]
    fn returns_agree_with_powers_of_the_matrix() {
        let forest = [NO_PARENT, 0, 1, 1, 3, 0, 5, 5, 5, 8, NO_PARENT, 10, 11, NO_PARENT];
        for parent in [&forest[..], &forest[..1], &forest[..2], &forest[..5]] {
            for width in [1, 2, 9] {
                let (ours, reference) = (encode(parent, width), dense(parent, width));
                for (a, b) in ours.iter().zip(&reference) {
                    assert!((f64::from(*a) - b).abs() < 1e-6, "{ours:?} for {reference:?}");
                }
            }
        }
    }
}
