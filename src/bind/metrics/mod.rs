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
use crate::script::registry::{self, Handles};
use crate::script::takes::{Takes, part};
use crate::script::{At, RhaiResultOf, values};

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("metrics::map_quality", &[part::<crate::metrics::MapQualityOptions>()], &[]),
    Takes::new("metrics::trustworthiness", &[part::<crate::metrics::MapQualityOptions>()], &[]),
    Takes::new("metrics::continuity", &[part::<crate::metrics::MapQualityOptions>()], &[]),
    Takes::new("metrics::neighbour_preservation", &[part::<crate::metrics::MapQualityOptions>()], &[]),
    Takes::new("metrics::top_k_accuracy", &[part::<crate::metrics::TopOptions>()], &[]),
    Takes::new("metrics::roc_auc", &[part::<crate::metrics::RocOptions>()], &[]),
    Takes::new("metrics::average_precision", &[part::<crate::metrics::PrecisionOptions>()], &[]),
    Takes::new("metrics::kappa", &[part::<crate::metrics::KappaOptions>()], &[]),
    Takes::new("metrics::precision", &[part::<crate::metrics::AverageOptions>()], &[]),
    Takes::new("metrics::recall", &[part::<crate::metrics::AverageOptions>()], &[]),
    Takes::new("metrics::f1", &[part::<crate::metrics::AverageOptions>()], &[]),
    Takes::new("metrics::silhouette", &[part::<crate::metrics::SilhouetteOptions>()], &[]),
];

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine
        .handle::<Rc<Agreement>>("Agreement")
        .handle::<Rc<Confusion>>("Confusion")
        .handle::<Rc<Report>>("Report")
        .handle::<Rc<Silhouette>>("Silhouette")
        .handle::<Rc<MapQuality>>("MapQuality");
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
