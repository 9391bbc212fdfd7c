//! A barcode as a picture: the density of its bars over the plane of tip and merge values.

use std::fmt;
use std::path::Path;

use serde::Deserialize;

use super::barcode::{Bar, Barcode};
use crate::error::{Error, Result};
use crate::run::{atomic, npy};

/// How a barcode becomes a picture.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImageOptions {
    /// Grid points on each side; 100 as TMD has.
    pub resolution: usize,
    /// First and last grid value of tips, then of merges; by default the bars' own range.
    pub limits: Option<[f64; 4]>,
    /// Width of the Gaussians as a multiple of the bars' standard deviations; by default Scott's rule, n^(-1/6).
    pub bandwidth: Option<f64>,
    /// Width of the Gaussians in the filter's unit, alike in both directions, instead of `bandwidth`.
    pub sigma: Option<f64>,
    /// What each bar counts.
    pub weight: ImageWeight,
    /// What the picture's numbers are.
    pub scale: ImageScale,
}

impl Default for ImageOptions {
    fn default() -> Self {
        ImageOptions {
            resolution: 100,
            limits: None,
            bandwidth: None,
            sigma: None,
            weight: ImageWeight::default(),
            scale: ImageScale::default(),
        }
    }
}

/// What each bar counts in a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageWeight {
    /// All bars alike, as in TMD.
    #[default]
    None,
    /// Its length, so that short branches fade out (Adams et al. 2017, whose pictures are stable under small changes).
    Length,
}

/// What a picture's numbers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageScale {
    /// The largest is 1, as in TMD.
    #[default]
    Max,
    /// A probability density: the integral over the plane is 1.
    Density,
    /// The density times the sum of weights: neurons with more bars have larger numbers.
    Total,
}

/// A grid of densities.
#[derive(Clone, Debug, PartialEq)]
pub struct PersistenceImage {
    /// Grid points on each side.
    pub resolution: usize,
    /// First and last grid value of tips, then of merges.
    pub limits: [f64; 4],
    /// `resolution` x `resolution` numbers; the tip value grows from row to row, the merge value within a row.
    pub values: Vec<f64>,
    /// What tips and merges are.
    pub quantity: String,
}

impl PersistenceImage {
    /// Writes the picture: `.npy` with the array alone, `.csv` with columns tip, merge and value.
    ///
    /// # Errors
    /// When the ending is another, or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let bytes = match path.extension().and_then(|e| e.to_str()) {
            Some("csv") => self.to_csv().into_bytes(),
            Some("npy") => npy::bytes(&[self.resolution; 2], &self.values)?,
            _ => {
                return Err(Error::value(format!("a picture's numbers cannot be saved as `{}`", path.display()))
                    .help("the file's name must end in .csv or .npy; plot::persistence_image draws them"));
            }
        };
        atomic::write(path, &bytes)
    }

    fn to_csv(&self) -> String {
        let at = |low: f64, high: f64, i: usize| low + (high - low) * i as f64 / (self.resolution - 1) as f64;
        let [a, b, c, d] = self.limits;
        let mut text = String::from("tip,merge,value\n");
        for (place, value) in self.values.iter().enumerate() {
            let (tip, merge) = (at(a, b, place / self.resolution), at(c, d, place % self.resolution));
            text.push_str(&format!("{tip},{merge},{value}\n"));
        }
        text
    }
}

impl fmt::Display for PersistenceImage {
    /// `PersistenceImage(100 x 100, radial distance (µm), tips 13.1 to 412.9, merges 0.0 to 310.2)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ([a, b, c, d], n) = (self.limits, self.resolution);
        write!(f, "PersistenceImage({n} x {n}, {}, tips {a:.1} to {b:.1}, merges {c:.1} to {d:.1})", self.quantity)
    }
}

/// Where bars do not spread in two directions, Gaussians have this share of the larger range as their width.
const FALLBACK_WIDTH: f64 = 0.05;

impl Barcode {
    /// The picture of the barcode: a Gaussian kernel density estimate of its points (tip, merge) on a grid (Kanari et al.
    /// 2018; kernel density as Scott 1992 defines it, with the points' own covariance).
    ///
    /// Fewer than three bars, or bars on one line, have no covariance to scale by: their Gaussians are round and have 5 %
    /// of the larger of the two ranges as width. A barcode without bars gives zeros where limits are given.
    ///
    /// # Errors
    /// When an option is out of range, or there is no bar to take limits from.
    pub fn image(&self, options: &ImageOptions) -> Result<PersistenceImage> {
        let limits = match options.limits.or_else(|| self.limits()) {
            Some(limits) => widened(limits)?,
            None => return Err(Error::value("a barcode without bars has no picture").help("give `limits`")),
        };
        let resolution = options.resolution;
        if !(2..=2000).contains(&resolution) {
            return Err(Error::value(format!("`resolution` is {resolution}, expected 2 to 2000")));
        }
        let weights: Vec<f64> = match options.weight {
            ImageWeight::None => vec![1.0; self.len()],
            ImageWeight::Length => self.bars.iter().map(Bar::length).collect(),
        };
        let total: f64 = weights.iter().sum();
        let mut values = vec![0.0; resolution * resolution];
        if total > 0.0 {
            let kernel = Kernel::new(&self.bars, &weights, limits, options)?;
            kernel.spread(&self.bars, &weights, limits, resolution, &mut values);
            let factor = match options.scale {
                ImageScale::Max => values.iter().copied().fold(0.0, f64::max).recip(),
                ImageScale::Density => total.recip(),
                ImageScale::Total => 1.0,
            };
            // A picture that lies beyond the reach of every Gaussian stays dark.
            if factor.is_finite() {
                values.iter_mut().for_each(|v| *v *= factor);
            }
        }
        Ok(PersistenceImage { resolution, limits, values, quantity: self.quantity.clone() })
    }
}

