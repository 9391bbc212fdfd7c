//! The normalised Laplacian of a tree, stored like the tree.

use serde::{Deserialize, Serialize};

use crate::morph::NO_PARENT;

/// Which end of the spectrum encodes position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// The highest frequencies but the very highest, as the published GraphDINO checkpoint was trained.
    #[default]
    Highest,
    /// The lowest frequencies but the constant one: global position in the tree.
    Lowest,
}

/// The symmetrically normalised Laplacian of a tree (or forest) whose connected nodes carry a self loop:
/// `I - D^-1/2 A D^-1/2` with `A` the adjacency plus the identity on nodes that have a neighbour.
///
/// Off the diagonal it has one entry per edge, so it is stored like the tree: one entry per node, for the edge to its
/// parent.
#[derive(Clone, Debug)]
pub struct Laplacian {
    /// Parent of each node, smaller than the node; [`NO_PARENT`] for a root.
    pub(super) parent: Vec<u32>,
    /// Diagonal entries.
    pub(super) diagonal: Vec<f64>,
    /// Entry between each node and its parent; 0 for a root.
    pub(super) edge: Vec<f64>,
}

impl Laplacian {
    /// The Laplacian of a tree given by its parents, which come before their children.
    pub fn new(parent: &[u32]) -> Laplacian {
        let mut degree = vec![0.0; parent.len()];
        for (node, &above) in parent.iter().enumerate().filter(|(_, p)| **p != NO_PARENT) {
            degree[node] += 1.0;
            degree[above as usize] += 1.0;
        }
        // A single node has no neighbour, hence no self loop; its degree is raised to 1 to divide by.
        let diagonal = degree.iter().map(|&d: &f64| if d > 0.0 { 1.0 - 1.0 / (d + 1.0) } else { 1.0 }).collect();
        let edge = parent
            .iter()
            .enumerate()
            .map(|(node, &above)| match above {
                NO_PARENT => 0.0,
                above => -1.0 / ((degree[node] + 1.0) * (degree[above as usize] + 1.0)).sqrt(),
            })
            .collect();
        Laplacian { parent: parent.to_vec(), diagonal, edge }
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.parent.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.parent.is_empty()
    }

    /// `y = L x`.
    pub(super) fn times(&self, x: &[f64], y: &mut [f64]) {
        for node in 0..self.len() {
            y[node] = self.diagonal[node] * x[node];
        }
        for node in 0..self.len() {
            if self.parent[node] != NO_PARENT {
                let above = self.parent[node] as usize;
                y[node] += self.edge[node] * x[above];
                y[above] += self.edge[node] * x[node];
            }
        }
    }
}
