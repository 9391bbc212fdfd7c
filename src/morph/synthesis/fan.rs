//! Arbors that fill a sheet: a minimum spanning tree through points scattered over it.
//!
//! Points are joined to the tree one by one, each time the one that is cheapest to reach at the cost
//! `wire + bf · path to the root` (Cuntz et al. 2010, PLoS Comput. Biol. 6:e1000877). The balancing factor `bf` trades
//! cable against path length: 0 gives winding trees, 1 gives stars. It is done twice: few points far apart give the
//! limbs, which run straight, and then the many others give the branchlets.

use super::class::Fan;
use super::outline::Outline;
use super::sketch::Sketch;
use super::vector::{Vector, along, distance, dot, noise};
use super::walk::Cell;
use crate::run::seed::Rng;

/// Grows a fan in the x-y plane above `node`, which becomes its root.
pub(super) fn grow(sketch: &mut Sketch, node: u32, fan: &Fan, of: u16, cell: &Cell, rng: &mut Rng) {
    let root = sketch.position[node as usize];
    let outline = Outline::draw(fan, cell, rng);
    let mut limbs = Tree::new(root);
    limbs.join(outline.scatter(root, fan, fan.limbs, rng), fan.limb_balance);
    let mut tree = limbs.divided(fan.spacing, rng);
    let mut points = outline.scatter(root, fan, fan.spacing, rng);
    points.retain(|&p| tree.points.iter().all(|&q| distance(p, q) > 0.6 * fan.spacing));
    tree.join(points, fan.balance);
    tree.smooth();
    let mut node_of = vec![node];
    for (&point, &parent) in tree.points.iter().zip(&tree.parent).skip(1) {
        node_of.push(sketch.push(node_of[parent], point, of));
    }
}

/// A binary tree of points in the order in which they were joined to it; point 0 is the root.
struct Tree {
    points: Vec<Vector>,
    parent: Vec<usize>,
    /// Path length to the root, in µm.
    path: Vec<f64>,
    children: Vec<u8>,
}

impl Tree {
    fn new(root: Vector) -> Self {
        Tree { points: vec![root], parent: vec![0], path: vec![0.0], children: vec![0] }
    }

    fn push(&mut self, point: Vector, parent: usize) -> usize {
        self.path.push(self.path[parent] + distance(self.points[parent], point));
        self.points.push(point);
        self.parent.push(parent);
        self.children.push(0);
        self.children[parent] += 1;
        self.points.len() - 1
    }

    /// Joins points by Prim's algorithm with Cuntz's cost, at most two children to each.
    fn join(&mut self, mut open: Vec<Vector>, balance: f64) {
        let way_in = |tree: &Tree, point| {
            let mut way = (f64::INFINITY, 0);
            // The point joined last has no children, so at least one is free.
            for node in (0..tree.points.len()).filter(|&node| tree.children[node] < 2) {
                tree.shorten(&mut way, point, node, balance);
            }
            way
        };
        // For each open point the price of its cheapest way into the tree, and the node where it enters.
        let mut ways: Vec<(f64, usize)> = open.iter().map(|&point| way_in(self, point)).collect();
        while let Some(next) = cheapest(&ways) {
            if self.children[ways[next].1] >= 2 {
                // Two others were faster: find another way, and choose again.
                ways[next] = way_in(self, open[next]);
                continue;
            }
            let joined = self.push(open.swap_remove(next), ways.swap_remove(next).1);
            for (&point, way) in open.iter().zip(&mut ways) {
                self.shorten(way, point, joined, balance);
            }
        }
    }

    /// Lets a point's way into the tree lead through `node` where that is cheaper.
    fn shorten(&self, way: &mut (f64, usize), point: Vector, node: usize, balance: f64) {
        let toll = balance * self.path[node];
        let (spare, wire) = (way.0 - toll, along(point, -1.0, self.points[node]));
        // Most nodes are too far away, which shows without a square root.
        if spare > 0.0 && dot(wire, wire) < spare * spare {
            *way = (toll + dot(wire, wire).sqrt(), node);
        }
    }

