//! A neuron as points with tangents.

use super::NblastOptions;
use super::eigen::eigen;
use super::resample;
use super::tree::Tree;
use crate::error::{Error, Result};
use crate::morph::Morphology;

/// Points in a leaf of the tree: a vector of 64-bit numbers in the widest instruction set.
pub(super) const LANES: usize = 8;

/// Points along a neuron, with the direction and the straightness of the neurite at each.
#[derive(Clone, Debug)]
pub struct Dotprops {
    /// Positions, µm; at least one.
    pub points: Vec<[f64; 3]>,
    /// Unit vectors along the neurite, of arbitrary sign; 0 where all neighbours coincide.
    pub tangents: Vec<[f64; 3]>,
    /// From 0 (neighbours spread alike in two directions) to 1 (on a line); 0 where all neighbours coincide.
    pub alpha: Vec<f64>,
    pub(super) tree: Tree,
}

impl Dotprops {
    /// The points of a neuron with tangents by the main direction of each point's `tangent_k` nearest points:
    /// the first eigenvector of their scatter matrix; alpha is (λ1 - λ2) / (λ1 + λ2 + λ3).
    ///
    /// # Errors
    /// When no sample is of the chosen types, a position is not finite, or an option is out of range.
    pub fn new(neuron: &Morphology, options: &NblastOptions) -> Result<Dotprops> {
        let points = resample::points(neuron, options.resample, options.kinds.as_ref())?;
        if points.is_empty() {
            let what = options.kinds.as_ref().map_or(String::new(), |kinds| format!(" of {kinds}"));
            return Err(Error::value(format!("`{}` has no samples{what} to compare", neuron.name)));
        }
        Dotprops::of_points(points, options.tangent_k)
    }

    /// Tangents for points of one's own; at least one point, all finite.
    ///
    /// # Errors
    /// When there is no point, one is not finite, or `k` is not from 2 to 1000.
    pub fn of_points(points: Vec<[f64; 3]>, k: usize) -> Result<Dotprops> {
        if !(2..=1000).contains(&k) {
            return Err(Error::value(format!("`tangent_k` is {k}, expected 2 to 1000 points")));
        }
        if points.is_empty() || points.iter().flatten().any(|v| !v.is_finite()) {
            return Err(Error::value("tangents need at least one point, and finite coordinates"));
        }
        let tree = Tree::new(&points);
        let mut found = Vec::with_capacity(k + 1);
        let mut tangents = Vec::with_capacity(points.len());
        let mut alpha = Vec::with_capacity(points.len());
        for &point in &points {
            tree.nearest_to(point, k, &mut found);
            let (tangent, straightness) = direction(found.iter().map(|&(_, i)| points[i as usize]), found.len());
            tangents.push(tangent);
            alpha.push(straightness);
        }
        Ok(Dotprops { points, tangents, alpha, tree })
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there is no point; never so.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }
}

/// Main direction and alpha of `n` points.
fn direction(points: impl Iterator<Item = [f64; 3]> + Clone, n: usize) -> ([f64; 3], f64) {
    let mut mean = [0.0; 3];
    for p in points.clone() {
        (0..3).for_each(|k| mean[k] += p[k] / n as f64);
    }
    let mut scatter = [0.0; 6];
    for p in points {
        let [x, y, z] = std::array::from_fn(|k| p[k] - mean[k]);
        for (sum, product) in scatter.iter_mut().zip([x * x, x * y, x * z, y * y, y * z, z * z]) {
            *sum += product;
        }
    }
    let (values, vector) = eigen(scatter);
    let sum: f64 = values.iter().sum();
    if sum > 0.0 { (vector, (values[0] - values[1]) / sum) } else { ([0.0; 3], 0.0) }
}
