//! What is done to traces before anything is learnt of them.

use std::sync::Arc;

use faer::Mat;

use super::{Recording, States};
use crate::data::Matrix;
use crate::error::{Error, Result};
use crate::reduce::{Pca, PcaOptions, pca};

impl Recording {
    /// Each neuron less its mean, over its standard deviation (divisor: frames). A neuron that never changes becomes 0.
    ///
    /// Mean and deviation are those of the whole recording: between animals that leaks nothing, within one it tells a
    /// test segment the scale of what follows.
    #[must_use]
    pub fn zscore(&self) -> Recording {
        let (n, frames) = (self.len(), self.frames());
        let mut traces = self.traces().to_vec();
        for neuron in 0..n {
            let known: Vec<f64> = self.trace(neuron).into_iter().filter(|v| v.is_finite()).collect();
            let count = known.len().max(1) as f64;
            let mean = known.iter().sum::<f64>() / count;
            let sd = (known.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count).sqrt();
            let scale = if sd > 1e-12 * mean.abs() { 1.0 / sd } else { 0.0 };
            (0..frames).for_each(|t| traces[t * n + neuron] = (traces[t * n + neuron] - mean) * scale);
        }
        self.with_traces(traces, self.states().cloned(), self.dt())
    }

    /// These neurons, in this order.
    ///
    /// # Errors
    /// When there is none of a name, or more than one.
    pub fn align<S: AsRef<str>>(&self, names: &[S]) -> Result<Recording> {
        if names.is_empty() {
            return Err(Error::value(format!("recording `{}`: no neuron is asked for", self.name()))
                .help("name one neuron or more"));
        }
        let places = names.iter().map(|name| self.place(name.as_ref())).collect::<Result<Vec<_>>>()?;
        Ok(self.columns(&places))
    }

    /// The neurons of these names that the recording has, in its own order; names that it lacks are passed over.
    ///
    /// # Errors
    /// When it has none of them.
    pub fn only<S: AsRef<str>>(&self, names: &[S]) -> Result<Recording> {
        self.kept(|neuron| names.iter().any(|n| n.as_ref() == neuron), "has none of these neurons")
    }

    /// The recording without these neurons; names that it lacks are passed over.
    ///
    /// # Errors
    /// When none is left.
    pub fn without<S: AsRef<str>>(&self, names: &[S]) -> Result<Recording> {
        self.kept(|neuron| !names.iter().any(|n| n.as_ref() == neuron), "has no other neurons than these")
    }

