//! `nn::`: models.

mod recordings;

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use super::cells::{cells_of, population_of};
use super::device;
use super::handles::{ModelHandle, Rows};
use crate::augment::Pipeline;
use crate::data::{Table, features};
use crate::error::Result;
use crate::nn::blocks::{AcAttention, Gat, Gcn, Gin, Transformer};
use crate::nn::{Architecture, Block, EmbedOptions, GraphDinoOptions, Model, MorphologyEncoderOptions};
use crate::script::fail::guard;
use crate::script::registry::{self, Handles};
use crate::script::takes::{self, Takes, part};
use crate::script::{At, Options, RhaiResultOf, host};

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("nn::graphdino", &[part::<GraphDinoOptions>()], &[takes::SEED]),
    Takes::new(
        "nn::encoder",
        &[part::<Architecture>()],
        &[("blocks", "array of blocks, as `nn::gat()` gives them; four of `nn::ac_attention()`"), takes::SEED],
    ),
    Takes::new("nn::morphology_encoder", &[part::<MorphologyEncoderOptions>()], &[takes::SEED]),
    Takes::new("nn::ac_attention", &[part::<AcAttention>()], &[]),
    Takes::new("nn::transformer", &[part::<Transformer>()], &[]),
    Takes::new("nn::gat", &[part::<Gat>()], &[]),
    Takes::new("nn::gin", &[part::<Gin>()], &[]),
    Takes::new("embed", &[part::<EmbedOptions>()], &[("views", "pipeline of augmentations; each neuron as it is")]),
    Takes::new("embed_to", &[part::<EmbedOptions>()], &[("resume", "true or false; true in a run that resumes")]),
];

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<ModelHandle>("Model").handle::<Block>("Block");
    engine.register_fn("to_string", |block: &mut Block| block.to_string());
    engine.register_fn("to_debug", |block: &mut Block| block.to_string());
    recordings::install(engine);
    let mut module = exported_module!(namespace);
    module.combine_flatten(recordings::functions());
    engine.register_static_module("nn", module.into());
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
    /// each as wide as `dim`), `unit` (1 um as published; 100 puts positions and encodings on one scale), `mlp_ratio` (2),
    /// `positional_dim` (32), `positional` (`"laplacian_highest"` as published, or `"laplacian"`, `"random_walk"`,
    /// `"none"`), `projector_dim` (128), `prototypes` (1000), `seed`. It is the `nn::encoder` of these sizes.
    ///
    /// ```rhai
    /// let model = nn::graphdino(#{ dim: 32, depth: 7, heads: 8 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn graphdino(ctx: NativeCallContext, options: Map) -> RhaiResultOf<ModelHandle> {
        let mut given = Options::new(&ctx, "nn::graphdino", options);
        let seed = given.seed()?;
        let options: GraphDinoOptions = given.parse()?;
        guard(&ctx, || handle(Model::new(options.architecture()?, seed, device::chosen()?)))
    }

    /// A model of the default architecture with fresh weights: four pre-norm blocks of AC-Attention.
    ///
    /// ```rhai
    /// let model = nn::encoder();
    /// ```
    #[rhai_fn(name = "encoder", return_raw)]
    pub fn encoder_by_default(ctx: NativeCallContext) -> RhaiResultOf<ModelHandle> {
        encoder(ctx, Map::new())
    }

    /// A model of any architecture with fresh weights. Printed, it is a table of its layers. Options:
    ///
    /// - `features`: what each node tells, of `"position"`, `"radius"`, `"type"`, `"path_length"`, `"radial_distance"`,
    ///   `"branch_order"`, `"strahler_order"`, `"edge_length"`, `"direction"`, `"local_angle"`, `"degree"`,
    ///   `"subtree_length"`, `"is_tip"`, `"is_branch"` (position, radius, type and path length); `nn::features()` lists
    ///   their units;
    /// - `unit`: the length that counts as 1 (100 um);
    /// - `positional`: `"laplacian"` (lowest non-trivial eigenvectors), `"laplacian_highest"`, `"random_walk"` (return
    ///   probabilities after 2, 4, 6, … steps) or `"none"`; `positional_dim` (16); `positional_scaled` (true: times the
    ///   square root of the number of nodes);
    /// - `dim`: width of a token (64); `node_hidden`: of the MLP that embeds a node's features (64);
    /// - `blocks`: an array of `nn::ac_attention`, `nn::transformer`, `nn::gat`, `nn::gin` and `nn::gcn`;
    /// - `pool`: `"cls"` (the class token), `"mean"`, `"max"`, `"attention"` or `"moments"` (mean and standard deviation over
    ///   the cable, and maximum);
    /// - `head`: `#{ dim, hidden, norm }` of what makes the latent (as wide as a token, linear, normalised first);
    /// - `projector`: `#{ kind, hidden, bottleneck, prototypes, frozen }` of what scores prototypes in `train::dino`;
    ///   `kind` is `"mlp"` as published, or `"dino"` with a bottleneck of unit length and prototypes of unit length (whose
    ///   magnitude is learnt with `frozen: false`);
    /// - `seed`.
    ///
    /// ```rhai
    /// let model = nn::encoder(#{
    ///     features: ["position", "radius", "branch_order"],
    ///     blocks: [nn::gat(), nn::gat(#{ heads: 2 }), nn::ac_attention()],
    ///     projector: #{ kind: "dino", prototypes: 200 },
    /// });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn encoder(ctx: NativeCallContext, options: Map) -> RhaiResultOf<ModelHandle> {
        let mut given = Options::new(&ctx, "nn::encoder", options);
        let seed = given.seed()?;
        let blocks = given.handles::<Block>("blocks")?;
        let mut architecture: Architecture = given.parse()?;
        if let Some(blocks) = blocks {
            architecture.blocks = blocks;
        }
        guard(&ctx, || handle(Model::new(architecture, seed, device::chosen()?)))
    }

    /// The encoder of neurons' shapes with its defaults.
    ///
    /// ```rhai
    /// let model = nn::morphology_encoder();
    /// ```
    #[rhai_fn(name = "morphology_encoder", return_raw)]
    pub fn morphology_encoder_by_default(ctx: NativeCallContext) -> RhaiResultOf<ModelHandle> {
        morphology_encoder(ctx, Map::new())
    }

    /// The encoder of neurons' shapes, to be trained by `train::profiles`: it reads from each node what does not depend on
    /// how densely a neuron was traced, passes messages along the tree, and pools over the cable. Options: `dim` (64; width
    /// of a token), `depth` (3 blocks of `nn::gin`), `latent` (32), `types` (true; reads SWC types), `unit` (100 um, the
    /// length that counts as 1), `seed`. It is the `nn::encoder` of these sizes with `pool: "moments"`.
    ///
    /// ```rhai
    /// let model = nn::morphology_encoder(#{ latent: 64 });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn morphology_encoder(ctx: NativeCallContext, options: Map) -> RhaiResultOf<ModelHandle> {
        let mut given = Options::new(&ctx, "nn::morphology_encoder", options);
        let seed = given.seed()?;
        let options: MorphologyEncoderOptions = given.parse()?;
        guard(&ctx, || handle(Model::new(options.architecture()?, seed, device::chosen()?)))
    }

    /// The node features that `nn::encoder` knows: a table with name, width, unit and meaning.
    ///
    /// ```rhai
    /// print(nn::features());
    /// ```
    #[rhai_fn(return_raw)]
    pub fn features(ctx: NativeCallContext) -> RhaiResultOf<Table> {
        features::table().at(&ctx)
    }

    /// A block of AC-Attention with its defaults.
    ///
    /// ```rhai
    /// nn::ac_attention()
    /// ```
    #[rhai_fn(name = "ac_attention")]
    pub fn ac_attention_by_default() -> Block {
        Block::AcAttention(AcAttention::default())
    }

    /// A block of AC-Attention (Weis et al. 2023): attention between all nodes, traded off against the tree's edges.
    /// Options: `heads` (4), `width` of one (the tokens' over the number of heads), `mlp_ratio` (2), `trade_off`
    /// (`"head"`: learnt per node and head; `"node"` as published), `norm` (`"pre"`, or `"published"`: residuals start
    /// from the normalised stream).
    ///
    /// ```rhai
    /// nn::ac_attention(#{ heads: 8, trade_off: "node", norm: "published" })
    /// ```
    #[rhai_fn(return_raw)]
    pub fn ac_attention(ctx: NativeCallContext, options: Map) -> RhaiResultOf<Block> {
        Options::new(&ctx, "nn::ac_attention", options).parse().map(Block::AcAttention)
    }

    /// A transformer block with its defaults.
    ///
    /// ```rhai
    /// nn::transformer()
    /// ```
    #[rhai_fn(name = "transformer")]
    pub fn transformer_by_default() -> Block {
        Block::Transformer(Transformer::default())
    }

    /// A transformer block (Vaswani et al. 2017): attention between all nodes, blind to the edges. Options: `heads` (4),
    /// `width` of one (the tokens' over the number of heads), `mlp_ratio` (2), `norm` (`"pre"` or `"published"`).
    ///
    /// ```rhai
    /// nn::transformer(#{ heads: 8 })
    /// ```
    #[rhai_fn(return_raw)]
    pub fn transformer(ctx: NativeCallContext, options: Map) -> RhaiResultOf<Block> {
        Options::new(&ctx, "nn::transformer", options).parse().map(Block::Transformer)
    }

    /// A graph attention block with its defaults.
    ///
    /// ```rhai
    /// nn::gat()
    /// ```
    #[rhai_fn(name = "gat")]
    pub fn gat_by_default() -> Block {
        Block::Gat(Gat::default())
    }

    /// A graph attention block: a node attends to its neighbours and itself. Options: `heads` (4), `width` of one (the
    /// tokens' over the number of heads), `version` (2: Brody et al. 2022; 1: Veličković et al. 2018), `edge_features`
    /// (false; scores see the difference between the features of an edge's ends), `mlp_ratio` (2).
    ///
    /// ```rhai
    /// nn::gat(#{ heads: 2, version: 1, edge_features: true })
    /// ```
    #[rhai_fn(return_raw)]
    pub fn gat(ctx: NativeCallContext, options: Map) -> RhaiResultOf<Block> {
        Options::new(&ctx, "nn::gat", options).parse().map(Block::Gat)
    }

    /// A graph isomorphism block with its defaults.
    ///
    /// ```rhai
    /// nn::gin()
    /// ```
    #[rhai_fn(name = "gin")]
    pub fn gin_by_default() -> Block {
        Block::Gin(Gin::default())
    }

    /// A graph isomorphism block (Xu et al. 2019): an MLP of the sum over neighbours. Option: `hidden` (width of the MLP,
    /// twice the tokens').
    ///
    /// ```rhai
    /// nn::gin(#{ hidden: 64 })
    /// ```
    #[rhai_fn(return_raw)]
    pub fn gin(ctx: NativeCallContext, options: Map) -> RhaiResultOf<Block> {
        Options::new(&ctx, "nn::gin", options).parse().map(Block::Gin)
    }

    /// A graph convolution block (Kipf & Welling 2017): a linear layer of the normalised sum over neighbours.
    ///
    /// ```rhai
    /// nn::gcn()
    /// ```
    pub fn gcn() -> Block {
        Block::Gcn(Gcn::default())
    }

    /// Reads a model: a `.safetensors` file written by `model.save`, or the published GraphDINO checkpoint (`.pt`).
    ///
    /// ```rhai
    /// let model = nn::load("model.safetensors");
    /// ```
    #[rhai_fn(return_raw)]
    pub fn load(ctx: NativeCallContext, path: &str) -> RhaiResultOf<ModelHandle> {
        let path = Path::new(path);
        host::note_input(path).at(&ctx)?;
        guard(&ctx, || handle(Model::load(path, device::chosen()?)))
    }

    /// Embeds a neuron or a population: a matrix with one row per cell. The same cell always gives the same row.
    ///
    /// ```rhai
    /// let z = model.embed(cells);
    /// ```
    #[rhai_fn(global, name = "embed", return_raw, pure)]
    pub fn embed_plainly(ctx: NativeCallContext, model: &mut ModelHandle, cells: Dynamic) -> RhaiResultOf<Rows> {
        embed(ctx, model, cells, Map::new())
    }

    /// Embeds with options: `max_nodes` (1000; larger neurons are thinned to it), `batch` (16 neurons at once on a GPU),
    /// `views` (a pipeline that is applied to each neuron first, with the `seed` of its chance).
    ///
    /// ```rhai
    /// let z       = model.embed(cells, #{ max_nodes: 500 });
    /// let control = model.embed(cells, #{ views: augment::pipeline([augment::rewire()]) });
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn embed(ctx: NativeCallContext, model: &mut ModelHandle, cells: Dynamic, options: Map) -> RhaiResultOf<Rows> {
        let mut given = Options::new(&ctx, "embed", options);
        let views = given.handle::<Pipeline>("views")?;
        let options = EmbedOptions { views, ..given.parse()? };
        guard(&ctx, || {
            let (cells, ids) = cells_of("what a model embeds", &cells)?;
            model.borrow().embed(&cells, ids, &options).map(Rc::new)
        })
    }

    /// Embeds a population of any size into a file, holding only the cells in work.
    ///
    /// ```rhai
    /// model.embed_to(cells, out("z.csv"));
    /// ```
    #[rhai_fn(global, name = "embed_to", return_raw, pure)]
    pub fn embed_to_plainly(
        ctx: NativeCallContext,
        model: &mut ModelHandle,
        cells: Dynamic,
        path: &str,
    ) -> RhaiResultOf<()> {
        embed_to(ctx, model, cells, path, Map::new())
    }

    /// Embeds a population of any size into a file, a row per cell in the cells' order, holding only the cells in work:
    /// `.csv` with the ids, or `.npy` with the ids beside it (`z.npy`, `z.ids.csv`). Give it a population that stays on
    /// disk, as `morph::open` gives it, to embed more than memory holds. Options: `max_nodes`, `batch` as
    /// for `embed`; `resume` (true in a run that resumes): whether to go on behind the rows of a stream that was broken
    /// off.
    ///
    /// ```rhai
    /// model.embed_to(cells, out("z.npy"), #{ max_nodes: 500 });
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn embed_to(
        ctx: NativeCallContext,
        model: &mut ModelHandle,
        cells: Dynamic,
        path: &str,
        options: Map,
    ) -> RhaiResultOf<()> {
        let mut given = Options::new(&ctx, "embed_to", options);
        let resume = given.handle::<bool>("resume")?.unwrap_or_else(host::resume);
        let options: EmbedOptions = given.parse()?;
        let streamed = guard(&ctx, || {
            let cells = population_of("what a model embeds", &cells)?;
            model.borrow().embed_to(&cells, Path::new(path), &options, resume)
        })?;
        crate::bind::stream::say(path, streamed);
        Ok(())
    }

    /// Writes the model as safetensors: its architecture, and its weights (GraphDINO's under the published names).
    ///
    /// ```rhai
    /// model.save(out("model.safetensors"));
    /// ```
    #[rhai_fn(global, return_raw, pure)]
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
        model.borrow().architecture().latent() as i64
    }

    /// Where the model computes: `cpu` or `cuda:0`.
    #[rhai_fn(global, get = "device", pure)]
    pub fn device_of(model: &mut ModelHandle) -> String {
        crate::nn::device::name(model.borrow().weights().device())
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe(model: &mut ModelHandle) -> String {
        model.borrow().to_string()
    }
}
