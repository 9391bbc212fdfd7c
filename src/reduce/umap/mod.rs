//! UMAP: a map in which the fuzzy graph of nearest neighbours is that of the data (McInnes, Healy & Melville 2018).
//!
//! Neighbours are exact; the graph comes from [`memberships`], the start from the graph's Laplacian ([`spectral`]), the
//! attraction's [`curve`] from `min_dist` and `spread`, and the map from stochastic [`descent`]. With labels, cells of
//! different classes are drawn apart; such a map shows what the labels say and is no evidence for them.
//!
//! Beside t-SNE it keeps more of the coarse layout, takes new cells readily, and maps into more than two dimensions.

mod curve;
mod descent;
mod memberships;
mod power;
mod spectral;

use std::sync::Arc;

use rand::Rng as _;
use rand_distr::{Distribution, Normal};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::descent::Forces;
use self::power::Power;
use super::pca::leading_scores;
use super::sparse::Sparse;
use crate::data::{Labels, Matrix, Origin, Outcome, Table};
use crate::distance::{Metric, Neighbours, Space};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::progress;
use crate::run::seed;

/// Most dimensions of a map.
const MOST_DIMENSIONS: usize = 10;
/// Extent of the start along each axis.
const EXTENT: f64 = 10.0;

/// Where the descent starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// The eigenvectors of the graph's Laplacian.
    #[default]
    Spectral,
    /// The principal components of the data.
    Pca,
    /// Anywhere.
    Random,
}

/// How a map is made.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct UmapOptions {
    /// Number of neighbours that make a row's neighbourhood, the row itself counted; lowered where there are few cells.
    pub neighbours: usize,
    /// What near means in the data.
    pub metric: Metric,
    /// Distance in the map up to which cells are as near as can be.
    pub min_dist: f64,
    /// Distance in the map over which nearness falls.
    pub spread: f64,
    /// Dimensions of the map, 1 to 10.
    pub components: usize,
    /// Passes over the graph; by default 500 for up to 10,000 cells, else 200.
    pub epochs: Option<usize>,
    /// First step size.
    pub learning_rate: f64,
    /// Random rows that push, for each neighbour that pulls.
    pub negative_samples: f64,
    /// Weight of the push.
    pub repulsion: f64,
    /// Between a graph of pairs of which either is a neighbour of the other (1) and both are (0).
    pub set_op_mix_ratio: f64,
    /// Number of neighbours that every row is tied to fully.
    pub local_connectivity: f64,
    /// Where the descent starts.
    pub start: Start,
    /// With labels: how much they count, from 0 to 1.
    pub target_weight: f64,
}

impl Default for UmapOptions {
    fn default() -> Self {
        UmapOptions {
            neighbours: 15,
            metric: Metric::default(),
            min_dist: 0.1,
            spread: 1.0,
            components: 2,
            epochs: None,
            learning_rate: 1.0,
            negative_samples: 5.0,
            repulsion: 1.0,
            set_op_mix_ratio: 1.0,
            local_connectivity: 1.0,
            start: Start::default(),
            target_weight: 0.5,
        }
    }
}

impl UmapOptions {
    fn check(&self, n: usize) -> Result<()> {
        if n < 4 {
            return Err(Error::value(format!("umap needs at least 4 cells, not {n}")));
        }
        let in_range = |name: &str, value: f64, low: f64, high: f64, expected: &str| {
            if value >= low && value <= high {
                return Ok(());
            }
            Err(Error::value(format!("umap: `{name}` is `{value}`, expected {expected}")))
        };
        in_range("neighbours", self.neighbours as f64, 2.0, f64::MAX, "2 or more")?;
        in_range("components", self.components as f64, 1.0, MOST_DIMENSIONS as f64, "1 to 10")?;
        in_range("spread", self.spread, f64::MIN_POSITIVE, f64::MAX, "a positive number")?;
        in_range("min_dist", self.min_dist, 0.0, self.spread, "0 to `spread`")?;
        in_range("epochs", self.epochs.map_or(1.0, |e| e as f64), 1.0, f64::MAX, "1 or more")?;
        in_range("learning_rate", self.learning_rate, f64::MIN_POSITIVE, f64::MAX, "a positive number")?;
        in_range("negative_samples", self.negative_samples, f64::MIN_POSITIVE, 1e6, "a positive number")?;
        in_range("repulsion", self.repulsion, 0.0, f64::MAX, "0 or more")?;
        in_range("set_op_mix_ratio", self.set_op_mix_ratio, 0.0, 1.0, "0 to 1")?;
        in_range("local_connectivity", self.local_connectivity, 0.0, f64::MAX, "0 or more")?;
        in_range("target_weight", self.target_weight, 0.0, 1.0, "0 to 1")
    }
}

