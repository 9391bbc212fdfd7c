//! What a model is made of: the typed description from which weights, computation, summary and files all follow.

use serde::{Deserialize, Serialize};

use super::blocks::{AcAttention, Block};
use crate::data::{Feature, Layout, features};
use crate::error::{Error, Result};
use crate::positional::{Encoding, Kind};

/// An encoder: node features and positional encoding to tokens, blocks, pooling, head; and the projector that
/// self-distillation trains it with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Architecture {
    /// What each node tells the model; see [`features::TABLE`].
    pub features: Vec<Feature>,
    /// The length that counts as 1, in the neurons' unit (usually micrometres).
    pub unit: f64,
    /// The positional encoding.
    pub positional: Kind,
    /// Its width.
    pub positional_dim: usize,
    /// Multiplies Laplacian eigenvectors with the square root of the number of nodes.
    pub positional_scaled: bool,
    /// Hidden width of the MLP that embeds a node's features.
    pub node_hidden: usize,
    /// Width of a token.
    pub dim: usize,
    /// The blocks, first to last.
    pub blocks: Vec<Block>,
    /// How tokens become one vector per neuron.
    pub pool: Pool,
    /// What turns that vector into the latent.
    pub head: Head,
    /// What scores prototypes from the latent.
    pub projector: Projector,
}

impl Default for Architecture {
    fn default() -> Self {
        Architecture {
            features: vec![Feature::Position, Feature::Radius, Feature::Type, Feature::PathLength],
            unit: 100.0,
            positional: Kind::Laplacian,
            positional_dim: 16,
            positional_scaled: true,
            node_hidden: 64,
            dim: 64,
            blocks: vec![Block::AcAttention(AcAttention::default()); 4],
            pool: Pool::Cls,
            head: Head::default(),
            projector: Projector::default(),
        }
    }
}

/// How tokens become one vector per neuron.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pool {
    /// The class token, which attends to all nodes. Needs a block that attends globally.
    #[default]
    Cls,
    /// The mean over nodes.
    Mean,
    /// The maximum over nodes, number by number.
    Max,
    /// Mean and standard deviation over the cable, a node weighing as much as the length of its edges, and the maximum
    /// over nodes, side by side: hardly touched by how densely a neuron was traced.
    Moments,
    /// A weighted mean, the weights being a softmax of a learnt score per node.
    Attention,
}

/// What turns the pooled vector into the latent: layer normalisation, then a linear layer or an MLP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Head {
    /// Width of the latent; the tokens' where none is given.
    pub dim: Option<usize>,
    /// Hidden width of the MLP; none for a linear layer.
    pub hidden: Option<usize>,
    /// Whether the pooled vector is normalised first.
    pub norm: bool,
}

impl Default for Head {
    fn default() -> Self {
        Head { dim: None, hidden: None, norm: true }
    }
}

/// Which projector scores the prototypes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectorKind {
    /// The published plain MLP: neither its latent nor its prototypes are normalised, so scores are unbounded.
    #[default]
    Mlp,
    /// DINO's (Caron et al. 2021): an MLP to a bottleneck of unit length, prototypes with a separate magnitude.
    Dino,
}

/// What scores prototypes from the latent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Projector {
    /// Which.
    pub kind: ProjectorKind,
    /// Hidden width.
    pub hidden: usize,
    /// Width of the bottleneck of `dino`.
    pub bottleneck: usize,
    /// Number of prototypes.
    pub prototypes: usize,
    /// Holds the magnitude of `dino`'s prototypes at 1, so that scores are cosines.
    pub frozen: bool,
}

impl Default for Projector {
    fn default() -> Self {
        Projector { kind: ProjectorKind::Mlp, hidden: 128, bottleneck: 64, prototypes: 1000, frozen: true }
    }
}

impl Architecture {
    /// Refuses what no model can be.
    ///
    /// # Errors
    /// Names the first size or combination at fault.
    pub fn check(&self) -> Result<()> {
        if !self.unit.is_finite() || self.unit <= 0.0 {
            return Err(Error::value(format!("`unit` must be a length above 0 um, not {}", self.unit)));
        }
        check_size("dim", self.dim)?;
        check_size("node_hidden", self.node_hidden)?;
        check_size("positional_dim", self.positional_dim)?;
        check_size("head.dim", self.latent())?;
        check_size("head.hidden", self.head.hidden.unwrap_or(1))?;
        check_size("projector.hidden", self.projector.hidden)?;
        check_size("projector.bottleneck", self.projector.bottleneck)?;
        check_size("prototypes", self.projector.prototypes)?;
        if self.features.is_empty() {
            return Err(Error::value("`features` is empty: a model must be told something about each node")
                .help("give names such as [\"position\", \"radius\"]"));
        }
        if let Some((i, twice)) = self.features.iter().enumerate().find(|(i, f)| self.features[..*i].contains(f)) {
            return Err(Error::value(format!("`features[{i}]` names `{}` a second time", twice.facts().name)));
        }
        if self.blocks.is_empty() {
            return Err(Error::value("`blocks` is empty: an encoder needs at least one block")
                .help("give some, such as [nn::ac_attention(), nn::ac_attention()]"));
        }
        for (i, block) in self.blocks.iter().enumerate() {
            block.check(self.dim).map_err(|e| Error { message: format!("`blocks[{i}]`: {}", e.message), ..e })?;
        }
        if self.pool == Pool::Cls && !self.blocks.iter().any(Block::is_global) {
            return Err(Error::value(
                "no block lets the class token see the nodes, so `pool: \"cls\"` would say nothing",
            )
            .help("pool with \"mean\", \"max\", \"moments\" or \"attention\", or add nn::ac_attention() or nn::transformer()"));
        }
        Ok(())
    }

    /// Width of the latent.
    pub fn latent(&self) -> usize {
        self.head.dim.unwrap_or(self.dim)
    }

    /// Width of what pooling gives.
    pub(super) fn pooled(&self) -> usize {
        if self.pool == Pool::Moments { 3 * self.dim } else { self.dim }
    }

    /// Whether there is a class token: the one that is pooled, or a spare one that attention may use.
    pub fn has_class_token(&self) -> bool {
        self.pool == Pool::Cls || self.blocks.iter().any(Block::is_global)
    }

    /// What it reads from each node.
    pub fn layout(&self) -> Layout {
        let encoding = Encoding { kind: self.positional, width: self.positional_dim, scaled: self.positional_scaled };
        Layout { features: self.features.clone(), unit: self.unit, encoding }
    }

    /// Numbers per node that it reads as features.
    pub fn feature_width(&self) -> usize {
        features::width(&self.features)
    }
}

/// Refuses sizes of 0, and those that only a mistake explains.
pub(super) fn check_size(name: &str, size: usize) -> Result<()> {
    if (1..=1 << 20).contains(&size) {
        return Ok(());
    }
    Err(Error::value(format!("`{name}` must lie between 1 and 1048576, not {size}")))
}
