//! Predictions against the truth, corrected for chance: Cohen's kappa and Matthews' correlation.

use serde::{Deserialize, Serialize};

use super::classification::{Confusion, confusion};
use crate::data::Labels;
use crate::error::{Error, Result};

/// How bad it is to take one class for another, classes being in the order of their names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KappaWeights {
    /// All confusions are equally bad (Cohen 1960).
    #[default]
    None,
    /// As bad as the classes are apart, for classes that are in order, such as layers (Cohen 1968).
    Linear,
    /// The square of that.
    Quadratic,
}

/// How kappa is computed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct KappaOptions {
    /// How bad each confusion is.
    pub weights: KappaWeights,
}

/// Cohen's kappa: 1 less the observed disagreement over the one expected by chance. 1 for equal labels, 0 for chance.
///
/// # Errors
/// When the lengths differ, no cell has both labels, or both sides have one and the same class only.
pub fn kappa(a: &Labels, b: &Labels, options: &KappaOptions) -> Result<f64> {
    confusion(a, b)?.kappa(options.weights).ok_or_else(|| {
        Error::value("kappa: all cells are of one class on both sides, so chance alone agrees on all of them")
            .help("kappa needs two classes or more")
    })
}

/// Matthews' correlation of prediction and truth, for any number of classes (Gorodkin 2004): 1 for equal labels, 0 for
/// chance and where either side has one class only.
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn matthews(truth: &Labels, predicted: &Labels) -> Result<f64> {
    Ok(confusion(truth, predicted)?.matthews())
}

impl Confusion {
    /// See [`kappa`]; `None` where both sides have one and the same class only.
    pub fn kappa(&self, weights: KappaWeights) -> Option<f64> {
        let (rows, columns) = self.margins();
        let weight = |t: usize, p: usize| match weights {
            KappaWeights::None => f64::from(u8::from(t != p)),
            KappaWeights::Linear => t.abs_diff(p) as f64,
            KappaWeights::Quadratic => (t.abs_diff(p) as f64).powi(2),
        };
        let (mut observed, mut expected) = (0.0, 0.0);
        for (t, &row) in rows.iter().enumerate() {
            for (p, &column) in columns.iter().enumerate() {
                observed += weight(t, p) * self.count(t, p) as f64;
                expected += weight(t, p) * row as f64 * column as f64 / self.cells() as f64;
            }
        }
        (expected > 0.0).then(|| 1.0 - observed / expected)
    }

    /// See [`matthews`].
    pub fn matthews(&self) -> f64 {
        let (rows, columns) = self.margins();
        // Covariances of the classes' indicators, times the square of the number of cells.
        let n = self.cells() as f64;
        let product = |a: &[usize], b: &[usize]| a.iter().zip(b).map(|(&a, &b)| a as f64 * b as f64).sum::<f64>();
        let right: usize = (0..rows.len()).map(|c| self.count(c, c)).sum();
        let both = right as f64 * n - product(&rows, &columns);
        let (truth, predicted) = (n * n - product(&rows, &rows), n * n - product(&columns, &columns));
        if truth * predicted == 0.0 { 0.0 } else { both / (truth * predicted).sqrt() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, serde::Serialize)]
    struct Reference {
        truth: Vec<usize>,
        predicted: Vec<usize>,
        kappa: [f64; 3],
        matthews: f64,
    }

    #[test]
    fn scores_are_scikit_learns() {
        // scikit-learn 1.9.1: see tests/fixtures/stats.
        let references: Vec<Reference> =
            serde_json::from_str(include_str!("../../tests/fixtures/stats/chance.json")).unwrap();
        assert_eq!(references.len(), 4);
        for reference in references {
            let truth = Labels::from_clusters(&reference.truth);
            let predicted = Labels::from_clusters(&reference.predicted);
            let weights = [KappaWeights::None, KappaWeights::Linear, KappaWeights::Quadratic];
            for (weights, expected) in weights.into_iter().zip(reference.kappa) {
                let found = kappa(&truth, &predicted, &KappaOptions { weights }).unwrap();
                assert!((found - expected).abs() < 1e-12, "{weights:?}: {found}, expected {expected}");
            }
            assert!((matthews(&truth, &predicted).unwrap() - reference.matthews).abs() < 1e-12);
        }
    }

    #[test]
    fn one_class_has_no_kappa_and_no_correlation() {
        let one = Labels::from_clusters(&[0, 0, 0]);
        let refused = kappa(&one, &one, &KappaOptions::default()).unwrap_err();
        assert!(refused.message.contains("one class on both sides") && refused.help.is_some());
        assert_eq!(matthews(&one, &one).unwrap(), 0.0);
    }
}
