//! Rotation about an axis, or in all of space.

use rand::Rng as _;
use rand_distr::{Distribution, StandardNormal};
use serde::Deserialize;

use super::view::{Augmentation, View};
use crate::error::{Error, Result, did_you_mean};
use crate::run::seed::Rng;

/// What is left in place by a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// One coordinate axis: 0, 1 or 2.
    Fixed(usize),
    /// Nothing: any rotation of space.
    Any,
}

impl Axis {
    /// Reads `x`, `y`, `z` or `any`.
    ///
    /// # Errors
    /// On any other name.
    pub fn parse(name: &str) -> Result<Axis> {
        match name {
            "x" => Ok(Axis::Fixed(0)),
            "y" => Ok(Axis::Fixed(1)),
            "z" => Ok(Axis::Fixed(2)),
            "any" => Ok(Axis::Any),
            _ => {
                let hint = did_you_mean(name, ["any"]).map_or(String::new(), |n| format!("; did you mean `{n}`?"));
                Err(Error::value(format!("no rotation axis `{name}`{hint}")).help("use `x`, `y`, `z` or `any`"))
            }
        }
    }
}

/// How a rotation about an axis is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// A rotation by a uniform angle.
    #[default]
    Proper,
    /// What the published GraphDINO code does: a uniform rotation of space whose row and column of the axis are
    /// replaced by the unit vector. It squashes the plane across the axis by a factor uniform in (0, 1) along a random
    /// direction, and mirrors it half of the time.
    Published,
}

/// Rotates a view at random.
#[derive(Clone, Debug)]
pub struct Rotate {
    /// The axis that stays.
    pub axis: Axis,
    /// How the rotation is drawn.
    pub mode: Mode,
}

impl Augmentation for Rotate {
    fn apply(&self, view: &mut View, _floor: usize, rng: &mut Rng) {
        let matrix = match (self.axis, self.mode) {
            (Axis::Any, _) => uniform_rotation(rng),
            (Axis::Fixed(axis), Mode::Proper) => about(axis, rng.gen_range(0.0..std::f32::consts::TAU)),
            (Axis::Fixed(axis), Mode::Published) => {
                let mut m = uniform_rotation(rng);
                m[axis] = [0.0; 3];
                m.iter_mut().for_each(|row| row[axis] = 0.0);
                m[axis][axis] = 1.0;
                m
            }
        };
        for p in &mut view.position {
            let old = *p;
            *p = std::array::from_fn(|k| old[0] * matrix[0][k] + old[1] * matrix[1][k] + old[2] * matrix[2][k]);
        }
    }

    fn describe(&self) -> String {
        let axis = match self.axis {
            Axis::Fixed(axis) => ["x", "y", "z"][axis],
            Axis::Any => "any",
        };
        match self.mode {
            Mode::Proper => format!("rotate(\"{axis}\")"),
            Mode::Published => format!("rotate(\"{axis}\", #{{ mode: \"published\" }})"),
        }
    }
}

/// Rotation about a coordinate axis, for row vectors.
fn about(axis: usize, angle: f32) -> [[f32; 3]; 3] {
    let (sin, cos) = angle.sin_cos();
    let (a, b) = ((axis + 1) % 3, (axis + 2) % 3);
    let mut m = [[0.0; 3]; 3];
    m[axis][axis] = 1.0;
    m[a][a] = cos;
    m[b][b] = cos;
    m[a][b] = sin;
    m[b][a] = -sin;
    m
}

/// A rotation of space drawn uniformly: a random unit quaternion (Shoemake 1992).
fn uniform_rotation(rng: &mut Rng) -> [[f32; 3]; 3] {
    let [w, x, y, z] = loop {
        let q: [f32; 4] = std::array::from_fn(|_| StandardNormal.sample(rng));
        let norm = q.iter().map(|v| v * v).sum::<f32>().sqrt();
        if norm > 1e-6 {
            break q.map(|v| v / norm);
        }
    };
    [
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)],
        [2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)],
        [2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::seed::stream;

    fn gram(m: [[f32; 3]; 3]) -> [[f32; 3]; 3] {
        std::array::from_fn(|i| std::array::from_fn(|j| (0..3).map(|k| m[i][k] * m[j][k]).sum()))
    }

    #[test]
    fn rotations_keep_lengths_and_handedness() {
        let mut rng = stream(1, "test", 0);
        for m in [uniform_rotation(&mut rng), about(1, 0.7)] {
            for (i, row) in gram(m).iter().enumerate() {
                for (j, &g) in row.iter().enumerate() {
                    assert!((g - f32::from(i == j)).abs() < 1e-5, "{m:?}");
                }
            }
            let det = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
                - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
                + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
            assert!((det - 1.0).abs() < 1e-5);
        }
    }

    /// The published quirk, measured over 20,000 draws of the published code: smaller singular value
    /// 0.248/0.505/0.758 at the quartiles, half of the draws are reflections.
    #[test]
    fn the_published_mode_squashes_and_mirrors() {
        let mut rng = stream(2, "test", 0);
        let rotate = Rotate { axis: Axis::Fixed(1), mode: Mode::Published };
        let unit = View {
            position: vec![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            radius: vec![1.0; 3],
            kind: vec![1, 3, 3],
            parent: vec![crate::morph::NO_PARENT, 0, 1],
            sample: vec![0, 1, 2],
            anchor: 0,
        };
        let mut dets: Vec<f32> = (0..20_000)
            .map(|_| {
                let mut view = unit.clone();
                rotate.apply(&mut view, 2, &mut rng);
                assert_eq!(view.position[1], [0.0, 1.0, 0.0]);
                let (a, c) = (view.position[0], view.position[2]);
                // The larger singular value is 1, so the determinant is the smaller one, signed.
                a[0] * c[2] - a[2] * c[0]
            })
            .collect();
        let mirrored = dets.iter().filter(|&&d| d < 0.0).count() as f64 / 20_000.0;
        assert!((mirrored - 0.5).abs() < 0.02, "{mirrored}");
        dets.iter_mut().for_each(|d| *d = d.abs());
        dets.sort_by(f32::total_cmp);
        for (at, expected) in [(5_000, 0.248), (10_000, 0.505), (15_000, 0.758)] {
            assert!((dets[at] - expected).abs() < 0.02, "{} for {expected}", dets[at]);
        }
    }
}
