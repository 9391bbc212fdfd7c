//! The Adam optimiser (Kingma & Ba 2015), with a state that can be saved.

use std::collections::HashMap;

use tch::Tensor;

use crate::error::{Error, Result};
use crate::nn::Weights;

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// Running means of each weight's gradient and squared gradient.
pub struct Adam {
    step: i64,
    mean: Vec<Tensor>,
    square: Vec<Tensor>,
}

impl Adam {
    /// A fresh state for these weights.
    pub fn new(weights: &Weights) -> Adam {
        let zeros = || weights.tensors().iter().map(Tensor::zeros_like).collect();
        Adam { step: 0, mean: zeros(), square: zeros() }
    }

    /// Moves the weights against their gradients.
    pub fn step(&mut self, weights: &mut Weights, gradients: &[Tensor], lr: f64) {
        self.step += 1;
        let correction1 = 1.0 - BETA1.powi(self.step as i32);
        let correction2 = 1.0 - BETA2.powi(self.step as i32);
        tch::no_grad(|| {
            let moments = self.mean.iter_mut().zip(&mut self.square);
            for ((weight, gradient), (mean, square)) in weights.tensors_mut().iter_mut().zip(gradients).zip(moments) {
                let _ = mean.lerp_(gradient, 1.0 - BETA1);
                let _ = square.lerp_(&gradient.square(), 1.0 - BETA2);
                let denominator = (&*square / correction2).sqrt() + EPSILON;
                *weight -= &*mean / denominator * (lr / correction1);
            }
        });
    }

    /// The state as named tensors.
    pub fn named(&self, weights: &Weights) -> Vec<(String, Tensor)> {
        [("mean", &self.mean), ("square", &self.square)]
            .into_iter()
            .flat_map(|(which, tensors)| {
                let names = weights.names().iter().map(move |name| format!("adam.{which}.{name}"));
                names.zip(tensors.iter().map(Tensor::shallow_clone))
            })
            .collect()
    }

    /// Takes up a saved state.
    ///
    /// # Errors
    /// When a tensor is missing.
    pub fn load(&mut self, weights: &Weights, source: &HashMap<String, Tensor>, step: i64) -> Result<()> {
        self.step = step;
        for (which, tensors) in [("mean", &mut self.mean), ("square", &mut self.square)] {
            for (name, tensor) in weights.names().iter().zip(tensors) {
                let full = format!("adam.{which}.{name}");
                let found = source.get(&full).ok_or_else(|| Error::format(format!("no tensor `{full}`")))?;
                tch::no_grad(|| tensor.copy_(found));
            }
        }
        Ok(())
    }
}
