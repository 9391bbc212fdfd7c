//! Values of groups beside each other: boxes, violins or points alone, with raw points, lines between pairs and the p of
//! rank tests above.

mod brackets;
mod shapes;

use serde::Deserialize;

use brackets::Brackets;
pub use brackets::Compare;

use crate::error::{Error, Result};
use crate::plot::canvas::Canvas;
use crate::plot::figure::{Figure, Resize};
use crate::plot::layout::{AxisSpec, ChartSpec, Layout, Marks, Title, check_size};
use crate::plot::names::closest;
use crate::plot::theme::{Marker, theme};
use crate::plot::ticks::{drawable, padded};

/// The values of one group. With paired groups, values at the same place belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its values; what is not finite is left out.
    pub values: Vec<f64>,
}

/// How the values of a group are summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Median, quartiles, and whiskers to the last value within 1.5 interquartile ranges (Tukey).
    #[default]
    Box,
    /// A kernel density estimate (Gaussian, Silverman's rule) between the least and the largest value, with the box inside.
    Violin,
    /// The points alone, with a line at the median.
    Strip,
}

/// How distributions look. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DistributionsOptions {
    /// Title above the panel.
    pub title: Option<String>,
    /// Width of the figure; it grows where groups would stand closer than lines of text.
    pub width_mm: f64,
    /// Height of the figure.
    pub height_mm: f64,
    /// `box`, `violin` or `strip`.
    pub kind: Shape,
    /// Whether every value is drawn as a point; by default in strips, and upon boxes of 200 values at most.
    pub points: Option<bool>,
    /// Whether values at the same place of the groups belong together: they are joined by lines, and tested as pairs.
    pub paired: bool,
    /// Which groups are tested against each other: `none`, `all`, `neighbours`, or pairs of names.
    pub compare: Compare,
    /// Whether p values are corrected for their number (Holm 1979).
    pub holm: bool,
    /// Whether the axis is logarithmic; values of zero and below cannot be drawn then.
    pub log: bool,
    /// Label of the axis of values.
    pub y_label: String,
    /// Label of the axis of groups.
    pub x_label: String,
}

impl Default for DistributionsOptions {
    fn default() -> Self {
        DistributionsOptions {
            title: None,
            width_mm: 85.0,
            height_mm: 75.0,
            kind: Shape::default(),
            points: None,
            paired: false,
            compare: Compare::default(),
            holm: true,
            log: false,
            y_label: String::new(),
            x_label: String::new(),
        }
    }
}

impl Resize for DistributionsOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, height_mm);
    }
}

/// Boxes of more values have no points unless asked for.
const MOST_POINTS: usize = 200;

