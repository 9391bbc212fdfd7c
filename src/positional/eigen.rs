//! Eigenpairs of a tree's Laplacian in time linear in the nodes.
//!
//! Eliminating a tree's matrix from the leaves to the root creates no new entries, so factoring `L - sI = U^T D U`
//! takes one pass over the nodes. By Sylvester's law of inertia the negative pivots count the eigenvalues below `s`:
//! bisection finds any eigenvalue, several at a time. Inverse iteration with the same factors then gives its vector,
//! kept orthogonal to the vectors of nearby eigenvalues, as LAPACK's `dstein` does.

use super::laplacian::{Band, Laplacian};
use crate::morph::NO_PARENT;
use crate::run::seed::stream;
use crate::simd;
use rand::Rng as _;

/// Eigenvalues bisected side by side; the loop over them is vectorised.
const LANES: usize = 8;
/// The spectrum of a normalised Laplacian lies in [0, 2].
const SPECTRUM: (f64, f64) = (-1e-9, 2.0 + 1e-9);
/// Vectors of eigenvalues closer than this are made orthogonal to each other.
const CLUSTER: f64 = 1e-2;
/// A vector with a larger residual is not accepted.
const RESIDUAL: f64 = 1e-11;

/// `count` eigenpairs from one end of the spectrum, outermost first; `None` where a vector fails its residual check.
pub fn extreme(lap: &Laplacian, band: Band, count: usize) -> Option<Vec<(f64, Vec<f64>)>> {
    let n = lap.len();
    // Ranks in ascending order of eigenvalue.
    let ranks: Vec<usize> = match band {
        Band::Lowest => (0..count).collect(),
        Band::Highest => (n - count..n).rev().collect(),
    };
    let mut values = Vec::with_capacity(count);
    for group in ranks.chunks(LANES) {
        let mut lanes = [group[0]; LANES];
        lanes[..group.len()].copy_from_slice(group);
        values.extend_from_slice(&bisect(lap, lanes)[..group.len()]);
    }
    let mut pairs: Vec<(f64, Vec<f64>)> = Vec::with_capacity(count);
    let mut solver = InverseIteration::new(lap);
    for (index, value) in values.into_iter().enumerate() {
        let near = pairs.iter().rposition(|(v, _)| (v - value).abs() > CLUSTER).map_or(0, |i| i + 1);
        let vector = solver.vector(value, index as u64, &pairs[near..])?;
        pairs.push((value, vector));
    }
    Some(pairs)
}

/// The eigenvalues of these ranks (counted from 0 at the smallest), to machine precision.
fn bisect(lap: &Laplacian, ranks: [usize; LANES]) -> [f64; LANES] {
    let mut low = [SPECTRUM.0; LANES];
    let mut high = [SPECTRUM.1; LANES];
    let mut pivots = vec![[0.0; LANES]; lap.len()];
    // Each step halves the interval; 52 reach the spacing of numbers near 1.
    for _ in 0..53 {
        let middle: [f64; LANES] = std::array::from_fn(|k| 0.5 * (low[k] + high[k]));
        let below = count_below(lap, &middle, &mut pivots);
        for k in 0..LANES {
            if below[k] > ranks[k] as f64 {
                high[k] = middle[k];
            } else {
                low[k] = middle[k];
            }
        }
    }
    std::array::from_fn(|k| 0.5 * (low[k] + high[k]))
}

/// How many eigenvalues lie below each shift. `pivots` is scratch space, one row per node.
fn count_below(lap: &Laplacian, shifts: &[f64; LANES], pivots: &mut [[f64; LANES]]) -> [f64; LANES] {
    simd::vectorised(
        #[inline(always)]
        || {
            for (pivot, &d) in pivots.iter_mut().zip(&lap.diagonal) {
                *pivot = std::array::from_fn(|k| d - shifts[k]);
            }
            let mut below = [0.0; LANES];
            for node in (0..lap.len()).rev() {
                let mut pivot = pivots[node];
                for k in 0..LANES {
                    // An exact zero would divide by zero below; a pivot of the rounding error's size is as right.
                    pivot[k] = if pivot[k].abs() < f64::EPSILON { -f64::EPSILON } else { pivot[k] };
                    below[k] += if pivot[k] < 0.0 { 1.0 } else { 0.0 };
                }
                if lap.parent[node] != NO_PARENT {
                    let square = lap.edge[node] * lap.edge[node];
                    let above = &mut pivots[lap.parent[node] as usize];
                    for k in 0..LANES {
                        above[k] -= square / pivot[k];
                    }
                }
            }
            below
        },
    )
}

