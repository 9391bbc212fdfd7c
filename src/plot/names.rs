//! Names along an axis, one per place: classes under a bar chart, rows beside a heat map.
//!
//! Below a panel names stand level where they fit in two lines without breaking a word, and read upwards otherwise; beside
//! a panel they are always level. Names too long for their room end with an ellipsis. Where places are closer than lines of
//! text there is nothing to read, so no name is drawn.

use super::canvas::{Anchor, Canvas, Rect};
use super::font;
use super::theme::theme;

/// The most that names take of the page: reading upwards below a panel, and beside one.
const MAX_UPRIGHT_MM: f64 = 34.0;
const MAX_BESIDE_MM: f64 = 42.0;
/// Free room between level neighbours.
const APART_MM: f64 = 1.2;

/// Names with the room that they need.
#[derive(Clone, Debug)]
pub(super) struct Names {
    lines: Vec<Vec<String>>,
    upright: bool,
    /// Size across the axis in millimetres, without the gap to the axis; zero where nothing is drawn.
    pub depth: f64,
}

impl Names {
    /// Names of places `step` millimetres apart on a horizontal axis.
    pub fn below(names: &[String], step: f64) -> Self {
        let pt = theme().small_pt;
        let level: Vec<Vec<String>> = names.iter().map(|n| font::wrap(n, pt, step - APART_MM, 2)).collect();
        let whole = |lines: &Vec<String>, name: &String| lines.join(" ").split_whitespace().eq(name.split_whitespace());
        if level.iter().zip(names).all(|(lines, name)| whole(lines, name)) {
            let most = level.iter().map(Vec::len).max().unwrap_or(0);
            return Names { lines: level, upright: false, depth: font::height(most, pt) };
        }
        if step < 0.95 * closest() {
            return Names { lines: Vec::new(), upright: true, depth: 0.0 };
        }
        let lines: Vec<Vec<String>> = names.iter().map(|n| font::wrap(n, pt, MAX_UPRIGHT_MM, 1)).collect();
        let depth = widest(&lines);
        Names { lines, upright: true, depth }
    }

    /// Names of places `step` millimetres apart on a vertical axis.
    pub fn beside(names: &[String], step: f64) -> Self {
        if step < 0.95 * closest() {
            return Names { lines: Vec::new(), upright: false, depth: 0.0 };
        }
        let pt = theme().small_pt;
        let rows = ((step / font::height(1, pt)) as usize).clamp(1, 3);
        let lines: Vec<Vec<String>> = names.iter().map(|n| font::wrap(n, pt, MAX_BESIDE_MM, rows)).collect();
        let depth = widest(&lines);
        Names { lines, upright: false, depth }
    }

    /// Draws the names below a panel; `place` gives the middle of each place.
    pub fn draw_below(&self, canvas: &mut Canvas, panel: Rect, place: impl Fn(usize) -> f64) {
        let theme = theme();
        let top = panel.bottom() + 2.0 * theme.tick_mm;
        let half = 0.5 * font::CAP_HEIGHT * theme.small_pt * font::MM_PER_PT;
        for (i, lines) in self.lines.iter().enumerate() {
            match self.upright {
                false => canvas.paragraph((place(i), top), Anchor::Middle, theme.small_pt, theme.ink, lines),
                true => {
                    canvas.upright_from((place(i) - half, top), Anchor::End, theme.small_pt, theme.ink, lines);
                }
            }
        }
    }

    /// Draws the names left of a panel; `place` gives the middle of each place.
    pub fn draw_beside(&self, canvas: &mut Canvas, panel: Rect, place: impl Fn(usize) -> f64) {
        let theme = theme();
        self.draw_at(canvas, panel.x - 2.0 * theme.tick_mm, Anchor::End, place);
    }

    /// Draws names at `x`, level and centred on their places.
    pub fn draw_at(&self, canvas: &mut Canvas, x: f64, anchor: Anchor, place: impl Fn(usize) -> f64) {
        let theme = theme();
        let em = theme.small_pt * font::MM_PER_PT;
        for (i, lines) in self.lines.iter().enumerate() {
            let height = em * (font::CAP_HEIGHT + (lines.len() as f64 - 1.0) * font::LINE_HEIGHT);
            canvas.paragraph((x, place(i) - 0.5 * height), anchor, theme.small_pt, theme.ink, lines);
        }
    }
}

/// How close names can stand before their lines touch.
pub(super) fn closest() -> f64 {
    0.85 * font::height(1, theme().small_pt)
}

fn widest(lines: &[Vec<String>]) -> f64 {
    lines.iter().flatten().map(|l| font::width(l, theme().small_pt)).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(texts: &[&str]) -> Vec<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names_turn_where_they_would_touch_and_vanish_where_lines_would() {
        let short = names(&["L4", "L5", "L6"]);
        assert!(!Names::below(&short, 10.0).upright);
        let long = names(&["layer 5 thick-tufted pyramidal", "basket"]);
        assert!(!Names::below(&long, 40.0).upright);
        assert!(Names::below(&long, 8.0).upright);
        assert_eq!(Names::below(&long, 1.0).depth, 0.0);
        assert_eq!(Names::beside(&long, 1.0).depth, 0.0);
        assert!(Names::beside(&["word ".repeat(60)], 9.0).depth <= MAX_BESIDE_MM);
    }
}
