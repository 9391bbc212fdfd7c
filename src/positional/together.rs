//! Eigenvectors of eigenvalues that lie alone in their brackets, several at a time.
//!
//! Inverse iteration from the middle of the bracket, then once from the Rayleigh quotient that this gives, which triples
//! the digits. What is not accepted here is left to the slower way.

use super::bisection::Bracket;
use super::laplacian::Laplacian;
use crate::morph::NO_PARENT;
use crate::simd;

/// Vectors found side by side; loops over them are vectorised.
const LANES: usize = 8;

type Row = [f64; LANES];

/// The eigenpair of each bracket that holds one alone; none for the others, and where the residual of a unit vector is
/// `tolerance` or more.
pub fn pairs(lap: &Laplacian, start: &[f64], brackets: &[Bracket], tolerance: f64) -> Vec<Option<(f64, Vec<f64>)>> {
    let mut work = Work::new(lap.len());
    let mut found = Vec::with_capacity(brackets.len());
    for group in brackets.chunks(LANES) {
        if !group.iter().any(Bracket::is_alone) {
            found.extend(group.iter().map(|_| None));
            continue;
        }
        let shifts: Row = std::array::from_fn(|k| group[k.min(group.len() - 1)].middle());
        let (values, residuals) = simd::vectorised(
            #[inline(always)]
            || work.iterate(lap, start, shifts),
        );
        found.extend(group.iter().enumerate().map(|(k, bracket)| {
            // Within the bracket it is the eigenvalue of this rank and no other.
            let slack = 4.0 * f64::EPSILON;
            let own = bracket.is_alone() && values[k] >= bracket.low - slack && values[k] <= bracket.high + slack;
            (own && residuals[k] < tolerance).then(|| (values[k], work.x.iter().map(|row| row[k]).collect()))
        }));
    }
    found
}

struct Work {
    /// One over the pivots of the factors.
    inverse: Vec<Row>,
    /// Each node's entry to its parent over its pivot.
    factor: Vec<Row>,
    x: Vec<Row>,
    product: Vec<Row>,
}

impl Work {
    fn new(n: usize) -> Self {
        let rows = || vec![[0.0; LANES]; n];
        Work { inverse: rows(), factor: rows(), x: rows(), product: rows() }
    }

    /// Rayleigh quotients and residuals of the vectors that `x` holds then.
    #[inline(always)]
    fn iterate(&mut self, lap: &Laplacian, start: &[f64], shifts: Row) -> (Row, Row) {
        self.x.iter_mut().zip(start).for_each(|(x, &s)| *x = [s; LANES]);
        self.factorise(lap, &shifts);
        self.solve(lap);
        self.solve(lap);
        let (values, _) = self.quotients(lap);
        self.factorise(lap, &values);
        self.solve(lap);
        self.quotients(lap)
    }

    #[inline(always)]
    fn factorise(&mut self, lap: &Laplacian, shifts: &Row) {
        for (pivot, &d) in self.inverse.iter_mut().zip(&lap.diagonal) {
            *pivot = std::array::from_fn(|k| d - shifts[k]);
        }
        for node in (0..lap.len()).rev() {
            let mut inverse = self.inverse[node];
            for v in &mut inverse {
                *v = 1.0 / if v.abs() < f64::EPSILON { f64::EPSILON } else { *v };
            }
            self.inverse[node] = inverse;
            let edge = lap.edge[node];
            let factor: Row = std::array::from_fn(|k| edge * inverse[k]);
            self.factor[node] = factor;
            if lap.parent[node] != NO_PARENT {
                let above = &mut self.inverse[lap.parent[node] as usize];
                for k in 0..LANES {
                    above[k] -= edge * factor[k];
                }
            }
        }
    }

    /// Solves for `x`, and makes it of unit length.
    #[inline(always)]
    fn solve(&mut self, lap: &Laplacian) {
        for node in (0..self.x.len()).rev() {
            if lap.parent[node] != NO_PARENT {
                let (own, factor) = (self.x[node], self.factor[node]);
                let above = &mut self.x[lap.parent[node] as usize];
                for k in 0..LANES {
                    above[k] -= factor[k] * own[k];
                }
            }
        }
        let mut squares = [0.0; LANES];
        for node in 0..self.x.len() {
            let mut own: Row = std::array::from_fn(|k| self.x[node][k] * self.inverse[node][k]);
            if lap.parent[node] != NO_PARENT {
                let (above, factor) = (self.x[lap.parent[node] as usize], self.factor[node]);
                for k in 0..LANES {
                    own[k] -= factor[k] * above[k];
                }
            }
            for k in 0..LANES {
                squares[k] += own[k] * own[k];
            }
            self.x[node] = own;
        }
        let scale: Row = std::array::from_fn(|k| 1.0 / squares[k].sqrt());
        for row in &mut self.x {
            for k in 0..LANES {
                row[k] *= scale[k];
            }
        }
    }

    /// `x'Lx` and `|Lx - (x'Lx) x|` of unit vectors.
    #[inline(always)]
    fn quotients(&mut self, lap: &Laplacian) -> (Row, Row) {
        for node in 0..self.x.len() {
            let d = lap.diagonal[node];
            self.product[node] = std::array::from_fn(|k| d * self.x[node][k]);
        }
        for node in 0..self.x.len() {
            if lap.parent[node] != NO_PARENT {
                let (above, edge) = (lap.parent[node] as usize, lap.edge[node]);
                for k in 0..LANES {
                    self.product[node][k] += edge * self.x[above][k];
                    self.product[above][k] += edge * self.x[node][k];
                }
            }
        }
        let mut values = [0.0; LANES];
        for (x, product) in self.x.iter().zip(&self.product) {
            for k in 0..LANES {
                values[k] += x[k] * product[k];
            }
        }
        let mut squares = [0.0; LANES];
        for (x, product) in self.x.iter().zip(&self.product) {
            for k in 0..LANES {
                let rest = product[k] - values[k] * x[k];
                squares[k] += rest * rest;
            }
        }
        (values, std::array::from_fn(|k| squares[k].sqrt()))
    }
}
