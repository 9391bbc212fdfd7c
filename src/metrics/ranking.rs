//! How well scores put the cells of a class above the others: area under the ROC curve, average precision.
//!
//! Only the order of scores counts, not their scale. Columns belong to classes as for probabilities (see
//! [`log_loss`](super::log_loss)); a class that no cell has is left out of averages.

use serde::{Deserialize, Serialize};

use super::by_class::{ByClass, Scale};
use super::report::Average;
use crate::data::{Labels, Matrix};
use crate::error::{Error, Result};

/// How more than two classes are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// Each class against all others.
    #[default]
    #[serde(alias = "ovr")]
    Rest,
    /// Each pair of classes among their own cells (Hand & Till 2001).
    #[serde(alias = "ovo")]
    One,
}

/// How the area under the ROC curve is computed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RocOptions {
    /// What more than two classes are compared with.
    pub against: Against,
    /// How the areas make one: the mean, the mean weighted with the numbers of cells, or (against the rest only) from all
    /// cells and classes together.
    pub average: Average,
    /// The class that scores speak for, where there are two; by default the last.
    pub positive: Option<String>,
}

/// Area under the ROC curve: the probability that a cell of a class has a larger score than another cell, ties counting
/// half (Hanley & McNeil 1982). 0.5 by chance, 1 for perfect order.
///
/// # Errors
/// When cells differ in number, columns do not fit the classes, there is one class only, or a score is not finite.
pub fn roc_auc(truth: &Labels, scores: &Matrix, options: &RocOptions) -> Result<f64> {
    let given = ranked(truth, scores, options.positive.as_deref(), "roc_auc")?;
    if let Some(class) = positive(&given, options.positive.as_deref(), "roc_auc")? {
        return Ok(area_under_roc(of_class(&given, class)));
    }
    let classes = present(&given);
    let counts = given.counts();
    match (options.against, options.average) {
        (Against::Rest, Average::Micro) => Ok(area_under_roc(pooled(&given))),
        (Against::Rest, average) => {
            Ok(mean(classes.iter().map(|&c| (area_under_roc(of_class(&given, c)), weight(average, counts[c])))))
        }
        (Against::One, Average::Micro) => Err(Error::value("roc_auc: no micro average of pairs of classes")
            .help("use `average: \"macro\"` or `\"weighted\"`, or `against: \"rest\"`")),
        (Against::One, average) => {
            let pairs = classes.iter().flat_map(|&a| classes.iter().filter(move |&&b| b > a).map(move |&b| (a, b)));
            Ok(mean(pairs.map(|(a, b)| {
                let both = 0.5 * (area_under_roc(of_pair(&given, a, b)) + area_under_roc(of_pair(&given, b, a)));
                (both, weight(average, counts[a] + counts[b]))
            })))
        }
    }
}

/// How average precision is computed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PrecisionOptions {
    /// How the classes' values make one.
    pub average: Average,
    /// The class that scores speak for, where there are two; by default the last.
    pub positive: Option<String>,
}

/// Average precision: precision at each cell of the class, cells being taken by falling score, as a mean over those cells;
/// equal scores are taken together. The share of the class by chance, 1 for perfect order. More than two classes are each
/// compared with all others.
///
/// # Errors
/// As [`roc_auc`].
pub fn average_precision(truth: &Labels, scores: &Matrix, options: &PrecisionOptions) -> Result<f64> {
    let given = ranked(truth, scores, options.positive.as_deref(), "average_precision")?;
    if let Some(class) = positive(&given, options.positive.as_deref(), "average_precision")? {
        return Ok(precision(of_class(&given, class)));
    }
    if options.average == Average::Micro {
        return Ok(precision(pooled(&given)));
    }
    let counts = given.counts();
    let of = |c: usize| (precision(of_class(&given, c)), weight(options.average, counts[c]));
    Ok(mean(present(&given).into_iter().map(of)))
}

fn ranked(truth: &Labels, scores: &Matrix, one: Option<&str>, what: &str) -> Result<ByClass> {
    let given = ByClass::new(truth, scores, Scale::Score, one, what)?;
    if present(&given).len() < 2 {
        return Err(Error::value(format!("{what}: all {} labelled cells are of one class", given.cells()))
            .help("the order of cells can be judged where two classes or more occur"));
    }
    Ok(given)
}

/// The column of the class that is judged, where there are two columns.
fn positive(given: &ByClass, name: Option<&str>, what: &str) -> Result<Option<usize>> {
    match (name, given.classes.len()) {
        (None, 2) => Ok(Some(1)),
        (None, _) => Ok(None),
        (Some(name), _) => match given.classes.iter().position(|c| c == name) {
            Some(class) if given.counts()[class] > 0 => Ok(Some(class)),
            _ => Err(Error::value(format!("{what}: no labelled cell is `{name}`, which `positive` names"))
                .help(format!("the classes are `{}`", given.classes.join("`, `")))),
        },
    }
}

