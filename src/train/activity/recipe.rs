//! What recipes of recordings have in common: a loss of groups of windows, formed in parallel.

use rayon::prelude::*;
use tch::{Device, Kind, Tensor};

use super::windows::{Frames, Group};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::nn::Weights;
use crate::train::options::{Checkpoint, Event};
use crate::train::step::Measured;

/// How a network is trained, whatever it learns.
pub struct Lesson<'a> {
    /// The seed of all chance in it.
    pub seed: u64,
    /// Where it computes.
    pub device: Device,
    /// Where its state is kept.
    pub checkpoint: &'a Checkpoint,
    /// Called after each step and each epoch; may stop the run with an error.
    pub observe: &'a mut dyn FnMut(&Event) -> Result<()>,
}

/// A loss of groups: the share that one group has in it, and sums over groups of what is measured beside it.
pub(super) type Part = (Tensor, Vec<Tensor>);

/// The loss of all groups and its gradient; `loss` is formed on leaves over the weights.
pub(super) fn measure<G: Send>(
    weights: &Weights,
    groups: Vec<G>,
    loss: impl Fn(&Weights, G) -> Result<Part> + Sync,
) -> Result<Measured> {
    // Tensors may move to a thread, but not be shared with one.
    let jobs: Vec<_> = groups.into_iter().map(|group| (group, weights.leaves())).collect();
    let parts = jobs.into_par_iter().map(|(group, leaves)| {
        interrupt::check()?;
        let (value, sums) = tch::with_grad(|| loss(&leaves, group))?;
        value.backward();
        Ok(Measured { loss: value.double_value(&[]), gradient: Some(leaves.gradient()), latents: none(), sums })
    });
    sum(parts.collect::<Result<Vec<_>>>()?)
}

/// The loss of all groups, without a gradient.
pub(super) fn judge<G: Send>(
    weights: &Weights,
    groups: Vec<G>,
    loss: impl Fn(&Weights, G) -> Result<Part> + Sync,
) -> Result<Measured> {
    let jobs: Vec<_> = groups.into_iter().map(|group| (group, weights.shared())).collect();
    let parts = jobs.into_par_iter().map(|(group, weights)| {
        interrupt::check()?;
        let (value, sums) = tch::no_grad(|| loss(&weights, group))?;
        Ok(Measured { loss: value.double_value(&[]), gradient: None, latents: none(), sums })
    });
    sum(parts.collect::<Result<Vec<_>>>()?)
}

/// Networks of recordings have no latents to watch.
fn none() -> Tensor {
    Tensor::zeros([0, 0], (Kind::Float, Device::Cpu))
}

fn sum(parts: Vec<Measured>) -> Result<Measured> {
    let all = parts.into_iter().reduce(|sum, part| Measured {
        loss: sum.loss + part.loss,
        gradient: sum.gradient.zip(part.gradient).map(|(a, b)| a + b),
        latents: part.latents,
        sums: sum.sums.into_iter().zip(part.sums).map(|(a, b)| (a + b).detach()).collect(),
    });
    all.ok_or_else(|| Error::internal("a step without windows"))
}

/// Numbers of a group as a tensor, `[rows, frames, neurons]`.
pub(super) fn frames(values: &[f32], group: &Group, neurons: usize, device: Device) -> Tensor {
    let rows = group.numbers.len() as i64;
    Tensor::from_slice(values).reshape([rows, -1, neurons as i64]).to_device(device)
}

/// What must be equal for a run to be resumed.
pub(super) fn describe(
    learns: serde_json::Value,
    options: &super::FitOptions,
    seed: u64,
    frames: &Frames,
) -> serde_json::Value {
    serde_json::json!({ "learns": learns, "options": options, "seed": seed, "recordings": frames.digest() })
}
