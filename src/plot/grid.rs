//! Figures composed to one, panel by panel, with letters.
//!
//! A figure that knows how to be drawn again ([`Figure::elastic`]) is laid out anew for its place, so that text has the
//! size of its theme everywhere, and panels that stand in one row or column share the edges of their axes. Others (pictures
//! whose size follows from what they show) keep their drawing, made smaller where it does not fit.

use serde::Deserialize;

use super::canvas::{Anchor, Canvas, UNITS, units};
use super::figure::{Figure, Resize};
use super::font;
use super::layout::{Title, check_size};
use super::theme::theme;
use crate::error::{Error, Result};

/// How a grid is composed. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct GridOptions {
    /// Title above all panels.
    pub title: Option<String>,
    /// Width of the figure.
    pub width_mm: f64,
    /// Heights of the rows; by default those that the panels have by themselves, in proportion to their new widths.
    pub heights_mm: Option<Vec<f64>>,
    /// Widths of the columns relative to each other, the same in each row; by default in proportion to the panels' own.
    pub widths: Option<Vec<f64>>,
    /// Whether panels have the letters A, B, C, … in reading order.
    pub letters: bool,
    /// Whether letters are small ones.
    pub lower_case: bool,
    /// Gap between panels.
    pub gap_mm: f64,
}

impl Default for GridOptions {
    fn default() -> Self {
        GridOptions {
            title: None,
            width_mm: 180.0,
            heights_mm: None,
            widths: None,
            letters: true,
            lower_case: false,
            gap_mm: 4.0,
        }
    }
}

impl Resize for GridOptions {
    fn resize(&mut self, width_mm: f64, _height_mm: f64) {
        self.width_mm = width_mm;
    }
}

/// The narrowest and lowest place that a panel can have.
const LEAST_MM: f64 = 12.0;

/// Composes rows of figures, from left to right and top to bottom. Rows need not have equally many panels.
///
/// # Errors
/// When there is no figure or an empty row, when widths or heights do not match the panels in number, when a panel cannot
/// be drawn in its place.
pub fn grid(rows: &[Vec<Figure>], options: &GridOptions) -> Result<Figure> {
    check(rows, options)?;
    let theme = theme();
    let title = Title::new(options.title.as_deref(), options.width_mm);
    let letter_pt = 1.25 * theme.title_pt;
    let letter_room = if options.letters { font::height(1, letter_pt) } else { 0.0 };
    let places: Vec<Vec<f64>> = rows.iter().map(|row| widths(row, options)).collect::<Result<_>>()?;
    let mut drawn: Vec<Vec<Figure>> = Vec::with_capacity(rows.len());
    for (r, row) in rows.iter().enumerate() {
        let height = match &options.heights_mm {
            Some(heights) => heights[r],
            None => own_height(row, &places[r]),
        };
        let fitted = row.iter().zip(&places[r]).map(|(figure, &width)| fit(figure, width, height));
        drawn.push(level(fitted.collect::<Result<Vec<_>>>()?, height)?);
    }
    let drawn = plumb(drawn)?;

    // Everything is drawn; now it is placed, panels of a row with their lower axes on one line.
    let mut top = title.bottom();
    let mut placed: Vec<(f64, f64, f64, &Figure)> = Vec::new();
    let mut letters: Vec<(f64, f64)> = Vec::new();
    for (row, widths) in drawn.iter().zip(&places) {
        let scales: Vec<f64> = row.iter().zip(widths).map(|(f, &w)| (w / f.width_mm()).min(1.0)).collect();
        // A panel's axis is as far below the row's top as the lowest of all.
        let base = |f: &Figure, scale: f64| f.panel().map(|p| scale * p.bottom());
        let lowest = row.iter().zip(&scales).filter_map(|(f, &s)| base(f, s)).fold(0.0, f64::max);
        let mut left = 0.0;
        let mut bottom = 0.0f64;
        for ((figure, &scale), &width) in row.iter().zip(&scales).zip(widths) {
            let down = base(figure, scale).map_or(0.0, |base| lowest - base);
            letters.push((left + theme.margin_mm, top));
            placed.push((left, top + letter_room + down, scale, figure));
            bottom = bottom.max(down + scale * figure.height_mm());
            left += width + options.gap_mm;
        }
        top += letter_room + bottom + options.gap_mm;
    }
    let mut canvas = Canvas::new(options.width_mm, top - options.gap_mm);
    title.draw(&mut canvas);
    for (i, &(x, y, scale, figure)) in placed.iter().enumerate() {
        let (w, h) = (units(figure.width_mm()), units(figure.height_mm()));
        canvas.raw(&format!("<g transform=\"translate({} {}) scale({scale:.5})\">\n", units(x), units(y)));
        if figure.background() != theme.background {
            canvas.raw(&format!("<rect width=\"{w}\" height=\"{h}\" fill=\"{}\"/>\n", figure.background().css()));
        }
        canvas.raw(&figure.body(&format!("panel{}-", i + 1)));
        canvas.raw("</g>\n");
    }
    if options.letters {
        for (i, &(x, y)) in letters.iter().enumerate() {
            let text = letter(i, options.lower_case);
            let at = (x, y + font::CAP_HEIGHT * letter_pt * font::MM_PER_PT);
            canvas.heavy(at, Anchor::Start, letter_pt, theme.ink, &text);
        }
    }
    debug_assert!(canvas.size_units().0 as f64 <= options.width_mm * UNITS + 1.0);
    Ok(canvas.finish("grid"))
}

