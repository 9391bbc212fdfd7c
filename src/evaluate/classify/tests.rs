//! Classifiers beside scikit-learn's on the same cells, and what they refuse.

#![allow(clippy::unwrap_used)]

use serde_json::Value;

use super::*;
use crate::distance::Metric;

/// The blobs' cells that are learnt from and those that are asked for, three to one, of some classes.
fn blobs(classes: usize) -> (Block, Vec<usize>, Block) {
    let rows: Vec<Vec<f64>> = include_str!("../../../tests/fixtures/stats/blobs.csv")
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|v| v.parse().unwrap()).collect())
        .collect();
    let pick = |asked: bool| -> Vec<&Vec<f64>> {
        let of_class = |r: &&Vec<f64>| r[0] < classes as f64;
        rows.iter().enumerate().filter(|(i, _)| (i % 4 == 0) == asked).map(|(_, r)| r).filter(of_class).collect()
    };
    let block = |rows: &[&Vec<f64>]| Block::new(5, rows.iter().flat_map(|r| r[1..].to_vec()).collect());
    let learnt = pick(false);
    (block(&learnt), learnt.iter().map(|r| r[0] as usize).collect(), block(&pick(true)))
}

/// scikit-learn 1.9.1: see tests/fixtures/stats.
fn reference(classifier: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../../../tests/fixtures/stats/classifiers.json")).unwrap();
    all[classifier].clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

fn classes(value: &Value) -> Vec<usize> {
    serde_json::from_value(value.clone()).unwrap()
}

fn farthest(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).fold(0.0, |m, (a, b)| (a - b).abs().max(m))
}

#[test]
fn logistic_regression_reaches_scikit_learns_optimum() {
    for case in reference("logistic").as_array().unwrap() {
        let k = if case["classes"] == "two" { 2 } else { 4 };
        let (x, y, asked) = blobs(k);
        let options = LogisticOptions {
            c: case["c"].as_f64().unwrap(),
            balanced: case["balanced"].as_bool().unwrap(),
            tol: 1e-10,
            ..LogisticOptions::default()
        };
        let model = options.fit(&x, &y, k).unwrap();
        if let Some(loss) = case["loss"].as_f64() {
            assert!((model.loss() - loss).abs() < 1e-8, "{options:?}: {}, expected {loss}", model.loss());
        }
        assert!(farthest(model.weights().values(), &numbers(&case["weights"])) < 1e-5, "{options:?}");
        let verdict = model.judge(&asked).unwrap();
        assert_eq!(verdict.predicted, classes(&case["predicted"]), "{options:?}");
        let distance = farthest(&verdict.scores, &numbers(&case["probabilities"]));
        assert!(distance < 1e-7, "{options:?}: {distance}");
        // At the tolerance that it has by itself, losses agree as closely as is asked of a probe.
        let plain = LogisticOptions { tol: LogisticOptions::default().tol, ..options }.fit(&x, &y, k).unwrap();
        assert!((plain.loss() - model.loss()).abs() < 1e-8, "{} {}", plain.loss(), model.loss());
    }
}

#[test]
fn logistic_regression_stands_apart_classes_and_large_values() {
    // Classes that a plane divides: without a penalty the weights would grow for ever.
    let x = Block::new(1, vec![-1e6, -2e6, -3e6, 1e6, 2e6, 3e6]);
    let model = LogisticOptions { c: 1e6, ..LogisticOptions::default() }.fit(&x, &[0, 0, 0, 1, 1, 1], 2).unwrap();
    let verdict = model.judge(&x).unwrap();
    assert_eq!(verdict.predicted, [0, 0, 0, 1, 1, 1]);
    assert!(verdict.scores.iter().all(|p| (0.0..=1.0).contains(p)), "{:?}", verdict.scores);
    assert!(LogisticOptions { c: 0.0, ..LogisticOptions::default() }.fit(&x, &[0, 0, 0, 1, 1, 1], 2).is_err());
}

