//! Shapes of points.

/// Shape of a point, all of equal area at equal radius.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Marker {
    /// Disc.
    Circle,
    /// Triangle, point up.
    Triangle,
    /// Square.
    Square,
    /// Square on its corner.
    Diamond,
    /// Triangle, point down.
    TriangleDown,
    /// Upright cross.
    Plus,
    /// Diagonal cross.
    Cross,
    /// Five-pointed star.
    Star,
}

pub(super) const MARKERS: [Marker; 8] = [
    Marker::Circle,
    Marker::Triangle,
    Marker::Square,
    Marker::Diamond,
    Marker::TriangleDown,
    Marker::Plus,
    Marker::Cross,
    Marker::Star,
];

impl Marker {
    /// Corners around the origin, y down, of a shape with the area of a disc of radius `r`; `None` for the disc itself.
    pub(super) fn corners(self, r: f64) -> Option<Vec<(f64, f64)>> {
        use std::f64::consts::{FRAC_PI_4, PI};
        let area = PI * r * r;
        // Regular polygon of n corners and circumradius c has area n/2 c² sin(2π/n); the first corner points up.
        let polygon = |n: usize, turn: f64| {
            let c = (2.0 * area / (n as f64 * (2.0 * PI / n as f64).sin())).sqrt();
            (0..n).map(|k| turn + 2.0 * PI * k as f64 / n as f64).map(|a| (c * a.sin(), -c * a.cos())).collect()
        };
        // A cross of five unit squares: arm half-width h has area 20 h².
        let cross = |turn: f64| {
            let h = (area / 20.0).sqrt();
            let arm = [(-1.0, -3.0), (1.0, -3.0), (1.0, -1.0)];
            let quarter = |q: usize| {
                let (sin, cos) = (turn + q as f64 * PI / 2.0).sin_cos();
                arm.map(|(x, y)| (h * (x * cos - y * sin), h * (x * sin + y * cos)))
            };
            (0..4).flat_map(quarter).collect()
        };
        Some(match self {
            Marker::Circle => return None,
            Marker::Triangle => polygon(3, 0.0),
            Marker::TriangleDown => polygon(3, PI),
            Marker::Square => polygon(4, FRAC_PI_4),
            Marker::Diamond => polygon(4, 0.0),
            Marker::Plus => cross(0.0),
            Marker::Cross => cross(FRAC_PI_4),
            Marker::Star => {
                // Ten triangles between outer corners (radius c) and inner ones (radius 0.45 c).
                let c = (area / (5.0 * 0.45 * (PI / 5.0).sin())).sqrt();
                let corner = |k: usize| (if k.is_multiple_of(2) { c } else { 0.45 * c }, PI * k as f64 / 5.0);
                (0..10).map(corner).map(|(r, a)| (r * a.sin(), -r * a.cos())).collect()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_have_the_area_of_the_disc() {
        for marker in MARKERS {
            let Some(corners) = marker.corners(2.0) else { continue };
            let next = corners.iter().cycle().skip(1);
            let area = corners.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum::<f64>() / 2.0;
            assert!((area.abs() - 4.0 * std::f64::consts::PI).abs() < 1e-9, "{marker:?}: {area}");
        }
    }
}
