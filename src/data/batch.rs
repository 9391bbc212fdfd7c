//! Batches: views side by side, padded to the longest, as a model takes them.

use rayon::prelude::*;

use crate::augment::View;
use crate::morph::NO_PARENT;
use crate::positional::{self, Band};

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

/// Views side by side. Arrays are row-major and padded with zeros to `nodes` nodes.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Nodes of the largest graph.
    pub nodes: usize,
    /// Width of the positional encoding.
    pub encoding_width: usize,
    /// Positions, `[graphs, nodes, 3]`.
    pub position: Vec<f32>,
    /// Positional encodings, `[graphs, nodes, encoding_width]`.
    pub encoding: Vec<f32>,
    /// Adjacency of each graph, which also says how many nodes it has.
    pub adjacency: Vec<Adjacency>,
}

impl Batch {
    /// Batches views, computing their positional encodings in parallel.
    pub fn new(views: &[View], band: Band, encoding_width: usize) -> Batch {
        let nodes = views.iter().map(View::len).max().unwrap_or(0);
        let mut batch = Batch {
            nodes,
            encoding_width,
            position: vec![0.0; views.len() * nodes * 3],
            encoding: vec![0.0; views.len() * nodes * encoding_width],
            adjacency: Vec::new(),
        };
        if nodes == 0 {
            return batch;
        }
        batch.adjacency = views
            .par_iter()
            .zip(batch.position.par_chunks_exact_mut(nodes * 3))
            .zip(batch.encoding.par_chunks_exact_mut(nodes * encoding_width))
            .map(|((view, position), encoding)| {
                position[..view.len() * 3].copy_from_slice(view.position.as_flattened());
                encoding[..view.len() * encoding_width].copy_from_slice(&positional::encode(
                    &view.parent,
                    band,
                    encoding_width,
                ));
                Adjacency::from_parents(&view.parent)
            })
            .collect();
        batch
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
}
