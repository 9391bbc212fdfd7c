//! `nms sweep --engine slurm`, against a Slurm that `SLURM_CONF` points at; `tests/slurm/start.sh` starts one of one node.
//! Where none answers the tests are skipped, and say so.

use std::path::Path;
use std::process::{Command, Stdio};

use super::process::{PATIENCE, until};
use super::sweep::table;
use super::{folder, nms, said};

/// `nms sweep` in an environment with Slurm; none where there is none.
#[allow(clippy::print_stderr)] // a test that is skipped must be seen
fn sweep(folder: &Path, args: &[&str]) -> Option<Command> {
    let configuration = std::env::var_os("SLURM_CONF");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut question = Command::new("sinfo");
    let answered = question.arg("--noheader").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if configuration.is_none() || !answered.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no Slurm answers; `tests/slurm/start.sh FOLDER` starts one");
        return None;
    }
    let mut command = nms(folder, &[&["sweep"], args].concat());
    command.env("PATH", path).env("SLURM_CONF", configuration.unwrap_or_default());
    Some(command)
}

/// The text of a sweep's command, which Slurm is known to serve.
fn told(folder: &Path, args: &[&str]) -> String {
    said(sweep(folder, args).unwrap())
}

const SCRIPT: &str = r#"
let n = param("n", 0);
if n == 2 { table::load("gate.csv"); }
print(`cell ${n}`);
result(#{ square: n * n });
"#;

#[test]
fn an_array_runs_the_cells_and_a_job_gathers() {
    let folder = folder(&[("x.rhai", SCRIPT)]);
    let args = ["x.rhai", "--grid", "n=0..4", "--engine", "slurm", "--out", "s", "--cpus", "1", "--time", "10"];
    let Some(command) = sweep(folder.path(), &args) else { return };
    let text = said(command);
    assert!(text.starts_with("exit 1") && text.contains("submitted job "), "{text}");
    assert!(text.contains("003 (n=2) failed, exit code 1: cannot read `gate.csv`"), "{text}");
    let rows = table(folder.path().join("s/results.csv"));
    let shown: Vec<String> = rows.iter().map(|r| format!("{} {} {}", r["n"], r["status"], r["square"])).collect();
    assert_eq!(shown, ["0 done 0", "1 done 1", "2 failed ", "3 done 9"]);
    let gathered = std::fs::read_to_string(folder.path().join("s/slurm/gather.txt")).unwrap();
    assert!(gathered.contains("failed"), "{gathered}");
    // Only what failed is submitted again, to the same engine.
    std::fs::write(folder.path().join("gate.csv"), "id\na\n").unwrap();
    let again = told(folder.path(), &["resume", "s"]);
    assert!(again.starts_with("exit 0") && again.contains("with 1 tasks"), "{again}");
    assert_eq!(table(folder.path().join("s/results.csv"))[2]["square"], "4");
}

#[test]
fn a_sweep_of_more_cells_than_an_array_may_have_takes_several() {
    let folder = folder(&[("x.rhai", "let n = param(\"n\", 0); result(#{ square: n * n });")]);
    let args = ["x.rhai", "--grid", "n=0..7", "--engine", "slurm", "--out", "s", "--cpus", "1", "--jobs", "2"];
    let Some(command) = sweep(folder.path(), &args) else { return };
    let text = said(command);
    assert!(text.starts_with("exit 0") && text.contains("with 7 tasks"), "{text}");
    let rows = table(folder.path().join("s/results.csv"));
    let shown: Vec<String> = rows.iter().map(|r| format!("{} {}", r["n"], r["square"])).collect();
    assert_eq!(shown, ["0 0", "1 1", "2 4", "3 9", "4 16", "5 25", "6 36"]);
    let job: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("s/slurm/job.json")).unwrap()).unwrap();
    let config = Command::new("scontrol").args(["show", "config"]).output().unwrap();
    let config = String::from_utf8(config.stdout).unwrap();
    let several = config.lines().any(|l| l.starts_with("MaxArraySize") && l.trim_end().ends_with("= 5"));
    assert_eq!(job["arrays"].as_array().unwrap().len(), if several { 2 } else { 1 }, "{job}");
}

