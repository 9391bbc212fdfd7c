//! Self-distillation without labels (DINO, Caron et al. 2021) on views of neurons: GraphDINO's training.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tch::{Kind, Tensor};

use super::course::{self, Course, Moment, Recipe};
use super::history::History;
use super::loss::{Centring, DinoLoss};
use super::monitor;
use super::ramp::Ramp;
use super::step::{Group, Measured, Readout, Second, Step};
use super::watch::Signs;
use crate::augment::Pipeline;
use crate::error::{Error, Result};
use crate::nn::{Architecture, Model, Weights};

/// What DINO is told beside [`LoopOptions`](super::LoopOptions); the defaults are those of the published training on the
/// Allen cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DinoOptions {
    /// Momentum of the teacher.
    pub momentum: Ramp,
    /// Momentum of the centre.
    pub centre_momentum: f64,
    /// Temperature of the student's softmax.
    pub student_temperature: Ramp,
    /// Temperature of the teacher's softmax.
    pub teacher_temperature: Ramp,
    /// What keeps targets spread over the prototypes.
    pub centring: Centring,
    /// Iterations of Sinkhorn's balancing.
    pub sinkhorn_steps: usize,
    /// Weight of the KoLeo regulariser, which keeps latents apart.
    pub koleo: f64,
}

impl Default for DinoOptions {
    fn default() -> Self {
        DinoOptions {
            momentum: Ramp::constant(0.999),
            centre_momentum: 0.9,
            student_temperature: Ramp::constant(0.9),
            teacher_temperature: Ramp::constant(0.06),
            centring: Centring::Mean,
            sinkhorn_steps: 3,
            koleo: 0.0,
        }
    }
}

impl DinoOptions {
    fn check(&self) -> Result<()> {
        let share = |v: f64| (0.0..=1.0).contains(&v);
        let positive = |v: f64| v.is_finite() && v > 0.0;
        self.momentum.check("momentum", "lie between 0 and 1", share)?;
        self.student_temperature.check("student_temperature", "be greater than 0", positive)?;
        self.teacher_temperature.check("teacher_temperature", "be greater than 0", positive)?;
        if !share(self.centre_momentum) {
            return Err(Error::value(format!(
                "`centre_momentum` must lie between 0 and 1, not {}",
                self.centre_momentum
            )));
        }
        if self.sinkhorn_steps == 0 {
            return Err(Error::value("`sinkhorn_steps` must be at least 1"));
        }
        if !self.koleo.is_finite() || self.koleo < 0.0 {
            return Err(Error::value(format!("`koleo` must be 0 or more, not {}", self.koleo)));
        }
        Ok(())
    }

    /// The loss at a moment.
    fn loss(&self, at: Moment) -> DinoLoss {
        DinoLoss {
            student_temperature: self.student_temperature.at(at.step, at.steps),
            teacher_temperature: self.teacher_temperature.at(at.step, at.steps),
            centring: self.centring,
            sinkhorn_steps: self.sinkhorn_steps,
            koleo: self.koleo,
        }
    }
}

/// Trains a model in place on pairs of views of neurons and returns what was measured: the loss, the learning rate, the
/// gradient's norm, the teacher's marginal entropy, and of the latents effective rank, alignment and uniformity.
///
/// A stop on request finishes or abandons the current step, writes the checkpoint and returns the stop error; the weights
/// of the last finished step stay.
///
/// # Errors
/// On options out of range, a checkpoint of another run, a failed write, a stop, or a loss that is no longer a number.
pub fn dino(model: &mut Model, views: &Pipeline, options: &DinoOptions, course: Course) -> Result<History> {
    course.options.check()?;
    options.check()?;
    let architecture = model.architecture().clone();
    let mut recipe = Dino::new(&architecture, model.weights(), options.clone(), course.options.autocast);
    let description = json!({ "recipe": "dino", "options": options });
    course::run(&mut recipe, model.weights_mut(), &architecture, Some(views), description, course)
}

