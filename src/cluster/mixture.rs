//! A fitted Gaussian mixture: its clusters, its parameters, and where other rows belong.

use std::sync::Arc;

use super::gaussians::{Covariance, Gaussians};
use super::gmm::Criterion;
use super::input::by_size;
use super::rows::Rows;
use crate::data::table::Column;
use crate::data::{Labels, Matrix, Origin, Outcome, Table};
use crate::distance::require_same_columns;
use crate::error::{Error, Result};

/// A mixture of Gaussians fitted to the rows of a matrix.
///
/// Components are numbered from 0 by decreasing number of rows that belong to them most probably, and named by their
/// number. Logarithms are natural; densities are per unit of the columns.
#[derive(Clone, Debug)]
pub struct Mixture {
    gaussians: Gaussians,
    columns: Arc<[String]>,
    names: Arc<[String]>,
    labels: Labels,
    probabilities: Matrix,
    candidates: Vec<Candidate>,
    chosen: usize,
    criterion: Criterion,
    origin: Origin,
}

/// A number of components that was tried, and how well the best of its starts fits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Number of components.
    pub components: usize,
    /// Sum over rows of the logarithm of the density.
    pub log_likelihood: f64,
    /// Bayesian information criterion (Schwarz 1978), smaller is better.
    pub bic: f64,
    /// Akaike's information criterion, smaller is better.
    pub aic: f64,
    /// EM steps taken.
    pub steps: usize,
    /// Whether the mean log density changed by less than `tol` in the last step.
    pub converged: bool,
}

impl Mixture {
    /// Puts together what a fit found; `chosen` is an index into `candidates`.
    pub(super) fn new(
        rows: &Rows,
        gaussians: &Gaussians,
        candidates: Vec<Candidate>,
        chosen: usize,
        criterion: Criterion,
        origin: Origin,
    ) -> Result<Self> {
        let (x, k) = (rows.x, gaussians.len());
        let found = gaussians.expect(rows).responsibilities;
        let order = by_size(&most_probable(&found, k), k);
        let gaussians = gaussians.reordered(&order);
        let names: Arc<[String]> = (0..k).map(|c| c.to_string()).collect();
        let responsibilities: Vec<f64> =
            found.chunks_exact(k).flat_map(|share| order.iter().map(|&c| share[c])).collect();
        Ok(Mixture {
            labels: Labels::from_clusters(&most_probable(&responsibilities, k)),
            probabilities: Matrix::new(x.ids().clone(), names.clone(), responsibilities)?,
            columns: x.columns().clone(),
            gaussians,
            names,
            candidates,
            chosen,
            criterion,
            origin,
        })
    }

    /// The most probable component of each row that the mixture was fitted to.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The probability of each component (columns) given each row that the mixture was fitted to.
    pub fn probabilities(&self) -> &Matrix {
        &self.probabilities
    }

    /// Number of components.
    pub fn components(&self) -> usize {
        self.gaussians.len()
    }

    /// The shape of the covariances.
    pub fn covariance_shape(&self) -> Covariance {
        self.gaussians.shape
    }

    /// Share of each component; they sum to 1.
    pub fn weights(&self) -> &[f64] {
        &self.gaussians.weights
    }

    /// The components' means: one row per component, the columns of the data.
    ///
    /// # Errors
    /// Never for a mixture that a fit returned.
    pub fn means(&self) -> Result<Matrix> {
        Matrix::new(self.names.clone(), self.columns.clone(), self.gaussians.means.clone())
    }

    /// The covariance matrix of a component, rows and columns being the columns of the data.
    ///
    /// # Errors
    /// When there is no such component.
    pub fn covariance(&self, component: usize) -> Result<Matrix> {
        if component >= self.components() {
            return Err(Error::value(format!(
                "there is no component `{component}`, only 0 to {}",
                self.components() - 1
            )));
        }
        Matrix::new(self.columns.clone(), self.columns.clone(), self.gaussians.covariance(component))
    }

