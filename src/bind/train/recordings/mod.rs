//! `train::` for recordings: networks that forecast and tell states, and studies of them on animals left out.

mod functions;
mod judged;
mod results;

pub(super) use functions::functions;
pub(in crate::bind) use judged::{rollouts, told_states};

use std::rc::Rc;

use rhai::{Engine, NativeCallContext};
use serde::{Deserialize, Serialize};

use super::{CALL, Observer, checkpoint};
use crate::activity::forecast::TrajectoryOptions;
use crate::bind::device;
use crate::error::{Error, Result};
use crate::nn::activity::Network;
use crate::script::fail::guard;
use crate::script::registry::{self, Handles};
use crate::script::takes::{Extra, Part, Takes, part};
use crate::script::{Options, RhaiResultOf};
use crate::train::activity::{
    Dynamics, DynamicsOptions, FitOptions, InferenceOptions, Inferring, Lesson, StateNetwork, StatesOptions,
    StatesStudy, Study, StudyOptions, Workplace,
};
use crate::train::{Checkpoint, Event};

/// What a study of forecasts takes.
pub(in crate::bind) const FORECASTS: &[Part] =
    &[part::<FitOptions>(), part::<DynamicsOptions>(), part::<StudyOptions>()];
/// What a study of states takes.
pub(in crate::bind) const STATES: &[Part] = &[part::<FitOptions>(), part::<StatesOptions>(), part::<StudyOptions>()];
/// What every study takes beside.
pub(in crate::bind) const STUDY: &[Extra] = &[
    ("choose", "array of maps of options that differ from the call's, `model` among them"),
    CALL[0],
    CALL[1],
    CALL[2],
];
/// States that are left out.
pub(super) const DROP: Extra = ("drop", "array of texts; [\"nostate\"]");
const CONTEXT: Extra = ("context", "whole number; 16, for \"poco\" 48");
const WITHOUT: Extra = ("without", "array of texts, neurons that are left out");
const OF: Extra = ("of", "\"dynamics\" | \"states\" | \"poco\"; \"dynamics\"");

/// What the options maps hold. What `train::classify` takes is declared with its form for neurons.
const TAKES: &[Takes] = &[
    Takes::new("train::dynamics", &[part::<FitOptions>(), part::<DynamicsOptions>()], CALL),
    Takes::new("train::inference", &[part::<FitOptions>(), part::<InferenceOptions>()], CALL).with(
        &[],
        &[
            ("steps", "whole number; 2500"),
            ("batch", "whole number; 64"),
            ("lr", "number; 0.002"),
            ("noise", "number; 0"),
            ("offset", "number; 0"),
            ("scale", "number; 0"),
            ("weight_decay", "number; 0"),
        ],
    ),
    Takes::new("train::study", FORECASTS, STUDY).with(STATES, &[OF, CONTEXT, DROP, WITHOUT]),
    Takes::new("Network.trajectories", &[part::<Shown>()], &[]),
];

/// Which moments of a recording are shown beside what a network forecasts of them; the rest is the network's.
#[derive(Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Shown {
    from: usize,
    frames: usize,
    every: usize,
}

impl Default for Shown {
    fn default() -> Self {
        let TrajectoryOptions { from, frames, every, .. } = TrajectoryOptions::default();
        Shown { from, frames, every }
    }
}

/// Installs types and what they offer.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine
        .handle::<Rc<Dynamics>>("Dynamics")
        .handle::<Rc<StateNetwork>>("StateNetwork")
        .handle::<Rc<Network>>("Network")
        .handle::<Rc<Inferring>>("Inferring")
        .handle::<Rc<Study>>("Study")
        .handle::<Rc<StatesStudy>>("StatesStudy");
    crate::bind::outcome::methods::<Study>(engine);
    crate::bind::outcome::methods::<StatesStudy>(engine);
    engine.register_global_module(results::methods().into());
}

/// Takes what every call on recordings shares out of its options, and makes the call.
struct Call<'a> {
    ctx: &'a NativeCallContext<'a>,
    seed: u64,
    observer: Observer<'a>,
}

impl<'a> Call<'a> {
    fn new(ctx: &'a NativeCallContext<'a>, given: &mut Options) -> RhaiResultOf<Call<'a>> {
        let (on_step, on_epoch) = (given.closure("on_step")?, given.closure("on_epoch")?);
        let seed = given.seed()?;
        Ok(Call { ctx, seed, observer: Observer { ctx, on_step, on_epoch, thrown: None } })
    }

    /// Trains one network; an error that a closure threw is the call's.
    fn lesson<T>(mut self, function: &'static str, train: impl FnOnce(Lesson) -> Result<T>) -> RhaiResultOf<T> {
        let seed = self.seed;
        let outcome = guard(self.ctx, || {
            let (device, checkpoint) = (device::chosen()?, checkpoint(function)?);
            let observe = &mut |event: &Event| self.observer.call(event);
            train(Lesson { seed, device, checkpoint: &checkpoint, observe })
        });
        match self.observer.thrown {
            Some(thrown) => Err(thrown),
            None => outcome,
        }
    }

    /// Trains the networks of a study, each with a checkpoint of its own in a folder.
    fn study<T>(mut self, function: &'static str, work: impl FnOnce(&mut Workplace) -> Result<T>) -> RhaiResultOf<T> {
        let seed = self.seed;
        let outcome = guard(self.ctx, || {
            let Checkpoint { path, resume } = checkpoint(function)?;
            let path = path.map(|file| file.with_extension(""));
            if let Some(folder) = &path {
                std::fs::create_dir_all(folder).map_err(|e| Error::io("cannot make", folder, &e))?;
            }
            let observe = &mut |event: &Event| self.observer.call(event);
            let device = device::chosen()?;
            work(&mut Workplace { seed, device, checkpoints: Checkpoint { path, resume }, observe })
        });
        match self.observer.thrown {
            Some(thrown) => Err(thrown),
            None => outcome,
        }
    }
}
