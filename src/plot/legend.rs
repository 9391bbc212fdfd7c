//! Legends outside of the panel: a column layout beside a chart, and a row layout below a drawing.
//!
//! Long names are wrapped. A legend beside a chart opens further columns when a column is full, and says how wide it has
//! become; nothing is left out but the end of names longer than four lines.

use super::canvas::{Anchor, Canvas};
use super::font;
use super::theme::{Color, Marker, theme};

/// The sign in front of a name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Swatch {
    /// A point of a scatter plot, radius in millimetres.
    Point(Color, Marker, f64),
    /// A line of a neurite.
    Line(Color),
    /// A disc, as of a soma.
    Disc(Color),
}

/// One entry: a sign and what it means.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub swatch: Swatch,
    pub name: String,
    /// Number of cells, shown in brackets.
    pub count: Option<usize>,
}

/// Width of a name's column at most, before the name is wrapped.
const MAX_NAME_MM: f64 = 42.0;
const MAX_NAME_LINES: usize = 4;
/// Room for the sign, and the gap behind it.
const SWATCH_MM: f64 = 3.2;
/// Gap between two entries in a column, and between two columns.
const ENTRY_GAP_MM: f64 = 0.7;
const COLUMN_GAP_MM: f64 = 3.0;

struct Placed {
    swatch: Swatch,
    lines: Vec<String>,
    /// Left edge and top, relative to the legend.
    at: (f64, f64),
}

/// A legend with all its entries placed.
pub(super) struct Legend {
    placed: Vec<Placed>,
    /// Width in millimetres; zero without entries.
    pub width: f64,
    /// Height in millimetres.
    pub height: f64,
}

impl Legend {
    /// Entries below each other, in as few columns at most `max_height` high as hold them, all about equally full.
    pub fn columns(entries: &[Entry], max_height: f64) -> Self {
        let fullest = Legend::filled(entries, max_height);
        let left_edges = |legend: &Legend| legend.placed.iter().filter(|p| p.at.1 == 0.0).count();
        let columns = left_edges(&fullest);
        // A last column of one entry looks like an accident: lower all columns while no further one is needed.
        let heights = (1..).map(|mm| fullest.height - f64::from(mm)).take_while(|&h| columns > 1 && h > 0.0);
        let lower = heights.map(|h| Legend::filled(entries, h));
        lower.take_while(|legend| left_edges(legend) == columns).last().unwrap_or(fullest)
    }

    /// Entries below each other, each column filled up to `max_height` before the next begins.
    fn filled(entries: &[Entry], max_height: f64) -> Self {
        let mut legend = Legend { placed: Vec::new(), width: 0.0, height: 0.0 };
        let (mut left, mut top, mut column_width) = (0.0, 0.0, 0.0f64);
        for entry in entries {
            let (lines, width) = wrapped(entry, MAX_NAME_MM);
            let height = block_height(lines.len());
            if top > 0.0 && top + height > max_height {
                left += column_width + COLUMN_GAP_MM;
                (top, column_width) = (0.0, 0.0);
            }
            legend.placed.push(Placed { swatch: entry.swatch, lines, at: (left, top) });
            column_width = column_width.max(width);
            legend.width = legend.width.max(left + column_width);
            legend.height = legend.height.max(top + height);
            top += height + ENTRY_GAP_MM;
        }
        legend
    }

    /// Entries side by side, in rows at most `max_width` wide.
    pub fn rows(entries: &[Entry], max_width: f64) -> Self {
        let mut legend = Legend { placed: Vec::new(), width: 0.0, height: 0.0 };
        let (mut left, mut top, mut row_height) = (0.0, 0.0, 0.0f64);
        for entry in entries {
            let (lines, width) = wrapped(entry, (max_width - SWATCH_MM).clamp(5.0, MAX_NAME_MM));
            let height = block_height(lines.len());
            if left > 0.0 && left + width > max_width {
                top += row_height + ENTRY_GAP_MM;
                (left, row_height) = (0.0, 0.0);
            }
            legend.placed.push(Placed { swatch: entry.swatch, lines, at: (left, top) });
            row_height = row_height.max(height);
            legend.width = legend.width.max(left + width);
            legend.height = legend.height.max(top + height);
            left += width + COLUMN_GAP_MM;
        }
        legend
    }

