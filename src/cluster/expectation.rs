//! Where rows belong under given Gaussians: the E-step of a mixture.
//!
//! Densities are kept as logarithms and normalised with each row's own maximum, so rows far from every component keep
//! right probabilities. Eight rows are worked on at a time; deviations from a mean are whitened and squared without
//! leaving the nearest cache.

use rayon::prelude::*;

use super::gaussians::{Covariance, Gaussians};
use super::rows::{BLOCK, Rows};
use crate::linear::{AT_ONCE, LANES, inner_products, squared_distances};
use crate::simd::vectorised;

/// Smaller exponents give 0 in double precision.
const LEAST: f64 = -746.0;

/// Where rows belong.
pub(super) struct Expectation {
    /// Probability of each component given each row, row-major, `n` by `k`.
    pub(super) responsibilities: Vec<f64>,
    /// Logarithm of the density at each row.
    pub(super) log_density: Vec<f64>,
}

impl Gaussians {
    /// The probability of each component given each row.
    pub(super) fn expect(&self, rows: &Rows) -> Expectation {
        let (n, k) = (rows.len(), self.len());
        let mut responsibilities = vec![0.0; n * k];
        let mut log_density = vec![0.0; n];
        let tied = (self.shape == Covariance::Tied).then(|| Tied::new(self));
        responsibilities.par_chunks_mut(BLOCK * k).zip(log_density.par_chunks_mut(BLOCK)).enumerate().for_each(
            |(block, (shares, densities))| {
                vectorised(
                    #[inline(always)]
                    || {
                        let mut scratch = Scratch::new(self);
                        let panels = block * BLOCK / LANES..;
                        for (panel, (shares, densities)) in
                            panels.zip(shares.chunks_mut(LANES * k).zip(densities.chunks_mut(LANES)))
                        {
                            self.log_joint(rows.panels.panel(panel), tied.as_ref(), &mut scratch);
                            normalise(&mut scratch.log_joint, shares, densities);
                        }
                    },
                );
            },
        );
        Expectation { responsibilities, log_density }
    }

    /// Logarithm of each component's weight times its density, at each row of a panel.
    #[inline(always)]
    fn log_joint(&self, panel: &[f64], tied: Option<&Tied>, scratch: &mut Scratch) {
        let d = self.d;
        let Scratch { log_joint, deviation, white } = scratch;
        if let Some(tied) = tied {
            deviate(panel, &tied.centre, deviation);
            whiten(&self.whitening, deviation, d, white);
            for first in (0..self.len()).step_by(AT_ONCE) {
                let group: [&[f64]; AT_ONCE] =
                    std::array::from_fn(|r| &tied.white_means[(first + r).min(self.len() - 1) * d..][..d]);
                let squared = squared_distances(white.as_flattened(), group);
                let last = (first + AT_ONCE).min(self.len());
                log_joint[first..last].copy_from_slice(&squared[..last - first]);
            }
        } else {
            for (c, squared) in log_joint.iter_mut().enumerate() {
                let mean = &self.means[c * d..(c + 1) * d];
                if self.shape.is_matrix() {
                    deviate(panel, mean, deviation);
                    let at = c * d * d;
                    *squared = squared_whitened(&self.whitening[at..at + d * d], deviation, d);
                } else {
                    *squared = squared_scaled(panel, mean, &self.whitening[c * d..(c + 1) * d]);
                }
            }
        }
        for (values, peak) in log_joint.iter_mut().zip(&self.peak) {
            values.iter_mut().for_each(|v| *v = (-0.5f64).mul_add(*v, *peak));
        }
    }
}

/// With one covariance for all, whitening is done once for a row and not for each component.
struct Tied {
    /// Point between the means, subtracted first so that data far from the origin keep their digits.
    centre: Vec<f64>,
    white_means: Vec<f64>,
}

impl Tied {
    fn new(g: &Gaussians) -> Self {
        let d = g.d;
        let centre: Vec<f64> =
            (0..d).map(|j| g.means.chunks_exact(d).zip(&g.weights).map(|(mean, w)| w * mean[j]).sum()).collect();
        let white = |mean: &[f64]| -> Vec<f64> {
            let row = |w: &[f64]| w.iter().zip(mean.iter().zip(&centre)).map(|(w, (m, c))| w * (m - c)).sum();
            g.whitening.chunks_exact(d).map(row).collect()
        };
        let white_means = g.means.chunks_exact(d).flat_map(white).collect();
        Tied { centre, white_means }
    }
}

