//! A neuron as L-Measure sees it: compartments in a binary tree.
//!
//! L-Measure 5.0 changes a neuron before it measures, which its documents do not tell and its numbers show:
//!
//! * A soma of one sample gets two more, of its own type and radius, at its radius above and below: two tips, and a fork
//!   at the soma.
//! * A fork into more than two, unless it is the soma's, becomes forks into two. Children are taken in turn; of two that
//!   are there and a third, the thickest gets an added sample in front of it, on the line to the fork, at four radii from
//!   it or half-way where that is nearer. The next of the others moves to that sample, which shortens or lengthens its
//!   edge; the last stays.
//!
//! A *branch* is a run of compartments below a fork, or below the root, down to the next fork or tip.

use crate::morph::geometry::distance;
use crate::morph::{Morphology, NO_PARENT, kind};

/// Compartments in depth-first order; a compartment is a sample with the edge to its parent.
pub struct Tree {
    pub(super) parent: Vec<u32>,
    pub(super) position: Vec<[f64; 3]>,
    pub(super) radius: Vec<f64>,
    pub(super) kind: Vec<u16>,
    /// Length of each edge; 0 for roots.
    pub(super) length: Vec<f64>,
    /// Children, those of a fork in its order.
    pub(super) children: Vec<Vec<u32>>,
    /// Tips in the subtree.
    pub(super) tips: Vec<u32>,
    /// First and last compartment of each branch, in depth-first order.
    pub(super) branches: Vec<Branch>,
    /// The branch of each compartment; `NO_PARENT` for roots.
    pub(super) branch_of: Vec<u32>,
}

/// A run of compartments below a fork or the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Branch {
    /// The fork or root that it leaves.
    pub base: u32,
    /// Its first compartment; the others follow it.
    pub first: u32,
    /// Its last.
    pub last: u32,
}

impl Tree {
    /// A neuron's tree, with what L-Measure adds to it.
    pub fn of(neuron: &Morphology) -> Tree {
        let mut growing = Growing::of(neuron);
        growing.complete_soma();
        for node in 0..neuron.len() {
            if growing.kind[node] != kind::SOMA && growing.children[node].len() > 2 {
                growing.split(node);
            }
        }
        growing.in_order()
    }

    /// Number of compartments.
    pub(super) fn len(&self) -> usize {
        self.parent.len()
    }

    pub(super) fn parent_of(&self, node: usize) -> Option<usize> {
        (self.parent[node] != NO_PARENT).then(|| self.parent[node] as usize)
    }

    /// Whether two branches or more leave here.
    pub(super) fn is_fork(&self, node: usize) -> bool {
        self.children[node].len() >= 2
    }

    pub(super) fn is_soma(&self, node: usize) -> bool {
        self.kind[node] == kind::SOMA
    }

    pub(super) fn diameter(&self, node: usize) -> f64 {
        2.0 * self.radius[node]
    }

    /// Path length of a branch, from its base.
    pub(super) fn path(&self, branch: &Branch) -> f64 {
        self.length[branch.first as usize..=branch.last as usize].iter().sum()
    }
}

/// Samples and what is added to them, in no order.
struct Growing {
    roots: Vec<u32>,
    position: Vec<[f64; 3]>,
    radius: Vec<f64>,
    kind: Vec<u16>,
    children: Vec<Vec<u32>>,
}

impl Growing {
    fn of(neuron: &Morphology) -> Self {
        let mut children = vec![Vec::new(); neuron.len()];
        for (node, &parent) in neuron.parent.iter().enumerate() {
            if parent != NO_PARENT {
                children[parent as usize].push(node as u32);
            }
        }
        Growing {
            roots: neuron.roots().map(|root| root as u32).collect(),
            position: neuron.position.clone(),
            radius: neuron.radius.clone(),
            kind: neuron.kind.clone(),
            children,
        }
    }

    fn add(&mut self, position: [f64; 3], radius: f64, kind: u16, children: Vec<u32>) -> u32 {
        self.position.push(position);
        self.radius.push(radius);
        self.kind.push(kind);
        self.children.push(children);
        self.kind.len() as u32 - 1
    }

    fn complete_soma(&mut self) {
        let somata: Vec<usize> = (0..self.kind.len()).filter(|&i| self.kind[i] == kind::SOMA).collect();
        if let [soma] = somata[..] {
            let ([x, y, z], radius) = (self.position[soma], self.radius[soma]);
            let added = [y - radius, y + radius].map(|y| self.add([x, y, z], radius, kind::SOMA, Vec::new()));
            self.children[soma].splice(0..0, added);
        }
    }

