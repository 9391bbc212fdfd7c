//! Neurons drawn where an embedding puts them: what its neighbourhoods look like.
//!
//! All have one scale, and only as many are drawn as have room. Room is counted in ink, not in boxes, so that neurons
//! stand as close as their branches allow; the crowded places choose first, for what is typical of a cluster is in its
//! midst. The others remain as points.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Deserialize;

use super::arbor::{Arbor, Part, Plane, Thickness};
use super::canvas::{Anchor, Canvas, Rect};
use super::figure::{Figure, Resize};
use super::font;
use super::layout::{Title, check_size};
use super::legend::{Entry, Legend, Swatch};
use super::scalebar::ScaleBar;
use super::theme::{Color, class_style, theme};
use super::ticks::drawable;
use crate::data::{Labels, Matrix, Population};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::morph::Morphology;

/// How neurons at their points look. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct CellsAtPointsOptions {
    /// Title above the map.
    pub title: Option<String>,
    /// Width of the figure.
    pub width_mm: f64,
    /// Height of the figure.
    pub height_mm: f64,
    /// The larger side of the drawing of a large neuron: nine of ten are smaller.
    pub size_mm: f64,
    /// Share of a drawing's ink that may lie on others, 0 to 1.
    pub overlap: f64,
    /// The plane to draw in: `xy`, `xz` or `zy`.
    pub plane: Plane,
    /// Coloured by `label`, or by `type`.
    pub color: PointCellColor,
    /// Whether cells that are not drawn are shown as points.
    pub points: bool,
    /// Unit of the neurons' positions, for the scale bar.
    pub unit: String,
}

impl Default for CellsAtPointsOptions {
    fn default() -> Self {
        CellsAtPointsOptions {
            title: None,
            width_mm: 180.0,
            height_mm: 150.0,
            size_mm: 16.0,
            overlap: 0.1,
            plane: Plane::default(),
            color: PointCellColor::default(),
            points: true,
            unit: "µm".into(),
        }
    }
}

impl Resize for CellsAtPointsOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, height_mm);
    }
}

/// What the colours of neurons at their points mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PointCellColor {
    /// A neuron has the colour of its class; black without labels. From the ninth class on colours repeat.
    #[default]
    Label,
    /// Soma, dendrites and axon have their colours.
    Type,
}

/// Side of the squares in which ink is counted.
const INK_MM: f64 = 0.6;
const POINT_MM: f64 = 0.45;

/// Draws the cells of a map (two columns) at their points, rows and cells belonging together by id; `labels` belong to
/// the map's rows.
///
/// # Errors
/// When the map has no rows, other than two columns or numbers that are not finite; when a row's id is no cell's, or
/// labels do not match the rows in number; when a neuron cannot be read or drawn; when an option is out of range.
pub fn cells_at_points(
    map: &Matrix,
    cells: &Population,
    labels: Option<&Labels>,
    options: &CellsAtPointsOptions,
) -> Result<Figure> {
    let places = check(map, cells, labels, options)?;
    let shown = cells.select(&places)?;
    let measured = shown.each("measuring cells", |m| {
        let arbor = Arbor::new(m, options.plane, Thickness::Uniform)?;
        let parts: BTreeSet<Part> = m.kind.iter().map(|&kind| Part::of(kind)).collect();
        Ok((arbor.extent(), parts))
    })?;
    let (extents, parts): (Vec<[f64; 2]>, Vec<BTreeSet<Part>>) = measured.into_iter().unzip();
    let entries = match (options.color, labels) {
        (PointCellColor::Type, _) => Part::legend(&parts.into_iter().flatten().collect()),
        (PointCellColor::Label, Some(labels)) => entries(labels),
        (PointCellColor::Label, None) => Vec::new(),
    };
    let scale = options.size_mm / large_side(&extents);
    let frame = Frame::new(map, &entries, &extents, scale, options);
    let chosen = frame.choose(&shown, &extents, scale, options)?;

    let mut canvas = Canvas::new(frame.width, options.height_mm);
    frame.title.draw(&mut canvas);
    canvas.frame(frame.panel, theme().grid, theme().axis_mm);
    let class_color = |row: usize| match (options.color, labels) {
        (PointCellColor::Label, Some(labels)) => {
            labels.codes()[row].map_or(theme().missing, |class| class_style(class as usize).0)
        }
        _ => theme().ink,
    };
    if options.points {
        let drawn: HashSet<usize> = chosen.iter().copied().collect();
        for row in (0..map.rows()).filter(|row| !drawn.contains(row)) {
            canvas.disc(frame.points[row], POINT_MM, class_color(row).faded(0.45));
        }
    }
    for &row in &chosen {
        interrupt::check()?;
        let neuron = shown.cell(row)?;
        let color = |part: Part| if options.color == PointCellColor::Type { part.color() } else { class_color(row) };
        Arbor::new(&neuron, options.plane, Thickness::Uniform)?.draw(&mut canvas, frame.points[row], scale, color);
    }
    frame.draw_below(&mut canvas, map, chosen.len(), scale, options);
    frame.legend.draw(&mut canvas, (frame.panel.right() + theme().gap_mm, frame.panel.y));
    Ok(canvas.finish("cells at points"))
}

