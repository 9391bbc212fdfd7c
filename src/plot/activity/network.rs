//! Graphs of neurons on one layout: what was inferred, and the anatomy beside it.

use serde::{Deserialize, Serialize};

use crate::activity::connectome::Relations;
use crate::data::Matrix;
use crate::error::{Error, Result};
use crate::plot::canvas::{Anchor, Canvas, Rect};
use crate::plot::figure::{Figure, Resize};
use crate::plot::font;
use crate::plot::layout::{Title, check_size};
use crate::plot::legend::{Entry, Legend, Swatch};
use crate::plot::marks::At;
use crate::plot::theme::{Color, theme};
use crate::plot::ticks::{drawable, padded};

/// How graphs look. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkOptions {
    /// Title above the panels.
    pub title: Option<String>,
    /// Width of the figure.
    pub width_mm: f64,
    /// Number of edges shown of each graph, the strongest; by default three times that of the neurons.
    pub edges: Option<usize>,
    /// Whether edges of the first graph that the second lacks, in either direction, are faded.
    pub fade: bool,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        NetworkOptions { title: None, width_mm: 170.0, edges: None, fade: true }
    }
}

impl Resize for NetworkOptions {
    fn resize(&mut self, width_mm: f64, _height_mm: f64) {
        self.width_mm = width_mm;
    }
}

const GAP_MM: f64 = 4.0;
const NODE_MM: f64 = 0.9;
/// Room for names above and below.
const ABOVE_MM: f64 = 4.0;
/// The widths of the weakest and the strongest edge that is shown.
const WIDTHS_MM: (f64, f64) = (0.12, 0.9);
/// How far an edge bends to its right, in lengths of it: there and back are two lines.
const BEND: f64 = 0.12;
const STEPS: usize = 12;
/// How much of an edge without a counterpart is background.
const FADED: f64 = 0.72;

/// Draws one graph, or two of the same neurons side by side. Neurons stand on a circle in their order, or at `places`, the
/// two columns of a matrix that has a row for each. An edge is as wide as it is strong, in the colour of its sign, and
/// ends in an arrow at the receiver; an edge that is as strong both ways has none.
///
/// # Errors
/// When the graphs have other neurons, places do not fit, or a size is out of range.
pub fn network(
    graph: &Relations,
    beside: Option<&Relations>,
    places: Option<&Matrix>,
    options: &NetworkOptions,
) -> Result<Figure> {
    check_size("width_mm", options.width_mm, 40.0)?;
    if let Some(other) = beside.filter(|b| b.neurons() != graph.neurons()) {
        return Err(Error::value(format!(
            "graphs side by side need the same neurons, but `{}` has {} and `{}` has {}",
            graph.name(),
            graph.len(),
            other.name(),
            other.len()
        ))
        .help("`connectome.relations(neurons)` has those that are asked for"));
    }
    let theme = theme();
    let panels: Vec<&Relations> = std::iter::once(graph).chain(beside).collect();
    let title = Title::new(options.title.as_deref(), options.width_mm);
    let count = panels.len() as f64;
    let side = (options.width_mm - 2.0 * theme.margin_mm - GAP_MM * (count - 1.0)) / count;
    let heading = font::height(1, theme.label_pt) + 1.0;
    let (above, below) = colors();
    let shown = |p: &Relations| p.strongest(options.edges.unwrap_or(3 * p.len()));
    let mut entries = vec![Entry { swatch: Swatch::Line(above), name: "positive".into(), count: None }];
    if panels.iter().any(|p| shown(p).weights().iter().any(|w| *w < 0.0)) {
        entries.push(Entry { swatch: Swatch::Line(below), name: "negative".into(), count: None });
    }
    if beside.is_some() && options.fade {
        let pale = Entry { swatch: Swatch::Line(above.faded(FADED)), name: "no contact".into(), count: None };
        entries.push(pale);
    }
    let legend = Legend::rows(&entries, options.width_mm - 2.0 * theme.margin_mm);
    // A circle is as high as it is wide without the names at its sides.
    let label = graph.neurons().iter().map(|name| font::width(name, theme.small_pt)).fold(0.0, f64::max);
    let margin = label + 1.5 * NODE_MM;
    let height = (side - 2.0 * margin + 2.0 * ABOVE_MM).max(10.0);
    let bottom = title.bottom() + heading + height;
    let mut canvas = Canvas::new(options.width_mm, bottom + theme.gap_mm + legend.height + theme.margin_mm);
    title.draw(&mut canvas);
    for (i, panel) in panels.iter().enumerate() {
        let left = theme.margin_mm + i as f64 * (side + GAP_MM);
        let name = font::wrap(panel.name(), theme.label_pt, side, 1);
        canvas.paragraph((left + 0.5 * side, title.bottom()), Anchor::Middle, theme.label_pt, theme.ink, &name);
        let area = Rect { x: left, y: title.bottom() + heading, width: side, height };
        let other = if i == 0 && options.fade { beside } else { None };
        let at = positions(area, graph.len(), margin, places)?;
        draw(&mut canvas, area, &at, panel, other, options);
    }
    legend.draw(&mut canvas, (theme.margin_mm, bottom + theme.gap_mm));
    Ok(canvas.finish("network"))
}

