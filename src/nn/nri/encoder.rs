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
        init.zeros(&format!("{name}.norm.running_mean"), &[hidden]);
        init.ones(&format!("{name}.norm.running_var"), &[hidden]);
    }
    init.linear("encoder.out", hidden, options.types as i64);
}

/// Running means follow batches by this share.
const MOMENTUM: f64 = 0.1;

/// What batches are normalised by.
enum Norm<'a> {
    /// Running means.
    Kept,
    /// The batch itself, whose means and variances are noted.
    Batch(&'a mut Vec<Tensor>),
}

fn layer(weights: &Scope, name: &str, x: &Tensor, norm: &mut Norm) -> Tensor {
    let x = weights.linear(&format!("{name}.a"), x).elu();
    let x = weights.linear(&format!("{name}.b"), &x).elu();
    let width = x.size()[x.dim() - 1];
    let rows = x.reshape([-1, width]);
    let part = |part: &str| weights.get(&format!("{name}.norm.{part}"));
    let normed = |mean: &Tensor, variance: &Tensor, learning: bool| {
        let (weight, bias) = (Some(part("weight")), Some(part("bias")));
        // A momentum of 1 puts the batch's own statistics in place of those given.
        rows.batch_norm(weight, bias, Some(mean), Some(variance), learning, 1.0, 1e-5, false)
    };
    let normed = match norm {
        Norm::Kept => normed(part("running_mean"), part("running_var"), false),
        Norm::Batch(noted) => {
            let (mean, variance) = (part("running_mean").detach().copy(), part("running_var").detach().copy());
            let normed = normed(&mean, &variance, true);
            noted.extend([mean, variance]);
            normed
        }
    };
    normed.reshape_as(&x)
}

fn logits(weights: &Scope, x: &Tensor, mut norm: Norm) -> Tensor {
    let nodes = x.size()[2];
    let pairs = Pairs::new(nodes as usize, x.device());
    let trajectories = x.transpose(1, 2).flatten(2, 3);
    let alone = layer(weights, LAYERS[0].0, &trajectories, &mut norm);
    let between = layer(weights, LAYERS[1].0, &pairs.ends(&alone), &mut norm);
    let among = layer(weights, LAYERS[2].0, &(pairs.arrive(&between) / nodes as f64), &mut norm);
    let again = layer(weights, LAYERS[3].0, &Tensor::cat(&[pairs.ends(&among), between], -1), &mut norm);
    weights.linear("encoder.out", &again)
}

/// Logits `[rows, pairs, types]` of trajectories `[rows, frames, nodes, columns]`. Pairs are ordered by receiver, then by
/// sender.
pub fn encode(weights: &Scope, x: &Tensor) -> Tensor {
    logits(weights, x, Norm::Kept)
}

/// The same in training, and the means and variances of the batch, for [`follow`].
pub fn learn(weights: &Scope, x: &Tensor) -> (Tensor, Vec<Tensor>) {
    let mut noted = Vec::new();
    let logits = logits(weights, x, Norm::Batch(&mut noted));
    (logits, noted)
}

/// Lets the running means follow those that a step has noted.
pub fn follow(weights: &Scope, noted: &[Tensor]) {
    let kept =
        LAYERS.iter().flat_map(|(name, _)| ["running_mean", "running_var"].map(|part| format!("{name}.norm.{part}")));
    for (name, value) in kept.zip(noted) {
        let mut running = weights.get(&name).shallow_clone();
        let _ = tch::no_grad(|| running.lerp_(value, MOMENTUM));
    }
}
