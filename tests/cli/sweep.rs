//! `nms sweep` on this machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::process::{send, until};
use super::{folder, nms, said};

/// A score out of its parameters and seed; a cell with `dim` 32 needs a file that comes later.
const SCRIPT: &str = r#"
let lr = param("lr", 0.1, "step");
let dim = param("dim", 16);
if dim == 32 { table::load("gate.csv"); }
print(`${lr} ${dim}`);
result(#{ score: lr * dim, nested: #{ half: dim / 2 } });
"#;

fn sweep(folder: &Path, args: &[&str]) -> Command {
    nms(folder, &[&["sweep"], args].concat())
}

/// The rows of a CSV file, by its columns' names.
pub fn table(path: PathBuf) -> Vec<std::collections::HashMap<String, String>> {
    let mut reader = csv::Reader::from_path(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    reader.deserialize().map(|row| row.unwrap()).collect()
}

fn record(folder: &Path, cell: &str) -> Value {
    let path = folder.join("s/cells").join(cell).join("run.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn every_cell_is_a_run_and_failures_are_tried_again() {
    let folder = folder(&[("fit.rhai", SCRIPT)]);
    let args = ["fit.rhai", "--grid", "lr=1e-3,0.5", "--grid", "dim=16,32", "--seed", "3", "--out", "s", "--jobs", "2"];
    let first = said(sweep(folder.path(), &args));
    assert!(first.starts_with("exit 1"), "{first}");
    for text in [
        "4 of 4 runs to do",
        "002 (lr=1e-3 dim=32) failed, exit code 1: cannot read `gate.csv`: no such file or folder",
        "4 runs: 2 done, 2 failed",
    ] {
        assert!(first.contains(text), "{text} in\n{first}");
    }
    let rows = table(folder.path().join("s/results.csv"));
    let shown: Vec<String> =
        rows.iter().map(|r| format!("{} {} {} {} {}", r["id"], r["lr"], r["dim"], r["status"], r["score"])).collect();
    assert_eq!(shown, ["001 1e-3 16 done 0.016", "002 1e-3 32 failed ", "003 0.5 16 done 8.0", "004 0.5 32 failed "]);
    assert_eq!(rows[0]["nested.half"], "8");
    for row in &rows {
        let run = record(folder.path(), &row["id"]);
        assert_eq!(run["seed"].to_string(), row["seed"]);
        assert_eq!(run["parameters"]["lr"]["value"].as_f64().unwrap(), row["lr"].parse::<f64>().unwrap());
    }
    let status = said(sweep(folder.path(), &["status", "s"]));
    assert!(status.starts_with("exit 1") && status.contains("004 (lr=0.5 dim=32) failed"), "{status}");

    std::fs::write(folder.path().join("gate.csv"), "id\na\n").unwrap();
    let again = said(sweep(folder.path(), &[&args[..], &["--resume"]].concat()));
    assert!(again.starts_with("exit 0") && again.contains("2 of 4 runs to do"), "{again}");
    assert!(again.contains("4 runs: 4 done"), "{again}");
    assert_eq!(table(folder.path().join("s/results.csv"))[3]["score"], "16.0");
    // Cells that had ended well were left alone.
    let printed =
        |cell: &str| std::fs::read_to_string(folder.path().join("s/cells").join(cell).join("print.txt")).unwrap();
    assert_eq!((printed("001").lines().count(), printed("002").lines().count()), (1, 1));
    let nothing = said(sweep(folder.path(), &["resume", "s"]));
    assert!(nothing.starts_with("exit 0") && nothing.contains("0 of 4 runs to do"), "{nothing}");
    assert!(said(sweep(folder.path(), &["status", "s"])).starts_with("exit 0"));
}

#[test]
fn repeats_have_seeds_of_their_own_and_share_them_with_larger_grids() {
    let folder = folder(&[("x.rhai", "param(\"a\", 1); result(#{ n: morph::synthesize(\"basket\").n_nodes });")]);
    let seeds = |out: &str| -> Vec<(String, String, String)> {
        let rows = table(folder.path().join(out).join("results.csv"));
        rows.iter().map(|r| (r["a"].clone(), r["seed"].clone(), r["n"].clone())).collect()
    };
    assert!(
        said(sweep(folder.path(), &["x.rhai", "--grid", "a=1", "--repeat", "3", "--out", "s"])).starts_with("exit 0")
    );
    assert!(
        said(sweep(folder.path(), &["x.rhai", "--grid", "a=0,1", "--repeat", "2", "--out", "t"])).starts_with("exit 0")
    );
    let (small, large) = (seeds("s"), seeds("t"));
    assert!(small[0].1 != small[1].1 && small[0].2 != small[1].2, "{small:?}");
    assert_eq!(small[..2], large[2..]);
}

#[test]
fn a_sweep_is_refused_before_it_begins() {
    let folder = folder(&[("fit.rhai", SCRIPT), ("g.toml", "lr = [0.1, 0.2]\ndim = [1, 2, 3]\n")]);
    let with = |args: &[&str]| said(sweep(folder.path(), args));
    insta::assert_snapshot!(with(&["fit.rhai", "--grid", "dmi=1,2"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: the script has no parameter `dmi`; did you mean `dim`?
       = help: parameters: lr, dim
    ");
    insta::assert_snapshot!(with(&["fit.rhai"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: there is nothing to try
       = help: give `--grid name=value,value`, or `--repeat N`
    ");
    let listed = with(&["fit.rhai", "--grids", "g.toml", "--grid", "lr=1", "--dry-run"]);
    let lines: Vec<&str> = listed.lines().collect();
    assert!(lines[2].starts_with("001  dim=1 lr=1  --seed "), "{listed}");
    assert_eq!(lines.len(), 6, "{listed}");
    assert!(!folder.path().join("sweeps").exists());
    assert!(with(&["status", "."]).contains("`.` is not the folder of a sweep"));

    assert!(with(&["fit.rhai", "--grid", "lr=1,2", "--out", "s"]).starts_with("exit 0"));
    assert!(with(&["fit.rhai", "--grid", "lr=1,2", "--out", "s"]).contains("`s` holds a sweep already"));
    let other = with(&["fit.rhai", "--grid", "lr=1,3", "--out", "s", "--resume"]);
    assert!(other.starts_with("exit 2") && other.contains("cannot resume: `grid` of the sweep was"), "{other}");
    std::fs::write(folder.path().join("fit.rhai"), format!("{SCRIPT}// changed\n")).unwrap();
    let changed = with(&["fit.rhai", "--grid", "lr=1,2", "--out", "s", "--resume"]);
    assert!(changed.contains("cannot resume: the script has changed since the sweep began"), "{changed}");
    assert!(with(&["resume", "s"]).contains("cannot resume: the script has changed since the sweep began"));
}

#[test]
fn runs_that_failed_on_their_data_begin_anew_when_it_is_mended() {
    let script = "param(\"n\", 0); let t = table::load(\"d.csv\"); result(#{ x: t[\"x\"][0] });";
    let folder = folder(&[("x.rhai", script), ("d.csv", "id,y\na,1\n")]);
    assert!(said(sweep(folder.path(), &["x.rhai", "--grid", "n=0,1", "--out", "s"])).starts_with("exit 1"));
    std::fs::write(folder.path().join("d.csv"), "id,x\na,2\n").unwrap();
    let refused = said(sweep(folder.path(), &["resume", "s"]));
    assert!(refused.contains("exit code 2: cannot resume: the data in `d.csv` has changed since"), "{refused}");
    assert!(said(sweep(folder.path(), &["resume", "s", "--anew"])).starts_with("exit 0"));
    assert_eq!(table(folder.path().join("s/results.csv"))[1]["x"], "2.0");
}

/// Runs until a file appears, and says so in one that tells it has started.
const PATIENT: &str = r#"
let n = param("n", 0);
table::of(#{ id: ["a"] }).save(out("started.csv"));
let there = false;
while !there {
    try { table::load("go.csv"); there = true; } catch { sleep(0.02); }
}
print("went");
result(#{ n: n });
"#;

fn started(folder: &Path, cell: &str) -> bool {
    folder.join("s/cells").join(cell).join("started.csv").exists()
}

#[test]
fn a_killed_sweep_waits_for_its_cells_and_starts_none_twice() {
    let folder = folder(&[("x.rhai", PATIENT)]);
    let args = ["x.rhai", "--grid", "n=0..3", "--out", "s", "--jobs", "2"];
    let mut child = sweep(folder.path(), &args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("two cells", || started(folder.path(), "001") && started(folder.path(), "002"));
    child.kill().unwrap();
    child.wait().unwrap();
    let status = said(sweep(folder.path(), &["status", "s"]));
    assert!(status.contains("3 runs: 2 running, 1 waiting"), "{status}");

    let mut child = sweep(folder.path(), &["resume", "s"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the third cell", || started(folder.path(), "003"));
    let second = said(sweep(folder.path(), &["resume", "s"]));
    assert!(second.starts_with("exit 75") && second.contains("is held by process"), "{second}");
    std::fs::write(folder.path().join("go.csv"), "id\na\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    for cell in ["001", "002", "003"] {
        let printed = std::fs::read_to_string(folder.path().join("s/cells").join(cell).join("print.txt")).unwrap();
        assert_eq!(printed, "went\n", "{cell}");
    }
}

#[test]
fn stopping_a_sweep_stops_its_cells() {
    for by_command in [false, true] {
        let folder = folder(&[("x.rhai", PATIENT)]);
        let args = ["x.rhai", "--grid", "n=0..3", "--out", "s", "--jobs", "2"];
        let mut child = sweep(folder.path(), &args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        until("two cells", || started(folder.path(), "001") && started(folder.path(), "002"));
        if by_command {
            let cancelled = said(sweep(folder.path(), &["cancel", "s"]));
            assert!(cancelled.contains(&format!("process {} was asked to stop", child.id())), "{cancelled}");
        } else {
            send("-TERM", &child);
        }
        assert_eq!(child.wait().unwrap().code(), Some(143));
        let status = said(sweep(folder.path(), &["status", "s"]));
        assert!(status.contains("3 runs: 1 waiting, 2 stopped"), "{status}");
        assert_eq!(record(folder.path(), "001")["exit_code"], 143);
        std::fs::write(folder.path().join("go.csv"), "id\na\n").unwrap();
        let resumed = said(sweep(folder.path(), &["resume", "s"]));
        assert!(resumed.starts_with("exit 0") && resumed.contains("3 runs: 3 done"), "{resumed}");
    }
}

#[test]
fn shards_of_a_collection_become_one_file() {
    let script = r#"
        let shard = param("shard", 0);
        let shards = param("shards", 1);
        let cells = morph::synthesize_population(["basket"], 7, #{ seed: 1, axon: false });
        cells.shard(shard, shards).metrics().save(out("m.csv"));
    "#;
    let folder = folder(&[("embed.rhai", script)]);
    let args = ["embed.rhai", "--grid", "shard=0..3", "--param", "shards=3", "--gather", "m.csv", "--out", "s"];
    let text = said(sweep(folder.path(), &args));
    assert!(text.starts_with("exit 0") && text.contains("7 rows in"), "{text}");
    said(nms(folder.path(), &["run", "embed.rhai", "--out", "whole"]));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("s/m.csv"), read("whole/m.csv"));
    // Rows that are there twice would make a matrix of more cells than there are.
    let twice = said(sweep(folder.path(), &["embed.rhai", "--repeat", "2", "--gather", "m.csv", "--out", "t"]));
    assert!(twice.starts_with("exit 1") && twice.contains("is also one of cell 001"), "{twice}");
}

#[test]
fn the_grids_of_the_paper_have_27_settings_each() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["optimisation", "augmentation", "architecture"] {
        let grid = format!("scripts/grids/{name}.toml");
        let listed = said(sweep(root, &["scripts/grid_search.rhai", "--grids", &grid, "--dry-run"]));
        assert!(listed.starts_with("exit 0"), "{listed}");
        assert_eq!(listed.lines().filter(|line| line.contains("--seed")).count(), 27, "{listed}");
    }
}
