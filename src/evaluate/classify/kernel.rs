//! Kernels: how alike two rows are, as an inner product in some space of features.

use serde::{Deserialize, Serialize};

use super::Block;
use crate::error::{Error, Result};
use crate::simd::vectorised;

/// Rows that lie side by side in memory and are compared at once.
const LANES: usize = 8;

/// The form of a kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kernel {
    /// `u · v`.
    Linear,
    /// `(gamma u · v + coef0)^degree`.
    #[serde(alias = "polynomial")]
    Poly,
    /// `exp(-gamma |u - v|²)`.
    #[default]
    Rbf,
}

impl Kernel {
    /// The word that options use.
    pub fn name(self) -> &'static str {
        match self {
            Kernel::Linear => "linear",
            Kernel::Poly => "poly",
            Kernel::Rbf => "rbf",
        }
    }
}

/// The factor in a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number, \"scale\" or \"auto\"")]
pub enum Gamma {
    /// This number.
    Value(f64),
    /// By a rule.
    Rule(GammaRule),
}

/// Rules for the factor in a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GammaRule {
    /// One over the number of columns times the variance of all values.
    Scale,
    /// One over the number of columns.
    Auto,
}

impl Gamma {
    /// The number for these rows.
    ///
    /// # Errors
    /// When a given number is negative or not finite.
    pub(super) fn of(self, x: &Block) -> Result<f64> {
        let columns = x.columns() as f64;
        match self {
            Gamma::Value(value) if value >= 0.0 && value.is_finite() => Ok(value),
            Gamma::Value(value) => Err(Error::value(format!("svm: gamma `{value}`, expected 0 or more"))),
            Gamma::Rule(GammaRule::Auto) => Ok(1.0 / columns),
            Gamma::Rule(GammaRule::Scale) => {
                let n = x.values().len() as f64;
                let mean = x.values().iter().sum::<f64>() / n;
                let variance = x.values().iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
                Ok(if variance > 0.0 { 1.0 / (columns * variance) } else { 1.0 })
            }
        }
    }
}

/// A kernel with its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Similarity {
    pub(super) kernel: Kernel,
    pub(super) gamma: f64,
    pub(super) degree: u32,
    pub(super) coef0: f64,
}

/// Rows to compare others with, laid out in panels of [`LANES`] rows, each column by column.
pub(super) struct Panels {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
    squares: Vec<f64>,
}

impl Panels {
    pub(super) fn new(x: &Block) -> Self {
        let (rows, columns) = (x.rows(), x.columns());
        let mut values = vec![0.0; rows.div_ceil(LANES) * LANES * columns];
        for (i, row) in x.iter().enumerate() {
            for (j, v) in row.iter().enumerate() {
                values[(i / LANES * columns + j) * LANES + i % LANES] = *v;
            }
        }
        let squares = x.iter().map(|row| row.iter().map(|v| v * v).sum()).collect();
        Panels { rows, columns, values, squares }
    }

    /// The kernel between a row and every row of the panels.
    pub(super) fn compare(&self, row: &[f64], how: &Similarity) -> Vec<f64> {
        vectorised(
            #[inline(always)]
            || {
                let mut dots = Vec::with_capacity(self.rows + LANES);
                for panel in self.values.chunks_exact(LANES * self.columns) {
                    let mut sum = [0.0; LANES];
                    for (column, v) in panel.chunks_exact(LANES).zip(row) {
                        for (sum, x) in sum.iter_mut().zip(column) {
                            *sum += x * v;
                        }
                    }
                    dots.extend(sum);
                }
                dots.truncate(self.rows);
                match how.kernel {
                    Kernel::Linear => {}
                    Kernel::Poly => {
                        let power = |dot: f64| (how.gamma * dot + how.coef0).powi(how.degree as i32);
                        dots.iter_mut().for_each(|dot| *dot = power(*dot));
                    }
                    Kernel::Rbf => {
                        let own: f64 = row.iter().map(|v| v * v).sum();
                        for (dot, square) in dots.iter_mut().zip(&self.squares) {
                            // Rounding may take the squared distance of equal rows below 0.
                            *dot = (-how.gamma * (own + square - 2.0 * *dot).max(0.0)).exp();
                        }
                    }
                }
                dots
            },
        )
    }
}
