//! Traces of neurons above each other, the animal's states as bands behind them.

use serde::{Deserialize, Serialize};

use super::bands;
use super::rows::{Rows, Spec, columns};
use crate::activity::Recording;
use crate::error::Result;
use crate::plot::figure::{Figure, Resize};
use crate::plot::history::thinned;
use crate::plot::marks::At;
use crate::plot::theme::theme;
use crate::plot::ticks::drawable;

/// How traces look. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct TracesOptions {
    /// Title above the panel.
    pub title: Option<String>,
    /// Width of the figure.
    pub width_mm: f64,
    /// Height of the figure; by default 4.5 mm for a neuron, and a page at most.
    pub height_mm: Option<f64>,
    /// Neurons by name, the first on top; by default all, identified ones first.
    pub neurons: Vec<String>,
    /// Number of neurons at most, where none are named.
    pub most: usize,
    /// Whether all neurons have one scale; by default each fills its row.
    pub common: bool,
    /// Whether states are shown.
    pub states: bool,
}

impl Default for TracesOptions {
    fn default() -> Self {
        TracesOptions {
            title: None,
            width_mm: 180.0,
            height_mm: None,
            neurons: Vec::new(),
            most: 200,
            common: false,
            states: true,
        }
    }
}

impl Resize for TracesOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, Some(height_mm));
    }
}

/// Draws the traces of a recording over time in seconds. A value that is missing is a gap.
///
/// # Errors
/// When a neuron is not there, or rows become too thin to be seen.
pub fn traces(recording: &Recording, options: &TracesOptions) -> Result<Figure> {
    let shown = if options.states { recording.clone() } else { recording.without_states() };
    let neurons = columns(&shown, &options.neurons, options.most)?;
    let mut rows = Rows::new(Spec {
        recording: &shown,
        neurons: &neurons,
        title: options.title.as_deref(),
        width: options.width_mm,
        height: options.height_mm,
        start: 0.0,
        common: options.common,
        entries: shown.states().map_or(Vec::new(), |s| bands::entries(s, true)),
    })?;
    for (row, &neuron) in neurons.iter().enumerate() {
        crate::interrupt::check()?;
        let points: Vec<(f64, f64)> = shown.trace(neuron).into_iter().enumerate().map(|(t, v)| (t as f64, v)).collect();
        for run in points.split(|p| !drawable(p.1)).filter(|run| !run.is_empty()) {
            let line: Vec<At> = thinned(run).iter().map(|&(t, v)| rows.at(row, t as usize, v)).collect();
            rows.canvas.polyline(&line, theme().ink, 0.6 * theme().line_mm);
        }
    }
    Ok(rows.canvas.finish("traces"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::activity::States;
    use crate::plot::figure::tests::{parses, texts};

    fn recording(neurons: usize, frames: usize) -> Recording {
        let names = (0..neurons).map(|i| if i % 2 == 0 { format!("unk{i}") } else { format!("AV{i}<") }).collect();
        let mut traces: Vec<f64> = (0..neurons * frames).map(|i| (i as f64 * 0.37).sin()).collect();
        traces[0] = f64::NAN;
        let states = States::from_names((0..frames).map(|t| ["", "fwd", "rev & on"][t * 5 / frames % 3]));
        Recording::new("w", names, traces, 0.3).unwrap().with_states(states).unwrap()
    }

    #[test]
    fn each_neuron_has_a_row_and_each_bout_a_band() {
        let figure = traces(&recording(6, 100), &TracesOptions::default()).unwrap();
        parses(&figure);
        let found = texts(&figure);
        for text in ["AV1<", "unk4", "fwd", "rev & on", "time (s)"] {
            assert!(found.contains(&text.to_string()), "{text}: {found:?}");
        }
        // Identified neurons are on top.
        assert!(found.iter().position(|t| t == "AV5<") < found.iter().position(|t| t == "unk0"));
        let plain = traces(&recording(6, 100), &TracesOptions { states: false, ..Default::default() }).unwrap();
        assert!(!texts(&plain).contains(&"fwd".to_string()));
    }

    #[test]
    fn any_number_of_neurons_is_drawn_or_refused_with_a_cure() {
        for n in [1, 2, 40, 135] {
            let figure = traces(&recording(n, 3000), &TracesOptions { common: n == 2, ..Default::default() }).unwrap();
            parses(&figure);
            assert!(figure.height_mm() <= 240.0);
        }
        let fails = |o: TracesOptions| traces(&recording(6, 10), &o).unwrap_err();
        assert!(fails(TracesOptions { neurons: vec!["AV11<".into()], ..Default::default() }).message.contains("AV11"));
        assert!(fails(TracesOptions { width_mm: 1.0, ..Default::default() }).message.contains("`width_mm`"));
        let thin = TracesOptions { height_mm: Some(26.0), ..Default::default() };
        assert!(traces(&recording(60, 10), &thin).unwrap_err().help.unwrap().contains("height_mm"));
    }
}
