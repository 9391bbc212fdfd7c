//! t-SNE: a map of the plane in which cells that are near in the data stay near (van der Maaten & Hinton 2008).
//!
//! The Barnes-Hut gradient (van der Maaten 2014) comes from the crate bhtsne; neighbours, start and step size are ours.
//! The map starts from the first two principal components, which keeps the coarse layout (Kobak & Berens 2019).
//!
//! bhtsne sums in an order that depends on how threads share the work, and the map amplifies the last bit; so it runs on
//! one thread, and the same seed gives the same map on any number of cores.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use bhtsne::{Neighbor, tSNE};
use rand_distr::{Distribution, Normal};
use serde::Deserialize;

use super::affinity::n_neighbours;
use super::pca::{PcaOptions, pca};
use crate::data::Matrix;
use crate::error::{Error, Result};
use crate::evaluate::{Index, Metric};
use crate::interrupt;
use crate::progress;
use crate::run::seed;

/// Opening angle of the Barnes-Hut approximation.
const THETA: f64 = 0.5;
/// Factor on the attraction during the first quarter of the steps.
const EARLY_EXAGGERATION: f64 = 12.0;
/// Standard deviation of the start's first column.
const START: f64 = 1e-4;

/// How a map is made.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TsneOptions {
    /// Effective number of neighbours that each cell attends to; lowered where there are few cells.
    pub perplexity: f64,
    /// What near means in the data.
    pub metric: Metric,
    /// Steps of gradient descent.
    pub iterations: usize,
    /// Step size; by default the number of cells, and at least 200.
    pub learning_rate: Option<f64>,
}

impl Default for TsneOptions {
    fn default() -> Self {
        TsneOptions { perplexity: 30.0, metric: Metric::default(), iterations: 1000, learning_rate: None }
    }
}

impl TsneOptions {
    /// The perplexity that `n` cells allow: a third of the other cells at most.
    pub(super) fn perplexity_for(&self, n: usize) -> Result<f64> {
        if n < 4 {
            return Err(Error::value(format!("tsne needs at least 4 cells, not {n}")));
        }
        if !(self.perplexity.is_finite() && self.perplexity >= 1.0) {
            return Err(Error::value(format!("tsne: `perplexity` is `{}`, expected 1 or more", self.perplexity)));
        }
        Ok(self.perplexity.min((n - 1) as f64 / 3.0))
    }

    fn check(&self) -> Result<()> {
        if self.iterations == 0 {
            return Err(Error::value("tsne: `iterations` is `0`, expected at least 1"));
        }
        match self.learning_rate {
            Some(rate) if !(rate.is_finite() && rate > 0.0) => {
                Err(Error::value(format!("tsne: `learning_rate` is `{rate}`, expected a positive number")))
            }
            _ => Ok(()),
        }
    }
}

/// A map of the rows of a matrix: two columns, `tsne1` and `tsne2`, in arbitrary units, centred on 0.
///
/// # Errors
/// When there are fewer than four rows, an option is out of range, a value cannot be used, or the descent diverges.
pub fn tsne(x: &Matrix, options: &TsneOptions, seed: u64) -> Result<Matrix> {
    options.check()?;
    let n = x.rows();
    let perplexity = options.perplexity_for(n)?;
    if perplexity < options.perplexity {
        tracing::warn!("tsne: perplexity lowered from {} to {perplexity:.1} for {n} cells", options.perplexity);
    }
    let found = Index::new(x, options.metric)?.nearest_others(x, n_neighbours(n, perplexity))?;
    let neighbours: Vec<Vec<Neighbor<f64>>> = (0..n)
        .map(|i| {
            let pairs = found.rows(i).iter().zip(found.distances(i));
            pairs.map(|(&index, &distance)| Neighbor { index, distance }).collect()
        })
        .collect();
    let start = start(x, seed)?;
    let rate = options.learning_rate.unwrap_or_else(|| default_rate(n));
    let map = one_thread(|| descend(x, &neighbours, perplexity, start, rate, options.iterations))?;
    Matrix::numbered(x.ids().clone(), "tsne", 2, map)
}

/// bhtsne leaves the factor 4 out of the gradient and lets gains grow to 2 at most, so it needs larger steps than the
/// n / 48 of scikit-learn. Exact divergences at 1000 steps, by rate: digits (n = 1797) 1.00 at 200, 0.84 at n / 2, 0.80
/// at n, 0.83 at 2 n (scikit-learn 0.75); 5000 cells of 10 classes 2.51 at n / 12, 2.33, 2.30, 2.34 (2.18); small sets
/// (n = 160, 500) are indifferent between 100 and 2000.
fn default_rate(n: usize) -> f64 {
    (n as f64).max(200.0)
}

/// The first two principal components, shrunk, and a hundredth of noise that parts cells with the same values.
fn start(x: &Matrix, seed: u64) -> Result<Vec<f64>> {
    let components = x.cols().min(2);
    let fit = pca(x, &PcaOptions { components })?;
    let deviation = fit.explained_variance()[0].sqrt();
    let scale = if deviation > 0.0 { START / deviation } else { 0.0 };
    let noise = Normal::new(0.0, START / 100.0).map_err(|e| Error::internal(format!("tsne's start: {e}")))?;
    let mut rng = seed::stream(seed, "tsne", 0);
    let mut start: Vec<f64> = (0..2 * x.rows()).map(|_| noise.sample(&mut rng)).collect();
    for (point, row) in start.chunks_exact_mut(2).zip(fit.scores().iter_rows()) {
        point.iter_mut().zip(row).for_each(|(p, v)| *p += scale * v);
    }
    Ok(start)
}