/// Inverse iteration: solves `(L - value I) x = b` again and again, which grows the wanted vector.
struct InverseIteration<'a> {
    lap: &'a Laplacian,
    pivot: Vec<f64>,
    /// Each node's entry to its parent over its pivot.
    factor: Vec<f64>,
    product: Vec<f64>,
}

impl<'a> InverseIteration<'a> {
    fn new(lap: &'a Laplacian) -> Self {
        let n = lap.len();
        InverseIteration { lap, pivot: vec![0.0; n], factor: vec![0.0; n], product: vec![0.0; n] }
    }

    /// The unit eigenvector of `value`, orthogonal to `cluster`. `index` draws the start, so equal trees give equal
    /// vectors.
    fn vector(&mut self, value: f64, index: u64, cluster: &[(f64, Vec<f64>)]) -> Option<Vec<f64>> {
        self.factorise(value);
        let mut rng = stream(0, "inverse iteration", index);
        let mut x: Vec<f64> = (0..self.lap.len()).map(|_| rng.gen_range(-1.0..1.0)).collect();
        let mut best = f64::INFINITY;
        for _ in 0..8 {
            orthogonalise(&mut x, cluster)?;
            let residual = self.residual(value, &x);
            // Iterate once past the threshold: it is cheap, and gains the last digits.
            if best < RESIDUAL && residual >= 0.5 * best {
                break;
            }
            best = best.min(residual);
            self.solve(&mut x);
        }
        orthogonalise(&mut x, cluster)?;
        (self.residual(value, &x) < RESIDUAL).then_some(x)
    }

    fn factorise(&mut self, shift: f64) {
        let lap = self.lap;
        for (pivot, &d) in self.pivot.iter_mut().zip(&lap.diagonal) {
            *pivot = d - shift;
        }
        for node in (0..lap.len()).rev() {
            if self.pivot[node].abs() < f64::EPSILON {
                self.pivot[node] = f64::EPSILON;
            }
            self.factor[node] = lap.edge[node] / self.pivot[node];
            if lap.parent[node] != NO_PARENT {
                self.pivot[lap.parent[node] as usize] -= lap.edge[node] * self.factor[node];
            }
        }
    }

    fn solve(&self, x: &mut [f64]) {
        let parent = &self.lap.parent;
        for node in (0..x.len()).rev().filter(|&n| parent[n] != NO_PARENT) {
            x[parent[node] as usize] -= self.factor[node] * x[node];
        }
        for node in 0..x.len() {
            x[node] /= self.pivot[node];
            if parent[node] != NO_PARENT {
                x[node] -= self.factor[node] * x[parent[node] as usize];
            }
        }
        // Near an eigenvalue the solution is huge; scaling keeps a second solve from overflowing.
        let largest = x.iter().fold(0.0, |a: f64, v| a.max(v.abs()));
        if largest > 0.0 {
            x.iter_mut().for_each(|v| *v /= largest);
        }
    }

    fn residual(&mut self, value: f64, x: &[f64]) -> f64 {
        self.lap.times(x, &mut self.product);
        self.product.iter().zip(x).map(|(p, v)| (p - value * v).powi(2)).sum::<f64>().sqrt()
    }
}

/// Removes the parts along `cluster`, twice for full precision, and scales to unit length; `None` where nothing is left.
fn orthogonalise(x: &mut [f64], cluster: &[(f64, Vec<f64>)]) -> Option<()> {
    for _ in 0..2 {
        for (_, other) in cluster {
            let dot: f64 = x.iter().zip(other).map(|(a, b)| a * b).sum();
            x.iter_mut().zip(other).for_each(|(a, b)| *a -= dot * b);
        }
        let norm = x.iter().map(|v| v * v).sum::<f64>().sqrt();
        if norm.is_nan() || norm < 1e-200 {
            return None;
        }
        x.iter_mut().for_each(|v| *v /= norm);
    }
    Some(())
}