/// A UMAP map.
#[derive(Clone, Debug, PartialEq)]
pub struct Umap {
    /// The map: columns `umap1`, `umap2`, …, in arbitrary units.
    pub map: Matrix,
    /// Of the curve `1 / (1 + a d^(2 b))` by which distances in the map are memberships.
    pub a: f64,
    /// See `a`.
    pub b: f64,
    /// Neighbours of each row, itself counted, as used.
    pub neighbours: usize,
    /// Number of pairs of cells that the graph joins.
    pub edges: usize,
    data: Arc<Matrix>,
    options: UmapOptions,
    seed: u64,
    origin: Origin,
}

/// A map of the rows of a matrix; with labels, one that draws their classes apart.
///
/// # Errors
/// When there are fewer than four rows, labels and rows differ in number, an option is out of range, or a value cannot be
/// used.
pub fn umap(x: &Matrix, labels: Option<&Labels>, options: &UmapOptions, seed: u64) -> Result<Umap> {
    let n = x.rows();
    options.check(n)?;
    if let Some(labels) = labels {
        labels.require_len(n, "umap")?;
    }
    let neighbours = options.neighbours.min(n);
    if neighbours < options.neighbours {
        tracing::warn!("umap: neighbours lowered from {} to {neighbours} for {n} cells", options.neighbours);
    }
    let near = Space::new(x, options.metric, "umap")?.nearest_others(neighbours - 1)?;
    let own = memberships::memberships(&near, neighbours as f64, options.local_connectivity);
    let mut graph = memberships::fuzzy_graph(&near, &own, options.set_op_mix_ratio);
    if let Some(labels) = labels {
        graph = memberships::supervised(&graph, labels, options.target_weight);
    }
    let start = start(x, &graph, options, seed)?;
    let (a, b) = curve::fit(options.min_dist, options.spread);
    let epochs = options.epochs.unwrap_or(if n <= 10_000 { 500 } else { 200 });
    let forces = options.forces(a, b, epochs, options.learning_rate);
    let map = arrange(&forces, start, options.components, &graph, seed)?;
    Ok(Umap {
        map: Matrix::numbered(x.ids().clone(), "umap", options.components, map)?,
        a,
        b,
        neighbours,
        edges: graph.values.len() / 2,
        data: Arc::new(x.clone()),
        options: options.clone(),
        seed,
        origin: Origin::new("reduce::umap", x, options, Some(seed)),
    })
}

impl UmapOptions {
    fn forces(&self, a: f64, b: f64, epochs: usize, rate: f64) -> Forces {
        Forces { a, b: Power::new(b), negatives: self.negative_samples, repulsion: self.repulsion, rate, epochs }
    }
}

/// The start, within a square of side 10, with a trace of noise that parts cells at one place.
fn start(x: &Matrix, graph: &Sparse, options: &UmapOptions, seed: u64) -> Result<Vec<f64>> {
    let d = options.components;
    let mut rng = seed::stream(seed, "umap", 0);
    let mut start = match options.start {
        Start::Random => return Ok((0..x.rows() * d).map(|_| rng.gen_range(-EXTENT..EXTENT)).collect()),
        Start::Pca => leading_scores(x, d, options.metric)?,
        Start::Spectral => {
            let scores = leading_scores(x, d, options.metric)?;
            spectral::layout(graph, &scores, d, seed)?
        }
    };
    let largest = start.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let noise = Normal::new(0.0, 1e-4).map_err(|e| Error::internal(format!("umap's start: {e}")))?;
    let scale = if largest > 0.0 { EXTENT / largest } else { 0.0 };
    start.iter_mut().for_each(|v| *v = *v * scale + noise.sample(&mut rng));
    for axis in 0..d {
        let along = || start.iter().skip(axis).step_by(d);
        let (low, high) = along().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (v.min(l), v.max(h)));
        let width = (high - low).max(f64::MIN_POSITIVE);
        start.iter_mut().skip(axis).step_by(d).for_each(|v| *v = EXTENT * (*v - low) / width);
    }
    Ok(start)
}

/// Calls a function for points of as many dimensions as `$d` says; the compiler then knows the number.
macro_rules! with_dimensions {
    ($d:expr, $function:ident, $($argument:expr),*) => {
        match $d {
            1 => $function::<1>($($argument),*),
            2 => $function::<2>($($argument),*),
            3 => $function::<3>($($argument),*),
            4 => $function::<4>($($argument),*),
            5 => $function::<5>($($argument),*),
            6 => $function::<6>($($argument),*),
            7 => $function::<7>($($argument),*),
            8 => $function::<8>($($argument),*),
            9 => $function::<9>($($argument),*),
            _ => $function::<{ MOST_DIMENSIONS }>($($argument),*),
        }
    };
}

