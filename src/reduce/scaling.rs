//! Classical scaling: points whose distances are near to given ones (Torgerson 1952).

use rayon::prelude::*;

use super::lanczos::largest;
use crate::data::Matrix;
use crate::error::Result;
use crate::run::seed;

/// `k` coordinates of each row of a matrix of distances, on the axes of largest spread; 0 where there are no more.
///
/// The coordinates are the leading eigenvectors of the doubly centred squares, which are not stored.
pub(super) fn classical_scaling(distances: &Matrix, k: usize) -> Result<Vec<f64>> {
    let n = distances.rows();
    let centre = |v: &[f64]| v.iter().sum::<f64>() / n as f64;
    let apply = |v: &[f64], out: &mut [f64]| {
        let mean = centre(v);
        out.par_iter_mut().enumerate().for_each(|(row, out)| {
            *out = distances.row(row).iter().zip(v).map(|(d, v)| -0.5 * d * d * (v - mean)).sum();
        });
        let mean = centre(out);
        out.iter_mut().for_each(|v| *v -= mean);
    };
    let constant = vec![1.0 / (n as f64).sqrt(); n];
    let mut rng = seed::stream(0, "classical scaling", 0);
    let start = (0..n).map(|_| rand::Rng::gen_range(&mut rng, -1.0..1.0)).collect();
    let axes = largest(k, apply, &[constant], start, 1e-6)?;
    let mut coordinates = vec![0.0; n * k];
    for (axis, vector) in axes.iter().enumerate() {
        let mut image = vec![0.0; n];
        apply(vector, &mut image);
        let value: f64 = vector.iter().zip(&image).map(|(a, b)| a * b).sum();
        // Distances that no flat space has give negative squares, which no coordinate can show.
        let scale = value.max(0.0).sqrt();
        coordinates.iter_mut().skip(axis).step_by(k).zip(vector).for_each(|(c, v)| *c = scale * v);
    }
    Ok(coordinates)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::pca::leading_scores;
    use super::super::testing::distances;
    use super::super::tsne::tests::blobs;
    use super::*;
    use crate::distance::Metric;

    #[test]
    fn distances_of_rows_give_their_principal_scores() {
        let x = blobs();
        let scores = leading_scores(&x, 2, Metric::Euclidean).unwrap();
        let found = classical_scaling(&distances(&x), 2).unwrap();
        for axis in 0..2 {
            let along = |v: &[f64]| v.iter().skip(axis).step_by(2).copied().collect::<Vec<f64>>();
            let (a, b) = (along(&scores), along(&found));
            let sign = a.iter().zip(&b).map(|(a, b)| a * b).sum::<f64>().signum();
            assert!(a.iter().zip(&b).all(|(a, b)| (a - sign * b).abs() < 1e-4), "axis {axis}");
        }
        // A single place has no spread.
        let same = Matrix::numbered((0..4).map(|i| i.to_string()).collect(), "d", 4, vec![0.0; 16]).unwrap();
        assert_eq!(classical_scaling(&same, 2).unwrap(), [0.0; 8]);
    }
}
