//! How far two barcodes are apart.
//!
//! Both distances move the bars of one barcode, as points (tip, merge) of the plane, onto those of the other; a point may
//! also be moved onto the diagonal, where bars have no length (Edelsbrunner & Harer 2010, "Computational Topology",
//! section VIII.2). The bottleneck distance is the longest single move of the best plan, the Wasserstein distance the
//! q-th root of the sum of the moves' q-th powers. Both are exact, not approximations.

use serde::Deserialize;

use super::barcode::{Bar, Barcode};
use super::{bottleneck, wasserstein};
use crate::error::{Error, Result};

/// Which distance of two barcodes.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DistanceOptions {
    /// The distance.
    pub metric: Metric,
    /// The power q of the Wasserstein distance, 1 or more.
    pub order: f64,
    /// The length of a move in the plane.
    pub ground: Ground,
}

impl Default for DistanceOptions {
    fn default() -> Self {
        DistanceOptions { metric: Metric::default(), order: 1.0, ground: Ground::default() }
    }
}

/// A distance of two barcodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// The longest move of the best plan.
    Bottleneck,
    /// The q-th root of the sum of all moves' q-th powers.
    #[default]
    Wasserstein,
}

/// The length of a move in the plane of tip and merge values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// The larger of the two changes, as the bottleneck distance is defined; half a bar's length to the diagonal.
    #[default]
    Max,
    /// The straight line; a bar's length over √2 to the diagonal.
    Euclidean,
}

impl Ground {
    pub(super) fn between(self, a: &Bar, b: &Bar) -> f64 {
        let (x, y) = ((a.tip - b.tip).abs(), (a.merge - b.merge).abs());
        match self {
            Ground::Max => x.max(y),
            Ground::Euclidean => x.hypot(y),
        }
    }

    pub(super) fn to_diagonal(self, bar: &Bar) -> f64 {
        match self {
            Ground::Max => 0.5 * bar.length(),
            Ground::Euclidean => bar.length() * std::f64::consts::FRAC_1_SQRT_2,
        }
    }
}

impl DistanceOptions {
    /// Refuses powers that are not 1 or more.
    pub(crate) fn check(&self) -> Result<()> {
        if self.order.is_finite() && self.order >= 1.0 {
            return Ok(());
        }
        Err(Error::value(format!("`order` is {}, expected a number of 1 or more", self.order))
            .help("for an infinite order take the metric `bottleneck`"))
    }
}

impl Barcode {
    /// The distance to another barcode, in the filter's unit. At worst, `wasserstein` takes time with n² m for n and m bars,
    /// n not more than m; `bottleneck` takes about n m √(n + m) for each of some twenty lengths that it tries.
    ///
    /// # Errors
    /// When `order` is below 1, and on a requested stop.
    pub fn distance(&self, other: &Barcode, options: &DistanceOptions) -> Result<f64> {
        options.check()?;
        match options.metric {
            Metric::Bottleneck => bottleneck::distance(&self.bars, &other.bars, options.ground),
            Metric::Wasserstein => wasserstein::distance(&self.bars, &other.bars, options.order, options.ground),
        }
    }
}
