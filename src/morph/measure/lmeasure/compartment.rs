//! Functions with a value for compartments.

use std::f64::consts::PI;

use super::tree::Tree;
use crate::morph::geometry::distance;
use crate::morph::measure::space::{cross, dot, from_to, norm};

type List = Vec<(usize, f64)>;

/// What L-Measure takes for pi in the soma's surface.
#[allow(clippy::approx_constant)] // which is the point
const COARSE_PI: f64 = 3.14;

/// A value cut, not rounded, to two decimals.
pub(super) fn cut(value: f64) -> f64 {
    (value * 100.0).trunc() / 100.0
}

fn all(tree: &Tree, of: impl Fn(usize) -> f64) -> List {
    (0..tree.len()).map(|i| (i, of(i))).collect()
}

fn edges(tree: &Tree, of: impl Fn(usize, usize) -> f64) -> List {
    (0..tree.len()).filter_map(|i| tree.parent_of(i).map(|p| (i, of(p, i)))).collect()
}

fn ones(tree: &Tree, holds: impl Fn(usize) -> bool) -> List {
    (0..tree.len()).filter(|&i| holds(i)).map(|i| (i, 1.0)).collect()
}

pub(super) fn soma_surface(tree: &Tree) -> List {
    let surface = |p: usize, i: usize| 2.0 * COARSE_PI * tree.radius[p] * tree.length[i];
    edges(tree, surface).into_iter().filter(|&(i, _)| tree.is_soma(i)).collect()
}

pub(super) fn stems(tree: &Tree) -> List {
    ones(tree, |i| !tree.is_soma(i) && tree.parent_of(i).is_some_and(|p| tree.is_soma(p)))
}

pub(super) fn tips(tree: &Tree) -> List {
    ones(tree, |i| tree.children[i].is_empty())
}

/// The same range for every compartment: what stays within when one sample in twenty, and at least one, is left out,
/// those furthest from the median first.
pub(super) fn range(tree: &Tree, axis: usize) -> List {
    let mut values: Vec<f64> = tree.position.iter().map(|p| p[axis]).collect();
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let median = 0.5 * (values[(n - 1) / 2] + values[n / 2]);
    let (mut low, mut high) = (0, n - 1);
    for _ in 0..((n - 1) / 20).max(1) {
        if low < high {
            if values[high] - median >= median - values[low] { high -= 1 } else { low += 1 }
        }
    }
    all(tree, |_| values[high] - values[low])
}

pub(super) fn kinds(tree: &Tree) -> List {
    all(tree, |i| f64::from(tree.kind[i]))
}

pub(super) fn diameters(tree: &Tree) -> List {
    all(tree, |i| tree.diameter(i))
}

pub(super) fn diameter_powers(tree: &Tree) -> List {
    all(tree, |i| tree.diameter(i).powf(1.5))
}

pub(super) fn lengths(tree: &Tree) -> List {
    edges(tree, |_, i| tree.length[i])
}

pub(super) fn surfaces(tree: &Tree) -> List {
    edges(tree, |_, i| PI * tree.diameter(i) * tree.length[i])
}

pub(super) fn section_areas(tree: &Tree) -> List {
    edges(tree, |_, i| PI * tree.radius[i].powi(2))
}

pub(super) fn volumes(tree: &Tree) -> List {
    edges(tree, |_, i| PI * tree.radius[i].powi(2) * tree.length[i])
}

pub(super) fn straight_distances(tree: &Tree) -> List {
    all(tree, |i| distance(tree.position[i], tree.position[0]))
}

pub(super) fn path_distances(tree: &Tree) -> List {
    let mut path = tree.length.clone();
    for i in 0..tree.len() {
        path[i] += tree.parent_of(i).map_or(0.0, |p| path[p]);
    }
    path.into_iter().enumerate().collect()
}

pub(super) fn orders(tree: &Tree) -> List {
    let mut order = vec![0.0; tree.len()];
    for i in 0..tree.len() {
        if let Some(p) = tree.parent_of(i) {
            order[i] = order[p] + f64::from(u8::from(tree.is_fork(p) && !tree.is_soma(p)));
        }
    }
    order.into_iter().enumerate().collect()
}

pub(super) fn degrees(tree: &Tree) -> List {
    all(tree, |i| f64::from(tree.tips[i]))
}

pub(super) fn terminal(tree: &Tree) -> List {
    ones(tree, |i| tree.parent_of(i).is_some() && tree.tips[i] == 1)
}

/// For compartments with three edges towards the root; 0 where one has no length.
pub(super) fn helices(tree: &Tree) -> List {
    let above = |i: usize| tree.parent_of(i).map(|p| (p, from_to(tree.position[p], tree.position[i])));
    let helix = |i: usize| {
        let (p, c) = above(i)?;
        let (q, b) = above(p)?;
        let (_, a) = above(q)?;
        let scale = 3.0 * norm(a) * norm(b) * norm(c);
        Some((i, if scale > 0.0 { cut(dot(a, cross(b, c)) / scale) } else { 0.0 }))
    };
    (0..tree.len()).filter_map(helix).collect()
}
