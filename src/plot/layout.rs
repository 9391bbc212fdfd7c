//! Where the parts of a chart with one panel go: title, axis labels, tick labels, panel, and what stands beside it.
//!
//! Rooms depend on each other: the panel's width decides on the ticks, the ticks' labels on the margins, the margins on
//! the panel's width. So the layout starts without margins and lets them grow until everything fits, which takes two or
//! three rounds.

use super::canvas::{Anchor, Canvas, Rect};
use super::chart::{self, Axis};
use super::font;
use super::names::Names;
use super::theme::theme;
use super::ticks::Ticks;
use crate::error::{Error, Result};

/// Where the panel ends at the earliest, as a share of the wanted width: a legend that needs more makes the figure grow.
const PANEL_SHARE: f64 = 0.65;
const MAX_LABEL_LINES: usize = 3;

/// Gap between tick labels (or the axis line) and the axis label.
const LABEL_GAP_MM: f64 = 1.0;

/// What an axis is to show.
pub(super) struct AxisSpec {
    /// Values at the ends.
    pub range: (f64, f64),
    /// Its label; none where empty.
    pub label: String,
    /// Whether it carries ticks and numbers.
    pub numbered: bool,
}

/// What a chart consists of. Lengths in millimetres.
pub(super) struct ChartSpec {
    pub width: f64,
    pub height: f64,
    pub title: Title,
    pub x: AxisSpec,
    pub y: AxisSpec,
    /// Whether both axes have the same scale.
    pub equal: bool,
    /// Width and height of what stands beside the panel; zero for nothing.
    pub side: (f64, f64),
}

/// What stands at the ticks of an axis.
#[derive(Clone, Debug, Default)]
pub(super) enum Marks {
    /// Round numbers.
    #[default]
    Numbers,
    /// The axis holds decimal logarithms, and its ticks show powers of ten.
    Logarithms,
    /// A name at each of 0, 1, 2, …; horizontally from the left, vertically in the direction of the range.
    Names(Vec<String>),
}

/// A wrapped title.
pub(super) struct Title(Vec<String>);

impl Title {
    /// The title of a figure of this width.
    pub fn new(text: Option<&str>, figure_width: f64) -> Self {
        let width = figure_width - 2.0 * theme().margin_mm;
        Title(text.map_or(Vec::new(), |t| font::wrap(t, theme().title_pt, width, 4)))
    }

    /// Where the content below starts, from the figure's top.
    pub fn bottom(&self) -> f64 {
        theme().margin_mm + if self.0.is_empty() { 0.0 } else { font::height(self.0.len(), theme().title_pt) + 1.0 }
    }

    /// Draws the title from the figure's left edge on: it is as wide as the figure, not as the panel.
    pub fn draw(&self, canvas: &mut Canvas) {
        let corner = (theme().margin_mm, theme().margin_mm);
        canvas.paragraph(corner, Anchor::Start, theme().title_pt, theme().ink, &self.0);
    }
}

/// A chart with all its parts placed.
pub(super) struct Layout {
    /// Size of the page.
    pub size: (f64, f64),
    pub panel: Rect,
    pub x: Axis,
    pub y: Axis,
    /// Upper left corner of what stands beside the panel.
    pub side_at: (f64, f64),
    x_names: Option<Names>,
    y_names: Option<Names>,
    x_lines: Vec<String>,
    y_lines: Vec<String>,
    title: Title,
}

/// Refuses a width or height option that is no usable size in millimetres.
pub(super) fn check_size(option: &str, mm: f64, at_least: f64) -> Result<()> {
    if (at_least..=2000.0).contains(&mm) {
        return Ok(());
    }
    Err(Error::value(format!("`{option}` is {mm}, expected {at_least} to 2000 millimetres"))
        .help("a column of a journal is about 85 mm wide, a page 180 mm"))
}

/// Room around the panel.
#[derive(Clone, Copy)]
struct Rooms {
    left: f64,
    right: f64,
    bottom: f64,
}

impl Layout {
    /// Places the parts of a chart with numbers on its axes.
    pub fn new(spec: ChartSpec) -> Self {
        Layout::marked(spec, &Marks::Numbers, &Marks::Numbers)
    }

