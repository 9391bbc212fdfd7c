//! Windows over a recording: some frames to see, and those that follow to predict.

use super::Recording;
use crate::error::{Error, Result};

/// Every window of a recording, a frame apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Windows {
    recording: Recording,
    context: usize,
    horizon: usize,
}

impl Recording {
    /// All windows of `context` frames with the `horizon` frames behind them; a horizon of 0 has nothing to predict.
    ///
    /// # Errors
    /// When the context is 0, or the recording is too short for one window.
    pub fn window(&self, context: usize, horizon: usize) -> Result<Windows> {
        if context == 0 || context.saturating_add(horizon) > self.frames() {
            return Err(Error::value(format!(
                "recording `{}` of {} frames has no window of {context} frames with {horizon} behind",
                self.name(),
                self.frames()
            ))
            .help("context (1 or more) and horizon together are at most the number of frames"));
        }
        Ok(Windows { recording: self.clone(), context, horizon })
    }
}

impl Windows {
    /// Number of windows: frames - context - horizon + 1.
    pub fn len(&self) -> usize {
        self.recording.frames() + 1 - self.context - self.horizon
    }

    /// Whether there is none, which [`Recording::window`] does not allow.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The recording.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// Frames to see.
    pub fn context(&self) -> usize {
        self.context
    }

    /// Frames to predict.
    pub fn horizon(&self) -> usize {
        self.horizon
    }

    /// The frames that a window sees: context x neurons, row-major.
    pub fn input(&self, window: usize) -> &[f64] {
        let n = self.recording.len();
        &self.recording.traces()[window * n..(window + self.context) * n]
    }

    /// The frames behind a window: horizon x neurons, row-major.
    pub fn target(&self, window: usize) -> &[f64] {
        let n = self.recording.len();
        let from = window + self.context;
        &self.recording.traces()[from * n..(from + self.horizon) * n]
    }

    /// The state in the last frame that a window sees.
    pub fn state(&self, window: usize) -> Option<u32> {
        self.recording.states().and_then(|s| s.codes()[window + self.context - 1])
    }
}

impl std::fmt::Display for Windows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (context, horizon, neurons) = (self.context, self.horizon, self.recording.len());
        write!(f, "Windows({}, {} of {context} frames", self.recording.name(), self.len())?;
        write!(f, " with {horizon} behind, {neurons} neurons)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn windows_lie_a_frame_apart_and_targets_follow() {
        let r = Recording::new("w", vec!["A".into()], (0..6).map(f64::from).collect(), 1.0).unwrap();
        let w = r.window(2, 3).unwrap();
        assert_eq!(w.len(), 2);
        assert_eq!((w.input(1), w.target(1)), ([1.0, 2.0].as_slice(), [3.0, 4.0, 5.0].as_slice()));
        assert_eq!(r.window(6, 0).unwrap().len(), 1);
        assert!(r.window(4, 3).is_err() && r.window(0, 1).is_err() && r.window(1, usize::MAX).is_err());
    }
}