    /// Draws the legend with its upper left corner at `at`.
    pub fn draw(&self, canvas: &mut Canvas, at: (f64, f64)) {
        let cap = font::CAP_HEIGHT * theme().small_pt * font::MM_PER_PT;
        for Placed { swatch, lines, at: (dx, dy) } in &self.placed {
            let (x, y) = (at.0 + dx, at.1 + dy);
            let centre = (x + 1.2, y + cap / 2.0);
            match *swatch {
                Swatch::Point(color, marker, radius) => point(canvas, centre, color, marker, radius.clamp(0.7, 0.9)),
                Swatch::Line(color) => {
                    canvas.line((x, centre.1), (x + 2.4, centre.1), color, 0.5);
                }
                Swatch::Disc(color) => canvas.disc(centre, 0.8, color),
            }
            canvas.paragraph((x + SWATCH_MM, y), Anchor::Start, theme().small_pt, theme().ink, lines);
        }
    }
}

fn point(canvas: &mut Canvas, (x, y): (f64, f64), color: Color, marker: Marker, radius: f64) {
    match marker.corners(radius) {
        None => canvas.disc((x, y), radius, color),
        Some(corners) => canvas.polygon(corners.into_iter().map(|(dx, dy)| (x + dx, y + dy)), color),
    }
}

/// Lines of an entry and the width that it takes with its sign.
fn wrapped(entry: &Entry, max_width: f64) -> (Vec<String>, f64) {
    let pt = theme().small_pt;
    let mut lines = font::wrap(&entry.name, pt, max_width, MAX_NAME_LINES);
    if let Some(count) = entry.count {
        let count = format!("({count})");
        match lines.last_mut() {
            Some(last) if font::width(&format!("{last} {count}"), pt) <= max_width => {
                *last = format!("{last} {count}");
            }
            _ => lines.push(count),
        }
    }
    let width = lines.iter().map(|l| font::width(l, pt)).fold(0.0, f64::max);
    (lines, SWATCH_MM + width)
}

/// Height from the top of the first line's capitals to below the last line's descenders.
fn block_height(lines: usize) -> f64 {
    font::height(lines, theme().small_pt)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(n: usize, name: &str) -> Vec<Entry> {
        let swatch = Swatch::Point(theme().ink, Marker::Circle, 0.6);
        (0..n).map(|i| Entry { swatch, name: format!("{name} {i}"), count: Some(i) }).collect()
    }

    #[test]
    fn a_full_column_opens_the_next_and_nothing_is_left_out() {
        let one = Legend::columns(&entries(5, "class"), 60.0);
        let many = Legend::columns(&entries(50, "class"), 60.0);
        assert_eq!(many.placed.len(), 50);
        assert!(many.height <= 60.0 && many.width > 2.0 * one.width);
        let (mut tops, mut lefts) = (Vec::new(), Vec::new());
        for p in &many.placed {
            tops.push(p.at.1);
            lefts.push(p.at.0);
        }
        assert!(lefts.is_sorted() && tops.iter().all(|&t| t < 60.0));
        let in_column = |left: f64| lefts.iter().filter(|&&l| l == left).count();
        assert!(in_column(0.0) - in_column(lefts[49]) <= 3, "columns are about equally full");
    }

    #[test]
    fn long_names_are_wrapped_and_counted_in_the_width() {
        let legend =
            Legend::columns(&entries(2, "layer 2/3 intratelencephalic pyramidal neuron of visual cortex"), 60.0);
        assert!(legend.placed.iter().all(|p| p.lines.len() > 1));
        assert!(legend.width <= MAX_NAME_MM + SWATCH_MM + 1e-9);
        assert!(legend.placed[1].lines.last().is_some_and(|l| l.ends_with("(1)")));
    }

    #[test]
    fn rows_break_at_the_width() {
        let legend = Legend::rows(&entries(6, "dendrite"), 50.0);
        assert!(legend.width <= 50.0 && legend.height > block_height(1));
        assert_eq!(Legend::rows(&[], 50.0).height, 0.0);
    }
}
