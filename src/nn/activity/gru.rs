//! A gated recurrent unit over the frames (Cho et al. 2014): a baseline that knows nothing of relations.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::design::{Net, Outlook, Shape, check_dropout};
use super::dropout;
use super::summary::Layer;
use crate::error::Result;
use crate::nn::architecture::check_size;
use crate::nn::layers::Initialiser;
use crate::nn::weights::Scope;
use crate::run::seed::Rng;

/// Options. With `z` the update, `r` the reset and `n` the candidate, as PyTorch defines and names them:
/// `r = σ(W_r x + U_r s)`, `z = σ(W_z x + U_z s)`, `n = tanh(W_n x + r * (U_n s + b))`, `s = (1 - z) * n + z * s`.
/// A linear layer reads the state after the last frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gru {
    /// Width of the state.
    pub hidden: usize,
    /// Share of the state's numbers that are dropped in training before they are read.
    pub dropout: f64,
    /// How the horizon is reached.
    pub rollout: Outlook,
}

impl Default for Gru {
    fn default() -> Self {
        Gru { hidden: 96, dropout: 0.0, rollout: Outlook::Direct }
    }
}

/// The weights of one layer, in the order that libtorch takes them.
const PARTS: [&str; 4] = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"];

impl Net for Gru {
    fn check(&self, _context: usize) -> Result<()> {
        check_size("hidden", self.hidden)?;
        check_dropout(self.dropout)
    }

    fn initialise(&self, init: &mut Initialiser, shape: &Shape) {
        let (hidden, inputs) = (self.hidden as i64, shape.count());
        let bound = 1.0 / (hidden as f32).sqrt();
        let shapes = [vec![3 * hidden, inputs], vec![3 * hidden, hidden], vec![3 * hidden], vec![3 * hidden]];
        for (part, size) in PARTS.iter().zip(shapes) {
            init.uniform(&format!("gru.{part}"), &size, -bound, bound);
        }
        init.linear("out", hidden, shape.answers(self.rollout));
    }

    fn forward(&self, weights: &Scope, seen: &Tensor, shape: &Shape, chance: Option<&mut Rng>) -> Tensor {
        let start = Tensor::zeros([1, seen.size()[0], self.hidden as i64], (Kind::Float, seen.device()));
        let parts = PARTS.map(|part| weights.get(&format!("gru.{part}")));
        let (_, state) = seen.gru(&start, &parts, true, 1, 0.0, false, false, true);
        shape.arranged(weights.linear("out", &dropout(state.select(0, 0), self.dropout, chance)))
    }

    fn layers(&self, shape: Option<&Shape>) -> Vec<Layer> {
        vec![
            Layer::new("gru", self.hidden.to_string(), &["gru."]),
            Layer::new("answers", Layer::answers(shape, self.rollout), &["out."]),
        ]
    }

    fn outlook(&self) -> Outlook {
        self.rollout
    }
}
