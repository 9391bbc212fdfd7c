//! Cross-validation: predicting each cell's class from the cells that are not in its fold.

use rayon::prelude::*;
use serde::Deserialize;

use super::folds;
use super::knn::{Weights, vote};
use super::neighbours::{Index, Metric};
use super::scores::{Outcome, Scores};
use crate::data::{Labels, Matrix};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::run::seed;

/// How cells are held out and predicted.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CrossValidateOptions {
    /// What predicts.
    pub classifier: Classifier,
    /// Number of neighbours that vote.
    pub k: usize,
    /// How cells are held out.
    pub folds: Folds,
    /// What near means.
    pub metric: Metric,
    /// What a neighbour's vote weighs.
    pub weights: Weights,
    /// Whether columns are brought to mean 0 and standard deviation 1, as measured without the fold that is held out.
    pub standardise: bool,
    /// Number of splits into folds, each shuffled anew; scores are averaged over all folds of all splits.
    pub repeats: usize,
}

impl Default for CrossValidateOptions {
    fn default() -> Self {
        CrossValidateOptions {
            classifier: Classifier::default(),
            k: 5,
            folds: Folds::Count(5),
            metric: Metric::default(),
            weights: Weights::default(),
            standardise: false,
            repeats: 1,
        }
    }
}

/// What predicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Classifier {
    /// The nearest neighbours' vote.
    #[default]
    Knn,
}

/// How cells are held out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected a number of folds, or \"loo\" to hold out each cell in turn")]
pub enum Folds {
    /// This many stratified folds.
    Count(usize),
    /// By name.
    Named(NamedFolds),
}

/// Ways to hold out cells that have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum NamedFolds {
    /// Each cell in turn.
    #[serde(rename = "loo", alias = "leave_one_out")]
    LeaveOneOut,
}

impl Folds {
    /// Each cell held out in turn.
    pub const LEAVE_ONE_OUT: Folds = Folds::Named(NamedFolds::LeaveOneOut);
}

/// Predicts the label of every labelled row of `z` from the rows of other folds, and scores the predictions. Rows
/// without a label are left out, as neighbours too.
///
/// # Errors
/// When labels and rows differ in number, there are fewer than two classes, the folds are impossible (see
/// [`folds::stratified`]), fewer than `k` cells remain outside a fold, or a value cannot be used.
pub fn cross_validate(z: &Matrix, labels: &Labels, options: &CrossValidateOptions, seed: u64) -> Result<Scores> {
    labels.require_len(z.rows(), "cross_validate")?;
    let (cells, classes) = labels.known();
    let names = labels.classes();
    if names.len() < 2 {
        return Err(Error::value(format!(
            "cross_validate: the labels have {} classes, expected 2 or more",
            names.len()
        ))
        .help("choose the column of labels with the `label` option where the cells are read"));
    }
    if options.repeats == 0 {
        return Err(Error::value("cross_validate: `0` repeats, expected at least 1"));
    }
    if options.repeats > 1 && options.folds == Folds::LEAVE_ONE_OUT {
        return Err(Error::value("cross_validate: holding out each cell in turn can be done in one way only")
            .help("leave out `repeats`, or give a number of folds"));
    }
    if let Folds::Count(n) = options.folds {
        folds::warn_of_rare_classes(&classes, names, n);
    }
    let x = z.select(&cells);
    let mut outcomes = Vec::with_capacity(options.repeats);
    for repeat in 0..options.repeats as u64 {
        let split = match options.folds {
            Folds::Count(n) => folds::stratified(&classes, names, n, seed::derive(seed, "cross_validate", repeat))?,
            Folds::Named(NamedFolds::LeaveOneOut) => folds::leave_one_out(cells.len()),
        };
        let predicted = predict_held_out(&x, &classes, names.len(), &split, options)?;
        outcomes.push(Outcome { split, predicted });
    }
    Ok(Scores::new(labels, &cells, &classes, &outcomes, options))
}

