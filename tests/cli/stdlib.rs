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
