//! Fractal dimension: how a neuron's cable fills space, and how a branch winds.
//!
//! Two numbers share the name. The **box-counting** dimension of the cable is the slope of log N against log(1 / s), where
//! N boxes of side s touch the cable (Mandelbrot 1982; for neurons Smith, Lange & Marks 1996, J. Neurosci. Methods
//! 69:123-136): 1 for a line, towards 2 for an arbor that fills a plane. The **branch** dimension is that of L-Measure's
//! `Fractal_Dim` (Scorcioni, Polavaram & Ascoli 2008, Nat. Protoc. 3:866-876): for each branch the slope of log path
//! length against log distance from its start, 1 for a straight branch.

use std::collections::HashSet;

use serde::Deserialize;

use super::raster::cells_of_edge;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::morph::geometry::{bounds, distance};
use crate::morph::{Kinds, Morphology};

/// Which fractal dimension, and at which scales.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct FractalOptions {
    /// By counting boxes, or by the winding of branches.
    pub method: FractalMethod,
    /// Number of box sizes; each is half of the one before, the largest half of the longest side of the cable's box.
    pub sizes: usize,
    /// Only cable of these types; all where `None`.
    #[serde(skip)]
    pub kinds: Option<Kinds>,
}

impl Default for FractalOptions {
    fn default() -> Self {
        FractalOptions { method: FractalMethod::Boxes, sizes: 6, kinds: None }
    }
}

/// A definition of fractal dimension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FractalMethod {
    /// Boxes that touch the cable.
    #[default]
    Boxes,
    /// The mean over branches of path against chord, as in L-Measure.
    Branches,
}

/// Boxes counted at one size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoxCount {
    /// Side of the boxes, µm.
    pub size: f64,
    /// Number of boxes that the cable touches.
    pub count: usize,
}

/// The fewest samples of a branch that has a dimension.
const MIN_SAMPLES: usize = 5;

impl Morphology {
    /// The fractal dimension; NaN where the neuron has no cable with extent.
    ///
    /// # Errors
    /// When `sizes` is not from 2 to 20, a position is not finite, and on a requested stop.
    pub fn fractal_dimension(&self, options: &FractalOptions) -> Result<f64> {
        match options.method {
            FractalMethod::Boxes => {
                let counts = self.box_counts(options)?;
                let logs = counts.iter().map(|c| (-c.size.ln(), (c.count as f64).ln()));
                Ok(slope(&logs.collect::<Vec<_>>()))
            }
            FractalMethod::Branches => {
                let dimensions = self.branch_dimensions(options.kinds.as_ref());
                Ok(dimensions.iter().sum::<f64>() / dimensions.len() as f64)
            }
        }
    }

    /// Boxes that the neurites' cable touches, at sizes that halve from half of its longest side on. Boxes start at the
    /// lower corner of the cable's own box, so a neuron that is moved keeps its numbers; edges are followed exactly, so
    /// the distance of samples does not count. None for cable without extent.
    ///
    /// # Errors
    /// As [`fractal_dimension`](Self::fractal_dimension).
    pub fn box_counts(&self, options: &FractalOptions) -> Result<Vec<BoxCount>> {
        if !(2..=20).contains(&options.sizes) {
            return Err(Error::value(format!("`sizes` is {}, expected 2 to 20 box sizes", options.sizes)));
        }
        let edges: Vec<[[f64; 3]; 2]> =
            self.cable(options.kinds.as_ref()).map(|edge| edge.map(|i| self.position[i])).collect();
        if edges.iter().flatten().flatten().any(|v| !v.is_finite()) {
            return Err(Error::value(format!("`{}` has a position that is not finite", self.name)));
        }
        let (low, high) = bounds(edges.as_flattened());
        let extent = (0..3).map(|k| high[k] - low[k]).fold(0.0, f64::max);
        if extent <= 0.0 {
            return Ok(Vec::new());
        }
        let mut counts = Vec::with_capacity(options.sizes);
        for halving in 1..=options.sizes {
            interrupt::check()?;
            let size = extent / (1u64 << halving) as f64;
            // A point on the upper limit of the last box belongs to it.
            let last = (1i64 << halving) - 1;
            let mut boxes: HashSet<[i64; 3]> = HashSet::new();
            for [from, to] in &edges {
                let [from, to] = [from, to].map(|p| std::array::from_fn(|k| p[k] - low[k]));
                cells_of_edge::<3>(from, to, size, |cell, _| {
                    boxes.insert(cell.map(|c| c.min(last)));
                });
            }
            counts.push(BoxCount { size, count: boxes.len() });
        }
        Ok(counts)
    }

    /// The slope of the regression of log path length on log distance, both from its start, of each branch: the run from a
    /// fork, the soma or a root to the next fork or tip. Branches of fewer than five samples are left out, as L-Measure
    /// leaves them out, and so are those whose distance does not vary.
    pub fn branch_dimensions(&self, kinds: Option<&Kinds>) -> Vec<f64> {
        let chosen = |i: usize| !self.is_soma(i) && kinds.is_none_or(|kinds| kinds.contains(self.kind[i]));
        let mut children = vec![0u32; self.len()];
        for i in (0..self.len()).filter(|&i| chosen(i)) {
            if let Some(parent) = self.parent_of(i) {
                children[parent] += 1;
            }
        }
        let ends_branch = |i: usize| children[i] != 1 || self.is_soma(i) || self.parent_of(i).is_none() || !chosen(i);
        let mut dimensions = Vec::new();
        let mut run = Vec::new();
        for end in (0..self.len()).filter(|&i| chosen(i) && ends_branch(i)) {
            run.clear();
            run.push(end);
            let mut node = end;
            while let Some(parent) = self.parent_of(node) {
                run.push(parent);
                node = parent;
                if ends_branch(parent) {
                    break;
                }
            }
            if run.len() < MIN_SAMPLES {
                continue;
            }
            let start = self.position[node];
            let mut path = 0.0;
            let mut logs = Vec::with_capacity(run.len());
            for pair in run.windows(2).rev() {
                path += distance(self.position[pair[0]], self.position[pair[1]]);
                let chord = distance(self.position[pair[0]], start);
                if chord > 0.0 {
                    logs.push((chord.ln(), path.ln()));
                }
            }
            let dimension = slope(&logs);
            if dimension.is_finite() {
                dimensions.push(dimension);
            }
        }
        dimensions
    }
}

