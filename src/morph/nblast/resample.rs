//! Points at equal distances along a neuron's edges.

use crate::error::{Error, Result};
use crate::morph::geometry::distance;
use crate::morph::{Kinds, Morphology, NO_PARENT};

/// Points along all edges between samples of the chosen types, about `step` µm apart; the samples themselves where `step`
/// is 0.
///
/// Each unbranched run, from a tip or fork up to the next fork or root, is divided into round(length / step) equal parts,
/// so that tips, forks and roots stay; a run shorter than `step` keeps its lower end. This is the rule by which published
/// scores were made. Soma samples count as any other.
///
/// # Errors
/// When `step` is negative or not finite, when it makes more than ten million points, or when a position is not finite.
pub(super) fn points(neuron: &Morphology, step: f64, kinds: Option<&Kinds>) -> Result<Vec<[f64; 3]>> {
    if !(step.is_finite() && step >= 0.0) {
        return Err(Error::value(format!("`resample` is {step}, expected a number of µm, 0 or more")));
    }
    let chosen = |i: usize| kinds.is_none_or(|kinds| kinds.contains(neuron.kind[i]));
    if let Some(i) = (0..neuron.len()).find(|&i| chosen(i) && !neuron.position[i].iter().all(|v| v.is_finite())) {
        let (id, name) = (neuron.id[i], &neuron.name);
        return Err(Error::value(format!("sample {id} of `{name}` has a position that is not finite")));
    }
    if step == 0.0 {
        return Ok((0..neuron.len()).filter(|&i| chosen(i)).map(|i| neuron.position[i]).collect());
    }
    let above = |i: usize| neuron.parent_of(i).filter(|&p| chosen(p));
    let mut children = vec![0u32; neuron.len()];
    for i in (0..neuron.len()).filter(|&i| chosen(i)) {
        if let Some(parent) = above(i) {
            children[parent] += 1;
        }
    }
    let mut points = Vec::new();
    // The run's positions from its lower end on, and their distances from it.
    let mut run: Vec<[f64; 3]> = Vec::new();
    let mut along: Vec<f64> = Vec::new();
    for i in (0..neuron.len()).filter(|&i| chosen(i)) {
        if children[i] == 1 && above(i).is_some() {
            continue;
        }
        if neuron.parent[i] == NO_PARENT || above(i).is_none() {
            points.push(neuron.position[i]);
            continue;
        }
        run.clear();
        along.clear();
        run.push(neuron.position[i]);
        along.push(0.0);
        let (mut node, mut length) = (i, 0.0);
        while let Some(parent) = above(node) {
            length += distance(neuron.position[node], neuron.position[parent]);
            run.push(neuron.position[parent]);
            along.push(length);
            node = parent;
            if children[node] != 1 {
                break;
            }
        }
        let parts = if length < step { 1.0 } else { (length / step).round_ties_even() };
        if points.len() as f64 + parts > 1e7 {
            return Err(Error::value(format!(
                "`resample` of {step} makes more than 10 million points of `{}`",
                neuron.name
            ))
            .help("take a larger distance, and see that positions are micrometres"));
        }
        divide(&run, &along, parts as usize, &mut points);
    }
    Ok(points)
}

/// Adds the lower ends of `parts` equal parts of a run.
fn divide(run: &[[f64; 3]], along: &[f64], parts: usize, points: &mut Vec<[f64; 3]>) {
    let length = along[along.len() - 1];
    let mut edge = 0;
    for part in 0..parts {
        let at = length * part as f64 / parts as f64;
        while edge + 2 < run.len() && along[edge + 1] <= at {
            edge += 1;
        }
        let (from, to) = (along[edge], along[edge + 1]);
        let share = if to > from { (at - from) / (to - from) } else { 0.0 };
        points.push(std::array::from_fn(|k| run[edge][k] + share * (run[edge + 1][k] - run[edge][k])));
    }
}
