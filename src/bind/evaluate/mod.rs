//! `evaluate::`: judging an embedding.
//!
//! [`protocol`] reads the options that all of these calls share: the classifier and its own options, the folds, and how
//! predictions are judged. [`classifiers`] and [`folds`] make values of their own; [`scores`] has what cross-validation
//! gives, [`comparisons`] what asks whether and by how much.

mod classifiers;
mod comparisons;
mod folds;
mod protocol;
mod scores;

use std::rc::Rc;

use rhai::Engine;
use rhai::Module;

use crate::evaluate::classify::{CentroidOptions, LdaOptions, MajorityOptions, RidgeOptions};
use crate::evaluate::{
    BootstrapOptions, BootstrapScore, Candidates, CompareOptions, Comparison, Comparisons, CurveOptions, FoldOptions,
    Folds, JudgingOptions, KnnOptions, LearningCurve, LogisticOptions, PermutationOptions, PermutationTest,
    PreparationOptions, Scores, SvmOptions, Trained,
};
use crate::script::registry::{self, Handles};
use crate::script::takes::{Extra, Part, SEED, Takes, part};

const CLASSIFIER: Extra = ("classifier", "name, or what `evaluate::svm(…)` and its like give");
const GROUPS: Extra = ("groups", "labels: cells of a group stay on one side");
const BY: Extra = ("by", "labels within which folds are stratified");
const FOLDS: Extra = ("folds", "whole number, or what `evaluate::folds` gives");

const WITHIN: Extra = ("within", "labels within whose classes is shuffled");
const PROBABILITIES: Extra = ("probabilities", "matrix of a column for each class");
const IDS: Extra = ("ids", "array of texts, or a matrix with ids");

/// What all that cross-validates takes.
const SHARED: &[Extra] = &[CLASSIFIER, GROUPS, BY, FOLDS, SEED];
const PROTOCOL: &[Part] = &[
    part::<PreparationOptions>(),
    part::<FoldOptions>(),
    part::<JudgingOptions>(),
    part::<KnnOptions>(),
    part::<LogisticOptions>(),
    part::<SvmOptions>(),
    part::<LdaOptions>(),
    part::<RidgeOptions>(),
    part::<CentroidOptions>(),
    part::<MajorityOptions>(),
];

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("evaluate::knn", &[part::<KnnOptions>()], &[SEED]),
    Takes::new("evaluate::logistic", &[part::<LogisticOptions>()], &[SEED]),
    Takes::new("evaluate::svm", &[part::<SvmOptions>()], &[SEED]),
    Takes::new("evaluate::lda", &[part::<LdaOptions>()], &[SEED]),
    Takes::new("evaluate::ridge", &[part::<RidgeOptions>()], &[SEED]),
    Takes::new("evaluate::centroid", &[part::<CentroidOptions>()], &[SEED]),
    Takes::new("evaluate::fit", PROTOCOL, SHARED),
    Takes::new("evaluate::cross_validate", PROTOCOL, SHARED),
    Takes::new("evaluate::permutation_test", &[part::<PermutationOptions>()], &[WITHIN]).with(PROTOCOL, SHARED),
    Takes::new("evaluate::bootstrap", &[part::<BootstrapOptions>()], &[GROUPS, PROBABILITIES, SEED]),
    Takes::new("evaluate::compare", &[part::<CompareOptions>()], &[]).with(PROTOCOL, SHARED),
    Takes::new("evaluate::compare_many", &[part::<CompareOptions>()], &[]).with(PROTOCOL, SHARED),
    Takes::new("evaluate::learning_curve", &[part::<CurveOptions>()], &[]).with(PROTOCOL, SHARED),
    Takes::new("evaluate::folds", &[part::<FoldOptions>()], &[GROUPS, BY, IDS, SEED]),
];

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine
        .handle::<Rc<Scores>>("Scores")
        .handle::<Rc<Folds>>("Folds")
        .handle::<Rc<Trained>>("Classifier")
        .handle::<Rc<Candidates>>("ClassifierOptions")
        .handle::<Rc<PermutationTest>>("PermutationTest")
        .handle::<Rc<BootstrapScore>>("BootstrapScore")
        .handle::<Rc<Comparison>>("Comparison")
        .handle::<Rc<Comparisons>>("Comparisons")
        .handle::<Rc<LearningCurve>>("LearningCurve");
    super::outcome::methods::<Scores>(engine);
    super::outcome::methods::<PermutationTest>(engine);
    super::outcome::methods::<BootstrapScore>(engine);
    super::outcome::methods::<Comparison>(engine);
    super::outcome::methods::<Comparisons>(engine);
    super::outcome::methods::<LearningCurve>(engine);
    let mut module = Module::new();
    let activity = super::activity::of_evaluate();
    for part in [classifiers::module(), folds::module(), scores::module(), comparisons::module(), activity] {
        module.fill_with(&part);
    }
    engine.register_static_module("evaluate", module.into());
}
