//! A neuron's branches as a dendrogram: how they fork, how long they are and how thick, without their course in space.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;

use super::arbor::{Arbor, Part, Plane, Thickness};
use super::canvas::{Canvas, units};
use super::chart;
use super::figure::{Figure, Resize};
use super::layout::{AxisSpec, ChartSpec, Layout, Title, check_size};
use super::legend::Legend;
use super::neuron::NeuronColor;
use super::theme::theme;
use crate::error::{Error, Result};
use crate::morph::Morphology;

/// How a dendrogram looks. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DendrogramOptions {
    /// Title above the panel.
    pub title: Option<String>,
    /// Width of the figure.
    pub width_mm: f64,
    /// Height of the figure; none: as high as the tips need.
    pub height_mm: Option<f64>,
    /// Branches as thick as their `radius`, the thickest a millimetre, or `uniform`.
    pub thickness: Thickness,
    /// Coloured by `type`, or `uniform`.
    pub color: NeuronColor,
    /// Unit of the neuron's positions, for the axis.
    pub unit: String,
}

impl Default for DendrogramOptions {
    fn default() -> Self {
        DendrogramOptions {
            title: None,
            width_mm: 120.0,
            height_mm: None,
            thickness: Thickness::default(),
            color: NeuronColor::default(),
            unit: "µm".into(),
        }
    }
}

impl Resize for DendrogramOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, Some(height_mm));
    }
}

const THINNEST_MM: f64 = 0.15;
const THICKEST_MM: f64 = 1.0;
/// Steps of thickness that are told apart.
const LEVELS: f64 = 12.0;
/// Height of a tip's row where the height is free, and the least and most height that comes of it.
const ROW_MM: f64 = 1.4;
const HEIGHTS_MM: (f64, f64) = (40.0, 240.0);
/// Rows left free between two neurites.
const GAP_ROWS: f64 = 1.0;

/// Draws a neuron's branches from the soma at the left to the tips at the right, along an axis of path length.
///
/// Children stand in the neuron's order and a fork in the middle of them. Soma samples are not drawn but for a line that
/// holds the neurites together; the pieces of a forest start at 0.
///
/// # Errors
/// When there is no neurite, when positions cannot be drawn, when a size is out of range.
pub fn dendrogram(m: &Morphology, options: &DendrogramOptions) -> Result<Figure> {
    check_size("width_mm", options.width_mm, 40.0)?;
    let tree = Rows::new(m)?;
    let height = options.height_mm.unwrap_or_else(|| (ROW_MM * tree.count + 20.0).clamp(HEIGHTS_MM.0, HEIGHTS_MM.1));
    check_size("height_mm", height, 30.0)?;
    // Checks positions, and knows the names of types.
    let arbor = Arbor::new(m, Plane::default(), Thickness::Uniform)?;
    let entries = match options.color {
        NeuronColor::Type => Arbor::legend(&[arbor]).into_iter().filter(|e| e.name != "soma").collect(),
        NeuronColor::Uniform => Vec::new(),
    };
    let title = Title::new(options.title.as_deref(), options.width_mm);
    let legend = Legend::columns(&entries, height - title.bottom() - theme().margin_mm);
    let longest = tree.path.iter().copied().fold(0.0, f64::max);
    let layout = Layout::new(ChartSpec {
        width: options.width_mm,
        height,
        title,
        x: AxisSpec {
            // Thick stems start at 0 and need half their width before it.
            range: if longest > 0.0 { (-0.015 * longest, 1.02 * longest) } else { (-0.015, 1.0) },
            label: format!("path length ({})", options.unit),
            numbered: true,
        },
        y: AxisSpec { range: (tree.count - 0.5, -0.5), label: String::new(), numbered: false },
        equal: false,
        side: (legend.width, legend.height),
    });
    let mut canvas = Canvas::new(layout.size.0, layout.size.1);
    layout.draw_labels(&mut canvas);
    chart::draw(&mut canvas, layout.panel, (&layout.x, &layout.y), false, |_| Ok(()))?;
    let panel = layout.panel;
    let (start, end) = layout.x.range;
    let x = |path: f64| panel.x + (path - start) / (end - start) * panel.width;
    let y = |row: f64| panel.y + (row + 0.5) / tree.count * panel.height;
    for ((part, level), commands) in tree.strokes(m, options.thickness, x, y) {
        let color = if options.color == NeuronColor::Type { part.color() } else { theme().ink };
        let width = THINNEST_MM + f64::from(level) / LEVELS * (THICKEST_MM - THINNEST_MM);
        canvas.stroke(&commands, color, width);
    }
    for (first, last, at) in tree.stems {
        canvas.line((x(at), y(first)), (x(at), y(last)), theme().ink, theme().line_mm);
    }
    legend.draw(&mut canvas, layout.side_at);
    Ok(canvas.finish("dendrogram"))
}

/// Where each neurite sample stands across the axis.
struct Rows {
    /// Row of each sample, counted from the top; unused for soma samples.
    row: Vec<f64>,
    /// Path length of each sample from the root of its tree.
    path: Vec<f64>,
    /// Number of rows.
    count: f64,
    /// The neurites of one soma sample: first and last row, and where along the axis they start.
    stems: Vec<(f64, f64, f64)>,
}

