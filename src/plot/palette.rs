//! Colours that colour-blind readers can tell apart: for classes, for values, for values around a middle.
//!
//! Eight classes have the colours of Okabe & Ito (2008, "Color Universal Design"), which is all that names can be learnt
//! for. A scatter plot goes on with the next marker shape; areas, which have no shape, go on with colours chosen here: each of
//! [`EXTENDED`]'s is as far from all others as the nearest two of Okabe & Ito's are, to normal, deuteranope and protanope
//! eyes (a test measures it). Values are coloured by maps of even lightness: viridis and cividis grow lighter all the way,
//! the diverging one is lightest at its middle and equally dark at equal distances from it.

use plotters::style::RGBColor;
use serde::Deserialize;

use crate::error::{Error, Result};

/// A colour in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Color(pub u8, pub u8, pub u8);

impl Color {
    /// As CSS writes it, `#rrggbb`.
    pub fn css(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// The colour of a text `#rrggbb`.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<Self> {
        let digits = text.strip_prefix('#').filter(|d| d.len() == 6 && d.is_ascii());
        let channel = |at: usize| digits.and_then(|d| u8::from_str_radix(&d[at..at + 2], 16).ok());
        match (channel(0), channel(2), channel(4)) {
            (Some(r), Some(g), Some(b)) => Ok(Color(r, g, b)),
            _ => Err(Error::value(format!("`{text}` is no colour"))
                .help("a colour is written as six hexadecimal digits, such as \"#0072b2\"")),
        }
    }

