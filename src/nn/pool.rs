//! Pooling: one vector per neuron from its tokens, as wide as a token or (moments) three times so.

use tch::{Kind, Tensor};

use super::architecture::Pool;
use super::graphs::Graphs;
use super::weights::Scope;

/// Pools tokens `[graphs, tokens, dim]` to `[graphs, width]`. All but [`Pool::Cls`] look at nodes alone, never at the
/// class token or at padding; a graph without nodes gives zeros.
pub fn pool(kind: Pool, root: &Scope, graphs: &Graphs, x: &Tensor) -> Tensor {
    if kind == Pool::Cls {
        return x.select(1, 0);
    }
    let count = x.size()[1] - 1;
    let nodes = x.narrow(1, 1, count);
    let padding = graphs.padding().narrow(1, 1, count).unsqueeze(-1);
    let real = padding.logical_not().to_kind(x.kind());
    let mean_weights = |weights: &Tensor| {
        let total = weights.sum_dim_intlist(1, true, x.kind()).clamp_min(f64::from(f32::MIN_POSITIVE));
        (&nodes * (weights / total)).sum_dim_intlist(1, false, x.kind())
    };
    match kind {
        Pool::Cls | Pool::Mean => mean_weights(&real),
        Pool::Max => masked_maximum(&nodes, &padding),
        Pool::Moments => {
            let cable = graphs.cable.to_kind(x.kind());
            let over_cable = |values: &Tensor| (values * &cable).sum_dim_intlist(1, true, x.kind());
            let mean = over_cable(&nodes);
            // The root has no slope at 0, where all nodes are alike.
            let sd = (over_cable(&(&nodes - &mean).square()) + 1e-6).sqrt();
            let largest = masked_maximum(&nodes, &padding);
            Tensor::cat(&[mean.squeeze_dim(1), sd.squeeze_dim(1), largest], 1)
        }
        Pool::Attention => {
            let scores = root.linear("pool.score", &nodes).masked_fill(&padding, f64::from(f32::MIN));
            mean_weights(&(scores.softmax(1, Kind::Float).to_kind(x.kind()) * real))
        }
    }
}

/// The largest value of each number over the nodes that are no padding; 0 where there are none.
fn masked_maximum(nodes: &Tensor, padding: &Tensor) -> Tensor {
    let largest = nodes.masked_fill(padding, f64::NEG_INFINITY).amax(1, false);
    largest.masked_fill(&largest.isneginf(), 0.0)
}
