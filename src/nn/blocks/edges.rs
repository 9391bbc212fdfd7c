//! Sums and softmaxes over the edges that arrive at each token: message passing without a matrix of nodes x nodes.
//!
//! On the processor libtorch adds edges in order on one thread, so sums repeat exactly; on CUDA they are added
//! atomically, and the last digits vary from run to run.

use tch::Tensor;

use crate::nn::graphs::Edges;

/// What stands at the source of each edge: `[tokens, …]` to `[edges, …]`.
pub fn at_sources(values: &Tensor, edges: &Edges) -> Tensor {
    values.index_select(0, &edges.source)
}

/// What stands at the target of each edge.
pub fn at_targets(values: &Tensor, edges: &Edges) -> Tensor {
    values.index_select(0, &edges.target)
}

/// Sums the messages that arrive at each token: `[edges, …]` to `[tokens, …]`.
pub fn sum_at_targets(messages: &Tensor, edges: &Edges) -> Tensor {
    let mut size = messages.size();
    size[0] = edges.tokens;
    Tensor::zeros(size, (messages.kind(), messages.device())).index_add(0, &edges.target, messages)
}

/// The softmax of scores `[edges, heads]` over the edges that arrive at each token.
pub fn softmax(scores: &Tensor, edges: &Edges) -> Tensor {
    // The largest score is subtracted to keep exponentials finite; it cancels, so no gradient flows through it.
    let largest = tch::no_grad(|| {
        let floor = Tensor::full([edges.tokens, scores.size()[1]], f64::NEG_INFINITY, (scores.kind(), scores.device()));
        floor.index_reduce(0, &edges.target, &scores.detach(), "amax", true)
    });
    let weights = (scores - at_targets(&largest, edges)).exp();
    let sums = sum_at_targets(&weights, edges);
    weights / at_targets(&sums, edges)
}
