//! Small multiples: one panel per class over common axes, its cells in colour and all others grey behind them.

use serde::Deserialize;

use crate::data::{Labels, Matrix};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::plot::canvas::{Anchor, Canvas, Rect};
use crate::plot::chart::{self, Axis};
use crate::plot::figure::{Figure, Resize};
use crate::plot::font;
use crate::plot::layout::{Title, check_size};
use crate::plot::theme::{Marker, class_style, theme};
use crate::plot::ticks::{Ticks, drawable, padded};

/// How facets look. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct FacetsOptions {
    /// Title above the panels.
    pub title: Option<String>,
    /// Width of the figure; its height follows from the number of panels.
    pub width_mm: f64,
    /// Panels in a row; by default as many as make a page-like shape.
    pub columns: Option<usize>,
    /// Height of a panel in widths of it.
    pub aspect: f64,
    /// Diameter of a point; by default the smaller, the more cells there are.
    pub point_size: Option<f64>,
    /// Whether the other classes' cells are shown in grey.
    pub context: bool,
    /// Whether the outer panels carry numbers; by default unless the columns are those of t-SNE or UMAP.
    pub ticks: Option<bool>,
}

impl Default for FacetsOptions {
    fn default() -> Self {
        FacetsOptions {
            title: None,
            width_mm: 170.0,
            columns: None,
            aspect: 1.0,
            point_size: None,
            context: true,
            ticks: None,
        }
    }
}

impl Resize for FacetsOptions {
    fn resize(&mut self, width_mm: f64, _height_mm: f64) {
        self.width_mm = width_mm;
    }
}

const GAP_MM: f64 = 2.0;
/// The narrowest panel in which points can be told apart.
const LEAST_MM: f64 = 10.0;

