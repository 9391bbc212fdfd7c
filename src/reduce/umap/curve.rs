//! The curve by which UMAP's map turns distances into memberships: `1 / (1 + a d^(2 b))`.
//!
//! `a` and `b` are those for which the curve lies nearest, in the sense of least squares, to one that is 1 up to `min_dist`
//! and then falls exponentially over `spread`; at 300 distances from 0 to three times the spread, as in the authors' program.

const POINTS: usize = 300;

/// `a` and `b`, by Levenberg and Marquardt's method.
pub(super) fn fit(min_dist: f64, spread: f64) -> (f64, f64) {
    let at = |i: usize| 3.0 * spread * i as f64 / (POINTS - 1) as f64;
    let wanted = |d: f64| if d < min_dist { 1.0 } else { (-(d - min_dist) / spread).exp() };
    let samples: Vec<(f64, f64)> = (0..POINTS).map(|i| (at(i), wanted(at(i)))).collect();
    let error = |a: f64, b: f64| -> f64 { samples.iter().map(|&(d, y)| (membership(d, a, b) - y).powi(2)).sum() };
    let (mut a, mut b, mut damping) = (1.0, 1.0, 1e-3);
    let mut current = error(a, b);
    for _ in 0..500 {
        // The normal equations of the derivatives by a and b.
        let (mut aa, mut ab, mut bb, mut ra, mut rb) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for &(d, y) in samples.iter().filter(|s| s.0 > 0.0) {
            let (m, power) = (membership(d, a, b), d.powf(2.0 * b));
            let (by_a, by_b) = (-m * m * power, -m * m * a * power * 2.0 * d.ln());
            aa += by_a * by_a;
            ab += by_a * by_b;
            bb += by_b * by_b;
            ra += by_a * (y - m);
            rb += by_b * (y - m);
        }
        let (da, db) = (aa * (1.0 + damping), bb * (1.0 + damping));
        let determinant = da * db - ab * ab;
        let (step_a, step_b) = ((ra * db - rb * ab) / determinant, (rb * da - ra * ab) / determinant);
        let next = error(a + step_a, b + step_b);
        if next <= current && a + step_a > 0.0 && b + step_b > 0.0 {
            (a, b, current, damping) = (a + step_a, b + step_b, next, damping / 10.0);
            if step_a.abs() < 1e-12 * a && step_b.abs() < 1e-12 * b {
                break;
            }
        } else {
            damping *= 10.0;
            if damping > 1e20 {
                break;
            }
        }
    }
    (a, b)
}

fn membership(d: f64, a: f64, b: f64) -> f64 {
    1.0 / (1.0 + a * d.powf(2.0 * b))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::Value;

    use super::*;

    #[test]
    fn curves_are_umap_learns() {
        // umap-learn 0.5.12: see tests/fixtures/stats.
        let reference: Value = serde_json::from_str(include_str!("../../../tests/fixtures/stats/umap.json")).unwrap();
        for curve in reference["curves"].as_array().unwrap() {
            let number = |key: &str| curve[key].as_f64().unwrap();
            let (a, b) = fit(number("min_dist"), number("spread"));
            assert!((a - number("a")).abs() < 1e-4 && (b - number("b")).abs() < 1e-4, "{a} {b}, expected {curve}");
        }
    }
}
