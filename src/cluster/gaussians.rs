//! The Gaussians of a mixture: their parameters, the density of rows under them, and their estimate from rows.
//!
//! The two halves of expectation-maximisation (Dempster, Laird & Rubin 1977), in scikit-learn's conventions: component
//! sizes get 10 machine epsilons so that an empty component divides by something, and `reg_covar` is added to the
//! diagonal of each covariance. Densities are kept as logarithms and normalised with each row's own maximum, so rows
//! far from every component keep right probabilities.

use faer::linalg::matmul::matmul;
use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::{Accum, Mat, MatMut, MatRef, Par, Side};
use rayon::prelude::*;
use serde::Deserialize;

use crate::data::Matrix;
use crate::error::{Error, Result};

/// Rows that are multiplied at once; bounds the scratch memory and keeps it in the cache.
const BLOCK: usize = 256;

/// What the covariances of a mixture's components may look like, `d` being the number of columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Covariance {
    /// Each component its own covariance matrix: `d (d + 1) / 2` parameters per component.
    Full,
    /// One covariance matrix shared by all components.
    Tied,
    /// Each component its own variance per column: `d` parameters per component.
    #[default]
    Diag,
    /// Each component one variance.
    Spherical,
}

impl Covariance {
    /// The word that options use.
    pub fn name(self) -> &'static str {
        match self {
            Covariance::Full => "full",
            Covariance::Tied => "tied",
            Covariance::Diag => "diag",
            Covariance::Spherical => "spherical",
        }
    }

    fn is_matrix(self) -> bool {
        matches!(self, Covariance::Full | Covariance::Tied)
    }
}

/// Weighted Gaussians in `d` dimensions.
#[derive(Clone, Debug)]
pub(super) struct Gaussians {
    pub(super) shape: Covariance,
    d: usize,
    /// Share of each component; they sum to 1.
    pub(super) weights: Vec<f64>,
    /// Component by component, `d` each.
    pub(super) means: Vec<f64>,
    /// Covariances: `k` or (tied) one of `d * d` values, or `k` of `d` variances, which `Spherical` repeats.
    covariances: Vec<f64>,
    /// What turns a deviation from the mean into one of unit covariance, laid out like `covariances`: the inverse of the
    /// lower Cholesky factor, or inverse standard deviations.
    whitening: Vec<f64>,
    /// Logarithm of each component's density at its mean, times its weight.
    peak: Vec<f64>,
}

/// Where rows belong, under given Gaussians.
pub(super) struct Expectation {
    /// Probability of each component given each row, row-major, `n` by `k`.
    pub(super) responsibilities: Vec<f64>,
    /// Logarithm of the density at each row.
    pub(super) log_density: Vec<f64>,
}

