//! Sholl profiles: crossings against the distance from the soma, of one neuron or as means of classes.

use plotters::element::Polygon;
use plotters::prelude::PathElement;
use plotters::style::Color as _;
use serde::Deserialize;

use super::canvas::Canvas;
use super::chart;
use super::figure::{Figure, Resize};
use super::layout::{AxisSpec, ChartSpec, Layout, Title, check_size};
use super::legend::{Entry, Legend, Swatch};
use super::theme::{Color, class_style, theme};
use crate::data::{Labels, Matrix};
use crate::error::{Error, Result};
use crate::morph::measure::Sholl;

/// How Sholl profiles look. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShollPlotOptions {
    /// Title above the panel.
    pub title: Option<String>,
    /// Width of the figure.
    pub width_mm: f64,
    /// Height of the figure.
    pub height_mm: f64,
    /// Unit of the radii, for the axis.
    pub unit: String,
}

impl Default for ShollPlotOptions {
    fn default() -> Self {
        ShollPlotOptions { title: None, width_mm: 110.0, height_mm: 70.0, unit: "µm".into() }
    }
}

impl Resize for ShollPlotOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, height_mm);
    }
}

/// One line of the figure.
#[derive(Clone, Debug, PartialEq)]
pub struct ShollProfile {
    /// What the legend calls it.
    pub name: String,
    /// Number of neurons it stands for.
    pub neurons: usize,
    /// Radii of the spheres.
    pub radii: Vec<f64>,
    /// Crossings of each sphere; the mean where there are several neurons.
    pub crossings: Vec<f64>,
    /// Standard deviation over the neurons; none for a single one.
    pub spread: Option<Vec<f64>>,
}

impl ShollProfile {
    /// The profile of one neuron.
    pub fn of(sholl: &Sholl) -> Self {
        ShollProfile {
            name: sholl.name.clone(),
            neurons: 1,
            radii: sholl.radii.clone(),
            crossings: sholl.crossings.iter().map(|&n| n as f64).collect(),
            spread: None,
        }
    }

    /// Mean profiles of the classes of cells, from what [`Population::sholl`](crate::data::Population::sholl) gives: one
    /// row per cell, columns called `r10`, `r20`, …; one profile of all cells without labels. Cells without a label are
    /// left out.
    ///
    /// # Errors
    /// When a column is called otherwise, or the labels are not those of the cells.
    pub fn of_classes(crossings: &Matrix, labels: Option<&Labels>) -> Result<Vec<Self>> {
        let radius = |name: &String| name.strip_prefix('r').and_then(|r| r.parse().ok());
        let radii: Vec<f64> = crossings.columns().iter().map(radius).collect::<Option<_>>().ok_or_else(|| {
            Error::value("the columns are not the spheres of a Sholl analysis")
                .help("`cells.sholl(10)` gives the crossings of every cell")
        })?;
        let Some(labels) = labels else {
            let all: Vec<usize> = (0..crossings.rows()).collect();
            return Ok(vec![ShollProfile::mean("all cells", crossings, &all, radii)]);
        };
        labels.require_len(crossings.rows(), "a Sholl plot")?;
        let of_class = |class: usize| -> Vec<usize> {
            (0..labels.len()).filter(|&cell| labels.codes()[cell] == Some(class as u32)).collect()
        };
        let classes = labels.classes().iter().enumerate();
        Ok(classes.map(|(i, name)| ShollProfile::mean(name, crossings, &of_class(i), radii.clone())).collect())
    }

