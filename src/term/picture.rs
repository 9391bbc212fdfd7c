//! Pictures in the terminal: by the graphics protocol that it has, else in half blocks.
//!
//! Which protocol a terminal has is told by its environment. Asking it by escape sequences would have to read its answer,
//! and a terminal that knows none would show the question.

use std::io::IsTerminal;

use base64::Engine as _;

use super::{printer, table};
use crate::error::{Error, Result};

/// How pictures are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Kitty's graphics protocol, which WezTerm and Ghostty have as well.
    Kitty,
    /// DEC's sixels.
    Sixel,
    /// `▀` in two colours of 24 bits.
    Blocks,
    /// The same in the 256 colours of older terminals.
    FewColors,
}

/// Shows a picture, given as PNG; false where standard output is no terminal, and nothing was written.
///
/// # Errors
/// When the bytes are no PNG.
pub fn show(png: &[u8]) -> Result<bool> {
    if !std::io::stdout().is_terminal() {
        return Ok(false);
    }
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    match way(&variable) {
        Way::Kitty => printer::raw(kitty(png).as_bytes()),
        Way::Sixel => printer::raw(sixel(&Pixels::of(png)?.fitted(800, 600)).as_bytes()),
        other => {
            let (columns, rows) = table::size().unwrap_or((80, 24));
            let small = Pixels::of(png)?.fitted(columns.clamp(10, 160), 2 * rows.saturating_sub(2).clamp(5, 60));
            printer::raw(blocks(&small, other == Way::FewColors).as_bytes());
        }
    }
    Ok(true)
}

fn way(variable: &dyn Fn(&str) -> String) -> Way {
    let (term, program) = (variable("TERM"), variable("TERM_PROGRAM"));
    // Inside tmux and screen only blocks arrive whole.
    if term.starts_with("tmux") || term.starts_with("screen") || !variable("TMUX").is_empty() {
        return if matches!(variable("COLORTERM").as_str(), "truecolor" | "24bit") {
            Way::Blocks
        } else {
            Way::FewColors
        };
    }
    match () {
        () if term.contains("kitty")
            || term.contains("ghostty")
            || matches!(program.as_str(), "WezTerm" | "ghostty") =>
        {
            Way::Kitty
        }
        () if term.starts_with("foot") || term.starts_with("mlterm") || term.contains("sixel") => Way::Sixel,
        () if matches!(variable("COLORTERM").as_str(), "truecolor" | "24bit") => Way::Blocks,
        () => Way::FewColors,
    }
}

/// A picture in pieces of 4096 characters, as the protocol asks.
fn kitty(png: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(png);
    let mut out = String::new();
    let pieces = text.len().div_ceil(4096);
    for (at, piece) in text.as_bytes().chunks(4096).enumerate() {
        let head = if at == 0 { "a=T,f=100," } else { "" };
        let more = u8::from(at + 1 < pieces);
        // Base64 is ASCII.
        out += &format!("\x1b_G{head}m={more};{}\x1b\\", String::from_utf8_lossy(piece));
    }
    out + "\n"
}

/// A picture of colours over white.
struct Pixels {
    width: usize,
    height: usize,
    rgb: Vec<[u8; 3]>,
}

impl Pixels {
    fn of(png: &[u8]) -> Result<Self> {
        let broken = |e: png::DecodingError| Error::internal(format!("a figure's picture cannot be read: {e}"));
        let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(broken)?;
        let size = reader.output_buffer_size().ok_or_else(|| Error::internal("a figure's picture is too large"))?;
        let mut bytes = vec![0; size];
        let info = reader.next_frame(&mut bytes).map_err(broken)?;
        let samples = info.color_type.samples();
        let over_white = |pixel: &[u8]| {
            let alpha = if samples % 2 == 0 { u32::from(pixel[samples - 1]) } else { 255 };
            let color = |at: usize| {
                let value = u32::from(pixel[if samples < 3 { 0 } else { at }]);
                ((value * alpha + 255 * (255 - alpha)) / 255) as u8
            };
            [color(0), color(1), color(2)]
        };
        let rgb = bytes[..info.buffer_size()].chunks_exact(samples).map(over_white).collect();
        Ok(Pixels { width: info.width as usize, height: info.height as usize, rgb })
    }

    /// The picture made small enough, each pixel the mean of those that it stands for.
    fn fitted(&self, width: usize, height: usize) -> Pixels {
        let scale = (width as f64 / self.width as f64).min(height as f64 / self.height as f64).min(1.0);
        let size = |n: usize| ((n as f64 * scale) as usize).max(1);
        let (columns, rows) = (size(self.width), size(self.height));
        let span = |at: usize, of: usize, from: usize| (at * from / of, ((at + 1) * from / of).max(at * from / of + 1));
        let mut rgb = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            let (top, bottom) = span(row, rows, self.height);
            for column in 0..columns {
                let (left, right) = span(column, columns, self.width);
                let mut sum = [0_u64; 3];
                for y in top..bottom {
                    for pixel in &self.rgb[y * self.width + left..y * self.width + right] {
                        (0..3).for_each(|c| sum[c] += u64::from(pixel[c]));
                    }
                }
                let count = ((bottom - top) * (right - left)) as u64;
                rgb.push(sum.map(|s| (s / count) as u8));
            }
        }
        Pixels { width: columns, height: rows, rgb }
    }

    fn at(&self, column: usize, row: usize) -> [u8; 3] {
        self.rgb.get(row * self.width + column).filter(|_| row < self.height).copied().unwrap_or([255; 3])
    }
}

