//! Clustering as scripts call it.

use nms::script::session::{Session, Setup};

use super::toys::feed;

/// A session with a table `z` of 60 rows in three groups of 30, 20 and 10.
fn session() -> Session {
    let mut s = Session::new(nms::bind::install, &Setup::default());
    let rows: String = (0..60)
        .map(|i| {
            let group = if i < 30 {
                0.0
            } else if i < 50 {
                40.0
            } else {
                90.0
            };
            let (x, y) = (group + f64::from(i * 7 % 11) * 0.1, f64::from(i * 5 % 13) * 0.1 - group / 3.0);
            format!("c{i},{x:.2},{y:.2}\n")
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("z.csv");
    std::fs::write(&path, format!("id,x,y\n{rows}")).unwrap();
    feed(&mut s, &[&format!("let z = table::load(\"{}\");", path.display())]);
    s
}

/// What a call that must fail says.
fn refusal(s: &mut Session, call: &str) -> String {
    feed(s, &["let said = \"\";", &format!("try {{ {call}; }} catch (e) {{ said = e.message + e.help; }}"), "said"])
}

#[test]
fn every_method_finds_three_far_groups() {
    let mut s = session();
    for call in [
        "cluster::kmeans(z, #{ clusters: 3 })",
        "cluster::gmm(z, #{ components: 3 })",
        "cluster::hdbscan(z)",
        "cluster::dbscan(z, #{ eps: 2.0 })",
        "cluster::optics(z, #{ eps: 2.0 })",
        "cluster::agglomerative(z, #{ clusters: 3 })",
        "cluster::leiden(z, #{ k: 9, resolution: 0.05 })",
    ] {
        let shown = feed(&mut s, &[&format!("{call}.labels")]);
        assert_eq!(shown, "Labels(60 cells: 0 30, 1 20, 2 10)", "{call}");
        let table = feed(&mut s, &[&format!("let t = {call}.table();"), "t.len == 60 && t.columns[0] == \"cluster\""]);
        assert_eq!(table, "true", "{call}");
        let origin = feed(&mut s, &[&format!("{call}.origin.function")]);
        assert!(call.starts_with(origin.trim_matches('"')), "{origin}");
        assert!(feed(&mut s, &[&format!("{call}.to_json()")]).contains("options"), "{call}");
    }
}

#[test]
fn other_rows_are_placed_where_that_is_defined() {
    let mut s = session();
    for call in [
        "cluster::kmeans(z, #{ clusters: 3 })",
        "cluster::gmm(z, #{ components: 3 })",
        "cluster::hdbscan(z)",
        "cluster::dbscan(z, #{ eps: 2.0 })",
    ] {
        let shown = feed(&mut s, &[&format!("let fit = {call};"), "fit.predict(z)"]);
        assert_eq!(shown, "Labels(60 cells: 0 30, 1 20, 2 10)", "{call}");
    }
}

#[test]
fn results_answer_for_themselves() {
    let mut s = session();
    feed(&mut s, &["let m = cluster::gmm(z, #{ components: 1..=4, covariance: \"full\", seed: 1 });"]);
    assert_eq!(feed(&mut s, &["m.candidates.len == 4 && m.covariances.len() == m.components"]), "true");
    assert_eq!(feed(&mut s, &["m.candidates.columns[1]"]), "\"bic\"");
    assert!(feed(&mut s, &["m.predict_probabilities(z)"]).starts_with("Matrix(60 rows"));
    feed(&mut s, &["let h = cluster::hdbscan(z);"]);
    assert_eq!(feed(&mut s, &["h.probabilities.len() == 60 && h.outlier_scores.len() == 60 && h.noise == 0"]), "true");
    feed(&mut s, &["let a = cluster::agglomerative(z, #{ linkage: \"average\" });"]);
    assert!(feed(&mut s, &["a"]).starts_with("Agglomerative(2 clusters of 60 cells, average linkage"));
    assert_eq!(feed(&mut s, &["a.dendrogram.cut_into(3)"]), "Labels(60 cells: 0 30, 1 20, 2 10)");
    assert_eq!(feed(&mut s, &["a.dendrogram.leaf_order.len() == 60 && a.dendrogram.heights.len() == 59"]), "true");
    feed(&mut s, &["let o = cluster::optics(z);"]);
    assert_eq!(feed(&mut s, &["o.cut(2.0)"]), "Labels(60 cells: 0 30, 1 20, 2 10)");
    assert_eq!(feed(&mut s, &["o.ordering.len() == 60 && o.reachability.len() == 60"]), "true");
    assert_eq!(feed(&mut s, &["cluster::leiden(z, #{ k: 5 }).modularity > 0.5"]), "true");
}

#[test]
fn clusterings_agree_on_what_is_there() {
    let mut s = session();
    feed(&mut s, &["let runs = [1, 2, 3].map(|seed| cluster::kmeans(z, #{ clusters: 3, seed: seed }).labels);"]);
    feed(&mut s, &["let sure = cluster::consensus(runs, #{ agreement: 0.9, ids: z.ids });"]);
    assert_eq!(feed(&mut s, &["sure.labels"]), "Labels(60 cells: 0 30, 1 20, 2 10)");
    assert_eq!(feed(&mut s, &["sure.stability == [1.0, 1.0, 1.0] && sure.support.len() == 60"]), "true");
    assert!(refusal(&mut s, "cluster::consensus([runs[0]], #{})").contains("expected at least 2"));
}

#[test]
fn graphs_of_scores_have_communities() {
    let mut s = Session::new(nms::bind::install, &Setup::default());
    let grow = "let cells = morph::synthesize_population([\"basket\", \"pyramidal\"], 3, #{ seed: 7 });";
    feed(&mut s, &[grow, "let g = cells.centered().nblast_knn(#{ k: 2 });"]);
    assert_eq!(feed(&mut s, &["cluster::leiden(g, #{ weights: \"binary\" }).labels.len"]), "6");
    assert!(refusal(&mut s, "cluster::leiden(g, #{ k: 3 })").contains("is for rows, found a graph"));
}

#[test]
fn what_cannot_be_grouped_is_refused() {
    let mut s = session();
    let mut refusal = |call: &str| refusal(&mut s, call);
    assert!(refusal("cluster::hdbscan(z, #{ min_cluster_size: 61 })").contains("expected 1 to 60"));
    assert!(refusal("cluster::dbscan(z, #{ eps: -1.0 })").contains("`eps` is `-1`"));
    assert!(refusal("cluster::agglomerative(z, #{ linkage: \"wards\" })").contains("did you mean"));
    assert!(refusal("cluster::leiden(z, #{ k: 60 })").contains("`60` neighbours among 60 rows"));
    assert!(refusal("cluster::optics(\"z\")").contains("must be a matrix or a table"));
    assert!(refusal("cluster::hdbscan(z, #{ metric: \"precomputed\" })").contains("60 rows and 2 columns"));
}
