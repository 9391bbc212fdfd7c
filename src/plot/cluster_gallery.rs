//! Clusters as rows of their most typical cells: what a clustering has found, at a glance.

use serde::Deserialize;

use super::arbor::{Arbor, PAD_MM, Part, Plane, Thickness};
use super::canvas::{Anchor, Canvas};
use super::figure::{Figure, Resize};
use super::font;
use super::gallery::GalleryColor;
use super::layout::{Title, check_size};
use super::legend::Legend;
use super::neuron::fitted_scale;
use super::scalebar::ScaleBar;
use super::theme::{Color, class_style, theme};
use crate::data::{Labels, Matrix, Population};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::morph::counted;

/// How a gallery of clusters looks. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterGalleryOptions {
    /// Title above the gallery.
    pub title: Option<String>,
    /// Width of the figure; its height follows from the neurons.
    pub width_mm: f64,
    /// Cells of each cluster at most.
    pub each: usize,
    /// The plane to draw in: `xy`, `xz` or `zy`.
    pub plane: Plane,
    /// Neurites as thick as their `radius`, or `uniform`.
    pub thickness: Thickness,
    /// Coloured by `type`, by `label` (the cluster), or `uniform`.
    pub color: GalleryColor,
    /// Whether ids stand above the cells.
    pub names: bool,
    /// Unit of the neurons' positions, for the scale bar.
    pub unit: String,
}

impl Default for ClusterGalleryOptions {
    fn default() -> Self {
        ClusterGalleryOptions {
            title: None,
            width_mm: 180.0,
            each: 6,
            plane: Plane::default(),
            thickness: Thickness::default(),
            color: GalleryColor::default(),
            names: true,
            unit: "µm".into(),
        }
    }
}

impl Resize for ClusterGalleryOptions {
    fn resize(&mut self, width_mm: f64, _height_mm: f64) {
        self.width_mm = width_mm;
    }
}

/// By what a cell is typical of its cluster.
#[derive(Clone, Copy, Debug)]
pub enum Typical<'a> {
    /// It lies near the mean of the cluster's rows.
    NearestTo(&'a Matrix),
    /// The cluster is probable given the cell: one column for each cluster, called like it or in the order of the
    /// clusters. Far apart clusters make all cells certain; of equals, those come first that are nearest in `z`.
    MostProbable {
        /// A row for each cell.
        probabilities: &'a Matrix,
        /// The rows that were clustered, where they are known.
        z: Option<&'a Matrix>,
    },
}

/// Probabilities closer than this are equal.
const CERTAIN: f64 = 1e-6;
const CELL_GAP_MM: f64 = 3.0;
const ROW_GAP_MM: f64 = 2.5;
/// Height of a neuron's place at most, in widths of it.
const MAX_ASPECT: f64 = 1.4;
/// The coloured sign before a heading.
const SIGN_MM: f64 = 0.9;

