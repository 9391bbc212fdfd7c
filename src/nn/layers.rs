//! The plain layers, as functions of named weights.

use rand::Rng as _;
use rand_distr::{Distribution, StandardNormal};
use tch::Tensor;

use super::weights::Scope;
use crate::run::seed::Rng;

impl Scope<'_> {
    /// `x W^T + b`, the bias where the model has one.
    pub fn linear(&self, name: &str, x: &Tensor) -> Tensor {
        x.linear(self.get(&format!("{name}.weight")), Some(self.get(&format!("{name}.bias"))))
    }

    /// `x W^T`.
    pub fn linear_without_bias(&self, name: &str, x: &Tensor) -> Tensor {
        x.linear::<&Tensor>(self.get(&format!("{name}.weight")), None)
    }

    /// Layer normalisation over the last dimension (Ba et al. 2016), epsilon 1e-5.
    pub fn layer_norm(&self, name: &str, x: &Tensor) -> Tensor {
        let (weight, bias) = (self.get(&format!("{name}.weight")), self.get(&format!("{name}.bias")));
        x.layer_norm(weight.size(), Some(weight), Some(bias), 1e-5, false)
    }
}

/// Collects named tensors with their starting values, all drawn from one generator.
pub struct Initialiser<'a> {
    rng: &'a mut Rng,
    named: Vec<(String, Tensor)>,
}

impl<'a> Initialiser<'a> {
    /// Starts an empty collection.
    pub fn new(rng: &'a mut Rng) -> Self {
        Initialiser { rng, named: Vec::new() }
    }

    /// The tensors in the order in which they were added.
    pub fn finish(self) -> Vec<(String, Tensor)> {
        self.named
    }

    /// Weight and bias uniform in ±1/sqrt(inputs).
    pub fn linear(&mut self, name: &str, inputs: i64, outputs: i64) {
        let bound = 1.0 / (inputs as f32).sqrt();
        self.uniform(&format!("{name}.weight"), &[outputs, inputs], -bound, bound);
        self.uniform(&format!("{name}.bias"), &[outputs], -bound, bound);
    }

    /// Values uniform in an interval.
    pub fn uniform(&mut self, name: &str, shape: &[i64], low: f32, high: f32) {
        let rng = &mut *self.rng;
        let values: Vec<f32> = (0..shape.iter().product::<i64>()).map(|_| rng.gen_range(low..high)).collect();
        self.push(name, Tensor::from_slice(&values).reshape(shape));
    }

    /// Standard normal values.
    pub fn normal(&mut self, name: &str, shape: &[i64]) {
        let rng = &mut *self.rng;
        let values: Vec<f32> = (0..shape.iter().product::<i64>()).map(|_| StandardNormal.sample(rng)).collect();
        self.push(name, Tensor::from_slice(&values).reshape(shape));
    }

    /// Zeros.
    pub fn zeros(&mut self, name: &str, shape: &[i64]) {
        self.push(name, Tensor::zeros(shape, (tch::Kind::Float, tch::Device::Cpu)));
    }

    /// Ones.
    pub fn ones(&mut self, name: &str, shape: &[i64]) {
        self.push(name, Tensor::ones(shape, (tch::Kind::Float, tch::Device::Cpu)));
    }

    /// Scale 1 and shift 0.
    pub fn layer_norm(&mut self, name: &str, width: i64) {
        self.ones(&format!("{name}.weight"), &[width]);
        self.zeros(&format!("{name}.bias"), &[width]);
    }

    fn push(&mut self, name: &str, tensor: Tensor) {
        self.named.push((name.to_string(), tensor));
    }
}
