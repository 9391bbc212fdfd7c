//! t-SNE: a map of the plane in which cells that are near in the data stay near (van der Maaten & Hinton 2008).
//!
//! Neighbours are exact. The map starts from the first two principal components, which keeps the coarse layout, and takes
//! steps in proportion to the number of cells (Kobak & Berens 2019, Belkina et al. 2019), so that large sets are not left
//! half way. The same seed gives the same map on any number of threads.

use std::sync::Arc;

use rand_distr::{Distribution, Normal};
use serde::{Deserialize, Serialize};

use super::affinity::{affinities, divergence};
use super::attraction::Attraction;
use super::pca::leading_scores;
use super::repulsion::Repulsion;
use super::sparse::Sparse;
use super::tsne_place::place;
use crate::data::{Matrix, Origin, Outcome, Table};
use crate::distance::Metric;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::progress;
use crate::run::seed;

/// Factor on the attraction during the first quarter of the steps.
const EARLY_EXAGGERATION: f64 = 12.0;
/// Standard deviation of the start's first column.
const START: f64 = 1e-4;
/// Share of the last step that goes on into the next.
const MOMENTUM: f64 = 0.8;
/// Longest step of a point, which keeps single cells from being shot out of the map.
const LONGEST_STEP: f64 = 5.0;

/// How a map is made.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct TsneOptions {
    /// Effective number of neighbours that each cell attends to; lowered where there are few cells.
    pub perplexity: f64,
    /// What near means in the data.
    pub metric: Metric,
    /// Steps of gradient descent.
    pub iterations: usize,
    /// Step size; by default the number of cells, and at least 200, over 12 during the first quarter of the steps, in which
    /// attraction is 12-fold.
    pub learning_rate: Option<f64>,
    /// Largest ratio of a group's extent to its distance at which its cells push as one (Barnes-Hut); 0 is exact.
    pub theta: f64,
}

impl Default for TsneOptions {
    fn default() -> Self {
        TsneOptions { perplexity: 30.0, metric: Metric::default(), iterations: 1000, learning_rate: None, theta: 0.5 }
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
        if !(0.0..=1.0).contains(&self.theta) {
            return Err(Error::value(format!("tsne: `theta` is `{}`, expected 0 to 1", self.theta)));
        }
        match self.learning_rate {
            Some(rate) if !(rate.is_finite() && rate > 0.0) => {
                Err(Error::value(format!("tsne: `learning_rate` is `{rate}`, expected a positive number")))
            }
            _ => Ok(()),
        }
    }
}

/// A t-SNE map.
#[derive(Clone, Debug, PartialEq)]
pub struct Tsne {
    /// The map: two columns, `tsne1` and `tsne2`, in arbitrary units, centred on 0.
    pub map: Matrix,
    /// The exact Kullback-Leibler divergence of the map from the data, in nats; see
    /// [`tsne_divergence`](super::tsne_divergence).
    pub divergence: f64,
    /// The perplexity used, which is lower than the one asked for where there are few cells.
    pub perplexity: f64,
    data: Arc<Matrix>,
    metric: Metric,
    origin: Origin,
}

/// A map of the rows of a matrix.
///
/// # Errors
/// When there are fewer than four rows, an option is out of range, a value cannot be used, or the descent diverges.
pub fn tsne(x: &Matrix, options: &TsneOptions, seed: u64) -> Result<Tsne> {
    options.check()?;
    let n = x.rows();
    let perplexity = options.perplexity_for(n)?;
    if perplexity < options.perplexity {
        tracing::warn!("tsne: perplexity lowered from {} to {perplexity:.1} for {n} cells", options.perplexity);
    }
    let joint = affinities(x, options, perplexity)?;
    let map = descend(&joint, start(x, options.metric, seed)?, options)?;
    Ok(Tsne {
        divergence: divergence(&joint, &map)?,
        map: Matrix::numbered(x.ids().clone(), "tsne", 2, map)?,
        perplexity,
        data: Arc::new(x.clone()),
        metric: options.metric,
        origin: Origin::new("reduce::tsne", x, options, Some(seed)),
    })
}

impl Tsne {
    /// Places of other cells with the same columns in the map, which stays as it is.
    ///
    /// Each new cell is placed by itself: it starts at the median of its 15 nearest cells of the map's data and moves to
    /// where its probabilities among those cells (perplexity 5) are matched best, as openTSNE does (Poličar, Stražar &
    /// Zupan 2024). A cell unlike all of the map's cells is put beside the least unlike ones: the map cannot show that it is
    /// new. Where the map was made of distances, the rows are distances from its cells.
    ///
    /// # Errors
    /// When the number of columns differs, or a value cannot be used.
    pub fn transform(&self, x: &Matrix) -> Result<Matrix> {
        place(x, &self.data, self.metric, &self.map)
    }
}

