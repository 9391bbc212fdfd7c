//! Where the standard modules come from.

use super::{folder, nms, said};

const SCRIPT: &str = "import \"nms/report\" as report; print(report::mean([1, 2]));";

#[test]
fn an_option_wins_over_the_environment_and_that_over_the_program() {
    let folder = folder(&[("x.rhai", SCRIPT)]);
    for (name, value) in [("a", 1), ("b", 2)] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
        std::fs::write(folder.path().join(name).join("report.rhai"), format!("fn mean(v) {{ {value} }}")).unwrap();
    }
    let with = |env: Option<&str>, args: &[&str]| {
        let mut command = nms(folder.path(), &[&["-q", "run", "x.rhai"], args].concat());
        command.envs(env.map(|e| ("NMS_STDLIB", e)));
        said(command).lines().nth(2).unwrap().to_string()
    };
    assert_eq!(with(None, &[]), "1.5");
    assert_eq!(with(Some("a"), &[]), "1");
    assert_eq!(with(Some("a"), &["--std", "b"]), "2");
}

#[test]
fn a_script_can_prove_that_it_stands_alone() {
    let folder = folder(&[("x.rhai", SCRIPT)]);
    insta::assert_snapshot!(said(nms(folder.path(), &["-q", "--no-std", "run", "x.rhai"])), @r#"
    exit 1
    --- stdout
    --- stderr
    error: no module `nms/report`: the standard library is switched off
     --> x.rhai:1:8
    1 | import "nms/report" as report; print(report::mean([1, 2]));
      |        ^^^^^^^^^^^^
      = help: run without `--no-std`
    "#);
}

#[test]
fn the_protocols_score_an_embedding() {
    let script = r#"
        import "nms/protocols" as protocols;
        let cells = morph::synthesize_population(["granule", "basket"], 12, #{ seed: 1 });
        let scores = protocols::cell_types(cells.metrics(), cells.labels(), #{ components: 2 });
        print([scores.clusters, scores.ari]);
        print(protocols::summary(scores));
    "#;
    let folder = folder(&[("x.rhai", script)]);
    let said = said(nms(folder.path(), &["-q", "run", "x.rhai", "--seed", "1"]));
    // The two classes differ in size by far more than their cells do.
    assert!(said.starts_with("exit 0\n--- stdout\n[2, 1.0]\naccuracy "), "{said}");
    assert!(said.contains("clusters 2, ARI 1.000, AMI 1.000"), "{said}");
}
