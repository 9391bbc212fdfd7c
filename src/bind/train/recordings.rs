//! `train::` for recordings: networks that forecast and tell states, and studies of them on animals left out.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Map, Module};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{CALL, Observer, checkpoint};
use crate::activity::behaviour::{LeaveOneOutOptions, StateScores};
use crate::activity::connectome::Relations;
use crate::activity::forecast::{Rollout, Trajectories, TrajectoryOptions, trajectories_of};
use crate::activity::simulate::Simulation;
use crate::activity::{Recording, RecordingSet};
use crate::bind::activity::set_of;
use crate::bind::device;
use crate::error::{Error, Result, did_you_mean};
use crate::nn::activity::{Design, Network, Shape, Task};
use crate::nn::nri::Nri;
use crate::script::fail::guard;
use crate::script::registry::{self, Handles};
use crate::script::takes::{Extra, Part, Takes, part};
use crate::script::{At, Options, RhaiResultOf, host, values};
use crate::train::activity::{
    self, Candidate, Dynamics, DynamicsOptions, FitOptions, InferenceOptions, Inferring, Labelled, Lesson,
    StateNetwork, StatesOptions, StatesStudy, Study, StudyOptions, Workplace,
};
use crate::train::{Checkpoint, Event, History};

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
    engine.register_global_module(exported_module!(results).into());
}

