//! `--lock` and `--if-locked`, and one run at a time in a folder.

use std::path::Path;
use std::process::{Child, Stdio};

use super::process::{line, send, started};
use super::{folder, nms, said};

const HOLDER: &str = "print(\"ready\"); sleep(600);";

/// A run that holds a lock, in a folder with its script and a second one.
fn holder(folder: &Path, args: &[&str]) -> Child {
    let mut command = nms(folder, &[&["-q", "run", "hold.rhai", "--out", "held"], args].concat());
    command.stderr(Stdio::null());
    started(command)
}

fn scripts() -> tempfile::TempDir {
    folder(&[("hold.rhai", HOLDER), ("go.rhai", "print(\"went\")")])
}

fn end(mut child: Child) {
    send("-KILL", &child);
    child.wait().unwrap();
}

#[test]
fn a_lock_that_is_held_ends_a_run_or_lets_it_be_or_makes_it_wait() {
    let folder = scripts();
    let child = holder(folder.path(), &["--lock", "./nightly.lock"]);
    let with = |more: &[&str]| {
        nms(folder.path(), &[&["run", "go.rhai", "--out", "o", "--lock", "./nightly.lock"], more].concat())
    };
    let failed = said(with(&[]));
    assert!(failed.starts_with("exit 75\n--- stdout\n--- stderr\n"), "{failed}");
    let by = format!("error: the lock `./nightly.lock` is held by process {} on `", child.id());
    assert!(failed.contains(&by) && failed.contains("--if-locked wait"), "{failed}");
    let skipped = said(with(&["--if-locked", "skip"]));
    assert!(
        skipped.starts_with("exit 0") && skipped.contains("skipped: the lock `./nightly.lock` is held"),
        "{skipped}"
    );
    assert!(!folder.path().join("o").exists());

    let mut waiting = with(&["--if-locked", "wait"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let told = line(waiting.stderr.as_mut().unwrap());
    assert!(told.contains("waiting: the lock"), "{told}");
    end(child);
    let output = waiting.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"went\n"[..]));
}

#[test]
fn a_killed_holder_keeps_nobody_out() {
    let folder = scripts();
    let child = holder(folder.path(), &["--lock", "./x.lock"]);
    let id = child.id();
    end(child);
    let after = said(nms(folder.path(), &["run", "go.rhai", "--out", "o", "--lock", "./x.lock"]));
    assert!(after.starts_with("exit 0\n--- stdout\nwent\n"), "{after}");
    assert!(after.contains(&format!("the lock `./x.lock` was left behind by process {id} on ")), "{after}");
    // That one gave it back.
    let next = said(nms(folder.path(), &["run", "go.rhai", "--out", "o", "--lock", "./x.lock"]));
    assert!(!next.contains("left behind"), "{next}");
}

#[test]
fn a_stop_while_waiting_is_a_stop() {
    let folder = scripts();
    let child = holder(folder.path(), &["--lock", "./x.lock"]);
    let args = ["run", "go.rhai", "--lock", "./x.lock", "--if-locked", "wait"];
    let mut waiting = nms(folder.path(), &args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    line(waiting.stderr.as_mut().unwrap());
    send("-TERM", &waiting);
    assert_eq!(waiting.wait().unwrap().code(), Some(143));
    end(child);
}

#[test]
fn names_belong_to_user_and_machine() {
    let folder = scripts();
    // No HOME, no TMPDIR, no XDG_RUNTIME_DIR: a name must find the same file from everywhere.
    let name = format!("nms-test-{}", std::process::id());
    let child = holder(folder.path(), &["--lock", &name]);
    let elsewhere = self::folder(&[("go.rhai", "print(\"went\")")]);
    let held = said(nms(elsewhere.path(), &["run", "go.rhai", "--lock", &name]));
    assert!(held.starts_with("exit 75"), "{held}");
    let other = said(nms(elsewhere.path(), &["-q", "run", "go.rhai", "--lock", &format!("{name}-other")]));
    assert!(other.starts_with("exit 0"), "{other}");
    let mut command = nms(elsewhere.path(), &["-q", "run", "go.rhai", "--lock", &name]);
    command.env("NMS_LOCKS", elsewhere.path().join("locks"));
    assert!(said(command).starts_with("exit 0"));
    end(child);
    for name in [format!("{name}.lock"), format!("{name}-other.lock")] {
        let place = nms::run::lock::place("x").unwrap();
        std::fs::remove_file(place.with_file_name(name)).unwrap();
    }
    let hidden = said(nms(elsewhere.path(), &["run", "go.rhai", "--lock", ".."]));
    assert!(hidden.starts_with("exit 2") && hidden.contains("a lock cannot be called `..`"), "{hidden}");
}

#[test]
fn two_runs_do_not_share_a_folder() {
    let folder = scripts();
    let child = holder(folder.path(), &[]);
    let with = |more: &[&str]| said(nms(folder.path(), &[&["run", "go.rhai", "--out", "held"], more].concat()));
    let refused = with(&[]);
    assert!(refused.starts_with("exit 75"), "{refused}");
    assert!(refused.contains(&format!("the folder `held` is held by process {} on", child.id())), "{refused}");
    assert!(with(&["--if-locked", "skip"]).starts_with("exit 0"));
    end(child);
    assert!(with(&[]).starts_with("exit 0"));
}
