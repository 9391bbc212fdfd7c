//! Weights: tensors by name, in a fixed order.

use std::collections::HashMap;
use std::sync::Arc;

use tch::{Device, Tensor};

use crate::error::{Error, Result};

/// Named tensors in the order in which they were made, which is also the optimiser's order.
#[derive(Debug)]
pub struct Weights {
    names: Arc<[String]>,
    index: Arc<HashMap<String, usize>>,
    tensors: Vec<Tensor>,
}

impl Weights {
    /// Weights from names and tensors.
    pub fn new(named: Vec<(String, Tensor)>) -> Weights {
        let (names, tensors): (Vec<String>, Vec<Tensor>) = named.into_iter().unzip();
        let index = names.iter().enumerate().map(|(i, n)| (n.clone(), i)).collect();
        Weights { names: names.into(), index: Arc::new(index), tensors }
    }

    /// Weights of the same names with other tensors, in the same order.
    #[must_use]
    pub fn with(&self, tensors: Vec<Tensor>) -> Weights {
        debug_assert_eq!(tensors.len(), self.tensors.len());
        Weights { names: Arc::clone(&self.names), index: Arc::clone(&self.index), tensors }
    }

    /// The same tensors, shared.
    #[must_use]
    pub fn shared(&self) -> Weights {
        self.with(self.tensors.iter().map(Tensor::shallow_clone).collect())
    }

    /// A copy that later updates do not reach.
    #[must_use]
    pub fn copied(&self) -> Weights {
        self.with(self.tensors.iter().map(|t| t.detach().copy()).collect())
    }

    /// Leaves over the same memory that gather their own gradients.
    #[must_use]
    pub fn leaves(&self) -> Weights {
        self.with(self.tensors.iter().map(|t| t.detach().set_requires_grad(true)).collect())
    }

    /// The weights on a device.
    #[must_use]
    pub fn to(&self, device: Device) -> Weights {
        self.with(self.tensors.iter().map(|t| t.to_device(device)).collect())
    }

    /// The names, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The tensors, in order.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The tensors, to be updated in place.
    pub fn tensors_mut(&mut self) -> &mut [Tensor] {
        &mut self.tensors
    }

    /// Names and tensors, with a prefix to the names.
    pub fn named(&self, prefix: &str) -> impl Iterator<Item = (String, Tensor)> {
        self.names.iter().zip(&self.tensors).map(move |(n, t)| (format!("{prefix}{n}"), t.shallow_clone()))
    }

    /// Number of numbers below a prefix.
    pub fn count_below(&self, prefix: &str) -> usize {
        let below = self.names.iter().zip(&self.tensors).filter(|(name, _)| name.starts_with(prefix));
        below.map(|(_, tensor)| tensor.numel()).sum()
    }

    /// The gradients gathered on [`leaves`](Self::leaves), in order; zeros where none arrived.
    pub fn gradients(&self) -> Vec<Tensor> {
        let of = |t: &Tensor| Some(t.grad()).filter(Tensor::defined).unwrap_or_else(|| t.detach().zeros_like());
        self.tensors.iter().map(of).collect()
    }

    /// Where the weights are.
    pub fn device(&self) -> Device {
        self.tensors.first().map_or(Device::Cpu, Tensor::device)
    }

    /// Number of numbers.
    pub fn count(&self) -> usize {
        self.tensors.iter().map(Tensor::numel).sum()
    }

    /// The weights below a prefix.
    pub fn scope<'a>(&'a self, prefix: &str) -> Scope<'a> {
        Scope { weights: self, prefix: prefix.to_string() }
    }

    /// Copies the values of equally named tensors from `source`, where they carry `prefix`.
    ///
    /// # Errors
    /// When one is missing there or has another shape.
    pub fn load(&mut self, source: &HashMap<String, Tensor>, prefix: &str) -> Result<()> {
        for (name, tensor) in self.names.iter().zip(&mut self.tensors) {
            let full = format!("{prefix}{name}");
            let found = source
                .get(&full)
                .ok_or_else(|| Error::format(format!("no tensor `{full}`")).help("is this file of another model?"))?;
            if found.size() != tensor.size() {
                return Err(Error::format(format!(
                    "tensor `{full}` has shape {:?}, the model wants {:?}",
                    found.size(),
                    tensor.size()
                ))
                .help("was the file made with other options?"));
            }
            tch::no_grad(|| tensor.copy_(found));
        }
        Ok(())
    }
}

/// The weights of one part of a model.
pub struct Scope<'a> {
    weights: &'a Weights,
    prefix: String,
}

impl<'a> Scope<'a> {
    /// The weights below a further prefix.
    pub fn scope(&self, prefix: &str) -> Scope<'a> {
        Scope { weights: self.weights, prefix: format!("{}{prefix}", self.prefix) }
    }

    /// The tensor of a name within the scope.
    ///
    /// # Panics
    /// On a name that the model was not initialised with: a fault of the model's code.
    pub fn get(&self, name: &str) -> &Tensor {
        let full = format!("{}{name}", self.prefix);
        match self.weights.index.get(&full) {
            Some(&i) => &self.weights.tensors[i],
            None => panic!("the model has no weight `{full}`"),
        }
    }
}
