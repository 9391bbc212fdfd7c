//! A heat map whose rows stand in the order of a dendrogram, with the tree and the cells' labels beside them.

use serde::Deserialize;

use super::matrix::scale_of;
use super::tiles;
use super::tree::Merges;
use crate::data::{Labels, Matrix};
use crate::error::{Error, Result};
use crate::plot::canvas::{Anchor, Canvas, Rect};
use crate::plot::colorbar::ColorBar;
use crate::plot::figure::{Figure, Resize};
use crate::plot::font;
use crate::plot::layout::{Title, check_size};
use crate::plot::legend::{Entry, Legend, Swatch};
use crate::plot::names::Names;
use crate::plot::theme::{ColorMap, theme};

/// How a clustered heat map looks. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClustermapOptions {
    /// Title above the map.
    pub title: Option<String>,
    /// Width of the figure.
    pub width_mm: f64,
    /// Height of the figure.
    pub height_mm: f64,
    /// Whether each column is drawn in standard deviations from its mean.
    pub z_score: bool,
    /// What the colours mean; by default `z-score` where that is what they are.
    pub value_label: Option<String>,
    /// By default `diverging` for z-scores, else the theme's.
    pub color_map: Option<ColorMap>,
    /// Values of the first and the last colour; by default -3 to 3 for z-scores, else the least and the largest.
    pub range: Option<(f64, f64)>,
    /// Width of the tree of the rows, and height of that of the columns.
    pub tree_mm: f64,
    /// Whether rows and columns are named where names fit.
    pub names: bool,
}

impl Default for ClustermapOptions {
    fn default() -> Self {
        ClustermapOptions {
            title: None,
            width_mm: 120.0,
            height_mm: 110.0,
            z_score: true,
            value_label: None,
            color_map: None,
            range: None,
            tree_mm: 18.0,
            names: true,
        }
    }
}

impl Resize for ClustermapOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, height_mm);
    }
}

const STRIP_MM: f64 = 3.0;
const STRIP_GAP_MM: f64 = 0.6;
/// Beyond this the colours of z-scores saturate.
const Z_REACH: f64 = 3.0;
/// The smallest map that shows anything.
const LEAST_MM: f64 = 15.0;

