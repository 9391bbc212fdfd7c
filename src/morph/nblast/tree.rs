//! Nearest points, for whole neurons at once.
//!
//! A k-d tree with leaves of eight points, laid out so that a leaf's coordinates are three vectors. What NBLAST asks is not
//! the nearest point of one point, but of all points of another neuron. So queries come as the leaves of another tree: eight
//! points that lie close together walk down once, share their bound, and meet the target's leaves eight by eight in vector
//! instructions. `benches/nblast.rs` compares it with `kiddo`'s tree asked for one point after the other.

use super::dotprops::LANES;

/// Coordinates of a leaf: x, y, z of eight points; lanes without a point are infinitely far away.
type Leaf = [[f64; LANES]; 3];

/// A box round points: smallest and largest x, y, z.
type Bounds = [[f64; 3]; 2];

/// A balanced k-d tree.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// A complete binary tree: the children of node i are 2i + 1 and 2i + 2, and the last `leaves.len()` nodes are leaves.
    bounds: Vec<Bounds>,
    leaves: Vec<Leaf>,
    /// Index of the point in each lane of each leaf; lanes without a point repeat the leaf's first.
    index: Vec<[u32; LANES]>,
    /// Number of points in each leaf.
    count: Vec<u8>,
}

/// What the points of one leaf found: squared distances, and the indices of the nearest points.
#[derive(Clone, Copy)]
struct Found {
    squared: [f64; LANES],
    nearest: [u32; LANES],
}

impl Tree {
    /// A tree over points with finite coordinates, at least one.
    pub fn new(points: &[[f64; 3]]) -> Self {
        let n_leaves = points.len().div_ceil(LANES).next_power_of_two();
        let mut order: Vec<u32> = (0..points.len() as u32).collect();
        // Halves every range at the median of its longest side, level by level; all ranges of a level differ by at most
        // one point, so no leaf is empty or too full.
        let mut ranges = vec![(0, points.len())];
        let mut bounds = Vec::with_capacity(2 * n_leaves - 1);
        loop {
            for &(first, last) in &ranges {
                bounds.push(bounds_of(order[first..last].iter().map(|&i| points[i as usize])));
            }
            if ranges.len() == n_leaves {
                break;
            }
            let level = bounds.len() - ranges.len();
            let mut halves = Vec::with_capacity(2 * ranges.len());
            for (place, &(first, last)) in ranges.iter().enumerate() {
                let middle = first + (last - first) / 2;
                let [low, high] = bounds[level + place];
                let axis = (0..3).max_by(|&a, &b| (high[a] - low[a]).total_cmp(&(high[b] - low[b]))).unwrap_or(0);
                let by_axis =
                    |&a: &u32, &b: &u32| points[a as usize][axis].total_cmp(&points[b as usize][axis]).then(a.cmp(&b));
                if middle < last {
                    order[first..last].select_nth_unstable_by(middle - first, by_axis);
                }
                halves.extend([(first, middle), (middle, last)]);
            }
            ranges = halves;
        }
        let mut tree = Tree { bounds, leaves: Vec::new(), index: Vec::new(), count: Vec::new() };
        for (first, last) in ranges {
            let mut leaf = [[f64::INFINITY; LANES]; 3];
            let mut index = [order.get(first).copied().unwrap_or(0); LANES];
            for (lane, &i) in order[first..last].iter().enumerate() {
                (0..3).for_each(|axis| leaf[axis][lane] = points[i as usize][axis]);
                index[lane] = i;
            }
            tree.leaves.push(leaf);
            tree.index.push(index);
            tree.count.push((last - first) as u8);
        }
        tree
    }

    /// Calls `each` with every point of `queries`, the nearest point of this tree and their distance.
    #[inline(always)]
    pub fn nearest_of_all(&self, queries: &Tree, mut each: impl FnMut(u32, u32, f64)) {
        // Neighbouring leaves of the queries end in neighbouring leaves of the target.
        let mut seed = 0;
        let mut stack = Vec::with_capacity(64);
        let first_leaf = queries.bounds.len() - queries.leaves.len();
        for (leaf, lanes) in queries.leaves.iter().enumerate() {
            let count = queries.count[leaf] as usize;
            if count == 0 {
                continue;
            }
            let mut lanes = *lanes;
            for axis in &mut lanes {
                // Lanes without a point do as the first: they must not widen the common bound.
                let first = axis[0];
                axis[count..].fill(first);
            }
            let found = self.nearest_of_leaf(&lanes, &queries.bounds[first_leaf + leaf], &mut seed, &mut stack);
            for lane in 0..count {
                each(queries.index[leaf][lane], found.nearest[lane], found.squared[lane].sqrt());
            }
        }
    }

