//! Bars with intervals: scores of methods, counts of classes.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::plot::canvas::{Anchor, Canvas, Rect};
use crate::plot::figure::{Figure, Resize};
use crate::plot::font;
use crate::plot::layout::{AxisSpec, ChartSpec, Layout, Marks, Title, check_size};
use crate::plot::legend::{Entry, Legend, Swatch};
use crate::plot::names::closest;
use crate::plot::theme::theme;
use crate::plot::ticks::{drawable, padded};

/// One bar.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bar {
    /// The place on the axis; bars of one name stand together.
    pub name: String,
    /// Its length; not finite for a gap.
    pub value: f64,
    /// The lower end of its interval.
    pub low: Option<f64>,
    /// The upper end of its interval.
    pub high: Option<f64>,
    /// Which of several series it belongs to; each has a colour.
    pub series: String,
}

/// How bars look. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct BarsOptions {
    /// Title above the panel.
    pub title: Option<String>,
    /// Width of the figure; it grows where upright bars would stand closer than lines of text.
    pub width_mm: f64,
    /// Height of the figure; it grows where level bars would.
    pub height_mm: f64,
    /// Whether bars lie on their side, their names to the left.
    pub horizontal: bool,
    /// Label of the axis of values.
    pub value_label: String,
    /// A dashed line at this value, such as chance.
    pub reference: Option<f64>,
    /// Ends of the axis of values; by default from 0 to a little beyond the longest interval.
    pub range: Option<(f64, f64)>,
    /// Whether each bar's value is written at its end, where there is room.
    pub numbers: bool,
}

impl Default for BarsOptions {
    fn default() -> Self {
        BarsOptions {
            title: None,
            width_mm: 100.0,
            height_mm: 70.0,
            horizontal: false,
            value_label: String::new(),
            reference: None,
            range: None,
            numbers: false,
        }
    }
}

impl Resize for BarsOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, height_mm);
    }
}

/// Share of a place that its bars fill.
const FILL: f64 = 0.74;

