//! Features of forks into two. Forks into more have no pair to compare and are left out.

use crate::error::Result;
use crate::morph::measure::arbor::{Arbor, Fork, Section};
use crate::morph::measure::space::angle_at;
use crate::morph::measure::value::Value;

type Answer = Result<Value>;

fn each(arbor: &Arbor, of: impl Fn(Fork) -> f64) -> Answer {
    Ok(Value::List(arbor.bifurcations().map(of).collect()))
}

pub(super) fn local_angles(arbor: &Arbor) -> Answer {
    let at = &arbor.neuron.position;
    each(arbor, |fork| {
        let corner = at[fork.section.last()];
        // Samples on the fork itself give no direction.
        let first = |s: &Section| at[s.edges().find(|&i| at[i] != corner).unwrap_or(s.begin as usize)];
        angle_at(corner, first(fork.daughters[0]), first(fork.daughters[1]))
    })
}

pub(super) fn remote_angles(arbor: &Arbor) -> Answer {
    let at = &arbor.neuron.position;
    each(arbor, |fork| {
        let [first, second] = fork.daughters.map(|s| at[s.last()]);
        angle_at(at[fork.section.last()], first, second)
    })
}

pub(super) fn partition_asymmetry(arbor: &Arbor) -> Answer {
    each(arbor, |fork| {
        let [n, m] = fork.sizes.map(f64::from);
        if n == 1.0 && m == 1.0 { 0.0 } else { (n - m).abs() / (n + m) }
    })
}

/// `|n - m| / (n + m - 2)` of the sections in the two subtrees (Uylings & van Pelt 2002); 0 for two single ones. On
/// binary trees it equals [`tip_asymmetry`].
pub(in crate::morph::measure) fn uylings_asymmetry(arbor: &Arbor) -> Answer {
    each(arbor, |fork| {
        let [n, m] = fork.sizes.map(f64::from);
        if n == 1.0 && m == 1.0 { 0.0 } else { (n - m).abs() / (n + m - 2.0) }
    })
}

/// `|a - b| / (a + b - 2)` of the tips in the two subtrees (van Pelt et al. 1992); 0 for equal ones.
pub(in crate::morph::measure) fn tip_asymmetry(arbor: &Arbor) -> Answer {
    each(arbor, |fork| {
        let [a, b] = fork.daughters.map(|s| f64::from(s.tips));
        if a == b { 0.0 } else { (a - b).abs() / (a + b - 2.0) }
    })
}

pub(super) fn length_asymmetry(arbor: &Arbor) -> Answer {
    let neurite: Vec<f64> = arbor.all().iter().filter(|s| s.order == 0).map(|s| s.subtree_length).collect();
    each(arbor, |fork| {
        let [first, second] = fork.daughters.map(|s| s.subtree_length);
        (first - second).abs() / neurite[fork.section.neurite as usize]
    })
}

pub(super) fn partitions(arbor: &Arbor) -> Answer {
    each(arbor, |fork| {
        let [n, m] = fork.sizes.map(f64::from);
        n.max(m) / n.min(m)
    })
}

pub(super) fn partition_pairs(arbor: &Arbor) -> Answer {
    Ok(Value::Rows(arbor.bifurcations().map(|fork| fork.sizes.map(f64::from).to_vec()).collect()))
}

/// Radii of the samples behind the fork.
fn daughter_radii(arbor: &Arbor, fork: Fork) -> [f64; 2] {
    fork.daughters.map(|s| arbor.neuron.radius[s.begin as usize])
}

pub(super) fn sibling_ratios(arbor: &Arbor) -> Answer {
    each(arbor, |fork| {
        let [n, m] = daughter_radii(arbor, fork);
        n.min(m) / n.max(m)
    })
}

pub(super) fn power_relations(arbor: &Arbor) -> Answer {
    each(arbor, |fork| {
        let parent = arbor.neuron.radius[fork.section.last()];
        daughter_radii(arbor, fork).iter().map(|r| (parent / r).powf(1.5)).sum()
    })
}
