//! Classifiers as values, and what they have learnt.

use std::path::Path;
use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, Map, Module};

use super::super::handles::Rows;
use super::super::rows::matrix_of;
use super::protocol::Call;
use crate::data::Labels;
use crate::error::Error;
use crate::evaluate::{self, Candidates, Recipe, Trained};
use crate::script::{At, RhaiResultOf, values};

pub(super) fn module() -> Module {
    exported_module!(namespace)
}

fn made(
    ctx: &NativeCallContext,
    function: &'static str,
    name: &'static str,
    options: Map,
) -> RhaiResultOf<Rc<Candidates>> {
    let mut call = Call::new(ctx, function, options)?;
    let classifiers = call.named(name)?;
    call.finish()?;
    Ok(Rc::new(Candidates(classifiers.into_iter().map(Recipe::from).collect())))
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// The vote of the nearest neighbours. Any option may be a list, from which inner folds choose.
    ///
    /// Options: `k` (5 neighbours), `metric` (`"euclidean"`, `"cosine"`), `weights` (`"uniform"`, `"distance"`,
    /// `"exponential"`: `exp(-distance / temperature)`, with the cosine as in TreeMoCo), `temperature` (0.5).
    ///
    /// ```rhai
    /// let treemoco = evaluate::knn(#{ k: 3, metric: "cosine", weights: "exponential", temperature: 0.5 });
    /// print(evaluate::cross_validate(z, labels, #{ classifier: treemoco }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn knn(ctx: NativeCallContext, options: Map) -> RhaiResultOf<Rc<Candidates>> {
        made(&ctx, "evaluate::knn", "knn", options)
    }

    /// Logistic regression with a penalty on the squared weights, multinomial, as scikit-learn's.
    ///
    /// Options: `c` (1.0, one over the penalty), `balanced` (false: every class weighs the same), `tol` (1e-6),
    /// `max_iter` (1000). Any option may be a list, from which inner folds choose.
    ///
    /// ```rhai
    /// let probe = evaluate::logistic(#{ c: [0.1, 1.0, 10.0] });
    /// print(evaluate::cross_validate(z, labels, #{ classifier: probe, standardise: true }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn logistic(ctx: NativeCallContext, options: Map) -> RhaiResultOf<Rc<Candidates>> {
        made(&ctx, "evaluate::logistic", "logistic", options)
    }

    /// A support vector machine, one against one, as scikit-learn's `SVC`. It gives no probabilities.
    ///
    /// Options: `kernel` (`"rbf"`, `"linear"`, `"poly"`), `c` (1.0), `gamma` (`"scale"`, `"auto"`, a number), `degree`
    /// (3), `coef0` (0.0), `balanced` (false), `tol` (1e-3). Any option may be a list, from which inner folds choose.
    ///
    /// ```rhai
    /// let machine = evaluate::svm(#{ kernel: "poly", degree: [2, 3], c: 1.0 });
    /// print(evaluate::cross_validate(z, labels, #{ classifier: machine, standardise: true }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn svm(ctx: NativeCallContext, options: Map) -> RhaiResultOf<Rc<Candidates>> {
        made(&ctx, "evaluate::svm", "svm", options)
    }

    /// Linear discriminant analysis. Options: `shrinkage` (none; a share from 0 to 1, or `"auto"` for Ledoit & Wolf's).
    ///
    /// ```rhai
    /// print(evaluate::cross_validate(z, labels, #{ classifier: evaluate::lda(#{ shrinkage: "auto" }) }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn lda(ctx: NativeCallContext, options: Map) -> RhaiResultOf<Rc<Candidates>> {
        made(&ctx, "evaluate::lda", "lda", options)
    }

    /// Least squares on class indicators. Options: `alpha` (1.0, the penalty), `balanced` (false).
    ///
    /// ```rhai
    /// print(evaluate::cross_validate(z, labels, #{ classifier: evaluate::ridge(#{ alpha: [0.1, 1.0, 10.0] }) }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn ridge(ctx: NativeCallContext, options: Map) -> RhaiResultOf<Rc<Candidates>> {
        made(&ctx, "evaluate::ridge", "ridge", options)
    }

    /// The class whose mean is nearest. Options: `metric` (`"euclidean"`, `"cosine"`).
    ///
    /// ```rhai
    /// print(evaluate::cross_validate(z, labels, #{ classifier: evaluate::centroid(#{ metric: "cosine" }) }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn centroid(ctx: NativeCallContext, options: Map) -> RhaiResultOf<Rc<Candidates>> {
        made(&ctx, "evaluate::centroid", "centroid", options)
    }

    /// Always the largest class: what any classifier has to beat.
    ///
    /// ```rhai
    /// print(evaluate::cross_validate(z, labels, #{ classifier: evaluate::majority() }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn majority(ctx: NativeCallContext) -> RhaiResultOf<Rc<Candidates>> {
        made(&ctx, "evaluate::majority", "majority", Map::new())
    }

    /// Learns the classes of all labelled rows, to predict other cells.
    ///
    /// Options: `classifier` (`"knn"`) with its own beside it as in `evaluate::cross_validate`, `standardise`, `pca`,
    /// `score`, `inner_folds` (5) and `groups` for choosing among lists of values, `seed`.
    ///
    /// ```rhai
    /// let model = evaluate::fit(z, labels, #{ classifier: "logistic", c: 1.0, standardise: true });
    /// print(model.predict(z));
    /// model.save(out("types.json"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn fit(ctx: NativeCallContext, z: Dynamic, labels: Dynamic, options: Map) -> RhaiResultOf<Rc<Trained>> {
        let labels = values::labels("the labels", &labels).at(&ctx)?;
        let z = matrix_of("what `evaluate::fit` learns from", &z).at(&ctx)?;
        let mut call = Call::new(&ctx, "evaluate::fit", options)?;
        let (how, _) = call.protocol()?;
        let seed = call.seed;
        call.finish()?;
        evaluate::fit(&z, &labels, &how, seed).map(Rc::new).at(&ctx)
    }

    /// A classifier that was saved.
    ///
    /// ```rhai
    /// evaluate::fit(z, labels, #{ classifier: "lda" }).save(out("types.json"));
    /// let model = evaluate::load(out("types.json"));
    /// print(model.classes);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn load(ctx: NativeCallContext, path: &str) -> RhaiResultOf<Rc<Trained>> {
        Trained::load(Path::new(path)).map(Rc::new).at(&ctx)
    }

    /// The class of each row of other cells.
    ///
    /// ```rhai
    /// let types = evaluate::fit(z, labels, #{ classifier: "centroid" }).predict(z);
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn predict(ctx: NativeCallContext, model: &mut Rc<Trained>, x: Dynamic) -> RhaiResultOf<Rc<Labels>> {
        let x = matrix_of("what a classifier predicts", &x).at(&ctx)?;
        model.predict(&x).map(Rc::new).at(&ctx)
    }

    /// The probability of each class given each row: a column for each class.
    ///
    /// ```rhai
    /// let p = evaluate::fit(z, labels, #{ classifier: "logistic" }).probabilities(z);
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn probabilities(ctx: NativeCallContext, model: &mut Rc<Trained>, x: Dynamic) -> RhaiResultOf<Rows> {
        let x = matrix_of("what a classifier judges", &x).at(&ctx)?;
        model.probabilities(&x).map(Rc::new).at(&ctx)
    }

    /// What speaks for each class given each row; for a support vector machine votes, refined by distances.
    ///
    /// ```rhai
    /// let d = evaluate::fit(z, labels, #{ classifier: "svm" }).decisions(z);
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn decisions(ctx: NativeCallContext, model: &mut Rc<Trained>, x: Dynamic) -> RhaiResultOf<Rows> {
        let x = matrix_of("what a classifier judges", &x).at(&ctx)?;
        model.decisions(&x).map(Rc::new).at(&ctx)
    }

    /// The names of the classes.
    #[rhai_fn(global, get = "classes", pure)]
    pub fn classes(model: &mut Rc<Trained>) -> Array {
        values::array(model.classes().iter().cloned())
    }

    /// What it was learnt from: `function`, `options`, `rows`, `columns`, a digest of the `data`, `seed`.
    #[rhai_fn(global, get = "origin", return_raw, pure)]
    pub fn origin(ctx: NativeCallContext, model: &mut Rc<Trained>) -> RhaiResultOf<Dynamic> {
        rhai::serde::to_dynamic(model.origin()).map_err(|e| Error::internal(e.to_string())).at(&ctx)
    }

    /// Writes the classifier as JSON, for `evaluate::load`.
    ///
    /// ```rhai
    /// evaluate::fit(z, labels, #{ classifier: "knn", k: 3 }).save(out("types.json"));
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn save(ctx: NativeCallContext, model: &mut Rc<Trained>, path: &str) -> RhaiResultOf<()> {
        model.save(Path::new(path)).at(&ctx)
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe_trained(model: &mut Rc<Trained>) -> String {
        model.to_string()
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe_options(candidates: &mut Rc<Candidates>) -> String {
        let names: Vec<String> = candidates.0.iter().map(ToString::to_string).collect();
        format!("ClassifierOptions({})", names.join(" | "))
    }
}
