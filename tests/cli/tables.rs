//! Tables in scripts: made, chosen from, summarised, written, printed.

use super::{folder, nms, said};

fn run(script: &str) -> String {
    let folder = folder(&[("script.rhai", script)]);
    said(nms(folder.path(), &["run", "script.rhai", "--out", "out", "-q"]))
}

const TABLE: &str = r#"let t = table::of(#{ id: ["a", "b", "c"], length: [1200, (), 80.5], layer: ["4", "5", "4"] });"#;

#[test]
fn a_table_prints_like_a_data_frame() {
    insta::assert_snapshot!(run(&format!("{TABLE}\nprint(t);\nprint([t]);\nprint(t.group(\"layer\"));")), @r#"
    exit 0
    --- stdout
    id  layer  length
    a   4      1200.0
    b   5           –
    c   4        80.5
    [Table(3 rows, 2 columns: layer, length)]
    id  layer  n  length_mean
    4   4      2        640.2
    5   5      1            –
    --- stderr
    "#);
}

#[test]
fn rows_and_columns_are_chosen() {
    let script = r#"
        print(t.where(#{ length: [1000, ()], layer: "4" }).ids);
        print(t.where(#{ layer: ["4", "5"], length: () }).ids);
        print(t.where(#{ length: 80..=81 }).ids);
        print(t.filter(|row| row.length < 100.0).ids);
        print(t.sort("length", #{ descending: true }).head(1).row(0));
        print([t.len, t.columns, t["layer"], t.select(["length"]).columns, t.select([2, 0]).ids]);
        print(t.with_column("cluster", ["x", (), "y"]).labels("cluster"));
        print([t.matrix(), t.describe()]);
        print(t.join(table::of(#{ id: ["c"], rate: [3] }), #{ how: "inner" })[-1]);
        t.save(out("t.csv"), #{ units: true });
        print(table::load(out("t.csv"), #{ texts: ["layer"] })["layer"] == t["layer"]);
    "#;
    insta::assert_snapshot!(run(&format!("{TABLE}{script}")), @r#"
    exit 0
    --- stdout
    ["a"]
    ["b"]
    ["c"]
    ["c"]
    #{"id": "a", "layer": "4", "length": 1200.0}
    [3, ["layer", "length"], ["4", "5", "4"], ["length"], ["c", "a"]]
    Labels(3 cells: x 1, y 1, 1 without)
    [Matrix(3 rows, 1 columns: length), Table(1 row, 10 columns: n, missing, mean, …)]
    #{"id": "c", "layer": "4", "length": 80.5, "rate": 3.0}
    true
    --- stderr
    "#);
}

#[test]
fn whatever_takes_a_matrix_takes_a_table() {
    let script = r#"
        let cells = morph::synthesize_population(["granule", "basket"], 8, #{ seed: 1 });
        let t = cells.metrics();
        print([t.len, t.columns[0], t.units.total_length]);
        print(evaluate::cross_validate(t, cells.labels(), #{ standardise: true, folds: 2 }).accuracy);
        print(cluster::kmeans(t, #{ clusters: 2 }).labels.len);
        print(reduce::pca(t));
        plot::scatter(t.select(["total_length", "n_tips"]), #{ labels: t.labels("label") });
        reduce::pca(t.select(["label"]));
    "#;
    let said = run(script);
    assert!(said.contains("[16, \"label\", \"um\"]\n1.0\n16\nPca("), "{said}");
    assert!(said.contains("error: the table has no column of numbers"), "{said}");
}

#[test]
fn mistakes_are_explained() {
    insta::assert_snapshot!(run(&format!("{TABLE}\nt.where(#{{ lenght: 3 }});")), @r#"
    exit 1
    --- stdout
    --- stderr
    error: the table has no column `lenght`
     --> script.rhai:2:3
    2 | t.where(#{ lenght: 3 });
      |   ^^^^^
      = help: did you mean `length`?
    "#);
    insta::assert_snapshot!(run("cluster::gmm(3);"), @r#"
    exit 1
    --- stdout
    --- stderr
    error: what `cluster::gmm` groups must be a matrix or a table, found a whole number
     --> script.rhai:1:1
    1 | cluster::gmm(3);
      | ^^^^^^^^^^^^
      = help: model.embed(cells) and reduce::tsne(z) give matrices, cells.metrics() a table
    "#);
}
