//! Blocks: what an encoder is stacked from. One file per kind, each with its options, weights and computation.
//!
//! Attention blocks ([`AcAttention`], [`Transformer`]) let every token see every other; message-passing blocks ([`Gat`],
//! [`Gin`], [`Gcn`]) let a node see its neighbours in the tree and itself, over lists of edges. All keep the tokens'
//! width, so they stack in any order.

mod ac_attention;
mod attention;
mod edges;
pub mod gat;
pub mod gcn;
pub mod gin;
mod transformer;

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::graphs::Graphs;
use super::layers::Initialiser;
use super::tape::{Tape, Var};
use super::weights::Scope;
use crate::error::Result;

pub use ac_attention::{AcAttention, TradeOff};
pub use attention::Norm;
pub use gat::{Gat, GatVersion};
pub use gcn::Gcn;
pub use gin::Gin;
pub use transformer::Transformer;

/// A block with its options.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// Attention that each node trades off against the tree's edges.
    AcAttention(AcAttention),
    /// Plain attention.
    Transformer(Transformer),
    /// Attention among neighbours.
    Gat(Gat),
    /// Sums over neighbours, then an MLP.
    Gin(Gin),
    /// Normalised sums over neighbours, then a linear layer.
    Gcn(Gcn),
}

/// The widths that a block's weights depend on.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    /// Numbers per token.
    pub dim: usize,
    /// Features per node.
    pub features: usize,
}

/// What every kind of block does.
pub(super) trait Layer {
    /// Refuses options that no block of this kind can have in a stack of this width.
    fn check(&self, dim: usize) -> Result<()>;

    /// Adds its weights below a name that ends in a dot.
    fn initialise(&self, init: &mut Initialiser, name: &str, sizes: Sizes);

    /// Turns tokens `[graphs, tokens, dim]` into the first `queries` tokens after it.
    fn forward(&self, weights: &Scope, graphs: &Graphs, x: &Var, tape: &mut Tape, queries: usize) -> Result<Var>;
}

impl Block {
    pub(super) fn layer(&self) -> &dyn Layer {
        match self {
            Block::AcAttention(block) => block,
            Block::Transformer(block) => block,
            Block::Gat(block) => block,
            Block::Gin(block) => block,
            Block::Gcn(block) => block,
        }
    }

    /// Refuses options that this block cannot have in a stack of width `dim`.
    ///
    /// # Errors
    /// Names the first such option.
    pub fn check(&self, dim: usize) -> Result<()> {
        self.layer().check(dim)
    }

    /// Whether every token sees every other.
    pub fn is_global(&self) -> bool {
        matches!(self, Block::AcAttention(_) | Block::Transformer(_))
    }
}

/// As a script would write it.
impl std::fmt::Display for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = serde_json::to_value(self).map_err(|_| std::fmt::Error)?;
        let fields = value.as_object().into_iter().flatten();
        let (kind, options): (Vec<_>, Vec<_>) = fields.partition(|(name, _)| *name == "kind");
        let kind = kind.first().and_then(|(_, kind)| kind.as_str()).unwrap_or_default();
        let options: Vec<String> =
            options.iter().filter(|(_, v)| !v.is_null()).map(|(name, value)| format!("{name}: {value}")).collect();
        write!(f, "nn::{kind}(#{{ {} }})", options.join(", "))
    }
}

/// Adds the weights of a block's MLP, under the names of the published code.
fn initialise_mlp(init: &mut Initialiser, name: &str, dim: usize, ratio: usize) {
    let (dim, hidden) = (dim as i64, (dim * ratio) as i64);
    init.linear(&format!("{name}mlp.net.0"), dim, hidden);
    init.linear(&format!("{name}mlp.net.2"), hidden, dim);
}

/// A block's MLP: one hidden layer with GELU.
fn mlp(weights: &Scope, x: &Tensor) -> Tensor {
    weights.linear("mlp.net.2", &weights.linear("mlp.net.0", x).gelu("none"))
}

/// A width given by the user, or the tokens' shared out among the heads.
fn head_width(given: Option<usize>, dim: usize, heads: usize) -> usize {
    given.unwrap_or_else(|| dim.div_ceil(heads.max(1)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn blocks_read_like_scripts_and_survive_files() {
        let gat = Block::Gat(Gat { heads: 2, ..Gat::default() });
        let text = gat.to_string();
        assert!(text.starts_with("nn::gat(#{ ") && text.contains("heads: 2") && !text.contains("kind"), "{text}");
        for block in [
            gat,
            Block::AcAttention(AcAttention::default()),
            Block::Transformer(Transformer::default()),
            Block::Gin(Gin::default()),
            Block::Gcn(Gcn::default()),
        ] {
            let value = serde_json::to_value(&block).unwrap();
            assert_eq!(serde_json::from_value::<Block>(value).unwrap(), block);
        }
    }
}
