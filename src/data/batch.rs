//! Batches: views side by side, padded to the longest, as a model takes them.

use rand::Rng as _;
use rayon::prelude::*;

use super::features::{self, Feature};
use crate::augment::View;
use crate::morph::NO_PARENT;
use crate::positional::Encoding;
use crate::run::seed::Rng;

/// Who is joined to whom among the tokens of one graph: token 0 is the class token, token `i + 1` is node `i`.
///
/// Row `i` lists the tokens that `i` is adjacent to, itself included; a node without neighbours has none, and the class
/// token has only itself. Stored as compressed rows: nothing of size tokens x tokens exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjacency {
    offsets: Vec<u32>,
    targets: Vec<u32>,
}

impl Adjacency {
    /// The adjacency of a tree or forest given by its parents.
    pub fn from_parents(parent: &[u32]) -> Adjacency {
        let edges = parent.iter().enumerate().filter(|(_, p)| **p != NO_PARENT).map(|(i, &p)| (i as u32, p));
        Adjacency::from_edges(parent.len(), edges)
    }

    /// The adjacency of any graph of `nodes` nodes, each undirected edge given once.
    pub fn from_edges(nodes: usize, edges: impl Iterator<Item = (u32, u32)>) -> Adjacency {
        let mut rows: Vec<(u32, u32)> = vec![(0, 0)];
        for (a, b) in edges {
            rows.extend([(a + 1, b + 1), (b + 1, a + 1), (a + 1, a + 1), (b + 1, b + 1)]);
        }
        rows.sort_unstable();
        rows.dedup();
        let mut offsets = vec![0; nodes + 2];
        for &(row, _) in &rows {
            offsets[row as usize + 1] += 1;
        }
        for i in 0..=nodes {
            offsets[i + 1] += offsets[i];
        }
        Adjacency { offsets, targets: rows.into_iter().map(|(_, target)| target).collect() }
    }

    /// Number of tokens: the nodes and the class token.
    pub fn tokens(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The tokens adjacent to a token.
    pub fn row(&self, token: usize) -> &[u32] {
        &self.targets[self.offsets[token] as usize..self.offsets[token + 1] as usize]
    }
}

/// What a model wants to be told about each node.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The features, in order.
    pub features: Vec<Feature>,
    /// The length that counts as 1, in the neurons' unit.
    pub unit: f64,
    /// The positional encoding.
    pub encoding: Encoding,
}

/// Views side by side. Arrays are row-major and padded with zeros to `nodes` nodes.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Nodes of the largest graph.
    pub nodes: usize,
    /// Numbers per node in `features`.
    pub feature_width: usize,
    /// Width of the positional encoding.
    pub encoding_width: usize,
    /// Node features, `[graphs, nodes, feature_width]`.
    pub features: Vec<f32>,
    /// Positional encodings, `[graphs, nodes, encoding_width]`.
    pub encoding: Vec<f32>,
    /// The share of its graph's length that belongs to each node, `[graphs, nodes]`.
    pub cable: Vec<f32>,
    /// Adjacency of each graph, which also says how many nodes it has.
    pub adjacency: Vec<Adjacency>,
}

impl Batch {
    /// Batches views, computing their features and positional encodings in parallel.
    pub fn new(views: &[View], layout: &Layout) -> Batch {
        let nodes = views.iter().map(View::len).max().unwrap_or(0);
        let (feature_width, encoding_width) = (features::width(&layout.features), layout.encoding.width());
        let part = |view: &View| {
            let mut features = features::compute(view, &layout.features, layout.unit);
            let mut encoding = layout.encoding.encode(&view.parent);
            let mut cable = features::cable(view);
            features.resize(nodes * feature_width, 0.0);
            encoding.resize(nodes * encoding_width, 0.0);
            cable.resize(nodes, 0.0);
            ([features, encoding, cable], Adjacency::from_parents(&view.parent))
        };
        let parts: Vec<_> = views.par_iter().map(part).collect();
        let mut batch = Batch {
            nodes,
            feature_width,
            encoding_width,
            features: Vec::with_capacity(views.len() * nodes * feature_width),
            encoding: Vec::with_capacity(views.len() * nodes * encoding_width),
            cable: Vec::with_capacity(views.len() * nodes),
            adjacency: Vec::with_capacity(views.len()),
        };
        for ([features, encoding, cable], adjacency) in parts {
            batch.features.extend(features);
            batch.encoding.extend(encoding);
            batch.cable.extend(cable);
            batch.adjacency.push(adjacency);
        }
        batch
    }

    /// Multiplies every column of every graph's encoding with 1 or -1 at random: an eigenvector's sign means nothing,
    /// and a model that sees both learns so.
    pub fn flip_signs(&mut self, rng: &mut Rng) {
        let size = self.nodes * self.encoding_width;
        for graph in self.encoding.chunks_exact_mut(size.max(1)) {
            let signs: Vec<f32> =
                (0..self.encoding_width).map(|_| if rng.r#gen::<bool>() { 1.0 } else { -1.0 }).collect();
            for row in graph.chunks_exact_mut(self.encoding_width) {
                row.iter_mut().zip(&signs).for_each(|(v, s)| *v *= s);
            }
        }
    }

    /// Number of graphs.
    pub fn graphs(&self) -> usize {
        self.adjacency.len()
    }

    /// Tokens of the largest graph: its nodes and the class token.
    pub fn tokens(&self) -> usize {
        self.nodes + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_hold_neighbours_and_oneself() {
        // 0 - 1, 0 - 2, and 3 alone.
        let adjacency = Adjacency::from_parents(&[NO_PARENT, 0, 0, NO_PARENT]);
        assert_eq!(adjacency.tokens(), 5);
        assert_eq!(adjacency.row(0), [0]);
        assert_eq!(adjacency.row(1), [1, 2, 3]);
        assert_eq!(adjacency.row(2), [1, 2]);
        assert!(adjacency.row(4).is_empty());
    }

    #[test]
    fn neurons_of_different_sizes_are_padded_and_signs_flip_by_column() {
        let view = |n: u32| View {
            position: (0..n).map(|i| [i as f32, 1.0, 0.0]).collect(),
            radius: vec![1.0; n as usize],
            kind: vec![3; n as usize],
            parent: (0..n).map(|i| if i == 0 { NO_PARENT } else { i - 1 }).collect(),
            sample: (0..n).collect(),
            anchor: 0,
        };
        let encoding = Encoding { kind: crate::positional::Kind::Laplacian, width: 3, scaled: true };
        let layout = Layout { features: vec![Feature::Degree, Feature::Position], unit: 2.0, encoding };
        let batch = Batch::new(&[view(2), view(5)], &layout);
        assert_eq!((batch.graphs(), batch.nodes, batch.feature_width), (2, 5, 4));
        assert_eq!(batch.features[..12], [1.0, 0.0, 0.5, 0.0, 1.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(batch.features.len(), 40);
        // Both are chains: inner nodes have two halves of an edge, ends one.
        assert_eq!(batch.cable, [0.5, 0.5, 0.0, 0.0, 0.0, 0.125, 0.25, 0.25, 0.25, 0.125]);
        let mut flipped = batch.clone();
        flipped.flip_signs(&mut crate::run::seed::stream(1, "signs", 0));
        let factor = |graph: usize, node: usize, column: usize| {
            let at = (graph * 5 + node) * 3 + column;
            flipped.encoding[at] / batch.encoding[at]
        };
        for column in 0..3 {
            let sign = factor(1, 0, column);
            assert!(sign.abs() == 1.0 && (1..5).all(|node| factor(1, node, column) == sign || node == 2));
        }
    }
}
