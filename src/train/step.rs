//! One step of DINO: both networks on both views, the loss and its gradients.

use rayon::prelude::*;
use tch::{Device, Kind, Tensor};

use super::history::History;
use super::loss::DinoLoss;
use super::monitor;
use super::state::State;
use crate::data::Batch;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::nn::{Architecture, Graphs, Tape, Weights, encode};

/// What one step computes with.
pub struct DinoStep<'a> {
    /// The model.
    pub architecture: &'a Architecture,
    /// The loss and its temperatures.
    pub loss: DinoLoss,
    /// Lets CUDA compute matrix products in half precision.
    pub autocast: bool,
}

/// What one step measured.
pub struct Measured {
    /// The mean loss over views.
    pub loss: f64,
    /// The loss' gradient for each of the student's weights.
    pub gradients: Vec<Tensor>,
    /// Mean teacher logits, `[1, prototypes]`.
    pub mean_logits: Tensor,
    /// Mean teacher target, `[prototypes]`.
    pub mean_target: Tensor,
    /// The student's latents, `[graphs, dim]`.
    pub latents: Tensor,
}

impl Measured {
    /// Adds the step's figures to a history.
    pub fn note(&self, history: &mut History, lr: f64) {
        let step = history.steps;
        history.push("loss", step, self.loss);
        history.push("lr", step, lr);
        history.push("teacher_entropy", step, monitor::marginal_entropy(&self.mean_target));
        history.push("effective_rank", step, monitor::effective_rank(&self.latents));
    }
}

impl DinoStep<'_> {
    /// Computes a step's loss and gradients. Each batch is a group of cells computed together, the first half of its
    /// rows being first views and the second half second views; layer normalisation and the loss look at one cell at a
    /// time, so groups only meet in sums.
    ///
    /// # Errors
    /// When stopped on request.
    pub fn measure(&self, student: &Weights, state: &State, groups: Vec<Batch>, device: Device) -> Result<Measured> {
        let rows: usize = groups.iter().map(Batch::graphs).sum();
        // Tensors may move to a thread, but not be shared with one.
        let jobs: Vec<_> = groups
            .into_iter()
            .map(|batch| (batch, student.leaves(), state.teacher.shared(), state.centre.shallow_clone()))
            .collect();
        let parts: Vec<Measured> = jobs
            .into_par_iter()
            .map(|(batch, student, teacher, centre)| {
                interrupt::check()?;
                self.group(&Graphs::new(&batch, device), &student, &teacher, &centre, rows as f64)
            })
            .collect::<Result<_>>()?;
        let latents = Tensor::cat(&parts.iter().map(|p| &p.latents).collect::<Vec<_>>(), 0);
        let sum = parts.into_iter().reduce(|mut sum, part| {
            sum.loss += part.loss;
            for (total, gradient) in sum.gradients.iter_mut().zip(&part.gradients) {
                *total += gradient;
            }
            sum.mean_logits += part.mean_logits;
            sum.mean_target += part.mean_target;
            sum
        });
        let sum = sum.ok_or_else(|| Error::internal("a step without cells"))?;
        Ok(Measured { latents, ..sum })
    }

    /// One group's share of the step's sums.
    fn group(
        &self,
        graphs: &Graphs,
        student: &Weights,
        teacher: &Weights,
        centre: &Tensor,
        rows: f64,
    ) -> Result<Measured> {
        let graph_teacher = || encode(self.architecture, teacher, graphs, &mut Tape::silent(), true);
        let taught = tch::autocast(self.autocast, graph_teacher)?;
        let logits = taught.logits.ok_or_else(|| Error::internal("the projector was not asked"))?.value;
        let targets = tch::no_grad(|| self.loss.targets(&logits, centre));
        let mut tape = Tape::recording();
        let learnt = tch::autocast(self.autocast, || encode(self.architecture, student, graphs, &mut tape, true))?;
        let scores = learnt.logits.ok_or_else(|| Error::internal("the projector was not asked"))?;
        let [loss] = tape.segment([&scores], |[scores]| [self.loss.sum(&targets, &scores) / rows]);
        tape.backward(&loss)?;
        Ok(Measured {
            loss: loss.value.double_value(&[]),
            gradients: student.gradients(),
            mean_logits: logits.sum_dim_intlist(0, true, Kind::Float) / rows,
            mean_target: targets.sum_dim_intlist(0, false, Kind::Float) / rows,
            latents: learnt.latent.value,
        })
    }
}
