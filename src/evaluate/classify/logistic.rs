//! Logistic regression: probabilities from linear functions, fitted by maximum likelihood with a penalty on the weights.
//!
//! As scikit-learn's `LogisticRegression`: the mean over rows of the negative log-likelihood, plus the squared weights
//! over `2 C n`; intercepts are free. Three classes and more have a function each (multinomial), two share one. The
//! minimum is found by L-BFGS in columns that are centred and scaled, with the penalty carried over: another
//! parametrisation of the same problem, so the minimum is that of the columns as they are, reached in fewer steps.

use serde::{Deserialize, Serialize};

use super::lbfgs::minimise;
use super::{Block, Judge, Learn, Meaning, Verdict, row_weights, softmax};
use crate::error::{Error, Result};
use crate::simd::vectorised;

/// How logistic regression is fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogisticOptions {
    /// Trust in the cells: one over the penalty on the squared weights, more than 0.
    pub c: f64,
    /// Whether every class weighs the same, whatever its number of cells.
    pub balanced: bool,
    /// The largest component of the gradient, of standardised columns, at which the search ends.
    pub tol: f64,
    /// Most steps of the search.
    pub max_iter: usize,
}

impl Default for LogisticOptions {
    fn default() -> Self {
        LogisticOptions { c: 1.0, balanced: false, tol: 1e-6, max_iter: 1000 }
    }
}

/// Linear functions of the columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogisticModel {
    /// A row per class, one value per column; a single row, that of the second class, where there are two.
    weights: Block,
    intercepts: Vec<f64>,
    /// The penalised mean loss that the fit has reached.
    loss: f64,
    /// Steps of the search.
    steps: usize,
    /// Whether it has converged.
    converged: bool,
}

impl LogisticModel {
    /// The penalised mean loss of the fit: `mean(-ln p) + |w|² / (2 C n)`.
    pub fn loss(&self) -> f64 {
        self.loss
    }

    /// The weights, a row per class (one row where there are two classes).
    pub fn weights(&self) -> &Block {
        &self.weights
    }
}

impl Learn for LogisticOptions {
    type Model = LogisticModel;

    fn fit(&self, x: &Block, y: &[usize], classes: usize) -> Result<LogisticModel> {
        if !(self.c > 0.0 && self.c.is_finite()) {
            return Err(Error::value(format!("logistic: C `{}`, expected more than 0", self.c)));
        }
        if self.tol.is_nan() || self.tol <= 0.0 {
            return Err(Error::value(format!("logistic: tol `{}`, expected more than 0", self.tol)));
        }
        let (n, d) = (x.rows(), x.columns());
        let functions = if classes == 2 { 1 } else { classes };
        let means = x.means();
        let penalty = 1.0 / (self.c * n as f64);
        // A logarithmic loss curves by a quarter of a column's variance at most; this makes all curvatures alike.
        let scale: Vec<f64> = x.variances(&means).iter().map(|v| 1.0 / (v + 4.0 * penalty).sqrt()).collect();
        let standard = x.iter().flat_map(|r| r.iter().zip(&means).zip(&scale).map(|((v, m), s)| (v - m) * s));
        let problem = Problem {
            x: Block::new(d, standard.collect()),
            y,
            weight: row_weights(y, classes, self.balanced).iter().map(|w| w / n as f64).collect(),
            penalty: scale.iter().map(|s| penalty * s * s).collect(),
            functions,
        };
        let start = vec![0.0; (d + 1) * functions];
        let mut scores = vec![0.0; n * functions];
        let found = minimise(start, self.tol, self.max_iter, |at, gradient| {
            vectorised(
                #[inline(always)]
                || problem.loss(at, gradient, &mut scores),
            )
        })?;
        if !found.converged && found.steps == self.max_iter {
            tracing::warn!("logistic regression did not converge in {} steps; raise `max_iter`", self.max_iter);
        }
        let weight = |c: usize, j: usize| scale[j] * found.at[j * functions + c];
        let weights: Vec<f64> = (0..functions * d).map(|i| weight(i / d, i % d)).collect();
        let shift = |c: usize| (0..d).map(|j| weight(c, j) * means[j]).sum::<f64>();
        let intercepts = (0..functions).map(|c| found.at[d * functions + c] - shift(c)).collect();
        Ok(LogisticModel {
            weights: Block::new(d, weights),
            intercepts,
            loss: found.value,
            steps: found.steps,
            converged: found.converged,
        })
    }
}