/// Limits that are ordered and not empty.
fn widened([a, b, c, d]: [f64; 4]) -> Result<[f64; 4]> {
    if ![a, b, c, d].iter().all(|v| v.is_finite()) || a > b || c > d {
        return Err(Error::value(format!("`limits` are {:?}, expected finite numbers", [a, b, c, d]))
            .help("give the first and last tip value, then the first and last merge value"));
    }
    // A range without extent is as wide as the other, or 1.
    let width = (b - a).max(d - c);
    let width = if width > 0.0 { width } else { 1.0 };
    let spread = |low: f64, high: f64| if high > low { (low, high) } else { (low - 0.5 * width, high + 0.5 * width) };
    let ((a, b), (c, d)) = (spread(a, b), spread(c, d));
    Ok([a, b, c, d])
}

/// A Gaussian of two dimensions: its inverse covariance, and its height at the centre.
struct Kernel {
    inverse: [f64; 3],
    height: f64,
}

impl Kernel {
    fn new(bars: &[Bar], weights: &[f64], limits: [f64; 4], options: &ImageOptions) -> Result<Kernel> {
        let positive = |name: &str, value: f64| match value.is_finite() && value > 0.0 {
            true => Ok(value),
            false => Err(Error::value(format!("`{name}` is {value}, expected a number above 0"))),
        };
        let round = |width: f64| [width * width, 0.0, width * width];
        let covariance = match (options.sigma, options.bandwidth) {
            (Some(_), Some(_)) => return Err(Error::value("`sigma` and `bandwidth` exclude each other")),
            (Some(sigma), None) => round(positive("sigma", sigma)?),
            (None, bandwidth) => {
                let bandwidth = bandwidth.map(|b| positive("bandwidth", b)).transpose()?;
                scaled_covariance(bars, weights, bandwidth)
                    .unwrap_or_else(|| round(FALLBACK_WIDTH * (limits[1] - limits[0]).max(limits[3] - limits[2])))
            }
        };
        let [xx, xy, yy] = covariance;
        let det = xx * yy - xy * xy;
        let height = (2.0 * std::f64::consts::PI * det.sqrt()).recip();
        Ok(Kernel { inverse: [yy / det, -xy / det, xx / det], height })
    }

    /// Adds every bar's Gaussian, times its weight.
    fn spread(&self, bars: &[Bar], weights: &[f64], limits: [f64; 4], resolution: usize, values: &mut [f64]) {
        let step = |low: f64, high: f64| (high - low) / (resolution - 1) as f64;
        let (dx, dy) = (step(limits[0], limits[1]), step(limits[2], limits[3]));
        let [a, b, c] = self.inverse;
        for (bar, &weight) in bars.iter().zip(weights).filter(|(_, w)| **w > 0.0) {
            for (i, row) in values.chunks_exact_mut(resolution).enumerate() {
                let x = limits[0] + dx * i as f64 - bar.tip;
                // The exponent's smallest value in this row: beyond 700 the Gaussian is 0 in 64 bits.
                if 0.5 * (a - b * b / c) * x * x > 700.0 {
                    continue;
                }
                for (j, value) in row.iter_mut().enumerate() {
                    let y = limits[2] + dy * j as f64 - bar.merge;
                    *value += weight * self.height * (-0.5 * (a * x * x + 2.0 * b * x * y + c * y * y)).exp();
                }
            }
        }
    }
}

/// The bars' weighted covariance times the squared bandwidth: xx, xy, yy. `None` where it is singular.
fn scaled_covariance(bars: &[Bar], weights: &[f64], bandwidth: Option<f64>) -> Option<[f64; 3]> {
    let total: f64 = weights.iter().sum();
    let share: Vec<f64> = weights.iter().map(|w| w / total).collect();
    let squares: f64 = share.iter().map(|s| s * s).sum();
    let mean = |end: fn(&Bar) -> f64| bars.iter().zip(&share).map(|(bar, s)| s * end(bar)).sum::<f64>();
    let (x, y) = (mean(|bar| bar.tip), mean(|bar| bar.merge));
    let mut sums = [0.0; 3];
    for (bar, s) in bars.iter().zip(&share) {
        let (dx, dy) = (bar.tip - x, bar.merge - y);
        for (sum, product) in sums.iter_mut().zip([dx * dx, dx * dy, dy * dy]) {
            *sum += s * product;
        }
    }
    // Unbiased for weights, and for a bandwidth Scott's rule with the effective number of points.
    let factor = bandwidth.unwrap_or_else(|| squares.powf(1.0 / 6.0));
    let covariance = sums.map(|sum| sum / (1.0 - squares) * factor * factor);
    let [xx, xy, yy] = covariance;
    (xx.is_finite() && xx * yy - xy * xy > 1e-12 * xx * yy).then_some(covariance)
}
