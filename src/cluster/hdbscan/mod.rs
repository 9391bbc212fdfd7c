//! HDBSCAN: clusters as regions denser than their surroundings, of whatever shape and density, and the rest as noise.
//!
//! Campello, Moulavi & Sander 2013, with McInnes & Healy's condensed tree (2017): rows are joined by the minimum
//! spanning tree of their mutual reachability; cutting it at rising densities gives a tree of clusters, of which the most
//! stable are told. There is no number of clusters to choose, but a smallest size. Distances are exact and all computed
//! twice, so time grows with the square of the number of rows; memory does not.
//!
//! Labels are scikit-learn's, outlier scores those of McInnes' `hdbscan`.

mod condensed;
mod mst;
mod select;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::condensed::Condensed;
use self::mst::spanning_tree;
pub use self::select::Selection;
use self::select::{Rules, select};
use super::input::{numbered, space};
use crate::data::table::Column;
use crate::data::{Labels, Matrix, Origin, Outcome, Table};
use crate::distance::{Metric, Space, nearest};
use crate::error::{Error, Result};

/// How clusters are found.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct HdbscanOptions {
    /// Fewest rows of a cluster.
    pub min_cluster_size: usize,
    /// Number of rows, itself included, that make a row's surroundings; none: `min_cluster_size`. More make more noise.
    pub min_samples: Option<usize>,
    /// What near means.
    pub metric: Metric,
    /// `eom` or `leaf`.
    pub selection: Selection,
    /// Clusters that part at smaller distances than this are not parted.
    pub epsilon: f64,
    /// Most rows of a cluster that has parts; none: any number.
    pub max_cluster_size: Option<usize>,
    /// Whether all rows may be one cluster.
    pub allow_single_cluster: bool,
}

impl Default for HdbscanOptions {
    fn default() -> Self {
        HdbscanOptions {
            min_cluster_size: 5,
            min_samples: None,
            metric: Metric::default(),
            selection: Selection::default(),
            epsilon: 0.0,
            max_cluster_size: None,
            allow_single_cluster: false,
        }
    }
}

/// Clusters, noise, and how sure each row's place is.
#[derive(Clone, Debug)]
pub struct Hdbscan {
    /// The cluster of each row, `0` being the largest; rows that are noise have none.
    pub labels: Labels,
    /// Of each row, how deep in its cluster it lies: 1 in the core, 0 for noise.
    pub probabilities: Vec<f64>,
    /// Of each row, how far outside it lies (GLOSH): 0 in the densest place, nearly 1 far outside.
    pub outlier_scores: Vec<f64>,
    /// Of each cluster, the sum of the ranges of density (one over distance) through which its rows stay in it.
    pub stability: Vec<f64>,
    ids: Arc<[String]>,
    origin: Origin,
    /// What predictions need.
    fitted: Fitted,
}

#[derive(Clone, Debug)]
struct Fitted {
    space: Space<'static>,
    core: Vec<f64>,
    min_samples: usize,
    tree: Condensed,
    /// Of each node of the tree, the number of the told cluster that it lies in.
    told: Vec<Option<usize>>,
    /// Of each told cluster, the largest density in it.
    death: Vec<f64>,
}

/// Finds dense regions among the rows of a matrix; for `metric: "precomputed"`, a matrix of distances.
///
/// # Errors
/// When an option is out of range, a value cannot be used, or there are fewer rows than a cluster's or a row's
/// surroundings need.
pub fn hdbscan(x: &Matrix, options: &HdbscanOptions) -> Result<Hdbscan> {
    let space = space(x, options.metric, "hdbscan")?;
    let min_samples = check(x.rows(), options)?;
    let core = space.core_distances(min_samples)?;
    let edges = spanning_tree(&space, &core)?;
    let tree = Condensed::new(x.rows(), &edges, options.min_cluster_size);
    let rules = Rules {
        selection: options.selection,
        epsilon: options.epsilon,
        max_size: options.max_cluster_size.unwrap_or(usize::MAX),
        allow_single: options.allow_single_cluster,
    };
    let chosen = select(&tree, &rules);
    let mut above: Vec<Option<usize>> = vec![None; tree.nodes.len()];
    for at in 0..tree.nodes.len() {
        above[at] = if chosen[at] { Some(at) } else { above[tree.nodes[at].parent] };
    }
    // Where all rows are one cluster, those that dropped out before its core are noise.
    let threshold = if options.epsilon > 0.0 { 1.0 / options.epsilon } else { tree.nodes[0].death };
    let found: Vec<Option<usize>> = tree
        .cluster
        .iter()
        .zip(&tree.lambda)
        .map(|(&node, &lambda)| above[node].filter(|&told| told != 0 || lambda >= threshold))
        .collect();
    let (labels, order) = numbered(&found);
    let probability = |(told, &lambda): (&Option<usize>, &f64)| match told {
        None => 0.0,
        Some(told) => share(lambda, tree.nodes[*told].death),
    };
    let rank = |told: usize| order.iter().position(|&o| o == told);
    Ok(Hdbscan {
        labels,
        probabilities: found.iter().zip(&tree.lambda).map(probability).collect(),
        outlier_scores: tree.outlier_scores(),
        stability: order.iter().map(|&node| tree.nodes[node].stability).collect(),
        ids: x.ids().clone(),
        origin: Origin::new("cluster::hdbscan", x, options, None),
        fitted: Fitted {
            told: above.iter().map(|told| told.and_then(rank)).collect(),
            death: order.iter().map(|&node| tree.nodes[node].death).collect(),
            space: space.into_owned(),
            core,
            min_samples,
            tree,
        },
    })
}

