//! SVG fragments in millimetres: what plotters has no element for.
//!
//! A canvas collects the body of one drawing. Its user space has [`UNITS`] units to the millimetre and all coordinates
//! are whole units: 0.01 mm is an eighth of a pixel at 300 dpi. The same space is plotters' canvas, whose coordinates and
//! line widths are integers too, so both kinds of content go side by side without a transformation.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::figure::Figure;
use super::font;
use super::theme::{Color, theme};

/// Units of the drawing's user space in a millimetre.
pub(super) const UNITS: f64 = 100.0;

/// Millimetres as whole units of the user space.
pub(super) fn units(mm: f64) -> i64 {
    (mm * UNITS).round() as i64
}

/// Which point of a text its position names.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A rectangle in millimetres, y down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Rect {
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

/// The body of a drawing.
pub(super) struct Canvas {
    width: f64,
    height: f64,
    body: String,
    panel: Option<Rect>,
}

impl Canvas {
    /// An empty page, in millimetres.
    pub fn new(width: f64, height: f64) -> Self {
        Canvas { width, height, body: String::new(), panel: None }
    }

    /// Says where the chart's panel is, which neighbours in a [`grid`](super::grid()) are lined up by.
    pub fn note_panel(&mut self, panel: Rect) {
        self.panel = Some(panel);
    }

    /// Size in whole units.
    pub fn size_units(&self) -> (u32, u32) {
        (units(self.width) as u32, units(self.height) as u32)
    }

    /// Adds SVG elements that are already written in the canvas's units.
    pub fn raw(&mut self, svg: &str) {
        self.body.push_str(svg);
    }

    fn put(&mut self, element: std::fmt::Arguments<'_>) {
        self.body.write_fmt(element).expect("writing to a string cannot fail");
        self.body.push('\n');
    }