    /// Places the parts of a chart whose axes carry what `x_marks` and `y_marks` say.
    pub fn marked(spec: ChartSpec, x_marks: &Marks, y_marks: &Marks) -> Self {
        let mut rooms = Rooms { left: theme().margin_mm, right: theme().margin_mm, bottom: theme().margin_mm };
        if spec.side.0 > 0.0 {
            rooms.right = theme().gap_mm + spec.side.0 + theme().margin_mm;
        }
        let mut round = 0;
        loop {
            let (layout, needed) = place(&spec, (x_marks, y_marks), rooms);
            round += 1;
            let fits = needed.left <= rooms.left && needed.right <= rooms.right && needed.bottom <= rooms.bottom;
            // Rooms only grow and labels have bounded widths; the limit guards against a cycle of rounding errors.
            if fits || round == 10 {
                return Layout { title: spec.title, ..layout };
            }
            rooms = Rooms {
                left: needed.left.max(rooms.left),
                right: needed.right.max(rooms.right),
                bottom: needed.bottom.max(rooms.bottom),
            };
        }
    }

    /// Where a value lies from left to right.
    pub fn x_at(&self, value: f64) -> f64 {
        self.panel.x + (value - self.x.range.0) / (self.x.range.1 - self.x.range.0) * self.panel.width
    }

    /// Where a value lies from top to bottom.
    pub fn y_at(&self, value: f64) -> f64 {
        self.panel.bottom() - (value - self.y.range.0) / (self.y.range.1 - self.y.range.0) * self.panel.height
    }

    /// Draws title, axis labels, names and axes with their ticks.
    ///
    /// # Errors
    /// When plotters fails.
    pub fn draw_axes(&self, canvas: &mut Canvas) -> Result<()> {
        self.draw_labels(canvas);
        chart::draw(canvas, self.panel, (&self.x, &self.y), false, |_| Ok(()))
    }

    /// Draws title, axis labels and names.
    pub fn draw_labels(&self, canvas: &mut Canvas) {
        let Rect { x, y, width, height } = self.panel;
        let theme = theme();
        self.title.draw(canvas);
        canvas.note_panel(self.panel);
        if let Some(names) = &self.x_names {
            names.draw_below(canvas, self.panel, |i| self.x_at(i as f64));
        }
        if let Some(names) = &self.y_names {
            names.draw_beside(canvas, self.panel, |i| self.y_at(i as f64));
        }
        let (x_depth, y_depth) = depths((&self.x, &self.y), (&self.x_names, &self.y_names));
        let below = self.panel.bottom() + x_depth + LABEL_GAP_MM;
        canvas.paragraph((x + 0.5 * width, below), Anchor::Middle, theme.label_pt, theme.ink, &self.x_lines);
        let before = x - y_depth - label_room(&self.y_lines);
        canvas.upright((before, y + 0.5 * height), theme.label_pt, theme.ink, &self.y_lines);
    }
}

/// How far numbers or names of both axes reach from the panel.
fn depths((x, y): (&Axis, &Axis), (x_names, y_names): (&Option<Names>, &Option<Names>)) -> (f64, f64) {
    let theme = theme();
    let named = |names: &Names| if names.depth > 0.0 { 2.0 * theme.tick_mm + names.depth } else { 0.0 };
    let x_depth = x_names.as_ref().map_or_else(|| x.depth(font::height(1, theme.small_pt)), named);
    let y_depth = y_names.as_ref().map_or_else(|| y.depth(y.ticks.label_width(theme.small_pt)), named);
    (x_depth, y_depth)
}

/// Room of an axis label with its gap.
fn label_room(lines: &[String]) -> f64 {
    if lines == [""] { 0.0 } else { font::height(lines.len(), theme().label_pt) + LABEL_GAP_MM }
}