/// The number of rows that make a row's surroundings, if all options can be used.
fn check(n: usize, options: &HdbscanOptions) -> Result<usize> {
    if options.min_cluster_size < 2 {
        return Err(Error::value(format!(
            "hdbscan: `min_cluster_size` is `{}`, expected at least 2",
            options.min_cluster_size
        )));
    }
    let min_samples = options.min_samples.unwrap_or(options.min_cluster_size);
    for (name, value) in [("min_cluster_size", options.min_cluster_size), ("min_samples", min_samples)] {
        if value == 0 || value > n {
            return Err(Error::value(format!("hdbscan: `{name}` is `{value}`, expected 1 to {n}, the number of rows"))
                .help("ask for smaller clusters, or give more cells"));
        }
    }
    if !(options.epsilon.is_finite() && options.epsilon >= 0.0) {
        return Err(Error::value(format!("hdbscan: `epsilon` is `{}`, expected 0 or more", options.epsilon)));
    }
    Ok(min_samples)
}

/// The share of a cluster's largest density that a row reaches.
fn share(lambda: f64, death: f64) -> f64 {
    if death == 0.0 || !lambda.is_finite() {
        return 1.0;
    }
    lambda.min(death) / death
}

impl Hdbscan {
    /// Where other rows with the same columns would lie: each with the row that is nearest to it by mutual reachability,
    /// as deep as its own density allows, in a told cluster or as noise; and its probability. The clusters stay as they
    /// are, so this is an approximation. For distances that were given, `x` has those of other rows (rows) from the
    /// fitted ones (columns).
    ///
    /// # Errors
    /// When the number of columns differs or a value cannot be used.
    pub fn predict(&self, x: &Matrix) -> Result<(Labels, Vec<f64>)> {
        let Fitted { space, core, min_samples, tree, told, death } = &self.fitted;
        let places = space.compare(x, "hdbscan", |_, near| {
            let own = nearest(near, *min_samples).last().map_or(f64::INFINITY, |&(d, _)| d);
            let reach = |row: usize| near[row].max(core[row]).max(own);
            let nearest = (1..near.len()).fold(0, |best, row| if reach(row) < reach(best) { row } else { best });
            let lambda = 1.0 / reach(nearest);
            let mut node = tree.cluster[nearest];
            while node > 0 && tree.nodes[node].birth >= lambda {
                node = tree.nodes[node].parent;
            }
            told[node].map(|cluster| (cluster, share(lambda, death[cluster])))
        })?;
        let labels = Labels::new(places.iter().map(|place| place.map(|(cluster, _)| cluster.to_string())));
        Ok((labels, places.iter().map(|place| place.map_or(0.0, |(_, share)| share)).collect()))
    }

    /// Number of rows that are noise.
    pub fn noise(&self) -> usize {
        self.labels.codes().iter().filter(|code| code.is_none()).count()
    }
}

impl Outcome for Hdbscan {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        vec![("clusters", self.stability.len() as f64), ("noise", self.noise() as f64)]
    }

    fn table(&self) -> Result<Table> {
        let cluster = Column::texts("cluster", (0..self.labels.len()).map(|cell| self.labels.get(cell)));
        let probability = Column::numbers("probability", self.probabilities.clone());
        let outlier = Column::numbers("outlier_score", self.outlier_scores.clone());
        Table::new(self.ids.clone(), vec![cluster, probability, outlier])
    }
}

impl std::fmt::Display for Hdbscan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (clusters, cells) = (self.stability.len(), self.labels.len());
        write!(f, "Hdbscan({clusters} clusters of {cells} cells, {} noise)", self.noise())?;
        for ((cluster, size), stability) in self.labels.classes().iter().zip(self.labels.counts()).zip(&self.stability)
        {
            write!(f, "\ncluster {cluster:>3} {size:>7} cells, stability {stability:.3}")?;
        }
        Ok(())
    }
}
