//! `evaluate::` for activity: forecasts and states, judged on animals left out.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, Engine, Map, Module};

use super::set_of;
use crate::activity::behaviour::{self, LeaveOneOutOptions, StateModel, StateScores};
use crate::activity::forecast::{self, Baseline, Rollout, RolloutOptions, Trajectories, TrajectoryOptions};
use crate::activity::{IntervalOptions, Intervals};
#[cfg(feature = "torch")]
use crate::bind::train::recordings::{FORECASTS as NETWORKS, STATES as STATE_NETWORKS, STUDY, rollouts, told_states};
use crate::error::{Error, Result, did_you_mean};
use crate::metrics::Confusion;
#[cfg(feature = "torch")]
use crate::nn::activity::Design;
use crate::script::registry;
use crate::script::takes::{Extra, SEED, Takes, part};
use crate::script::{At, Options, RhaiResultOf, values};

/// The model of a forecast and its settings.
const FORECAST: &[Extra; 4] = &[
    ("model", "\"ridge\" | \"var\" | \"shared\" | \"persistence\", or a network; \"ridge\""),
    ("lambda", "number; 1000 for \"ridge\", else 1"),
    ("order", "whole number; 4, of \"var\""),
    ("lags", "array of whole numbers; [0, 1, 2, 4, 8], of \"ridge\""),
];
/// The same by POCO's protocol.
const POCO: &[Extra] = &[("context", "whole number; 48"), FORECAST[0], FORECAST[1], FORECAST[2], FORECAST[3]];
/// The model of states and its settings.
const STATES: &[Extra] = &[
    ("model", "\"lda\" | \"softmax\" | \"majority\", or a network; \"lda\""),
    ("lags", "array of whole numbers; [5] for \"lda\", [1, 2, 4, 8, 15] for \"softmax\""),
    ("floor", "number; 0.1, of \"lda\""),
    ("c", "number; 0.01, of \"softmax\""),
    ("balanced", "true or false; false, of \"softmax\""),
];
/// What training takes where the model is a network; without libtorch there is none.
#[cfg(not(feature = "torch"))]
const NETWORKS: &[crate::script::takes::Part] = &[];
#[cfg(not(feature = "torch"))]
const STATE_NETWORKS: &[crate::script::takes::Part] = &[];
#[cfg(not(feature = "torch"))]
const STUDY: &[Extra] = &[];
const ANIMAL: Extra = ("animal", "text, the name of one; the first");

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("evaluate::rollout", &[part::<RolloutOptions>()], FORECAST).with(NETWORKS, STUDY),
    Takes::new("evaluate::poco", &[part::<RolloutOptions>()], POCO).with(NETWORKS, STUDY),
    Takes::new("evaluate::trajectories", &[part::<TrajectoryOptions>()], FORECAST).with(&[], &[ANIMAL]),
    Takes::new("evaluate::leave_one_out", &[part::<LeaveOneOutOptions>()], STATES).with(STATE_NETWORKS, STUDY),
    Takes::new("intervals", &[part::<IntervalOptions>()], &[SEED]),
];

/// Installs what results offer.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.register_global_module(exported_module!(results).into());
}

/// The functions that belong into the namespace `evaluate`.
pub fn functions() -> Module {
    exported_module!(namespace)
}

/// The network to be trained, where the option `model` is one.
#[cfg(feature = "torch")]
fn design(options: &Map) -> Option<Design> {
    options.get("model").and_then(|model| model.clone().try_cast::<Design>())
}

#[cfg(feature = "torch")]
fn without_model(mut options: Map) -> Map {
    options.remove("model");
    options
}

fn unknown(what: &str, name: &str, known: &[&str]) -> Error {
    let near = did_you_mean(name, known.iter().copied()).map_or(String::new(), |n| format!("; did you mean \"{n}\"?"));
    let names: Vec<String> = known.iter().map(|n| format!("\"{n}\"")).collect();
    Error::value(format!("option `model` of `{what}` is unknown: \"{name}\"{near}"))
        .help(format!("one of {}", names.join(", ")))
}

fn lags(what: &str, value: &Dynamic) -> Result<Vec<usize>> {
    values::counts(what, value)
}