/// The side that nine of ten neurons do not exceed; 1 where none has an extent.
fn large_side(extents: &[[f64; 2]]) -> f64 {
    let mut sides: Vec<f64> = extents.iter().map(|[w, h]| w.max(*h)).collect();
    sides.sort_by(f64::total_cmp);
    let large = sides[(9 * (sides.len() - 1)).div_ceil(10)];
    if large > 0.0 { large } else { 1.0 }
}

/// The page with everything but the neurons placed.
struct Frame {
    title: Title,
    width: f64,
    panel: Rect,
    legend: Legend,
    /// Where the rows' points lie on the page.
    points: Vec<(f64, f64)>,
}

impl Frame {
    fn new(map: &Matrix, entries: &[Entry], extents: &[[f64; 2]], scale: f64, options: &CellsAtPointsOptions) -> Self {
        let title = Title::new(options.title.as_deref(), options.width_mm);
        let strip = font::height(1, theme().small_pt) + theme().gap_mm;
        let height = options.height_mm - title.bottom() - strip - theme().margin_mm;
        let legend = Legend::columns(entries, height);
        let side = if legend.width > 0.0 { legend.width + theme().gap_mm } else { 0.0 };
        // As in other charts a wide legend widens the figure rather than squeeze the panel.
        let panel_width = (options.width_mm - 2.0 * theme().margin_mm - side).max(0.65 * options.width_mm);
        let panel = Rect { x: theme().margin_mm, y: title.bottom(), width: panel_width, height };
        // Points keep so far from the edge that a drawing of usual size has room.
        let usual = |axis: usize| {
            let largest = extents.iter().map(|e| e[axis]).fold(0.0, f64::max) * scale;
            (0.5 * largest.min(options.size_mm) + 1.0).min(0.4 * if axis == 0 { panel.width } else { panel.height })
        };
        let room = [panel.width - 2.0 * usual(0), panel.height - 2.0 * usual(1)];
        let ends = |axis: usize| {
            let values = map.iter_rows().map(|row| row[axis]);
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
        };
        let [x, y] = [ends(0), ends(1)];
        // The numbers of an embedding have no unit: each axis fills its room, as in a scatter plot.
        let per_unit = |room: f64, (low, high): (f64, f64)| if high > low { room / (high - low) } else { 0.0 };
        let per_unit = [per_unit(room[0], x), per_unit(room[1], y)];
        let middle = (panel.x + 0.5 * panel.width, panel.y + 0.5 * panel.height);
        let place = |row: &[f64]| {
            let (dx, dy) = (row[0] - 0.5 * (x.0 + x.1), row[1] - 0.5 * (y.0 + y.1));
            (middle.0 + per_unit[0] * dx, middle.1 - per_unit[1] * dy)
        };
        let width = panel.right() + side + theme().margin_mm;
        Frame { title, width, panel, legend, points: map.iter_rows().map(place).collect() }
    }

