//! The transformer block (Vaswani et al. 2017): attention between all nodes, which knows the tree from features and
//! positional encodings alone.

use serde::{Deserialize, Serialize};

use super::attention::{Attention, Norm};
use super::{Layer, Sizes, head_width};
use crate::error::Result;
use crate::nn::graphs::Graphs;
use crate::nn::layers::Initialiser;
use crate::nn::tape::{Tape, Var};
use crate::nn::weights::Scope;

/// Options of the block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Transformer {
    /// Number of heads.
    pub heads: usize,
    /// Width of one head; the tokens' width over the number of heads where none is given.
    pub width: Option<usize>,
    /// Hidden width of the MLP, in multiples of the tokens'.
    pub mlp_ratio: usize,
    /// Where residuals start.
    pub norm: Norm,
}

impl Default for Transformer {
    fn default() -> Self {
        Transformer { heads: 4, width: None, mlp_ratio: 2, norm: Norm::Pre }
    }
}

impl Transformer {
    fn attention(&self, dim: usize) -> Attention {
        let width = head_width(self.width, dim, self.heads);
        Attention { heads: self.heads, width, mlp_ratio: self.mlp_ratio, norm: self.norm, trade_offs: 0 }
    }
}

impl Layer for Transformer {
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
