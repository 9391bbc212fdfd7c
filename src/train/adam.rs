//! The Adam optimiser (Kingma & Ba 2015), with a state that can be saved.

use std::collections::HashMap;

use tch::Tensor;

use crate::error::{Error, Result};
use crate::nn::Weights;

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// Whether a weight is a matrix: what has one row only is a bias, a norm or a token.
fn decays(tensor: &Tensor) -> bool {
    tensor.size().iter().filter(|n| **n > 1).count() > 1
}

/// Running means of each weight's gradient and squared gradient, all weights in one row of numbers.
pub struct Adam {
    step: i64,
    mean: Tensor,
    square: Tensor,
    /// 1 for numbers of matrices, which decay, else 0.
    matrices: Tensor,
}

impl Adam {
    /// A fresh state for these weights.
    pub fn new(weights: &Weights) -> Adam {
        let zeros = || weights.flat().zeros_like();
        let matrices = zeros();
        for (part, tensor) in weights.split(&matrices).iter_mut().zip(weights.tensors()) {
            if decays(tensor) {
                let _ = part.fill_(1.0);
            }
        }
        Adam { step: 0, mean: zeros(), square: zeros(), matrices }
    }

    /// Moves the weights against their gradient, in one row as [`Weights::gradient`] gives it. Matrices shrink by
    /// `lr * decay` of themselves before (AdamW, Loshchilov & Hutter 2019); norms, biases and single tokens do not.
    pub fn step(&mut self, weights: &mut Weights, gradient: &Tensor, lr: f64, decay: f64) {
        self.step += 1;
        let correction1 = 1.0 - BETA1.powi(self.step as i32);
        let correction2 = 1.0 - BETA2.powi(self.step as i32);
        tch::no_grad(|| {
            let flat = weights.flat_mut();
            if decay > 0.0 {
                *flat *= 1.0 - &self.matrices * (lr * decay);
            }
            let _ = self.mean.lerp_(gradient, 1.0 - BETA1);
            let _ = self.square.lerp_(&gradient.square(), 1.0 - BETA2);
            let denominator = (&self.square / correction2).sqrt_() + EPSILON;
            *flat -= &self.mean / denominator * (lr / correction1);
        });
    }

    /// The state as named tensors.
    pub fn named(&self, weights: &Weights) -> Vec<(String, Tensor)> {
        [("mean", &self.mean), ("square", &self.square)]
            .into_iter()
            .flat_map(|(which, flat)| {
                let names = weights.names().iter().map(move |name| format!("adam.{which}.{name}"));
                names.zip(weights.split(flat))
            })
            .collect()
    }

    /// Takes up a saved state.
    ///
    /// # Errors
    /// When a tensor is missing.
    pub fn load(&mut self, weights: &Weights, source: &HashMap<String, Tensor>, step: i64) -> Result<()> {
        self.step = step;
        for (which, flat) in [("mean", &self.mean), ("square", &self.square)] {
            for (name, mut part) in weights.names().iter().zip(weights.split(flat)) {
                let full = format!("adam.{which}.{name}");
                let found = source.get(&full).ok_or_else(|| Error::format(format!("no tensor `{full}`")))?;
                tch::no_grad(|| part.copy_(found));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;

    fn values(count: i64, phase: f64) -> Tensor {
        (Tensor::arange(count, (Kind::Float, Device::Cpu)) * 1.3 + phase).sin()
    }

    /// All weights in one row give what tensor by tensor gives, to the last bits that vector instructions leave open.
    #[test]
    fn one_row_is_as_good_as_many_tensors() {
        let named = [("a", vec![5, 7]), ("b", vec![7]), ("c", vec![1, 1, 3])];
        let make = || {
            let of = |(name, shape): &(&str, Vec<i64>)| {
                (name.to_string(), values(shape.iter().product(), 0.4).reshape(shape))
            };
            Weights::new(named.iter().map(of).collect())
        };
        let mut weights = make();
        let mut adam = Adam::new(&weights);
        let mut apart: Vec<(Tensor, Tensor, Tensor)> =
            make().tensors().iter().map(|t| (t.copy(), t.zeros_like(), t.zeros_like())).collect();
        for step in 1..=5 {
            let leaves = weights.leaves();
            let mut loss = Tensor::from(0f32);
            for (at, leaf) in leaves.tensors().iter().enumerate().filter(|(at, _)| *at != 2) {
                loss += (leaf.square() * values(leaf.numel() as i64, at as f64).reshape_as(leaf)).sum(Kind::Float);
            }
            loss.backward();
            adam.step(&mut weights, &leaves.gradient(), 0.01, 0.1);
            for ((at, (w, m, v)), leaf) in apart.iter_mut().enumerate().zip(leaves.tensors()) {
                let gradient = if at == 2 { w.zeros_like() } else { leaf.grad() };
                if decays(w) {
                    *w *= 1.0 - 0.01 * 0.1;
                }
                let _ = m.lerp_(&gradient, 1.0 - BETA1);
                let _ = v.lerp_(&gradient.square(), 1.0 - BETA2);
                let (c1, c2) = (1.0 - BETA1.powi(step), 1.0 - BETA2.powi(step));
                *w -= &*m / ((&*v / c2).sqrt() + EPSILON) * (0.01 / c1);
            }
        }
        for (ours, (theirs, ..)) in weights.tensors().iter().zip(&apart) {
            assert!((ours - theirs).abs().max().double_value(&[]) < 1e-7);
        }
    }
}
