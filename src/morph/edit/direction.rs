//! Directions, points and factors as options give them: a word, one number or three.

use std::fmt;

use serde::de::{self, SeqAccess, Visitor};

use crate::error::{Error, Result};

/// A direction in space, of length 1.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(try_from = "Given")]
pub struct Direction([f64; 3]);

impl Direction {
    /// Along the x axis.
    pub const X: Direction = Direction([1.0, 0.0, 0.0]);
    /// Along the y axis.
    pub const Y: Direction = Direction([0.0, 1.0, 0.0]);
    /// Along the z axis.
    pub const Z: Direction = Direction([0.0, 0.0, 1.0]);

    /// The direction of a vector.
    ///
    /// # Errors
    /// When it has none: its length is 0 or not finite.
    pub fn of(vector: [f64; 3]) -> Result<Self> {
        // Scaled first, so that squares neither vanish nor overflow.
        let largest = vector.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        if largest == 0.0 || vector.iter().any(|v| !v.is_finite()) {
            return Err(Error::value(format!("{vector:?} is no direction, expected three numbers that are not all 0")));
        }
        let scaled = vector.map(|v| v / largest);
        let length = scaled.iter().map(|v| v * v).sum::<f64>().sqrt();
        Ok(Direction(scaled.map(|v| v / length)))
    }

    /// An axis by name: `x`, `y`, `z`, or `-x`, `-y`, `-z` for the opposite direction.
    ///
    /// # Errors
    /// On any other name.
    pub fn parse(name: &str) -> Result<Self> {
        let (sign, axis) = name.strip_prefix('-').map_or((1.0, name), |axis| (-1.0, axis));
        match axis {
            "x" => Ok(Direction([sign, 0.0, 0.0])),
            "y" => Ok(Direction([0.0, sign, 0.0])),
            "z" => Ok(Direction([0.0, 0.0, sign])),
            _ => Err(Error::value(format!("`{name}` is no axis, expected x, y, z, -x, -y, -z or three numbers"))),
        }
    }

    /// Its three components.
    pub fn components(self) -> [f64; 3] {
        self.0
    }
}

impl TryFrom<Given> for Direction {
    type Error = Error;

    fn try_from(given: Given) -> Result<Self> {
        match given {
            Given::Word(name) => Direction::parse(&name),
            Given::Three(vector) => Direction::of(vector),
            Given::One(x) => Err(Error::value(format!("`{x}` is no direction, expected an axis or three numbers"))),
        }
    }
}

/// What stands in an options map where several kinds of value may.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    Word(String),
    One(f64),
    Three([f64; 3]),
}

impl<'de> serde::Deserialize<'de> for Given {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(GivenVisitor)
    }
}

struct GivenVisitor;

impl<'de> Visitor<'de> for GivenVisitor {
    type Value = Given;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word, a number or three numbers")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> std::result::Result<Given, E> {
        Ok(Given::Word(word.to_string()))
    }

    fn visit_f64<E: de::Error>(self, x: f64) -> std::result::Result<Given, E> {
        Ok(Given::One(x))
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> std::result::Result<Given, E> {
        Ok(Given::One(n as f64))
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> std::result::Result<Given, E> {
        Ok(Given::One(n as f64))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Given, A::Error> {
        let mut items: Vec<f64> = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        let three = <[f64; 3]>::try_from(items.as_slice());
        three.map(Given::Three).map_err(|_| de::Error::invalid_length(items.len(), &"three numbers"))
    }
}

/// Rotation matrices act on column vectors.
pub(super) type Rotation = [[f64; 3]; 3];

/// The rotation about an axis by an angle in degrees, counterclockwise for whom the axis points at (Rodrigues).
pub(super) fn about(axis: Direction, degrees: f64) -> Rotation {
    let [x, y, z] = axis.0;
    let (sin, cos) = sin_cos_degrees(degrees);
    let c = 1.0 - cos;
    [
        [cos + x * x * c, x * y * c - z * sin, x * z * c + y * sin],
        [y * x * c + z * sin, cos + y * y * c, y * z * c - x * sin],
        [z * x * c - y * sin, z * y * c + x * sin, cos + z * z * c],
    ]
}

/// Sine and cosine that are exact at multiples of 90 degrees, so that quarter turns keep coordinates clean.
fn sin_cos_degrees(degrees: f64) -> (f64, f64) {
    match degrees.rem_euclid(360.0) {
        0.0 => (0.0, 1.0),
        90.0 => (1.0, 0.0),
        180.0 => (0.0, -1.0),
        270.0 => (-1.0, 0.0),
        rest => rest.to_radians().sin_cos(),
    }
}

/// The shortest rotation that takes one direction to another.
pub(super) fn between(from: Direction, to: Direction) -> Rotation {
    let (u, v) = (from.0, to.0);
    let axis = cross(u, v);
    let (sin, cos) = (dot(axis, axis).sqrt(), dot(u, v));
    match Direction::of(axis) {
        Ok(axis) if sin > 1e-12 => about(axis, sin.atan2(cos).to_degrees()),
        // Along each other already, or opposite: then half a turn about anything at right angles.
        _ if cos > 0.0 => about(Direction::X, 0.0),
        _ => about(Direction(across(u)), 180.0),
    }
}

/// A unit vector at right angles to a unit vector: the first of x, y and z that is least along it, straightened.
pub(super) fn across(u: [f64; 3]) -> [f64; 3] {
    let least = (0..3).min_by(|&a, &b| u[a].abs().total_cmp(&u[b].abs())).unwrap_or(0);
    let mut v: [f64; 3] = std::array::from_fn(|k| -u[least] * u[k]);
    v[least] += 1.0;
    let length = dot(v, v).sqrt();
    v.map(|x| x / length)
}

pub(super) fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

pub(super) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(super) fn turned(rotation: &Rotation, p: [f64; 3]) -> [f64; 3] {
    rotation.map(|row| dot(row, p))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn close(a: [f64; 3], b: [f64; 3]) -> bool {
        a.iter().zip(b).all(|(x, y)| (x - y).abs() < 1e-12)
    }

    #[test]
    fn turns_follow_the_right_hand() {
        assert_eq!(turned(&about(Direction::Z, 90.0), [1.0, 0.0, 0.0]), [0.0, 1.0, 0.0]);
        assert_eq!(turned(&about(Direction::X, -90.0), [0.0, 1.0, 0.0]), [0.0, 0.0, -1.0]);
        let diagonal = Direction::of([1e200, 1e200, 1e200]).unwrap();
        assert!(close(turned(&about(diagonal, 120.0), [1.0, 0.0, 0.0]), [0.0, 1.0, 0.0]));
    }

    #[test]
    fn the_shortest_turn_takes_one_direction_to_the_other() {
        let directions = [[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.3, -2.0, 0.5], [0.0, 0.0, 1e-30], [-0.3, 2.0, -0.5]];
        for from in directions {
            for to in directions {
                let (from, to) = (Direction::of(from).unwrap(), Direction::of(to).unwrap());
                assert!(close(turned(&between(from, to), from.components()), to.components()), "{from:?} {to:?}");
            }
        }
        assert!(Direction::of([0.0; 3]).is_err() && Direction::of([f64::NAN, 1.0, 0.0]).is_err());
        assert_eq!(Direction::parse("-y").unwrap().components(), [0.0, -1.0, 0.0]);
        assert!(Direction::parse("w").is_err());
    }
}
