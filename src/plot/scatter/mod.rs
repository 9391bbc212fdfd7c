//! Cells as points in a plane, coloured by class or by value: embeddings, projections, pairs of features, graphs.

mod contours;
mod options;
mod outline;
mod overlay;
mod placement;

pub use options::{Column, Contours, Outline, ScatterOptions};

use overlay::Overlay;
use plotters::prelude::{Circle, EmptyElement, Polygon};
use plotters::style::Color as _;
use rand::seq::SliceRandom;

use crate::data::{Labels, Matrix};
use crate::error::{Error, Result, did_you_mean};
use crate::plot::canvas::{Canvas, UNITS};
use crate::plot::chart::{self, Drawn, Panel};
use crate::plot::coloring::{Coloring, Look, Side};
use crate::plot::figure::Figure;
use crate::plot::layout::{AxisSpec, ChartSpec, Layout, Title, check_size};
use crate::plot::theme::theme;
use crate::plot::ticks::{drawable, padded};
use crate::run::seed;

/// Draws the rows of `points` (cells) as points in a plane.
///
/// With `labels`, cells are coloured by class, and a legend beside the panel names each class and counts its cells; cells
/// without label lie grey below the others. With `values`, one per row, cells are coloured by a continuous map with a
/// colour bar, and those whose value is not finite are grey. Points are drawn in a random order (the same every time), so
/// that no class covers another for its place in the table.
///
/// # Errors
/// When `points` is empty, holds numbers that are not finite, or has another number of columns than two while `x` and `y`
/// name none; when the lengths of labels or values do not match, or both are given; when an option is out of range.
pub fn scatter(
    points: &Matrix,
    labels: Option<&Labels>,
    values: Option<&[f64]>,
    options: &ScatterOptions,
) -> Result<Figure> {
    check_size("width_mm", options.width_mm, 30.0)?;
    check_size("height_mm", options.height_mm, 30.0)?;
    let (names, xy) = plane(points, options)?;
    let style = PointStyle::new(xy.len(), options)?;
    let title = Title::new(options.title.as_deref(), options.width_mm);
    let side_height = options.height_mm - title.bottom() - theme().margin_mm;
    let mut coloring = match (labels, values) {
        (None, None) => Coloring::plain(xy.len()),
        (Some(labels), None) => Coloring::by_class(xy.len(), labels, style.radius_mm, side_height)?,
        (None, Some(values)) => {
            let label = options.value_label.as_deref().unwrap_or_default();
            Coloring::by_value(xy.len(), values, label, style.radius_mm, side_height)?
        }
        (Some(_), Some(_)) => {
            return Err(Error::value("a scatter plot is coloured by `labels` or by `values`, but both are given")
                .help("draw two figures"));
        }
    };
    if let Some(shapes) = &options.shapes {
        coloring.shape_by(shapes, style.radius_mm, side_height)?;
    }
    let overlay = Overlay::new(points, &xy, labels, &coloring, options)?;
    let meaningless = |c: &String| ["tsne", "t-sne", "umap"].iter().any(|p| c.to_lowercase().starts_with(p));
    let numbered = options.ticks.unwrap_or_else(|| !names.iter().all(meaningless));
    let [x_name, y_name] = names;
    // Lines of density reach beyond the points.
    let margin = if options.density == Contours::None { 0.05 } else { 0.15 };
    let axis = |k: usize, label: &Option<String>, name: &String| AxisSpec {
        range: padded(overlay.extent().map(|p| p[k]), margin),
        label: label.clone().unwrap_or_else(|| name.clone()),
        numbered,
    };
    let lay_out = |side: (f64, f64)| {
        Layout::new(ChartSpec {
            width: options.width_mm,
            height: options.height_mm,
            title: Title::new(options.title.as_deref(), options.width_mm),
            x: axis(0, &options.x_label, &x_name),
            y: axis(1, &options.y_label, &y_name),
            equal: options.equal,
            side,
        })
    };
    // Where every class is named beside its cells, the legend has nothing to add.
    let explained = options.names && coloring.looks.iter().all(|l| !l.missing) && options.shapes.is_none();
    let bare = explained.then(|| lay_out((0.0, 0.0))).filter(|layout| overlay.names_fit(layout, style.radius_mm));
    let named = bare.is_some();
    let layout = bare.unwrap_or_else(|| lay_out(coloring.side.size()));

    let mut canvas = Canvas::new(layout.size.0, layout.size.1);
    layout.draw_labels(&mut canvas);
    overlay.draw_below(&mut canvas, &layout);
    chart::draw(&mut canvas, layout.panel, (&layout.x, &layout.y), false, |panel| {
        drawing_order(&coloring)
            .into_iter()
            .try_for_each(|cell| draw_point(panel, xy[cell], coloring.looks[cell], &style))
    })?;
    overlay.draw_above(&mut canvas, &layout, style.radius_mm);
    match &coloring.side {
        _ if named => {}
        Side::Nothing => {}
        Side::Legend(legend) => legend.draw(&mut canvas, layout.side_at),
        Side::Bar(bar) => bar.draw(&mut canvas, layout.side_at),
    }
    Ok(canvas.finish("scatter"))
}

