//! Support vector machines with a linear, polynomial or Gaussian kernel; one against one where there are several
//! classes, as scikit-learn's `SVC` (libsvm) has them: each pair of classes votes, and where votes are equal the class
//! that comes first wins.
//!
//! There are no probabilities: those that are fitted afterwards (Platt 1999) need a cross-validation of their own and
//! can contradict the prediction. Decision values are votes, refined by the sum of the pairs' distances.

use serde::{Deserialize, Serialize};

use super::block::by_class;
use super::kernel::{Gamma, GammaRule, Kernel, Similarity};
use super::{Block, Judge, Learn, Meaning, Verdict, row_weights, smo};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::linear::{AT_ONCE, Panels};

/// How a support vector machine is fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SvmOptions {
    /// How rows are compared.
    pub kernel: Kernel,
    /// What a cell on the wrong side of its margin costs, more than 0.
    pub c: f64,
    /// The factor in polynomial and Gaussian kernels.
    pub gamma: Gamma,
    /// The degree of a polynomial kernel.
    pub degree: u32,
    /// What is added in a polynomial kernel.
    pub coef0: f64,
    /// Whether every class weighs the same, whatever its number of cells.
    pub balanced: bool,
    /// How far the conditions of the optimum may be missed.
    pub tol: f64,
}

impl Default for SvmOptions {
    fn default() -> Self {
        SvmOptions {
            kernel: Kernel::default(),
            c: 1.0,
            gamma: Gamma::Rule(GammaRule::Scale),
            degree: 3,
            coef0: 0.0,
            balanced: false,
            tol: 1e-3,
        }
    }
}

/// Most steps for a pair of classes.
const MAX_STEPS: usize = 10_000_000;

/// A machine for each pair of classes, over shared support vectors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SvmModel {
    how: Similarity,
    classes: usize,
    vectors: Block,
    pairs: Vec<Pair>,
}

/// What tells one class from another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Pair {
    first: usize,
    second: usize,
    /// Support vectors and what they weigh; more than 0 speaks for the first class.
    terms: Vec<(usize, f64)>,
    intercept: f64,
    objective: f64,
}

impl SvmModel {
    /// The support vectors.
    pub fn vectors(&self) -> &Block {
        &self.vectors
    }

    /// Value of the dual problem of each pair of classes, in the order (0, 1), (0, 2), …, (1, 2), ….
    pub fn objectives(&self) -> Vec<f64> {
        self.pairs.iter().map(|p| p.objective).collect()
    }
}

impl Learn for SvmOptions {
    type Model = SvmModel;

    fn fit(&self, x: &Block, y: &[usize], classes: usize) -> Result<SvmModel> {
        for (name, value) in [("C", self.c), ("tol", self.tol)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(Error::value(format!("svm: {name} `{value}`, expected more than 0")));
            }
        }
        if self.degree == 0 {
            return Err(Error::value("svm: degree `0`, expected at least 1"));
        }
        let how = Similarity { kernel: self.kernel, gamma: self.gamma.of(x)?, degree: self.degree, coef0: self.coef0 };
        let weights = row_weights(y, classes, self.balanced);
        let of_class = by_class(y, classes);
        let mut pairs = Vec::with_capacity(classes * (classes - 1) / 2);
        let mut supports = vec![false; x.rows()];
        for first in 0..classes {
            for second in first + 1..classes {
                let rows = [of_class[first].as_slice(), &of_class[second]].concat();
                let signs: Vec<f64> = rows.iter().map(|&r| if y[r] == first { 1.0 } else { -1.0 }).collect();
                let limits: Vec<f64> = rows.iter().map(|&r| self.c * weights[r]).collect();
                let found = smo::solve(&x.pick(&rows), &signs, &limits, &how, self.tol, MAX_STEPS)?;
                if !found.converged || !found.objective.is_finite() {
                    return Err(Error::value(format!("svm: no solution within {MAX_STEPS} steps"))
                        .help("standardise the columns (`standardise: true`), or take a smaller `c` or `gamma`"));
                }
                let terms = rows.iter().zip(found.coefficients).filter(|(_, c)| *c != 0.0);
                let terms: Vec<(usize, f64)> = terms.map(|(&row, c)| (row, c)).collect();
                terms.iter().for_each(|&(row, _)| supports[row] = true);
                pairs.push(Pair { first, second, terms, intercept: found.intercept, objective: found.objective });
            }
        }
        let kept: Vec<usize> = (0..x.rows()).filter(|&row| supports[row]).collect();
        let mut place = vec![0; x.rows()];
        kept.iter().enumerate().for_each(|(at, &row)| place[row] = at);
        pairs.iter_mut().flat_map(|p| &mut p.terms).for_each(|(row, _)| *row = place[*row]);
        Ok(SvmModel { how, classes, vectors: x.pick(&kept), pairs })
    }
}

impl Judge for SvmModel {
    fn judge(&self, x: &Block) -> Result<Verdict> {
        x.require_columns(self.vectors.columns())?;
        let panels = Panels::new(self.vectors.values(), self.vectors.columns());
        let mut predicted = Vec::with_capacity(x.rows());
        let mut scores = Vec::with_capacity(x.rows() * self.classes);
        for rows in x.values().chunks(AT_ONCE * x.columns()) {
            interrupt::check()?;
            for alike in self.how.between(&panels, rows).chunks_exact(self.vectors.rows()) {
                predicted.push(self.decide(alike, &mut scores));
            }
        }
        Ok(Verdict { classes: self.classes, predicted, scores, meaning: Meaning::Decision })
    }
}

impl SvmModel {
    /// The class of a row that is so alike to the support vectors; writes its decision values.
    fn decide(&self, alike: &[f64], scores: &mut Vec<f64>) -> usize {
        let mut votes = vec![0usize; self.classes];
        let mut sums = vec![0.0; self.classes];
        for pair in &self.pairs {
            let value = pair.intercept + pair.terms.iter().map(|&(v, c)| c * alike[v]).sum::<f64>();
            votes[if value > 0.0 { pair.first } else { pair.second }] += 1;
            sums[pair.first] += value;
            sums[pair.second] -= value;
        }
        if self.classes == 2 {
            scores.extend(sums);
        } else {
            // A sum can never outweigh a vote.
            scores.extend(votes.iter().zip(sums).map(|(&v, s)| v as f64 + s / (3.0 * (s.abs() + 1.0))));
        }
        let best = |best: usize, class: usize| if votes[class] > votes[best] { class } else { best };
        (1..self.classes).fold(0, best)
    }
}
