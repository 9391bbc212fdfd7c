//! The state of a run while its script runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::params::Params;
use super::seed;
use crate::error::{Error, Result};

/// What was decided before the script started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The seed that every random call without one of its own draws from.
    pub seed: u64,
    /// The device for models: `auto`, `cpu`, `cuda` or `cuda:n`.
    pub device: String,
    /// The script's file; none in a session and for code from the command line or a pipe.
    pub script: Option<PathBuf>,
    /// The folder for outputs.
    pub out: PathBuf,
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
            script: None,
            out: PathBuf::from("runs/session"),
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
    draws: BTreeMap<&'static str, u64>,
    inputs: BTreeSet<PathBuf>,
    modules: BTreeMap<String, String>,
    folder_made: bool,
}

impl Run {
    /// A run at its start.
    pub fn new(settings: Settings) -> Self {
        Run {
            settings,
            params: Params::default(),
            results: serde_json::Map::new(),
            draws: BTreeMap::new(),
            inputs: BTreeSet::new(),
            modules: BTreeMap::new(),
            folder_made: false,
        }
    }

    /// The seed of the next call of `function` that gives none. Each function counts for itself, so that a new random
    /// call in a script leaves the numbers of all other functions as they were.
    pub fn draw_seed(&mut self, function: &'static str) -> u64 {
        let count = self.draws.entry(function).or_insert(0);
        *count += 1;
        seed::derive(self.settings.seed, function, *count - 1)
    }

    /// The output folder, made when first asked for.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn folder(&mut self) -> Result<PathBuf> {
        if !self.folder_made {
            let folder = &self.settings.out;
            std::fs::create_dir_all(folder).map_err(|e| Error::io("cannot make the folder", folder, &e))?;
            self.folder_made = true;
        }
        Ok(self.settings.out.clone())
    }

    /// Whether the output folder was asked for.
    pub fn has_folder(&self) -> bool {
        self.folder_made
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
        let mut run = Run::new(Settings { out: folder.path().join("run"), ..Settings::default() });
        assert!(!run.has_folder());
        assert!(run.output("../x").is_err());
        assert!(run.output("/tmp/x").is_err());
        assert!(run.output("").is_err());
        assert!(!folder.path().join("run").exists());
        let path = run.output("plots/a.svg").unwrap();
        assert!(path.parent().unwrap().is_dir() && run.has_folder());
    }
}