/// Places everything around a panel with these rooms; returns the rooms that this would have needed, too.
fn place(spec: &ChartSpec, marks: (&Marks, &Marks), rooms: Rooms) -> (Layout, Rooms) {
    let top = spec.title.bottom();
    let panel = Rect {
        x: rooms.left,
        y: top,
        width: (spec.width - rooms.left - rooms.right).max(PANEL_SHARE * spec.width - rooms.left),
        height: spec.height - top - rooms.bottom,
    };
    let (x_range, y_range) = match spec.equal {
        true => equal_scale(spec.x.range, spec.y.range, panel),
        false => (spec.x.range, spec.y.range),
    };
    let small = theme().small_pt;
    let x_ticks = |range| match marks.0 {
        Marks::Numbers => Ticks::fitting_width(range, panel.width, small),
        Marks::Logarithms => Ticks::logarithmic(range, (panel.width / 12.0).max(2.0) as usize),
        Marks::Names(_) => Ticks::default(),
    };
    let y_ticks = |range| match marks.1 {
        Marks::Numbers => Ticks::fitting_height(range, panel.height),
        Marks::Logarithms => Ticks::logarithmic(range, (panel.height / 6.0).max(2.0) as usize),
        Marks::Names(_) => Ticks::default(),
    };
    let step = |range: (f64, f64), length: f64| (length / (range.1 - range.0)).abs();
    let x_names = match marks.0 {
        Marks::Names(names) => Some(Names::below(names, step(x_range, panel.width))),
        _ => None,
    };
    let y_names = match marks.1 {
        Marks::Names(names) => Some(Names::beside(names, step(y_range, panel.height))),
        _ => None,
    };
    let axis = |spec: &AxisSpec, range, ticks: &dyn Fn((f64, f64)) -> Ticks| Axis {
        range,
        ticks: if spec.numbered { ticks(range) } else { Ticks::default() },
        numbered: spec.numbered,
    };
    let (x, y) = (axis(&spec.x, x_range, &x_ticks), axis(&spec.y, y_range, &y_ticks));
    // The last number may stick out of the panel by half its width.
    let overhang = theme().margin_mm + 0.5 * x.ticks.label_width(small);
    let x_lines = font::wrap(&spec.x.label, theme().label_pt, panel.width, MAX_LABEL_LINES);
    let y_lines = font::wrap(&spec.y.label, theme().label_pt, panel.height, MAX_LABEL_LINES);
    let (x_depth, y_depth) = depths((&x, &y), (&x_names, &y_names));
    let needed = Rooms {
        left: theme().margin_mm + label_room(&y_lines) + y_depth,
        right: overhang.max(rooms.right),
        bottom: theme().margin_mm + label_room(&x_lines) + x_depth,
    };
    let layout = Layout {
        size: (panel.right() + rooms.right, spec.height.max(top + spec.side.1 + theme().margin_mm)),
        side_at: (panel.right() + theme().gap_mm, top),
        panel,
        x,
        y,
        x_names,
        y_names,
        x_lines,
        y_lines,
        title: Title(Vec::new()),
    };
    (layout, needed)
}

/// Widens one of two ranges about its middle until both have the same length per millimetre.
fn equal_scale(x: (f64, f64), y: (f64, f64), panel: Rect) -> ((f64, f64), (f64, f64)) {
    let per_mm = ((x.1 - x.0) / panel.width).max((y.1 - y.0) / panel.height);
    let widened = |range: (f64, f64), length: f64| {
        let middle = 0.5 * (range.0 + range.1);
        (middle - 0.5 * per_mm * length, middle + 0.5 * per_mm * length)
    };
    (widened(x, panel.width), widened(y, panel.height))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(numbered: bool, equal: bool, side: (f64, f64)) -> ChartSpec {
        ChartSpec {
            width: 100.0,
            height: 80.0,
            title: Title::new(Some("title"), 100.0),
            x: AxisSpec { range: (-123_456.0, 12.0), label: "width".into(), numbered },
            y: AxisSpec { range: (-1e5, 1e5), label: "height".into(), numbered },
            equal,
            side,
        }
    }

    #[test]
    fn everything_has_its_room() {
        for (numbered, equal) in [(true, false), (true, true), (false, false), (false, true)] {
            let layout = Layout::new(spec(numbered, equal, (0.0, 0.0)));
            let panel = layout.panel;
            assert_eq!(layout.size, (100.0, 80.0));
            let labels = layout.y.ticks.label_width(theme().small_pt);
            assert!(panel.x >= theme().margin_mm + label_room(&layout.y_lines) + layout.y.depth(labels));
            assert!(panel.right() + 0.5 * layout.x.ticks.label_width(theme().small_pt) < layout.size.0);
            assert!(panel.bottom() + layout.x.depth(2.0) < layout.size.1 && panel.y > 3.0);
            assert_eq!(layout.x.ticks.values.is_empty(), !numbered);
        }
    }

    #[test]
    fn equal_axes_have_one_scale_and_still_hold_the_data() {
        let Layout { panel, x, y, .. } = Layout::new(spec(true, true, (0.0, 0.0)));
        let scale = |axis: &Axis, length: f64| (axis.range.1 - axis.range.0) / length;
        assert!((scale(&x, panel.width) / scale(&y, panel.height) - 1.0).abs() < 1e-9);
        assert!(x.range.0 <= -123_456.0 && x.range.1 >= 12.0 && y.range.0 <= -1e5 && y.range.1 >= 1e5);
    }

    #[test]
    fn a_legend_first_takes_room_and_then_widens_the_figure() {
        let small = Layout::new(spec(true, false, (20.0, 30.0)));
        assert_eq!(small.size.0, 100.0);
        let large = Layout::new(spec(true, false, (90.0, 200.0)));
        assert!(large.size.0 > 140.0 && large.size.1 > 200.0);
        assert!(large.panel.right() >= 64.9);
        assert!(large.side_at.0 + 90.0 < large.size.0);
    }
}
