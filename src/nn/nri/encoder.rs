//! The encoder: trajectories to logits of the edge types of every ordered pair (Kipf et al. 2018, section 3.1).

use tch::{Kind, Tensor};

use super::{Encoder, Nri, Pairs};
use crate::nn::layers::Initialiser;
use crate::nn::weights::Scope;

/// The convolutions of an encoder that has them.
const CONVOLUTIONS: [&str; 2] = ["encoder.conv.1", "encoder.conv.2"];
/// Frames that a convolution sees at once.
const KERNEL: i64 = 5;
/// Frames of which the first convolution keeps the largest value.
const KEPT: i64 = 2;

impl Encoder {
    /// The layers of two dense maps each, and what each reads in widths of the hidden layer; 0 is a trajectory.
    fn layers(self) -> &'static [(&'static str, i64)] {
        match self {
            Encoder::Mlp => &[("encoder.1", 0), ("encoder.2", 2), ("encoder.3", 1), ("encoder.4", 3)],
            Encoder::Cnn => &[("encoder.2", 1), ("encoder.3", 1), ("encoder.4", 3)],
        }
    }

    /// What is normalised by batches, in the order in which it is computed.
    fn normalised(self) -> impl Iterator<Item = &'static str> {
        let first = if self == Encoder::Cnn { &CONVOLUTIONS[..] } else { &[] };
        first.iter().copied().chain(self.layers().iter().map(|(name, _)| *name))
    }

    /// The shortest trajectory that can be read.
    pub(super) fn least_frames(self) -> usize {
        match self {
            Encoder::Mlp => 1,
            Encoder::Cnn => (KERNEL * KEPT + KERNEL - 1) as usize,
        }
    }
}

/// Adds the weights, for trajectories of so many frames of nodes with so many columns. Kernels lie flat: outputs x (inputs
/// x frames).
pub(super) fn initialise(options: &Nri, init: &mut Initialiser, frames: i64, columns: i64) {
    let hidden = options.hidden as i64;
    let norm = |init: &mut Initialiser, name: &str| {
        init.layer_norm(&format!("{name}.norm"), hidden);
        init.zeros(&format!("{name}.norm.running_mean"), &[hidden]);
        init.ones(&format!("{name}.norm.running_var"), &[hidden]);
    };
    if options.encoder == Encoder::Cnn {
        for (name, inputs) in CONVOLUTIONS.iter().zip([2 * columns, hidden]) {
            init.linear(name, inputs * KERNEL, hidden);
            norm(init, name);
        }
        init.linear("encoder.conv.value", hidden, hidden);
        init.linear("encoder.conv.attention", hidden, 1);
    }
    for (name, widths) in options.encoder.layers() {
        let inputs = if *widths == 0 { frames * columns } else { widths * hidden };
        init.linear(&format!("{name}.a"), inputs, hidden);
        init.linear(&format!("{name}.b"), hidden, hidden);
        norm(init, name);
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

impl Norm<'_> {
    /// Normalises rows of features, `[rows, features]` or `[rows, features, frames]`.
    fn apply(&mut self, weights: &Scope, name: &str, rows: &Tensor) -> Tensor {
        let part = |part: &str| weights.get(&format!("{name}.norm.{part}"));
        let normed = |mean: &Tensor, variance: &Tensor, learning: bool| {
            let (weight, bias) = (Some(part("weight")), Some(part("bias")));
            // A momentum of 1 puts the batch's own statistics in place of those given.
            rows.batch_norm(weight, bias, Some(mean), Some(variance), learning, 1.0, 1e-5, false)
        };
        match self {
            Norm::Kept => normed(part("running_mean"), part("running_var"), false),
            Norm::Batch(noted) => {
                let (mean, variance) = (part("running_mean").detach().copy(), part("running_var").detach().copy());
                let normed = normed(&mean, &variance, true);
                noted.extend([mean, variance]);
                normed
            }
        }
    }
}

/// Two dense maps, normalised: `[…, inputs]` to `[…, hidden]`.
fn layer(weights: &Scope, name: &str, x: &Tensor, norm: &mut Norm) -> Tensor {
    let x = weights.linear(&format!("{name}.a"), x).elu();
    let x = weights.linear(&format!("{name}.b"), &x).elu();
    let width = x.size()[x.dim() - 1];
    norm.apply(weights, name, &x.reshape([-1, width])).reshape_as(&x)
}

/// What convolutions see in the frames of each pair, weighted by what they attend to:
/// `[rows, frames, pairs, both nodes' columns]` to `[rows, pairs, hidden]`.
fn convolved(weights: &Scope, x: &Tensor, norm: &mut Norm) -> Tensor {
    let (rows, pairs) = (x.size()[0], x.size()[2]);
    let mut x = x.permute([0, 2, 3, 1]).flatten(0, 1);
    for (at, name) in CONVOLUTIONS.iter().enumerate() {
        let kernel = weights.get(&format!("{name}.weight")).reshape([-1, x.size()[1], KERNEL]);
        let seen = x.conv1d(&kernel, Some(weights.get(&format!("{name}.bias"))), 1, 0, 1, 1).relu();
        let seen = norm.apply(weights, name, &seen);
        x = if at == 0 { seen.max_pool1d(KEPT, KEPT, 0, 1, false) } else { seen };
    }
    let x = x.transpose(1, 2);
    let attention = weights.linear("encoder.conv.attention", &x).softmax(1, Kind::Float);
    let value = weights.linear("encoder.conv.value", &x);
    (value * attention).sum_dim_intlist(1, false, Kind::Float).reshape([rows, pairs, -1])
}

fn logits(options: &Nri, weights: &Scope, x: &Tensor, mut norm: Norm) -> Tensor {
    let nodes = x.size()[2];
    let pairs = Pairs::new(nodes as usize, x.device());
    let read = match options.encoder {
        Encoder::Mlp => {
            let trajectories = x.transpose(1, 2).flatten(2, 3);
            pairs.ends(&layer(weights, "encoder.1", &trajectories, &mut norm))
        }
        Encoder::Cnn => convolved(weights, &pairs.ends(x), &mut norm),
    };
    let between = layer(weights, "encoder.2", &read, &mut norm);
    let among = layer(weights, "encoder.3", &(pairs.arrive(&between) / nodes as f64), &mut norm);
    let again = layer(weights, "encoder.4", &Tensor::cat(&[pairs.ends(&among), between], -1), &mut norm);
    weights.linear("encoder.out", &again)
}

/// Logits `[rows, pairs, types]` of trajectories `[rows, frames, nodes, columns]`. Pairs are ordered by receiver, then by
/// sender.
pub fn encode(options: &Nri, weights: &Scope, x: &Tensor) -> Tensor {
    logits(options, weights, x, Norm::Kept)
}

/// The same in training, and the means and variances of the batch, for [`follow`].
pub fn learn(options: &Nri, weights: &Scope, x: &Tensor) -> (Tensor, Vec<Tensor>) {
    let mut noted = Vec::new();
    let logits = logits(options, weights, x, Norm::Batch(&mut noted));
    (logits, noted)
}

/// Lets the running means follow those that a step has noted.
pub fn follow(options: &Nri, weights: &Scope, noted: &[Tensor]) {
    let normalised = options.encoder.normalised();
    let kept = normalised.flat_map(|name| ["running_mean", "running_var"].map(|part| format!("{name}.norm.{part}")));
    for (name, value) in kept.zip(noted) {
        let mut running = weights.get(&name).shallow_clone();
        let _ = tch::no_grad(|| running.lerp_(value, MOMENTUM));
    }
}
