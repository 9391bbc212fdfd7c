//! One cell: the command that runs it, and how it stands.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Cell, Sweep};
use crate::error::{Error, Result};
use crate::run::manifest::{self, Status};

/// What a cell's script prints, in its folder.
pub const PRINTED: &str = "print.txt";

/// What a cell's run says of itself, in its folder.
pub const LOG: &str = "log.txt";

/// How a cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has not started.
    Waiting,
    /// It runs.
    Running,
    /// It ended well.
    Done,
    /// It ended with an error.
    Failed,
    /// It was asked to stop.
    Stopped,
    /// It ended without a word: killed, or its machine failed.
    Lost,
}

impl State {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Running => "running",
            State::Done => "done",
            State::Failed => "failed",
            State::Stopped => "stopped",
            State::Lost => "lost",
        }
    }
}

/// What its folder tells of a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// How it stands.
    pub state: State,
    /// Its exit code, if it has ended.
    pub exit_code: Option<u8>,
    /// How long its last attempt took.
    pub seconds: Option<f64>,
    /// Why it did not end well.
    pub why: Option<String>,
}

/// Looks at the folder of a cell; `lives` says whether its run may still go on where the manifest says that it does.
pub fn look(folder: &Path, lives: impl FnOnce() -> bool) -> Look {
    let run = match manifest::before(folder) {
        Ok(Some(run)) => run,
        // Refused before it had a record: the log says why.
        Ok(None) => {
            let why = last_error(folder);
            let state = if why.is_some() { State::Failed } else { State::Waiting };
            return Look { state, exit_code: None, seconds: None, why };
        }
        Err(error) => return Look { state: State::Lost, exit_code: None, seconds: None, why: Some(error.to_string()) },
    };
    let state = match run.status {
        Status::Running if lives() => State::Running,
        Status::Running => State::Lost,
        Status::Ok => State::Done,
        Status::Failed => State::Failed,
        Status::Interrupted => State::Stopped,
    };
    let why = match state {
        State::Failed => last_error(folder),
        State::Lost => Some("it ended without a word: killed, or its machine failed".into()),
        State::Waiting | State::Running | State::Done | State::Stopped => None,
    };
    let seconds = run.ended.as_deref().and_then(|ended| seconds_between(&run.started, ended));
    Look { state, exit_code: run.exit_code, seconds, why }
}

fn seconds_between(started: &str, ended: &str) -> Option<f64> {
    let time = |text: &str| text.parse::<jiff::Timestamp>().ok();
    Some(time(ended)?.duration_since(time(started)?).as_secs_f64())
}

/// The last error in a cell's log.
fn last_error(folder: &Path) -> Option<String> {
    let log = std::fs::read(folder.join(LOG)).ok()?;
    let log = String::from_utf8_lossy(&log);
    log.lines().rev().find_map(|line| line.strip_prefix("error: ")).map(str::to_string)
}

/// The command that runs a cell as an ordinary run, or goes on with one that did not end well. What it prints and logs
/// goes into the cell's folder, which is made.
///
/// # Errors
/// When the folder cannot be written to, or the script has changed since the sweep began, which the log then says.
pub fn command(sweep: &Sweep, cell: &Cell, program: &Path, threads: Option<usize>) -> Result<Command> {
    let (plan, folder) = (&sweep.plan, sweep.folder_of(cell));
    std::fs::create_dir_all(&folder).map_err(|e| Error::io("cannot make the folder", &folder, &e))?;
    if let Err(error) = plan.hold_script() {
        let log = appended(&folder, LOG)?;
        writeln!(&log, "error: {}", error.message).map_err(|e| Error::io("cannot write", &folder.join(LOG), &e))?;
        return Err(error);
    }
    let mut command = Command::new(program);
    command.current_dir(&plan.started_in).arg("run").arg(&plan.script).arg("--out").arg(&folder);
    command.args(["--resume", "--if-locked", "wait", "--color", "never", "--device", &plan.device]);
    command.args(["--seed", &cell.seed.to_string()]);
    if let Some(threads) = threads {
        // The second is for the linear algebra inside libtorch.
        command.args(["--threads", &threads.to_string()]).env("OMP_NUM_THREADS", threads.to_string());
    }
    if plan.smoke {
        command.arg("--smoke");
    }
    command.args(&plan.options);
    if let Some(file) = &plan.params_file {
        command.arg("--params").arg(file);
    }
    let own = cell.params.iter().map(|(name, value)| format!("{name}={value}"));
    for assignment in plan.params.iter().cloned().chain(own) {
        command.arg("--param").arg(assignment);
    }
    command.stdin(Stdio::null()).stdout(appended(&folder, PRINTED)?).stderr(appended(&folder, LOG)?);
    Ok(command)
}

fn appended(folder: &Path, name: &str) -> Result<File> {
    let path = folder.join(name);
    OpenOptions::new().create(true).append(true).open(&path).map_err(|e| Error::io("cannot write", &path, &e))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn with(manifest: &str, log: &str, lives: bool) -> Look {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(manifest::FILE), manifest).unwrap();
        std::fs::write(folder.path().join(LOG), log).unwrap();
        look(folder.path(), || lives)
    }

    fn manifest(status: &str, code: &str) -> String {
        format!(
            r#"{{"status": "{status}", "exit_code": {code}, "started": "2026-11-22T02:15:00Z",
                "ended": "2026-11-22T02:16:30Z", "seed": 1, "parameters": {{}}, "script": null}}"#
        )
    }

    #[test]
    fn the_manifest_tells_how_a_cell_stands() {
        let done = with(&manifest("ok", "0"), "", false);
        assert_eq!((done.state, done.exit_code, done.seconds), (State::Done, Some(0), Some(90.0)));
        let failed = with(&manifest("failed", "1"), "error: early\ninfo: x\nerror: late\n --> a.rhai:1:1\n", false);
        assert_eq!((failed.state, failed.why.as_deref()), (State::Failed, Some("late")));
        assert_eq!(with(&manifest("interrupted", "143"), "", false).state, State::Stopped);
        assert_eq!(with(&manifest("running", "null"), "", true).state, State::Running);
        assert_eq!(with(&manifest("running", "null"), "", false).state, State::Lost);
        assert_eq!(with("{ half", "", false).state, State::Lost);
    }

    #[test]
    fn a_cell_without_a_record_waits_unless_its_log_says_why() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(look(folder.path(), || true).state, State::Waiting);
        std::fs::write(folder.path().join(LOG), "error: the script has no parameter `x`\n").unwrap();
        let refused = look(folder.path(), || true);
        assert_eq!((refused.state, refused.why.is_some()), (State::Failed, true));
    }
}
