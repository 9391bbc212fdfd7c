//! One neuron, drawn to scale.

use serde::Deserialize;

use super::arbor::{Arbor, PAD_MM, Part, Plane, Thickness};
use super::canvas::Canvas;
use super::figure::{Figure, Resize};
use super::layout::{Title, check_size};
use super::legend::Legend;
use super::scalebar::ScaleBar;
use super::theme::theme;
use crate::error::Result;
use crate::morph::Morphology;

/// How a neuron is drawn. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct NeuronOptions {
    /// Title above the drawing.
    pub title: Option<String>,
    /// Width of the figure.
    pub width_mm: f64,
    /// Height of the figure.
    pub height_mm: f64,
    /// The plane to draw in: `xy`, `xz` or `zy`.
    pub plane: Plane,
    /// Neurites as thick as their `radius`, or `uniform`.
    pub thickness: Thickness,
    /// What is far is drawn first and paler.
    pub depth: bool,
    /// Coloured by `type`, or `uniform`.
    pub color: NeuronColor,
    /// Unit of the neuron's positions, for the scale bar.
    pub unit: String,
}

impl Default for NeuronOptions {
    fn default() -> Self {
        NeuronOptions {
            title: None,
            width_mm: 80.0,
            height_mm: 80.0,
            plane: Plane::default(),
            thickness: Thickness::default(),
            depth: false,
            color: NeuronColor::default(),
            unit: "µm".into(),
        }
    }
}

impl Resize for NeuronOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, height_mm);
    }
}

/// What the colours of a neuron mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NeuronColor {
    /// Soma, dendrites and axon have their colours, and a legend names those that occur.
    #[default]
    Type,
    /// Everything is black.
    Uniform,
}

/// Room for the scale bar's label and a gap beside it.
const BAR_LABEL_MM: f64 = 15.0;

/// Draws a neuron projected onto a plane, y (or z, seen from above) upwards, both axes at one scale, with a scale bar of
/// a round length.
///
/// # Errors
/// When the neuron has no samples, or positions that are not finite; when the figure is smaller than 30 mm.
pub fn neuron(morphology: &Morphology, options: &NeuronOptions) -> Result<Figure> {
    check_size("width_mm", options.width_mm, 30.0)?;
    check_size("height_mm", options.height_mm, 30.0)?;
    let arbor = Arbor::new(morphology, options.plane, options.thickness)?.shaded(options.depth);
    let title = Title::new(options.title.as_deref(), options.width_mm);
    let inner_width = options.width_mm - 2.0 * theme().margin_mm;
    let entries = match options.color {
        NeuronColor::Type => Arbor::legend(std::slice::from_ref(&arbor)),
        NeuronColor::Uniform => Vec::new(),
    };

    // The strip below holds the scale bar and the legend. A bar needs the scale, the scale the room above the strip, and
    // the strip's height the legend's rows: so the legend gets what the longest possible bar and its label leave.
    let longest_bar = 0.25 * inner_width;
    let bar_height = ScaleBar::new(1.0, longest_bar, &options.unit).height();
    let room = inner_width - longest_bar - BAR_LABEL_MM;
    let (beside, below) = (Legend::rows(&entries, room), Legend::rows(&entries, inner_width));
    let (beside_height, below_height) = (beside.height.max(bar_height), bar_height + 1.0 + below.height);
    let own_row = below_height < beside_height || beside.width > room;
    let (legend, strip) = if own_row { (below, below_height) } else { (beside, beside_height) };
    let strip_top = options.height_mm - theme().margin_mm - strip;
    let (top, bottom) = (title.bottom(), strip_top - theme().gap_mm);

    let scale = fitted_scale(arbor.extent(), inner_width, bottom - top);
    let mut canvas = Canvas::new(options.width_mm, options.height_mm);
    title.draw(&mut canvas);
    let color = |part: Part| if options.color == NeuronColor::Type { part.color() } else { theme().ink };
    arbor.draw(&mut canvas, (0.5 * options.width_mm, 0.5 * (top + bottom)), scale, color);
    ScaleBar::new(scale, longest_bar, &options.unit).draw(&mut canvas, (theme().margin_mm, strip_top));
    let legend_at = match own_row {
        true => (theme().margin_mm, strip_top + bar_height + 1.0),
        false => (options.width_mm - theme().margin_mm - legend.width, strip_top),
    };
    legend.draw(&mut canvas, legend_at);
    Ok(canvas.finish("neuron"))
}

