//! Networks of recordings: from the last frames of many neurons to the frames that follow, or to the animal's state.
//!
//! A [`Design`] says what a network is made of, and knows no animal; with a [`Shape`] (which neurons, how many frames are
//! seen, what is asked) it becomes a [`Network`] with weights. [`Relational`] infers who acts on whom and computes with
//! these edges; [`Mlp`] and [`Gru`] know nothing of relations, and are what it has to be better than.
//!
//! With `x_i(t)` the trace of neuron `i` at the last frame seen, every design predicts changes, `x_i(t + h) = x_i(t) + y_ih`,
//! so that weights of zero are persistence. [`Outlook::Direct`] answers all of the horizon at once;
//! [`Outlook::Iterated`] answers one frame and feeds it back.
//!
//! This is plain libtorch: no operation here needs the tape of the morphology side. Batches are split into groups of fixed
//! size that are spread over threads, as there.

mod design;
mod ensemble;
mod gru;
mod mlp;
mod network;
mod relational;
mod summary;

pub use design::{Design, Outlook, Shape, Task};
pub use ensemble::Ensemble;
pub use gru::Gru;
pub use mlp::Mlp;
pub use network::{Guide, Network, forecast, windows};
pub use relational::{Messages, Relational};

use rand::Rng as _;
use tch::Tensor;

use crate::run::seed::Rng;

/// Each neuron's last value and its differences from some frames before: `[rows, frames, neurons]` to
/// `[rows, neurons, 1 + lags]`.
fn features(seen: &Tensor, lags: &[usize]) -> Tensor {
    let last = seen.size()[1] - 1;
    let now = seen.select(1, last);
    let mut columns = vec![now.shallow_clone()];
    columns.extend(lags.iter().map(|&lag| &now - seen.select(1, last - lag as i64)));
    Tensor::stack(&columns, -1)
}

/// Sets numbers to 0 with a probability and scales the others up (Srivastava et al. 2014), where there is chance: in
/// training. The mask comes from our own generator, whatever the thread.
fn dropout(x: Tensor, rate: f64, chance: Option<&mut Rng>) -> Tensor {
    let Some(rng) = chance.filter(|_| rate > 0.0) else { return x };
    let kept = (1.0 / (1.0 - rate)) as f32;
    let mask: Vec<f32> = (0..x.numel()).map(|_| if rng.gen_bool(rate) { 0.0 } else { kept }).collect();
    let mask = Tensor::from_slice(&mask).reshape_as(&x).to_device(x.device()).to_kind(x.kind());
    x * mask
}
