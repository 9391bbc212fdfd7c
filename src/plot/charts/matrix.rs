//! Any matrix as coloured tiles: distances, similarities, features of cells.

use serde::Deserialize;

use super::tiles::{self, Scale};
use crate::data::Matrix;
use crate::error::{Error, Result};
use crate::plot::canvas::Canvas;
use crate::plot::colorbar::ColorBar;
use crate::plot::figure::{Figure, Resize};
use crate::plot::layout::{AxisSpec, ChartSpec, Layout, Marks, Title, check_size};
use crate::plot::legend::{Entry, Swatch};
use crate::plot::theme::{ColorMap, theme};
use crate::plot::ticks::{drawable, padded};

/// How a matrix is drawn. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MatrixOptions {
    /// Title above the panel.
    pub title: Option<String>,
    /// Width of the figure.
    pub width_mm: f64,
    /// Height of the figure.
    pub height_mm: f64,
    /// What the colours mean, beside the colour bar.
    pub value_label: String,
    /// Label of the columns.
    pub x_label: String,
    /// Label of the rows.
    pub y_label: String,
    /// `viridis`, `cividis`, `blues`, `diverging`; by default the theme's, or `diverging` with a `center`.
    pub color_map: Option<ColorMap>,
    /// Values of the first and the last colour; by default the least and the largest.
    pub range: Option<(f64, f64)>,
    /// The value of the middle colour; the range then reaches equally far to both sides.
    pub center: Option<f64>,
    /// Whether rows and columns are named where names fit.
    pub names: bool,
}

impl Default for MatrixOptions {
    fn default() -> Self {
        MatrixOptions {
            title: None,
            width_mm: 100.0,
            height_mm: 85.0,
            value_label: String::new(),
            x_label: String::new(),
            y_label: String::new(),
            color_map: None,
            range: None,
            center: None,
            names: true,
        }
    }
}

impl Resize for MatrixOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, height_mm);
    }
}

/// Tiles beyond this would be smaller than a printer's dots.
const MOST_TILES: usize = 4_000_000;

/// Draws a matrix as tiles, its first row at the top. Values that are not finite have the colour of missing ones.
///
/// # Errors
/// When the matrix is empty, has no finite value or more than 4 million, when `range` is not two rising numbers, when a
/// size is out of range.
pub fn matrix(values: &Matrix, options: &MatrixOptions) -> Result<Figure> {
    check_size("width_mm", options.width_mm, 40.0)?;
    check_size("height_mm", options.height_mm, 30.0)?;
    let (rows, columns) = (values.rows(), values.cols());
    let scale = scale_of(values, options.color_map, options.range, options.center)?;
    let title = Title::new(options.title.as_deref(), options.width_mm);
    let missing = values.values().iter().filter(|v| !v.is_finite()).count();
    let missing = (missing > 0).then(|| Entry {
        swatch: Swatch::Disc(theme().missing),
        name: "no value".into(),
        count: Some(missing),
    });
    let side_height = options.height_mm - title.bottom() - 10.0;
    let bar = ColorBar::mapped(scale.map, scale.range, &options.value_label, missing, side_height);
    let spec = ChartSpec {
        width: options.width_mm,
        height: options.height_mm,
        title,
        x: AxisSpec { range: (-0.5, columns as f64 - 0.5), label: options.x_label.clone(), numbered: false },
        y: AxisSpec { range: (rows as f64 - 0.5, -0.5), label: options.y_label.clone(), numbered: false },
        equal: false,
        side: bar.size(),
    };
    let named = |names: &[String]| Marks::Names(if options.names { names.to_vec() } else { Vec::new() });
    let layout = Layout::marked(spec, &named(values.columns()), &named(values.ids()));
    let mut canvas = Canvas::new(layout.size.0, layout.size.1);
    tiles::draw(&mut canvas, layout.panel, (rows, columns), |r, c| scale.color(values.row(r)[c]));
    layout.draw_axes(&mut canvas)?;
    canvas.frame(layout.panel, theme().ink, theme().axis_mm);
    bar.draw(&mut canvas, layout.side_at);
    Ok(canvas.finish("matrix"))
}

