//! Scripts that can be shared: `check`, `doc`, `new`, `std`, and what a script says of itself.

use super::{folder, nms, said};

#[test]
fn check_finds_without_running_and_ends_with_1() {
    let folder = folder(&[("x.rhai", "let a = morph::laod(\"x.swc\");\nprint(bb);\n"), ("good.rhai", "print(1 + 1);")]);
    insta::assert_snapshot!(said(nms(folder.path(), &["check", "x.rhai"])), @r#"
    exit 1
    --- stdout
    --- stderr
    error: unknown function `morph::laod`; did you mean `morph::load`?
     --> x.rhai:1:9
    1 | let a = morph::laod("x.swc");
      |         ^^^^^^^^^^^
      = help: `morph` has `classes`, `diagnose`, `load`, `load_dir`, `load_plan`, `metrics`, `nblast`, `open`, `population`, `synthesize`, `synthesize_population`
    error: unknown variable `bb`
     --> x.rhai:2:7
    2 | print(bb);
      |       ^^
    x.rhai: 2 findings
    "#);
    insta::assert_snapshot!(said(nms(folder.path(), &["check", "good.rhai"])), @r"
    exit 0
    --- stdout
    --- stderr
    good.rhai: nothing found
    ");
}

#[test]
fn a_script_says_what_it_is_for_and_what_it_takes() {
    let text = "#!/usr/bin/env -S nms run\n//! Measures cells.\n\nlet data = param(\"data\", \"cells\", \"folder of cells\");\n\
                let k = param(\"k\", if smoke() { 1 } else { 5 });\n";
    let folder = folder(&[("x.rhai", text)]);
    let help = said(nms(folder.path(), &["run", "x.rhai", "--help"]));
    let head: Vec<&str> = help.lines().take(9).collect();
    insta::assert_snapshot!(head.join("\n"), @r#"
    exit 0
    --- stdout
    Measures cells.

    Usage: nms run x.rhai [--param NAME=VALUE]… [OPTIONS]

    Parameters:
      data="cells"                   text          folder of cells
      k=if smoke() { 1 } else { 5 }  whole number
    "#);
    assert!(help.contains("--resume") && help.contains("Options of every command"), "{help}");
}

#[test]
fn a_new_script_is_sound_runs_and_is_never_written_over() {
    let folder = folder(&[]);
    assert!(said(nms(folder.path(), &["new", "mine"])).contains("wrote mine.rhai"));
    assert!(said(nms(folder.path(), &["check", "mine.rhai"])).contains("nothing found"));
    let ran = said(nms(folder.path(), &["-q", "run", "mine.rhai", "--smoke", "--out", "out"]));
    assert!(ran.starts_with("exit 0"), "{ran}");
    assert!(folder.path().join("out/cells.svg").is_file());
    let again = said(nms(folder.path(), &["new", "mine"]));
    assert!(again.starts_with("exit 2") && again.contains("is there already"), "{again}");
}

#[test]
fn doc_tells_of_one_name_and_of_all() {
    let folder = folder(&[]);
    insta::assert_snapshot!(said(nms(folder.path(), &["doc", "cluster::dbscan"])), @r#"
    exit 0
    --- stdout
    cluster::dbscan(x, options: map) -> Dbscan

      Finds clusters of rows that have at least `min_samples` (5) rows, itself included, within the
      distance `eps` (0.5); the rest is noise. Option `metric`: `"euclidean"`, `"cosine"`,
      `"correlation"`.

    options
      eps          0.5          number
      min_samples  5            whole number
      metric       "euclidean"  "euclidean" | "cosine" | "correlation" | "precomputed"

    example
      let groups = cluster::dbscan(z, #{ eps: 1.5, min_samples: 4 });
    --- stderr
    "#);
    let unknown = said(nms(folder.path(), &["doc", "cluster::dbscam"]));
    assert!(unknown.contains("nothing is called `cluster::dbscam`; did you mean `cluster::dbscan`?"), "{unknown}");
    let json = nms(folder.path(), &["doc", "--json"]).output().unwrap();
    let all: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert!(all.as_array().unwrap().len() > 400);
    let markdown = said(nms(folder.path(), &["doc", "morph", "--markdown"]));
    assert!(markdown.contains("### `morph::load_dir`") && markdown.contains("| `labels` |"), "{markdown}");
    let definitions = said(nms(folder.path(), &["doc", "--definitions"]));
    assert!(definitions.contains("module static;") && definitions.contains("fn kmeans("), "{definitions}");
}

#[test]
fn standard_modules_are_listed_shown_and_ejected() {
    let folder = folder(&[("x.rhai", "import \"nms/report\" as report; print(report::mean([1, 2]));")]);
    let list = said(nms(folder.path(), &["std", "list"]));
    assert!(list.contains("nms/report") && list.contains("nms/grids"), "{list}");
    assert!(said(nms(folder.path(), &["std", "show", "nms/report"])).contains("fn mean("));
    assert!(said(nms(folder.path(), &["std", "show", "reprot"])).contains("did you mean `nms/report`?"));
    assert!(said(nms(folder.path(), &["std", "eject", "mine"])).contains("wrote mine"));
    assert!(said(nms(folder.path(), &["-q", "--std", "mine", "run", "x.rhai"])).contains("1.5"));
    std::fs::write(folder.path().join("mine/nms-version"), "0.0.1 abc\n").unwrap();
    let stale = said(nms(folder.path(), &["--std", "mine", "run", "x.rhai"]));
    assert!(stale.contains("are from nms 0.0.1"), "{stale}");
    assert!(said(nms(folder.path(), &["std", "eject", "mine"])).contains("is there already"));
}
