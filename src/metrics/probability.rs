//! Quality of predicted probabilities: log loss, Brier score, top-k accuracy.
//!
//! Columns of probabilities belong to classes by name, or where no column is called as a class, in the classes' order; a
//! single column is the probability of the last of two classes. Cells without a label are left out.

use serde::{Deserialize, Serialize};

use super::by_class::{ByClass, Scale};
use crate::data::{Labels, Matrix};
use crate::error::{Error, Result};

/// Mean over cells of minus the logarithm of the probability of the true class, in nats. 0 is perfect; always giving
/// each of `k` classes its share of the cells costs their entropy, at most `ln k`.
///
/// Probabilities are kept away from 0 and 1 by 2.2e-16, as in scikit-learn, so that one sure mistake costs 36 and not
/// infinity.
///
/// # Errors
/// When cells differ in number, columns do not fit the classes, no cell has a label, or a row is no probability.
pub fn log_loss(truth: &Labels, probabilities: &Matrix) -> Result<f64> {
    let given = probabilities_of(truth, probabilities, "log_loss")?;
    let loss = |cell: usize| -given.row(cell)[given.truth[cell]].clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln();
    Ok((0..given.cells()).map(loss).sum::<f64>() / given.cells() as f64)
}

/// Mean squared difference of probability and truth (Brier 1950), summed over classes: 0 to 2. For two classes half of
/// that, 0 to 1, which is the squared difference of the one class's probability; so does scikit-learn.
///
/// # Errors
/// As [`log_loss`].
pub fn brier(truth: &Labels, probabilities: &Matrix) -> Result<f64> {
    let given = probabilities_of(truth, probabilities, "brier")?;
    let loss = |cell: usize| -> f64 {
        let target = |class: usize| f64::from(u8::from(class == given.truth[cell]));
        given.row(cell).iter().enumerate().map(|(class, p)| (p - target(class)).powi(2)).sum()
    };
    let sum: f64 = (0..given.cells()).map(loss).sum();
    let half = if given.classes.len() == 2 { 0.5 } else { 1.0 };
    Ok(half * sum / given.cells() as f64)
}

/// How many guesses a cell has.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct TopOptions {
    /// Number of best classes among which the true one must be.
    pub k: usize,
}

impl Default for TopOptions {
    fn default() -> Self {
        TopOptions { k: 2 }
    }
}

/// Share of cells whose true class is among the `k` with the largest scores; of equal scores, the later class counts as
/// larger. The scores need not be probabilities.
///
/// # Errors
/// As [`log_loss`], except for the probabilities; or when `k` is 0.
pub fn top_k_accuracy(truth: &Labels, scores: &Matrix, options: &TopOptions) -> Result<f64> {
    if options.k == 0 {
        return Err(Error::value("top_k_accuracy: `k` is `0`, expected at least 1"));
    }
    let given = ByClass::new(truth, scores, Scale::Score, None, "top_k_accuracy")?;
    let found = |&cell: &usize| {
        let (row, class) = (given.row(cell), given.truth[cell]);
        let before = |(other, score): (usize, &f64)| *score > row[class] || (*score == row[class] && other > class);
        row.iter().enumerate().filter(|&at| before(at)).count() < options.k
    };
    Ok((0..given.cells()).filter(found).count() as f64 / given.cells() as f64)
}

