//! What the tests of several maps start from.
#![allow(clippy::unwrap_used)]

use crate::data::Matrix;

/// Distances between all rows.
pub(super) fn distances(x: &Matrix) -> Matrix {
    let distance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
    let values = x.iter_rows().flat_map(|a| x.iter_rows().map(move |b| distance(a, b))).collect();
    Matrix::new(x.ids().clone(), x.ids().clone(), values).unwrap()
}
