//! What a sweep is to do, as `sweep.json` keeps it, and the cells that follow from it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::grid::{Axis, combinations};
use crate::error::{Error, Result};
use crate::run::{atomic, manifest, seed};

/// The plan's file name.
pub(super) const FILE: &str = "sweep.json";

/// What a sweep is to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The script, as it was named.
    pub script: PathBuf,
    /// SHA-256 of its text.
    pub script_sha256: String,
    /// The folder that relative paths start at, in the script's parameters above all.
    pub started_in: PathBuf,
    /// The values to try.
    pub grid: Vec<Axis>,
    /// How often every combination runs.
    pub repeat: u64,
    /// `name=value` of parameters that are the same in all runs.
    pub params: Vec<String>,
    /// A file of such.
    pub params_file: Option<PathBuf>,
    /// The seed that those of the cells are derived from.
    pub seed: u64,
    /// The device that the runs ask for.
    pub device: String,
    /// Whether the script does a tiny version of its work.
    pub smoke: bool,
    /// Further options of `nms run`, such as `--no-std`.
    pub options: Vec<String>,
    /// CSV files of the cells whose rows are joined.
    pub rows: Vec<String>,
    /// When it was begun.
    pub begun: String,
}

/// One run of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its number, counted from 1.
    pub number: usize,
    /// The name of its folder.
    pub name: String,
    /// The parameters that the grid gives it.
    pub params: Vec<(String, String)>,
    /// Which of its repeats it is, counted from 1.
    pub repeat: u64,
    /// Its seed.
    pub seed: u64,
}

impl Cell {
    /// What sets it apart, for people: `lr=1e-3 dim=16, repeat 2`.
    pub fn label(&self) -> String {
        let params: Vec<String> = self.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let repeat = (self.repeat > 1 || params.is_empty()).then(|| format!("repeat {}", self.repeat));
        [Some(params.join(" ")).filter(|p| !p.is_empty()), repeat].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl Plan {
    /// The plan in a folder, if there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn load(folder: &Path) -> Result<Option<Plan>> {
        let path = folder.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::io("cannot read", &path, &e)),
        };
        serde_json::from_str(&text).map(Some).map_err(|e| Error::format(e.to_string()).in_file(&path))
    }

    pub(super) fn save(&self, folder: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(|e| Error::internal(format!("a plan as JSON: {e}")))?;
        atomic::write(&folder.join(FILE), (text + "\n").as_bytes())
    }

    /// The runs: every combination of the grid, as often as it repeats. The seed of a cell hangs on its own parameters
    /// and repeat only, so that a larger grid gives a cell that it shares with a smaller one the same numbers.
    ///
    /// # Errors
    /// When the grid cannot be.
    pub fn cells(&self) -> Result<Vec<Cell>> {
        let settings = combinations(&self.grid)?;
        let total = settings.len() * usize::try_from(self.repeat).unwrap_or(usize::MAX / 2).min(1_000_000);
        let digits = total.to_string().len().max(3);
        let mut cells = Vec::with_capacity(total);
        for params in settings {
            let mut named: Vec<String> = params.iter().map(|(name, value)| format!("{name}={value}")).collect();
            named.sort_unstable();
            let purpose = format!("sweep\n{}", named.join("\n"));
            for repeat in 1..=self.repeat {
                let number = cells.len() + 1;
                let name = format!("{number:0digits$}");
                let seed = seed::derive(self.seed, &purpose, repeat);
                cells.push(Cell { number, name, params: params.clone(), repeat, seed });
            }
        }
        Ok(cells)
    }

    /// Refuses to run cells with another script than the sweep was begun with: it may be edited while a long sweep runs.
    ///
    /// # Errors
    /// When it has changed, or cannot be read.
    pub fn hold_script(&self) -> Result<()> {
        let path = self.started_in.join(&self.script);
        let text = std::fs::read(&path).map_err(|e| Error::io("cannot read the script", &path, &e))?;
        if manifest::sha256(&text) == self.script_sha256 { Ok(()) } else { Err(changed_script()) }
    }

    /// Refuses to go on with a sweep of another plan.
    ///
    /// # Errors
    /// When `now` differs from this in what its runs would be.
    pub fn hold_to(&self, now: &Plan) -> Result<()> {
        let fields = |plan: &Plan| serde_json::to_value(plan).ok().and_then(|v| v.as_object().cloned());
        let (Some(then), Some(now)) = (fields(self), fields(now)) else {
            return Err(Error::internal("a plan that is no JSON object"));
        };
        // What does not bear on the runs.
        let differs = |name: &&String| !matches!(name.as_str(), "begun" | "rows") && then.get(*name) != now.get(*name);
        match then.keys().find(differs) {
            None => Ok(()),
            Some(name) if name == "script_sha256" => Err(changed_script()),
            Some(name) => {
                let shown = |plan: &serde_json::Map<String, serde_json::Value>| {
                    plan.get(name).map_or("nothing".to_string(), ToString::to_string)
                };
                Err(Error::refused(format!(
                    "cannot resume: `{name}` of the sweep was {} and is now {}",
                    shown(&then),
                    shown(&now)
                ))
                .help("`nms sweep resume DIR` goes on as it was begun; begin another sweep in another `--out`"))
            }
        }
    }
}