    /// The rows to draw: those of crowded places first, each if it fits into the panel and lies on little ink.
    fn choose(
        &self,
        cells: &Population,
        extents: &[[f64; 2]],
        scale: f64,
        options: &CellsAtPointsOptions,
    ) -> Result<Vec<usize>> {
        let inks = cells.each("thinning cells", |m| Ok(ink(m, options.plane, scale)))?;
        let crowd = crowds(&self.points, options.size_mm);
        let mut order: Vec<usize> = (0..self.points.len()).collect();
        order.sort_by_key(|&row| std::cmp::Reverse(crowd[row]));
        let mut taken: HashSet<[i64; 2]> = HashSet::new();
        let mut chosen = Vec::new();
        for row in order {
            let (x, y) = self.points[row];
            let [w, h] = extents[row].map(|v| 0.5 * scale * v);
            let Rect { x: left, y: top, .. } = self.panel;
            if x - w < left || x + w > self.panel.right() || y - h < top || y + h > self.panel.bottom() {
                continue;
            }
            let square = |&[dx, dy]: &[f32; 2]| {
                [(x + f64::from(dx)) / INK_MM, (y + f64::from(dy)) / INK_MM].map(|v| v.floor() as i64)
            };
            let own: HashSet<[i64; 2]> = inks[row].iter().map(square).collect();
            let shared = own.iter().filter(|square| taken.contains(*square)).count();
            if shared as f64 <= options.overlap * own.len() as f64 {
                taken.extend(own);
                chosen.push(row);
            }
        }
        Ok(chosen)
    }

    /// Scale bar, axis names, and how many are drawn.
    fn draw_below(&self, canvas: &mut Canvas, map: &Matrix, drawn: usize, scale: f64, options: &CellsAtPointsOptions) {
        let top = self.panel.bottom() + theme().gap_mm;
        let bar = ScaleBar::new(scale, (0.9 * options.size_mm).clamp(5.0, 40.0), &options.unit);
        bar.draw(canvas, (theme().margin_mm, top));
        let note = format!("{drawn} of {} cells drawn; {}, {}", map.rows(), map.columns()[0], map.columns()[1]);
        let room = self.panel.width - bar.width() - 2.0 * theme().gap_mm;
        let lines = font::wrap(&note, theme().small_pt, room, 1);
        let left = self.panel.right() - font::width(&lines[0], theme().small_pt);
        canvas.paragraph((left, top), Anchor::Start, theme().small_pt, theme().ink, &lines);
    }
}

/// The classes with their colours, and the cells without one.
fn entries(labels: &Labels) -> Vec<Entry> {
    let entry = |color: Color, name: &str, count| Entry {
        swatch: Swatch::Line(color),
        name: name.to_string(),
        count: Some(count),
    };
    let classes = labels.classes().iter().zip(labels.counts()).enumerate();
    let mut entries: Vec<Entry> = classes.map(|(c, (name, n))| entry(class_style(c).0, name, n)).collect();
    let missing = labels.codes().iter().filter(|code| code.is_none()).count();
    if missing > 0 {
        entries.push(entry(theme().missing, "unlabelled", missing));
    }
    entries
}