/// Two pixels in each character: the upper one its colour, the lower one its ground.
fn blocks(pixels: &Pixels, few_colors: bool) -> String {
    let code = |layer: u8, [r, g, b]: [u8; 3]| match few_colors {
        true => format!("\x1b[{layer};5;{}m", nearest(r, g, b)),
        false => format!("\x1b[{layer};2;{r};{g};{b}m"),
    };
    let mut out = String::new();
    for row in (0..pixels.height).step_by(2) {
        for column in 0..pixels.width {
            out += &code(38, pixels.at(column, row));
            out += &code(48, pixels.at(column, row + 1));
            out.push('▀');
        }
        out += "\x1b[0m\n";
    }
    out
}

/// The nearest colour of the cube of 6 by 6 by 6.
fn nearest(r: u8, g: u8, b: u8) -> u16 {
    let step = |value: u8| (u16::from(value) * 5 + 127) / 255;
    16 + 36 * step(r) + 6 * step(g) + step(b)
}

/// Sixels in the colours of the same cube: bands of six rows, a line for each colour in them.
fn sixel(pixels: &Pixels) -> String {
    let mut out = String::from("\x1bPq");
    for color in 0..216_u16 {
        let part = |n: u16| n * 100 / 5;
        out += &format!("#{color};2;{};{};{}", part(color / 36), part(color / 6 % 6), part(color % 6));
    }
    for band in (0..pixels.height).step_by(6) {
        let color_at = |column: usize, row: usize| {
            let [r, g, b] = pixels.at(column, row);
            nearest(r, g, b) - 16
        };
        let rows = band..(band + 6).min(pixels.height);
        let mut used: Vec<u16> =
            rows.clone().flat_map(|row| (0..pixels.width).map(move |c| color_at(c, row))).collect();
        used.sort_unstable();
        used.dedup();
        for color in used {
            out += &format!("#{color}");
            for column in 0..pixels.width {
                let bits = rows
                    .clone()
                    .filter(|row| color_at(column, *row) == color)
                    .map(|row| 1_u8 << (row - band))
                    .sum::<u8>();
                out.push(char::from(63 + bits));
            }
            out.push('$');
        }
        out.push('-');
    }
    out + "\x1b\\\n"
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn two_by_two() -> Pixels {
        Pixels { width: 2, height: 2, rgb: vec![[255, 0, 0], [255; 3], [0; 3], [0, 0, 255]] }
    }

    #[test]
    fn the_way_is_told_by_the_environment() {
        let with = |given: &'static [(&str, &str)]| {
            way(&|name| given.iter().find(|(n, _)| *n == name).map_or(String::new(), |(_, v)| v.to_string()))
        };
        assert_eq!(with(&[("TERM", "xterm-kitty")]), Way::Kitty);
        assert_eq!(with(&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/x")]), Way::FewColors);
        assert_eq!(with(&[("TERM", "foot")]), Way::Sixel);
        assert_eq!(with(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), Way::Blocks);
        assert_eq!(with(&[]), Way::FewColors);
    }

    #[test]
    fn pictures_are_read_made_small_and_drawn() {
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, 2, 2);
        encoder.set_color(png::ColorType::Rgba);
        let bytes = [[255, 0, 0, 255], [0, 0, 0, 0], [0, 0, 0, 255], [0, 0, 255, 255]].concat();
        encoder.write_header().unwrap().write_image_data(&bytes).unwrap();
        let pixels = Pixels::of(&png).unwrap();
        assert_eq!(pixels.rgb, two_by_two().rgb);
        assert_eq!(pixels.fitted(1, 1).rgb, [[127, 63, 127]]);
        assert!(Pixels::of(b"no picture").is_err());
        let drawn = blocks(&pixels, false);
        assert_eq!(drawn, "\x1b[38;2;255;0;0m\x1b[48;2;0;0;0m▀\x1b[38;2;255;255;255m\x1b[48;2;0;0;255m▀\x1b[0m\n");
        assert!(blocks(&pixels, true).starts_with("\x1b[38;5;196m\x1b[48;5;16m▀"));
    }

    #[test]
    fn graphics_are_wrapped_as_their_protocols_ask() {
        let long = kitty(&[7; 5000]);
        assert!(long.starts_with("\x1b_Ga=T,f=100,m=1;") && long.matches("\x1b\\").count() == 2, "{long}");
        let sixels = sixel(&two_by_two());
        assert!(sixels.starts_with("\x1bPq#0;2;0;0;0#1;2;0;0;20"), "{sixels}");
        // Red stands in the first column's upper pixel, blue in the second's lower one.
        assert!(sixels.contains("#180@?$") && sixels.contains("#5?A$") && sixels.ends_with("-\x1b\\\n"), "{sixels}");
    }
}
