//! The course of a run: batches, steps, measurements, checkpoints, until it is over. What is learnt is a [`Recipe`].

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use tch::{Device, Kind, Tensor};

use super::history::History;
use super::options::{Checkpoint, Epoch, Event, LoopOptions, Progress};
use super::prefetch::Source;
use super::prepare::{describe, prepare, split};
use super::state::State;
use super::step::{Group, Measured};
use super::watch::{Signs, Watch};
use crate::augment::Pipeline;
use crate::error::{Error, Result};
use crate::morph::Morphology;
use crate::nn::{Architecture, Weights};
use crate::progress::Meter;
use crate::{interrupt, progress};

/// What a run learns from and how, whatever it learns.
pub struct Course<'a> {
    /// The cells.
    pub cells: &'a [Arc<Morphology>],
    /// The options of the loop.
    pub options: &'a LoopOptions,
    /// The seed of all chance in it.
    pub seed: u64,
    /// Where its state is kept.
    pub checkpoint: &'a Checkpoint,
    /// Called after each step and each epoch; may stop the run with an error.
    pub observe: &'a mut dyn FnMut(&Event) -> Result<()>,
}

/// When a step is.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Steps before it.
    pub step: u64,
    /// Steps of the whole run.
    pub steps: u64,
    /// What the loss is multiplied with on its way back.
    pub scale: f64,
}

/// What is learnt: a loss, and what is learnt beside the weights.
pub(super) trait Recipe {
    /// Views that it wants of each cell.
    fn views(&self) -> usize;

    /// The loss of a batch and its gradient.
    fn measure(&self, weights: &Weights, groups: Vec<Group>, at: Moment) -> Result<Measured>;

