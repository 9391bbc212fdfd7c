//! AC-Attention: attention between all nodes that each node trades off against the graph's edges (Weis et al. 2023).
//!
//! For head `h`, query `i` and key `j`: `softmax_j(g1_i q_hi·k_hj / sqrt(width) + g2_i A_ij)`, with the adjacency `A`
//! carrying self loops and `(g1, g2)` predicted per node. On the processor [`kernel`] computes it; [`dense`] is the
//! formula written with libtorch operations, for CUDA and as the reference that the kernel is tested against.

pub mod kernel;
mod matrix;
mod rows;

use std::sync::Arc;

use tch::{Kind, Tensor};

use super::device;
use super::graphs::Graphs;
use super::tape::{Tape, Var};
use crate::error::Result;

/// Attends: `qkv` is `[graphs, tokens, 3 * heads * width]`, `gamma` `[graphs, tokens, 2]`; gives
/// `[graphs, queries, heads * width]` for the first `queries` tokens.
///
/// # Errors
/// When the kernel is handed tensors of another kind or layout: a fault of the calling model.
pub fn attend(tape: &mut Tape, qkv: &Var, gamma: &Var, graphs: &Graphs, heads: usize, queries: usize) -> Result<Var> {
    if qkv.value.device() != tch::Device::Cpu || qkv.value.kind() != Kind::Float {
        let [attended] = tape.segment([qkv, gamma], |[qkv, gamma]| {
            [dense(&qkv, &gamma, &graphs.dense_adjacency(), &graphs.padding(), heads, queries)]
        });
        return Ok(attended);
    }
    let (q, g) = (qkv.value.contiguous(), gamma.value.contiguous());
    let adjacency = Arc::clone(&graphs.adjacency);
    let width = q.size()[2] as usize / (3 * heads);
    let shape = kernel::Shape { tokens: graphs.tokens, heads, width, queries };
    let inputs =
        kernel::Inputs { qkv: device::as_slice(&q)?, gamma: device::as_slice(&g)?, adjacency: &adjacency, shape };
    let outputs = kernel::forward(&inputs);
    let size = [adjacency.len() as i64, queries as i64, (heads * width) as i64];
    let value = Tensor::from_slice(&outputs.attended).reshape(size);
    Ok(tape.native(&[qkv, gamma], value, move |gradient| {
        let gradient = gradient.contiguous();
        let inputs =
            kernel::Inputs { qkv: device::as_slice(&q)?, gamma: device::as_slice(&g)?, adjacency: &adjacency, shape };
        let gradients = kernel::backward(&inputs, &outputs, device::as_slice(&gradient)?);
        Ok(vec![
            Tensor::from_slice(&gradients.qkv).reshape(q.size()),
            Tensor::from_slice(&gradients.gamma).reshape(g.size()),
        ])
    }))
}

/// The formula with libtorch operations; `adjacency` is `[graphs, tokens, tokens]`, `padding` `[graphs, tokens]` (true
/// where a token is none).
pub fn dense(
    qkv: &Tensor,
    gamma: &Tensor,
    adjacency: &Tensor,
    padding: &Tensor,
    heads: usize,
    queries: usize,
) -> Tensor {
    let (graphs, tokens, row) = (qkv.size()[0], qkv.size()[1], qkv.size()[2]);
    let width = row / (3 * heads as i64);
    let split = qkv.reshape([graphs, tokens, 3, heads as i64, width]).permute([2, 0, 3, 1, 4]);
    let (q, k, v) = (split.get(0).narrow(2, 0, queries as i64), split.get(1), split.get(2));
    let trade_off = |which| gamma.narrow(1, 0, queries as i64).select(2, which).unsqueeze(1).unsqueeze(3);
    let bias = adjacency.narrow(1, 0, queries as i64).unsqueeze(1) * trade_off(1);
    let scores = q.matmul(&k.transpose(2, 3)) * (trade_off(0) / (width as f64).sqrt()) + bias;
    let scores = scores.masked_fill(&padding.unsqueeze(1).unsqueeze(2), f64::NEG_INFINITY);
    let attended = scores.softmax(-1, scores.kind()).matmul(&v);
    attended.transpose(1, 2).reshape([graphs, queries as i64, heads as i64 * width])
}
