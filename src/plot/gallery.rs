//! Many neurons side by side at one scale, for comparing classes.

use serde::Deserialize;

use super::arbor::{Arbor, PAD_MM, Part, Plane, Thickness};
use super::canvas::{Anchor, Canvas};
use super::figure::{Figure, Resize};
use super::font;
use super::layout::{Title, check_size};
use super::legend::Legend;
use super::neuron::fitted_scale;
use super::scalebar::ScaleBar;
use super::theme::{Color, class_style, theme};
use crate::data::Labels;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::morph::Morphology;

/// How a gallery looks. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct GalleryOptions {
    /// Title above the gallery.
    pub title: Option<String>,
    /// Width of the figure; its height follows from the neurons.
    pub width_mm: f64,
    /// Neurons in a row; by default as many as make a page-like shape.
    pub columns: Option<usize>,
    /// What stands above each neuron, one text per neuron (an empty one for none); by default its name.
    pub titles: Option<Vec<String>>,
    /// The plane to draw in: `xy`, `xz` or `zy`.
    pub plane: Plane,
    /// Neurites as thick as their `radius`, or `uniform`.
    pub thickness: Thickness,
    /// What is far is drawn first and paler.
    pub depth: bool,
    /// Coloured by `type`, by `label`, or `uniform`.
    pub color: GalleryColor,
    /// Unit of the neurons' positions, for the scale bar.
    pub unit: String,
}

impl Default for GalleryOptions {
    fn default() -> Self {
        GalleryOptions {
            title: None,
            width_mm: 180.0,
            columns: None,
            titles: None,
            plane: Plane::default(),
            thickness: Thickness::default(),
            depth: false,
            color: GalleryColor::default(),
            unit: "µm".into(),
        }
    }
}

impl Resize for GalleryOptions {
    fn resize(&mut self, width_mm: f64, _height_mm: f64) {
        self.width_mm = width_mm;
    }
}

/// What the colours of a gallery mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GalleryColor {
    /// Soma, dendrites and axon have their colours, and a legend names those that occur.
    #[default]
    Type,
    /// A neuron has the colour of its class, the same as in a scatter plot.
    Label,
    /// Everything is black.
    Uniform,
}

/// Gap between neighbouring neurons.
const CELL_GAP_MM: f64 = 3.0;
/// Height of a neuron's place at most, in widths of it.
const MAX_ASPECT: f64 = 1.6;