/// Draws the most typical cells of each cluster, the most typical at the left, clusters in the order of their names, all
/// cells at one scale. Cells without a cluster are left out. Only the cells that are drawn are read.
///
/// # Errors
/// When there is no cluster, when clusters or rows do not match the cells in number or ids, when a column of
/// probabilities is missing, when a neuron cannot be drawn, and when an option is out of range.
pub fn cluster_gallery(
    cells: &Population,
    clusters: &Labels,
    typical: &Typical<'_>,
    options: &ClusterGalleryOptions,
) -> Result<Figure> {
    check_size("width_mm", options.width_mm, 30.0)?;
    if options.each == 0 {
        return Err(Error::value("`each` is 0, expected at least 1 cell of each cluster"));
    }
    let rows = typical_cells(cells, clusters, typical, options.each)?;
    let inner_width = options.width_mm - 2.0 * theme().margin_mm;
    let columns = rows.iter().map(|row| row.cells.len()).max().unwrap_or(1);
    let cell_width = (inner_width + CELL_GAP_MM) / columns as f64 - CELL_GAP_MM;
    if cell_width < 8.0 {
        return Err(Error::value(format!(
            "{columns} cells in a row leave each {cell_width:.1} of {} mm",
            options.width_mm
        ))
        .help("draw fewer of `each` cluster, or take a larger `width_mm`"));
    }
    let neurons = rows
        .iter()
        .map(|row| row.cells.iter().map(|&cell| cells.cell(cell)).collect::<Result<Vec<_>>>())
        .collect::<Result<Vec<_>>>()?;
    let arbors = neurons
        .iter()
        .map(|row| row.iter().map(|m| Arbor::new(m, options.plane, options.thickness)).collect::<Result<Vec<_>>>())
        .collect::<Result<Vec<_>>>()?;
    let all = arbors.iter().flatten().map(Arbor::extent);
    let largest = all.fold([0.0; 2], |m, e| [f64::max(m[0], e[0]), f64::max(m[1], e[1])]);
    let scale = fitted_scale(largest, cell_width, MAX_ASPECT * cell_width);

    let title = Title::new(options.title.as_deref(), options.width_mm);
    let heading_height = font::height(1, theme().label_pt) + 1.0;
    let names_height = if options.names { font::height(1, theme().small_pt) + 0.5 } else { 0.0 };
    let bodies: Vec<f64> =
        arbors.iter().map(|row| row.iter().map(|a| a.extent()[1] * scale).fold(2.0, f64::max) + 2.0 * PAD_MM).collect();
    let row_height = |body: &f64| heading_height + names_height + body + ROW_GAP_MM;
    let strip_top = title.bottom() + bodies.iter().map(row_height).sum::<f64>();
    let bar = ScaleBar::new(scale, (0.8 * cell_width).clamp(8.0, 40.0), &options.unit);
    let entries = match options.color {
        // One legend for the types of all rows.
        GalleryColor::Type => Arbor::legend(&arbors.into_iter().flatten().collect::<Vec<_>>()),
        _ => Vec::new(),
    };
    let legend = Legend::rows(&entries, (inner_width - bar.width() - 5.0).max(25.0));
    let mut canvas = Canvas::new(options.width_mm, strip_top + bar.height().max(legend.height) + theme().margin_mm);
    title.draw(&mut canvas);
    let mut top = title.bottom();
    for ((row, neurons), body) in rows.iter().zip(&neurons).zip(&bodies) {
        interrupt::check()?;
        row.draw_heading(&mut canvas, top, inner_width);
        for (column, (&cell, m)) in row.cells.iter().zip(neurons).enumerate() {
            let x = theme().margin_mm + column as f64 * (cell_width + CELL_GAP_MM) + 0.5 * cell_width;
            if options.names {
                let name = font::wrap(&cells.ids()[cell], theme().small_pt, cell_width, 1);
                canvas.paragraph((x, top + heading_height), Anchor::Middle, theme().small_pt, theme().ink, &name);
            }
            let y = top + heading_height + names_height + 0.5 * body;
            let color = |part: Part| match options.color {
                GalleryColor::Type => part.color(),
                GalleryColor::Label => row.color,
                GalleryColor::Uniform => theme().ink,
            };
            Arbor::new(m, options.plane, options.thickness)?.draw(&mut canvas, (x, y), scale, color);
        }
        top += row_height(body);
    }
    bar.draw(&mut canvas, (theme().margin_mm, strip_top));
    legend.draw(&mut canvas, (options.width_mm - theme().margin_mm - legend.width, strip_top));
    Ok(canvas.finish("cluster gallery"))
}

/// A cluster and its most typical cells.
struct Row {
    heading: String,
    color: Color,
    cells: Vec<usize>,
}

impl Row {
    fn draw_heading(&self, canvas: &mut Canvas, top: f64, width: f64) {
        let cap = font::CAP_HEIGHT * theme().label_pt * font::MM_PER_PT;
        canvas.disc((theme().margin_mm + SIGN_MM, top + 0.5 * cap), SIGN_MM, self.color);
        let left = theme().margin_mm + 2.0 * SIGN_MM + 1.2;
        let lines = font::wrap(&self.heading, theme().label_pt, width - left, 1);
        canvas.paragraph((left, top), Anchor::Start, theme().label_pt, theme().ink, &lines);
    }
}

