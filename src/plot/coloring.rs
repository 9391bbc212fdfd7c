//! What colour and shape each point of a scatter plot has, and the legend or colour bar that explains it.

use super::colorbar::ColorBar;
use super::legend::{Entry, Legend, Swatch};
use super::marker::MARKERS;
use super::theme::{Color, Marker, class_style, max_classes, sequential, theme};
use super::ticks::{drawable, padded};
use crate::data::Labels;
use crate::error::{Error, Result};

/// Cells of classes beyond those that can be told apart.
const OTHER: Color = Color(0x80, 0x80, 0x80);

/// How a point looks.
#[derive(Clone, Copy)]
pub(super) struct Look {
    pub color: Color,
    pub marker: Marker,
    /// Whether the cell has no label or value, and lies below the others.
    pub missing: bool,
}

/// The look of a cell without label or value.
fn missing_look() -> Look {
    Look { color: theme().missing, marker: Marker::Circle, missing: true }
}

/// What stands beside the panel.
pub(super) enum Side {
    Nothing,
    Legend(Legend),
    Bar(ColorBar),
}

impl Side {
    /// Width and height in millimetres.
    pub fn size(&self) -> (f64, f64) {
        match self {
            Side::Nothing => (0.0, 0.0),
            Side::Legend(legend) => (legend.width, legend.height),
            Side::Bar(bar) => bar.size(),
        }
    }
}

/// The looks of all points and their explanation.
pub(super) struct Coloring {
    pub looks: Vec<Look>,
    pub side: Side,
    /// What the legend consists of.
    entries: Vec<Entry>,
}

impl Coloring {
    /// All points alike.
    pub fn plain(n: usize) -> Self {
        let look = Look { color: class_style(0).0, marker: Marker::Circle, missing: false };
        Coloring { looks: vec![look; n], side: Side::Nothing, entries: Vec::new() }
    }

    /// A colour and a shape for each class. The smallest classes beyond [`max_classes`] are shown as "other", since a
    /// reader could not tell them apart.
    pub fn by_class(n: usize, labels: &Labels, radius_mm: f64, side_height: f64) -> Result<Self> {
        labels.require_len(n, "plot::scatter")?;
        let counts = labels.counts();
        let mut by_size: Vec<usize> = (0..counts.len()).collect();
        by_size.sort_by_key(|&c| std::cmp::Reverse(counts[c]));
        let own = if counts.len() <= max_classes() { counts.len() } else { max_classes() - 1 };
        let mut shown: Vec<usize> = by_size[..own].to_vec();
        shown.sort_unstable();

        let mut class_looks = vec![Look { color: OTHER, marker: Marker::Circle, missing: false }; counts.len()];
        let mut entries = Vec::new();
        for (place, &class) in shown.iter().enumerate() {
            let (color, marker) = class_style(place);
            class_looks[class] = Look { color, marker, missing: false };
            let name = labels.classes()[class].clone();
            entries.push(Entry { swatch: Swatch::Point(color, marker, radius_mm), name, count: Some(counts[class]) });
        }
        if own < counts.len() {
            let cells = by_size[own..].iter().map(|&c| counts[c]).sum();
            let name = format!("{} other classes", counts.len() - own);
            entries.push(Entry { swatch: Swatch::Point(OTHER, Marker::Circle, radius_mm), name, count: Some(cells) });
        }
        let looks: Vec<Look> =
            labels.codes().iter().map(|c| c.map_or_else(missing_look, |c| class_looks[c as usize])).collect();
        entries.extend(missing_entry(&looks, "unlabelled", radius_mm));
        Ok(Coloring { looks, side: Side::Legend(Legend::columns(&entries, side_height)), entries })
    }

