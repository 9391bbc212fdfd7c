//! The preset for neurons' shapes: what [`train::profiles`](fn@crate::train::profiles) is made for.

use serde::{Deserialize, Serialize};

use super::architecture::{Architecture, Head, Pool, Projector, check_size};
use super::blocks::{Block, Gin};
use crate::data::Feature;
use crate::error::Result;
use crate::positional::Kind;

/// Sizes of the encoder.
///
/// It reads from each node what does not depend on how densely a neuron was traced, passes messages along the tree, and
/// pools over the cable. Nothing in it grows with the square of the nodes, so whole neurons are embedded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MorphologyEncoderOptions {
    /// The length that counts as 1, in the neurons' unit (usually micrometres).
    pub unit: f64,
    /// Width of a token.
    pub dim: usize,
    /// Blocks of message passing.
    pub depth: usize,
    /// Width of the latent.
    pub latent: usize,
    /// Tells the model the nodes' SWC types.
    pub types: bool,
}

impl Default for MorphologyEncoderOptions {
    fn default() -> Self {
        MorphologyEncoderOptions { unit: 100.0, dim: 64, depth: 3, latent: 32, types: true }
    }
}

impl MorphologyEncoderOptions {
    /// The model of these sizes.
    ///
    /// # Errors
    /// When there are no blocks or absurdly many; other sizes are checked with the architecture.
    pub fn architecture(&self) -> Result<Architecture> {
        check_size("depth", self.depth)?;
        let features = [
            Feature::Position,
            Feature::Radius,
            Feature::Type,
            Feature::PathLength,
            Feature::RadialDistance,
            Feature::BranchOrder,
            Feature::SubtreeLength,
        ];
        Ok(Architecture {
            features: features.into_iter().filter(|&f| self.types || f != Feature::Type).collect(),
            unit: self.unit,
            positional: Kind::None,
            node_hidden: 64,
            dim: self.dim,
            blocks: vec![Block::Gin(Gin::default()); self.depth],
            pool: Pool::Moments,
            head: Head { dim: Some(self.latent), hidden: Some(2 * self.dim), norm: true },
            projector: Projector { prototypes: 1, hidden: 1, bottleneck: 1, ..Projector::default() },
            ..Architecture::default()
        })
    }
}