#[test]
fn support_vector_machines_are_scikit_learns() {
    let (x, y, asked) = blobs(4);
    let cases = reference("svm");
    assert_eq!(cases.as_array().unwrap().len(), 6);
    for case in cases.as_array().unwrap() {
        let options: SvmOptions = serde_json::from_value(case["options"].clone()).unwrap();
        let model = SvmOptions { tol: 1e-9, ..options.clone() }.fit(&x, &y, 4).unwrap();
        let distance = farthest(&model.objectives(), &numbers(&case["objectives"]));
        assert!(distance < 1e-6, "{options:?}: {distance}");
        let verdict = model.judge(&asked).unwrap();
        assert_eq!(verdict.predicted, classes(&case["predicted"]), "{options:?}");
        let distance = farthest(&verdict.scores, &numbers(&case["decisions"]));
        // libsvm keeps the kernel in single precision.
        assert!(distance < 1e-5, "{options:?}: {distance}");
        let at_default = options.fit(&x, &y, 4).unwrap().judge(&asked).unwrap();
        assert_eq!(at_default.predicted, classes(&case["predicted_at_default"]), "{options:?}");
    }
    let refused = |options: SvmOptions| options.fit(&x, &y, 4).unwrap_err().message;
    assert_eq!(refused(SvmOptions { c: -1.0, ..SvmOptions::default() }), "svm: C `-1`, expected more than 0");
    assert!(refused(SvmOptions { gamma: Gamma::Value(f64::NAN), ..SvmOptions::default() }).contains("gamma `NaN`"));
}

#[test]
fn coincident_rows_of_both_classes_do_not_trouble_a_machine() {
    let x = Block::new(2, [1.0, 2.0].repeat(6));
    let model = SvmOptions::default().fit(&x, &[0, 1, 0, 1, 0, 1], 2).unwrap();
    assert_eq!(model.judge(&x).unwrap().predicted.len(), 6);
}

#[test]
fn discriminants_are_scikit_learns() {
    let (x, y, asked) = blobs(4);
    for case in reference("lda").as_array().unwrap() {
        let options: LdaOptions =
            serde_json::from_value(serde_json::json!({ "shrinkage": case["shrinkage"] })).unwrap();
        let verdict = options.fit(&x, &y, 4).unwrap().judge(&asked).unwrap();
        assert_eq!(verdict.predicted, classes(&case["predicted"]), "{options:?}");
        let distance = farthest(&verdict.scores, &numbers(&case["probabilities"]));
        assert!(distance < 1e-9, "{options:?}: {distance}");
    }
    // A column that never varies, and one that copies another.
    let copied = x.iter().flat_map(|r| [r, &[7.0, r[0]]].concat()).collect();
    let verdict = LdaOptions::default().fit(&Block::new(7, copied), &y, 4).unwrap();
    let asked_copied = asked.iter().flat_map(|r| [r, &[7.0, r[0]]].concat()).collect();
    let plain = LdaOptions::default().fit(&x, &y, 4).unwrap().judge(&asked).unwrap();
    assert_eq!(verdict.judge(&Block::new(7, asked_copied)).unwrap().predicted, plain.predicted);
    let refused = LdaOptions { shrinkage: Some(Shrinkage::Share(1.5)) }.fit(&x, &y, 4);
    assert_eq!(refused.unwrap_err().message, "lda: shrinkage `1.5`, expected 0 to 1");
}

#[test]
fn ridge_and_centroids_are_scikit_learns() {
    let (x, y, asked) = blobs(4);
    for case in reference("ridge").as_array().unwrap() {
        let balanced = case["balanced"].as_bool().unwrap();
        let options = RidgeOptions { alpha: case["alpha"].as_f64().unwrap(), balanced };
        let verdict = options.fit(&x, &y, 4).unwrap().judge(&asked).unwrap();
        assert_eq!(verdict.predicted, classes(&case["predicted"]), "{options:?}");
        assert!(farthest(&verdict.scores, &numbers(&case["decisions"])) < 1e-10, "{options:?}");
    }
    let centroid = CentroidOptions::default().fit(&x, &y, 4).unwrap().judge(&asked).unwrap();
    assert_eq!(centroid.predicted, classes(&reference("centroid")));
    // 64 columns and 40 rows.
    let digits: Vec<f64> = include_str!("../../../tests/fixtures/stats/digits.csv")
        .lines()
        .flat_map(|l| l.split(',').map(|v| v.parse::<f64>().unwrap()))
        .collect();
    let (learnt, asked) = digits.split_at(40 * 64);
    let wide = reference("wide");
    let parity = classes(&wide["parity"]);
    let model = RidgeOptions { alpha: 3.0, balanced: false };
    let model = model.fit(&Block::new(64, learnt.to_vec()), &parity[..40], 2).unwrap();
    let verdict = model.judge(&Block::new(64, asked.to_vec())).unwrap();
    let second: Vec<f64> = verdict.scores.chunks_exact(2).map(|s| s[1]).collect();
    assert!(farthest(&second, &numbers(&wide["decisions"])) < 1e-9);
}