/// The class predicted for each row by the rows of other folds.
fn predict_held_out(
    x: &Matrix,
    classes: &[usize],
    n_classes: usize,
    split: &[usize],
    options: &CrossValidateOptions,
) -> Result<Vec<usize>> {
    let Classifier::Knn = options.classifier;
    let elsewhere = |query: usize, row: usize| split[query] != split[row];
    let predict = |x: &Matrix, rows: &[usize]| -> Result<Vec<usize>> {
        let neighbours = Index::new(x, options.metric)?.nearest_where(x, rows, options.k, elsewhere)?;
        Ok((0..rows.len()).map(|i| vote(&neighbours, i, classes, n_classes, options.weights)).collect())
    };
    if !options.standardise {
        // The fold only decides which rows may vote, so one search serves all folds.
        return predict(x, &(0..x.rows()).collect::<Vec<_>>());
    }
    let folds = split.iter().max().map_or(0, |last| last + 1);
    let by_fold: Vec<(Vec<usize>, Vec<usize>)> = (0..folds)
        .into_par_iter()
        .map(|fold| {
            interrupt::check()?;
            let held_out: Vec<usize> = (0..x.rows()).filter(|&row| split[row] == fold).collect();
            let predicted = predict(&standardised(x, |row| split[row] != fold)?, &held_out)?;
            Ok((held_out, predicted))
        })
        .collect::<Result<_>>()?;
    let mut predicted = vec![0; x.rows()];
    for (rows, classes) in by_fold {
        for (row, class) in rows.into_iter().zip(classes) {
            predicted[row] = class;
        }
    }
    Ok(predicted)
}