/// The functions that belong into the namespace `train`.
pub(super) fn functions() -> Module {
    exported_module!(namespace)
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

/// The settings to choose from: those of the call, or one candidate for each map in `choose`, which differs from the call
/// in what it names.
fn candidates<T: DeserializeOwned>(
    ctx: &NativeCallContext,
    function: &'static str,
    design: &Design,
    given: &Map,
    choose: Option<Array>,
) -> RhaiResultOf<Vec<Candidate<T>>> {
    let of = |design: Design, map: &Map| -> RhaiResultOf<Candidate<T>> {
        let mut options = Options::undeclared(ctx, function, map.clone());
        Ok(Candidate { design, fit: options.part()?, task: options.part()? })
    };
    let Some(choose) = choose.filter(|c| !c.is_empty()) else {
        return Ok(vec![of(design.clone(), given)?]);
    };
    let candidate = |item: &Dynamic| -> RhaiResultOf<Candidate<T>> {
        let map = item.read_lock::<Map>().map(|m| m.clone()).ok_or_else(|| {
            let found = values::type_of(item);
            Error::value(format!("option `choose` of `{function}` must be an array of maps, found in it {found}"))
                .help("choose: [#{ offset: 0.1 }, #{ model: nn::relational(#{ heads: 2 }) }]")
        });
        let mut differs = map.at(ctx)?;
        let mut own = Options::undeclared(ctx, function, differs.clone());
        let model = own.handle::<Design>("model")?;
        // Parsed for its errors alone: what it does not name is the call's.
        let (_, _): (FitOptions, T) = (own.part()?, own.part()?);
        own.finish()?;
        differs.remove("model");
        let mut all = given.clone();
        all.extend(differs);
        of(model.unwrap_or_else(|| design.clone()), &all)
    };
    choose.iter().map(candidate).collect()
}

/// Networks that are judged, of a design or of candidates: what `train::study` and `evaluate::` share.
pub(in crate::bind) fn rollouts(
    ctx: &NativeCallContext,
    function: &'static str,
    design: &Design,
    set: &Dynamic,
    options: Map,
    poco: bool,
) -> RhaiResultOf<Study> {
    let mut given = Options::new(ctx, function, options.clone());
    let call = Call::new(ctx, &mut given)?;
    let choose = given.handle::<Array>("choose")?;
    let candidates = candidates::<DynamicsOptions>(ctx, function, design, &options, choose)?;
    let (_, _): (FitOptions, DynamicsOptions) = (given.part()?, given.part()?);
    let study: StudyOptions = given.parse()?;
    let set = set_of("what a study is of", set).at(ctx)?;
    call.study(function, |place| match poco {
        true => activity::poco_study(&set, &candidates, &study, place),
        false => activity::study(&set, &candidates, &study, place),
    })
}

/// The same for states.
pub(in crate::bind) fn told_states(
    ctx: &NativeCallContext,
    function: &'static str,
    design: &Design,
    set: &Dynamic,
    options: Map,
) -> RhaiResultOf<StatesStudy> {
    let mut given = Options::new(ctx, function, options.clone());
    let call = Call::new(ctx, &mut given)?;
    let choose = given.handle::<Array>("choose")?;
    let candidates = candidates::<StatesOptions>(ctx, function, design, &options, choose)?;
    let (_, _): (FitOptions, StatesOptions) = (given.part()?, given.part()?);
    // Judging has a context too, from which frame on is judged: networks fill up what lies before the first.
    let drop = given.handle_with("drop", values::texts)?;
    let without = given.handle_with("without", values::texts)?;
    let study: StudyOptions = given.parse()?;
    let defaults = LeaveOneOutOptions::default();
    let judging = LeaveOneOutOptions {
        drop: drop.unwrap_or(defaults.drop),
        without: without.unwrap_or_default(),
        ..LeaveOneOutOptions::default()
    };
    let set = set_of("what a study is of", set).at(ctx)?;
    call.study(function, |place| activity::states_study(&set, &candidates, &judging, &study, place))
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
    /// Options: `columns` (1: columns of a recording that belong to a node; 4 for simulated springs, 3 for oscillators),
    /// `frames` (49, of a trajectory; longer recordings are cut), and how networks of recordings are trained, as for
    /// `train::dynamics`, with `steps` 2500, `batch` 64, `lr` 0.002 and nothing done to trajectories.
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
    ///   it: by the skill, or by the mean of accuracy and balanced accuracy;
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

/// The mean over recordings of what a network infers in each.
fn inferred(set: &Dynamic, name: &str, of: impl Fn(&Recording) -> Result<Relations>) -> Result<Relations> {
    let set = set_of("what edges are inferred in", set)?;
    Relations::mean(name, &set.recordings().iter().map(of).collect::<Result<Vec<_>>>()?)
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod results {
    /// The network, which prints its layers.
    #[rhai_fn(get = "network", pure)]
    pub fn network(learnt: &mut Rc<Dynamics>) -> Rc<Network> {
        Rc::new(learnt.network.shared())
    }

    /// The network, which prints its layers.
    #[rhai_fn(get = "network", pure)]
    pub fn state_network(learnt: &mut Rc<StateNetwork>) -> Rc<Network> {
        Rc::new(learnt.network.shared())
    }

    /// What was measured in training.
    #[rhai_fn(get = "history", pure)]
    pub fn history(learnt: &mut Rc<Dynamics>) -> Rc<History> {
        Rc::new(learnt.history.clone())
    }

    /// For each recording, how probably each node acts on each other.
    ///
    /// ```rhai
    /// let learnt = train::inference(nn::nri(#{ hidden: 16 }), worms.aligned().zscore(), #{ steps: 20 });
    /// print(learnt.edges(worms.aligned().zscore())[0]);
    /// ```
    #[rhai_fn(name = "edges", return_raw, pure)]
    pub fn inferred_edges(ctx: NativeCallContext, learnt: &mut Rc<Inferring>, set: Dynamic) -> RhaiResultOf<Array> {
        guard(&ctx, || {
            let set = set_of("what edges are inferred in", &set)?;
            Ok(learnt.network.edges(&set)?.into_iter().map(Dynamic::from).collect())
        })
    }

    /// The share of ordered pairs of nodes whose edge, or absence of one, is told right in simulated trajectories.
    ///
    /// ```rhai
    /// let made   = activity::simulate("springs", #{ trajectories: 200, seed: 1 });
    /// let learnt = train::inference(nn::nri(#{ hidden: 16 }), made.recordings, #{ columns: 4, steps: 20 });
    /// print(learnt.accuracy(activity::simulate("springs", #{ seed: 2 })));
    /// ```
    #[rhai_fn(name = "accuracy", return_raw, pure)]
    pub fn edge_accuracy(
        ctx: NativeCallContext,
        learnt: &mut Rc<Inferring>,
        simulation: Rc<Simulation>,
    ) -> RhaiResultOf<f64> {
        guard(&ctx, || learnt.network.accuracy(&simulation.recordings, &simulation.edges))
    }

    /// What was measured in training.
    #[rhai_fn(get = "history", pure)]
    pub fn inference_history(learnt: &mut Rc<Inferring>) -> Rc<History> {
        Rc::new(learnt.history.clone())
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_inference(learnt: &mut Rc<Inferring>) -> String {
        learnt.to_string()
    }

    /// Writes the network as safetensors.
    ///
    /// ```rhai
    /// train::inference(nn::nri(), worms.aligned().zscore()).save(out("nri.safetensors"));
    /// ```
    #[rhai_fn(name = "save", return_raw, pure)]
    pub fn save_inference(ctx: NativeCallContext, learnt: &mut Rc<Inferring>, path: &str) -> RhaiResultOf<()> {
        guard(&ctx, || learnt.network.save(std::path::Path::new(path)))
    }

    /// What was measured in training.
    #[rhai_fn(get = "history", pure)]
    pub fn state_history(learnt: &mut Rc<StateNetwork>) -> Rc<History> {
        Rc::new(learnt.history.clone())
    }

    /// The signed edges that the network infers in recordings: the mean over frames and recordings, the receiver's row, the
    /// sender's column.
    ///
    /// ```rhai
    /// let graph = train::dynamics(nn::relational(), worms.aligned().zscore()).edges(worms.aligned().zscore());
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn edges(ctx: NativeCallContext, learnt: &mut Rc<Dynamics>, set: Dynamic) -> RhaiResultOf<Relations> {
        network_edges(ctx, &mut Rc::new(learnt.network.shared()), set)
    }

    /// What a lasting change of each neuron changes in the forecast of every other, per unit of the sender: the mean over
    /// the horizon, frames and recordings. Any network of recordings has effects.
    ///
    /// ```rhai
    /// let graph = train::dynamics(nn::gru(), worms.aligned().zscore()).effects(worms.aligned().zscore());
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn effects(ctx: NativeCallContext, learnt: &mut Rc<Dynamics>, set: Dynamic) -> RhaiResultOf<Relations> {
        network_effects(ctx, &mut Rc::new(learnt.network.shared()), set)
    }

    /// The signed edges that the network infers in recordings.
    ///
    /// ```rhai
    /// let learnt = train::dynamics(nn::relational(), worms.aligned().zscore());
    /// print(learnt.network.edges(worms.aligned().zscore()));
    /// ```
    #[rhai_fn(name = "edges", return_raw, pure)]
    pub fn network_edges(ctx: NativeCallContext, network: &mut Rc<Network>, set: Dynamic) -> RhaiResultOf<Relations> {
        guard(&ctx, || inferred(&set, &network.design().name(), |r| network.edges(r)))
    }

    /// What a lasting change of each neuron changes in the forecast of every other.
    ///
    /// ```rhai
    /// let learnt = train::dynamics(nn::mlp(), worms.aligned().zscore());
    /// print(learnt.network.effects(worms.aligned().zscore()));
    /// ```
    #[rhai_fn(name = "effects", return_raw, pure)]
    pub fn network_effects(ctx: NativeCallContext, network: &mut Rc<Network>, set: Dynamic) -> RhaiResultOf<Relations> {
        guard(&ctx, || inferred(&set, &format!("{} effects", network.design().name()), |r| network.effects(r)))
    }

    /// What the network forecasts in a recording from some moments on, for `plot::rollouts`. Options: `from` (0), `frames`
    /// (300 shown), `every` (frames from a prediction to the next; the horizon).
    ///
    /// ```rhai
    /// let worms = worms.aligned().zscore();
    /// let study = train::study(nn::relational(), worms, #{ steps: 300, seed: 1 });
    /// plot::rollouts(study.networks[0][0].trajectories(worms[0], #{ from: 100, frames: 200 })).save(out("rollouts.svg"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn trajectories(
        ctx: NativeCallContext,
        network: &mut Rc<Network>,
        recording: Recording,
        options: Map,
    ) -> RhaiResultOf<Rc<Trajectories>> {
        let Shown { from, frames, every } = Options::new(&ctx, "Network.trajectories", options).parse()?;
        let Shape { context, task, .. } = network.shape();
        // A network that tells states is refused below.
        let horizon = if let Task::Forecast { horizon } = task { *horizon } else { 1 };
        let options = TrajectoryOptions { from, frames, every, context: *context, horizon };
        guard(&ctx, || trajectories_of(&recording, &network.design().name(), network.as_ref(), &options).map(Rc::new))
    }

    /// Number of weights.
    #[rhai_fn(get = "n_weights", pure)]
    pub fn n_weights(network: &mut Rc<Network>) -> i64 {
        network.weights().count() as i64
    }

    /// Writes the network as safetensors.
    ///
    /// ```rhai
    /// train::dynamics(nn::gru(), worms.aligned().zscore()).network.save(out("gru.safetensors"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn save(ctx: NativeCallContext, network: &mut Rc<Network>, path: &str) -> RhaiResultOf<()> {
        guard(&ctx, || network.save(std::path::Path::new(path)))
    }

    /// Writes the network as safetensors.
    ///
    /// ```rhai
    /// train::dynamics(nn::mlp(), worms.aligned().zscore()).save(out("mlp.safetensors"));
    /// ```
    #[rhai_fn(name = "save", return_raw, pure)]
    pub fn save_dynamics(ctx: NativeCallContext, learnt: &mut Rc<Dynamics>, path: &str) -> RhaiResultOf<()> {
        guard(&ctx, || learnt.network.save(std::path::Path::new(path)))
    }

    /// The mean over seeds and animals of the skill.
    #[rhai_fn(get = "skill", pure)]
    pub fn skill(study: &mut Rc<Study>) -> f64 {
        study.skill()
    }

    /// All seeds as one rollout: errors are means over seeds.
    #[rhai_fn(get = "rollout", pure)]
    pub fn rollout(study: &mut Rc<Study>) -> Rc<Rollout> {
        Rc::new(study.mean.clone())
    }

    /// A rollout for each seed.
    #[rhai_fn(get = "rollouts", pure)]
    pub fn rollouts_of_seeds(study: &mut Rc<Study>) -> Array {
        study.rollouts.iter().map(|r| Dynamic::from(Rc::new(r.clone()))).collect()
    }

    /// The networks: for each seed an array with one per animal, which has learnt from the others.
    #[rhai_fn(get = "networks", pure)]
    pub fn networks(study: &mut Rc<Study>) -> Array {
        arrays(&study.networks)
    }

    /// The networks: for each seed an array with one per animal, which has learnt from the others.
    #[rhai_fn(get = "networks", pure)]
    pub fn state_networks(study: &mut Rc<StatesStudy>) -> Array {
        arrays(&study.networks)
    }

    /// Scores for each seed.
    #[rhai_fn(get = "scores", pure)]
    pub fn scores(study: &mut Rc<StatesStudy>) -> Array {
        study.scores.iter().map(|s: &StateScores| Dynamic::from(Rc::new(s.clone()))).collect()
    }

    /// The mean over seeds and animals of the accuracy.
    #[rhai_fn(get = "accuracy", pure)]
    pub fn accuracy(study: &mut Rc<StatesStudy>) -> f64 {
        study.accuracy()
    }

    /// The mean over seeds and animals of the balanced accuracy.
    #[rhai_fn(get = "balanced_accuracy", pure)]
    pub fn balanced_accuracy(study: &mut Rc<StatesStudy>) -> f64 {
        study.balanced()
    }

    /// The mean over seeds and animals of the accuracy of coarser states; `()` without.
    #[rhai_fn(get = "coarse_accuracy", pure)]
    pub fn coarse_accuracy(study: &mut Rc<StatesStudy>) -> Dynamic {
        study.coarse().map_or(Dynamic::UNIT, Dynamic::from_float)
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_network(network: &mut Rc<Network>) -> String {
        network.to_string()
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_dynamics(learnt: &mut Rc<Dynamics>) -> String {
        learnt.to_string()
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_states(learnt: &mut Rc<StateNetwork>) -> String {
        learnt.to_string()
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_study(study: &mut Rc<Study>) -> String {
        study.to_string()
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_states_study(study: &mut Rc<StatesStudy>) -> String {
        study.to_string()
    }
}

/// Networks of several seeds, as a script holds them.
fn arrays(networks: &[Vec<Network>]) -> Array {
    let one = |n: &Network| Dynamic::from(Rc::new(n.shared()));
    networks.iter().map(|own| Dynamic::from_array(own.iter().map(one).collect())).collect()
}
