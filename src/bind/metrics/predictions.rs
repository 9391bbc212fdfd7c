//! Predictions against the truth, as scripts call it.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use super::score;
use crate::bind::handles::Rows;
use crate::data::Table;
use crate::metrics::{self, Confusion, Report};
use crate::script::{At, Options, RhaiResultOf, values};

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
pub mod namespace {
    /// Share of cells whose prediction is right.
    ///
    /// ```rhai
    /// print(metrics::accuracy(cells.labels(), predicted));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn accuracy(ctx: NativeCallContext, truth: Dynamic, predicted: Dynamic) -> RhaiResultOf<f64> {
        score(&ctx, &truth, &predicted, metrics::accuracy)
    }

    /// Mean over the classes of the share of their cells whose prediction is right.
    ///
    /// ```rhai
    /// print(metrics::balanced_accuracy(cells.labels(), predicted));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn balanced_accuracy(ctx: NativeCallContext, truth: Dynamic, predicted: Dynamic) -> RhaiResultOf<f64> {
        score(&ctx, &truth, &predicted, metrics::balanced_accuracy)
    }

    /// Matthews' correlation of prediction and truth, for any number of classes: 1 when they are the same, 0 by chance.
    ///
    /// ```rhai
    /// print(metrics::matthews(cells.labels(), predicted));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn matthews(ctx: NativeCallContext, truth: Dynamic, predicted: Dynamic) -> RhaiResultOf<f64> {
        score(&ctx, &truth, &predicted, metrics::matthews)
    }

    /// Cohen's kappa, every confusion being equally bad.
    ///
    /// ```rhai
    /// print(metrics::kappa(cells.labels(), predicted));
    /// ```
    #[rhai_fn(name = "kappa", return_raw)]
    pub fn kappa_plainly(ctx: NativeCallContext, a: Dynamic, b: Dynamic) -> RhaiResultOf<f64> {
        kappa(ctx, a, b, Map::new())
    }

    /// Cohen's kappa: 1 less the observed disagreement over that expected by chance. Option `weights` (`"none"`, or for
    /// classes in order, such as layers, `"linear"` and `"quadratic"`).
    ///
    /// ```rhai
    /// print(metrics::kappa(cells.labels("layer"), predicted, #{ weights: "linear" }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn kappa(ctx: NativeCallContext, a: Dynamic, b: Dynamic, options: Map) -> RhaiResultOf<f64> {
        let options = Options::new(&ctx, "metrics::kappa", options).parse()?;
        score(&ctx, &a, &b, |a, b| metrics::kappa(a, b, &options))
    }

    /// Share of the cells predicted to be of a class that are, as a mean over classes.
    ///
    /// ```rhai
    /// print(metrics::precision(cells.labels(), predicted));
    /// ```
    #[rhai_fn(name = "precision", return_raw)]
    pub fn precision_plainly(ctx: NativeCallContext, truth: Dynamic, predicted: Dynamic) -> RhaiResultOf<f64> {
        precision(ctx, truth, predicted, Map::new())
    }

    /// Share of the cells predicted to be of a class that are. Option `average` (`"macro"`: the mean over classes; `"weighted"` with their
    /// numbers of cells; `"micro"`: over all cells). A class for which nothing defines it counts as 0.
    ///
    /// ```rhai
    /// print(metrics::precision(cells.labels(), predicted, #{ average: "weighted" }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn precision(ctx: NativeCallContext, truth: Dynamic, predicted: Dynamic, options: Map) -> RhaiResultOf<f64> {
        let options = Options::new(&ctx, "metrics::precision", options).parse()?;
        score(&ctx, &truth, &predicted, |truth, predicted| metrics::precision(truth, predicted, &options))
    }

    /// Share of the cells of a class that are found, as a mean over classes.
    ///
    /// ```rhai
    /// print(metrics::recall(cells.labels(), predicted));
    /// ```
    #[rhai_fn(name = "recall", return_raw)]
    pub fn recall_plainly(ctx: NativeCallContext, truth: Dynamic, predicted: Dynamic) -> RhaiResultOf<f64> {
        recall(ctx, truth, predicted, Map::new())
    }

    /// Share of the cells of a class that are found. Option `average` (`"macro"`: the mean over classes; `"weighted"` with their
    /// numbers of cells; `"micro"`: over all cells). A class for which nothing defines it counts as 0.
    ///
    /// ```rhai
    /// print(metrics::recall(cells.labels(), predicted, #{ average: "weighted" }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn recall(ctx: NativeCallContext, truth: Dynamic, predicted: Dynamic, options: Map) -> RhaiResultOf<f64> {
        let options = Options::new(&ctx, "metrics::recall", options).parse()?;
        score(&ctx, &truth, &predicted, |truth, predicted| metrics::recall(truth, predicted, &options))
    }

    /// Harmonic mean of precision and recall, as a mean over classes.
    ///
    /// ```rhai
    /// print(metrics::f1(cells.labels(), predicted));
    /// ```
    #[rhai_fn(name = "f1", return_raw)]
    pub fn f1_plainly(ctx: NativeCallContext, truth: Dynamic, predicted: Dynamic) -> RhaiResultOf<f64> {
        f1(ctx, truth, predicted, Map::new())
    }

    /// Harmonic mean of precision and recall. Option `average` (`"macro"`: the mean over classes; `"weighted"` with their
    /// numbers of cells; `"micro"`: over all cells). A class for which nothing defines it counts as 0.
    ///
    /// ```rhai
    /// print(metrics::f1(cells.labels(), predicted, #{ average: "weighted" }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn f1(ctx: NativeCallContext, truth: Dynamic, predicted: Dynamic, options: Map) -> RhaiResultOf<f64> {
        let options = Options::new(&ctx, "metrics::f1", options).parse()?;
        score(&ctx, &truth, &predicted, |truth, predicted| metrics::f1(truth, predicted, &options))
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

    /// Precision, recall and F1 of each class and over all, with accuracy, kappa and Matthews' correlation.
    ///
    /// ```rhai
    /// print(metrics::report(cells.labels(), predicted));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn report(ctx: NativeCallContext, truth: Dynamic, predicted: Dynamic) -> RhaiResultOf<Rc<Report>> {
        score(&ctx, &truth, &predicted, metrics::report).map(Rc::new)
    }

    /// The classes of a confusion matrix, in order.
    #[rhai_fn(global, get = "classes", pure)]
    pub fn classes(confusion: &mut Rc<Confusion>) -> rhai::Array {
        values::array(confusion.classes().iter().cloned())
    }

    /// The counts: a row per true class, a column per predicted one.
    ///
    /// ```rhai
    /// let counts = metrics::confusion(cells.labels(), predicted).matrix();
    /// ```
    #[rhai_fn(global, name = "matrix", return_raw, pure)]
    pub fn counts(ctx: NativeCallContext, confusion: &mut Rc<Confusion>) -> RhaiResultOf<Rows> {
        confusion.matrix(None).map(Rc::new).at(&ctx)
    }

    /// Shares of the counts: of the true class (`"truth"`), of the predicted one (`"predicted"`), or of all (`"all"`).
    ///
    /// ```rhai
    /// let shares = metrics::confusion(cells.labels(), predicted).matrix("truth");
    /// ```
    #[rhai_fn(global, name = "matrix", return_raw, pure)]
    pub fn shares(ctx: NativeCallContext, confusion: &mut Rc<Confusion>, of: &str) -> RhaiResultOf<Rows> {
        let normalise = match of {
            "truth" => metrics::Normalise::Truth,
            "predicted" => metrics::Normalise::Predicted,
            "all" => metrics::Normalise::All,
            _ => {
                let error = crate::error::Error::value(format!("a confusion matrix has no shares of \"{of}\""));
                return Err(error.help("one of \"truth\", \"predicted\", \"all\"")).at(&ctx);
            }
        };
        confusion.matrix(Some(normalise)).map(Rc::new).at(&ctx)
    }

    /// Share of cells whose prediction is right.
    #[rhai_fn(global, get = "accuracy", pure)]
    pub fn its_accuracy(report: &mut Rc<Report>) -> f64 {
        report.accuracy
    }

    /// Mean recall of the classes.
    #[rhai_fn(global, get = "balanced_accuracy", pure)]
    pub fn its_balanced_accuracy(report: &mut Rc<Report>) -> f64 {
        report.balanced_accuracy
    }

    /// Mean F1 of the classes.
    #[rhai_fn(global, get = "f1", pure)]
    pub fn its_f1(report: &mut Rc<Report>) -> f64 {
        report.macro_average.f1
    }

    /// Cohen's kappa; `()` where both sides have one and the same class only.
    #[rhai_fn(global, get = "kappa", pure)]
    pub fn its_kappa(report: &mut Rc<Report>) -> Dynamic {
        report.kappa.map_or(Dynamic::UNIT, Dynamic::from)
    }

    /// Matthews' correlation.
    #[rhai_fn(global, get = "matthews", pure)]
    pub fn its_matthews(report: &mut Rc<Report>) -> f64 {
        report.matthews
    }

    /// Predictions against the truth.
    #[rhai_fn(global, get = "confusion", pure)]
    pub fn its_confusion(report: &mut Rc<Report>) -> Rc<Confusion> {
        Rc::new(report.confusion.clone())
    }

    /// A row for each class: cells, precision, recall, F1.
    ///
    /// ```rhai
    /// metrics::report(cells.labels(), predicted).table().save(out("classes.csv"));
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn table(ctx: NativeCallContext, report: &mut Rc<Report>) -> RhaiResultOf<Table> {
        report.table().at(&ctx)
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe(confusion: &mut Rc<Confusion>) -> String {
        confusion.to_string()
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe_report(report: &mut Rc<Report>) -> String {
        report.to_string()
    }
}