/// Places of a neuron's ink round its middle, in millimetres, no farther apart than a square of the count.
fn ink(m: &Morphology, plane: Plane, scale: f64) -> Vec<[f32; 2]> {
    let flat: Vec<[f64; 2]> = m.position.iter().map(|&p| plane.project(p)).collect();
    let (mut low, mut high) = (flat[0], flat[0]);
    for p in &flat {
        for axis in 0..2 {
            (low[axis], high[axis]) = (low[axis].min(p[axis]), high[axis].max(p[axis]));
        }
    }
    let mm = |[x, y]: [f64; 2]| [scale * (x - 0.5 * (low[0] + high[0])), -scale * (y - 0.5 * (low[1] + high[1]))];
    let mut places: HashSet<[i64; 2]> = HashSet::new();
    let mut kept = Vec::new();
    for node in 0..m.len() {
        let to = mm(flat[node]);
        let from = m.parent_of(node).map_or(to, |p| mm(flat[p]));
        let steps = ((to[0] - from[0]).hypot(to[1] - from[1]) / INK_MM).ceil().max(1.0);
        for i in 1..=steps as usize {
            let share = i as f64 / steps;
            let at = [0, 1].map(|k| from[k] + share * (to[k] - from[k]));
            if places.insert(at.map(|v| (2.0 * v / INK_MM).floor() as i64)) {
                kept.push(at.map(|v| v as f32));
            }
        }
    }
    kept
}

/// How many points lie round each: in its square of this side and the eight about it.
fn crowds(points: &[(f64, f64)], side: f64) -> Vec<usize> {
    let square = |&(x, y): &(f64, f64)| [(x / side).floor() as i64, (y / side).floor() as i64];
    let mut counts: HashMap<[i64; 2], usize> = HashMap::new();
    points.iter().for_each(|p| *counts.entry(square(p)).or_default() += 1);
    let near = |p: &(f64, f64)| {
        let [i, j] = square(p);
        let about = (-1..=1).flat_map(|di| (-1..=1).map(move |dj| [i + di, j + dj]));
        about.filter_map(|square| counts.get(&square)).sum()
    };
    points.iter().map(near).collect()
}

