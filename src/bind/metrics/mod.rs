//! `metrics::`: agreement of groupings, quality of predictions, of groups and of maps.

mod agreement;
mod groups;
mod maps;
mod predictions;
mod probabilities;

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Module};

use super::handles::Rows;
use super::rows::matrix_of;
use crate::data::{Labels, Matrix};
use crate::error::Result;
use crate::metrics::{Agreement, Confusion, MapQuality, Report, Silhouette};
use crate::script::{At, RhaiResultOf, values};

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    engine
        .register_type_with_name::<Rc<Agreement>>("Agreement")
        .register_type_with_name::<Rc<Confusion>>("Confusion")
        .register_type_with_name::<Rc<Report>>("Report")
        .register_type_with_name::<Rc<Silhouette>>("Silhouette")
        .register_type_with_name::<Rc<MapQuality>>("MapQuality");
    super::outcome::methods::<Silhouette>(engine);
    super::outcome::methods::<MapQuality>(engine);
    let mut all = Module::new();
    for part in [
        exported_module!(agreement::namespace),
        exported_module!(predictions::namespace),
        exported_module!(probabilities::namespace),
        exported_module!(groups::namespace),
        exported_module!(maps::namespace),
    ] {
        all.combine_flatten(part);
    }
    engine.register_static_module("metrics", all.into());
}

/// Reads two sets of labels and scores them.
fn score<T>(
    ctx: &NativeCallContext,
    a: &Dynamic,
    b: &Dynamic,
    metric: impl FnOnce(&Labels, &Labels) -> Result<T>,
) -> RhaiResultOf<T> {
    let read = |which, value| values::labels(which, value).at(ctx);
    metric(&*read("the first labels", a)?, &*read("the second labels", b)?).at(ctx)
}

/// Scores of classes: a matrix, or an array of numbers for the class `positive`.
fn scores_of(what: &str, value: &Dynamic, positive: Option<&str>) -> Result<Rows> {
    if !value.is_array() {
        return matrix_of(what, value);
    }
    let numbers = values::numbers(what, value)?;
    let ids = (0..numbers.len()).map(|i| i.to_string()).collect();
    Matrix::new(ids, [positive.unwrap_or("score").to_string()].into(), numbers).map(Rc::new)
}
