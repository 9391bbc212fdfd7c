//! Numbers on a grid as coloured cells, with axes and a colour bar: persistence images and density maps.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;

use super::canvas::{Canvas, Rect, units};
use super::chart::{self, Axis};
use super::colorbar::ColorBar;
use super::figure::{Figure, Resize};
use super::layout::{AxisSpec, ChartSpec, Layout, Title, check_size};
use super::theme::{sequential, theme};
use crate::error::{Error, Result};
use crate::morph::persistence::PersistenceImage;
use crate::morph::{Density, DensityPlane};

/// How a grid of numbers is drawn. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct HeatmapOptions {
    /// Title above the panel.
    pub title: Option<String>,
    /// Width of the figure.
    pub width_mm: f64,
    /// Height of the figure.
    pub height_mm: f64,
    /// What the colours mean, beside the colour bar.
    pub value_label: Option<String>,
    /// The value at the upper end of the colour bar, for maps to compare; by default the largest that occurs.
    pub max: Option<f64>,
}

impl Default for HeatmapOptions {
    fn default() -> Self {
        HeatmapOptions { title: None, width_mm: 95.0, height_mm: 80.0, value_label: None, max: None }
    }
}

impl Resize for HeatmapOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, height_mm);
    }
}

/// Colours that cells are rounded to: more could not be told apart.
const LEVELS: f64 = 127.0;

/// Draws the picture of a barcode: tips to the right, merges upwards.
///
/// # Errors
/// When a size is out of range.
pub fn persistence_image(image: &PersistenceImage, options: &HeatmapOptions) -> Result<Figure> {
    let n = image.resolution;
    let [a, b, c, d] = image.limits;
    // Grid values are the middles of cells.
    let half = |low: f64, high: f64| 0.5 * (high - low) / (n - 1) as f64;
    let (dx, dy) = (half(a, b), half(c, d));
    let labels = [format!("tip: {}", image.quantity), format!("merge: {}", image.quantity)];
    let map = Heatmap {
        shape: [n, n],
        x: (a - dx, b + dx),
        y: (c - dy, d + dy),
        labels,
        value_label: "density",
        blank_zeros: false,
        equal: false,
    };
    map.draw("persistence image", |x, y| image.values[x * n + y], options)
}

/// Draws a density map at one scale on both axes; cells with less than 0.4 % of the largest value are white. A map of
/// space is summed along z. The mean of several neurons is drawn per area, which does not depend on the grid.
///
/// # Errors
/// When a size is out of range.
pub fn density(map: &Density, options: &HeatmapOptions) -> Result<Figure> {
    let [nx, ny] = [map.shape[0], map.shape[1]];
    let depth: usize = map.shape[2..].iter().product();
    let end = |axis: usize| map.origin[axis] + map.bin * map.shape[axis] as f64;
    let names = match map.plane {
        DensityPlane::Xyz => vec!["x", "y"],
        plane => plane.names(),
    };
    let heatmap = Heatmap {
        shape: [nx, ny],
        x: (map.origin[0], end(0)),
        y: (map.origin[1], end(1)),
        labels: [0, 1].map(|axis| format!("{} (µm)", names[axis])),
        value_label: if map.neurons == 1 { "cable in a cell (µm)" } else { "mean cable of a neuron (µm/µm²)" },
        blank_zeros: true,
        equal: true,
    };
    let area = if map.neurons == 1 { 1.0 } else { map.bin * map.bin };
    let value = |x: usize, y: usize| {
        let first = (x * ny + y) * depth;
        map.values[first..first + depth].iter().sum::<f64>() / area
    };
    heatmap.draw("density", value, options)
}

struct Heatmap {
    /// Number of cells to the right and upwards.
    shape: [usize; 2],
    x: (f64, f64),
    y: (f64, f64),
    labels: [String; 2],
    value_label: &'static str,
    blank_zeros: bool,
    equal: bool,
}

impl Heatmap {
    fn draw(self, kind: &'static str, value: impl Fn(usize, usize) -> f64, options: &HeatmapOptions) -> Result<Figure> {
        check_size("width_mm", options.width_mm, 40.0)?;
        check_size("height_mm", options.height_mm, 30.0)?;
        let [nx, ny] = self.shape;
        if nx.saturating_mul(ny) > 4_000_000 {
            return Err(Error::value(format!("a picture of {nx} x {ny} cells is too fine to draw"))
                .help("make it with a lower `resolution` or a larger `bin`"));
        }
        let largest = (0..nx).flat_map(|x| (0..ny).map(move |y| (x, y))).map(|(x, y)| value(x, y)).fold(0.0, f64::max);
        if let Some(max) = options.max.filter(|max| !(max.is_finite() && *max > 0.0)) {
            return Err(Error::value(format!("`max` is {max}, expected a number above 0")));
        }
        let range = (0.0, options.max.unwrap_or(if largest > 0.0 { largest } else { 1.0 }));
        let title = Title::new(options.title.as_deref(), options.width_mm);
        let side_height = options.height_mm - title.bottom() - theme().margin_mm;
        let bar = ColorBar::new(range, options.value_label.as_deref().unwrap_or(self.value_label), None, side_height);
        let [x_label, y_label] = self.labels.clone();
        let layout = Layout::new(ChartSpec {
            width: options.width_mm,
            height: options.height_mm,
            title,
            x: AxisSpec { range: self.x, label: x_label, numbered: true },
            y: AxisSpec { range: self.y, label: y_label, numbered: true },
            equal: self.equal,
            side: bar.size(),
        });
        let mut canvas = Canvas::new(layout.size.0, layout.size.1);
        layout.draw_labels(&mut canvas);
        // What rounds to nothing counts as nothing: the far slopes of a smoothed map would end in steps.
        let level = |x: usize, y: usize| match (value(x, y) / range.1 * LEVELS).round().min(LEVELS) as u8 {
            0 if self.blank_zeros => None,
            level => Some(level),
        };
        canvas.raw(&self.cells(&layout, level));
        chart::draw(&mut canvas, layout.panel, (&layout.x, &layout.y), false, |_| Ok(()))?;
        bar.draw(&mut canvas, layout.side_at);
        Ok(canvas.finish(kind))
    }

