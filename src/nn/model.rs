//! A model: an encoder with its weights, ready to embed neurons.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use serde::Deserialize;
use tch::{Device, Kind};

use super::checkpoint::{Archive, read_archive};
use super::device;
use super::encoder::{EncoderOptions, encode, initialise};
use super::graphs::Graphs;
use super::tape::Tape;
use super::weights::Weights;
use crate::augment::{Augmentation, Subsample, View};
use crate::data::{Batch, Matrix};
use crate::error::{Error, Result};
use crate::morph::Morphology;
use crate::run::seed::stream;
use crate::{interrupt, progress};

/// The prefix that the published code gives the weights one embeds with.
pub const STUDENT: &str = "student_encoder.";

/// An encoder and its weights on a device.
#[derive(Debug)]
pub struct Model {
    options: EncoderOptions,
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
}

impl Default for EmbedOptions {
    fn default() -> Self {
        EmbedOptions { max_nodes: 1000, batch: 16 }
    }
}

impl Model {
    /// A model with fresh weights.
    ///
    /// # Errors
    /// On sizes that no model can have.
    pub fn new(options: EncoderOptions, seed: u64, device: Device) -> Result<Model> {
        options.check()?;
        let weights = initialise(&options, seed).to(device);
        Ok(Model { options, weights })
    }

    /// A second model over the same weights: what one learns, the other knows.
    #[must_use]
    pub fn shared(&self) -> Model {
        Model { options: self.options.clone(), weights: self.weights.shared() }
    }

    /// Reads a model from our safetensors or from the published checkpoint, whose sizes its tensors tell.
    ///
    /// # Errors
    /// When the file cannot be read or holds another kind of model.
    pub fn load(path: &Path, device: Device) -> Result<Model> {
        let archive = read_archive(path)?;
        let options = match archive.note.get("encoder") {
            Some(options) => serde_json::from_value(options.clone())
                .map_err(|e| Error::format(format!("its note does not describe a model: {e}")).in_file(path))?,
            None => options_of(&archive).map_err(|e| e.in_file(path))?,
        };
        let mut model = Model::new(options, 0, device)?;
        model.weights.load(&archive.tensors, STUDENT).map_err(|e| e.in_file(path))?;
        Ok(model)
    }

    /// Writes the weights as safetensors, under the published names.
    ///
    /// # Errors
    /// When the file cannot be written, or its name does not end in `.safetensors`.
    pub fn save(&self, path: &Path) -> Result<()> {
        if path.extension().is_none_or(|e| e != "safetensors") {
            return Err(Error::value(format!("a model is saved as a .safetensors file, not as `{}`", path.display())));
        }
        Archive::write(path, self.weights.named(STUDENT).collect(), &serde_json::json!({ "encoder": self.options }))
    }

    /// The sizes.
    pub fn options(&self) -> &EncoderOptions {
        &self.options
    }

    /// The weights.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The weights, to be trained in place.
    pub fn weights_mut(&mut self) -> &mut Weights {
        &mut self.weights
    }

    /// Embeds neurons: one row of `dim` numbers each, named by `ids`. Each neuron is centred on its soma. The same
    /// neuron gives the same numbers, whatever else is embedded with it and however many threads do it.
    ///
    /// # Errors
    /// When stopped on request, or when a neuron has a single node: it has no shape.
    pub fn embed(&self, cells: &[Arc<Morphology>], ids: Arc<[String]>, options: &EmbedOptions) -> Result<Matrix> {
        if options.max_nodes < 2 || options.batch == 0 {
            return Err(Error::value(format!(
                "`max_nodes` must be at least 2 and `batch` at least 1, not {} and {}",
                options.max_nodes, options.batch
            )));
        }
        if let Some(cell) = cells.iter().find(|c| c.len() < 2) {
            return Err(Error::value(format!("`{}` has a single sample, so it has no shape to embed", cell.name))
                .help("leave out such cells: cells.filter(|c| c.n_nodes > 1)"));
        }
        let bar = progress::begin("embedding", cells.len() as u64);
        let mut values = Vec::with_capacity(cells.len() * self.options.dim);
        // On the processor one neuron is one piece of work; a GPU wants several at once.
        let at_once = if self.weights.device() == Device::Cpu { 1 } else { options.batch };
        let wave = at_once * rayon::current_num_threads().max(1);
        for cells in cells.chunks(wave) {
            interrupt::check()?;
            // Tensors may move to a thread, but not be shared with one.
            let jobs: Vec<_> = cells.chunks(at_once).map(|cells| (cells, self.weights.shared())).collect();
            let encoder = &self.options;
            let rows: Vec<Vec<f32>> = jobs
                .into_par_iter()
                .map(|(cells, weights)| embed_batch(cells, encoder, &weights, options))
                .collect::<Result<_>>()?;
            values.extend(rows.into_iter().flatten().map(f64::from));
            bar.set((values.len() / self.options.dim) as u64, "");
        }
        Matrix::numbered(ids, "z", self.options.dim, values)
    }
}

impl std::fmt::Display for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let o = &self.options;
        write!(
            f,
            "GraphDINO(dim {}, depth {}, heads {}, {} prototypes, {} weights, {})",
            o.dim,
            o.depth,
            o.heads,
            o.prototypes,
            self.weights.count(),
            device::name(self.weights.device())
        )
    }
}

/// The sizes that a checkpoint without a note must have.
fn options_of(archive: &Archive) -> Result<EncoderOptions> {
    let shape = |name: &str| {
        archive
            .tensors
            .get(&format!("{STUDENT}{name}"))
            .map(|t| t.size().iter().map(|&n| n as usize).collect::<Vec<_>>())
            .filter(|shape| shape.len() == 2)
            .ok_or_else(|| {
                Error::format(format!("no matrix `{STUDENT}{name}`")).help("is this a GraphDINO checkpoint?")
            })
    };
    let depth =
        (0..).take_while(|i| archive.tensors.contains_key(&format!("{STUDENT}blocks.{i}.norm1.weight"))).count();
    let qkv = shape("blocks.0.attn.qkv_projection.weight")?;
    let dim = qkv[1];
    Ok(EncoderOptions {
        dim,
        depth,
        heads: qkv[0] / (3 * dim.max(1)),
        mlp_ratio: shape("blocks.0.mlp.net.0.weight")?[0] / dim.max(1),
        positional_dim: shape("to_pos_embedding.weight")?[1],
        projector_dim: shape("projector.0.weight")?[0],
        prototypes: shape("projector.7.weight")?[0],
        ..EncoderOptions::default()
    })
}

fn embed_batch(
    cells: &[Arc<Morphology>],
    encoder: &EncoderOptions,
    weights: &Weights,
    options: &EmbedOptions,
) -> Result<Vec<f32>> {
    let thin = Subsample { nodes: options.max_nodes };
    let views: Vec<View> = cells
        .iter()
        .map(|cell| {
            let mut view = View::whole(cell);
            thin.apply(&mut view, 2, &mut stream(0, "embed", 0));
            view
        })
        .collect();
    let batch = Batch::new(&views, encoder.positional, encoder.positional_dim);
    let graphs = Graphs::new(&batch, weights.device());
    let encoded = encode(encoder, weights, &graphs, &mut Tape::silent(), false)?;
    let latent = encoded.latent.value.to_device(Device::Cpu).to_kind(Kind::Float).contiguous();
    Ok(device::as_slice(&latent)?.to_vec())
}
