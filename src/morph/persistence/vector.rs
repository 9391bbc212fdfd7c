//! A barcode as a curve: one number per grid value, a row that any classifier takes.

use serde::Deserialize;

use super::barcode::{Bar, Barcode};
use crate::error::{Error, Result};

/// How a barcode becomes a row of numbers.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct VectorOptions {
    /// What is sampled.
    pub kind: VectorKind,
    /// Number of grid values.
    pub samples: usize,
    /// First and last grid value; by default from the smallest to the largest end of a bar.
    pub range: Option<[f64; 2]>,
    /// Number of layers of a landscape.
    pub layers: usize,
    /// Width of the Gaussians of `density`; by default a twentieth of the range.
    pub sigma: Option<f64>,
}

impl Default for VectorOptions {
    fn default() -> Self {
        VectorOptions { kind: VectorKind::default(), samples: 100, range: None, layers: 5, sigma: None }
    }
}

/// A curve drawn from a barcode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VectorKind {
    /// Gaussians at the merge values, each as high as its bar is long: where the branches of which reach start (Li et al.
    /// 2017, "Metrics for comparing neuronal tree shapes based on persistent homology", PLoS ONE 12:e0182184).
    #[default]
    Density,
    /// Number of bars over each value, with the smaller end and without the larger one.
    Betti,
    /// The first `layers` landscapes, one after the other: the k-th at t is the k-th largest of the bars' tents
    /// min(t - low, high - t), at least 0 (Bubenik 2015, JMLR 16:77-102).
    Landscape,
}

impl Barcode {
    /// The curve of the barcode on `samples` equally spaced values; for landscapes `layers` times as many numbers.
    ///
    /// # Errors
    /// When an option is out of range, or there is neither a bar nor a `range`.
    pub fn vector(&self, options: &VectorOptions) -> Result<Vec<f64>> {
        let (low, high) = self.vector_range(options)?;
        let VectorOptions { samples, layers, .. } = *options;
        if !(2..=100_000).contains(&samples) {
            return Err(Error::value(format!("`samples` is {samples}, expected 2 to 100000")));
        }
        let grid = || (0..samples).map(|i| low + (high - low) * i as f64 / (samples - 1) as f64);
        match options.kind {
            VectorKind::Betti => {
                Ok(grid().map(|t| self.bars.iter().filter(|bar| is_over(bar, t)).count() as f64).collect())
            }
            VectorKind::Density => {
                let sigma = options.sigma.unwrap_or(0.05 * (high - low));
                if !(sigma.is_finite() && sigma > 0.0) {
                    return Err(Error::value(format!("`sigma` is {sigma}, expected a number above 0")));
                }
                let gaussian = |bar: &Bar, t: f64| bar.length() * (-0.5 * ((t - bar.merge) / sigma).powi(2)).exp();
                Ok(grid().map(|t| self.bars.iter().map(|bar| gaussian(bar, t)).sum()).collect())
            }
            VectorKind::Landscape => {
                if !(1..=1000).contains(&layers) {
                    return Err(Error::value(format!("`layers` is {layers}, expected 1 to 1000")));
                }
                let mut values = vec![0.0; layers * samples];
                let mut tents: Vec<f64> = Vec::with_capacity(self.len());
                for (i, t) in grid().enumerate() {
                    tents.clear();
                    tents.extend(self.bars.iter().map(|bar| tent(bar, t)).filter(|&height| height > 0.0));
                    tents.sort_unstable_by(|a, b| b.total_cmp(a));
                    for (layer, &height) in tents.iter().take(layers).enumerate() {
                        values[layer * samples + i] = height;
                    }
                }
                Ok(values)
            }
        }
    }

    fn vector_range(&self, options: &VectorOptions) -> Result<(f64, f64)> {
        if let Some([low, high]) = options.range {
            let usable = low.is_finite() && high.is_finite() && low < high;
            return usable.then_some((low, high)).ok_or_else(|| {
                Error::value(format!("`range` is [{low}, {high}], expected two finite numbers, the smaller one first"))
            });
        }
        let Some([a, b, c, d]) = self.limits() else {
            return Err(Error::value("a barcode without bars has no curve").help("give `range`"));
        };
        let (low, high) = (a.min(c), b.max(d));
        Ok(if low < high { (low, high) } else { (low - 0.5, high + 0.5) })
    }
}

fn is_over(bar: &Bar, t: f64) -> bool {
    let (low, high) = bar.interval();
    low <= t && t < high
}

fn tent(bar: &Bar, t: f64) -> f64 {
    let (low, high) = bar.interval();
    (t - low).min(high - t)
}
