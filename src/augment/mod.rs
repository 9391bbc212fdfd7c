//! Augmentations: what turns one neuron into the many views that a model learns from.
//!
//! A [`View`] is a neuron as flat arrays; an [`Augmentation`] changes it in place, in time linear in its nodes; a
//! [`Pipeline`] applies several in order. Nothing here depends on a model: views are what `data` batches.

mod drop_branches;
pub mod pipeline;
mod rewire;
pub mod rotate;
mod shift;
mod subsample;
mod view;

pub use drop_branches::DropBranches;
pub use pipeline::Pipeline;
pub use rewire::Rewire;
pub use rotate::Rotate;
pub use shift::{Jitter, Translate};
pub use subsample::Subsample;
pub use view::{Augmentation, View};
