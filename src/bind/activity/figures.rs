//! `plot::` for activity.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, Map, Module};

use crate::activity::Recording;
use crate::activity::connectome::Relations;
use crate::activity::forecast::{Rollout, Trajectories};
use crate::bind::plot::drawn;
use crate::bind::rows::matrix_of;
use crate::error::{Error, Result};
use crate::plot::{self, Figure};
use crate::script::registry;
use crate::script::takes::{THEME, Takes, part};
use crate::script::{At, Options, RhaiResultOf, values};

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("plot::traces", &[part::<plot::TracesOptions>()], &[THEME]),
    Takes::new("plot::rollouts", &[part::<plot::RolloutsOptions>()], &[THEME]),
    Takes::new("plot::horizon", &[part::<plot::HorizonOptions>()], &[THEME]),
    Takes::new(
        "plot::network",
        &[part::<plot::NetworkOptions>()],
        &[("beside", "relations of the same neurons"), ("places", "matrix of two columns; a circle"), THEME],
    ),
    Takes::new("plot::phases", &[part::<plot::PhasesOptions>()], &[THEME]),
];

/// The functions that belong into the namespace `plot`.
pub fn functions() -> Module {
    registry::declare(TAKES);
    exported_module!(namespace)
}

/// One rollout or an array of them.
fn rollouts_of(value: &Dynamic) -> Result<Vec<Rc<Rollout>>> {
    let one = |item: &Dynamic| {
        item.clone().try_cast::<Rc<Rollout>>().ok_or_else(|| {
            Error::value(format!("what `plot::horizon` draws must be rollouts, found {}", values::type_of(item)))
                .help("`evaluate::rollout(recordings)` makes one")
        })
    };
    match value.read_lock::<Array>() {
        Some(items) => items.iter().map(one).collect(),
        None => Ok(vec![one(value)?]),
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// The traces of a recording above each other, its states as bands.
    #[rhai_fn(name = "traces", return_raw)]
    pub fn traces_plainly(ctx: NativeCallContext, recording: Recording) -> RhaiResultOf<Figure> {
        traces(ctx, recording, Map::new())
    }

    /// The traces of a recording above each other over time, its states as bands behind them. Options: `neurons` (names;
    /// all, identified ones first), `most` (200 neurons), `common` (false: each neuron fills its row), `states` (true),
    /// `title`, `width_mm` (180), `height_mm`, `theme`.
    ///
    /// ```rhai
    /// plot::traces(worm.named(), #{ title: worm.name }).save(out("traces.svg"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn traces(ctx: NativeCallContext, recording: Recording, options: Map) -> RhaiResultOf<Figure> {
        drawn(&ctx, Options::new(&ctx, "plot::traces", options), move |o| plot::traces(&recording, o))
    }

    /// Predictions over what was recorded.
    #[rhai_fn(name = "rollouts", return_raw)]
    pub fn rollouts_plainly(ctx: NativeCallContext, trajectories: Rc<Trajectories>) -> RhaiResultOf<Figure> {
        rollouts(ctx, trajectories, Map::new())
    }

    /// Predictions over what was recorded, a row for each neuron; each prediction starts from a dot. Options: `neurons`
    /// (names; the first), `most` (8 neurons), `states` (true), `title`, `width_mm` (180), `height_mm`, `theme`.
    ///
    /// ```rhai
    /// let shown = evaluate::trajectories(worms.aligned().zscore(), #{ model: "ridge", from: 400, frames: 200 });
    /// plot::rollouts(shown, #{ most: 6 }).save(out("rollouts.svg"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn rollouts(ctx: NativeCallContext, trajectories: Rc<Trajectories>, options: Map) -> RhaiResultOf<Figure> {
        drawn(&ctx, Options::new(&ctx, "plot::rollouts", options), move |o| plot::rollouts(&trajectories, o))
    }

    /// Skill against persistence over the time ahead.
    #[rhai_fn(name = "horizon", return_raw)]
    pub fn horizon_plainly(ctx: NativeCallContext, rollouts: Dynamic) -> RhaiResultOf<Figure> {
        horizon(ctx, rollouts, Map::new())
    }

    /// Skill against persistence over the time ahead, a line for each model. Options: `names` (of the models), `seconds`
    /// (true; else frames), `band` (from the animal told worst to the one told best; with three models at most), `title`,
    /// `width_mm` (110), `height_mm` (75), `theme`.
    ///
    /// ```rhai
    /// let z = worms.aligned().zscore();
    /// plot::horizon([evaluate::rollout(z), evaluate::rollout(z, #{ model: "var" })]).save(out("skill.svg"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn horizon(ctx: NativeCallContext, rollouts: Dynamic, options: Map) -> RhaiResultOf<Figure> {
        let all = rollouts_of(&rollouts).at(&ctx)?;
        drawn(&ctx, Options::new(&ctx, "plot::horizon", options), move |o| {
            let all: Vec<&Rollout> = all.iter().map(AsRef::as_ref).collect();
            plot::horizon(&all, o)
        })
    }

    /// A graph of neurons on a circle.
    #[rhai_fn(name = "network", return_raw)]
    pub fn network_plainly(ctx: NativeCallContext, relations: Relations) -> RhaiResultOf<Figure> {
        network(ctx, relations, Map::new())
    }

    /// A graph of neurons, with `beside` another of the same neurons on the same layout, such as the connectome's. Edges
    /// are as wide as they are strong, in the colour of their sign. Options: `beside` (relations), `places` (a matrix of
    /// two columns; a circle without), `edges` (how many are shown, the strongest; three times the neurons), `fade` (true:
    /// edges without a contact beside are pale), `title`, `width_mm` (170), `theme`.
    ///
    /// ```rhai
    /// plot::network(graph, #{ edges: 40 }).save(out("graph.svg"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn network(ctx: NativeCallContext, relations: Relations, options: Map) -> RhaiResultOf<Figure> {
        let mut given = Options::new(&ctx, "plot::network", options);
        let beside = given.handle::<Relations>("beside")?;
        let places = given.handle_with("places", matrix_of)?;
        drawn(&ctx, given, move |o| plot::network(&relations, beside.as_ref(), places.as_deref(), o))
    }

    /// An animal's way through its first two principal components, coloured by state.
    #[rhai_fn(name = "phases", return_raw)]
    pub fn phases_plainly(ctx: NativeCallContext, recording: Recording) -> RhaiResultOf<Figure> {
        phases(ctx, recording, Map::new())
    }

    /// An animal's way through two principal components of its frames, coloured by state. Options: `x` and `y` (1 and 2,
    /// components), `smooth` (5 frames), `title`, `width_mm` (110), `height_mm` (85), `theme`.
    ///
    /// ```rhai
    /// plot::phases(worm.zscore(), #{ x: 1, y: 3 }).save(out("phases.svg"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn phases(ctx: NativeCallContext, recording: Recording, options: Map) -> RhaiResultOf<Figure> {
        drawn(&ctx, Options::new(&ctx, "plot::phases", options), move |o| plot::phases(&recording, o))
    }
}
