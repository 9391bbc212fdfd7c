//! Dense layers over all neurons' values and slopes: a baseline that knows nothing of relations.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::design::{Net, Outlook, Shape, check_dropout, check_lags};
use super::summary::Layer;
use super::{dropout, features};
use crate::error::Result;
use crate::nn::architecture::check_size;
use crate::nn::layers::Initialiser;
use crate::nn::weights::Scope;
use crate::run::seed::Rng;

/// Options: `z = relu(W_k … relu(W_1 f))` with `f` all neurons' `x(t)` and `x(t) - x(t - lag)`, then a linear layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mlp {
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
    /// Differences that are seen beside the last frame, in frames.
    pub lags: Vec<usize>,
    /// Share of the hidden units that are dropped in training.
    pub dropout: f64,
    /// How the horizon is reached.
    pub rollout: Outlook,
}

impl Default for Mlp {
    fn default() -> Self {
        Mlp { hidden: vec![128, 128], lags: vec![1, 2, 4, 8], dropout: 0.0, rollout: Outlook::Direct }
    }
}

impl Mlp {
    /// Widths from the features to the last hidden layer.
    fn widths(&self, shape: &Shape) -> Vec<i64> {
        let first = shape.count() * (1 + self.lags.len() as i64);
        std::iter::once(first).chain(self.hidden.iter().map(|&h| h as i64)).collect()
    }
}

impl Net for Mlp {
    fn check(&self, context: usize) -> Result<()> {
        self.hidden.iter().try_for_each(|&width| check_size("hidden", width))?;
        check_dropout(self.dropout)?;
        check_lags(&self.lags, context)
    }

    fn initialise(&self, init: &mut Initialiser, shape: &Shape) {
        let widths = self.widths(shape);
        for (number, pair) in widths.windows(2).enumerate() {
            init.linear(&format!("hidden.{number}"), pair[0], pair[1]);
        }
        init.linear("out", widths[widths.len() - 1], shape.answers(self.rollout));
    }

    fn forward(&self, weights: &Scope, seen: &Tensor, shape: &Shape, mut chance: Option<&mut Rng>) -> Tensor {
        let mut z = features(seen, &self.lags).flatten(1, 2);
        for number in 0..self.hidden.len() {
            z = weights.linear(&format!("hidden.{number}"), &z).relu();
            z = dropout(z, self.dropout, chance.as_deref_mut());
        }
        shape.arranged(weights.linear("out", &z))
    }

    fn layers(&self, shape: Option<&Shape>) -> Vec<Layer> {
        let mut layers = vec![Layer::new("features", Layer::per_neuron(shape, 1 + self.lags.len()), &[])];
        for (number, width) in self.hidden.iter().enumerate() {
            layers.push(Layer::new(format!("relu {number}"), width.to_string(), &[&format!("hidden.{number}.")]));
        }
        layers.push(Layer::new("answers", Layer::answers(shape, self.rollout), &["out."]));
        layers
    }

    fn outlook(&self) -> Outlook {
        self.rollout
    }
}
