//! The largest eigenvalues of a symmetric matrix that is known by what it does to a vector.
//!
//! Lanczos' method with full orthogonalisation and thick restarts (Wu & Simon 2000): a basis of some dozens of vectors is
//! kept orthogonal, and when it is full only the best approximations are carried on. Where fewer eigenvectors converge than
//! asked for within the limit, the best approximations are given: what it is used for, starts of maps, needs a few digits.

use faer::{Mat, Side};

use crate::error::{Error, Result};
use crate::interrupt;

/// Vectors of the basis beyond those asked for.
const MARGIN: usize = 30;
/// Restarts after which the approximations are taken as they are.
const RESTARTS: usize = 60;

/// The eigenvectors of the `k` largest eigenvalues, largest first, among vectors orthogonal to those of `without` (each of
/// length 1). `apply(v, out)` multiplies by the matrix; `start` has a direction to begin with.
///
/// # Errors
/// When a stop was asked for, or the small problem inside does not converge.
pub(super) fn largest(
    k: usize,
    apply: impl Fn(&[f64], &mut [f64]),
    without: &[Vec<f64>],
    start: Vec<f64>,
    tolerance: f64,
) -> Result<Vec<Vec<f64>>> {
    let n = start.len();
    let room = n.saturating_sub(without.len());
    let (k, full) = (k.min(room), (2 * k + MARGIN).min(room));
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(full + 1);
    let mut projected = Mat::<f64>::zeros(full, full);
    let mut next = start;
    orthogonalise(&mut next, without, &basis);
    let mut unit = 0u64;
    for _ in 0..RESTARTS {
        while basis.len() < full {
            interrupt::check()?;
            if !normalise(&mut next) {
                // The space found so far is closed: go on in a direction that is not in it yet.
                next = vec![0.0; n];
                next[unit as usize % n] = 1.0;
                unit += 1;
                orthogonalise(&mut next, without, &basis);
                continue;
            }
            let mut image = vec![0.0; n];
            apply(&next, &mut image);
            basis.push(std::mem::take(&mut next));
            let at = basis.len() - 1;
            for (row, vector) in basis.iter().enumerate() {
                let entry = dot(vector, &image);
                projected[(row, at)] = entry;
                projected[(at, row)] = entry;
            }
            next = image;
            orthogonalise(&mut next, without, &basis);
        }
        let eigen = projected
            .self_adjoint_eigen(Side::Lower)
            .map_err(|_| Error::internal("the small eigenproblem of Lanczos' method did not converge"))?;
        let rest = dot(&next, &next).sqrt();
        let column = |rank: usize| full - 1 - rank;
        let scale = eigen.S().column_vector().iter().fold(f64::MIN_POSITIVE, |m, v| m.max(v.abs()));
        // The residual of an approximation is the rest times its share of the last vector.
        let converged = (0..k).all(|rank| rest * eigen.U()[(full - 1, column(rank))].abs() < tolerance * scale);
        let kept = if converged || full == room { k } else { (k + MARGIN / 2).min(full - 1) };
        let vectors: Vec<Vec<f64>> = (0..kept)
            .map(|rank| {
                let mut vector = vec![0.0; n];
                for (row, own) in basis.iter().enumerate() {
                    let weight = eigen.U()[(row, column(rank))];
                    vector.iter_mut().zip(own).for_each(|(v, b)| *v += weight * b);
                }
                vector
            })
            .collect();
        basis = vectors;
        if converged || full == room {
            break;
        }
        projected = Mat::zeros(full, full);
        (0..kept).for_each(|rank| projected[(rank, rank)] = eigen.S().column_vector()[column(rank)]);
    }
    basis.truncate(k);
    Ok(basis)
}

/// Takes out of a vector what lies along others, twice: once leaves rounding.
fn orthogonalise(vector: &mut [f64], without: &[Vec<f64>], basis: &[Vec<f64>]) {
    for _ in 0..2 {
        for other in without.iter().chain(basis) {
            let along = dot(vector, other);
            vector.iter_mut().zip(other).for_each(|(v, o)| *v -= along * o);
        }
    }
}

/// Makes a vector one of length 1; tells whether it has a direction.
fn normalise(vector: &mut [f64]) -> bool {
    let length = dot(vector, vector).sqrt();
    if length < 1e-12 {
        return false;
    }
    vector.iter_mut().for_each(|v| *v /= length);
    true
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        (0..8).for_each(|lane| sums[lane] += a[lane] * b[lane]);
    }
    sums.iter().sum::<f64>() + rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum::<f64>()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_path_has_the_eigenvectors_that_are_known() {
        // The adjacency of a path of n nodes has the eigenvalues 2 cos(π j / (n + 1)), close to each other at the end.
        let n = 400;
        let apply = |v: &[f64], out: &mut [f64]| {
            for i in 0..n {
                out[i] = if i > 0 { v[i - 1] } else { 0.0 } + v.get(i + 1).unwrap_or(&0.0);
            }
        };
        let start = (0..n).map(|i| ((i * i) as f64).sin()).collect();
        let found = largest(3, apply, &[], start, 1e-9).unwrap();
        for (j, vector) in found.iter().enumerate() {
            let expected = 2.0 * (std::f64::consts::PI * (j + 1) as f64 / (n + 1) as f64).cos();
            let mut image = vec![0.0; n];
            apply(vector, &mut image);
            let residual: f64 = image.iter().zip(vector).map(|(a, b)| (a - expected * b).powi(2)).sum();
            assert!(residual.sqrt() < 1e-7, "{j}: {residual:e}");
        }
    }

    #[test]
    fn small_matrices_and_repeated_eigenvalues_are_exhausted() {
        let apply = |v: &[f64], out: &mut [f64]| out.copy_from_slice(&[3.0 * v[0], 3.0 * v[1], v[2]]);
        let found = largest(3, apply, &[], vec![1.0, 1.0, 1.0], 1e-9).unwrap();
        assert_eq!(found.len(), 3);
        for (i, a) in found.iter().enumerate() {
            (0..3).for_each(|j| assert!((dot(a, &found[j]) - f64::from(u8::from(i == j))).abs() < 1e-9));
        }
        assert!(found[2][2].abs() > 1.0 - 1e-9);
        let without = vec![vec![1.0, 0.0, 0.0]];
        let rest = largest(1, apply, &without, vec![1.0, 1.0, 1.0], 1e-9).unwrap();
        assert!(rest[0][1].abs() > 1.0 - 1e-9);
    }
}
