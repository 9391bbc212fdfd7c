//! Eigenvalues and the main eigenvector of a symmetric matrix of three rows.

/// A symmetric matrix: xx, xy, xz, yy, yz, zz.
pub(super) type Symmetric = [f64; 6];

/// Rounds of rotations; three or four suffice for 64-bit numbers.
const ROUNDS: usize = 12;

/// The eigenvalues in descending order, and the unit eigenvector of the first (its sign is arbitrary), by Jacobi's
/// rotations: slower than closed formulas, but exact for the nearly singular matrices that points on a line make.
pub(super) fn eigen([xx, xy, xz, yy, yz, zz]: Symmetric) -> ([f64; 3], [f64; 3]) {
    let mut a = [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]];
    let mut vectors = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for _ in 0..ROUNDS {
        let off = a[0][1].abs() + a[0][2].abs() + a[1][2].abs();
        let diagonal = a[0][0].abs() + a[1][1].abs() + a[2][2].abs();
        if off <= f64::EPSILON * 1e-3 * diagonal {
            break;
        }
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            if a[p][q] == 0.0 {
                continue;
            }
            let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
            let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
            let cos = t.hypot(1.0).recip();
            let sin = t * cos;
            let r = 3 - p - q;
            let (pr, qr, pq) = (a[p][r], a[q][r], a[p][q]);
            a[p][p] -= t * pq;
            a[q][q] += t * pq;
            (a[p][q], a[q][p]) = (0.0, 0.0);
            a[p][r] = cos * pr - sin * qr;
            a[q][r] = sin * pr + cos * qr;
            (a[r][p], a[r][q]) = (a[p][r], a[q][r]);
            for row in &mut vectors {
                (row[p], row[q]) = (cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]);
            }
        }
    }
    let mut order = [0, 1, 2];
    order.sort_by(|&i, &j| a[j][j].total_cmp(&a[i][i]));
    let main = [0, 1, 2].map(|axis| vectors[axis][order[0]]);
    (order.map(|i| a[i][i]), main)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn the_main_vector_is_an_eigenvector_and_the_values_keep_trace_and_determinant() {
        let mut rng = crate::run::seed::stream(1, "eigen", 0);
        for _ in 0..1000 {
            let [a, b, c, d, e, f]: Symmetric = std::array::from_fn(|_| rng.gen_range(-3.0..3.0));
            let ([l, m, n], v) = eigen([a, b, c, d, e, f]);
            let product =
                [a * v[0] + b * v[1] + c * v[2], b * v[0] + d * v[1] + e * v[2], c * v[0] + e * v[1] + f * v[2]];
            assert!((0..3).all(|k| (product[k] - l * v[k]).abs() < 1e-12));
            assert!(l >= m && m >= n && (l + m + n - a - d - f).abs() < 1e-12);
            let determinant = a * (d * f - e * e) - b * (b * f - c * e) + c * (b * e - c * d);
            assert!((l * m * n - determinant).abs() < 1e-11);
        }
        let (values, vector) = eigen([1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
        assert!((values[0] - 3.0).abs() < 1e-14 && (vector[0].abs() - 3f64.sqrt().recip()).abs() < 1e-14);
        assert_eq!(eigen([0.0; 6]).0, [0.0; 3]);
    }
}
