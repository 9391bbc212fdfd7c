//! What pushes the points of a t-SNE map apart: sums of Student's kernel over all pairs.
//!
//! Barnes-Hut (van der Maaten 2014): points that are far away, as seen from where the force acts, act as one in their
//! middle. Sixteen points that lie side by side decide together what is far, by the nearest corner of their box, and then
//! sum over the same list with vector instructions; a decision for one is on the safe side for the others. Each group's
//! sums run in the order of the tree, so the numbers do not depend on the number of threads.

use rayon::prelude::*;

use super::quadtree::Quadtree;
use crate::error::Result;
use crate::interrupt;
use crate::simd::vectorised;

/// Points that share a list: two vectors of AVX-512.
const GROUP: usize = 16;

/// Points of a list, the sums of which act on a group: coordinates and numbers of points.
#[derive(Default)]
struct Sources {
    xs: Vec<f64>,
    ys: Vec<f64>,
    weights: Vec<f64>,
}

/// The repulsion of all points of a map; keeps its memory from step to step.
#[derive(Debug, Default)]
pub(super) struct Repulsion {
    tree: Quadtree,
}

impl Repulsion {
    /// For each point `i` of `x, y, x, y, …` the sums over all others `j` of `q² (y_i - y_j)`, with
    /// `q = 1 / (1 + |y_i - y_j|²)`, into `forces`; returns the sum of `q` over all ordered pairs, the normaliser of the
    /// map's probabilities. `theta` is the largest ratio of extent to distance at which points act as one; 0 is exact.
    ///
    /// # Errors
    /// When a stop was asked for.
    pub(super) fn sums(&mut self, points: &[f64], theta: f64, forces: &mut [f64]) -> Result<f64> {
        interrupt::check()?;
        self.tree.build(points);
        let tree = &self.tree;
        let groups: Vec<([[f64; 2]; GROUP], f64)> = (0..tree.order.len())
            .into_par_iter()
            .step_by(GROUP)
            .with_min_len(8)
            .map_init(Sources::default, |sources, start| {
                let group = Group::new(&tree.xs[start..], &tree.ys[start..]);
                group.collect(tree, theta * theta, sources);
                group.sums(sources)
            })
            .collect();
        let mut normaliser = 0.0;
        for ((found, sum), order) in groups.iter().zip(tree.order.chunks(GROUP)) {
            normaliser += sum;
            for (force, &point) in found.iter().zip(order) {
                forces[2 * point as usize..][..2].copy_from_slice(force);
            }
        }
        // Every point was its own neighbour, at distance 0.
        Ok(normaliser - tree.order.len() as f64)
    }
}

/// The sum of Student's kernel over all ordered pairs of points `x, y, x, y, …`, without approximation.
///
/// # Errors
/// When a stop was asked for.
pub(super) fn exact_normaliser(points: &[f64]) -> Result<f64> {
    let pairs = points.as_chunks::<2>().0;
    let all = Sources {
        xs: pairs.iter().map(|p| p[0]).collect(),
        ys: pairs.iter().map(|p| p[1]).collect(),
        weights: vec![1.0; pairs.len()],
    };
    let sums: Vec<f64> = (0..pairs.len())
        .into_par_iter()
        .step_by(GROUP)
        .map(|start| interrupt::check().map(|()| Group::new(&all.xs[start..], &all.ys[start..]).sums(&all).1))
        .collect::<Result<_>>()?;
    Ok(sums.iter().sum::<f64>() - pairs.len() as f64)
}

/// Points side by side on the curve; where there are fewer, the first one stands in for those that are missing.
struct Group {
    count: usize,
    xs: [f64; GROUP],
    ys: [f64; GROUP],
}

impl Group {
    fn new(xs: &[f64], ys: &[f64]) -> Self {
        let at = |values: &[f64]| std::array::from_fn(|i| *values.get(i).unwrap_or(&values[0]));
        Group { count: xs.len().min(GROUP), xs: at(xs), ys: at(ys) }
    }