/// Draws neurons in a grid at one common scale, each with a title, and one scale bar for all.
///
/// With `labels`, neurons stand class by class in the order of the classes' names, each class beginning with a heading on
/// a row of its own; those without a label come last. Otherwise they stand in the order given.
///
/// # Errors
/// When there is no neuron, or one that cannot be drawn; when labels or titles do not match the neurons in number; when
/// `columns` is 0 or leaves a neuron less than 8 mm; when `color` is `label` without labels.
pub fn gallery(cells: &[&Morphology], labels: Option<&Labels>, options: &GalleryOptions) -> Result<Figure> {
    check(cells.len(), labels, options)?;
    let mut arbors = Vec::with_capacity(cells.len());
    for cell in cells {
        interrupt::check()?;
        arbors.push(Arbor::new(cell, options.plane, options.thickness)?.shaded(options.depth));
    }
    let inner_width = options.width_mm - 2.0 * theme().margin_mm;
    let groups = groups(cells.len(), labels);
    let largest = groups.iter().map(|g| g.cells.len()).max().unwrap_or(1);
    let columns = options.columns.unwrap_or_else(|| page_columns(cells.len()).min(largest));
    let cell_width = (inner_width + CELL_GAP_MM) / columns as f64 - CELL_GAP_MM;
    if cell_width < 8.0 {
        return Err(Error::value(format!(
            "{columns} columns leave a neuron {cell_width:.1} of {} mm",
            options.width_mm
        ))
        .help("use fewer `columns` or a larger `width_mm`"));
    }
    let extent = arbors.iter().map(Arbor::extent).fold([0.0; 2], |m, e| [f64::max(m[0], e[0]), f64::max(m[1], e[1])]);
    let scale = fitted_scale(extent, cell_width, MAX_ASPECT * cell_width);

    let title = Title::new(options.title.as_deref(), options.width_mm);
    let titles: Vec<Vec<String>> = (0..cells.len())
        .map(|i| options.titles.as_ref().map_or(&*cells[i].name, |t| &t[i]))
        .map(|text| font::wrap(text, theme().small_pt, cell_width, 2))
        .collect();
    let heading_lines = |heading: &str| font::wrap(heading, theme().label_pt, inner_width, 2);

    // Every row is as high as its highest neuron; where it stands is known before anything is drawn.
    let mut rows = Vec::new();
    let mut top = title.bottom();
    for group in &groups {
        let heading = group.heading.as_deref().map_or(Vec::new(), heading_lines);
        for (i, cells) in group.cells.chunks(columns).enumerate() {
            let heading = if i == 0 { heading.clone() } else { Vec::new() };
            let heading_height =
                if heading.is_empty() { 0.0 } else { font::height(heading.len(), theme().label_pt) + 1.0 };
            let lines = cells.iter().filter(|&&c| titles[c] != [""]).map(|&c| titles[c].len()).max().unwrap_or(0);
            let title_height = if lines == 0 { 0.0 } else { font::height(lines, theme().small_pt) + 0.5 };
            let body = cells.iter().map(|&c| arbors[c].extent()[1] * scale).fold(2.0, f64::max) + 2.0 * PAD_MM;
            rows.push(Row { cells, heading, top, titles_top: top + heading_height, title_height, body });
            top += heading_height + title_height + body + CELL_GAP_MM;
        }
    }
    let bar = ScaleBar::new(scale, (0.8 * cell_width).clamp(8.0, 40.0), &options.unit);
    let entries = if options.color == GalleryColor::Type { Arbor::legend(&arbors) } else { Vec::new() };
    let legend = Legend::rows(&entries, (inner_width - bar.width() - 5.0).max(25.0));
    let strip_top = top;
    let height = strip_top + bar.height().max(legend.height) + theme().margin_mm;

    let mut canvas = Canvas::new(options.width_mm, height);
    title.draw(&mut canvas);
    for row in &rows {
        interrupt::check()?;
        canvas.paragraph((theme().margin_mm, row.top), Anchor::Start, theme().label_pt, theme().ink, &row.heading);
        for (column, &cell) in row.cells.iter().enumerate() {
            let x = theme().margin_mm + column as f64 * (cell_width + CELL_GAP_MM) + 0.5 * cell_width;
            canvas.paragraph((x, row.titles_top), Anchor::Middle, theme().small_pt, theme().ink, &titles[cell]);
            let y = row.titles_top + row.title_height + 0.5 * row.body;
            let class = labels.and_then(|l| l.codes()[cell]);
            arbors[cell].draw(&mut canvas, (x, y), scale, |part| color(options.color, part, class));
        }
    }
    bar.draw(&mut canvas, (theme().margin_mm, strip_top));
    legend.draw(&mut canvas, (options.width_mm - theme().margin_mm - legend.width, strip_top));
    Ok(canvas.finish("gallery"))
}

/// Neurons next to each other, with the places of their texts.
struct Row<'a> {
    cells: &'a [usize],
    heading: Vec<String>,
    top: f64,
    titles_top: f64,
    title_height: f64,
    body: f64,
}

/// Neurons that stand under one heading.
struct Group {
    heading: Option<String>,
    cells: Vec<usize>,
}

fn groups(n: usize, labels: Option<&Labels>) -> Vec<Group> {
    let Some(labels) = labels else {
        return vec![Group { heading: None, cells: (0..n).collect() }];
    };
    let of = |code: Option<u32>| (0..n).filter(|&i| labels.codes()[i] == code).collect::<Vec<_>>();
    let classes = labels.classes().iter().zip(0..).map(|(name, code)| (name.clone(), of(Some(code))));
    classes
        .chain([("unlabelled".to_string(), of(None))])
        .filter(|(_, cells)| !cells.is_empty())
        .map(|(name, cells)| Group { heading: Some(format!("{name} ({})", cells.len())), cells })
        .collect()
}

/// Columns of a page that is somewhat higher than wide, neurons being about as high as wide.
fn page_columns(n: usize) -> usize {
    if n <= 5 { n } else { ((0.8 * n as f64).sqrt().ceil() as usize).clamp(4, 12) }
}

fn color(by: GalleryColor, part: Part, class: Option<u32>) -> Color {
    match by {
        GalleryColor::Type => part.color(),
        GalleryColor::Label => class.map_or(theme().missing, |c| class_style(c as usize).0),
        GalleryColor::Uniform => theme().ink,
    }
}

