//! Lines with bands: learning curves, criteria over the number of components, skill over a horizon.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::plot::canvas::Canvas;
use crate::plot::figure::{Figure, Resize};
use crate::plot::layout::{AxisSpec, ChartSpec, Layout, Marks, Title, check_size};
use crate::plot::legend::{Entry, Legend, Swatch};
use crate::plot::marks::At;
use crate::plot::theme::{Marker, theme};
use crate::plot::ticks::{drawable, padded};

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Line {
    /// What the legend calls it.
    pub name: String,
    /// Places along the horizontal axis; 1, 2, 3, … where there are none.
    pub x: Vec<f64>,
    /// Its values; what is not finite is a gap.
    pub y: Vec<f64>,
    /// Lower edge of its band; none without one.
    pub low: Vec<f64>,
    /// Upper edge of its band.
    pub high: Vec<f64>,
}

/// How lines look. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinesOptions {
    /// Title above the panel.
    pub title: Option<String>,
    /// Width of the figure.
    pub width_mm: f64,
    /// Height of the figure.
    pub height_mm: f64,
    /// Label of the horizontal axis.
    pub x_label: String,
    /// Label of the vertical axis.
    pub y_label: String,
    /// Whether the horizontal axis is logarithmic; what is not above zero is a gap there.
    pub log_x: bool,
    /// Whether the vertical axis is logarithmic.
    pub log_y: bool,
    /// Ends of the vertical axis.
    pub range: Option<(f64, f64)>,
    /// Whether values have points; by default those of lines of 30 at most.
    pub points: Option<bool>,
    /// A dashed level line at this value, such as chance.
    pub reference: Option<f64>,
}

impl Default for LinesOptions {
    fn default() -> Self {
        LinesOptions {
            title: None,
            width_mm: 110.0,
            height_mm: 70.0,
            x_label: String::new(),
            y_label: String::new(),
            log_x: false,
            log_y: false,
            range: None,
            points: None,
            reference: None,
        }
    }
}

impl Resize for LinesOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, height_mm);
    }
}

const MOST_POINTS: usize = 30;
const RADIUS_MM: f64 = 0.65;

/// Draws lines over one pair of axes, bands below all lines, with a legend where there are several. Values beyond a given
/// `range` are gaps.
///
/// # Errors
/// When there is no finite value, when the parts of a line differ in length, when an option is out of range.
pub fn lines(lines: &[Line], options: &LinesOptions) -> Result<Figure> {
    check_size("width_mm", options.width_mm, 40.0)?;
    check_size("height_mm", options.height_mm, 30.0)?;
    lines.iter().try_for_each(check)?;
    let on = |log: bool, v: f64| match log {
        true if v > 0.0 => v.log10(),
        true => f64::NAN,
        false => v,
    };
    let x_of = |line: &Line, i: usize| on(options.log_x, line.x.get(i).copied().unwrap_or(i as f64 + 1.0));
    let y_of = |v: f64| on(options.log_y, v);
    let shown = |line: &Line, values: &[f64]| -> Vec<(f64, f64)> {
        values.iter().enumerate().map(|(i, &v)| (x_of(line, i), y_of(v))).collect()
    };
    let drawn = |p: &(f64, f64)| drawable(p.0) && drawable(p.1);
    let all: Vec<(f64, f64)> =
        lines.iter().flat_map(|l| [&l.y, &l.low, &l.high].map(|v| shown(l, v))).flatten().filter(drawn).collect();
    if !lines.iter().flat_map(|l| shown(l, &l.y)).any(|p| drawn(&p)) {
        return Err(Error::value("there is no finite value to draw a line through"));
    }
    let y_range = match options.range.map(|(low, high)| (y_of(low), y_of(high))) {
        Some((low, high)) if drawable(low) && drawable(high) && low < high => (low, high),
        Some(_) => return Err(Error::value("`range` must be two numbers on the axis, the smaller first")),
        None => padded(all.iter().map(|p| p.1).chain(options.reference.map(y_of)).filter(|&v| drawable(v)), 0.06),
    };
    let theme = theme();
    let color = |i: usize| theme.class_color(i, lines.len());
    let title = Title::new(options.title.as_deref(), options.width_mm);
    let entry =
        |(i, line): (usize, &Line)| Entry { swatch: Swatch::Line(color(i)), name: line.name.clone(), count: None };
    let entries: Vec<Entry> = if lines.len() > 1 { lines.iter().enumerate().map(entry).collect() } else { Vec::new() };
    let legend = Legend::columns(&entries, options.height_mm - title.bottom() - theme.margin_mm);
    let spec = ChartSpec {
        width: options.width_mm,
        height: options.height_mm,
        title,
        x: AxisSpec { range: padded(all.iter().map(|p| p.0), 0.03), label: options.x_label.clone(), numbered: true },
        y: AxisSpec { range: y_range, label: options.y_label.clone(), numbered: true },
        equal: false,
        side: (legend.width, legend.height),
    };
    let marks = |log: bool| if log { Marks::Logarithms } else { Marks::Numbers };
    let layout = Layout::marked(spec, &marks(options.log_x), &marks(options.log_y));
    let mut canvas = Canvas::new(layout.size.0, layout.size.1);
    layout.draw_axes(&mut canvas)?;
    let page = |(x, y): (f64, f64)| (layout.x_at(x), layout.y_at(y));
    let inside = |p: &(f64, f64)| drawn(p) && (y_range.0..=y_range.1).contains(&p.1);
    for (i, line) in lines.iter().enumerate() {
        // Bands reach to the panel's edge where they leave it.
        let cut = |values: &[f64]| -> Vec<(f64, f64)> {
            shown(line, values).into_iter().map(|(x, y)| (x, y.clamp(y_range.0, y_range.1))).collect()
        };
        let edges: Vec<_> = cut(&line.low).into_iter().zip(cut(&line.high)).collect();
        for run in edges.split(|(low, high)| !(drawn(low) && drawn(high))) {
            let upper = run.iter().map(|e| page(e.1));
            let corners: Vec<At> = upper.chain(run.iter().rev().map(|e| page(e.0))).collect();
            canvas.area(&corners, color(i), 0.18);
        }
    }
    if let Some(level) = options.reference.map(y_of).filter(|v| (y_range.0..=y_range.1).contains(v)) {
        let x = layout.x.range;
        canvas.dashed(&[page((x.0, level)), page((x.1, level))], theme.ink, theme.line_mm);
    }
    for (i, line) in lines.iter().enumerate() {
        let points = shown(line, &line.y);
        let dotted = options.points.unwrap_or(points.len() <= MOST_POINTS);
        for run in points.split(|p| !inside(p)).filter(|run| !run.is_empty()) {
            let run: Vec<At> = run.iter().map(|&p| page(p)).collect();
            canvas.polyline(&run, color(i), 1.5 * theme.line_mm);
            if dotted || run.len() == 1 {
                run.iter().for_each(|&at| canvas.point(at, (Marker::Circle, RADIUS_MM), color(i), 1.0));
            }
        }
    }
    legend.draw(&mut canvas, layout.side_at);
    Ok(canvas.finish("lines"))
}

