//! The few operations on points and directions in space that growth needs.

use rand::Rng as _;
use rand_distr::StandardNormal;

use crate::run::seed::Rng;

/// A point (µm) or a direction; y points to the pia.
pub(super) type Vector = [f64; 3];

pub(super) const UP: Vector = [0.0, 1.0, 0.0];

/// `a + s·b`.
pub(super) fn along(a: Vector, s: f64, b: Vector) -> Vector {
    [a[0] + s * b[0], a[1] + s * b[1], a[2] + s * b[2]]
}

pub(super) fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(super) fn distance(a: Vector, b: Vector) -> f64 {
    let d = along(a, -1.0, b);
    dot(d, d).sqrt()
}

/// The direction of `a`; straight up for a vector too short to have one.
pub(super) fn unit(a: Vector) -> Vector {
    let length = dot(a, a).sqrt();
    if length < 1e-12 { UP } else { a.map(|x| x / length) }
}

/// A vector of three independent standard normal numbers.
pub(super) fn noise(rng: &mut Rng) -> Vector {
    std::array::from_fn(|_| rng.sample(StandardNormal))
}

/// A direction at right angles to the unit vector `axis`, turned about it by chance.
pub(super) fn perpendicular(axis: Vector, rng: &mut Rng) -> Vector {
    loop {
        let v = noise(rng);
        let across = along(v, -dot(v, axis), axis);
        // Chance may lay `v` along the axis, where the remainder has no direction.
        if dot(across, across) > 1e-6 {
            return unit(across);
        }
    }
}

/// The unit vector `axis` tilted by `angle` (radians) towards the unit vector `across` at right angles to it.
pub(super) fn tilted(axis: Vector, angle: f64, across: Vector) -> Vector {
    unit(along(axis.map(|x| x * angle.cos()), angle.sin(), across))
}
