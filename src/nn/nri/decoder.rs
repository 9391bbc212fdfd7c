//! The decoders: trajectories and edges to the next frames (Kipf et al. 2018, sections 3.2 and 3.4).

use tch::{Kind, Tensor};

use super::{Decoder, Nri, Pairs};
use crate::nn::layers::Initialiser;
use crate::nn::weights::Scope;

/// The types along which something is sent.
fn sending(options: &Nri) -> std::ops::Range<usize> {
    usize::from(options.skip_first)..options.types
}

/// Adds the weights, for nodes with so many columns.
pub(super) fn initialise(options: &Nri, init: &mut Initialiser, columns: i64) {
    let hidden = options.hidden as i64;
    let read = match options.decoder {
        Decoder::Mlp => columns,
        Decoder::Recurrent => hidden,
    };
    for kind in sending(options) {
        init.linear(&format!("decoder.message.{kind}.a"), 2 * read, hidden);
        init.linear(&format!("decoder.message.{kind}.b"), hidden, hidden);
    }
    if options.decoder == Decoder::Recurrent {
        for gate in ["reset", "update", "new"] {
            init.linear(&format!("decoder.input.{gate}"), columns, hidden);
            init.linear_without_bias(&format!("decoder.hidden.{gate}"), hidden, hidden);
        }
    }
    let out = if options.decoder == Decoder::Mlp { columns + hidden } else { hidden };
    init.linear("decoder.out.1", out, hidden);
    init.linear("decoder.out.2", hidden, hidden);
    init.linear("decoder.out.3", hidden, columns);
}

/// What a decoder computes with.
struct Step<'a> {
    options: &'a Nri,
    weights: &'a Scope<'a>,
    pairs: Pairs,
    /// Weights of the edge types, `[rows, 1, pairs, types]`.
    edges: &'a Tensor,
}

impl Step<'_> {
    /// What arrives at each node, from `[rows, starts, nodes, width]`.
    fn messages(&self, nodes: &Tensor, squash: impl Fn(&Tensor) -> Tensor) -> Option<Tensor> {
        let ends = self.pairs.ends(nodes);
        let of_type = |kind: usize| {
            let x = squash(&self.weights.linear(&format!("decoder.message.{kind}.a"), &ends));
            let x = squash(&self.weights.linear(&format!("decoder.message.{kind}.b"), &x));
            x * self.edges.narrow(-1, kind as i64, 1)
        };
        sending(self.options).map(of_type).reduce(|a, b| a + b).map(|sum| self.pairs.arrive(&sum))
    }

    /// The change that is read from what is known of each node.
    fn out(&self, x: &Tensor) -> Tensor {
        let x = self.weights.linear("decoder.out.1", x).relu();
        self.weights.linear("decoder.out.3", &self.weights.linear("decoder.out.2", &x).relu())
    }

    /// The next frame from this one, without memory.
    fn plain(&self, x: &Tensor) -> Tensor {
        let known = match self.messages(x, Tensor::relu) {
            Some(arrived) => Tensor::cat(&[x, &arrived], -1),
            None => x.shallow_clone(),
        };
        x + self.out(&known)
    }

    /// The next frame from this one, and the nodes' next states.
    fn recurrent(&self, x: &Tensor, state: &Tensor) -> (Tensor, Tensor) {
        let nodes = x.size()[2] as f64;
        let kinds = sending(self.options).len().max(1) as f64;
        let arrived = self.messages(state, Tensor::tanh).unwrap_or_else(|| state.zeros_like()) / (nodes * kinds);
        let input = |gate: &str| self.weights.linear(&format!("decoder.input.{gate}"), x);
        let hidden = |gate: &str| self.weights.linear_without_bias(&format!("decoder.hidden.{gate}"), &arrived);
        let reset = (input("reset") + hidden("reset")).sigmoid();
        let update = (input("update") + hidden("update")).sigmoid();
        let new = (input("new") + reset * hidden("new")).tanh();
        let state = &new + update * (state - &new);
        (x + self.out(&state), state)
    }
}

/// Frames 1, 2, … of trajectories `[rows, frames, nodes, columns]` as a decoder predicts them with edge types
/// `[rows, pairs, types]`. An mlp decoder starts anew from the truth every `steps` frames; a recurrent one is shown
/// `burn_in` frames and then goes on from what it said.
pub fn decode(options: &Nri, weights: &Scope, x: &Tensor, edges: &Tensor) -> Tensor {
    let size = x.size();
    let (rows, frames, nodes) = (size[0], size[1], size[2]);
    let edges = edges.unsqueeze(1);
    let step = Step { options, weights, pairs: Pairs::new(nodes as usize, x.device()), edges: &edges };
    match options.decoder {
        Decoder::Mlp => {
            // All starts at once: [rows, starts, nodes, columns].
            let mut now = x.slice(1, 0, frames - 1, options.steps as i64);
            let mut told = Vec::with_capacity(options.steps);
            for _ in 0..options.steps.min((frames - 1) as usize) {
                now = step.plain(&now);
                told.push(now.shallow_clone());
            }
            Tensor::stack(&told, 2).flatten(1, 2).narrow(1, 0, frames - 1)
        }
        Decoder::Recurrent => {
            let mut state = Tensor::zeros([rows, 1, nodes, options.hidden as i64], (Kind::Float, x.device()));
            let mut told: Vec<Tensor> = Vec::with_capacity(frames as usize);
            for t in 0..frames - 1 {
                let shown = t < options.burn_in as i64;
                let now = match told.last().filter(|_| !shown) {
                    Some(last) => last.shallow_clone(),
                    None => x.narrow(1, t, 1),
                };
                let (next, after) = step.recurrent(&now, &state);
                state = after;
                told.push(next);
            }
            Tensor::cat(&told, 1)
        }
    }
}
