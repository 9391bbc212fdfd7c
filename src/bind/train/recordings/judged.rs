//! What `train::study` and `evaluate::` share: networks that are judged on animals left out.

use rhai::{Array, Dynamic, Map, NativeCallContext};
use serde::de::DeserializeOwned;

use super::Call;
use crate::activity::behaviour::LeaveOneOutOptions;
use crate::bind::activity::set_of;
use crate::error::Error;
use crate::nn::activity::Design;
use crate::script::{At, Options, RhaiResultOf, values};
use crate::train::activity::{
    self, Candidate, DynamicsOptions, FitOptions, StatesOptions, StatesStudy, Study, StudyOptions,
};

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
