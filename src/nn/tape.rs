//! Gradients across segments: autograd inside each, our own backward passes between them.
//!
//! libtorch's autograd cannot be taught a new operation from Rust. A [`Tape`] therefore cuts the computation into
//! segments that begin at detached leaves. Going back, a segment's outputs are multiplied by the gradients that
//! arrived and differentiated as a sum, which leaves the gradients of its inputs on the leaves; a native operation
//! brings its own backward function. Gradients of weights gather on the weights, as with plain autograd.

use tch::{Kind, Tensor};

use crate::error::{Error, Result};

/// A value on a tape.
#[derive(Debug)]
pub struct Var {
    /// The value; differentiate through the tape, not through it.
    pub value: Tensor,
    /// Its number on the tape; `None` where no gradient can reach a weight through it.
    id: Option<usize>,
}

type Backward = Box<dyn FnOnce(&Tensor) -> Result<Vec<Tensor>>>;

enum Step {
    Segment { inputs: Vec<Option<usize>>, leaves: Vec<Tensor>, first: usize, outputs: Vec<Tensor> },
    Native { inputs: Vec<Option<usize>>, output: usize, backward: Backward },
}

/// The record of a computation.
pub struct Tape {
    /// `None` where no gradients are wanted.
    steps: Option<Vec<Step>>,
    values: usize,
}

impl Tape {
    /// A tape that records, for training.
    pub fn recording() -> Tape {
        Tape { steps: Some(Vec::new()), values: 0 }
    }

    /// A tape that computes without gradients, for teachers and embedding.
    pub fn silent() -> Tape {
        Tape { steps: None, values: 0 }
    }

    /// A value to compute with that has no gradient itself.
    pub fn constant(value: Tensor) -> Var {
        Var { value, id: None }
    }

    /// Computes a segment with libtorch operations.
    pub fn segment<const I: usize, const O: usize>(
        &mut self,
        inputs: [&Var; I],
        compute: impl FnOnce([Tensor; I]) -> [Tensor; O],
    ) -> [Var; O] {
        let Some(steps) = &mut self.steps else {
            let outputs = tch::no_grad(|| compute(inputs.map(|v| v.value.shallow_clone())));
            return outputs.map(|value| Var { value, id: None });
        };
        let leaves = inputs.map(|v| v.value.detach().set_requires_grad(v.id.is_some()));
        let outputs = tch::with_grad(|| compute(std::array::from_fn(|i| leaves[i].shallow_clone())));
        let first = self.values;
        self.values += O;
        steps.push(Step::Segment {
            inputs: inputs.iter().map(|v| v.id).collect(),
            leaves: leaves.into(),
            first,
            outputs: outputs.iter().map(Tensor::shallow_clone).collect(),
        });
        let mut id = first;
        outputs.map(|value| {
            id += 1;
            Var { value: value.detach(), id: Some(id - 1) }
        })
    }

    /// Notes a value computed outside libtorch, with the function that turns its gradient into those of `inputs`.
    pub fn native(
        &mut self,
        inputs: &[&Var],
        value: Tensor,
        backward: impl FnOnce(&Tensor) -> Result<Vec<Tensor>> + 'static,
    ) -> Var {
        let Some(steps) = &mut self.steps else { return Var { value, id: None } };
        let output = self.values;
        self.values += 1;
        steps.push(Step::Native {
            inputs: inputs.iter().map(|v| v.id).collect(),
            output,
            backward: Box::new(backward),
        });
        Var { value, id: Some(output) }
    }

    /// Goes back from a scalar: afterwards every weight's `grad` holds its gradient.
    ///
    /// # Errors
    /// On a tape that did not record.
    pub fn backward(self, scalar: &Var) -> Result<()> {
        let (Some(steps), Some(id)) = (self.steps, scalar.id) else {
            return Err(Error::internal("backward pass over a computation that was not recorded"));
        };
        let mut gradients: Vec<Option<Tensor>> = (0..self.values).map(|_| None).collect();
        gradients[id] = Some(scalar.value.ones_like());
        let add = |gradients: &mut Vec<Option<Tensor>>, id: Option<usize>, gradient: Tensor| {
            let Some(id) = id.filter(|_| gradient.defined()) else { return };
            gradients[id] = Some(match gradients[id].take() {
                None => gradient,
                Some(sum) => sum + gradient,
            });
        };
        for step in steps.into_iter().rev() {
            match step {
                Step::Segment { inputs, leaves, first, outputs } => {
                    let arrived = outputs.iter().enumerate().filter_map(|(i, output)| {
                        gradients[first + i].take().map(|g| tch::with_grad(|| (output * g).sum(Kind::Float)))
                    });
                    if let Some(target) = arrived.reduce(|a, b| tch::with_grad(|| a + b)) {
                        target.backward();
                    }
                    for (id, leaf) in inputs.into_iter().zip(leaves) {
                        if id.is_some() {
                            add(&mut gradients, id, leaf.grad());
                        }
                    }
                }
                Step::Native { inputs, output, backward } => {
                    if let Some(gradient) = gradients[output].take() {
                        for (id, gradient) in inputs.into_iter().zip(backward(&gradient)?) {
                            add(&mut gradients, id, gradient);
                        }
                    }
                }
            }
        }
        Ok(())
    }
}
