//! What training on recordings is told.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::train::options::LoopOptions;
use crate::train::ramp::{Ramp, Shape};
use crate::train::schedule::Decline;

/// Options of the loop and of what is done to windows, whatever is learnt of them. The defaults are for a few animals of
/// some thousand frames.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitOptions {
    /// Number of steps of the optimiser.
    pub steps: u64,
    /// Windows that are computed together.
    pub batch: usize,
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
    /// The largest norm of a step's gradient.
    pub clip: Option<f64>,
    /// Decoupled weight decay of all matrices.
    pub weight_decay: f64,
    /// Standard deviation of noise on every value that is seen.
    pub noise: f64,
    /// Standard deviation of what is added to all of a neuron's values in a window, those to be predicted too: another
    /// animal's mean is never quite the same.
    pub offset: f64,
    /// Standard deviation of the logarithm of what a neuron's values in a window are multiplied with.
    pub scale: f64,
    /// The share of each recording, at its end, that nothing is learnt from and the loss is measured on.
    pub validation: f64,
    /// Steps between two such measurements.
    pub validate_every: u64,
    /// Ends the run after this many measurements in a row without a new lowest loss.
    pub patience: Option<u64>,
    /// Steps between two entries of the history.
    pub log_every: u64,
    /// Steps between two checkpoints; 0 for one at the end.
    pub checkpoint_every: u64,
}

impl Default for FitOptions {
    fn default() -> Self {
        FitOptions {
            steps: 600,
            batch: 96,
            lr: 5e-3,
            schedule: Decline::Cosine,
            decay: 0.5,
            lr_end: 0.0,
            warmup: 0.0,
            clip: None,
            weight_decay: 0.01,
            noise: 0.02,
            offset: 0.2,
            scale: 0.2,
            validation: 0.0,
            validate_every: 100,
            patience: None,
            log_every: 10,
            checkpoint_every: 0,
        }
    }
}

impl FitOptions {
    /// As the loop takes them.
    pub(super) fn loop_options(&self) -> LoopOptions {
        LoopOptions {
            steps: self.steps,
            batch: self.batch,
            lr: self.lr,
            schedule: self.schedule,
            decay: self.decay,
            lr_end: self.lr_end,
            warmup: self.warmup,
            clip: self.clip,
            weight_decay: self.weight_decay,
            validation: self.validation,
            validate_every: self.validate_every,
            patience: self.patience,
            log_every: self.log_every,
            checkpoint_every: self.checkpoint_every,
            ..LoopOptions::default()
        }
    }

    /// Refuses what no run can be told.
    ///
    /// # Errors
    /// Names the first such option.
    pub fn check(&self) -> Result<()> {
        for (name, value) in [("noise", self.noise), ("offset", self.offset), ("scale", self.scale)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(Error::value(format!("`{name}` must be 0 or more, not {value}")));
            }
        }
        if self.patience.is_some() && self.validation == 0.0 {
            return Err(Error::value("`patience` needs frames that are held out, and `validation` is 0")
                .help("hold out a share of each recording, such as validation: 0.1"));
        }
        self.loop_options().check()
    }
}

/// What learning to forecast is told beside [`FitOptions`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DynamicsOptions {
    /// Frames that are seen.
    pub context: usize,
    /// Frames that are predicted.
    pub horizon: usize,
    /// How probably an iterated forecast goes on from what came instead of from its own prediction, in training
    /// (scheduled sampling, Bengio et al. 2015). Direct forecasts take no notice.
    pub teacher: Ramp,
}

impl Default for DynamicsOptions {
    fn default() -> Self {
        DynamicsOptions {
            context: 16,
            horizon: 16,
            teacher: Ramp { from: 1.0, to: 0.0, over: 0.5, shape: Shape::Linear },
        }
    }
}

/// What learning states is told beside [`FitOptions`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StatesOptions {
    /// Frames that are seen.
    pub context: usize,
    /// How far rare states count for more: a frame weighs the number of its state's frames to the power of minus this. 0
    /// weighs frames alike, 1 states.
    pub balance: f64,
    /// The share of each target that is spread over all states (Szegedy et al. 2016).
    pub smoothing: f64,
}

impl Default for StatesOptions {
    fn default() -> Self {
        StatesOptions { context: 16, balance: 0.0, smoothing: 0.0 }
    }
}
