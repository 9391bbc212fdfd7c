//! A view: what is left of a neuron on its way into a model.

use crate::morph::{Morphology, NO_PARENT};
use crate::run::seed::Rng;

/// A neuron (or what augmentations leave of one) as plain arrays for learning.
///
/// Nodes keep the depth-first order of the neuron: parents come before children and a subtree is a contiguous range.
/// Positions are relative to the soma (the first root where there is no soma), in the neuron's unit. Radius and type
/// stay those of the node through every augmentation.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Position of each node, soma at the origin before augmentation.
    pub position: Vec<[f32; 3]>,
    /// Radius of each node, in the neuron's unit.
    pub radius: Vec<f32>,
    /// Type of each node, as SWC numbers them; see [`kind`](crate::morph::kind).
    pub kind: Vec<u16>,
    /// Index of each node's parent; [`NO_PARENT`] for a root.
    pub parent: Vec<u32>,
    /// Which sample of the neuron each node is.
    pub sample: Vec<u32>,
    /// The node that no augmentation removes: the soma, or the first root.
    pub anchor: u32,
}

impl View {
    /// All samples of a neuron, centred on its soma.
    pub fn whole(neuron: &Morphology) -> View {
        let centre = neuron.centre();
        View {
            position: neuron.position.iter().map(|p| std::array::from_fn(|k| (p[k] - centre[k]) as f32)).collect(),
            radius: neuron.radius.iter().map(|&r| r as f32).collect(),
            kind: neuron.kind.clone(),
            parent: neuron.parent.clone(),
            sample: (0..neuron.len() as u32).collect(),
            anchor: neuron.soma().unwrap_or(0) as u32,
        }
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.parent.len()
    }

    /// Whether there is no node; no augmentation leaves such a view.
    pub fn is_empty(&self) -> bool {
        self.parent.is_empty()
    }

    /// Number of children of each node.
    pub fn child_counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.len()];
        for &parent in self.parent.iter().filter(|&&p| p != NO_PARENT) {
            counts[parent as usize] += 1;
        }
        counts
    }

    /// One past the last node of each node's subtree.
    pub fn subtree_ends(&self) -> Vec<u32> {
        let mut ends: Vec<u32> = (1..=self.len() as u32).collect();
        for node in (0..self.len()).rev() {
            let parent = self.parent[node];
            if parent != NO_PARENT {
                ends[parent as usize] = ends[parent as usize].max(ends[node]);
            }
        }
        ends
    }

    /// Drops the nodes that `keep` does not name; `parent` gives the new parent of each kept node by its old index.
    pub(super) fn retain(&mut self, keep: &[bool], mut parent: impl FnMut(usize) -> u32) {
        let mut rank = vec![NO_PARENT; self.len()];
        let mut kept = 0;
        for old in 0..self.len() {
            if !keep[old] {
                continue;
            }
            let above = parent(old);
            // A parent stands before its child, so its new number is known.
            self.parent[kept] = if above == NO_PARENT { NO_PARENT } else { rank[above as usize] };
            self.position[kept] = self.position[old];
            self.radius[kept] = self.radius[old];
            self.kind[kept] = self.kind[old];
            self.sample[kept] = self.sample[old];
            rank[old] = kept as u32;
            kept += 1;
        }
        self.anchor = rank[self.anchor as usize];
        self.parent.truncate(kept);
        self.position.truncate(kept);
        self.radius.truncate(kept);
        self.kind.truncate(kept);
        self.sample.truncate(kept);
    }
}

/// One way to change a view.
pub trait Augmentation: Send + Sync + std::fmt::Debug {
    /// Changes the view in place. `floor` is the number of nodes that later steps of the pipeline still need.
    fn apply(&self, view: &mut View, floor: usize, rng: &mut Rng);

    /// The number of nodes this step wants to find, for the steps before it.
    fn wants(&self) -> usize {
        2
    }

    /// As a script would write it.
    fn describe(&self) -> String;
}
