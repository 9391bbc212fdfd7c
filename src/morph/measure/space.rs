//! Vectors in space: the few operations that angles need.

/// A point or a direction.
pub(super) type Vector = [f64; 3];

pub(super) fn from_to(a: Vector, b: Vector) -> Vector {
    [b[0] - a[0], b[1] - a[1], b[2] - a[2]]
}

pub(super) fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(super) fn cross(a: Vector, b: Vector) -> Vector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

pub(super) fn norm(a: Vector) -> f64 {
    dot(a, a).sqrt()
}

pub(super) fn midpoint(a: Vector, b: Vector) -> Vector {
    std::array::from_fn(|axis| 0.5 * (a[axis] + b[axis]))
}

/// Angle at `corner` between the directions to `a` and `b`, in radians from 0 to pi; 0 where one has no length.
///
/// By the arc tangent of sine and cosine, which keeps its precision near 0 and pi, where the arc cosine loses half of it.
pub(super) fn angle_at(corner: Vector, a: Vector, b: Vector) -> f64 {
    angle(from_to(corner, a), from_to(corner, b))
}

/// Angle between two directions, as [`angle_at`].
pub(super) fn angle(u: Vector, v: Vector) -> f64 {
    norm(cross(u, v)).atan2(dot(u, v))
}
