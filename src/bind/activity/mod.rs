//! `activity::`: recordings of many neurons, and how well what they do next and what state the animal is in is told.
//!
//! [`recording`] and [`set`] have what is asked of one animal and of several, [`simulation`] makes some; [`judging`] has
//! what goes into the namespace `evaluate`, [`mod@figures`] what goes into `plot`, and [`graphs`] inferred ones.

mod figures;
mod graphs;
mod judging;
mod recording;
mod set;
mod simulation;
mod splitting;

use std::path::Path;
use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, Map, Module};

use crate::activity::behaviour::{LABEL_NEURONS, StateScores};
use crate::activity::forecast::{Rollout, Trajectories};
use crate::activity::simulate::Simulation;
use crate::activity::{self, Intervals, LoadOptions, Recording, RecordingSet, States, Windows};
use crate::error::{Error, Result};
use crate::script::registry::{self, Handles};
use crate::script::takes::{Takes, part};
use crate::script::{At, Options, RhaiResultOf, host, values};

pub(super) use figures::functions as figures;

/// The functions that belong into the namespace `evaluate`.
pub(super) fn of_evaluate() -> Module {
    let mut module = judging::functions();
    module.combine_flatten(graphs::judging());
    module
}

/// What the options maps hold.
const TAKES: &[Takes] = &[Takes::new("activity::load_dir", &[part::<LoadOptions>()], &[])];

/// Installs the namespace, and what recordings offer.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine
        .handle::<Recording>("Recording")
        .handle::<RecordingSet>("RecordingSet")
        .handle::<States>("States")
        .handle::<Windows>("Windows")
        .handle::<Rc<Simulation>>("Simulation")
        .handle::<Rc<Rollout>>("Rollout")
        .handle::<Rc<Trajectories>>("Trajectories")
        .handle::<Rc<Intervals>>("Intervals")
        .handle::<Rc<StateScores>>("StateScores");
    super::outcome::methods::<Rollout>(engine);
    super::outcome::methods::<StateScores>(engine);
    super::outcome::methods::<Intervals>(engine);
    recording::install(engine);
    set::install(engine);
    judging::install(engine);
    simulation::install(engine);
    graphs::install(engine);
    splitting::install(engine);
    let mut module = exported_module!(namespace);
    module.combine_flatten(simulation::functions());
    module.combine_flatten(graphs::functions());
    engine.register_static_module("activity", module.into());
}

/// A set of recordings, given as one or as an array.
pub(super) fn set_of(what: &str, value: &Dynamic) -> Result<RecordingSet> {
    if let Some(set) = value.read_lock::<RecordingSet>() {
        return Ok(set.clone());
    }
    let wrong = |found: &Dynamic| {
        Error::value(format!("{what} must be recordings, found {}", values::type_of(found)))
            .help("activity::load_dir reads them, activity::simulate makes some")
    };
    if let Some(recording) = value.read_lock::<Recording>() {
        return RecordingSet::new(vec![recording.clone()]);
    }
    let items = value.read_lock::<Array>().ok_or_else(|| wrong(value))?;
    let recordings = items.iter().map(|item| item.clone().try_cast::<Recording>().ok_or_else(|| wrong(item)));
    RecordingSet::new(recordings.collect::<Result<Vec<_>>>()?)
}

/// Old and new names of states, as a map has them.
fn pairs(what: &str, map: &Map) -> Result<Vec<(String, String)>> {
    map.iter().map(|(old, new)| Ok((old.to_string(), values::text(what, new)?))).collect()
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// Reads the recording of one animal: a NumPy archive (`.npz`) with `traces`, `neuron_names`, `dt`, `states`; CSV with a
    /// row for each frame; a MATLAB file (`.mat`, of versions 5 to 7.3) in the layouts of Kato et al. and Nichols et al.;
    /// WormWideWeb's JSON; or NWB.
    ///
    /// ```rhai
    /// let worm = activity::load("worm1.npz");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn load(ctx: NativeCallContext, path: &str) -> RhaiResultOf<Recording> {
        host::note_input(Path::new(path)).at(&ctx)?;
        activity::load(path).at(&ctx)
    }

    /// Reads all recordings of a folder, or of a file that holds several.
    ///
    /// ```rhai
    /// let worms = activity::load_dir("worms");
    /// ```
    #[rhai_fn(name = "load_dir", return_raw)]
    pub fn load_dir_plainly(ctx: NativeCallContext, path: &str) -> RhaiResultOf<RecordingSet> {
        load_dir(ctx, path, Map::new())
    }

    /// Reads all recordings of a folder, or of a file that holds several. What cannot be read is left out and said, as are
    /// names that repeat or differ in case alone, and one animal twice. Options: `pattern` (such as `"worm*.npz"`),
    /// `strict` (false: stops at the first file that cannot be read).
    ///
    /// ```rhai
    /// let worms = activity::load_dir("worms", #{ pattern: "*.npz" });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn load_dir(ctx: NativeCallContext, path: &str, options: Map) -> RhaiResultOf<RecordingSet> {
        let options: LoadOptions = Options::new(&ctx, "activity::load_dir", options).parse()?;
        host::note_input(Path::new(path)).at(&ctx)?;
        let (set, notes) = activity::load_dir(path, &options).at(&ctx)?;
        for note in notes {
            tracing::warn!("{path}: {note}");
        }
        Ok(set)
    }

    /// Several recordings as a set.
    ///
    /// ```rhai
    /// let two = activity::set([worms[0], worms[1]]);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn set(ctx: NativeCallContext, recordings: Array) -> RhaiResultOf<RecordingSet> {
        set_of("a set", &recordings.into()).at(&ctx)
    }

    /// The eight neurons from which the states of Kato et al. (2015) were drawn; to be left out where states are told.
    ///
    /// ```rhai
    /// let fewer = worms.without(activity::label_neurons());
    /// ```
    pub fn label_neurons() -> Array {
        values::array(LABEL_NEURONS.map(str::to_string))
    }
}
