//! The state of a run while its script runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::params::Params;
use super::{manifest, seed};
use crate::error::{Error, Result};

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
    draws: BTreeMap<&'static str, u64>,
    inputs: BTreeSet<PathBuf>,
    modules: BTreeMap<String, String>,
    folder: Option<PathBuf>,
}

impl Run {
    /// A run at its start.
    pub fn new(settings: Settings) -> Self {
        Run {
            settings,
            params: Params::default(),
            results: serde_json::Map::new(),
            started: manifest::now(),
            draws: BTreeMap::new(),
            inputs: BTreeSet::new(),
            modules: BTreeMap::new(),
            folder: None,
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
    /// When its manifest cannot be read, or it had another seed.
    pub fn continue_before(&mut self) -> Result<()> {
        let Some(folder) = &self.settings.out else { return Ok(()) };
        let Some(before) = manifest::before(folder)? else { return Ok(()) };
        if before.seed != self.settings.seed {
            let error = format!("cannot resume: the seed was {} and is now {}", before.seed, self.settings.seed);
            return Err(Error::value(error).help(format!("repeat the run with `--seed {}`", before.seed)));
        }
        self.params.continue_with(before.parameters);
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
        manifest::write_running(self, &folder)?;
        Ok(self.folder.insert(folder).clone())
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
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| Error::io("cannot make the folder", parent, &e))?;
        }
        Ok(path)
    }

    /// Notes a file or folder that the run reads.
    pub fn note_input(&mut self, path: &Path) {
        self.inputs.insert(path.to_path_buf());
    }

    /// The files and folders read so far.
    pub fn inputs(&self) -> impl Iterator<Item = &Path> {
        self.inputs.iter().map(PathBuf::as_path)
    }

    /// Notes an imported module and the SHA-256 of its text.
    pub fn note_module(&mut self, name: &str, sha256: String) {
        self.modules.insert(name.to_string(), sha256);
    }

    /// The modules imported so far, with the SHA-256 of their texts.
    pub fn modules(&self) -> &BTreeMap<String, String> {
        &self.modules
    }
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
}
