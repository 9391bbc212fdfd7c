//! Predictions in closed form.
//!
//! With `x(t)` the frame that a prediction starts from:
//! * persistence: it stays `x(t)`;
//! * shared linear: each neuron's change from its own differences `x(t) - x(t - k)`, `k = 1 … context - 1`, with weights
//!   that all neurons share;
//! * VAR(p): the next frame from the last `p` and a constant, its own predictions fed back;
//! * ridge: all changes up to the horizon at once, from all neurons' `x(t)` and `x(t) - x(t - k)` for a few `k`, and a
//!   constant. The penalty is on all weights, that of the constant too.

use faer::Mat;
use serde::{Deserialize, Serialize};

use super::Forecast;
use super::least_squares::{Normal, apply};
use crate::activity::Recording;
use crate::activity::splits::Segment;
use crate::error::{Error, Result};

/// A way to predict that is fitted in closed form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// Nothing changes.
    Persistence,
    /// One linear function for all neurons, of a neuron's own past.
    Shared {
        /// Penalty on the squared weights.
        lambda: f64,
    },
    /// Linear from all neurons' last frames to the next, iterated.
    Var {
        /// Frames that are looked at.
        order: usize,
        /// Penalty on the squared weights.
        lambda: f64,
    },
    /// Linear from all neurons to all of the horizon at once.
    Ridge {
        /// How far back the differences go, in frames; 0 stands for the frame itself.
        lags: Vec<usize>,
        /// Penalty on the squared weights.
        lambda: f64,
    },
}

/// The penalties that are tried where one is to be chosen.
pub fn default_lambdas() -> Vec<f64> {
    vec![1.0, 10.0, 100.0, 1000.0, 10_000.0]
}

impl Baseline {
    /// Direct ridge with differences over 1, 2, 4 and 8 frames.
    pub fn ridge(lambda: f64) -> Self {
        Baseline::Ridge { lags: vec![0, 1, 2, 4, 8], lambda }
    }

