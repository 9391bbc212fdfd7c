//! A neuron in the characters of a terminal: each is a field of two by four dots (Unicode's Braille patterns).

use super::arbor::Plane;
use super::ticks::drawable;
use crate::error::{Error, Result};
use crate::morph::Morphology;

/// Dots of one character.
const DOTS: (usize, usize) = (2, 4);

/// The bit of each dot, by row and column (Unicode 15, Braille Patterns).
const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// Draws a neuron in at most `columns` by `rows` characters, y upwards, both axes at one scale, and a scale bar below it.
/// The soma is a disc of its radius, and at least one dot across.
///
/// # Errors
/// When there is no sample, when a position cannot be drawn, or there is no room: fewer than 8 columns or 3 rows.
pub fn preview(m: &Morphology, plane: Plane, columns: usize, rows: usize, unit: &str) -> Result<String> {
    if columns < 8 || rows < 3 {
        return Err(Error::value(format!("{columns} columns by {rows} rows have no room for a neuron")));
    }
    if m.is_empty() {
        return Err(Error::value(format!("`{}` has no sample to draw", m.name)));
    }
    let points: Vec<[f64; 2]> = m.position.iter().map(|&p| plane.project(p)).collect();
    if let Some(bad) = points.iter().position(|p| !p.iter().all(|&v| drawable(v))) {
        return Err(Error::value(format!("`{}`: sample {} cannot be drawn", m.name, m.id[bad])));
    }
    let bound = |axis: usize, pick: fn(f64, f64) -> f64| points.iter().map(|p| p[axis]).reduce(pick).unwrap_or(0.0);
    let (low, high) = ([bound(0, f64::min), bound(1, f64::min)], [bound(0, f64::max), bound(1, f64::max)]);
    // One row is the scale bar's.
    let room = [(columns * DOTS.0 - 1) as f64, ((rows - 1) * DOTS.1 - 1) as f64];
    let scale = (room[0] / (high[0] - low[0])).min(room[1] / (high[1] - low[1]));
    let scale = if scale.is_finite() { scale } else { 1.0 };
    let place = |p: [f64; 2]| [(p[0] - low[0]) * scale, (high[1] - p[1]) * scale];
    let height = (((high[1] - low[1]) * scale) as usize / DOTS.1 + 1).min(rows - 1);
    let mut dots = Dots::new(columns, height);
    for i in 0..m.len() {
        let end = place(points[i]);
        match m.parent_of(i) {
            Some(p) => dots.line(place(points[p]), end),
            None => dots.line(end, end),
        }
        if m.is_soma(i) {
            dots.disc(end, (m.radius[i].max(0.0) * scale).min(room[0]));
        }
    }
    let longest = 0.3 * columns as f64 * DOTS.0 as f64 / scale;
    Ok(format!("{}\n{}", dots.text(), scale_bar(longest, scale, unit)))
}

/// A line of a round length, 1, 2 or 5 times a power of ten, and what it stands for.
fn scale_bar(longest: f64, scale: f64, unit: &str) -> String {
    let power = 10f64.powf(longest.log10().floor());
    let length = [5.0, 2.0, 1.0].into_iter().map(|f| f * power).find(|&l| l <= longest).unwrap_or(power);
    let characters = (length * scale / DOTS.0 as f64).round().max(1.0) as usize;
    format!("{} {length} {unit}", "━".repeat(characters))
}

/// A field of dots.
struct Dots {
    columns: usize,
    rows: usize,
    bits: Vec<u8>,
}

impl Dots {
    fn new(columns: usize, rows: usize) -> Self {
        Dots { columns, rows, bits: vec![0; columns * rows] }
    }

    fn set(&mut self, x: f64, y: f64) {
        if x < -0.5 || y < -0.5 {
            return;
        }
        let (x, y) = (x.round() as usize, y.round() as usize);
        let (column, row) = (x / DOTS.0, y / DOTS.1);
        if column < self.columns && row < self.rows {
            self.bits[row * self.columns + column] |= BITS[y % DOTS.1][x % DOTS.0];
        }
    }

    fn line(&mut self, a: [f64; 2], b: [f64; 2]) {
        let steps = (b[0] - a[0]).abs().max((b[1] - a[1]).abs()).ceil().max(1.0);
        for step in 0..=steps as usize {
            let t = step as f64 / steps;
            self.set(a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]));
        }
    }

    fn disc(&mut self, centre: [f64; 2], radius: f64) {
        let reach = radius.ceil() as i64;
        for dy in -reach..=reach {
            for dx in -reach..=reach {
                if ((dx * dx + dy * dy) as f64) <= radius * radius {
                    self.set(centre[0] + dx as f64, centre[1] + dy as f64);
                }
            }
        }
    }

    fn text(&self) -> String {
        let character =
            |bits: u8| char::from_u32(0x2800 + u32::from(bits)).map_or(' ', |c| if bits == 0 { ' ' } else { c });
        let line = |row: &[u8]| row.iter().map(|&b| character(b)).collect::<String>().trim_end().to_string();
        self.bits.chunks(self.columns).map(line).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::parse_swc;

    #[test]
    fn a_cross_looks_like_a_cross() {
        let text = "1 3 0 0 0 1 -1\n2 3 10 0 0 1 1\n3 3 -10 0 0 1 1\n4 3 0 10 0 1 1\n5 3 0 -10 0 1 1\n";
        let m = parse_swc("cross", text.as_bytes()).unwrap().morphology;
        let drawn = preview(&m, Plane::Xy, 12, 6, "µm").unwrap();
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines.len(), 6);
        // 20 dots span 20 um, so the upright line is that of dot 10: the left one of the sixth character.
        assert_eq!(lines[0].chars().nth(5), Some('⡇'));
        assert!(lines[2].chars().take(10).all(|c| c != ' '), "{drawn}");
        assert_eq!(lines[5], "━━ 5 µm");
    }

    #[test]
    fn odd_neurons_are_drawn() {
        for text in ["1 1 0 0 0 0 -1\n", "1 3 7 7 7 1 -1\n2 3 7 7 7 1 1\n", "1 1 0 0 0 9e9 -1\n2 3 1 0 0 1 1\n"] {
            let m = parse_swc("odd", text.as_bytes()).unwrap().morphology;
            let drawn = preview(&m, Plane::Xz, 20, 8, "µm").unwrap();
            assert!(drawn.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c)), "{drawn}");
            assert!(preview(&m, Plane::Xy, 4, 8, "µm").is_err());
        }
    }
}