/// Draws the values of groups side by side. Tests are Mann-Whitney's U, or Wilcoxon's signed ranks for pairs, two-sided
/// and exact for up to 60 values (see [`rank_test`](crate::metrics::rank_test)).
///
/// # Errors
/// When there is no group, or none with a finite value; when a logarithmic axis meets zero or less; when paired groups
/// differ in length; when `compare` names an unknown group; when a size is out of range.
pub fn distributions(groups: &[Group], options: &DistributionsOptions) -> Result<Figure> {
    check_size("width_mm", options.width_mm, 30.0)?;
    check_size("height_mm", options.height_mm, 30.0)?;
    check(groups, options)?;
    let on_axis = |v: f64| if options.log { v.log10() } else { v };
    let shown: Vec<Vec<f64>> =
        groups.iter().map(|g| g.values.iter().copied().filter(|&v| drawable(v)).map(on_axis).collect()).collect();
    let brackets = Brackets::new(groups, options)?;
    let n = groups.len() as f64;
    let width = options.width_mm.max(1.2 * closest() * n + 20.0);
    let range = padded(shown.iter().flatten().copied(), 0.05);
    // Room for the brackets above the data, as a share of the panel.
    let share = (brackets.height() / (0.75 * options.height_mm)).min(0.6);
    let top = range.1 + (range.1 - range.0) * share / (1.0 - share);
    let spec = ChartSpec {
        width,
        height: options.height_mm,
        title: Title::new(options.title.as_deref(), width),
        x: AxisSpec { range: (-0.6, n - 0.4), label: options.x_label.clone(), numbered: false },
        y: AxisSpec { range: (range.0, top), label: options.y_label.clone(), numbered: true },
        equal: false,
        side: (0.0, 0.0),
    };
    let values = if options.log { Marks::Logarithms } else { Marks::Numbers };
    let names = Marks::Names(groups.iter().map(|g| g.name.clone()).collect());
    let layout = Layout::marked(spec, &names, &values);
    let mut canvas = Canvas::new(layout.size.0, layout.size.1);
    layout.draw_axes(&mut canvas)?;

    let theme = theme();
    let largest = shown.iter().map(Vec::len).max().unwrap_or(0);
    let points = options.points.unwrap_or(match options.kind {
        Shape::Strip => true,
        Shape::Box => largest <= MOST_POINTS,
        Shape::Violin => false,
    });
    let half = 0.36 * layout.panel.width / (n + 0.2);
    let half = half.min(9.0);
    let radius = (0.7 / (largest as f64 / 30.0).max(1.0).powf(0.25)).max(0.2);
    for (i, values) in shown.iter().enumerate() {
        let color = theme.class_color(i, groups.len());
        let centre = layout.x_at(i as f64);
        shapes::draw(&mut canvas, &layout, (centre, half), values, color, options.kind, points);
    }
    // Places of the points: lines join them where groups are paired.
    let places: Vec<Vec<Option<(f64, f64)>>> = groups
        .iter()
        .enumerate()
        .map(|(i, group)| {
            let centre = layout.x_at(i as f64);
            let spread = if options.paired { 0.0 } else { 0.7 * half };
            shapes::scattered(group.values.iter().map(|&v| on_axis(v)), (centre, spread), radius, |v| layout.y_at(v))
        })
        .collect();
    if options.paired {
        let faint = theme.ink.faded(0.65);
        for pair in places.windows(2) {
            for (a, b) in pair[0].iter().zip(&pair[1]).filter_map(|(a, b)| Some(((*a)?, (*b)?))) {
                canvas.polyline(&[a, b], faint, 0.5 * theme.line_mm);
            }
        }
    }
    if points || options.paired {
        for (i, place) in places.iter().enumerate() {
            let color = match options.kind {
                Shape::Strip => theme.class_color(i, groups.len()),
                _ => theme.ink,
            };
            for &at in place.iter().flatten() {
                canvas.point(
                    at,
                    (Marker::Circle, radius),
                    color,
                    if options.kind == Shape::Strip { 0.75 } else { 0.55 },
                );
            }
        }
    }
    if options.kind == Shape::Strip {
        for (i, values) in shown.iter().enumerate() {
            shapes::median_line(&mut canvas, &layout, (layout.x_at(i as f64), half), values);
        }
    }
    brackets.draw(&mut canvas, &layout);
    Ok(canvas.finish("distributions"))
}

