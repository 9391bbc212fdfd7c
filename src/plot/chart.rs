//! One panel with axes, drawn by plotters at an exact place of a canvas.
//!
//! plotters maps data to the panel and draws axis lines, ticks, tick labels, grid and data. It works in whole pixels, so
//! its "pixels" here are the canvas's hundredths of a millimetre. Where ticks stand, how wide their labels are and hence
//! where the panel lies is decided before, by [`Ticks`] and the caller; titles and axis labels are the caller's too,
//! because plotters can neither wrap them nor tell how much room they need.

use std::ops::Range;

use plotters::chart::ChartContext;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::{Cartesian2d, ChartBuilder, IntoDrawingArea, LabelAreaPosition, SVGBackend};
use plotters::style::{IntoFont, IntoTextStyle, ShapeStyle};

use super::canvas::{Canvas, Rect, UNITS, units};
use super::font;
use super::theme::{Color, theme};
use super::ticks::Ticks;
use crate::error::{Error, Result};

/// One linear axis of a panel.
#[derive(Clone)]
pub(super) struct Axis {
    /// Values at the panel's ends.
    pub range: (f64, f64),
    /// Ticks within the range; none for an axis without numbers.
    pub ticks: Ticks,
    /// Whether ticks and their labels are drawn; a grid may show them without.
    pub numbered: bool,
}

impl Axis {
    /// Distance from the axis line to the far edge of its tick labels, `label_mm` being their size across the axis.
    pub fn depth(&self, label_mm: f64) -> f64 {
        if self.numbered && !self.ticks.values.is_empty() { 2.0 * theme().tick_mm + label_mm } else { 0.0 }
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (start, end): (i32, i32)) -> i32 {
        let along = (value - self.range.0) / (self.range.1 - self.range.0);
        (f64::from(start) + along * f64::from(end - start)).round() as i32
    }

    /// plotters numbers the bold points, and draws grid lines at bold and light ones.
    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        let light = hint.weight().allow_light_points();
        if light == self.numbered { Vec::new() } else { self.ticks.values.clone() }
    }

    fn range(&self) -> Range<f64> {
        self.range.0..self.range.1
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        self.ticks.label(*value)
    }
}

/// The panel that data is drawn into, in data coordinates.
pub(super) type Panel<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>;

/// What drawing with plotters returns.
pub(super) type Drawn = std::result::Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Draws axes, and by `series` the data, into `panel` of the canvas. With `grid`, light lines at the ticks lie below.
pub(super) fn draw(
    canvas: &mut Canvas,
    panel: Rect,
    (x, y): (&Axis, &Axis),
    grid: bool,
    series: impl for<'a, 'b> FnOnce(&mut Panel<'a, 'b>) -> Drawn,
) -> Result<()> {
    font::register_with_plotters();
    let size = canvas.size_units();
    let mut svg = String::new();
    draw_into(&mut svg, size, panel, (x, y), grid, series)
        .map_err(|cause| Error::internal(format!("plotters failed: {cause}")))?;
    // Of plotters' document only the content is wanted.
    let content = svg.split_once('\n').map_or("", |(_, rest)| rest);
    let content = content.trim_end().strip_suffix("</svg>").unwrap_or(content);
    canvas.raw("<g stroke-linecap=\"round\" stroke-linejoin=\"round\">\n");
    canvas.raw(content);
    canvas.raw("</g>\n");
    Ok(())
}

fn draw_into(
    svg: &mut String,
    size: (u32, u32),
    panel: Rect,
    (x, y): (&Axis, &Axis),
    grid: bool,
    series: impl for<'a, 'b> FnOnce(&mut Panel<'a, 'b>) -> Drawn,
) -> Drawn {
    let root = SVGBackend::with_string(svg, size).into_drawing_area();
    let (left, top) = (units(panel.x) as i32, units(panel.y) as i32);
    let (right, bottom) = (size.0 as i32 - units(panel.right()) as i32, size.1 as i32 - units(panel.bottom()) as i32);
    let mut chart = ChartBuilder::on(&root)
        .margin_top(top)
        .margin_right(right)
        .set_label_area_size(LabelAreaPosition::Left, left)
        .set_label_area_size(LabelAreaPosition::Bottom, bottom)
        .build_cartesian_2d(x.clone(), y.clone())?;

    // plotters divides by 1.24 what it writes as the SVG's font size.
    let small = theme().small_pt * font::MM_PER_PT * UNITS * 1.24;
    let text = (font::FAMILY, small).into_font().color(&theme().ink.plotters()).into_text_style(&root);
    let tick = |axis: &Axis| if axis.numbered { units(theme().tick_mm) as i32 } else { 0 };
    let mut mesh = chart.configure_mesh();
    if !grid && !theme().show_grid {
        mesh.disable_mesh();
    }
    mesh.axis_style(line(theme().ink, theme().axis_mm))
        .bold_line_style(line(theme().grid, theme().grid_mm))
        .light_line_style(line(theme().grid, theme().grid_mm))
        .label_style(text)
        .set_tick_mark_size(LabelAreaPosition::Bottom, tick(x))
        .set_tick_mark_size(LabelAreaPosition::Left, tick(y))
        .draw()?;
    series(&mut chart)?;
    root.present()
}

/// A line of a colour and a width in millimetres.
pub(super) fn line(color: Color, width_mm: f64) -> ShapeStyle {
    ShapeStyle::from(&color.plotters()).stroke_width(units(width_mm) as u32)
}
