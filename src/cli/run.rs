//! Runs one text from its start to its exit code and record.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::args::{Global, RunArgs};
use super::batch_args::LockArgs;
use super::bundle::versions;
use super::ending::{outcome, report, tell};
use super::setup::setup;
use super::turn::{self, Turn};
use crate::bind;
use crate::error::{Error, Result};
use crate::run::bundle::{Bundle, is_bundle};
use crate::run::lock::Lock;
use crate::run::manifest::{self, Status, sha256};
use crate::run::{Run, Settings, atomic};
use crate::script::session::Setup;
use crate::script::trace::{Cause, Failure};
use crate::script::{Session, host};
use crate::term::diagnostic::Diagnostic;
use crate::term::printer;

/// A script's text and what it is called.
pub(super) struct Text {
    /// In positions, and what relative imports refer to.
    name: String,
    /// For the folder of its runs.
    label: String,
    path: Option<PathBuf>,
    text: String,
    /// What it belongs to, where it came in one.
    bundle: Option<Bundle>,
}

impl Text {
    /// A script file, or a bundle.
    pub fn file(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io("cannot read the script", path, &e))?;
        let label = path.file_stem().map_or_else(|| "script".into(), |s| s.to_string_lossy().into_owned());
        let bundle = if is_bundle(&text) { Some(Bundle::parse(&text, path)?) } else { None };
        let (name, text) = match &bundle {
            Some(bundle) => (bundle.script.clone(), bundle.text().to_string()),
            None => (path.display().to_string(), text),
        };
        Ok(Text { name, label, path: Some(path.to_path_buf()), text, bundle })
    }

    /// All of standard input.
    pub fn stdin() -> Result<Self> {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.map_err(|e| Error::value(format!("cannot read the script from standard input: {e}")))?;
        Ok(Text { name: "stdin".into(), label: "stdin".into(), path: None, text, bundle: None })
    }

    /// Code from the command line.
    pub fn code(code: &str) -> Self {
        Text { name: "-c".into(), label: "command".into(), path: None, text: code.into(), bundle: None }
    }
}

/// A text to run, and how.
pub(super) struct Job {
    text: Text,
    /// Options of `nms run`; without them nothing is recorded unless the script asks for an output.
    args: Option<RunArgs>,
}

impl Job {
    /// `nms -c`, and `nms < file`.
    pub fn bare(text: Text) -> Self {
        Job { text, args: None }
    }

    /// `nms run`.
    pub fn recorded(text: Text, args: RunArgs) -> Self {
        Job { text, args: Some(args) }
    }

    /// The run at its start, with its folder and first manifest where it is to be recorded.
    fn prepare(&self, global: &Global) -> Result<Run> {
        let args = self.args.as_ref();
        let mut run = Run::new(Settings {
            seed: global.seed.unwrap_or_else(|| self.text.bundle.as_ref().map_or(0, |bundle| bundle.seed)),
            device: global.device.clone(),
            name: self.text.label.clone(),
            script: self.text.path.clone(),
            text_sha256: Some(match &self.text.bundle {
                Some(bundle) => bundle.sha256(),
                None => sha256(self.text.text.as_bytes()),
            }),
            out: args.and_then(|a| a.out.clone()),
            smoke: args.is_some_and(|a| a.smoke),
            resume: args.is_some_and(|a| a.resume),
        });
        if let Some(args) = args {
            if let Some(file) = &args.params_file {
                run.params.give_file(file)?;
            }
            for assignment in &args.params {
                run.params.give(assignment)?;
            }
            if let (Some(bundle), Some(path)) = (&self.text.bundle, &self.text.path) {
                run.params.give_bundled(&bundle.parameters, path);
                if !args.any_version {
                    bundle.check_versions(&versions(bundle.made_with.libtorch.is_some()))?;
                }
                if !args.any_data {
                    bundle.check_data(|name| run.params.is_given_anew(name))?;
                }
            }
            if args.resume {
                run.continue_before()?;
            }
        }
        Ok(run)
    }
}

