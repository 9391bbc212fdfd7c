//! The graph convolution block (Kipf & Welling 2017): a normalised sum over neighbours, then a linear layer.

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::edges::{at_sources, sum_at_targets};
use super::{Layer, Sizes};
use crate::error::Result;
use crate::nn::graphs::{Edges, Graphs};
use crate::nn::layers::Initialiser;
use crate::nn::tape::{Tape, Var};
use crate::nn::weights::Scope;

/// Options of the block: it has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gcn {}

/// `sum of W x_j / sqrt(d_i d_j) + b` over the neighbours `j` of `i` and itself, `d` counting the same.
pub fn convolve(weights: &Scope, x: &Tensor, edges: &Edges) -> Tensor {
    let messages = at_sources(&weights.linear_without_bias("lin", x), edges) * &edges.normalised;
    sum_at_targets(&messages, edges) + weights.get("bias")
}

impl Layer for Gcn {
    fn check(&self, _dim: usize) -> Result<()> {
        Ok(())
    }

    fn initialise(&self, init: &mut Initialiser, name: &str, sizes: Sizes) {
        let dim = sizes.dim as i64;
        init.layer_norm(&format!("{name}norm1"), dim);
        let bound = (3.0 / dim as f32).sqrt();
        init.uniform(&format!("{name}gcn.lin.weight"), &[dim, dim], -bound, bound);
        init.zeros(&format!("{name}gcn.bias"), &[dim]);
    }

    /// `x + GELU(convolution)`, normalised first.
    fn forward(&self, weights: &Scope, graphs: &Graphs, x: &Var, tape: &mut Tape, queries: usize) -> Result<Var> {
        let [y] = tape.segment([x], |[x]| {
            let tokens = weights.layer_norm("norm1", &x).flatten(0, 1);
            let convolved = convolve(&weights.scope("gcn."), &tokens, graphs.edges()).gelu("none");
            [(&x + convolved.reshape_as(&x)).narrow(1, 0, queries as i64)]
        });
        Ok(y)
    }
}
