//! Cross-validation, and what it gives.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, Map, Module};

use super::super::handles::Rows;
use super::super::rows::matrix_of;
use super::protocol::Call;
use crate::data::{Labels, Table};
use crate::error::Error;
use crate::evaluate::{self, Scores};
use crate::metrics::Confusion;
use crate::script::values::array;
use crate::script::{At, RhaiResultOf, values};

pub(super) fn module() -> Module {
    exported_module!(namespace)
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// Predicts each cell's label from its 5 nearest neighbours in five stratified folds.
    ///
    /// ```rhai
    /// print(evaluate::cross_validate(z, labels));
    /// ```
    #[rhai_fn(name = "cross_validate", return_raw)]
    pub fn cross_validate_plainly(ctx: NativeCallContext, z: Dynamic, labels: Dynamic) -> RhaiResultOf<Rc<Scores>> {
        cross_validate(ctx, z, labels, Map::new())
    }

    /// Predicts each cell's label from cells of other folds, and scores it with intervals. Cells without a label are left
    /// out.
    ///
    /// What predicts: `classifier` (`"knn"`, `"logistic"`, `"svm"`, `"lda"`, `"ridge"`, `"centroid"`, `"majority"`, or a
    /// value such as `evaluate::svm(#{…})`), with its own options beside it; `standardise` (false), `pca` (number of
    /// components), both measured outside the fold. Any of these may be a list (`k: [1, 3, 5]`): each fold then takes
    /// what does best on `inner_folds` (5) of the cells that it learns from, by `score`.
    ///
    /// What is held out: `folds`, `groups`, `repeats`, `stratify`, `rare`, `split` as in `evaluate::folds`, or folds that
    /// it made.
    ///
    /// How it is judged: `score` (`"accuracy"`, `"balanced_accuracy"`, `"macro_f1"`, `"kappa"`, `"log_loss"`; all are
    /// reported, this one chooses), `confidence` (0.95), `resamples` (2000 of the bootstrap over cells), `seed`.
    ///
    /// ```rhai
    /// let scores = evaluate::cross_validate(z, labels, #{ classifier: "knn", k: [1, 3, 5], folds: 3, repeats: 2 });
    /// print(scores.per_fold());
    /// ```
    #[rhai_fn(return_raw)]
    pub fn cross_validate(
        ctx: NativeCallContext,
        z: Dynamic,
        labels: Dynamic,
        options: Map,
    ) -> RhaiResultOf<Rc<Scores>> {
        let labels = values::labels("the labels", &labels).at(&ctx)?;
        let mut call = Call::new(&ctx, "evaluate::cross_validate", options)?;
        let (how, folds) = call.protocol()?;
        let seed = call.seed;
        call.finish()?;
        let z = matrix_of("what `evaluate::cross_validate` judges", &z).at(&ctx)?;
        match folds {
            Some(folds) => evaluate::cross_validate_on(&z, &labels, &folds, &how, seed),
            None => evaluate::cross_validate(&z, &labels, &how, seed),
        }
        .map(Rc::new)
        .at(&ctx)
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

    /// Every score by name (`accuracy`, `balanced_accuracy`, `macro_f1`, `kappa`, `log_loss`), each a map of `mean` and
    /// `sd` over folds, `pooled`, `interval` (`low`, `high`: BCa bootstrap over cells) and `over_folds` (`low`, `high`:
    /// corrected t over folds). What nothing defines is `()`.
    ///
    /// ```rhai
    /// print(evaluate::cross_validate(z, labels).summary.accuracy.interval.low);
    /// ```
    #[rhai_fn(global, get = "summary", return_raw, pure)]
    pub fn summary(ctx: NativeCallContext, scores: &mut Rc<Scores>) -> RhaiResultOf<Map> {
        let mut map = Map::new();
        for summary in &scores.summaries {
            let value = rhai::serde::to_dynamic(summary).map_err(|e| Error::internal(e.to_string())).at(&ctx)?;
            map.insert(summary.score.name().into(), value);
        }
        Ok(map)
    }

    /// A row for each class: `cells`, `recall`, `precision`, `f1`.
    ///
    /// ```rhai
    /// print(evaluate::cross_validate(z, labels).per_class());
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn per_class(ctx: NativeCallContext, scores: &mut Rc<Scores>) -> RhaiResultOf<Table> {
        scores.per_class().at(&ctx)
    }

    /// A row for each fold: `cells`, `learnt`, every score, and what was `chosen` to predict.
    ///
    /// ```rhai
    /// print(evaluate::cross_validate(z, labels, #{ k: [1, 3] }).per_fold());
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn per_fold(ctx: NativeCallContext, scores: &mut Rc<Scores>) -> RhaiResultOf<Table> {
        scores.per_fold().at(&ctx)
    }

    /// The held-out prediction of each cell.
    #[rhai_fn(global, get = "predictions", pure)]
    pub fn predictions(scores: &mut Rc<Scores>) -> Rc<Labels> {
        Rc::new(scores.predictions.clone())
    }

    /// The probability of each class for each held-out cell; `()` for classifiers without.
    #[rhai_fn(global, get = "probabilities", pure)]
    pub fn probabilities_of_scores(scores: &mut Rc<Scores>) -> Dynamic {
        scores.probabilities.clone().map_or(Dynamic::UNIT, |p| Dynamic::from(Rows::new(p)))
    }

    /// Held-out predictions against the truth.
    #[rhai_fn(global, get = "confusion", pure)]
    pub fn confusion(scores: &mut Rc<Scores>) -> Rc<Confusion> {
        Rc::new(scores.confusion.clone())
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe_scores(scores: &mut Rc<Scores>) -> String {
        scores.to_string()
    }
}
