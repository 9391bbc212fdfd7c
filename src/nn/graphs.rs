//! A batch on its device, as models and attention take it.

use std::sync::Arc;

use tch::{Device, Kind, Tensor};

use crate::data::{Adjacency, Batch};

/// Coordinates per node.
pub(super) const FEATURES: i64 = 3;

/// A batch as tensors on a device.
#[derive(Debug)]
pub struct Graphs {
    /// Tokens per graph, padding and class token included.
    pub tokens: usize,
    /// Neighbours of each token of each graph.
    pub adjacency: Arc<[Adjacency]>,
    /// Positions, `[graphs, nodes, 3]`.
    pub(super) position: Tensor,
    /// Positional encodings, `[graphs, nodes, width]`.
    pub(super) encoding: Tensor,
    device: Device,
}

impl Graphs {
    /// Moves a batch to a device.
    pub fn new(batch: &Batch, device: Device) -> Graphs {
        let (graphs, nodes) = (batch.graphs() as i64, batch.nodes as i64);
        let tensor =
            |values: &[f32], width: i64| Tensor::from_slice(values).reshape([graphs, nodes, width]).to_device(device);
        Graphs {
            tokens: batch.tokens(),
            adjacency: batch.adjacency.clone().into(),
            position: tensor(&batch.position, FEATURES),
            encoding: tensor(&batch.encoding, batch.encoding_width as i64),
            device,
        }
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
