//! A model with a readout of classes: it predicts other cells, and can be stored.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use tch::{Device, Tensor};

use super::history::History;
use super::step::CLASSIFIER;
use crate::data::{Labels, Matrix};
use crate::error::{Error, Result};
use crate::morph::Morphology;
use crate::nn::{ARCHITECTURE, Archive, EmbedOptions, Model, STUDENT, read_archive};

/// The entry of a file's note that names the classes.
const CLASSES: &str = "classes";

/// An encoder with a linear layer that scores classes.
#[derive(Debug)]
pub struct Classifier {
    /// The encoder.
    pub model: Model,
    /// What was measured while it learnt; empty for one that was read from a file.
    pub history: History,
    /// Neurons with more nodes are thinned to this number first.
    pub max_nodes: usize,
    /// The seed it was trained with.
    pub seed: u64,
    classes: Arc<[String]>,
    /// `[classes, latent]` and `[classes]`.
    readout: [Tensor; 2],
}

impl Classifier {
    pub(super) fn new(
        model: Model,
        readout: [Tensor; 2],
        classes: Arc<[String]>,
        history: History,
        max_nodes: usize,
        seed: u64,
    ) -> Classifier {
        Classifier { model, history, max_nodes, seed, classes, readout }
    }

    /// The classes' names.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The probability of each class given each neuron: a row per neuron, a column per class.
    ///
    /// # Errors
    /// As [`Model::embed`].
    pub fn probabilities(&self, cells: &[Arc<Morphology>], ids: Arc<[String]>) -> Result<Matrix> {
        let options = EmbedOptions { max_nodes: self.max_nodes, ..EmbedOptions::default() };
        let latents = self.model.embed(cells, ids, &options)?;
        let [weight, bias] = self.numbers();
        let rows = latents.iter_rows().flat_map(|z| {
            let score = |(w, b): (&[f64], &f64)| w.iter().zip(z).map(|(w, z)| w * z).sum::<f64>() + b;
            let scores: Vec<f64> = weight.chunks_exact(latents.cols()).zip(&bias).map(score).collect();
            let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = scores.iter().map(|s| (s - top).exp()).sum();
            scores.into_iter().map(move |s| (s - top).exp() / sum)
        });
        Matrix::new(Arc::clone(latents.ids()), Arc::clone(&self.classes), rows.collect())
    }

    /// The most probable class of each neuron.
    ///
    /// # Errors
    /// As [`Model::embed`].
    pub fn predict(&self, cells: &[Arc<Morphology>], ids: Arc<[String]>) -> Result<Labels> {
        let probabilities = self.probabilities(cells, ids)?;
        let best = |row: &[f64]| {
            let first = row
                .iter()
                .enumerate()
                .fold((0, f64::NEG_INFINITY), |best, (class, &p)| if p > best.1 { (class, p) } else { best });
            Some(&self.classes[first.0])
        };
        Ok(Labels::new(probabilities.iter_rows().map(best)))
    }

    fn numbers(&self) -> [Vec<f64>; 2] {
        self.readout.each_ref().map(|t| {
            let flat = t.to_device(Device::Cpu).to_kind(tch::Kind::Double).flatten(0, -1);
            Vec::try_from(flat).unwrap_or_default()
        })
    }

    /// Writes encoder, readout and the classes' names as safetensors; `nn::load` reads the encoder of it.
    ///
    /// # Errors
    /// When the file cannot be written, or its name does not end in `.safetensors`.
    pub fn save(&self, path: &Path) -> Result<()> {
        if path.extension().is_none_or(|e| e != "safetensors") {
            let shown = path.display();
            return Err(Error::value(format!("a classifier is saved as a .safetensors file, not as `{shown}`")));
        }
        let mut tensors: Vec<(String, Tensor)> = self.model.weights().named(STUDENT).collect();
        let [weight, bias] = self.readout.each_ref().map(Tensor::shallow_clone);
        tensors.extend([(format!("{CLASSIFIER}.weight"), weight), (format!("{CLASSIFIER}.bias"), bias)]);
        let note = json!({
            ARCHITECTURE: self.model.architecture(),
            CLASSES: &self.classes[..],
            "max_nodes": self.max_nodes,
            "seed": self.seed,
        });
        Archive::write(path, tensors, &note)
    }

    /// Reads a classifier that was saved.
    ///
    /// # Errors
    /// When the file cannot be read, or holds a model without classes.
    pub fn load(path: &Path, device: Device) -> Result<Classifier> {
        let model = Model::load(path, device)?;
        let archive = read_archive(path)?;
        let none = || {
            Error::format("holds a model, but no classes")
                .in_file(path)
                .help("read it with nn::load, or train a classifier with train::classify")
        };
        let note = &archive.note;
        let classes: Vec<String> =
            note.get(CLASSES).and_then(|c| serde_json::from_value(c.clone()).ok()).ok_or_else(none)?;
        let number = |entry: &str| note.get(entry).and_then(serde_json::Value::as_u64).ok_or_else(none);
        let (max_nodes, seed) = (number("max_nodes")? as usize, number("seed")?);
        let tensor = |part: &str, shape: &[i64]| {
            let found = archive.tensors.get(&format!("{CLASSIFIER}.{part}")).filter(|t| t.size() == shape);
            found.map(Tensor::shallow_clone).ok_or_else(none)
        };
        let (count, latent) = (classes.len() as i64, model.architecture().latent() as i64);
        let readout = [tensor("weight", &[count, latent])?, tensor("bias", &[count])?];
        Ok(Classifier::new(model, readout, classes.into(), History::default(), max_nodes, seed))
    }
}

impl std::fmt::Display for Classifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NeuronClassifier({} classes: {}", self.classes.len(), self.classes.join(", "))?;
        for (name, shown) in [("loss", "loss"), ("accuracy", "accuracy"), ("validation_accuracy", "held out")] {
            if let Some(value) = self.history.last(name) {
                write!(f, ", {shown} {value:.3}")?;
            }
        }
        write!(f, ")")
    }
}
