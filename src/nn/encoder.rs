//! The encoder: what an [`Architecture`] computes, and the weights it starts from.

use tch::Tensor;

use super::architecture::{Architecture, Pool};
use super::blocks::Sizes;
use super::graphs::Graphs;
use super::layers::Initialiser;
use super::pool::pool;
use super::projector;
use super::tape::{Tape, Var};
use super::weights::{Scope, Weights};
use crate::error::Result;
use crate::interrupt;
use crate::positional::Kind;
use crate::run::seed::stream;

/// What the encoder makes of a batch.
#[derive(Debug)]
pub struct Encoded {
    /// The latents, `[graphs, latent]`.
    pub latent: Var,
    /// The prototypes' scores, `[graphs, prototypes]`, where they were asked for.
    pub logits: Option<Var>,
}

/// Encodes a batch. `project` asks for the prototypes' scores as well.
///
/// # Errors
/// On a fault inside the attention kernel, and on a requested stop.
pub fn encode(
    architecture: &Architecture,
    weights: &Weights,
    graphs: &Graphs,
    tape: &mut Tape,
    project: bool,
) -> Result<Encoded> {
    let root = weights.scope("");
    let mut x = embed_nodes(architecture, &root, graphs, tape);
    for (number, block) in architecture.blocks.iter().enumerate() {
        interrupt::check()?;
        // Where the latent is read off the class token, the last block need not answer for the nodes.
        let only_class = number + 1 == architecture.blocks.len() && architecture.pool == Pool::Cls;
        let queries = if only_class { 1 } else { graphs.tokens };
        x = block.layer().forward(&weights.scope(&format!("blocks.{number}.")), graphs, &x, tape, queries)?;
    }
    let [latent] = tape.segment([&x], |[x]| [head(architecture, &root, &pool(architecture.pool, &root, graphs, &x))]);
    let logits = project.then(|| {
        let [logits] = tape.segment([&latent], |[z]| [projector::project(&architecture.projector, &root, &z)]);
        logits
    });
    Ok(Encoded { latent, logits })
}

/// Features through an MLP, plus the projected positional encoding; in front the class token, or zeros in its place
/// where nothing would look at it.
fn embed_nodes(architecture: &Architecture, root: &Scope, graphs: &Graphs, tape: &mut Tape) -> Var {
    let [x] = tape.segment([], |[]| {
        let hidden = root.linear("to_node_embedding.0", &graphs.features).relu();
        let mut nodes = root.linear("to_node_embedding.2", &hidden);
        if architecture.positional != Kind::None {
            nodes += root.linear("to_pos_embedding", &graphs.encoding);
        }
        let size = nodes.size();
        let class = if architecture.has_class_token() {
            (root.get("cls_token") + root.get("cls_pos_embedding")).expand([size[0], -1, -1], false)
        } else {
            Tensor::zeros([size[0], 1, size[2]], (nodes.kind(), nodes.device()))
        };
        [Tensor::cat(&[class, nodes], 1)]
    });
    x
}

/// The pooled vector to the latent.
fn head(architecture: &Architecture, root: &Scope, pooled: &Tensor) -> Tensor {
    let head = &architecture.head;
    let mut z = pooled.shallow_clone();
    if head.norm {
        z = root.layer_norm("mlp_head.0", &z);
    }
    z = root.linear("mlp_head.1", &z);
    if head.hidden.is_some() { root.linear("mlp_head.3", &z.gelu("none")) } else { z }
}

/// Fresh weights: for GraphDINO in the published order and with the published starting values.
pub fn initialise(architecture: &Architecture, seed: u64) -> Weights {
    let dim = architecture.dim as i64;
    let mut rng = stream(seed, "weights", 0);
    let mut init = Initialiser::new(&mut rng);
    if architecture.has_class_token() {
        init.normal("cls_token", &[1, 1, dim]);
        init.normal("cls_pos_embedding", &[1, 1, dim]);
    }
    let sizes = Sizes { dim: architecture.dim, features: architecture.feature_width() };
    for (number, block) in architecture.blocks.iter().enumerate() {
        block.layer().initialise(&mut init, &format!("blocks.{number}."), sizes);
    }
    if architecture.positional != Kind::None {
        init.linear("to_pos_embedding", architecture.positional_dim as i64, dim);
    }
    if architecture.pool == Pool::Attention {
        init.linear("pool.score", dim, 1);
    }
    let (head, latent, pooled) = (&architecture.head, architecture.latent() as i64, architecture.pooled() as i64);
    if head.norm {
        init.layer_norm("mlp_head.0", pooled);
    }
    init.linear("mlp_head.1", pooled, head.hidden.map_or(latent, |h| h as i64));
    if let Some(hidden) = head.hidden {
        init.linear("mlp_head.3", hidden as i64, latent);
    }
    projector::initialise(&architecture.projector, &mut init, architecture.latent());
    let hidden = architecture.node_hidden as i64;
    init.linear("to_node_embedding.0", architecture.feature_width() as i64, hidden);
    init.linear("to_node_embedding.2", hidden, dim);
    Weights::new(init.finish())
}
