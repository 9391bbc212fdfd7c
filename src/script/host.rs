//! What a native function may ask about the run it serves: seed, device, output folder, parameters.
//!
//! The engine lives on one thread (it is built without `sync`), so the run is kept in a thread-local. Worker threads of
//! domain functions never ask; what they need is handed to them as plain data.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::run::params::Value;
use crate::run::{Run, Settings};

thread_local! {
    static RUN: RefCell<Run> = RefCell::new(Run::new(Settings::default()));
}

/// Makes `run` the run of this thread and gives back the one before.
pub fn install(run: Run) -> Run {
    RUN.replace(run)
}

/// Looks at or changes the run. The closure must not call back into this module.
pub fn with<T>(look: impl FnOnce(&mut Run) -> T) -> T {
    RUN.with_borrow_mut(look)
}

/// The run's seed.
pub fn seed() -> u64 {
    with(|run| run.settings.seed)
}

/// The seed of the next call of `function` that gives none: the n-th call of a function in a run always draws the same.
pub fn draw_seed(function: &'static str) -> u64 {
    with(|run| run.draw_seed(function))
}

/// The device asked for: `auto`, `cpu`, `cuda` or `cuda:n`.
pub fn device() -> String {
    with(|run| run.settings.device.clone())
}

/// Whether the script should do a tiny version of its work (`--smoke`).
pub fn smoke() -> bool {
    with(|run| run.settings.smoke)
}

/// Whether the run goes on where an interrupted one in the same folder stopped (`--resume`).
pub fn resume() -> bool {
    with(|run| run.settings.resume)
}

/// The folder of the script that runs; the current one in a session.
pub fn script_folder() -> PathBuf {
    with(|run| run.settings.script_folder())
}

/// The run's output folder, which is made at the first call.
///
/// # Errors
/// When it cannot be made.
pub fn out_folder() -> Result<PathBuf> {
    with(Run::folder)
}

/// A path inside the output folder; folders on the way are made.
///
/// # Errors
/// When `name` leads out of the folder, or a folder cannot be made.
pub fn out(name: &str) -> Result<PathBuf> {
    with(|run| run.output(name))
}

/// Notes a file or folder that the run reads, for its manifest. Call it before reading.
///
/// # Errors
/// When the run goes on with an earlier one, and the file has changed since.
pub fn note_input(path: &Path) -> Result<()> {
    with(|run| run.note_input(path))
}

/// The value of a parameter: as given, typed by its default.
///
/// # Errors
/// When what was given is of another type.
pub fn param(name: &str, default: Value, help: &str) -> Result<Value> {
    with(|run| run.params.declare(name, default, help))
}

/// Adds to the results that end up in `result.json`.
pub fn note_result(name: &str, value: serde_json::Value) {
    with(|run| run.results.insert(name.to_string(), value));
}