/// What the work on a panel needs.
struct Scratch {
    /// One entry per component.
    log_joint: Vec<[f64; LANES]>,
    /// One entry per column.
    deviation: Vec<[f64; LANES]>,
    white: Vec<[f64; LANES]>,
}

impl Scratch {
    fn new(g: &Gaussians) -> Self {
        let column = [0.0; LANES];
        Scratch { log_joint: vec![column; g.len()], deviation: vec![column; g.d], white: vec![column; g.d] }
    }
}

#[inline(always)]
fn deviate(panel: &[f64], mean: &[f64], deviation: &mut [[f64; LANES]]) {
    for ((to, x), m) in deviation.iter_mut().zip(panel.as_chunks::<LANES>().0).zip(mean) {
        for lane in 0..LANES {
            to[lane] = x[lane] - m;
        }
    }
}

/// Squared length of deviations scaled column by column.
#[inline(always)]
fn squared_scaled(panel: &[f64], mean: &[f64], scale: &[f64]) -> [f64; LANES] {
    let mut sum = [0.0; LANES];
    for ((x, m), s) in panel.as_chunks::<LANES>().0.iter().zip(mean).zip(scale) {
        for lane in 0..LANES {
            let scaled = (x[lane] - m) * s;
            sum[lane] = scaled.mul_add(scaled, sum[lane]);
        }
    }
    sum
}

/// Squared length of deviations times a lower triangular matrix.
#[inline(always)]
fn squared_whitened(whitening: &[f64], deviation: &[[f64; LANES]], d: usize) -> [f64; LANES] {
    let mut sum = [0.0; LANES];
    in_triangle(
        whitening,
        deviation,
        d,
        #[inline(always)]
        |_, white| {
            for lane in 0..LANES {
                sum[lane] = white[lane].mul_add(white[lane], sum[lane]);
            }
        },
    );
    sum
}

/// Deviations times a lower triangular matrix.
#[inline(always)]
fn whiten(whitening: &[f64], deviation: &[[f64; LANES]], d: usize, white: &mut [[f64; LANES]]) {
    in_triangle(
        whitening,
        deviation,
        d,
        #[inline(always)]
        |row, values| white[row] = *values,
    );
}

/// Products of the rows of a lower triangular matrix with deviations, group by group, without most of the zeros above
/// the diagonal.
#[inline(always)]
fn in_triangle(whitening: &[f64], deviation: &[[f64; LANES]], d: usize, mut each: impl FnMut(usize, &[f64; LANES])) {
    for first in (0..d).step_by(AT_ONCE) {
        let last = (first + AT_ONCE).min(d);
        let group: [&[f64]; AT_ONCE] = std::array::from_fn(|r| &whitening[(first + r).min(d - 1) * d..][..last]);
        let found = inner_products(deviation.as_flattened(), group);
        found.iter().take(last - first).enumerate().for_each(|(r, values)| each(first + r, values));
    }
}

/// Turns the logarithms of a panel's rows into shares that sum to 1, and the logarithm of their sum.
#[inline(always)]
fn normalise(log_joint: &mut [[f64; LANES]], shares: &mut [f64], densities: &mut [f64]) {
    let k = log_joint.len();
    let mut largest = [f64::NEG_INFINITY; LANES];
    for values in log_joint.iter() {
        for lane in 0..LANES {
            largest[lane] = largest[lane].max(values[lane]);
        }
    }
    let mut sum = [0.0; LANES];
    for values in log_joint.iter_mut() {
        for lane in 0..LANES {
            let below = values[lane] - largest[lane];
            values[lane] = if below < LEAST { 0.0 } else { below.exp() };
            sum[lane] += values[lane];
        }
    }
    for (lane, (share, density)) in shares.chunks_exact_mut(k).zip(densities).enumerate() {
        share.iter_mut().zip(log_joint.iter()).for_each(|(to, values)| *to = values[lane] / sum[lane]);
        *density = largest[lane] + sum[lane].ln();
    }
}
