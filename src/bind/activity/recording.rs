//! What scripts ask of one recording.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, Map};

use super::pairs;
use crate::activity::{DerivativeOptions, Recording, States, Windows};
use crate::bind::handles::Rows;
use crate::data::table::Column;
use crate::data::{Labels, Table};
use crate::reduce::{Pca, PcaOptions};
use crate::script::registry;
use crate::script::takes::{Takes, part};
use crate::script::values::{array, texts};
use crate::script::{At, Options, RhaiResultOf};

/// What the options maps hold; a set of recordings takes the same.
const TAKES: &[Takes] = &[
    Takes::new("derivative", &[part::<DerivativeOptions>()], &[]),
    Takes::new("Recording.pca", &[part::<PcaOptions>()], &[]),
];

/// Installs properties and methods.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.register_global_module(exported_module!(facts).into());
    engine.register_global_module(exported_module!(methods).into());
    engine.register_global_module(exported_module!(states).into());
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod facts {
    /// The animal's name.
    #[rhai_fn(get = "name", pure)]
    pub fn name(recording: &mut Recording) -> String {
        recording.name().to_string()
    }

    /// Number of frames.
    #[rhai_fn(get = "frames", pure)]
    pub fn frames(recording: &mut Recording) -> i64 {
        recording.frames() as i64
    }

    /// Number of neurons.
    #[rhai_fn(get = "len", pure)]
    pub fn len(recording: &mut Recording) -> i64 {
        recording.len() as i64
    }

    /// The neurons' names.
    #[rhai_fn(get = "neurons", pure)]
    pub fn neurons(recording: &mut Recording) -> Array {
        array(recording.neurons().iter().cloned())
    }

    /// Whether each name is a real identity.
    #[rhai_fn(get = "identified", pure)]
    pub fn identified(recording: &mut Recording) -> Array {
        array(recording.identified().iter().copied())
    }

    /// Seconds from a frame to the next.
    #[rhai_fn(get = "dt", pure)]
    pub fn dt(recording: &mut Recording) -> f64 {
        recording.dt()
    }

    /// Seconds in all.
    #[rhai_fn(get = "duration", pure)]
    pub fn duration(recording: &mut Recording) -> f64 {
        recording.duration()
    }

    /// The animal's state in each frame; `()` where there are none.
    ///
    /// ```rhai
    /// print(worm.states);
    /// ```
    #[rhai_fn(get = "states", pure)]
    pub fn states_of(recording: &mut Recording) -> Dynamic {
        recording.states().map_or(Dynamic::UNIT, |s| Dynamic::from(s.clone()))
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe(recording: &mut Recording) -> String {
        recording.to_string()
    }

    /// Number of windows.
    #[rhai_fn(get = "len", pure)]
    pub fn windows_len(windows: &mut Windows) -> i64 {
        windows.len() as i64
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_windows(windows: &mut Windows) -> String {
        windows.to_string()
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod methods {
    /// The trace of a neuron, a value per frame.
    ///
    /// ```rhai
    /// let ava = worm.trace("AVAL");
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn trace(ctx: NativeCallContext, recording: &mut Recording, neuron: &str) -> RhaiResultOf<Array> {
        recording.place(neuron).map(|place| array(recording.trace(place))).at(&ctx)
    }

    /// Each neuron less its mean, over its standard deviation over the whole recording.
    ///
    /// ```rhai
    /// let z = worm.zscore();
    /// ```
    #[rhai_fn(pure)]
    pub fn zscore(recording: &mut Recording) -> Recording {
        recording.zscore()
    }

    /// The derivative per second, by differences of averages over 5 frames.
    #[rhai_fn(name = "derivative", return_raw, pure)]
    pub fn derivative_plainly(ctx: NativeCallContext, recording: &mut Recording) -> RhaiResultOf<Recording> {
        derivative(ctx, recording, Map::new())
    }

    /// The derivative per second. Options: `method` (`"smooth"`: central differences of averages over `window` (5) frames;
    /// `"tv"`: total-variation regularised after Chartrand 2011, with `alpha` (0.02), `max_iter` (200), `tol` (1e-6),
    /// `corner` (1e-4)).
    ///
    /// ```rhai
    /// let slopes = worm.derivative(#{ method: "tv", alpha: 0.05 });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn derivative(ctx: NativeCallContext, recording: &mut Recording, options: Map) -> RhaiResultOf<Recording> {
        recording.derivative(&Options::new(&ctx, "derivative", options).parse()?).at(&ctx)
    }

    /// These neurons, in this order.
    ///
    /// ```rhai
    /// let two = worm.align(["AVAL", "RIBL"]);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn align(ctx: NativeCallContext, recording: &mut Recording, names: Array) -> RhaiResultOf<Recording> {
        texts("names", &names.into()).and_then(|names| recording.align(&names)).at(&ctx)
    }

    /// The neurons of these names that there are.
    ///
    /// ```rhai
    /// let command = worm.only(["AVAL", "AVAR", "AVBL", "AVBR"]);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn only(ctx: NativeCallContext, recording: &mut Recording, names: Array) -> RhaiResultOf<Recording> {
        texts("names", &names.into()).and_then(|names| recording.only(&names)).at(&ctx)
    }

    /// The recording without these neurons.
    ///
    /// ```rhai
    /// let fewer = worm.without(activity::label_neurons());
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn without(ctx: NativeCallContext, recording: &mut Recording, names: Array) -> RhaiResultOf<Recording> {
        texts("names", &names.into()).and_then(|names| recording.without(&names)).at(&ctx)
    }

    /// The neurons whose names are real identities.
    ///
    /// ```rhai
    /// print(worm.named());
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn named(ctx: NativeCallContext, recording: &mut Recording) -> RhaiResultOf<Recording> {
        recording.named().at(&ctx)
    }

    /// The recording at another interval in seconds: traces linearly, states by the nearest frame.
    ///
    /// ```rhai
    /// let slow = worm.resample(1.0);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn resample(ctx: NativeCallContext, recording: &mut Recording, dt: Dynamic) -> RhaiResultOf<Recording> {
        crate::script::values::number("the interval", &dt).and_then(|dt| recording.resample(dt)).at(&ctx)
    }

    /// The frames from one up to another, which is not among them.
    ///
    /// ```rhai
    /// let beginning = worm.cut(0, 100);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn cut(ctx: NativeCallContext, recording: &mut Recording, from: i64, to: i64) -> RhaiResultOf<Recording> {
        let frame = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
        recording.cut(frame(from), frame(to)).at(&ctx)
    }

    /// All windows of `context` frames with the `horizon` frames behind them.
    ///
    /// ```rhai
    /// print(worm.window(16, 16).len);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn window(
        ctx: NativeCallContext,
        recording: &mut Recording,
        context: i64,
        horizon: i64,
    ) -> RhaiResultOf<Windows> {
        let frames = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
        recording.window(frames(context), frames(horizon)).at(&ctx)
    }

    /// States under other names, each old one with its new one; a state whose new name is `""` counts as not known.
    ///
    /// ```rhai
    /// let coarse = worm.merge_states(#{ slow: "fwd", rev1: "rev", rev2: "rev" });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn merge_states(ctx: NativeCallContext, recording: &mut Recording, names: Map) -> RhaiResultOf<Recording> {
        pairs("a state's new name", &names).and_then(|pairs| recording.merge_states(&pairs)).at(&ctx)
    }

    /// The runs of frames in one state: `state`, `start`, `frames`, `seconds`.
    ///
    /// ```rhai
    /// worm.bouts().save(out("bouts.csv"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn bouts(ctx: NativeCallContext, recording: &mut Recording) -> RhaiResultOf<Table> {
        let states = recording.require_states("`bouts`").at(&ctx)?;
        let (bouts, dt) = (states.bouts(), recording.dt());
        let numbers = |of: &dyn Fn(&crate::activity::Bout) -> f64| bouts.iter().map(of).collect::<Vec<f64>>();
        let columns = vec![
            Column::texts("state", bouts.iter().map(|b| b.state.map(|s| states.names()[s as usize].clone()))),
            Column::numbers("start", numbers(&|b| b.start as f64)),
            Column::numbers("frames", numbers(&|b| b.frames as f64)),
            Column::numbers("seconds", numbers(&|b| b.frames as f64 * dt)),
        ];
        Table::new((1..=bouts.len()).map(|i| i.to_string()).collect(), columns).at(&ctx)
    }

    /// The correlation of each neuron with each.
    ///
    /// ```rhai
    /// plot::matrix(worm.named().correlation()).save(out("correlation.svg"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn correlation(ctx: NativeCallContext, recording: &mut Recording) -> RhaiResultOf<Rows> {
        recording.correlation().map(Rc::new).at(&ctx)
    }

    /// The first three principal components of the frames.
    #[rhai_fn(name = "pca", return_raw, pure)]
    pub fn pca_plainly(ctx: NativeCallContext, recording: &mut Recording) -> RhaiResultOf<Rc<Pca>> {
        pca(ctx, recording, [("components".into(), Dynamic::from_int(3))].into())
    }

    /// Principal components of the frames; options as for `reduce::pca`.
    ///
    /// ```rhai
    /// let phases = worm.zscore().pca(#{ components: 3 });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn pca(ctx: NativeCallContext, recording: &mut Recording, options: Map) -> RhaiResultOf<Rc<Pca>> {
        let options: PcaOptions = Options::new(&ctx, "Recording.pca", options).parse()?;
        recording.pca(&options).map(Rc::new).at(&ctx)
    }

    /// The traces as a matrix: a row for each frame, a column for each neuron.
    ///
    /// ```rhai
    /// worm.matrix().save(out("traces.csv"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn matrix(ctx: NativeCallContext, recording: &mut Recording) -> RhaiResultOf<Rows> {
        recording.matrix().map(Rc::new).at(&ctx)
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod states {
    /// The states' names, in their order.
    #[rhai_fn(get = "names", pure)]
    pub fn names(states: &mut States) -> Array {
        array(states.names().iter().cloned())
    }

    /// Number of frames.
    #[rhai_fn(get = "len", pure)]
    pub fn len(states: &mut States) -> i64 {
        states.len() as i64
    }

    /// Number of frames in each state, in the order of the names.
    #[rhai_fn(get = "counts", pure)]
    pub fn counts(states: &mut States) -> Array {
        array(states.counts().into_iter().map(|n| n as i64))
    }

    /// The states as labels of frames.
    ///
    /// ```rhai
    /// plot::scatter(worm.zscore().pca(#{ components: 2 }), #{ labels: worm.states.labels() }).save(out("phases.svg"));
    /// ```
    #[rhai_fn(pure)]
    pub fn labels(states: &mut States) -> Rc<Labels> {
        Rc::new(states.labels())
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe(states: &mut States) -> String {
        states.to_string()
    }
}
