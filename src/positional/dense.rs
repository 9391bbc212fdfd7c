//! A dense eigensolver, for the rare tree on which the fast one fails its own check, and to test it.

use faer::{Mat, Side};

use super::laplacian::{Band, Laplacian};
use crate::morph::NO_PARENT;

/// `count` eigenpairs from one end of the spectrum, outermost first.
pub fn extreme(lap: &Laplacian, band: Band, count: usize) -> Vec<(f64, Vec<f64>)> {
    let n = lap.len();
    let mut matrix = Mat::<f64>::zeros(n, n);
    for node in 0..n {
        matrix[(node, node)] = lap.diagonal[node];
        if lap.parent[node] != NO_PARENT {
            let above = lap.parent[node] as usize;
            matrix[(node, above)] = lap.edge[node];
            matrix[(above, node)] = lap.edge[node];
        }
    }
    let solved = matrix.self_adjoint_eigen(Side::Lower).expect("a finite symmetric matrix has eigenvectors");
    let (values, vectors) = (solved.S().column_vector(), solved.U());
    let pair = |i: usize| (values[i], (0..n).map(|row| vectors[(row, i)]).collect());
    match band {
        Band::Lowest => (0..count).map(pair).collect(),
        Band::Highest => (n - count..n).rev().map(pair).collect(),
    }
}
