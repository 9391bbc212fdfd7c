//! The state of a run: all that a resumed run needs to go on as if it had not stopped.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tch::Tensor;

use super::adam::Adam;
use super::history::History;
use super::scale::LossScale;
use crate::error::{Error, Result};
use crate::nn::{ARCHITECTURE, Architecture, Archive, Weights, read_archive};

/// The prefix that the published code gives the weights one embeds with.
const STUDENT: &str = "student_encoder.";

/// Optimiser, history and counters. The weights are the model's own; what a recipe learns beside them it hands over.
pub struct State {
    /// The optimiser.
    pub adam: Adam,
    /// What was measured.
    pub history: History,
    /// Where the run stands.
    pub counters: Counters,
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Counters {
    /// Steps done.
    pub step: u64,
    /// Sum of the losses since the last epoch began, and their number.
    pub epoch: (f64, u64),
    /// The lowest loss on the cells that are held out.
    pub best: Option<f64>,
    /// Measurements on them since.
    pub since_best: u64,
    /// Whether the run was over before its last step.
    pub ended: bool,
    /// The factor on the loss.
    pub scale: LossScale,
}

impl State {
    /// The state at the start of a run.
    pub fn new(weights: &Weights, half_precision: bool) -> State {
        let scale = LossScale::new(half_precision);
        let counters = Counters { step: 0, epoch: (0.0, 0), best: None, since_best: 0, ended: false, scale };
        State { adam: Adam::new(weights), history: History::default(), counters }
    }

    /// Writes the state, whole or not at all; `more` is what the recipe has learnt. `run` describes what must be equal
    /// for a run to be resumed.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(
        &self,
        path: &Path,
        weights: &Weights,
        more: Vec<(String, Tensor)>,
        architecture: &Architecture,
        run: &Value,
    ) -> Result<()> {
        let mut tensors = more;
        tensors.extend(weights.named(STUDENT));
        tensors.extend(self.adam.named(weights));
        let note =
            json!({ ARCHITECTURE: architecture, "run": run, "counters": self.counters, "history": self.history });
        Archive::write(path, tensors, &note)
    }

    /// Takes up a saved state into this one and the weights; gives the tensors of the file, for the recipe.
    ///
    /// # Errors
    /// When the file cannot be read, or was made by a run with other options, seed, views or cells.
    pub fn load(&mut self, path: &Path, weights: &mut Weights, run: &Value) -> Result<HashMap<String, Tensor>> {
        let archive = read_archive(path)?;
        let damaged = |what: &str| Error::format(format!("the checkpoint holds no {what}")).in_file(path);
        let before = archive.note.get("run").ok_or_else(|| damaged("description of its run"))?;
        if before != run {
            return Err(Error::value(format!(
                "the checkpoint `{}` is of a different run: {}",
                path.display(),
                difference(before, run)
            ))
            .help("resume with the script, parameters and seed it was started with, or start in another folder"));
        }
        self.counters = noted(&archive.note, "counters").ok_or_else(|| damaged("counters"))?;
        self.history = noted(&archive.note, "history").ok_or_else(|| damaged("history"))?;
        weights.load(&archive.tensors, STUDENT)?;
        self.adam.load(weights, &archive.tensors, self.counters.step as i64)?;
        Ok(archive.tensors)
    }
}

fn noted<T: serde::de::DeserializeOwned>(note: &Value, entry: &str) -> Option<T> {
    note.get(entry).and_then(|value| serde_json::from_value(value.clone()).ok())
}

/// Names the first thing in which two runs differ.
fn difference(before: &Value, now: &Value) -> String {
    let empty = serde_json::Map::new();
    let (before, now) = (before.as_object().unwrap_or(&empty), now.as_object().unwrap_or(&empty));
    match before.keys().chain(now.keys()).find(|k| before.get(*k) != now.get(*k)) {
        Some(key) => {
            let show = |v: Option<&Value>| v.map_or("nothing".to_string(), Value::to_string);
            format!("`{key}` was {}, now it is {}", show(before.get(key)), show(now.get(key)))
        }
        None => "they are described differently".to_string(),
    }
}
