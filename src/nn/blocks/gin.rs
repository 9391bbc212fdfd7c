//! The graph isomorphism block (Xu et al. 2019): sums over neighbours keep multiplicities, an MLP tells them apart.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::edges::{at_sources, sum_at_targets};
use super::{Layer, Sizes};
use crate::error::Result;
use crate::nn::architecture::check_size;
use crate::nn::graphs::{Edges, Graphs};
use crate::nn::layers::Initialiser;
use crate::nn::tape::{Tape, Var};
use crate::nn::weights::Scope;

/// Options of the block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gin {
    /// Hidden width of the MLP; twice the tokens' where none is given.
    pub hidden: Option<usize>,
}

/// `MLP((1 + eps) x_i + sum of x_j over the neighbours j)`, for tokens `[tokens, in]`.
pub fn convolve(weights: &Scope, x: &Tensor, edges: &Edges) -> Tensor {
    // The edges carry self loops, which are the 1 of `1 + eps`.
    let sum = sum_at_targets(&at_sources(x, edges), edges) + x * weights.get("eps");
    weights.linear("nn.2", &weights.linear("nn.0", &sum).relu())
}

impl Gin {
    fn hidden(&self, dim: usize) -> usize {
        self.hidden.unwrap_or(2 * dim)
    }
}

impl Layer for Gin {
    fn check(&self, dim: usize) -> Result<()> {
        check_size("hidden", self.hidden(dim))
    }

    fn initialise(&self, init: &mut Initialiser, name: &str, sizes: Sizes) {
        let (dim, hidden) = (sizes.dim as i64, self.hidden(sizes.dim) as i64);
        init.layer_norm(&format!("{name}norm1"), dim);
        init.zeros(&format!("{name}gin.eps"), &[1]);
        init.linear(&format!("{name}gin.nn.0"), dim, hidden);
        init.linear(&format!("{name}gin.nn.2"), hidden, dim);
    }

    fn forward(&self, weights: &Scope, graphs: &Graphs, x: &Var, tape: &mut Tape, queries: usize) -> Result<Var> {
        let [y] = tape.segment([x], |[x]| {
            let tokens = weights.layer_norm("norm1", &x).flatten(0, 1);
            let convolved = convolve(&weights.scope("gin."), &tokens, graphs.edges());
            [(&x + convolved.reshape_as(&x)).narrow(1, 0, queries as i64)]
        });
        Ok(y)
    }
}
