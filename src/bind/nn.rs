//! `nn::`: models.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use super::cells::cells_of;
use super::handles::{ModelHandle, Rows};
use crate::error::Result;
use crate::nn::{EmbedOptions, EncoderOptions, Model, device};
use crate::script::fail::guard;
use crate::script::registry::{self, Handles};
use crate::script::takes::{self, Takes, part};
use crate::script::{Options, RhaiResultOf, host};

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("nn::graphdino", &[part::<crate::nn::EncoderOptions>()], &[takes::SEED]),
    Takes::new("embed", &[part::<crate::nn::EmbedOptions>()], &[]),
];

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<ModelHandle>("Model");
    engine.register_static_module("nn", exported_module!(namespace).into());
}

fn handle(model: Result<Model>) -> Result<ModelHandle> {
    model.map(|m| Rc::new(RefCell::new(m)))
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// A GraphDINO model of the published sizes with fresh weights.
    ///
    /// ```rhai
    /// let model = nn::graphdino();
    /// ```
    #[rhai_fn(name = "graphdino", return_raw)]
    pub fn graphdino_as_published(ctx: NativeCallContext) -> RhaiResultOf<ModelHandle> {
        graphdino(ctx, Map::new())
    }

    /// A GraphDINO model (Weis et al. 2023) with fresh weights. Options: `dim` (32), `depth` (7 blocks), `heads` (8,
    /// each as wide as `dim`), `unit` (1 um as published; 100 puts positions and encodings on one scale), `mlp_ratio` (2), `positional_dim` (32), `positional` (`"highest"` as published, or
    /// `"lowest"` Laplacian eigenvectors), `projector_dim` (128), `prototypes` (1000), `seed`.
    ///
    /// ```rhai
    /// let model = nn::graphdino(#{ dim: 32, depth: 7, heads: 8 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn graphdino(ctx: NativeCallContext, options: Map) -> RhaiResultOf<ModelHandle> {
        let mut given = Options::new(&ctx, "nn::graphdino", options);
        let seed = given.seed()?;
        let options: EncoderOptions = given.parse()?;
        guard(&ctx, || handle(Model::new(options, seed, device::choose(&host::device())?)))
    }

    /// Reads a model: a `.safetensors` file written by `model.save`, or the published GraphDINO checkpoint (`.pt`).
    ///
    /// ```rhai
    /// let model = nn::load("model.safetensors");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn load(ctx: NativeCallContext, path: &str) -> RhaiResultOf<ModelHandle> {
        let path = Path::new(path);
        host::note_input(path);
        guard(&ctx, || handle(Model::load(path, device::choose(&host::device())?)))
    }

    /// Embeds a neuron or a population: a matrix with one row per cell. The same cell always gives the same row.
    ///
    /// ```rhai
    /// let z = model.embed(cells);
    /// ```
    #[rhai_fn(global, name = "embed", return_raw)]
    pub fn embed_plainly(ctx: NativeCallContext, model: &mut ModelHandle, cells: Dynamic) -> RhaiResultOf<Rows> {
        embed(ctx, model, cells, Map::new())
    }

    /// Embeds with options: `max_nodes` (1000; larger neurons are thinned to it), `batch` (16 neurons at once on a GPU).
    ///
    /// ```rhai
    /// let z = model.embed(cells, #{ max_nodes: 500 });
    /// ```
    #[rhai_fn(global, return_raw)]
    pub fn embed(ctx: NativeCallContext, model: &mut ModelHandle, cells: Dynamic, options: Map) -> RhaiResultOf<Rows> {
        let options: EmbedOptions = Options::new(&ctx, "embed", options).parse()?;
        guard(&ctx, || {
            let (cells, ids) = cells_of("what a model embeds", &cells)?;
            model.borrow().embed(&cells, ids, &options).map(Rc::new)
        })
    }

    /// Writes the weights as safetensors, under the published names.
    ///
    /// ```rhai
    /// model.save(out("model.safetensors"));
    /// ```
    #[rhai_fn(global, return_raw)]
    pub fn save(ctx: NativeCallContext, model: &mut ModelHandle, path: &str) -> RhaiResultOf<()> {
        guard(&ctx, || model.borrow().save(Path::new(path)))
    }

    /// Number of weights.
    #[rhai_fn(global, get = "n_weights", pure)]
    pub fn n_weights(model: &mut ModelHandle) -> i64 {
        model.borrow().weights().count() as i64
    }

    /// Width of an embedding.
    #[rhai_fn(global, get = "dim", pure)]
    pub fn dim(model: &mut ModelHandle) -> i64 {
        model.borrow().options().dim as i64
    }

    /// Where the model computes: `cpu` or `cuda:0`.
    #[rhai_fn(global, get = "device", pure)]
    pub fn device_of(model: &mut ModelHandle) -> String {
        device::name(model.borrow().weights().device())
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe(model: &mut ModelHandle) -> String {
        model.borrow().to_string()
    }
}
