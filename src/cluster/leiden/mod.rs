//! Leiden: communities of the graph in which each row is joined to its nearest neighbours.
//!
//! Traag, Waltman & van Eck 2019, one thread for each start. Communities are connected, which those of the older Louvain
//! algorithm need not be. The number of communities comes from the `resolution`.

mod graph;
mod moves;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use self::graph::EdgeWeights;
use self::graph::{Graph, edges_of_graph, edges_of_rows};
use self::moves::{compact, improve, quality};
use super::input::{numbered, space};
use crate::data::table::Column;
use crate::data::{Labels, Matrix, Origin, Outcome, Table};
use crate::distance::Metric;
use crate::error::{Error, Result};
use crate::morph::nblast::KnnGraph;
use crate::run::seed;

/// How the graph is made and its communities are found.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LeidenOptions {
    /// Number of neighbours of each row. A graph that is given has its own.
    pub k: usize,
    /// What near means. A graph that is given has its own.
    pub metric: Metric,
    /// What edges weigh: `jaccard`, `binary` or `score`.
    pub weights: EdgeWeights,
    /// `modularity` or `cpm`.
    pub objective: Objective,
    /// The larger, the more and smaller communities.
    pub resolution: f64,
    /// Number of random starts, of which the one of the best quality is kept.
    pub starts: usize,
    /// Most runs of a start; each begins with the last one's communities. It ends when a run gains nothing.
    pub max_iter: usize,
}

impl Default for LeidenOptions {
    fn default() -> Self {
        LeidenOptions {
            k: 15,
            metric: Metric::default(),
            weights: EdgeWeights::default(),
            objective: Objective::default(),
            resolution: 1.0,
            starts: 10,
            max_iter: 50,
        }
    }
}

/// What communities are compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// The weight that chance would put inside, given the nodes' degrees, times `resolution` (Reichardt & Bornholdt
    /// 2006; at 1, Newman's modularity).
    #[default]
    Modularity,
    /// An edge weight of `resolution` between all pairs, the constant Potts model (Traag, Van Dooren & Nesterov 2011).
    Cpm,
}

/// Communities of a graph of neighbours.
#[derive(Clone, Debug)]
pub struct Leiden {
    /// The community of each row, `0` being the largest.
    pub labels: Labels,
    /// Newman's modularity of the communities at the resolution: at most 1. For `cpm` as well, so that both compare.
    pub modularity: f64,
    /// The objective that was made large, in units of edge weight.
    pub quality: f64,
    /// Number of edges of the graph.
    pub edges: usize,
    /// Runs of the start that was kept.
    pub steps: usize,
    objective: Objective,
    ids: Arc<[String]>,
    origin: Origin,
}

/// Finds communities among the rows of a matrix; for `metric: "precomputed"`, of a matrix of distances.
///
/// # Errors
/// When an option is out of range, a value cannot be used, or there are not more than `k` rows.
pub fn leiden(x: &Matrix, options: &LeidenOptions, seed: u64) -> Result<Leiden> {
    check(options)?;
    let space = space(x, options.metric, "leiden")?;
    if options.k == 0 || options.k >= x.rows() {
        return Err(Error::value(format!("leiden: `{}` neighbours among {} rows", options.k, x.rows()))
            .help("`k` must be at least 1 and less than the number of rows"));
    }
    let edges = edges_of_rows(&space, options.k, options.weights)?;
    communities(x.ids(), &edges, options, seed, Origin::new("cluster::leiden", x, options, Some(seed)))
}

/// Finds communities in a graph of scores, such as NBLAST's.
///
/// # Errors
/// When an option is out of range, or no edge has a weight of more than 0.
pub fn leiden_of_graph(graph: &KnnGraph, options: &LeidenOptions, seed: u64) -> Result<Leiden> {
    check(options)?;
    let edges = edges_of_graph(graph, options.weights);
    // Neighbours and scores, which are the data here, as rows of one length.
    let mut values = Vec::with_capacity(2 * graph.k() * graph.len());
    for cell in 0..graph.len() {
        let near = graph.neighbours(cell);
        values.extend(near.iter().flat_map(|near| [near.cell as f64, near.score]));
        values.resize(2 * graph.k() * (cell + 1), f64::NAN);
    }
    let data = Matrix::numbered(graph.ids().clone(), "near", 2 * graph.k(), values)?;
    let mut origin = Origin::new("cluster::leiden", &data, options, Some(seed));
    origin.columns = graph.k();
    communities(graph.ids(), &edges, options, seed, origin)
}

