//! What a model says at some moments of an animal, to be looked at beside what came.

use serde::{Deserialize, Serialize};

use super::{Baseline, Forecast};
use crate::activity::splits::leave_one_animal_out;
use crate::activity::{Recording, RecordingSet};
use crate::error::{Error, Result};

/// Which moments are shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrajectoryOptions {
    /// The first frame shown.
    pub from: usize,
    /// Number of frames shown.
    pub frames: usize,
    /// Frames from the start of a prediction to that of the next; the horizon where it is 0.
    pub every: usize,
    /// Frames that are seen.
    pub context: usize,
    /// Frames that are predicted.
    pub horizon: usize,
}

impl Default for TrajectoryOptions {
    fn default() -> Self {
        TrajectoryOptions { from: 0, frames: 300, every: 0, context: 16, horizon: 16 }
    }
}

/// Stretches of a recording as they were and as they were predicted.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectories {
    /// The model.
    pub model: String,
    /// What was recorded, the frames shown alone.
    pub recording: Recording,
    /// The number of its first frame in the whole recording.
    pub from: usize,
    /// The frames that predictions start from, counted from the first one shown.
    pub starts: Vec<usize>,
    /// Frames that each predicts.
    pub horizon: usize,
    /// The predictions: starts x horizon x neurons.
    pub predicted: Vec<f64>,
}

impl Trajectories {
    /// One prediction of a neuron, its frame of start first, which was seen.
    pub fn path(&self, start: usize, neuron: usize) -> Vec<f64> {
        let n = self.recording.len();
        let own = &self.predicted[start * self.horizon * n..(start + 1) * self.horizon * n];
        let seen = self.recording.frame(self.starts[start])[neuron];
        std::iter::once(seen).chain(own.iter().skip(neuron).step_by(n).copied()).collect()
    }
}

/// What a baseline that is learnt from the other animals predicts of one.
///
/// # Errors
/// As [`trajectories_of`] and [`Baseline::fit`], and when there is no animal of that name.
pub fn trajectories(
    set: &RecordingSet,
    model: &Baseline,
    animal: &str,
    options: &TrajectoryOptions,
) -> Result<Trajectories> {
    set.require_aligned("predicting")?;
    let recording = set.get(animal)?;
    let splits = leave_one_animal_out(set, 1.0)?;
    let split = splits.iter().find(|s| s.name == animal).ok_or_else(|| Error::internal("an animal without a split"))?;
    let fitted = model.fit(&split.train, options.context, options.horizon)?;
    trajectories_of(recording, model.name(), &fitted, options)
}

/// What any forecast predicts of a recording.
///
/// # Errors
/// When the frames asked for are not there, and those of the forecast.
pub fn trajectories_of(
    recording: &Recording,
    model: &str,
    forecast: &dyn Forecast,
    options: &TrajectoryOptions,
) -> Result<Trajectories> {
    let TrajectoryOptions { from, frames, every, context, horizon } = *options;
    let to = from.saturating_add(frames).min(recording.frames());
    let every = if every == 0 { horizon } else { every };
    if context == 0 || horizon == 0 || to.saturating_sub(from) <= horizon {
        return Err(Error::value(format!(
            "recording `{}` of {} frames: {frames} frames from {from} on hold no prediction of {horizon} frames",
            recording.name(),
            recording.frames()
        ))
        .help("give a smaller `from`, more `frames` or a shorter `horizon`, of 1 or more"));
    }
    // A prediction needs its context, and ends within the frames shown.
    let first = from.max(context - 1);
    let ends: Vec<usize> = (first..to - horizon).step_by(every).collect();
    let predicted = forecast.predict(recording, &ends, horizon)?;
    if predicted.len() != ends.len() * horizon * recording.len() {
        return Err(Error::internal(format!("a forecast gave {} values for {} windows", predicted.len(), ends.len())));
    }
    Ok(Trajectories {
        model: model.to_string(),
        recording: recording.cut(from, to)?,
        from,
        starts: ends.into_iter().map(|t| t - from).collect(),
        horizon,
        predicted,
    })
}

impl std::fmt::Display for Trajectories {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Trajectories({} of {}, {} predictions of {} frames, frames {} to {})",
            self.model,
            self.recording.name(),
            self.starts.len(),
            self.horizon,
            self.from,
            self.from + self.recording.frames()
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn animal(name: &str) -> Recording {
        let traces = (0..60).flat_map(|t| [f64::from(t), -f64::from(t)]).collect();
        Recording::new(name, vec!["A".into(), "B".into()], traces, 0.5).unwrap()
    }

    #[test]
    fn predictions_start_from_what_was_seen_and_end_within_what_is_shown() {
        let set = RecordingSet::new(vec![animal("a"), animal("b")]).unwrap();
        let options = TrajectoryOptions { from: 10, frames: 20, every: 0, context: 4, horizon: 5 };
        let found = trajectories(&set, &Baseline::Ridge { lags: vec![0, 1], lambda: 1e-9 }, "b", &options).unwrap();
        assert_eq!(found.to_string(), "Trajectories(ridge of b, 3 predictions of 5 frames, frames 10 to 30)");
        assert_eq!(found.starts, [0, 5, 10]);
        let path = found.path(1, 1);
        assert_eq!((path.len(), path[0]), (6, -15.0));
        assert!((path[5] + 20.0).abs() < 1e-3, "{path:?}");
        let early = TrajectoryOptions { from: 0, ..options.clone() };
        assert_eq!(trajectories(&set, &Baseline::Persistence, "a", &early).unwrap().starts, [3, 8, 13]);
        assert!(trajectories(&set, &Baseline::Persistence, "c", &options).is_err());
        let beyond = TrajectoryOptions { from: 57, ..options };
        assert!(
            trajectories(&set, &Baseline::Persistence, "a", &beyond).unwrap_err().message.contains("no prediction")
        );
    }
}
