//! The encoder: trajectories to logits of the edge types of every ordered pair (Kipf et al. 2018, section 3.1).

use tch::Tensor;

use super::{Nri, Pairs};
use crate::nn::layers::Initialiser;
use crate::nn::weights::Scope;

/// The four layers, and what each reads in widths of the hidden layer; the first reads a trajectory.
const LAYERS: [(&str, i64); 4] = [("encoder.1", 0), ("encoder.2", 2), ("encoder.3", 1), ("encoder.4", 3)];

/// Adds the weights.
pub(super) fn initialise(options: &Nri, init: &mut Initialiser, trajectory: i64) {
    let hidden = options.hidden as i64;
    for (name, widths) in LAYERS {
        let inputs = if widths == 0 { trajectory } else { widths * hidden };
        init.linear(&format!("{name}.a"), inputs, hidden);
        init.linear(&format!("{name}.b"), hidden, hidden);
        init.layer_norm(&format!("{name}.norm"), hidden);
    }
    init.linear("encoder.out", hidden, options.types as i64);
}

fn layer(weights: &Scope, name: &str, x: &Tensor) -> Tensor {
    let x = weights.linear(&format!("{name}.a"), x).elu();
    weights.layer_norm(&format!("{name}.norm"), &weights.linear(&format!("{name}.b"), &x).elu())
}

/// Logits `[rows, pairs, types]` of trajectories `[rows, frames, nodes, columns]`. Pairs are ordered by receiver, then by
/// sender.
pub fn encode(weights: &Scope, x: &Tensor) -> Tensor {
    let nodes = x.size()[2];
    let pairs = Pairs::new(nodes as usize, x.device());
    let trajectories = x.transpose(1, 2).flatten(2, 3);
    let alone = layer(weights, LAYERS[0].0, &trajectories);
    let between = layer(weights, LAYERS[1].0, &pairs.ends(&alone));
    let among = layer(weights, LAYERS[2].0, &(pairs.arrive(&between) / nodes as f64));
    let again = layer(weights, LAYERS[3].0, &Tensor::cat(&[pairs.ends(&among), between], -1));
    weights.linear("encoder.out", &again)
}
