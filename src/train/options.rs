//! What every training run is told, whatever it learns from.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::schedule::{Decline, Schedule};
use crate::error::{Error, Result};

/// Options of the loop; the defaults are those of the published training on the Allen cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoopOptions {
    /// Number of steps of the optimiser.
    pub steps: u64,
    /// Cells that are computed together; fewer where there are fewer cells.
    pub batch: usize,
    /// Batches whose gradients are averaged for one step.
    pub accumulate: u64,
    /// Learning rate after the warm-up.
    pub lr: f64,
    /// How the learning rate falls.
    pub schedule: Decline,
    /// What an exponential decline multiplies it with every fifth of the run.
    pub decay: f64,
    /// The rate that a cosine ends at.
    pub lr_end: f64,
    /// The share of the run in which the learning rate rises from 0.
    pub warmup: f64,
    /// The largest norm of a step's gradient; longer ones are shortened to it.
    pub clip: Option<f64>,
    /// Decoupled weight decay of all matrices (Loshchilov & Hutter 2019).
    pub weight_decay: f64,
    /// Flips the signs of each view's Laplacian eigenvectors at random, since a sign means nothing.
    pub sign_flips: bool,
    /// Neurons with more nodes are thinned to this number once, before training.
    pub max_nodes: usize,
    /// The share of the cells that is held out: nothing is learnt from them, and the loss is measured on them.
    pub validation: f64,
    /// Steps between two measurements on the cells that are held out.
    pub validate_every: u64,
    /// Ends the run after this many such measurements in a row without a new lowest loss.
    pub patience: Option<u64>,
    /// Steps between two measurements in the history.
    pub log_every: u64,
    /// Steps between two checkpoints; 0 for one at the end only.
    pub checkpoint_every: u64,
    /// Lets CUDA compute matrix products in half precision, with scaled losses.
    pub autocast: bool,
}

impl Default for LoopOptions {
    fn default() -> Self {
        LoopOptions {
            steps: 1000,
            batch: 64,
            accumulate: 1,
            lr: 1e-4,
            schedule: Decline::Exponential,
            decay: 0.5,
            lr_end: 0.0,
            warmup: 0.02,
            clip: None,
            weight_decay: 0.0,
            sign_flips: false,
            max_nodes: 1000,
            validation: 0.0,
            validate_every: 100,
            patience: None,
            log_every: 10,
            checkpoint_every: 100,
            autocast: false,
        }
    }
}

impl LoopOptions {
    /// Refuses what no run can be told.
    ///
    /// # Errors
    /// Names the first such option.
    pub fn check(&self) -> Result<()> {
        let clip = self.clip.unwrap_or(1.0);
        for (name, value) in [("lr", self.lr), ("decay", self.decay), ("clip", clip)] {
            if !value.is_finite() || value <= 0.0 {
                return Err(Error::value(format!("`{name}` must be greater than 0, not {value}")));
            }
        }
        for (name, value) in [("lr_end", self.lr_end), ("weight_decay", self.weight_decay)] {
            if !value.is_finite() || value < 0.0 {
                return Err(Error::value(format!("`{name}` must be 0 or more, not {value}")));
            }
        }
        for (name, value) in [("warmup", self.warmup), ("validation", self.validation)] {
            if !(0.0..1.0).contains(&value) {
                return Err(Error::value(format!("`{name}` must be a share from 0 to below 1, not {value}")));
            }
        }
        let counts = [
            ("steps", self.steps),
            ("batch", self.batch as u64),
            ("accumulate", self.accumulate),
            ("log_every", self.log_every),
            ("validate_every", self.validate_every),
            ("patience", self.patience.unwrap_or(1)),
        ];
        if let Some((name, _)) = counts.iter().find(|(_, count)| *count == 0) {
            return Err(Error::value(format!("`{name}` must be at least 1")));
        }
        if self.max_nodes < 2 {
            return Err(Error::value(format!("`max_nodes` must be at least 2, not {}", self.max_nodes)));
        }
        if self.patience.is_some() && self.validation == 0.0 {
            return Err(Error::value("`patience` needs cells that are held out, and `validation` is 0")
                .help("hold out a share of the cells, such as validation: 0.1"));
        }
        Ok(())
    }

    /// The learning rate over the run.
    pub fn learning_rate(&self) -> Schedule {
        Schedule {
            decline: self.schedule,
            peak: self.lr,
            // A share such as 0.02 is not exact: a fiftieth of 100 steps must be 2 of them.
            warmup: (self.warmup * self.steps as f64 + 1e-9).floor() as u64,
            steps: self.steps,
            decay: self.decay,
            last: self.lr_end,
        }
    }
}

/// Where a run keeps its checkpoint.
#[derive(Clone, Debug, Default)]
pub struct Checkpoint {
    /// The file; none: the run cannot be resumed.
    pub path: Option<PathBuf>,
    /// Goes on from the file where it exists.
    pub resume: bool,
}

/// What an observer of a run is told.
#[derive(Clone, Debug)]
pub enum Event {
    /// A step was taken.
    Step(Progress),
    /// With that step, every cell has been seen once more.
    Epoch(Epoch),
}

/// A step that was taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Steps done.
    pub step: u64,
    /// Epochs completed.
    pub epoch: u64,
    /// The step's loss.
    pub loss: f64,
    /// The step's learning rate.
    pub lr: f64,
}

/// An epoch that was completed.
#[derive(Clone, Debug, PartialEq)]
pub struct Epoch {
    /// Its number, from 1.
    pub epoch: u64,
    /// Steps done.
    pub step: u64,
    /// The mean loss of its steps.
    pub loss: f64,
    /// The last value of every series of the history.
    pub measured: Vec<(String, f64)>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn impossible_options_are_refused_by_name() {
        let refused = |change: fn(&mut LoopOptions)| {
            let mut options = LoopOptions::default();
            change(&mut options);
            options.check().unwrap_err()
        };
        assert!(LoopOptions::default().check().is_ok());
        assert_eq!(refused(|o| o.lr = f64::NAN).message, "`lr` must be greater than 0, not NaN");
        assert_eq!(refused(|o| o.clip = Some(0.0)).message, "`clip` must be greater than 0, not 0");
        assert_eq!(refused(|o| o.accumulate = 0).message, "`accumulate` must be at least 1");
        assert_eq!(refused(|o| o.validation = 1.0).message, "`validation` must be a share from 0 to below 1, not 1");
        assert_eq!(refused(|o| o.max_nodes = 1).message, "`max_nodes` must be at least 2, not 1");
        let error = refused(|o| o.patience = Some(3));
        assert!(error.message.contains("`patience` needs cells") && error.help.unwrap().contains("validation: 0.1"));
    }

    #[test]
    fn a_fiftieth_of_a_run_warms_up() {
        for (steps, warmup) in [(100_000, 2000), (100, 2), (150, 3), (99, 1), (10, 0)] {
            assert_eq!(LoopOptions { steps, ..LoopOptions::default() }.learning_rate().warmup, warmup);
        }
    }
}
