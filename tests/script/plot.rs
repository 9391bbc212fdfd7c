//! Figures as scripts draw them: kinds, themes, files, grids, and what is refused.

use nms::script::session::{Session, Setup};

use super::toys::feed;

/// A session with all of nms, grown cells, and a made-up map of 60 cells.
fn session() -> Session {
    let mut s = Session::new(nms::bind::install, &Setup::default());
    let lines = [
        "let cells = morph::synthesize_population([\"basket\", \"pyramidal\"], 3, #{ seed: 7 }).without(\"axon\");",
        "let all = []; for i in 0..60 { all += i; }",
        "let kinds = all.map(|i| [\"a\", \"b\", \"c\"][i % 3]);",
        "let x = all.map(|i| (i * 37 % 11) + 0.0); let y = all.map(|i| (i * 53 % 13) + 0.0);",
        "let z = table::of(#{ id: all.map(|i| `cell${i}`), x: x, y: y });",
    ];
    feed(&mut s, &lines);
    s
}

fn message(s: &mut Session, line: &str) -> String {
    s.feed(line).unwrap_err().diagnostic.message
}

/// One call of each kind of chart.
const CHARTS: &[(&str, &str)] = &[
    (
        "scatter",
        "plot::scatter(z, #{ labels: kinds, names: true, density: \"class\", outline: \"hull\", highlight: [\"cell3\"] })",
    ),
    ("scatter", "plot::scatter(z, #{ labels: kinds, shapes: kinds, outline: \"ellipse\" })"),
    ("scatter", "plot::scatter(z, #{ values: x, density: \"all\" })"),
    ("facets", "plot::facets(z, #{ labels: kinds })"),
    ("confusion", "plot::confusion(kinds, #{ predicted: kinds, order: [\"c\", \"a\", \"b\"] })"),
    ("confusion", "plot::confusion(metrics::confusion(kinds, kinds))"),
    ("matrix", "plot::matrix(cells.nblast(), #{ range: [0, 1] })"),
    ("clustermap", "plot::clustermap(cells.metrics(), #{ labels: #{ type: cells.labels() } })"),
    ("clustermap", "plot::clustermap(z.select(0..3), #{ dendrogram: [[0, 2, 1.0], [1, 3, 2]] })"),
    ("silhouette", "plot::silhouette(x.map(|v| v / 11.0), #{ labels: kinds })"),
    (
        "distributions",
        "plot::distributions(x, #{ labels: kinds, order: [\"b\", \"a\"], kind: \"violin\", compare: [[\"a\", \"b\"]] })",
    ),
    ("distributions", "plot::distributions(z, #{ paired: true, compare: \"all\" })"),
    ("distributions", "plot::distributions(#{ one: [1, (), 3.5] }, #{ kind: \"strip\" })"),
    ("bars", "plot::bars([#{ name: \"a\", value: 1, low: 0.5, high: 2, series: \"s\" }], #{ horizontal: true })"),
    ("bars", "plot::bars(table::of(#{ id: [\"p\", \"q\"], value: [1.0, 2.0], low: [0.5, 1.0], high: [2.0, 3.0] }))"),
    ("bars", "plot::bars(#{ knn: 0.5, svm: 1 })"),
    (
        "lines",
        "plot::lines([#{ name: \"l\", x: [1, 2, 4], y: [1, (), 3], low: [0, 0, 0], high: [2, 2, 4] }], #{ log_x: true })",
    ),
    ("lines", "plot::lines(z)"),
    ("histogram", "plot::histogram(x, #{ labels: kinds, bins: 5 })"),
    ("history", "plot::history(#{ loss: [3, 2.5, 2] }, #{})"),
    ("scatter", "plot::graph(cells.nblast_knn(#{ k: 2 }), #{ layout: reduce::pca(cells.metrics()), x: 0, y: 1 })"),
];

#[test]
fn every_kind_of_chart_is_drawn_from_a_script() {
    let mut s = session();
    for (kind, call) in CHARTS {
        let shown = feed(&mut s, &[call]);
        assert!(shown.starts_with(&format!("Figure({kind}, ")) && shown.ends_with(" mm)"), "{call}: {shown}");
    }
}

