//! Functions with a value for forks, which belongs to the compartment that forks.
//!
//! Of a soma with several branches the first two children count as daughters, for diameters; for angles between daughters
//! the two neurites, where there are exactly two; for torques each stem and the next.

use super::tree::Tree;
use crate::morph::NO_PARENT;
use crate::morph::measure::space::{Vector, angle, cross, from_to, norm};

type List = Vec<(usize, f64)>;

/// Largest power that is looked for, and the steps in which it is given.
const RALL_LIMIT: f64 = 5.0;
const RALL_STEP: f64 = 0.005;

/// Sine below which two directions lie in one line.
const FLAT: f64 = 1e-9;

fn forks(tree: &Tree) -> impl Iterator<Item = usize> {
    (0..tree.len()).filter(|&i| tree.is_fork(i))
}

/// The two daughters whose diameters count.
fn pair(tree: &Tree, fork: usize) -> [usize; 2] {
    [tree.children[fork][0] as usize, tree.children[fork][1] as usize]
}

pub(super) fn ones(tree: &Tree) -> List {
    forks(tree).map(|i| (i, 1.0)).collect()
}

pub(super) fn daughter_ratios(tree: &Tree) -> List {
    let ratio = |i: usize| {
        let [a, b] = pair(tree, i).map(|d| tree.diameter(d));
        if a.min(b) > 0.0 { a.max(b) / a.min(b) } else { 0.0 }
    };
    forks(tree).map(|i| (i, ratio(i))).collect()
}

pub(super) fn asymmetries(tree: &Tree) -> List {
    let asymmetry = |i: usize| {
        let first = tree.tips[tree.children[i][0] as usize];
        let others = tree.tips[i] - first;
        if first == others { 0.0 } else { f64::from(first.abs_diff(others)) / f64::from(first + others - 2) }
    };
    forks(tree).map(|i| (i, asymmetry(i))).collect()
}

/// `(d1^p + d2^p) / d0^p`; 0 without a parent diameter.
fn rall_sum(tree: &Tree, fork: usize, power: f64) -> f64 {
    let parent = tree.diameter(fork);
    let sum: f64 = pair(tree, fork).iter().map(|&d| (tree.diameter(d) / parent).powf(power)).sum();
    if parent > 0.0 { sum } else { 0.0 }
}

/// The power that balances a fork; none where no power up to the limit does.
fn rall_power(tree: &Tree, fork: usize) -> Option<f64> {
    let thick = pair(tree, fork).iter().map(|&d| tree.diameter(d)).fold(0.0, f64::max);
    // The sum is 2 at the power 0 and falls where both daughters are thinner than the parent.
    if thick >= tree.diameter(fork) || rall_sum(tree, fork, RALL_LIMIT) > 1.0 {
        return None;
    }
    let (mut low, mut high) = (0.0, RALL_LIMIT);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if rall_sum(tree, fork, middle) > 1.0 { low = middle } else { high = middle }
    }
    Some((high / RALL_STEP).round() * RALL_STEP)
}

pub(super) fn rall_powers(tree: &Tree) -> List {
    forks(tree).filter_map(|i| Some((i, rall_power(tree, i)?))).collect()
}

fn at_power(tree: &Tree, power: f64) -> List {
    forks(tree).map(|i| (i, rall_sum(tree, i, power))).collect()
}

pub(super) fn pk(tree: &Tree) -> List {
    let powers = rall_powers(tree);
    let mean = powers.iter().map(|&(_, p)| p).sum::<f64>() / powers.len() as f64;
    at_power(tree, if powers.is_empty() { 1.5 } else { mean })
}

pub(super) fn pk_classic(tree: &Tree) -> List {
    at_power(tree, 1.5)
}

pub(super) fn pk_2(tree: &Tree) -> List {
    at_power(tree, 2.0)
}

