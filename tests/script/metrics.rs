//! Scores of labels, groups and maps as scripts call them.

use nms::script::session::{Session, Setup};

use super::toys::feed;

fn session() -> Session {
    let mut s = Session::new(nms::bind::install, &Setup::default());
    let lines = [
        "let truth = [\"a\", \"a\", \"b\", \"b\", \"c\", \"c\"];",
        "let predicted = [\"a\", \"b\", \"b\", \"b\", \"c\", ()];",
        "let rows = table::of(#{ x: [0, 1, 10, 11, 20, 21] });",
    ];
    feed(&mut s, &lines);
    s
}

#[test]
fn agreement_and_reports_print_as_tables() {
    let mut s = session();
    let shown = feed(&mut s, &["metrics::agreement(truth, predicted)"]);
    assert!(shown.starts_with("agreement of 3 and 3 groups (5 cells, 1 without a label left out)"), "{shown}");
    assert!(shown.lines().count() == 9 && shown.contains("adjusted mutual information"), "{shown}");
    assert_eq!(feed(&mut s, &["metrics::agreement(truth, truth).ari == metrics::ari(truth, truth)"]), "true");
    let shown = feed(&mut s, &["let r = metrics::report(truth, predicted);", "r"]);
    assert!(shown.starts_with("accuracy 0.800, balanced 0.833, kappa 0.688, Matthews 0.735"), "{shown}");
    assert_eq!(
        feed(&mut s, &["r.table().labels(\"f1\").len() == 3 && r.confusion.matrix(\"truth\")[0][1] == 0.5"]),
        "true"
    );
    assert_eq!(feed(&mut s, &["metrics::f1(truth, predicted, #{ average: \"micro\" }) == r.accuracy"]), "true");
    assert_eq!(feed(&mut s, &["metrics::kappa(truth, truth, #{ weights: \"linear\" })"]), "1.0");
}

#[test]
fn profiles_and_displacements_are_matrices_and_numbers() {
    let mut s = session();
    let cells = "let cells = morph::synthesize_population([\"basket\", \"granule\"], 4, #{ seed: 1 });";
    assert_eq!(feed(&mut s, &[cells, "cells.profiles().ids.len()"]), "8");
    assert_eq!(
        feed(&mut s, &["cells.profiles(#{ blocks: [\"depth\"], vertical: \"z\" }).columns[19]"]),
        "\"depth_20\""
    );
    let refused = |s: &mut Session, input: &str| s.feed(input).unwrap_err().diagnostic.plain_text();
    let shown = refused(&mut s, "cells.profiles(#{ blocks: [\"dept\"] })");
    assert!(shown.contains("did you mean \"depth\"?"), "{shown}");
    assert_eq!(feed(&mut s, &["metrics::displacement(cells.profiles(), cells.profiles())"]), "0.0");
    let shown = refused(&mut s, "metrics::displacement(cells.profiles(), rows)");
    assert!(shown.contains("two embeddings of the same cells are needed, not 8 x"), "{shown}");
    assert_eq!(feed(&mut s, &["evaluate::mean_interval([1, 1, 1])"]), "[1.0, 1.0]");
}

#[test]
fn probabilities_may_be_arrays_or_matrices() {
    let mut s = session();
    let two = "let two = [\"no\", \"yes\", \"yes\", ()];";
    assert_eq!(feed(&mut s, &[two, "metrics::roc_auc(two, [0.2, 0.3, 0.9, 0.5])"]), "1.0");
    assert_eq!(feed(&mut s, &["metrics::roc_auc(two, [0.2, 0.3, 0.9, 0.5], #{ positive: \"no\" })"]), "0.0");
    assert_eq!(feed(&mut s, &["metrics::brier(two, [0.0, 1.0, 0.5, 0.5])"]), "0.08333333333333333");
    let p = "let p = table::of(#{ no: [0.8, 0.4, 0.1, 0.5], yes: [0.2, 0.6, 0.9, 0.5] });";
    assert_eq!(
        feed(&mut s, &[p, "(metrics::log_loss(two, p) - metrics::log_loss(two, [0.2, 0.6, 0.9, 0.5])).abs() < 1e-12"]),
        "true"
    );
    assert_eq!(feed(&mut s, &["metrics::top_k_accuracy(two, p, #{ k: 1 })"]), "1.0");
}

#[test]
fn silhouettes_and_maps_tell_where_they_come_from() {
    let mut s = session();
    let shown = feed(&mut s, &["let w = metrics::silhouette(rows, truth);", "w"]);
    assert!(shown.starts_with("Silhouette(mean width 0.898") && shown.lines().count() == 5, "{shown}");
    assert_eq!(feed(&mut s, &["w.origin.function"]), "\"metrics::silhouette\"");
    assert_eq!(feed(&mut s, &["w.table().labels(\"neighbour\")[0]"]), "\"b\"");
    assert_eq!(
        feed(
            &mut s,
            &["metrics::davies_bouldin(rows, truth) < 0.2 && metrics::calinski_harabasz(rows, truth) > 100.0"]
        ),
        "true"
    );
    assert_eq!(feed(&mut s, &["metrics::map_quality(rows, rows, #{ k: 2 }).trustworthiness"]), "1.0");
}

#[test]
fn mistakes_are_named() {
    let mut s = session();
    let message = |s: &mut Session, line: &str| s.feed(line).unwrap_err().diagnostic.message;
    assert!(message(&mut s, "metrics::silhouette(rows, [1, 1, 1, 1, 1, 1])").contains("1 groups among 6 cells"));
    assert!(
        message(&mut s, "metrics::silhouette(rows, truth, #{ metrik: \"cosine\" })").contains("did you mean `metric`?")
    );
    assert!(message(&mut s, "metrics::trustworthiness(rows, rows)").contains("`k` is `12` for 6 cells"));
    assert!(message(&mut s, "metrics::log_loss(truth, [0.5])").contains("6 labels, but scores of 1 cells"));
    assert!(
        message(&mut s, "metrics::report(truth, predicted).confusion.matrix(\"rows\")")
            .contains("no shares of \"rows\"")
    );
}
