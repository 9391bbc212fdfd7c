//! What a network of recordings is made of, and what it is asked.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::summary::Layer;
use super::{Gru, Mlp, Relational};
use crate::error::{Error, Result};
use crate::nn::architecture::check_size;
use crate::nn::layers::Initialiser;
use crate::nn::weights::{Scope, Weights};
use crate::run::seed::Rng;

/// How a horizon is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outlook {
    /// All frames at once, each with weights of its own.
    #[default]
    Direct,
    /// Frame by frame, each prediction fed back.
    Iterated,
}

/// A kind of network with its options.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Design {
    /// All neurons' values and slopes through dense layers.
    Mlp(Mlp),
    /// A gated recurrent unit over the frames.
    Gru(Gru),
    /// A graph network with inferred edges.
    Relational(Relational),
}

/// What a network is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// What the neurons do in so many frames.
    Forecast {
        /// Number of frames.
        horizon: usize,
    },
    /// Which of these states the animal is in.
    States {
        /// Their names.
        states: Vec<String>,
    },
}

/// Which neurons a network sees, for how long, and what it is asked of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// The neurons, in the order of the columns.
    pub neurons: Vec<String>,
    /// Frames that it sees.
    pub context: usize,
    /// What it is asked.
    pub task: Task,
}

impl Shape {
    /// Numbers that each neuron's readout answers in a forecast: the frames of the horizon, or one where it is iterated.
    pub(super) fn ahead(&self, outlook: Outlook) -> i64 {
        match (&self.task, outlook) {
            (Task::Forecast { horizon }, Outlook::Direct) => *horizon as i64,
            _ => 1,
        }
    }

    /// Number of neurons.
    pub(super) fn count(&self) -> i64 {
        self.neurons.len() as i64
    }

    /// What a network whose last layer sees all neurons together answers, in numbers.
    pub(super) fn answers(&self, outlook: Outlook) -> i64 {
        match &self.task {
            Task::Forecast { .. } => self.ahead(outlook) * self.count(),
            Task::States { states } => states.len() as i64,
        }
    }

    /// Answers of such a layer: forecasts as `[rows, frames, neurons]`, states as `[rows, states]`.
    pub(super) fn arranged(&self, answers: Tensor) -> Tensor {
        match &self.task {
            Task::Forecast { .. } => answers.reshape([answers.size()[0], -1, self.count()]),
            Task::States { .. } => answers,
        }
    }
}

/// What every design can do.
pub(super) trait Net {
    /// Refuses options that no network can have.
    fn check(&self, context: usize) -> Result<()>;

    /// Adds fresh weights.
    fn initialise(&self, init: &mut Initialiser, shape: &Shape);

    /// From frames `[rows, context, neurons]` to changes `[rows, ahead, neurons]` or scores of states `[rows, states]`.
    /// With chance, some units are dropped.
    fn forward(&self, weights: &Scope, seen: &Tensor, shape: &Shape, chance: Option<&mut Rng>) -> Tensor;

    /// The layers for a table; without a shape, sizes that hang on it are words.
    fn layers(&self, shape: Option<&Shape>) -> Vec<Layer>;

    /// How it reaches a horizon.
    fn outlook(&self) -> Outlook;
}

impl Design {
    pub(super) fn net(&self) -> &dyn Net {
        match self {
            Design::Mlp(net) => net,
            Design::Gru(net) => net,
            Design::Relational(net) => net,
        }
    }

    /// The word that scripts use, with `without edges` where a graph network has none.
    pub fn name(&self) -> String {
        match self {
            Design::Mlp(_) => "mlp".into(),
            Design::Gru(_) => "gru".into(),
            Design::Relational(net) if net.edges => "relational".into(),
            Design::Relational(_) => "relational without edges".into(),
        }
    }

    /// How it reaches a horizon.
    pub fn outlook(&self) -> Outlook {
        self.net().outlook()
    }

    /// The scores of states, `[rows, states]`, by weights of a network that tells them; with chance, in training.
    pub fn scores(&self, weights: &Weights, seen: &Tensor, shape: &Shape, chance: Option<&mut Rng>) -> Tensor {
        self.net().forward(&weights.scope(""), seen, shape, chance)
    }

    /// Refuses what no network can be, and a context that is too short.
    ///
    /// # Errors
    /// Names the first such option.
    pub fn check(&self, context: usize) -> Result<()> {
        check_size("context", context)?;
        self.net().check(context)
    }
}

/// Refuses differences that reach behind the frames that are seen.
pub(super) fn check_lags(lags: &[usize], context: usize) -> Result<()> {
    match lags.iter().find(|&&lag| lag == 0 || lag >= context) {
        Some(lag) => Err(Error::value(format!("a lag of {lag} frames with a context of {context}"))
            .help("lags are 1 or more, and less than `context`")),
        None => Ok(()),
    }
}

/// Refuses shares that are none.
pub(super) fn check_dropout(rate: f64) -> Result<()> {
    if (0.0..1.0).contains(&rate) {
        return Ok(());
    }
    Err(Error::value(format!("`dropout` must be a share from 0 to below 1, not {rate}")))
}

/// A design as a script writes it, with its layers below.
impl std::fmt::Display for Design {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        super::summary::write(f, self, None)
    }
}
