//! Whether, by how much, and with how many cells: permutation test, bootstrap, comparisons, learning curve.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, Map, Module};

use super::super::handles::Rows;
use super::super::rows::matrix_of;
use super::protocol::{Call, embeddings};
use crate::data::Table;
use crate::evaluate::{
    self, BootstrapOptions, BootstrapScore, CompareOptions, Comparison, Comparisons, CurveOptions, LearningCurve,
    PermutationOptions, PermutationTest, Scores,
};
use crate::script::values::array;
use crate::script::{At, RhaiResultOf, values};

pub(super) fn module() -> Module {
    exported_module!(namespace)
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// Whether labels can be told at all: cross-validation against the same with cells dealt anew to the labels.
    ///
    /// Options: `shuffles` (200), `within` (labels, within whose classes cells are dealt; by default `groups`, where they
    /// are given), `score` (`"accuracy"`), and all of `evaluate::cross_validate`. The p-value counts the real order as one
    /// of the shuffles (Phipson & Smyth 2010), so that it is never 0.
    ///
    /// ```rhai
    /// print(evaluate::permutation_test(z, labels, #{ k: 3, shuffles: 20, score: "balanced_accuracy" }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn permutation_test(
        ctx: NativeCallContext,
        z: Dynamic,
        labels: Dynamic,
        options: Map,
    ) -> RhaiResultOf<Rc<PermutationTest>> {
        let labels = values::labels("the labels", &labels).at(&ctx)?;
        let z = matrix_of("what `evaluate::permutation_test` judges", &z).at(&ctx)?;
        let mut call = Call::new(&ctx, "evaluate::permutation_test", options)?;
        let (how, folds) = call.protocol()?;
        let within = call.labels("within")?;
        let own = PermutationOptions { within, ..call.part()? };
        let seed = call.seed;
        call.finish()?;
        match folds {
            Some(folds) => evaluate::permutation_test_on(&z, &labels, &folds, &how, &own, seed),
            None => evaluate::permutation_test(&z, &labels, &how, &own, seed),
        }
        .map(Rc::new)
        .at(&ctx)
    }

    /// How far a score of predictions may be off: the bootstrap over cells.
    ///
    /// Options: `score` (`"accuracy"`, …), `resamples` (10,000), `confidence` (0.95), `method` (`"bca"`, `"percentile"`),
    /// `groups` (labels whose cells are drawn together, such as the animal), `probabilities` (for the log loss), `seed`.
    ///
    /// ```rhai
    /// let scores = evaluate::cross_validate(z, labels);
    /// print(evaluate::bootstrap(labels, scores.predictions, #{ score: "kappa", resamples: 1000 }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn bootstrap(
        ctx: NativeCallContext,
        truth: Dynamic,
        predicted: Dynamic,
        options: Map,
    ) -> RhaiResultOf<Rc<BootstrapScore>> {
        let truth = values::labels("the truth", &truth).at(&ctx)?;
        let predicted = values::labels("the predictions", &predicted).at(&ctx)?;
        let mut call = Call::new(&ctx, "evaluate::bootstrap", options)?;
        let groups = call.labels("groups")?;
        let probabilities: Option<Rows> =
            call.value("probabilities")?.map(|p| matrix_of("option `probabilities`", &p)).transpose().at(&ctx)?;
        let own = BootstrapOptions { groups, ..call.part()? };
        let seed = call.seed;
        call.finish()?;
        evaluate::bootstrap(&truth, &predicted, probabilities.as_deref(), &own, seed).map(Rc::new).at(&ctx)
    }

    /// The 95 % interval of the mean of a few independent numbers, such as the scores of several seeds: Student's t.
    ///
    /// ```rhai
    /// let interval = evaluate::mean_interval([0.81, 0.79, 0.84]);
    /// print(`${interval[0]} to ${interval[1]}`);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn mean_interval(ctx: NativeCallContext, values: Array) -> RhaiResultOf<Array> {
        let number = |v: &Dynamic| values::number("a value of `evaluate::mean_interval`", v);
        let interval = values.iter().map(number).collect::<crate::error::Result<Vec<f64>>>();
        let interval = interval.and_then(|numbers| evaluate::mean_interval(&numbers, 0.95)).at(&ctx)?;
        Ok(array([interval.low, interval.high]))
    }

    /// Which of two embeddings of the same cells tells labels better, by 5 nearest neighbours in five stratified folds.
    ///
    /// ```rhai
    /// print(evaluate::compare(z, z2, labels));
    /// ```
    #[rhai_fn(name = "compare", return_raw)]
    pub fn compare_plainly(
        ctx: NativeCallContext,
        first: Dynamic,
        second: Dynamic,
        labels: Dynamic,
    ) -> RhaiResultOf<Rc<Comparison>> {
        compare(ctx, first, second, labels, Map::new())
    }

    /// Which of two embeddings of the same cells tells labels better, on the same folds. Rows are matched by id; labels
    /// are in the order of the first.
    ///
    /// Gives the difference with an interval over folds (corrected t, Nadeau & Bengio 2003) and over cells (BCa bootstrap
    /// in pairs), and the p of sign flips and of McNemar's exact test. Options: `score`, `flips` (10,000), and all of
    /// `evaluate::cross_validate`.
    ///
    /// ```rhai
    /// let c = evaluate::compare(z, z2, labels, #{ k: 3, folds: 3, repeats: 2, flips: 200 });
    /// print(`${c.difference}, p ${c.p_flips}`);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn compare(
        ctx: NativeCallContext,
        first: Dynamic,
        second: Dynamic,
        labels: Dynamic,
        options: Map,
    ) -> RhaiResultOf<Rc<Comparison>> {
        let labels = values::labels("the labels", &labels).at(&ctx)?;
        let [first, second] = [matrix_of("the first embedding", &first), matrix_of("the second embedding", &second)];
        let (first, second) = (first.at(&ctx)?, second.at(&ctx)?);
        let mut call = Call::new(&ctx, "evaluate::compare", options)?;
        let (how, folds) = call.protocol()?;
        let own: CompareOptions = call.part()?;
        let seed = call.seed;
        call.finish()?;
        match folds {
            Some(folds) => evaluate::compare_on(&first, &second, &labels, &folds, &how, &own, seed),
            None => evaluate::compare(&first, &second, &labels, &how, &own, seed),
        }
        .map(Rc::new)
        .at(&ctx)
    }

    /// Several embeddings of the same cells on the same folds: a map of names and matrices. Rows are matched by id; labels
    /// are in the order of the first by name.
    ///
    /// Gives each one's score and every pair's difference, with p-values that allow for the number of pairs (Holm 1979).
    /// Options as in `evaluate::compare`.
    ///
    /// ```rhai
    /// let all = evaluate::compare_many(#{ shape: z, sizes: z2 }, labels, #{ k: 3, flips: 200 });
    /// print(all.scores());
    /// all.save(out("differences.csv"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn compare_many(
        ctx: NativeCallContext,
        named: Map,
        labels: Dynamic,
        options: Map,
    ) -> RhaiResultOf<Rc<Comparisons>> {
        let labels = values::labels("the labels", &labels).at(&ctx)?;
        let named = embeddings(&named).at(&ctx)?;
        let mut call = Call::new(&ctx, "evaluate::compare_many", options)?;
        let (how, folds) = call.protocol()?;
        let own: CompareOptions = call.part()?;
        let seed = call.seed;
        call.finish()?;
        match folds {
            Some(folds) => evaluate::compare_many_on(&named, &labels, &folds, &how, &own, seed),
            None => evaluate::compare_many(&named, &labels, &how, &own, seed),
        }
        .map(Rc::new)
        .at(&ctx)
    }

    /// What more cells would bring: the score of held-out cells by the share of the others that is learnt from.
    ///
    /// Options: `shares` (`[0.1, 0.2, 0.4, 0.6, 0.8, 1.0]`), `score`, and all of `evaluate::cross_validate`.
    ///
    /// ```rhai
    /// print(evaluate::learning_curve(z, labels, #{ k: 1, shares: [0.5, 1.0] }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn learning_curve(
        ctx: NativeCallContext,
        z: Dynamic,
        labels: Dynamic,
        options: Map,
    ) -> RhaiResultOf<Rc<LearningCurve>> {
        let labels = values::labels("the labels", &labels).at(&ctx)?;
        let z = matrix_of("what `evaluate::learning_curve` judges", &z).at(&ctx)?;
        let mut call = Call::new(&ctx, "evaluate::learning_curve", options)?;
        let (how, folds) = call.protocol()?;
        let own: CurveOptions = call.part()?;
        let seed = call.seed;
        call.finish()?;
        match folds {
            Some(folds) => evaluate::learning_curve_on(&z, &labels, &folds, &how, &own, seed),
            None => evaluate::learning_curve(&z, &labels, &how, &own, seed),
        }
        .map(Rc::new)
        .at(&ctx)
    }

    /// The score that was tested.
    #[rhai_fn(global, get = "value", pure)]
    pub fn tested_value(test: &mut Rc<PermutationTest>) -> f64 {
        test.value
    }

    /// Its values with cells dealt anew.
    #[rhai_fn(global, get = "shuffled", pure)]
    pub fn shuffled(test: &mut Rc<PermutationTest>) -> Array {
        array(test.shuffled.iter().copied())
    }

    /// Share of shuffles, the real order counted as one of them, that are as good.
    #[rhai_fn(global, get = "p", pure)]
    pub fn p(test: &mut Rc<PermutationTest>) -> f64 {
        test.p
    }

    /// The score.
    #[rhai_fn(global, get = "value", pure)]
    pub fn bootstrap_value(score: &mut Rc<BootstrapScore>) -> f64 {
        score.value
    }

    /// The lower end of its interval.
    #[rhai_fn(global, get = "low", pure)]
    pub fn low(score: &mut Rc<BootstrapScore>) -> f64 {
        score.interval.low
    }

    /// The upper end of its interval.
    #[rhai_fn(global, get = "high", pure)]
    pub fn high(score: &mut Rc<BootstrapScore>) -> f64 {
        score.interval.high
    }

    /// Its standard error.
    #[rhai_fn(global, get = "sd", pure)]
    pub fn sd(score: &mut Rc<BootstrapScore>) -> f64 {
        score.sd
    }

    /// The first's score less the second's.
    #[rhai_fn(global, get = "difference", pure)]
    pub fn difference(comparison: &mut Rc<Comparison>) -> f64 {
        comparison.difference
    }

    /// The interval of the mean difference over folds, `[low, high]`; `()` where each cell is a fold.
    #[rhai_fn(global, get = "over_folds", pure)]
    pub fn over_folds(comparison: &mut Rc<Comparison>) -> Dynamic {
        comparison.over_folds.map_or(Dynamic::UNIT, |i| array([i.low, i.high]).into())
    }

    /// The interval of the pooled difference over cells, `[low, high]`.
    #[rhai_fn(global, get = "interval", pure)]
    pub fn interval(comparison: &mut Rc<Comparison>) -> Dynamic {
        comparison.interval.map_or(Dynamic::UNIT, |i| array([i.low, i.high]).into())
    }

    /// Two-sided p of the corrected t over folds; `()` where each cell is a fold.
    #[rhai_fn(global, get = "p_folds", pure)]
    pub fn p_folds(comparison: &mut Rc<Comparison>) -> Dynamic {
        comparison.p_folds.map_or(Dynamic::UNIT, Into::into)
    }

    /// Two-sided p of sign flips over cells.
    #[rhai_fn(global, get = "p_flips", pure)]
    pub fn p_flips(comparison: &mut Rc<Comparison>) -> f64 {
        comparison.p_flips
    }

    /// Two-sided p of McNemar's exact test.
    #[rhai_fn(global, get = "p_mcnemar", pure)]
    pub fn p_mcnemar(comparison: &mut Rc<Comparison>) -> f64 {
        comparison.p_mcnemar
    }

    /// The first's scores.
    #[rhai_fn(global, get = "first", pure)]
    pub fn first(comparison: &mut Rc<Comparison>) -> Rc<Scores> {
        Rc::new(comparison.first.clone())
    }

    /// The second's scores.
    #[rhai_fn(global, get = "second", pure)]
    pub fn second(comparison: &mut Rc<Comparison>) -> Rc<Scores> {
        Rc::new(comparison.second.clone())
    }

    /// A row for each embedding, the best first: its score with intervals.
    ///
    /// ```rhai
    /// print(evaluate::compare_many(#{ a: z, b: z2 }, labels, #{ flips: 100 }).scores());
    /// ```
    #[rhai_fn(global, name = "scores", return_raw, pure)]
    pub fn scores_table(ctx: NativeCallContext, comparisons: &mut Rc<Comparisons>) -> RhaiResultOf<Table> {
        comparisons.scores_table().at(&ctx)
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe_test(test: &mut Rc<PermutationTest>) -> String {
        test.to_string()
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe_bootstrap(score: &mut Rc<BootstrapScore>) -> String {
        score.to_string()
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe_comparison(comparison: &mut Rc<Comparison>) -> String {
        comparison.to_string()
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe_comparisons(comparisons: &mut Rc<Comparisons>) -> String {
        comparisons.to_string()
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe_curve(curve: &mut Rc<LearningCurve>) -> String {
        curve.to_string()
    }
}
