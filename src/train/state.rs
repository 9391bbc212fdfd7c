//! The state of a DINO run: all that a resumed run needs to go on as if it had not stopped.

use std::path::Path;

use serde_json::{Value, json};
use tch::{Kind, Tensor};

use super::adam::Adam;
use super::history::History;
use crate::error::{Error, Result};
use crate::nn::{ARCHITECTURE, Architecture, Archive, Weights, read_archive};

const STUDENT: &str = "student_encoder.";
const TEACHER: &str = "teacher_encoder.";
const CENTRE: &str = "teacher_centers";

/// Teacher, centre, optimiser, step and history; the student's weights are the model's own.
pub struct State {
    /// Steps done.
    pub step: u64,
    /// The slowly following copy of the student.
    pub teacher: Weights,
    /// Running mean of the teacher's logits, `[1, prototypes]`.
    pub centre: Tensor,
    /// The student's optimiser.
    pub adam: Adam,
    /// What was measured.
    pub history: History,
}

impl State {
    /// The state at the start of a run: the teacher is a copy of the student.
    pub fn new(student: &Weights, architecture: &Architecture) -> State {
        State {
            step: 0,
            teacher: student.copied(),
            centre: Tensor::zeros([1, architecture.projector.prototypes as i64], (Kind::Float, student.device())),
            adam: Adam::new(student),
            history: History::default(),
        }
    }

    /// The teacher and the centre follow: `t <- m t + (1 - m) s`, `c <- m_c c + (1 - m_c) mean`.
    pub fn follow(&mut self, student: &Weights, mean_logits: &Tensor, momentum: f64, centre_momentum: f64) {
        tch::no_grad(|| {
            for (teacher, student) in self.teacher.tensors_mut().iter_mut().zip(student.tensors()) {
                let _ = teacher.lerp_(student, 1.0 - momentum);
            }
            let _ = self.centre.lerp_(mean_logits, 1.0 - centre_momentum);
        });
    }

    /// Writes the state, whole or not at all. `run` describes what must be equal for a run to be resumed.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path, student: &Weights, architecture: &Architecture, run: &Value) -> Result<()> {
        let mut tensors = vec![(CENTRE.to_string(), self.centre.shallow_clone())];
        tensors.extend(student.named(STUDENT));
        tensors.extend(self.teacher.named(TEACHER));
        tensors.extend(self.adam.named(student));
        let note = json!({ ARCHITECTURE: architecture, "run": run, "step": self.step, "history": self.history });
        Archive::write(path, tensors, &note)
    }

    /// Takes up a saved state into this one and the student.
    ///
    /// # Errors
    /// When the file cannot be read, or was made by a run with other options, seed, views or cells.
    pub fn load(&mut self, path: &Path, student: &mut Weights, run: &Value) -> Result<()> {
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
        self.step = archive.note.get("step").and_then(Value::as_u64).ok_or_else(|| damaged("step"))?;
        self.history = archive
            .note
            .get("history")
            .and_then(|h| serde_json::from_value(h.clone()).ok())
            .ok_or_else(|| damaged("history"))?;
        let centre = archive.tensors.get(CENTRE).ok_or_else(|| damaged("centre"))?;
        tch::no_grad(|| self.centre.copy_(centre));
        student.load(&archive.tensors, STUDENT)?;
        self.teacher.load(&archive.tensors, TEACHER)?;
        self.adam.load(student, &archive.tensors, self.step as i64)
    }
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