fn typical_cells(cells: &Population, clusters: &Labels, typical: &Typical<'_>, each: usize) -> Result<Vec<Row>> {
    clusters.require_len(cells.len(), "plot::cluster_gallery")?;
    if clusters.classes().is_empty() {
        return Err(Error::value("plot::cluster_gallery: no cell belongs to a cluster"));
    }
    let rows = (0..clusters.classes().len()).zip(clusters.classes()).zip(clusters.counts());
    let row = |((cluster, name), count): ((usize, &String), usize)| {
        let members: Vec<usize> = (0..cells.len()).filter(|&i| clusters.codes()[i] == Some(cluster as u32)).collect();
        let mut ranks = ranks(&members, cluster, clusters, typical, cells)?;
        ranks.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
        // A bare number names nothing.
        let name = if name.parse::<f64>().is_ok() { format!("cluster {name}") } else { name.clone() };
        let size = counted(count, "cell");
        let cells = ranks.iter().take(each).map(|rank| rank.2).collect();
        Ok(Row { heading: format!("{name} ({size})"), color: class_style(cluster).0, cells })
    };
    rows.map(row).collect()
}

/// For each member how untypical it is, how far from the centre, and its place.
fn ranks(
    members: &[usize],
    cluster: usize,
    clusters: &Labels,
    typical: &Typical<'_>,
    cells: &Population,
) -> Result<Vec<(f64, f64, usize)>> {
    let far = |z: &Matrix| -> Result<Vec<f64>> {
        require_rows("`z`", z, cells)?;
        z.require_finite("plot::cluster_gallery")?;
        let n = members.len() as f64;
        let centre: Vec<f64> = (0..z.cols()).map(|k| members.iter().map(|&i| z.row(i)[k]).sum::<f64>() / n).collect();
        let square = |&i: &usize| z.row(i).iter().zip(&centre).map(|(v, c)| (v - c) * (v - c)).sum();
        Ok(members.iter().map(square).collect())
    };
    match *typical {
        Typical::NearestTo(z) => Ok(members.iter().zip(far(z)?).map(|(&cell, far)| (0.0, far, cell)).collect()),
        Typical::MostProbable { probabilities, z } => {
            require_rows("`probabilities`", probabilities, cells)?;
            let name = &clusters.classes()[cluster];
            let named = probabilities.columns().iter().position(|column| column == name);
            let column = named.or((probabilities.cols() == clusters.classes().len()).then_some(cluster));
            let column = column.ok_or_else(|| {
                Error::value(format!("`probabilities` have no column for the cluster `{name}`"))
                    .help(format!("their columns are {}", probabilities.columns().join(", ")))
            })?;
            let far = z.map_or_else(|| Ok(vec![0.0; members.len()]), far)?;
            let doubt = |cell: usize| ((1.0 - probabilities.row(cell)[column]) / CERTAIN).round();
            Ok(members.iter().zip(far).map(|(&cell, far)| (doubt(cell), far, cell)).collect())
        }
    }
}

