//! The minimum spanning tree of mutual reachability distances.
//!
//! Prim's algorithm computes the distances of each row once, when it enters the tree, and forgets them: time grows with
//! the square of the number of rows, memory does not. In the tens of dimensions that embeddings have, trees and their
//! bounds are slower than this.

use crate::distance::Space;
use crate::error::Result;
use crate::{interrupt, progress};

/// An edge of the spanning tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) a: usize,
    pub(super) b: usize,
    pub(super) distance: f64,
}

/// The edges of the tree, shortest first, as a chain in the order in which the rows enter: an edge has the length of the
/// row's way into the tree, but leads to the row that entered before it. What is connected at a threshold is the same
/// (such rows enter one after the other), and so is scikit-learn's choice among edges of equal length.
///
/// The mutual reachability of two rows is the largest of their core distances and
/// of their distance (Campello, Moulavi & Sander 2013).
pub(super) fn spanning_tree(space: &Space, core: &[f64]) -> Result<Vec<Edge>> {
    let n = space.len();
    let meter = progress::begin("spanning tree", n as u64);
    let mut edges = Vec::with_capacity(n - 1);
    let mut distances = vec![0.0; space.width()];
    // The rows that are not in the tree, and the shortest way of each into it.
    let mut waiting: Vec<(usize, f64)> = (1..n).map(|row| (row, f64::INFINITY)).collect();
    let mut newest = 0;
    while !waiting.is_empty() {
        if edges.len() % 64 == 0 {
            interrupt::check()?;
            meter.set(edges.len() as u64, "");
        }
        space.distances(newest..newest + 1, &mut distances);
        let mut shortest = (f64::INFINITY, 0);
        for (at, (row, way)) in waiting.iter_mut().enumerate() {
            *way = way.min(distances[*row].max(core[*row]).max(core[newest]));
            if *way < shortest.0 {
                shortest = (*way, at);
            }
        }
        // Rows keep their order, so that ties go to the smaller row.
        let (row, distance) = waiting.remove(shortest.1);
        edges.push(Edge { a: newest, b: row, distance });
        newest = row;
    }
    edges.sort_by(|p, q| p.distance.total_cmp(&q.distance));
    Ok(edges)
}
