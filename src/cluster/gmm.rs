//! Fitting a Gaussian mixture and choosing its number of components.
//!
//! Expectation-maximisation from several k-means starts; each step is an E-step, an M-step and a test of convergence, in
//! scikit-learn's order, so that the same start gives scikit-learn's numbers. Among several numbers of components, the
//! one with the smallest information criterion is kept.
//!
//! A component that shrinks onto very few rows has a likelihood that only `reg_covar` bounds. Where the criterion falls
//! and falls with more components, that is the reason, not structure: reduce the columns, or use a stiffer covariance.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::gaussians::{Covariance, Gaussians};
use super::input::require_clusterable;
use super::lloyd::partition;
use super::mixture::{Candidate, Mixture};
use super::rows::Rows;
use crate::data::{Matrix, Origin};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::progress;
use crate::run::seed;

/// How a mixture is fitted.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct GmmOptions {
    /// Number of components, or the numbers to choose from.
    pub components: Components,
    /// Shape of the covariances.
    pub covariance: Covariance,
    /// What the number of components is chosen by.
    pub criterion: Criterion,
    /// Number of k-means starts for each number of components; the likeliest end is kept.
    pub starts: usize,
    /// Most EM steps of a start.
    pub max_iter: usize,
    /// A start has converged when a step changes the mean log density of the rows by less than this.
    pub tol: f64,
    /// Added to every variance, in squared units of the columns; keeps covariances regular.
    pub reg_covar: f64,
}

impl Default for GmmOptions {
    fn default() -> Self {
        GmmOptions {
            components: Components::Several((1..=10).collect()),
            covariance: Covariance::default(),
            criterion: Criterion::default(),
            starts: 5,
            max_iter: 100,
            tol: 1e-3,
            reg_covar: 1e-6,
        }
    }
}

/// One number of components, or several to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged, expecting = "expected a number of components, or a list of numbers to choose from")]
pub enum Components {
    /// This many.
    One(usize),
    /// The best of these.
    Several(Vec<usize>),
}

impl Components {
    fn numbers(&self) -> &[usize] {
        match self {
            Components::One(k) => std::slice::from_ref(k),
            Components::Several(numbers) => numbers,
        }
    }
}

/// What is weighed against the likelihood when numbers of components are compared; smaller is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// Schwarz's Bayesian criterion: the logarithm of the number of rows for each parameter.
    #[default]
    Bic,
    /// Akaike's criterion: 2 for each parameter, so it tends to keep more components.
    Aic,
}

impl Criterion {
    /// The word that options use.
    pub fn name(self) -> &'static str {
        match self {
            Criterion::Bic => "bic",
            Criterion::Aic => "aic",
        }
    }

    fn of(self, candidate: &Candidate) -> f64 {
        match self {
            Criterion::Bic => candidate.bic,
            Criterion::Aic => candidate.aic,
        }
    }
}

/// Fits a mixture to the rows of a matrix.
///
/// A fit that does not converge is kept, flagged in its [`Candidate`] and warned of. Numbers of components whose
/// covariances become singular are left out of the choice with a warning.
///
/// # Errors
/// When an option is out of range, a value is not finite, there are fewer than two rows or fewer distinct rows than
/// components, or the covariances are singular for every number of components asked for.
pub fn gmm(x: &Matrix, options: &GmmOptions, seed: u64) -> Result<Mixture> {
    let numbers = options.components.numbers();
    check(x, numbers, options)?;
    let tasks: Vec<(usize, u64)> =
        numbers.iter().flat_map(|&k| (0..options.starts as u64).map(move |start| (k, start))).collect();
    let rows = Rows::new(x);
    let meter = progress::begin("fitting mixtures", tasks.len() as u64);
    let done = AtomicU64::new(0);
    let fits: Vec<Result<Em>> = tasks
        .par_iter()
        .map(|&(k, start)| {
            // The stream depends on `k` itself, so a number's fit is the same whatever else is tried.
            let fit = from_kmeans(&rows, k, options, seed::derive(seed, "gmm", k as u64), start);
            meter.set(done.fetch_add(1, Ordering::Relaxed) + 1, "");
            fit
        })
        .collect();

    let mut best: Vec<(Candidate, Gaussians)> = Vec::new();
    let mut failure = None;
    for (&k, starts) in numbers.iter().zip(fits.chunks(options.starts)) {
        if let Some(stop) = starts.iter().filter_map(|fit| fit.as_ref().err()).find(|e| e.is_interrupt()) {
            return Err(stop.clone());
        }
        let fitted = starts.iter().filter_map(|fit| fit.as_ref().ok());
        match fitted.reduce(|best, next| if next.log_likelihood > best.log_likelihood { next } else { best }) {
            Some(em) => best.push((em.candidate(x.rows()), em.gaussians.clone())),
            None => {
                failure = starts[0].as_ref().err().cloned();
                if numbers.len() > 1 {
                    tracing::warn!("gmm: {k} components are left out: a covariance is singular");
                }
            }
        }
    }
    let candidates: Vec<Candidate> = best.iter().map(|(candidate, _)| *candidate).collect();
    let better = |a: usize, b: usize| options.criterion.of(&candidates[b]) < options.criterion.of(&candidates[a]);
    let Some(chosen) = (0..candidates.len()).reduce(|a, b| if better(a, b) { b } else { a }) else {
        return Err(failure.unwrap_or_else(|| Error::internal("gmm fitted nothing")));
    };
    if !candidates[chosen].converged {
        tracing::warn!(
            "gmm: the mixture of {} components did not converge in {} steps; raise `max_iter` or `starts`",
            candidates[chosen].components,
            options.max_iter
        );
    }
    let origin = Origin::new("cluster::gmm", x, options, Some(seed));
    Mixture::new(&rows, &best[chosen].1, candidates, chosen, options.criterion, origin)
}