/// Rows that are streamed while a file does not let the script end.
const STREAMING: &str = r#"
let n = param("n", 0);
let cells = morph::synthesize_population(["basket"], 90, #{ seed: n, axon: false });
let first = true;
cells.map_to(out("rows.csv"), |cell| {
    if cell.name.ends_with("_70") && first {
        let there = false;
        while !there { try { table::load("go.csv"); there = true; } catch { sleep(0.02); } }
        first = false;
    }
    #{ tips: cell.n_tips, length: cell.total_length }
});
result(#{ cells: cells.len });
"#;

#[test]
fn jobs_outlive_their_submitter_and_are_cancelled_and_resumed() {
    let folder = folder(&[("x.rhai", STREAMING)]);
    // On one thread rows are written 64 at a time.
    let args = ["x.rhai", "--grid", "n=1..3", "--engine", "slurm", "--out", "s", "--cpus", "1"];
    let Some(mut command) = sweep(folder.path(), &args) else { return };
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let part = |cell: &str| folder.path().join("s/cells").join(cell).join("rows.csv.part");
    let rows = |cell: &str| std::fs::read_to_string(part(cell)).unwrap_or_default().lines().count();
    until("rows of both cells", || rows("001") > 0 && rows("002") > 0);
    child.kill().unwrap();
    child.wait().unwrap();
    let status = told(folder.path(), &["status", "s"]);
    assert!(status.starts_with("exit 0") && status.contains("2 runs: 2 running"), "{status}");
    let busy = told(folder.path(), &["resume", "s"]);
    assert!(busy.contains("still has 2 tasks in the queue"), "{busy}");

    assert!(told(folder.path(), &["cancel", "s"]).starts_with("exit 0"));
    until("the end of both cells", || told(folder.path(), &["status", "s"]).contains("2 runs: 2 stopped"));
    std::fs::write(folder.path().join("go.csv"), "id\na\n").unwrap();
    // A task that has just ended may be in the queue for a moment longer.
    let began = std::time::Instant::now();
    let resumed = loop {
        let text = told(folder.path(), &["resume", "s"]);
        if !text.contains("tasks in the queue") || began.elapsed() > PATIENCE {
            break text;
        }
    };
    assert!(resumed.starts_with("exit 0") && resumed.contains("2 runs: 2 done"), "{resumed}");
    for (cell, n) in [("001", "n=1"), ("002", "n=2")] {
        let seed = &table(folder.path().join("s/results.csv"))[usize::from(n == "n=2")]["seed"];
        let args = ["run", "x.rhai", "--param", n, "--seed", seed, "--out", n];
        assert!(said(nms(folder.path(), &args)).starts_with("exit 0"));
        let read = |path: &str| std::fs::read(folder.path().join(path)).unwrap();
        assert!(read(&format!("s/cells/{cell}/rows.csv")) == read(&format!("{n}/rows.csv")), "{cell}");
    }
}

#[test]
fn the_environment_is_carried_and_shards_are_joined() {
    let script = r#"
        let shard = param("shard", 0);
        let cells = morph::synthesize_population(["basket"], 5, #{ seed: 1, axon: false });
        cells.shard(shard, 2).metrics().save(out("m.csv"));
    "#;
    let folder = folder(&[("e.rhai", script)]);
    let args =
        ["e.rhai", "--grid", "shard=0..2", "--gather", "m.csv", "--engine", "slurm", "--out", "s", "--no-follow"];
    let Some(mut command) = sweep(folder.path(), &args) else { return };
    // Silences the cells, so that their logs show that the variable reached them.
    command.env("NMS_LOG", "error");
    assert!(said(command).starts_with("exit 0"));
    until("the gathered rows", || folder.path().join("s/m.csv").exists());
    let rows = table(folder.path().join("s/m.csv"));
    assert_eq!(rows.len(), 5);
    assert_eq!(std::fs::read_to_string(folder.path().join("s/cells/001/log.txt")).unwrap(), "");
    let script = std::fs::read_to_string(folder.path().join("s/slurm/array-1.sh")).unwrap();
    assert!(script.contains("set -- 1 2\n"), "{script}");
}

#[test]
fn without_slurm_the_error_says_so() {
    let folder = folder(&[("x.rhai", SCRIPT)]);
    let mut command = nms(folder.path(), &["sweep", "x.rhai", "--grid", "n=0,1", "--engine", "slurm"]);
    command.env("PATH", folder.path());
    let text = said(command);
    assert!(text.starts_with("exit 2") && text.contains("there is no `sbatch` on this machine"), "{text}");
}