fn require_rows(what: &str, rows: &Matrix, cells: &Population) -> Result<()> {
    let help = "cluster and draw the same population";
    if rows.rows() != cells.len() {
        let message = format!("plot::cluster_gallery: {what} has {} rows for {} cells", rows.rows(), cells.len());
        return Err(Error::value(message).help(help));
    }
    match rows.ids().iter().zip(cells.ids().iter()).position(|(a, b)| a != b) {
        None => Ok(()),
        Some(at) => Err(Error::value(format!(
            "plot::cluster_gallery: row {} of {what} is `{}`, but cell {} is `{}`",
            at + 1,
            rows.ids()[at],
            at + 1,
            cells.ids()[at]
        ))
        .help(help)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::morph::{SynthesisOptions, synthesize_population};
    use crate::plot::figure::tests::{parses, texts};

    /// Seven cells; the first four are of one cluster, the next two of another, the last of none.
    fn data() -> (Population, Labels, Matrix) {
        let grown = synthesize_population(&["granule"], 7, &SynthesisOptions::default(), 1).unwrap();
        let cells = Population::new(grown.into_iter().map(|(m, _)| Arc::new(m)).collect());
        let clusters = Labels::new([Some("0"), Some("0"), Some("0"), Some("0"), Some("<b>"), Some("<b>"), None]);
        // The mean of the first four is 4, and the third is nearest to it.
        let z = Matrix::numbered(cells.ids().clone(), "z", 1, vec![0.0, 1.0, 5.0, 10.0, 7.0, 8.0, 4.0]).unwrap();
        (cells, clusters, z)
    }

    #[test]
    fn the_nearest_to_the_centre_come_first_and_counts_are_those_of_the_clusters() {
        let (cells, clusters, z) = data();
        let rows = typical_cells(&cells, &clusters, &Typical::NearestTo(&z), 3).unwrap();
        assert_eq!(rows[0].cells, [2, 1, 0]);
        let figure = cluster_gallery(&cells, &clusters, &Typical::NearestTo(&z), &Default::default()).unwrap();
        parses(&figure);
        let texts = texts(&figure);
        assert!(texts.contains(&"cluster 0 (4 cells)".to_string()) && texts.contains(&"<b> (2 cells)".to_string()));
        assert!(texts.contains(&cells.ids()[3]) && !texts.contains(&cells.ids()[6]), "{texts:?}");
    }

    #[test]
    fn the_most_probable_come_first_and_equals_by_distance() {
        let (cells, clusters, z) = data();
        let values = [0.9, 1.0, 1.0, 0.2, 0.5, 0.6, 0.0].into_iter().flat_map(|p| [p, 1.0 - p]).collect();
        let names = ["0".to_string(), "<b>".to_string()];
        let p = Matrix::new(cells.ids().clone(), names.into(), values).unwrap();
        let first = |z| {
            let typical = Typical::MostProbable { probabilities: &p, z };
            typical_cells(&cells, &clusters, &typical, 9).unwrap().into_iter().map(|row| row.cells).collect::<Vec<_>>()
        };
        assert_eq!(first(None), [vec![1, 2, 0, 3], vec![4, 5]]);
        assert_eq!(first(Some(&z)), [vec![2, 1, 0, 3], vec![4, 5]]);
    }

    #[test]
    fn what_cannot_be_drawn_says_why() {
        let (cells, clusters, z) = data();
        let fails = |clusters: &Labels, typical: Typical<'_>, each: usize| {
            let options = ClusterGalleryOptions { each, ..Default::default() };
            cluster_gallery(&cells, clusters, &typical, &options).unwrap_err().to_string()
        };
        assert!(fails(&clusters, Typical::NearestTo(&z), 0).contains("`each`"));
        let fewer = clusters.select(&[0, 1]);
        assert!(fails(&fewer, Typical::NearestTo(&z), 3).contains("2 labels for 7 cells"));
        let none = Labels::new(vec![None::<&str>; 7]);
        assert!(fails(&none, Typical::NearestTo(&z), 3).contains("no cell belongs"));
        let turned = z.select(&[6, 5, 4, 3, 2, 1, 0]);
        assert!(fails(&clusters, Typical::NearestTo(&turned), 3).contains("row 1 of `z`"));
        let short = z.select(&[0]);
        assert!(fails(&clusters, Typical::NearestTo(&short), 3).contains("1 rows for 7 cells"));
        let typical = Typical::MostProbable { probabilities: &z, z: None };
        assert!(fails(&clusters, typical, 3).contains("no column for the cluster `0`"));
        let narrow = ClusterGalleryOptions { width_mm: 30.0, ..Default::default() };
        assert!(cluster_gallery(&cells, &clusters, &Typical::NearestTo(&z), &narrow).is_err());
    }
}
