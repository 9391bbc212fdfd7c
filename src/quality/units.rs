//! Units: a cell in nanometres or voxels among cells in micrometres.

use super::{FEW, robust};

/// A cell is flagged where its extent is larger or smaller than the median by this factor,
const FACTOR: f64 = 10.0;
/// and its logarithm lies so many robust standard deviations from the median of the logarithms.
const DEVIATIONS: f64 = 5.0;

/// Each cell's extent in medians of all extents, and whether that is out of range. Extents of 0 are not judged.
pub(super) fn ratios(extents: &[f64]) -> Vec<(f64, bool)> {
    let logarithms: Vec<f64> = extents.iter().filter(|&&e| e > 0.0).map(|e| e.log10()).collect();
    let (centre, spread) = robust(&logarithms);
    let judged = logarithms.len() >= FEW;
    let ratio = |&extent: &f64| {
        let off = (extent.log10() - centre).abs();
        (extent / 10f64.powf(centre), judged && extent > 0.0 && off > FACTOR.log10() && off > DEVIATIONS * spread)
    };
    extents.iter().map(ratio).collect()
}
