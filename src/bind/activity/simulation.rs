//! Simulated recordings for scripts.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Array, Engine, Map, Module};

use crate::activity::RecordingSet;
use crate::activity::simulate::{self, Simulation};
use crate::error::{Error, did_you_mean};
use crate::script::registry;
use crate::script::takes::{SEED, Takes, part};
use crate::script::values::array;
use crate::script::{At, Options, RhaiResultOf};

/// What the options map holds; each kind takes its own part.
const TAKES: &[Takes] = &[Takes::new(
    "activity::simulate",
    &[part::<simulate::SpringsOptions>(), part::<simulate::KuramotoOptions>(), part::<simulate::WormOptions>()],
    &[SEED],
)];

/// Installs what simulations offer.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.register_global_module(exported_module!(facts).into());
}

/// The functions that belong into the namespace `activity`.
pub(super) fn functions() -> Module {
    exported_module!(namespace)
}

const KINDS: [&str; 3] = ["springs", "kuramoto", "worm"];

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// Simulated recordings whose edges are known, with the defaults of their kind.
    #[rhai_fn(name = "simulate", return_raw)]
    pub fn simulate_plainly(ctx: NativeCallContext, kind: &str) -> RhaiResultOf<Rc<Simulation>> {
        simulate(ctx, kind, Map::new())
    }

    /// Simulated recordings whose edges are known: `"springs"` and `"kuramoto"` (particles and oscillators as in Neural
    /// Relational Inference), or `"worm"` (a small network of named neurons with seven states).
    ///
    /// Options of the first two: `trajectories` (100), `nodes` (5), `frames` (49), `probability` (0.5, of an edge),
    /// `strength` (0.1 and 1), `seed`; of springs `box_size` (5), `spread` (0.5), `speed` (0.5), `noise` (0); of oscillators
    /// `slowest` (1), `fastest` (10) and `observed` (`"rate"`: dφ/dt, sin φ and the natural frequency, as in the paper;
    /// `"phase"`: sin φ, cos φ and the natural frequency). Of worms: `animals` (5), `frames` (1500), `dt` (0.35 s), `noise`
    /// (0.05), `variety` (0.15, between animals), `seed`.
    ///
    /// ```rhai
    /// let worms = activity::simulate("worm", #{ animals: 3, seed: 1 }).recordings;
    /// print(worms[0]);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn simulate(ctx: NativeCallContext, kind: &str, options: Map) -> RhaiResultOf<Rc<Simulation>> {
        let mut given = Options::new(&ctx, "activity::simulate", options);
        let seed = given.seed()?;
        let made = match kind {
            "springs" => simulate::springs(&given.parse()?, seed),
            "kuramoto" => simulate::kuramoto(&given.parse()?, seed),
            "worm" => simulate::worm(&given.parse()?, seed),
            other => {
                let near = did_you_mean(other, KINDS).map_or(String::new(), |n| format!("; did you mean \"{n}\"?"));
                Err(Error::value(format!("nothing simulates \"{other}\"{near}"))
                    .help("one of \"springs\", \"kuramoto\", \"worm\""))
            }
        };
        made.map(Rc::new).at(&ctx)
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod facts {
    /// The recordings.
    #[rhai_fn(get = "recordings", pure)]
    pub fn recordings(simulation: &mut Rc<Simulation>) -> RecordingSet {
        simulation.recordings.clone()
    }

    /// For each recording a matrix of the edges behind it: the receiver's row, the sender's column; 0 is no edge.
    ///
    /// ```rhai
    /// let edges = activity::simulate("springs", #{ trajectories: 2, seed: 1 }).edges[0];
    /// ```
    #[rhai_fn(get = "edges", pure)]
    pub fn edges(simulation: &mut Rc<Simulation>) -> Array {
        array(simulation.edges.iter().map(|e| rhai::Dynamic::from(Rc::new(e.clone()))))
    }

    /// Columns of a recording that belong to a node, side by side: `columns` of `train::inference`.
    ///
    /// ```rhai
    /// let columns = activity::simulate("springs", #{ trajectories: 2, seed: 1 }).columns;
    /// ```
    #[rhai_fn(get = "columns", pure)]
    pub fn columns(simulation: &mut Rc<Simulation>) -> i64 {
        simulation.columns_per_node as i64
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe(simulation: &mut Rc<Simulation>) -> String {
        simulation.to_string()
    }
}
