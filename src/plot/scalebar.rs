//! The scale of a drawing: a bar of round length with its label.

use super::canvas::{Anchor, Canvas};
use super::font;
use super::theme::theme;
use super::ticks::round_length;

const BAR_MM: f64 = 0.5;
const GAP_MM: f64 = 1.5;

/// A bar with its label to the right.
pub(super) struct ScaleBar {
    /// Length on the page in millimetres.
    pub length: f64,
    label: String,
}

impl ScaleBar {
    /// The longest round bar of at most `max_mm` millimetres at `scale` millimetres per unit. A thousand micrometres and
    /// more are written in millimetres.
    pub fn new(scale: f64, max_mm: f64, unit: &str) -> Self {
        let (length, mut text) = round_length(max_mm / scale);
        let mut unit = unit;
        if unit == "µm" && length >= 1000.0 {
            (text, unit) = (round_length(length / 1000.0).1, "mm");
        }
        ScaleBar { length: length * scale, label: format!("{text} {unit}").trim_end().to_string() }
    }

    /// Width with the label.
    pub fn width(&self) -> f64 {
        self.length + GAP_MM + font::width(&self.label, theme().small_pt)
    }

    /// Height of the label.
    pub fn height(&self) -> f64 {
        font::height(1, theme().small_pt)
    }

    /// Draws the bar with its left end at `x`, the label's capitals from `top` down.
    pub fn draw(&self, canvas: &mut Canvas, (x, top): (f64, f64)) {
        let cap = font::CAP_HEIGHT * theme().small_pt * font::MM_PER_PT;
        let middle = top + 0.5 * cap;
        canvas.line((x, middle), (x + self.length, middle), theme().ink, BAR_MM);
        let at = (x + self.length + GAP_MM, top + cap);
        canvas.text(at, Anchor::Start, theme().small_pt, theme().ink, &self.label);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_as_long_as_it_says() {
        // 0.08 mm per µm: 30 mm hold 375 µm, so the bar is 200 µm and 16 mm long.
        let bar = ScaleBar::new(0.08, 30.0, "µm");
        assert_eq!(bar.label, "200 µm");
        assert!((bar.length - 16.0).abs() < 1e-9);
        // Twice the scale, the same label: twice the length.
        assert!((ScaleBar::new(0.16, 40.0, "µm").length - 32.0).abs() < 1e-9);
    }

    #[test]
    fn long_bars_change_their_unit_and_short_ones_have_decimals() {
        assert_eq!(ScaleBar::new(0.01, 25.0, "µm").label, "2 mm");
        assert_eq!(ScaleBar::new(0.01, 25.0, "voxels").label, "2000 voxels");
        assert_eq!(ScaleBar::new(100.0, 25.0, "µm").label, "0.2 µm");
        assert_eq!(ScaleBar::new(1.0, 25.0, "").label, "20");
    }
}
