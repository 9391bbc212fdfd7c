//! Learning states: the cross entropy over frames.

use serde_json::json;
use tch::{Kind, Tensor};

use super::options::{FitOptions, StatesOptions};
use super::recipe::{self, Lesson, Part};
use super::windows::{Frames, Group};
use crate::activity::Recording;
use crate::activity::behaviour::Classify;
use crate::error::{Error, Result};
use crate::nn::Weights;
use crate::nn::activity::{Design, Network, Shape, Task};
use crate::run::seed::stream;
use crate::train::course::{self, Moment, Plan, Recipe};
use crate::train::history::History;
use crate::train::loss::{Answers, CrossEntropy, Objective as _, balanced_accuracy};
use crate::train::step::Measured;

/// A network that has learnt to tell states, and what was measured meanwhile.
#[derive(Debug)]
pub struct StateNetwork {
    /// The network.
    pub network: Network,
    /// Loss, accuracy, balanced accuracy and the like; the same of `validation` where frames are held out.
    pub history: History,
}

/// Frames of a recording, and the state in each as a number.
pub type Labelled = (Recording, Vec<usize>, Vec<usize>);

/// Trains a fresh network to tell states. Windows at the start of a recording, which reach behind it, are filled up with
/// its first frame.
///
/// # Errors
/// When an option makes no sense, a state has no name, recordings have different neurons or missing values, there is no
/// frame, and on a requested stop, with the state of the run in the checkpoint.
pub fn states(
    design: &Design,
    train: &[Labelled],
    names: &[String],
    options: &StatesOptions,
    fit: &FitOptions,
    lesson: Lesson,
) -> Result<StateNetwork> {
    if !(0.0..1.0).contains(&options.smoothing) {
        return Err(Error::value(format!("`smoothing` must lie from 0 to below 1, not {}", options.smoothing)));
    }
    if !(0.0..=1.0).contains(&options.balance) {
        return Err(Error::value(format!("`balance` must lie from 0 to 1, not {}", options.balance)));
    }
    design.check(options.context)?;
    for (recording, frames, truth) in train {
        if frames.len() != truth.len() || frames.iter().any(|&t| t >= recording.frames()) {
            let (states, frames) = (truth.len(), frames.len());
            return Err(Error::value(format!("recording `{}`: {states} states for {frames} frames", recording.name())));
        }
    }
    let labelled = train.iter().map(|(recording, frames, _)| (recording, frames.as_slice()));
    let (frames, order) = Frames::of_frames(labelled, options.context, fit, lesson.seed)?;
    let truth: Vec<usize> = train.iter().flat_map(|(_, _, truth)| truth).copied().collect();
    let classes: Vec<i64> = order.iter().map(|&place| truth[place] as i64).collect();
    if let Some(state) = classes.iter().find(|&&s| s as usize >= names.len()) {
        return Err(Error::value(format!("state {state} of {} states", names.len())));
    }
    let shape = Shape {
        neurons: frames.neurons().to_vec(),
        context: options.context,
        task: Task::States { states: names.to_vec() },
    };
    let mut network = Network::new(design.clone(), shape, lesson.seed, lesson.device)?;
    let architecture = network.described();
    let learns = json!({ "recipe": "states", "network": architecture, "options": options, "truth": classes });
    let shape = network.shape().clone();
    let weights = state_weights(&classes, names.len(), options.balance);
    let objective = CrossEntropy { classes, weights, smoothing: options.smoothing };
    let mut recipe = Telling { design, shape: &shape, objective };
    let plan = Plan {
        architecture,
        run: recipe::describe(learns, fit, lesson.seed, &frames),
        options: &fit.loop_options(),
        checkpoint: lesson.checkpoint,
        observe: lesson.observe,
        half_precision: false,
        suspects: "look for traces that are not z-scored",
    };
    let history = course::follow(&mut recipe, network.weights_mut(), &frames, plan)?;
    Ok(StateNetwork { network, history })
}

/// Weights whose mean over the frames is 1: each state's number of frames to the power of `-balance`, scaled.
fn state_weights(classes: &[i64], count: usize, balance: f64) -> Vec<f32> {
    let mut sizes = vec![0usize; count];
    classes.iter().for_each(|&class| sizes[class as usize] += 1);
    let raw = |&size: &usize| (size.max(1) as f64).powf(-balance);
    let total: f64 = sizes.iter().map(|size| *size as f64 * raw(size)).sum();
    sizes.iter().map(|size| (raw(size) * classes.len() as f64 / total) as f32).collect()
}

struct Telling<'a> {
    design: &'a Design,
    shape: &'a Shape,
    objective: CrossEntropy,
}

impl Telling<'_> {
    fn loss(&self, weights: &Weights, group: Group, learning: bool) -> Result<Part> {
        let seen = recipe::frames(&group.seen, &group, self.shape.neurons.len(), weights.device());
        let mut rng = learning.then(|| stream(group.seed, "dropout", 0));
        let scores = self.design.scores(weights, &seen, self.shape, rng.as_mut());
        let latent = Tensor::zeros([0, 0], (Kind::Float, weights.device()));
        let rows = group.of as f64;
        let answers = Answers { latent, scores: Some(scores), taught: None, centre: None, cells: group.numbers };
        let loss = self.objective.loss(&answers, rows);
        Ok((loss.value, loss.sums))
    }
}

impl Recipe for Telling<'_> {
    type Group = Group;

    fn measure(&self, weights: &Weights, groups: Vec<Group>, _at: Moment) -> Result<Measured> {
        recipe::measure(weights, groups, |weights, group| self.loss(weights, group, true))
    }

    fn judge(&self, weights: &Weights, groups: Vec<Group>, _at: Moment) -> Result<Vec<(&'static str, f64)>> {
        let judged = recipe::judge(weights, groups, |weights, group| self.loss(weights, group, false))?;
        Ok(vec![
            ("validation_loss", judged.loss),
            ("validation_accuracy", judged.sums[0].double_value(&[])),
            ("validation_balanced_accuracy", balanced_accuracy(&judged.sums)),
        ])
    }

    fn series(&self, measured: &Measured) -> Vec<(&'static str, f64)> {
        vec![("accuracy", measured.sums[0].double_value(&[])), ("balanced_accuracy", balanced_accuracy(&measured.sums))]
    }
}

impl Classify for StateNetwork {
    fn classify(&self, recording: &Recording, frames: &[usize]) -> Result<Vec<usize>> {
        self.network.classify(recording, frames)
    }
}

impl std::fmt::Display for StateNetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{}", self.network, self.history)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_weigh_alike_or_as_their_frames_do() {
        let classes = [0, 0, 0, 1];
        assert_eq!(state_weights(&classes, 2, 0.0), [1.0, 1.0]);
        let balanced = state_weights(&classes, 2, 1.0);
        assert!((balanced[0] - 2.0 / 3.0).abs() < 1e-6 && (balanced[1] - 2.0).abs() < 1e-6, "{balanced:?}");
        let between = state_weights(&classes, 2, 0.5);
        assert!((between[1] / between[0] - 3f32.sqrt()).abs() < 1e-6, "{between:?}");
    }
}