/// The colours of edges above and below 0.
fn colors() -> (Color, Color) {
    let theme = theme();
    (theme.class_color(5, 8), theme.class_color(4, 8))
}

fn draw(
    canvas: &mut Canvas,
    area: Rect,
    at: &[At],
    graph: &Relations,
    other: Option<&Relations>,
    options: &NetworkOptions,
) {
    let (theme, n) = (theme(), graph.len());
    let names = graph.neurons();
    let shown = graph.strongest(options.edges.unwrap_or(3 * n)).edges();
    let (strongest, weakest) = match (shown.first(), shown.last()) {
        (Some(first), Some(last)) => (first.2.abs(), last.2.abs()),
        _ => (1.0, 0.0),
    };
    // The strongest are drawn last, on top.
    for &(to, from, weight) in shown.iter().rev() {
        let share = if strongest > weakest { (weight.abs() - weakest) / (strongest - weakest) } else { 0.5 };
        let width = WIDTHS_MM.0 + share * (WIDTHS_MM.1 - WIDTHS_MM.0);
        let own = if weight > 0.0 { colors().0 } else { colors().1 };
        let known = other.is_none_or(|o| o.weight(to, from) != 0.0 || o.weight(from, to) != 0.0);
        let color = if known { own } else { own.faded(FADED) };
        let mutual = graph.weight(from, to) == weight;
        if mutual && to < from {
            continue;
        }
        edge(canvas, at[from], at[to], width, color, mutual);
    }
    let middle = (area.x + 0.5 * area.width, area.y + 0.5 * area.height);
    let drop = 0.5 * font::CAP_HEIGHT * theme.small_pt * font::MM_PER_PT;
    for (name, &(x, y)) in names.iter().zip(at) {
        canvas.disc((x, y), NODE_MM, theme.ink);
        // Names stand outside of the circle.
        let (dx, dy) = (x - middle.0, y - middle.1);
        let length = dx.hypot(dy).max(1e-9);
        let out = 1.3 * NODE_MM + 0.4;
        let anchor = match dx / length {
            c if c > 0.3 => Anchor::Start,
            c if c < -0.3 => Anchor::End,
            _ => Anchor::Middle,
        };
        let rise = out * dy / length + if matches!(anchor, Anchor::Middle) { 1.2 * dy.signum() } else { 0.0 };
        canvas.text((x + out * dx / length, y + rise + drop), anchor, theme.small_pt, theme.ink, name);
    }
}

/// Where the neurons stand, with room for names at the sides.
fn positions(area: Rect, n: usize, margin: f64, places: Option<&Matrix>) -> Result<Vec<At>> {
    let inner = Rect {
        x: area.x + margin,
        y: area.y + ABOVE_MM,
        width: area.width - 2.0 * margin,
        height: area.height - 2.0 * ABOVE_MM,
    };
    if inner.width < 10.0 {
        return Err(Error::value(format!(
            "a graph of {n} neurons has no room in {:.0} mm beside their names",
            area.width
        ))
        .help("give a larger `width_mm`"));
    }
    let Some(places) = places else {
        let radius = 0.5 * inner.width.min(inner.height);
        let middle = (area.x + 0.5 * area.width, area.y + 0.5 * area.height);
        let angle = |i: usize| std::f64::consts::TAU * (i as f64 / n as f64 - 0.25);
        return Ok((0..n).map(|i| (middle.0 + radius * angle(i).cos(), middle.1 + radius * angle(i).sin())).collect());
    };
    if places.rows() != n || places.cols() != 2 || !places.values().iter().all(|&v| drawable(v)) {
        return Err(Error::value(format!("places of {} x {} for {n} neurons", places.rows(), places.cols()))
            .help("give two finite columns, with a row for each neuron"));
    }
    let column = |k: usize| padded(places.iter_rows().map(|r| r[k]), 0.02);
    let (x, y) = (column(0), column(1));
    let at = |r: &[f64]| {
        (
            inner.x + inner.width * (r[0] - x.0) / (x.1 - x.0),
            inner.y + inner.height * (1.0 - (r[1] - y.0) / (y.1 - y.0)),
        )
    };
    Ok(places.iter_rows().map(at).collect())
}

