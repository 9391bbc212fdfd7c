//! Lengths, counts and extents of a neuron.
//!
//! Tools count differently, so each measure states what it counts. Two conventions stand side by side:
//!
//! * **neurites** (as NeuroM counts): soma samples are not part of the tree, so the edge from the soma to the first
//!   sample of a neurite is no cable, and soma samples are neither bifurcations nor tips. This is what
//!   [`total_length`](Morphology::total_length), [`n_bifurcations`](Morphology::n_bifurcations),
//!   [`n_tips`](Morphology::n_tips) and the [`Summary`](crate::morph::Summary) use. Without it the two extra soma samples of every
//!   NeuroMorpho.Org file would be tips.
//! * **graph**: every sample and every edge alike:
//!   [`length_all_edges`](Morphology::length_all_edges), [`n_branch_points`](Morphology::n_branch_points),
//!   [`n_leaves`](Morphology::n_leaves).

use crate::morph::{Morphology, kind};

impl Morphology {
    /// Distance of each sample to its parent; 0 for a root.
    pub fn edge_lengths(&self) -> Vec<f64> {
        (0..self.len())
            .map(|i| self.parent_of(i).map_or(0.0, |p| distance(self.position[i], self.position[p])))
            .collect()
    }

    /// Cable length of the neurites: all edges but those that start or end at a soma sample.
    pub fn total_length(&self) -> f64 {
        let is_cable = |i: usize| !self.is_soma(i) && self.parent_of(i).is_some_and(|p| !self.is_soma(p));
        self.edge_lengths().iter().enumerate().filter(|&(i, _)| is_cable(i)).map(|(_, l)| l).sum()
    }

    /// Length of all edges, those at the soma included.
    pub fn length_all_edges(&self) -> f64 {
        self.edge_lengths().iter().sum()
    }

    /// Number of trees.
    pub fn n_roots(&self) -> usize {
        self.roots().count()
    }

    /// Neurite samples with two children or more; a fork into three counts once.
    pub fn n_bifurcations(&self) -> usize {
        self.child_counts().iter().enumerate().filter(|&(i, &n)| n >= 2 && !self.is_soma(i)).count()
    }

    /// All samples with two children or more, the soma included.
    pub fn n_branch_points(&self) -> usize {
        self.child_counts().iter().filter(|&&n| n >= 2).count()
    }

    /// Neurite samples without a child.
    pub fn n_tips(&self) -> usize {
        self.child_counts().iter().enumerate().filter(|&(i, &n)| n == 0 && !self.is_soma(i)).count()
    }

    /// All samples without a child, soma samples included.
    pub fn n_leaves(&self) -> usize {
        self.child_counts().iter().filter(|&&n| n == 0).count()
    }

    /// Neurites that leave the soma: neurite samples whose parent is a soma sample.
    pub fn n_stems(&self) -> usize {
        (0..self.len()).filter(|&i| !self.is_soma(i) && self.parent_of(i).is_some_and(|p| self.is_soma(p))).count()
    }

    /// Smallest and largest coordinate of all samples on each axis.
    pub fn bounds(&self) -> ([f64; 3], [f64; 3]) {
        bounds(&self.position)
    }

    /// Width, height and depth of the box round all samples.
    pub fn extent(&self) -> [f64; 3] {
        let (low, high) = self.bounds();
        std::array::from_fn(|axis| high[axis] - low[axis])
    }

    /// Straight-line distance of each sample from the [centre](Self::centre).
    pub fn distances(&self) -> Vec<f64> {
        let centre = self.centre();
        self.position.iter().map(|&p| distance(p, centre)).collect()
    }

    /// Length of the path from each sample to the root of its tree, which is the soma for the first tree of a neuron
    /// with one. A piece that is not connected is measured from its own root: [join](Self::joined) it first.
    pub fn path_lengths(&self) -> Vec<f64> {
        let mut path = self.edge_lengths();
        for i in 0..self.len() {
            if let Some(parent) = self.parent_of(i) {
                path[i] += path[parent];
            }
        }
        path
    }

    /// Whether a sample is of type soma.
    pub(crate) fn is_soma(&self, node: usize) -> bool {
        self.kind[node] == kind::SOMA
    }
}

/// Smallest and largest coordinate on each axis.
pub(crate) fn bounds(positions: &[[f64; 3]]) -> ([f64; 3], [f64; 3]) {
    positions.iter().fold(([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]), |(low, high), position| {
        (
            std::array::from_fn(|axis| low[axis].min(position[axis])),
            std::array::from_fn(|axis| high[axis].max(position[axis])),
        )
    })
}

pub(crate) fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    squared_distance(a, b).sqrt()
}

pub(crate) fn squared_distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|axis| (a[axis] - b[axis]).powi(2)).sum()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::morph::parse_swc;

    /// A three-point soma of radius 5, one stem of 3 + 4 that forks into 12 and 5, and an axon piece apart.
    const NEURON: &[u8] = b"1 1 0 0 0 5 -1\n2 1 0 5 0 5 1\n3 1 0 -5 0 5 1\n\
        4 3 6 0 0 2 1\n5 3 6 3 4 1 4\n6 3 18 3 4 1 5\n7 3 6 3 9 1 5\n\
        8 2 -1 0 0 1 -1\n9 2 -1 -8 0 1 8\n";

    #[test]
    fn both_conventions_on_a_neuron_counted_by_hand() {
        let neuron = parse_swc("t", NEURON).unwrap().morphology;
        assert_eq!(neuron.total_length(), 5.0 + 12.0 + 5.0 + 8.0);
        assert_eq!(neuron.length_all_edges(), 30.0 + 5.0 + 5.0 + 6.0);
        assert_eq!((neuron.n_bifurcations(), neuron.n_branch_points()), (1, 2));
        assert_eq!((neuron.n_tips(), neuron.n_leaves()), (3, 5));
        assert_eq!((neuron.n_stems(), neuron.n_roots()), (1, 2));
        assert_eq!(neuron.extent(), [19.0, 13.0, 9.0]);
        assert_eq!(neuron.path_lengths(), [0.0, 5.0, 5.0, 6.0, 11.0, 23.0, 16.0, 0.0, 8.0]);
        let summary = neuron.summary();
        let of = |name| summary.get(name).unwrap();
        assert!((of("max_distance") - (18f64 * 18.0 + 9.0 + 16.0).sqrt()).abs() < 1e-12);
        assert_eq!(of("max_radius"), 5.0);
        assert!((of("mean_radius") - 22.0 / 9.0).abs() < 1e-12);
        // The mean position is (34, 1, 17) / 9.
        assert!((of("centre_offset") - (34f64.powi(2) + 1.0 + 17f64.powi(2)).sqrt() / 9.0).abs() < 1e-12);
        assert_eq!(summary.values()[5], of("total_length"));
    }
}