    /// The neurons whose names are real identities.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(&self) -> Result<Recording> {
        let places: Vec<usize> = (0..self.len()).filter(|&i| self.identified()[i]).collect();
        match places.is_empty() {
            false => Ok(self.columns(&places)),
            true => Err(Error::value(format!("recording `{}` has no identified neuron", self.name()))
                .help("`.identified` says which names are real identities")),
        }
    }

    fn kept(&self, keep: impl Fn(&str) -> bool, lack: &str) -> Result<Recording> {
        let places: Vec<usize> = (0..self.len()).filter(|&i| keep(&self.neurons()[i])).collect();
        match places.is_empty() {
            false => Ok(self.columns(&places)),
            true => Err(Error::value(format!("recording `{}` {lack}", self.name())).help("`.neurons` lists the names")),
        }
    }

    /// The recording at another sampling interval in seconds: linear between frames for traces, the nearest frame for
    /// states. It begins at the first frame and ends at the last or before.
    ///
    /// # Errors
    /// When the interval is not above 0, or would ask for more than 100 million values.
    pub fn resample(&self, dt: f64) -> Result<Recording> {
        let span = self.dt() * (self.frames() - 1) as f64;
        let frames = (span / dt * (1.0 + 1e-12)).floor() + 1.0;
        if !(dt > 0.0 && dt.is_finite() && frames * self.len() as f64 <= 1e8) {
            return Err(Error::value(format!("recording `{}` cannot be resampled to `{dt}` s", self.name()))
                .help(format!("give seconds above 0; its own interval is {} s", self.dt())));
        }
        let frames = frames as usize;
        let last = self.frames() - 1;
        let at = |k: usize| (k as f64 * dt / self.dt()).min(last as f64);
        let mut traces = Vec::with_capacity(frames * self.len());
        for k in 0..frames {
            let (low, share) = (at(k).floor() as usize, at(k).fract());
            let high = (low + 1).min(last);
            let mixed = self
                .frame(low)
                .iter()
                .zip(self.frame(high))
                .map(|(a, b)| if share == 0.0 { *a } else { a + share * (b - a) });
            traces.extend(mixed);
        }
        let states = self.states().map(|s| s.select((0..frames).map(|k| at(k).round() as usize)));
        Ok(self.with_traces(traces, states, dt))
    }

    /// The frames from `from` up to `to`, which is not among them.
    ///
    /// # Errors
    /// When there is no such frame.
    pub fn cut(&self, from: usize, to: usize) -> Result<Recording> {
        if from >= to || to > self.frames() {
            return Err(Error::value(format!("recording `{}` has no frames {from} to {to}", self.name()))
                .help(format!("frames are numbered from 0 to {}", self.frames() - 1)));
        }
        let traces = self.traces()[from * self.len()..to * self.len()].to_vec();
        Ok(self.with_traces(traces, self.states().map(|s| s.select(from..to)), self.dt()))
    }

    /// The recording with states [merged](States::merge).
    ///
    /// # Errors
    /// When there are no states, or none of a name.
    pub fn merge_states(&self, pairs: &[(String, String)]) -> Result<Recording> {
        let states: States = self.require_states("merging")?.merge(pairs)?;
        self.clone().with_states(states)
    }

    /// Pearson's correlation of each neuron with each, from all frames; 0 with a neuron that never changes.
    ///
    /// # Errors
    /// When a value is missing.
    pub fn correlation(&self) -> Result<Matrix> {
        self.require_finite("correlation")?;
        let z = self.zscore();
        let x = Mat::from_fn(z.frames(), z.len(), |t, i| z.frame(t)[i]);
        let products = x.transpose() * &x;
        let n = self.len();
        let entry = |i: usize| products[(i / n, i % n)] / self.frames() as f64;
        Matrix::new(Arc::clone(self.neurons()), Arc::clone(self.neurons()), (0..n * n).map(entry).collect())
    }

    /// Principal components of the frames.
    ///
    /// # Errors
    /// As [`crate::reduce::pca`].
    pub fn pca(&self, options: &PcaOptions) -> Result<Pca> {
        pca(&self.matrix()?, options)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn recording() -> Recording {
        let names = ["A", "B", "C"].map(String::from).to_vec();
        let traces = (0..8).flat_map(|t| [f64::from(t), f64::from(t * t), 5.0]).collect();
        let states = States::from_names(["x", "x", "x", "y", "y", "y", "y", "z"]);
        Recording::new("w", names, traces, 0.5).unwrap().with_states(states).unwrap()
    }

    #[test]
    fn zscores_have_unit_variance_and_what_is_constant_is_zero() {
        let z = recording().zscore();
        for (neuron, variance) in [(0, 1.0), (1, 1.0), (2, 0.0)] {
            let trace = z.trace(neuron);
            assert!(trace.iter().sum::<f64>().abs() < 1e-12);
            assert!((trace.iter().map(|v| v * v).sum::<f64>() / 8.0 - variance).abs() < 1e-12);
        }
    }

    #[test]
    fn neurons_are_chosen_by_name() {
        let r = recording();
        assert_eq!(r.align(&["C", "A"]).unwrap().neurons().as_ref(), ["C", "A"]);
        assert_eq!(r.only(&["C", "A", "Q"]).unwrap().neurons().as_ref(), ["A", "C"]);
        assert_eq!(r.without(&["B", "Q"]).unwrap().trace(0), r.trace(0));
        assert!(r.align(&["Q"]).is_err());
        assert!(r.only(&["Q"]).is_err());
        assert!(r.without(&["A", "B", "C"]).is_err());
    }

    #[test]
    fn resampling_is_linear_for_traces_and_nearest_for_states() {
        let r = recording().resample(0.75).unwrap();
        assert_eq!(r.trace(0), [0.0, 1.5, 3.0, 4.5, 6.0]);
        assert_eq!(r.trace(1)[1], 2.5); // halfway between 1 and 4
        assert_eq!((0..5).map(|t| r.states().unwrap().get(t).unwrap()).collect::<String>(), "xxyyy");
        assert_eq!(recording().resample(0.5).unwrap(), recording());
        assert!(recording().resample(0.0).is_err());
    }

    #[test]
    fn correlations_are_pearsons() {
        let c = recording().correlation().unwrap();
        // corr(t, t²) over 0..7, by hand: cov = 36.75, var(t) = 5.25, var(t²) = 278.25.
        assert!((c.row(0)[1] - 36.75 / (5.25f64 * 278.25).sqrt()).abs() < 1e-12);
        assert!((c.row(0)[0] - 1.0).abs() < 1e-12);
        assert_eq!(c.row(2), [0.0; 3]);
    }
}
