//! Runs as cron starts them: no HOME, no TERM, no PATH, no open input, a working folder that may be `/`.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::folder;

const SCRIPT: &str = r#"
    let cells = morph::synthesize_population(["granule", "basket"], 2, #{ axon: false, seed: 2 });
    cells.metrics().save(out("metrics.csv"));
    plot::neuron(cells[0]).save(out("cell.svg"));
    log::warn("look at this");
    print("printed");
    result(#{ cells: cells.len });
"#;

/// What a line of a crontab does.
fn cron(cwd: &Path, arguments: &str) -> Output {
    let line = format!("cd '{}' && exec env -i '{}' {arguments} <&-", cwd.display(), env!("CARGO_BIN_EXE_nms"));
    Command::new("/bin/sh").args(["-c", &line]).output().unwrap()
}

#[test]
fn a_run_in_an_empty_environment() {
    let folder = folder(&[("nightly.rhai", SCRIPT)]);
    let output = cron(
        Path::new("/"),
        &format!(
            "run '{0}/nightly.rhai' --out '{0}/o' --seed 7 --lock '{0}/x.lock' --if-locked skip -q \
             --log-file '{0}/nightly.log' --log-format json --result-json '{0}/latest/result.json'",
            folder.path().display()
        ),
    );
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "printed\n");
    // Cron mails whatever is written: all is well, so nothing is.
    assert_eq!(stderr, "");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&read("latest/result.json")).unwrap()["cells"], 4);
    assert!(read("o/cell.svg").contains("</svg>") && read("o/metrics.csv").lines().count() == 5);
    let log = read("nightly.log");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert_eq!((&lines[0]["level"], &lines[0]["message"]), (&"WARN".into(), &"look at this".into()));
    let time = lines[0]["timestamp"].as_str().unwrap();
    assert!(time.len() == 20 && time.ends_with('Z'), "{time}");
}

#[test]
fn failures_reach_the_mail_and_the_log() {
    let folder = folder(&[("bad.rhai", "let x = [1];\nx[3]")]);
    let arguments = "-q run bad.rhai --out o --log-file deep/bad.log --log-format json --result-json r.json";
    let output = cron(folder.path(), arguments);
    assert_eq!(output.status.code(), Some(1));
    let mailed: Value = serde_json::from_slice(&output.stderr).unwrap();
    let logged: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("deep/bad.log")).unwrap()).unwrap();
    for line in [&mailed, &logged] {
        assert!(line["message"].as_str().unwrap().contains("index 3 is outside an array of 1 item"), "{line}");
    }
    // What a good run left is not replaced by nothing.
    assert!(!folder.path().join("r.json").exists());
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = folder(&[("x.rhai", "print(1)"), ("file", "")]);
    let output = cron(folder.path(), "run x.rhai --out file/o");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("cannot make the folder `file/o`"), "{stderr}");
}

#[test]
fn closed_streams_harm_nothing() {
    let folder = folder(&[("x.rhai", "print(1); log::warn(\"w\"); result(#{ a: 1 }); out(\"x.csv\")")]);
    let output = cron(folder.path(), "run x.rhai --out o --json >&- 2>&-");
    assert_eq!(output.status.code(), Some(0));
    let record = std::fs::read_to_string(folder.path().join("o/run.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&record).unwrap()["status"], "ok");
}
