//! Training loops, losses, schedules, checkpoints.
//!
//! A loop draws its batches from seeded streams by step number, so a run that is stopped and resumed sees what an
//! unbroken one sees. Its state (weights, teacher, optimiser, step) is one file, written whole or not at all.

mod adam;
mod dino;
mod history;
mod loss;
mod monitor;
mod prefetch;
mod schedule;
mod state;
mod step;

pub use adam::Adam;
pub use dino::{Checkpoint, DinoOptions, Progress, dino};
pub use history::History;
pub use loss::{DinoLoss, Temperatures};
pub use state::State;
pub use step::{DinoStep, Measured};
