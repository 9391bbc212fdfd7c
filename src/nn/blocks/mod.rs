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
pub use gat::{Gat, GatVersion, attend};
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
        match options.as_slice() {
            [] => write!(f, "nn::{kind}()"),
            options => write!(f, "nn::{kind}(#{{ {} }})", options.join(", ")),
        }
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
    use tch::{Device, Kind};

    use super::*;
    use crate::data::{Adjacency, Batch};
    use crate::morph::NO_PARENT;
    use crate::nn::weights::Weights;
    use crate::run::seed::stream;

    /// Numbers that differ from node to node, `[1, nodes, width]`.
    fn numbers(nodes: usize, width: usize, phase: f32) -> Vec<f32> {
        (0..nodes * width).map(|i| (i as f32 * 0.73 + phase).sin()).collect()
    }

    /// Every token's answer follows its node wherever it stands in the batch, the class token's stays.
    #[test]
    fn the_answers_of_tokens_follow_their_nodes() {
        let parent = [NO_PARENT, 0, 1, 1, 3, 0, NO_PARENT, 6];
        let order = [4, 7, 0, 3, 6, 1, 2, 5usize];
        let (nodes, dim, width) = (parent.len(), 8, 3);
        let place = |node: u32| order.iter().position(|&n| n == node as usize).unwrap_or_default() as u32;
        let tree = || parent.iter().enumerate().filter(|(_, p)| **p != NO_PARENT).map(|(i, &p)| (i as u32, p));
        let graphs = |features: Vec<f32>, adjacency: Adjacency| {
            let (encoding, adjacency) = (vec![0.0; nodes], vec![adjacency]);
            let cable = vec![1.0 / nodes as f32; encoding.len()];
            let batch = Batch { nodes, feature_width: width, encoding_width: 1, features, encoding, cable, adjacency };
            Graphs::new(&batch, Device::Cpu)
        };
        let features = numbers(nodes, width, 0.0);
        let moved = order.iter().flat_map(|&n| features[n * width..(n + 1) * width].to_vec()).collect();
        let plain = graphs(features.clone(), Adjacency::from_edges(nodes, tree()));
        let shuffled = graphs(moved, Adjacency::from_edges(nodes, tree().map(|(a, b)| (place(a), place(b)))));
        // Tokens: the class token first.
        let tokens: Vec<i64> = std::iter::once(0).chain(order.iter().map(|&n| n as i64 + 1)).collect();
        let tokens = Tensor::from_slice(&tokens);
        let x = Tensor::from_slice(&numbers(nodes + 1, dim, 1.0)).reshape([1, nodes as i64 + 1, dim as i64]);
        let gat = |version| Block::Gat(Gat { heads: 2, version, edge_features: true, ..Gat::default() });
        for block in [
            Block::AcAttention(AcAttention::default()),
            Block::AcAttention(AcAttention { trade_off: TradeOff::Node, norm: Norm::Published, ..Default::default() }),
            Block::Transformer(Transformer::default()),
            gat(GatVersion::V1),
            gat(GatVersion::V2),
            Block::Gin(Gin::default()),
            Block::Gcn(Gcn::default()),
        ] {
            let mut rng = stream(3, "permutation", 0);
            let mut init = Initialiser::new(&mut rng);
            block.layer().initialise(&mut init, "", Sizes { dim, features: width });
            let weights = Weights::new(init.finish());
            let answer = |graphs: &Graphs, x: Tensor| {
                let x = Tape::constant(x);
                block.layer().forward(&weights.scope(""), graphs, &x, &mut Tape::silent(), nodes + 1).unwrap().value
            };
            let expected = answer(&plain, x.shallow_clone()).index_select(1, &tokens);
            let apart = (answer(&shuffled, x.index_select(1, &tokens)) - &expected).abs().max();
            let spread = expected.std(false).double_value(&[]);
            assert!(apart.double_value(&[]) < 1e-5 && spread > 0.1, "{block}: {apart:?}, spread {spread}");
            assert_eq!(expected.kind(), Kind::Float);
        }
    }

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
