//! The Gaussians of a mixture: their parameters, and what is derived of them once per step.
//!
//! [`super::estimate`] makes them from rows, [`super::expectation`] tells where rows belong under them: the two halves of
//! expectation-maximisation (Dempster, Laird & Rubin 1977), in scikit-learn's conventions.

use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::{Mat, MatRef, Par, Side};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What the covariances of a mixture's components may look like, `d` being the number of columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
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

    pub(super) fn is_matrix(self) -> bool {
        matches!(self, Covariance::Full | Covariance::Tied)
    }
}

/// Weighted Gaussians in `d` dimensions.
#[derive(Clone, Debug)]
pub(super) struct Gaussians {
    pub(super) shape: Covariance,
    /// Number of columns.
    pub(super) d: usize,
    /// Share of each component; they sum to 1.
    pub(super) weights: Vec<f64>,
    /// Component by component, `d` each.
    pub(super) means: Vec<f64>,
    /// Covariances: `k` or (tied) one of `d * d` values, or `k` of `d` variances, which `Spherical` repeats.
    covariances: Vec<f64>,
    /// What turns a deviation from the mean into one of unit covariance, laid out like `covariances`: the inverse of the
    /// lower Cholesky factor, or inverse standard deviations.
    pub(super) whitening: Vec<f64>,
    /// Logarithm of each component's density at its mean, times its weight.
    pub(super) peak: Vec<f64>,
}

impl Gaussians {
    /// Gaussians of given parameters, laid out as the fields are.
    ///
    /// # Errors
    /// When a covariance is singular.
    pub(super) fn new(
        shape: Covariance,
        d: usize,
        weights: Vec<f64>,
        means: Vec<f64>,
        covariances: Vec<f64>,
    ) -> Result<Self> {
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