fn check(n: usize, labels: Option<&Labels>, options: &GalleryOptions) -> Result<()> {
    check_size("width_mm", options.width_mm, 30.0)?;
    if n == 0 {
        return Err(Error::value("a gallery needs at least one neuron"));
    }
    if options.columns == Some(0) {
        return Err(Error::value("`columns` is 0, expected at least 1"));
    }
    if let Some(labels) = labels {
        labels.require_len(n, "plot::gallery")?;
    } else if options.color == GalleryColor::Label {
        return Err(Error::value("`color` is `label`, but the gallery has no labels").help("give `labels`, too"));
    }
    match &options.titles {
        Some(titles) if titles.len() != n => {
            Err(Error::value(format!("plot::gallery: {} titles for {n} neurons", titles.len())))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plot::arbor::tests::cell;
    use crate::plot::figure::tests::{parses, texts};

    /// A neuron of one straight dendrite `length` long.
    fn stick(name: &str, length: f64) -> Morphology {
        cell(name, &[(1, 0.0, 0.0, 0.0, 1.0, -1), (3, length, 0.0, 0.0, 0.1, 0)])
    }

    #[test]
    fn all_neurons_have_one_scale() {
        let (short, long) = (stick("short", 100.0), stick("long", 400.0));
        let figure = gallery(&[&short, &long], None, &GalleryOptions::default()).unwrap();
        parses(&figure);
        // Neurites are drawn with relative commands, bars with absolute ones.
        let paths = figure.svg().lines().filter_map(|l| l.strip_prefix(r#"<path d=""#)?.split('"').next());
        let moves = paths.filter_map(|d| d.split_once('l')?.1.split(' ').next()?.parse().ok());
        let strokes: Vec<f64> = moves.collect();
        assert_eq!(strokes.len(), 2, "{strokes:?}");
        assert!((strokes[1] / strokes[0] - 4.0).abs() < 0.01, "{strokes:?}");
        assert_eq!(texts(&figure).iter().filter(|t| t.ends_with("µm")).count(), 1);
    }

    #[test]
    fn classes_stand_together_under_headings() {
        let cells: Vec<_> = (0..7).map(|i| stick(&format!("cell{i}"), 100.0)).collect();
        let cells: Vec<_> = cells.iter().collect();
        let labels = Labels::new([Some("b"), Some("a"), None, Some("b"), Some("a"), Some("b"), None]);
        let figure =
            gallery(&cells, Some(&labels), &GalleryOptions { columns: Some(2), ..Default::default() }).unwrap();
        parses(&figure);
        let shown: Vec<_> = texts(&figure).into_iter().filter(|t| t.starts_with("cell") || t.ends_with(')')).collect();
        let expected =
            ["a (2)", "cell1", "cell4", "b (3)", "cell0", "cell3", "cell5", "unlabelled (2)", "cell2", "cell6"];
        assert_eq!(shown, expected);
    }

    #[test]
    fn titles_replace_names_and_are_escaped() {
        let m = stick("name", 10.0);
        let titles = Some(vec!["<i>".to_string(), String::new()]);
        let figure = gallery(&[&m, &m], None, &GalleryOptions { titles, ..Default::default() }).unwrap();
        parses(&figure);
        assert!(texts(&figure).contains(&"<i>".to_string()) && !texts(&figure).contains(&"name".to_string()));
    }

    #[test]
    fn what_cannot_be_drawn_says_why() {
        let m = stick("m", 10.0);
        let fails = |cells: &[&Morphology], o: GalleryOptions| gallery(cells, None, &o).unwrap_err().to_string();
        assert!(fails(&[], GalleryOptions::default()).contains("at least one neuron"));
        assert!(fails(&[&m], GalleryOptions { columns: Some(0), ..Default::default() }).contains("`columns`"));
        assert!(fails(&[&m], GalleryOptions { columns: Some(90), ..Default::default() }).contains("90 columns"));
        assert!(fails(&[&m], GalleryOptions { titles: Some(vec![]), ..Default::default() }).contains("0 titles"));
        assert!(fails(&[&m], GalleryOptions { color: GalleryColor::Label, ..Default::default() }).contains("labels"));
        let labels = Labels::new([Some("a"), Some("b")]);
        assert!(gallery(&[&m], Some(&labels), &GalleryOptions::default()).is_err());
    }
}
