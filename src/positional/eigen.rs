//! Eigenpairs of a tree's Laplacian in time linear in the nodes.
//!
//! Bisection ([`super::bisection`]) brackets the eigenvalues. Those that lie alone in their brackets get their vectors side
//! by side ([`super::together`]); the others, of trees whose parts repeat, are bisected to the end, and inverse iteration
//! gives their vectors one by one, each kept orthogonal to those of nearby eigenvalues, as LAPACK's `dstein` does.

use super::bisection::{self, Bracket};
use super::laplacian::{Band, Laplacian};
use super::together;
use crate::morph::NO_PARENT;
use crate::run::seed::stream;
use rand::Rng as _;

/// Bisections after which vectors are tried, and those that are left for the others.
const COARSE: usize = 18;
const FINE: usize = 53 - COARSE;
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
    let mut brackets: Vec<Bracket> = ranks.into_iter().map(|rank| Bracket::new(rank, n)).collect();
    bisection::halve(lap, &mut brackets, COARSE);
    let found = together::pairs(lap, &start(n, 0), &brackets, RESIDUAL);
    let mut left: Vec<Bracket> = brackets.iter().zip(&found).filter(|(_, f)| f.is_none()).map(|(b, _)| *b).collect();
    bisection::halve(lap, &mut left, FINE);

    let mut pairs: Vec<(f64, Vec<f64>)> = Vec::with_capacity(count);
    let mut solver = InverseIteration::new(lap);
    let mut left = left.iter();
    for (index, found) in found.into_iter().enumerate() {
        let value = match &found {
            Some((value, _)) => *value,
            None => left.next()?.middle(),
        };
        let near = pairs.iter().rposition(|(v, _)| (v - value).abs() > CLUSTER).map_or(0, |i| i + 1);
        let vector = match found {
            Some((_, mut vector)) => {
                orthogonalise(&mut vector, &pairs[near..])?;
                vector
            }
            None => solver.vector(value, index as u64, &pairs[near..])?,
        };
        pairs.push((value, vector));
    }
    Some(pairs)
}

/// A vector that has a part of every eigenvector. `index` draws it, so equal trees give equal vectors.
fn start(n: usize, index: u64) -> Vec<f64> {
    let mut rng = stream(0, "inverse iteration", index);
    (0..n).map(|_| rng.gen_range(-1.0..1.0)).collect()
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

    /// The unit eigenvector of `value`, orthogonal to `cluster`; `index` draws the start.
    fn vector(&mut self, value: f64, index: u64, cluster: &[(f64, Vec<f64>)]) -> Option<Vec<f64>> {
        self.factorise(value);
        let mut x = start(self.lap.len(), index);
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
