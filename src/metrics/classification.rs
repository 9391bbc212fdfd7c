//! Quality of predicted classes: confusion matrix, accuracy, recall, precision, F1.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::pairs::pairs;
use crate::data::{Labels, Matrix};
use crate::error::Result;

/// How often each class was predicted as each class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    classes: Arc<[String]>,
    /// Row-major: true class by predicted class.
    counts: Vec<usize>,
    left_out: usize,
}

/// What the counts of a confusion matrix are shares of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalise {
    /// Of the cells of the true class: rows sum to 1, and the diagonal is the recall.
    Truth,
    /// Of the cells predicted to be of a class: columns sum to 1, and the diagonal is the precision.
    Predicted,
    /// Of all cells.
    All,
}

/// The scores of one class. `None` where nothing defines the score.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassScore {
    /// The class.
    pub class: String,
    /// Number of cells that are of this class.
    pub cells: usize,
    /// Share of them that was found; `None` without such cells.
    pub recall: Option<f64>,
    /// Share of the cells predicted to be of this class that are; `None` where it was never predicted.
    pub precision: Option<f64>,
    /// Harmonic mean of the two; 0 where no cell of the class was found.
    pub f1: Option<f64>,
}

/// Compares predictions with the truth. Classes correspond by name; those of both sides are listed.
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn confusion(truth: &Labels, predicted: &Labels) -> Result<Confusion> {
    let pairs = pairs(truth, predicted, "confusion")?;
    // Labels sort classes by name, so the union is sorted the same way.
    let union = Labels::new(truth.classes().iter().chain(predicted.classes()).map(Some));
    let place = |labels: &Labels| -> Vec<usize> {
        let find = |class| union.classes().iter().position(|c| c == class);
        labels.classes().iter().map(|class| find(class).expect("the union has every class")).collect()
    };
    let (rows, columns) = (place(truth), place(predicted));
    let k = union.classes().len();
    let mut counts = vec![0; k * k];
    for (t, p) in pairs.codes {
        counts[rows[t] * k + columns[p]] += 1;
    }
    Ok(Confusion { classes: union.classes().into(), counts, left_out: pairs.left_out })
}

/// Share of cells whose prediction is right.
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn accuracy(truth: &Labels, predicted: &Labels) -> Result<f64> {
    Ok(confusion(truth, predicted)?.accuracy())
}

/// Mean recall of the classes that occur in the truth.
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn balanced_accuracy(truth: &Labels, predicted: &Labels) -> Result<f64> {
    Ok(confusion(truth, predicted)?.balanced_accuracy())
}

impl Confusion {
    /// An empty table for these classes, to be filled with [`add`](Self::add).
    pub(crate) fn empty(classes: Arc<[String]>) -> Self {
        let counts = vec![0; classes.len() * classes.len()];
        Confusion { classes, counts, left_out: 0 }
    }

    /// Counts a cell, by class numbers.
    pub(crate) fn add(&mut self, truth: usize, predicted: usize) {
        self.counts[truth * self.classes.len() + predicted] += 1;
    }

    /// The classes of the rows and columns, in the order of their names.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Number of cells of a true class that were predicted as a class, by their numbers in [`classes`](Self::classes).
    pub fn count(&self, truth: usize, predicted: usize) -> usize {
        self.counts[truth * self.classes.len() + predicted]
    }

    /// All counts, row-major: true class by predicted class.
    pub fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// Numbers of cells of each true class, and of each predicted one.
    pub(super) fn margins(&self) -> (Vec<usize>, Vec<usize>) {
        let k = self.classes.len();
        let of = |count: &dyn Fn(usize, usize) -> usize| (0..k).map(|a| (0..k).map(|b| count(a, b)).sum()).collect();
        (of(&|t, p| self.count(t, p)), of(&|p, t| self.count(t, p)))
    }

    /// The counts, or shares of them, as a matrix: a row per true class, a column per predicted one. Where a class has no
    /// cell to take a share of, the share is 0.
    ///
    /// # Errors
    /// None but a fault of nms.
    pub fn matrix(&self, normalise: Option<Normalise>) -> Result<Matrix> {
        let k = self.classes.len();
        let (rows, columns) = self.margins();
        let value = |at: usize| {
            let whole = match normalise {
                None => 1,
                Some(Normalise::Truth) => rows[at / k],
                Some(Normalise::Predicted) => columns[at % k],
                Some(Normalise::All) => self.cells(),
            };
            self.counts[at] as f64 / whole.max(1) as f64
        };
        Matrix::new(Arc::clone(&self.classes), Arc::clone(&self.classes), (0..k * k).map(value).collect())
    }

