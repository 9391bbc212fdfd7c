//! How often values occur, of all cells or of classes over each other.

use serde::Deserialize;

use crate::data::Labels;
use crate::error::{Error, Result};
use crate::plot::canvas::Canvas;
use crate::plot::figure::{Figure, Resize};
use crate::plot::layout::{AxisSpec, ChartSpec, Layout, Marks, Title, check_size};
use crate::plot::legend::{Entry, Legend, Swatch};
use crate::plot::marks::At;
use crate::plot::theme::theme;
use crate::plot::ticks::{drawable, padded};

/// How a histogram looks. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct HistogramOptions {
    /// Title above the panel.
    pub title: Option<String>,
    /// Width of the figure.
    pub width_mm: f64,
    /// Height of the figure.
    pub height_mm: f64,
    /// Number of bins, 1 to 1000; by default as many as Freedman & Diaconis' rule (1981) gives, 5 to 60.
    pub bins: Option<usize>,
    /// Whether heights are densities (areas of 1 for each class) instead of numbers of cells.
    pub density: bool,
    /// Whether bins are equally wide in the logarithm; values of zero and below are left out then.
    pub log: bool,
    /// Label of the values.
    pub x_label: String,
}

impl Default for HistogramOptions {
    fn default() -> Self {
        HistogramOptions {
            title: None,
            width_mm: 100.0,
            height_mm: 65.0,
            bins: None,
            density: false,
            log: false,
            x_label: String::new(),
        }
    }
}

impl Resize for HistogramOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, height_mm);
    }
}

/// Draws the histogram of values; with labels that of each class, as translucent outlines over each other in common bins.
/// Values that are not finite and cells without a label are left out.
///
/// # Errors
/// When no value is left, when lengths differ, when an option is out of range.
pub fn histogram(values: &[f64], labels: Option<&Labels>, options: &HistogramOptions) -> Result<Figure> {
    check_size("width_mm", options.width_mm, 40.0)?;
    check_size("height_mm", options.height_mm, 30.0)?;
    if let Some(labels) = labels {
        labels.require_len(values.len(), "plot::histogram")?;
    }
    let on_axis = |v: f64| if options.log { v.log10() } else { v };
    let class = |i: usize| labels.map_or(Some(0), |l| l.codes()[i]);
    let shown: Vec<(usize, f64)> = (0..values.len())
        .filter_map(|i| Some((class(i)? as usize, on_axis(values[i]))))
        .filter(|(_, v)| drawable(*v))
        .collect();
    if shown.is_empty() {
        return Err(
            Error::value("there is no value to count").help("values must be finite, and above 0 where `log` is")
        );
    }
    let names: Vec<String> = labels.map_or_else(|| vec![String::new()], |l| l.classes().to_vec());
    let range = padded(shown.iter().map(|s| s.1), 0.0);
    let bins = match options.bins {
        Some(bins) if (1..=1000).contains(&bins) => bins,
        Some(bins) => return Err(Error::value(format!("`bins` is {bins}, expected 1 to 1000"))),
        None => freedman_diaconis(shown.iter().map(|s| s.1).collect(), range),
    };
    let width = (range.1 - range.0) / bins as f64;
    let bin = |v: f64| (((v - range.0) / width) as usize).min(bins - 1);
    let mut heights = vec![vec![0.0; bins]; names.len()];
    shown.iter().for_each(|&(class, v)| heights[class][bin(v)] += 1.0);
    let counts: Vec<f64> = heights.iter().map(|own| own.iter().sum()).collect();
    if options.density {
        heights.iter_mut().zip(&counts).for_each(|(own, n)| own.iter_mut().for_each(|h| *h /= n.max(1.0) * width));
    }
    let highest = heights.iter().flatten().copied().fold(0.0, f64::max);

    let theme = theme();
    let title = Title::new(options.title.as_deref(), options.width_mm);
    let entry = |(i, name): (usize, &String)| Entry {
        swatch: Swatch::Disc(theme.class_color(i, names.len())),
        name: name.clone(),
        count: Some(counts[i] as usize),
    };
    let entries: Vec<Entry> = if labels.is_some() { names.iter().enumerate().map(entry).collect() } else { Vec::new() };
    let legend = Legend::columns(&entries, options.height_mm - title.bottom() - theme.margin_mm);
    let spec = ChartSpec {
        width: options.width_mm,
        height: options.height_mm,
        title,
        x: AxisSpec { range: padded([range.0, range.1], 0.02), label: options.x_label.clone(), numbered: true },
        y: AxisSpec {
            range: (0.0, 1.05 * highest),
            label: if options.density { "density" } else { "cells" }.into(),
            numbered: true,
        },
        equal: false,
        side: (legend.width, legend.height),
    };
    let marks = if options.log { Marks::Logarithms } else { Marks::Numbers };
    let layout = Layout::marked(spec, &marks, &Marks::Numbers);
    let mut canvas = Canvas::new(layout.size.0, layout.size.1);
    if theme.show_grid {
        layout.draw_axes(&mut canvas)?;
    }
    for (class, own) in heights.iter().enumerate().filter(|(class, _)| counts[*class] > 0.0) {
        let color = theme.class_color(class, names.len());
        let mut corners: Vec<At> = vec![(layout.x_at(range.0), layout.y_at(0.0))];
        for (i, &height) in own.iter().enumerate() {
            let edge = |i: usize| layout.x_at(range.0 + width * i as f64);
            corners.extend([(edge(i), layout.y_at(height)), (edge(i + 1), layout.y_at(height))]);
        }
        corners.push((layout.x_at(range.1), layout.y_at(0.0)));
        canvas.outlined(&corners, (color, if names.len() > 1 { 0.22 } else { 0.6 }), (color, 0.7 * theme.line_mm));
    }
    if !theme.show_grid {
        layout.draw_axes(&mut canvas)?;
    }
    legend.draw(&mut canvas, layout.side_at);
    Ok(canvas.finish("histogram"))
}

