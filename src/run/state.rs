//! The state of a run while its script runs.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant};

use super::inputs::{self, HASH_AT_ONCE, HASH_BUDGET, Input};
use super::manifest::{Before, Engine};
use super::params::Params;
use super::{manifest, seed};
use crate::error::{Error, Result};

/// A run that reads more files one by one than this writes its record anew only now and then.
const MANY_INPUTS: usize = 32;

/// The time between two records of such a run.
const RECORD_EVERY: Duration = Duration::from_secs(1);

/// What was decided before the script started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The seed that every random call without one of its own draws from.
    pub seed: u64,
    /// The device for models: `auto`, `cpu`, `cuda` or `cuda:n`.
    pub device: String,
    /// What runs, for the name of its folder: the script's name, or `session`.
    pub name: String,
    /// The script's file; none in a session and for code from the command line or a pipe.
    pub script: Option<PathBuf>,
    /// SHA-256 of the script's text; none in a session.
    pub text_sha256: Option<String>,
    /// The folder for outputs, where one was asked for; else a new one below `runs` in the current folder.
    pub out: Option<PathBuf>,
    /// Whether the script should do a tiny version of its work.
    pub smoke: bool,
    /// Whether to go on where an interrupted run in the same folder stopped.
    pub resume: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            seed: 0,
            device: "auto".into(),
            name: "session".into(),
            script: None,
            text_sha256: None,
            out: None,
            smoke: false,
            resume: false,
        }
    }
}

impl Settings {
    /// The script's folder; the current one where there is no script file.
    pub fn script_folder(&self) -> PathBuf {
        let parent = self.script.as_deref().and_then(Path::parent);
        parent.filter(|p| !p.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_path_buf)
    }
}

/// A run: its settings, and what its script has asked for and left behind so far.
#[derive(Debug)]
pub struct Run {
    /// What was decided before the start.
    pub settings: Settings,
    /// Parameters given and declared.
    pub params: Params,
    /// What `result(…)` collected.
    pub results: serde_json::Map<String, serde_json::Value>,
    /// When it started, as ISO 8601 in UTC.
    pub started: String,
    /// What computes its models, once there is one.
    pub engine: Option<Engine>,
    draws: BTreeMap<&'static str, u64>,
    /// What was read, with what lay there at that moment; none for what the run itself writes.
    inputs: BTreeMap<PathBuf, Option<Input>>,
    modules: BTreeMap<String, String>,
    folder: Option<PathBuf>,
    /// The run that this one continues.
    before: Option<Before>,
    recorded: Recorded,
}

/// What the manifest on disk tells: the numbers of parameters, modules and inputs, and when it was written.
#[derive(Debug, Default)]
struct Recorded {
    marks: (usize, usize, usize),
    at: Option<Instant>,
}

impl Run {
    /// A run at its start.
    pub fn new(settings: Settings) -> Self {
        Run {
            settings,
            params: Params::default(),
            results: serde_json::Map::new(),
            started: manifest::now(),
            engine: None,
            draws: BTreeMap::new(),
            inputs: BTreeMap::new(),
            modules: BTreeMap::new(),
            folder: None,
            before: None,
            recorded: Recorded::default(),
        }
    }

    /// The seed of the next call of `function` that gives none. Each function counts for itself, so that a new random
    /// call in a script leaves the numbers of all other functions as they were.
    pub fn draw_seed(&mut self, function: &'static str) -> u64 {
        let count = self.draws.entry(function).or_insert(0);
        *count += 1;
        seed::derive(self.settings.seed, function, *count - 1)
    }

    /// How often `function` has drawn a seed so far.
    pub fn draws(&self, function: &str) -> u64 {
        self.draws.get(function).copied().unwrap_or(0)
    }

    /// Takes over what the run in the output folder was given, to continue it. Nothing happens where there is none.
    ///
    /// # Errors
    /// When its manifest cannot be read, or it had another seed or script.
    pub fn continue_before(&mut self) -> Result<()> {
        let Some(folder) = &self.settings.out else { return Ok(()) };
        let Some(before) = manifest::before(folder)? else { return Ok(()) };
        if before.seed != self.settings.seed {
            let error = format!("cannot resume: the seed was {} and is now {}", before.seed, self.settings.seed);
            return Err(Error::refused(error).help(format!("repeat the run with `--seed {}`", before.seed)));
        }
        let then = before.script.as_ref().map(|script| script.sha256.as_str());
        if let (Some(then), Some(now)) = (then, self.settings.text_sha256.as_deref())
            && then != now
        {
            return Err(changed("the script", &format!("(SHA-256 {then:.12}… then, {now:.12}… now)")));
        }
        self.params.continue_with(before.parameters.clone());
        self.before = Some(before);
        Ok(())
    }

