//! What the tests of clustering share: the reference data and values of `tests/fixtures/stats`.

#![allow(clippy::unwrap_used)]

use serde_json::Value;

use super::input::numbered;
use crate::data::{Labels, Matrix};

/// Data of the fixtures by name.
pub(super) fn data(name: &str) -> Matrix {
    let (text, skipped) = match name {
        "moons" => (include_str!("../../tests/fixtures/stats/moons.csv"), 0),
        "blobs" => (include_str!("../../tests/fixtures/stats/blobs.csv"), 1),
        other => panic!("no data called {other}"),
    };
    let rows: Vec<Vec<f64>> =
        text.lines().skip(1).map(|l| l.split(',').skip(skipped).map(|v| v.parse().unwrap()).collect()).collect();
    let ids = (0..rows.len()).map(|i| format!("cell{i}")).collect();
    Matrix::numbered(ids, "x", rows[0].len(), rows.concat()).unwrap()
}

/// The first rows of data.
pub(super) fn first(x: &Matrix, rows: usize) -> Matrix {
    x.select(&(0..rows).collect::<Vec<_>>())
}

/// The array in a reference file.
pub(super) fn references(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

/// Labels as scikit-learn gives them, -1 being noise, numbered as ours are.
pub(super) fn labels(reference: &Value) -> Labels {
    let numbers: Vec<i64> = serde_json::from_value(reference.clone()).unwrap();
    let groups: Vec<Option<usize>> = numbers.iter().map(|&c| usize::try_from(c).ok()).collect();
    numbered(&groups).0
}

/// Numbers of a reference; `null` is not finite.
pub(super) fn floats(reference: &Value) -> Vec<f64> {
    reference.as_array().unwrap().iter().map(|v| v.as_f64().unwrap_or(f64::INFINITY)).collect()
}

/// Fails where two lists of numbers differ.
pub(super) fn close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        let same = a == b || (a - b).abs() <= tolerance * b.abs().max(1.0);
        assert!(same, "{what}[{i}]: {a}, expected {b}");
    }
}