/// The first two principal components, shrunk, and a hundredth of noise that parts cells with the same values.
fn start(x: &Matrix, metric: Metric, seed: u64) -> Result<Vec<f64>> {
    let scores = leading_scores(x, 2, metric)?;
    let deviation = (scores.iter().step_by(2).map(|v| v * v).sum::<f64>() / x.rows() as f64).sqrt();
    let scale = if deviation > 0.0 { START / deviation } else { 0.0 };
    let noise = Normal::new(0.0, START / 100.0).map_err(|e| Error::internal(format!("tsne's start: {e}")))?;
    let mut rng = seed::stream(seed, "tsne", 0);
    Ok(scores.iter().map(|v| scale * v + noise.sample(&mut rng)).collect())
}

/// Gradient descent with momentum and a gain for each coordinate (Jacobs 1988), which grows while the descent goes on in one
/// direction and shrinks where it turns.
///
/// # Errors
/// When a stop was asked for, or most points still take the longest step at the end.
fn descend(joint: &Sparse, start: Vec<f64>, options: &TsneOptions) -> Result<Vec<f64>> {
    let meter = progress::begin("t-SNE", options.iterations as u64);
    let attraction = Attraction::new(joint);
    let mut repulsion = Repulsion::default();
    let mut points = start;
    let (mut pull, mut push) = (vec![0.0; points.len()], vec![0.0; points.len()]);
    let (mut step, mut gains) = (vec![0.0; points.len()], vec![1.0f64; points.len()]);
    let rate = (joint.len() as f64).max(200.0);
    let mut cut = 0;
    for iteration in 0..options.iterations {
        interrupt::check()?;
        let early = iteration < options.iterations / 4;
        let exaggeration = if early { EARLY_EXAGGERATION } else { 1.0 };
        let rate = options.learning_rate.unwrap_or(rate / exaggeration);
        attraction.sums(&points, &mut pull);
        let normaliser = repulsion.sums(&points, options.theta, &mut push)?;
        for at in 0..points.len() {
            // A quarter of the gradient, whose factor 4 is counted to the step size, as usual.
            let gradient = exaggeration * pull[at] - push[at] / normaliser;
            let goes_on = (gradient > 0.0) != (step[at] > 0.0);
            gains[at] = if goes_on { gains[at] + 0.2 } else { (0.8 * gains[at]).max(0.01) };
            step[at] = MOMENTUM * step[at] - rate * gains[at] * gradient;
        }
        cut = 0;
        for (point, step) in points.chunks_exact_mut(2).zip(step.chunks_exact_mut(2)) {
            let length = step[0].hypot(step[1]);
            if length > LONGEST_STEP || length.is_nan() {
                cut += 1;
                step.iter_mut().for_each(|s| *s *= LONGEST_STEP / length);
            }
            point.iter_mut().zip(step).for_each(|(p, s)| *p += *s);
        }
        centre(&mut points);
        meter.set(iteration as u64 + 1, "");
    }
    // A descent that has come near its end moves points by far less.
    if 2 * cut > joint.len() || !points.iter().all(|v| v.is_finite()) {
        let rate = options.learning_rate.map_or(String::new(), |rate| format!(" at learning rate `{rate}`"));
        return Err(Error::value(format!("tsne diverged{rate}")).help("lower `learning_rate`, or leave it out"));
    }
    Ok(points)
}

fn centre(points: &mut [f64]) {
    let n = (points.len() / 2).max(1) as f64;
    for axis in 0..2 {
        let mean = points.iter().skip(axis).step_by(2).sum::<f64>() / n;
        points.iter_mut().skip(axis).step_by(2).for_each(|v| *v -= mean);
    }
}

impl Outcome for Tsne {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        vec![("divergence", self.divergence), ("perplexity", self.perplexity)]
    }

    fn table(&self) -> Result<Table> {
        Table::from_matrix(&self.map)
    }
}

impl std::fmt::Display for Tsne {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (n, columns) = (self.map.rows(), self.data.cols());
        write!(f, "Tsne({n} cells, {columns} columns, perplexity {:.1}", self.perplexity)?;
        write!(f, ", divergence {:.4})", self.divergence)
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::testing::distances;
    use super::*;
    use crate::metrics::{MapQualityOptions, trustworthiness};

    pub(in super::super) fn blobs() -> Matrix {
        let lines = include_str!("../../tests/fixtures/stats/blobs.csv").lines().skip(1);
        let values: Vec<f64> = lines.flat_map(|l| l.split(',').skip(1).map(|v| v.parse::<f64>().unwrap())).collect();
        Matrix::numbered((0..160).map(|i| format!("cell{i}")).collect(), "x", 5, values).unwrap()
    }

    /// The sets that maps are compared on: their rows, and what other programs make of them (see tests/fixtures/stats).
    pub(in super::super) fn sets() -> Vec<(&'static str, Matrix, serde_json::Value)> {
        let reference: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/fixtures/stats/map_quality.json")).unwrap();
        let plain = |text: &str| -> Matrix {
            let rows: Vec<Vec<f64>> =
                text.lines().map(|l| l.split(',').map(|v| v.parse().unwrap()).collect()).collect();
            let ids = (0..rows.len()).map(|i| format!("cell{i}")).collect();
            Matrix::numbered(ids, "x", rows[0].len(), rows.concat()).unwrap()
        };
        let sets = [
            ("blobs", blobs()),
            ("digits", plain(include_str!("../../tests/fixtures/stats/digits.csv"))),
            ("iris", plain(include_str!("../../tests/fixtures/stats/iris.csv"))),
        ];
        sets.into_iter().map(|(name, x)| (name, x, reference[name].clone())).collect()
    }

