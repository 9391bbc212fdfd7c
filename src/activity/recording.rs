//! One animal's recording: traces of named neurons with states.

use std::sync::Arc;

use super::States;
use crate::data::Matrix;
use crate::error::{Error, Result, did_you_mean};

/// The activity of many neurons over time. Cloning is cheap.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    name: String,
    /// Frames x neurons, a frame after the other.
    traces: Arc<[f64]>,
    neurons: Arc<[String]>,
    identified: Arc<[bool]>,
    states: Option<States>,
    /// Seconds from a frame to the next.
    dt: f64,
}

impl Recording {
    /// A recording from its `traces` (frames x neurons, row-major), the neurons' names and the seconds between frames.
    /// Neurons are taken as identified unless their names say that they are not, such as `unk12`, `?` or `7`. A NaN is a value
    /// that is missing.
    ///
    /// # Errors
    /// When the traces do not fill whole frames, a value is infinite, there is no neuron, a name is empty, or the
    /// interval is not above 0.
    pub fn new(name: impl Into<String>, neurons: Vec<String>, traces: Vec<f64>, dt: f64) -> Result<Self> {
        let name = name.into();
        if neurons.is_empty() || traces.is_empty() || !traces.len().is_multiple_of(neurons.len()) {
            return Err(Error::value(format!(
                "recording `{name}`: {} values do not fill frames of {} neurons",
                traces.len(),
                neurons.len()
            ))
            .help("traces have a row for each frame and a column for each neuron, one of each at least"));
        }
        if let Some(at) = traces.iter().position(|v| v.is_infinite()) {
            return Err(Error::value(format!(
                "recording `{name}`: frame {}, neuron `{}` is infinite",
                at / neurons.len(),
                neurons[at % neurons.len()]
            ))
            .help("a value that is missing is written as NaN"));
        }
        if let Some(place) = neurons.iter().position(String::is_empty) {
            return Err(Error::value(format!("recording `{name}`: neuron {place} has no name"))
                .help("call neurons that are not identified `unk0`, `unk1`, …"));
        }
        if !(dt > 0.0 && dt.is_finite()) {
            return Err(Error::value(format!("recording `{name}`: a sampling interval of `{dt}` s"))
                .help("give the seconds from a frame to the next, above 0"));
        }
        let identified = neurons.iter().map(|n| is_identity(n)).collect();
        Ok(Recording { name, traces: traces.into(), neurons: neurons.into(), identified, states: None, dt })
    }

    /// The recording with states, one per frame.
    ///
    /// # Errors
    /// When their number is not that of the frames.
    pub fn with_states(mut self, states: States) -> Result<Self> {
        if states.len() != self.frames() {
            return Err(Error::value(format!(
                "recording `{}`: {} states for {} frames",
                self.name,
                states.len(),
                self.frames()
            ))
            .help("give one state per frame, or none"));
        }
        self.states = Some(states);
        Ok(self)
    }

    /// The recording without states.
    #[must_use]
    pub fn without_states(&self) -> Self {
        Recording { states: None, ..self.clone() }
    }

    /// The recording with flags that say which names are real identities.
    ///
    /// # Errors
    /// When their number is not that of the neurons.
    pub fn with_identified(mut self, identified: Vec<bool>) -> Result<Self> {
        if identified.len() != self.neurons.len() {
            return Err(Error::value(format!(
                "recording `{}`: {} identity flags for {} neurons",
                self.name,
                identified.len(),
                self.neurons.len()
            ))
            .help("give one flag per neuron, or none"));
        }
        self.identified = identified.into();
        Ok(self)
    }

    /// The same under another name.
    #[must_use]
    pub fn renamed(&self, name: impl Into<String>) -> Self {
        Recording { name: name.into(), ..self.clone() }
    }

    /// The animal's or file's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of frames.
    pub fn frames(&self) -> usize {
        self.traces.len() / self.neurons.len()
    }

