//! The neuron: flat arrays in depth-first order.

use std::sync::Arc;

/// The parent of a root.
pub const NO_PARENT: u32 = u32::MAX;

/// SWC structure types (Cannon et al. 1998, and the NeuroMorpho.Org additions); any other number is a custom type.
pub mod kind {
    /// Undefined.
    pub const UNDEFINED: u16 = 0;
    /// Soma.
    pub const SOMA: u16 = 1;
    /// Axon.
    pub const AXON: u16 = 2;
    /// Basal dendrite, or any dendrite where apical ones are not told apart.
    pub const DENDRITE: u16 = 3;
    /// Apical dendrite.
    pub const APICAL: u16 = 4;
}

/// A neuron's tree (or forest of trees) of samples.
///
/// Samples stand in depth-first order: a parent comes before its children and a subtree is one contiguous range, so
/// most measures are a single loop over the arrays. The soma's tree comes first. All arrays have the same length.
#[derive(Clone, Debug, PartialEq)]
pub struct Morphology {
    /// What the neuron is called: the file name without its ending, or the synthesiser's name.
    pub name: Arc<str>,
    /// Index of each sample's parent, smaller than its own; [`NO_PARENT`] for a root.
    pub parent: Vec<u32>,
    /// Position of each sample, in micrometres unless the file says otherwise.
    pub position: Vec<[f64; 3]>,
    /// Radius of each sample, in the unit of the positions.
    pub radius: Vec<f64>,
    /// SWC type of each sample, see [`kind`].
    pub kind: Vec<u16>,
    /// Sample number in the file.
    pub id: Vec<i64>,
}

impl Morphology {
    /// Number of samples.
    pub fn len(&self) -> usize {
        self.parent.len()
    }

    /// Whether there is no sample; readers and editors never return such a neuron.
    pub fn is_empty(&self) -> bool {
        self.parent.is_empty()
    }

    /// The parent's index, or `None` for a root.
    pub fn parent_of(&self, node: usize) -> Option<usize> {
        match self.parent[node] {
            NO_PARENT => None,
            parent => Some(parent as usize),
        }
    }

    /// The indices of samples without a parent, in order.
    pub fn roots(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).filter(|&i| self.parent[i] == NO_PARENT)
    }

    /// Number of children of each sample.
    pub fn child_counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.len()];
        for &parent in &self.parent {
            if parent != NO_PARENT {
                counts[parent as usize] += 1;
            }
        }
        counts
    }

    /// One past the last sample of each sample's subtree: the subtree of `i` is `i..ends[i]`.
    pub fn subtree_ends(&self) -> Vec<u32> {
        let mut ends: Vec<u32> = (1..=self.len() as u32).collect();
        for node in (0..self.len()).rev() {
            if let Some(parent) = self.parent_of(node) {
                ends[parent] = ends[parent].max(ends[node]);
            }
        }
        ends
    }

    /// Index of the soma sample: the first of type soma.
    pub fn soma(&self) -> Option<usize> {
        self.kind.iter().position(|&k| k == kind::SOMA)
    }

    /// Where the neuron is centred: the soma sample, or the first root where there is no soma.
    pub fn centre(&self) -> [f64; 3] {
        self.position[self.soma().unwrap_or(0)]
    }

    /// Builds a neuron from samples in any order, `parent` being indices into the same order: sorts them depth-first,
    /// children in the order given, the soma's tree first, then the other trees in the order given.
    ///
    /// The caller has checked that parents exist and that following them ends at a root.
    pub fn from_unordered(name: &str, samples: &[Sample], parent: &[u32]) -> Self {
        let order = depth_first(samples, parent);
        let mut rank = vec![0u32; samples.len()];
        for (new, &old) in order.iter().enumerate() {
            rank[old as usize] = new as u32;
        }
        let pick = |f: fn(&Sample) -> f64| -> Vec<f64> { order.iter().map(|&i| f(&samples[i as usize])).collect() };
        Morphology {
            name: name.into(),
            parent: order
                .iter()
                .map(|&i| match parent[i as usize] {
                    NO_PARENT => NO_PARENT,
                    p => rank[p as usize],
                })
                .collect(),
            position: order.iter().map(|&i| samples[i as usize].position).collect(),
            radius: pick(|s| s.radius),
            kind: order.iter().map(|&i| samples[i as usize].kind).collect(),
            id: order.iter().map(|&i| samples[i as usize].id).collect(),
        }
    }

    /// The samples in [`from_unordered`](Self::from_unordered)'s form.
    pub fn samples(&self) -> Vec<Sample> {
        (0..self.len())
            .map(|i| Sample { id: self.id[i], kind: self.kind[i], position: self.position[i], radius: self.radius[i] })
            .collect()
    }
}

/// One sample, as a line of an SWC file gives it, without its parent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Number in the file.
    pub id: i64,
    /// SWC type.
    pub kind: u16,
    /// Position.
    pub position: [f64; 3],
    /// Radius.
    pub radius: f64,
}

/// Indices in depth-first order, without recursion: a chain of 100,000 samples must not exhaust the stack.
fn depth_first(samples: &[Sample], parent: &[u32]) -> Vec<u32> {
    let n = parent.len();
    // Children as linked lists: first child of a node, next sibling of a child.
    let mut first = vec![NO_PARENT; n];
    let mut next = vec![NO_PARENT; n];
    let mut roots = Vec::new();
    for node in (0..n as u32).rev() {
        match parent[node as usize] {
            NO_PARENT => roots.push(node),
            p => {
                next[node as usize] = first[p as usize];
                first[p as usize] = node;
            }
        }
    }
    // `roots` is reversed, as a stack wants it; the soma's root goes on top.
    if let Some(at) = samples.iter().position(|s| s.kind == kind::SOMA) {
        let mut root = at as u32;
        while parent[root as usize] != NO_PARENT {
            root = parent[root as usize];
        }
        roots.retain(|&r| r != root);
        roots.push(root);
    }
    let mut order = Vec::with_capacity(n);
    while let Some(root) = roots.pop() {
        let mut node = root;
        loop {
            order.push(node);
            if first[node as usize] != NO_PARENT {
                node = first[node as usize];
                continue;
            }
            while node != root && next[node as usize] == NO_PARENT {
                node = parent[node as usize];
            }
            if node == root {
                break;
            }
            node = next[node as usize];
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(id: i64, kind: u16) -> Sample {
        Sample { id, kind, position: [id as f64, 0.0, 0.0], radius: 1.0 }
    }

    #[test]
    fn children_before_parents_are_sorted_and_the_soma_comes_first() {
        // 10 -> 20 -> 30 (soma root 30), and a second tree 40 -> 50.
        let samples: Vec<_> =
            [(40, 2), (50, 2), (10, 3), (20, 3), (30, 1)].into_iter().map(|(i, k)| sample(i, k)).collect();
        let m = Morphology::from_unordered("t", &samples, &[NO_PARENT, 0, 3, 4, NO_PARENT]);
        assert_eq!(m.id, [30, 20, 10, 40, 50]);
        assert_eq!(m.parent, [NO_PARENT, 0, 1, NO_PARENT, 3]);
        assert_eq!(m.subtree_ends(), [3, 3, 3, 5, 5]);
        assert_eq!(m.roots().collect::<Vec<_>>(), [0, 3]);
    }
}
