//! What both kinds of global attention share: projections, residuals and the MLP around the attention itself.

use serde::{Deserialize, Serialize};

use super::{Layer, Sizes, initialise_mlp, mlp};
use crate::error::Result;
use crate::nn::ac_attention::attend;
use crate::nn::architecture::check_size;
use crate::nn::graphs::Graphs;
use crate::nn::layers::Initialiser;
use crate::nn::tape::{Tape, Var};
use crate::nn::weights::Scope;

/// Where the residual connections of a block start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Norm {
    /// From the stream itself, normalisation being inside the branch ("pre-norm", Xiong et al. 2020).
    #[default]
    Pre,
    /// From the *normalised* stream, as in the published GraphDINO code, which rescales the signal in every block.
    Published,
}

/// Attention with its surroundings.
pub struct Attention {
    /// Number of heads.
    pub heads: usize,
    /// Width of one head.
    pub width: usize,
    /// Hidden width of the MLP in multiples of the tokens'.
    pub mlp_ratio: usize,
    /// Where residuals start.
    pub norm: Norm,
    /// Pairs `(g1, g2)` predicted per token: none, one for all heads, or one per head.
    pub trade_offs: usize,
}

impl Layer for Attention {
    fn check(&self, dim: usize) -> Result<()> {
        check_size("heads", self.heads)?;
        check_size("width", self.width)?;
        check_size("mlp_ratio", self.mlp_ratio)?;
        check_size("mlp_ratio * dim", self.mlp_ratio.saturating_mul(dim))?;
        check_size("heads * width", self.heads.saturating_mul(self.width))
    }

    fn initialise(&self, init: &mut Initialiser, name: &str, sizes: Sizes) {
        let dim = sizes.dim;
        let (inner, wide, pairs) = ((self.heads * self.width) as i64, dim as i64, 2 * self.trade_offs as i64);
        let bound = 1.0 / (dim as f32).sqrt();
        init.layer_norm(&format!("{name}norm1"), wide);
        init.uniform(&format!("{name}attn.qkv_projection.weight"), &[3 * inner, wide], -bound, bound);
        init.linear(&format!("{name}attn.proj"), inner, wide);
        if self.trade_offs > 0 {
            // Small and positive, so that the trade-off starts near 1 for both terms.
            init.uniform(&format!("{name}attn.predict_gamma.weight"), &[pairs, wide], 0.0, 0.01);
            init.uniform(&format!("{name}attn.predict_gamma.bias"), &[pairs], -bound, bound);
        }
        init.layer_norm(&format!("{name}norm2"), wide);
        initialise_mlp(init, name, dim, self.mlp_ratio);
    }

    fn forward(&self, weights: &Scope, graphs: &Graphs, x: &Var, tape: &mut Tape, queries: usize) -> Result<Var> {
        let published = self.norm == Norm::Published;
        let [skip, u, qkv] = tape.segment([x], |[x]| {
            let u = weights.layer_norm("norm1", &x);
            let qkv = weights.linear_without_bias("attn.qkv_projection", &u);
            let skip = if published { &u } else { &x };
            [skip.narrow(1, 0, queries as i64), u, qkv]
        });
        let gamma = (self.trade_offs > 0).then(|| {
            let [gamma] = tape.segment([&u], |[u]| [weights.linear("attn.predict_gamma", &u).exp()]);
            gamma
        });
        let attended = attend(tape, &qkv, gamma.as_ref(), graphs, self.heads, queries)?;
        let [y] = tape.segment([&skip, &attended], |[skip, attended]| {
            let v = skip + weights.linear("attn.proj", &attended);
            let w = weights.layer_norm("norm2", &v);
            [mlp(weights, &w) + if published { w } else { v }]
        });
        Ok(y)
    }
}