/// All rows, with columns shifted and scaled to mean 0 and standard deviation 1 over the rows that `counts` selects.
/// A column that is constant there is only shifted.
fn standardised(x: &Matrix, counts: impl Fn(usize) -> bool) -> Result<Matrix> {
    x.require_finite("cross_validate")?;
    let mut values = x.values().to_vec();
    let rows: Vec<usize> = (0..x.rows()).filter(|&row| counts(row)).collect();
    let n = rows.len() as f64;
    for j in 0..x.cols() {
        let column = || rows.iter().map(|&row| x.row(row)[j]);
        let mean = column().sum::<f64>() / n;
        let deviation = (column().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt();
        // Compared by value: the rounding of the mean must not be blown up to standard deviation 1.
        let constant = column().all(|v| v == x.row(rows[0])[j]);
        let scale = if constant { 1.0 } else { deviation };
        values.iter_mut().skip(j).step_by(x.cols()).for_each(|v| *v = (*v - mean) / scale);
    }
    Matrix::new(x.ids().clone(), x.columns().clone(), values)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::Value;

    use super::*;

    fn blobs() -> (Matrix, Vec<usize>) {
        let rows: Vec<Vec<f64>> = include_str!("../../tests/fixtures/stats/blobs.csv")
            .lines()
            .skip(1)
            .map(|line| line.split(',').map(|v| v.parse().unwrap()).collect())
            .collect();
        let values = rows.iter().flat_map(|r| r[1..].to_vec()).collect();
        let ids = (0..rows.len()).map(|i| format!("cell{i}")).collect();
        (Matrix::numbered(ids, "x", 5, values).unwrap(), rows.iter().map(|r| r[0] as usize).collect())
    }

    #[test]
    fn on_given_folds_come_scikit_learns_predictions_and_scores() {
        // scikit-learn 1.9.1: see tests/fixtures/stats.
        let reference: Value = serde_json::from_str(include_str!("../../tests/fixtures/stats/knn.json")).unwrap();
        let split: Vec<usize> = serde_json::from_value(reference["folds"].clone()).unwrap();
        let (x, classes) = blobs();
        let labels = Labels::from_clusters(&classes);
        let cells: Vec<usize> = (0..160).collect();
        let settings = reference["settings"].as_array().unwrap();
        assert_eq!(settings.len(), 6);
        for setting in settings {
            let pick = |keys: &[&str]| keys.iter().map(|k| (k.to_string(), setting[*k].clone())).collect();
            let options: CrossValidateOptions =
                serde_json::from_value(Value::Object(pick(&["k", "metric", "weights", "standardise"]))).unwrap();
            let predicted = predict_held_out(&x, &classes, 4, &split, &options).unwrap();
            let expected: Vec<usize> = serde_json::from_value(setting["predictions"].clone()).unwrap();
            assert_eq!(predicted, expected, "{options:?}");
            let outcome = Outcome { split: split.clone(), predicted };
            let scores = Scores::new(&labels, &cells, &classes, &[outcome], &options);
            for (found, key) in [(&scores.fold_accuracy, "accuracy"), (&scores.fold_balanced, "balanced")] {
                let expected: Vec<f64> = serde_json::from_value(setting[key].clone()).unwrap();
                assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-15), "{found:?} {expected:?}");
            }
        }
    }

    #[test]
    fn cells_without_a_label_are_left_out_and_the_report_says_so() {
        let (x, classes) = blobs();
        let class = ["spiny", "aspiny", "sparse", "rare"];
        let labels = Labels::new(classes.iter().enumerate().map(|(i, &c)| (i % 16 != 0).then_some(class[c])));
        let options = CrossValidateOptions { repeats: 3, ..Default::default() };
        let scores = cross_validate(&x, &labels, &options, 4).unwrap();
        assert_eq!((scores.cells, scores.left_out, scores.fold_accuracy.len()), (150, 10, 15));
        assert_eq!(scores.confusion.cells(), 450);
        assert_eq!(scores.predictions.codes().iter().filter(|c| c.is_none()).count(), 10);
        assert!(scores.accuracy > 0.85 && scores.accuracy < 1.0, "{}", scores.accuracy);
        assert_eq!(scores, cross_validate(&x, &labels, &options, 4).unwrap());
        assert_ne!(scores, cross_validate(&x, &labels, &options, 5).unwrap());
        let report = scores.to_string();
        let head = report.lines().next().unwrap();
        assert!(head.starts_with("accuracy 0.") && head.contains(" ± 0.0"), "{head}");
        assert!(
            head.contains("(3 x 5 folds, 150 cells, 10 without a label left out, 5-NN; majority class 0."),
            "{head}"
        );
        assert_eq!(report.lines().count(), 6, "{report}");
    }

    #[test]
    fn leaving_one_out_is_scored_over_all_cells() {
        let (x, classes) = blobs();
        let labels = Labels::from_clusters(&classes);
        let options: CrossValidateOptions = serde_json::from_str(r#"{"folds": "loo", "k": 1}"#).unwrap();
        let scores = cross_validate(&x, &labels, &options, 0).unwrap();
        // A cell's neighbour by a plain loop.
        let right = (0..160).filter(|&i| {
            let distance = |j: usize| x.row(i).iter().zip(x.row(j)).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
            let nearest = (0..160).filter(|&j| j != i).min_by(|&a, &b| distance(a).total_cmp(&distance(b))).unwrap();
            classes[nearest] == classes[i]
        });
        assert_eq!(scores.accuracy, right.count() as f64 / 160.0);
        assert_eq!(scores.balanced_accuracy, scores.confusion.balanced_accuracy());
        assert!(scores.to_string().contains("(each of 160 cells held out in turn, 1-NN;"), "{scores}");
        let standard = CrossValidateOptions { standardise: true, ..options };
        assert!(cross_validate(&x, &labels, &standard, 0).unwrap().accuracy > 0.8);
    }

    #[test]
    fn impossible_requests_are_refused() {
        let (x, classes) = blobs();
        let labels = Labels::from_clusters(&classes);
        let run = |options: &str| {
            let options = serde_json::from_str::<CrossValidateOptions>(options).map_err(|e| e.to_string())?;
            cross_validate(&x, &labels, &options, 0).map_err(|e| e.message)
        };
        let refuse = |options: &str| run(options).unwrap_err();
        assert!(refuse(r#"{"folds": "leave"}"#).contains("expected a number of folds, or \"loo\""));
        assert!(refuse(r#"{"classifier": "svm"}"#).contains("unknown variant `svm`"));
        assert!(refuse(r#"{"folds": 71}"#).contains("no class has more than 70 cells"));
        assert!(refuse(r#"{"k": 150}"#).contains("`150` neighbours asked for, but only 128 rows"));
        assert!(refuse(r#"{"k": 0}"#).contains("`0` neighbours"));
        assert!(refuse(r#"{"folds": "loo", "repeats": 2}"#).contains("one way only"));
        assert!(cross_validate(&x, &Labels::from_clusters(&[0; 160]), &Default::default(), 0).is_err());
        assert!(cross_validate(&x, &Labels::from_clusters(&[0; 5]), &Default::default(), 0).is_err());
    }

    #[test]
    fn standardising_measures_the_other_folds_only_and_keeps_constant_columns() {
        let values = vec![1.0, 0.1, 3.0, 0.1, 100.0, 0.1];
        let x = Matrix::numbered((0..3).map(|i| i.to_string()).collect(), "x", 2, values).unwrap();
        let scaled = standardised(&x, |row| row < 2).unwrap();
        assert_eq!(scaled.values(), [-1.0, 0.0, 1.0, 0.0, 98.0, 0.0]);
    }
}