fn check(x: &Matrix, numbers: &[usize], options: &GmmOptions) -> Result<()> {
    if numbers.is_empty() {
        return Err(Error::value("gmm: `components` is an empty list").help("give a number, or a range such as 1..=20"));
    }
    if options.starts == 0 || options.max_iter == 0 {
        return Err(Error::value("gmm: `starts` and `max_iter` must be at least 1"));
    }
    for (name, value) in [("tol", options.tol), ("reg_covar", options.reg_covar)] {
        if !(value.is_finite() && value >= 0.0) {
            return Err(Error::value(format!("gmm: `{name}` is `{value}`, expected a number of 0 or more")));
        }
    }
    for extreme in [numbers.iter().min(), numbers.iter().max()].into_iter().flatten() {
        require_clusterable(x, *extreme, "gmm", "components")?;
    }
    Ok(())
}

/// The end of one start.
struct Em {
    gaussians: Gaussians,
    log_likelihood: f64,
    steps: usize,
    converged: bool,
}

impl Em {
    fn candidate(&self, n: usize) -> Candidate {
        let parameters = self.gaussians.parameters() as f64;
        Candidate {
            components: self.gaussians.len(),
            log_likelihood: self.log_likelihood,
            bic: parameters * (n as f64).ln() - 2.0 * self.log_likelihood,
            aic: parameters * 2.0 - 2.0 * self.log_likelihood,
            steps: self.steps,
            converged: self.converged,
        }
    }
}

fn from_kmeans(rows: &Rows, k: usize, options: &GmmOptions, seed: u64, start: u64) -> Result<Em> {
    let mut rng = seed::stream(seed, "start", start);
    let clusters = partition(rows, k, 300, 1e-4, &mut rng)?.assignment;
    from_clusters(rows, &clusters, k, options)
}

