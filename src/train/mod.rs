//! Training: recipes of what is learnt, and the loop that they share.
//!
//! A recipe ([`dino()`], [`contrastive()`], [`classify()`], [`profiles()`]) says which loss of which answers is made smaller; [`Course`] says of
//! which cells, for how long and how fast. The loop draws its batches from seeded streams by number, so a run that is
//! stopped and resumed sees what an unbroken one sees. Its state (weights, what the recipe has learnt, optimiser,
//! counters) is one file, written whole or not at all.

pub mod activity;
mod adam;
mod classifier;
mod classify;
mod contrastive;
mod course;
mod dino;
mod history;
pub mod loss;
pub mod monitor;
mod options;
mod prefetch;
mod prepare;
mod profiles;
mod ramp;
mod scale;
mod schedule;
mod state;
mod step;
mod watch;

pub use adam::Adam;
pub use classifier::Classifier;
pub use classify::{ClassifyOptions, Mode, classify};
pub use contrastive::{ContrastiveOptions, contrastive};
pub use course::{Course, Moment};
pub use dino::{Dino, DinoOptions, dino};
pub use history::History;
pub use options::{Checkpoint, Epoch, Event, LoopOptions, Progress};
pub use profiles::{ProfilesOptions, profiles};
pub use ramp::{Ramp, Shape};
pub use schedule::{Decline, Schedule};
pub use step::{Group, Measured};
