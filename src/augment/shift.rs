//! Jitter of each node and translation of the whole cell.

use rand_distr::{Distribution, StandardNormal};

use super::view::{Augmentation, View};
use crate::run::seed::Rng;

/// Adds independent Gaussian noise to every coordinate of every node, the soma included.
///
/// The published code calls its parameter a variance but uses it as this standard deviation.
#[derive(Clone, Debug)]
pub struct Jitter {
    /// Standard deviation, in the neuron's unit.
    pub sd: f64,
}

impl Augmentation for Jitter {
    fn apply(&self, view: &mut View, _floor: usize, rng: &mut Rng) {
        for p in &mut view.position {
            *p = p.map(|v| v + gauss(rng, self.sd));
        }
    }

    fn describe(&self) -> String {
        format!("jitter({:?})", self.sd)
    }
}

/// Moves the whole cell by one Gaussian vector, so that its place relative to the origin is not relied upon.
#[derive(Clone, Debug)]
pub struct Translate {
    /// Standard deviation of each component, in the neuron's unit.
    pub sd: f64,
}

impl Augmentation for Translate {
    fn apply(&self, view: &mut View, _floor: usize, rng: &mut Rng) {
        let by: [f32; 3] = std::array::from_fn(|_| gauss(rng, self.sd));
        for p in &mut view.position {
            *p = std::array::from_fn(|k| p[k] + by[k]);
        }
    }

    fn describe(&self) -> String {
        format!("translate({:?})", self.sd)
    }
}

fn gauss(rng: &mut Rng, sd: f64) -> f32 {
    let z: f32 = StandardNormal.sample(rng);
    z * sd as f32
}