    /// The word that scripts use.
    pub fn name(&self) -> &'static str {
        match self {
            Baseline::Persistence => "persistence",
            Baseline::Shared { .. } => "shared",
            Baseline::Var { .. } => "var",
            Baseline::Ridge { .. } => "ridge",
        }
    }

    /// The penalty, where there is one.
    pub fn lambda(&self) -> Option<f64> {
        match self {
            Baseline::Persistence => None,
            Baseline::Shared { lambda } | Baseline::Var { lambda, .. } | Baseline::Ridge { lambda, .. } => {
                Some(*lambda)
            }
        }
    }

    /// The same with another penalty.
    #[must_use]
    pub fn with_lambda(&self, to: f64) -> Self {
        let mut other = self.clone();
        match &mut other {
            Baseline::Persistence => {}
            Baseline::Shared { lambda } | Baseline::Var { lambda, .. } | Baseline::Ridge { lambda, .. } => *lambda = to,
        }
        other
    }

    /// Frames that it looks at in a window of `context`.
    pub fn looks_back(&self, context: usize) -> usize {
        match self {
            Baseline::Persistence => 1,
            Baseline::Shared { .. } => context,
            Baseline::Var { order, .. } => *order,
            Baseline::Ridge { lags, .. } => lags.iter().max().map_or(1, |l| l + 1),
        }
    }

    /// Fits to all windows of the segments.
    ///
    /// # Errors
    /// When the context is too short for it, there is no window, a value is missing, or the penalty makes no sense.
    pub fn fit(&self, train: &[Segment], context: usize, horizon: usize) -> Result<Fitted> {
        Ok(self.fit_all(train, context, horizon, &[self.lambda().unwrap_or(0.0)])?.remove(0))
    }

    /// Fits once for each of several penalties, which costs little more than one.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn fit_all(&self, train: &[Segment], context: usize, horizon: usize, lambdas: &[f64]) -> Result<Vec<Fitted>> {
        if self.looks_back(context) > context || context == 0 || horizon == 0 {
            return Err(Error::value(format!(
                "`{}` looks back {} frames, but the context has {context} and the horizon {horizon}",
                self.name(),
                self.looks_back(context)
            ))
            .help("give a longer context, or fewer lags"));
        }
        if let Baseline::Shared { .. } = self
            && context < 2
        {
            return Err(Error::value("`shared` takes differences").help("give a context of 2 frames or more"));
        }
        if let Baseline::Var { order: 0, .. } = self {
            return Err(Error::value("`var` of order 0").help("give an order of 1 or more"));
        }
        if let Some(lambda) = lambdas.iter().find(|l| !(**l >= 0.0 && l.is_finite())) {
            return Err(Error::value(format!("`{}`: lambda `{lambda}`", self.name())).help("give 0 or more"));
        }
        let windows: usize = train.iter().map(|s| s.ends(context, horizon).len()).sum();
        let Some(first) = train.first().filter(|_| windows > 0) else {
            return Err(Error::value(format!("nothing to learn from has {context} frames with {horizon} behind"))
                .help("give longer recordings, or a shorter context and horizon"));
        };
        let n = first.recording.len();
        train.iter().try_for_each(|s| s.recording.require_finite("a forecast"))?;
        let features = self.features(n, context);
        let targets = match self {
            Baseline::Persistence => {
                return Ok(vec![Fitted { kind: self.clone(), context, horizon, neurons: n, weights: Mat::new() }]);
            }
            Baseline::Shared { .. } => horizon,
            Baseline::Var { .. } => n,
            Baseline::Ridge { .. } => horizon * n,
        };
        let mut normal = Normal::new(features, targets);
        for segment in train {
            let (r, ends) = (&segment.recording, segment.ends(context, horizon));
            match self {
                Baseline::Persistence => {}
                Baseline::Shared { .. } => normal.add(ends.len() * n, |row, x, y| {
                    let (t, neuron) = (ends.start + row / n, row % n);
                    own_past(r, t, neuron, x);
                    let now = r.frame(t)[neuron];
                    y.iter_mut().enumerate().for_each(|(h, y)| *y = r.frame(t + h + 1)[neuron] - now);
                })?,
                Baseline::Var { order, .. } => {
                    // Every step within the segment is learnt from, not those of whole windows alone.
                    let from = segment.frames.start + order - 1;
                    normal.add(segment.frames.end.saturating_sub(from + 1), |row, x, y| {
                        let t = from + row;
                        last_frames((0..*order).map(|k| r.frame(t - k)), x);
                        y.iter_mut().zip(r.frame(t + 1)).zip(r.frame(t)).for_each(|((y, b), a)| *y = b - a);
                    })?;
                }
                Baseline::Ridge { lags, .. } => normal.add(ends.len(), |row, x, y| {
                    let t = ends.start + row;
                    differences(r, t, lags, x);
                    let now = r.frame(t);
                    y.iter_mut().enumerate().for_each(|(i, y)| *y = r.frame(t + 1 + i / n)[i % n] - now[i % n]);
                })?,
            }
        }
        let fitted = |&lambda: &f64| {
            let kind = self.with_lambda(lambda);
            Ok(Fitted { kind, context, horizon, neurons: n, weights: normal.solve(lambda)? })
        };
        lambdas.iter().map(fitted).collect()
    }

    fn features(&self, neurons: usize, context: usize) -> usize {
        match self {
            Baseline::Persistence => 0,
            Baseline::Shared { .. } => context - 1,
            Baseline::Var { order, .. } => order * neurons + 1,
            Baseline::Ridge { lags, .. } => lags.len() * neurons + 1,
        }
    }
}

/// A neuron's differences from its own past frames.
fn own_past(r: &Recording, t: usize, neuron: usize, x: &mut [f64]) {
    let now = r.frame(t)[neuron];
    x.iter_mut().enumerate().for_each(|(k, x)| *x = now - r.frame(t - k - 1)[neuron]);
}

