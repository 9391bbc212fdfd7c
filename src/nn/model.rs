//! A model: an architecture with its weights, ready to embed neurons.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use serde::Deserialize;
use tch::{Device, Kind};

use super::architecture::Architecture;
use super::checkpoint::{Archive, read_archive};
use super::device;
use super::encoder::{encode, initialise};
use super::graphdino::GraphDinoOptions;
use super::graphs::Graphs;
use super::summary;
use super::tape::Tape;
use super::weights::Weights;
use crate::augment::{Augmentation, Pipeline, Subsample, View};
use crate::data::population::Streamed;
use crate::data::{Batch, Matrix, Population};
use crate::error::{Error, Result};
use crate::morph::Morphology;
use crate::run::seed::stream;
use crate::{interrupt, progress};

/// The prefix that the published code gives the weights one embeds with.
pub const STUDENT: &str = "student_encoder.";
/// The entry of a file's note that says what its weights belong to.
pub const ARCHITECTURE: &str = "architecture";

/// An architecture and its weights on a device.
#[derive(Debug)]
pub struct Model {
    architecture: Architecture,
    weights: Weights,
}

/// How neurons are embedded.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmbedOptions {
    /// Neurons with more nodes are thinned to this number first.
    pub max_nodes: usize,
    /// Neurons encoded together.
    pub batch: usize,
    /// What is done to each neuron before it is embedded.
    #[serde(skip)]
    pub views: Option<Pipeline>,
    /// The seed of the chance in `views`.
    pub seed: u64,
}

impl Default for EmbedOptions {
    fn default() -> Self {
        EmbedOptions { max_nodes: 1000, batch: 16, views: None, seed: 0 }
    }
}

impl Model {
    /// A model with fresh weights.
    ///
    /// # Errors
    /// On what no model can be.
    pub fn new(architecture: Architecture, seed: u64, device: Device) -> Result<Model> {
        architecture.check()?;
        let weights = initialise(&architecture, seed).to(device);
        Ok(Model { architecture, weights })
    }

    /// A second model over the same weights: what one learns, the other knows.
    #[must_use]
    pub fn shared(&self) -> Model {
        Model { architecture: self.architecture.clone(), weights: self.weights.shared() }
    }

    /// Reads a model from our safetensors or from the published checkpoint, whose sizes its tensors tell.
    ///
    /// # Errors
    /// When the file cannot be read or holds another kind of model.
    pub fn load(path: &Path, device: Device) -> Result<Model> {
        let archive = read_archive(path)?;
        let architecture = described(&archive).map_err(|e| e.in_file(path))?;
        let mut model = Model::new(architecture, 0, device).map_err(|e| e.in_file(path))?;
        model.weights.load(&archive.tensors, STUDENT).map_err(|e| e.in_file(path))?;
        Ok(model)
    }

    /// Writes the architecture and the weights as safetensors; those of GraphDINO under the published names.
    ///
    /// # Errors
    /// When the file cannot be written, or its name does not end in `.safetensors`.
    pub fn save(&self, path: &Path) -> Result<()> {
        if path.extension().is_none_or(|e| e != "safetensors") {
            return Err(Error::value(format!("a model is saved as a .safetensors file, not as `{}`", path.display())));
        }
        let note = serde_json::json!({ ARCHITECTURE: self.architecture });
        Archive::write(path, self.weights.named(STUDENT).collect(), &note)
    }

    /// What it is made of.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// The weights.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The weights, to be trained in place.
    pub fn weights_mut(&mut self) -> &mut Weights {
        &mut self.weights
    }

    /// Embeds neurons: one row of numbers each, as wide as the latent, named by `ids`. Each neuron is centred on its soma. The same
    /// neuron gives the same numbers, whatever else is embedded with it and however many threads do it.
    ///
    /// # Errors
    /// When stopped on request, or when a neuron has a single node: it has no shape.
    pub fn embed(&self, cells: &[Arc<Morphology>], ids: Arc<[String]>, options: &EmbedOptions) -> Result<Matrix> {
        options.check()?;
        let bar = progress::begin("embedding", cells.len() as u64);
        let mut values = Vec::with_capacity(cells.len() * self.architecture.latent());
        for cells in cells.chunks(self.at_once(options) * rayon::current_num_threads().max(1)) {
            values.extend(self.latents(cells, options)?);
            bar.set((values.len() / self.architecture.latent()) as u64, "");
        }
        Matrix::numbered(ids, "z", self.architecture.latent(), values)
    }

