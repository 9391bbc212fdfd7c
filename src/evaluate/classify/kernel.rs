//! Kernels: how alike two rows are, as an inner product in some space of features.

use serde::{Deserialize, Serialize};

use super::Block;
use crate::error::{Error, Result};
use crate::linear::{LANES, Panels};

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

impl Similarity {
    /// The kernel between each of `others` and every row of the panels: `panels.rows()` values for each.
    pub(super) fn between(&self, panels: &Panels, others: &[f64]) -> Vec<f64> {
        let (rows, width) = (panels.rows(), panels.len() * LANES);
        let mut values = vec![0.0; others.len() / panels.columns() * width];
        match self.kernel {
            Kernel::Rbf => panels.squared_distances(0..panels.len(), others, &mut values),
            Kernel::Linear | Kernel::Poly => panels.inner_products(0..panels.len(), others, &mut values),
        }
        match self.kernel {
            Kernel::Linear => {}
            Kernel::Poly => {
                let power = |dot: f64| (self.gamma * dot + self.coef0).powi(self.degree as i32);
                values.iter_mut().for_each(|v| *v = power(*v));
            }
            Kernel::Rbf => values.iter_mut().for_each(|v| *v = (-self.gamma * *v).exp()),
        }
        if width > rows {
            // Without what fills up the last panel.
            values = values.chunks_exact(width).flat_map(|row| &row[..rows]).copied().collect();
        }
        values
    }

    /// The kernel of a row with itself.
    pub(super) fn own(&self, row: &[f64]) -> f64 {
        let square = || row.iter().fold(0.0, |sum: f64, v| v.mul_add(*v, sum));
        match self.kernel {
            Kernel::Linear => square(),
            Kernel::Poly => (self.gamma * square() + self.coef0).powi(self.degree as i32),
            Kernel::Rbf => 1.0,
        }
    }
}
