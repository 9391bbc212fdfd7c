//! `metrics::`: agreement of groupings, quality of predictions.

use std::rc::Rc;

use rhai::Dynamic;
use rhai::plugin::*;

use crate::data::Labels;
use crate::error::Result;
use crate::metrics::{self, Confusion};
use crate::script::{At, RhaiResultOf, values};

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Rc<Confusion>>("Confusion");
    engine.register_static_module("metrics", exported_module!(namespace).into());
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

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// Adjusted Rand index of two groupings (Hubert & Arabie 1985): 1 when they are the same, 0 on average by chance.
    ///
    /// ```rhai
    /// print(metrics::ari(groups.labels, cells.labels()));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn ari(ctx: NativeCallContext, a: Dynamic, b: Dynamic) -> RhaiResultOf<f64> {
        score(&ctx, &a, &b, metrics::ari)
    }

    /// Normalised mutual information of two groupings (arithmetic mean).
    #[rhai_fn(return_raw)]
    pub fn nmi(ctx: NativeCallContext, a: Dynamic, b: Dynamic) -> RhaiResultOf<f64> {
        score(&ctx, &a, &b, metrics::nmi)
    }

    /// Mutual information of two groupings, corrected for chance (Vinh et al. 2010, arithmetic mean).
    #[rhai_fn(return_raw)]
    pub fn ami(ctx: NativeCallContext, a: Dynamic, b: Dynamic) -> RhaiResultOf<f64> {
        score(&ctx, &a, &b, metrics::ami)
    }

    /// V-measure: harmonic mean of homogeneity and completeness.
    #[rhai_fn(return_raw)]
    pub fn v_measure(ctx: NativeCallContext, truth: Dynamic, groups: Dynamic) -> RhaiResultOf<f64> {
        score(&ctx, &truth, &groups, metrics::v_measure)
    }

    /// Share of cells whose prediction is right.
    #[rhai_fn(return_raw)]
    pub fn accuracy(ctx: NativeCallContext, truth: Dynamic, predicted: Dynamic) -> RhaiResultOf<f64> {
        score(&ctx, &truth, &predicted, metrics::accuracy)
    }

    /// Mean over the classes of the share of their cells whose prediction is right.
    #[rhai_fn(return_raw)]
    pub fn balanced_accuracy(ctx: NativeCallContext, truth: Dynamic, predicted: Dynamic) -> RhaiResultOf<f64> {
        score(&ctx, &truth, &predicted, metrics::balanced_accuracy)
    }

    /// Predictions against the truth, class by class.
    ///
    /// ```rhai
    /// print(metrics::confusion(cells.labels(), predicted));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn confusion(ctx: NativeCallContext, truth: Dynamic, predicted: Dynamic) -> RhaiResultOf<Rc<Confusion>> {
        score(&ctx, &truth, &predicted, metrics::confusion).map(Rc::new)
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe(confusion: &mut Rc<Confusion>) -> String {
        confusion.to_string()
    }
}