    /// The output folder, made when first asked for; the manifest is then written into it.
    ///
    /// # Errors
    /// When it cannot be made or written to.
    pub fn folder(&mut self) -> Result<PathBuf> {
        if let Some(folder) = &self.folder {
            return Ok(folder.clone());
        }
        let folder = match &self.settings.out {
            Some(given) => {
                std::fs::create_dir_all(given).map_err(|e| Error::io("cannot make the folder", given, &e))?;
                given.clone()
            }
            None => self.new_folder()?,
        };
        self.folder = Some(folder.clone());
        if let Err(error) = self.record() {
            self.folder = None;
            return Err(error);
        }
        Ok(folder)
    }

    /// Writes the manifest where it has more to tell than the one on disk. Whatever a later run could go on from is
    /// written through [`output`](Self::output), so there is always a record of what it was made with.
    fn record(&mut self) -> Result<()> {
        let Some(folder) = self.folder.clone() else { return Ok(()) };
        let marks = (self.params.declared().len(), self.modules.len(), self.inputs.len());
        if let Some(at) = self.recorded.at {
            let told = self.recorded.marks;
            let only_inputs = (marks.0, marks.1) == (told.0, told.1);
            if marks == told || only_inputs && marks.2 > MANY_INPUTS && at.elapsed() < RECORD_EVERY {
                return Ok(());
            }
        }
        manifest::write_running(self, &folder)?;
        self.recorded = Recorded { marks, at: Some(Instant::now()) };
        Ok(())
    }

    /// Makes `runs/NAME/TIME-HASH`, where the hash is that of the script; a run that started within the same second as
    /// another gets a number behind.
    fn new_folder(&self) -> Result<PathBuf> {
        let under = Path::new("runs").join(&self.settings.name);
        std::fs::create_dir_all(&under).map_err(|e| Error::io("cannot make the folder", &under, &e))?;
        let time: String = self.started.chars().filter(|c| !matches!(c, '-' | ':')).collect();
        let hash = self.settings.text_sha256.as_deref().map_or(String::new(), |h| format!("-{}", &h[..7.min(h.len())]));
        let mut number = 1;
        loop {
            let again = if number == 1 { String::new() } else { format!("-{number}") };
            let folder = under.join(format!("{time}{hash}{again}"));
            match std::fs::create_dir(&folder) {
                Ok(()) => return Ok(folder),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
                Err(e) => return Err(Error::io("cannot make the folder", &folder, &e)),
            }
        }
    }

    /// The output folder, if it was made.
    pub fn made_folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// A path inside the output folder; folders on the way are made.
    ///
    /// # Errors
    /// When `name` is empty or leads out of the folder, or a folder cannot be made.
    pub fn output(&mut self, name: &str) -> Result<PathBuf> {
        let inside = Path::new(name).components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
        if name.is_empty() || !inside {
            return Err(Error::value(format!("`{name}` is not a path inside the output folder"))
                .help("give a relative path without `..`; to write elsewhere, pass that path without `out(…)`"));
        }
        let path = self.folder()?.join(name);
        self.record()?;
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| Error::io("cannot make the folder", parent, &e))?;
        }
        Ok(path)
    }

    /// Notes a file or folder that the run is about to read. In a run with a folder it is described at once, for by the
    /// end it may have changed.
    ///
    /// # Errors
    /// When the run that this one continues has read something else there.
    pub fn note_input(&mut self, path: &Path) -> Result<()> {
        if self.inputs.contains_key(path) {
            return Ok(());
        }
        let own = self.folder.as_deref().is_none_or(|folder| is_inside(path, folder));
        let found = if own { None } else { inputs::describe(std::iter::once(path), HASH_AT_ONCE).pop() };
        if let (Some(found), Some(before)) = (&found, &self.before)
            && let Some(then) = before.inputs.iter().find(|input| input.path == path)
            && let Some(change) = found.change_since(then)
        {
            return Err(changed(&format!("the data in `{}`", path.display()), &format!("({change})")));
        }
        self.inputs.insert(path.to_path_buf(), found);
        if let Err(error) = self.record() {
            // What the run came for is to read; a disk that is full shows at the first output.
            tracing::warn!("{error}");
        }
        Ok(())
    }

    /// What was read so far, by this run and the one that it continues.
    pub(super) fn inputs_so_far(&self) -> Vec<Input> {
        self.with_those_before(self.inputs.values().flatten().cloned().collect())
    }

    /// Inputs, and those that the run which this one continues had read beside them.
    pub(super) fn with_those_before(&self, inputs: Vec<Input>) -> Vec<Input> {
        let before = self.before.iter().flat_map(|before| before.inputs.clone());
        let known = before.chain(inputs).map(|input| (input.path.clone(), input));
        known.collect::<BTreeMap<_, _>>().into_values().collect()
    }

    /// What this run has read, with the hashes that were put off until its end.
    pub fn inputs_in_full(&self) -> Vec<Input> {
        let hashed = |input: &&Input| input.sha256.is_some();
        let known = self.inputs.values().flatten().filter(hashed).cloned();
        let rest = self.inputs.iter().filter(|(_, input)| input.as_ref().is_none_or(|input| input.sha256.is_none()));
        let mut inputs: Vec<Input> =
            known.chain(inputs::describe(rest.map(|(path, _)| path.as_path()), HASH_BUDGET)).collect();
        inputs.sort_by(|a, b| a.path.cmp(&b.path));
        inputs
    }

    /// Notes an imported module and the SHA-256 of its text.
    ///
    /// # Errors
    /// When the run that this one continues has imported another text by that name.
    pub fn note_module(&mut self, name: &str, sha256: String) -> Result<()> {
        let then = self.before.as_ref().and_then(|before| before.modules.get(name));
        if then.is_some_and(|then| *then != sha256) {
            return Err(changed(&format!("the module `{name}`"), ""));
        }
        self.modules.insert(name.to_string(), sha256);
        Ok(())
    }

    /// The modules imported so far, by this run and the one that it continues, with the SHA-256 of their texts.
    pub fn modules(&self) -> BTreeMap<String, String> {
        let before = self.before.iter().flat_map(|before| &before.modules);
        before.chain(&self.modules).map(|(name, hash)| (name.clone(), hash.clone())).collect()
    }
}

