//! Each cell with its most alike cells, as a graph.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::error::{Error, Result};
use crate::morph::counted;
use crate::run::atomic;

/// One of the cells that are most alike to a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Its place in the population.
    pub cell: usize,
    /// Its score.
    pub score: f64,
}

/// A directed graph from each cell to the `k` cells that score best with it; edges carry the scores.
#[derive(Clone, Debug)]
pub struct KnnGraph {
    ids: Arc<[String]>,
    graph: DiGraph<(), f64>,
    k: usize,
}

impl KnnGraph {
    /// The graph of neighbour lists, one per id, best first.
    pub(crate) fn new(ids: Arc<[String]>, neighbours: &[Vec<Neighbour>]) -> Self {
        let mut graph = DiGraph::with_capacity(ids.len(), neighbours.iter().map(Vec::len).sum());
        for _ in ids.iter() {
            graph.add_node(());
        }
        for (cell, row) in neighbours.iter().enumerate() {
            for neighbour in row {
                graph.add_edge(NodeIndex::new(cell), NodeIndex::new(neighbour.cell), neighbour.score);
            }
        }
        KnnGraph { ids, graph, k: neighbours.iter().map(Vec::len).max().unwrap_or(0) }
    }

    /// The cells' ids, in the order of their places.
    pub fn ids(&self) -> &Arc<[String]> {
        &self.ids
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The largest number of neighbours of a cell.
    pub fn k(&self) -> usize {
        self.k
    }

    /// The graph itself, for petgraph's algorithms: node i is cell i.
    pub fn graph(&self) -> &DiGraph<(), f64> {
        &self.graph
    }

    /// The neighbours of a cell, best first; none for a place that does not exist.
    pub fn neighbours(&self, cell: usize) -> Vec<Neighbour> {
        let edges = self.graph.edges(NodeIndex::new(cell));
        let mut row: Vec<_> = edges.map(|e| Neighbour { cell: e.target().index(), score: *e.weight() }).collect();
        // petgraph gives the edge that was added last first.
        row.reverse();
        row
    }

    /// Writes the edges as CSV: `source,target,rank,score`, ranks from 1.
    ///
    /// # Errors
    /// When the file's name does not end in `.csv`, or it cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        if path.extension().is_none_or(|ending| ending != "csv") {
            return Err(Error::value(format!("a graph cannot be saved as `{}`", path.display()))
                .help("the file's name must end in .csv"));
        }
        let internal = |e: csv::Error| Error::internal(format!("cannot lay out `{}`: {e}", path.display()));
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["source", "target", "rank", "score"]).map_err(internal)?;
        for (cell, id) in self.ids.iter().enumerate() {
            for (rank, Neighbour { cell, score }) in self.neighbours(cell).into_iter().enumerate() {
                let record = [id, &self.ids[cell], &(rank + 1).to_string(), &score.to_string()];
                writer.write_record(record).map_err(internal)?;
            }
        }
        let bytes = writer.into_inner().map_err(|e| Error::internal(format!("cannot lay out a graph: {e}")))?;
        atomic::write(path, &bytes)
    }
}

impl fmt::Display for KnnGraph {
    /// `KnnGraph(102 cells, 10 neighbours each, 1 020 edges)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cells, edges) = (counted(self.len(), "cell"), counted(self.graph.edge_count(), "edge"));
        write!(f, "KnnGraph({cells}, {} neighbours each, {edges})", self.k)
    }
}
