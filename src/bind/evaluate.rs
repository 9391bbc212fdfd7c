//! `evaluate::`: judging an embedding.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use super::rows::matrix_of;
use crate::data::Labels;
use crate::evaluate::{self, Scores};
use crate::metrics::Confusion;
use crate::script::{At, Options, RhaiResultOf, values};

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    engine.register_type_with_name::<Rc<Scores>>("Scores");
    engine.register_static_module("evaluate", exported_module!(namespace).into());
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    use crate::script::values::array;
    use rhai::Array;

    /// Predicts each cell's label from its 5 nearest neighbours in five stratified folds.
    ///
    /// ```rhai
    /// print(evaluate::cross_validate(z, cells.labels()));
    /// ```
    #[rhai_fn(name = "cross_validate", return_raw)]
    pub fn cross_validate_plainly(ctx: NativeCallContext, z: Dynamic, labels: Dynamic) -> RhaiResultOf<Rc<Scores>> {
        cross_validate(ctx, z, labels, Map::new())
    }

    /// Predicts each cell's label from cells of other folds. Cells without a label are left out.
    ///
    /// Options: `classifier` (`"knn"`), `k` (5 neighbours), `folds` (5 stratified ones, or `"loo"` for each cell in turn),
    /// `metric` (`"euclidean"`, `"cosine"`), `weights` (`"uniform"`, `"distance"`), `standardise` (false), `repeats` (1),
    /// `seed`.
    ///
    /// ```rhai
    /// let scores = evaluate::cross_validate(z, cells.labels(), #{ classifier: "knn", k: 5, folds: 5 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn cross_validate(
        ctx: NativeCallContext,
        z: Dynamic,
        labels: Dynamic,
        options: Map,
    ) -> RhaiResultOf<Rc<Scores>> {
        let labels = values::labels("the labels", &labels).at(&ctx)?;
        let mut given = Options::new(&ctx, "evaluate::cross_validate", options);
        let seed = given.seed()?;
        let z = matrix_of("what `evaluate::cross_validate` judges", &z).at(&ctx)?;
        evaluate::cross_validate(&z, &labels, &given.parse()?, seed).map(Rc::new).at(&ctx)
    }

    /// Mean of the folds' accuracies.
    #[rhai_fn(global, get = "accuracy", pure)]
    pub fn accuracy(scores: &mut Rc<Scores>) -> f64 {
        scores.accuracy
    }

    /// Mean of the folds' balanced accuracies.
    #[rhai_fn(global, get = "balanced_accuracy", pure)]
    pub fn balanced_accuracy(scores: &mut Rc<Scores>) -> f64 {
        scores.balanced_accuracy
    }

    /// Share of the largest class: the accuracy of always guessing it.
    #[rhai_fn(global, get = "chance", pure)]
    pub fn chance(scores: &mut Rc<Scores>) -> f64 {
        scores.chance
    }

    /// Accuracy of each fold.
    #[rhai_fn(global, get = "fold_accuracy", pure)]
    pub fn fold_accuracy(scores: &mut Rc<Scores>) -> Array {
        array(scores.fold_accuracy.iter().copied())
    }

    /// The held-out prediction of each cell.
    #[rhai_fn(global, get = "predictions", pure)]
    pub fn predictions(scores: &mut Rc<Scores>) -> Rc<Labels> {
        Rc::new(scores.predictions.clone())
    }

    /// Held-out predictions against the truth.
    #[rhai_fn(global, get = "confusion", pure)]
    pub fn confusion(scores: &mut Rc<Scores>) -> Rc<Confusion> {
        Rc::new(scores.confusion.clone())
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe(scores: &mut Rc<Scores>) -> String {
        scores.to_string()
    }
}
