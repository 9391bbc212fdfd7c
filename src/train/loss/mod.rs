//! Losses: what a run makes smaller, computed from the answers of the networks to a batch.

mod cross_entropy;
mod dino;
mod geometry;
mod info_nce;
mod koleo;
mod sinkhorn;

use tch::{Kind, Tensor};

pub use cross_entropy::{CrossEntropy, balanced_accuracy};
pub use dino::{Centring, DinoLoss};
pub use geometry::Geometry;
pub use info_nce::{InfoNce, Space};
pub use koleo::koleo;
pub use sinkhorn::sinkhorn;

/// What the networks answer to some cells. Where each cell is seen in two views, the first half of the rows are the first
/// views and the second half the second views of the same cells.
#[derive(Debug)]
pub struct Answers {
    /// The latents, `[rows, latent]`.
    pub latent: Tensor,
    /// Scores of the prototypes or classes, `[rows, scores]`, where the loss asks for them.
    pub scores: Option<Tensor>,
    /// The teacher's scores, where there is a teacher.
    pub taught: Option<Tensor>,
    /// What the teacher's scores are centred on, `[1, prototypes]`.
    pub centre: Option<Tensor>,
    /// The cells, by their places among those trained on.
    pub cells: Vec<usize>,
}

/// A loss and what is measured with it.
#[derive(Debug)]
pub struct Loss {
    /// The loss, a scalar.
    pub value: Tensor,
    /// Tensors of which the sum over the groups of a batch is wanted.
    pub sums: Vec<Tensor>,
}

/// A loss as a function of answers.
pub trait Objective: Sync {
    /// Whether it is a sum over cells, so that groups of cells can be computed one after the other. Otherwise cells are
    /// compared with each other, and it wants the answers of the whole batch at once.
    fn is_separable(&self) -> bool;

    /// The share that these cells have in the loss of a batch of `rows` rows.
    fn loss(&self, answers: &Answers, rows: f64) -> Loss;
}

/// The kind of numbers that losses are computed in: single precision at least.
pub(super) fn precise(x: &Tensor) -> Tensor {
    if x.kind() == Kind::Double { x.shallow_clone() } else { x.to_kind(Kind::Float) }
}

/// Rows scaled to length 1, in single precision at least; a row of zeros stays.
pub(super) fn unit_rows(x: &Tensor) -> Tensor {
    let x = precise(x);
    &x / x.square().sum_dim_intlist(-1, true, x.kind()).clamp_min(1e-24).sqrt()
}
