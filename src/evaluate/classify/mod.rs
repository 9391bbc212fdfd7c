//! Classifiers: what predicts the class of a cell from its row of numbers.
//!
//! Each has a file with its options (which are its [`Learn`]er) and its model (which [`Judge`]s rows). [`Classifier`]
//! is any of them, [`Model`] what any has learnt, which can be stored as JSON. Classes are numbers from 0 here;
//! names, missing labels, folds and preparation of columns are the caller's business ([`super::Recipe`]).
//!
//! All are the textbook methods with scikit-learn's objectives and defaults, so that figures can be compared.

mod block;
mod centroid;
mod kernel;
mod knn;
mod lbfgs;
mod lda;
mod logistic;
mod majority;
mod ridge;
mod smo;
mod svm;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::error::Result;
pub use block::Block;
pub use centroid::{CentroidModel, CentroidOptions};
pub use kernel::{Gamma, Kernel};
pub use knn::{KnnModel, KnnOptions, Weights};
pub use lda::{LdaModel, LdaOptions, Shrinkage};
pub use logistic::{LogisticModel, LogisticOptions};
pub use majority::{MajorityModel, MajorityOptions};
pub use ridge::{RidgeModel, RidgeOptions};
pub use svm::{SvmModel, SvmOptions};

/// A way to learn classes.
pub trait Learn {
    /// What is learnt.
    type Model: Judge;

    /// Learns from rows `x` with class numbers `y`, each class of `0..classes` at least once.
    ///
    /// # Errors
    /// When an option makes no sense for these rows, and on a requested stop.
    fn fit(&self, x: &Block, y: &[usize], classes: usize) -> Result<Self::Model>;
}

/// What has learnt classes.
pub trait Judge {
    /// Judges each row.
    ///
    /// # Errors
    /// When the columns are not those that were learnt from, and on a requested stop.
    fn judge(&self, x: &Block) -> Result<Verdict>;
}

/// What a model says of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Number of classes.
    pub classes: usize,
    /// The class of each row.
    pub predicted: Vec<usize>,
    /// A number for each row and class, row-major; more speaks for the class.
    pub scores: Vec<f64>,
    /// What the numbers are.
    pub meaning: Meaning,
}

/// What the numbers of a verdict are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Probabilities: a row's sum is 1.
    Probability,
    /// Values to be compared with each other, without a scale.
    Decision,
}

impl Verdict {
    /// A verdict for the class of the largest number in each row; ties go to the class that comes first.
    fn largest(classes: usize, scores: Vec<f64>, meaning: Meaning) -> Self {
        let best = |row: &[f64]| (1..classes).fold(0, |best, class| if row[class] > row[best] { class } else { best });
        Verdict { classes, predicted: scores.chunks_exact(classes).map(best).collect(), scores, meaning }
    }
}

macro_rules! classifiers {
    ($($variant:ident $name:literal $options:ident $model:ident;)*) => {
        /// A classifier with its options.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "classifier", rename_all = "snake_case")]
        #[allow(missing_docs)]
        pub enum Classifier { $($variant($options),)* }

        /// What a classifier has learnt.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "classifier", rename_all = "snake_case")]
        #[allow(missing_docs)]
        pub enum Model { $($variant($model),)* }

        impl Classifier {
            /// The words that options use.
            pub const NAMES: &[&str] = &[$($name),*];

            /// The word that options use.
            pub fn name(&self) -> &'static str {
                match self { $(Classifier::$variant(_) => $name,)* }
            }
        }

        impl Learn for Classifier {
            type Model = Model;

            fn fit(&self, x: &Block, y: &[usize], classes: usize) -> Result<Model> {
                match self { $(Classifier::$variant(options) => options.fit(x, y, classes).map(Model::$variant),)* }
            }
        }

        impl Judge for Model {
            fn judge(&self, x: &Block) -> Result<Verdict> {
                match self { $(Model::$variant(model) => model.judge(x),)* }
            }
        }

        $(impl From<$options> for Classifier {
            fn from(options: $options) -> Self {
                Classifier::$variant(options)
            }
        })*
    };
}

classifiers! {
    Knn "knn" KnnOptions KnnModel;
    Logistic "logistic" LogisticOptions LogisticModel;
    Svm "svm" SvmOptions SvmModel;
    Lda "lda" LdaOptions LdaModel;
    Ridge "ridge" RidgeOptions RidgeModel;
    Centroid "centroid" CentroidOptions CentroidModel;
    Majority "majority" MajorityOptions MajorityModel;
}

impl Default for Classifier {
    fn default() -> Self {
        Classifier::Knn(KnnOptions::default())
    }
}

impl Classifier {
    /// Whether it can be fitted where all cells are of one class.
    pub(crate) fn takes_one_class(&self) -> bool {
        matches!(self, Classifier::Knn(_) | Classifier::Centroid(_) | Classifier::Majority(_))
    }
}

impl std::fmt::Display for Classifier {
    /// As it stands in a protocol: `5-NN`, `SVM (rbf, C 1)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Classifier::Knn(o) => o.fmt(f),
            Classifier::Logistic(o) => write!(f, "logistic regression (C {})", o.c),
            Classifier::Svm(o) => write!(f, "SVM ({}, C {})", o.kernel.name(), o.c),
            Classifier::Lda(_) => f.write_str("linear discriminant"),
            Classifier::Ridge(o) => write!(f, "ridge (alpha {})", o.alpha),
            Classifier::Centroid(_) => f.write_str("nearest centroid"),
            Classifier::Majority(_) => f.write_str("majority class"),
        }
    }
}

/// Probabilities from unnormalised logarithms, in place, row by row; the largest of a row is taken out first.
fn softmax(scores: &mut [f64], classes: usize) {
    for row in scores.chunks_exact_mut(classes) {
        let largest = row.iter().fold(f64::NEG_INFINITY, |m, &v| m.max(v));
        row.iter_mut().for_each(|v| *v = (*v - largest).exp());
        let sum: f64 = row.iter().sum();
        row.iter_mut().for_each(|v| *v /= sum);
    }
}

/// What each row weighs: 1, or where classes are balanced, rows over classes times the rows of its class.
fn row_weights(y: &[usize], classes: usize, balanced: bool) -> Vec<f64> {
    let mut counts = vec![0usize; classes];
    y.iter().for_each(|&class| counts[class] += 1);
    let weight = |&class: &usize| y.len() as f64 / (classes * counts[class]) as f64;
    y.iter().map(|class| if balanced { weight(class) } else { 1.0 }).collect()
}
