//! Ctrl-C and SIGTERM, sent to a script that would never end.

use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::process::{send, started};
use super::{folder, nms};

/// Sends a signal and gives how the program ended and how long that took.
fn stop(signal: &str, script: &str) -> (ExitStatus, Duration, serde_json::Value) {
    let folder = folder(&[("x.rhai", script)]);
    let mut command = nms(folder.path(), &["run", "x.rhai", "--out", "o"]);
    command.stderr(Stdio::null());
    let mut child = started(command);
    let began = Instant::now();
    send(signal, &child);
    let status = child.wait().unwrap();
    let manifest = std::fs::read_to_string(folder.path().join("o/run.json")).unwrap();
    (status, began.elapsed(), serde_json::from_str(&manifest).unwrap())
}

const ENDLESS: &str = "print(\"ready\"); let n = 0; loop { n += 1; if n > 1000 { n = 0; } }";

#[test]
fn ctrl_c_stops_a_script_within_a_second() {
    let (status, took, manifest) = stop("-INT", ENDLESS);
    assert_eq!(status.code(), Some(130));
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!((&manifest["status"], &manifest["exit_code"]), (&"interrupted".into(), &130.into()));
}

#[test]
fn sigterm_stops_a_script_within_a_second() {
    let (status, took, manifest) = stop("-TERM", ENDLESS);
    assert_eq!(status.code(), Some(143));
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(manifest["exit_code"], 143);
}

#[test]
fn a_script_cannot_catch_a_stop() {
    let script = "print(\"ready\"); loop { try { loop { } } catch { } }";
    let (status, took, _) = stop("-INT", script);
    assert_eq!(status.code(), Some(130));
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn native_functions_and_closures_inside_them_stop_as_well() {
    for script in ["print(\"ready\"); sleep(60)", "print(\"ready\"); [1].map(|x| { loop { } })"] {
        let (status, took, _) = stop("-INT", script);
        assert_eq!(status.code(), Some(130));
        assert!(took < Duration::from_secs(1), "{took:?}");
    }
}
