//! Predicting what the neurons do next.
//!
//! A [`Forecast`] says from the frames up to one what the next ones will be. The [`Baseline`]s here are fitted in closed
//! form; models that learn by gradients implement the same trait and are judged by the same [`rollout()`]. A result
//! without them beside it says little: slow signals make persistence hard to beat at short horizons.

mod baseline;
mod least_squares;
mod rollout;
mod trajectories;

pub use baseline::{Baseline, Fitted, default_lambdas};
pub use rollout::{AnimalError, Chosen, Rollout, RolloutOptions, poco, rollout, rollout_with};
pub use trajectories::{Trajectories, TrajectoryOptions, trajectories, trajectories_of};

use super::Recording;
use crate::error::Result;

/// What predicts activity.
pub trait Forecast {
    /// Predicts the `horizon` frames behind each of the frames `ends`, from frames up to and with it alone: windows x
    /// horizon x neurons. Each end has the `context` frames that were promised.
    ///
    /// # Errors
    /// When the neurons are not those that were learnt from, and on a requested stop.
    fn predict(&self, recording: &Recording, ends: &[usize], horizon: usize) -> Result<Vec<f64>>;
}