/// The penalised loss in standardised columns. Parameters are laid out by column, the intercepts last: value `c` of
/// column `j` is at `j * functions + c`, so that the inner loop runs over functions side by side.
struct Problem<'a> {
    x: Block,
    y: &'a [usize],
    weight: Vec<f64>,
    penalty: Vec<f64>,
    functions: usize,
}

impl Problem<'_> {
    #[inline(always)]
    fn loss(&self, at: &[f64], gradient: &mut [f64], scores: &mut [f64]) -> f64 {
        let k = self.functions;
        let (weights, intercepts) = at.split_at(self.x.columns() * k);
        for (row, scores) in self.x.iter().zip(scores.chunks_exact_mut(k)) {
            scores.copy_from_slice(intercepts);
            for (v, weights) in row.iter().zip(weights.chunks_exact(k)) {
                scores.iter_mut().zip(weights).for_each(|(s, w)| *s += v * w);
            }
        }
        let mut loss = 0.0;
        for ((scores, &class), weight) in scores.chunks_exact_mut(k).zip(self.y).zip(&self.weight) {
            loss += weight * if k == 1 { binary(scores, class) } else { multinomial(scores, class) };
            scores.iter_mut().for_each(|s| *s *= weight);
        }
        gradient.fill(0.0);
        let (by_column, of_intercepts) = gradient.split_at_mut(self.x.columns() * k);
        for (row, residual) in self.x.iter().zip(scores.chunks_exact(k)) {
            for (v, gradient) in row.iter().zip(by_column.chunks_exact_mut(k)) {
                gradient.iter_mut().zip(residual).for_each(|(g, r)| *g += v * r);
            }
            of_intercepts.iter_mut().zip(residual).for_each(|(g, r)| *g += r);
        }
        for ((gradient, weights), penalty) in
            by_column.chunks_exact_mut(k).zip(weights.chunks_exact(k)).zip(&self.penalty)
        {
            for (g, w) in gradient.iter_mut().zip(weights) {
                loss += 0.5 * penalty * w * w;
                *g += penalty * w;
            }
        }
        loss
    }
}

/// The loss of a row of two classes; its score becomes the loss' derivative.
#[inline(always)]
fn binary(score: &mut [f64], class: usize) -> f64 {
    let s = score[0];
    // ln(1 + e^s), from the side on which nothing overflows.
    let softplus = s.max(0.0) + (-s.abs()).exp().ln_1p();
    let probability = if s >= 0.0 { 1.0 / (1.0 + (-s).exp()) } else { s.exp() / (1.0 + s.exp()) };
    score[0] = probability - class as f64;
    softplus - class as f64 * s
}

/// The loss of a row of several classes; its scores become the loss' derivatives.
#[inline(always)]
fn multinomial(scores: &mut [f64], class: usize) -> f64 {
    let largest = scores.iter().fold(f64::NEG_INFINITY, |m, &s| m.max(s));
    let own = scores[class] - largest;
    scores.iter_mut().for_each(|s| *s = (*s - largest).exp());
    let sum: f64 = scores.iter().sum();
    scores.iter_mut().for_each(|s| *s /= sum);
    scores[class] -= 1.0;
    sum.ln() - own
}

impl Judge for LogisticModel {
    fn judge(&self, x: &Block) -> Result<Verdict> {
        x.require_columns(self.weights.columns())?;
        let functions = self.intercepts.len();
        let classes = functions.max(2);
        let mut scores = Vec::with_capacity(x.rows() * classes);
        for row in x.iter() {
            if functions == 1 {
                scores.push(0.0);
            }
            let weighed = |c| row.iter().zip(self.weights.row(c)).map(|(v, w)| v * w).sum::<f64>();
            scores.extend((0..functions).map(|c| self.intercepts[c] + weighed(c)));
        }
        softmax(&mut scores, classes);
        Ok(Verdict::largest(classes, scores, Meaning::Probability))
    }
}