    #[inline(always)]
    fn nearest_of_leaf(&self, lanes: &Leaf, bounds: &Bounds, seed: &mut usize, stack: &mut Vec<(f64, u32)>) -> Found {
        let first_leaf = self.bounds.len() - self.leaves.len();
        let mut found = Found { squared: [f64::INFINITY; LANES], nearest: [self.index[0][0]; LANES] };
        self.meet(*seed, lanes, &mut found);
        let mut bound = largest(&found.squared);
        stack.clear();
        stack.push((gap(bounds, &self.bounds[0]), 0));
        while let Some((squared, node)) = stack.pop() {
            if squared >= bound {
                continue;
            }
            let mut node = node as usize;
            while node < first_leaf {
                let (a, b) = (2 * node + 1, 2 * node + 2);
                let (to_a, to_b) = (gap(bounds, &self.bounds[a]), gap(bounds, &self.bounds[b]));
                let ((near, to_near), (far, to_far)) =
                    if to_a <= to_b { ((a, to_a), (b, to_b)) } else { ((b, to_b), (a, to_a)) };
                if to_far < bound {
                    stack.push((to_far, far as u32));
                }
                if to_near >= bound {
                    break;
                }
                node = near;
            }
            if node >= first_leaf && node - first_leaf != *seed {
                let leaf = node - first_leaf;
                let before = bound;
                self.meet(leaf, lanes, &mut found);
                bound = largest(&found.squared);
                if bound < before {
                    *seed = leaf;
                }
            }
        }
        found
    }

    /// Compares eight queries with the points of a leaf.
    #[inline(always)]
    // Five arrays are walked in step, which the compiler turns into vectors.
    #[allow(clippy::needless_range_loop)]
    fn meet(&self, leaf: usize, lanes: &Leaf, found: &mut Found) {
        let [xs, ys, zs] = &self.leaves[leaf];
        let index = &self.index[leaf];
        for lane in 0..LANES {
            for q in 0..LANES {
                let (dx, dy, dz) = (lanes[0][q] - xs[lane], lanes[1][q] - ys[lane], lanes[2][q] - zs[lane]);
                let squared = dx * dx + dy * dy + dz * dz;
                let nearer = squared < found.squared[q];
                found.squared[q] = if nearer { squared } else { found.squared[q] };
                found.nearest[q] = if nearer { index[lane] } else { found.nearest[q] };
            }
        }
    }

    /// The indices of the `k` nearest points of a point, itself included where it is one of the tree's; fewer where there
    /// are fewer. Of equally near points those with the smaller index.
    pub fn nearest_to(&self, point: [f64; 3], k: usize, found: &mut Vec<(f64, u32)>) {
        let first_leaf = self.bounds.len() - self.leaves.len();
        let here = [point, point];
        found.clear();
        let mut stack = vec![(gap(&here, &self.bounds[0]), 0usize)];
        while let Some((squared, node)) = stack.pop() {
            if found.len() == k && found.last().is_some_and(|worst| squared > worst.0) {
                continue;
            }
            if node < first_leaf {
                let mut children = [2 * node + 1, 2 * node + 2].map(|child| (gap(&here, &self.bounds[child]), child));
                children.sort_by(|a, b| b.0.total_cmp(&a.0));
                stack.extend(children);
                continue;
            }
            let leaf = node - first_leaf;
            for lane in 0..self.count[leaf] as usize {
                let at = [0, 1, 2].map(|axis| self.leaves[leaf][axis][lane]);
                let entry = (crate::morph::geometry::squared_distance(at, point), self.index[leaf][lane]);
                let place = found.partition_point(|other| *other < entry);
                if place < k {
                    found.insert(place, entry);
                    found.truncate(k);
                }
            }
        }
    }
}

/// The box round points; inside out where there is none.
fn bounds_of(points: impl Iterator<Item = [f64; 3]>) -> Bounds {
    points.fold([[f64::INFINITY; 3], [f64::NEG_INFINITY; 3]], |[low, high], p| {
        [std::array::from_fn(|k| p[k].min(low[k])), std::array::from_fn(|k| p[k].max(high[k]))]
    })
}

/// Squared distance of two boxes; infinite where one is empty.
#[inline(always)]
fn gap(a: &Bounds, b: &Bounds) -> f64 {
    let mut sum = 0.0;
    for axis in 0..3 {
        let between = (b[0][axis] - a[1][axis]).max(a[0][axis] - b[1][axis]).max(0.0);
        sum += between * between;
    }
    sum
}

#[inline(always)]
fn largest(values: &[f64; LANES]) -> f64 {
    values.iter().fold(0.0, |a, &b| if b > a { b } else { a })
}
