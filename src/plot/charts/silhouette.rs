//! Silhouettes: how well each cell lies in its cluster, cluster by cluster.

use serde::Deserialize;

use crate::data::Labels;
use crate::error::{Error, Result};
use crate::plot::canvas::Canvas;
use crate::plot::figure::{Figure, Resize};
use crate::plot::layout::{AxisSpec, ChartSpec, Layout, Title, check_size};
use crate::plot::legend::{Entry, Legend, Swatch};
use crate::plot::theme::theme;

/// How silhouettes look. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SilhouetteOptions {
    /// Title above the panel.
    pub title: Option<String>,
    /// Width of the figure.
    pub width_mm: f64,
    /// Height of the figure.
    pub height_mm: f64,
}

impl Default for SilhouetteOptions {
    fn default() -> Self {
        SilhouetteOptions { title: None, width_mm: 100.0, height_mm: 80.0 }
    }
}

impl Resize for SilhouetteOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, height_mm);
    }
}

/// Draws one bar per cell, clusters below each other and the best cells of each at the top, with a dashed line at the mean
/// of all. The legend gives each cluster's mean and number of cells. Cells without a cluster, or whose value is not
/// finite, are left out.
///
/// # Errors
/// When lengths differ, when no cell has both a cluster and a value from -1 to 1, when a size is out of range.
pub fn silhouette(values: &[f64], clusters: &Labels, options: &SilhouetteOptions) -> Result<Figure> {
    check_size("width_mm", options.width_mm, 50.0)?;
    check_size("height_mm", options.height_mm, 30.0)?;
    clusters.require_len(values.len(), "plot::silhouette")?;
    if let Some(value) = values.iter().find(|v| v.abs() > 1.0 + 1e-9) {
        return Err(Error::value(format!("a silhouette is {value}, expected -1 to 1")));
    }
    let of_cluster = |cluster: usize| {
        let code = Some(cluster as u32);
        let mut own: Vec<f64> = (0..values.len())
            .filter(|&i| clusters.codes()[i] == code && values[i].is_finite())
            .map(|i| values[i])
            .collect();
        own.sort_by(|a, b| b.total_cmp(a));
        own
    };
    let groups: Vec<(usize, Vec<f64>)> =
        (0..clusters.classes().len()).map(|c| (c, of_cluster(c))).filter(|(_, own)| !own.is_empty()).collect();
    let cells: usize = groups.iter().map(|(_, own)| own.len()).sum();
    if cells == 0 {
        return Err(Error::value("no cell has both a cluster and a finite silhouette"));
    }
    let mean_of = |own: &[f64]| own.iter().sum::<f64>() / own.len() as f64;
    let mean = groups.iter().flat_map(|(_, own)| own).sum::<f64>() / cells as f64;
    let theme = theme();
    let color = |cluster| theme.class_color(cluster, clusters.classes().len());
    let entry = |(cluster, own): &(usize, Vec<f64>)| Entry {
        swatch: Swatch::Disc(color(*cluster)),
        name: format!("{}: {:.2}", clusters.classes()[*cluster], mean_of(own)),
        count: Some(own.len()),
    };
    let title = Title::new(options.title.as_deref(), options.width_mm);
    let entries: Vec<Entry> = groups.iter().map(entry).collect();
    let legend = Legend::columns(&entries, options.height_mm - title.bottom() - theme.margin_mm);
    // Clusters stand apart by a hundredth of the height each, but never by more than they are high.
    let gap = (0.015 * cells as f64).min(cells as f64 / groups.len() as f64);
    let height = cells as f64 + gap * (groups.len() as f64 + 1.0);
    let least = groups.iter().flat_map(|(_, own)| own).copied().fold(0.0, f64::min);
    let layout = Layout::new(ChartSpec {
        width: options.width_mm,
        height: options.height_mm,
        title,
        x: AxisSpec {
            range: (if least < 0.0 { (1.05 * least).max(-1.0) } else { 0.0 }, 1.0),
            label: format!("silhouette (mean {mean:.2})"),
            numbered: true,
        },
        y: AxisSpec { range: (height, 0.0), label: "cells, by cluster".into(), numbered: false },
        equal: false,
        side: (legend.width, legend.height),
    });
    let mut canvas = Canvas::new(layout.size.0, layout.size.1);
    let mut top = gap;
    for (cluster, own) in &groups {
        // Down the values in steps, and back along the zero line.
        let mut corners = vec![(layout.x_at(0.0), layout.y_at(top))];
        for (i, &value) in own.iter().enumerate() {
            corners.push((layout.x_at(value), layout.y_at(top + i as f64)));
            corners.push((layout.x_at(value), layout.y_at(top + i as f64 + 1.0)));
        }
        top += own.len() as f64;
        corners.push((layout.x_at(0.0), layout.y_at(top)));
        canvas.area(&corners, color(*cluster), 1.0);
        top += gap;
    }
    layout.draw_axes(&mut canvas)?;
    let line = |x: f64| [(layout.x_at(x), layout.panel.y), (layout.x_at(x), layout.panel.bottom())];
    if least < 0.0 {
        canvas.polyline(&line(0.0), theme.ink, theme.axis_mm);
    }
    canvas.dashed(&line(mean), theme.ink, theme.line_mm);
    legend.draw(&mut canvas, layout.side_at);
    Ok(canvas.finish("silhouette"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plot::figure::tests::{parses, texts};

    #[test]
    fn clusters_have_their_means_and_the_whole_its_own() {
        let labels = Labels::new([Some("a"), Some("a"), Some("b"), None, Some("b")]);
        let figure = silhouette(&[0.5, 0.7, -0.2, 0.9, f64::NAN], &labels, &SilhouetteOptions::default()).unwrap();
        parses(&figure);
        let found = texts(&figure);
        for text in ["a: 0.60 (2)", "b: -0.20 (1)", "silhouette (mean 0.33)"] {
            assert!(found.contains(&text.to_string()), "{text}: {found:?}");
        }
    }

    #[test]
    fn many_cells_few_cells_and_many_clusters_are_drawn() {
        for (n, k) in [(1, 1), (20_000, 5), (60, 30)] {
            let values: Vec<f64> = (0..n).map(|i| ((i * 37) % 101) as f64 / 101.0 - 0.2).collect();
            let labels = Labels::from_clusters(&(0..n).map(|i| i % k).collect::<Vec<_>>());
            parses(&silhouette(&values, &labels, &SilhouetteOptions::default()).unwrap());
        }
    }

    #[test]
    fn what_is_no_silhouette_is_refused() {
        let labels = Labels::new([Some("a")]);
        let fails = |v: &[f64], l: &Labels| silhouette(v, l, &SilhouetteOptions::default()).unwrap_err().message;
        assert!(fails(&[0.1, 0.2], &labels).contains("1 labels for 2 cells"));
        assert!(fails(&[1.5], &labels).contains("1.5, expected -1 to 1"));
        assert!(fails(&[f64::NAN], &labels).contains("no cell"));
    }
}
