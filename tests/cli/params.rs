//! `param`, `--param`, `--params`.

use super::{folder, nms, said};

const SCRIPT: &str = r#"//! Trains something.
let data = param("data", "cells", "folder of SWC files");
let steps = param("steps", 2000);
let lr = param("lr", 0.1);
let deep = param("deep", false);
print(`${data} ${steps} ${lr} ${deep}`);
"#;

fn with(args: &[&str]) -> String {
    let folder = folder(&[
        ("fit.rhai", SCRIPT),
        ("p.toml", "steps = 5\ndata = \"from file\"\n"),
        ("p.json", "{\"lr\": 2, \"steps\": \"many\"}"),
        ("typo.toml", "stesp = 5\n"),
    ]);
    said(nms(folder.path(), &[&["-q", "run", "fit.rhai"], args].concat()))
}

#[test]
fn defaults_can_be_replaced() {
    insta::assert_snapshot!(with(&[]), @r"
    exit 0
    --- stdout
    cells 2000 0.1 false
    --- stderr
    ");
    insta::assert_snapshot!(with(&["--param", "data=d=1", "--param", "steps=20_000", "--param", "lr=1", "--param", "deep=true"]), @r"
    exit 0
    --- stdout
    d=1 20000 1.0 true
    --- stderr
    ");
    insta::assert_snapshot!(with(&["--params", "p.toml", "--param", "data=x"]), @r"
    exit 0
    --- stdout
    x 5 0.1 false
    --- stderr
    ");
}

#[test]
fn wrong_ones_are_refused_before_anything_runs() {
    insta::assert_snapshot!(with(&["--param", "step=3"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: the script has no parameter `step`; did you mean `steps`?
       = help: parameters: data, steps, lr, deep
    ");
    insta::assert_snapshot!(with(&["--param", "steps=many"]), @r#"
    exit 2
    --- stdout
    --- stderr
    error: `--param steps=many`: `steps` must be a whole number, found "many"
     --> fit.rhai:3:13
    3 | let steps = param("steps", 2000);
      |             ^^^^^
      = help: its default is 2000
    "#);
    insta::assert_snapshot!(with(&["--param", "steps"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: `--param steps` is not of the form `name=value`
    ");
    insta::assert_snapshot!(with(&["--params", "p.json"]), @r#"
    exit 2
    --- stdout
    --- stderr
    error: p.json: `steps` must be a whole number, found "many"
     --> fit.rhai:3:13
    3 | let steps = param("steps", 2000);
      |             ^^^^^
      = help: its default is 2000
    "#);
    insta::assert_snapshot!(with(&["--params", "typo.toml"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: the script has no parameter `stesp`; did you mean `steps`?
       = help: parameters: data, steps, lr, deep
    ");
    insta::assert_snapshot!(with(&["--params", "none.toml"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: cannot read `none.toml`: no such file or folder
       = help: a relative path starts at the folder that nms was started in
    ");
}

#[test]
fn computed_names_are_checked_at_the_end() {
    let folder = folder(&[("x.rhai", "for n in [\"a\", \"b\"] { print(param(n, 1)); }")]);
    let command = nms(folder.path(), &["-q", "run", "x.rhai", "--param", "a=5", "--param", "c=1"]);
    insta::assert_snapshot!(said(command), @r"
    exit 2
    --- stdout
    5
    1
    --- stderr
    error: the script has no parameter `c`
       = help: parameters: a, b
    ");
}

#[test]
fn a_script_cannot_catch_a_wrong_parameter() {
    let folder = folder(&[("x.rhai", "try { param(\"a\", 1); } catch { print(\"caught\"); }")]);
    insta::assert_snapshot!(said(nms(folder.path(), &["-q", "run", "x.rhai", "--param", "a=x"])), @r#"
    exit 2
    --- stdout
    --- stderr
    error: `--param a=x`: `a` must be a whole number, found "x"
     --> x.rhai:1:7
    1 | try { param("a", 1); } catch { print("caught"); }
      |       ^^^^^
      = help: its default is 1
    "#);
}

#[test]
fn smoke_is_known_to_the_script() {
    let folder = folder(&[("x.rhai", "print(if smoke() { \"tiny\" } else { \"full\" })")]);
    assert!(said(nms(folder.path(), &["-q", "run", "x.rhai", "--smoke"])).contains("tiny"));
    assert!(said(nms(folder.path(), &["-q", "run", "x.rhai"])).contains("full"));
}
