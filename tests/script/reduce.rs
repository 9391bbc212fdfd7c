//! Projections as scripts call them.

use nms::script::session::{Session, Setup};

use super::toys::feed;

/// A session with a table of forty rows in four columns.
fn session() -> Session {
    let mut s = Session::new(nms::bind::install, &Setup::default());
    let lines = [
        "let column = |f| { let out = []; for i in 0..40 { out.push((i * f * 7919 % 101).to_float() + if i < 20 { 0.0 } else { 300.0 }); } out };",
        "let z = table::of(#{ a: column.call(1), b: column.call(3), c: column.call(5), d: column.call(11) }).matrix();",
    ];
    feed(&mut s, &lines);
    s
}

#[test]
fn components_by_share_whitened_and_back() {
    let mut s = session();
    let shown = feed(&mut s, &["let p = reduce::pca(z, #{ components: 0.9 });", "p"]);
    assert!(shown.starts_with("Pca(1 of 4 dimensions, 40 cells"), "{shown}");
    let whole = "let all = reduce::pca(z, #{ components: 4, whiten: true });";
    let back = "(all.inverse_transform(all.scores)[5][2] - z[5][2]).abs() < 1e-9";
    assert_eq!(feed(&mut s, &[whole, back]), "true");
    assert_eq!(feed(&mut s, &["all.table().len"]), "4");
    assert_eq!(feed(&mut s, &["p.origin.options.components"]), "0.9");
}

#[test]
fn maps_are_rows_for_what_takes_rows_and_place_new_cells() {
    let mut s = session();
    let shown = feed(&mut s, &["let t = reduce::tsne(z, #{ iterations: 200, seed: 1 });", "t"]);
    assert!(shown.starts_with("Tsne(40 cells, 4 columns, perplexity 13.0, divergence "), "{shown}");
    assert_eq!(feed(&mut s, &["t.map[0].len() == 2 && t.transform(z.select([3, 4])).rows == 2"]), "true");
    assert_eq!(feed(&mut s, &["reduce::tsne(z, #{ iterations: 200, seed: 1 }).divergence == t.divergence"]), "true");
    let shown = feed(&mut s, &["let u = reduce::umap(z, #{ epochs: 50, components: 3, seed: 1 });", "u"]);
    assert!(shown.starts_with("Umap(40 cells, 4 columns to 3, 15 neighbours, "), "{shown}");
    assert_eq!(feed(&mut s, &["u.transform(z).cols == 3 && u.table().len == 40 && u.origin.seed == 1"]), "true");
    let groups = "let halves = []; for i in 0..40 { halves.push(if i < 20 { \"one\" } else { \"other\" }); }";
    assert_eq!(
        feed(
            &mut s,
            &[groups, "metrics::silhouette(reduce::umap(z, #{ labels: halves, epochs: 50 }), halves).mean > 0.5"]
        ),
        "true"
    );
    assert_eq!(feed(&mut s, &["metrics::trustworthiness(z, t) > 0.8"]), "true");
    feed(&mut s, &["plot::scatter(t);", "plot::scatter(u, #{ x: \"umap1\", y: \"umap3\" });"]);
}

#[test]
fn mistakes_are_named() {
    let mut s = session();
    let message = |s: &mut Session, line: &str| s.feed(line).unwrap_err().diagnostic.message;
    assert!(
        message(&mut s, "reduce::pca(z, #{ components: 1.5 })").contains("neither a number of components nor a share")
    );
    assert!(message(&mut s, "reduce::umap(z, #{ neighbors: 5 })").contains("did you mean `neighbours`?"));
    assert!(message(&mut s, "reduce::tsne(z, #{ metric: \"precomputed\" })").contains("no matrix of distances"));
    assert!(message(&mut s, "reduce::umap(z, #{ labels: [1, 2] })").contains("2 labels for 40 cells"));
    assert!(message(&mut s, "reduce::tsne(z).transform(3)").contains("what a t-SNE map places must be a matrix"));
}