    /// The tree with its links divided into pieces of about `length` (µm), set slightly out of line.
    fn divided(&self, length: f64, rng: &mut Rng) -> Tree {
        let mut tree = Tree::new(self.points[0]);
        let mut place = vec![0];
        for (&point, &parent) in self.points.iter().zip(&self.parent).skip(1) {
            let from = self.points[parent];
            let pieces = (distance(from, point) / length).round().max(1.0);
            let mut last = place[parent];
            for piece in 1..=pieces as usize {
                let straight = along(from, piece as f64 / pieces, along(point, -1.0, from));
                last = tree.push(along(straight, 0.3 * length, noise(rng)), last);
            }
            place.push(last);
        }
        tree
    }

    /// Draws each point towards its parent and its children's middle: rounds the corners that straight links leave.
    fn smooth(&mut self) {
        for _ in 0..2 {
            let mut sum = vec![[0.0; 3]; self.points.len()];
            for (&point, &parent) in self.points.iter().zip(&self.parent).skip(1) {
                sum[parent] = along(sum[parent], 1.0, point);
            }
            for (node, sum) in sum.iter().enumerate().skip(1) {
                if self.children[node] > 0 {
                    let below = sum.map(|x| x / f64::from(self.children[node]));
                    let middle = along(self.points[self.parent[node]], 1.0, below).map(|x| 0.25 * x);
                    self.points[node] = along(middle, 0.5, self.points[node]);
                }
            }
        }
    }
}

/// The place of the lowest price.
fn cheapest(ways: &[(f64, usize)]) -> Option<usize> {
    let mut best = None;
    let mut least = f64::INFINITY;
    for (at, &(price, _)) in ways.iter().enumerate() {
        if price < least {
            (best, least) = (Some(at), price);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::seed::stream;
    use rand::Rng as _;

    fn scattered() -> Vec<Vector> {
        let mut rng = stream(5, "fan", 0);
        (0..300).map(|_| [rng.gen_range(-50.0..50.0), rng.gen_range(0.0..100.0), 0.0]).collect()
    }

    fn spanned(balance: f64) -> Tree {
        let mut tree = Tree::new([0.0; 3]);
        tree.join(scattered(), balance);
        tree
    }

    fn cable(tree: &Tree) -> f64 {
        (1..tree.points.len()).map(|node| distance(tree.points[node], tree.points[tree.parent[node]])).sum()
    }

    /// The length of the minimum spanning tree, without a limit on children, by Kruskal's algorithm.
    fn kruskal(points: &[Vector]) -> f64 {
        let pairs = (0..points.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
        let mut links: Vec<_> = pairs.map(|(a, b)| (distance(points[a], points[b]), a, b)).collect();
        links.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut group: Vec<usize> = (0..points.len()).collect();
        let mut total = 0.0;
        for (length, a, b) in links {
            let (from, to) = (group[a], group[b]);
            if from != to {
                total += length;
                group.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
            }
        }
        total
    }

    #[test]
    fn without_balance_the_tree_is_nearly_minimal() {
        let tree = spanned(0.0);
        let least = kruskal(&tree.points);
        // Two children at most cost a little cable over the unlimited tree.
        assert!(cable(&tree) >= least - 1e-9 && cable(&tree) < 1.05 * least, "{} and {least}", cable(&tree));
    }

    #[test]
    fn balance_trades_cable_for_short_paths() {
        let [winding, straight] = [0.0, 0.7].map(spanned);
        for tree in [&winding, &straight] {
            assert_eq!(tree.points.len(), 301);
            assert!(tree.children.iter().all(|&children| children <= 2));
        }
        assert!(cable(&straight) > 1.1 * cable(&winding));
        assert!(straight.path.iter().sum::<f64>() < 0.8 * winding.path.iter().sum::<f64>());
    }
}