    fn mean(name: &str, crossings: &Matrix, cells: &[usize], radii: Vec<f64>) -> Self {
        let n = cells.len() as f64;
        let column = |k: usize| cells.iter().map(move |&cell| crossings.row(cell)[k]);
        let mean: Vec<f64> = (0..radii.len()).map(|k| column(k).sum::<f64>() / n).collect();
        let deviation = |k: usize| (column(k).map(|v| (v - mean[k]).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        let spread = (cells.len() > 1).then(|| (0..radii.len()).map(deviation).collect());
        ShollProfile { name: name.into(), neurons: cells.len(), radii, crossings: mean, spread }
    }
}

/// Draws profiles as lines; a band of one standard deviation lies under those of several neurons.
///
/// # Errors
/// When there is no profile or sphere, more profiles than colours, or a size is out of range.
pub fn sholl(profiles: &[ShollProfile], options: &ShollPlotOptions) -> Result<Figure> {
    check_size("width_mm", options.width_mm, 40.0)?;
    check_size("height_mm", options.height_mm, 30.0)?;
    let largest = |values: &dyn Fn(&ShollProfile) -> f64| profiles.iter().map(values).fold(0.0, f64::max);
    let last = largest(&|p| p.radii.last().copied().unwrap_or(0.0));
    if last == 0.0 {
        return Err(Error::value("there is no sphere to draw").help("see that the neuron has neurites"));
    }
    let colors = theme().palette.colors().len();
    if profiles.len() > colors {
        return Err(Error::value(format!(
            "{} classes are more than the {colors} lines that can be told apart",
            profiles.len()
        ))
        .help("select some of them first, such as with `cells.where(…)`"));
    }
    let upper = |p: &ShollProfile, k: usize| p.crossings[k] + p.spread.as_ref().map_or(0.0, |s| s[k]);
    let highest = largest(&|p| (0..p.radii.len()).map(|k| upper(p, k)).fold(0.0, f64::max)).max(1.0);
    let title = Title::new(options.title.as_deref(), options.width_mm);
    let color = |i: usize| class_style(i).0;
    let entry = |(i, p): (usize, &ShollProfile)| Entry {
        swatch: Swatch::Line(color(i)),
        name: p.name.clone(),
        count: (p.neurons > 1).then_some(p.neurons),
    };
    let entries: Vec<Entry> = profiles.iter().enumerate().map(entry).collect();
    let legend = Legend::columns(&entries, options.height_mm - title.bottom() - theme().margin_mm);
    let layout = Layout::new(ChartSpec {
        width: options.width_mm,
        height: options.height_mm,
        title,
        x: AxisSpec { range: (0.0, last), label: format!("distance from the soma ({})", options.unit), numbered: true },
        y: AxisSpec { range: (0.0, 1.05 * highest), label: "crossings".into(), numbered: true },
        equal: false,
        side: (legend.width, legend.height),
    });
    let mut canvas = Canvas::new(layout.size.0, layout.size.1);
    layout.draw_labels(&mut canvas);
    chart::draw(&mut canvas, layout.panel, (&layout.x, &layout.y), false, |panel| {
        for (i, p) in profiles.iter().enumerate() {
            if let Some(spread) = &p.spread {
                let edge = |k: usize, sign: f64| (p.radii[k], (p.crossings[k] + sign * spread[k]).max(0.0));
                let above = (0..p.radii.len()).map(|k| edge(k, 1.0));
                let band: Vec<_> = above.chain((0..p.radii.len()).rev().map(|k| edge(k, -1.0))).collect();
                panel.draw_series([Polygon::new(band, Color::plotters(color(i)).mix(0.15))])?;
            }
        }
        for (i, p) in profiles.iter().enumerate() {
            let points: Vec<_> = p.radii.iter().copied().zip(p.crossings.iter().copied()).collect();
            panel.draw_series([PathElement::new(points, chart::line(color(i), 1.5 * theme().line_mm))])?;
        }
        Ok(())
    })?;
    legend.draw(&mut canvas, layout.side_at);
    Ok(canvas.finish("sholl"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plot::figure::tests::{parses, texts};

    fn crossings() -> Matrix {
        let ids: Vec<String> = ["a", "b", "c"].map(String::from).into();
        let columns = ["r10", "r20.5"].map(String::from).into_iter().collect();
        Matrix::new(ids.into(), columns, vec![2.0, 4.0, 4.0, 8.0, 7.0, 1.0]).unwrap()
    }

    #[test]
    fn classes_have_their_means_and_spreads() {
        let labels = Labels::new([Some("x"), Some("x"), Some("y")]);
        let profiles = ShollProfile::of_classes(&crossings(), Some(&labels)).unwrap();
        assert_eq!(profiles[0].crossings, [3.0, 6.0]);
        assert_eq!(profiles[0].spread.as_deref(), Some(&[2f64.sqrt(), 8f64.sqrt()][..]));
        assert_eq!((profiles[1].neurons, &profiles[1].spread), (1, &None));
        assert_eq!(profiles[1].radii, [10.0, 20.5]);
        let figure = sholl(&profiles, &ShollPlotOptions::default()).unwrap();
        parses(&figure);
        let found = texts(&figure);
        assert!(found.contains(&"x (2)".to_string()) && found.contains(&"crossings".to_string()), "{found:?}");
    }

    #[test]
    fn what_is_no_profile_is_refused() {
        let other = Matrix::numbered(vec!["a".to_string()].into(), "z", 1, vec![1.0]).unwrap();
        assert!(ShollProfile::of_classes(&other, None).unwrap_err().help.unwrap().contains("sholl"));
        assert!(sholl(&[], &ShollPlotOptions::default()).is_err());
    }
}
