//! A batch on its device, as models and attention take it.

use std::cell::OnceCell;
use std::sync::Arc;

use tch::{Device, Kind, Tensor};

use crate::data::{Adjacency, Batch};

/// A batch as tensors on a device.
#[derive(Debug)]
pub struct Graphs {
    /// Tokens per graph, padding and class token included.
    pub tokens: usize,
    /// Neighbours of each token of each graph.
    pub adjacency: Arc<[Adjacency]>,
    /// Node features, `[graphs, nodes, width]`.
    pub(super) features: Tensor,
    /// Positional encodings, `[graphs, nodes, width]`.
    pub(super) encoding: Tensor,
    /// Shares of each graph's length, `[graphs, nodes, 1]`.
    pub(super) cable: Tensor,
    device: Device,
    edges: OnceCell<Edges>,
}

/// All edges of a batch, in both directions, with a loop on every token that is not padding. Tokens are numbered
/// through the batch: token `t` of graph `g` is `g * tokens + t`. Edges are ordered by target.
#[derive(Debug)]
pub struct Edges {
    /// Number of tokens of the batch, padding included.
    pub tokens: i64,
    /// Where each edge starts, `[edges]`.
    pub source: Tensor,
    /// Where it arrives.
    pub target: Tensor,
    /// `1 / sqrt(d_source d_target)` of each edge, `[edges, 1]`, with `d` the number of edges that arrive.
    pub normalised: Tensor,
    /// The first edge that arrives where each edge arrives, `[edges]`.
    pub first: Tensor,
    /// The last such edge.
    pub last: Tensor,
    /// The largest number of edges that arrive at one token.
    pub most: i64,
}

impl Edges {
    /// Edges of several graphs that take up `tokens` places each.
    pub fn new(adjacency: &[Adjacency], tokens: usize, device: Device) -> Edges {
        let (mut source, mut target, mut normalised) = (Vec::new(), Vec::new(), Vec::new());
        let (mut first, mut last, mut most) = (Vec::new(), Vec::new(), 0);
        for (graph, adjacency) in adjacency.iter().enumerate() {
            let number = |token: u32| (graph * tokens) as i64 + i64::from(token);
            // A node without neighbours has an empty row: its loop is made here.
            let degree = |token: u32| adjacency.row(token as usize).len().max(1) as f32;
            for to in 0..adjacency.tokens() as u32 {
                let alone = [to];
                let row = Some(adjacency.row(to as usize)).filter(|r| !r.is_empty()).unwrap_or(&alone);
                let (start, end) = (source.len() as i64, (source.len() + row.len()) as i64);
                most = most.max(end - start);
                for &from in row {
                    first.push(start);
                    last.push(end - 1);
                    source.push(number(from));
                    target.push(number(to));
                    normalised.push(1.0 / (degree(from) * degree(to)).sqrt());
                }
            }
        }
        Edges {
            tokens: (adjacency.len() * tokens) as i64,
            source: Tensor::from_slice(&source).to_device(device),
            target: Tensor::from_slice(&target).to_device(device),
            normalised: Tensor::from_slice(&normalised).unsqueeze(1).to_device(device),
            first: Tensor::from_slice(&first).to_device(device),
            last: Tensor::from_slice(&last).to_device(device),
            most,
        }
    }
}

impl Graphs {
    /// Moves a batch to a device.
    pub fn new(batch: &Batch, device: Device) -> Graphs {
        let (graphs, nodes) = (batch.graphs() as i64, batch.nodes as i64);
        let tensor = |values: &[f32], width: usize| {
            Tensor::from_slice(values).reshape([graphs, nodes, width as i64]).to_device(device)
        };
        Graphs {
            tokens: batch.tokens(),
            adjacency: batch.adjacency.clone().into(),
            features: tensor(&batch.features, batch.feature_width),
            encoding: tensor(&batch.encoding, batch.encoding_width),
            cable: tensor(&batch.cable, 1),
            device,
            edges: OnceCell::new(),
        }
    }

    /// The edges, listed when first asked for.
    pub fn edges(&self) -> &Edges {
        self.edges.get_or_init(|| Edges::new(&self.adjacency, self.tokens, self.device))
    }

    /// For each edge, the features at its source less those at its target, `[edges, width]`; 0 for loops.
    pub fn edge_features(&self) -> Tensor {
        let size = self.features.size();
        let class = Tensor::zeros([size[0], 1, size[2]], (self.features.kind(), self.device));
        let tokens = Tensor::cat(&[&class, &self.features], 1).flatten(0, 1);
        let edges = self.edges();
        tokens.index_select(0, &edges.source) - tokens.index_select(0, &edges.target)
    }

    /// The adjacency with 0 and 1, `[graphs, tokens, tokens]`, made on the device from the lists of neighbours.
    pub fn dense_adjacency(&self) -> Tensor {
        let tokens = self.tokens as i64;
        let mut ones = Vec::new();
        for (graph, adjacency) in self.adjacency.iter().enumerate() {
            for token in 0..adjacency.tokens() {
                let row = (graph as i64 * tokens + token as i64) * tokens;
                ones.extend(adjacency.row(token).iter().map(|&j| row + i64::from(j)));
            }
        }
        let graphs = self.adjacency.len() as i64;
        let mut dense = Tensor::zeros([graphs * tokens * tokens], (Kind::Float, self.device));
        let ones = Tensor::from_slice(&ones).to_device(self.device);
        dense.index_fill_(0, &ones, 1.0).reshape([graphs, tokens, tokens])
    }

    /// Which tokens are padding, `[graphs, tokens]`.
    pub fn padding(&self) -> Tensor {
        let mut padding = vec![false; self.adjacency.len() * self.tokens];
        for (row, adjacency) in padding.chunks_exact_mut(self.tokens).zip(self.adjacency.iter()) {
            row[adjacency.tokens()..].fill(true);
        }
        Tensor::from_slice(&padding).reshape([self.adjacency.len() as i64, self.tokens as i64]).to_device(self.device)
    }
}
