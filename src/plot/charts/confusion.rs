//! Predictions against the truth, class by class.

use serde::Deserialize;

use super::tiles::{self, Scale};
use crate::error::{Error, Result, did_you_mean};
use crate::plot::canvas::{Anchor, Canvas};
use crate::plot::colorbar::ColorBar;
use crate::plot::figure::{Figure, Resize};
use crate::plot::font;
use crate::plot::layout::{AxisSpec, ChartSpec, Layout, Marks, Title, check_size};
use crate::plot::names::closest;
use crate::plot::theme::{ColorMap, theme};

/// Counts of true by predicted class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Row-major, a row for each true class.
    pub counts: Vec<usize>,
}

/// How a confusion matrix looks. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConfusionOptions {
    /// Title; the accuracy stands behind it, or alone.
    pub title: Option<String>,
    /// Width of the figure; it grows where classes would stand closer than lines of text.
    pub width_mm: f64,
    /// Height of the figure; by default that which makes tiles square.
    pub height_mm: Option<f64>,
    /// Classes in the order wanted, all of them; by default that of their names.
    pub order: Vec<String>,
    /// Whether each tile has its count, and its share of the row where there is room.
    pub numbers: bool,
    /// Label of the columns.
    pub x_label: String,
    /// Label of the rows.
    pub y_label: String,
}

impl Default for ConfusionOptions {
    fn default() -> Self {
        ConfusionOptions {
            title: None,
            width_mm: 100.0,
            height_mm: None,
            order: Vec::new(),
            numbers: true,
            x_label: "predicted".into(),
            y_label: "true".into(),
        }
    }
}

impl Resize for ConfusionOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, Some(height_mm));
    }
}

/// Draws a confusion matrix: a row per true class, a column per predicted one, coloured by the share of the row, with
/// counts and shares in the tiles. A class without cells has an empty row.
///
/// # Errors
/// When there is no class or cell, when the counts do not fill a square, when `order` is not the classes, when a size is
/// out of range.
pub fn confusion(counts: &Counts, options: &ConfusionOptions) -> Result<Figure> {
    check_size("width_mm", options.width_mm, 40.0)?;
    let n = counts.classes.len();
    if counts.counts.len() != n * n {
        return Err(Error::value(format!("{} counts do not fill {n} x {n} classes", counts.counts.len())));
    }
    let total: usize = counts.counts.iter().sum();
    if total == 0 {
        return Err(Error::value("a confusion matrix needs at least one cell with both labels"));
    }
    let order = ordered(&counts.classes, &options.order)?;
    let count = |row: usize, column: usize| counts.counts[order[row] * n + order[column]];
    let of_row = |row: usize| (0..n).map(|column| count(row, column)).sum::<usize>();
    let share = |row: usize, column: usize| match of_row(row) {
        0 => f64::NAN,
        cells => count(row, column) as f64 / cells as f64,
    };
    let names: Vec<String> = order.iter().map(|&c| counts.classes[c].clone()).collect();
    let right: usize = (0..n).map(|c| count(c, c)).sum();
    let accuracy = format!("accuracy {:.3} ({total} cells)", right as f64 / total as f64);
    let text = options.title.as_ref().map_or_else(|| accuracy.clone(), |t| format!("{t}: {accuracy}"));

    let scale = Scale { map: ColorMap::Blues, range: (0.0, 1.0) };
    let lay_out = |width: f64, height: f64| {
        let title = Title::new(Some(&text), width);
        let bar_height = height - title.bottom() - 12.0;
        let bar = ColorBar::mapped(scale.map, scale.range, "share of the true class", None, bar_height);
        let spec = ChartSpec {
            width,
            height,
            title,
            x: AxisSpec { range: (-0.5, n as f64 - 0.5), label: options.x_label.clone(), numbered: false },
            y: AxisSpec { range: (n as f64 - 0.5, -0.5), label: options.y_label.clone(), numbered: false },
            equal: false,
            side: bar.size(),
        };
        let names = Marks::Names(names.clone());
        (Layout::marked(spec, &names, &names), bar)
    };
    // A panel in which lines of text would touch is widened to one in which they do not; what stands around a panel hardly
    // depends on its size.
    let needed = closest() * n as f64;
    let room = 80.0 + needed;
    let (roomy, _) = lay_out(room, room);
    let width = options.width_mm.max(needed + room - roomy.panel.width);
    let (layout, bar) = match options.height_mm {
        Some(height) => {
            check_size("height_mm", height, 40.0)?;
            lay_out(width, height)
        }
        None => {
            let (first, _) = lay_out(width, width.max(room));
            lay_out(width, (width.max(room) + first.panel.width - first.panel.height).max(40.0))
        }
    };
    let mut canvas = Canvas::new(layout.size.0, layout.size.1);
    tiles::draw(&mut canvas, layout.panel, (n, n), |row, column| match of_row(row) {
        0 => theme().background,
        _ => scale.color(share(row, column)),
    });
    layout.draw_axes(&mut canvas)?;
    canvas.frame(layout.panel, theme().ink, theme().axis_mm);
    if options.numbers {
        numbers(&mut canvas, &layout, n, &scale, (count, share));
    }
    bar.draw(&mut canvas, layout.side_at);
    Ok(canvas.finish("confusion"))
}