/// Refuses what cannot be drawn; gives the place of each row's cell.
fn check(
    map: &Matrix,
    cells: &Population,
    labels: Option<&Labels>,
    options: &CellsAtPointsOptions,
) -> Result<Vec<usize>> {
    check_size("width_mm", options.width_mm, 40.0)?;
    check_size("height_mm", options.height_mm, 40.0)?;
    let most = 0.5 * options.width_mm.min(options.height_mm);
    if !(2.0..=most).contains(&options.size_mm) {
        return Err(Error::value(format!("`size_mm` is {}, expected 2 to {most} millimetres", options.size_mm))
            .help("half of the figure is the most that one drawing may take"));
    }
    if !(0.0..=1.0).contains(&options.overlap) {
        return Err(Error::value(format!("`overlap` is {}, expected a share from 0 to 1", options.overlap)));
    }
    if map.rows() == 0 {
        return Err(Error::value("plot::cells_at_points needs at least one row, but the map has none"));
    }
    if map.cols() != 2 {
        return Err(Error::value(format!("plot::cells_at_points needs 2 columns, but the map has {}", map.cols()))
            .help("reduce::tsne(z) or reduce::pca(z, #{ components: 2 }) give two"));
    }
    map.require_finite("plot::cells_at_points")?;
    if let Some(at) = map.values().iter().position(|&v| !drawable(v)) {
        return Err(Error::value(format!("row {} of the map lies beyond 1e100", at / 2 + 1)));
    }
    if let Some(labels) = labels {
        labels.require_len(map.rows(), "plot::cells_at_points")?;
    }
    let known: HashMap<&str, usize> = cells.ids().iter().map(String::as_str).zip(0..).collect();
    let place = |(row, id): (usize, &String)| {
        known.get(id.as_str()).copied().ok_or_else(|| {
            Error::value(format!("row {} of the map is `{id}`, which is no cell", row + 1))
                .help("map and cells must have the same ids: embed and draw the same population")
        })
    };
    map.ids().iter().enumerate().map(place).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::morph::{SynthesisOptions, synthesize_population};
    use crate::plot::figure::tests::{parses, texts};

    fn cells(n: usize) -> Population {
        let grown = synthesize_population(&["granule"], n, &SynthesisOptions::default(), 1).unwrap();
        Population::new(grown.into_iter().map(|(m, _)| Arc::new(m)).collect())
    }

    fn map(cells: &Population, at: impl Fn(usize) -> [f64; 2]) -> Matrix {
        Matrix::numbered(cells.ids().clone(), "tsne", 2, (0..cells.len()).flat_map(at).collect()).unwrap()
    }

    fn drawn(figure: &Figure) -> usize {
        let note = texts(figure).into_iter().find(|t| t.contains("cells drawn")).unwrap();
        note.split(' ').next().unwrap().parse().unwrap()
    }

    #[test]
    fn cells_with_room_are_all_drawn_and_crowded_ones_thinned() {
        let cells = cells(12);
        let options = CellsAtPointsOptions::default();
        let apart = map(&cells, |i| [(i % 4) as f64, (i / 4) as f64]);
        let figure = cells_at_points(&apart, &cells, None, &options).unwrap();
        parses(&figure);
        assert_eq!(drawn(&figure), 12);
        let heap = map(&cells, |i| [i as f64 * 1e-6 + if i == 0 { 5.0 } else { 0.0 }, 0.0]);
        let figure = cells_at_points(&heap, &cells, None, &options).unwrap();
        parses(&figure);
        assert!((2..5).contains(&drawn(&figure)), "{}", drawn(&figure));
        let all = CellsAtPointsOptions { overlap: 1.0, ..options };
        assert_eq!(drawn(&cells_at_points(&heap, &cells, None, &all).unwrap()), 12);
    }

    #[test]
    fn classes_are_named_with_markup_escaped() {
        let cells = cells(9);
        let labels = Labels::new((0..9).map(|i| (i != 4).then(|| format!("<b>{}", i % 2))));
        let at = map(&cells, |i| [(i % 3) as f64, (i / 3) as f64]);
        let title = Some("<script>".to_string());
        let options = CellsAtPointsOptions { title, ..Default::default() };
        let figure = cells_at_points(&at, &cells, Some(&labels), &options).unwrap();
        parses(&figure);
        let texts = texts(&figure);
        assert!(["<b>0 (4)", "<b>1 (4)", "unlabelled (1)", "<script>"].iter().all(|t| texts.contains(&t.to_string())));
    }

    #[test]
    fn what_cannot_be_drawn_says_why() {
        let cells = cells(3);
        let at = map(&cells, |i| [i as f64, 0.0]);
        let fails = |at: &Matrix, options: CellsAtPointsOptions| {
            cells_at_points(at, &cells, None, &options).unwrap_err().to_string()
        };
        let plain = CellsAtPointsOptions::default;
        assert!(fails(&at.select(&[]), plain()).contains("at least one row"));
        assert!(fails(&map(&cells, |_| [f64::NAN, 0.0]), plain()).contains("finite"));
        assert!(fails(&at, CellsAtPointsOptions { size_mm: 1.0, ..plain() }).contains("`size_mm`"));
        assert!(fails(&at, CellsAtPointsOptions { overlap: 1.5, ..plain() }).contains("`overlap`"));
        let strangers = Matrix::numbered(["x".to_string()].into(), "t", 2, vec![0.0; 2]).unwrap();
        assert!(fails(&strangers, plain()).contains("`x`"));
        let three = Matrix::numbered(cells.ids().clone(), "t", 3, vec![0.0; 9]).unwrap();
        assert!(fails(&three, plain()).contains("2 columns"));
        let labels = Labels::from_clusters(&[0]);
        assert!(cells_at_points(&at, &cells, Some(&labels), &plain()).is_err());
        // One cell, and cells at one point, are a map too.
        parses(&cells_at_points(&at.select(&[1]), &cells, None, &plain()).unwrap());
    }
}