/// Draws the rows of a matrix in the order of their dendrogram, and the columns in that of theirs; without one they stay
/// as they are. `strips` are labels of the rows, each a column of colours between tree and map.
///
/// # Errors
/// When dendrograms or labels do not match the matrix, as [`matrix`](super::matrix()) otherwise, or when the figure is too
/// small for what surrounds the map.
pub fn clustermap(
    values: &Matrix,
    rows: Option<&Merges>,
    columns: Option<&Merges>,
    strips: &[(String, Labels)],
    options: &ClustermapOptions,
) -> Result<Figure> {
    check_size("width_mm", options.width_mm, 50.0)?;
    check_size("height_mm", options.height_mm, 40.0)?;
    check_size("tree_mm", options.tree_mm, 2.0)?;
    let (n, d) = (values.rows(), values.cols());
    let order = |merges: Option<&Merges>, n: usize, what: &str| match merges.map(Merges::order) {
        Some(order) if order.len() == n => Ok(order),
        Some(order) => Err(Error::value(format!(
            "plot::clustermap: the dendrogram of the {what} has {} leaves, expected {n}",
            order.len()
        ))),
        None => Ok((0..n).collect::<Vec<usize>>()),
    };
    let (row_order, column_order) = (order(rows, n, "rows")?, order(columns, d, "columns")?);
    for (_, labels) in strips {
        labels.require_len(n, "plot::clustermap")?;
    }
    let shown = if options.z_score { z_scores(values)? } else { values.clone() };
    let map = options.color_map.or(options.z_score.then_some(ColorMap::Diverging));
    let range = options.range.or(options.z_score.then_some((-Z_REACH, Z_REACH)));
    let scale = scale_of(&shown, map, range, None)?;

    // From left to right: tree, strips, map, names, legends; from top to bottom: title, tree, map, names.
    let theme = theme();
    let title = Title::new(options.title.as_deref(), options.width_mm);
    let value_label = options.value_label.as_deref().unwrap_or(if options.z_score { "z-score" } else { "" });
    let bar = ColorBar::mapped(scale.map, scale.range, value_label, None, (0.45 * options.height_mm).min(45.0));
    let legends: Vec<(Legend, &str)> =
        strips.iter().map(|(name, labels)| (legend(labels, options.height_mm), name.as_str())).collect();
    let side_width = legends.iter().map(|(l, _)| l.width).fold(bar.size().0, f64::max);
    let strips_width = strips.len() as f64 * (STRIP_MM + STRIP_GAP_MM);
    let row_tree = rows.map_or(0.0, |_| options.tree_mm + STRIP_GAP_MM);
    let column_tree = columns.map_or(0.0, |_| options.tree_mm + STRIP_GAP_MM);
    let left = theme.margin_mm + row_tree + strips_width;
    let top = title.bottom() + column_tree;
    let named = |names: &[String], order: &[usize]| -> Vec<String> {
        if options.names { order.iter().map(|&i| names[i].clone()).collect() } else { Vec::new() }
    };
    let (row_names, column_names) = (named(values.ids(), &row_order), named(values.columns(), &column_order));
    // Names of strips stand below them, too.
    let strip_names: Vec<String> = strips.iter().map(|s| s.0.clone()).collect();
    let strip_depth = strip_names.iter().map(|n| font::width(n, theme.small_pt)).fold(0.0, f64::max).min(34.0);
    let mut page = (options.width_mm, options.height_mm);
    let gap = 2.0 * theme.tick_mm;
    let (mut beside, mut below) = (0.0, 0.0);
    let mut panel = Rect { x: left, y: top, width: 0.0, height: 0.0 };
    // Names decide on the map's size and its size on the names.
    for _ in 0..3 {
        panel.width = (page.0 - left - beside - theme.gap_mm - side_width - theme.margin_mm).max(LEAST_MM);
        panel.height = (page.1 - top - below - theme.margin_mm).max(LEAST_MM);
        let room = |depth: f64| if depth > 0.0 { gap + depth } else { 0.0 };
        beside = room(Names::beside(&row_names, panel.height / n as f64).depth);
        below = room(Names::below(&column_names, panel.width / d as f64).depth).max(room(strip_depth));
    }
    let side_at = panel.right() + beside + theme.gap_mm;
    let gap_between = 3.0;
    let legends_height: f64 = legends.iter().map(|(l, _)| heading() + l.height + gap_between).sum();
    page.0 = page.0.max(side_at + side_width + theme.margin_mm);
    page.1 = page
        .1
        .max(panel.bottom() + below + theme.margin_mm)
        .max(top + bar.size().1 + gap_between + legends_height + theme.margin_mm);

    let mut canvas = Canvas::new(page.0, page.1);
    title.draw(&mut canvas);
    canvas.note_panel(panel);
    let color = |r: usize, c: usize| scale.color(shown.row(row_order[r])[column_order[c]]);
    tiles::draw(&mut canvas, panel, (n, d), color);
    canvas.frame(panel, theme.ink, theme.axis_mm);
    if let Some(merges) = rows {
        let strip = Rect { x: theme.margin_mm, width: options.tree_mm, ..panel };
        merges.draw(&mut canvas, strip, true);
    }
    if let Some(merges) = columns {
        let strip = Rect { y: title.bottom(), height: options.tree_mm, ..panel };
        merges.draw(&mut canvas, strip, false);
    }
    for (i, (_, labels)) in strips.iter().enumerate() {
        let x = panel.x - strips_width + i as f64 * (STRIP_MM + STRIP_GAP_MM);
        let strip = Rect { x, width: STRIP_MM, ..panel };
        tiles::draw(&mut canvas, strip, (n, 1), |r, _| match labels.codes()[row_order[r]] {
            Some(class) => theme.class_color(class as usize, labels.classes().len()),
            None => theme.missing,
        });
        let half = 0.5 * font::CAP_HEIGHT * theme.small_pt * font::MM_PER_PT;
        let name = font::wrap(&strip_names[i], theme.small_pt, 34.0, 1);
        canvas.upright_from(
            (x + 0.5 * STRIP_MM - half, panel.bottom() + gap),
            Anchor::End,
            theme.small_pt,
            theme.ink,
            &name,
        );
    }
    let column_x = |i: usize| panel.x + (i as f64 + 0.5) / d as f64 * panel.width;
    let row_y = |i: usize| panel.y + (i as f64 + 0.5) / n as f64 * panel.height;
    Names::below(&column_names, panel.width / d as f64).draw_below(&mut canvas, panel, column_x);
    Names::beside(&row_names, panel.height / n as f64).draw_at(&mut canvas, panel.right() + gap, Anchor::Start, row_y);
    bar.draw(&mut canvas, (side_at, top));
    let mut y = top + bar.size().1 + gap_between;
    for (legend, name) in &legends {
        let lines = font::wrap(name, theme.small_pt, side_width.max(15.0), 1);
        canvas.paragraph((side_at, y), Anchor::Start, theme.small_pt, theme.ink, &lines);
        legend.draw(&mut canvas, (side_at, y + heading()));
        y += heading() + legend.height + gap_between;
    }
    Ok(canvas.finish("clustermap"))
}

