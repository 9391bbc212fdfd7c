//! Judging an embedding: how well the classes of cells can be told from their rows of numbers.
//!
//! * [`classify`] has the classifiers, from nearest neighbours to support vectors; a [`Recipe`] is one of them with what
//!   is done to columns before, and [`fit`] makes a [`Trained`] model of it that can be stored.
//! * [`folds`] says which cells are held out; published splits are there by name.
//! * [`cross_validate()`] predicts cells held out in turn, chooses among candidates on inner folds, and scores what it
//!   predicted with intervals ([`Scores`]).
//! * [`permutation_test`] asks whether labels could be told at all, [`compare()`] and [`compare_many()`] which of several
//!   embeddings tells them better, [`learning_curve()`] what more cells would bring, [`bootstrap()`] how far a score may be
//!   off.
//! * [`batch_effect()`] asks whether cells show where they come from.
//!
//! What scores of given predictions mean is said in [`crate::metrics`].

mod batch_effect;
mod bootstrap;
mod choice;
pub mod classify;
mod compare;
mod compare_many;
mod cross_validate;
mod distributions;
pub mod folds;
mod interval;
mod learning_curve;
mod matching;
mod permutation;
mod preparation;
mod recipe;
mod score;
mod scores;
#[cfg(test)]
mod tests;
mod trained;

pub use batch_effect::{BatchEffect, BatchOptions, batch_effect};
pub use bootstrap::{BootstrapOptions, BootstrapScore, bootstrap};
pub use classify::{Classifier, KnnOptions, LogisticOptions, SvmOptions, Weights};
pub use compare::{CompareOptions, Comparison, compare, compare_on};
pub use compare_many::{Comparisons, compare_many, compare_many_on};
pub use cross_validate::{Candidates, CrossValidateOptions, JudgingOptions, cross_validate, cross_validate_on};
pub use folds::{FoldOptions, Folding, Folds, NamedFolds, NamedSplit, Rare};
pub use interval::{Interval, Method, mean_interval};
pub use learning_curve::{CurveOptions, CurvePoint, LearningCurve, learning_curve, learning_curve_on};
pub use permutation::{PermutationOptions, PermutationTest, permutation_test, permutation_test_on};
pub use preparation::PreparationOptions;
pub use recipe::Recipe;
pub use score::Score;
pub use scores::{FoldScores, Scores, Summary};
pub use trained::{Trained, fit};
