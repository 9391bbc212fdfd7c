//! Sums and softmaxes over the edges that arrive at each token: message passing without a matrix of nodes x nodes.
//!
//! On the processor libtorch adds edges in order on one thread, so sums repeat exactly; on CUDA they are added
//! atomically, and the last digits vary from run to run.

use tch::{Kind, Tensor};

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

/// For each edge, the largest of `values` `[edges, …]` among the edges that arrive at the same token.
///
/// Edges of one token stand together. After the step with distance `s`, an edge holds the largest value of the `2 s`
/// edges from itself on (as far as they arrive at the same token); looking past the last one looks at the last one again,
/// which a maximum does not mind. So the steps grow with the logarithm of the largest number of neighbours.
fn largest_at_targets(values: &Tensor, edges: &Edges) -> Tensor {
    let place = Tensor::arange(values.size()[0], (Kind::Int64, values.device()));
    let mut largest = values.shallow_clone();
    let mut distance = 1;
    while distance < edges.most {
        let ahead = (&place + distance).minimum(&edges.last);
        largest = largest.maximum(&largest.index_select(0, &ahead));
        distance *= 2;
    }
    largest.index_select(0, &edges.first)
}

/// The softmax of scores `[edges, heads]` over the edges that arrive at each token.
pub fn softmax(scores: &Tensor, edges: &Edges) -> Tensor {
    // The largest score is subtracted to keep exponentials finite; it cancels, so no gradient flows through it.
    let largest = tch::no_grad(|| largest_at_targets(&scores.detach(), edges));
    let weights = (scores - largest).exp();
    let sums = sum_at_targets(&weights, edges);
    weights / at_targets(&sums, edges)
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;
    use crate::data::Adjacency;
    use crate::morph::NO_PARENT;

    /// A star, a chain and a lone node: segments of many lengths, with scores that overflow unless they are shifted.
    #[test]
    fn softmaxes_over_neighbours_are_those_of_the_lists_of_neighbours() {
        let star: Vec<u32> = (0..12).map(|i| if i == 0 { NO_PARENT } else { 0 }).collect();
        let mixed = [NO_PARENT, 0, 1, 2, NO_PARENT];
        let adjacency = [Adjacency::from_parents(&star), Adjacency::from_parents(&mixed)];
        let edges = Edges::new(&adjacency, 13, Device::Cpu);
        let count = edges.source.size()[0];
        let values: Vec<f64> = (0..2 * count).map(|i| 900.0 * (i as f64 * 1.3).sin()).collect();
        let scores = Tensor::from_slice(&values).reshape([count, 2]);
        let (largest, ours) = (largest_at_targets(&scores, &edges), softmax(&scores, &edges));
        for edge in 0..count {
            let at = edges.target.int64_value(&[edge]);
            let same: Vec<i64> = (0..count).filter(|&e| edges.target.int64_value(&[e]) == at).collect();
            for head in 0..2 {
                let score = |e: i64| scores.double_value(&[e, head]);
                let top = same.iter().map(|&e| score(e)).fold(f64::NEG_INFINITY, f64::max);
                assert_eq!(largest.double_value(&[edge, head]), top);
                let sum: f64 = same.iter().map(|&e| (score(e) - top).exp()).sum();
                let expected = (score(edge) - top).exp() / sum;
                assert!((ours.double_value(&[edge, head]) - expected).abs() < 1e-12);
            }
        }
    }
}
