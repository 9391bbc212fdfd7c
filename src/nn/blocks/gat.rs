//! The graph attention block: a node attends to its neighbours and itself (Veličković et al. 2018), or does so with
//! scores that depend on both ends together (GATv2, Brody et al. 2022).

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::edges::{at_sources, at_targets, softmax, sum_at_targets};
use super::{Layer, Sizes, head_width, initialise_mlp, mlp};
use crate::error::Result;
use crate::nn::architecture::check_size;
use crate::nn::graphs::{Edges, Graphs};
use crate::nn::layers::Initialiser;
use crate::nn::tape::{Tape, Var};
use crate::nn::weights::Scope;

/// Slope of the leaky rectifier for negative scores, as in both papers.
const SLOPE: f64 = 0.2;

/// Options of the block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gat {
    /// Number of heads; their answers stand side by side and are projected back to the tokens' width.
    pub heads: usize,
    /// Width of one head; the tokens' width over the number of heads where none is given.
    pub width: Option<usize>,
    /// 1: as in the paper of 2018; 2: GATv2.
    pub version: GatVersion,
    /// Lets the score (in version 2: what is scored) depend on the difference between the features of an edge's ends,
    /// such as the vector from one to the other.
    pub edge_features: bool,
    /// Hidden width of the MLP, in multiples of the tokens'.
    pub mlp_ratio: usize,
}

/// Which of the two attentions; written as the number 1 or 2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum GatVersion {
    /// Veličković et al. 2018: the score is a sum of one term per end.
    V1,
    /// Brody et al. 2022: the rectifier stands between the sum and the scoring, so the ranking depends on the query.
    #[default]
    V2,
}

impl TryFrom<u8> for GatVersion {
    type Error = String;

    fn try_from(number: u8) -> std::result::Result<Self, String> {
        match number {
            1 => Ok(GatVersion::V1),
            2 => Ok(GatVersion::V2),
            _ => Err(format!("must be 1 or 2, found `{number}`")),
        }
    }
}

impl From<GatVersion> for u8 {
    fn from(version: GatVersion) -> u8 {
        match version {
            GatVersion::V1 => 1,
            GatVersion::V2 => 2,
        }
    }
}

impl Default for Gat {
    fn default() -> Self {
        Gat { heads: 4, width: None, version: GatVersion::V2, edge_features: false, mlp_ratio: 2 }
    }
}

/// Attention of each token over the edges that arrive at it: `[tokens, in]` to `[tokens, heads * width]`, weights named
/// as PyTorch Geometric names them. `edge_features` is `[edges, features]`.
pub fn attend(
    weights: &Scope,
    version: GatVersion,
    heads: usize,
    x: &Tensor,
    edges: &Edges,
    edge_features: Option<&Tensor>,
) -> Tensor {
    let split = |t: Tensor| {
        let size = t.size();
        t.reshape([size[0], heads as i64, size[1] / heads as i64])
    };
    let edge = edge_features.map(|e| split(weights.linear_without_bias("lin_edge", e)));
    let scored = |t: &Tensor, by: &str| (t * weights.get(by)).sum_dim_intlist(-1, false, t.kind());
    let (values, scores) = match version {
        GatVersion::V1 => {
            let h = split(weights.linear_without_bias("lin", x));
            let (source, target) = (scored(&h, "att_src"), scored(&h, "att_dst"));
            let mut scores = at_sources(&source, edges) + at_targets(&target, edges);
            if let Some(edge) = edge {
                scores += scored(&edge, "att_edge");
            }
            (h, leaky(&scores))
        }
        GatVersion::V2 => {
            let source = split(weights.linear("lin_l", x));
            let target = split(weights.linear("lin_r", x));
            let mut both = at_sources(&source, edges) + at_targets(&target, edges);
            if let Some(edge) = edge {
                both += edge;
            }
            (source, scored(&leaky(&both), "att"))
        }
    };
    let attention = softmax(&scores, edges).unsqueeze(-1);
    let answers = sum_at_targets(&(at_sources(&values, edges) * attention), edges);
    answers.flatten(1, 2) + weights.get("bias")
}

fn leaky(x: &Tensor) -> Tensor {
    x.maximum(&(x * SLOPE))
}

impl Gat {
    /// Adds the weights of [`attend`].
    fn initialise_attention(&self, init: &mut Initialiser, name: &str, sizes: Sizes) {
        let (heads, dim) = (self.heads as i64, sizes.dim as i64);
        let width = head_width(self.width, sizes.dim, self.heads) as i64;
        // Glorot's uniform range, as the papers' code starts from.
        let glorot = |inputs: i64, outputs: i64| (6.0 / (inputs + outputs) as f32).sqrt();
        let bound = glorot(dim, heads * width);
        let vector = glorot(heads, width);
        match self.version {
            GatVersion::V1 => {
                init.uniform(&format!("{name}lin.weight"), &[heads * width, dim], -bound, bound);
                init.uniform(&format!("{name}att_src"), &[1, heads, width], -vector, vector);
                init.uniform(&format!("{name}att_dst"), &[1, heads, width], -vector, vector);
            }
            GatVersion::V2 => {
                for side in ["lin_l", "lin_r"] {
                    init.uniform(&format!("{name}{side}.weight"), &[heads * width, dim], -bound, bound);
                    init.zeros(&format!("{name}{side}.bias"), &[heads * width]);
                }
                init.uniform(&format!("{name}att"), &[1, heads, width], -vector, vector);
            }
        }
        if self.edge_features {
            let bound = glorot(sizes.features as i64, heads * width);
            let shape = [heads * width, sizes.features as i64];
            init.uniform(&format!("{name}lin_edge.weight"), &shape, -bound, bound);
            if self.version == GatVersion::V1 {
                init.uniform(&format!("{name}att_edge"), &[1, heads, width], -vector, vector);
            }
        }
        init.zeros(&format!("{name}bias"), &[heads * width]);
    }
}

impl Layer for Gat {
    fn check(&self, dim: usize) -> Result<()> {
        check_size("heads", self.heads)?;
        check_size("mlp_ratio", self.mlp_ratio)?;
        check_size("mlp_ratio * dim", self.mlp_ratio.saturating_mul(dim))?;
        check_size("heads * width", self.heads.saturating_mul(head_width(self.width, dim, self.heads)))
    }

    fn initialise(&self, init: &mut Initialiser, name: &str, sizes: Sizes) {
        let dim = sizes.dim as i64;
        init.layer_norm(&format!("{name}norm1"), dim);
        self.initialise_attention(init, &format!("{name}gat."), sizes);
        let wide = (self.heads * head_width(self.width, sizes.dim, self.heads)) as i64;
        init.linear(&format!("{name}proj"), wide, dim);
        init.layer_norm(&format!("{name}norm2"), dim);
        initialise_mlp(init, name, sizes.dim, self.mlp_ratio);
    }

    fn forward(&self, weights: &Scope, graphs: &Graphs, x: &Var, tape: &mut Tape, queries: usize) -> Result<Var> {
        let [y] = tape.segment([x], |[x]| {
            let edges = graphs.edges();
            let tokens = weights.layer_norm("norm1", &x).flatten(0, 1);
            let between = self.edge_features.then(|| graphs.edge_features());
            let gat = weights.scope("gat.");
            let attended = attend(&gat, self.version, self.heads, &tokens, edges, between.as_ref());
            let v = &x + weights.linear("proj", &attended).reshape_as(&x);
            let v = v.narrow(1, 0, queries as i64);
            [mlp(weights, &weights.layer_norm("norm2", &v)) + v]
        });
        Ok(y)
    }
}