/// Coordinates that only a diverging descent reaches; its tree cannot hold much larger ones.
const DIVERGED: f64 = 1e9;

/// Why bhtsne is unwound.
enum Stop {
    Requested,
    Diverged,
}

/// Gradient descent. bhtsne cannot be stopped but by unwinding out of its callback, which happens on this thread.
fn descend(
    x: &Matrix,
    neighbours: &[Vec<Neighbor<f64>>],
    perplexity: f64,
    start: Vec<f64>,
    rate: f64,
    iterations: usize,
) -> Result<Vec<f64>> {
    let meter = progress::begin("t-SNE", iterations as u64);
    let rows: Vec<&[f64]> = x.iter_rows().collect();
    let run = || {
        let mut tsne: tSNE<'_, f64, &[f64], 2> = tSNE::new(&rows);
        tsne.perplexity(perplexity)
            .epochs(iterations)
            .early_exaggeration(EARLY_EXAGGERATION)
            .stop_lying_epoch(iterations / 4)
            .momentum_switch_epoch(iterations / 4)
            .learning_rate(rate)
            .initial_embedding(start)
            .epoch_callback(|epoch, map| {
                if interrupt::requested().is_some() {
                    resume_unwind(Box::new(Stop::Requested));
                }
                if !map.iter().all(|v| v.abs() < DIVERGED) {
                    resume_unwind(Box::new(Stop::Diverged));
                }
                meter.set(epoch as u64 + 1, "");
            });
        tsne.barnes_hut_with_neighbors(THETA, neighbours);
        tsne.embedding()
    };
    catch_unwind(AssertUnwindSafe(run)).map_err(|cause| match cause.downcast_ref::<Stop>() {
        Some(Stop::Requested) => Error::interrupted(),
        Some(Stop::Diverged) => Error::value(format!("tsne diverged at learning rate `{rate}`"))
            .help("lower `learning_rate`, or leave it out"),
        None => Error::internal("bhtsne panicked"),
    })
}

/// Runs on a rayon pool of one thread, whatever the surrounding pool.
fn one_thread<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .map_err(|e| Error::internal(format!("cannot start a thread: {e}")))?;
    pool.install(work)
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::affinity::tsne_divergence;
    use super::*;

    pub(in super::super) fn blobs() -> Matrix {
        let lines = include_str!("../../tests/fixtures/stats/blobs.csv").lines().skip(1);
        let values: Vec<f64> = lines.flat_map(|l| l.split(',').skip(1).map(|v| v.parse::<f64>().unwrap())).collect();
        Matrix::numbered((0..160).map(|i| format!("cell{i}")).collect(), "x", 5, values).unwrap()
    }

    #[test]
    fn the_map_is_as_close_as_scikit_learns_and_the_same_on_any_number_of_threads() {
        let options = TsneOptions::default();
        let map = tsne(&blobs(), &options, 3).unwrap();
        assert_eq!((map.rows(), &map.columns()[..]), (160, &["tsne1".to_string(), "tsne2".to_string()][..]));
        assert_eq!(map.ids(), blobs().ids());
        // scikit-learn 1.9.1, PCA start: 0.263.
        let divergence = tsne_divergence(&blobs(), &map, &options).unwrap();
        assert!(divergence < 0.28, "{divergence}");
        for threads in [1, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(pool.install(|| tsne(&blobs(), &options, 3)).unwrap(), map);
        }
        assert_ne!(tsne(&blobs(), &options, 4).unwrap(), map);
    }

    #[test]
    fn few_equal_or_one_dimensional_cells_have_finite_maps() {
        let options = TsneOptions { iterations: 300, ..Default::default() };
        for n in [4, 5, 7, 12] {
            let map = tsne(&blobs().select(&(0..n).collect::<Vec<_>>()), &options, 0).unwrap();
            assert_eq!(map.rows(), n);
        }
        let ids: std::sync::Arc<[String]> = (0..30).map(|i| i.to_string()).collect();
        let thirds = (0..30).map(|i| f64::from(i % 3)).collect();
        for values in [vec![2.0; 30], thirds] {
            let x = Matrix::numbered(ids.clone(), "x", 1, values).unwrap();
            let map = tsne(&x, &options, 0).unwrap();
            // Cells with the same values do not end on one spot.
            assert_ne!(map.row(0), map.row(3));
        }
        let cosine = TsneOptions { metric: Metric::Cosine, ..options };
        assert!(tsne(&blobs(), &cosine, 0).is_ok());
    }

    #[test]
    fn impossible_requests_are_refused() {
        let refuse =
            |x: &Matrix, options: &str| tsne(x, &serde_json::from_str(options).unwrap(), 0).unwrap_err().message;
        assert_eq!(refuse(&blobs().select(&[0, 1, 2]), "{}"), "tsne needs at least 4 cells, not 3");
        assert!(refuse(&blobs(), r#"{"perplexity": 0.5}"#).contains("`perplexity` is `0.5`"));
        assert!(refuse(&blobs(), r#"{"iterations": 0}"#).contains("`iterations` is `0`"));
        assert!(refuse(&blobs(), r#"{"learning_rate": -1.0}"#).contains("`learning_rate` is `-1`"));
        let refused = tsne(&blobs(), &TsneOptions { learning_rate: Some(1e300), ..Default::default() }, 0);
        assert!(refused.is_err_and(|e| e.message.contains("diverged")));
    }
}
