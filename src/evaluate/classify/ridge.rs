//! The ridge classifier: least squares on class indicators, with a penalty on the weights.
//!
//! As scikit-learn's `RidgeClassifier`: targets are 1 for a row's class and -1 for others, columns are centred, the
//! class of the largest fitted target wins. Where there are more columns than rows the dual system, of the size of the
//! rows, is solved instead; the solution is the same.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};
use serde::{Deserialize, Serialize};

use super::{Block, Judge, Learn, Meaning, Verdict, row_weights};
use crate::error::{Error, Result};
use crate::interrupt::unless_quick;

/// How strongly weights are held back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RidgeOptions {
    /// The penalty on the squared weights, more than 0.
    pub alpha: f64,
    /// Whether every class weighs the same, whatever its number of cells.
    pub balanced: bool,
}

impl Default for RidgeOptions {
    fn default() -> Self {
        RidgeOptions { alpha: 1.0, balanced: false }
    }
}

/// Weights of the columns for each class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RidgeModel {
    /// One row per class, one value per column.
    weights: Block,
    intercepts: Vec<f64>,
}

impl Learn for RidgeOptions {
    type Model = RidgeModel;

    fn fit(&self, x: &Block, y: &[usize], classes: usize) -> Result<RidgeModel> {
        if self.alpha.is_nan() || self.alpha <= 0.0 {
            return Err(Error::value(format!("ridge: alpha `{}`, expected more than 0", self.alpha)));
        }
        let (learning, x, y) = (self.clone(), x.clone(), y.to_vec());
        let products = x.rows() * x.columns() * x.rows().min(x.columns());
        unless_quick(products, move || learning.least_squares(&x, &y, classes))?
    }
}

impl RidgeOptions {
    fn least_squares(&self, x: &Block, y: &[usize], classes: usize) -> Result<RidgeModel> {
        let (n, d) = (x.rows(), x.columns());
        let weight = row_weights(y, classes, self.balanced);
        let total: f64 = weight.iter().sum();
        let weighted_mean = |of: &dyn Fn(usize) -> f64| (0..n).map(|i| weight[i] * of(i)).sum::<f64>() / total;
        let target = |i: usize, class: usize| if y[i] == class { 1.0 } else { -1.0 };
        let means: Vec<f64> = (0..d).map(|j| weighted_mean(&|i| x.row(i)[j])).collect();
        let targets: Vec<f64> = (0..classes).map(|c| weighted_mean(&|i| target(i, c))).collect();
        let rows = Mat::from_fn(n, d, |i, j| weight[i].sqrt() * (x.row(i)[j] - means[j]));
        let goals = Mat::from_fn(n, classes, |i, c| weight[i].sqrt() * (target(i, c) - targets[c]));
        let penalised = |mut gram: Mat<f64>| {
            (0..gram.nrows()).for_each(|i| gram[(i, i)] += self.alpha);
            gram.llt(Side::Lower).map_err(|_| {
                Error::value("ridge: the columns' products are too large to be solved").help("use `standardise: true`")
            })
        };
        let solution = if d <= n {
            penalised(rows.transpose() * &rows)?.solve(rows.transpose() * &goals)
        } else {
            rows.transpose() * penalised(&rows * rows.transpose())?.solve(&goals)
        };
        let weights: Vec<f64> = (0..classes * d).map(|i| solution[(i % d, i / d)]).collect();
        let shift = |c: usize| weights[c * d..(c + 1) * d].iter().zip(&means).map(|(w, m)| w * m).sum::<f64>();
        let intercepts = (0..classes).map(|c| targets[c] - shift(c)).collect();
        Ok(RidgeModel { intercepts, weights: Block::new(d, weights) })
    }
}

impl Judge for RidgeModel {
    /// The decision value is the fitted target.
    fn judge(&self, x: &Block) -> Result<Verdict> {
        x.require_columns(self.weights.columns())?;
        let fitted = |row: &[f64], c: usize| row.iter().zip(self.weights.row(c)).map(|(v, w)| v * w).sum::<f64>();
        let classes = self.intercepts.len();
        let scores = x.iter().flat_map(|row| (0..classes).map(move |c| self.intercepts[c] + fitted(row, c)));
        Ok(Verdict::largest(classes, scores.collect(), Meaning::Decision))
    }
}