    /// Number of cells counted.
    pub fn cells(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Number of cells left out because a label is missing.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Share of cells whose prediction is right.
    pub fn accuracy(&self) -> f64 {
        let k = self.classes.len();
        let right: usize = (0..k).map(|c| self.count(c, c)).sum();
        right as f64 / self.cells() as f64
    }

    /// Mean recall of the classes that occur in the truth.
    pub fn balanced_accuracy(&self) -> f64 {
        let recalls: Vec<f64> = self.per_class().iter().filter_map(|s| s.recall).collect();
        recalls.iter().sum::<f64>() / recalls.len() as f64
    }

    /// The scores of each class.
    pub fn per_class(&self) -> Vec<ClassScore> {
        let k = self.classes.len();
        let share = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
        (0..k)
            .map(|c| {
                let cells: usize = (0..k).map(|p| self.count(c, p)).sum();
                let predicted: usize = (0..k).map(|t| self.count(t, c)).sum();
                let right = self.count(c, c);
                ClassScore {
                    class: self.classes[c].clone(),
                    cells,
                    recall: share(right, cells),
                    precision: share(right, predicted),
                    f1: share(2 * right, cells + predicted),
                }
            })
            .collect()
    }

    /// A table with a line per class, without a line break at its end.
    pub(crate) fn table(&self) -> String {
        let width = self.classes.iter().map(|c| c.chars().count()).max().unwrap_or(0).max("class".len());
        let mut table = format!("{:<width$} {:>6} {:>7} {:>10} {:>6}", "class", "cells", "recall", "precision", "F1");
        let number = |value: Option<f64>| value.map_or("-".to_string(), |v| format!("{v:.3}"));
        for s in self.per_class() {
            let (recall, precision, f1) = (number(s.recall), number(s.precision), number(s.f1));
            table += &format!("\n{:<width$} {:>6} {recall:>7} {precision:>10} {f1:>6}", s.class, s.cells);
        }
        table
    }
}

impl std::fmt::Display for Confusion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (accuracy, balanced) = (self.accuracy(), self.balanced_accuracy());
        write!(f, "accuracy {accuracy:.3}, balanced {balanced:.3} ({} cells", self.cells())?;
        if self.left_out > 0 {
            write!(f, ", {} without a label left out", self.left_out)?;
        }
        write!(f, ")\n{}", self.table())
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
        accuracy: f64,
        balanced_accuracy: f64,
        confusion: Vec<Vec<usize>>,
        precision: Vec<f64>,
        recall: Vec<f64>,
        f1: Vec<f64>,
        support: Vec<usize>,
    }

    #[test]
    fn scores_are_scikit_learns() {
        // scikit-learn 1.9.1: see tests/fixtures/stats. It gives 0 where nothing defines a score.
        let reference: Reference =
            serde_json::from_str(include_str!("../../tests/fixtures/stats/classification.json")).unwrap();
        let (truth, predicted) = (Labels::from_clusters(&reference.truth), Labels::from_clusters(&reference.predicted));
        let found = confusion(&truth, &predicted).unwrap();
        assert_eq!(found.counts(), reference.confusion.concat());
        assert!((accuracy(&truth, &predicted).unwrap() - reference.accuracy).abs() < 1e-15);
        assert!((balanced_accuracy(&truth, &predicted).unwrap() - reference.balanced_accuracy).abs() < 1e-15);
        for (c, s) in found.per_class().iter().enumerate() {
            assert_eq!(s.cells, reference.support[c]);
            assert_eq!(s.recall.unwrap_or(0.0), reference.recall[c]);
            assert_eq!(s.precision.unwrap_or(0.0), reference.precision[c]);
            assert!((s.f1.unwrap_or(0.0) - reference.f1[c]).abs() < 1e-15);
        }
        assert_eq!((found.per_class()[2].precision, found.per_class()[4].recall), (None, None));
    }

    #[test]
    fn shares_sum_to_one_and_absent_classes_have_none() {
        let found = confusion(&Labels::from_clusters(&[0, 0, 1, 1]), &Labels::from_clusters(&[0, 2, 0, 1])).unwrap();
        let values = |normalise| found.matrix(normalise).unwrap().values().to_vec();
        assert_eq!(values(None), [1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(values(Some(Normalise::Truth)), [0.5, 0.0, 0.5, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(values(Some(Normalise::Predicted)), [0.5, 0.0, 1.0, 0.5, 1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(values(Some(Normalise::All)).iter().sum::<f64>(), 1.0);
    }

    #[test]
    fn classes_correspond_by_name_not_by_number() {
        let truth = Labels::new([Some("spiny"), Some("aspiny"), None, Some("spiny")]);
        let predicted = Labels::new([Some("spiny"), Some("spiny"), Some("spiny"), Some("spiny")]);
        let found = confusion(&truth, &predicted).unwrap();
        assert_eq!(found.classes(), ["aspiny", "spiny"]);
        assert_eq!(found.counts(), [0, 1, 0, 2]);
        assert_eq!((found.cells(), found.left_out(), found.balanced_accuracy()), (3, 1, 0.5));
        assert_eq!(
            found.to_string(),
            "accuracy 0.667, balanced 0.500 (3 cells, 1 without a label left out)\n\
             class   cells  recall  precision     F1\n\
             aspiny      1   0.000          -  0.000\n\
             spiny       2   1.000      0.667  0.800"
        );
    }
}