    /// Walks the tree and writes down what acts on the group.
    fn collect(&self, tree: &Quadtree, theta_squared: f64, sources: &mut Sources) {
        let range = |values: &[f64; GROUP]| {
            values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &v| (v.min(low), v.max(high)))
        };
        let ((left, right), (bottom, top)) = (range(&self.xs), range(&self.ys));
        sources.xs.clear();
        sources.ys.clear();
        sources.weights.clear();
        let mut at = 0;
        while let Some(node) = tree.nodes.get(at) {
            let [x, y] = node.centre;
            let dx = (left - x).max(x - right).max(0.0);
            let dy = (bottom - y).max(y - top).max(0.0);
            if node.extent < theta_squared * (dx * dx + dy * dy) {
                sources.xs.push(x);
                sources.ys.push(y);
                sources.weights.push(f64::from(node.end - node.start));
                at = node.skip as usize;
            } else if node.is_leaf {
                let points = node.start as usize..node.end as usize;
                sources.xs.extend_from_slice(&tree.xs[points.clone()]);
                sources.ys.extend_from_slice(&tree.ys[points.clone()]);
                sources.weights.resize(sources.xs.len(), 1.0);
                at = node.skip as usize;
            } else {
                at += 1;
            }
        }
    }

    /// The force on each point, and the sum of the kernel over all of them.
    fn sums(&self, sources: &Sources) -> ([[f64; 2]; GROUP], f64) {
        let (fx, fy, kernel) = vectorised(
            #[inline(always)]
            || kernel_sums(&self.xs, &self.ys, sources),
        );
        (std::array::from_fn(|i| [fx[i], fy[i]]), kernel[..self.count].iter().sum())
    }
}

#[inline(always)]
fn kernel_sums(xs: &[f64; GROUP], ys: &[f64; GROUP], sources: &Sources) -> ([f64; GROUP], [f64; GROUP], [f64; GROUP]) {
    let (mut fx, mut fy, mut kernel) = ([0.0; GROUP], [0.0; GROUP], [0.0; GROUP]);
    for ((&x, &y), &weight) in sources.xs.iter().zip(&sources.ys).zip(&sources.weights) {
        for i in 0..GROUP {
            let (dx, dy) = (xs[i] - x, ys[i] - y);
            let q = 1.0 / dx.mul_add(dx, dy.mul_add(dy, 1.0));
            let weighted = weight * q;
            let force = weighted * q;
            kernel[i] += weighted;
            fx[i] = force.mul_add(dx, fx[i]);
            fy[i] = force.mul_add(dy, fy[i]);
        }
    }
    (fx, fy, kernel)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand::Rng;

    use super::*;
    use crate::run::seed;

    /// Points of three groups of different spread, one of them far off, and two at one place.
    fn points(n: usize) -> Vec<f64> {
        let mut rng = seed::stream(4, "repulsion", 0);
        let mut points: Vec<f64> = (0..n)
            .flat_map(|i| {
                let (centre, spread) = [(0.0, 5.0), (20.0, 1.0), (-300.0, 2.0)][i % 3];
                [centre + spread * rng.gen_range(-1.0..1.0), spread * rng.gen_range(-1.0..1.0)]
            })
            .collect();
        let first = [points[0], points[1]];
        points[2 * n - 2..].copy_from_slice(&first);
        points
    }

    fn pair_by_pair(points: &[f64]) -> (Vec<f64>, f64) {
        let pairs = points.as_chunks::<2>().0;
        let (mut forces, mut normaliser) = (vec![0.0; points.len()], 0.0);
        for (i, a) in pairs.iter().enumerate() {
            for (_, b) in pairs.iter().enumerate().filter(|&(j, _)| j != i) {
                let (dx, dy) = (a[0] - b[0], a[1] - b[1]);
                let q = 1.0 / (1.0 + dx * dx + dy * dy);
                normaliser += q;
                forces[2 * i] += q * q * dx;
                forces[2 * i + 1] += q * q * dy;
            }
        }
        (forces, normaliser)
    }

    #[test]
    fn sums_are_those_of_all_pairs() {
        for n in [2, 15, 16, 17, 700] {
            let points = points(n);
            let (expected, normaliser) = pair_by_pair(&points);
            let mut forces = vec![f64::NAN; points.len()];
            let exact = Repulsion::default().sums(&points, 0.0, &mut forces).unwrap();
            assert!((exact / normaliser - 1.0).abs() < 1e-12);
            assert!((exact_normaliser(&points).unwrap() / normaliser - 1.0).abs() < 1e-12);
            let length = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
            let differ = |a: &[f64]| length(&a.iter().zip(&expected).map(|(a, b)| a - b).collect::<Vec<_>>());
            assert!(differ(&forces) <= 1e-12 * length(&expected));
            let near = Repulsion::default().sums(&points, 0.5, &mut forces).unwrap();
            assert!((near / normaliser - 1.0).abs() < 1e-2, "{near} {normaliser}");
            assert!(differ(&forces) <= 1e-2 * length(&expected), "{} of {}", differ(&forces), length(&expected));
        }
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let points = points(400);
        let run = |threads| {
            let mut forces = vec![0.0; points.len()];
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            (pool.install(|| Repulsion::default().sums(&points, 0.5, &mut forces)).unwrap(), forces)
        };
        assert_eq!(run(1), run(5));
    }
}
