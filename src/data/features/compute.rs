//! The numbers of each feature, in time linear in the nodes.

use super::topology::{branch_orders, distance, edge_lengths, path_lengths, strahler_orders, subtree_lengths};
use super::{Feature, width};
use crate::augment::View;
use crate::morph::{NO_PARENT, kind};

/// Features of all nodes of a view side by side, row-major `[nodes, width]`; `unit` is the length that counts as 1.
pub fn compute(view: &View, features: &[Feature], unit: f64) -> Vec<f32> {
    let stride = width(features);
    let mut numbers = vec![0.0; view.len() * stride];
    let described = Described::new(view);
    let mut column = 0;
    for &feature in features {
        for (node, row) in numbers.chunks_exact_mut(stride.max(1)).enumerate() {
            described.write(feature, node, unit, &mut row[column..column + feature.facts().width]);
        }
        column += feature.facts().width;
    }
    numbers
}

/// A view with what its features are made from.
struct Described<'a> {
    view: &'a View,
    children: Vec<u32>,
    edge: Vec<f64>,
    path: Vec<f64>,
    beyond: Vec<f64>,
    branch_order: Vec<u32>,
    strahler_order: Vec<u32>,
    turn: Vec<f32>,
}

impl<'a> Described<'a> {
    fn new(view: &'a View) -> Self {
        let children = view.child_counts();
        let edge = edge_lengths(view);
        Described {
            view,
            path: path_lengths(&view.parent, &edge),
            beyond: subtree_lengths(&view.parent, &edge),
            branch_order: branch_orders(&view.parent, &children),
            strahler_order: strahler_orders(&view.parent),
            turn: turns(view, &edge),
            children,
            edge,
        }
    }

    fn write(&self, feature: Feature, node: usize, unit: f64, to: &mut [f32]) {
        let view = self.view;
        let length = |value: f64| (value / unit) as f32;
        let count = |n: u32| f64::from(n).ln_1p() as f32;
        match feature {
            // In single precision throughout, as the published model divides.
            Feature::Position => (0..3).for_each(|k| to[k] = view.position[node][k] / unit as f32),
            Feature::Radius => to[0] = view.radius[node].max(0.0).ln_1p(),
            Feature::Type => to[slot(view.kind[node])] = 1.0,
            Feature::PathLength => to[0] = length(self.path[node]),
            Feature::RadialDistance => {
                to[0] = length(distance(view.position[node], view.position[view.anchor as usize]));
            }
            Feature::BranchOrder => to[0] = count(self.branch_order[node]),
            Feature::StrahlerOrder => to[0] = count(self.strahler_order[node]),
            Feature::EdgeLength => to[0] = length(self.edge[node]),
            Feature::Direction => to.copy_from_slice(&direction(view, &self.edge, node).map(|v| v as f32)),
            Feature::LocalAngle => to[0] = self.turn[node],
            Feature::Degree => {
                to[0] = (self.children[node] + u32::from(view.parent[node] != NO_PARENT)) as f32;
            }
            Feature::SubtreeLength => to[0] = (self.beyond[node] / unit).ln_1p() as f32,
            Feature::IsTip => to[0] = f32::from(self.children[node] == 0),
            Feature::IsBranch => to[0] = f32::from(self.children[node] > 1),
        }
    }
}

/// The place of a type among soma, axon, dendrite, apical dendrite and other.
fn slot(of: u16) -> usize {
    match of {
        kind::SOMA => 0,
        kind::AXON => 1,
        kind::DENDRITE => 2,
        kind::APICAL => 3,
        _ => 4,
    }
}

/// The unit vector from a node's parent to it; 0 at a root and where the two coincide.
fn direction(view: &View, edge: &[f64], node: usize) -> [f64; 3] {
    if edge[node] <= 0.0 {
        return [0.0; 3];
    }
    let (to, from) = (view.position[node], view.position[view.parent[node] as usize]);
    std::array::from_fn(|k| (f64::from(to[k]) - f64::from(from[k])) / edge[node])
}

