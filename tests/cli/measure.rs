//! Measuring in scripts: numbers with their conventions, tables, and what is said of wrong names.

use super::{folder, nms, said};

/// A soma, a stem of 3 that forks into 4 and 5, and an axon of 2.
const CELL: &str = "1 1 0 0 0 5 -1\n2 3 6 0 0 1 1\n3 3 9 0 0 1 2\n4 3 9 4 0 1 3\n5 3 14 0 0 1 3\n6 2 -6 0 0 1 1\n\
    7 2 -8 0 0 1 6\n";

fn run(script: &str) -> String {
    let folder = folder(&[("script.rhai", script), ("cell.swc", CELL)]);
    said(nms(folder.path(), &["run", "script.rhai", "--out", "out", "-q"]))
}

#[test]
fn a_number_in_every_convention() {
    let script = r#"let m = morph::load("cell.swc");
        print(m.metric("total_length"));
        print(m.metric("total_length", #{ as: "lmeasure" }));
        print(m.metric("cable_length", #{ as: "navis" }));
        print(m.metric("section_lengths"));
        print(m.metric("section_lengths", #{ type: ["axon", "apical"], reduce: "sum" }));
        print(m.metric("N_tips", #{ as: "lmeasure" }).total);
        print(m.explain("total_length").lines.len());
        print(m.metrics().mean_tortuosity);
        print(morph::metrics().filter(|x| x.name == "n_tips")[0].lmeasure);"#;
    assert_eq!(
        run(script),
        "exit 0\n--- stdout\n14.0\n36.0\n26.0\n[3.0, 4.0, 5.0, 2.0]\n2.0\n5.0\n4\n1.0\nN_tips\n--- stderr\n"
    );
}

#[test]
fn tables_of_one_neuron_and_of_many() {
    let script = r#"let m = morph::load("cell.swc");
        let s = m.sholl(5);
        print(s);
        print(s.crossings);
        print(m.sholl(#{ radii: [7, 10], type: "dendrite" }).lengths);
        s.save(out("sholl.csv"));
        print(m.segments());
        print(m.segments()["root_dist"]);
        m.segments().save(out("segments.csv"));
        let cells = morph::population([m, m]);
        print(cells.metric("n_tips"));
        print(cells.metrics(["n_tips", "n_leafs"], #{ as: "navis" })[0]);
        print(cells.sholl(10));
        print(cells.metrics().matrix());"#;
    assert_eq!(
        run(script),
        "exit 0\n--- stdout\nSholl(cell, 3 spheres to 15.0 µm, at most 1 crossings at 10.0 µm)\n[0, 1, 0]\n[1.0, 7.0]\n\
         Segments(cell, 4 segments, 26.0 µm, mean tortuosity 1.000)\n[0.0, 9.0, 9.0, 0.0]\n[3.0, 3.0]\n[3.0, 3.0]\n\
         Matrix(2 rows, 2 columns: r10, r20)\nMatrix(2 rows, 35 columns: n_nodes, n_roots, n_stems, …)\n--- stderr\n"
    );
}

#[test]
fn wrong_names_lead_to_the_right_ones() {
    let said = run(r#"morph::load("cell.swc").metric("cable_length")"#);
    assert!(said.contains("`cable_length` is a metric of navis, not of ours"), "{said}");
    assert!(said.contains("`total_length` is the nearest of ours"), "{said}");
    let said = run(r#"morph::load("cell.swc").metric("total_length", #{ as: "neurm" })"#);
    assert!(said.contains("did you mean \"neurom\"?"), "{said}");
    let said = run(r#"morph::population([morph::load("cell.swc")]).metric("section_lengths")"#);
    assert!(said.contains("gives many values") && said.contains("reduce: \"mean\""), "{said}");
}