impl Gaussians {
    /// The Gaussians that fit rows best (M-step); `responsibilities` is row-major, `n` by the number of components.
    ///
    /// # Errors
    /// When a covariance is singular.
    pub(super) fn estimate(x: &Matrix, responsibilities: &[f64], shape: Covariance, reg_covar: f64) -> Result<Self> {
        let (n, d) = (x.rows(), x.cols());
        let k = responsibilities.len() / n;
        let mut sizes = vec![10.0 * f64::EPSILON; k];
        let mut means = vec![0.0; k * d];
        for (row, share) in x.iter_rows().zip(responsibilities.chunks_exact(k)) {
            for (c, &r) in share.iter().enumerate() {
                sizes[c] += r;
                means[c * d..(c + 1) * d].iter_mut().zip(row).for_each(|(sum, value)| *sum += r * value);
            }
        }
        for (mean, size) in means.chunks_exact_mut(d).zip(&sizes) {
            mean.iter_mut().for_each(|m| *m /= size);
        }
        let total: f64 = sizes.iter().sum();
        let scatter: Vec<Vec<f64>> = (0..k)
            .into_par_iter()
            .map(|c| {
                let share = responsibilities.iter().skip(c).step_by(k).copied();
                scatter(x, share, &means[c * d..(c + 1) * d], shape)
            })
            .collect();
        let mut covariances = match shape {
            Covariance::Tied => {
                (0..d * d).map(|i| scatter.iter().map(|s| s[i]).sum::<f64>() / total).collect::<Vec<f64>>()
            }
            _ => scatter.iter().zip(&sizes).flat_map(|(s, size)| s.iter().map(move |v| v / size)).collect(),
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
        Gaussians::new(shape, d, sizes.iter().map(|s| s / total).collect(), means, covariances)
    }

    fn new(shape: Covariance, d: usize, weights: Vec<f64>, means: Vec<f64>, covariances: Vec<f64>) -> Result<Self> {
        let k = weights.len();
        let chunk = if shape.is_matrix() { d * d } else { d };
        let whitenings: Vec<(Vec<f64>, f64)> = covariances
            .par_chunks_exact(chunk)
            .enumerate()
            .map(|(c, covariance)| {
                let found = if shape.is_matrix() { whiten_matrix(covariance, d) } else { whiten_variances(covariance) };
                found.ok_or_else(|| {
                    let which = if shape == Covariance::Tied { "all".to_string() } else { format!("number {}", c + 1) };
                    Error::value(format!("the {} covariance of component {which} of {k} is singular", shape.name()))
                        .help("ask for fewer components or `covariance: \"diag\"`, raise `reg_covar`, or rescale the columns")
                })
            })
            .collect::<Result<_>>()?;
        let at_mean = -0.5 * d as f64 * (2.0 * std::f64::consts::PI).ln();
        let log_det = |c: usize| whitenings[if shape == Covariance::Tied { 0 } else { c }].1;
        let peak = weights.iter().enumerate().map(|(c, w)| w.ln() + log_det(c) + at_mean).collect();
        let whitening = whitenings.into_iter().flat_map(|(w, _)| w).collect();
        Ok(Gaussians { shape, d, weights, means, covariances, whitening, peak })
    }

    /// Number of components.
    pub(super) fn len(&self) -> usize {
        self.weights.len()
    }

    /// The probability of each component given each row (E-step).
    pub(super) fn expect(&self, x: &Matrix) -> Expectation {
        let k = self.len();
        let columns: Vec<Vec<f64>> = (0..k).into_par_iter().map(|c| self.log_joint(x, c)).collect();
        let mut responsibilities = vec![0.0; x.rows() * k];
        let log_density = responsibilities
            .chunks_exact_mut(k)
            .enumerate()
            .map(|(row, share)| {
                share.iter_mut().zip(&columns).for_each(|(s, column)| *s = column[row]);
                let largest = share.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                share.iter_mut().for_each(|s| *s = (*s - largest).exp());
                let sum: f64 = share.iter().sum();
                share.iter_mut().for_each(|s| *s /= sum);
                largest + sum.ln()
            })
            .collect();
        Expectation { responsibilities, log_density }
    }

    /// Logarithm of a component's weight times its density, at each row.
    fn log_joint(&self, x: &Matrix, c: usize) -> Vec<f64> {
        let d = self.d;
        let mean = &self.means[c * d..(c + 1) * d];
        if !self.shape.is_matrix() {
            let scale = &self.whitening[c * d..(c + 1) * d];
            let squared = |row: &[f64]| -> f64 {
                row.iter().zip(mean).zip(scale).map(|((x, m), s)| ((x - m) * s) * ((x - m) * s)).sum()
            };
            return x.iter_rows().map(|row| self.peak[c] - 0.5 * squared(row)).collect();
        }
        let at = if self.shape == Covariance::Tied { 0 } else { c * d * d };
        let whitening = MatRef::from_row_major_slice(&self.whitening[at..at + d * d], d, d);
        let mut white = vec![0.0; BLOCK.min(x.rows()) * d];
        let mut log_joint = Vec::with_capacity(x.rows());
        for block in x.values().chunks(BLOCK * d) {
            let deviation: Vec<f64> = block.iter().zip(mean.iter().cycle()).map(|(x, m)| x - m).collect();
            let rows = block.len() / d;
            let deviation = MatRef::from_row_major_slice(&deviation, rows, d);
            let out = MatMut::from_row_major_slice_mut(&mut white[..rows * d], rows, d);
            matmul(out, Accum::Replace, deviation, whitening.transpose(), 1.0, Par::Seq);
            let squared = |row: &[f64]| row.iter().map(|v| v * v).sum::<f64>();
            log_joint.extend(white[..rows * d].chunks_exact(d).map(|row| self.peak[c] - 0.5 * squared(row)));
        }
        log_joint
    }

    /// Number of free parameters, for information criteria.
    pub(super) fn parameters(&self) -> usize {
        let (k, d) = (self.len(), self.d);
        let covariance = match self.shape {
            Covariance::Full => k * d * (d + 1) / 2,
            Covariance::Tied => d * (d + 1) / 2,
            Covariance::Diag => k * d,
            Covariance::Spherical => k,
        };
        covariance + k * d + k - 1
    }

    /// The covariance matrix of a component, row-major, `d` by `d`.
    pub(super) fn covariance(&self, c: usize) -> Vec<f64> {
        let d = self.d;
        match self.shape {
            Covariance::Full => self.covariances[c * d * d..(c + 1) * d * d].to_vec(),
            Covariance::Tied => self.covariances.clone(),
            Covariance::Diag | Covariance::Spherical => {
                let mut matrix = vec![0.0; d * d];
                for (i, v) in self.covariances[c * d..(c + 1) * d].iter().enumerate() {
                    matrix[i * (d + 1)] = *v;
                }
                matrix
            }
        }
    }

    /// The same Gaussians with the components in another order.
    pub(super) fn reordered(&self, order: &[usize]) -> Gaussians {
        let pick = |values: &[f64], chunk: usize| -> Vec<f64> {
            order.iter().flat_map(|&c| &values[c * chunk..(c + 1) * chunk]).copied().collect()
        };
        let of_component = |values: &[f64]| match self.shape {
            Covariance::Tied => values.to_vec(),
            _ => pick(values, values.len() / self.len()),
        };
        Gaussians {
            shape: self.shape,
            d: self.d,
            weights: pick(&self.weights, 1),
            means: pick(&self.means, self.d),
            covariances: of_component(&self.covariances),
            whitening: of_component(&self.whitening),
            peak: pick(&self.peak, 1),
        }
    }
}

/// Weighted sum of the squared deviations from a mean, per column; or of their outer products.
fn scatter(x: &Matrix, weights: impl Iterator<Item = f64>, mean: &[f64], shape: Covariance) -> Vec<f64> {
    let d = x.cols();
    if !shape.is_matrix() {
        let mut sum = vec![0.0; d];
        for (row, w) in x.iter_rows().zip(weights) {
            sum.iter_mut().zip(row).zip(mean).for_each(|((s, x), m)| *s += w * (x - m) * (x - m));
        }
        return sum;
    }
    let mut sum = vec![0.0; d * d];
    let mut deviation = Vec::with_capacity(BLOCK * d);
    let mut add = |deviation: &mut Vec<f64>| {
        let half = MatRef::from_row_major_slice(deviation.as_slice(), deviation.len() / d, d);
        let sum = MatMut::from_row_major_slice_mut(&mut sum, d, d);
        matmul(sum, Accum::Add, half.transpose(), half, 1.0, Par::Seq);
        deviation.clear();
    };
    for (row, w) in x.iter_rows().zip(weights) {
        // The root of the weight on both factors keeps the product symmetric to the last bit.
        let root = w.sqrt();
        deviation.extend(row.iter().zip(mean).map(|(x, m)| root * (x - m)));
        if deviation.len() == BLOCK * d {
            add(&mut deviation);
        }
    }
    if !deviation.is_empty() {
        add(&mut deviation);
    }
    sum
}

/// Inverse standard deviations and the logarithm of their product; `None` where a variance is not positive and finite.
fn whiten_variances(variances: &[f64]) -> Option<(Vec<f64>, f64)> {
    let scale: Vec<f64> = variances.iter().map(|v| 1.0 / v.sqrt()).collect();
    let log_det = scale.iter().map(|s| s.ln()).sum::<f64>();
    log_det.is_finite().then_some((scale, log_det))
}

/// Inverse of the lower Cholesky factor and the logarithm of its determinant; `None` where there is no such factor.
fn whiten_matrix(covariance: &[f64], d: usize) -> Option<(Vec<f64>, f64)> {
    let factor = MatRef::from_row_major_slice(covariance, d, d).llt(Side::Lower).ok()?;
    let mut inverse = Mat::zeros(d, d);
    invert_lower_triangular(inverse.as_mut(), factor.L(), Par::Seq);
    let log_det = (0..d).map(|i| inverse[(i, i)].ln()).sum::<f64>();
    let values = (0..d * d).map(|i| inverse[(i / d, i % d)]).collect();
    log_det.is_finite().then_some((values, log_det))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

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
        for shape in SHAPES {
            let mut last = f64::NEG_INFINITY;
            for step in 0..40 {
                // Without `reg_covar`, the M-step is the exact maximum, so EM's guarantee holds.
                let e = Gaussians::estimate(&x, &soft, shape, 0.0).unwrap().expect(&x);
                let now: f64 = e.log_density.iter().sum();
                assert!(now >= last - 1e-8, "{shape:?}, step {step}: {last} to {now}");
                (last, soft) = (now, e.responsibilities);
            }
        }
    }

    #[test]
    fn a_single_full_gaussian_is_the_sample_mean_and_covariance() {
        let (x, _) = rows();
        let g = Gaussians::estimate(&x, &vec![1.0; 600], Covariance::Full, 0.0).unwrap();
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
        for shape in SHAPES {
            let g = Gaussians::estimate(&x, &soft, shape, 1e-6).unwrap();
            let (there, back) = (g.expect(&x), g.reordered(&[1, 0]).expect(&x));
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
            let error = Gaussians::estimate(&x, &[1.0; 4], shape, 0.0).unwrap_err();
            assert!(error.message.contains("is singular"), "{}", error.message);
        }
    }
}
