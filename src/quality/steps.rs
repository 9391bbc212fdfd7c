//! Steps in depth: where a stack slipped, a branch jumps along z from one sample to the next.

use super::median;
use crate::morph::Morphology;

/// An edge is a step where it goes further along z than this many times its length across,
const STEEP: f64 = 5.0;
/// and than this many times the neuron's median edge.
const LONG: f64 = 8.0;

/// Steps that make a flag.
pub(super) const STEPS: usize = 3;

/// How many edges of the neurites are steps, and their share of the cable.
pub(super) fn steps(neuron: &Morphology) -> (usize, f64) {
    let length = neuron.edge_lengths();
    let is_cable = |i: &usize| !neuron.is_soma(*i) && neuron.parent_of(*i).is_some_and(|p| !neuron.is_soma(p));
    let cable: Vec<usize> = (0..neuron.len()).filter(is_cable).collect();
    let typical = median(&mut cable.iter().map(|&i| length[i]).collect::<Vec<_>>());
    let total: f64 = cable.iter().map(|&i| length[i]).sum();
    let is_step = |&&i: &&usize| {
        let Some(parent) = neuron.parent_of(i) else { return false };
        let [x, y, z]: [f64; 3] = std::array::from_fn(|axis| neuron.position[i][axis] - neuron.position[parent][axis]);
        z.abs() > STEEP * x.hypot(y) && z.abs() > LONG * typical
    };
    let found: Vec<f64> = cable.iter().filter(is_step).map(|&i| length[i]).collect();
    (found.len(), if found.is_empty() { 0.0 } else { found.iter().sum::<f64>() / total })
}
