//! The Gaussians that fit rows best: the M-step of a mixture.
//!
//! As in scikit-learn, component sizes get 10 machine epsilons so that an empty component divides by something, and
//! `reg_covar` is added to the diagonal of each covariance. Covariances are summed from deviations from the means, not
//! from squares of the values, so data far from the origin keep their digits.

use rayon::prelude::*;

use super::gaussians::{Covariance, Gaussians};
use super::rows::{BLOCK, Rows, scatter};
use crate::error::Result;
use crate::linear::{add_column_products, add_column_scatter};

/// Rows whose sums are one task; they are added up in the rows' order, whatever the number of threads.
const TASK: usize = 16 * BLOCK;

impl Gaussians {
    /// The Gaussians that fit rows best; `responsibilities` is row-major, `n` by the number of components.
    ///
    /// # Errors
    /// When a covariance is singular.
    pub(super) fn estimate(rows: &Rows, responsibilities: &[f64], shape: Covariance, reg_covar: f64) -> Result<Self> {
        let (n, d, width) = (rows.len(), rows.x.cols(), rows.width());
        let k = responsibilities.len() / n;
        let mut sizes = vec![10.0 * f64::EPSILON; k];
        for share in responsibilities.chunks_exact(k) {
            sizes.iter_mut().zip(share).for_each(|(size, r)| *size += r);
        }
        let mut wide_means = blockwise(rows, responsibilities, k, |share, block, out| {
            add_column_products(share, k, block, width, out);
        });
        for (mean, size) in wide_means.chunks_exact_mut(width).zip(&sizes) {
            mean.iter_mut().for_each(|m| *m /= size);
        }
        let means: Vec<f64> = wide_means.chunks_exact(width).flat_map(|mean| &mean[..d]).copied().collect();
        let mut covariances = match shape {
            Covariance::Full => {
                let of = |c: usize| {
                    let share = responsibilities.iter().skip(c).step_by(k).copied();
                    let sum = scatter(rows, share, &means[c * d..(c + 1) * d]);
                    sum.into_iter().map(|v| v / sizes[c]).collect::<Vec<f64>>()
                };
                (0..k).into_par_iter().map(of).collect::<Vec<_>>().concat()
            }
            Covariance::Tied => within(rows, &means, &sizes),
            Covariance::Diag | Covariance::Spherical => {
                let sums = blockwise(rows, responsibilities, k, |share, block, out| {
                    add_column_scatter(share, k, block, width, &wide_means, out);
                });
                let of = |(sum, size): (&[f64], &f64)| sum[..d].iter().map(|v| v / size).collect::<Vec<f64>>();
                sums.chunks_exact(width).zip(&sizes).flat_map(of).collect()
            }
        };
        // Diagonal entries: every `d + 1`th of each matrix, or all of a list of variances.
        let (chunk, step) = if shape.is_matrix() { (d * d, d + 1) } else { (d, 1) };
        for covariance in covariances.chunks_exact_mut(chunk) {
            covariance.iter_mut().step_by(step).for_each(|v| *v += reg_covar);
        }
        if shape == Covariance::Spherical {
            for variances in covariances.chunks_exact_mut(d) {
                let mean = variances.iter().sum::<f64>() / d as f64;
                variances.fill(mean);
            }
        }
        let total: f64 = sizes.iter().sum();
        Gaussians::new(shape, d, sizes.iter().map(|s| s / total).collect(), means, covariances)
    }
}

/// Sums over blocks of rows, each of `k` by `width` values, of what `add` adds for responsibilities and rows.
fn blockwise(
    rows: &Rows,
    responsibilities: &[f64],
    k: usize,
    add: impl Fn(&[f64], &[f64], &mut [f64]) + Sync,
) -> Vec<f64> {
    let width = rows.width();
    let tasks: Vec<Vec<f64>> = responsibilities
        .par_chunks(TASK * k)
        .zip(rows.wide().par_chunks(TASK * width))
        .map(|(share, wide)| {
            let mut sum = vec![0.0; k * width];
            for (share, block) in share.chunks(BLOCK * k).zip(wide.chunks(BLOCK * width)) {
                add(share, block, &mut sum);
            }
            sum
        })
        .collect();
    let mut total = vec![0.0; k * width];
    for task in tasks {
        total.iter_mut().zip(task).for_each(|(sum, v)| *sum += v);
    }
    total
}