/// Names and values of the two columns to draw.
fn plane(points: &Matrix, options: &ScatterOptions) -> Result<([String; 2], Vec<[f64; 2]>)> {
    if points.rows() == 0 {
        return Err(Error::value("a scatter plot needs at least one row, but the matrix has none"));
    }
    let [x, y] = match (&options.x, &options.y) {
        (None, None) if points.cols() == 2 => [0, 1],
        (Some(x), Some(y)) => [column("x", x, points)?, column("y", y, points)?],
        (None, None) => {
            return Err(Error::value(format!("a scatter plot needs 2 columns, but the matrix has {}", points.cols()))
                .help("use `reduce::tsne` or `reduce::pca`, or name two columns with the options `x` and `y`"));
        }
        _ => return Err(Error::value("of `x` and `y` one is given, expected both or neither")),
    };
    let xy: Vec<[f64; 2]> = points.iter_rows().map(|row| [row[x], row[y]]).collect();
    // Only the columns drawn must be finite.
    if let Some((row, column)) = xy.iter().enumerate().find_map(|(row, p)| {
        let bad = |axis: usize, column| (!drawable(p[axis])).then_some((row, column));
        bad(0, x).or_else(|| bad(1, y))
    }) {
        return Err(Error::value(format!(
            "a scatter plot needs finite numbers below 1e100, but row {} (`{}`), column `{}` is {}",
            row + 1,
            points.ids()[row],
            points.columns()[column],
            points.row(row)[column]
        ))
        .help("drop that cell, or replace the value"));
    }
    Ok(([points.columns()[x].clone(), points.columns()[y].clone()], xy))
}

fn column(option: &str, column: &Column, points: &Matrix) -> Result<usize> {
    match column {
        Column::Number(n) if *n < points.cols() => Ok(*n),
        Column::Number(n) => Err(Error::value(format!(
            "`{option}` is column {n}, but the matrix has {} columns, counted from 0",
            points.cols()
        ))),
        Column::Name(name) => points.columns().iter().position(|c| c == name).ok_or_else(|| {
            let error = Error::value(format!("`{option}` is `{name}`, but the matrix has no such column"));
            match did_you_mean(name, points.columns().iter().map(String::as_str)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("its columns are {}", listed(points.columns()))),
            }
        }),
    }
}

/// The first names of a list that may be long.
fn listed(names: &[String]) -> String {
    let shown: Vec<_> = names.iter().take(8).map(|n| format!("`{n}`")).collect();
    let more =
        if names.len() > shown.len() { format!(" and {} more", names.len() - shown.len()) } else { String::new() };
    shown.join(", ") + more.as_str()
}

/// Size and opacity of the points.
struct PointStyle {
    radius_mm: f64,
    opacity: f64,
}

impl PointStyle {
    fn new(n: usize, options: &ScatterOptions) -> Result<Self> {
        // A hundred times the cells, a tenth of the area each.
        let crowding = (n as f64 / 100.0).max(1.0);
        let size = options.point_size.unwrap_or_else(|| (1.6 / crowding.powf(0.25)).max(0.3));
        let opacity = options.opacity.unwrap_or_else(|| (0.9 / crowding.powf(0.1)).max(0.4));
        if !(size > 0.0 && size <= 20.0) {
            return Err(Error::value(format!("`point_size` is {size}, expected more than 0 and at most 20 (mm)")));
        }
        if !(opacity > 0.0 && opacity <= 1.0) {
            return Err(Error::value(format!("`opacity` is {opacity}, expected more than 0 and at most 1")));
        }
        Ok(PointStyle { radius_mm: 0.5 * size, opacity })
    }
}

