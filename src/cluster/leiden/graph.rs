//! The weighted graph in which communities are sought.

use std::collections::HashMap;

use crate::distance::Space;
use crate::error::Result;
use crate::morph::nblast::KnnGraph;
use serde::{Deserialize, Serialize};

/// What an edge between neighbours weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeWeights {
    /// The same for all: 1.
    Binary,
    /// The share of neighbours that the two have in common, each counting as its own neighbour (Jaccard; Levine et al.
    /// 2015).
    #[default]
    Jaccard,
    /// How alike the two are: `1 / (1 + distance)` for rows; for a graph of scores the score, the mean of both where each
    /// has the other among its neighbours, and no edge where it is not more than 0.
    Score,
}

/// An undirected graph. Node by node, neighbours and weights; nodes carry what aggregation needs.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    start: Vec<usize>,
    neighbour: Vec<usize>,
    weight: Vec<f64>,
    /// Weight of the edges inside what a node stands for.
    pub(super) inside: Vec<f64>,
    /// What the objective counts of each node: its degree, or the rows that it stands for.
    pub(super) mass: Vec<f64>,
}

impl Graph {
    /// A graph of edges that are each given once, without loops.
    pub(super) fn new(nodes: usize, edges: &[(usize, usize, f64)], inside: Vec<f64>, mass: Vec<f64>) -> Self {
        let mut start = vec![0; nodes + 1];
        for &(a, b, _) in edges {
            start[a + 1] += 1;
            start[b + 1] += 1;
        }
        (0..nodes).for_each(|node| start[node + 1] += start[node]);
        let mut next = start.clone();
        let (mut neighbour, mut weight) = (vec![0; 2 * edges.len()], vec![0.0; 2 * edges.len()]);
        for &(a, b, w) in edges {
            for (from, to) in [(a, b), (b, a)] {
                (neighbour[next[from]], weight[next[from]]) = (to, w);
                next[from] += 1;
            }
        }
        Graph { start, neighbour, weight, inside, mass }
    }

    /// The same graph with other masses.
    pub(super) fn with_mass(self, mass: Vec<f64>) -> Graph {
        Graph { mass, ..self }
    }

    /// Number of nodes.
    pub(super) fn len(&self) -> usize {
        self.mass.len()
    }

    /// Number of edges between nodes.
    pub(super) fn edges(&self) -> usize {
        self.neighbour.len() / 2
    }

    /// Sum of the weights of all edges.
    pub(super) fn total(&self) -> f64 {
        0.5 * self.weight.iter().sum::<f64>() + self.inside.iter().sum::<f64>()
    }

    /// A node's neighbours with the edges' weights.
    pub(super) fn around(&self, node: usize) -> impl Iterator<Item = (usize, f64)> {
        let span = self.start[node]..self.start[node + 1];
        self.neighbour[span.clone()].iter().copied().zip(self.weight[span].iter().copied())
    }

    /// The graph whose nodes are the groups of this one's nodes; groups are numbered without gaps.
    pub(super) fn aggregate(&self, group: &[usize], groups: usize) -> Graph {
        let (mut inside, mut mass) = (vec![0.0; groups], vec![0.0; groups]);
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); groups];
        for node in 0..self.len() {
            inside[group[node]] += self.inside[node];
            mass[group[node]] += self.mass[node];
            members[group[node]].push(node);
        }
        let mut edges = Vec::new();
        let mut towards = vec![0.0; groups];
        for (own, members) in members.iter().enumerate() {
            let mut touched = Vec::new();
            for &node in members {
                for (other, weight) in self.around(node) {
                    let other = group[other];
                    if other == own {
                        // Either end sees the edge.
                        inside[own] += 0.5 * weight;
                    } else if other > own {
                        if towards[other] == 0.0 {
                            touched.push(other);
                        }
                        towards[other] += weight;
                    }
                }
            }
            edges.extend(touched.into_iter().map(|other| (own, other, std::mem::take(&mut towards[other]))));
        }
        Graph::new(groups, &edges, inside, mass)
    }

    /// The connected parts of the groups: each node's part, numbered without gaps.
    pub(super) fn connected_parts(&self, group: &[usize]) -> Vec<usize> {
        let mut part = vec![usize::MAX; self.len()];
        let mut parts = 0;
        let mut open = Vec::new();
        for first in 0..self.len() {
            if part[first] != usize::MAX {
                continue;
            }
            part[first] = parts;
            open.push(first);
            while let Some(node) = open.pop() {
                for (other, _) in self.around(node) {
                    if part[other] == usize::MAX && group[other] == group[node] {
                        part[other] = parts;
                        open.push(other);
                    }
                }
            }
            parts += 1;
        }
        part
    }
}

/// Edges between each row and the `k` nearest others, once for each pair.
pub(super) fn edges_of_rows(space: &Space, k: usize, weights: EdgeWeights) -> Result<Vec<(usize, usize, f64)>> {
    let near = space.nearest_others(k)?;
    let score = |distance: &f64| 1.0 / (1.0 + distance);
    let list =
        |row: usize| near.rows(row).iter().map(|&other| other as usize).zip(near.distances(row).iter().map(score));
    let lists: Vec<Vec<(usize, f64)>> = (0..near.len()).map(|row| list(row).collect()).collect();
    Ok(undirected(&lists, weights))
}

/// The edges of a graph of scores, once for each pair.
pub(super) fn edges_of_graph(graph: &KnnGraph, weights: EdgeWeights) -> Vec<(usize, usize, f64)> {
    let list = |cell: usize| graph.neighbours(cell).iter().map(|near| (near.cell, near.score)).collect();
    undirected(&(0..graph.len()).map(list).collect::<Vec<_>>(), weights)
}

fn undirected(lists: &[Vec<(usize, f64)>], weights: EdgeWeights) -> Vec<(usize, usize, f64)> {
    let sets: Vec<Vec<usize>> = lists
        .iter()
        .enumerate()
        .map(|(row, list)| {
            let mut set: Vec<usize> = list.iter().map(|&(other, _)| other).chain([row]).collect();
            set.sort_unstable();
            set
        })
        .collect();
    // Sum of scores and number of directions of each pair.
    let mut pairs: HashMap<(usize, usize), (f64, f64)> = HashMap::new();
    for (row, list) in lists.iter().enumerate() {
        for &(other, score) in list.iter().filter(|&&(other, _)| other != row) {
            let entry = pairs.entry((row.min(other), row.max(other))).or_default();
            *entry = (entry.0 + score, entry.1 + 1.0);
        }
    }
    let weigh = |((a, b), (sum, directions)): ((usize, usize), (f64, f64))| {
        let weight = match weights {
            EdgeWeights::Binary => 1.0,
            EdgeWeights::Jaccard => jaccard(&sets[a], &sets[b]),
            EdgeWeights::Score => sum / directions,
        };
        (a, b, weight)
    };
    let mut edges: Vec<_> = pairs.into_iter().map(weigh).filter(|&(_, _, weight)| weight > 0.0).collect();
    // The map's order is chance.
    edges.sort_unstable_by_key(|&(a, b, _)| (a, b));
    edges
}

/// Members in common over members of either, of sorted sets.
fn jaccard(a: &[usize], b: &[usize]) -> f64 {
    let common = a.iter().filter(|row| b.binary_search(row).is_ok()).count();
    common as f64 / (a.len() + b.len() - common) as f64
}
