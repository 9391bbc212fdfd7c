//! The GraphDINO preset (Weis et al. 2023): the published sizes as an [`Architecture`].

use serde::{Deserialize, Serialize};

use super::architecture::{Architecture, Head, Pool, Projector, ProjectorKind, check_size};
use super::blocks::{AcAttention, Block, Norm, TradeOff};
use super::checkpoint::Archive;
use super::model::STUDENT;
use crate::data::Feature;
use crate::error::{Error, Result};
use crate::positional::Kind;

/// Sizes of a GraphDINO model and its projector; the defaults are those of the published model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GraphDinoOptions {
    /// Micrometres to which one unit of the model's input corresponds. The published model takes raw micrometres (1),
    /// which drown the positional encoding; 100 puts both on one scale.
    pub unit: f64,
    /// Width of a token and of the latent.
    pub dim: usize,
    /// Number of blocks.
    pub depth: usize,
    /// Heads of each block, every one as wide as a token.
    pub heads: usize,
    /// Hidden width of a block's MLP, in multiples of `dim`.
    pub mlp_ratio: usize,
    /// Number of Laplacian eigenvectors that encode a node's position in the tree.
    pub positional_dim: usize,
    /// The positional encoding, unscaled.
    pub positional: Kind,
    /// Hidden width of the projector.
    pub projector_dim: usize,
    /// Number of prototypes that the projector scores.
    pub prototypes: usize,
}

impl Default for GraphDinoOptions {
    fn default() -> Self {
        GraphDinoOptions {
            unit: 1.0,
            dim: 32,
            depth: 7,
            heads: 8,
            mlp_ratio: 2,
            positional_dim: 32,
            positional: Kind::LaplacianHighest,
            projector_dim: 128,
            prototypes: 1000,
        }
    }
}

impl GraphDinoOptions {
    /// The model of these sizes.
    ///
    /// # Errors
    /// When there are no blocks or absurdly many; other sizes are checked with the architecture.
    pub fn architecture(&self) -> Result<Architecture> {
        check_size("depth", self.depth)?;
        let block = AcAttention {
            heads: self.heads,
            width: Some(self.dim),
            mlp_ratio: self.mlp_ratio,
            trade_off: TradeOff::Node,
            norm: Norm::Published,
        };
        Ok(Architecture {
            features: vec![Feature::Position],
            unit: self.unit,
            positional: self.positional,
            positional_dim: self.positional_dim,
            positional_scaled: false,
            node_hidden: 64,
            dim: self.dim,
            blocks: vec![Block::AcAttention(block); self.depth],
            pool: Pool::Cls,
            head: Head::default(),
            projector: Projector {
                kind: ProjectorKind::Mlp,
                hidden: self.projector_dim,
                prototypes: self.prototypes,
                ..Projector::default()
            },
        })
    }

    /// The sizes that a checkpoint without a note must have.
    ///
    /// # Errors
    /// When tensors are missing that every GraphDINO checkpoint has.
    pub(super) fn of_tensors(archive: &Archive) -> Result<GraphDinoOptions> {
        let shape = |name: &str| {
            archive
                .tensors
                .get(&format!("{STUDENT}{name}"))
                .map(|t| t.size().iter().map(|&n| n as usize).collect::<Vec<_>>())
                .filter(|shape| shape.len() == 2)
                .ok_or_else(|| {
                    Error::format(format!("no matrix `{STUDENT}{name}`")).help("is this a GraphDINO checkpoint?")
                })
        };
        let has = |block: &usize| archive.tensors.contains_key(&format!("{STUDENT}blocks.{block}.norm1.weight"));
        let depth = (0..).take_while(has).count();
        let qkv = shape("blocks.0.attn.qkv_projection.weight")?;
        let dim = qkv[1];
        Ok(GraphDinoOptions {
            dim,
            depth,
            heads: qkv[0] / (3 * dim.max(1)),
            mlp_ratio: shape("blocks.0.mlp.net.0.weight")?[0] / dim.max(1),
            positional_dim: shape("to_pos_embedding.weight")?[1],
            projector_dim: shape("projector.0.weight")?[0],
            prototypes: shape("projector.7.weight")?[0],
            ..GraphDinoOptions::default()
        })
    }
}
