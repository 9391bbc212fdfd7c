//! Cut arbors: ends piled on a plane.
//!
//! Where a slice cuts an arbor, all branches that crossed its surface end on it. So a thin layer at one face of the box
//! round a neuron holds many ends, and the layers beside it few.

use crate::morph::Morphology;

/// Thickness of the layer at a face, as a share of the neuron's extent along that axis.
const LAYER: f64 = 0.01;

/// Layers further in that the one at the face is compared with.
const BESIDE: usize = 5;

/// Ends in the layer that make a cut: at least so many,
const ENDS: usize = 5;
/// so large a share of all ends,
const SHARE: f64 = 0.05;
/// and so many times those of a layer beside it.
const TIMES: f64 = 5.0;

/// An axis along which a neuron is flatter than this share of its largest extent is not looked at: the ends of a
/// neuron traced in one plane all lie in it.
const FLAT: f64 = 0.05;

/// The face of the box with most ends piled on it: its name, and the share of all ends there. Nothing where no face has
/// a pile.
pub(super) fn cut(neuron: &Morphology) -> Option<(&'static str, f64)> {
    const FACES: [[&str; 2]; 3] = [["-x", "+x"], ["-y", "+y"], ["-z", "+z"]];
    let children = neuron.child_counts();
    let ends: Vec<[f64; 3]> =
        (0..neuron.len()).filter(|&i| children[i] == 0 && !neuron.is_soma(i)).map(|i| neuron.position[i]).collect();
    let (low, high) = neuron.bounds();
    let extent: [f64; 3] = std::array::from_fn(|axis| high[axis] - low[axis]);
    let largest = extent.into_iter().fold(0.0, f64::max);
    let mut worst: Option<(&'static str, f64)> = None;
    for axis in (0..3).filter(|&axis| extent[axis] > FLAT * largest) {
        let layer = LAYER * extent[axis];
        for (side, face) in FACES[axis].into_iter().enumerate() {
            let depth = |end: &[f64; 3]| if side == 0 { end[axis] - low[axis] } else { high[axis] - end[axis] };
            let within = |layers: f64| ends.iter().filter(|&end| depth(end) <= layers * layer).count();
            let piled = within(1.0);
            let beside = (within(1.0 + BESIDE as f64) - piled) as f64 / BESIDE as f64;
            let share = piled as f64 / ends.len().max(1) as f64;
            // Half an end per layer is what "none" may mean.
            let is_pile = piled >= ENDS && share >= SHARE && piled as f64 >= TIMES * beside.max(0.5);
            if is_pile && worst.is_none_or(|(_, most)| share > most) {
                worst = Some((face, share));
            }
        }
    }
    worst
}
