//! NBLAST: how alike two neurons lie and run in one space.
//!
//! A neuron becomes points with tangents ([`Dotprops`]). Each point of the query is matched with the nearest point of the
//! target, and the pair scores by its distance and the angle of the tangents (`scores`); the sum says how much likelier the
//! two are of one type than two neurons taken at random. Costa et al. 2016, Neuron 91:293-311.
//!
//! `tree` finds nearest points, [`score`] scores one pair, [`all_by_all`] and [`nearest_neighbours`] a population, the
//! second keeping the best of each row only; [`KnnGraph`] is what it gives.
//!
//! Neurons must lie in one space (registered, or at least centred), in micrometres: the scores were learnt on fly brains
//! at that scale. Nothing is registered or scaled here.

mod all;
mod dotprops;
mod eigen;
mod graph;
mod resample;
mod scores;
#[cfg(test)]
mod tests;
mod tree;

pub use all::{all_by_all, nearest_neighbours, score};
pub use dotprops::Dotprops;
pub use graph::{KnnGraph, Neighbour};

use serde::Deserialize;

use crate::morph::Kinds;

/// How neurons are compared.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct NblastOptions {
    /// Distance of points along the neurites, µm; 0 takes the samples as they are.
    pub resample: f64,
    /// Number of neighbouring points, the point itself among them, whose main direction is its tangent.
    pub tangent_k: usize,
    /// Whether points count less where the neurite has no clear direction.
    pub use_alpha: bool,
    /// Whether scores are divided by the score of the query with itself, so that equal neurons have 1.
    pub normalised: bool,
    /// Which of the two directions of a pair counts.
    pub scores: Direction,
    /// Only samples of these types; all where `None`.
    #[serde(skip)]
    pub kinds: Option<Kinds>,
}

impl Default for NblastOptions {
    fn default() -> Self {
        NblastOptions {
            resample: 1.0,
            tangent_k: 5,
            use_alpha: false,
            normalised: true,
            scores: Direction::default(),
            kinds: None,
        }
    }
}

/// Which score of a pair: that of the first in the second, or one that both orders share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The query in the target: high too where the query is a part of the target.
    Forward,
    /// The mean of both directions, as for clustering.
    #[default]
    Mean,
    /// The smaller of both.
    Min,
    /// The larger of both.
    Max,
}

impl Direction {
    /// The score of a pair from the score of the query in the target, and of the target in the query.
    pub(crate) fn of(self, forward: f64, backward: f64) -> f64 {
        match self {
            Direction::Forward => forward,
            Direction::Mean => 0.5 * (forward + backward),
            Direction::Min => forward.min(backward),
            Direction::Max => forward.max(backward),
        }
    }
}
