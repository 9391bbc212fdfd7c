//! What goes wrong in scripts that work on neurons: one message each, with the place and the cure.

use super::{folder, nms, said};

/// Runs a script in a folder that holds one good and one damaged SWC file.
fn run(script: &str) -> String {
    let folder = folder(&[
        ("script.rhai", script),
        ("good.swc", "1 1 0 0 0 5 -1\n2 3 10 0 0 1 1\n3 3 20 5 0 1 2\n"),
        ("bad.swc", "1 1 0 0 0 5 -1\n2 3 10,5 0 0 1 1\n"),
    ]);
    said(nms(folder.path(), &["run", "script.rhai", "--out", "out", "-q"]))
}

#[test]
fn a_syntax_error() {
    insta::assert_snapshot!(run("let m = morph::load(\"good.swc\";\nprint(m);"), @r#"
    exit 1
    --- stdout
    --- stderr
    error: syntax error: expecting `,` to separate the arguments to function call `load`
     --> script.rhai:1:31
    1 | let m = morph::load("good.swc";
      |                               ^
    "#);
}

#[test]
fn an_unknown_function() {
    insta::assert_snapshot!(run("let m = morph::laod(\"good.swc\");"), @r#"
    exit 1
    --- stdout
    --- stderr
    error: unknown function `morph::laod`; did you mean `morph::load`?
     --> script.rhai:1:9
    1 | let m = morph::laod("good.swc");
      |         ^^^^^^^^^^^
      = help: `morph` has `classes`, `load`, `load_dir`, `metrics`, `population`, `synthesize`, `synthesize_population`
    "#);
}

#[test]
fn an_unknown_option() {
    insta::assert_snapshot!(run("let cells = morph::load_dir(\".\", #{ lables: \"labels.csv\" });"), @r#"
    exit 1
    --- stdout
    --- stderr
    error: unknown option `lables` of `morph::load_dir`; did you mean `labels`?
     --> script.rhai:1:13
    1 | let cells = morph::load_dir(".", #{ lables: "labels.csv" });
      |             ^^^^^^^^^^^^^^^
      = help: options: `join`, `label`, `labels`, `max_gap`, `pattern`, `recursive`, `strict`
    "#);
}

#[test]
fn a_missing_file() {
    insta::assert_snapshot!(run("let m = morph::load(\"god.swc\");"), @r#"
    exit 1
    --- stdout
    --- stderr
    error: cannot open `god.swc`: no such file or folder
     --> script.rhai:1:9
    1 | let m = morph::load("god.swc");
      |         ^^^^^^^^^^^
      = help: did you mean `good.swc`?
    "#);
}

#[test]
fn a_malformed_swc() {
    insta::assert_snapshot!(run("let m = morph::load(\"bad.swc\");"), @r#"
    exit 1
    --- stdout
    --- stderr
    error: bad.swc:2: column `x`: `10,5` has a decimal comma, expected a point
     --> script.rhai:1:9
    1 | let m = morph::load("bad.swc");
      |         ^^^^^^^^^^^
      = help: write decimal points: `sed 's/,/./g' old.swc > new.swc`
    "#);
}

#[test]
fn a_bad_file_does_not_stop_the_others() {
    insta::assert_snapshot!(run("print(morph::load_dir(\".\"));"), @r#"
    exit 0
    --- stdout
    Population(1 cell, 3 samples)
    --- stderr
    warning: read 1 file
      1 file could not be read, the first: ./bad.swc:2: column `x`: `10,5` has a decimal comma, expected a point (help: write decimal points: `sed 's/,/./g' old.swc > new.swc`)
    "#);
}

#[test]
fn an_argument_of_the_wrong_kind() {
    insta::assert_snapshot!(run("let m = morph::load(\"good.swc\");\nplot::scatter(m);"), @r#"
    exit 1
    --- stdout
    --- stderr
    error: `plot::scatter` draws the rows of a matrix, found Morphology
     --> script.rhai:2:1
    2 | plot::scatter(m);
      | ^^^^^^^^^^^^^
      = help: reduce::tsne(z) and reduce::pca(z) give matrices to draw
    "#);
}