/// Cells without label or value first, then the others shuffled: a fixed order, but not that of the table, in which
/// classes often stand one after the other.
fn drawing_order(coloring: &Coloring) -> Vec<usize> {
    let (mut missing, mut shown): (Vec<_>, Vec<_>) =
        (0..coloring.looks.len()).partition(|&i| coloring.looks[i].missing);
    shown.shuffle(&mut seed::stream(0, "plot::scatter", 0));
    missing.append(&mut shown);
    missing
}

fn draw_point(panel: &mut Panel<'_, '_>, [x, y]: [f64; 2], look: Look, style: &PointStyle) -> Drawn {
    let fill = look.color.plotters().mix(style.opacity).filled();
    match look.marker.corners(style.radius_mm * UNITS) {
        None => {
            let radius = (style.radius_mm * UNITS).round().max(1.0) as u32;
            panel.draw_series([Circle::new((x, y), radius, fill)])?;
        }
        Some(corners) => {
            let corners: Vec<_> = corners.iter().map(|&(dx, dy)| (dx.round() as i32, dy.round() as i32)).collect();
            panel.draw_series([EmptyElement::at((x, y)) + Polygon::new(corners, fill)])?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plot::figure::tests::{parses, texts};

    fn matrix(n: usize, columns: &[&str]) -> Matrix {
        let ids = (0..n).map(|i| format!("cell{i}")).collect();
        let values = (0..n * columns.len()).map(|i| ((i * 37) % 101) as f64).collect();
        Matrix::new(ids, columns.iter().map(ToString::to_string).collect(), values).unwrap()
    }

    fn labels(n: usize, classes: usize) -> Labels {
        Labels::new((0..n).map(|i| Some(format!("class <{}>", i % classes))))
    }

    fn draw(points: &Matrix, labels: Option<&Labels>, options: &ScatterOptions) -> Figure {
        scatter(points, labels, None, options).unwrap()
    }

    #[test]
    fn the_legend_names_and_counts_every_class_with_markup_escaped() {
        for classes in [1, 3, 8, 25] {
            let figure = draw(&matrix(100, &["a", "b"]), Some(&labels(100, classes)), &ScatterOptions::default());
            parses(&figure);
            for class in 0..classes {
                let count = (class..100).step_by(classes).count();
                assert!(texts(&figure).contains(&format!("class <{class}> ({count})")), "{classes}: {class}");
            }
            assert!(!figure.svg().contains("<0>"));
        }
    }

    #[test]
    fn each_cell_is_drawn_once_and_cells_without_label_first() {
        let names = (0..60).map(|i| if i < 50 { Some("seen") } else { None });
        let figure = draw(&matrix(60, &["a", "b"]), Some(&Labels::new(names)), &ScatterOptions::default());
        let svg = figure.svg();
        // 60 cells and the two signs of the legend.
        assert_eq!(svg.matches("<circle").count(), 62);
        let (grey, blue) = (svg.rfind(r##"fill="#BDBDBD""##).unwrap(), svg.find(r##"fill="#0072B2""##).unwrap());
        assert!(grey < blue);
        assert!(texts(&figure).contains(&"unlabelled (10)".to_string()));
    }

    #[test]
    fn points_lie_where_their_numbers_say() {
        let ids = ["a", "b", "c"].map(String::from).into();
        let m = Matrix::new(ids, ["x".into(), "y".into()].into(), vec![0.0, 0.0, 10.0, 0.0, 5.0, 8.0]).unwrap();
        let svg = draw(&m, None, &ScatterOptions::default());
        let at = |attribute: &str| -> Vec<f64> {
            let circles = svg.svg().lines().filter(|l| l.starts_with("<circle"));
            circles.map(|l| l.split(attribute).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()).collect()
        };
        let (mut x, mut y) = (at(" cx=\""), at(" cy=\""));
        x.sort_by(f64::total_cmp);
        y.sort_by(f64::total_cmp);
        assert!((x[1] - 0.5 * (x[0] + x[2])).abs() <= 1.0, "{x:?}");
        assert!(y[1] == y[2] && y[0] < y[1], "up is up: {y:?}");
    }

    #[test]
    fn a_wide_legend_widens_the_figure_and_otherwise_the_size_is_the_asked_one() {
        let options = ScatterOptions { width_mm: 90.0, height_mm: 60.0, ..Default::default() };
        let figure = draw(&matrix(50, &["a", "b"]), Some(&labels(50, 3)), &options);
        assert_eq!((figure.width_mm(), figure.height_mm()), (90.0, 60.0));
        let figure = draw(&matrix(50, &["a", "b"]), Some(&labels(50, 50)), &options);
        assert!(figure.width_mm() > 100.0);
        assert_eq!(figure.height_mm(), 60.0);
    }

    #[test]
    fn drawing_is_deterministic() {
        let draw = || draw(&matrix(200, &["a", "b"]), Some(&labels(200, 5)), &ScatterOptions::default());
        assert_eq!(draw(), draw());
    }

    #[test]
    fn axes_are_named_after_the_columns_and_tsne_has_no_numbers() {
        let numbers = |f: &Figure| texts(f).iter().filter(|t| t.parse::<f64>().is_ok()).count();
        let plain = draw(&matrix(9, &["length", "tips"]), None, &ScatterOptions::default());
        assert!(texts(&plain).contains(&"length".to_string()) && texts(&plain).contains(&"tips".to_string()));
        assert!(numbers(&plain) >= 4);
        let tsne = draw(&matrix(9, &["tsne1", "tsne2"]), None, &ScatterOptions::default());
        assert_eq!(numbers(&tsne), 0);
        let asked = ScatterOptions { ticks: Some(true), ..Default::default() };
        assert!(numbers(&draw(&matrix(9, &["tsne1", "tsne2"]), None, &asked)) >= 4);
    }

    #[test]
    fn of_wider_matrices_two_columns_can_be_named() {
        let m = matrix(9, &["a", "b", "c"]);
        let error = scatter(&m, None, None, &ScatterOptions::default()).unwrap_err();
        assert!(error.help.unwrap().contains("reduce::tsne"));
        let pick = |x, y| ScatterOptions { x: Some(x), y: Some(y), ..Default::default() };
        let named = pick(Column::Name("c".into()), Column::Number(0));
        assert!(texts(&draw(&m, None, &named)).contains(&"c".to_string()));
        assert!(scatter(&m, None, None, &pick(Column::Name("d".into()), Column::Number(0))).is_err());
        assert!(scatter(&m, None, None, &pick(Column::Number(3), Column::Number(0))).is_err());
    }

    #[test]
    fn values_have_a_colour_bar() {
        let options = ScatterOptions { value_label: Some("depth (µm)".into()), ..Default::default() };
        let values: Vec<f64> = (0..9).map(f64::from).collect();
        let figure = scatter(&matrix(9, &["a", "b"]), None, Some(&values), &options).unwrap();
        parses(&figure);
        assert!(figure.svg().contains("linearGradient"));
        assert!(texts(&figure).contains(&"depth (µm)".to_string()));
    }

    /// Three clouds apart from each other.
    fn clouds(n: usize) -> (Matrix, Labels) {
        let ids = (0..n).map(|i| format!("cell{i}")).collect();
        let place = |i: usize| [(i % 3) as f64 * 30.0 + ((i * 37) % 11) as f64, ((i * 53) % 13) as f64];
        let points = Matrix::new(ids, ["a".into(), "b".into()].into(), (0..n).flat_map(place).collect()).unwrap();
        (points, labels(n, 3))
    }

    #[test]
    fn names_stand_in_the_plot_instead_of_the_legend_where_all_fit() {
        let options = ScatterOptions { names: true, ..Default::default() };
        let (points, few) = clouds(90);
        let named = draw(&points, Some(&few), &options);
        parses(&named);
        let found = texts(&named);
        assert!(found.contains(&"class <0>".to_string()) && !found.iter().any(|t| t.ends_with(')')), "{found:?}");
        // A cell without a label needs the legend to explain its grey.
        let mut with_gap: Vec<_> = (0..90).map(|i| few.get(i)).collect();
        with_gap[4] = None;
        let figure = draw(&points, Some(&Labels::new(with_gap)), &options);
        assert!(texts(&figure).contains(&"unlabelled (1)".to_string()));
        let many = draw(&matrix(300, &["a", "b"]), Some(&labels(300, 60)), &options);
        parses(&many);
    }

    #[test]
    fn outlines_and_densities_lie_within_the_panel() {
        let (points, classes) = clouds(300);
        for outline in [Outline::Hull, Outline::Ellipse] {
            for density in [Contours::All, Contours::Class] {
                let options = ScatterOptions { outline, density, ..Default::default() };
                let figure = draw(&points, Some(&classes), &options);
                parses(&figure);
                // An area for each class.
                assert_eq!(figure.svg().matches(r#"fill-opacity="0.100""#).count(), 3);
            }
        }
        let one = Labels::new([Some("only")]);
        let options =
            ScatterOptions { outline: Outline::Hull, density: Contours::Class, names: true, ..Default::default() };
        parses(&draw(&matrix(1, &["a", "b"]), Some(&one), &options));
        let error = scatter(&points, None, None, &options).unwrap_err();
        assert!(error.message.contains("`names`"), "{error}");
    }

    #[test]
    fn highlighted_cells_have_a_ring_and_a_name() {
        let (points, classes) = clouds(60);
        let options = ScatterOptions { highlight: vec!["cell7".into(), "cell8".into()], ..Default::default() };
        let figure = draw(&points, Some(&classes), &options);
        parses(&figure);
        assert_eq!(figure.svg().matches(r##"fill="none" stroke="#1a1a1a" stroke-width="39""##).count(), 2);
        assert!(texts(&figure).contains(&"cell7".to_string()));
        let unknown = ScatterOptions { highlight: vec!["cel7".into()], ..Default::default() };
        assert!(scatter(&points, None, None, &unknown).unwrap_err().help.unwrap().contains("cell7"));
    }

    #[test]
    fn a_second_labelling_has_shapes_and_edges_lie_below() {
        let (points, classes) = clouds(60);
        let shapes = Some(Labels::new((0..60).map(|i| Some(["left", "right"][i % 2]))));
        let edges = vec![(0, 1, 0.0), (1, 2, 1.0)];
        let figure = draw(&points, Some(&classes), &ScatterOptions { shapes, edges, ..Default::default() });
        parses(&figure);
        let found = texts(&figure);
        assert!(found.contains(&"left (30)".to_string()) && found.contains(&"class <2> (20)".to_string()), "{found:?}");
        let wrong = ScatterOptions { edges: vec![(0, 60, 1.0)], ..Default::default() };
        assert!(scatter(&points, None, None, &wrong).unwrap_err().message.contains("60 rows"));
        let nine = ScatterOptions { shapes: Some(labels(60, 9)), ..Default::default() };
        assert!(scatter(&points, None, None, &nine).unwrap_err().message.contains("9 classes"));
    }

    #[test]
    fn extremes_can_be_drawn() {
        for values in [vec![0.0, 0.0], vec![1e-300, 2e-300], vec![1e99, -1e99], vec![1e15, 1e15 + 1.0], vec![7.0, 7.0]]
        {
            let ids = ["only".to_string()].into();
            let one = Matrix::new(ids, ["x".into(), "y".into()].into(), values.clone()).unwrap();
            parses(&draw(&one, None, &ScatterOptions { equal: true, ..Default::default() }));
            let ids = ["a", "b"].map(String::from).into();
            let two = Matrix::new(ids, ["x".into(), "y".into()].into(), [values, vec![1.0, 1.0]].concat()).unwrap();
            parses(&draw(&two, None, &ScatterOptions::default()));
        }
    }

    #[test]
    fn what_cannot_be_drawn_says_why() {
        let m = matrix(4, &["a", "b"]);
        let fails =
            |m: &Matrix, l: Option<&Labels>, v: Option<&[f64]>, o| scatter(m, l, v, &o).unwrap_err().to_string();
        let plain = ScatterOptions::default;
        assert!(fails(&matrix(0, &["a", "b"]), None, None, plain()).contains("at least one row"));
        assert!(fails(&m, Some(&labels(3, 2)), None, plain()).contains("3 labels for 4 cells"));
        assert!(fails(&m, Some(&labels(4, 2)), Some(&[1.0; 4]), plain()).contains("both"));
        assert!(fails(&m, None, None, ScatterOptions { opacity: Some(0.0), ..plain() }).contains("`opacity`"));
        assert!(fails(&m, None, None, ScatterOptions { point_size: Some(-1.0), ..plain() }).contains("`point_size`"));
        assert!(fails(&m, None, None, ScatterOptions { width_mm: f64::NAN, ..plain() }).contains("`width_mm`"));
        let ids = ["odd".to_string()].into();
        let nan = Matrix::new(ids, ["x".into(), "y".into()].into(), vec![1.0, f64::NAN]).unwrap();
        let message = fails(&nan, None, None, plain());
        assert!(message.contains("`odd`") && message.contains("`y`"), "{message}");
    }

    #[test]
    fn options_come_from_a_map() {
        let options: ScatterOptions =
            serde_json::from_str(r#"{"title": "t", "x": 1, "y": "b", "equal": true}"#).unwrap();
        assert_eq!((options.x, options.y), (Some(Column::Number(1)), Some(Column::Name("b".into()))));
        assert!(serde_json::from_str::<ScatterOptions>(r#"{"widht_mm": 3}"#).is_err());
    }
}
