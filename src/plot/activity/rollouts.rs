//! Predictions over what came: every prediction starts from a dot on the true trace.

use serde::{Deserialize, Serialize};

use super::bands;
use super::rows::{Rows, Spec, columns};
use crate::activity::forecast::Trajectories;
use crate::error::Result;
use crate::plot::figure::{Figure, Resize};
use crate::plot::legend::{Entry, Swatch};
use crate::plot::marks::At;
use crate::plot::theme::{Marker, theme};

/// How rollouts look. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RolloutsOptions {
    /// Title above the panel; by default animal and model.
    pub title: Option<String>,
    /// Width of the figure.
    pub width_mm: f64,
    /// Height of the figure; by default a little more for a neuron than in traces.
    pub height_mm: Option<f64>,
    /// Neurons by name, the first on top; by default the first ones.
    pub neurons: Vec<String>,
    /// Number of neurons, where none are named.
    pub most: usize,
    /// Whether states are shown.
    pub states: bool,
}

impl Default for RolloutsOptions {
    fn default() -> Self {
        RolloutsOptions { title: None, width_mm: 180.0, height_mm: None, neurons: Vec::new(), most: 8, states: true }
    }
}

impl Resize for RolloutsOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, Some(height_mm));
    }
}

const ROW_MM: f64 = 11.0;
const RADIUS_MM: f64 = 0.5;

/// Draws what was recorded in the colour of text, and each prediction in a colour of its own, all in rows by neuron.
///
/// # Errors
/// When a neuron is not there, or a size is out of range.
pub fn rollouts(shown: &Trajectories, options: &RolloutsOptions) -> Result<Figure> {
    let recording = if options.states { shown.recording.clone() } else { shown.recording.without_states() };
    let neurons = columns(&recording, &options.neurons, options.most)?;
    let theme = theme();
    let color = theme.class_color(3, 8);
    let mut entries = vec![
        Entry { swatch: Swatch::Line(theme.ink), name: "recorded".into(), count: None },
        Entry { swatch: Swatch::Line(color), name: "predicted".into(), count: None },
    ];
    entries.extend(recording.states().map_or(Vec::new(), |s| bands::entries(s, true)));
    let title = options.title.clone().unwrap_or_else(|| format!("{}, {}", recording.name(), shown.model));
    let mut rows = Rows::new(Spec {
        recording: &recording,
        neurons: &neurons,
        title: Some(&title),
        width: options.width_mm,
        height: Some(options.height_mm.unwrap_or(ROW_MM * neurons.len() as f64 + 20.0)),
        start: recording.dt() * shown.from as f64,
        common: false,
        entries,
    })?;
    for (row, &neuron) in neurons.iter().enumerate() {
        let truth: Vec<At> = recording.trace(neuron).iter().enumerate().map(|(t, &v)| rows.at(row, t, v)).collect();
        rows.canvas.polyline(&truth, theme.ink, 1.2 * theme.line_mm);
        for (start, &frame) in shown.starts.iter().enumerate() {
            let path = shown.path(start, neuron);
            let path: Vec<At> = path.iter().enumerate().map(|(h, &v)| rows.at(row, frame + h, v)).collect();
            rows.canvas.polyline(&path, color, theme.line_mm);
            rows.canvas.point(path[0], (Marker::Circle, RADIUS_MM), color, 1.0);
        }
    }
    Ok(rows.canvas.finish("rollouts"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::activity::forecast::{Baseline, TrajectoryOptions, trajectories};
    use crate::activity::simulate::{WormOptions, worm};
    use crate::plot::figure::tests::{parses, texts};

    #[test]
    fn every_prediction_starts_from_a_dot() {
        let options = WormOptions { animals: 2, frames: 200, ..Default::default() };
        let set = worm(&options, 1).unwrap().recordings;
        let shown = trajectories(&set, &Baseline::ridge(10.0), "simulated_2", &TrajectoryOptions::default()).unwrap();
        let figure = rollouts(&shown, &RolloutsOptions { most: 3, ..Default::default() }).unwrap();
        parses(&figure);
        let found = texts(&figure);
        assert!(found.contains(&"simulated_2, ridge".to_string()) && found.contains(&"predicted".to_string()));
        let legend = set.recordings()[1].states().unwrap().counts().iter().filter(|c| **c > 0).count();
        assert_eq!(figure.svg().matches("<circle").count(), 3 * shown.starts.len() + legend);
        let one = RolloutsOptions { neurons: vec!["RID".into()], states: false, ..Default::default() };
        assert_eq!(rollouts(&shown, &one).unwrap().svg().matches("<circle").count(), shown.starts.len());
        assert!(rollouts(&shown, &RolloutsOptions { neurons: vec!["XX".into()], ..Default::default() }).is_err());
    }
}