/// The covariance within components: what the means leave of the scatter of all rows, which is the same in all steps.
fn within(rows: &Rows, means: &[f64], sizes: &[f64]) -> Vec<f64> {
    let d = rows.x.cols();
    let (centre, scatter) = rows.total();
    let mut covariance = scatter.clone();
    for (mean, size) in means.chunks_exact(d).zip(sizes) {
        for (row, (m, g)) in covariance.chunks_exact_mut(d).zip(mean.iter().zip(centre)) {
            let left = size * (m - g);
            row.iter_mut().zip(mean.iter().zip(centre)).for_each(|(v, (m, g))| *v -= left * (m - g));
        }
    }
    let total: f64 = sizes.iter().sum();
    // Rounding may leave the two halves apart in the last bit.
    let half = |i: usize, j: usize| 0.5 * (covariance[i * d + j] + covariance[j * d + i]) / total;
    (0..d * d).map(|at| half(at / d, at % d)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::data::Matrix;

    const SHAPES: [Covariance; 4] = [Covariance::Full, Covariance::Tied, Covariance::Diag, Covariance::Spherical];

    /// 600 rows (more than two blocks) of 3 columns on a fixed lattice-like sequence, and soft responsibilities.
    fn rows() -> (Matrix, Vec<f64>) {
        let wave = |i: usize, a: f64| (i as f64 * a).sin() * 2.0 + (i % 7) as f64 * 0.3;
        let values: Vec<f64> = (0..600).flat_map(|i| [wave(i, 0.7), wave(i, 1.3), wave(i, 2.1)]).collect();
        let soft = (0..600).flat_map(|i| {
            let p = 0.5 + 0.45 * (i as f64 * 0.37).cos();
            [p, 1.0 - p]
        });
        let ids = (0..600).map(|i| i.to_string()).collect();
        (Matrix::numbered(ids, "x", 3, values).unwrap(), soft.collect())
    }

    #[test]
    fn the_likelihood_never_falls() {
        let (x, mut soft) = rows();
        let rows = Rows::new(&x);
        for shape in SHAPES {
            let mut last = f64::NEG_INFINITY;
            for step in 0..40 {
                // Without `reg_covar`, the M-step is the exact maximum, so EM's guarantee holds.
                let e = Gaussians::estimate(&rows, &soft, shape, 0.0).unwrap().expect(&rows);
                let now: f64 = e.log_density.iter().sum();
                assert!(now >= last - 1e-8, "{shape:?}, step {step}: {last} to {now}");
                (last, soft) = (now, e.responsibilities);
            }
        }
    }

    #[test]
    fn a_single_full_gaussian_is_the_sample_mean_and_covariance() {
        let (x, _) = rows();
        let g = Gaussians::estimate(&Rows::new(&x), &vec![1.0; 600], Covariance::Full, 0.0).unwrap();
        let column = |j: usize| x.iter_rows().map(move |r| r[j]);
        for i in 0..3 {
            for j in 0..3 {
                let expected = column(i).zip(column(j)).map(|(a, b)| (a - g.means[i]) * (b - g.means[j])).sum::<f64>();
                assert!((g.covariance(0)[i * 3 + j] - expected / 600.0).abs() < 1e-12);
            }
        }
        assert!((g.means[1] - column(1).sum::<f64>() / 600.0).abs() < 1e-12);
    }

    #[test]
    fn reordering_components_reorders_probabilities() {
        let (x, soft) = rows();
        let rows = Rows::new(&x);
        for shape in SHAPES {
            let g = Gaussians::estimate(&rows, &soft, shape, 1e-6).unwrap();
            let (there, back) = (g.expect(&rows), g.reordered(&[1, 0]).expect(&rows));
            let swapped: Vec<f64> = back.responsibilities.chunks_exact(2).flat_map(|p| [p[1], p[0]]).collect();
            for (a, b) in there.responsibilities.iter().zip(&swapped) {
                assert!((a - b).abs() < 1e-14, "{shape:?}");
            }
        }
    }

    #[test]
    fn a_singular_covariance_is_refused() {
        let x = Matrix::numbered((0..4).map(|i| i.to_string()).collect(), "x", 2, vec![0.0; 8]).unwrap();
        for shape in SHAPES {
            let error = Gaussians::estimate(&Rows::new(&x), &[1.0; 4], shape, 0.0).unwrap_err();
            assert!(error.message.contains("is singular"), "{}", error.message);
        }
    }
}
