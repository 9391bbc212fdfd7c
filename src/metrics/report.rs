//! Precision, recall and F1 over all classes, and the report that shows them class by class.

use serde::{Deserialize, Serialize};

use super::chance::KappaWeights;
use super::classification::{ClassScore, Confusion, confusion};
use crate::data::table::Column;
use crate::data::{Labels, Table};
use crate::error::Result;

/// How the scores of classes make one score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Average {
    /// The mean over classes: rare classes count as much as frequent ones.
    #[default]
    Macro,
    /// The mean over classes, each weighted with the number of its cells in the truth.
    Weighted,
    /// From the counts of all classes together. With one label per cell, precision, recall and F1 are then the accuracy.
    Micro,
}

/// How classes make one score.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AverageOptions {
    /// The kind of average.
    pub average: Average,
}

/// Scores over all classes. As in scikit-learn, a class whose score nothing defines counts as 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Averages {
    /// Share of the cells predicted to be of a class that are.
    pub precision: f64,
    /// Share of the cells of a class that are found.
    pub recall: f64,
    /// Harmonic mean of the two, averaged over classes.
    pub f1: f64,
}

/// Predictions judged class by class, and over all.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// How often each class was predicted as each class.
    pub confusion: Confusion,
    /// The scores of each class.
    pub classes: Vec<ClassScore>,
    /// Share of cells whose prediction is right; the micro average of all three scores.
    pub accuracy: f64,
    /// Mean recall of the classes that occur in the truth.
    pub balanced_accuracy: f64,
    /// Means over classes.
    pub macro_average: Averages,
    /// Means over classes, weighted with their numbers of cells.
    pub weighted_average: Averages,
    /// Cohen's kappa, unweighted; `None` where both sides have one and the same class only.
    pub kappa: Option<f64>,
    /// Matthews' correlation.
    pub matthews: f64,
}

/// Judges predictions class by class and over all.
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn report(truth: &Labels, predicted: &Labels) -> Result<Report> {
    let confusion = confusion(truth, predicted)?;
    Ok(Report {
        classes: confusion.per_class(),
        accuracy: confusion.accuracy(),
        balanced_accuracy: confusion.balanced_accuracy(),
        macro_average: confusion.average(Average::Macro),
        weighted_average: confusion.average(Average::Weighted),
        kappa: confusion.kappa(KappaWeights::None),
        matthews: confusion.matthews(),
        confusion,
    })
}

/// Precision over all classes; see [`Averages::precision`].
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn precision(truth: &Labels, predicted: &Labels, options: &AverageOptions) -> Result<f64> {
    Ok(confusion(truth, predicted)?.average(options.average).precision)
}

/// Recall over all classes; see [`Averages::recall`].
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn recall(truth: &Labels, predicted: &Labels, options: &AverageOptions) -> Result<f64> {
    Ok(confusion(truth, predicted)?.average(options.average).recall)
}

/// F1 over all classes; see [`Averages::f1`].
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn f1(truth: &Labels, predicted: &Labels, options: &AverageOptions) -> Result<f64> {
    Ok(confusion(truth, predicted)?.average(options.average).f1)
}

impl Confusion {
    /// The scores over all classes of truth and predictions.
    pub fn average(&self, average: Average) -> Averages {
        let classes = self.per_class();
        let weight = |class: &ClassScore| match average {
            Average::Macro => 1.0 / classes.len() as f64,
            Average::Weighted => class.cells as f64 / self.cells() as f64,
            Average::Micro => 0.0,
        };
        if average == Average::Micro {
            // Every wrong prediction misses one class and is added to another.
            let all = self.accuracy();
            return Averages { precision: all, recall: all, f1: all };
        }
        let mean = |of: fn(&ClassScore) -> Option<f64>| -> f64 {
            classes.iter().map(|class| weight(class) * of(class).unwrap_or(0.0)).sum()
        };
        Averages { precision: mean(|c| c.precision), recall: mean(|c| c.recall), f1: mean(|c| c.f1) }
    }
}

