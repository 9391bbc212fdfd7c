//! Contrastive learning: a view must find the other view of its neuron among those of other neurons.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::course::{self, Course, Moment, Recipe};
use super::history::History;
use super::loss::{InfoNce, Space};
use super::monitor;
use super::ramp::Ramp;
use super::step::{Group, Measured, Readout, Step};
use super::watch::Signs;
use crate::augment::Pipeline;
use crate::error::{Error, Result};
use crate::nn::{Architecture, Model, Weights};

/// What contrastive learning is told beside [`LoopOptions`](super::LoopOptions).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContrastiveOptions {
    /// What cosines are divided by: the lower, the more the nearest strangers count.
    pub temperature: Ramp,
    /// Where views are compared.
    pub space: Space,
}

impl Default for ContrastiveOptions {
    fn default() -> Self {
        ContrastiveOptions { temperature: Ramp::constant(0.1), space: Space::Projector }
    }
}

/// Trains a model in place with InfoNCE on pairs of views of neurons; returns the history of loss, learning rate, the
/// share of views that find their other view, and of the latents effective rank, alignment and uniformity.
///
/// All views of a batch are compared with each other, so all of them are in memory at once; with `accumulate`, cells are
/// compared within each batch, and gradients are averaged.
///
/// # Errors
/// As [`dino`](super::dino()), and for a batch of a single cell, which has nothing to be told from.
pub fn contrastive(
    model: &mut Model,
    views: &Pipeline,
    options: &ContrastiveOptions,
    course: Course,
) -> Result<History> {
    course.options.check()?;
    options.temperature.check("temperature", "be greater than 0", |v| v.is_finite() && v > 0.0)?;
    if course.options.batch < 2 || course.cells.len() < 2 {
        let (batch, cells) = (course.options.batch, course.cells.len());
        return Err(Error::value(format!("a batch of {batch} of {cells} cells has nothing to tell a cell from"))
            .help("contrastive learning needs at least 2 cells per batch, better 64"));
    }
    let held_out = course.options.validation * course.cells.len() as f64;
    if held_out > 0.0 && held_out.round() < 2.0 {
        return Err(Error::value("a single cell that is held out has nothing to be told from")
            .help("hold out a larger share with `validation`"));
    }
    let architecture = model.architecture().clone();
    let description = json!({ "recipe": "contrastive", "options": options });
    let mut recipe = Contrastive { architecture: &architecture, options, autocast: course.options.autocast };
    course::run(&mut recipe, model.weights_mut(), &architecture, (Some(views), 2), description, course)
}

struct Contrastive<'a> {
    architecture: &'a Architecture,
    options: &'a ContrastiveOptions,
    autocast: bool,
}

impl Contrastive<'_> {
    fn with_step<T>(&self, weights: &Weights, at: Moment, work: impl FnOnce(&Step) -> T) -> T {
        let temperature = self.options.temperature.at(at.step, at.steps);
        let objective = InfoNce { temperature, space: self.options.space };
        work(&Step {
            architecture: self.architecture,
            objective: &objective,
            readout: match self.options.space {
                Space::Projector => Readout::Projector,
                Space::Latent => Readout::Latent,
            },
            views: 2,
            autocast: self.autocast,
            scale: at.scale,
            device: weights.device(),
        })
    }
}

impl Recipe for Contrastive<'_> {
    type Group = Group;

    fn measure(&self, weights: &Weights, groups: Vec<Group>, at: Moment) -> Result<Measured> {
        self.with_step(weights, at, |step| step.measure(weights, None, groups))
    }

    fn judge(&self, weights: &Weights, groups: Vec<Group>, at: Moment) -> Result<Vec<(&'static str, f64)>> {
        let judged = self.with_step(weights, at, |step| step.judge(weights, None, groups))?;
        let found = judged.sums.first().map_or(f64::NAN, |found| found.double_value(&[]));
        Ok(vec![("validation_loss", judged.loss), ("validation_accuracy", found)])
    }

    fn series(&self, measured: &Measured) -> Vec<(&'static str, f64)> {
        let found = measured.sums.first().map_or(f64::NAN, |found| found.double_value(&[]));
        let mut series = vec![("accuracy", found)];
        series.extend(monitor::of_pairs(&measured.latents));
        series
    }

    fn signs(&self, history: &History, measured: &Measured) -> Option<Signs> {
        Some(Signs::of(history, measured))
    }
}
