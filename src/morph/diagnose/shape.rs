//! Findings about the shape of a neuron: NeuroM's morphology checks, for a person to look at.
//!
//! Thresholds are NeuroM's defaults (`neurom.check.morphology_checks`, version 4). The definitions were written anew from
//! its documentation: on a fork or at the soma the samples counted can differ by one. None has a cure: whether a jump is
//! a fault of the stage or a real turn, only the image stack tells.

use super::code::Code;
use super::finding::Ledger;
use super::link::Tree;
use crate::morph::geometry::{bounds, distance};
use crate::morph::{Morphology, kind};

/// Largest step in z between neighbours, in micrometres.
const JUMP: f64 = 30.0;
/// A tip is fat when it is this many times as thick as the mean of the samples before it, and how many those are.
const FAT_END: (f64, usize) = (2.0, 5);
/// A neurite's start is narrow when its radius is below this part of that of the next sample.
const NARROW: f64 = 0.9;
/// A neurite is flat when its smallest extent is below this part of its largest.
const FLAT: f64 = 0.1;
/// A neurite dangles when it starts this far beyond the soma's radius, in micrometres.
const DANGLING: f64 = 12.0;

/// Notes what stands out.
pub(super) fn look(tree: &Tree, ledger: &mut Ledger) {
    let m = &tree.neuron;
    let mut note = |code, i: usize, what: String| ledger.note(code, tree.line(i), Some(m.id[i]), || what);
    let children = m.child_counts();
    for i in 0..m.len() {
        let Some(p) = m.parent_of(i).filter(|&p| !m.is_soma(p) && !m.is_soma(i)) else { continue };
        let step = m.position[i][2] - m.position[p][2];
        if step.abs() > JUMP {
            note(Code::Jump, i, format!("a step of {step:.1} in z from sample {}", m.id[p]));
        }
        if turns_back(m, i, p) {
            note(Code::BackTracking, i, format!("it turns back into the branch behind sample {}", m.id[p]));
        }
        if children[i] == 0
            && let Some(mean) = mean_radius_above(m, i, &children)
            && m.radius[i] > FAT_END.0 * mean
        {
            note(Code::FatEnd, i, format!("a tip of radius {} on a branch of mean radius {mean:.3}", m.radius[i]));
        }
    }
    for i in (0..m.len()).filter(|&i| !m.is_soma(i) && m.parent_of(i).is_none_or(|p| m.is_soma(p))) {
        if children[i] == 1 && m.radius[i] < NARROW * m.radius[i + 1] {
            note(
                Code::NarrowStart,
                i,
                format!("it starts with radius {}, and goes on with {}", m.radius[i], m.radius[i + 1]),
            );
        }
    }
    neurites(m, &mut note);
}

/// Neurites as wholes: flat ones, and those that start far from the soma.
fn neurites(m: &Morphology, note: &mut impl FnMut(Code, usize, String)) {
    let soma = m.soma();
    let soma_radius = soma.map_or(0.0, |first| {
        let reach = |i: usize| distance(m.position[i], m.position[first]) + if i == first { m.radius[i] } else { 0.0 };
        (0..m.len()).filter(|&i| m.is_soma(i)).map(reach).fold(0.0, f64::max)
    });
    let ends = m.subtree_ends();
    for start in (0..m.len()).filter(|&i| !m.is_soma(i) && m.parent_of(i).is_none_or(|p| m.is_soma(p))) {
        let positions = &m.position[start..ends[start] as usize];
        let (low, high) = bounds(positions);
        let mut extent: [f64; 3] = std::array::from_fn(|k| high[k] - low[k]);
        extent.sort_unstable_by(f64::total_cmp);
        // Three samples always lie in a plane.
        if positions.len() > 3 && extent[2] > 0.0 && extent[0] < FLAT * extent[2] {
            let what = format!("a neurite {:.2} by {:.2} by {:.2}", extent[2], extent[1], extent[0]);
            note(Code::FlatNeurite, start, what);
        }
        // An axon may start on a dendrite, and a piece apart is told as such.
        let Some(first) = soma.filter(|_| m.parent_of(start).is_some() && m.kind[start] != kind::AXON) else {
            continue;
        };
        let gap = distance(m.position[start], m.position[first]) - soma_radius;
        if gap > DANGLING {
            note(Code::DanglingBranch, start, format!("it starts {gap:.1} away from the soma's surface"));
        }
    }
}

/// Whether the step to `i` leads back, by more than a right angle, into the frustum between its parent and grandparent.
fn turns_back(m: &Morphology, i: usize, p: usize) -> bool {
    let Some(g) = m.parent_of(p).filter(|&g| !m.is_soma(g)) else { return false };
    let difference = |a: usize, b: usize| -> [f64; 3] { std::array::from_fn(|k| m.position[b][k] - m.position[a][k]) };
    let dot = |u: [f64; 3], v: [f64; 3]| u.iter().zip(v).map(|(x, y)| x * y).sum::<f64>();
    let (before, step) = (difference(p, g), difference(p, i));
    let length = dot(before, before);
    let along = dot(step, before);
    if length == 0.0 || along <= 0.0 {
        return false;
    }
    let t = (along / length).min(1.0);
    let off = (0..3).map(|k| (step[k] - t * before[k]).powi(2)).sum::<f64>().sqrt();
    off < m.radius[p] + t * (m.radius[g] - m.radius[p])
}

/// Mean radius of the samples before a tip, within its section.
fn mean_radius_above(m: &Morphology, tip: usize, children: &[u32]) -> Option<f64> {
    let mut radii = Vec::with_capacity(FAT_END.1);
    let mut at = m.parent_of(tip);
    while let Some(i) = at.filter(|&i| radii.len() < FAT_END.1 && children[i] == 1 && !m.is_soma(i)) {
        radii.push(m.radius[i]);
        at = m.parent_of(i);
    }
    (!radii.is_empty()).then(|| radii.iter().sum::<f64>() / radii.len() as f64)
}
