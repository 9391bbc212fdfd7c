//! The elder rule: of branches that meet, the one with the largest tip value lives on.

use super::barcode::Bar;
use crate::morph::{Morphology, NO_PARENT};

/// The bars of all neurites, neurite by neurite and the longest first.
///
/// `start` is the first sample of each sample's neurite (`NO_PARENT` for samples left out), `values` one finite number per
/// sample, `root_value` the value at which the last branch of a neurite ends, given its first sample.
///
/// "Largest" compares magnitudes, as TMD does, so that a projection treats both directions alike; branches of equal
/// magnitude give the same bars whichever lives on.
///
/// Samples stand in depth-first order, so going backwards meets every child before its parent. A parent keeps the best
/// branch that has come up so far, and each branch that loses against another ends there: one pass, whatever the depth.
pub(super) fn elder_bars(
    neuron: &Morphology,
    start: &[u32],
    values: &[f64],
    root_value: impl Fn(usize) -> f64,
) -> Vec<Bar> {
    let mut bars = Vec::new();
    // The tip value of the branch that lives on through each sample; NaN until one has come up from below.
    let mut alive = vec![f64::NAN; neuron.len()];
    for node in (0..neuron.len()).rev() {
        let first = start[node];
        if first == NO_PARENT {
            continue;
        }
        let own = if alive[node].is_nan() { values[node] } else { alive[node] };
        // The neurite's first sample stands for its number until all are known.
        let bar = |tip, merge| Bar { tip, merge, neurite: first, kind: neuron.kind[first as usize] };
        if first as usize == node {
            bars.push(bar(own, root_value(node)));
            continue;
        }
        let parent = neuron.parent[node] as usize;
        let other = alive[parent];
        if other.is_nan() {
            alive[parent] = own;
        } else {
            let (winner, loser) = if own.abs() >= other.abs() { (own, other) } else { (other, own) };
            alive[parent] = winner;
            bars.push(bar(loser, values[parent]));
        }
    }
    let longest_first = |a: &Bar, b: &Bar| b.length().total_cmp(&a.length()).then(b.tip.total_cmp(&a.tip));
    bars.sort_unstable_by(|a, b| a.neurite.cmp(&b.neurite).then_with(|| longest_first(a, b)));
    for (number, neurite) in bars.chunk_by_mut(|a, b| a.neurite == b.neurite).enumerate() {
        neurite.iter_mut().for_each(|bar| bar.neurite = number as u32);
    }
    bars
}