/// Directions from a fork to its daughters' first compartments, or to their branches' ends.
fn daughters(tree: &Tree, fork: usize, remote: bool) -> Option<[Vector; 2]> {
    let neurites: Vec<usize> = match tree.is_soma(fork) {
        true => tree.children[fork].iter().map(|&c| c as usize).filter(|&c| !tree.is_soma(c)).collect(),
        false => tree.children[fork].iter().map(|&c| c as usize).collect(),
    };
    let [first, second] = neurites[..] else { return None };
    Some([first, second].map(|c| from_to(tree.position[fork], tree.position[end(tree, c, remote)])))
}

/// Where the direction of a branch points: its first compartment, or its last.
fn end(tree: &Tree, first: usize, remote: bool) -> usize {
    if remote { tree.branches[tree.branch_of[first] as usize].last as usize } else { first }
}

fn amplitudes(tree: &Tree, remote: bool) -> List {
    let amplitude = |i: usize| daughters(tree, i, remote).map(|[a, b]| (i, angle(a, b).to_degrees()));
    forks(tree).filter_map(amplitude).collect()
}

pub(super) fn amplitudes_local(tree: &Tree) -> List {
    amplitudes(tree, false)
}

pub(super) fn amplitudes_remote(tree: &Tree) -> List {
    amplitudes(tree, true)
}

/// Where a fork's branch comes from: its parent compartment, or the branch's base.
fn origin(tree: &Tree, fork: usize, remote: bool) -> Option<usize> {
    match (tree.branch_of[fork], remote) {
        (NO_PARENT, _) => None,
        (branch, true) => Some(tree.branches[branch as usize].base as usize),
        (_, false) => tree.parent_of(fork),
    }
}

fn tilts(tree: &Tree, remote: bool) -> List {
    let tilt = |i: usize| {
        let back = from_to(tree.position[i], tree.position[origin(tree, i, remote)?]);
        let [a, b] = daughters(tree, i, remote)?;
        Some((i, angle(back, a).min(angle(back, b)).to_degrees()))
    };
    forks(tree).filter_map(tilt).collect()
}

pub(super) fn tilts_local(tree: &Tree) -> List {
    tilts(tree, false)
}

pub(super) fn tilts_remote(tree: &Tree) -> List {
    tilts(tree, true)
}

/// For forks whose branch leaves another fork. Daughters in one line span no plane, and there is no torque against it.
fn torques(tree: &Tree, remote: bool) -> List {
    let torque = |i: usize| {
        let branch = tree.branches.get(tree.branch_of[i] as usize)?;
        let before = branch.base as usize;
        let previous = match tree.is_soma(before) {
            true => stem_plane(tree, before, branch.first, remote)?,
            false => plane(daughters(tree, before, remote)?),
        };
        let own = plane(daughters(tree, i, remote)?);
        (norm(previous) > 0.0 && norm(own) > 0.0).then(|| (i, angle(previous, own).to_degrees()))
    };
    forks(tree).filter_map(torque).collect()
}

/// The plane of a stem at the soma: that of it and the soma's next branch, for the last branch that of the one before and
/// it. None where the soma has no other.
fn stem_plane(tree: &Tree, soma: usize, stem: u32, remote: bool) -> Option<Vector> {
    let branches = &tree.children[soma];
    let at = branches.iter().position(|&c| c == stem)?;
    let first = at.min(branches.len().checked_sub(2)?);
    let direction = |c: u32| from_to(tree.position[soma], tree.position[end(tree, c as usize, remote)]);
    Some(plane([direction(branches[first]), direction(branches[first + 1])]))
}

/// Normal of the plane that two directions span, measured against their lengths so that those in one line give 0.
fn plane([a, b]: [Vector; 2]) -> Vector {
    let normal = cross(a, b);
    if norm(normal) > FLAT * norm(a) * norm(b) { normal } else { [0.0; 3] }
}

pub(super) fn torques_local(tree: &Tree) -> List {
    torques(tree, false)
}

pub(super) fn torques_remote(tree: &Tree) -> List {
    torques(tree, true)
}

pub(super) fn last_parents(tree: &Tree) -> List {
    let ends =
        |i: &usize| tree.children[*i].len() == 2 && tree.children[*i].iter().all(|&c| tree.tips[c as usize] == 1);
    forks(tree).filter(ends).map(|i| (i, tree.diameter(i))).collect()
}