fn arrange(forces: &Forces, start: Vec<f64>, d: usize, graph: &Sparse, seed: u64) -> Result<Vec<f64>> {
    with_dimensions!(d, arrange_in, forces, start, graph, seed)
}

fn arrange_in<const D: usize>(forces: &Forces, start: Vec<f64>, graph: &Sparse, seed: u64) -> Result<Vec<f64>> {
    let meter = progress::begin("UMAP", forces.epochs as u64);
    let mut points = start.as_chunks::<D>().0.to_vec();
    forces.arrange(&mut points, graph, &mut seed::stream(seed, "umap", 1), meter.as_ref())?;
    Ok(points.concat())
}

impl Umap {
    /// Places of other cells with the same columns in the map, which stays as it is.
    ///
    /// Each new cell is placed by itself: it starts at the mean of its nearest cells of the map's data, weighted with its
    /// memberships, and moves as they pull and random cells of the map push. A cell unlike all of the map's cells is put
    /// beside the least unlike ones: the map cannot show that it is new. Where the map was made of distances, the rows are
    /// distances from its cells.
    ///
    /// # Errors
    /// When the number of columns differs, or a value cannot be used.
    pub fn transform(&self, x: &Matrix) -> Result<Matrix> {
        let k = self.neighbours.min(self.data.rows());
        let near = Space::new(&self.data, self.options.metric, "umap")?.nearest(x, k, "umap")?;
        let connected = (self.options.local_connectivity - 1.0).max(0.0);
        let weights = memberships::memberships(&near, self.neighbours as f64, connected);
        let epochs = self.options.epochs.map_or(if x.rows() <= 10_000 { 100 } else { 30 }, |e| e.div_ceil(3));
        let forces = self.options.forces(self.a, self.b, epochs, self.options.learning_rate / 4.0);
        let places =
            with_dimensions!(self.options.components, place_in, &forces, &near, &weights, &self.map, self.seed)?;
        Matrix::new(x.ids().clone(), self.map.columns().clone(), places)
    }
}

fn place_in<const D: usize>(
    forces: &Forces,
    near: &Neighbours,
    weights: &[f64],
    map: &Matrix,
    seed: u64,
) -> Result<Vec<f64>> {
    let points = map.values().as_chunks::<D>().0;
    let places: Vec<[f64; D]> = (0..near.len())
        .into_par_iter()
        .map(|row| {
            interrupt::check()?;
            let weights = &weights[row * near.k()..(row + 1) * near.k()];
            let pairs: Vec<(u32, f64)> = near.rows(row).iter().copied().zip(weights.iter().copied()).collect();
            let sum: f64 = weights.iter().sum();
            let largest = weights.iter().fold(0.0f64, |m, &w| m.max(w));
            let mut own = [0.0; D];
            for &(other, weight) in &pairs {
                own.iter_mut().zip(points[other as usize]).for_each(|(v, p)| *v += p * weight / sum);
            }
            // One stream for every cell: where it comes to lie does not depend on the cells beside it in the table.
            forces.place(&mut own, &pairs, largest, points, &mut seed::stream(seed, "umap", 2));
            Ok(own)
        })
        .collect::<Result<_>>()?;
    Ok(places.concat())
}

impl Outcome for Umap {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        vec![("a", self.a), ("b", self.b), ("neighbours", self.neighbours as f64), ("edges", self.edges as f64)]
    }

    fn table(&self) -> Result<Table> {
        Table::from_matrix(&self.map)
    }
}