    /// The colour mixed with another: 0 leaves it, 1 makes it the other.
    pub fn mixed(self, other: Color, share: f64) -> Color {
        let mix = |a: u8, b: u8| (f64::from(a) + share * (f64::from(b) - f64::from(a))).round() as u8;
        Color(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    /// Relative luminance (WCAG 2.2): 0 for black, 1 for white.
    pub fn luminance(self) -> f64 {
        let [r, g, b] = [self.0, self.1, self.2].map(linear);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    pub(super) fn plotters(self) -> RGBColor {
        RGBColor(self.0, self.1, self.2)
    }
}

/// A channel of sRGB as the share of light (IEC 61966-2-1).
fn linear(channel: u8) -> f64 {
    let c = f64::from(channel) / 255.0;
    if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

/// White paper.
pub(super) const WHITE: Color = Color(0xff, 0xff, 0xff);

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

/// The same hues for a dark background: what is dark on white is lifted, and black becomes the colour of the text.
pub(super) const DARK: [Color; 8] = [
    Color(0x56, 0xb4, 0xe9),
    Color(0xe6, 0x9f, 0x00),
    Color(0x00, 0xb0, 0x86),
    Color(0xe8, 0x6a, 0x17),
    Color(0xd9, 0x8a, 0xb8),
    Color(0x2f, 0x86, 0xd0),
    Color(0xe6, 0xe6, 0xe6),
    Color(0xf0, 0xe4, 0x42),
];

/// Colours for the ninth class and on, found by a search for the colour farthest from all others and from white.
pub(super) const EXTENDED: [Color; 16] = [
    Color(0, 0, 255),
    Color(0, 0, 136),
    Color(68, 51, 0),
    Color(170, 238, 153),
    Color(102, 102, 255),
    Color(0, 51, 119),
    Color(34, 85, 68),
    Color(119, 102, 51),
    Color(187, 170, 85),
    Color(51, 221, 170),
    Color(68, 85, 119),
    Color(68, 34, 204),
    Color(102, 153, 255),
    Color(204, 221, 255),
    Color(0, 85, 187),
    Color(34, 34, 68),
];

/// How values become colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColorMap {
    /// Dark violet to yellow (van der Walt & Smith 2015).
    #[default]
    Viridis,
    /// Dark blue to yellow, nearly the same to colour-blind eyes (Nuñez, Anderton & Renslow 2018).
    Cividis,
    /// White to dark blue: for shares and counts, where nothing should look like nothing.
    Blues,
    /// Blue over white to orange: for values around a middle.
    Diverging,
}

impl ColorMap {
    /// The colour of a value from 0 to 1; numbers outside are clamped.
    pub fn at(self, value: f64) -> Color {
        let stops = self.stops();
        let last = stops.len() - 1;
        let at = value.clamp(0.0, 1.0) * last as f64;
        let below = (at as usize).min(last - 1);
        stops[below].mixed(stops[below + 1], at - below as f64)
    }

    fn stops(self) -> &'static [Color] {
        match self {
            ColorMap::Viridis => &VIRIDIS,
            ColorMap::Cividis => &CIVIDIS,
            ColorMap::Blues => &BLUES,
            ColorMap::Diverging => &DIVERGING,
        }
    }
}

/// Every sixteenth colour of viridis (released as CC0), as matplotlib 3.11.2 has it.
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

/// Every sixteenth colour of cividis, as matplotlib 3.11.2 has it.
const CIVIDIS: [Color; 17] = [
    Color(0, 34, 78),
    Color(0, 46, 106),
    Color(26, 56, 111),
    Color(50, 67, 109),
    Color(67, 78, 108),
    Color(83, 90, 109),
    Color(97, 101, 111),
    Color(111, 112, 115),
    Color(125, 124, 120),
    Color(140, 136, 120),
    Color(155, 148, 118),
    Color(171, 160, 114),
    Color(188, 174, 108),
    Color(205, 187, 99),
    Color(222, 201, 88),
    Color(240, 216, 70),
    Color(254, 232, 56),
];

/// CIELAB lightness 35 to 96.5 to 35 in even steps, the hues of `#154c8a` and `#a63b00`.
const DIVERGING: [Color; 17] = [
    Color(33, 83, 145),
    Color(67, 101, 158),
    Color(95, 120, 172),
    Color(120, 139, 184),
    Color(145, 159, 197),
    Color(170, 180, 210),
    Color(194, 201, 222),
    Color(219, 223, 234),
    Color(245, 245, 245),
    Color(242, 218, 208),
    Color(234, 193, 175),
    Color(224, 168, 142),
    Color(212, 143, 112),
    Color(199, 119, 82),
    Color(184, 95, 53),
    Color(168, 71, 23),
    Color(151, 46, 0),
];

/// The blue half of [`DIVERGING`] from white on.
const BLUES: [Color; 9] = [
    Color(252, 252, 253),
    Color(219, 223, 234),
    Color(194, 201, 222),
    Color(170, 180, 210),
    Color(145, 159, 197),
    Color(120, 139, 184),
    Color(95, 120, 172),
    Color(67, 101, 158),
    Color(33, 83, 145),
];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// What eyes without working medium or long cones see, as factors of linear light: Machado, Oliveira & Fernandes
    /// (2009), table 1, severity 1.
    const DEUTERANOPE: [[f64; 3]; 3] =
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]];
    const PROTANOPE: [[f64; 3]; 3] =
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]];
    const NORMAL: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    fn times(m: &[[f64; 3]; 3], v: [f64; 3]) -> [f64; 3] {
        [0, 1, 2].map(|i| m[i].iter().zip(v).map(|(a, b)| a * b).sum())
    }

    /// CIELAB under D65 of a colour as some eyes see it.
    fn lab(color: Color, eyes: &[[f64; 3]; 3]) -> [f64; 3] {
        const XYZ: [[f64; 3]; 3] =
            [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]];
        let light = times(eyes, [color.0, color.1, color.2].map(linear)).map(|v| v.clamp(0.0, 1.0));
        let white = times(&XYZ, [1.0; 3]);
        let xyz = times(&XYZ, light);
        let f = [0, 1, 2].map(|i| match xyz[i] / white[i] {
            t if t > 216.0 / 24389.0 => t.cbrt(),
            t => (24389.0 / 27.0 * t + 16.0) / 116.0,
        });
        [116.0 * f[1] - 16.0, 500.0 * (f[0] - f[1]), 200.0 * (f[1] - f[2])]
    }

    fn nearest(colors: &[Color], eyes: &[[f64; 3]; 3]) -> f64 {
        let labs: Vec<_> = colors.iter().map(|&c| lab(c, eyes)).collect();
        let distance = |a: &[f64; 3], b: &[f64; 3]| a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt();
        let pairs = labs.iter().enumerate().flat_map(|(i, a)| labs[..i].iter().map(move |b| distance(a, b)));
        pairs.fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn classes_can_be_told_apart_by_all_eyes() {
        let all: Vec<Color> = PALETTE.into_iter().chain(EXTENDED).collect();
        for eyes in [&NORMAL, &DEUTERANOPE, &PROTANOPE] {
            // The nearest two of Okabe & Ito's own are 17.0 apart to deuteranopes; 2.3 is just noticeable.
            assert!(nearest(&PALETTE, eyes) > 17.0, "{}", nearest(&PALETTE, eyes));
            assert!(nearest(&all, eyes) > 17.0, "{}", nearest(&all, eyes));
            assert!(nearest(&DARK, eyes) > 12.0, "{}", nearest(&DARK, eyes));
        }
    }

    #[test]
    fn maps_are_even_in_lightness() {
        let lightness = |map: ColorMap, i: i32| lab(map.at(f64::from(i) / 64.0), &NORMAL)[0];
        for map in [ColorMap::Viridis, ColorMap::Cividis] {
            let steps: Vec<f64> = (0..64).map(|i| lightness(map, i + 1) - lightness(map, i)).collect();
            assert!(steps.iter().all(|&s| s > 0.2 && s < 2.5), "{map:?}: {steps:?}");
        }
        let falling: Vec<f64> = (0..64).map(|i| lightness(ColorMap::Blues, i)).collect();
        assert!(falling.is_sorted_by(|a, b| a >= b));
        for i in 0..=32 {
            let (low, high) = (lightness(ColorMap::Diverging, i), lightness(ColorMap::Diverging, 64 - i));
            assert!((low - high).abs() < 1.0, "{i}: {low} {high}");
        }
        assert_eq!(ColorMap::Viridis.at(-1.0).css(), "#440154");
        assert_eq!(ColorMap::Viridis.at(2.0).css(), "#fde725");
    }

    #[test]
    fn colours_are_read_as_css_writes_them() {
        assert_eq!(Color::parse("#0072b2").unwrap(), PALETTE[0]);
        for text in ["0072b2", "#0072b", "#0072bg", "blue", "#éé72b"] {
            assert!(Color::parse(text).unwrap_err().help.unwrap().contains("six"), "{text}");
        }
    }
}
