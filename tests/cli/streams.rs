//! What goes to standard output and what to standard error; pipes.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{code, folder, nms, piped, said};

#[test]
fn output_and_logs_are_kept_apart() {
    insta::assert_snapshot!(code("print(1); log::info(\"i\"); log::warn(\"w\"); log::detail(\"d\"); debug(2)"), @r"
    exit 0
    --- stdout
    1
    --- stderr
    info: i
    warning: w
    debug: -c:1: 2
    ");
}

#[test]
fn quiet_and_verbose() {
    let folder = folder(&[]);
    let script = "log::info(\"i\"); log::warn(\"w\"); log::detail(\"d\"); print(1)";
    let with = |flag: &str| said(nms(folder.path(), &[flag, "-c", script]));
    insta::assert_snapshot!(with("-q"), @r"
    exit 0
    --- stdout
    1
    --- stderr
    warning: w
    ");
    insta::assert_snapshot!(with("-qq"), @r"
    exit 0
    --- stdout
    1
    --- stderr
    ");
    insta::assert_snapshot!(with("-v"), @r"
    exit 0
    --- stdout
    1
    --- stderr
    info: i
    warning: w
    debug: d
    ");
}

#[test]
fn json_logs_are_json_to_the_last_line() {
    let folder = folder(&[]);
    let script = "log::warn(\"three cells\");\nlet x = 1 / 0;";
    let output = nms(folder.path(), &["--log-format", "json", "-c", script]).output().unwrap();
    let lines: Vec<serde_json::Value> =
        output.stderr.lines().map(|l| serde_json::from_str(&l.unwrap()).unwrap()).collect();
    assert_eq!(lines[0]["level"], "WARN");
    assert_eq!(lines[0]["message"], "three cells");
    assert_eq!(lines[1]["level"], "ERROR");
    assert_eq!(lines[1]["message"], "division by zero: 1 / 0");
    assert_eq!(lines[1]["place"]["line"], 2);
    assert!(lines.iter().all(|l| l["timestamp"].as_str().unwrap().ends_with('Z')));
}

#[test]
fn a_log_file_takes_the_log_and_the_error() {
    let folder = folder(&[]);
    let mut command =
        nms(folder.path(), &["--log-file", "run.log", "-c", "log::info(\"started\"); throw \"no cells\""]);
    let output = command.output().unwrap();
    let log = std::fs::read_to_string(folder.path().join("run.log")).unwrap();
    assert!(log.contains(" info: started\n") && log.contains(" error: no cells"), "{log}");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("error: no cells") && !stderr.contains("info:"), "{stderr}");
}

#[test]
fn colour_only_where_asked_for() {
    let folder = folder(&[]);
    let stderr = |args: &[&str]| nms(folder.path(), args).output().unwrap().stderr;
    assert!(!stderr(&["-c", "1/0"]).contains(&0x1b));
    assert!(stderr(&["--color", "always", "-c", "1/0"]).contains(&0x1b));
}

#[test]
fn scripts_come_from_a_pipe_too() {
    let folder = folder(&[]);
    let script = "#!/usr/bin/env nms\nlet a = 20;\nprint(a + 1);\n";
    let bare = piped(folder.path(), &[], script);
    assert_eq!(String::from_utf8(bare.stdout).unwrap(), "21\n");
    assert!(!folder.path().join("runs").exists());
    let recorded = piped(folder.path(), &["run", "-", "--param", "x=1"], "print(param(\"x\", 0)); oops");
    assert_eq!(recorded.status.code(), Some(1));
    let recorded = piped(folder.path(), &["run", "-", "--param", "x=1"], "print(param(\"x\", 0));");
    assert_eq!(String::from_utf8(recorded.stdout).unwrap(), "1\n");
    assert!(folder.path().join("runs/stdin").is_dir());
}

#[test]
fn a_first_line_for_the_shell_is_skipped_and_counted() {
    let folder = folder(&[("x.rhai", "#!/usr/bin/env nms\n1 / 0")]);
    assert!(said(nms(folder.path(), &["-q", "run", "x.rhai"])).contains("x.rhai:2:3"));
}

#[test]
fn a_reader_that_leaves_ends_the_script_without_a_word() {
    let folder = folder(&[]);
    let mut command = nms(folder.path(), &["-c", "loop { print(\"line\"); }"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let began = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!((first.as_str(), output.status.code()), ("line\n", Some(0)));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