/// Millimetres per unit at which an extent fits into a panel; a neuron without extent counts as one unit large.
pub(super) fn fitted_scale([width, height]: [f64; 2], panel_width: f64, panel_height: f64) -> f64 {
    let (room_x, room_y) = (panel_width - 2.0 * PAD_MM, panel_height - 2.0 * PAD_MM);
    let scale = (room_x / width).min(room_y / height);
    if scale.is_finite() { scale } else { room_x.min(room_y) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plot::arbor::tests::cell;
    use crate::plot::figure::tests::{parses, texts};

    fn pyramidal() -> Morphology {
        let lines = [
            (1, 0.0, 0.0, 0.0, 8.0, -1),
            (3, 60.0, -50.0, 10.0, 1.0, 0),
            (3, -60.0, -50.0, 30.0, 1.0, 0),
            (4, 0.0, 300.0, 0.0, 2.0, 0),
            (4, 40.0, 400.0, 5.0, 0.5, 3),
            (4, -40.0, 400.0, 5.0, 0.5, 3),
            (2, 0.0, -200.0, 0.0, 0.3, 0),
        ];
        cell("pyramidal <1>", &lines)
    }

    #[test]
    fn the_legend_names_the_types_that_occur() {
        let figure = neuron(&pyramidal(), &NeuronOptions::default()).unwrap();
        parses(&figure);
        let texts_of = texts(&figure);
        for name in ["soma", "basal dendrite", "apical dendrite", "axon"] {
            assert!(texts_of.contains(&name.to_string()), "{name}: {texts_of:?}");
        }
        assert!(!texts_of.contains(&"other".to_string()));
        let uniform = NeuronOptions { color: NeuronColor::Uniform, ..Default::default() };
        assert_eq!(texts(&neuron(&pyramidal(), &uniform).unwrap()), ["100 µm"]);
    }

    #[test]
    fn a_neuron_of_twice_the_size_has_half_the_scale() {
        let scale = |factor: f64| {
            let mut m = pyramidal();
            m.position.iter_mut().flatten().for_each(|v| *v *= factor);
            m.radius.iter_mut().for_each(|v| *v *= factor);
            let arbor = Arbor::new(&m, Plane::Xy, Thickness::Radius).unwrap();
            fitted_scale(arbor.extent(), 70.0, 60.0)
        };
        assert!((scale(1.0) / scale(2.0) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_far_is_paler_and_drawn_first() {
        let lines = [
            (3, 0.0, 0.0, 0.0, 1.0, -1),
            (3, 50.0, 0.0, 100.0, 1.0, 0),
            (3, -50.0, 0.0, -100.0, 1.0, 0),
            (3, -90.0, 9.0, -100.0, 1.0, 2),
        ];
        let strokes = |depth: bool| -> Vec<String> {
            let figure = neuron(&cell("deep", &lines), &NeuronOptions { depth, ..Default::default() }).unwrap();
            let colors = figure.svg().split(r#"stroke=""#).skip(1).map(|rest| rest[..7].to_string());
            colors.filter(|color| color != "#1a1a1a").collect()
        };
        // The last one is the legend's.
        assert_eq!(strokes(false), ["#d55e00", "#d55e00"]);
        assert_eq!(strokes(true), ["#f0c7a6", "#d55e00", "#d55e00"]);
    }

    #[test]
    fn odd_neurons_are_drawn_at_any_size() {
        let odd = [
            cell("one sample", &[(1, 5.0, 5.0, 5.0, 7.0, -1)]),
            cell("a point", &[(3, 5.0, 5.0, 5.0, 0.0, -1), (3, 5.0, 5.0, 5.0, 0.0, 0)]),
            cell("a line along z", &[(3, 0.0, 0.0, 0.0, 1.0, -1), (3, 0.0, 0.0, 90.0, 1.0, 0)]),
            cell("soma only", &[(1, 0.0, 0.0, 0.0, 6.0, -1), (1, 0.0, 6.0, 0.0, 6.0, 0), (1, 0.0, -6.0, 0.0, 6.0, 0)]),
            cell("forest", &[(1, 0.0, 0.0, 0.0, 5.0, -1), (2, 50.0, 0.0, 0.0, 1.0, -1), (2, 60.0, 9.0, 0.0, 1.0, 1)]),
            cell("no types", &[(0, 0.0, 0.0, 0.0, 1.0, -1), (17, 50.0, 1e-9, 0.0, -1.0, 0)]),
            cell("far away", &[(3, 1e9, 1e9, 0.0, 1.0, -1), (3, 1e9 + 100.0, 1e9, 0.0, 1.0, 0)]),
        ];
        for m in &odd {
            for plane in [Plane::Xy, Plane::Xz, Plane::Zy] {
                for (width_mm, height_mm) in [(30.0, 30.0), (80.0, 80.0), (180.0, 40.0)] {
                    let title = Some(format!("{} & a title that is long enough to be wrapped", m.name));
                    let options = NeuronOptions { title, width_mm, height_mm, plane, ..Default::default() };
                    let figure = neuron(m, &options).unwrap();
                    parses(&figure);
                    assert_eq!((figure.width_mm(), figure.height_mm()), (width_mm, height_mm));
                }
            }
        }
        let empty = cell("empty", &[]);
        assert!(neuron(&empty, &NeuronOptions::default()).unwrap_err().message.contains("no samples"));
        let tiny = NeuronOptions { width_mm: 3.0, ..Default::default() };
        assert!(neuron(&odd[0], &tiny).unwrap_err().message.contains("`width_mm`"));
    }

    #[test]
    fn a_neuron_of_20000_samples_is_a_few_paths() {
        // A binary tree of unbranched runs of 20 samples with tapering radii.
        let mut lines = vec![(1, 0.0, 0.0, 0.0, 6.0, -1)];
        let mut run = 0usize;
        while lines.len() < 20_000 {
            let start = if run < 2 { 0 } else { 20 * (run / 2) };
            let (sin, cos) = (run as f64 * 2.399_963).sin_cos();
            for step in 0..20 {
                let from = if step == 0 { start } else { lines.len() - 1 };
                let (x, y) = (lines[from].1 + cos, lines[from].2 + sin);
                lines.push((3, x, y, 0.0, 1.0 - step as f64 * 0.03, from as i64));
            }
            run += 1;
        }
        let figure = neuron(&cell("large", &lines), &NeuronOptions::default()).unwrap();
        assert!(figure.svg().matches("<path").count() < 60);
        assert!(figure.svg().len() < 500_000, "{}", figure.svg().len());
    }
}