    /// The loss of cells that are held out, named `validation_loss`, and what else is measured on them.
    fn judge(&self, weights: &Weights, groups: Vec<Group>, at: Moment) -> Result<Vec<(&'static str, f64)>>;

    /// Follows after the optimiser's step.
    fn follow(&mut self, weights: &Weights, measured: &Measured, at: Moment);

    /// What a step measured, for the history.
    fn series(&self, measured: &Measured) -> Vec<(&'static str, f64)>;

    /// What is watched for collapse.
    fn signs(&self, _history: &History, _measured: &Measured) -> Option<Signs> {
        None
    }

    /// What it has learnt beside the weights, by name.
    fn tensors(&self) -> Vec<(String, Tensor)>;

    /// Takes up what it had learnt.
    fn load(&mut self, tensors: &HashMap<String, Tensor>) -> Result<()>;
}

/// Cells computed together on the processor: small enough for the cache, and fixed, so that sums are formed in the same
/// order however many threads there are.
const GROUP: usize = 4;

/// Which of the measured series stand on the progress line, and under which name.
const SHOWN: [(&str, &str); 7] = [
    ("teacher_entropy", "teacher entropy"),
    ("effective_rank", "rank"),
    ("alignment", "alignment"),
    ("uniformity", "uniformity"),
    ("accuracy", "accuracy"),
    ("validation_loss", "validation"),
    ("validation_accuracy", "held out"),
];

/// Runs the course. `description` says what the recipe is; with the options, the seed, the views and the cells it must
/// be equal for a run to be resumed.
pub(super) fn run(
    recipe: &mut dyn Recipe,
    weights: &mut Weights,
    architecture: &Architecture,
    views: Option<&Pipeline>,
    description: Value,
    course: Course,
) -> Result<History> {
    let options = course.options;
    let device = weights.device();
    let prepared = prepare(course.cells, options.max_nodes, course.seed)?;
    let (training, held_out) = split(prepared.len(), options.validation, course.seed)?;
    let batch = options.batch.min(training.len());
    let layout = architecture.layout();
    let source = Source {
        cells: &prepared,
        training: &training,
        pipeline: views,
        views: recipe.views(),
        seed: course.seed,
        batch,
        group: if device == Device::Cpu { GROUP } else { batch },
        layout: &layout,
        sign_flips: options.sign_flips,
    };
    let run = describe(&course, views, description);
    let half_precision = options.autocast && device != Device::Cpu;
    let mut state = State::new(weights, half_precision);
    if let Some(path) = course.checkpoint.path.as_ref().filter(|p| course.checkpoint.resume && p.exists()) {
        let tensors = state.load(path, weights, &run)?;
        recipe.load(&tensors)?;
        tracing::info!("going on from step {} of {}", state.counters.step, path.display());
    }
    let from = if state.counters.ended { options.steps } else { state.counters.step };
    let mut loop_ = Loop {
        recipe,
        weights,
        architecture,
        source: &source,
        held_out: &held_out,
        run,
        state,
        watch: Watch::default(),
        bar: progress::begin("training", options.steps),
        started: (Instant::now(), from),
        course,
    };
    let outcome = loop_.go(from);
    if let Err(error) = outcome {
        if error.is_interrupt() {
            loop_.save()?;
            if let Some(path) = &loop_.course.checkpoint.path {
                let step = loop_.state.counters.step;
                tracing::warn!("stopped after step {step}; `{}` holds the state", path.display());
            }
        }
        return Err(error);
    }
    Ok(loop_.state.history)
}

/// A run under way.
struct Loop<'a, 'b> {
    recipe: &'a mut dyn Recipe,
    weights: &'a mut Weights,
    architecture: &'a Architecture,
    source: &'a Source<'a>,
    held_out: &'a [usize],
    run: Value,
    state: State,
    watch: Watch,
    bar: Box<dyn Meter>,
    started: (Instant, u64),
    course: Course<'b>,
}

impl Loop<'_, '_> {
    fn go(&mut self, from: u64) -> Result<()> {
        let (steps, accumulate) = (self.course.options.steps, self.course.options.accumulate);
        self.bar.set(from, "");
        // A stop may have come between a step and its validation.
        let measured = self.state.history.get("validation_loss").and_then(|points| points.last());
        if from > 0 && self.validation_is_due(from) && measured.is_none_or(|&(step, _)| step < from) {
            self.validate()?;
            if self.state.counters.ended || from == steps {
                return self.save();
            }
        }
        let mut parts = Vec::new();
        let source = self.source;
        source.each(from * accumulate..steps * accumulate, |number, groups| {
            interrupt::check()?;
            parts.push(self.recipe.measure(self.weights, groups, self.now())?);
            if (number + 1) % accumulate != 0 {
                return Ok(ControlFlow::Continue(()));
            }
            let measured = Measured::mean(std::mem::take(&mut parts));
            self.step(measured.ok_or_else(|| Error::internal("a step without batches"))?)
        })
    }

    fn now(&self) -> Moment {
        let counters = &self.state.counters;
        Moment { step: counters.step, steps: self.course.options.steps, scale: counters.scale.factor() }
    }

    /// Takes a step with the gradient of its batches.
    fn step(&mut self, mut measured: Measured) -> Result<ControlFlow<()>> {
        let (options, at) = (self.course.options, self.now());
        if !measured.loss.is_finite() {
            return Err(Error::value(format!("the loss became {} at step {}", measured.loss, at.step + 1))
                .help("lower `lr`, set `clip: 1.0`, or look for cells in another unit than micrometres"));
        }
        let logged = (at.step + 1).is_multiple_of(options.log_every) || at.step == 0 || at.step + 1 == options.steps;
        let gradient = measured.gradient.take().ok_or_else(|| Error::internal("a step without a gradient"))?;
        let lr = options.learning_rate().at(at.step);
        let norm = self.descend(gradient, lr, logged)?;
        self.recipe.follow(self.weights, &measured, at);

        let (step, loss) = (at.step + 1, measured.loss);
        let state = &mut self.state;
        state.counters.step = step;
        state.counters.epoch = (state.counters.epoch.0 + loss, state.counters.epoch.1 + 1);
        state.history.steps = step;
        if logged {
            state.history.push("loss", step, loss);
            state.history.push("lr", step, lr);
            if let Some(norm) = norm {
                state.history.push("gradient_norm", step, norm);
            }
            // What is not defined, such as the spread of a single cell, has no place in a file of numbers.
            for (name, value) in self.recipe.series(&measured).into_iter().filter(|(_, value)| value.is_finite()) {
                state.history.push(name, step, value);
            }
            if let Some(signs) = self.recipe.signs(&state.history, &measured) {
                for warning in self.watch.look(&signs) {
                    tracing::warn!("step {step}: {warning}");
                }
            }
        }
        if self.validation_is_due(step) {
            self.validate()?;
        }
        self.tell(loss, lr)?;
        let counters = &self.state.counters;
        let due = options.checkpoint_every > 0 && step.is_multiple_of(options.checkpoint_every);
        if due || counters.ended || step == options.steps {
            self.save()?;
        }
        if self.state.counters.ended {
            tracing::info!("ended at step {step}: no new lowest loss on the cells held out");
            return Ok(ControlFlow::Break(()));
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Moves the weights against a gradient, whose norm it gives where that is wanted.
    fn descend(&mut self, gradient: Tensor, lr: f64, logged: bool) -> Result<Option<f64>> {
        let (options, scale) = (self.course.options, &mut self.state.counters.scale);
        let mut gradient = gradient;
        if scale.factor() != 1.0 {
            gradient /= scale.factor();
        }
        let wanted = logged || options.clip.is_some() || scale.is_moving();
        let norm = wanted.then(|| gradient.square().sum(Kind::Double).sqrt().double_value(&[]));
        let finite = norm.is_none_or(f64::is_finite);
        scale.note(finite);
        if !finite {
            if scale.is_moving() {
                return Ok(None);
            }
            return Err(Error::value(format!(
                "the gradient is no longer finite at step {}",
                self.state.counters.step + 1
            ))
            .help("lower `lr`, or look for cells in another unit than micrometres"));
        }
        if let (Some(clip), Some(norm)) = (options.clip, norm)
            && norm > clip
        {
            gradient *= clip / (norm + 1e-6);
        }
        self.state.adam.step(self.weights, &gradient, lr, options.weight_decay);
        Ok(norm)
    }

    fn validation_is_due(&self, step: u64) -> bool {
        let LoopOptions { validate_every, steps, .. } = self.course.options;
        !self.held_out.is_empty()
            && !self.state.counters.ended
            && (step.is_multiple_of(*validate_every) || step == *steps)
    }

    /// Measures the loss on the cells that are held out, and whether it still falls.
    fn validate(&mut self) -> Result<()> {
        let groups = self.source.held_out(self.held_out);
        let measured = self.recipe.judge(self.weights, groups, self.now())?;
        let counters = &mut self.state.counters;
        for &(name, value) in &measured {
            self.state.history.push(name, counters.step, value);
        }
        let Some(&(_, loss)) = measured.first() else { return Ok(()) };
        if counters.best.is_none_or(|best| loss < best) {
            (counters.best, counters.since_best) = (Some(loss), 0);
        } else {
            counters.since_best += 1;
        }
        counters.ended = self.course.options.patience.is_some_and(|patience| counters.since_best >= patience);
        Ok(())
    }

    /// Tells the screen and the observer.
    fn tell(&mut self, loss: f64, lr: f64) -> Result<()> {
        let (step, accumulate) = (self.state.counters.step, self.course.options.accumulate);
        let pace = (step - self.started.1) as f64 / self.started.0.elapsed().as_secs_f64();
        let mut line = format!("loss {loss:.4}");
        for (name, shown) in SHOWN {
            if let Some(value) = self.state.history.last(name) {
                line += &format!(", {shown} {value:.2}");
            }
        }
        self.bar.set(step, &format!("{line}, {pace:.2} it/s"));
        let epoch = step * accumulate / self.source.per_epoch();
        let before = (step - 1) * accumulate / self.source.per_epoch();
        (self.course.observe)(&Event::Step(Progress { step, epoch, loss, lr }))?;
        if epoch > before {
            let (sum, count) = std::mem::take(&mut self.state.counters.epoch);
            let measured = self.state.history.series.iter();
            let measured = measured.filter_map(|(name, points)| Some((name.clone(), points.last()?.1))).collect();
            (self.course.observe)(&Event::Epoch(Epoch { epoch, step, loss: sum / count as f64, measured }))?;
        }
        Ok(())
    }

    fn save(&self) -> Result<()> {
        match &self.course.checkpoint.path {
            Some(path) => self.write(path),
            None => Ok(()),
        }
    }

    fn write(&self, path: &Path) -> Result<()> {
        self.state.save(path, self.weights, self.recipe.tensors(), self.architecture, &self.run)
    }
}
