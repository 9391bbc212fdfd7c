//! A grid of coloured tiles: the body of heat maps.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::plot::canvas::{Canvas, Rect, units};
use crate::plot::theme::{Color, ColorMap, theme};

/// Colours that values are rounded to: more could not be told apart, and equal neighbours become one rectangle.
const LEVELS: f64 = 127.0;

/// The colours of values between two ends.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    pub map: ColorMap,
    pub range: (f64, f64),
}

impl Scale {
    /// The colour of a value; that of missing ones where it is no number.
    pub fn color(&self, value: f64) -> Color {
        if !value.is_finite() {
            return theme().missing;
        }
        let share = ((value - self.range.0) / (self.range.1 - self.range.0)).clamp(0.0, 1.0);
        self.map.at((share * LEVELS).round() / LEVELS)
    }
}

/// Fills a panel with `rows` times `columns` tiles, the first row at the top. Edges are rounded once, so that tiles meet
/// without seams.
pub(super) fn draw(
    canvas: &mut Canvas,
    panel: Rect,
    (rows, columns): (usize, usize),
    color: impl Fn(usize, usize) -> Color,
) {
    let x = |column: usize| units(panel.x + panel.width * column as f64 / columns as f64);
    let y = |row: usize| units(panel.y + panel.height * row as f64 / rows as f64);
    let mut paths: BTreeMap<Color, String> = BTreeMap::new();
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            let own = color(row, column);
            let end = (column..columns).find(|&c| color(row, c) != own).unwrap_or(columns);
            let path = paths.entry(own).or_default();
            write!(path, "M{} {}H{}V{}H{}z", x(column), y(row), x(end), y(row + 1), x(column))
                .expect("writing to a string cannot fail");
            column = end;
        }
    }
    for (color, path) in paths {
        canvas.raw(&format!("<path d=\"{path}\" fill=\"{}\" shape-rendering=\"crispEdges\"/>\n", color.css()));
    }
}
