//! The record of a run.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{folder, nms, said};

fn read(path: PathBuf) -> Value {
    serde_json::from_str(&std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))).unwrap()
}

/// The folders in a folder.
fn folders(path: &Path) -> Vec<String> {
    std::fs::read_dir(path).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect()
}

const SCRIPT: &str = r#"import "nms/report" as report;
import "mine" as mine;
let steps = param("steps", 10, "iterations");
let lr = param("lr", 0.5);
result(#{ score: report::mean([1.0, 2.0]), list: [1, 2], nothing: (), name: "x", nested: #{ a: true } });
let path = out("figures/a.svg");
print(mine::one());
"#;

#[test]
fn a_run_is_described_in_full() {
    let folder = folder(&[("fit.rhai", SCRIPT), ("mine.rhai", "fn one() { 1 }")]);
    let args = ["-q", "run", "fit.rhai", "--out", "o", "--param", "steps=3", "--seed", "7", "--threads", "2", "--json"];
    let output = nms(folder.path(), &args).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let result = json!({"list": [1, 2], "name": "x", "nested": {"a": true}, "nothing": null, "score": 1.5});
    assert_eq!(stdout.lines().next(), Some("1"));
    assert_eq!(serde_json::from_str::<Value>(stdout.lines().last().unwrap()).unwrap(), result);
    assert_eq!(read(folder.path().join("o/result.json")), result);

    let run = read(folder.path().join("o/run.json"));
    assert_eq!((&run["status"], &run["exit_code"]), (&json!("ok"), &json!(0)));
    assert_eq!((&run["seed"], &run["threads"], &run["device"]), (&json!(7), &json!(2), &json!("auto")));
    assert_eq!(run["parameters"]["steps"], json!({"value": 3, "origin": "command_line", "help": "iterations"}));
    assert_eq!(run["parameters"]["lr"], json!({"value": 0.5, "origin": "default"}));
    assert_eq!(run["script"]["path"], "fit.rhai");
    assert_eq!(run["script"]["sha256"], nms::run::manifest::sha256(SCRIPT.as_bytes()));
    assert_eq!(run["modules"]["mine.rhai"], nms::run::manifest::sha256(b"fn one() { 1 }"));
    assert_eq!(run["modules"]["stdlib:nms/report"].as_str().unwrap().len(), 64);
    assert_eq!(run["outputs"][0]["path"], "result.json");
    assert_eq!(run["nms"]["version"], env!("CARGO_PKG_VERSION"));
    assert!(run["nms"]["rustc"].as_str().unwrap().starts_with("rustc "));
    assert_eq!(run["command"].as_array().unwrap()[2], "run");
    // More than a megabyte, less than a terabyte.
    assert!((1 << 20..1 << 40).contains(&run["peak_memory_bytes"].as_u64().unwrap()), "{}", run["peak_memory_bytes"]);
    for time in ["started", "ended"] {
        assert!(run[time].as_str().unwrap().ends_with('Z'), "{}", run[time]);
    }
    assert!(folder.path().join("o/figures").is_dir());
}

#[test]
fn failures_are_recorded() {
    let folder = folder(&[("x.rhai", "exit(3)"), ("y.rhai", "1 / 0")]);
    for (script, code) in [("x.rhai", 3), ("y.rhai", 1)] {
        said(nms(folder.path(), &["run", script, "--out", "o"]));
        let run = read(folder.path().join("o/run.json"));
        assert_eq!((&run["status"], &run["exit_code"]), (&json!("failed"), &json!(code)));
    }
}

#[test]
fn every_run_has_a_folder_of_its_own() {
    let folder = folder(&[("fit.rhai", "print(1)")]);
    for _ in 0..3 {
        said(nms(folder.path(), &["-q", "run", "fit.rhai"]));
    }
    let runs = folders(&folder.path().join("runs/fit"));
    assert_eq!(runs.len(), 3);
    let hash = &nms::run::manifest::sha256(b"print(1)")[..7];
    assert!(runs.iter().all(|r| r.starts_with("20") && r.contains(&format!("Z-{hash}"))), "{runs:?}");
}

#[test]
fn code_on_the_command_line_leaves_nothing_unless_it_asks() {
    let folder = folder(&[]);
    said(nms(folder.path(), &["-c", "result(#{ a: 1 }); print(1)"]));
    assert!(folders(folder.path()).is_empty());
    said(nms(folder.path(), &["-c", "out(\"x.csv\")"]));
    let runs = folder.path().join("runs/command");
    assert_eq!(read(runs.join(&folders(&runs)[0]).join("run.json"))["status"], "ok");
}

#[test]
fn outputs_stay_in_the_folder() {
    let folder = folder(&[]);
    let said = said(nms(folder.path(), &["-c", "out(\"../x\")"]));
    assert!(said.contains("`../x` is not a path inside the output folder"), "{said}");
    assert!(folders(folder.path()).is_empty());
}

#[test]
fn a_resumed_run_must_be_the_same_run() {
    let folder = folder(&[("fit.rhai", "let steps = param(\"steps\", 10); print(steps)")]);
    let with = |args: &[&str]| said(nms(folder.path(), &[&["-q", "run", "fit.rhai", "--out", "o"], args].concat()));
    assert!(with(&["--param", "steps=5"]).starts_with("exit 0"));
    assert!(with(&["--param", "steps=5", "--resume"]).starts_with("exit 0"));
    insta::assert_snapshot!(with(&["--resume"]), @r#"
    exit 2
    --- stdout
    --- stderr
    error: cannot resume: `steps` was 5 and is now 10
     --> fit.rhai:1:13
    1 | let steps = param("steps", 10); print(steps)
      |             ^^^^^
      = help: repeat the run with `--param steps=5`, or start a new one in another `--out`
    "#);
    insta::assert_snapshot!(with(&["--param", "steps=5", "--seed", "3", "--resume"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: cannot resume: the seed was 0 and is now 3
       = help: repeat the run with `--seed 0`
    ");
    let without_folder = said(nms(folder.path(), &["run", "fit.rhai", "--resume"]));
    assert!(without_folder.starts_with("exit 2"), "{without_folder}");
}

#[test]
fn a_function_is_no_result() {
    let folder = folder(&[]);
    let said = said(nms(folder.path(), &["-c", "result(#{ f: |x| x })"]));
    assert!(said.contains("result `f` must be plain data (numbers, texts, arrays, maps), found a function"), "{said}");
}