impl Rows {
    fn new(m: &Morphology) -> Result<Self> {
        let neurite = |i: usize| !m.is_soma(i);
        // A soma sample below a neurite is no branch, nor does it make its parent a fork.
        let mut children = vec![0u32; m.len()];
        for i in (0..m.len()).filter(|&i| neurite(i)) {
            if let Some(p) = m.parent_of(i) {
                children[p] += 1;
            }
        }
        let starts = |i: usize| neurite(i) && m.parent_of(i).is_none_or(|p| m.is_soma(p));
        let mut row = vec![f64::NAN; m.len()];
        let mut next = 0.0;
        for i in (0..m.len()).filter(|&i| neurite(i)) {
            if starts(i) && next > 0.0 {
                next += GAP_ROWS;
            }
            if children[i] == 0 {
                row[i] = next;
                next += 1.0;
            }
        }
        if next == 0.0 {
            return Err(Error::value(format!("`{}` has no neurite to draw", m.name))
                .help("a dendrogram shows branches; plot::neuron draws somata as well"));
        }
        // Parents come before children, so going backwards every sample finds its children placed: a fork stands between
        // the first and the last of them.
        let mut span: Vec<Option<(f64, f64)>> = vec![None; m.len()];
        for i in (0..m.len()).rev() {
            if let Some((low, high)) = span[i] {
                row[i] = 0.5 * (low + high);
            }
            if let Some(p) = m.parent_of(i).filter(|_| neurite(i)) {
                let (low, high) = span[p].unwrap_or((row[i], row[i]));
                span[p] = Some((low.min(row[i]), high.max(row[i])));
            }
        }
        let path = m.path_lengths();
        let stems = (0..m.len()).filter(|&i| m.is_soma(i)).filter_map(|i| span[i].map(|(a, b)| (a, b, path[i])));
        Ok(Rows { stems: stems.collect(), row, path, count: next })
    }

    /// The path of every part and level of thickness, in drawing order.
    fn strokes(
        &self,
        m: &Morphology,
        thickness: Thickness,
        x: impl Fn(f64) -> f64,
        y: impl Fn(f64) -> f64,
    ) -> BTreeMap<(Part, u32), String> {
        let radius = |i: usize| if m.radius[i].is_finite() { m.radius[i].max(0.0) } else { 0.0 };
        let thickest = (0..m.len()).filter(|&i| !m.is_soma(i)).map(radius).fold(0.0, f64::max);
        let level = |i: usize| match thickness {
            Thickness::Radius if thickest > 0.0 => (radius(i) / thickest * LEVELS).round() as u32,
            _ => 1,
        };
        let mut strokes: BTreeMap<(Part, u32), String> = BTreeMap::new();
        let mut pen = None;
        for i in (0..m.len()).filter(|&i| !m.is_soma(i)) {
            let Some(p) = m.parent_of(i) else { continue };
            let key = (Part::of(m.kind[i]), level(i));
            let stroke = strokes.entry(key).or_default();
            let (start, end, across) = (units(x(self.path[p])), units(x(self.path[i])), units(y(self.row[i])));
            // Up or down from the fork first, then along.
            let turn = if m.is_soma(p) { across } else { units(y(self.row[p])) };
            if pen != Some((key, p)) {
                write!(stroke, "M{start} {turn}").expect("writing to a string cannot fail");
            }
            if turn != across {
                write!(stroke, "V{across}").expect("writing to a string cannot fail");
            }
            if start != end {
                write!(stroke, "H{end}").expect("writing to a string cannot fail");
            }
            pen = Some((key, i));
        }
        strokes
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::parse_swc;
    use crate::plot::figure::tests::{parses, texts};

    fn read(text: &str) -> Morphology {
        parse_swc("cell", text.as_bytes()).unwrap().morphology
    }

    /// A soma of three points with two dendrites, one of which forks into three, and a piece apart.
    const CELL: &str = "1 1 0 0 0 5 -1\n2 1 0 5 0 5 1\n3 1 0 -5 0 5 1\n4 3 10 0 0 1 1\n5 3 20 5 0 1 4\n6 3 20 0 0 1 4\n\
        7 3 20 -5 0 1 4\n8 4 -10 0 0 2 1\n9 2 100 0 0 0.5 -1\n10 2 110 0 0 0.5 9\n";

    #[test]
    fn tips_have_rows_of_their_own_and_forks_stand_between() {
        let m = read(CELL);
        let rows = Rows::new(&m).unwrap();
        let of = |id: i64| rows.row[m.id.iter().position(|&i| i == id).unwrap()];
        assert_eq!([of(5), of(6), of(7)], [0.0, 1.0, 2.0]);
        assert_eq!(of(4), 1.0);
        assert_eq!((of(8), of(10), of(9)), (4.0, 6.0, 6.0));
        assert_eq!(rows.count, 7.0);
        assert_eq!(rows.stems, [(1.0, 4.0, 0.0)]);
        assert_eq!(rows.path[m.id.iter().position(|&i| i == 10).unwrap()], 10.0);
    }

    #[test]
    fn odd_neurons_are_drawn_and_a_soma_alone_is_refused() {
        let figure = dendrogram(&read(CELL), &DendrogramOptions::default()).unwrap();
        parses(&figure);
        let found = texts(&figure);
        assert!(found.contains(&"axon".to_string()) && !found.contains(&"soma".to_string()), "{found:?}");
        assert!(found.contains(&"path length (µm)".to_string()));
        for text in ["1 3 0 0 0 0 -1\n", "1 3 5 5 5 0 -1\n2 3 5 5 5 0 1\n", "1 2 0 0 0 1 -1\n2 1 3 0 0 4 1\n"] {
            parses(&dendrogram(&read(text), &DendrogramOptions::default()).unwrap());
        }
        let error = dendrogram(&read("1 1 0 0 0 5 -1\n"), &DendrogramOptions::default()).unwrap_err();
        assert!(error.message.contains("no neurite"), "{}", error.message);
    }
}
