//! The GraphDINO encoder (Weis et al. 2023): nodes to tokens, blocks of AC-Attention, class token to latent.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::ac_attention::attend;
use super::graphs::{FEATURES, Graphs};
use super::layers::Initialiser;
use super::tape::{Tape, Var};
use super::weights::{Scope, Weights};
use crate::error::{Error, Result};
use crate::positional::Band;
use crate::run::seed::stream;

/// Sizes of the encoder and its projector; the defaults are those of the published model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EncoderOptions {
    /// Micrometres to which one unit of the model's input corresponds. The published model takes raw micrometres (1),
    /// which drown the positional encoding; 100 puts both on one scale.
    pub unit: f64,
    /// Width of a token and of the latent.
    pub dim: usize,
    /// Number of blocks.
    pub depth: usize,
    /// Heads of each block, every one as wide as a token.
    pub heads: usize,
    /// Hidden width of a block's MLP, in multiples of `dim`.
    pub mlp_ratio: usize,
    /// Number of Laplacian eigenvectors that encode a node's position in the tree.
    pub positional_dim: usize,
    /// The end of the spectrum they are taken from.
    pub positional: Band,
    /// Hidden width of the projector.
    pub projector_dim: usize,
    /// Number of prototypes that the projector scores.
    pub prototypes: usize,
}

impl Default for EncoderOptions {
    fn default() -> Self {
        EncoderOptions {
            unit: 1.0,
            dim: 32,
            depth: 7,
            heads: 8,
            mlp_ratio: 2,
            positional_dim: 32,
            positional: Band::Highest,
            projector_dim: 128,
            prototypes: 1000,
        }
    }
}

impl EncoderOptions {
    /// Refuses sizes that no model can have.
    ///
    /// # Errors
    /// Names the first such size.
    pub fn check(&self) -> Result<()> {
        if !self.unit.is_finite() || self.unit <= 0.0 {
            return Err(Error::value(format!("`unit` must be a length above 0 um, not {}", self.unit)));
        }
        let sizes = [
            ("dim", self.dim),
            ("depth", self.depth),
            ("heads", self.heads),
            ("mlp_ratio", self.mlp_ratio),
            ("positional_dim", self.positional_dim),
            ("projector_dim", self.projector_dim),
            ("prototypes", self.prototypes),
        ];
        match sizes.iter().find(|(_, size)| *size == 0 || *size > 1 << 20) {
            None => Ok(()),
            Some((name, size)) => Err(Error::value(format!("`{name}` must lie between 1 and 1048576, not {size}"))),
        }
    }
}

/// Hidden width of the node embedding.
const NODE_HIDDEN: i64 = 64;

/// What the encoder makes of a batch.
#[derive(Debug)]
pub struct Encoded {
    /// The latents, `[graphs, dim]`.
    pub latent: Var,
    /// The prototypes' scores, `[graphs, prototypes]`, where they were asked for.
    pub logits: Option<Var>,
}

/// Encodes a batch. `project` asks for the prototypes' scores as well.
///
/// # Errors
/// On a fault inside the attention kernel.
pub fn encode(
    options: &EncoderOptions,
    weights: &Weights,
    graphs: &Graphs,
    tape: &mut Tape,
    project: bool,
) -> Result<Encoded> {
    let root = weights.scope("");
    let mut x = embed_nodes(&root, options.unit, graphs, tape);
    for block in 0..options.depth {
        // The latent is read off the class token, so the last block need not answer for the nodes.
        let queries = if block + 1 == options.depth { 1 } else { graphs.tokens };
        x = attention_block(&weights.scope(&format!("blocks.{block}.")), options, graphs, &x, tape, queries)?;
    }
    let [latent] = tape.segment([&x], |[x]| {
        let class = root.layer_norm("mlp_head.0", &x.select(1, 0));
        [root.linear("mlp_head.1", &class)]
    });
    let logits = project.then(|| {
        let [logits] = tape.segment([&latent], |[z]| [project_latent(&root, &z)]);
        logits
    });
    Ok(Encoded { latent, logits })
}