/// Number of bins by the rule of Freedman & Diaconis: twice the interquartile range over the cube root of the number.
fn freedman_diaconis(mut values: Vec<f64>, range: (f64, f64)) -> usize {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[(share * (values.len() - 1) as f64) as usize];
    let width = 2.0 * (at(0.75) - at(0.25)) / (values.len() as f64).cbrt();
    if width > 0.0 { ((range.1 - range.0) / width).ceil().clamp(5.0, 60.0) as usize } else { 10 }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plot::figure::tests::{parses, texts};

    #[test]
    fn values_fall_into_their_bins() {
        let options = HistogramOptions { bins: Some(4), ..Default::default() };
        let figure = histogram(&[0.0, 0.1, 0.9, 3.0, 4.0, f64::NAN], None, &options).unwrap();
        parses(&figure);
        // Heights 3, 0, 0, 2 of a panel that ends at 3.15.
        let path = figure.svg().lines().find(|l| l.contains("fill-opacity")).unwrap();
        let heights: Vec<f64> =
            path.split(['M', 'L', 'z']).filter_map(|p| p.split(' ').nth(1)?.split('"').next()?.parse().ok()).collect();
        let share = (heights[0] - heights[7]) / (heights[0] - heights[1]);
        assert!((share - 2.0 / 3.0).abs() < 1e-2, "{heights:?}");
    }

    #[test]
    fn classes_lie_over_each_other_in_common_bins() {
        let values: Vec<f64> = (0..300).map(|i| f64::from((i * 37) % 101) - 50.0).collect();
        for classes in [1, 4, 30] {
            let labels = Labels::from_clusters(&(0..300).map(|i| i % classes).collect::<Vec<_>>());
            let figure =
                histogram(&values, Some(&labels), &HistogramOptions { density: true, ..Default::default() }).unwrap();
            parses(&figure);
            assert!(texts(&figure).contains(&format!("0 ({})", 300 / classes)));
        }
    }

    #[test]
    fn odd_values_have_an_answer() {
        for values in [vec![3.0], vec![3.0; 40], vec![-1e-9, 1e9], vec![-5.0, f64::INFINITY]] {
            parses(&histogram(&values, None, &HistogramOptions::default()).unwrap());
        }
        let fails = |v: &[f64], o| histogram(v, None, &o).unwrap_err().to_string();
        assert!(fails(&[f64::NAN], HistogramOptions::default()).contains("no value"));
        assert!(fails(&[-1.0], HistogramOptions { log: true, ..Default::default() }).contains("no value"));
        assert!(fails(&[1.0], HistogramOptions { bins: Some(0), ..Default::default() }).contains("`bins`"));
    }
}
