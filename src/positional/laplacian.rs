//! Laplacian positional encoding of a tree (Dwivedi & Bresson 2021, as GraphDINO uses it).

use serde::{Deserialize, Serialize};

use super::{dense, eigen};
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

    /// `count` eigenvalues and unit eigenvectors from one end of the spectrum, outermost first.
    ///
    /// Each vector's largest entry is positive, so that equal trees give equal vectors.
    pub fn extreme(&self, band: Band, count: usize) -> Vec<(f64, Vec<f64>)> {
        let count = count.min(self.len());
        let mut pairs = eigen::extreme(self, band, count).unwrap_or_else(|| dense::extreme(self, band, count));
        for (_, vector) in &mut pairs {
            let largest = vector.iter().copied().fold(0.0, |a: f64, v| if v.abs() > a.abs() + 1e-9 { v } else { a });
            if largest < 0.0 {
                vector.iter_mut().for_each(|v| *v = -*v);
            }
        }
        pairs
    }
}

/// The encoding of each node: row-major `[nodes, width]`, one eigenvector per column, the outermost one left out,
/// zeros on the right where the tree has too few nodes.
pub fn encode(parent: &[u32], band: Band, width: usize) -> Vec<f32> {
    let mut encoding = vec![0.0; parent.len() * width];
    let pairs = Laplacian::new(parent).extreme(band, width + 1);
    for (column, (_, vector)) in pairs.iter().skip(1).enumerate() {
        for (node, &v) in vector.iter().enumerate() {
            encoding[node * width + column] = v as f32;
        }
    }
    encoding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::seed::stream;
    use rand::Rng as _;

    fn random_tree(n: usize, branchiness: f64, seed: u64) -> Vec<u32> {
        let mut rng = stream(seed, "tree", 0);
        (0..n as u32)
            .map(|i| match i {
                0 => NO_PARENT,
                i if rng.gen_bool(branchiness) => rng.gen_range(0..i),
                i => i - 1,
            })
            .collect()
    }

    /// Residuals, orthonormality and eigenvalues against a dense solver, on both ends.
    fn check(parent: &[u32]) {
        let lap = Laplacian::new(parent);
        for band in [Band::Highest, Band::Lowest] {
            let count = 33.min(lap.len());
            let fast = eigen::extreme(&lap, band, count).expect("the tree solver finds these");
            let slow = dense::extreme(&lap, band, count);
            for (i, ((value, vector), (reference, _))) in fast.iter().zip(&slow).enumerate() {
                assert!((value - reference).abs() < 1e-12, "{band:?} {i}: {value} for {reference}");
                let mut product = vec![0.0; lap.len()];
                lap.times(vector, &mut product);
                let residual = product.iter().zip(vector).map(|(p, v)| (p - value * v).powi(2)).sum::<f64>().sqrt();
                assert!(residual < 1e-11, "{band:?} {i}: residual {residual}");
                for (j, (_, other)) in fast.iter().enumerate().take(i + 1) {
                    let dot: f64 = vector.iter().zip(other).map(|(a, b)| a * b).sum();
                    assert!((dot - f64::from(i == j)).abs() < 1e-10, "{band:?} {i} {j}: {dot}");
                }
            }
        }
    }

    #[test]
    fn the_tree_solver_agrees_with_a_dense_one() {
        for seed in 0..6 {
            check(&random_tree(200, 0.1, seed));
        }
        check(&random_tree(1000, 0.05, 9));
    }

    #[test]
    fn repeated_eigenvalues_give_a_basis() {
        // A star has one eigenvalue n - 2 times; a forest repeats the spectrum of equal trees.
        let star: Vec<u32> = (0..60).map(|i| if i == 0 { NO_PARENT } else { 0 }).collect();
        check(&star);
        let forest: Vec<u32> = (0..80u32).map(|i| if i % 20 == 0 { NO_PARENT } else { i - 1 }).collect();
        check(&forest);
    }

    #[test]
    fn small_trees_are_padded_with_zeros() {
        let encoding = encode(&random_tree(5, 0.5, 1), Band::Highest, 8);
        for row in encoding.chunks(8) {
            assert!(row[4..].iter().all(|&v| v == 0.0));
        }
        assert_eq!(encode(&[NO_PARENT], Band::Highest, 4), [0.0; 4]);
    }
}