/// Widths of the places of a row.
fn widths(row: &[Figure], options: &GridOptions) -> Result<Vec<f64>> {
    let room = options.width_mm - options.gap_mm * (row.len() - 1) as f64;
    let shares: Vec<f64> = match &options.widths {
        Some(widths) if widths.len() == row.len() => widths.clone(),
        // A row of another number of panels than the columns named has its own proportions.
        _ => row.iter().map(Figure::width_mm).collect(),
    };
    let total: f64 = shares.iter().sum();
    let widths: Vec<f64> = shares.iter().map(|share| room * share / total).collect();
    match widths.iter().find(|w| **w < LEAST_MM) {
        None => Ok(widths),
        Some(width) => Err(Error::value(format!(
            "a panel is left {width:.1} of {} mm, expected {LEAST_MM} or more",
            options.width_mm
        ))
        .help("put fewer panels into a row, or make the figure wider")),
    }
}

/// Height of a row: that of its panels at their own proportions, but no panel grows beyond its own height by more than
/// half.
fn own_height(row: &[Figure], widths: &[f64]) -> f64 {
    let of = |(figure, width): (&Figure, &f64)| figure.height_mm() * (width / figure.width_mm()).clamp(0.5, 1.5);
    row.iter().zip(widths).map(of).fold(LEAST_MM, f64::max)
}

/// A figure for its place: drawn again where it can be, as it is otherwise.
fn fit(figure: &Figure, width: f64, height: f64) -> Result<Figure> {
    let again = figure.at_size(width, height).map_err(|error| {
        let help = error.help.unwrap_or_else(|| "give the panel more room, or draw it smaller itself".into());
        Error::value(format!(
            "a panel ({}) cannot be drawn {width:.0} x {height:.0} mm large: {}",
            figure.kind(),
            error.message
        ))
        .help(help)
    })?;
    Ok(again.unwrap_or_else(|| figure.clone()))
}

/// Gives the axes of a row the same upper and lower edges: each figure gets the height at which the room above and below
/// its panel leaves the height that all panels can have.
fn level(row: Vec<Figure>, height: f64) -> Result<Vec<Figure>> {
    let rooms = |f: &Figure| f.panel().map(|p| (p.y, f.height_mm() - p.bottom()));
    let (above, below) = row.iter().filter_map(rooms).fold((0.0, 0.0), |m, r| (f64::max(m.0, r.0), f64::max(m.1, r.1)));
    let panel = height - above - below;
    row.into_iter()
        .map(|figure| match rooms(&figure) {
            Some((over, under)) if panel >= LEAST_MM => fit(&figure, figure.width_mm(), panel + over + under),
            _ => Ok(figure),
        })
        .collect()
}