    /// The numbers of components that were tried, in the order asked for, without those whose fit failed.
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// The numbers of components that were tried as a table, for a curve of the criteria: a row per number, with
    /// `components`, `bic`, `aic`, `log_likelihood`, `steps`, and `converged` (1 or 0).
    ///
    /// # Errors
    /// Never for a mixture that a fit returned.
    pub fn candidates_table(&self) -> Result<Table> {
        let numbers = |name: &str, of: fn(&Candidate) -> f64| {
            Column::numbers(name, self.candidates.iter().map(of).collect::<Vec<f64>>())
        };
        let columns = vec![
            numbers("components", |c| c.components as f64),
            numbers("bic", |c| c.bic),
            numbers("aic", |c| c.aic),
            numbers("log_likelihood", |c| c.log_likelihood),
            numbers("steps", |c| c.steps as f64),
            numbers("converged", |c| f64::from(u8::from(c.converged))),
        ];
        Table::new(self.candidates.iter().map(|c| c.components.to_string()).collect(), columns)
    }

    /// How well the chosen number of components fits.
    pub fn fit(&self) -> &Candidate {
        &self.candidates[self.chosen]
    }

    /// The most probable component of each row of other data with the same columns.
    ///
    /// # Errors
    /// As [`probabilities_of`](Self::probabilities_of).
    pub fn predict(&self, x: &Matrix) -> Result<Labels> {
        let probabilities = self.probabilities_of(x)?;
        Ok(Labels::from_clusters(&most_probable(probabilities.values(), self.components())))
    }

    /// The probability of each component (columns) given each row of other data with the same columns.
    ///
    /// # Errors
    /// When the number of columns differs, a value is not finite, or a row is so far from every component that its
    /// log density leaves the range of double precision.
    pub fn probabilities_of(&self, x: &Matrix) -> Result<Matrix> {
        require_same_columns(x, self.columns.len(), "this mixture")?;
        let e = self.gaussians.expect(&Rows::new(x));
        if let Some(row) = e.log_density.iter().position(|v| !v.is_finite()) {
            return Err(Error::value(format!("`{}` is too far from every component to tell them apart", x.ids()[row]))
                .help("check that the data have the scale of those that the mixture was fitted to"));
        }
        Matrix::new(x.ids().clone(), self.names.clone(), e.responsibilities)
    }
}

impl Outcome for Mixture {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        let fit = self.fit();
        vec![
            ("components", fit.components as f64),
            ("bic", fit.bic),
            ("aic", fit.aic),
            ("log_likelihood", fit.log_likelihood),
            ("steps", fit.steps as f64),
            ("converged", f64::from(u8::from(fit.converged))),
        ]
    }

    /// Each cell with its component, and with that one's probability.
    fn table(&self) -> Result<Table> {
        let largest = self.probabilities.iter_rows().map(|row| row.iter().copied().fold(0.0, f64::max));
        let probability = Column::numbers("probability", largest.collect::<Vec<f64>>());
        let cluster = Column::texts("cluster", (0..self.labels.len()).map(|cell| self.labels.get(cell)));
        Table::new(self.probabilities.ids().clone(), vec![cluster, probability])
    }
}

/// The component of largest probability in each row; ties go to the smaller number.
fn most_probable(responsibilities: &[f64], k: usize) -> Vec<usize> {
    let best = |share: &[f64]| (1..k).fold(0, |best, c| if share[c] > share[best] { c } else { best });
    responsibilities.chunks_exact(k).map(best).collect()
}

impl std::fmt::Display for Mixture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fit = self.fit();
        let tried = match self.candidates.len() {
            1 => String::new(),
            n => format!(" (best of {n} numbers by {})", self.criterion.name().to_uppercase()),
        };
        write!(
            f,
            "Mixture({} component{}{tried}, {} covariance, {} cells, BIC {:.1}, log-likelihood {:.1}{})",
            fit.components,
            if fit.components == 1 { "" } else { "s" },
            self.covariance_shape().name(),
            self.labels.len(),
            fit.bic,
            fit.log_likelihood,
            if fit.converged { "" } else { ", not converged" }
        )?;
        write!(f, "\n{:>9} {:>7} {:>7}", "component", "cells", "weight")?;
        let mut counts = vec![0usize; self.components()];
        for &c in &self.labels.known().1 {
            counts[c] += 1;
        }
        for (c, (cells, weight)) in counts.iter().zip(self.weights()).enumerate() {
            write!(f, "\n{c:>9} {cells:>7} {weight:>7.3}")?;
        }
        Ok(())
    }
}