/// Writes counts, and shares below them where both fit, in the colour that is read best on the tile.
fn numbers(
    canvas: &mut Canvas,
    layout: &Layout,
    n: usize,
    scale: &Scale,
    (count, share): (impl Fn(usize, usize) -> usize, impl Fn(usize, usize) -> f64),
) {
    let theme = theme();
    let (width, height) = (layout.panel.width / n as f64, layout.panel.height / n as f64);
    let pt = theme.small_pt;
    let largest = (0..n * n).map(|i| font::width(&count(i / n, i % n).to_string(), pt)).fold(0.0, f64::max);
    if largest + 0.6 > width || font::height(1, pt) > height {
        return;
    }
    let both = font::width("100 %", pt) + 0.6 <= width && font::height(2, pt) + 0.5 <= height;
    for row in 0..n {
        for column in (0..n).filter(|&column| count(row, column) > 0) {
            let mut lines = vec![count(row, column).to_string()];
            if both {
                lines.push(format!("{:.0} %", 100.0 * share(row, column)));
            }
            let em = pt * font::MM_PER_PT;
            let block = em * (font::CAP_HEIGHT + (lines.len() as f64 - 1.0) * font::LINE_HEIGHT);
            let at = (layout.x_at(column as f64), layout.y_at(row as f64) - 0.5 * block);
            canvas.paragraph(at, Anchor::Middle, pt, theme.text_on(scale.color(share(row, column))), &lines);
        }
    }
}

/// The classes' numbers in the order wanted.
fn ordered(classes: &[String], order: &[String]) -> Result<Vec<usize>> {
    if classes.is_empty() {
        return Err(Error::value("a confusion matrix needs at least one class"));
    }
    if order.is_empty() {
        return Ok((0..classes.len()).collect());
    }
    let place = |name: &String| {
        classes.iter().position(|c| c == name).ok_or_else(|| {
            let error = Error::value(format!("`order` names `{name}`, which is none of the classes"));
            match did_you_mean(name, classes.iter().map(String::as_str)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("they are `{}`", classes.join("`, `"))),
            }
        })
    };
    let places = order.iter().map(place).collect::<Result<Vec<_>>>()?;
    match (0..classes.len()).find(|c| places.iter().filter(|p| *p == c).count() != 1) {
        None => Ok(places),
        Some(c) => Err(Error::value(format!("`order` must name each class once, but not so `{}`", classes[c]))),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plot::figure::tests::{parses, texts};

    fn counts(n: usize) -> Counts {
        Counts {
            classes: (0..n).map(|i| format!("class {i}")).collect(),
            counts: (0..n * n).map(|i| if i / n == i % n { 30 } else { i % 3 }).collect(),
        }
    }

    #[test]
    fn tiles_have_counts_and_shares_and_the_title_the_accuracy() {
        let two = Counts { classes: vec!["a <b>".into(), "c".into()], counts: vec![8, 2, 0, 10] };
        let figure = confusion(&two, &ConfusionOptions::default()).unwrap();
        parses(&figure);
        let found = texts(&figure);
        for text in ["accuracy 0.900 (20 cells)", "8", "80 %", "20 %", "100 %", "predicted", "true", "a <b>"] {
            assert!(found.contains(&text.to_string()), "{text}: {found:?}");
        }
        let panel = figure.panel().unwrap();
        assert!((panel.width - panel.height).abs() < 0.5, "{panel:?}");
    }

    #[test]
    fn any_number_of_classes_is_drawn() {
        for n in [1, 2, 8, 30, 100] {
            let figure = confusion(&counts(n), &ConfusionOptions::default()).unwrap();
            parses(&figure);
            assert_eq!(texts(&figure).iter().filter(|t| t.starts_with("class")).count(), 2 * n);
        }
    }

    #[test]
    fn long_names_of_many_classes_widen_the_figure() {
        let mut long = counts(30);
        long.classes.iter_mut().for_each(|c| *c += " of cells with a long name");
        let figure = confusion(&long, &ConfusionOptions::default()).unwrap();
        parses(&figure);
        assert_eq!(texts(&figure).iter().filter(|t| t.starts_with("class")).count(), 60);
        let panel = figure.panel().unwrap();
        assert!((panel.width - panel.height).abs() < 0.5 && panel.width > 0.4 * figure.width_mm(), "{panel:?}");
    }

    #[test]
    fn classes_stand_in_the_order_asked_for() {
        let order = ["class 2", "class 0", "class 1"].map(String::from).to_vec();
        let figure = confusion(&counts(3), &ConfusionOptions { order, ..Default::default() }).unwrap();
        let rows: Vec<_> = texts(&figure).into_iter().filter(|t| t.starts_with("class")).skip(3).collect();
        assert_eq!(rows, ["class 2", "class 0", "class 1"]);
        let fails = |order: &[&str]| {
            let order = order.iter().map(ToString::to_string).collect();
            confusion(&counts(3), &ConfusionOptions { order, ..Default::default() }).unwrap_err().to_string()
        };
        assert!(fails(&["class 1", "class 0", "klass 2"]).contains("did you mean `class 2`"));
        assert!(fails(&["class 1", "class 0"]).contains("`class 2`"));
        assert!(confusion(&counts(0), &ConfusionOptions::default()).is_err());
        let none = Counts { classes: vec!["a".into()], counts: vec![0] };
        assert!(confusion(&none, &ConfusionOptions::default()).unwrap_err().message.contains("at least one cell"));
    }
}