    /// A straight line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), color: Color, width: f64) {
        self.put(format_args!(
            r#"<path d="M{} {}L{} {}" stroke="{}" stroke-width="{}" fill="none"/>"#,
            units(from.0),
            units(from.1),
            units(to.0),
            units(to.1),
            color.css(),
            units(width)
        ));
    }

    /// A path of whole-unit commands, stroked with round caps and joins.
    pub fn stroke(&mut self, commands: &str, color: Color, width: f64) {
        self.put(format_args!(
            r#"<path d="{commands}" stroke="{}" stroke-width="{}" fill="none" stroke-linecap="round" stroke-linejoin="round"/>"#,
            color.css(),
            units(width).max(1)
        ));
    }

    /// A filled disc.
    pub fn disc(&mut self, centre: (f64, f64), radius: f64, color: Color) {
        self.put(format_args!(
            r#"<circle cx="{}" cy="{}" r="{}" fill="{}"/>"#,
            units(centre.0),
            units(centre.1),
            units(radius).max(1),
            color.css()
        ));
    }

    /// A filled polygon.
    pub fn polygon(&mut self, corners: impl IntoIterator<Item = (f64, f64)>, color: Color) {
        let points: Vec<_> = corners.into_iter().map(|(x, y)| format!("{},{}", units(x), units(y))).collect();
        self.put(format_args!(r#"<polygon points="{}" fill="{}"/>"#, points.join(" "), color.css()));
    }

    /// The outline of a rectangle.
    pub fn frame(&mut self, rect: Rect, color: Color, width: f64) {
        self.rect(rect, "none", &format!(r#" stroke="{}" stroke-width="{}""#, color.css(), units(width)));
    }

    /// A rectangle filled from bottom to top with `stops` equally spaced colours. One gradient: a stack of thin
    /// rectangles would show seams. Its id is made of its colours: in a page of many figures the same id is the same
    /// gradient.
    pub fn gradient(&mut self, rect: Rect, stops: &[Color]) {
        let mut hash = Sha256::new();
        stops.iter().for_each(|c| hash.update([c.0, c.1, c.2]));
        let digits: String = hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let id = format!("gradient-{digits}");
        if !self.body.contains(&format!(r#" id="{id}""#)) {
            self.put(format_args!(r#"<defs><linearGradient id="{id}" x1="0" y1="1" x2="0" y2="0">"#));
            for (i, stop) in stops.iter().enumerate() {
                let offset = i as f64 / (stops.len() - 1) as f64;
                self.put(format_args!(r#"<stop offset="{offset:.4}" stop-color="{}"/>"#, stop.css()));
            }
            self.put(format_args!("</linearGradient></defs>"));
        }
        self.rect(rect, &format!("url(#{id})"), "");
    }

    /// A filled rectangle. Its edges are rounded once, so that neighbours meet.
    pub fn fill(&mut self, rect: Rect, color: Color) {
        let (left, top) = (units(rect.x), units(rect.y));
        let (width, height) = (units(rect.right()) - left, units(rect.bottom()) - top);
        self.put(format_args!(
            r#"<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="{}" shape-rendering="crispEdges"/>"#,
            color.css()
        ));
    }

    fn rect(&mut self, rect: Rect, fill: &str, more: &str) {
        self.put(format_args!(
            r#"<rect x="{}" y="{}" width="{}" height="{}" fill="{fill}"{more}/>"#,
            units(rect.x),
            units(rect.y),
            units(rect.width),
            units(rect.height)
        ));
    }

    /// One line of text with its baseline at `at`.
    pub fn text(&mut self, at: (f64, f64), anchor: Anchor, pt: f64, color: Color, text: &str) {
        self.text_with(at, anchor, pt, color, text, "");
    }

    /// One line of text in strokes that are thicker by a line around them: the font has one weight.
    pub fn heavy(&mut self, at: (f64, f64), anchor: Anchor, pt: f64, color: Color, text: &str) {
        let width = units(0.06 * pt * font::MM_PER_PT);
        let border = format!(r#" stroke="{}" stroke-width="{width}" stroke-linejoin="round""#, color.css());
        self.text_with(at, anchor, pt, color, text, &border);
    }

    /// One line of text with a border in the colour of the page, to be read upon other things.
    pub fn haloed(&mut self, at: (f64, f64), anchor: Anchor, pt: f64, color: Color, text: &str) {
        let width = units(0.28 * pt * font::MM_PER_PT);
        let page = theme().background.css();
        let border = format!(r#" stroke="{page}" stroke-width="{width}" stroke-linejoin="round" paint-order="stroke""#);
        self.text_with(at, anchor, pt, color, text, &border);
    }

    /// Lines of text below each other, the top of the first line's capitals at `top`.
    pub fn paragraph(&mut self, (x, top): (f64, f64), anchor: Anchor, pt: f64, color: Color, lines: &[String]) {
        let em = pt * font::MM_PER_PT;
        for (i, line) in lines.iter().enumerate() {
            self.text((x, top + em * (font::CAP_HEIGHT + i as f64 * font::LINE_HEIGHT)), anchor, pt, color, line);
        }
    }

    /// Lines of text that read upwards, centred on `centre_y`, the left edge of the first line at `left`.
    pub fn upright(&mut self, at: (f64, f64), pt: f64, color: Color, lines: &[String]) {
        self.upright_from(at, Anchor::Middle, pt, color, lines);
    }

    /// Lines of text that read upwards, their start, middle or end at `y`, the left edge of the first line at `left`.
    pub fn upright_from(&mut self, (left, y): (f64, f64), anchor: Anchor, pt: f64, color: Color, lines: &[String]) {
        let em = pt * font::MM_PER_PT;
        for (i, line) in lines.iter().enumerate() {
            let x = left + em * (font::CAP_HEIGHT + i as f64 * font::LINE_HEIGHT);
            let turn = format!(r#" transform="rotate(-90 {} {})""#, units(x), units(y));
            self.text_with((x, y), anchor, pt, color, line, &turn);
        }
    }

    fn text_with(&mut self, at: (f64, f64), anchor: Anchor, pt: f64, color: Color, text: &str, more: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.put(format_args!(
            r#"<text x="{}" y="{}" font-size="{}" text-anchor="{anchor}" fill="{}"{more}>{}</text>"#,
            units(at.0),
            units(at.1),
            units(pt * font::MM_PER_PT),
            color.css(),
            escape(text)
        ));
    }

    /// The finished figure; `kind` names it in one word.
    pub fn finish(self, kind: &'static str) -> Figure {
        let (w, h) = self.size_units();
        let svg = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}mm\" height=\"{}mm\" viewBox=\"0 0 {w} {h}\">\n\
             <style>{}</style>\n\
             <rect width=\"{w}\" height=\"{h}\" fill=\"{}\"/>\n\
             <g font-family=\"{}\">\n{}</g>\n</svg>\n",
            f64::from(w) / UNITS,
            f64::from(h) / UNITS,
            font::face_rule(),
            theme().background.css(),
            font::FAMILY,
            self.body
        );
        Figure::new(kind, (f64::from(w) / UNITS, f64::from(h) / UNITS), svg, self.panel)
    }
}

/// Text as XML wants it: markup characters as entities, forbidden characters as spaces.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in font::printable(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::theme::theme;

    #[test]
    fn markup_in_text_is_escaped() {
        assert_eq!(escape("<b>&\"'\u{7}"), "&lt;b&gt;&amp;&quot;&apos; ");
        let mut canvas = Canvas::new(40.0, 20.0);
        canvas.text((5.0, 10.0), Anchor::Start, 8.0, theme().ink, "</text><script>&");
        let figure = canvas.finish("test");
        assert!(figure.svg().contains("&lt;/text&gt;&lt;script&gt;&amp;</text>"));
        assert!(!figure.svg().contains("<script>"));
    }

    #[test]
    fn sizes_stand_in_millimetres_over_hundredths() {
        let figure = Canvas::new(40.0, 20.5).finish("test");
        assert!(figure.svg().contains(r#"width="40mm" height="20.5mm" viewBox="0 0 4000 2050""#));
    }
}
