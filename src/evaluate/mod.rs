//! Judging an embedding: classifiers, folds, cross-validation.