#[test]
fn neighbours_vote_by_number_distance_and_temperature() {
    let line = |values: &[f64]| Block::new(1, values.to_vec());
    let (x, y) = (line(&[0.0, 3.0, 4.0]), [1, 0, 0]);
    let ask = |weights, k, at: f64| {
        let options = KnnOptions { k, weights, temperature: 2.0, ..KnnOptions::default() };
        options.fit(&x, &y, 2).unwrap().judge(&line(&[at])).unwrap()
    };
    assert_eq!(ask(Weights::Uniform, 3, 0.5).predicted, [0]);
    assert_eq!(ask(Weights::Distance, 3, 0.5).predicted, [1]);
    // On top of a cell, only that cell counts.
    assert_eq!(ask(Weights::Distance, 3, 0.0).scores, [0.0, 1.0]);
    // One vote each: the class that comes first.
    assert_eq!(ask(Weights::Uniform, 2, 0.1).predicted, [0]);
    let votes = |d: f64| (-d / 2.0).exp();
    let share = votes(1.0) / (votes(1.0) + votes(2.0) + votes(3.0));
    assert!((ask(Weights::Exponential, 3, 1.0).scores[1] - share).abs() < 1e-15);
}

#[test]
fn cosine_with_exponential_weights_is_treemocos_vote() {
    // TreeMoCo's own sum: exp(similarity / t) for each neighbour's class.
    let (x, y, asked) = blobs(4);
    let options = KnnOptions { k: 20, metric: Metric::Cosine, weights: Weights::Exponential, ..KnnOptions::default() };
    let verdict = options.fit(&x, &y, 4).unwrap().judge(&asked).unwrap();
    for (at, query) in asked.iter().enumerate() {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let alike = |row: &[f64]| dot(row, query) / (dot(row, row) * dot(query, query)).sqrt();
        let mut all: Vec<(f64, usize)> = x.iter().map(alike).zip(y.iter().copied()).collect();
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut votes = [0.0; 4];
        all[..20].iter().for_each(|&(similarity, class)| votes[class] += (similarity / 0.5).exp());
        let sum: f64 = votes.iter().sum();
        assert!(farthest(&verdict.scores[at * 4..(at + 1) * 4], &votes.map(|v| v / sum)) < 1e-12);
    }
}

#[test]
fn models_go_through_json_and_refuse_other_columns() {
    let (x, y, asked) = blobs(4);
    let all: [Classifier; 7] = [
        KnnOptions::default().into(),
        LogisticOptions::default().into(),
        SvmOptions::default().into(),
        LdaOptions::default().into(),
        RidgeOptions::default().into(),
        CentroidOptions::default().into(),
        MajorityOptions::default().into(),
    ];
    for (classifier, name) in all.iter().zip(Classifier::NAMES) {
        assert_eq!(classifier.name(), *name);
        let model = classifier.fit(&x, &y, 4).unwrap();
        let text = serde_json::to_string(&model).unwrap();
        let again: Model = serde_json::from_str(&text).unwrap();
        assert_eq!(again.judge(&asked).unwrap(), model.judge(&asked).unwrap(), "{classifier}");
        let refused = model.judge(&Block::new(4, vec![0.0; 8])).unwrap_err().message;
        assert_eq!(refused, "the classifier has learnt from 5 columns, these rows have 4");
        let verdict = model.judge(&asked).unwrap();
        if verdict.meaning == Meaning::Probability {
            assert!(verdict.scores.chunks_exact(4).all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 1e-12));
        }
    }
}
