//! Positional encodings of a tree by name; Laplacian ones (Dwivedi & Bresson 2021) as GraphDINO uses them.

use serde::{Deserialize, Serialize};

use super::laplacian::{Band, Laplacian};
use super::{dense, eigen, random_walk};

/// `count` eigenvalues and unit eigenvectors from one end of the spectrum, outermost first.
///
/// Each vector's largest entry is positive, so that equal trees give equal vectors.
pub fn extreme(lap: &Laplacian, band: Band, count: usize) -> Vec<(f64, Vec<f64>)> {
    let count = count.min(lap.len());
    let mut pairs = eigen::extreme(lap, band, count).unwrap_or_else(|| dense::extreme(lap, band, count));
    for (_, vector) in &mut pairs {
        let largest = vector.iter().copied().fold(0.0, |a: f64, v| if v.abs() > a.abs() + 1e-9 { v } else { a });
        if largest < 0.0 {
            vector.iter_mut().for_each(|v| *v = -*v);
        }
    }
    pairs
}

/// Which positional encoding a model reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Eigenvectors of the lowest eigenvalues but the constant one: global position in the tree.
    #[default]
    #[serde(alias = "lowest")]
    Laplacian,
    /// Eigenvectors of the highest eigenvalues but the very highest, as the published GraphDINO was trained.
    #[serde(alias = "highest")]
    LaplacianHighest,
    /// Probabilities that a random walk is back after 2, 4, 6, … steps (after odd numbers a tree never lets it).
    RandomWalk,
    /// None.
    None,
}

/// A positional encoding with its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// Which.
    pub kind: Kind,
    /// Numbers per node.
    pub width: usize,
    /// Multiplies eigenvectors with the square root of the number of nodes, which makes their entries of order one
    /// whatever the size of the tree.
    pub scaled: bool,
}

impl Encoding {
    /// Numbers per node that a model reads: none for [`Kind::None`].
    pub fn width(&self) -> usize {
        if self.kind == Kind::None { 0 } else { self.width }
    }

    /// Whether a column's sign is arbitrary, so that training may flip it.
    pub fn has_free_signs(&self) -> bool {
        matches!(self.kind, Kind::Laplacian | Kind::LaplacianHighest)
    }

    /// The encoding of each node of a tree given by its parents: row-major `[nodes, width]`.
    pub fn encode(&self, parent: &[u32]) -> Vec<f32> {
        let mut encoding = match self.kind {
            Kind::Laplacian => laplacian(parent, Band::Lowest, self.width),
            Kind::LaplacianHighest => laplacian(parent, Band::Highest, self.width),
            Kind::RandomWalk => random_walk::encode(parent, self.width),
            Kind::None => Vec::new(),
        };
        if self.scaled && self.has_free_signs() {
            let factor = (parent.len() as f32).sqrt();
            encoding.iter_mut().for_each(|v| *v *= factor);
        }
        encoding
    }
}

/// Eigenvectors of one end of the spectrum, one per column, the outermost one left out, zeros on the right where the
/// tree has too few nodes.
fn laplacian(parent: &[u32], band: Band, width: usize) -> Vec<f32> {
    let mut encoding = vec![0.0; parent.len() * width];
    let pairs = extreme(&Laplacian::new(parent), band, width + 1);
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
    use crate::morph::NO_PARENT;
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
        let encoding = laplacian(&random_tree(5, 0.5, 1), Band::Highest, 8);
        for row in encoding.chunks(8) {
            assert!(row[4..].iter().all(|&v| v == 0.0));
        }
        assert_eq!(laplacian(&[NO_PARENT], Band::Highest, 4), [0.0; 4]);
    }

    #[test]
    fn scaling_makes_entries_of_order_one() {
        let tree = random_tree(400, 0.1, 3);
        let encoding = |scaled| Encoding { kind: Kind::Laplacian, width: 4, scaled }.encode(&tree);
        let mean_square = encoding(true).iter().map(|v| v * v).sum::<f32>() / 1600.0;
        assert!((mean_square - 1.0).abs() < 1e-4, "{mean_square}");
        for (a, b) in encoding(true).iter().zip(encoding(false)) {
            assert!((a - 20.0 * b).abs() < 1e-5);
        }
        let none = Encoding { kind: Kind::None, width: 4, scaled: true };
        assert_eq!((none.width(), none.encode(&tree).len()), (0, 0));
    }
}