/// Draws the two columns of `points` in a panel for each class, headed by its name and number of cells. Cells without a
/// label are only context.
///
/// # Errors
/// When there are not two columns, when no cell has a label, when positions cannot be drawn, when an option is out of range.
pub fn facets(points: &Matrix, labels: &Labels, options: &FacetsOptions) -> Result<Figure> {
    check_size("width_mm", options.width_mm, 30.0)?;
    labels.require_len(points.rows(), "plot::facets")?;
    if points.cols() != 2 {
        return Err(Error::value(format!("facets need 2 columns, but the matrix has {}", points.cols()))
            .help("use `reduce::tsne` or `reduce::pca`, or select two columns"));
    }
    if !(0.2..=5.0).contains(&options.aspect) {
        return Err(Error::value(format!("`aspect` is {}, expected 0.2 to 5", options.aspect)));
    }
    if let Some(row) = points.iter_rows().position(|r| !r.iter().all(|&v| drawable(v))) {
        return Err(Error::value(format!("facets need finite numbers, but row `{}` has others", points.ids()[row]))
            .help("drop that cell, or replace the value"));
    }
    let counts = labels.counts();
    let classes: Vec<usize> = (0..counts.len()).filter(|&c| counts[c] > 0).collect();
    if classes.is_empty() {
        return Err(Error::value("no cell has a label to be shown by"));
    }
    let columns = options.columns.unwrap_or_else(|| (classes.len() as f64).sqrt().ceil() as usize).min(classes.len());
    if columns == 0 {
        return Err(Error::value("`columns` is 0, expected at least 1"));
    }
    let rows = classes.len().div_ceil(columns);
    let theme = theme();
    let meaningless = points.columns().iter().all(|c| ["tsne", "umap"].iter().any(|p| c.to_lowercase().starts_with(p)));
    let numbered = options.ticks.unwrap_or(!meaningless);
    let column = |k: usize| points.iter_rows().map(move |r| r[k]);
    let (x_range, y_range) = (padded(column(0), 0.05), padded(column(1), 0.05));
    // Numbers at the left and below take what the widest and the highest of them need.
    let small = font::height(1, theme.small_pt);
    let rough = (options.width_mm / columns as f64).max(LEAST_MM);
    let y_ticks = Ticks::fitting_height(y_range, 0.8 * rough * options.aspect);
    let ticks_room = |size: f64| if numbered { 2.0 * theme.tick_mm + size } else { 0.0 };
    let name_room = font::height(1, theme.label_pt) + 1.0;
    let left = theme.margin_mm + name_room + ticks_room(y_ticks.label_width(theme.small_pt));
    let gaps = GAP_MM * (columns - 1) as f64;
    let end = theme.margin_mm + if numbered { 3.0 } else { 0.0 };
    let width = (options.width_mm - left - gaps - end) / columns as f64;
    if width < LEAST_MM {
        return Err(Error::value(format!("{columns} columns leave a panel {width:.1} of {} mm", options.width_mm))
            .help("use fewer `columns` or a larger `width_mm`"));
    }
    let height = options.aspect * width;
    let x_ticks = Ticks::fitting_width(x_range, width, theme.small_pt);
    let title = Title::new(options.title.as_deref(), options.width_mm);
    let heading = |class: usize| {
        let text = format!("{} ({})", labels.classes()[class], counts[class]);
        font::wrap(&text, theme.small_pt, width, 2)
    };
    let lines = classes.iter().map(|&c| heading(c).len()).max().unwrap_or(1);
    let step = font::height(lines, theme.small_pt) + 0.6 + height + GAP_MM;
    let bottom = title.bottom() + rows as f64 * step - GAP_MM;
    let page = bottom + ticks_room(small) + 1.0 + name_room + theme.margin_mm;

    let n = points.rows();
    let size = options.point_size.unwrap_or_else(|| (1.4 / (n as f64 / 100.0).max(1.0).powf(0.25)).max(0.25));
    if !(size > 0.0 && size <= 20.0) {
        return Err(Error::value(format!("`point_size` is {size}, expected more than 0 and at most 20 (mm)")));
    }
    let mut canvas = Canvas::new(options.width_mm, page);
    title.draw(&mut canvas);
    for (i, &class) in classes.iter().enumerate() {
        interrupt::check()?;
        let (row, place) = (i / columns, i % columns);
        let top = title.bottom() + row as f64 * step;
        let panel = Rect {
            x: left + place as f64 * (width + GAP_MM),
            y: top + font::height(lines, theme.small_pt) + 0.6,
            width,
            height,
        };
        let at = |cell: usize| {
            let [x, y] = [0, 1].map(|k| points.row(cell)[k]);
            let across = (x - x_range.0) / (x_range.1 - x_range.0);
            let up = (y - y_range.0) / (y_range.1 - y_range.0);
            (panel.x + across * panel.width, panel.bottom() - up * panel.height)
        };
        let (color, _) = class_style(class);
        let own = |cell: &usize| labels.codes()[*cell] == Some(class as u32);
        if options.context {
            let grey = theme.missing.faded(0.4);
            (0..n).filter(|c| !own(c)).for_each(|c| canvas.point(at(c), (Marker::Circle, 0.4 * size), grey, 1.0));
        }
        (0..n).filter(own).for_each(|c| canvas.point(at(c), (Marker::Circle, 0.5 * size), color, 0.85));
        let text = heading(class);
        canvas.paragraph((panel.x, top), Anchor::Start, theme.small_pt, theme.ink, &text);
        // The last panel of each column has the numbers.
        let lowest = i + columns >= classes.len();
        let x = Axis { range: x_range, ticks: x_ticks.clone(), numbered: numbered && lowest };
        let y = Axis { range: y_range, ticks: y_ticks.clone(), numbered: numbered && place == 0 };
        chart::draw(&mut canvas, panel, (&x, &y), false, |_| Ok(()))?;
    }
    let middle = (left + 0.5 * (columns as f64 * (width + GAP_MM) - GAP_MM), 0.5 * (title.bottom() + bottom));
    let [x_name, y_name] =
        [0, 1].map(|k| font::wrap(&points.columns()[k], theme.label_pt, options.width_mm - left - end, 1));
    canvas.paragraph((middle.0, bottom + ticks_room(small) + 1.0), Anchor::Middle, theme.label_pt, theme.ink, &x_name);
    canvas.upright((theme.margin_mm, middle.1), theme.label_pt, theme.ink, &y_name);
    Ok(canvas.finish("facets"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plot::figure::tests::{parses, texts};

    fn points(n: usize, columns: [&str; 2]) -> Matrix {
        let ids = (0..n).map(|i| format!("cell{i}")).collect();
        let values = (0..2 * n).map(|i| ((i * 37) % 101) as f64 - 50.0).collect();
        Matrix::new(ids, columns.map(String::from).into(), values).unwrap()
    }

    #[test]
    fn each_class_has_a_panel_with_the_others_behind() {
        for (n, classes) in [(1, 1), (60, 5), (90, 30)] {
            let labels = Labels::new((0..n).map(|i| Some(format!("class {}", i % classes))));
            let figure = facets(&points(n, ["a", "b"]), &labels, &FacetsOptions::default()).unwrap();
            parses(&figure);
            assert_eq!(texts(&figure).iter().filter(|t| t.starts_with("class")).count(), classes);
            assert_eq!(figure.svg().matches("<circle").count(), n * classes);
        }
    }

    #[test]
    fn maps_have_no_numbers_and_context_can_go() {
        let labels = Labels::new((0..20).map(|i| (i != 3).then(|| ["x", "y"][i % 2].to_string())));
        let options = FacetsOptions { context: false, columns: Some(1), ..Default::default() };
        let figure = facets(&points(20, ["tsne1", "tsne2"]), &labels, &options).unwrap();
        parses(&figure);
        assert_eq!(figure.svg().matches("<circle").count(), 19);
        assert!(texts(&figure).iter().all(|t| t.parse::<f64>().is_err()));
    }

    #[test]
    fn what_cannot_be_drawn_says_why() {
        let m = points(2, ["a", "b"]);
        let fails = |m: &Matrix, l: &Labels, o| facets(m, l, &o).unwrap_err().to_string();
        let two = Labels::new([Some("x"), Some("y")]);
        assert!(fails(&m, &Labels::new([Some("x")]), FacetsOptions::default()).contains("1 labels for 2"));
        assert!(fails(&m, &Labels::new([None::<&str>, None]), FacetsOptions::default()).contains("no cell"));
        assert!(fails(&m, &two, FacetsOptions { columns: Some(0), ..Default::default() }).contains("`columns`"));
        assert!(fails(&m, &two, FacetsOptions { aspect: 0.0, ..Default::default() }).contains("`aspect`"));
        assert!(
            fails(&m, &two, FacetsOptions { width_mm: 32.0, columns: Some(2), ..Default::default() })
                .contains("leave a panel")
        );
        let nan =
            Matrix::new(["odd".to_string()].into(), ["a".into(), "b".into()].into(), vec![1.0, f64::NAN]).unwrap();
        assert!(fails(&nan, &Labels::new([Some("x")]), FacetsOptions::default()).contains("`odd`"));
    }
}
