//! Gradients across segments: autograd inside each, our own backward passes between them.
//!
//! libtorch's autograd cannot be taught a new operation from Rust. A [`Tape`] therefore cuts the computation into
//! segments that begin at detached leaves. Going back, a segment's outputs are multiplied by the gradients that
//! arrived and differentiated as a sum, which leaves the gradients of its inputs on the leaves; a native operation
//! brings its own backward function. Gradients of weights gather on the weights, as with plain autograd.

use tch::{Kind, Tensor};

use crate::error::{Error, Result};
use crate::interrupt;

/// A value on a tape.
#[derive(Debug)]
pub struct Var {
    /// The value; differentiate through the tape, not through it.
    pub value: Tensor,
    /// Its number on the tape; `None` where no gradient can reach a weight through it.
    id: Option<usize>,
}

impl Var {
    /// Whether a gradient can reach a weight through it.
    pub fn is_recorded(&self) -> bool {
        self.id.is_some()
    }

    /// Length of the last dimension.
    pub fn width(&self) -> usize {
        self.value.size().last().map_or(0, |&n| n as usize)
    }
}

type Backward = Box<dyn FnOnce(&Tensor) -> Result<Vec<Tensor>> + Send>;

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
        backward: impl FnOnce(&Tensor) -> Result<Vec<Tensor>> + Send + 'static,
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
        self.backward_from(&[(scalar, scalar.value.ones_like())])
    }

    /// Goes back from several values whose gradients are known. A loss over a whole batch is formed from the outputs of
    /// its groups, outside their tapes; each group's share of its gradient then goes back on the group's own tape, which
    /// may be on another thread.
    ///
    /// # Errors
    /// On a tape that did not record, and on a requested stop.
    pub fn backward_from(self, seeds: &[(&Var, Tensor)]) -> Result<()> {
        let not_recorded = || Error::internal("backward pass over a computation that was not recorded");
        let steps = self.steps.ok_or_else(not_recorded)?;
        let mut gradients: Vec<Option<Tensor>> = (0..self.values).map(|_| None).collect();
        let add = |gradients: &mut Vec<Option<Tensor>>, id: Option<usize>, gradient: Tensor| {
            let Some(id) = id.filter(|_| gradient.defined()) else { return };
            gradients[id] = Some(match gradients[id].take() {
                None => gradient,
                Some(sum) => sum + gradient,
            });
        };
        for (value, gradient) in seeds {
            let id = value.id.ok_or_else(not_recorded)?;
            add(&mut gradients, Some(id), gradient.shallow_clone());
        }
        for step in steps.into_iter().rev() {
            interrupt::check()?;
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn leaf(value: f32) -> Tensor {
        Tensor::from_slice(&[value]).set_requires_grad(true)
    }

    #[test]
    fn several_values_with_given_gradients_add_up_and_tapes_cross_threads() {
        let w = leaf(3.0);
        let mut tape = Tape::recording();
        let [a] = tape.segment([], |[]| [&w * 2.0]);
        let [b] = tape.segment([&a], |[a]| [a.square()]);
        let doubled = tape.native(&[&b], &b.value * 2.0, |g| Ok(vec![g * 2.0]));
        // d/dw of 5 (2w) + 7 (2 (2w)^2) = 10 + 112 w.
        let seeds = [Tensor::from_slice(&[5f32]), Tensor::from_slice(&[7f32])];
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let [first, second] = seeds;
                tape.backward_from(&[(&a, first), (&doubled, second)]).unwrap();
            });
        });
        assert!((w.grad().double_value(&[0]) - 346.0).abs() < 1e-3);
    }

    #[test]
    fn a_silent_tape_says_so() {
        let mut tape = Tape::silent();
        let [a] = tape.segment([], |[]| [leaf(1.0)]);
        assert!(tape.backward(&a).is_err());
    }
}
