//! Outlines of classes: convex hulls and ellipses of their covariance.

/// The corners of the convex hull, counter-clockwise (monotone chain, Andrew 1979); fewer than three for points on a line.
pub(super) fn hull(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    sorted.dedup();
    if sorted.len() < 3 {
        return Vec::new();
    }
    let turn = |o: [f64; 2], a: [f64; 2], b: [f64; 2]| (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
    let half = |points: &mut dyn Iterator<Item = [f64; 2]>| {
        let mut chain: Vec<[f64; 2]> = Vec::new();
        for p in points {
            while chain.len() > 1 && turn(chain[chain.len() - 2], chain[chain.len() - 1], p) <= 0.0 {
                chain.pop();
            }
            chain.push(p);
        }
        chain.pop();
        chain
    };
    let mut corners = half(&mut sorted.iter().copied());
    corners.extend(half(&mut sorted.iter().rev().copied()));
    if corners.len() < 3 { Vec::new() } else { corners }
}

/// Squared Mahalanobis radius that holds 95 % of a normal distribution in the plane: -2 ln 0.05.
const RADIUS_SQUARED: f64 = 5.991_464_547;
const CORNERS: usize = 72;

/// The ellipse that holds 95 % of the normal distribution with the points' mean and covariance; none of fewer than three
/// points, or of points on a line.
pub(super) fn ellipse(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let n = points.len() as f64;
    let mean = [0, 1].map(|k| points.iter().map(|p| p[k]).sum::<f64>() / n);
    let cov = |i: usize, j: usize| points.iter().map(|p| (p[i] - mean[i]) * (p[j] - mean[j])).sum::<f64>() / (n - 1.0);
    let (a, b, c) = (cov(0, 0), cov(0, 1), cov(1, 1));
    // Cholesky: the unit circle times the root of the covariance.
    let l00 = a.sqrt();
    let l10 = b / l00;
    let rest = c - l10 * l10;
    if points.len() < 3 || !(l00 > 0.0 && rest > 1e-12 * c) {
        return Vec::new();
    }
    let (l11, radius) = (rest.sqrt(), RADIUS_SQUARED.sqrt());
    let corner = |k: usize| {
        let (sin, cos) = (std::f64::consts::TAU * k as f64 / CORNERS as f64).sin_cos();
        [mean[0] + radius * l00 * cos, mean[1] + radius * (l10 * cos + l11 * sin)]
    };
    (0..CORNERS).map(corner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hulls_hold_all_points_and_lines_have_none() {
        let square = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.5, 0.5], [1.0, 0.5]];
        assert_eq!(hull(&square), [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]);
        assert!(hull(&[[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]).is_empty());
        assert!(hull(&[[1.0, 1.0]; 5]).is_empty());
    }

    #[test]
    fn ellipses_follow_the_covariance() {
        // Variances 4 and 1 without covariance: half axes 2 r and r.
        let s = (4.0f64 / 3.0).sqrt();
        let points = [[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]]
            .map(|[x, y]| [x / (8.0f64 / 3.0).sqrt() * 2.0, y / (2.0f64 / 3.0).sqrt()]);
        let corners = ellipse(&points);
        let most = |k: usize| corners.iter().map(|c| c[k]).fold(0.0, f64::max);
        assert!((most(0) - 2.0 * RADIUS_SQUARED.sqrt()).abs() < 1e-6, "{} {s}", most(0));
        assert!((most(1) - RADIUS_SQUARED.sqrt()).abs() < 1e-6);
        assert!(ellipse(&[[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]).is_empty());
    }
}
