//! Recordings that are made: data with known edges, which inference can be tested on, and a network with states.
//!
//! [`springs()`] and [`kuramoto()`] follow the equations and defaults of Neural Relational Inference (Kipf et al. 2018), so
//! that figures can be compared; [`worm()`] is a small network of named neurons with signed edges whose animal goes through
//! the states of Kato et al. (2015). It is a stand-in with the worm's look, not a model of the worm: no figure measured on
//! it says anything of the animal.

mod kuramoto;
mod springs;
mod worm;

pub use kuramoto::{KuramotoOptions, Observed, kuramoto};
pub use springs::{SpringsOptions, springs};
pub use worm::{WormOptions, worm};

use std::sync::Arc;

use rand::Rng as _;
use rayon::prelude::*;

use super::{Recording, RecordingSet};
use crate::data::Matrix;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::run::seed::{self, Rng};

/// Recordings and the edges behind them.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    /// A recording for each trajectory or animal. Where a node has several columns (place and speed), they lie side by
    /// side.
    pub recordings: RecordingSet,
    /// For each recording the weight of each edge: the receiver's row, the sender's column; 0 is no edge.
    pub edges: Vec<Matrix>,
    /// Columns of a node.
    pub columns_per_node: usize,
}

impl std::fmt::Display for Simulation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let nodes = self.edges.first().map_or(0, Matrix::rows);
        let edges: usize = self.edges.iter().map(|e| e.values().iter().filter(|v| **v != 0.0).count()).sum();
        let mean = edges as f64 / self.edges.len().max(1) as f64;
        write!(f, "Simulation({} recordings of {nodes} nodes, {mean:.1} directed edges each)", self.recordings.len())
    }
}

/// Refuses sizes that make no recording, or too large a one.
fn check(recordings: usize, nodes: usize, frames: usize, columns: usize) -> Result<()> {
    let values = [recordings, nodes, frames, columns].iter().try_fold(1usize, |all, &n| all.checked_mul(n));
    if recordings == 0 || nodes < 2 || frames < 2 || values.is_none_or(|v| v > 1 << 30) {
        return Err(Error::value(format!("a simulation of {recordings} recordings, {nodes} nodes, {frames} frames"))
            .help("one recording or more, two nodes or more, two frames or more, and a billion values at most"));
    }
    Ok(())
}

/// Trajectories of one kind of system, each with its own chance and its own edges.
struct Trajectories<'a> {
    /// What is simulated: the first word of the recordings' names, and the name of its chance.
    kind: &'static str,
    /// Names of the nodes, and what is recorded of each.
    nodes: &'a [String],
    columns: &'a [&'a str],
    /// Seconds from a frame to the next.
    dt: f64,
}

impl Trajectories<'_> {
    /// Simulates `n`; `one` gives the edges of a trajectory and its traces.
    fn simulate(
        &self,
        n: usize,
        seed: u64,
        one: impl Fn(&mut Rng) -> (Vec<f64>, Vec<f64>) + Sync,
    ) -> Result<Simulation> {
        let names: Arc<[String]> = self.nodes.into();
        let columns: Vec<String> =
            self.nodes.iter().flat_map(|node| self.columns.iter().map(move |c| format!("{node}_{c}"))).collect();
        let made: Vec<(Recording, Matrix)> = (0..n)
            .into_par_iter()
            .map(|i| {
                interrupt::check()?;
                let (edges, traces) = one(&mut seed::stream(seed, self.kind, i as u64));
                let recording = Recording::new(format!("{}_{}", self.kind, i + 1), columns.clone(), traces, self.dt)?;
                Ok((recording, Matrix::new(names.clone(), names.clone(), edges)?))
            })
            .collect::<Result<_>>()?;
        let (recordings, edges) = made.into_iter().unzip();
        Ok(Simulation { recordings: RecordingSet::new(recordings)?, edges, columns_per_node: self.columns.len() })
    }
}

/// Symmetric edges of weight 1, each there with a probability, and none from a node to itself.
fn undirected(nodes: usize, probability: f64, rng: &mut Rng) -> Vec<f64> {
    let mut edges = vec![0.0; nodes * nodes];
    for i in 0..nodes {
        for j in 0..i {
            if rng.gen_bool(probability) {
                edges[i * nodes + j] = 1.0;
                edges[j * nodes + i] = 1.0;
            }
        }
    }
    edges
}
