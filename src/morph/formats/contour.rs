//! Somata drawn as contours: from a line round the cell body to one sample.
//!
//! Neurolucida and MorphIO store a soma as the outline that was drawn round it, or as several outlines on different
//! depths. In a tree an outline would be a neurite that closes on itself, so it becomes one soma sample: the mean of the
//! points, with their mean distance from it as radius. NeuroM takes the same centre and radius for a contour soma.

use super::{Warning, WarningCode};

/// The sample that stands for a soma given by points with radii: centre and radius, and the warning that it was not one
/// sample in the file. `None` where there are no points.
pub(super) fn one_sample(points: &[([f64; 3], f64)], line: Option<usize>) -> Option<([f64; 3], f64, Option<Warning>)> {
    match points {
        [] => None,
        [(position, radius)] => Some((*position, *radius, None)),
        _ => {
            let n = points.len() as f64;
            // Divided first: the sum of many large coordinates must not overflow.
            let centre: [f64; 3] = std::array::from_fn(|axis| points.iter().map(|(p, _)| p[axis] / n).sum());
            let distance = |p: &[f64; 3]| (0..3).map(|axis| (p[axis] - centre[axis]).powi(2)).sum::<f64>().sqrt();
            let radius = points.iter().map(|(p, _)| distance(p) / n).sum();
            let message = format!(
                "the soma is a contour of {} points: read as one sample, their mean, with their mean distance as radius",
                points.len()
            );
            Some((centre, radius, Some(Warning { code: WarningCode::SomaContour, line, message })))
        }
    }
}
