//! Barcodes, NBLAST and maps as scripts call them.

use nms::script::session::{Session, Setup};

use super::toys::feed;

/// A session with all of nms and three grown cells.
fn session() -> Session {
    let mut s = Session::new(nms::bind::install, &Setup::default());
    let grow =
        "let cells = morph::synthesize_population([\"basket\", \"pyramidal\"], 2, #{ seed: 7 }).without(\"axon\");";
    feed(&mut s, &[grow, "let m = cells[0];"]);
    s
}

#[test]
fn barcodes_answer_in_one_line_and_compare() {
    let mut s = session();
    let shown = feed(&mut s, &["let b = m.persistence(#{ filter: \"path\" });", "b"]);
    assert!(shown.starts_with("Barcode(") && shown.contains("bars, path length (µm)"), "{shown}");
    assert_eq!(feed(&mut s, &["b.len == m.n_tips && b.bars.len() == b.len"]), "true");
    assert_eq!(feed(&mut s, &["b.distance(b, #{ metric: \"bottleneck\" })"]), "0.0");
    assert_eq!(feed(&mut s, &["b.image(#{ resolution: 8 }).values.len()"]), "64");
    assert_eq!(feed(&mut s, &["b.vector(#{ kind: \"landscape\", samples: 10, layers: 3 }).len()"]), "30");
    assert_eq!(feed(&mut s, &["b.entropy > 0.0 && b.neurites().len() == m.n_stems"]), "true");
    assert_eq!(feed(&mut s, &["m.persistence(#{ filter: \"projection\", axis: [0, 1, 1], type: \"axon\" }).len"]), "0");
    assert_eq!(
        feed(&mut s, &["cells.persistence_images(#{ resolution: 5, type: \"dendrite\" })"])[..23],
        *"Matrix(4 rows, 25 colum"
    );
    assert_eq!(
        feed(&mut s, &["cells.persistence_distances(#{ metric: \"wasserstein\", order: 2 })"])[..22],
        *"Matrix(4 rows, 4 colum"
    );
}

#[test]
fn nblast_scores_and_graphs() {
    let mut s = session();
    assert_eq!(feed(&mut s, &["(morph::nblast(m, m) - 1.0).abs() < 1e-9"]), "true");
    assert_eq!(feed(&mut s, &["morph::nblast(m, cells[1]) == morph::nblast(cells[1], m)"]), "true");
    assert_eq!(feed(&mut s, &["cells.nblast(#{ use_alpha: true })"])[..22], *"Matrix(4 rows, 4 colum");
    assert_eq!(
        feed(&mut s, &["let g = cells.nblast_knn(#{ k: 2 });", "g"]),
        "KnnGraph(4 cells, 2 neighbours each, 8 edges)"
    );
    assert_eq!(feed(&mut s, &["g.neighbours(cells.ids[0])[0].score < 1.0"]), "true");
}

#[test]
fn maps_hulls_and_dimensions() {
    let mut s = session();
    let near = "(m.density(#{ bin: 20, sigma: 15 }).total - m.total_length).abs() < 1e-6";
    assert_eq!(feed(&mut s, &[near]), "true");
    assert_eq!(feed(&mut s, &["m.hull().volume > 0.0 && m.hull(#{ plane: \"xy\" }).perimeter > 0.0"]), "true");
    assert_eq!(feed(&mut s, &["let d = m.fractal_dimension();", "1.0 < d && d < 2.0"]), "true");
    assert_eq!(feed(&mut s, &["m.fractal_dimension(#{ method: \"branches\" }) >= 1.0"]), "true");
}

#[test]
fn misspelt_options_are_named() {
    let mut s = session();
    let message = |s: &mut Session, line: &str| s.feed(line).unwrap_err().diagnostic.message;
    assert!(message(&mut s, "m.persistence(#{ fliter: \"path\" })").contains("did you mean `filter`?"));
    assert!(message(&mut s, "m.persistence(#{ type: \"axons\" })").contains("`axons`"));
    assert!(message(&mut s, "plot::barcode(3)").contains("`plot::barcode` draws a barcode or a neuron"));
    assert!(message(&mut s, "cells.nblast_knn(#{ k: 0 })").contains("`k` is 0"));
}

#[test]
fn results_tell_their_origin_and_give_a_table() {
    let mut s = session();
    feed(&mut s, &["let groups = cluster::kmeans(cells.metrics(), #{ clusters: 2, seed: 3 });"]);
    assert_eq!(feed(&mut s, &["groups.origin.seed"]), "3");
    assert_eq!(feed(&mut s, &["groups.origin.options.clusters"]), "2");
    assert_eq!(feed(&mut s, &["groups.origin.rows == cells.len && groups.origin.data.len() == 16"]), "true");
    assert_eq!(feed(&mut s, &["groups.table().labels(\"cluster\").len() == cells.len"]), "true");
    // A text is shown as it is written in a script, that is quoted.
    let text: String = serde_json::from_str(&feed(&mut s, &["groups.to_json()"])).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["origin"]["function"], "cluster::kmeans");
    assert_eq!(json["table"].as_array().unwrap().len(), 4);
    assert!(json["numbers"]["inertia"].as_f64().unwrap() > 0.0);
}
