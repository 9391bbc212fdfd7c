//! The scale of a continuous colouring: a bar with numbers beside a chart.

use super::canvas::{Anchor, Canvas, Rect};
use super::font;
use super::legend::{Entry, Legend};
use super::theme::{ColorMap, theme};
use super::ticks::Ticks;

const BAR_WIDTH_MM: f64 = 3.5;
/// A panel lower than this has a bar that reaches beyond it.
const LEAST_MM: f64 = 20.0;
/// Room above and below the bar for the halves of numbers at its very ends.
const END_MM: f64 = 1.2;
/// Colours of the gradient; between them SVG interpolates in sRGB, as [`ColorMap::at`] does.
const STOPS: usize = 17;

/// A colour bar with everything placed.
pub(super) struct ColorBar {
    map: ColorMap,
    range: (f64, f64),
    ticks: Ticks,
    label: Vec<String>,
    /// The sign of cells without a value, below the bar.
    missing: Legend,
    bar_height: f64,
}

impl ColorBar {
    /// A bar over `range` in the theme's colours, beside a panel that leaves `height` millimetres.
    pub fn new(range: (f64, f64), label: &str, missing: Option<Entry>, height: f64) -> Self {
        ColorBar::mapped(theme().color_map, range, label, missing, height)
    }

    /// A bar in the colours of a map.
    pub fn mapped(map: ColorMap, range: (f64, f64), label: &str, missing: Option<Entry>, height: f64) -> Self {
        let height = height.max(LEAST_MM);
        let missing = Legend::columns(missing.as_slice(), height);
        let bar_height = 0.65 * height;
        ColorBar {
            map,
            range,
            ticks: Ticks::fitting_height(range, bar_height),
            label: font::wrap(label, theme().label_pt, bar_height, 2),
            missing,
            bar_height,
        }
    }

    /// Width and height in millimetres.
    pub fn size(&self) -> (f64, f64) {
        let label = if self.label == [""] { 0.0 } else { font::height(self.label.len(), theme().label_pt) };
        ((self.label_left() + label).max(self.missing.width), self.missing_top() + self.missing.height)
    }

    fn label_left(&self) -> f64 {
        BAR_WIDTH_MM + 2.0 * theme().tick_mm + self.ticks.label_width(theme().small_pt) + 1.0
    }

    fn missing_top(&self) -> f64 {
        self.bar_height + 2.0 * END_MM + theme().gap_mm
    }

    /// Draws the bar with its upper left corner at `at`.
    pub fn draw(&self, canvas: &mut Canvas, (x, y): (f64, f64)) {
        let bar = Rect { x, y: y + END_MM, width: BAR_WIDTH_MM, height: self.bar_height };
        let stops: Vec<_> = (0..STOPS).map(|i| self.map.at(i as f64 / (STOPS - 1) as f64)).collect();
        canvas.gradient(bar, &stops);
        canvas.frame(bar, theme().ink, theme().axis_mm);
        let middle = 0.5 * font::CAP_HEIGHT * theme().small_pt * font::MM_PER_PT;
        for (value, label) in self.ticks.values.iter().zip(&self.ticks.labels) {
            let at = bar.bottom() - bar.height * (value - self.range.0) / (self.range.1 - self.range.0);
            canvas.line((bar.right(), at), (bar.right() + theme().tick_mm, at), theme().ink, theme().axis_mm);
            let text_at = (bar.right() + 2.0 * theme().tick_mm, at + middle);
            canvas.text(text_at, Anchor::Start, theme().small_pt, theme().ink, label);
        }
        let centre = bar.y + 0.5 * bar.height;
        canvas.upright((x + self.label_left(), centre), theme().label_pt, theme().ink, &self.label);
        self.missing.draw(canvas, (x, y + self.missing_top()));
    }
}
