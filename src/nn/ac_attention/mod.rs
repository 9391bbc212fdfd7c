//! AC-Attention: attention between all nodes that each node trades off against the graph's edges (Weis et al. 2023).
//!
//! For head `h`, query `i` and key `j`: `softmax_j(g1_i q_hi·k_hj / sqrt(width) + g2_i A_ij)`, with the adjacency `A`
//! carrying self loops and `(g1, g2)` predicted per node, or per node and head. Without a trade-off it is plain attention
//! (`g1 = 1`, `g2 = 0`). On the processor [`kernel`] computes it, on CUDA [`fused`]; [`dense`] is the
//! formula written with libtorch operations, the reference that both are tested against.

pub mod fused;
pub mod kernel;

use std::sync::Arc;

use tch::{Device, Kind, Tensor};

use super::device;
use super::graphs::Graphs;
use super::tape::{Tape, Var};
use crate::error::Result;

/// Attends: `qkv` is `[graphs, tokens, 3 * heads * width]`, `gamma` `[graphs, tokens, 2]` or `[graphs, tokens, 2 * heads]`
/// (a pair per head), none for plain attention; gives `[graphs, queries, heads * width]` for the first `queries` tokens.
///
/// # Errors
/// When the kernel is handed tensors of another kind or layout: a fault of the calling model.
pub fn attend(
    tape: &mut Tape,
    qkv: &Var,
    gamma: Option<&Var>,
    graphs: &Graphs,
    heads: usize,
    queries: usize,
) -> Result<Var> {
    if qkv.value.device() != Device::Cpu || qkv.value.kind() != Kind::Float {
        let [attended] = match gamma {
            Some(gamma) if fused::is_sound(qkv.value.device()) => {
                return fused::attend(tape, qkv, gamma, graphs, heads, queries);
            }
            Some(gamma) => tape.segment([qkv, gamma], |[qkv, gamma]| {
                [dense(&qkv, Some(&gamma), &graphs.dense_adjacency(), &graphs.padding(), heads, queries)]
            }),
            None => tape.segment([qkv], |[qkv]| [plain(&qkv, &graphs.padding(), heads, queries)]),
        };
        return Ok(attended);
    }
    let q = qkv.value.contiguous();
    let g = gamma.map_or_else(|| Tensor::zeros([0], (Kind::Float, Device::Cpu)), |g| g.value.contiguous());
    let adjacency = Arc::clone(&graphs.adjacency);
    let width = qkv.width() / (3 * heads);
    let trade_offs = gamma.map_or(0, Var::width) / 2;
    let shape = kernel::Shape { tokens: graphs.tokens, heads, width, queries, trade_offs };
    let inputs =
        kernel::Inputs { qkv: device::as_slice(&q)?, gamma: device::as_slice(&g)?, adjacency: &adjacency, shape };
    let outputs = kernel::forward(&inputs);
    let size = [adjacency.len() as i64, queries as i64, (heads * width) as i64];
    let value = Tensor::from_slice(&outputs.attended).reshape(size);
    let sources: Vec<&Var> = std::iter::once(qkv).chain(gamma).collect();
    Ok(tape.native(&sources, value, move |gradient| {
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

/// Queries (the first `queries` tokens'), keys and values, each `[graphs, heads, tokens, width]`.
fn split(qkv: &Tensor, heads: usize, queries: usize) -> (Tensor, Tensor, Tensor) {
    let (graphs, tokens, row) = (qkv.size()[0], qkv.size()[1], qkv.size()[2]);
    let parts = qkv.reshape([graphs, tokens, 3, heads as i64, row / (3 * heads as i64)]).permute([2, 0, 3, 1, 4]);
    (parts.get(0).narrow(2, 0, queries as i64), parts.get(1), parts.get(2))
}

/// `[graphs, heads, tokens, width]` to `[graphs, tokens, heads * width]`.
fn join(attended: &Tensor) -> Tensor {
    attended.transpose(1, 2).flatten(2, 3)
}

/// Plain attention with libtorch's fused operation.
fn plain(qkv: &Tensor, padding: &Tensor, heads: usize, queries: usize) -> Tensor {
    let (q, k, v) = split(qkv, heads, queries);
    let real = padding.logical_not().unsqueeze(1).unsqueeze(2);
    join(&Tensor::scaled_dot_product_attention(&q, &k, &v, Some(&real), 0.0, false, None, false))
}

/// The formula with libtorch operations; `adjacency` is `[graphs, tokens, tokens]`, `padding` `[graphs, tokens]` (true
/// where a token is none).
pub fn dense(
    qkv: &Tensor,
    gamma: Option<&Tensor>,
    adjacency: &Tensor,
    padding: &Tensor,
    heads: usize,
    queries: usize,
) -> Tensor {
    let (q, k, v) = split(qkv, heads, queries);
    let width = q.size()[3] as f64;
    let mut scores = q.matmul(&k.transpose(2, 3)) / width.sqrt();
    if let Some(gamma) = gamma {
        // `[2, graphs, heads or 1, queries, 1]`.
        let pairs = gamma.narrow(1, 0, queries as i64).unflatten(2, [-1, 2]).permute([3, 0, 2, 1]).unsqueeze(-1);
        let bias = adjacency.narrow(1, 0, queries as i64).unsqueeze(1) * pairs.get(1);
        scores = scores * pairs.get(0) + bias;
    }
    let scores = scores.masked_fill(&padding.unsqueeze(1).unsqueeze(2), f64::NEG_INFINITY);
    join(&scores.softmax(-1, scores.kind()).matmul(&v))
}