fn changed_script() -> Error {
    Error::refused("cannot resume: the script has changed since the sweep began")
        .help("restore it, or begin another sweep in another `--out`: its runs would not compare with these")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::*;

    pub fn plan(grid: &[&str], repeat: u64) -> Plan {
        Plan {
            script: "fit.rhai".into(),
            script_sha256: "00".into(),
            started_in: "/".into(),
            grid: grid.iter().map(|text| Axis::parse(text).unwrap()).collect(),
            repeat,
            params: Vec::new(),
            params_file: None,
            seed: 7,
            device: "auto".into(),
            smoke: false,
            options: Vec::new(),
            rows: Vec::new(),
            begun: String::new(),
        }
    }

    #[test]
    fn cells_have_names_and_seeds_of_their_own() {
        let cells = plan(&["lr=1,2", "dim=16,32"], 3).cells().unwrap();
        assert_eq!(cells.len(), 12);
        assert_eq!((cells[4].name.as_str(), cells[4].label().as_str()), ("005", "lr=1 dim=32, repeat 2"));
        let mut seeds: Vec<u64> = cells.iter().map(|cell| cell.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        assert_eq!(seeds.len(), 12);
        assert_eq!(plan(&[], 2).cells().unwrap()[0].label(), "repeat 1");
    }

    #[test]
    fn a_larger_grid_keeps_the_seeds_of_a_smaller_one() {
        let small = plan(&["lr=1", "dim=16"], 1).cells().unwrap();
        let large = plan(&["dim=8,16", "lr=1,2"], 2).cells().unwrap();
        let same = large.iter().find(|cell| cell.label() == "dim=16 lr=1").unwrap();
        assert_eq!(same.seed, small[0].seed);
    }

    #[test]
    fn a_sweep_goes_on_as_it_was_begun() {
        let folder = tempfile::tempdir().unwrap();
        let begun = plan(&["lr=1,2"], 1);
        begun.save(folder.path()).unwrap();
        let read = Plan::load(folder.path()).unwrap().unwrap();
        assert_eq!(read, begun);
        read.hold_to(&Plan { begun: "later".into(), ..begun.clone() }).unwrap();
        let error = read.hold_to(&Plan { repeat: 2, ..begun.clone() }).unwrap_err();
        assert_eq!(error.message, "cannot resume: `repeat` of the sweep was 1 and is now 2");
        let error = read.hold_to(&Plan { script_sha256: "11".into(), ..begun }).unwrap_err();
        assert_eq!(error.message, "cannot resume: the script has changed since the sweep began");
    }
}
