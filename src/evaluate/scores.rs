//! What cross-validation found, and how it reads.

use super::cross_validate::{CrossValidateOptions, Folds};
use crate::data::Labels;
use crate::metrics::Confusion;

/// One split into folds and what was predicted for the cells of each, both per labelled cell.
pub(super) struct Outcome {
    pub(super) split: Vec<usize>,
    pub(super) predicted: Vec<usize>,
}

/// The scores of a cross-validation.
///
/// Printed, they read `accuracy 0.853 ± 0.041, balanced 0.812 (5 folds, 102 cells, 5-NN; majority class 0.50)` and a
/// table with a line per class.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Mean of the folds' accuracies; where each cell is held out in turn, the share of all cells that is right.
    pub accuracy: f64,
    /// Standard deviation of the folds' accuracies (divisor: folds less one); `None` where each cell is a fold.
    pub accuracy_sd: Option<f64>,
    /// Mean of the folds' balanced accuracies (mean recall of the classes in a fold); where each cell is held out in
    /// turn, that of all cells together.
    pub balanced_accuracy: f64,
    /// Standard deviation of the folds' balanced accuracies; `None` where each cell is a fold.
    pub balanced_sd: Option<f64>,
    /// Accuracy of each fold, one split after the other.
    pub fold_accuracy: Vec<f64>,
    /// Balanced accuracy of each fold.
    pub fold_balanced: Vec<f64>,
    /// All held-out predictions against the truth; every split counts, so with repeats each cell is counted as often.
    pub confusion: Confusion,
    /// The held-out prediction of each cell, none for cells left out; with repeats, the most frequent one.
    pub predictions: Labels,
    /// Share of the largest class: the accuracy of always guessing it.
    pub chance: f64,
    /// Number of labelled cells, which were used.
    pub cells: usize,
    /// Number of cells without a label, which were left out.
    pub left_out: usize,
    /// What was done, in words.
    pub protocol: String,
}

impl Scores {
    /// Scores outcomes; `cells` are the labelled ones among those of `labels`, `classes` their class numbers.
    pub(super) fn new(
        labels: &Labels,
        cells: &[usize],
        classes: &[usize],
        outcomes: &[Outcome],
        options: &CrossValidateOptions,
    ) -> Self {
        let names: std::sync::Arc<[String]> = labels.classes().into();
        let mut confusion = Confusion::empty(names.clone());
        let (mut fold_accuracy, mut fold_balanced) = (Vec::new(), Vec::new());
        let mut votes = vec![vec![0usize; names.len()]; cells.len()];
        for Outcome { split, predicted } in outcomes {
            let folds = split.iter().max().map_or(0, |last| last + 1);
            let mut by_fold = vec![Confusion::empty(names.clone()); folds];
            for (i, (&truth, &guess)) in classes.iter().zip(predicted).enumerate() {
                confusion.add(truth, guess);
                by_fold[split[i]].add(truth, guess);
                votes[i][guess] += 1;
            }
            fold_accuracy.extend(by_fold.iter().map(Confusion::accuracy));
            fold_balanced.extend(by_fold.iter().map(Confusion::balanced_accuracy));
        }
        let mut predictions = vec![None; labels.len()];
        for (&cell, votes) in cells.iter().zip(&votes) {
            let best = (1..names.len()).fold(0, |best, class| if votes[class] > votes[best] { class } else { best });
            predictions[cell] = Some(&names[best]);
        }
        let each_cell = options.folds == Folds::LEAVE_ONE_OUT;
        let summary = |folds: &[f64], pooled: f64| if each_cell { (pooled, None) } else { mean_and_sd(folds) };
        let (accuracy, accuracy_sd) = summary(&fold_accuracy, confusion.accuracy());
        let (balanced_accuracy, balanced_sd) = summary(&fold_balanced, confusion.balanced_accuracy());
        let left_out = labels.len() - cells.len();
        Scores {
            accuracy,
            accuracy_sd,
            balanced_accuracy,
            balanced_sd,
            fold_accuracy,
            fold_balanced,
            confusion,
            predictions: Labels::new(predictions),
            chance: labels.counts().into_iter().max().unwrap_or(0) as f64 / cells.len() as f64,
            cells: cells.len(),
            left_out,
            protocol: protocol(cells.len(), left_out, options),
        }
    }
}

fn protocol(cells: usize, left_out: usize, options: &CrossValidateOptions) -> String {
    let held_out = match (options.folds, options.repeats) {
        (Folds::Named(_), _) => format!("each of {cells} cells held out in turn"),
        (Folds::Count(n), 1) => format!("{n} folds, {cells} cells"),
        (Folds::Count(n), repeats) => format!("{repeats} x {n} folds, {cells} cells"),
    };
    let left_out = if left_out > 0 { format!(", {left_out} without a label left out") } else { String::new() };
    format!("{held_out}{left_out}, {}-NN", options.k)
}

/// Mean and standard deviation (divisor: number less one) of at least two values.
fn mean_and_sd(values: &[f64]) -> (f64, Option<f64>) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    (mean, Some((squares / (n - 1.0)).sqrt()))
}

impl std::fmt::Display for Scores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "accuracy {:.3}", self.accuracy)?;
        if let Some(sd) = self.accuracy_sd {
            write!(f, " ± {sd:.3}")?;
        }
        write!(f, ", balanced {:.3}", self.balanced_accuracy)?;
        write!(f, " ({}; majority class {:.2})\n{}", self.protocol, self.chance, self.confusion.table())
    }
}
