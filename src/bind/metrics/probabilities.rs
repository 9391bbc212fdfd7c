//! Probabilities and scores of classes, as scripts call them.

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use super::scores_of;
use crate::metrics;
use crate::script::{At, Options, RhaiResultOf, values};

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
pub mod namespace {
    /// Log loss: mean over cells of minus the logarithm of the probability of the true class. Columns belong to classes by
    /// name, or else in order; an array holds the probability of the last of two classes.
    ///
    /// ```rhai
    /// print(metrics::log_loss(cells.labels(), probabilities));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn log_loss(ctx: NativeCallContext, truth: Dynamic, probabilities: Dynamic) -> RhaiResultOf<f64> {
        let truth = values::labels("the truth", &truth).at(&ctx)?;
        let p = scores_of("the probabilities of `metrics::log_loss`", &probabilities, None).at(&ctx)?;
        metrics::log_loss(&truth, &p).at(&ctx)
    }

    /// Brier score: mean squared difference of probability and truth, summed over classes; half of that for two classes.
    ///
    /// ```rhai
    /// print(metrics::brier(cells.labels(), probabilities));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn brier(ctx: NativeCallContext, truth: Dynamic, probabilities: Dynamic) -> RhaiResultOf<f64> {
        let truth = values::labels("the truth", &truth).at(&ctx)?;
        let p = scores_of("the probabilities of `metrics::brier`", &probabilities, None).at(&ctx)?;
        metrics::brier(&truth, &p).at(&ctx)
    }

    /// Share of cells whose true class is among the 2 with the largest scores.
    ///
    /// ```rhai
    /// print(metrics::top_k_accuracy(cells.labels(), probabilities));
    /// ```
    #[rhai_fn(name = "top_k_accuracy", return_raw)]
    pub fn top_k_accuracy_plainly(ctx: NativeCallContext, truth: Dynamic, scores: Dynamic) -> RhaiResultOf<f64> {
        top_k_accuracy(ctx, truth, scores, Map::new())
    }

    /// Share of cells whose true class is among those with the largest scores. Option `k` (2 classes).
    ///
    /// ```rhai
    /// print(metrics::top_k_accuracy(cells.labels(), probabilities, #{ k: 3 }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn top_k_accuracy(ctx: NativeCallContext, truth: Dynamic, scores: Dynamic, options: Map) -> RhaiResultOf<f64> {
        let truth = values::labels("the truth", &truth).at(&ctx)?;
        let scores = scores_of("the scores of `metrics::top_k_accuracy`", &scores, None).at(&ctx)?;
        metrics::top_k_accuracy(&truth, &scores, &Options::new(&ctx, "metrics::top_k_accuracy", options).parse()?)
            .at(&ctx)
    }

    /// Area under the ROC curve; of more than two classes, the mean of each against the rest.
    ///
    /// ```rhai
    /// print(metrics::roc_auc(cells.labels(), probabilities));
    /// ```
    #[rhai_fn(name = "roc_auc", return_raw)]
    pub fn roc_auc_plainly(ctx: NativeCallContext, truth: Dynamic, scores: Dynamic) -> RhaiResultOf<f64> {
        roc_auc(ctx, truth, scores, Map::new())
    }

    /// Area under the ROC curve: the probability that a cell of a class has a larger score than another. Scores are a matrix
    /// with a column per class, or an array for two classes. Options: `positive` (the class that scores speak for; the last
    /// of two), `against` (`"rest"`, `"one"`: pairs of classes), `average` (`"macro"`, `"weighted"`, `"micro"`).
    ///
    /// ```rhai
    /// print(metrics::roc_auc(cells.labels(), probabilities, #{ against: "one" }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn roc_auc(ctx: NativeCallContext, truth: Dynamic, scores: Dynamic, options: Map) -> RhaiResultOf<f64> {
        let truth = values::labels("the truth", &truth).at(&ctx)?;
        let options: metrics::RocOptions = Options::new(&ctx, "metrics::roc_auc", options).parse()?;
        let scores = scores_of("the scores of `metrics::roc_auc`", &scores, options.positive.as_deref()).at(&ctx)?;
        metrics::roc_auc(&truth, &scores, &options).at(&ctx)
    }

    /// Average precision; of more than two classes, the mean of each against the rest.
    ///
    /// ```rhai
    /// print(metrics::average_precision(cells.labels(), probabilities));
    /// ```
    #[rhai_fn(name = "average_precision", return_raw)]
    pub fn average_precision_plainly(ctx: NativeCallContext, truth: Dynamic, scores: Dynamic) -> RhaiResultOf<f64> {
        average_precision(ctx, truth, scores, Map::new())
    }

    /// Average precision: precision at each cell of a class, cells being taken by falling score. Options: `positive` (the
    /// class that scores speak for; the last of two), `average` (`"macro"`, `"weighted"`, `"micro"`).
    ///
    /// ```rhai
    /// print(metrics::average_precision(cells.labels(), probabilities, #{ average: "weighted" }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn average_precision(
        ctx: NativeCallContext,
        truth: Dynamic,
        scores: Dynamic,
        options: Map,
    ) -> RhaiResultOf<f64> {
        let truth = values::labels("the truth", &truth).at(&ctx)?;
        let options: metrics::PrecisionOptions = Options::new(&ctx, "metrics::average_precision", options).parse()?;
        let positive = options.positive.as_deref();
        let scores = scores_of("the scores of `metrics::average_precision`", &scores, positive).at(&ctx)?;
        metrics::average_precision(&truth, &scores, &options).at(&ctx)
    }
}
