//! Neurolucida text written by hand.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::morph::NO_PARENT;

fn read(text: &str) -> Reading {
    parse("cell", text.as_bytes()).unwrap()
}

fn codes(text: &str) -> Vec<&'static str> {
    read(text).warnings.iter().map(|w| w.code.name()).collect()
}

const SOMA: &str =
    "(\"CellBody\" (Color RGB (255, 0, 0)) (CellBody) (1 1 0 .1 S1) (-1 1 0 .1) (-1 -1 0 .1) (1 -1 0 .1))\n";

#[test]
fn a_neuron_with_soma_forks_and_things_beside_the_tree() {
    let text = format!(
        "; V3 text file\n(Sections S1 \"one\")\n(ImageCoords)\n((Color Red) (Dendrite) ; comment (\n (0 5 0 2)\n (2 9 0 2) \
         <(2 9 1 .1) (2 9 2 .1)>\n (Cross (Color Blue) (Name \"m\") (1 1 1 1))\n (\n (2 9 0 3) (2 13 0 1)\n Normal\n |\n (4 9 0 2)\n Incomplete\n )\n)\n\
         ((Axon) (0 -5 0 1) ((0 -9 0 1) | (1 -9 0 1 S3)) Generated)\n{SOMA}(\"border\" (Closed) (0 0 0 0) (9 9 0 0))\n"
    );
    let reading = read(&text);
    let neuron = &reading.morphology;
    // The soma comes first wherever its contour stands.
    assert_eq!(neuron.id, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(neuron.kind, [1, 3, 3, 3, 3, 2, 2, 2]);
    assert_eq!(neuron.parent, [NO_PARENT, 0, 1, 2, 2, 0, 5, 5]);
    // The contour is a square with corners at distance sqrt 2 from its centre.
    assert_eq!((neuron.position[0], neuron.radius[0]), ([0.0; 3], f64::sqrt(2.0)));
    assert_eq!((neuron.position[2], neuron.radius[2]), ([2.0, 9.0, 0.0], 1.0));
    let warnings: Vec<_> = reading.warnings.iter().map(|w| (w.code.name(), w.line)).collect();
    assert_eq!(warnings, [("soma_contour", Some(17)), ("branch_radius", Some(9)), ("skipped", Some(6))]);
    assert_eq!(reading.warnings[2].message, "not read: 1 spine, 1 marker, 1 other contour");
}

#[test]
fn without_a_soma_neurites_are_roots() {
    assert_eq!(codes("((Axon) (0 0 0 1) (1 0 0 1)) ((Apical) (5 0 0 1) (6 0 0 1))"), ["no_soma", "forest"]);
    // A soma drawn as one point is that point.
    let reading = read("((CellBody) (1 2 3 8)) ((Dendrite) (5 0 0 1))");
    assert_eq!((reading.morphology.radius[0], reading.warnings.len()), (4.0, 0));
    assert_eq!(codes("((Dendrite) (0 0 0) (1 0 0))"), ["no_soma", "zero_radius"]);
}

#[test]
fn faults_have_lines() {
    let cases: &[(&str, &str)] = &[
        ("((Axon)\n (0 0 0 1)\n", "x:1: the file ends within the list"),
        ("((Axon)\n (0 0 0 1)\n (\n (1 0 0 1)\n", "x:3: the file ends within the list"),
        ("((Axon) (0 0 0 1)))", "x:1: `)` closes nothing"),
        ("((Axon)\n (0 0 zero 1))", "x:2: `zero` is not a number"),
        ("((Axon)\n (0 0))", "x:2: found 2 of 4 numbers"),
        ("((Axon)\n (0 0 0 1 5))", "x:2: found more than 4 numbers"),
        ("((Axon)\n (0 0 1e999 1))", "x:2: sample `1`: z is `inf`"),
        ("((Axon) (0 0 0 1) ((1 0 0 1))\n (2 0 0 1))", "x:2: a point stands behind"),
        ("((Axon) (0 0 0 1)\n | (2 0 0 1))", "x:2: `|` stands outside of a fork"),
        ("((Axon) (0 0 0 1)\n 7)", "x:2: a number stands outside"),
        ("((Axon) (0 0 0 1) >)", "x:1: `>` closes nothing"),
        ("((Axon) (Name \"a) (0 0 0 1))", "x:1: a text in quotes does not end"),
        ("((Axon) (0 0 0 1)\n <(1 1 1 1)", "x:2: the file ends within the list"),
        ("(Thumbnail (Cols 1))\n", "x: no neurite and no soma"),
        ("", "x: no neurite and no soma"),
        ("7", "x:1: expected a list"),
    ];
    for (text, expected) in cases {
        let error = parse("cell", text.as_bytes()).unwrap_err().in_file(std::path::Path::new("x"));
        assert!(error.to_string().starts_with(expected), "{text}: {error}");
        assert!(error.help.is_some(), "{text}");
    }
}

#[test]
fn line_ends_of_any_system_count() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["((Axon)", "(0 0 0 1) ; one", "(1 x 0 1))"].join(end);
        assert_eq!(parse("cell", text.as_bytes()).unwrap_err().line, Some(3), "{end:?}");
    }
}

#[test]
fn deep_nesting_exhausts_no_stack() {
    let n = 100_000;
    let deep: String = (0..n).map(|i| format!("({i} 0 0 1)(")).collect();
    let text = format!("((Axon){deep}({n} 0 0 1){})", ")".repeat(n));
    let neuron = read(&text).morphology;
    assert_eq!((neuron.len(), neuron.n_leaves(), neuron.length_all_edges()), (n + 1, 1, n as f64));
    assert!(parse("cell", "(".repeat(n).as_bytes()).is_err());
}