/// Takes the model and its settings out of the options.
fn baseline(ctx: &NativeCallContext, what: &'static str, given: &mut Options) -> RhaiResultOf<Baseline> {
    let name = given.handle_with("model", values::text)?.unwrap_or_else(|| "ridge".into());
    let lambda = given.handle_with("lambda", values::number)?;
    let order = given.handle_with("order", values::count)?;
    let lags = given.handle_with("lags", lags)?;
    let lambda = lambda.unwrap_or(if name == "ridge" { 1000.0 } else { 1.0 });
    let model = match name.as_str() {
        "persistence" => Baseline::Persistence,
        "shared" => Baseline::Shared { lambda },
        "var" => Baseline::Var { order: order.unwrap_or(4), lambda },
        "ridge" => Baseline::Ridge { lags: lags.clone().unwrap_or_else(|| vec![0, 1, 2, 4, 8]), lambda },
        other => return Err(unknown(what, other, &["persistence", "shared", "var", "ridge"])).at(ctx),
    };
    let stray = [("order", order.is_some() && name != "var"), ("lags", lags.is_some() && name != "ridge")];
    if let Some((option, _)) = stray.into_iter().find(|(_, stray)| *stray) {
        return Err(Error::value(format!("model \"{name}\" has no option `{option}`"))
            .help("`order` is for \"var\", `lags` for \"ridge\""))
        .at(ctx);
    }
    Ok(model)
}

