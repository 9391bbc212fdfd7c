//! The functions of `train::` for recordings.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map, Module};

use super::{Call, rollouts, told_states};
use crate::activity::{Recording, RecordingSet};
use crate::bind::activity::set_of;
use crate::bind::device;
use crate::error::{Error, Result, did_you_mean};
use crate::nn::activity::{Design, Network};
use crate::nn::nri::Nri;
use crate::script::fail::guard;
use crate::script::{At, Options, RhaiResultOf, host, values};
use crate::train::activity::{
    self, Dynamics, DynamicsOptions, FitOptions, Inferring, Labelled, StateNetwork, StatesOptions,
};

/// The functions that belong into the namespace `train`.
pub(in crate::bind::train) fn functions() -> Module {
    exported_module!(namespace)
}

/// The frames that have a state, of each animal, and the names of the states.
fn labelled(set: &RecordingSet, drop: &[String]) -> Result<(Vec<Labelled>, Vec<String>)> {
    let mut names = set.state_names("telling states")?;
    names.retain(|name| !drop.contains(name));
    let one = |r: &Recording| {
        let states = r.require_states("telling states")?;
        let place: Vec<Option<usize>> = states.names().iter().map(|n| names.iter().position(|s| s == n)).collect();
        let known = states.codes().iter().enumerate().filter_map(|(t, c)| Some((t, place[(*c)? as usize]?)));
        let (frames, truth) = known.unzip();
        Ok((r.clone(), frames, truth))
    };
    Ok((set.recordings().iter().map(one).collect::<Result<_>>()?, names))
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// Trains a network to forecast, with the default options.
    ///
    /// ```rhai
    /// let learnt = train::dynamics(nn::relational(), worms.aligned().zscore());
    /// ```
    #[rhai_fn(name = "dynamics", return_raw)]
    pub fn dynamics_by_default(ctx: NativeCallContext, design: Design, set: Dynamic) -> RhaiResultOf<Rc<Dynamics>> {
        dynamics(ctx, design, set, Map::new())
    }

    /// Trains a fresh network to forecast recordings of the same neurons, by the mean squared error; gives the network with
    /// its history. Whether it forecasts other animals, `evaluate::rollout` and `train::study` say.
    ///
    /// Options: `context` (16 frames that are seen), `horizon` (16 frames that are predicted), `teacher` (iterated rollouts
    /// go on from what came this probably, in training: a number or `#{ from: 1.0, to: 0.0, over: 0.5 }`, which is the
    /// default; scheduled sampling, Bengio et al. 2015); and how all networks of recordings are trained:
    ///
    /// - `steps` (600), `batch` (96 windows), `lr` (0.005), `schedule` (`"cosine"` down to `lr_end`, 0; `"exponential"` with
    ///   `decay`; `"constant"`), `warmup` (0), `clip` (none), `weight_decay` (0.01);
    /// - what is done to windows: `noise` (0.02, on every value), `offset` (0.2; a neuron's mean in another animal is never
    ///   quite the same), `scale` (0.2, of the logarithm of a neuron's amplitude), in standard deviations of the trace;
    /// - `validation` (0; the last share of each recording, from which nothing is learnt), `validate_every` (100 steps),
    ///   `patience` (none), `log_every` (10), `checkpoint_every` (0: at the end), `seed`, `on_step`, `on_epoch`.
    ///
    /// ```rhai
    /// let worms  = activity::simulate("worm", #{ seed: 1 }).recordings.aligned().zscore();
    /// let learnt = train::dynamics(nn::relational(), worms, #{ steps: 300, seed: 1 });
    /// print(learnt.network);
    /// plot::network(learnt.edges(worms)).save(out("edges.svg"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn dynamics(ctx: NativeCallContext, design: Design, set: Dynamic, options: Map) -> RhaiResultOf<Rc<Dynamics>> {
        let mut given = Options::new(&ctx, "train::dynamics", options);
        let call = Call::new(&ctx, &mut given)?;
        let fit: FitOptions = given.part()?;
        let options: DynamicsOptions = given.parse()?;
        let set = set_of("what a network learns from", &set).at(&ctx)?;
        let segments: Vec<_> = set.recordings().iter().map(crate::activity::splits::Segment::whole).collect();
        call.lesson("train::dynamics", |lesson| activity::dynamics(&design, &segments, &options, &fit, lesson))
            .map(Rc::new)
    }

    /// Trains a network to tell states, with the default options.
    ///
    /// ```rhai
    /// let learnt = train::classify(nn::mlp(), worms.aligned().zscore());
    /// ```
    #[rhai_fn(name = "classify", return_raw)]
    pub fn states_by_default(ctx: NativeCallContext, design: Design, set: Dynamic) -> RhaiResultOf<Rc<StateNetwork>> {
        states(ctx, design, set, Map::new())
    }

    /// Trains a fresh network to tell the state of the animal in each frame, by the cross entropy; gives the network with
    /// its history. Options: `context` (16 frames that are seen), `drop` (`["nostate"]`, states that are left out),
    /// `balance` (0: frames weigh alike; 1: states do; between, rare states count for more in part), `smoothing` (0, of the
    /// targets), and how all networks of recordings
    /// are trained, as for `train::dynamics`.
    ///
    /// ```rhai
    /// let learnt = train::classify(nn::mlp(#{ dropout: 0.5 }), worms.aligned().zscore(), #{ steps: 300, seed: 1 });
    /// print(learnt.history);
    /// ```
    #[rhai_fn(name = "classify", return_raw)]
    pub fn states(
        ctx: NativeCallContext,
        design: Design,
        set: Dynamic,
        options: Map,
    ) -> RhaiResultOf<Rc<StateNetwork>> {
        let mut given = Options::new(&ctx, "train::classify", options);
        let call = Call::new(&ctx, &mut given)?;
        let fit: FitOptions = given.part()?;
        let drop = given.handle_with("drop", values::texts)?.unwrap_or_else(|| vec!["nostate".into()]);
        let options: StatesOptions = given.parse()?;
        let set = set_of("what a network learns from", &set).at(&ctx)?;
        let (train, names) = labelled(&set, &drop).at(&ctx)?;
        call.lesson("train::classify", |lesson| activity::states(&design, &train, &names, &options, &fit, lesson))
            .map(Rc::new)
    }

    /// Trains a network to infer the edges of trajectories, with the default options.
    ///
    /// ```rhai
    /// let learnt = train::inference(nn::nri(), worms.aligned().zscore());
    /// ```
    #[rhai_fn(name = "inference", return_raw)]
    pub fn inference_by_default(ctx: NativeCallContext, design: Nri, set: Dynamic) -> RhaiResultOf<Rc<Inferring>> {
        inference(ctx, design, set, Map::new())
    }

    /// Trains a fresh network to infer who acts on whom in each trajectory by itself, without ever being shown an edge.
    /// Options: `columns` (1: columns of a recording that belong to a node; `columns` of a simulation), `frames` (49, of a
    /// trajectory; longer recordings are cut), `variance` (5e-5, of the Gaussian that errors are judged by: a number, or a map
    /// such as `#{ from: 0.1, to: 0.005, over: 0.7, shape: "geometric" }`; where edges have little to do with the next frame,
    /// one that falls keeps the encoder from using them for what the decoder has not learnt yet), and how networks of
    /// recordings are trained, as for `train::dynamics`, with `steps` 2500, `batch` 64, `lr` 0.002 and nothing done to
    /// trajectories.
    ///
    /// ```rhai
    /// let made   = activity::simulate("springs", #{ trajectories: 200, seed: 1 });
    /// let learnt = train::inference(nn::nri(#{ hidden: 16 }), made.recordings, #{ columns: 4, steps: 20, seed: 1 });
    /// print(learnt.accuracy(made));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn inference(ctx: NativeCallContext, design: Nri, set: Dynamic, options: Map) -> RhaiResultOf<Rc<Inferring>> {
        let mut options = options;
        let apt = FitOptions::for_inference();
        let mut default = |name: &str, value: Dynamic| {
            options.entry(name.into()).or_insert(value);
        };
        default("steps", Dynamic::from_int(apt.steps as i64));
        default("batch", Dynamic::from_int(apt.batch as i64));
        let varied = [("noise", apt.noise), ("offset", apt.offset), ("scale", apt.scale)];
        for (name, value) in varied.into_iter().chain([("lr", apt.lr), ("weight_decay", apt.weight_decay)]) {
            default(name, Dynamic::from_float(value));
        }
        let mut given = Options::new(&ctx, "train::inference", options);
        let call = Call::new(&ctx, &mut given)?;
        let fit: FitOptions = given.part()?;
        let reading = given.parse()?;
        let set = set_of("what a network learns from", &set).at(&ctx)?;
        call.lesson("train::inference", |lesson| activity::inference(&design, &set, &reading, &fit, lesson))
            .map(Rc::new)
    }

    /// A study of networks that forecast, with the default options.
    ///
    /// ```rhai
    /// print(train::study(nn::relational(), worms.aligned().zscore()));
    /// ```
    #[rhai_fn(name = "study", return_raw)]
    pub fn study_by_default(ctx: NativeCallContext, design: Design, set: Dynamic) -> RhaiResultOf<Dynamic> {
        study(ctx, design, set, Map::new())
    }

    /// Leaves each animal out in turn, trains on the others, and judges on the one left out; with several seeds. Options:
    ///
    /// - `of` (`"dynamics"`: forecasts; `"states"`; `"poco"`: forecasts by the protocol of Duan et al. 2025, each animal by
    ///   itself, with 48 frames of context);
    /// - `seeds` (1), `members` (1: networks for each seed and animal whose answers are averaged);
    /// - `choose` (an array of maps, each of which differs from the call in what it names: options of training, or `model`);
    ///   an animal's networks have the settings that are best among the other animals, which are trained and judged without
    ///   it: by the skill, or by the accuracy;
    /// - those of `train::dynamics`, or of `train::classify` with `without` (neurons that are left out).
    ///
    /// A study of a run that is resumed trains no network again.
    ///
    /// ```rhai
    /// let worms = activity::simulate("worm", #{ frames: 400, seed: 1 }).recordings.aligned().zscore();
    /// let found = train::study(nn::relational(), worms, #{ seeds: 2, steps: 100, choose: [#{ offset: 0.0 }, #{ offset: 0.3 }] });
    /// print(found);
    /// print(found.rollout.intervals(#{ seed: 1 }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn study(ctx: NativeCallContext, design: Design, set: Dynamic, options: Map) -> RhaiResultOf<Dynamic> {
        let mut options = options;
        let of =
            options.remove("of").map(|v| values::text("option `of` of `train::study`", &v).at(&ctx)).transpose()?;
        match of.as_deref().unwrap_or("dynamics") {
            "dynamics" => {
                rollouts(&ctx, "train::study", &design, &set, options, false).map(|s| Dynamic::from(Rc::new(s)))
            }
            "poco" => {
                options.entry("context".into()).or_insert(Dynamic::from_int(48));
                rollouts(&ctx, "train::study", &design, &set, options, true).map(|s| Dynamic::from(Rc::new(s)))
            }
            "states" => told_states(&ctx, "train::study", &design, &set, options).map(|s| Dynamic::from(Rc::new(s))),
            other => {
                let kinds = ["dynamics", "poco", "states"];
                let near = did_you_mean(other, kinds).map_or(String::new(), |n| format!("; did you mean \"{n}\"?"));
                Err(Error::value(format!("option `of` of `train::study` is unknown: \"{other}\"{near}"))
                    .help("one of \"dynamics\", \"poco\", \"states\""))
                .at(&ctx)
            }
        }
    }

    /// Reads a network that `save` wrote.
    ///
    /// ```rhai
    /// train::dynamics(nn::gru(), worms.aligned().zscore()).save(out("gru.safetensors"));
    /// let network = train::load_network(out("gru.safetensors"));
    /// print(network.n_weights);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn load_network(ctx: NativeCallContext, path: &str) -> RhaiResultOf<Rc<Network>> {
        let path = std::path::Path::new(path);
        host::note_input(path).at(&ctx)?;
        guard(&ctx, || Network::load(path, device::chosen()?).map(Rc::new))
    }
}