    /// The cells as one path per colour; neighbours of one colour in a column are one rectangle. Limits are rounded once,
    /// so that cells meet without seams.
    fn cells(&self, layout: &Layout, level: impl Fn(usize, usize) -> Option<u8>) -> String {
        let place = |value: f64, axis: &Axis, from: f64, length: f64| {
            units(from + length * (value - axis.range.0) / (axis.range.1 - axis.range.0))
        };
        let Rect { x: left, y: _, width, height } = layout.panel;
        let step = |range: (f64, f64), n: usize, i: usize| range.0 + (range.1 - range.0) * i as f64 / n as f64;
        let [nx, ny] = self.shape;
        let x_at = |i: usize| place(step(self.x, nx, i), &layout.x, left, width);
        let y_at = |i: usize| place(step(self.y, ny, i), &layout.y, layout.panel.bottom(), -height);
        let mut paths: BTreeMap<u8, String> = BTreeMap::new();
        for x in 0..nx {
            let (from, to) = (x_at(x), x_at(x + 1));
            let mut y = 0;
            while y < ny {
                let own = level(x, y);
                let last = (y..ny).find(|&above| level(x, above) != own).unwrap_or(ny);
                if let Some(own) = own {
                    let (low, high) = (y_at(y), y_at(last));
                    let path = paths.entry(own).or_default();
                    write!(path, "M{from} {low}H{to}V{high}H{from}z").expect("writing to a string cannot fail");
                }
                y = last;
            }
        }
        let element = |(level, path): (u8, String)| {
            let color = sequential(f64::from(level) / LEVELS).css();
            format!("<path d=\"{path}\" fill=\"{color}\" shape-rendering=\"crispEdges\"/>\n")
        };
        paths.into_iter().map(element).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::persistence::{ImageOptions, PersistenceOptions};
    use crate::morph::{DensityOptions, SynthesisOptions, parse_swc, synthesize};
    use crate::plot::figure::tests::{parses, texts};

    #[test]
    fn a_density_map_has_axes_in_micrometres_and_leaves_empty_cells_white() {
        let neuron = parse_swc("t", b"1 3 4 5 0 1 -1\n2 3 55 5 0 1 1\n3 3 55 96 0 1 2\n").unwrap().morphology;
        let figure = density(&neuron.density(&DensityOptions::default()).unwrap(), &HeatmapOptions::default()).unwrap();
        parses(&figure);
        let texts = texts(&figure);
        assert!(["x (µm)", "y (µm)"].iter().all(|t| texts.contains(&t.to_string())), "{texts:?}");
        // Full cells of 10 µm of cable, the corner of 10, and 6 at both ends: two colours.
        assert_eq!(figure.svg().matches("crispEdges").count(), 2);
        let space = DensityOptions { plane: DensityPlane::Xyz, ..Default::default() };
        parses(&density(&neuron.density(&space).unwrap(), &HeatmapOptions::default()).unwrap());
    }

    #[test]
    fn pictures_of_odd_barcodes_and_sizes_are_drawn() {
        let neuron = synthesize("basket", &SynthesisOptions::default(), 1).unwrap();
        let point = parse_swc("t", b"1 3 5 5 0 1 -1\n").unwrap().morphology;
        for m in [&neuron, &point] {
            let barcode = m.persistence(&PersistenceOptions::default()).unwrap();
            for (resolution, width_mm) in [(2, 40.0), (60, 180.0)] {
                let image = barcode.image(&ImageOptions { resolution, ..Default::default() }).unwrap();
                let options = HeatmapOptions { width_mm, title: Some("<title>".into()), ..Default::default() };
                let figure = persistence_image(&image, &options).unwrap();
                parses(&figure);
                assert!(texts(&figure).iter().any(|t| t.starts_with("tip:")));
                assert!(figure.svg().len() < 400_000);
            }
        }
        let soma = parse_swc("t", b"1 1 0 0 0 1 -1\n").unwrap().morphology;
        parses(&density(&soma.density(&DensityOptions::default()).unwrap(), &HeatmapOptions::default()).unwrap());
    }
}
