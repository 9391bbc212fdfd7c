//! Judging an embedding: nearest neighbours, a classifier, folds, cross-validation.
//!
//! [`cross_validate()`] asks how well the class of a cell can be told from its neighbours in the embedding, on cells held
//! out in turn. [`Index`] finds exact nearest neighbours, [`KnnClassifier`] votes among them, and [`folds`] splits
//! labelled cells so that each fold has every class's share. [`batch_effect()`] asks whether cells show where they come
//! from. What scores mean is said in [`crate::metrics`].

mod batch_effect;
mod cross_validate;
pub mod folds;
mod knn;
mod neighbours;
mod scores;

pub use batch_effect::{BatchEffect, BatchOptions, batch_effect};
pub use cross_validate::{Classifier, CrossValidateOptions, Folds, NamedFolds, cross_validate};
pub use knn::{KnnClassifier, KnnOptions, Weights};
pub use neighbours::{Index, Metric, Neighbours};
pub use scores::Scores;
