//! Completion and hints at the prompt, over all of nms.

use nms::script::session::{Session, Setup};

fn session() -> Session {
    let mut s = Session::new(nms::bind::install, &Setup::default());
    drop(s.feed("let cells = morph::synthesize_population([\"basket\"], 2, #{ seed: 1 }); let m = cells[0];").unwrap());
    drop(s.feed("let scores = #{ knn: 1, inner: #{ deep: m } };").unwrap());
    s
}

fn texts(s: &Session, before: &str) -> Vec<String> {
    s.complete(before).1.into_iter().map(|c| c.text).collect()
}

#[test]
fn names_are_found_where_they_may_stand() {
    let s = session();
    assert_eq!(texts(&s, "clu"), ["cluster::"]);
    assert_eq!(texts(&s, "print(cel"), ["cells"]);
    assert_eq!(texts(&s, "cluster::km"), ["kmeans("]);
    assert_eq!(texts(&s, "scores.k"), ["keys()", "knn"]);
    assert_eq!(texts(&s, "scores.inner.de"), ["deep"]);
}

#[test]
fn members_are_those_of_the_type() {
    let s = session();
    assert_eq!(texts(&s, "cells.nblast"), ["nblast(", "nblast_knn("]);
    assert_eq!(texts(&s, "m.resa"), ["resample("]);
    assert_eq!(texts(&s, "scores.inner.deep.resa"), ["resample("]);
    // By types alone: nothing is called to find out.
    assert_eq!(texts(&s, "morph::load(\"none.swc\").resa"), ["resample("]);
    assert_eq!(texts(&s, "cluster::gmm(cells.metrics()).predict_"), ["predict_probabilities("]);
    assert_eq!(texts(&s, "cells[0].total_l"), ["total_length"]);
    assert!(texts(&s, "unknown_thing.a").is_empty());
}

#[test]
fn options_have_their_keys_and_words() {
    let s = session();
    assert_eq!(texts(&s, "cluster::gmm(z, #{ co"), ["components: ", "covariance: "]);
    assert_eq!(texts(&s, "cluster::gmm(z, #{ components: 3, co"), ["covariance: "]);
    assert_eq!(texts(&s, "cluster::gmm(z, #{ criterion: \"a"), ["aic"]);
    assert_eq!(texts(&s, "cells.save(\"x\", #{ form"), ["format: "]);
    let shown: Vec<String> = s.complete("cluster::kmeans(z, #{ clus").1.into_iter().map(|c| c.shown).collect();
    assert_eq!(shown, ["clusters: whole number = 8"]);
}

#[test]
fn hints_tell_what_is_left_to_write() {
    let s = session();
    assert_eq!(s.hint("cluster::gmm(").as_deref(), Some("x, options: map) -> Mixture"));
    assert_eq!(s.hint("cluster::gmm(z, ").as_deref(), Some("options: map) -> Mixture"));
    assert_eq!(s.hint("cells.nblast_knn(").as_deref(), Some("options: map) -> KnnGraph"));
    assert_eq!(s.hint("let a = 3").as_deref(), None);
    assert_eq!(s.hint("cluster::dbscan(z, #{ ").as_deref(), Some(" eps, min_samples, metric"));
}