const TEACHER: &str = "teacher_encoder.";
const CENTRE: &str = "teacher_centers";

/// Teacher and centre, which follow the student.
pub struct Dino<'a> {
    /// The slowly following copy of the student.
    pub teacher: Weights,
    /// Running mean of the teacher's scores, `[1, prototypes]`.
    pub centre: Tensor,
    architecture: &'a Architecture,
    options: DinoOptions,
    autocast: bool,
}

impl<'a> Dino<'a> {
    /// The start of a run: the teacher is a copy of the student.
    pub fn new(architecture: &'a Architecture, student: &Weights, options: DinoOptions, autocast: bool) -> Dino<'a> {
        let prototypes = architecture.projector.prototypes as i64;
        Dino {
            teacher: student.copied(),
            centre: Tensor::zeros([1, prototypes], (Kind::Float, student.device())),
            architecture,
            options,
            autocast,
        }
    }

    /// The loss of a batch and its gradient.
    ///
    /// # Errors
    /// When stopped on request.
    pub fn measure(&self, student: &Weights, groups: Vec<Group>, at: Moment) -> Result<Measured> {
        self.with_step(at, |step, teacher| step.measure(student, Some(teacher), groups))
    }

    /// The teacher and the centre follow: `t <- m t + (1 - m) s`, `c <- m_c c + (1 - m_c) mean`.
    pub fn follow(&mut self, student: &Weights, measured: &Measured, at: Moment) {
        tch::no_grad(|| {
            let momentum = self.options.momentum.at(at.step, at.steps);
            let _ = self.teacher.flat_mut().lerp_(student.flat(), 1.0 - momentum);
            let _ = self.centre.lerp_(&measured.sums[0], 1.0 - self.options.centre_momentum);
        });
    }

    fn with_step<T>(&self, at: Moment, work: impl FnOnce(&Step, &Second) -> T) -> T {
        let objective = self.options.loss(at);
        let step = Step {
            architecture: self.architecture,
            objective: &objective,
            readout: Readout::Projector,
            views: 2,
            autocast: self.autocast,
            scale: at.scale,
            device: self.teacher.device(),
        };
        work(&step, &Second::Teacher { weights: &self.teacher, centre: &self.centre })
    }
}

impl Recipe for Dino<'_> {
    fn views(&self) -> usize {
        2
    }

    fn measure(&self, weights: &Weights, groups: Vec<Group>, at: Moment) -> Result<Measured> {
        Dino::measure(self, weights, groups, at)
    }

    fn judge(&self, weights: &Weights, groups: Vec<Group>, at: Moment) -> Result<Vec<(&'static str, f64)>> {
        let judged = self.with_step(at, |step, teacher| step.judge(weights, Some(teacher), groups))?;
        Ok(vec![("validation_loss", judged.loss)])
    }

    fn follow(&mut self, weights: &Weights, measured: &Measured, at: Moment) {
        Dino::follow(self, weights, measured, at);
    }

    fn series(&self, measured: &Measured) -> Vec<(&'static str, f64)> {
        let mut series = vec![("teacher_entropy", monitor::marginal_entropy(&measured.sums[1]))];
        series.extend(monitor::of_pairs(&measured.latents));
        series
    }

    fn signs(&self, history: &History, measured: &Measured) -> Option<Signs> {
        let entropy = history.last("teacher_entropy");
        Some(Signs { teacher_entropy: entropy, prototypes: self.centre.numel(), ..Signs::of(history, measured) })
    }

    fn tensors(&self) -> Vec<(String, Tensor)> {
        let mut tensors = vec![(CENTRE.to_string(), self.centre.shallow_clone())];
        tensors.extend(self.teacher.named(TEACHER));
        tensors
    }

    fn load(&mut self, tensors: &HashMap<String, Tensor>) -> Result<()> {
        let centre = tensors.get(CENTRE).ok_or_else(|| Error::format("the checkpoint holds no centre"))?;
        tch::no_grad(|| self.centre.copy_(centre));
        self.teacher.load(tensors, TEACHER)
    }
}