fn check(line: &Line) -> Result<()> {
    let n = line.y.len();
    for (part, found) in [("x", line.x.len()), ("low", line.low.len()), ("high", line.high.len())] {
        if found != n && found != 0 {
            return Err(Error::value(format!("line `{}` has {n} values in `y` but {found} in `{part}`", line.name)));
        }
    }
    if line.low.is_empty() != line.high.is_empty() {
        return Err(Error::value(format!("the band of line `{}` needs both `low` and `high`", line.name)));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plot::figure::tests::{parses, texts};

    fn line(name: &str, n: usize, f: impl Fn(f64) -> f64) -> Line {
        let y: Vec<f64> = (0..n).map(|i| f(i as f64)).collect();
        let shifted = |by: f64| y.iter().map(|v| v + by).collect();
        Line { name: name.into(), x: Vec::new(), low: shifted(-1.0), high: shifted(1.0), y }
    }

    #[test]
    fn lines_have_bands_points_and_a_legend() {
        let figure = lines(&[line("one", 10, |x| x), line("two <", 10, |x| -x)], &LinesOptions::default()).unwrap();
        parses(&figure);
        assert_eq!(figure.svg().matches("fill-opacity").count(), 2);
        assert_eq!(figure.svg().matches("<circle").count(), 20);
        assert!(texts(&figure).contains(&"two <".to_string()));
    }

    #[test]
    fn gaps_split_lines_and_what_leaves_the_range_is_a_gap() {
        let gap = Line { y: vec![1.0, f64::NAN, 3.0, 4.0], ..Default::default() };
        let figure =
            lines(std::slice::from_ref(&gap), &LinesOptions { points: Some(false), ..Default::default() }).unwrap();
        parses(&figure);
        assert_eq!(figure.svg().matches("<circle").count(), 1);
        let options = LinesOptions { range: Some((0.0, 3.5)), ..Default::default() };
        assert_eq!(lines(&[gap], &options).unwrap().svg().matches("<circle").count(), 2);
    }

    #[test]
    fn logarithmic_axes_have_powers_and_drop_what_is_not_positive() {
        let options = LinesOptions { log_x: true, log_y: true, ..Default::default() };
        let steps = Line { x: vec![1.0, 100.0, 10_000.0], y: vec![0.0, 0.001, 10.0], ..Default::default() };
        let figure = lines(&[steps], &options).unwrap();
        parses(&figure);
        assert!(texts(&figure).contains(&"10⁴".to_string()), "{:?}", texts(&figure));
    }

    #[test]
    fn one_point_many_lines_and_long_ones_are_drawn() {
        parses(&lines(&[line("", 1, |_| -3.0)], &LinesOptions::default()).unwrap());
        let many: Vec<_> = (0..30).map(|i| line(&format!("line {i}"), 20, |x| x * i as f64)).collect();
        parses(&lines(&many, &LinesOptions::default()).unwrap());
        parses(&lines(&[line("long", 20_000, f64::sin)], &LinesOptions::default()).unwrap());
    }

    #[test]
    fn what_cannot_be_drawn_says_why() {
        let fails = |l: &[Line], o| lines(l, &o).unwrap_err().to_string();
        assert!(fails(&[], LinesOptions::default()).contains("no finite value"));
        let short = Line { x: vec![1.0], ..line("short", 3, |x| x) };
        assert!(fails(&[short], LinesOptions::default()).contains("1 in `x`"));
        let half = Line { high: vec![], ..line("half", 3, |x| x) };
        assert!(fails(&[half], LinesOptions::default()).contains("both"));
        let range = LinesOptions { range: Some((3.0, 3.0)), ..Default::default() };
        assert!(fails(&[line("", 3, |x| x)], range).contains("`range`"));
    }
}
