#![allow(clippy::unwrap_used)]

use super::*;
use crate::cluster::testing::{close, data, floats, labels, references};

#[test]
fn labels_probabilities_and_outliers_are_the_references() {
    // scikit-learn 1.9.1 and hdbscan 0.8.44: see tests/fixtures/stats.
    let all = references(include_str!("../../../tests/fixtures/stats/hdbscan.json"));
    assert_eq!(all.len(), 14);
    for reference in &all {
        let x = data(reference["data"].as_str().unwrap());
        let options: HdbscanOptions = serde_json::from_value(reference["options"].clone()).unwrap();
        let found = hdbscan(&x, &options).unwrap();
        assert_eq!(found.labels, labels(&reference["labels"]), "{options:?}");
        close(&found.probabilities, &floats(&reference["probabilities"]), 1e-9, "probabilities");
        // A row that bridges two clusters at the density at which it drops out is of either, as edges of equal length
        // are sorted; all others have one score.
        let tree = &found.fitted.tree;
        let settled = |row: &usize| tree.lambda[*row] > tree.nodes[tree.cluster[*row]].birth;
        let rows: Vec<usize> = (0..x.rows()).filter(settled).collect();
        assert!(rows.len() > x.rows() * 9 / 10, "{} of {}", rows.len(), x.rows());
        let of = |scores: &[f64]| rows.iter().map(|&row| scores[row]).collect::<Vec<f64>>();
        let expected = of(&floats(&reference["outlier_scores"]));
        close(&of(&found.outlier_scores), &expected, 1e-9, "outlier scores");
    }
}

#[test]
fn given_distances_give_the_same_clusters() {
    let x = data("moons");
    let distances = Space::new(&x, Metric::Euclidean, "here").unwrap().each(|_, near| near.to_vec()).unwrap().concat();
    let distances = Matrix::new(x.ids().clone(), x.ids().clone(), distances).unwrap();
    let rows = hdbscan(&x, &HdbscanOptions::default()).unwrap();
    let options = HdbscanOptions { metric: Metric::Precomputed, ..Default::default() };
    let given = hdbscan(&distances, &options).unwrap();
    assert_eq!((&given.labels, &given.probabilities), (&rows.labels, &rows.probabilities));
    assert_eq!(given.predict(&distances).unwrap(), rows.predict(&x).unwrap());
}

#[test]
fn other_rows_go_where_they_are_dense() {
    let fit = hdbscan(&data("moons"), &HdbscanOptions::default()).unwrap();
    // On the upper moon, in the tight spot, and far from all.
    let other =
        Matrix::numbered(["a".into(), "b".into(), "c".into()].into(), "x", 2, vec![0.0, 1.0, 2.6, 1.2, 40.0, 0.0]);
    let (labels, probabilities) = fit.predict(&other.unwrap()).unwrap();
    let near = |x: f64, y: f64| {
        let moons = data("moons");
        let far = |row: usize| (moons.row(row)[0] - x).hypot(moons.row(row)[1] - y);
        let row = (0..moons.rows()).reduce(|a, b| if far(b) < far(a) { b } else { a }).unwrap();
        fit.labels.get(row).map(String::from)
    };
    assert_eq!(labels.get(0).map(String::from), near(0.0, 1.0));
    assert_eq!(labels.get(1).map(String::from), near(2.6, 1.2));
    assert_eq!((labels.get(2), probabilities[2]), (None, 0.0));
    assert!(labels.get(0).is_some() && labels.get(0) != labels.get(1) && probabilities[1] > 0.3);
}

#[test]
fn coincident_rows_are_a_cluster_of_certain_rows() {
    let values: Vec<f64> = (0..30).flat_map(|i| if i < 12 { [0.0, 0.0] } else { [50.0 + f64::from(i), 0.0] }).collect();
    let x = Matrix::numbered((0..30).map(|i| i.to_string()).collect(), "x", 2, values).unwrap();
    let fit = hdbscan(&x, &HdbscanOptions::default()).unwrap();
    assert!((0..12).all(|row| fit.labels.get(row).is_some() && fit.probabilities[row] == 1.0));
    assert!(fit.probabilities.iter().chain(&fit.outlier_scores).all(|v| (0.0..=1.0).contains(v)));
    let one = Matrix::numbered((0..9).map(|i| i.to_string()).collect(), "x", 1, vec![4.0; 9]).unwrap();
    assert_eq!(hdbscan(&one, &HdbscanOptions::default()).unwrap().noise(), 9);
}

#[test]
fn results_tell_themselves_and_bad_options_are_refused() {
    let fit = hdbscan(&data("moons"), &HdbscanOptions::default()).unwrap();
    assert!(fit.to_string().starts_with("Hdbscan(2 clusters of 155 cells, 9 noise)\ncluster   0"), "{fit}");
    assert_eq!(fit.table().unwrap().names().collect::<Vec<_>>(), ["cluster", "probability", "outlier_score"]);
    assert_eq!(fit.to_json().unwrap()["origin"]["options"]["min_cluster_size"], 5);
    let refuse = |options| hdbscan(&data("moons"), &options).unwrap_err().message;
    assert!(refuse(HdbscanOptions { min_cluster_size: 1, ..Default::default() }).contains("at least 2"));
    let many = HdbscanOptions { min_samples: Some(500), ..Default::default() };
    assert_eq!(refuse(many), "hdbscan: `min_samples` is `500`, expected 1 to 155, the number of rows");
    assert!(refuse(HdbscanOptions { epsilon: f64::NAN, ..Default::default() }).contains("`epsilon` is `NaN`"));
}