    /// Number of neurons.
    pub fn len(&self) -> usize {
        self.neurons.len()
    }

    /// Whether there is no neuron, which no recording allows.
    pub fn is_empty(&self) -> bool {
        self.neurons.is_empty()
    }

    /// All traces, frames x neurons, row-major.
    pub fn traces(&self) -> &[f64] {
        &self.traces
    }

    /// The neurons in one frame.
    pub fn frame(&self, t: usize) -> &[f64] {
        let n = self.neurons.len();
        &self.traces[t * n..(t + 1) * n]
    }

    /// The trace of the neuron in a column.
    pub fn trace(&self, neuron: usize) -> Vec<f64> {
        self.traces.iter().skip(neuron).step_by(self.neurons.len()).copied().collect()
    }

    /// The neurons' names.
    pub fn neurons(&self) -> &Arc<[String]> {
        &self.neurons
    }

    /// Whether each name is a real identity.
    pub fn identified(&self) -> &[bool] {
        &self.identified
    }

    /// The animal's state in each frame, where it is known.
    pub fn states(&self) -> Option<&States> {
        self.states.as_ref()
    }

    /// The states, for what cannot do without; `what` names it.
    ///
    /// # Errors
    /// When the recording has none.
    pub fn require_states(&self, what: &str) -> Result<&States> {
        self.states.as_ref().ok_or_else(|| {
            Error::value(format!("{what} needs states, but recording `{}` has none", self.name))
                .help("load a file with a state per frame")
        })
    }

    /// Seconds from a frame to the next.
    pub fn dt(&self) -> f64 {
        self.dt
    }

    /// Seconds from the first frame to the end of the last.
    pub fn duration(&self) -> f64 {
        self.dt * self.frames() as f64
    }

    /// The column of a neuron.
    ///
    /// # Errors
    /// When there is none of that name, or more than one.
    pub fn place(&self, neuron: &str) -> Result<usize> {
        let mut places = self.neurons.iter().enumerate().filter(|(_, n)| *n == neuron).map(|(i, _)| i);
        match (places.next(), places.next()) {
            (Some(place), None) => Ok(place),
            (Some(a), Some(b)) => Err(Error::value(format!(
                "recording `{}` has `{neuron}` more than once, in columns {a} and {b}",
                self.name
            ))
            .help("rename one of them in the file: a name stands for one neuron")),
            _ => {
                let near = did_you_mean(neuron, self.neurons.iter().map(String::as_str));
                let cure = near.map_or("`.neurons` lists the names".into(), |n| format!("did you mean `{n}`?"));
                Err(Error::value(format!("recording `{}` has no neuron `{neuron}`", self.name)).help(cure))
            }
        }
    }

    /// The traces as a matrix: a row for each frame (called by its number from 0), a column for each neuron.
    ///
    /// # Errors
    /// Never, but the matrix checks its shape.
    pub fn matrix(&self) -> Result<Matrix> {
        let frames = (0..self.frames()).map(|t| t.to_string()).collect();
        Matrix::new(frames, Arc::clone(&self.neurons), self.traces.to_vec())
    }

    /// Refuses values that are missing; `what` names the consumer.
    ///
    /// # Errors
    /// When a value is NaN.
    pub fn require_finite(&self, what: &str) -> Result<()> {
        match self.traces.iter().position(|v| !v.is_finite()) {
            None => Ok(()),
            Some(at) => Err(Error::value(format!(
                "{what} needs whole traces, but recording `{}` has no value in frame {} of `{}`",
                self.name,
                at / self.len(),
                self.neurons[at % self.len()]
            ))
            .help("leave that neuron out: `.without([…])`")),
        }
    }

