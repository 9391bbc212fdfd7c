//! What trained networks and studies offer.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, Map, Module};

use super::Shown;
use crate::activity::Recording;
use crate::activity::behaviour::StateScores;
use crate::activity::connectome::Relations;
use crate::activity::forecast::{Rollout, Trajectories, TrajectoryOptions, trajectories_of};
use crate::activity::simulate::Simulation;
use crate::bind::activity::set_of;
use crate::error::Result;
use crate::nn::activity::{Network, Shape, Task};
use crate::script::fail::guard;
use crate::script::{Options, RhaiResultOf};
use crate::train::History;
use crate::train::activity::{Dynamics, Inferring, StateNetwork, StatesStudy, Study};

/// Methods and properties.
pub(super) fn methods() -> Module {
    exported_module!(results)
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
