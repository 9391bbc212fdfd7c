//! `nms check` finds what can be known without running, and nothing else.

use nms::script::check::check;
use nms::script::session::Setup;

use super::toys;

/// What is found in a script, with the toys of the host's tests.
fn toy(text: &str) -> String {
    check(toys::install, &Setup::default(), "x.rhai", text).iter().map(|d| d.plain_text()).collect()
}

/// The messages with lines and columns, with all of nms.
fn found(text: &str) -> Vec<String> {
    let all = check(nms::bind::install, &Setup::default(), "x.rhai", text);
    all.iter()
        .map(|d| format!("{} {}", d.place.as_ref().map(ToString::to_string).unwrap_or_default(), d.message))
        .collect()
}

#[test]
fn findings_read_as_errors_do() {
    insta::assert_snapshot!(toy("let a = toy::laod(\"x\");\nprint(b);"), @r#"
    error: unknown function `toy::laod`; did you mean `toy::load`?
     --> x.rhai:1:9
    1 | let a = toy::laod("x");
      |         ^^^^^^^^^
      = help: `toy` has `apply`, `fault`, `guarded_panic`, `load`, `model`, `panic`, `train`
    error: unknown variable `b`
     --> x.rhai:2:7
    2 | print(b);
      |       ^
    "#);
}

#[test]
fn names_types_and_keys_are_held_against_the_catalogue() {
    let script = r#"#!/usr/bin/env nms
        let cells = morph::load_dir("cells", #{ lables: "labels.csv" });
        cells.metrics().sve("x.csv");
        let groups = cluster::gmm(cells.metrics(), #{ criterion: "bick", components: 3, starts: "many" });
        print(groups.lables);
        for cell in cells { cell.resampel(1.0); }
        let m = cells[0];
        m.resample(2.0).n_nods;
        fn half(x) { x / y }
        half(1, 2);
        morph::load(3);
        nothing::here();
    "#;
    let expected = [
        "x.rhai:2:49 unknown option `lables` of `morph::load_dir`; did you mean `labels`?",
        "x.rhai:3:25 Table has no method `sve`; did you mean `save`?",
        "x.rhai:4:66 option `criterion` of `cluster::gmm` is unknown: \"bick\"; did you mean \"bic\"?",
        "x.rhai:4:97 option `starts` of `cluster::gmm` must be a whole number, found string",
        "x.rhai:5:22 Mixture has no property `lables`; did you mean `labels`?",
        "x.rhai:6:34 Morphology has no method `resampel`; did you mean `resample`?",
        "x.rhai:9:26 unknown variable `y`",
        "x.rhai:10:9 `half` takes (x), not (int, int)",
        "x.rhai:11:9 `morph::load` takes (path), not (int)",
        "x.rhai:12:9 unknown namespace `nothing`",
    ];
    assert_eq!(found(script), expected);
}

#[test]
fn modules_are_looked_into() {
    let script = "import \"nms/report\" as report;\nimport \"nms/grids\" as grids;\nimport \"mine\" as mine;\n\
                  print(report::maen([1, 2]));\nmine::f();";
    let all = found(script);
    assert!(all[0].contains("`grids` is imported and not used"), "{all:?}");
    assert!(all[1].contains("cannot import \"mine\""), "{all:?}");
    assert_eq!(all[2], "x.rhai:4:7 unknown function `report::maen`; did you mean `report::mean`?");
    assert_eq!(all.len(), 3);
}

#[test]
fn a_syntax_error_is_one_finding() {
    assert_eq!(found("let a = (1 + 2;\nprint(b);").len(), 1);
}

#[test]
fn sound_scripts_have_no_findings() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let torch = cfg!(feature = "torch");
    for place in ["scripts", "stdlib/nms", "stdlib/tests", "src/cli"] {
        for file in std::fs::read_dir(folder.join(place)).unwrap().map(|f| f.unwrap().path()) {
            if file.extension().is_none_or(|e| e != "rhai") {
                continue;
            }
            let text = std::fs::read_to_string(&file).unwrap();
            let all = check(nms::bind::install, &Setup::default(), &file.display().to_string(), &text);
            let all: Vec<String> = all.iter().map(|d| d.plain_text()).collect();
            // What `nn` and `train` give is known only to a build that has them.
            assert!(all.is_empty() || (!torch && text.contains("nn::")), "{}", all.join("\n"));
        }
    }
    for sound in [
        "let f = |x| x + 1; f.call(2); [1, 2].map(|v| v * 2).filter(|v| v > 1);",
        "let cells = morph::synthesize_population([\"basket\"], 2, #{}); let n = cells.len; cells.filter(|c| c.n_nodes > n);",
        "let x = 1; x = \"a\"; x.to_upper(); fn g(m) { m.anything_it_has } let y = (); if x == y { exit(); }",
        "plot::bars(#{ knn: 0.8, svm: 0.9 }); let opts = #{ k: 3 }; opts.k; try { throw 1 } catch (e) { print(e); }",
        "const K = 2; fn twice(v) { v * global::K } print(`${twice(3)}`); let s = switch K { 1 => 2, _ => 3 }; print(s);",
    ] {
        assert_eq!(found(sound), [""; 0], "{sound}");
    }
}
