//! The AC-Attention block (Weis et al. 2023): attention between all nodes, traded off against the tree's edges.

use serde::{Deserialize, Serialize};

use super::attention::{Attention, Norm};
use super::{Layer, Sizes, head_width};
use crate::error::Result;
use crate::nn::graphs::Graphs;
use crate::nn::layers::Initialiser;
use crate::nn::tape::{Tape, Var};
use crate::nn::weights::Scope;

/// Whose trade-off between attention and adjacency is learnt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TradeOff {
    /// Each node's in each head: some heads may follow the tree while others look far.
    #[default]
    Head,
    /// Each node's, the same in all heads, as published.
    Node,
}

/// Options of the block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AcAttention {
    /// Number of heads.
    pub heads: usize,
    /// Width of one head; the tokens' width over the number of heads where none is given. Published: the tokens' width.
    pub width: Option<usize>,
    /// Hidden width of the MLP, in multiples of the tokens'.
    pub mlp_ratio: usize,
    /// Whose trade-off is learnt.
    pub trade_off: TradeOff,
    /// Where residuals start.
    pub norm: Norm,
}

impl Default for AcAttention {
    fn default() -> Self {
        AcAttention { heads: 4, width: None, mlp_ratio: 2, trade_off: TradeOff::Head, norm: Norm::Pre }
    }
}

impl AcAttention {
    fn attention(&self, dim: usize) -> Attention {
        Attention {
            heads: self.heads,
            width: head_width(self.width, dim, self.heads),
            mlp_ratio: self.mlp_ratio,
            norm: self.norm,
            trade_offs: match self.trade_off {
                TradeOff::Node => 1,
                TradeOff::Head => self.heads,
            },
        }
    }
}

impl Layer for AcAttention {
    fn check(&self, dim: usize) -> Result<()> {
        self.attention(dim).check(dim)
    }

    fn initialise(&self, init: &mut Initialiser, name: &str, sizes: Sizes) {
        self.attention(sizes.dim).initialise(init, name, sizes);
    }

    fn forward(&self, weights: &Scope, graphs: &Graphs, x: &Var, tape: &mut Tape, queries: usize) -> Result<Var> {
        self.attention(x.width()).forward(weights, graphs, x, tape, queries)
    }
}