/// Draws a bar for each value, those of one name side by side in the colours of their series, with their intervals.
/// Names and series stand in the order in which they first occur.
///
/// # Errors
/// When there is no finite value, when an interval does not hold its value, when two bars have one name and series, when an
/// option is out of range.
pub fn bars(bars: &[Bar], options: &BarsOptions) -> Result<Figure> {
    check_size("width_mm", options.width_mm, 30.0)?;
    check_size("height_mm", options.height_mm, 30.0)?;
    check(bars)?;
    let theme = theme();
    let names = firsts(bars.iter().map(|b| b.name.as_str()));
    let series = firsts(bars.iter().map(|b| b.series.as_str()));
    let range = range(bars, options)?;
    let n = names.len() as f64;
    let room = closest() * n * (0.5 + 0.25 * series.len() as f64).max(1.0) + 25.0;
    let (width, height) = match options.horizontal {
        true => (options.width_mm, options.height_mm.max(room)),
        false => (options.width_mm.max(room), options.height_mm),
    };
    let title = Title::new(options.title.as_deref(), width);
    let entry = |(i, name): (usize, &String)| Entry {
        swatch: Swatch::Disc(theme.class_color(i, series.len())),
        name: name.clone(),
        count: None,
    };
    let entries: Vec<Entry> =
        if series.len() > 1 { series.iter().enumerate().map(entry).collect() } else { Vec::new() };
    let legend = Legend::columns(&entries, height - title.bottom() - theme.margin_mm);
    let places = (-0.5, n - 0.5);
    let values = AxisSpec { range, label: options.value_label.clone(), numbered: true };
    let (x, y) = match options.horizontal {
        // The first name at the top.
        true => (values, AxisSpec { range: (places.1, places.0), label: String::new(), numbered: false }),
        false => (AxisSpec { range: places, label: String::new(), numbered: false }, values),
    };
    let spec = ChartSpec { width, height, title, x, y, equal: false, side: (legend.width, legend.height) };
    let named = Marks::Names(names.clone());
    let layout = match options.horizontal {
        true => Layout::marked(spec, &Marks::Numbers, &named),
        false => Layout::marked(spec, &named, &Marks::Numbers),
    };
    let mut canvas = Canvas::new(layout.size.0, layout.size.1);
    // A place along the names and one along the values as a place on the page.
    let page = |place: f64, value: f64| match options.horizontal {
        true => (layout.x_at(value), layout.y_at(place)),
        false => (layout.x_at(place), layout.y_at(value)),
    };
    let thick = FILL / series.len() as f64;
    let base = 0.0f64.clamp(range.0, range.1);
    let cut = |v: f64| v.clamp(range.0, range.1);
    let place_of = |bar: &Bar| -> (f64, usize) {
        let name = names.iter().position(|n| *n == bar.name).unwrap_or(0);
        let own = series.iter().position(|s| *s == bar.series).unwrap_or(0);
        (name as f64 - 0.5 * FILL + (own as f64 + 0.5) * thick, own)
    };
    if theme.show_grid {
        layout.draw_axes(&mut canvas)?;
    }
    for bar in bars.iter().filter(|b| drawable(b.value)) {
        let (middle, own) = place_of(bar);
        let (a, b) = (page(middle - 0.5 * thick, base), page(middle + 0.5 * thick, cut(bar.value)));
        let rect = Rect { x: a.0.min(b.0), y: a.1.min(b.1), width: (a.0 - b.0).abs(), height: (a.1 - b.1).abs() };
        canvas.fill(rect, theme.class_color(own, series.len()).faded(0.15));
    }
    for bar in bars.iter().filter(|b| drawable(b.value)) {
        let (middle, _) = place_of(bar);
        let (low, high) = (cut(bar.low.unwrap_or(bar.value)), cut(bar.high.unwrap_or(bar.value)));
        if high > low {
            let cap = 0.2 * thick;
            canvas.polyline(&[page(middle, low), page(middle, high)], theme.ink, theme.line_mm);
            for end in [low, high] {
                canvas.polyline(&[page(middle - cap, end), page(middle + cap, end)], theme.ink, theme.line_mm);
            }
        }
    }
    if let Some(value) = options.reference {
        canvas.dashed(&[page(places.0, value), page(places.1, value)], theme.ink, theme.line_mm);
    }
    if options.numbers {
        numbers(&mut canvas, bars, options.horizontal, &layout, |bar| {
            let beyond = if bar.value < base { bar.low.unwrap_or(bar.value) } else { bar.high.unwrap_or(bar.value) };
            (page(place_of(bar).0, cut(beyond)), thick * layout.panel.width / n)
        });
    }
    if !theme.show_grid {
        layout.draw_axes(&mut canvas)?;
    }
    if range.0 < 0.0 && range.1 > 0.0 {
        canvas.polyline(&[page(places.0, 0.0), page(places.1, 0.0)], theme.ink, theme.axis_mm);
    }
    legend.draw(&mut canvas, layout.side_at);
    Ok(canvas.finish("bars"))
}

/// Writes the bars' values beyond their ends.
fn numbers(
    canvas: &mut Canvas,
    bars: &[Bar],
    horizontal: bool,
    layout: &Layout,
    end: impl Fn(&Bar) -> ((f64, f64), f64),
) {
    let theme = theme();
    let pt = 0.9 * theme.small_pt;
    let cap = font::CAP_HEIGHT * pt * font::MM_PER_PT;
    for bar in bars.iter().filter(|b| drawable(b.value)) {
        let ((x, y), room) = end(bar);
        let text = shortly(bar.value);
        let width = font::width(&text, pt);
        let down = bar.value < 0.0;
        match horizontal {
            true if x + width + 1.0 <= layout.panel.right() && !down => {
                canvas.text((x + 0.8, y + 0.5 * cap), Anchor::Start, pt, theme.ink, &text);
            }
            false if width <= room => {
                let at = (x, if down { y + cap + 0.8 } else { y - 0.8 });
                canvas.text(at, Anchor::Middle, pt, theme.ink, &text);
            }
            _ => {}
        }
    }
}

/// A number with three significant digits.
fn shortly(v: f64) -> String {
    let decimals = match v.abs() {
        a if a >= 100.0 || v.fract() == 0.0 => 0,
        a if a >= 10.0 => 1,
        a if a >= 1.0 => 2,
        _ => 3,
    };
    format!("{v:.decimals$}").replace('-', "−")
}