/// Positions through an MLP, plus the projected positional encoding; the class token in front.
fn embed_nodes(root: &Scope, unit: f64, graphs: &Graphs, tape: &mut Tape) -> Var {
    let [x] = tape.segment([], |[]| {
        let position = if unit == 1.0 { graphs.position.shallow_clone() } else { &graphs.position / unit };
        let hidden = root.linear("to_node_embedding.0", &position).relu();
        let nodes = root.linear("to_node_embedding.2", &hidden) + root.linear("to_pos_embedding", &graphs.encoding);
        let class = root.get("cls_token") + root.get("cls_pos_embedding");
        [Tensor::cat(&[class.expand([nodes.size()[0], -1, -1], false), nodes], 1)]
    });
    x
}

/// One block. Its residuals start from the *normalised* stream, as in the published code.
fn attention_block(
    block: &Scope,
    options: &EncoderOptions,
    graphs: &Graphs,
    x: &Var,
    tape: &mut Tape,
    queries: usize,
) -> Result<Var> {
    let [u, qkv, gamma] = tape.segment([x], |[x]| {
        let u = block.layer_norm("norm1", &x);
        let qkv = block.linear_without_bias("attn.qkv_projection", &u);
        let gamma = block.linear("attn.predict_gamma", &u).exp();
        [u.narrow(1, 0, queries as i64), qkv, gamma]
    });
    let attended = attend(tape, &qkv, &gamma, graphs, options.heads, queries)?;
    let [x] = tape.segment([&u, &attended], |[u, attended]| {
        let v = u + block.linear("attn.proj", &attended);
        let w = block.layer_norm("norm2", &v);
        let hidden = block.linear("mlp.net.0", &w).gelu("none");
        [block.linear("mlp.net.2", &hidden) + w]
    });
    Ok(x)
}

/// The projector: a plain MLP, neither its latent nor its prototypes normalised.
fn project_latent(root: &Scope, latent: &Tensor) -> Tensor {
    let mut z = latent.shallow_clone();
    for layer in ["projector.0", "projector.2", "projector.4"] {
        z = root.linear(layer, &z).gelu("none");
    }
    root.linear("projector.7", &root.layer_norm("projector.6", &z))
}

/// Fresh weights, in the published order and with the published starting values.
pub fn initialise(options: &EncoderOptions, seed: u64) -> Weights {
    let (dim, heads) = (options.dim as i64, options.heads as i64);
    let mut rng = stream(seed, "weights", 0);
    let mut init = Initialiser::new(&mut rng);
    init.normal("cls_token", &[1, 1, dim]);
    init.normal("cls_pos_embedding", &[1, 1, dim]);
    for block in 0..options.depth {
        let name = |part: &str| format!("blocks.{block}.{part}");
        init.layer_norm(&name("norm1"), dim);
        let bound = 1.0 / (dim as f32).sqrt();
        init.uniform(&name("attn.qkv_projection.weight"), &[3 * heads * dim, dim], -bound, bound);
        init.linear(&name("attn.proj"), heads * dim, dim);
        // Small and positive, so that the trade-off starts near 1 for both terms.
        init.uniform(&name("attn.predict_gamma.weight"), &[2, dim], 0.0, 0.01);
        init.uniform(&name("attn.predict_gamma.bias"), &[2], -bound, bound);
        init.layer_norm(&name("norm2"), dim);
        init.linear(&name("mlp.net.0"), dim, dim * options.mlp_ratio as i64);
        init.linear(&name("mlp.net.2"), dim * options.mlp_ratio as i64, dim);
    }
    init.linear("to_pos_embedding", options.positional_dim as i64, dim);
    init.layer_norm("mlp_head.0", dim);
    init.linear("mlp_head.1", dim, dim);
    let hidden = options.projector_dim as i64;
    init.linear("projector.0", dim, hidden);
    init.linear("projector.2", hidden, hidden);
    init.linear("projector.4", hidden, hidden);
    init.layer_norm("projector.6", hidden);
    init.linear("projector.7", hidden, options.prototypes as i64);
    init.linear("to_node_embedding.0", FEATURES, NODE_HIDDEN);
    init.linear("to_node_embedding.2", NODE_HIDDEN, dim);
    Weights::new(init.finish())
}