impl std::fmt::Display for Umap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (n, columns, edges) = (self.map.rows(), self.data.cols(), self.edges);
        write!(f, "Umap({n} cells, {columns} columns to {}, ", self.map.cols())?;
        write!(f, "{} neighbours, {edges} pairs)", self.neighbours)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::testing::distances;
    use super::super::tsne::tests::{blobs, sets};
    use super::*;
    use crate::metrics::{MapQualityOptions, silhouette, trustworthiness};

    fn kept(x: &Matrix, map: &Matrix) -> f64 {
        trustworthiness(x, map, &MapQualityOptions::default()).unwrap()
    }

    #[test]
    fn maps_are_as_trustworthy_as_umap_learns() {
        // umap-learn 0.5.12, median of five seeds: see tests/fixtures/stats.
        for (name, x, reference) in sets() {
            let fit = umap(&x, None, &UmapOptions::default(), 3).unwrap();
            let (found, expected) = (kept(&x, &fit.map), reference["umap"].as_f64().unwrap());
            assert!(found > expected - 0.01, "{name}: {found}, expected {expected}");
            assert_eq!((fit.map.rows(), fit.map.cols(), fit.neighbours), (x.rows(), 2, 15));
            assert_eq!(fit.map.ids(), x.ids());
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_map_on_any_number_of_threads() {
        let options = UmapOptions { epochs: Some(50), ..Default::default() };
        let one = umap(&blobs(), None, &options, 3).unwrap();
        for threads in [1, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(pool.install(|| umap(&blobs(), None, &options, 3)).unwrap(), one);
        }
        assert_ne!(umap(&blobs(), None, &options, 4).unwrap().map, one.map);
    }

    #[test]
    fn distances_starts_and_dimensions_give_maps_too() {
        let options = UmapOptions { epochs: Some(200), ..Default::default() };
        for (x, options) in [
            (distances(&blobs()), UmapOptions { metric: Metric::Precomputed, ..options.clone() }),
            (blobs(), UmapOptions { start: Start::Pca, ..options.clone() }),
            (blobs(), UmapOptions { start: Start::Random, ..options.clone() }),
            (blobs(), UmapOptions { components: 3, ..options.clone() }),
            (blobs(), UmapOptions { metric: Metric::Cosine, ..options.clone() }),
        ] {
            let fit = umap(&x, None, &options, 1).unwrap();
            assert_eq!(fit.map.cols(), options.components);
            assert!(kept(&blobs(), &fit.map) > 0.9, "{options:?}: {}", kept(&blobs(), &fit.map));
        }
    }

    #[test]
    fn new_cells_come_to_lie_among_their_neighbours_each_by_itself() {
        let (old, new): (Vec<usize>, Vec<usize>) = (0..160).partition(|i| i % 4 != 0);
        let x = blobs();
        let fit = umap(&x.select(&old), None, &UmapOptions::default(), 1).unwrap();
        let placed = fit.transform(&x.select(&new)).unwrap();
        let together = |a: &Matrix, b: &Matrix| {
            let values = [a.values(), b.values()].concat();
            Matrix::new(a.ids().iter().chain(b.ids().iter()).cloned().collect(), a.columns().clone(), values).unwrap()
        };
        let found = kept(&together(&x.select(&old), &x.select(&new)), &together(&fit.map, &placed));
        assert!(found > 0.9, "{found}");
        assert_eq!(fit.transform(&x.select(&new[7..8])).unwrap().row(0), placed.row(7));
        assert!(fit.transform(&distances(&x)).unwrap_err().message.contains("fitted to 5 columns, the data have 160"));
    }

    #[test]
    fn labels_draw_their_classes_apart() {
        let text = include_str!("../../../tests/fixtures/stats/blobs.csv").lines().skip(1);
        let classes: Vec<&str> = text.map(|l| l.split(',').next().unwrap()).collect();
        let labels = Labels::new(classes.iter().enumerate().map(|(i, c)| (i % 10 != 0).then_some(*c)));
        let options = UmapOptions { epochs: Some(200), ..Default::default() };
        let width = |labels_given| {
            let fit = umap(&blobs(), labels_given, &options, 2).unwrap();
            silhouette(&fit.map, &labels, &Default::default()).unwrap().mean
        };
        let (without, with) = (width(None), width(Some(&labels)));
        assert!(with > without + 0.1, "{without} without labels, {with} with them");
    }

    #[test]
    fn few_and_coincident_cells_have_finite_maps_and_impossible_requests_are_refused() {
        for n in [4, 5, 12] {
            let fit = umap(&blobs().select(&(0..n).collect::<Vec<_>>()), None, &UmapOptions::default(), 0).unwrap();
            assert_eq!((fit.map.rows(), fit.neighbours), (n, n.min(15)));
        }
        let same = Matrix::numbered((0..20).map(|i| i.to_string()).collect(), "x", 1, vec![2.0; 20]).unwrap();
        let fit = umap(&same, None, &UmapOptions::default(), 0).unwrap();
        assert!(fit.map.values().iter().all(|v| v.is_finite()));
        let refuse =
            |x: &Matrix, options: &str| umap(x, None, &serde_json::from_str(options).unwrap(), 0).unwrap_err().message;
        assert_eq!(refuse(&blobs().select(&[0, 1, 2]), "{}"), "umap needs at least 4 cells, not 3");
        assert!(refuse(&blobs(), r#"{"neighbours": 1}"#).contains("`neighbours` is `1`, expected 2 or more"));
        assert!(refuse(&blobs(), r#"{"min_dist": 2.0}"#).contains("`min_dist` is `2`, expected 0 to `spread`"));
        assert!(refuse(&blobs(), r#"{"components": 11}"#).contains("expected 1 to 10"));
        let two = Labels::from_clusters(&[0, 1]);
        assert!(
            umap(&blobs(), Some(&two), &UmapOptions::default(), 0).unwrap_err().message.contains("2 labels for 160")
        );
    }
}