/// Height of a legend's heading.
fn heading() -> f64 {
    font::height(1, theme().small_pt) + 0.5
}

fn legend(labels: &Labels, height: f64) -> Legend {
    let theme = theme();
    let classes = labels.classes();
    let entry = |(class, name): (usize, &String)| Entry {
        swatch: Swatch::Disc(theme.class_color(class, classes.len())),
        name: name.clone(),
        count: None,
    };
    let mut entries: Vec<Entry> = classes.iter().enumerate().map(entry).collect();
    if labels.codes().iter().any(Option::is_none) {
        entries.push(Entry { swatch: Swatch::Disc(theme.missing), name: "unlabelled".into(), count: None });
    }
    Legend::columns(&entries, 0.8 * height)
}

/// Columns less their means, over their standard deviations (of the sample); constant ones are 0, gaps stay.
fn z_scores(values: &Matrix) -> Result<Matrix> {
    let d = values.cols();
    let mut scores = values.values().to_vec();
    for column in 0..d {
        let finite: Vec<f64> =
            scores.iter().skip(column).step_by(d.max(1)).copied().filter(|v| v.is_finite()).collect();
        let n = finite.len() as f64;
        let mean = finite.iter().sum::<f64>() / n;
        let sd = (finite.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        for v in scores.iter_mut().skip(column).step_by(d) {
            *v = if sd > 0.0 { (*v - mean) / sd } else { 0.0 * *v };
        }
    }
    Matrix::new(values.ids().clone(), values.columns().clone(), scores)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plot::figure::tests::{parses, texts};

    fn features(n: usize, d: usize) -> Matrix {
        let ids = (0..n).map(|i| format!("cell{i}")).collect();
        let names = (0..d).map(|i| format!("feature number {i}")).collect();
        Matrix::new(ids, names, (0..n * d).map(|i| ((i * 37) % 101) as f64).collect()).unwrap()
    }

    fn chain(n: usize) -> Merges {
        let merges: Vec<_> = (1..n).map(|k| (if k == 1 { 0 } else { n + k - 2 }, k, k as f64)).collect();
        Merges::new(&merges, n, "tree").unwrap()
    }

    #[test]
    fn rows_stand_in_the_order_of_the_tree_with_labels_beside() {
        let merges = Merges::new(&[(0, 2, 1.0), (1, 3, 2.0)], 3, "tree").unwrap();
        let labels = Labels::new([Some("a"), None, Some("b <")]);
        let strips = [("type".to_string(), labels)];
        let figure =
            clustermap(&features(3, 4), Some(&merges), Some(&chain(4)), &strips, &ClustermapOptions::default())
                .unwrap();
        parses(&figure);
        let found = texts(&figure);
        let rows: Vec<_> = found.iter().filter(|t| t.starts_with("cell")).collect();
        // The first merge of the top joins row 1 with the pair of 0 and 2.
        assert_eq!(rows, ["cell1", "cell0", "cell2"]);
        for text in ["z-score", "b <", "unlabelled", "type"] {
            assert!(found.contains(&text.to_string()), "{text}: {found:?}");
        }
    }

    #[test]
    fn columns_are_standardised_and_gaps_stay() {
        let ids = ["a", "b", "c"].map(String::from).into();
        let m = Matrix::new(ids, ["x".into(), "y".into()].into(), vec![1.0, 5.0, 3.0, f64::NAN, 5.0, 5.0]).unwrap();
        let z = z_scores(&m).unwrap();
        assert_eq!(z.row(0), [-1.0, 0.0]);
        assert!(z.row(1)[1].is_nan() && z.row(2) == [1.0, 0.0]);
    }

    #[test]
    fn many_rows_columns_and_classes_are_drawn() {
        for (n, d, k) in [(1, 1, 1), (2, 30, 2), (60, 35, 30), (2000, 12, 8)] {
            let labels = Labels::from_clusters(&(0..n).map(|i| i % k).collect::<Vec<_>>());
            let strips = [("cluster".to_string(), labels.clone()), ("again".to_string(), labels)];
            parses(
                &clustermap(&features(n, d), Some(&chain(n)), None, &strips, &ClustermapOptions::default()).unwrap(),
            );
        }
    }

    #[test]
    fn what_does_not_match_is_refused() {
        let m = features(3, 2);
        let fails = |rows: Option<&Merges>, strips: &[(String, Labels)]| {
            clustermap(&m, rows, None, strips, &ClustermapOptions::default()).unwrap_err().message
        };
        assert!(fails(Some(&chain(4)), &[]).contains("4 leaves, expected 3"));
        assert!(fails(None, &[("l".into(), Labels::new([Some("a")]))]).contains("1 labels for 3 cells"));
    }
}
