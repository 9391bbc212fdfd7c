//! Learning classes: a linear readout of the latents, alone or together with the encoder.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use tch::{Kind, Tensor};

use super::classifier::Classifier;
use super::course::{self, Course, Moment, Recipe};
use super::loss::{CrossEntropy, balanced_accuracy};
use super::step::{CLASSIFIER, Group, Measured, Readout, Second, Step};
use crate::augment::Pipeline;
use crate::data::Labels;
use crate::error::{Error, Result};
use crate::morph::Morphology;
use crate::nn::{Architecture, Model, Weights};

/// What is learnt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The encoder and the readout together: from fresh weights, or fine-tuning what another run has learnt.
    #[default]
    FineTune,
    /// The readout alone; the encoder stays as it is.
    Probe,
}

/// What learning classes is told beside [`LoopOptions`](super::LoopOptions).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClassifyOptions {
    /// What is learnt.
    pub mode: Mode,
    /// Lets every class weigh the same, however many cells it has.
    pub balanced: bool,
    /// The share of each target that is spread over all classes (Szegedy et al. 2016).
    pub smoothing: f64,
}

/// Trains a model in place to tell classes of neurons, and returns it with its readout. Cells without a label are left
/// out. Without views, each neuron is seen as it is, thinned to `max_nodes`.
///
/// # Errors
/// When labels and cells differ in number, there are fewer than two classes, and as [`dino`](super::dino()).
pub fn classify(
    model: &mut Model,
    labels: &Labels,
    views: Option<&Pipeline>,
    options: &ClassifyOptions,
    course: Course,
) -> Result<Classifier> {
    course.options.check()?;
    if !(0.0..1.0).contains(&options.smoothing) {
        return Err(Error::value(format!("`smoothing` must lie from 0 to below 1, not {}", options.smoothing)));
    }
    labels.require_len(course.cells.len(), "train::classify")?;
    let (places, classes) = labels.known();
    let count = labels.classes().len();
    if count < 2 {
        return Err(Error::value(format!(
            "train::classify: there are {count} classes, and it takes two to tell apart"
        ))
        .help("are the labels of the right column?"));
    }
    let cells: Vec<Arc<Morphology>> = places.iter().map(|&i| Arc::clone(&course.cells[i])).collect();
    let weights = class_weights(&classes, count, options.balanced);
    let objective =
        CrossEntropy { classes: classes.iter().map(|&c| c as i64).collect(), weights, smoothing: options.smoothing };

    let architecture = model.architecture().clone();
    let device = model.weights().device();
    // From zeros, as logistic regression: all classes alike.
    let zeros = |shape: &[i64]| Tensor::zeros(shape, (Kind::Float, device));
    let (latent, count) = (architecture.latent() as i64, count as i64);
    let readout = vec![
        (format!("{CLASSIFIER}.weight"), zeros(&[count, latent])),
        (format!("{CLASSIFIER}.bias"), zeros(&[count])),
    ];
    let encoder = model.weights().shared();
    let mut learnt = match options.mode {
        Mode::FineTune => encoder.and(readout),
        Mode::Probe => Weights::new(readout),
    };
    let description = json!({
        "recipe": "classify",
        "options": options,
        "classes": labels.classes(),
        "labels": classes,
        // A frozen encoder is not in the checkpoint.
        "encoder": (options.mode == Mode::Probe).then(|| digest(&encoder)),
    });
    let autocast = course.options.autocast;
    let mut recipe = Classify { architecture: &architecture, objective, mode: options.mode, encoder, autocast };
    let max_nodes = course.options.max_nodes;
    let Course { options: common, seed, checkpoint, observe, .. } = course;
    let course = Course { cells: &cells, options: common, seed, checkpoint, observe };
    let history = course::run(&mut recipe, &mut learnt, &architecture, (views, 1), description, course)?;
    let readout = ["weight", "bias"].map(|part| learnt.scope(CLASSIFIER).get(&format!(".{part}")).copy());
    Ok(Classifier::new(model.shared(), readout, labels.classes().into(), history, max_nodes, seed))
}

/// Weights whose mean over the cells is 1: all 1, or inverse to the classes' sizes.
fn class_weights(classes: &[usize], count: usize, balanced: bool) -> Vec<f32> {
    let mut sizes = vec![0usize; count];
    classes.iter().for_each(|&class| sizes[class] += 1);
    let weight = |&size: &usize| {
        if balanced { classes.len() as f32 / (count * size.max(1)) as f32 } else { 1.0 }
    };
    sizes.iter().map(weight).collect()
}

/// The first 16 hexadecimal digits of the weights' SHA-256.
fn digest(weights: &Weights) -> String {
    let flat = weights.flat().to_device(tch::Device::Cpu);
    let values: Vec<f32> = Vec::try_from(flat).unwrap_or_default();
    let mut hash = Sha256::new();
    values.iter().for_each(|v| hash.update(v.to_le_bytes()));
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

struct Classify<'a> {
    architecture: &'a Architecture,
    objective: CrossEntropy,
    mode: Mode,
    /// The model's weights: what a probe reads, and where fine-tuning leaves what it learns.
    encoder: Weights,
    autocast: bool,
}

impl Classify<'_> {
    fn with_step<T>(&self, scale: f64, work: impl FnOnce(&Step, Option<&Second>) -> T) -> T {
        let step = Step {
            architecture: self.architecture,
            objective: &self.objective,
            readout: Readout::Classifier,
            views: 1,
            autocast: self.autocast,
            scale,
            device: self.encoder.device(),
        };
        let encoder = Second::Encoder(&self.encoder);
        work(&step, (self.mode == Mode::Probe).then_some(&encoder))
    }

    /// Puts what was learnt of the encoder into the model.
    fn hand_over(&mut self, learnt: &Weights) {
        if self.mode == Mode::FineTune {
            let flat = self.encoder.flat_mut();
            let size = flat.numel() as i64;
            tch::no_grad(|| flat.copy_(&learnt.flat().narrow(0, 0, size)));
        }
    }
}

impl Recipe for Classify<'_> {
    type Group = Group;

    fn measure(&self, weights: &Weights, groups: Vec<Group>, at: Moment) -> Result<Measured> {
        self.with_step(at.scale, |step, encoder| step.measure(weights, encoder, groups))
    }

    fn judge(&self, weights: &Weights, groups: Vec<Group>, at: Moment) -> Result<Vec<(&'static str, f64)>> {
        let judged = self.with_step(at.scale, |step, encoder| step.judge(weights, encoder, groups))?;
        Ok(vec![
            ("validation_loss", judged.loss),
            ("validation_accuracy", judged.sums[0].double_value(&[])),
            ("validation_balanced_accuracy", balanced_accuracy(&judged.sums)),
        ])
    }

    fn follow(&mut self, weights: &Weights, _measured: &Measured, _at: Moment) {
        self.hand_over(weights);
    }

    fn series(&self, measured: &Measured) -> Vec<(&'static str, f64)> {
        vec![("accuracy", measured.sums[0].double_value(&[])), ("balanced_accuracy", balanced_accuracy(&measured.sums))]
    }

    fn load(&mut self, tensors: &HashMap<String, Tensor>) -> Result<()> {
        if self.mode == Mode::FineTune {
            self.encoder.load(tensors, "student_encoder.")?;
        }
        Ok(())
    }
}
