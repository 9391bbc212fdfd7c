//! Weights: tensors by name, in a fixed order.

use std::collections::HashMap;
use std::sync::Arc;

use tch::{Device, Kind, Tensor};

use crate::error::{Error, Result};

/// Named tensors in the order in which they were made, which is also the optimiser's order.
///
/// All numbers lie in one row, each tensor being a view of its stretch, so that an optimiser moves them together.
#[derive(Debug)]
pub struct Weights {
    layout: Arc<Layout>,
    flat: Tensor,
    tensors: Vec<Tensor>,
}

/// Names and places of tensors.
#[derive(Debug)]
struct Layout {
    names: Vec<String>,
    index: HashMap<String, usize>,
    shapes: Vec<Vec<i64>>,
}

/// Tensors start at multiples of this many numbers, where vector instructions and GPUs read fastest.
const ALIGNMENT: usize = 16;

impl Layout {
    /// Lays tensors out one after the other.
    fn gather(tensors: impl Iterator<Item = Tensor>) -> Tensor {
        let mut pieces = Vec::new();
        for tensor in tensors {
            let gap = tensor.numel().next_multiple_of(ALIGNMENT) - tensor.numel();
            let zeros = (gap > 0).then(|| Tensor::zeros([gap as i64], (tensor.kind(), tensor.device())));
            pieces.push(tensor.reshape([-1]));
            pieces.extend(zeros);
        }
        if pieces.is_empty() { Tensor::zeros([0], (Kind::Float, Device::Cpu)) } else { Tensor::cat(&pieces, 0) }
    }

    /// Views of the tensors' stretches.
    fn split(&self, flat: &Tensor) -> Vec<Tensor> {
        let mut at = 0;
        let view = |shape: &Vec<i64>| {
            let count: i64 = shape.iter().product();
            let part = flat.narrow(0, at, count).view(shape.as_slice());
            at += (count as usize).next_multiple_of(ALIGNMENT) as i64;
            part
        };
        self.shapes.iter().map(view).collect()
    }
}

impl Weights {
    /// Weights from names and tensors, whose values are copied.
    pub fn new(named: Vec<(String, Tensor)>) -> Weights {
        let (names, tensors): (Vec<String>, Vec<Tensor>) = named.into_iter().unzip();
        let index = names.iter().enumerate().map(|(i, n)| (n.clone(), i)).collect();
        let shapes = tensors.iter().map(Tensor::size).collect();
        Weights::over(Arc::new(Layout { names, index, shapes }), Layout::gather(tensors.iter().map(Tensor::detach)))
    }

    fn over(layout: Arc<Layout>, flat: Tensor) -> Weights {
        let tensors = layout.split(&flat);
        Weights { layout, flat, tensors }
    }

    /// Weights of the same names and shapes with the values of other tensors, in the same order.
    #[must_use]
    pub fn with(&self, tensors: &[Tensor]) -> Weights {
        debug_assert!(tensors.iter().map(Tensor::size).eq(self.layout.shapes.iter().cloned()));
        Weights::over(Arc::clone(&self.layout), Layout::gather(tensors.iter().map(Tensor::detach)))
    }

    /// Weights of the same names and shapes over other tensors themselves, in the same order, which may be part of a
    /// computation with gradients. No optimiser can move these: the row of all numbers is empty.
    #[must_use]
    pub fn referring(&self, tensors: &[Tensor]) -> Weights {
        let flat = Tensor::zeros([0], (Kind::Float, self.device()));
        let tensors = tensors.iter().map(Tensor::shallow_clone).collect();
        Weights { layout: Arc::clone(&self.layout), flat, tensors }
    }

    /// These weights and then others, copied.
    #[must_use]
    pub fn and(&self, others: Vec<(String, Tensor)>) -> Weights {
        Weights::new(self.named("").chain(others).collect())
    }

