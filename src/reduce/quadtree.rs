//! A quadtree over the points of a plane, laid out for sweeps over groups of points.
//!
//! Points are put in the order of a Hilbert curve, so that any run of them lies close together; a node is such a run, with
//! its centre and extent. Nodes follow each other as a walk in depth meets them, each knowing where to go on when its
//! inside is of no interest: no recursion and no pointers.

/// Runs of at most this many points are not parted further.
const LEAF: usize = 8;
/// Halvings of the square that holds all points.
const LEVELS: u32 = 20;

/// A run of points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Mean of its points.
    pub(super) centre: [f64; 2],
    /// Square of the larger side of the box around its points.
    pub(super) extent: f64,
    /// The first point, in the order of the curve.
    pub(super) start: u32,
    /// Behind the last point.
    pub(super) end: u32,
    /// The node to go on with when the inside of this one is left out.
    pub(super) skip: u32,
    /// Whether its points are to be looked at one by one.
    pub(super) is_leaf: bool,
}

/// Points in the order of the curve, and the nodes over them.
#[derive(Debug, Default)]
pub(super) struct Quadtree {
    /// The number of each point where it was given.
    pub(super) order: Vec<u32>,
    /// First coordinates, in the order of the curve.
    pub(super) xs: Vec<f64>,
    /// Second coordinates.
    pub(super) ys: Vec<f64>,
    /// The nodes, in depth first.
    pub(super) nodes: Vec<Node>,
    /// The place of each point on the curve, and its number.
    keys: Vec<(u64, u32)>,
    /// Nodes that are still to be made: start, end, level.
    open: Vec<(u32, u32, u32)>,
}

impl Quadtree {
    /// Builds the tree anew over points `x, y, x, y, …`, which are finite. Memory is kept between calls.
    pub(super) fn build(&mut self, points: &[f64]) {
        self.sort(points);
        self.nodes.clear();
        self.open.clear();
        if !self.order.is_empty() {
            self.open.push((0, self.order.len() as u32, 0));
        }
        // The nodes around the one that is being made.
        let mut around: Vec<usize> = Vec::with_capacity(2 * LEVELS as usize);
        while let Some((start, end, level)) = self.open.pop() {
            while let Some(&outer) = around.last() {
                if self.nodes[outer].end > start {
                    break;
                }
                self.nodes[outer].skip = self.nodes.len() as u32;
                around.pop();
            }
            let is_leaf = (end - start) as usize <= LEAF || level == LEVELS;
            around.push(self.nodes.len());
            self.nodes.push(self.node(start, end, is_leaf));
            if !is_leaf {
                self.part(start, end, level);
            }
        }
        let count = self.nodes.len() as u32;
        around.into_iter().for_each(|outer| self.nodes[outer].skip = count);
    }

    /// Puts the points in the order of the curve; points at one place in the order of their numbers.
    fn sort(&mut self, points: &[f64]) {
        let pairs = points.as_chunks::<2>().0;
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for point in pairs {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        let side = (high[0] - low[0]).max(high[1] - low[1]);
        let last = ((1u64 << LEVELS) - 1) as f64;
        let scale = if side > 0.0 { last / side } else { 0.0 };
        let key = |p: &[f64; 2]| hilbert(((p[0] - low[0]) * scale) as u32, ((p[1] - low[1]) * scale) as u32);
        self.keys.clear();
        self.keys.extend(pairs.iter().zip(0u32..).map(|(p, i)| (key(p), i)));
        self.keys.sort_unstable();
        self.order.clear();
        self.order.extend(self.keys.iter().map(|k| k.1));
        self.xs.clear();
        self.xs.extend(self.order.iter().map(|&i| pairs[i as usize][0]));
        self.ys.clear();
        self.ys.extend(self.order.iter().map(|&i| pairs[i as usize][1]));
    }

    /// Leaves the quadrants of a run to be made, the first one on top.
    fn part(&mut self, start: u32, end: u32, level: u32) {
        let shift = 2 * (LEVELS - 1 - level);
        let mut end = end;
        for quadrant in (0..4).rev() {
            let run = &self.keys[start as usize..end as usize];
            let first = start + run.partition_point(|k| (k.0 >> shift) & 3 < quadrant) as u32;
            if first < end {
                self.open.push((first, end, level + 1));
            }
            end = first;
        }
    }

    fn node(&self, start: u32, end: u32, is_leaf: bool) -> Node {
        let range = start as usize..end as usize;
        let summary = |values: &[f64]| {
            let (mut low, mut high, mut sum) = (f64::INFINITY, f64::NEG_INFINITY, 0.0);
            for &v in values {
                low = v.min(low);
                high = v.max(high);
                sum += v;
            }
            (sum / values.len() as f64, high - low)
        };
        let (x, width) = summary(&self.xs[range.clone()]);
        let (y, height) = summary(&self.ys[range]);
        let side = width.max(height);
        Node { centre: [x, y], extent: side * side, start, end, skip: 0, is_leaf }
    }
}

/// The place of a cell of a grid on the Hilbert curve (Hilbert 1891): two bits per level, from the coarsest.
fn hilbert(mut x: u32, mut y: u32) -> u64 {
    let mut place = 0u64;
    for level in (0..LEVELS).rev() {
        let (right, up) = ((x >> level) & 1, (y >> level) & 1);
        place = place << 2 | u64::from((3 * right) ^ up);
        // Turn what is inside the quadrant so that the curve goes on where it left.
        if up == 0 {
            if right == 1 {
                let mask = (1 << level) - 1;
                (x, y) = (!x & mask, !y & mask);
            }
            (x, y) = (y, x);
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_visits_neighbours_one_after_the_other() {
        let shift = 1 << (LEVELS - 4);
        let mut cells: Vec<(u64, [i64; 2])> = (0..16)
            .flat_map(|x| (0..16).map(move |y| (hilbert(x * shift, y * shift), [i64::from(x), i64::from(y)])))
            .collect();
        cells.sort_unstable();
        for pair in cells.windows(2) {
            let ([ax, ay], [bx, by]) = (pair[0].1, pair[1].1);
            assert_eq!((ax - bx).abs() + (ay - by).abs(), 1, "{pair:?}");
        }
    }

    #[test]
    fn every_point_is_in_one_leaf_and_skips_lead_past_it() {
        let spiral: Vec<f64> =
            (0..500).flat_map(|i| [(f64::from(i)).sin() * f64::from(i), f64::from(i).cos()]).collect();
        let together = vec![0.25; 100];
        for points in [spiral, together, vec![], vec![1.0, 2.0]] {
            let mut tree = Quadtree::default();
            tree.build(&points);
            let mut at = 0;
            let mut covered = 0;
            while at < tree.nodes.len() {
                let node = tree.nodes[at];
                assert!(node.skip as usize > at);
                if node.is_leaf {
                    assert_eq!(node.start, covered);
                    covered = node.end;
                    at = node.skip as usize;
                } else {
                    let after = tree.nodes.get(node.skip as usize).map_or(points.len() as u32 / 2, |n| n.start);
                    assert_eq!(after, node.end);
                    at += 1;
                }
            }
            assert_eq!(covered as usize, points.len() / 2);
            let mut order = tree.order.clone();
            order.sort_unstable();
            assert_eq!(order, (0..points.len() as u32 / 2).collect::<Vec<_>>());
        }
    }
}