/// The mean angle by which the edges that leave a node turn away from the one that enters it; 0 at roots and tips, and
/// edges without a length do not count.
fn turns(view: &View, edge: &[f64]) -> Vec<f32> {
    let mut sum = vec![0.0; view.len()];
    let mut counted = vec![0u32; view.len()];
    for node in 0..view.len() {
        let above = view.parent[node];
        if above == NO_PARENT || edge[node] <= 0.0 || edge[above as usize] <= 0.0 {
            continue;
        }
        let (incoming, outgoing) = (direction(view, edge, above as usize), direction(view, edge, node));
        let cosine: f64 = (0..3).map(|k| incoming[k] * outgoing[k]).sum();
        sum[above as usize] += cosine.clamp(-1.0, 1.0).acos();
        counted[above as usize] += 1;
    }
    sum.iter().zip(&counted).map(|(s, &n)| if n == 0 { 0.0 } else { (s / f64::from(n)) as f32 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A soma, a straight dendrite of 3 and 4 um that forks at right angles into 5 and 12 um, and a lone fragment.
    fn forked() -> View {
        View {
            position: vec![[0., 0., 0.], [3., 0., 0.], [7., 0., 0.], [7., 5., 0.], [7., 0., 12.], [100., 0., 0.]],
            radius: vec![5.0, 1.0, 0.5, 0.5, -1.0, 0.0],
            kind: vec![1, 3, 3, 4, 2, 0],
            parent: vec![NO_PARENT, 0, 1, 2, 2, NO_PARENT],
            sample: (0..6).collect(),
            anchor: 0,
        }
    }

    fn column(feature: Feature, unit: f64) -> Vec<f32> {
        compute(&forked(), &[feature], unit)
    }

    fn close(ours: &[f32], expected: &[f64]) {
        assert_eq!(ours.len(), expected.len());
        for (a, b) in ours.iter().zip(expected) {
            assert!((f64::from(*a) - b).abs() < 1e-6, "{ours:?} for {expected:?}");
        }
    }

    #[test]
    fn lengths_are_in_units() {
        close(&column(Feature::PathLength, 10.0), &[0.0, 0.3, 0.7, 1.2, 1.9, 0.0]);
        close(&column(Feature::EdgeLength, 1.0), &[0.0, 3.0, 4.0, 5.0, 12.0, 0.0]);
        let far = [0.0, 3.0, 7.0, 74f64.sqrt(), 193f64.sqrt(), 100.0];
        close(&column(Feature::RadialDistance, 1.0), &far);
        let beyond = [24.0f64, 21.0, 17.0, 0.0, 0.0, 0.0].map(f64::ln_1p);
        close(&column(Feature::SubtreeLength, 1.0), &beyond);
        assert_eq!(column(Feature::Position, 2.0)[3..9], [1.5, 0.0, 0.0, 3.5, 0.0, 0.0]);
    }

    #[test]
    fn orders_angles_and_flags() {
        let two = 2f64.ln();
        close(&column(Feature::BranchOrder, 1.0), &[0.0, 0.0, 0.0, two, two, 0.0]);
        let (one, second) = (two, 3f64.ln());
        close(&column(Feature::StrahlerOrder, 1.0), &[second, second, second, one, one, one]);
        let right = std::f64::consts::FRAC_PI_2;
        close(&column(Feature::LocalAngle, 1.0), &[0.0, 0.0, right, 0.0, 0.0, 0.0]);
        close(&column(Feature::Degree, 1.0), &[1.0, 2.0, 3.0, 1.0, 1.0, 0.0]);
        close(&column(Feature::IsTip, 1.0), &[0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
        close(&column(Feature::IsBranch, 1.0), &[0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(column(Feature::Direction, 1.0)[9..], [0., 1., 0., 0., 0., 1., 0., 0., 0.]);
        close(&column(Feature::Radius, 1.0), &[6f64.ln(), two, 1.5f64.ln(), 1.5f64.ln(), 0.0, 0.0]);
        let types: Vec<usize> =
            column(Feature::Type, 1.0).chunks(5).filter_map(|row| row.iter().position(|&v| v == 1.0)).collect();
        assert_eq!(types, [0, 2, 2, 3, 1, 4]);
    }

    #[test]
    fn features_stand_side_by_side_and_deep_chains_are_no_trouble() {
        let rows = compute(&forked(), &[Feature::Degree, Feature::Position], 1.0);
        assert_eq!(rows[8..12], [3.0, 7.0, 0.0, 0.0]);
        let n = 100_000;
        let chain = View {
            position: (0..n).map(|i| [i as f32, 0.0, 0.0]).collect(),
            radius: vec![1.0; n],
            kind: vec![3; n],
            parent: (0..n as u32).map(|i| if i == 0 { NO_PARENT } else { i - 1 }).collect(),
            sample: (0..n as u32).collect(),
            anchor: 0,
        };
        let all: Vec<Feature> = super::super::TABLE.iter().map(|f| f.feature).collect();
        assert!(compute(&chain, &all, 100.0).iter().all(|v| v.is_finite()));
    }
}
