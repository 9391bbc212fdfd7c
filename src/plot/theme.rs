//! The look of all figures: sizes, line widths, and colours that colour-blind readers can tell apart.
//!
//! Classes are coloured with the palette of Okabe & Ito (2008, "Color Universal Design"). Its eight colours are all that
//! can safely be told apart, so the ninth class does not get a ninth hue: it begins again at the first colour with the
//! next marker shape. Eight colours times eight shapes tell 64 classes apart; the first 24 are circles, triangles and
//! squares. Continuous values are coloured with viridis, which is perceptually uniform and survives grey-scale print.

use plotters::style::RGBColor;

/// Sizes and colours shared by all figures. Text in points, lines and gaps in millimetres.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    /// Title of a figure.
    pub title_pt: f64,
    /// Axis labels and headings.
    pub label_pt: f64,
    /// Tick labels and legends.
    pub small_pt: f64,
    /// Axis lines and ticks.
    pub axis_mm: f64,
    /// Grid lines.
    pub grid_mm: f64,
    /// Lines of data.
    pub line_mm: f64,
    /// Length of a tick.
    pub tick_mm: f64,
    /// Gap between neighbours: title and panel, panel and legend.
    pub gap_mm: f64,
    /// Empty border of the figure.
    pub margin_mm: f64,
    /// Text, axes, scale bars.
    pub ink: Color,
    /// Grid lines.
    pub grid: Color,
    /// Cells without label or value.
    pub missing: Color,
}

/// The theme of printed figures: 7 to 9 points, thin lines, white background.
pub const PAPER: Theme = Theme {
    title_pt: 9.0,
    label_pt: 8.0,
    small_pt: 7.0,
    axis_mm: 0.2,
    grid_mm: 0.1,
    line_mm: 0.3,
    tick_mm: 0.8,
    gap_mm: 2.0,
    margin_mm: 1.5,
    ink: Color(0x1a, 0x1a, 0x1a),
    grid: Color(0xe2, 0xe2, 0xe2),
    missing: Color(0xbd, 0xbd, 0xbd),
};

/// A colour in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Color(pub u8, pub u8, pub u8);

impl Color {
    /// As CSS writes it, `#rrggbb`.
    pub fn css(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// The colour mixed with white: 0 leaves it, 1 makes it white.
    pub(super) fn faded(self, share: f64) -> Color {
        let mix = |v: u8| (f64::from(v) + share * (255.0 - f64::from(v))).round() as u8;
        Color(mix(self.0), mix(self.1), mix(self.2))
    }

    pub(super) fn plotters(self) -> RGBColor {
        RGBColor(self.0, self.1, self.2)
    }
}

/// Okabe & Ito's eight colours, the most legible on white first.
pub const PALETTE: [Color; 8] = [
    Color(0x00, 0x72, 0xb2), // blue
    Color(0xe6, 0x9f, 0x00), // orange
    Color(0x00, 0x9e, 0x73), // bluish green
    Color(0xd5, 0x5e, 0x00), // vermillion
    Color(0xcc, 0x79, 0xa7), // reddish purple
    Color(0x56, 0xb4, 0xe9), // sky blue
    Color(0x00, 0x00, 0x00), // black
    Color(0xf0, 0xe4, 0x42), // yellow
];

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

/// How many classes [`class_style`] tells apart.
pub const MAX_CLASSES: usize = PALETTE.len() * MARKERS.len();

/// Colour and marker of the class with this number; distinct for numbers below [`MAX_CLASSES`].
pub fn class_style(class: usize) -> (Color, Marker) {
    (PALETTE[class % PALETTE.len()], MARKERS[class / PALETTE.len() % MARKERS.len()])
}

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

/// Every sixteenth colour of viridis (van der Walt & Smith 2015, released as CC0), as matplotlib 3.11.2 has it.
const VIRIDIS: [Color; 17] = [
    Color(68, 1, 84),
    Color(72, 24, 106),
    Color(71, 45, 123),
    Color(66, 64, 134),
    Color(59, 82, 139),
    Color(51, 99, 141),
    Color(44, 114, 142),
    Color(38, 130, 142),
    Color(33, 145, 140),
    Color(31, 160, 136),
    Color(40, 174, 128),
    Color(63, 188, 115),
    Color(94, 201, 98),
    Color(132, 212, 75),
    Color(173, 220, 48),
    Color(216, 226, 25),
    Color(253, 231, 37),
];

/// The colour of a value from 0 (dark) to 1 (bright) on the sequential map; numbers outside are clamped.
pub fn sequential(value: f64) -> Color {
    let last = VIRIDIS.len() - 1;
    let at = value.clamp(0.0, 1.0) * last as f64;
    let below = (at as usize).min(last - 1);
    let mix = |a: u8, b: u8| (f64::from(a) + (at - below as f64) * (f64::from(b) - f64::from(a))).round() as u8;
    let (a, b) = (VIRIDIS[below], VIRIDIS[below + 1]);
    Color(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_class_has_its_own_look() {
        let looks: BTreeSet<_> = (0..MAX_CLASSES).map(class_style).collect();
        assert_eq!(looks.len(), 64);
    }

    #[test]
    fn markers_have_the_area_of_the_disc() {
        for marker in MARKERS {
            let Some(corners) = marker.corners(2.0) else { continue };
            let next = corners.iter().cycle().skip(1);
            let area = corners.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum::<f64>() / 2.0;
            assert!((area.abs() - 4.0 * std::f64::consts::PI).abs() < 1e-9, "{marker:?}: {area}");
        }
    }

    #[test]
    fn the_sequential_map_grows_lighter_all_the_way() {
        assert_eq!(sequential(-1.0).css(), "#440154");
        assert_eq!(sequential(2.0).css(), "#fde725");
        // Rec. 709 luma as a stand-in for lightness.
        let luma = |c: Color| 0.2126 * f64::from(c.0) + 0.7152 * f64::from(c.1) + 0.0722 * f64::from(c.2);
        let steps: Vec<_> = (0..=100).map(|i| luma(sequential(f64::from(i) / 100.0))).collect();
        assert!(steps.windows(2).all(|w| w[1] >= w[0]));
    }
}