fn changed(what: &str, how: &str) -> Error {
    Error::refused(format!("cannot resume: {what} has changed since {how}").trim_end())
        .help("restore it, or start a new run in another `--out`")
}

/// Whether a path lies in a folder; both may be relative.
fn is_inside(path: &Path, folder: &Path) -> bool {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    whole(path).starts_with(whole(folder))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn functions_draw_seeds_of_their_own() {
        let mut a = Run::new(Settings::default());
        let mut b = Run::new(Settings::default());
        let first = a.draw_seed("train::dino");
        b.draw_seed("reduce::tsne");
        assert_eq!(b.draw_seed("train::dino"), first);
        assert_ne!(b.draw_seed("train::dino"), first);
    }

    #[test]
    fn outputs_stay_in_their_folder() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = Run::new(Settings { out: Some(folder.path().join("run")), ..Settings::default() });
        assert!(run.made_folder().is_none());
        assert!(run.output("../x").is_err());
        assert!(run.output("/tmp/x").is_err());
        assert!(run.output("").is_err());
        assert!(!folder.path().join("run").exists());
        let path = run.output("plots/a.svg").unwrap();
        assert!(path.parent().unwrap().is_dir() && run.made_folder().is_some());
    }

    #[test]
    fn a_run_is_held_to_the_one_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("a.csv");
        let start = |text: &str, resume: bool| {
            let mut run = Run::new(Settings {
                text_sha256: Some(text.into()),
                out: Some(folder.path().join("run")),
                resume,
                ..Settings::default()
            });
            if resume {
                run.continue_before()?;
            }
            run.folder().map(|_| run)
        };
        std::fs::write(&data, "1").unwrap();
        let mut first = start("aaa", false).unwrap();
        first.note_input(&data).unwrap();
        first.note_module("mine.rhai", "m1".into()).unwrap();
        first.output("x.csv").unwrap();
        // Nothing has ended this run: it may as well have been killed.
        drop(first);
        let error = start("bbb", true).unwrap_err();
        assert_eq!(error.message, "cannot resume: the script has changed since (SHA-256 aaa… then, bbb… now)");
        let mut second = start("aaa", true).unwrap();
        assert!(second.note_module("mine.rhai", "m2".into()).is_err());
        second.note_input(&data).unwrap();
        drop(second);
        // Killed before it had read anything, the second run still knows what the first one read.
        std::fs::write(&data, "2").unwrap();
        let error = start("aaa", true).unwrap().note_input(&data).unwrap_err();
        let name = data.display();
        assert_eq!(
            error.message,
            format!("cannot resume: the data in `{name}` has changed since (of the same size, with another content)")
        );
        // What the run itself writes may differ.
        let mut third = start("aaa", true).unwrap();
        let own = third.output("x.csv").unwrap();
        std::fs::write(&own, "1").unwrap();
        third.note_input(&own).unwrap();
        assert_eq!(third.inputs_so_far().len(), 1);
    }
}