/// Frames one after the other, the last first, and a constant.
fn last_frames<'a>(frames: impl Iterator<Item = &'a [f64]>, x: &mut [f64]) {
    x.iter_mut().zip(frames.flatten().chain(std::iter::once(&1.0))).for_each(|(x, v)| *x = *v);
}

/// All neurons' values and differences, and a constant.
fn differences(r: &Recording, t: usize, lags: &[usize], x: &mut [f64]) {
    let (n, now) = (r.len(), r.frame(t));
    for (&lag, x) in lags.iter().zip(x.chunks_exact_mut(n)) {
        match lag {
            0 => x.copy_from_slice(now),
            lag => x.iter_mut().zip(now).zip(r.frame(t - lag)).for_each(|((x, a), b)| *x = a - b),
        }
    }
    if let Some(constant) = x.last_mut() {
        *constant = 1.0;
    }
}

/// A baseline that has learnt.
#[derive(Clone, Debug)]
pub struct Fitted {
    kind: Baseline,
    context: usize,
    horizon: usize,
    neurons: usize,
    weights: Mat<f64>,
}

impl Fitted {
    /// What was fitted.
    pub fn kind(&self) -> &Baseline {
        &self.kind
    }

    /// The weights: a row for each feature, a column for each target.
    pub(in crate::activity) fn weights(&self) -> &Mat<f64> {
        &self.weights
    }

    /// Number of weights.
    pub fn parameters(&self) -> usize {
        self.weights.nrows() * self.weights.ncols()
    }
}

impl Forecast for Fitted {
    fn predict(&self, recording: &Recording, ends: &[usize], horizon: usize) -> Result<Vec<f64>> {
        let n = recording.len();
        if n != self.neurons || horizon != self.horizon {
            return Err(Error::value(format!(
                "`{}` has learnt {} neurons and {} frames ahead, not {n} and {horizon}",
                self.kind.name(),
                self.neurons,
                self.horizon
            ))
            .help("predict what was learnt; `.aligned()` gives animals the same neurons"));
        }
        recording.require_finite("a forecast")?;
        let mut out = Vec::with_capacity(ends.len() * horizon * n);
        match &self.kind {
            Baseline::Persistence => {
                ends.iter().for_each(|&t| (0..horizon).for_each(|_| out.extend_from_slice(recording.frame(t))));
            }
            Baseline::Shared { .. } => {
                let mut by_neuron = Vec::with_capacity(ends.len() * horizon * n);
                apply(&self.weights, ends.len() * n, &mut by_neuron, |row, x| {
                    own_past(recording, ends[row / n], row % n, x);
                })?;
                for (window, &t) in by_neuron.chunks_exact((n * horizon).max(1)).zip(ends) {
                    let now = recording.frame(t);
                    out.extend((0..horizon * n).map(|i| now[i % n] + window[(i % n) * horizon + i / n]));
                }
            }
            Baseline::Var { order, .. } => {
                // The frames that a window goes on from, the last first; all windows step together.
                let mut past: Vec<Vec<Vec<f64>>> =
                    ends.iter().map(|&t| (0..*order).map(|k| recording.frame(t - k).to_vec()).collect()).collect();
                out = vec![0.0; ends.len() * horizon * n];
                for h in 0..horizon {
                    let mut change = Vec::with_capacity(ends.len() * n);
                    apply(&self.weights, ends.len(), &mut change, |w, x| {
                        last_frames(past[w].iter().map(Vec::as_slice), x);
                    })?;
                    for (w, (past, change)) in past.iter_mut().zip(change.chunks_exact(n)).enumerate() {
                        let next: Vec<f64> = past[0].iter().zip(change).map(|(a, d)| a + d).collect();
                        out[(w * horizon + h) * n..][..n].copy_from_slice(&next);
                        past.pop();
                        past.insert(0, next);
                    }
                }
            }
            Baseline::Ridge { lags, .. } => {
                apply(&self.weights, ends.len(), &mut out, |w, x| differences(recording, ends[w], lags, x))?;
                for (window, &t) in out.chunks_exact_mut(horizon * n).zip(ends) {
                    let now = recording.frame(t);
                    window.iter_mut().enumerate().for_each(|(i, v)| *v += now[i % n]);
                }
            }
        }
        Ok(out)
    }
}