fn present(given: &ByClass) -> Vec<usize> {
    given.counts().iter().enumerate().filter(|(_, n)| **n > 0).map(|(class, _)| class).collect()
}

fn weight(average: Average, cells: usize) -> f64 {
    if average == Average::Weighted { cells as f64 } else { 1.0 }
}

fn mean(values: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (sum, weights) = values.fold((0.0, 0.0), |(sum, weights), (v, w)| (sum + v * w, weights + w));
    sum / weights
}

/// Scores of a class, and which cells are of it.
fn of_class(given: &ByClass, class: usize) -> Vec<(f64, bool)> {
    given.column(class).zip(&given.truth).map(|(score, &truth)| (score, truth == class)).collect()
}

/// Scores of a class among its own cells and those of another.
fn of_pair(given: &ByClass, class: usize, other: usize) -> Vec<(f64, bool)> {
    let cells = given.column(class).zip(&given.truth).filter(|&(_, &truth)| truth == class || truth == other);
    cells.map(|(score, &truth)| (score, truth == class)).collect()
}

/// Scores of all classes that occur.
fn pooled(given: &ByClass) -> Vec<(f64, bool)> {
    present(given).into_iter().flat_map(|class| of_class(given, class)).collect()
}

/// Numbers of cells of the class and of others at each score, from the largest.
fn steps(mut scores: Vec<(f64, bool)>) -> Vec<(f64, f64)> {
    scores.sort_by(|a, b| b.0.total_cmp(&a.0));
    // `total_cmp` parts 0 from -0, which are the same score.
    let level = scores.chunk_by(|a, b| a.0 == b.0);
    level
        .map(|cells| {
            let own = cells.iter().filter(|cell| cell.1).count();
            (own as f64, (cells.len() - own) as f64)
        })
        .collect()
}

/// The area of scores, each with whether it is of the class; NaN where all or none are.
pub(crate) fn area_under_roc(scores: Vec<(f64, bool)>) -> f64 {
    let (mut own, mut others, mut above) = (0.0, 0.0, 0.0);
    for (step_own, step_others) in steps(scores) {
        above += step_others * (own + 0.5 * step_own);
        own += step_own;
        others += step_others;
    }
    above / (own * others)
}

fn precision(scores: Vec<(f64, bool)>) -> f64 {
    let (mut own, mut all, mut sum) = (0.0, 0.0, 0.0);
    for (step_own, step_others) in steps(scores) {
        own += step_own;
        all += step_own + step_others;
        sum += step_own * own / all;
    }
    sum / own
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::probability::tests::references;
    use super::*;

    #[test]
    fn areas_and_precisions_are_scikit_learns() {
        // scikit-learn 1.9.1: see tests/fixtures/stats. The scores have ties.
        for reference in references() {
            let (truth, scores) = (reference.labels(), reference.matrix());
            for (name, &expected) in &reference.expected {
                let options: serde_json::Value = match name.split(' ').collect::<Vec<_>>()[..] {
                    [_, against, average] => serde_json::json!({ "against": against, "average": average }),
                    [_, average] => serde_json::json!({ "average": average }),
                    _ => serde_json::json!({}),
                };
                let found = if name.starts_with("roc_auc") {
                    roc_auc(&truth, &scores, &serde_json::from_value(options).unwrap()).unwrap()
                } else if name.starts_with("average_precision") {
                    average_precision(&truth, &scores, &serde_json::from_value(options).unwrap()).unwrap()
                } else {
                    continue;
                };
                assert!((found - expected).abs() < 1e-12, "{name}: {found}, expected {expected}");
            }
        }
    }

    #[test]
    fn the_class_that_scores_speak_for_can_be_named() {
        let truth = Labels::new([Some("a"), Some("b"), Some("b"), None]);
        let ids: std::sync::Arc<[String]> = (0..4).map(|i| i.to_string()).collect();
        let scores = Matrix::numbered(ids, "score", 1, vec![3.0, 1.0, 2.0, 9.0]).unwrap();
        let positive = |name: &str| RocOptions { positive: Some(name.into()), ..Default::default() };
        assert_eq!(roc_auc(&truth, &scores, &RocOptions::default()).unwrap(), 0.0);
        assert_eq!(roc_auc(&truth, &scores, &positive("a")).unwrap(), 1.0);
        assert!(roc_auc(&truth, &scores, &positive("c")).unwrap_err().message.contains("no labelled cell is `c`"));
        let one = Labels::from_clusters(&[0; 4]);
        assert!(roc_auc(&one, &scores, &RocOptions::default()).is_err());
    }
}