fn check(groups: &[Group], options: &DistributionsOptions) -> Result<()> {
    let finite = |g: &Group| g.values.iter().filter(|&&v| drawable(v)).count();
    if groups.iter().map(finite).sum::<usize>() == 0 {
        return Err(Error::value("there is no finite value to draw").help("give each group an array of numbers"));
    }
    if options.log {
        let bad = |g: &&Group| g.values.iter().any(|&v| drawable(v) && v <= 0.0);
        if let Some(group) = groups.iter().find(bad) {
            let least = group.values.iter().copied().filter(|&v| drawable(v)).fold(f64::INFINITY, f64::min);
            return Err(Error::value(format!("`log` needs values above 0, but group `{}` has {least}", group.name)));
        }
    }
    if options.paired
        && let Some(odd) = groups.iter().find(|g| g.values.len() != groups[0].values.len())
    {
        return Err(Error::value(format!(
            "`paired` groups must have as many values as each other, but `{}` has {} and `{}` {}",
            groups[0].name,
            groups[0].values.len(),
            odd.name,
            odd.values.len()
        ))
        .help("values at the same place belong together; put `()` or NaN where one is missing"));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plot::figure::tests::{parses, texts};

    fn group(name: &str, n: usize, shift: f64) -> Group {
        let value = |i: usize| ((i * 37) % 101) as f64 / 10.0 + shift;
        Group { name: name.into(), values: (0..n).map(value).collect() }
    }

    fn draw(groups: &[Group], options: DistributionsOptions) -> Figure {
        let figure = distributions(groups, &options).unwrap();
        parses(&figure);
        figure
    }

    #[test]
    fn every_kind_draws_every_size_of_group() {
        for kind in [Shape::Box, Shape::Violin, Shape::Strip] {
            for n in [1, 2, 3, 30, 20_000] {
                let groups =
                    [group("one", n, 0.0), group("two <", 1, -5.0), Group { name: "none".into(), values: vec![] }];
                let figure = draw(&groups, DistributionsOptions { kind, ..Default::default() });
                assert!(texts(&figure).contains(&"two <".to_string()));
            }
            let same = [Group { name: "same".into(), values: vec![4.0; 12] }];
            draw(&same, DistributionsOptions { kind, ..Default::default() });
            let many: Vec<_> = (0..30).map(|i| group(&format!("a class of cells {i}"), 20, i as f64)).collect();
            let figure = draw(&many, DistributionsOptions { kind, ..Default::default() });
            assert_eq!(texts(&figure).iter().filter(|t| t.starts_with("a class")).count(), 30);
        }
    }

    #[test]
    fn points_are_drawn_once_each_and_gaps_are_not() {
        let mut one = group("one", 20, 0.0);
        one.values[3] = f64::NAN;
        let figure = draw(&[one.clone()], DistributionsOptions::default());
        assert_eq!(figure.svg().matches("<circle").count(), 19);
        // Without points only those beyond the whiskers are.
        let figure = draw(&[one.clone()], DistributionsOptions { points: Some(false), ..Default::default() });
        assert_eq!(figure.svg().matches("<circle").count(), 0);
        one.values.push(500.0);
        let figure = draw(&[one], DistributionsOptions { points: Some(false), ..Default::default() });
        assert_eq!(figure.svg().matches("<circle").count(), 1);
    }

    #[test]
    fn brackets_state_p() {
        let groups = [group("a", 12, 0.0), group("b", 12, 30.0), group("c", 12, 30.5)];
        let all = DistributionsOptions { compare: Compare::All, ..Default::default() };
        let found = texts(&draw(&groups, all));
        assert_eq!(found.iter().filter(|t| t.starts_with("p ")).count(), 3, "{found:?}");
        let pairs = Compare::Pairs(vec![["a".into(), "c".into()]]);
        let found = texts(&draw(&groups, DistributionsOptions { compare: pairs, ..Default::default() }));
        // All of one below all of the other: 2 of the C(24, 12) orders.
        assert!(found.contains(&"p = 7.4×10⁻⁷".to_string()), "{found:?}");
        let unknown = Compare::Pairs(vec![["a".into(), "d".into()]]);
        let error =
            distributions(&groups, &DistributionsOptions { compare: unknown, ..Default::default() }).unwrap_err();
        assert!(error.message.contains("`d`"), "{error}");
    }

    #[test]
    fn pairs_are_joined() {
        let groups = [group("before", 9, 0.0), group("after", 9, 1.0)];
        let figure = draw(&groups, DistributionsOptions { paired: true, compare: Compare::All, ..Default::default() });
        // All nine differences are 1: 2 of 2^9 signs are as one-sided.
        assert!(texts(&figure).contains(&"p = 0.0039".to_string()), "{:?}", texts(&figure));
    }

    #[test]
    fn what_cannot_be_drawn_says_why() {
        let fails = |groups: &[Group], o| distributions(groups, &o).unwrap_err().to_string();
        assert!(fails(&[], DistributionsOptions::default()).contains("no finite value"));
        let nan = Group { name: "nan".into(), values: vec![f64::NAN] };
        assert!(fails(&[nan], DistributionsOptions::default()).contains("no finite value"));
        let log = DistributionsOptions { log: true, ..Default::default() };
        assert!(fails(&[group("below", 9, -3.0)], log).contains("group `below` has -3"));
        let paired = DistributionsOptions { paired: true, ..Default::default() };
        assert!(fails(&[group("a", 3, 0.0), group("b", 4, 0.0)], paired).contains("`b` 4"));
    }
}