    /// Embeds a population of any size into a file, a row per cell in the cells' order, holding only the cells in work:
    /// `.csv` with ids and columns as [`embed`](Self::embed) names them, or `.npy` with the ids in a file beside it. The
    /// file appears when it is complete; `resume` goes on behind the rows of a stream that was broken off.
    ///
    /// # Errors
    /// On another ending, when a file cannot be read or written, `resume` finds rows of other cells, and as
    /// [`embed`](Self::embed); rows that were written stay.
    pub fn embed_to(&self, cells: &Population, path: &Path, options: &EmbedOptions, resume: bool) -> Result<Streamed> {
        options.check()?;
        let width = self.architecture.latent();
        let latents = |places: Range<usize>| {
            let neurons = places.into_par_iter().map(|place| cells.cell(place)).collect::<Result<Vec<_>>>()?;
            self.latents(&neurons, options)
        };
        if path.extension().is_some_and(|e| e == "npy") {
            return cells.array_to(path, width, resume, "embedding", latents);
        }
        let header: Vec<String> = (1..=width).map(|i| format!("z{i}")).collect();
        cells.rows_to(path, resume, "embedding", |places| {
            let values = latents(places)?;
            let rows = values.chunks_exact(width).map(|row| row.iter().map(f64::to_string).collect()).collect();
            Ok((header.clone(), rows))
        })
    }

    /// Neurons that are encoded together: on the processor one is one piece of work; a GPU wants several at once.
    fn at_once(&self, options: &EmbedOptions) -> usize {
        if self.weights.device() == Device::Cpu { 1 } else { options.batch }
    }

    /// The latents of some neurons, row by row, computed in parallel.
    fn latents(&self, cells: &[Arc<Morphology>], options: &EmbedOptions) -> Result<Vec<f64>> {
        interrupt::check()?;
        if let Some(cell) = cells.iter().find(|c| c.len() < 2) {
            return Err(Error::value(format!("`{}` has a single sample, so it has no shape to embed", cell.name))
                .help("leave out such cells: cells.filter(|c| c.n_nodes > 1)"));
        }
        // Tensors may move to a thread, but not be shared with one.
        let jobs: Vec<_> = cells.chunks(self.at_once(options)).map(|cells| (cells, self.weights.shared())).collect();
        let architecture = &self.architecture;
        let rows: Vec<Vec<f32>> = jobs
            .into_par_iter()
            .map(|(cells, weights)| embed_batch(cells, architecture, &weights, options))
            .collect::<Result<_>>()?;
        Ok(rows.into_iter().flatten().map(f64::from).collect())
    }
}

impl EmbedOptions {
    fn check(&self) -> Result<()> {
        if self.max_nodes < 2 || self.batch == 0 {
            return Err(Error::value(format!(
                "`max_nodes` must be at least 2 and `batch` at least 1, not {} and {}",
                self.max_nodes, self.batch
            )));
        }
        Ok(())
    }
}

/// A line about the whole, and a table of its layers.
impl std::fmt::Display for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        summary::write(f, &self.architecture, &self.weights)
    }
}

/// What a file says its weights belong to: a note of ours (older ones describe a GraphDINO), or else its tensors' sizes.
fn described(archive: &Archive) -> Result<Architecture> {
    let unreadable = |e: serde_json::Error| Error::format(format!("its note does not describe a model: {e}"));
    if let Some(note) = archive.note.get(ARCHITECTURE) {
        return serde_json::from_value(note.clone()).map_err(unreadable);
    }
    match archive.note.get("encoder") {
        Some(note) => serde_json::from_value::<GraphDinoOptions>(note.clone()).map_err(unreadable)?.architecture(),
        None => GraphDinoOptions::of_tensors(archive)?.architecture(),
    }
}

fn embed_batch(
    cells: &[Arc<Morphology>],
    architecture: &Architecture,
    weights: &Weights,
    options: &EmbedOptions,
) -> Result<Vec<f32>> {
    let thin = Subsample::to(options.max_nodes);
    let views: Vec<View> = cells
        .iter()
        .map(|cell| {
            let mut view = View::whole(cell);
            thin.apply(&mut view, 2, &mut stream(0, "embed", 0));
            match &options.views {
                Some(views) => views.draw(&view, &mut stream(options.seed, "embed views", 0)),
                None => view,
            }
        })
        .collect();
    let batch = Batch::new(&views, &architecture.layout());
    let graphs = Graphs::new(&batch, weights.device());
    let encoded = encode(architecture, weights, &graphs, &mut Tape::silent(), false)?;
    let latent = encoded.latent.value.to_device(Device::Cpu).to_kind(Kind::Float).contiguous();
    Ok(device::as_slice(&latent)?.to_vec())
}