    fn split(&mut self, fork: usize) {
        let mut waiting = std::mem::take(&mut self.children[fork]).into_iter();
        let mut kept: Vec<u32> = waiting.by_ref().take(2).collect();
        for child in waiting {
            kept.push(child);
            // The first of equally thick ones.
            let thickest =
                (0..3).rev().max_by(|&i, &j| self.radius[kept[i] as usize].total_cmp(&self.radius[kept[j] as usize]));
            let thick = kept.remove(thickest.unwrap_or(0));
            let moved = kept.remove(0);
            let (from, to) = (self.position[fork], self.position[thick as usize]);
            let (gap, radius) = (distance(from, to), self.radius[thick as usize]);
            let part = if gap > 0.0 { (0.5 * gap).min(4.0 * radius) / gap } else { 0.0 };
            let position = std::array::from_fn(|axis| to[axis] + part * (from[axis] - to[axis]));
            let added = self.add(position, radius, self.kind[thick as usize], vec![thick, moved]);
            kept.insert(0, added);
        }
        self.children[fork] = kept;
    }

    /// The compartments depth first, with their branches.
    fn in_order(self) -> Tree {
        let n = self.kind.len();
        let mut tree = Tree {
            parent: Vec::with_capacity(n),
            position: Vec::with_capacity(n),
            radius: Vec::with_capacity(n),
            kind: Vec::with_capacity(n),
            length: Vec::with_capacity(n),
            children: vec![Vec::new(); n],
            tips: vec![0; n],
            branches: Vec::new(),
            branch_of: vec![NO_PARENT; n],
        };
        let mut waiting: Vec<(u32, u32)> = self.roots.iter().rev().map(|&root| (root, NO_PARENT)).collect();
        while let Some((old, parent)) = waiting.pop() {
            let (new, old) = (tree.len() as u32, old as usize);
            tree.parent.push(parent);
            tree.position.push(self.position[old]);
            tree.radius.push(self.radius[old]);
            tree.kind.push(self.kind[old]);
            tree.length.push(match parent {
                NO_PARENT => 0.0,
                parent => distance(self.position[old], tree.position[parent as usize]),
            });
            if parent != NO_PARENT {
                tree.children[parent as usize].push(new);
            }
            waiting.extend(self.children[old].iter().rev().map(|&child| (child, new)));
        }
        for node in 0..n {
            let Some(parent) = tree.parent_of(node) else { continue };
            if tree.branch_of[parent] == NO_PARENT || tree.is_fork(parent) {
                tree.branch_of[node] = tree.branches.len() as u32;
                tree.branches.push(Branch { base: parent as u32, first: node as u32, last: node as u32 });
            } else {
                tree.branch_of[node] = tree.branch_of[parent];
                tree.branches[tree.branch_of[node] as usize].last = node as u32;
            }
        }
        for node in (0..n).rev() {
            tree.tips[node] = tree.tips[node].max(u32::from(tree.children[node].is_empty()));
            if let Some(parent) = tree.parent_of(node) {
                tree.tips[parent] += tree.tips[node];
            }
        }
        tree
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::parse_swc;

    /// Edge lengths that L-Measure 5.0 prints for forks into three and four (its raw output).
    #[test]
    fn forks_into_more_are_split_as_l_measure_does() {
        let ends = [[10.0, 0.0, 0.0], [0.0, 10.0, 0.0], [-10.0, 0.0, 0.0], [0.0, 5.0, 8.0]];
        let check = |radii: &[f64], expected: &[f64]| {
            let mut text = String::from("1 1 0 0 0 2 -1\n2 3 0 0 0 1 1\n3 3 0 3 0 1 2\n");
            for (k, r) in radii.iter().enumerate() {
                let [x, y, z] = ends[k];
                text += &format!("{} 3 {x} {} {z} {r} 3\n", 4 + 2 * k, 3.0 + y);
                text += &format!("{} 3 {} {} {} {r} {}\n", 5 + 2 * k, 2.0 * x, 3.0 + 2.0 * y, 2.0 * z, 4 + 2 * k);
            }
            let tree = Tree::of(&parse_swc("t", text.as_bytes()).unwrap().morphology);
            // Behind the root, the two samples added to it and the stem's two.
            let found = &tree.length[5..];
            assert_eq!(found.len(), expected.len());
            assert!(found.iter().zip(expected).all(|(f, e)| (f - e).abs() < 1e-4), "{found:?}");
        };
        check(&[0.2, 0.5, 0.8], &[6.8, 3.2, 10.0, 16.8, 10.0, 10.0, 10.0]);
        check(&[0.2, 0.8, 0.5], &[6.8, 3.2, 10.0, 12.093, 10.0, 10.0, 10.0]);
        check(&[0.5, 0.2, 0.9, 0.3], &[3.2, 3.2, 3.6, 10.0, 16.4, 10.0, 10.4995, 10.0, 9.43398, 9.43398]);
    }

    #[test]
    fn a_star_of_many_branches_does_not_recurse() {
        let mut text = String::from("1 3 0 0 0 1 -1\n2 3 1 0 0 1 1\n");
        for k in 3..20_003 {
            text += &format!("{k} 3 {k} 1 0 1 2\n");
        }
        let tree = Tree::of(&parse_swc("t", text.as_bytes()).unwrap().morphology);
        assert_eq!(tree.tips[0], 20_000);
        assert!(tree.children.iter().all(|c| c.len() <= 2));
    }
}
