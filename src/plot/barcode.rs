//! A neuron's bars below each other, the longest at the bottom.

use plotters::prelude::PathElement;
use serde::Deserialize;

use super::arbor::Part;
use super::canvas::Canvas;
use super::chart;
use super::figure::{Figure, Resize};
use super::layout::{AxisSpec, ChartSpec, Layout, Title, check_size};
use super::legend::{Entry, Legend, Swatch};
use super::theme::theme;
use super::ticks::padded;
use crate::error::{Error, Result};
use crate::morph::persistence::{Bar, Barcode};

/// How a barcode is drawn. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct BarcodeOptions {
    /// Title above the panel.
    pub title: Option<String>,
    /// Width of the figure.
    pub width_mm: f64,
    /// Height of the figure.
    pub height_mm: f64,
    /// Whether bars have the colours of their neurites' types, with a legend.
    pub colors: bool,
}

impl Default for BarcodeOptions {
    fn default() -> Self {
        BarcodeOptions { title: None, width_mm: 110.0, height_mm: 70.0, colors: true }
    }
}

impl Resize for BarcodeOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, height_mm);
    }
}

/// Bars are no thicker than this, and leave this share of their row free.
const THICKEST_MM: f64 = 0.9;
const THINNEST_MM: f64 = 0.05;
const ROW_SHARE: f64 = 0.7;

/// Draws the bars of a barcode by length, each from its merge to its tip. A bar without length is a dot.
///
/// # Errors
/// When there is no bar, or a size is out of range.
pub fn barcode(barcode: &Barcode, options: &BarcodeOptions) -> Result<Figure> {
    check_size("width_mm", options.width_mm, 40.0)?;
    check_size("height_mm", options.height_mm, 30.0)?;
    if barcode.is_empty() {
        return Err(Error::value("there is no bar to draw").help("see that the neuron has samples of this `type`"));
    }
    let mut bars: Vec<Bar> = barcode.bars.clone();
    bars.sort_by(|a, b| b.length().total_cmp(&a.length()));
    let n = bars.len() as f64;
    let title = Title::new(options.title.as_deref(), options.width_mm);
    let side_height = options.height_mm - title.bottom() - theme().margin_mm;
    let legend = Legend::columns(&if options.colors { entries(&bars) } else { Vec::new() }, side_height);
    let layout = Layout::new(ChartSpec {
        width: options.width_mm,
        height: options.height_mm,
        title,
        x: AxisSpec {
            range: padded(bars.iter().flat_map(|bar| [bar.tip, bar.merge]), 0.02),
            label: barcode.quantity.clone(),
            numbered: true,
        },
        y: AxisSpec { range: (0.0, n + 1.0), label: "branch, by length".into(), numbered: true },
        equal: false,
        side: (legend.width, legend.height),
    });
    let width = (ROW_SHARE * layout.panel.height / (n + 1.0)).clamp(THINNEST_MM, THICKEST_MM);
    // The shortest mark that is seen: a bar of no length would leave none.
    let dot = 0.1 * width * (layout.x.range.1 - layout.x.range.0) / layout.panel.width;
    let mut canvas = Canvas::new(layout.size.0, layout.size.1);
    layout.draw_labels(&mut canvas);
    chart::draw(&mut canvas, layout.panel, (&layout.x, &layout.y), false, |panel| {
        for (row, bar) in bars.iter().enumerate() {
            let color = if options.colors { Part::of(bar.kind).color() } else { theme().ink };
            let (low, high) = bar.interval();
            let (low, high) = if high - low < dot { (low - dot, high + dot) } else { (low, high) };
            let y = row as f64 + 1.0;
            panel.draw_series([PathElement::new([(low, y), (high, y)], chart::line(color, width))])?;
        }
        Ok(())
    })?;
    legend.draw(&mut canvas, layout.side_at);
    Ok(canvas.finish("barcode"))
}

/// The types that occur, from the dendrites outwards.
fn entries(bars: &[Bar]) -> Vec<Entry> {
    let count = |part: Part| bars.iter().filter(|bar| Part::of(bar.kind) == part).count();
    let dendrite = if count(Part::Apical) > 0 { "basal dendrite" } else { "dendrite" };
    let names =
        [(Part::Dendrite, dendrite), (Part::Apical, "apical dendrite"), (Part::Axon, "axon"), (Part::Other, "other")];
    let entry = |(part, name): (Part, &str)| Entry {
        swatch: Swatch::Line(part.color()),
        name: name.into(),
        count: Some(count(part)),
    };
    names.into_iter().filter(|(part, _)| count(*part) > 0).map(entry).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plot::figure::tests::{parses, texts};

    fn bar(tip: f64, merge: f64, kind: u16) -> Bar {
        Bar { tip, merge, neurite: 0, kind }
    }

    #[test]
    fn types_have_colours_and_counts() {
        let bars = vec![bar(90.0, 0.0, 3), bar(50.0, 20.0, 3), bar(200.0, 0.0, 4), bar(-5.0, -5.0, 2)];
        let code = Barcode { bars, quantity: "projection (µm)".into() };
        let figure = barcode(&code, &BarcodeOptions::default()).unwrap();
        parses(&figure);
        let found = texts(&figure);
        for text in ["projection (µm)", "branch, by length", "basal dendrite (2)", "apical dendrite (1)", "axon (1)"] {
            assert!(found.contains(&text.to_string()), "{text}: {found:?}");
        }
        let plain = BarcodeOptions { colors: false, ..Default::default() };
        assert!(!texts(&barcode(&code, &plain).unwrap()).contains(&"axon (1)".to_string()));
    }

    #[test]
    fn one_bar_many_bars_and_none_have_an_answer() {
        let code = |n: u32| Barcode {
            bars: (0..n).map(|i| bar(f64::from(i), 0.0, 0)).collect(),
            quantity: "radial distance (µm)".into(),
        };
        for n in [1, 2, 5000] {
            for (width_mm, height_mm) in [(40.0, 30.0), (180.0, 100.0)] {
                parses(&barcode(&code(n), &BarcodeOptions { width_mm, height_mm, ..Default::default() }).unwrap());
            }
        }
        assert!(barcode(&code(0), &BarcodeOptions::default()).is_err());
        assert!(barcode(&code(1), &BarcodeOptions { width_mm: 3.0, ..Default::default() }).is_err());
    }
}
