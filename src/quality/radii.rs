//! Constant radii: the tracer kept what the program suggested.

use std::collections::HashMap;

use crate::morph::Morphology;

/// Share of samples with the commonest radius of their type that makes a flag,
pub(super) const SHARE: f64 = 0.98;
/// where there are at least so many samples.
const SAMPLES: usize = 20;

/// The share of the neurites' samples that have the commonest radius of their type; nothing where they are few.
pub(super) fn commonest(neuron: &Morphology) -> Option<f64> {
    let mut count: HashMap<(u16, u64), usize> = HashMap::new();
    for i in (0..neuron.len()).filter(|&i| !neuron.is_soma(i)) {
        *count.entry((neuron.kind[i], neuron.radius[i].to_bits())).or_default() += 1;
    }
    let n: usize = count.values().sum();
    let mut most: HashMap<u16, usize> = HashMap::new();
    for (&(kind, _), &times) in &count {
        let known = most.entry(kind).or_default();
        *known = times.max(*known);
    }
    (n >= SAMPLES).then(|| most.values().sum::<usize>() as f64 / n as f64)
}