    #[test]
    fn maps_are_as_close_and_as_trustworthy_as_scikit_learns_and_opentsnes() {
        // scikit-learn 1.9.1 and openTSNE 1.0.4: see tests/fixtures/stats.
        let options = TsneOptions::default();
        for (name, x, reference) in sets() {
            // Where a map ends depends on its start: on these small sets the divergence varies by a tenth and more.
            let mut fits: Vec<Tsne> = (0..5).map(|seed| tsne(&x, &options, seed).unwrap()).collect();
            fits.sort_by(|a, b| a.divergence.total_cmp(&b.divergence));
            let fit = &fits[2];
            for peer in ["tsne", "openTSNE"] {
                let map: Vec<Vec<f64>> = serde_json::from_value(reference[format!("{peer}_map")].clone()).unwrap();
                let map = Matrix::numbered(x.ids().clone(), "y", 2, map.concat()).unwrap();
                let theirs = super::super::tsne_divergence(&x, &map, &options).unwrap();
                assert!(fit.divergence < 1.02 * theirs, "{name}: {}, {peer} {theirs}", fit.divergence);
                let kept = trustworthiness(&x, &fit.map, &MapQualityOptions::default()).unwrap();
                let expected = reference[peer].as_f64().unwrap();
                assert!(kept > expected - 0.01, "{name}: {kept}, {peer} {expected}");
            }
        }
    }

    #[test]
    fn the_map_is_the_same_on_any_number_of_threads() {
        let options = TsneOptions::default();
        let fit = tsne(&blobs(), &options, 3).unwrap();
        let columns = ["tsne1".to_string(), "tsne2".to_string()];
        assert_eq!((fit.map.rows(), &fit.map.columns()[..]), (160, &columns[..]));
        assert_eq!(fit.map.ids(), blobs().ids());
        assert_eq!(super::super::tsne_divergence(&blobs(), &fit.map, &options).unwrap(), fit.divergence);
        let short = TsneOptions { iterations: 100, ..options };
        let one = tsne(&blobs(), &short, 3).unwrap();
        for threads in [1, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(pool.install(|| tsne(&blobs(), &short, 3)).unwrap().map, one.map);
        }
        assert_ne!(tsne(&blobs(), &short, 4).unwrap().map, one.map);
    }

    #[test]
    fn few_equal_or_one_dimensional_cells_have_finite_maps() {
        let options = TsneOptions { iterations: 300, ..Default::default() };
        for n in [4, 5, 7, 12] {
            let fit = tsne(&blobs().select(&(0..n).collect::<Vec<_>>()), &options, 0).unwrap();
            assert_eq!(fit.map.rows(), n);
        }
        let ids: Arc<[String]> = (0..30).map(|i| i.to_string()).collect();
        let thirds = (0..30).map(|i| f64::from(i % 3)).collect();
        for values in [vec![2.0; 30], thirds] {
            let x = Matrix::numbered(ids.clone(), "x", 1, values).unwrap();
            let map = tsne(&x, &options, 0).unwrap().map;
            // Cells with the same values do not end on one spot.
            assert_ne!(map.row(0), map.row(3));
        }
        let cosine = TsneOptions { metric: Metric::Cosine, ..options };
        assert!(tsne(&blobs(), &cosine, 0).is_ok());
    }

    #[test]
    fn distances_make_as_close_a_map_as_the_rows() {
        let options = TsneOptions { iterations: 500, ..Default::default() };
        let rows = tsne(&blobs(), &options, 3).unwrap();
        let precomputed = TsneOptions { metric: Metric::Precomputed, ..options };
        let given = tsne(&distances(&blobs()), &precomputed, 3).unwrap();
        assert!((given.divergence / rows.divergence - 1.0).abs() < 0.1, "{} {}", given.divergence, rows.divergence);
        assert!(tsne(&blobs(), &precomputed, 3).unwrap_err().message.contains("no matrix of distances"));
    }

    #[test]
    fn impossible_requests_are_refused() {
        let refuse =
            |x: &Matrix, options: &str| tsne(x, &serde_json::from_str(options).unwrap(), 0).unwrap_err().message;
        assert_eq!(refuse(&blobs().select(&[0, 1, 2]), "{}"), "tsne needs at least 4 cells, not 3");
        assert!(refuse(&blobs(), r#"{"perplexity": 0.5}"#).contains("`perplexity` is `0.5`"));
        assert!(refuse(&blobs(), r#"{"iterations": 0}"#).contains("`iterations` is `0`"));
        assert!(refuse(&blobs(), r#"{"learning_rate": -1.0}"#).contains("`learning_rate` is `-1`"));
        assert!(refuse(&blobs(), r#"{"theta": 2.0}"#).contains("`theta` is `2`"));
        assert!(refuse(&blobs(), r#"{"learning_rate": 1e300, "iterations": 50}"#).contains("diverged"));
    }
}
