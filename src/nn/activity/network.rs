//! A design with neurons, a question and weights: it forecasts recordings, tells states, and can be asked for its edges.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::json;
use tch::{Device, Kind, Tensor};

use super::design::{Design, Outlook, Shape, Task};
use super::ensemble::likeliest;
use super::summary;
use crate::activity::Recording;
use crate::activity::behaviour::Classify;
use crate::activity::connectome::Relations;
use crate::activity::forecast::Forecast;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::nn::checkpoint::{Archive, read_archive};
use crate::nn::device::as_slice;
use crate::nn::layers::Initialiser;
use crate::nn::model::ARCHITECTURE;
use crate::nn::weights::Weights;
use crate::run::seed::{Rng, stream};

/// Windows that are computed together when a network is asked.
const TOGETHER: usize = 128;

/// A network of recordings.
#[derive(Debug)]
pub struct Network {
    design: Design,
    shape: Shape,
    weights: Weights,
}

/// What an iterated forecast is shown on its way in training (scheduled sampling, Bengio et al. 2015).
pub struct Guide<'a> {
    /// The frames that came, `[rows, horizon, neurons]`.
    pub coming: &'a Tensor,
    /// 1 where a row goes on from what came, 0 where from its own prediction: `[rows, horizon]`.
    pub shown: &'a Tensor,
}

/// The frames behind `seen`, `[rows, horizon, neurons]`, by weights of a forecasting network. A design that answers frame
/// by frame goes on from its own predictions, or in training from what a guide shows it.
pub fn forecast(
    design: &Design,
    weights: &Weights,
    shape: &Shape,
    seen: &Tensor,
    guide: Option<&Guide>,
    mut chance: Option<&mut Rng>,
) -> Tensor {
    let (root, last) = (weights.scope(""), seen.size()[1] - 1);
    let now = |seen: &Tensor| seen.narrow(1, last, 1);
    let horizon = match shape.task {
        Task::Forecast { horizon } if design.outlook() == Outlook::Iterated => horizon as i64,
        _ => return now(seen) + design.net().forward(&root, seen, shape, chance),
    };
    let mut window = seen.shallow_clone();
    let mut frames = Vec::with_capacity(horizon as usize);
    for h in 0..horizon {
        let next = now(&window) + design.net().forward(&root, &window, shape, chance.as_deref_mut());
        let fed = match guide {
            None => next.shallow_clone(),
            Some(Guide { coming, shown }) => {
                let shown = shown.narrow(1, h, 1).unsqueeze(-1);
                &shown * coming.narrow(1, h, 1) + (1.0 - &shown) * &next
            }
        };
        window = Tensor::cat(&[window.narrow(1, 1, last), fed], 1);
        frames.push(next);
    }
    Tensor::cat(&frames, 1)
}

impl Network {
    /// A network with fresh weights.
    ///
    /// # Errors
    /// On options that no network can have, fewer than two neurons or states, and a horizon of 0.
    pub fn new(design: Design, shape: Shape, seed: u64, device: Device) -> Result<Network> {
        design.check(shape.context)?;
        if shape.neurons.len() < 2 {
            return Err(Error::value("a network of recordings needs two neurons or more"));
        }
        match &shape.task {
            Task::Forecast { horizon: 0 } => {
                return Err(Error::value("a horizon of 0 frames").help("give 1 or more"));
            }
            Task::States { states } if states.len() < 2 => {
                return Err(Error::value("telling states takes two or more").help("are they dropped, or all the same?"));
            }
            _ => {}
        }
        let mut rng = stream(seed, "init", 0);
        let mut init = Initialiser::new(&mut rng);
        design.net().initialise(&mut init, &shape);
        let weights = Weights::new(init.finish()).to(device);
        Ok(Network { design, shape, weights })
    }

    /// A second network over the same weights.
    #[must_use]
    pub fn shared(&self) -> Network {
        Network { design: self.design.clone(), shape: self.shape.clone(), weights: self.weights.shared() }
    }

    /// What it is made of.
    pub fn design(&self) -> &Design {
        &self.design
    }

    /// What it sees and is asked.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The weights.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The weights, to be trained in place.
    pub fn weights_mut(&mut self) -> &mut Weights {
        &mut self.weights
    }