    /// The same tensors, shared.
    #[must_use]
    pub fn shared(&self) -> Weights {
        Weights::over(Arc::clone(&self.layout), self.flat.shallow_clone())
    }

    /// A copy that later updates do not reach.
    #[must_use]
    pub fn copied(&self) -> Weights {
        Weights::over(Arc::clone(&self.layout), self.flat.detach().copy())
    }

    /// Leaves over the same memory that gather their own gradients.
    #[must_use]
    pub fn leaves(&self) -> Weights {
        let leaf = |t: &Tensor| t.detach().set_requires_grad(true);
        self.referring(&self.tensors.iter().map(leaf).collect::<Vec<_>>())
    }

    /// The weights on a device.
    #[must_use]
    pub fn to(&self, device: Device) -> Weights {
        Weights::over(Arc::clone(&self.layout), self.flat.to_device(device))
    }

    /// All numbers in one row, with gaps of zeros.
    pub fn flat(&self) -> &Tensor {
        &self.flat
    }

    /// All numbers in one row, to be updated in place. What stands in the gaps must stay 0.
    pub fn flat_mut(&mut self) -> &mut Tensor {
        &mut self.flat
    }

    /// The tensors' stretches of another row of numbers, such as that of [`gradient`](Self::gradient).
    pub fn split(&self, flat: &Tensor) -> Vec<Tensor> {
        self.layout.split(flat)
    }

    /// The names, in order.
    pub fn names(&self) -> &[String] {
        &self.layout.names
    }

    /// The tensors, in order.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Names and tensors, with a prefix to the names.
    pub fn named(&self, prefix: &str) -> impl Iterator<Item = (String, Tensor)> {
        self.layout.names.iter().zip(&self.tensors).map(move |(n, t)| (format!("{prefix}{n}"), t.shallow_clone()))
    }

    /// Number of numbers below a prefix.
    pub fn count_below(&self, prefix: &str) -> usize {
        let below = self.layout.names.iter().zip(&self.tensors).filter(|(name, _)| name.starts_with(prefix));
        below.map(|(_, tensor)| tensor.numel()).sum()
    }

    /// The gradients gathered on [`leaves`](Self::leaves), in one row; zeros where none arrived.
    pub fn gradient(&self) -> Tensor {
        let of = |t: &Tensor| Some(t.grad()).filter(Tensor::defined).unwrap_or_else(|| t.detach().zeros_like());
        tch::no_grad(|| Layout::gather(self.tensors.iter().map(of)))
    }

    /// Where the weights are.
    pub fn device(&self) -> Device {
        self.flat.device()
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
        for (name, tensor) in self.layout.names.iter().zip(&mut self.tensors) {
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
        match self.weights.layout.index.get(&full) {
            Some(&i) => &self.weights.tensors[i],
            None => panic!("the model has no weight `{full}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_are_views_of_one_row() {
        let tensor = |shape: &[i64]| Tensor::ones(shape, (Kind::Float, Device::Cpu));
        let mut weights = Weights::new(vec![("a".into(), tensor(&[2, 3])), ("b".into(), tensor(&[17]))]);
        assert_eq!((weights.flat().size(), weights.count()), (vec![48], 23));
        let (copy, shared) = (weights.copied(), weights.shared());
        *weights.flat_mut() += 1.0;
        let sum =
            |weights: &Weights| weights.tensors().iter().map(|t| t.sum(Kind::Float).double_value(&[])).sum::<f64>();
        assert_eq!((sum(&weights), sum(&shared), sum(&copy)), (46.0, 46.0, 23.0));
        let leaves = weights.leaves();
        (leaves.scope("").get("b") * 3.0).sum(Kind::Float).backward();
        let gradient = leaves.gradient();
        assert_eq!((gradient.size(), gradient.sum(Kind::Float).double_value(&[])), (vec![48], 51.0));
        assert_eq!(weights.split(&gradient)[1].size(), [17]);
    }
}