/// Gives the axes of a column the same left edge where all rows have equally many panels: narrower margins become as wide
/// as the widest, and the panel less wide.
fn plumb(rows: Vec<Vec<Figure>>) -> Result<Vec<Vec<Figure>>> {
    let columns = rows.first().map_or(0, Vec::len);
    if rows.len() < 2 || rows.iter().any(|row| row.len() != columns) {
        return Ok(rows);
    }
    let left = |f: &Figure| f.panel().map(|p| p.x);
    let widest: Vec<f64> =
        (0..columns).map(|c| rows.iter().filter_map(|row| left(&row[c])).fold(0.0, f64::max)).collect();
    rows.into_iter()
        .map(|row| {
            let shift = |(figure, &widest): (Figure, &f64)| match left(&figure) {
                // Only a figure that can be drawn narrower leaves room beside it.
                Some(own) if widest - own > 0.05 && widest - own < 0.3 * figure.width_mm() => {
                    let narrow = figure.at_size(figure.width_mm() - (widest - own), figure.height_mm())?;
                    Ok(narrow.map_or(figure, |narrow| narrow.indented(widest - own)))
                }
                _ => Ok(figure),
            };
            row.into_iter().zip(&widest).map(shift).collect()
        })
        .collect()
}

/// A, B, …, Z, AA, AB, …
fn letter(mut i: usize, lower: bool) -> String {
    let first = if lower { b'a' } else { b'A' };
    let mut text = Vec::new();
    loop {
        text.insert(0, char::from(first + (i % 26) as u8));
        match (i / 26).checked_sub(1) {
            Some(rest) => i = rest,
            None => return text.into_iter().collect(),
        }
    }
}