fn probabilities_of(truth: &Labels, probabilities: &Matrix, what: &str) -> Result<ByClass> {
    let given = ByClass::new(truth, probabilities, Scale::Probability, None, what)?;
    given.require_probabilities(what)?;
    Ok(given)
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, serde::Serialize)]
    pub(in super::super) struct Reference {
        truth: Vec<usize>,
        scores: Vec<Vec<f64>>,
        pub(in super::super) expected: std::collections::BTreeMap<String, f64>,
    }

    impl Reference {
        pub(in super::super) fn labels(&self) -> Labels {
            Labels::from_clusters(&self.truth)
        }

        /// The scores, with a cell that has no label put in front.
        pub(in super::super) fn matrix(&self) -> Matrix {
            let ids = (0..self.scores.len()).map(|i| format!("cell{i}")).collect();
            Matrix::numbered(ids, "p", self.scores[0].len(), self.scores.concat()).unwrap()
        }
    }

    pub(in super::super) fn references() -> Vec<Reference> {
        serde_json::from_str(include_str!("../../tests/fixtures/stats/probabilities.json")).unwrap()
    }

    #[test]
    fn scores_are_scikit_learns() {
        // scikit-learn 1.9.1: see tests/fixtures/stats.
        assert_eq!(references().len(), 3);
        for reference in references() {
            let (truth, p) = (reference.labels(), reference.matrix());
            let top = |k| top_k_accuracy(&truth, &p, &TopOptions { k }).unwrap();
            for (name, found) in [
                ("log_loss", log_loss(&truth, &p).unwrap()),
                ("brier", brier(&truth, &p).unwrap()),
                ("top1", top(1)),
                ("top2", top(2)),
            ] {
                if let Some(expected) = reference.expected.get(name) {
                    assert!((found - expected).abs() < 1e-12, "{name}: {found}, expected {expected}");
                }
            }
        }
    }

    fn matrix(names: &[&str], values: &[f64]) -> Matrix {
        let ids = (0..values.len() / names.len()).map(|i| format!("cell{i}")).collect();
        Matrix::new(ids, names.iter().map(|n| n.to_string()).collect(), values.to_vec()).unwrap()
    }

    #[test]
    fn columns_belong_to_classes_by_name_and_missing_labels_are_left_out() {
        let truth = Labels::new([Some("b"), None, Some("a")]);
        let (p, in_order) = ([0.9, 0.1, 0.5, 0.5, 0.2, 0.8], [0.1, 0.9, 0.5, 0.5, 0.8, 0.2]);
        let expected = -(0.9f64.ln() + 0.8f64.ln()) / 2.0;
        for given in [
            matrix(&["b", "a"], &p),
            matrix(&["p1", "p2"], &in_order),
            matrix(&["p"], &[0.9, 0.5, 0.2]),
            matrix(&["a"], &[0.1, 0.5, 0.8]),
            matrix(&["b", "a", "c"], &[0.9, 0.1, 0.0, 0.5, 0.5, 0.0, 0.2, 0.8, 0.0]),
        ] {
            assert!((log_loss(&truth, &given).unwrap() - expected).abs() < 1e-15, "{:?}", given.columns());
        }
    }

    #[test]
    fn what_is_no_probability_is_refused() {
        let truth = Labels::new([Some("b"), Some("a")]);
        let refuse = |names: &[&str], values: &[f64]| log_loss(&truth, &matrix(names, values)).unwrap_err().message;
        assert!(refuse(&["a", "b"], &[0.5, 0.6, 1.0, 0.0]).contains("labelled cell 1 sum to `1.1`"));
        assert!(refuse(&["a", "b"], &[-0.5, 1.5, 1.0, 0.0]).contains("`-0.5` is no probability"));
        assert!(refuse(&["a", "c"], &[0.5, 0.5, 1.0, 0.0]).contains("no column of scores for the class `b`"));
        assert!(
            refuse(&["p", "q", "r"], &[0.5, 0.5, 0.0, 1.0, 0.0, 0.0]).contains("3 columns of scores for 2 classes")
        );
        assert!(refuse(&["p"], &[0.5]).contains("2 labels, but scores of 1 cells"));
        assert!(refuse(&["p"], &[0.5, f64::NAN]).contains("needs finite numbers"));
        let three = Labels::from_clusters(&[0, 1, 2]);
        assert!(brier(&three, &matrix(&["p"], &[0.5; 3])).unwrap_err().message.contains("one score per cell, but 3"));
        let zero = top_k_accuracy(&truth, &matrix(&["p"], &[0.5; 2]), &TopOptions { k: 0 });
        assert!(zero.unwrap_err().message.contains("`k` is `0`"));
    }
}