/// A bent line from one neuron to another, with an arrow at its end unless it goes both ways.
fn edge(canvas: &mut Canvas, from: At, to: At, width: f64, color: Color, mutual: bool) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy);
    let clear = NODE_MM + 0.3;
    if length <= 2.0 * clear {
        return;
    }
    let bend = if mutual { 0.0 } else { BEND };
    // A quadratic Bézier curve whose middle lies aside.
    let knee = (0.5 * (from.0 + to.0) - 2.0 * bend * dy, 0.5 * (from.1 + to.1) + 2.0 * bend * dx);
    let on = |t: f64| {
        let (a, b, c) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
        (a * from.0 + b * knee.0 + c * to.0, a * from.1 + b * knee.1 + c * to.1)
    };
    let (first, last) = (clear / length, 1.0 - clear / length);
    let head = (1.4 + 1.2 * width, 0.5 + 0.9 * width);
    let tip = on(last);
    let line_end = if mutual { last } else { (last - 0.8 * head.0 / length).max(first) };
    let points: Vec<At> = (0..=STEPS).map(|i| on(first + (line_end - first) * i as f64 / STEPS as f64)).collect();
    canvas.polyline(&points, color, width);
    if !mutual {
        let back = on((last - head.0 / length).max(0.0));
        let (ux, uy) = (tip.0 - back.0, tip.1 - back.1);
        let size = ux.hypot(uy).max(1e-9);
        let (nx, ny) = (-uy / size * head.1, ux / size * head.1);
        canvas.polygon([tip, (back.0 + nx, back.1 + ny), (back.0 - nx, back.1 - ny)], color);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plot::figure::tests::{parses, texts};

    fn ring(n: usize, sign: f64) -> Relations {
        let names = (0..n).map(|i| format!("N{i}<")).collect();
        let weight = |i: usize| if (i / n) == (i % n + 1) % n { sign * (1.0 + (i % n) as f64) } else { 0.0 };
        Relations::new("ring", names, (0..n * n).map(weight).collect()).unwrap()
    }

    #[test]
    fn neurons_have_names_and_edges_arrows() {
        let figure = network(&ring(5, -1.0), None, None, &NetworkOptions::default()).unwrap();
        parses(&figure);
        assert_eq!(figure.svg().matches("<circle").count(), 5);
        assert_eq!(figure.svg().matches("<polygon").count(), 5);
        assert!(texts(&figure).contains(&"N3<".to_string()) && texts(&figure).contains(&"negative".to_string()));
    }

    #[test]
    fn two_graphs_share_their_layout_and_lack_of_contact_is_said() {
        let options = NetworkOptions { edges: Some(4), ..Default::default() };
        let figure = network(&ring(6, 1.0), Some(&ring(6, 2.0)), None, &options).unwrap();
        parses(&figure);
        assert_eq!(figure.svg().matches("<circle").count(), 12);
        assert_eq!(figure.svg().matches("<polygon").count(), 8);
        assert!(texts(&figure).contains(&"no contact".to_string()));
        let both_ways = Relations::new("c", ["A".into(), "B".into()].into(), vec![0.0, 1.0, 1.0, 0.0]).unwrap();
        let figure = network(&both_ways, None, None, &NetworkOptions::default()).unwrap();
        assert_eq!(figure.svg().matches("<polygon").count(), 0);
    }

    #[test]
    fn places_may_be_given_and_must_fit() {
        let ids: std::sync::Arc<[String]> = (0..5).map(|i| i.to_string()).collect();
        let places = |columns: usize, value: f64| {
            let values = (0..5 * columns).map(|i| value * i as f64).collect();
            Matrix::numbered(ids.clone(), "x", columns, values).unwrap()
        };
        let draw = |places: &Matrix| network(&ring(5, 1.0), None, Some(places), &NetworkOptions::default());
        parses(&draw(&places(2, 1.0)).unwrap());
        assert!(draw(&places(3, 1.0)).unwrap_err().message.contains("5 x 3"));
        assert!(draw(&places(2, f64::INFINITY)).is_err());
        assert!(network(&ring(5, 1.0), Some(&ring(6, 1.0)), None, &NetworkOptions::default()).is_err());
        let narrow = NetworkOptions { width_mm: 40.0, ..Default::default() };
        assert!(network(&ring(5, 1.0), Some(&ring(5, 1.0)), None, &narrow).unwrap_err().message.contains("no room"));
        let one = NetworkOptions { edges: Some(0), ..Default::default() };
        parses(&network(&ring(5, 1.0), None, None, &one).unwrap());
    }
}
