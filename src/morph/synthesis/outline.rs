//! The outline of a fan, and points scattered within it.

use std::f64::consts::TAU;

use rand::Rng as _;
use rand_distr::StandardNormal;

use super::class::Fan;
use super::vector::{Vector, along};
use super::walk::Cell;
use crate::run::seed::Rng;

/// An ellipse in the x-y plane that stands on the root, its radius swinging with the direction.
pub(super) struct Outline {
    half_width: f64,
    half_height: f64,
    /// Sideways shift of the ellipse per height.
    lean: f64,
    /// Depth and phase of the swings that repeat 2, 3, … times over the turn.
    swings: [(f64, f64); 6],
}

impl Outline {
    pub fn draw(fan: &Fan, cell: &Cell, rng: &mut Rng) -> Self {
        Outline {
            half_width: 0.5 * fan.width.draw(rng) * cell.size,
            half_height: 0.5 * fan.height.draw(rng) * cell.size,
            lean: fan.lean.draw(rng),
            swings: std::array::from_fn(|_| {
                (fan.swing * rng.sample::<f64, _>(StandardNormal), rng.gen_range(0.0..TAU))
            }),
        }
    }

    /// Whether the point at (x, y) from the root lies within.
    fn holds(&self, x: f64, y: f64) -> bool {
        let (x, y) = ((x - self.lean * y) / self.half_width, y / self.half_height - 1.0);
        let angle = x.atan2(y);
        let swing = |(k, &(depth, phase)): (i32, &(f64, f64))| depth * (f64::from(k) * angle + phase).sin();
        x.hypot(y) < 1.0 + (2..).zip(&self.swings).map(swing).sum::<f64>()
    }

    /// Points at a mean distance of `spacing` (µm) from their neighbours: a triangular grid, jittered and thinned out.
    pub fn scatter(&self, root: Vector, fan: &Fan, spacing: f64, rng: &mut Rng) -> Vec<Vector> {
        let span = 4.0 * self.half_height.max(self.half_width);
        let rows = (span / (spacing * 0.866)) as i64;
        let columns = (span / spacing) as i64;
        let mut points = Vec::new();
        for row in -rows..=rows {
            for column in -columns..=columns {
                let x = (column as f64 + 0.5 * row.rem_euclid(2) as f64 + rng.gen_range(-0.5..0.5)) * spacing;
                let y = (row as f64 * 0.866 + rng.gen_range(-0.5..0.5)) * spacing;
                if self.holds(x, y) && rng.r#gen::<f64>() > fan.gaps {
                    let z = fan.thickness * rng.sample::<f64, _>(StandardNormal);
                    points.push(along(root, 1.0, [x, y, z]));
                }
            }
        }
        points
    }
}