fn check(rows: &[Vec<Figure>], options: &GridOptions) -> Result<()> {
    check_size("width_mm", options.width_mm, 30.0)?;
    if !(0.0..=50.0).contains(&options.gap_mm) {
        return Err(Error::value(format!("`gap_mm` is {}, expected 0 to 50", options.gap_mm)));
    }
    if rows.is_empty() || rows.iter().any(Vec::is_empty) {
        return Err(Error::value("a grid needs at least one row, and each row a figure")
            .help("rows are arrays of figures: `plot::grid([[a, b], [c]])`"));
    }
    if let Some(heights) = &options.heights_mm {
        if heights.len() != rows.len() {
            return Err(Error::value(format!("`heights_mm` has {} heights for {} rows", heights.len(), rows.len())));
        }
        heights.iter().try_for_each(|&h| check_size("heights_mm", h, LEAST_MM))?;
    }
    if let Some(widths) = &options.widths {
        let longest = rows.iter().map(Vec::len).max().unwrap_or(0);
        if widths.len() != longest || widths.iter().any(|w| !(w.is_finite() && *w > 0.0)) {
            return Err(Error::value(format!("`widths` must be {longest} positive numbers, one for each column")));
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::Matrix;
    use crate::plot::figure::tests::{parses, texts};
    use crate::plot::theme::{DARK_SCREEN, PAPER};
    use crate::plot::{Bar, BarsOptions, MatrixOptions, ScatterOptions, bars, matrix, scatter};
    use std::collections::BTreeSet;

    fn numbers(scale: f64) -> Matrix {
        let ids = (0..20).map(|i| format!("cell{i}")).collect();
        Matrix::new(ids, ["x".into(), "y".into()].into(), (0..40).map(|i| f64::from((i * 37) % 11) * scale).collect())
            .unwrap()
    }

    fn scattered(scale: f64) -> Figure {
        let options = ScatterOptions { title: (scale > 10.0).then(|| "title".into()), ..Default::default() };
        Figure::elastic(options, PAPER, move |o| scatter(&numbers(scale), None, None, o)).unwrap()
    }

    fn mapped() -> Figure {
        Figure::elastic(MatrixOptions::default(), PAPER, |o| matrix(&numbers(1.0), o)).unwrap()
    }

    fn ids(figure: &Figure) -> Vec<String> {
        let found = figure.svg().split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_string());
        found.collect()
    }

    #[test]
    fn panels_have_letters_unique_ids_and_text_of_one_size() {
        let figure = grid(&[vec![mapped(), mapped()], vec![scattered(1.0)]], &GridOptions::default()).unwrap();
        parses(&figure);
        let found = texts(&figure);
        assert!(["A", "B", "C"].iter().all(|l| found.contains(&l.to_string())), "{found:?}");
        let ids = ids(&figure);
        assert_eq!((ids.len(), ids.iter().collect::<BTreeSet<_>>().len()), (2, 2), "{ids:?}");
        for id in ids {
            assert_eq!(figure.svg().matches(&format!("url(#{id})")).count(), 1);
        }
        assert!(figure.svg().matches("scale(").count() == figure.svg().matches("scale(1.00000)").count());
        assert_eq!(figure.width_mm(), 180.0);
        assert_eq!(figure.svg().matches("@font-face").count(), 1);
    }

    #[test]
    fn axes_of_a_row_and_of_a_column_share_their_edges() {
        let rows = [vec![scattered(1.0), scattered(1e5)], vec![scattered(1e5), scattered(1.0)]];
        let figure = grid(&rows, &GridOptions { widths: Some(vec![1.0, 1.0]), ..Default::default() }).unwrap();
        parses(&figure);
        let fitted =
            level(vec![fit(&rows[0][0], 80.0, 60.0).unwrap(), fit(&rows[0][1], 80.0, 60.0).unwrap()], 60.0).unwrap();
        let heights: Vec<_> = fitted.iter().map(|f| f.panel().unwrap().height).collect();
        assert!((heights[0] - heights[1]).abs() < 0.05, "{heights:?}");
        let columns = plumb(vec![vec![fitted[0].clone()], vec![fitted[1].clone()]]).unwrap();
        let lefts: Vec<_> = columns.iter().map(|row| row[0].panel().unwrap().x).collect();
        assert!((lefts[0] - lefts[1]).abs() < 0.3, "{lefts:?}");
    }

    #[test]
    fn stiff_figures_are_scaled_and_other_themes_keep_their_page() {
        let one = [Bar { name: "a".into(), value: 1.0, ..Default::default() }];
        let stiff = bars(&one, &BarsOptions { width_mm: 300.0, ..Default::default() }).unwrap();
        let dark =
            Figure::elastic(ScatterOptions::default(), DARK_SCREEN, |o| scatter(&numbers(1.0), None, None, o)).unwrap();
        let figure = grid(&[vec![stiff], vec![dark]], &GridOptions { letters: false, ..Default::default() }).unwrap();
        parses(&figure);
        assert!(figure.svg().contains("scale(0.60000)"));
        assert!(figure.svg().contains(&format!("fill=\"{}\"", DARK_SCREEN.background.css())));
        // A grid is a figure, too.
        parses(&grid(&[vec![figure.clone(), figure]], &GridOptions::default()).unwrap());
    }

    #[test]
    fn what_cannot_be_composed_says_why() {
        let fails = |rows: &[Vec<Figure>], o| grid(rows, &o).unwrap_err().to_string();
        assert!(fails(&[], GridOptions::default()).contains("at least one row"));
        assert!(fails(&[vec![]], GridOptions::default()).contains("each row a figure"));
        let heights = GridOptions { heights_mm: Some(vec![50.0, 50.0]), ..Default::default() };
        assert!(fails(&[vec![mapped()]], heights).contains("2 heights for 1 rows"));
        let widths = GridOptions { widths: Some(vec![1.0, -1.0]), ..Default::default() };
        assert!(fails(&[vec![mapped(), mapped()]], widths).contains("`widths`"));
        let narrow = GridOptions { width_mm: 60.0, ..Default::default() };
        assert!(grid(&[vec![mapped(); 12]], &narrow).unwrap_err().help.unwrap().contains("fewer panels"));
        assert_eq!([0, 25, 26, 27, 701, 702].map(|i| letter(i, false)), ["A", "Z", "AA", "AB", "ZZ", "AAA"]);
    }
}