/// The slope of the regression line of y on x; NaN where x does not vary.
fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |sum, p| (sum.0 + p.0 / n, sum.1 + p.1 / n));
    let (xy, xx) = points.iter().fold((0.0, 0.0), |sum, p| (sum.0 + (p.0 - x) * (p.1 - y), sum.1 + (p.0 - x).powi(2)));
    if xx > 0.0 { xy / xx } else { f64::NAN }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::{NO_PARENT, Sample, kind, parse_swc, testing};

    fn chain(points: impl IntoIterator<Item = [f64; 3]>) -> Morphology {
        let sample = |(i, position)| Sample { id: i as i64, kind: kind::DENDRITE, position, radius: 1.0 };
        let samples: Vec<Sample> = points.into_iter().enumerate().map(sample).collect();
        let parents: Vec<u32> = (0..samples.len() as u32).map(|i| i.checked_sub(1).unwrap_or(NO_PARENT)).collect();
        Morphology::from_unordered("chain", &samples, &parents)
    }

    #[test]
    fn a_line_has_dimension_1_and_a_plane_filling_curve_2() {
        let line = chain([[0.0; 3], [64.0, 1.0, 0.5]]);
        assert!((line.fractal_dimension(&FractalOptions::default()).unwrap() - 1.0).abs() < 0.03);
        // Lines of a raster, 1 µm apart.
        let raster = chain((0..128).flat_map(|row| {
            let y = f64::from(row) + 0.5;
            if row % 2 == 0 { [[0.0, y, 0.0], [128.0, y, 0.0]] } else { [[128.0, y, 0.0], [0.0, y, 0.0]] }
        }));
        let counts = raster.box_counts(&FractalOptions::default()).unwrap();
        assert_eq!(counts.iter().map(|c| c.count).collect::<Vec<_>>(), [4, 16, 64, 256, 1024, 4096]);
        assert!((raster.fractal_dimension(&FractalOptions::default()).unwrap() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn samples_between_and_shifts_change_nothing() {
        let at = |i: u32| [f64::from(i), (f64::from(i) * 0.7).sin() * 5.0, 0.0];
        let corners: Vec<[f64; 3]> = (0..40).map(at).collect();
        let finer = corners.windows(2).flat_map(|w| {
            (0..4).map(|k| std::array::from_fn(|axis| w[0][axis] + f64::from(k) / 4.0 * (w[1][axis] - w[0][axis])))
        });
        let (coarse, finer) = (chain(corners.clone()), chain(finer.chain([corners[39]])));
        let counts = |m: &Morphology| m.box_counts(&FractalOptions::default()).unwrap();
        assert_eq!(
            counts(&coarse).iter().map(|c| c.count).collect::<Vec<_>>(),
            counts(&finer).iter().map(|c| c.count).collect::<Vec<_>>()
        );
    }

    #[test]
    fn branches_by_hand() {
        // Chords 1, √2, 1, √2 and paths 1, 2, 3, 4: the slope is the difference of the mean log paths, ½ ln 8 - ½ ln 3, over
        // that of the log chords, ½ ln 2.
        let winding = chain([[0.0; 3], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.0], [-1.0, 1.0, 0.0]]);
        let [dimension] = winding.branch_dimensions(None)[..] else { panic!("one branch") };
        assert!((dimension - (8f64 / 3.0).log2()).abs() < 1e-12);
        assert!(chain([[0.0; 3], [1.0, 0.0, 0.0]]).branch_dimensions(None).is_empty());
        let soma = parse_swc("t", b"1 1 0 0 0 4 -1\n").unwrap().morphology;
        assert!(soma.fractal_dimension(&FractalOptions::default()).unwrap().is_nan());
        let branches = FractalOptions { method: FractalMethod::Branches, ..Default::default() };
        assert!(soma.fractal_dimension(&branches).unwrap().is_nan());
        assert!(soma.fractal_dimension(&FractalOptions { sizes: 1, ..Default::default() }).is_err());
    }

    /// L-Measure 5.0's `Fractal_Dim`: the same branches, and their mean within 1 %. It is no closer, because its regression
    /// differs from the least squares that its description names; how is not documented.
    #[test]
    fn branches_are_those_of_lmeasure() {
        let Some(folder) = testing::data() else { return };
        let text = std::fs::read_to_string(folder.join("morphometrics/morphometrics.json")).unwrap();
        let doc: serde_json::Value = serde_json::from_str(&text).unwrap();
        for (name, case) in doc["cases"].as_object().unwrap() {
            let theirs = &case["lmeasure_type_gt_1"]["Fractal_Dim"];
            // L-Measure refuses one of the files.
            let Some(n) = theirs["n"].as_f64() else { continue };
            let path = folder.join("morphometrics").join(case["file"].as_str().unwrap());
            let ours = crate::morph::read_swc(path).unwrap().morphology.branch_dimensions(None);
            assert_eq!(ours.len() as f64, n, "{name}");
            let mean = ours.iter().sum::<f64>() / n;
            assert!((mean / theirs["mean"].as_f64().unwrap() - 1.0).abs() < 0.01, "{name}: {mean} {theirs}");
        }
    }
}