fn range(bars: &[Bar], options: &BarsOptions) -> Result<(f64, f64)> {
    match options.range {
        Some((low, high)) if drawable(low) && drawable(high) && low < high => Ok((low, high)),
        Some((low, high)) => {
            Err(Error::value(format!("`range` is {low} to {high}, expected two finite numbers, the smaller first")))
        }
        None => {
            let ends = bars.iter().flat_map(|b| [Some(b.value), b.low, b.high]).flatten();
            let (low, high) = padded(ends.chain(options.reference).filter(|&v| drawable(v)).chain([0.0]), 0.0);
            let beyond = if options.numbers { 0.12 } else { 0.05 } * (high - low);
            Ok((if low < 0.0 { low - beyond } else { 0.0 }, if high > 0.0 { high + beyond } else { 0.0 }))
        }
    }
}

fn check(bars: &[Bar]) -> Result<()> {
    if !bars.iter().any(|b| drawable(b.value)) {
        return Err(Error::value("there is no bar with a finite value to draw"));
    }
    for (i, bar) in bars.iter().enumerate() {
        if bars[..i].iter().any(|b| (&b.name, &b.series) == (&bar.name, &bar.series)) {
            return Err(Error::value(format!("two bars are called `{}`", bar.name))
                .help("give them different names, or different `series`"));
        }
        let low = bar.low.is_none_or(|low| drawable(low) && low <= bar.value);
        let high = bar.high.is_none_or(|high| drawable(high) && high >= bar.value);
        if drawable(bar.value) && !(low && high) {
            return Err(Error::value(format!(
                "the interval of bar `{}` is {:?} to {:?}, which does not hold its value {}",
                bar.name, bar.low, bar.high, bar.value
            ))
            .help("`low` and `high` are the ends of the interval, not lengths"));
        }
    }
    Ok(())
}

/// The different texts in the order of their first occurrence.
fn firsts<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for text in texts {
        if !seen.iter().any(|s| s == text) {
            seen.push(text.to_string());
        }
    }
    seen
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plot::figure::tests::{parses, texts};

    fn bar(name: &str, value: f64, half: f64, series: &str) -> Bar {
        Bar { name: name.into(), value, low: Some(value - half), high: Some(value + half), series: series.into() }
    }

    #[test]
    fn bars_stand_in_the_order_given_with_a_legend_of_series() {
        let all = [bar("svm", 0.8, 0.05, "ours"), bar("knn", 0.7, 0.1, "ours"), bar("svm", 0.5, 0.1, "theirs <")];
        for horizontal in [false, true] {
            let options = BarsOptions { horizontal, reference: Some(0.3), numbers: true, ..Default::default() };
            let figure = bars(&all, &options).unwrap();
            parses(&figure);
            let found = texts(&figure);
            for text in ["svm", "knn", "ours", "theirs <", "0.800"] {
                assert!(found.contains(&text.to_string()), "{text}: {found:?}");
            }
            assert_eq!(figure.svg().matches("stroke-dasharray").count(), 1);
        }
    }

    #[test]
    fn negative_values_many_bars_and_gaps_are_drawn() {
        let negative =
            [bar("a", -3.0, 1.0, ""), bar("b", 2.0, 0.5, ""), Bar { value: f64::NAN, ..bar("c", 0.0, 0.0, "") }];
        parses(&bars(&negative, &BarsOptions { numbers: true, ..Default::default() }).unwrap());
        for horizontal in [false, true] {
            let many: Vec<_> =
                (0..60).map(|i| bar(&format!("a long name of a class {i}"), i as f64, 1.0, "")).collect();
            let figure = bars(&many, &BarsOptions { horizontal, ..Default::default() }).unwrap();
            parses(&figure);
            assert_eq!(texts(&figure).iter().filter(|t| t.starts_with("a long")).count(), 60);
            parses(&bars(&[bar("one", 0.0, 0.0, "")], &BarsOptions { horizontal, ..Default::default() }).unwrap());
        }
    }

    #[test]
    fn what_cannot_be_drawn_says_why() {
        let fails = |b: &[Bar], o| bars(b, &o).unwrap_err().to_string();
        assert!(fails(&[], BarsOptions::default()).contains("no bar"));
        assert!(fails(&[bar("a", 1.0, 0.0, ""), bar("a", 2.0, 0.0, "")], BarsOptions::default()).contains("two bars"));
        assert!(fails(&[bar("a", 1.0, -0.5, "")], BarsOptions::default()).contains("does not hold"));
        let range = BarsOptions { range: Some((1.0, 0.0)), ..Default::default() };
        assert!(fails(&[bar("a", 1.0, 0.0, "")], range).contains("`range`"));
    }
}
