//! The one font of all figures: its metrics, and its registration with the libraries that draw text.
//!
//! A subset of DejaVu Sans is part of the program (see `font/README.md`), so a figure looks the same on a laptop, on a
//! cluster node without fonts, and in a browser, which gets the font inside the SVG. Characters outside of the subset
//! are drawn by a browser's own fonts, and as an empty box in PNG.

use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plotters::style::{FontStyle, register_font};
use resvg::usvg::fontdb::Database;
use ttf_parser::Face;

const BYTES: &[u8] = include_bytes!("font/DejaVuSans-subset.ttf");

/// The CSS font family of every text; the fallbacks serve characters that the subset lacks.
pub(super) const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// Millimetres in a typographic point.
pub(super) const MM_PER_PT: f64 = 25.4 / 72.0;

/// Height of a capital letter, in ems.
pub(super) const CAP_HEIGHT: f64 = 0.729;

/// Distance of baselines, in ems.
pub(super) const LINE_HEIGHT: f64 = 1.25;

static FACE: LazyLock<Face<'static>> =
    LazyLock::new(|| Face::parse(BYTES, 0).expect("the bundled font is a valid TrueType file"));

static DATABASE: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(BYTES.to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    Arc::new(fonts)
});

static PDF_DATABASE: LazyLock<Arc<svg2pdf::usvg::fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = svg2pdf::usvg::fontdb::Database::new();
    fonts.load_font_data(BYTES.to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    Arc::new(fonts)
});

static FACE_RULE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "@font-face{{font-family:'DejaVu Sans';src:url(data:font/ttf;base64,{}) format('truetype')}}",
        STANDARD.encode(BYTES)
    )
});

static PLOTTERS: LazyLock<()> = LazyLock::new(|| {
    // plotters looks fonts up by the very string that it writes as `font-family`.
    if register_font(FAMILY, FontStyle::Normal, BYTES).is_err() {
        unreachable!("the bundled font is a valid TrueType file");
    }
});

/// Makes the font known to plotters; cheap after the first call.
pub(super) fn register_with_plotters() {
    LazyLock::force(&PLOTTERS);
}

/// The font database of the PNG renderer: the bundled font and none of the system's.
pub(super) fn database() -> Arc<Database> {
    Arc::clone(&DATABASE)
}

/// The same for the PDF writer, which has a renderer's library of its own version.
pub(super) fn pdf_database() -> Arc<svg2pdf::usvg::fontdb::Database> {
    Arc::clone(&PDF_DATABASE)
}

/// The CSS rule that embeds the font into an SVG.
pub(super) fn face_rule() -> &'static str {
    &FACE_RULE
}

/// Width of one line of text in millimetres at `pt` points. A character outside of the font counts as one em.
pub(super) fn width(text: &str, pt: f64) -> f64 {
    let per_em = f64::from(FACE.units_per_em());
    let advance = |c| FACE.glyph_index(c).and_then(|g| FACE.glyph_hor_advance(g)).map_or(per_em, f64::from);
    text.chars().map(advance).sum::<f64>() / per_em * pt * MM_PER_PT
}

/// Height in millimetres that `lines` lines of text take at `pt` points.
pub(super) fn height(lines: usize, pt: f64) -> f64 {
    lines as f64 * LINE_HEIGHT * pt * MM_PER_PT
}

/// Breaks a text into lines of at most `max_width` millimetres, at most `max_lines` of them: at white space, and inside
/// a word that is too long for a line. A text that needs more lines ends with an ellipsis.
pub(super) fn wrap(text: &str, pt: f64, max_width: f64, max_lines: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        let joined = if line.is_empty() { word.to_string() } else { format!("{line} {word}") };
        if width(&joined, pt) <= max_width {
            *line = joined;
            continue;
        }
        if !line.is_empty() {
            lines.push(String::new());
        }
        for c in word.chars() {
            let line = lines.last_mut().expect("there is always a line");
            line.push(c);
            if width(line, pt) > max_width && line.chars().count() > 1 {
                line.pop();
                lines.push(c.to_string());
            }
        }
    }
    if lines.len() > max_lines.max(1) {
        lines.truncate(max_lines.max(1));
        let last = lines.last_mut().expect("there is always a line");
        while !last.is_empty() && width(&format!("{last}…"), pt) > max_width {
            last.pop();
        }
        last.truncate(last.trim_end().len());
        last.push('…');
    }
    lines
}

/// The text without characters that XML forbids or that would break a line.
pub(super) fn printable(text: &str) -> String {
    let allowed = |c: char| !c.is_control() && c != '\u{fffe}' && c != '\u{ffff}';
    text.chars().map(|c| if allowed(c) { c } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_the_sums_of_the_advances() {
        // DejaVu Sans 2.37: 2048 units per em, advance of `n` 1298, of the space 651 (fontTools 4.68.0, `hmtx` table).
        let mm = |units: f64| units / 2048.0 * 10.0 * 25.4 / 72.0;
        assert!((width("n", 10.0) - mm(1298.0)).abs() < 1e-9);
        assert!((width("n n", 10.0) - mm(2.0 * 1298.0 + 651.0)).abs() < 1e-9);
        assert!((width("漢", 10.0) - mm(2048.0)).abs() < 1e-9);
    }

    #[test]
    fn the_font_has_what_axis_labels_need() {
        for c in "azAZ09µμ²³±–—…×−⁻⁰¹⁴⁹₂αΩ°√∞≤≥éüßØ".chars() {
            assert!(FACE.glyph_index(c).is_some(), "no glyph for {c}");
        }
    }

    #[test]
    fn wrapped_lines_fit_and_keep_the_text() {
        let text = "thick-tufted layer 5 pyramidal cell Donaudampfschifffahrtsgesellschaftskapitän";
        let lines = wrap(text, 7.0, 20.0, 99);
        assert!(lines.len() > 3);
        assert!(lines.iter().all(|l| width(l, 7.0) <= 20.0), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
    }

    #[test]
    fn too_long_a_text_ends_with_an_ellipsis_and_still_fits() {
        let lines = wrap(&"word ".repeat(40), 7.0, 20.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'));
        assert!(width(&lines[1], 7.0) <= 20.0);
        assert_eq!(wrap("", 7.0, 20.0, 2), [""]);
    }

    #[test]
    fn characters_that_xml_forbids_are_replaced() {
        assert_eq!(printable("a\u{0}b\nc\u{1b}d µ"), "a b c d µ");
    }
}