/// Runs a text and gives the exit code.
///
/// # Errors
/// When the run cannot start; the command line is then at fault.
pub(super) fn run(global: &Global, job: &Job) -> Result<u8> {
    let unlocked = LockArgs::default();
    let locks = job.args.as_ref().map_or(&unlocked, |args| &args.lock);
    // Kept to the end of the run: dropping a lock gives it back.
    let _named = match turn::named(locks, global)? {
        Some(Turn::Not(code)) => return Ok(code),
        Some(Turn::Ours(lock)) => Some(lock),
        None => None,
    };
    let given = job.args.as_ref().and_then(|args| args.out.as_deref()).filter(|folder| folder.is_dir());
    let mut own: Option<Lock> = None;
    if let Some(folder) = given {
        match turn::folder(locks, folder, global)? {
            Turn::Not(code) => return Ok(code),
            Turn::Ours(lock) => own = Some(lock),
        }
        atomic::clear_unfinished(folder);
    }
    let mut run = job.prepare(global)?;
    let bundled = job.text.bundle.as_ref().map(|bundle| Rc::new(bundle.texts.clone()));
    let mut session = Session::new(bind::install, &Setup { bundled, ..setup(global) });
    if let Some(names) = session.parameters_of(&job.text.text) {
        run.params.refuse_unknown(names.iter().map(String::as_str))?;
    }
    if job.args.is_some() {
        let folder = run.folder()?;
        if own.is_none() {
            match turn::folder(locks, &folder, global)? {
                Turn::Not(code) => return Ok(code),
                Turn::Ours(lock) => own = Some(lock),
            }
        }
    }
    host::install(run);
    let ended = session.run_text(&job.text.name, &job.text.text).map(drop);
    // Values may hold files and device memory: let them go before the record says what was written.
    drop(session);
    let code = conclude(global, ended);
    drop(own);
    if code == 0 { hand_over(global, job) } else { Ok(code) }
}

/// Gives the results of a run that ended well to whoever asked for them.
fn hand_over(global: &Global, job: &Job) -> Result<u8> {
    let Some(args) = &job.args else { return Ok(0) };
    let results = host::with(|run| run.results.clone());
    if let Some(path) = &args.result_json
        && let Err(error) = manifest::results(&results).and_then(|text| atomic::write(path, text.as_bytes()))
    {
        report(&Diagnostic::plain(&error), global);
        return Ok(1);
    }
    if args.json && !printer::is_broken() {
        printer::line(&serde_json::Value::Object(results).to_string());
    }
    Ok(0)
}

/// Tells how a run ended, writes its record and gives the exit code.
fn conclude(global: &Global, ended: std::result::Result<(), Box<Failure>>) -> u8 {
    let ended = ended.and_then(|()| unknown_parameters());
    let (mut code, status) = match &ended {
        Ok(()) => (0, Status::Ok),
        Err(failure) => outcome(&failure.cause),
    };
    if let Err(failure) = &ended {
        tell(global, failure);
    }
    let record = host::with(|run| manifest::finish(run, status, code));
    if let Err(error) = record {
        report(&Diagnostic::plain(&error), global);
        code = code.max(1);
    }
    host::with(|run| {
        if let Some(folder) = run.made_folder() {
            tracing::info!(target: "nms", "the run's record and outputs are in `{}`", folder.display());
        }
    });
    code
}

/// Parameters that the script's text did not let us check before it ran.
fn unknown_parameters() -> std::result::Result<(), Box<Failure>> {
    let checked = host::with(|run| {
        let names: Vec<String> = run.params.declared().keys().cloned().collect();
        run.params.refuse_unknown(names.iter().map(String::as_str))
    });
    checked.map_err(|e| Box::new(Failure { cause: Cause::Usage, diagnostic: Diagnostic::plain(&e) }))
}