    /// Gives points the shapes of a second labelling, which the legend explains below its colours.
    pub fn shape_by(&mut self, labels: &Labels, radius_mm: f64, side_height: f64) -> Result<()> {
        labels.require_len(self.looks.len(), "the shapes of plot::scatter")?;
        if labels.classes().len() > MARKERS.len() {
            return Err(Error::value(format!(
                "`shapes` has {} classes, but there are {} shapes",
                labels.classes().len(),
                MARKERS.len()
            )));
        }
        for (look, code) in self.looks.iter_mut().zip(labels.codes()) {
            look.marker = code.map_or(Marker::Circle, |c| MARKERS[c as usize]);
        }
        for entry in &mut self.entries {
            if let Swatch::Point(color, _, radius) = entry.swatch {
                entry.swatch = Swatch::Point(color, Marker::Circle, radius);
            }
        }
        let counts = labels.counts();
        let signs = labels.classes().iter().enumerate().map(|(i, name)| Entry {
            swatch: Swatch::Point(theme().ink, MARKERS[i], radius_mm),
            name: name.clone(),
            count: Some(counts[i]),
        });
        self.entries.extend(signs);
        if !matches!(self.side, Side::Bar(_)) {
            self.side = Side::Legend(Legend::columns(&self.entries, side_height));
        }
        Ok(())
    }

    /// A colour on the sequential map for each finite value.
    pub fn by_value(n: usize, values: &[f64], label: &str, radius_mm: f64, side_height: f64) -> Result<Self> {
        if values.len() != n {
            return Err(Error::value(format!("plot::scatter: {} values for {n} cells", values.len()))
                .help("values and points must come from the same cells in the same order"));
        }
        if !values.iter().any(|&v| drawable(v)) {
            return Err(Error::value("plot::scatter: `values` has no finite number"));
        }
        let range = padded(values.iter().copied().filter(|&v| drawable(v)), 0.0);
        let look = |&v: &f64| match drawable(v) {
            true => {
                let color = sequential((v - range.0) / (range.1 - range.0));
                Look { color, marker: Marker::Circle, missing: false }
            }
            false => missing_look(),
        };
        let looks: Vec<Look> = values.iter().map(look).collect();
        let missing = missing_entry(&looks, "no value", radius_mm);
        Ok(Coloring { looks, side: Side::Bar(ColorBar::new(range, label, missing, side_height)), entries: Vec::new() })
    }
}

fn missing_entry(looks: &[Look], name: &str, radius_mm: f64) -> Option<Entry> {
    let count = looks.iter().filter(|l| l.missing).count();
    let look = missing_look();
    let swatch = Swatch::Point(look.color, look.marker, radius_mm);
    (count > 0).then(|| Entry { swatch, name: name.to_string(), count: Some(count) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn classes_beyond_the_distinguishable_are_grouped_smallest_first() {
        // 70 classes; class i has i + 1 cells, so that the first are the smallest.
        let names: Vec<_> = (0..70).flat_map(|c| vec![Some(format!("c{c:02}")); c + 1]).collect();
        let n = names.len();
        let coloring = Coloring::by_class(n, &Labels::new(names), 0.5, 80.0).unwrap();
        let other = coloring.looks.iter().filter(|l| l.color == OTHER).count();
        assert_eq!(other, (1..=7).sum::<usize>());
        assert_eq!(coloring.looks[n - 1].color, class_style(62).0);
    }

    #[test]
    fn values_run_from_dark_to_bright_and_gaps_are_grey() {
        let coloring = Coloring::by_value(4, &[1.0, 3.0, f64::NAN, f64::INFINITY], "v", 0.5, 80.0).unwrap();
        let colors: Vec<_> = coloring.looks.iter().map(|l| l.color).collect();
        assert_eq!(colors, [sequential(0.0), sequential(1.0), theme().missing, theme().missing]);
        assert!(Coloring::by_value(1, &[f64::NAN], "", 0.5, 80.0).is_err());
        assert!(Coloring::by_value(2, &[1.0], "", 0.5, 80.0).is_err());
    }
}