fn check(options: &LeidenOptions) -> Result<()> {
    if !(options.resolution.is_finite() && options.resolution >= 0.0) {
        return Err(Error::value(format!("leiden: `resolution` is `{}`, expected 0 or more", options.resolution)));
    }
    if options.starts == 0 || options.max_iter == 0 {
        return Err(Error::value("leiden: `starts` and `max_iter` must be at least 1"));
    }
    Ok(())
}

fn communities(
    ids: &Arc<[String]>,
    edges: &[(usize, usize, f64)],
    options: &LeidenOptions,
    seed: u64,
    origin: Origin,
) -> Result<Leiden> {
    let n = ids.len();
    if edges.is_empty() {
        return Err(Error::value(format!("leiden: the graph of {n} cells has no edge of a weight above 0"))
            .help("more neighbours, or `weights: \"binary\"`"));
    }
    let mut degree = vec![0.0; n];
    for &(a, b, weight) in edges {
        degree[a] += weight;
        degree[b] += weight;
    }
    let twice = degree.iter().sum::<f64>();
    let by_degree = options.resolution / twice;
    let (mass, gamma) = match options.objective {
        Objective::Modularity => (degree.clone(), by_degree),
        Objective::Cpm => (vec![1.0; n], options.resolution),
    };
    let graph = Graph::new(n, edges, vec![0.0; n], mass);
    let fits: Vec<(f64, Vec<usize>, usize)> = (0..options.starts as u64)
        .into_par_iter()
        .map(|start| one_start(&graph, gamma, options.max_iter, &mut seed::stream(seed, "leiden", start)))
        .collect::<Result<_>>()?;
    let (quality, community, steps) = fits
        .into_iter()
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .expect("there is at least one start");
    let of_degrees = graph.with_mass(degree);
    Ok(Leiden {
        labels: numbered(&community.iter().map(|&c| Some(c)).collect::<Vec<_>>()).0,
        modularity: moves::quality(&of_degrees, &community, by_degree) * 2.0 / twice,
        quality,
        edges: edges.len(),
        steps,
        objective: options.objective,
        ids: ids.clone(),
        origin,
    })
}

/// Runs from single rows until one gains nothing: quality, communities and runs.
fn one_start(graph: &Graph, gamma: f64, max_iter: usize, rng: &mut seed::Rng) -> Result<(f64, Vec<usize>, usize)> {
    let mut community: Vec<usize> = (0..graph.len()).collect();
    let mut last = quality(graph, &community, gamma);
    let mut steps = 0;
    while steps < max_iter {
        steps += 1;
        let mut next = improve(graph, &community, gamma, rng)?;
        // Moving nodes one by one can cut a community in two. Its parts are better communities.
        next = graph.connected_parts(&next);
        compact(&mut next);
        let now = quality(graph, &next, gamma);
        if now <= last + 1e-10 * last.abs() {
            break;
        }
        (last, community) = (now, next);
    }
    Ok((last, community, steps))
}

impl Outcome for Leiden {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        let clusters = self.labels.classes().len() as f64;
        vec![
            ("clusters", clusters),
            ("modularity", self.modularity),
            ("quality", self.quality),
            ("edges", self.edges as f64),
            ("steps", self.steps as f64),
        ]
    }

    fn table(&self) -> Result<Table> {
        let cluster = Column::texts("cluster", (0..self.labels.len()).map(|cell| self.labels.get(cell)));
        Table::new(self.ids.clone(), vec![cluster])
    }
}

impl std::fmt::Display for Leiden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (clusters, cells) = (self.labels.classes().len(), self.labels.len());
        write!(f, "Leiden({clusters} communities of {cells} cells, modularity {:.4}", self.modularity)?;
        if self.objective == Objective::Cpm {
            write!(f, ", CPM quality {:.4}", self.quality)?;
        }
        write!(f, ", {} edges)", self.edges)
    }
}