    /// The edges that it infers in a recording, the mean over heads and over every frame that has its context: the
    /// receiver's row, the sender's column, from -1 to 1. What an edge does hangs on the message it weighs, so its sign is
    /// not that of a synapse; [`effects`](Self::effects) has that.
    ///
    /// # Errors
    /// When the network has no signed edges, and as a forecast.
    pub fn edges(&self, recording: &Recording) -> Result<Relations> {
        let none = || {
            Error::value(format!("`{}` infers no signed edges", self.design.name()))
                .help("ask for `of: \"effects\"`, which any network of recordings has")
        };
        let Design::Relational(relational) = &self.design else { return Err(none()) };
        let ends = self.every(recording)?;
        let n = recording.len();
        let parts = self.asked(recording, &ends, |weights, seen| {
            let edges = relational.signed_edges(&weights.scope(""), seen)?;
            Some(edges.mean_dim([1i64].as_slice(), false, Kind::Float).sum_dim_intlist(
                [0i64].as_slice(),
                false,
                Kind::Float,
            ))
        })?;
        let mut sums = vec![0.0; n * n];
        for part in &parts {
            let part = part.as_ref().ok_or_else(none)?;
            sums.iter_mut().zip(part).for_each(|(sum, &v)| *sum += f64::from(v));
        }
        let count = ends.len() as f64;
        Relations::new(
            self.design.name(),
            Arc::clone(recording.neurons()),
            sums.into_iter().map(|s| s / count).collect(),
        )
    }

    /// What a lasting change of each neuron changes in the forecast of every other: the receiver's change, the mean over
    /// the horizon and over every frame that has its context, for each unit that the sender is higher in all frames seen.
    /// As the weights of a ridge regression are read.
    ///
    /// # Errors
    /// When the network forecasts nothing, and as a forecast.
    pub fn effects(&self, recording: &Recording) -> Result<Relations> {
        const STEP: f64 = 0.1;
        if !matches!(self.shape.task, Task::Forecast { .. }) {
            return Err(Error::value("effects are read from forecasts, and this network tells states")
                .help("train it with train::dynamics"));
        }
        let ends: Vec<usize> = self.every(recording)?.into_iter().step_by(4).collect();
        let (design, shape, n) = (&self.design, &self.shape, recording.len());
        let parts = self.asked(recording, &ends, |weights, seen| {
            let columns = (0..n as i64).map(|sender| {
                let at = Tensor::zeros([n as i64], (Kind::Float, seen.device()));
                let _ = at.get(sender).fill_(STEP);
                let told = |sign: f64| forecast(design, weights, shape, &(seen + &at * sign), None, None);
                (told(1.0) - told(-1.0)).mean_dim([1i64].as_slice(), false, Kind::Float) / (2.0 * STEP)
            });
            // [rows, receivers, senders]
            let columns: Vec<Tensor> = columns.collect();
            Some(Tensor::stack(&columns, -1).sum_dim_intlist([0i64].as_slice(), false, Kind::Float))
        })?;
        let mut sums = vec![0.0; n * n];
        for part in parts.iter().flatten() {
            sums.iter_mut().zip(part).for_each(|(sum, &v)| *sum += f64::from(v));
        }
        let (count, name) = (ends.len() as f64, format!("{} effects", self.design.name()));
        Relations::new(name, Arc::clone(recording.neurons()), sums.into_iter().map(|s| s / count).collect())
    }

    /// Every frame that has its context.
    fn every(&self, recording: &Recording) -> Result<Vec<usize>> {
        let ends: Vec<usize> = (self.shape.context - 1..recording.frames()).collect();
        if ends.is_empty() {
            return Err(Error::value(format!(
                "recording `{}` has {} frames, and the network sees {}",
                recording.name(),
                recording.frames(),
                self.shape.context
            ))
            .help("give a longer recording"));
        }
        Ok(ends)
    }

    /// Asks about the windows that end at some frames, together in parallel; answers in order. A window that begins before
    /// the recording does is filled up with its first frame.
    fn asked(
        &self,
        recording: &Recording,
        ends: &[usize],
        ask: impl Fn(&Weights, &Tensor) -> Option<Tensor> + Sync,
    ) -> Result<Vec<Option<Vec<f32>>>> {
        if recording.neurons()[..] != self.shape.neurons[..] {
            return Err(Error::value(format!(
                "the network has learnt {} neurons, and recording `{}` has {} or others",
                self.shape.neurons.len(),
                recording.name(),
                recording.len()
            ))
            .help("`.aligned()` gives animals the same neurons in the same order"));
        }
        recording.require_finite("a network")?;
        let (context, device) = (self.shape.context, self.weights.device());
        let ask = &ask;
        let jobs: Vec<_> = ends.chunks(TOGETHER).map(|ends| (ends, self.weights.shared())).collect();
        let answers = jobs.into_par_iter().map(|(ends, weights)| {
            interrupt::check()?;
            let values = windows(recording, ends, context);
            let seen = Tensor::from_slice(&values).to_device(device);
            let seen = seen.reshape([ends.len() as i64, context as i64, recording.len() as i64]);
            let answer = tch::no_grad(|| ask(&weights, &seen));
            let numbers = |t: Tensor| {
                let t = t.to_device(Device::Cpu).to_kind(Kind::Float).contiguous();
                as_slice(&t).map(<[f32]>::to_vec)
            };
            answer.map(numbers).transpose()
        });
        answers.collect()
    }

