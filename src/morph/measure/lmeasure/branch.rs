//! Functions with a value for branches, which belongs to the branch's first compartment.

use super::compartment::cut;
use super::tree::{Branch, Tree};
use crate::morph::geometry::distance;

type List = Vec<(usize, f64)>;

/// Fewest compartments of a branch that is given a fractal dimension.
const FRACTAL_COMPARTMENTS: u32 = 4;

fn each(tree: &Tree, of: impl Fn(&Branch) -> f64) -> List {
    tree.branches.iter().map(|b| (b.first as usize, of(b))).collect()
}

fn each_terminal(tree: &Tree, of: impl Fn(&Branch) -> f64) -> List {
    let terminal = tree.branches.iter().filter(|b| tree.children[b.last as usize].is_empty());
    terminal.map(|b| (b.first as usize, of(b))).collect()
}

pub(super) fn ones(tree: &Tree) -> List {
    each(tree, |_| 1.0)
}

/// A ratio; 0 where there is nothing to divide by.
fn over(value: f64, by: f64) -> f64 {
    if by > 0.0 { value / by } else { 0.0 }
}

fn thinning(tree: &Tree, branch: &Branch) -> f64 {
    tree.diameter(branch.base as usize) - tree.diameter(branch.last as usize)
}

pub(super) fn burke_tapers(tree: &Tree) -> List {
    each(tree, |b| over(thinning(tree, b), cut(tree.path(b))))
}

pub(super) fn hillman_tapers(tree: &Tree) -> List {
    each(tree, |b| over(thinning(tree, b), tree.diameter(b.base as usize)))
}

pub(super) fn path_lengths(tree: &Tree) -> List {
    each(tree, |b| cut(tree.path(b)))
}

pub(super) fn contractions(tree: &Tree) -> List {
    let chord = |b: &Branch| distance(tree.position[b.base as usize], tree.position[b.last as usize]);
    each(tree, |b| over(chord(b), tree.path(b)))
}

pub(super) fn fragmentations(tree: &Tree) -> List {
    let roots = (0..tree.len()).filter(|&i| tree.parent_of(i).is_none()).map(|root| (root, 1.0));
    let mut list: List = roots.chain(each(tree, |b| f64::from(b.last - b.first + 1))).collect();
    list.sort_by_key(|&(at, _)| at);
    list
}

/// For branches that leave a fork, and those that leave a root.
pub(super) fn parent_ratios(tree: &Tree) -> List {
    each(tree, |b| over(tree.diameter(b.first as usize), tree.diameter(b.base as usize)))
}

pub(super) fn diameter_thresholds(tree: &Tree) -> List {
    each_terminal(tree, |b| tree.diameter(b.first as usize))
}

pub(super) fn hillman_thresholds(tree: &Tree) -> List {
    each_terminal(tree, |b| 0.5 * (tree.diameter(b.first as usize) + tree.diameter(b.base as usize)))
}

/// Least squares over the branch's compartments, from its base. 1 for a branch whose distances do not vary.
pub(super) fn fractal_dimensions(tree: &Tree) -> List {
    let slope = |b: &Branch| {
        let base = tree.position[b.base as usize];
        let mut path = 0.0;
        let points: Vec<(f64, f64)> = (b.first as usize..=b.last as usize)
            .filter_map(|i| {
                path += tree.length[i];
                let chord = distance(base, tree.position[i]);
                (chord > 0.0).then(|| (chord.ln(), path.ln()))
            })
            .collect();
        let n = points.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
        let (x, y) = (mean(|p| p.0), mean(|p| p.1));
        let covariance: f64 = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
        let variance: f64 = points.iter().map(|p| (p.0 - x) * (p.0 - x)).sum();
        if variance > 0.0 { covariance / variance } else { 1.0 }
    };
    let long = tree.branches.iter().filter(|b| b.last - b.first + 1 >= FRACTAL_COMPARTMENTS);
    long.map(|b| (b.first as usize, slope(b))).collect()
}