#[test]
fn figures_are_saved_in_three_forms() {
    let folder = tempfile::tempdir().unwrap();
    let mut s = session();
    for (ending, start) in [("svg", &b"<?xml"[..]), ("pdf", b"%PDF-"), ("png", b"\x89PNG")] {
        let path = folder.path().join(format!("figure.{ending}"));
        feed(&mut s, &[&format!("plot::scatter(z, #{{ labels: kinds }}).save({:?})", path.display().to_string())]);
        assert!(std::fs::read(&path).unwrap().starts_with(start), "{ending}");
    }
    let path = folder.path().join("figures.html");
    let sheet = "plot::sheet([plot::shown(\"one <\", plot::lines(z))], #{ title: \"t\" })";
    feed(&mut s, &[&format!("{sheet}.save({:?})", path.display().to_string())]);
    assert!(std::fs::read_to_string(&path).unwrap().contains("<h2>one &lt;</h2>"));
}

#[test]
fn themes_hold_for_a_figure_or_for_the_session() {
    let mut s = session();
    let dark = "#16181c";
    let has = |s: &mut Session, call: &str| feed(s, &[&format!("{call}.to_svg().contains(\"{dark}\")")]) == "true";
    assert!(!has(&mut s, "plot::lines(z)"));
    assert!(has(&mut s, "plot::lines(z, #{ theme: \"dark\" })"));
    assert!(has(&mut s, "plot::neuron(cells[0], #{ theme: plot::theme(#{ preset: \"dark\", font_size_pt: 10 }) })"));
    assert!(has(&mut s, "plot::dendrogram(cells[0], #{ theme: #{ background: \"#16181c\", ink: \"#ffffff\" } })"));
    feed(&mut s, &["plot::set_theme(\"dark\");"]);
    assert!(has(&mut s, "plot::lines(z)"));
    assert!(!has(&mut s, "plot::lines(z, #{ theme: \"paper\" })"));
    feed(&mut s, &["plot::set_theme(\"paper\");"]);
    assert_eq!(feed(&mut s, &["plot::theme(\"talk\")"]), "Theme(talk, 16 pt, 8 colours on #ffffff)");
    assert!(message(&mut s, "plot::theme(\"drak\")").contains("`drak`"));
    assert!(message(&mut s, "plot::theme(#{ font_size: 3 })").contains("did you mean `font_size_pt`?"));
    assert!(message(&mut s, "plot::lines(z, #{ theme: 3 })").contains("must be a theme"));
}

#[test]
fn grids_compose_figures_with_letters() {
    let mut s = session();
    feed(&mut s, &["let a = plot::scatter(z, #{ values: x }); let b = plot::gallery(cells);"]);
    assert!(feed(&mut s, &["plot::grid([[a, a], [b]], #{ width_mm: 150 })"]).starts_with("Figure(grid, 150 x "));
    assert_eq!(feed(&mut s, &["plot::grid([[a, ()], [b]]).to_svg().contains(\">B</text>\")"]), "true");
    assert_eq!(feed(&mut s, &["plot::grid([[a]], #{ letters: false }).to_svg().contains(\">A</text>\")"]), "false");
    assert!(message(&mut s, "plot::grid([a])").contains("rows of figures"));
    assert!(message(&mut s, "plot::grid([[a, 3]])").contains("a whole number"));
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let mut s = session();
    let cases = [
        ("plot::scatter(z, #{ names: true })", "has no labels"),
        ("plot::scatter(z, #{ highlight: [\"cell99\"] })", "`cell99`"),
        ("plot::scatter(z, #{ desnity: \"all\" })", "did you mean `density`?"),
        ("plot::confusion(3)", "`plot::confusion` draws a confusion matrix"),
        ("plot::confusion(kinds, #{ predicted: kinds, order: [\"a\"] })", "each class once"),
        ("plot::silhouette(x)", "plot::silhouette"),
        ("plot::silhouette(x, #{ labels: kinds })", "expected -1 to 1"),
        ("plot::distributions(x, #{ labels: [\"a\"] })", "1 labels for 60 cells"),
        ("plot::distributions(x, #{ labels: kinds, compare: \"al\" })", "compare"),
        ("plot::bars([#{ nam: \"a\", value: 1 }])", "unknown field `nam`"),
        ("plot::bars(3)", "must be an array of maps"),
        ("plot::lines([#{ x: [1], y: [1, 2] }])", "1 in `x`"),
        ("plot::clustermap(z, #{ dendrogram: [[0, 1, 1.0]] })", "2 leaves, expected 60"),
        ("plot::clustermap(z, #{ dendrogram: [[0, 1]] })", "[a, b, height]"),
        ("plot::facets(z, #{})", "needs the option `labels`"),
        ("plot::graph(cells.nblast_knn(#{ k: 2 }), #{ layout: z })", "the layout has no row"),
        ("plot::histogram([()])", "no value"),
    ];
    for (call, expected) in cases {
        let message = message(&mut s, call);
        assert!(message.contains(expected), "{call}: {message}");
    }
}