impl std::fmt::Display for Fitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (context, horizon) = (self.context, self.horizon);
        write!(f, "Forecast({}, {context} frames to {horizon}, {} neurons", self.kind.name(), self.neurons)?;
        match self.kind.lambda() {
            Some(lambda) => write!(f, ", lambda {lambda}, {} weights)", self.parameters()),
            None => write!(f, ")"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A rotation that loses a tenth in each step: linear, so that linear models must find it.
    fn spiral(frames: usize) -> Recording {
        let (mut x, mut y) = (1.0f64, 0.0f64);
        let mut traces = Vec::new();
        for _ in 0..frames {
            traces.extend([x, y]);
            (x, y) = (0.99 * (0.9 * x - 0.4 * y), 0.99 * (0.4 * x + 0.9 * y));
        }
        Recording::new("spiral", vec!["A".into(), "B".into()], traces, 1.0).unwrap()
    }

    #[test]
    fn linear_motion_is_predicted_by_what_is_linear() {
        let r = spiral(60);
        let train = [Segment { recording: r.clone(), frames: 0..40 }];
        for model in [Baseline::Var { order: 1, lambda: 1e-10 }, Baseline::Ridge { lags: vec![0, 1], lambda: 1e-10 }] {
            let fitted = model.fit(&train, 4, 5).unwrap();
            let predicted = fitted.predict(&r, &[50], 5).unwrap();
            for (h, frame) in predicted.chunks_exact(2).enumerate() {
                let truth = r.frame(51 + h);
                assert!((frame[0] - truth[0]).abs() + (frame[1] - truth[1]).abs() < 1e-6, "{fitted} at {h}");
            }
        }
        let still = Baseline::Persistence.fit(&train, 4, 2).unwrap();
        assert_eq!(still.predict(&r, &[50], 2).unwrap(), [r.frame(50), r.frame(50)].concat());
    }

    #[test]
    fn ramps_go_on_by_the_shared_model() {
        let traces: Vec<f64> = (0..40).flat_map(|t| [f64::from(t), 3.0 - 2.0 * f64::from(t)]).collect();
        let r = Recording::new("ramp", vec!["A".into(), "B".into()], traces, 1.0).unwrap();
        let fitted = Baseline::Shared { lambda: 1e-9 }.fit(&[Segment::whole(&r)], 6, 3).unwrap();
        assert_eq!(fitted.parameters(), 15);
        let predicted = fitted.predict(&r, &[20], 3).unwrap();
        let truth: Vec<f64> = (21..24).flat_map(|t| r.frame(t).to_vec()).collect();
        assert!(predicted.iter().zip(&truth).all(|(a, b)| (a - b).abs() < 1e-4), "{predicted:?}");
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        let r = spiral(20);
        let train = [Segment::whole(&r)];
        assert!(Baseline::ridge(1.0).fit(&train, 8, 2).unwrap_err().message.contains("looks back 9 frames"));
        assert!(Baseline::ridge(-1.0).fit(&train, 9, 2).is_err());
        assert!(Baseline::ridge(1.0).fit(&train, 16, 5).unwrap_err().message.contains("nothing to learn from"));
        assert!(Baseline::Var { order: 0, lambda: 1.0 }.fit(&train, 4, 2).is_err());
        let fitted = Baseline::ridge(1.0).fit(&train, 9, 2).unwrap();
        assert!(fitted.predict(&r, &[12], 3).is_err());
        assert!(fitted.predict(&r.without(&["A"]).unwrap(), &[12], 2).is_err());
    }
}