impl Report {
    /// A row for each class: its cells, precision, recall and F1; missing where nothing defines them.
    ///
    /// # Errors
    /// When a class cannot name a row.
    pub fn table(&self) -> Result<Table> {
        let column = |name: &str, of: fn(&ClassScore) -> Option<f64>| {
            Column::numbers(name, self.classes.iter().map(|c| of(c).unwrap_or(f64::NAN)).collect::<Vec<f64>>())
        };
        Table::new(
            self.classes.iter().map(|c| c.class.clone()).collect(),
            vec![
                column("cells", |c| Some(c.cells as f64)),
                column("precision", |c| c.precision),
                column("recall", |c| c.recall),
                column("f1", |c| c.f1),
            ],
        )
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (cells, left_out) = (self.confusion.cells(), self.confusion.left_out());
        write!(f, "accuracy {:.3}, balanced {:.3}", self.accuracy, self.balanced_accuracy)?;
        if let Some(kappa) = self.kappa {
            write!(f, ", kappa {kappa:.3}")?;
        }
        write!(f, ", Matthews {:.3} ({cells} cells", self.matthews)?;
        if left_out > 0 {
            write!(f, ", {left_out} without a label left out")?;
        }
        f.write_str(")")?;
        let names = self.classes.iter().map(|c| c.class.chars().count());
        let width = names.max().unwrap_or(0).max("weighted average".len());
        write!(f, "\n{:<width$} {:>9} {:>7} {:>6} {:>6}", "class", "precision", "recall", "F1", "cells")?;
        let shown = |value: Option<f64>| value.map_or("-".to_string(), |v| format!("{v:.3}"));
        for c in &self.classes {
            let (precision, recall, f1) = (shown(c.precision), shown(c.recall), shown(c.f1));
            write!(f, "\n{:<width$} {precision:>9} {recall:>7} {f1:>6} {:>6}", c.class, c.cells)?;
        }
        for (name, all) in [("macro average", self.macro_average), ("weighted average", self.weighted_average)] {
            write!(f, "\n{name:<width$} {:>9.3} {:>7.3} {:>6.3} {cells:>6}", all.precision, all.recall, all.f1)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::Value;

    use super::*;

    #[test]
    fn averages_are_scikit_learns() {
        // scikit-learn 1.9.1: see tests/fixtures/stats.
        let reference: Value = serde_json::from_str(include_str!("../../tests/fixtures/stats/averages.json")).unwrap();
        let labels =
            |side: &str| Labels::from_clusters(&serde_json::from_value::<Vec<usize>>(reference[side].clone()).unwrap());
        let (truth, predicted) = (labels("truth"), labels("predicted"));
        for (name, average) in [("macro", Average::Macro), ("weighted", Average::Weighted), ("micro", Average::Micro)] {
            let expected: [f64; 3] = serde_json::from_value(reference[name].clone()).unwrap();
            let options = AverageOptions { average };
            let found = [precision, recall, f1].map(|of| of(&truth, &predicted, &options).unwrap());
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-12, "{name}: {found}, expected {expected}");
            }
        }
    }

    #[test]
    fn the_report_shows_classes_and_averages() {
        let truth = Labels::new([Some("spiny"), Some("aspiny"), None, Some("spiny"), Some("aspiny")]);
        let predicted = Labels::new([Some("spiny"), Some("spiny"), Some("spiny"), Some("spiny"), Some("aspiny")]);
        let found = report(&truth, &predicted).unwrap();
        assert_eq!(
            found.to_string(),
            "accuracy 0.750, balanced 0.750, kappa 0.500, Matthews 0.577 (4 cells, 1 without a label left out)\n\
             class            precision  recall     F1  cells\n\
             aspiny               1.000   0.500  0.667      2\n\
             spiny                0.667   1.000  0.800      2\n\
             macro average        0.833   0.750  0.733      4\n\
             weighted average     0.833   0.750  0.733      4"
        );
        let table = found.table().unwrap();
        assert_eq!(table.names().collect::<Vec<_>>(), ["cells", "precision", "recall", "f1"]);
        assert_eq!(&table.ids()[..], ["aspiny", "spiny"]);
    }
}