fn state_model(ctx: &NativeCallContext, given: &mut Options) -> RhaiResultOf<StateModel> {
    let name = given.handle_with("model", values::text)?.unwrap_or_else(|| "lda".into());
    let floor = given.handle_with("floor", values::number)?;
    let c = given.handle_with("c", values::number)?;
    let lags = given.handle_with("lags", lags)?;
    let balanced = given.handle::<bool>("balanced")?;
    Ok(match name.as_str() {
        "majority" => StateModel::Majority,
        "lda" => StateModel::Lda { lags: lags.unwrap_or_else(|| vec![5]), floor: floor.unwrap_or(0.1) },
        "softmax" => StateModel::Softmax {
            lags: lags.unwrap_or_else(|| vec![1, 2, 4, 8, 15]),
            c: c.unwrap_or(0.01),
            balanced: balanced.unwrap_or(false),
        },
        other => {
            return Err(unknown("evaluate::leave_one_out", other, &["majority", "lda", "softmax"])).at(ctx);
        }
    })
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// How well activity is predicted in each animal by direct ridge regression learnt from the others.
    #[rhai_fn(name = "rollout", return_raw)]
    pub fn rollout_plainly(ctx: NativeCallContext, set: Dynamic) -> RhaiResultOf<Rc<Rollout>> {
        rollout(ctx, set, Map::new())
    }

    /// How well activity is predicted in each animal by a model learnt from the others: mean squared errors and the skill
    /// against persistence, by animal and frames ahead.
    ///
    /// Options: `model` (`"ridge"`, `"var"`, `"shared"`, `"persistence"`), `lambda` (1000 for ridge, else 1), `order` (4, of
    /// VAR), `lags` (`[0, 1, 2, 4, 8]`, of ridge), `context` (16 frames), `horizon` (16 frames), `share` (1: of each animal's
    /// frames learnt from), `lambdas` (penalties to choose from on the rest, where `share` is below 1).
    ///
    /// `model` may also be a network, such as `nn::relational()`; it is then trained anew for each animal, and the options
    /// are those of `train::study`.
    ///
    /// ```rhai
    /// print(evaluate::rollout(worms.aligned().zscore(), #{ model: "ridge", lambda: 1000 }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn rollout(ctx: NativeCallContext, set: Dynamic, options: Map) -> RhaiResultOf<Rc<Rollout>> {
        #[cfg(feature = "torch")]
        if let Some(design) = design(&options) {
            let study = rollouts(&ctx, "evaluate::rollout", &design, &set, without_model(options), false)?;
            return Ok(Rc::new(study.mean));
        }
        let mut given = Options::new(&ctx, "evaluate::rollout", options);
        let model = baseline(&ctx, "evaluate::rollout", &mut given)?;
        let set = set_of("what is rolled out", &set).at(&ctx)?;
        forecast::rollout(&set, &model, &given.parse()?).map(Rc::new).at(&ctx)
    }

    /// How well activity is predicted by the protocol of POCO (Duan et al. 2025): each animal by itself, patches of 1000
    /// frames, judged on the last fifth of each. Options as for `evaluate::rollout`; `context` is 48 there.
    ///
    /// ```rhai
    /// print(evaluate::poco(worms.zscore(), #{ model: "ridge", context: 48, lambdas: [300, 1000, 3000] }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn poco(ctx: NativeCallContext, set: Dynamic, options: Map) -> RhaiResultOf<Rc<Rollout>> {
        let mut options = options;
        options.entry("context".into()).or_insert(Dynamic::from_int(48));
        #[cfg(feature = "torch")]
        if let Some(design) = design(&options) {
            let study = rollouts(&ctx, "evaluate::poco", &design, &set, without_model(options), true)?;
            return Ok(Rc::new(study.mean));
        }
        let mut given = Options::new(&ctx, "evaluate::poco", options);
        let model = baseline(&ctx, "evaluate::poco", &mut given)?;
        let set = set_of("what is predicted", &set).at(&ctx)?;
        forecast::poco(&set, &model, &given.parse()?).map(Rc::new).at(&ctx)
    }

    /// What ridge regression, learnt from the other animals, predicts of the first.
    #[rhai_fn(name = "trajectories", return_raw)]
    pub fn trajectories_plainly(ctx: NativeCallContext, set: Dynamic) -> RhaiResultOf<Rc<Trajectories>> {
        trajectories(ctx, set, Map::new())
    }

    /// What a model, learnt from the other animals, predicts of one from some moments on, for `plot::rollouts`. Options: the
    /// model's, as for `evaluate::rollout`; `animal` (its name; the first), `from` (0, the first frame shown), `frames` (300
    /// shown), `every` (frames from a prediction to the next; the horizon), `context` (16), `horizon` (16).
    ///
    /// ```rhai
    /// let shown = evaluate::trajectories(worms.aligned().zscore(), #{ model: "var", from: 400, frames: 200 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn trajectories(ctx: NativeCallContext, set: Dynamic, options: Map) -> RhaiResultOf<Rc<Trajectories>> {
        let mut given = Options::new(&ctx, "evaluate::trajectories", options);
        let model = baseline(&ctx, "evaluate::trajectories", &mut given)?;
        let set = set_of("what is predicted", &set).at(&ctx)?;
        let animal = given.handle_with("animal", values::text)?;
        let animal = animal.unwrap_or_else(|| set.recordings()[0].name().to_string());
        forecast::trajectories(&set, &model, &animal, &given.parse()?).map(Rc::new).at(&ctx)
    }

    /// How well states are told in each animal by linear discriminants learnt from the others.
    #[rhai_fn(name = "leave_one_out", return_raw)]
    pub fn leave_one_out_plainly(ctx: NativeCallContext, set: Dynamic) -> RhaiResultOf<Rc<StateScores>> {
        leave_one_out(ctx, set, Map::new())
    }

    /// How well states are told in each animal by a model learnt from the others: accuracy and balanced accuracy, and the
    /// accuracy of coarser states.
    ///
    /// Options: `model` (`"lda"`, `"softmax"`, `"majority"`), `lags` (frames over which slopes are taken: `[5]` for LDA,
    /// `[1, 2, 4, 8, 15]` for softmax), `floor` (0.1, added to LDA's variances), `c` (0.01, softmax's trust in the frames),
    /// `choose` (values of `c` to choose from within the animals learnt from), `balanced` (false: every state weighs the
    /// same), `without` (neurons to leave out), `drop` (`["nostate"]`), `context` (1: frames that must have passed), `coarse`
    /// (a map of coarser states; Kato's four where all states are Kato's).
    ///
    /// `model` may also be a network, such as `nn::mlp()`; it is then trained anew for each animal, and the options are
    /// those of `train::study`.
    ///
    /// ```rhai
    /// let worms = worms.aligned().zscore();
    /// print(evaluate::leave_one_out(worms, #{ model: "lda", without: activity::label_neurons() }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn leave_one_out(ctx: NativeCallContext, set: Dynamic, options: Map) -> RhaiResultOf<Rc<StateScores>> {
        #[cfg(feature = "torch")]
        if let Some(design) = design(&options) {
            let mut study = told_states(&ctx, "evaluate::leave_one_out", &design, &set, without_model(options))?;
            return Ok(Rc::new(study.scores.remove(0)));
        }
        let mut given = Options::new(&ctx, "evaluate::leave_one_out", options);
        let model = state_model(&ctx, &mut given)?;
        let set = set_of("what states are told of", &set).at(&ctx)?;
        behaviour::leave_one_out(&set, &model, &given.parse()?).map(Rc::new).at(&ctx)
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod results {
    /// Mean over animals of `1 - MSE / MSE of persistence`.
    #[rhai_fn(get = "skill", pure)]
    pub fn skill(rollout: &mut Rc<Rollout>) -> f64 {
        rollout.skill()
    }

    /// The skill at 1, 2, … frames ahead, the mean over animals.
    ///
    /// ```rhai
    /// let ridge = evaluate::rollout(worms.aligned().zscore());
    /// plot::lines([#{ name: "ridge", y: ridge.skills }]).save(out("skill.svg"));
    /// ```
    #[rhai_fn(get = "skills", pure)]
    pub fn skills(rollout: &mut Rc<Rollout>) -> Array {
        values::array(rollout.skills())
    }

    /// The mean squared error at 1, 2, … frames ahead, the mean over animals.
    #[rhai_fn(get = "mse", pure)]
    pub fn mse(rollout: &mut Rc<Rollout>) -> Array {
        values::array(rollout.mse())
    }

    /// Intervals of the skill of each animal and of their mean, with the defaults.
    #[rhai_fn(name = "intervals", return_raw, pure)]
    pub fn skill_intervals_plainly(ctx: NativeCallContext, rollout: &mut Rc<Rollout>) -> RhaiResultOf<Rc<Intervals>> {
        skill_intervals(ctx, rollout, Map::new())
    }

    /// Intervals of the skill of each animal and of their mean, by the bootstrap over blocks of successive windows, and
    /// over animals for the mean. Options: `resamples` (2000), `confidence` (0.95), `block` (100 frames), `seed`.
    ///
    /// ```rhai
    /// print(evaluate::rollout(worms.aligned().zscore()).intervals(#{ block: 100, seed: 1 }));
    /// ```
    #[rhai_fn(name = "intervals", return_raw, pure)]
    pub fn skill_intervals(
        ctx: NativeCallContext,
        rollout: &mut Rc<Rollout>,
        options: Map,
    ) -> RhaiResultOf<Rc<Intervals>> {
        let mut given = Options::new(&ctx, "intervals", options);
        let seed = given.seed()?;
        rollout.intervals(&given.parse()?, seed).map(Rc::new).at(&ctx)
    }

    /// Intervals of the accuracy of each animal and of their mean, with the defaults.
    #[rhai_fn(name = "intervals", return_raw, pure)]
    pub fn accuracy_intervals_plainly(
        ctx: NativeCallContext,
        scores: &mut Rc<StateScores>,
    ) -> RhaiResultOf<Rc<Intervals>> {
        accuracy_intervals(ctx, scores, Map::new())
    }

    /// Intervals of the accuracy of each animal and of their mean, by the bootstrap over blocks of successive frames, and
    /// over animals for the mean. Options: `resamples` (2000), `confidence` (0.95), `block` (100 frames), `seed`.
    ///
    /// ```rhai
    /// print(evaluate::leave_one_out(worms.aligned().zscore()).intervals(#{ seed: 1 }));
    /// ```
    #[rhai_fn(name = "intervals", return_raw, pure)]
    pub fn accuracy_intervals(
        ctx: NativeCallContext,
        scores: &mut Rc<StateScores>,
        options: Map,
    ) -> RhaiResultOf<Rc<Intervals>> {
        let mut given = Options::new(&ctx, "intervals", options);
        let seed = given.seed()?;
        scores.intervals(&given.parse()?, seed).map(Rc::new).at(&ctx)
    }

    /// Lower end of the interval of the mean over animals.
    #[rhai_fn(get = "low", pure)]
    pub fn low(intervals: &mut Rc<Intervals>) -> f64 {
        intervals.mean.interval.low
    }

    /// Upper end of the interval of the mean over animals.
    #[rhai_fn(get = "high", pure)]
    pub fn high(intervals: &mut Rc<Intervals>) -> f64 {
        intervals.mean.interval.high
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_intervals(intervals: &mut Rc<Intervals>) -> String {
        intervals.to_string()
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_trajectories(trajectories: &mut Rc<Trajectories>) -> String {
        trajectories.to_string()
    }

    /// The model's name.
    #[rhai_fn(get = "model", pure)]
    pub fn model(rollout: &mut Rc<Rollout>) -> String {
        rollout.model.clone()
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe(rollout: &mut Rc<Rollout>) -> String {
        rollout.to_string()
    }

    /// The model's name.
    #[rhai_fn(get = "model", pure)]
    pub fn state_model_name(scores: &mut Rc<StateScores>) -> String {
        scores.model.clone()
    }

    /// Mean over animals of the share of frames told right.
    #[rhai_fn(get = "accuracy", pure)]
    pub fn accuracy(scores: &mut Rc<StateScores>) -> f64 {
        scores.accuracy()
    }

    /// Mean over animals of the mean recall of states.
    #[rhai_fn(get = "balanced_accuracy", pure)]
    pub fn balanced_accuracy(scores: &mut Rc<StateScores>) -> f64 {
        scores.balanced()
    }

    /// Mean over animals of the share told right of the coarser states; `()` without.
    #[rhai_fn(get = "coarse_accuracy", pure)]
    pub fn coarse_accuracy(scores: &mut Rc<StateScores>) -> Dynamic {
        scores.coarse().map_or(Dynamic::UNIT, Dynamic::from_float)
    }

    /// True against told states, all frames of all animals.
    ///
    /// ```rhai
    /// plot::confusion(evaluate::leave_one_out(worms.aligned().zscore()).confusion).save(out("confusion.svg"));
    /// ```
    #[rhai_fn(get = "confusion", pure)]
    pub fn confusion(scores: &mut Rc<StateScores>) -> Rc<Confusion> {
        Rc::new(scores.confusion.clone())
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_states(scores: &mut Rc<StateScores>) -> String {
        scores.to_string()
    }
}
