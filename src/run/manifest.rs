//! `run.json`: what a run was, so that it can be repeated or explained a year later.
//!
//! Written when the output folder is made, with the status `running`, and again at the end. A manifest that still
//! says `running` long after belongs to a run that was killed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::inputs::{self, Input};
use super::lock::Holder;
use super::params::Param;
use super::{Run, atomic};
use crate::error::{Error, Result};

/// The manifest's file name.
pub const FILE: &str = "run.json";

/// The results' file name.
pub const RESULTS: &str = "result.json";

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It has not ended, or was killed.
    Running,
    /// It ended by itself.
    Ok,
    /// It ended with an error.
    Failed,
    /// It was asked to stop.
    Interrupted,
}

#[derive(Serialize)]
struct Manifest<'a> {
    status: Status,
    exit_code: Option<u8>,
    started: &'a str,
    ended: Option<String>,
    command: Vec<String>,
    script: Option<Script<'a>>,
    modules: &'a BTreeMap<String, String>,
    parameters: BTreeMap<&'a str, &'a Param>,
    seed: u64,
    device: &'a str,
    /// What computed models; none where the script asked for none.
    engine: Option<&'a Engine>,
    threads: usize,
    smoke: bool,
    resumed: bool,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    nms: Build,
    host: String,
    pid: u32,
    /// The most memory that the process has had, once it has ended.
    peak_memory_bytes: Option<u64>,
}

#[derive(Serialize)]
struct Script<'a> {
    path: Option<&'a Path>,
    sha256: &'a str,
}

#[derive(Serialize)]
struct Output {
    path: PathBuf,
    bytes: u64,
}

/// What computes models.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Engine {
    /// Version of libtorch as it is loaded, with what it was built for (`2.11.0+cpu`, `2.11.0+cu128`).
    pub libtorch: String,
    /// The device that was chosen: `cpu`, `cuda:0`.
    pub device: String,
    /// The name of that device where it is a GPU.
    pub gpu: Option<String>,
}

/// What this program was built from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Build {
    /// Version of the package.
    pub version: &'static str,
    /// Short hash of the commit, or `unknown`.
    pub git: &'static str,
    /// Version of the compiler.
    pub rustc: &'static str,
    /// Cargo features.
    pub features: &'static [&'static str],
}

impl Build {
    /// This build.
    pub fn this() -> Build {
        Build {
            version: env!("CARGO_PKG_VERSION"),
            git: env!("NMS_GIT"),
            rustc: env!("NMS_RUSTC"),
            features: if cfg!(feature = "torch") { &["torch"] } else { &[] },
        }
    }
}

/// Writes the manifest of a run that goes on.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write_running(run: &Run, folder: &Path) -> Result<()> {
    write(run, folder, Status::Running, None, run.inputs_so_far(), Vec::new())
}

/// Writes the manifest and the results of a run that has ended. Without an output folder there is nothing to write.
///
/// # Errors
/// When a file cannot be written.
pub fn finish(run: &Run, status: Status, exit_code: u8) -> Result<()> {
    let Some(folder) = run.made_folder() else { return Ok(()) };
    if !run.results.is_empty() {
        atomic::write(&folder.join(RESULTS), pretty(&run.results)?.as_bytes())?;
    }
    let inputs = match status {
        Status::Ok => run.inputs_in_full(),
        // It may be continued, and then be held to what the run before it had read as well.
        Status::Failed => run.with_those_before(run.inputs_in_full()),
        // Whoever asked to stop does not want to wait for hashes.
        Status::Running | Status::Interrupted => run.inputs_so_far(),
    };
    write(run, folder, status, Some(exit_code), inputs, outputs(folder))
}

/// Results as a file holds them.
///
/// # Errors
/// None that values of JSON can cause.
pub fn results(values: &serde_json::Map<String, serde_json::Value>) -> Result<String> {
    pretty(values)
}

fn write(
    run: &Run,
    folder: &Path,
    status: Status,
    exit_code: Option<u8>,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
) -> Result<()> {
    let settings = &run.settings;
    let manifest = Manifest {
        status,
        exit_code,
        started: &run.started,
        ended: exit_code.map(|_| now()),
        command: std::env::args().collect(),
        script: settings.text_sha256.as_deref().map(|sha256| Script { path: settings.script.as_deref(), sha256 }),
        modules: &run.modules(),
        parameters: run.params.recorded(),
        seed: settings.seed,
        device: &settings.device,
        engine: run.engine.as_ref(),
        threads: rayon::current_num_threads(),
        smoke: settings.smoke,
        resumed: settings.resume,
        inputs,
        outputs,
        nms: Build::this(),
        host: host_name(),
        pid: std::process::id(),
        peak_memory_bytes: exit_code.and_then(|_| peak_memory()),
    };
    atomic::write(&folder.join(FILE), pretty(&manifest)?.as_bytes())
}

fn pretty(value: &impl Serialize) -> Result<String> {
    let text = serde_json::to_string_pretty(value).map_err(|e| Error::internal(format!("cannot write JSON: {e}")))?;
    Ok(text + "\n")
}

/// All files in the output folder but the manifest itself.
fn outputs(folder: &Path) -> Vec<Output> {
    let mut files = inputs::files_below(folder);
    files.retain(|(path, _)| path != &folder.join(FILE) && !atomic::is_unfinished(path));
    let relative = |path: PathBuf| path.strip_prefix(folder).map(Path::to_path_buf).unwrap_or(path);
    files.into_iter().map(|(path, bytes)| Output { path: relative(path), bytes }).collect()
}

/// What a manifest says of an earlier run.
#[derive(Clone, Debug, Deserialize)]
pub struct Before {
    /// How that run ended.
    pub status: Status,
    /// Its exit code, if it has ended.
    pub exit_code: Option<u8>,
    /// When it started.
    pub started: String,
    /// When it ended.
    pub ended: Option<String>,
    /// Its seed.
    pub seed: u64,
    /// Its parameters.
    pub parameters: BTreeMap<String, Param>,
    /// Its script.
    pub script: Option<ScriptBefore>,
    /// The modules it had imported, with the hashes of their texts.
    #[serde(default)]
    pub modules: BTreeMap<String, String>,
    /// What it had read.
    #[serde(default)]
    pub inputs: Vec<Input>,
    /// Its machine.
    #[serde(default)]
    pub host: String,
    /// Its process.
    #[serde(default)]
    pub pid: u32,
}

/// The script of an earlier run.
#[derive(Clone, Debug, Deserialize)]
pub struct ScriptBefore {
    /// SHA-256 of its text.
    pub sha256: String,
}

impl Before {
    /// The process of that run, if it has not ended.
    pub fn holder(&self) -> Option<Holder> {
        let runs = self.status == Status::Running && self.pid != 0;
        runs.then(|| Holder { pid: self.pid, host: self.host.clone(), since: self.started.clone() })
    }
}

/// Reads the manifest in a folder, if there is one.
///
/// # Errors
/// When it cannot be read, or is no manifest.
pub fn before(folder: &Path) -> Result<Option<Before>> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).map_err(|e| Error::io("cannot read", &path, &e))?;
    serde_json::from_str(&text).map(Some).map_err(|e| Error::format(e.to_string()).in_file(&path))
}

/// The time now as ISO 8601 in UTC, to the second.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// SHA-256 in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(super) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The largest size that this process has had in memory, in bytes, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// The name of this machine.
pub fn host_name() -> String {
    let kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    kernel.or_else(|| std::env::var("HOSTNAME").ok()).map_or_else(|| "unknown".into(), |name| name.trim().to_string())
}
