//! Subsampling: thins a neuron to a number of nodes.

use rand::Rng as _;
use rand::seq::SliceRandom;

use super::view::{Augmentation, View};
use crate::morph::NO_PARENT;
use crate::run::seed::Rng;

/// Thins a view to at most `nodes` nodes (Weis et al. 2023).
///
/// Nodes are visited in random order. One with fewer than three neighbours at that moment is removed, its two
/// neighbours being joined, so tips are shortened as well and branch points vanish once their branches do. The soma
/// stays, and so does a root with two branches (only forests and neurons without a soma have such a root unprotected).
#[derive(Clone, Debug)]
pub struct Subsample {
    /// Number of nodes to keep.
    pub nodes: usize,
    /// The largest number where it is drawn anew for each view, evenly on a logarithmic scale; `nodes` otherwise.
    pub most: usize,
}

impl Subsample {
    /// Thins to a fixed number.
    pub fn to(nodes: usize) -> Subsample {
        Subsample { nodes, most: nodes }
    }

    fn draw(&self, rng: &mut Rng) -> usize {
        if self.most <= self.nodes {
            return self.nodes;
        }
        let drawn = rng.gen_range((self.nodes as f64).ln()..=(self.most as f64).ln()).exp().round() as usize;
        drawn.clamp(self.nodes, self.most)
    }
}

impl Augmentation for Subsample {
    fn apply(&self, view: &mut View, _floor: usize, rng: &mut Rng) {
        let (n, wanted) = (view.len(), self.draw(rng));
        if n <= wanted {
            return;
        }
        let mut thinned = Thinned { parent: view.parent.clone(), children: view.child_counts(), alive: vec![true; n] };
        let mut left = n;
        let mut pool: Vec<u32> = (0..n as u32).collect();
        loop {
            pool.shuffle(rng);
            let before = left;
            for &node in &pool {
                if left == wanted {
                    break;
                }
                if node != view.anchor && thinned.remove(node as usize) {
                    left -= 1;
                }
            }
            // A pass that removes nothing would repeat for ever: the rest is branch points and protected roots.
            if left == wanted || left == before {
                break;
            }
            pool.retain(|&node| thinned.alive[node as usize]);
        }
        let keep = std::mem::take(&mut thinned.alive);
        view.retain(&keep, |node| nearest_kept(&mut thinned.parent, &keep, node));
    }

    fn wants(&self) -> usize {
        self.nodes
    }

    fn describe(&self) -> String {
        if self.most > self.nodes {
            format!("subsample({}..={})", self.nodes, self.most)
        } else {
            format!("subsample({})", self.nodes)
        }
    }
}

/// A tree while nodes are taken out of it. Parents may point to removed nodes; they are skipped when read.
struct Thinned {
    parent: Vec<u32>,
    /// Number of children still there; a removed node's only child counts for its parent.
    children: Vec<u32>,
    alive: Vec<bool>,
}

impl Thinned {
    /// Takes a node out if it has fewer than three neighbours.
    fn remove(&mut self, node: usize) -> bool {
        match self.children[node] {
            0 => {
                let above = nearest_kept(&mut self.parent, &self.alive, node);
                if above == NO_PARENT {
                    return false; // the last node of a tree
                }
                self.children[above as usize] -= 1;
            }
            // Its child takes its place below its parent, or as the root.
            1 => {}
            _ => return false,
        }
        self.alive[node] = false;
        true
    }
}

/// The nearest kept node above, shortening the path on the way (path halving keeps this near constant time).
fn nearest_kept(parent: &mut [u32], keep: &[bool], node: usize) -> u32 {
    loop {
        let above = parent[node];
        if above == NO_PARENT || keep[above as usize] {
            return above;
        }
        parent[node] = parent[above as usize];
    }
}