/// EM from the Gaussians of given clusters.
fn from_clusters(rows: &Rows, clusters: &[usize], k: usize, options: &GmmOptions) -> Result<Em> {
    let mut responsibilities = vec![0.0; clusters.len() * k];
    for (row, &c) in clusters.iter().enumerate() {
        responsibilities[row * k + c] = 1.0;
    }
    let estimate = |soft: &[f64]| Gaussians::estimate(rows, soft, options.covariance, options.reg_covar);
    let mut gaussians = estimate(&responsibilities)?;
    let mut last = f64::NEG_INFINITY;
    let (mut steps, mut converged) = (0, false);
    while steps < options.max_iter && !converged {
        interrupt::check()?;
        steps += 1;
        let e = gaussians.expect(rows);
        gaussians = estimate(&e.responsibilities)?;
        let now = e.log_density.iter().sum::<f64>() / rows.len() as f64;
        converged = (now - last).abs() < options.tol;
        last = now;
    }
    let log_likelihood = gaussians.expect(rows).log_density.iter().sum();
    Ok(Em { gaussians, log_likelihood, steps, converged })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::Value;

    use super::*;

    fn read_csv(text: &str, skip_rows: usize, skip_columns: usize) -> Matrix {
        let rows: Vec<Vec<f64>> = text
            .lines()
            .skip(skip_rows)
            .map(|line| line.split(',').skip(skip_columns).map(|v| v.parse().unwrap()).collect())
            .collect();
        let ids = (0..rows.len()).map(|i| format!("cell{i}")).collect();
        Matrix::numbered(ids, "x", rows[0].len(), rows.concat()).unwrap()
    }

    fn blobs() -> Matrix {
        read_csv(include_str!("../../tests/fixtures/stats/blobs.csv"), 1, 1)
    }

    fn floats(value: &Value) -> Vec<f64> {
        match value {
            Value::Array(list) => list.iter().flat_map(floats).collect(),
            number => vec![number.as_f64().unwrap()],
        }
    }

    fn close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
        assert_eq!(found.len(), expected.len(), "{what}");
        for (i, (a, b)) in found.iter().zip(expected).enumerate() {
            assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{what}[{i}]: {a}, expected {b}");
        }
    }

    /// scikit-learn 1.9.1's `GaussianMixture`, from the same hard responsibilities: see tests/fixtures/stats.
    fn compare_with_scikit_learn(x: &Matrix, reference: &Value) {
        let shape: Covariance = serde_json::from_value(reference["covariance"].clone()).unwrap();
        let max_iter = reference["max_iter"].as_u64().unwrap() as usize;
        let options = GmmOptions { covariance: shape, max_iter, ..Default::default() };
        let start: Vec<usize> = serde_json::from_value(reference["start"].clone()).unwrap();
        let k = start.iter().max().unwrap() + 1;
        let rows = Rows::new(x);
        let em = from_clusters(&rows, &start, k, &options).unwrap();
        assert_eq!(em.steps as u64, reference["steps"].as_u64().unwrap(), "{shape:?}");
        assert_eq!(em.converged, reference["converged"].as_bool().unwrap(), "{shape:?}");
        let candidate = em.candidate(x.rows());
        close(&[em.log_likelihood], &floats(&reference["log_likelihood"]), 1e-10, "log likelihood");
        close(&[candidate.bic], &floats(&reference["bic"]), 1e-10, "bic");
        close(&[candidate.aic], &floats(&reference["aic"]), 1e-10, "aic");
        close(&em.gaussians.weights, &floats(&reference["weights"]), 1e-9, "weights");
        close(&em.gaussians.means, &floats(&reference["means"]), 1e-9, "means");
        let found: Vec<f64> = match shape {
            Covariance::Full => (0..k).flat_map(|c| em.gaussians.covariance(c)).collect(),
            Covariance::Tied => em.gaussians.covariance(0),
            Covariance::Diag => (0..k).flat_map(|c| diagonal(&em.gaussians.covariance(c), x.cols())).collect(),
            Covariance::Spherical => (0..k).map(|c| em.gaussians.covariance(c)[0]).collect(),
        };
        let expected = floats(&reference["covariances"]);
        if !expected.is_empty() {
            close(&found, &expected, 1e-9, "covariances");
        }
        let soft = em.gaussians.expect(&rows).responsibilities;
        close(&soft[..10 * k], &floats(&reference["probabilities"]), 1e-8, "probabilities");
        let labels: Vec<f64> = soft
            .chunks_exact(k)
            .map(|p| (0..k).reduce(|a, b| if p[b] > p[a] { b } else { a }).unwrap() as f64)
            .collect();
        assert_eq!(labels, floats(&reference["labels"]), "{shape:?}");
    }

    fn diagonal(matrix: &[f64], d: usize) -> Vec<f64> {
        matrix.iter().step_by(d + 1).copied().collect()
    }

    #[test]
    fn from_the_same_start_come_scikit_learns_numbers() {
        let references: Vec<Value> =
            serde_json::from_str(include_str!("../../tests/fixtures/stats/gmm_blobs.json")).unwrap();
        assert_eq!(references.len(), 5);
        for reference in &references {
            compare_with_scikit_learn(&blobs(), reference);
        }
    }

    #[test]
    fn constant_columns_rest_on_reg_covar_as_in_scikit_learn() {
        let digits = read_csv(include_str!("../../tests/fixtures/stats/digits.csv"), 0, 0);
        let references: Vec<Value> =
            serde_json::from_str(include_str!("../../tests/fixtures/stats/gmm_digits.json")).unwrap();
        compare_with_scikit_learn(&digits, &references[0]);
    }

    #[test]
    fn the_criterion_finds_the_four_classes_and_numbers_repeat() {
        let options: GmmOptions =
            serde_json::from_str(r#"{"components": [1,2,3,4,5,6], "covariance": "full", "criterion": "bic"}"#).unwrap();
        let mixture = gmm(&blobs(), &options, 7).unwrap();
        assert_eq!(mixture.components(), 4);
        assert_eq!(mixture.candidates().len(), 6);
        // scikit-learn's optimum from a start near the true classes; k-means starts must reach it as well.
        assert!((mixture.fit().bic - 3023.895482542239).abs() < 0.5, "{}", mixture.fit().bic);
        let counts = mixture.labels().counts();
        assert!(counts.windows(2).all(|w| w[0] >= w[1]), "{counts:?}");
        assert!((mixture.weights().iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!(mixture.predict(&blobs()).unwrap(), *mixture.labels());
        let first = mixture.covariance(0).unwrap();
        assert!((0..5).all(|i| first.row(i)[i] > 0.0) && first.columns() == first.ids());
        assert_eq!((mixture.means().unwrap().rows(), mixture.covariance(4).is_err()), (4, true));
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let again = one.install(|| gmm(&blobs(), &options, 7)).unwrap();
        assert_eq!(again.probabilities(), mixture.probabilities());
        let alone = GmmOptions { components: Components::One(4), ..options };
        assert_eq!(gmm(&blobs(), &alone, 7).unwrap().probabilities(), mixture.probabilities());
        let shown = mixture.to_string();
        assert!(shown.starts_with("Mixture(4 components (best of 6 numbers by BIC), full covariance, 160 cells, BIC"));
        assert_eq!(shown.lines().count(), 6);
    }

    #[test]
    fn far_away_rows_have_finite_probabilities_that_sum_to_one() {
        for covariance in [Covariance::Full, Covariance::Diag, Covariance::Tied, Covariance::Spherical] {
            let options = GmmOptions { components: Components::One(4), covariance, ..Default::default() };
            let mixture = gmm(&blobs(), &options, 1).unwrap();
            let far: Vec<f64> =
                [1e3, -1e6, 1e9, 1e60].iter().flat_map(|s| [1.0, -0.5, 2.0, 0.1, 1.0].map(|v| v * s)).collect();
            let far = Matrix::numbered((0..4).map(|i| format!("far{i}")).collect(), "x", 5, far).unwrap();
            let probabilities = mixture.probabilities_of(&far).unwrap();
            for row in probabilities.iter_rows() {
                assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{covariance:?}: {row:?}");
            }
        }
    }

    #[test]
    fn unusable_options_are_refused_and_early_stops_are_flagged() {
        let fit = |options: GmmOptions| gmm(&blobs(), &options, 0);
        let with = |components| GmmOptions { components, ..Default::default() };
        assert!(fit(with(Components::Several(vec![]))).unwrap_err().message.contains("empty list"));
        assert!(fit(with(Components::One(161))).unwrap_err().message.contains("`161` components for 160 rows"));
        assert!(fit(with(Components::Several(vec![3, 0]))).unwrap_err().message.contains("expected at least 1"));
        assert!(fit(GmmOptions { reg_covar: -1.0, ..with(Components::One(2)) }).is_err());
        let early = fit(GmmOptions { max_iter: 1, ..with(Components::One(4)) }).unwrap();
        assert!(!early.fit().converged && early.to_string().contains("not converged"));
        let parse = serde_json::from_str::<GmmOptions>(r#"{"components": "four"}"#).unwrap_err().to_string();
        assert!(parse.contains("expected a number of components, or a list"), "{parse}");
        assert!(serde_json::from_str::<GmmOptions>(r#"{"component": 4}"#).is_err());
    }

    #[test]
    fn numbers_of_components_that_fail_are_left_out() {
        // Two exact lines in two columns: one component's covariance is regular, those of two are not.
        let values: Vec<f64> = (0..20).flat_map(|i| if i < 10 { [i as f64, 0.0] } else { [i as f64, 1e3] }).collect();
        let x = Matrix::numbered((0..20).map(|i| i.to_string()).collect(), "x", 2, values).unwrap();
        let options =
            |components| GmmOptions { components, covariance: Covariance::Full, reg_covar: 0.0, ..Default::default() };
        let mixture = gmm(&x, &options(Components::Several(vec![1, 2])), 0).unwrap();
        assert_eq!(mixture.candidates().len(), 1);
        let error = gmm(&x, &options(Components::One(2)), 0).unwrap_err();
        assert!(error.message.contains("singular") && error.help.is_some(), "{error}");
    }
}