    /// These columns, in this order.
    #[must_use]
    pub(super) fn columns(&self, places: &[usize]) -> Self {
        let traces = self.traces.chunks_exact(self.len()).flat_map(|f| places.iter().map(|&p| f[p])).collect();
        Recording {
            traces,
            neurons: places.iter().map(|&p| self.neurons[p].clone()).collect(),
            identified: places.iter().map(|&p| self.identified[p]).collect(),
            ..self.clone()
        }
    }

    /// The same neurons with other traces, states and interval.
    pub(super) fn with_traces(&self, traces: Vec<f64>, states: Option<States>, dt: f64) -> Self {
        Recording { traces: traces.into(), states, dt, ..self.clone() }
    }
}

/// Whether a name is that of an identified neuron: it begins with a letter, and is not a placeholder such as `unk12`,
/// `n7`, `neuron_3`, `cell 5`, `roi9`, `?` or `AVAL?`.
pub fn is_identity(name: &str) -> bool {
    let lower = name.trim().to_ascii_lowercase();
    let placeholder = ["unk", "unknown", "n", "neuron", "cell", "roi", "x"].iter().any(|prefix| {
        lower
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.trim_start_matches(['_', '-', ' ', '.']).chars().all(|c| c.is_ascii_digit()))
    });
    lower.starts_with(|c: char| c.is_ascii_alphabetic()) && !placeholder && !lower.ends_with('?')
}

impl std::fmt::Display for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let identified = self.identified.iter().filter(|&&i| i).count();
        write!(
            f,
            "Recording({}, {} frames of {:.3} s, {} neurons, {identified} identified",
            self.name,
            self.frames(),
            self.dt,
            self.len()
        )?;
        match &self.states {
            Some(states) => write!(f, ", {} states)", states.names().len()),
            None => write!(f, ", no states)"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_recording_says_what_it_is_in_one_line() {
        let names = ["AVAL", "unk1"].map(String::from).to_vec();
        let recording = Recording::new("w", names, vec![1.0, 2.0, 3.0, 4.0], 0.25).unwrap();
        assert_eq!(recording.to_string(), "Recording(w, 2 frames of 0.250 s, 2 neurons, 1 identified, no states)");
        assert_eq!(recording.trace(1), [2.0, 4.0]);
        assert_eq!(recording.frame(1), [3.0, 4.0]);
        let states = States::from_names(["a", "b", "c"]);
        assert!(recording.with_states(states).unwrap_err().message.contains("3 states for 2 frames"));
    }

    #[test]
    fn wrong_shapes_and_values_are_refused() {
        let names = || ["a", "b"].map(String::from).to_vec();
        for (names, traces, dt) in [
            (names(), vec![1.0; 3], 1.0),
            (names(), vec![], 1.0),
            (vec![], vec![1.0], 1.0),
            (names(), vec![1.0, f64::INFINITY], 1.0),
            (names(), vec![1.0; 4], 0.0),
            (names(), vec![1.0; 4], f64::NAN),
            (vec!["a".into(), String::new()], vec![1.0; 4], 1.0),
        ] {
            assert!(Recording::new("w", names, traces, dt).unwrap_err().help.is_some());
        }
    }

    #[test]
    fn names_that_occur_twice_cannot_be_asked_for() {
        let names = ["AVAL", "AVAL", "AVAR"].map(String::from).to_vec();
        let recording = Recording::new("w", names, vec![0.0; 3], 1.0).unwrap();
        assert_eq!(recording.place("AVAR").unwrap(), 2);
        assert!(recording.place("AVAL").unwrap_err().message.contains("more than once"));
        assert!(recording.place("AVARR").unwrap_err().help.unwrap().contains("AVAR"));
    }

    #[test]
    fn placeholders_are_no_identities() {
        assert!(["AVAL", "RIBL", "VB02", "NSML", "I1L"].iter().all(|n| is_identity(n)));
        assert!(!["unk012", "12", "n7", "AVAL?", "?", "neuron_3", "ROI 5", ""].iter().any(|n| is_identity(n)));
    }
}
