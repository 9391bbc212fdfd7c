//! Branch deletion: cuts distal parts of terminal branches off.

use rand::Rng as _;

use super::view::{Augmentation, View};
use crate::morph::NO_PARENT;
use crate::run::seed::Rng;

/// Deletes the distal part of a terminal branch, `count` times (Weis et al. 2023, "subsample branches").
///
/// Each time a node is drawn uniformly from the terminal branches, so long branches are hit in proportion to their
/// nodes; of it and one of its neighbours, the one farther from the soma goes, with everything beyond. A cut that would
/// leave fewer nodes than later steps need is not made. The list of terminal branches is that of the uncut neuron:
/// what becomes terminal by a cut is not cut again.
#[derive(Clone, Debug)]
pub struct DropBranches {
    /// Number of cuts.
    pub count: usize,
}

impl Augmentation for DropBranches {
    fn apply(&self, view: &mut View, floor: usize, rng: &mut Rng) {
        let children = view.child_counts();
        let ends = view.subtree_ends();
        let mut candidates = terminal_branch_nodes(view, &children);
        let mut alive = vec![true; view.len()];
        let mut left = view.len();
        for _ in 0..self.count {
            let Some(start) = draw(&mut candidates, &alive, rng) else { break };
            // Neighbours of a terminal branch's node: its parent, and at most one child while that is alive.
            let child = (children[start] == 1 && alive[start + 1]).then_some(start + 1);
            let cut = match child {
                Some(child) if rng.r#gen() => child,
                _ => start,
            };
            let beyond = cut..ends[cut] as usize;
            let lost = alive[beyond.clone()].iter().filter(|&&a| a).count();
            if left - lost >= floor {
                alive[beyond].fill(false);
                left -= lost;
            }
        }
        if left < view.len() {
            let parent = view.parent.clone();
            view.retain(&alive, |node| parent[node]);
        }
    }

    fn describe(&self) -> String {
        format!("drop_branches({})", self.count)
    }
}

/// Tips, and the unbranched nodes that lead to them from the last branch point. The soma and roots are not among them.
fn terminal_branch_nodes(view: &View, children: &[u32]) -> Vec<u32> {
    let mut terminal = vec![false; view.len()];
    for node in (0..view.len()).rev() {
        // In depth-first order an only child stands right behind its parent.
        terminal[node] = match children[node] {
            0 => true,
            1 => terminal[node + 1],
            _ => false,
        };
    }
    (0..view.len() as u32)
        .filter(|&n| terminal[n as usize] && n != view.anchor && view.parent[n as usize] != NO_PARENT)
        .collect()
}

/// A uniform draw from the candidates still alive; dead ones met on the way are forgotten.
fn draw(candidates: &mut Vec<u32>, alive: &[bool], rng: &mut Rng) -> Option<usize> {
    while !candidates.is_empty() {
        let at = rng.gen_range(0..candidates.len());
        let node = candidates[at] as usize;
        if alive[node] {
            return Some(node);
        }
        candidates.swap_remove(at);
    }
    None
}