/// The colours of a matrix's values, checked.
pub(super) fn scale_of(
    values: &Matrix,
    map: Option<ColorMap>,
    range: Option<(f64, f64)>,
    center: Option<f64>,
) -> Result<Scale> {
    let (rows, columns) = (values.rows(), values.cols());
    if rows == 0 || columns == 0 {
        return Err(Error::value(format!("a matrix of {rows} rows and {columns} columns has nothing to draw")));
    }
    if rows.saturating_mul(columns) > MOST_TILES {
        return Err(Error::value(format!("a picture of {rows} x {columns} tiles is too fine to draw"))
            .help("select rows or columns first"));
    }
    let finite = values.values().iter().copied().filter(|&v| drawable(v));
    if finite.clone().next().is_none() {
        return Err(Error::value("the matrix has no finite value to draw"));
    }
    let map = map.unwrap_or(if center.is_some() { ColorMap::Diverging } else { theme().color_map });
    let range = match (range, center) {
        (Some((low, high)), _) if drawable(low) && drawable(high) && low < high => (low, high),
        (Some((low, high)), _) => {
            return Err(Error::value(format!(
                "`range` is {low} to {high}, expected two finite numbers, the smaller first"
            )));
        }
        (None, Some(center)) if drawable(center) => {
            let reach = finite.map(|v| (v - center).abs()).fold(0.0, f64::max);
            let reach = if reach > 0.0 { reach } else { 1.0 };
            (center - reach, center + reach)
        }
        (None, Some(center)) => return Err(Error::value(format!("`center` is {center}, expected a finite number"))),
        (None, None) => padded(finite, 0.0),
    };
    Ok(Scale { map, range })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plot::figure::tests::{parses, texts};

    fn grid(rows: usize, columns: usize, value: impl Fn(usize) -> f64) -> Matrix {
        let ids = (0..rows).map(|i| format!("cell {i}")).collect();
        let names = (0..columns).map(|i| format!("a long name of a feature {i}")).collect();
        Matrix::new(ids, names, (0..rows * columns).map(value).collect()).unwrap()
    }

    #[test]
    fn matrices_of_any_shape_are_drawn_with_names_where_they_fit() {
        for (rows, columns) in [(1, 1), (1, 40), (20, 1), (5, 7), (300, 200)] {
            let figure = matrix(&grid(rows, columns, |i| i as f64 - 3.0), &MatrixOptions::default()).unwrap();
            parses(&figure);
            assert_eq!(texts(&figure).contains(&"cell 0".to_string()), rows < 300, "{rows} x {columns}");
        }
    }

    #[test]
    fn gaps_have_their_own_colour_and_a_sign() {
        let figure =
            matrix(&grid(2, 2, |i| if i == 1 { f64::NAN } else { i as f64 }), &MatrixOptions::default()).unwrap();
        parses(&figure);
        assert!(texts(&figure).contains(&"no value (1)".to_string()));
    }

    #[test]
    fn a_centre_is_white_and_reaches_equally_far() {
        let values = grid(1, 3, |i| [-1.0, 0.0, 4.0][i]);
        let scale = scale_of(&values, None, None, Some(0.0)).unwrap();
        assert_eq!((scale.range, scale.color(0.0)), ((-4.0, 4.0), scale.color(0.01)));
    }

    #[test]
    fn what_cannot_be_drawn_says_why() {
        let fails = |m: &Matrix, o: MatrixOptions| matrix(m, &o).unwrap_err().to_string();
        assert!(fails(&grid(0, 3, |_| 0.0), MatrixOptions::default()).contains("0 rows"));
        assert!(fails(&grid(2, 2, |_| f64::NAN), MatrixOptions::default()).contains("no finite"));
        let back = MatrixOptions { range: Some((2.0, 1.0)), ..Default::default() };
        assert!(fails(&grid(2, 2, |_| 1.0), back).contains("`range`"));
        let center = MatrixOptions { center: Some(f64::NAN), ..Default::default() };
        assert!(fails(&grid(2, 2, |_| 1.0), center).contains("`center`"));
    }
}
