//! Self-distillation without labels (DINO, Caron et al. 2021) on views of neurons: GraphDINO's training.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tch::Device;

use super::history::History;
use super::loss::{DinoLoss, Temperatures};
use super::prefetch::Source;
use super::schedule::Schedule;
use super::state::State;
use super::step::DinoStep;
use crate::augment::{Augmentation, Pipeline, Subsample, View};
use crate::error::{Error, Result};
use crate::morph::Morphology;
use crate::nn::{Model, Weights};
use crate::run::seed::stream;
use crate::{interrupt, progress};

/// Options of a DINO run; the defaults are those of the published training on the Allen cells.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DinoOptions {
    /// Number of steps.
    pub steps: u64,
    /// Cells per step, each seen in two views; fewer where there are fewer cells.
    pub batch: usize,
    /// Learning rate after the warm-up, which takes a fiftieth of the steps.
    pub lr: f64,
    /// What the learning rate is multiplied with every fifth of the run.
    pub decay: f64,
    /// Momentum of the teacher.
    pub momentum: f64,
    /// Momentum of the centre.
    pub centre_momentum: f64,
    /// Temperature of the student's softmax.
    pub student_temperature: f64,
    /// Temperature of the teacher's softmax.
    pub teacher_temperature: f64,
    /// Flips the signs of each view's Laplacian eigenvectors at random, since a sign means nothing.
    pub sign_flips: bool,
    /// Neurons with more nodes are thinned to this number once, before training.
    pub max_nodes: usize,
    /// Steps between two measurements in the history.
    pub log_every: u64,
    /// Steps between two checkpoints; 0 for one at the end only.
    pub checkpoint_every: u64,
    /// Lets CUDA compute matrix products in half precision.
    pub autocast: bool,
}

impl Default for DinoOptions {
    fn default() -> Self {
        DinoOptions {
            steps: 1000,
            batch: 64,
            lr: 1e-4,
            decay: 0.5,
            momentum: 0.999,
            centre_momentum: 0.9,
            student_temperature: 0.9,
            teacher_temperature: 0.06,
            sign_flips: false,
            max_nodes: 1000,
            log_every: 10,
            checkpoint_every: 100,
            autocast: false,
        }
    }
}

/// Where a run keeps its checkpoint.
#[derive(Clone, Debug, Default)]
pub struct Checkpoint {
    /// The file; none: the run cannot be resumed.
    pub path: Option<PathBuf>,
    /// Goes on from the file where it exists.
    pub resume: bool,
}

/// What an observer is told after each step.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Steps done.
    pub step: u64,
    /// The step's loss.
    pub loss: f64,
    /// The step's learning rate.
    pub lr: f64,
}

/// Cells computed together on the processor: small enough for the cache, and fixed, so that sums are formed in the same
/// order however many threads there are.
const GROUP: usize = 4;

impl DinoOptions {
    fn check(&self, n_cells: usize) -> Result<()> {
        let positive = [
            ("lr", self.lr),
            ("decay", self.decay),
            ("student_temperature", self.student_temperature),
            ("teacher_temperature", self.teacher_temperature),
        ];
        if let Some((name, value)) = positive.iter().find(|(_, v)| !v.is_finite() || *v <= 0.0) {
            return Err(Error::value(format!("`{name}` must be greater than 0, not {value}")));
        }
        for (name, value) in [("momentum", self.momentum), ("centre_momentum", self.centre_momentum)] {
            if !(0.0..=1.0).contains(&value) {
                return Err(Error::value(format!("`{name}` must lie between 0 and 1, not {value}")));
            }
        }
        if self.steps == 0 || self.batch == 0 || self.log_every == 0 {
            return Err(Error::value("`steps`, `batch` and `log_every` must be at least 1"));
        }
        if self.max_nodes < 2 {
            return Err(Error::value(format!("`max_nodes` must be at least 2, not {}", self.max_nodes)));
        }
        if n_cells == 0 {
            return Err(Error::value("there are no cells to train on").help("was everything filtered out?"));
        }
        Ok(())
    }
}