    /// The probability of each state in each of these frames: frames x states.
    ///
    /// # Errors
    /// When the network forecasts, the neurons are not those that were learnt from, and on a requested stop.
    pub fn probabilities(&self, recording: &Recording, frames: &[usize]) -> Result<Vec<f64>> {
        if !matches!(self.shape.task, Task::States { .. }) {
            return Err(
                Error::value("the network forecasts, and tells no states").help("train it with train::classify")
            );
        }
        let (design, shape) = (&self.design, &self.shape);
        let answers = self.asked(recording, frames, |weights, seen| {
            Some(design.scores(weights, seen, shape, None).softmax(-1, Kind::Float))
        })?;
        Ok(answers.into_iter().flatten().flatten().map(f64::from).collect())
    }

    /// Writes design, shape and weights as safetensors.
    ///
    /// # Errors
    /// When the file cannot be written, or its name does not end in `.safetensors`.
    pub fn save(&self, path: &Path) -> Result<()> {
        if path.extension().is_none_or(|e| e != "safetensors") {
            return Err(Error::value(format!(
                "a network is saved as a .safetensors file, not as `{}`",
                path.display()
            )));
        }
        Archive::write(path, self.weights.named("").collect(), &json!({ ARCHITECTURE: self.described() }))
    }

    /// What its file says that its weights belong to.
    pub fn described(&self) -> serde_json::Value {
        json!({ "design": self.design, "shape": self.shape })
    }

    /// Reads a network that was saved.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else.
    pub fn load(path: &Path, device: Device) -> Result<Network> {
        let archive = read_archive(path)?;
        let other = || {
            Error::format("holds no network of recordings")
                .in_file(path)
                .help("models of neurons are read with nn::load")
        };
        let part = |name: &str| archive.note.get(ARCHITECTURE).and_then(|a| a.get(name)).cloned().ok_or_else(other);
        let design: Design = serde_json::from_value(part("design")?).map_err(|_| other())?;
        let shape: Shape = serde_json::from_value(part("shape")?).map_err(|_| other())?;
        let mut network = Network::new(design, shape, 0, device).map_err(|e| e.in_file(path))?;
        network.weights.load(&archive.tensors, "").map_err(|e| e.in_file(path))?;
        Ok(network)
    }
}

/// The frames up to each of some frames: rows x context x neurons. What would lie before the first frame is the first.
pub fn windows(recording: &Recording, ends: &[usize], context: usize) -> Vec<f32> {
    let mut values = Vec::with_capacity(ends.len() * context * recording.len());
    for &end in ends {
        for back in (0..context).rev() {
            values.extend(recording.frame(end.saturating_sub(back)).iter().map(|&v| v as f32));
        }
    }
    values
}

impl Forecast for Network {
    fn predict(&self, recording: &Recording, ends: &[usize], horizon: usize) -> Result<Vec<f64>> {
        if self.shape.task != (Task::Forecast { horizon }) {
            return Err(Error::value(format!("the network has not learnt to forecast {horizon} frames"))
                .help("predict the horizon that was learnt"));
        }
        let (design, shape) = (&self.design, &self.shape);
        let answers =
            self.asked(recording, ends, |weights, seen| Some(forecast(design, weights, shape, seen, None, None)))?;
        Ok(answers.into_iter().flatten().flatten().map(f64::from).collect())
    }
}

impl Classify for Network {
    fn classify(&self, recording: &Recording, frames: &[usize]) -> Result<Vec<usize>> {
        Ok(likeliest(&self.probabilities(recording, frames)?, frames.len()))
    }
}

/// A line about the whole, and a table of its layers.
impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        summary::write(f, &self.design, Some(self))
    }
}
