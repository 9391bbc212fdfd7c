//! What scripts ask of several recordings.

use rhai::plugin::*;
use rhai::{Array, Dynamic, EvalAltResult, Map};

use super::pairs;
use crate::activity::{Recording, RecordingSet};
use crate::script::values::{array, texts};
use crate::script::{At, Options, RhaiResultOf};

/// Installs properties and methods.
pub(super) fn install(engine: &mut Engine) {
    engine.register_iterator::<RecordingSet>();
    engine.register_global_module(exported_module!(methods).into());
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod methods {
    /// Number of animals.
    #[rhai_fn(get = "len", pure)]
    pub fn len(set: &mut RecordingSet) -> i64 {
        set.len() as i64
    }

    /// The animals' names.
    #[rhai_fn(get = "names", pure)]
    pub fn names(set: &mut RecordingSet) -> Array {
        array(set.recordings().iter().map(|r| r.name().to_string()))
    }

    /// One animal, counted from 0; from the end if negative.
    #[rhai_fn(index_get, return_raw, pure)]
    pub fn at(ctx: NativeCallContext, set: &mut RecordingSet, place: i64) -> RhaiResultOf<Recording> {
        let counted = if place < 0 { place + set.len() as i64 } else { place };
        let found = usize::try_from(counted).ok().and_then(|i| set.recordings().get(i));
        found.cloned().ok_or_else(|| EvalAltResult::ErrorArrayBounds(set.len(), place, ctx.call_position()).into())
    }

    /// One animal, by its name.
    #[rhai_fn(index_get, return_raw, pure)]
    pub fn named_animal(ctx: NativeCallContext, set: &mut RecordingSet, name: &str) -> RhaiResultOf<Recording> {
        set.get(name).cloned().at(&ctx)
    }

    /// The identified neurons that all animals have.
    ///
    /// ```rhai
    /// print(worms.common());
    /// ```
    #[rhai_fn(pure)]
    pub fn common(set: &mut RecordingSet) -> Array {
        array(set.common())
    }

    /// Every animal with the neurons that all have.
    ///
    /// ```rhai
    /// let alike = worms.aligned().zscore();
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn aligned(ctx: NativeCallContext, set: &mut RecordingSet) -> RhaiResultOf<RecordingSet> {
        set.aligned().at(&ctx)
    }

    /// Each neuron of each animal less its mean, over its standard deviation.
    ///
    /// ```rhai
    /// let z = worms.zscore();
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn zscore(ctx: NativeCallContext, set: &mut RecordingSet) -> RhaiResultOf<RecordingSet> {
        set.map(|r| Ok(r.zscore())).at(&ctx)
    }

    /// The derivatives of all animals; options as for one recording.
    ///
    /// ```rhai
    /// let slopes = worms.derivative(#{ window: 7 });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn derivative(ctx: NativeCallContext, set: &mut RecordingSet, options: Map) -> RhaiResultOf<RecordingSet> {
        let options = Options::new(&ctx, "derivative", options).parse()?;
        set.map(|r| r.derivative(&options)).at(&ctx)
    }

    /// All animals at one interval in seconds.
    ///
    /// ```rhai
    /// let even = worms.resample(0.35);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn resample(ctx: NativeCallContext, set: &mut RecordingSet, dt: Dynamic) -> RhaiResultOf<RecordingSet> {
        let dt = crate::script::values::number("the interval", &dt).at(&ctx)?;
        set.map(|r| r.resample(dt)).at(&ctx)
    }

    /// The neurons of these names, in this order, of every animal.
    ///
    /// ```rhai
    /// let two = worms.align(["AVAL", "AVAR"]);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn align(ctx: NativeCallContext, set: &mut RecordingSet, names: Array) -> RhaiResultOf<RecordingSet> {
        texts("names", &names.into()).and_then(|names| set.map(|r| r.align(&names))).at(&ctx)
    }

    /// The neurons of these names that each animal has.
    ///
    /// ```rhai
    /// let command = worms.only(["AVAL", "AVAR", "AVBL"]);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn only(ctx: NativeCallContext, set: &mut RecordingSet, names: Array) -> RhaiResultOf<RecordingSet> {
        texts("names", &names.into()).and_then(|names| set.map(|r| r.only(&names))).at(&ctx)
    }

    /// Every animal without these neurons.
    ///
    /// ```rhai
    /// let fewer = worms.without(activity::label_neurons());
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn without(ctx: NativeCallContext, set: &mut RecordingSet, names: Array) -> RhaiResultOf<RecordingSet> {
        texts("names", &names.into()).and_then(|names| set.map(|r| r.without(&names))).at(&ctx)
    }

    /// States under other names in every animal.
    ///
    /// ```rhai
    /// let coarse = worms.merge_states(#{ rev1: "rev", rev2: "rev" });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn merge_states(ctx: NativeCallContext, set: &mut RecordingSet, names: Map) -> RhaiResultOf<RecordingSet> {
        pairs("a state's new name", &names).and_then(|pairs| set.map(|r| r.merge_states(&pairs))).at(&ctx)
    }

    /// Each animal left out in turn: maps of its `test` recording and the others as `train`.
    ///
    /// ```rhai
    /// for fold in worms.leave_one_out() { print(fold.test); }
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn leave_one_out(ctx: NativeCallContext, set: &mut RecordingSet) -> RhaiResultOf<Array> {
        let splits = crate::activity::splits::leave_one_animal_out(set, 1.0).at(&ctx)?;
        let fold = |left_out: usize| -> crate::error::Result<Dynamic> {
            let others = set.recordings().iter().enumerate().filter(|(i, _)| *i != left_out).map(|(_, r)| r.clone());
            let train = RecordingSet::new(others.collect())?;
            let test = set.recordings()[left_out].clone();
            let map: Map = [("train".into(), Dynamic::from(train)), ("test".into(), Dynamic::from(test))].into();
            Ok(map.into())
        };
        (0..splits.len()).map(fold).collect::<crate::error::Result<Array>>().at(&ctx)
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe(set: &mut RecordingSet) -> String {
        set.to_string()
    }
}