/// Trains a model in place on views of neurons and returns what was measured: the loss, the learning rate, the
/// teacher's marginal entropy and the latents' effective rank.
///
/// `observe` is called after each step and may stop the run with an error. A stop on request finishes or abandons the
/// current step, writes the checkpoint and returns the stop error; the weights of the last finished step stay.
///
/// # Errors
/// On options out of range, a checkpoint of another run, a failed write, a stop, or a loss that is no longer a number.
pub fn dino(
    model: &mut Model,
    cells: &[Arc<Morphology>],
    pipeline: &Pipeline,
    options: &DinoOptions,
    seed: u64,
    checkpoint: &Checkpoint,
    observe: &mut dyn FnMut(&Progress) -> Result<()>,
) -> Result<History> {
    options.check(cells.len())?;
    let architecture = model.architecture().clone();
    let layout = architecture.layout();
    let run = describe(cells, pipeline, options, seed);
    let device = model.weights().device();
    let prepared = prepare(cells, options.max_nodes, seed)?;
    let batch = options.batch.min(prepared.len());
    let source = Source {
        cells: &prepared,
        pipeline,
        seed,
        batch,
        group: if device == Device::Cpu { GROUP } else { batch },
        layout: &layout,
        sign_flips: options.sign_flips,
    };
    let mut state = State::new(model.weights(), &architecture);
    if let Some(path) = checkpoint.path.as_ref().filter(|p| checkpoint.resume && p.exists()) {
        state.load(path, model.weights_mut(), &run)?;
        tracing::info!("going on from step {} of {}", state.step, path.display());
    }
    let save = |state: &State, student: &Weights| match &checkpoint.path {
        Some(path) => state.save(path, student, &architecture, &run),
        None => Ok(()),
    };
    let schedule = Schedule::published(options.lr, options.decay, options.steps);
    let temperatures = Temperatures { student: options.student_temperature, teacher: options.teacher_temperature };
    let work = DinoStep { architecture: &architecture, loss: DinoLoss { temperatures }, autocast: options.autocast };
    let bar = progress::begin("training", options.steps);
    bar.set(state.step, "");
    let (started, first) = (Instant::now(), state.step);
    let outcome = source.each(state.step..options.steps, |step, groups| {
        interrupt::check()?;
        let measured = work.measure(model.weights(), &state, groups, device)?;
        if !measured.loss.is_finite() {
            return Err(Error::value(format!("the loss became {} at step {}", measured.loss, step + 1))
                .help("lower `lr`, or look for cells in another unit than micrometres"));
        }
        let lr = schedule.at(step);
        state.adam.step(model.weights_mut(), &measured.gradients, lr);
        state.follow(model.weights(), &measured.mean_logits, options.momentum, options.centre_momentum);
        state.step = step + 1;
        state.history.steps = state.step;
        if state.step.is_multiple_of(options.log_every) || state.step == 1 || state.step == options.steps {
            measured.note(&mut state.history, lr);
        }
        let pace = (state.step - first) as f64 / started.elapsed().as_secs_f64();
        let last = |name| state.history.last(name).unwrap_or(0.0);
        let (entropy, rank) = (last("teacher_entropy"), last("effective_rank"));
        bar.set(
            state.step,
            &format!("loss {:.4}, teacher entropy {entropy:.2}, rank {rank:.1}, {pace:.2} it/s", measured.loss),
        );
        observe(&Progress { step: state.step, loss: measured.loss, lr })?;
        let due = options.checkpoint_every > 0 && state.step.is_multiple_of(options.checkpoint_every);
        if due || state.step == options.steps { save(&state, model.weights()) } else { Ok(()) }
    });
    if let Err(error) = outcome {
        if error.is_interrupt() {
            save(&state, model.weights())?;
            if let Some(path) = &checkpoint.path {
                tracing::warn!("stopped after step {}; `{}` holds the state", state.step, path.display());
            }
        }
        return Err(error);
    }
    Ok(state.history)
}

/// Centres the neurons and thins the large ones.
fn prepare(cells: &[Arc<Morphology>], max_nodes: usize, seed: u64) -> Result<Vec<View>> {
    if let Some(cell) = cells.iter().find(|c| c.len() < 2) {
        return Err(Error::value(format!("`{}` has a single sample, so it has no shape to learn from", cell.name))
            .help("leave out such cells: cells.filter(|c| c.n_nodes > 1)"));
    }
    let thin = Subsample { nodes: max_nodes };
    Ok(cells
        .par_iter()
        .enumerate()
        .map(|(i, cell)| {
            let mut view = View::whole(cell);
            thin.apply(&mut view, 2, &mut stream(seed, "thin", i as u64));
            view
        })
        .collect())
}

/// What must be equal for a run to be resumed.
fn describe(cells: &[Arc<Morphology>], pipeline: &Pipeline, options: &DinoOptions, seed: u64) -> Value {
    let mut hash = Sha256::new();
    for cell in cells {
        hash.update(cell.name.as_bytes());
        for (position, parent) in cell.position.iter().zip(&cell.parent) {
            position.iter().for_each(|v| hash.update(v.to_le_bytes()));
            hash.update(parent.to_le_bytes());
        }
    }
    let cells: String = hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect();
    json!({ "options": options, "seed": seed, "views": pipeline.describe(), "cells": cells })
}
