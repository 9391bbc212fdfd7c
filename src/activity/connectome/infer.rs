//! Relations in closed form: correlations, and the weights of linear forecasts.

use std::sync::Arc;

use faer::linalg::solvers::DenseSolveCore;
use faer::{Mat, Side};
use serde::{Deserialize, Serialize};

use super::Relations;
use crate::activity::forecast::Baseline;
use crate::activity::splits::Segment;
use crate::activity::{Recording, RecordingSet};
use crate::error::{Error, Result};

/// How relations are inferred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Pearson's correlation, the mean over animals. It has no direction.
    Correlation,
    /// The correlation of changes over some frames, the mean over animals.
    Difference,
    /// The correlation that is left when all other neurons are held, the mean over animals.
    Partial,
    /// Vector autoregression of all animals: what a lasting change of the sender by 1 changes in the receiver within a
    /// frame, the sum of the weights over lags.
    Var,
    /// Direct ridge of all animals: what a lasting change of the sender by 1 changes in the receiver, the mean over the
    /// horizon.
    #[default]
    Ridge,
}

impl Method {
    /// The word that scripts use.
    pub fn name(self) -> &'static str {
        match self {
            Method::Correlation => "correlation",
            Method::Difference => "difference",
            Method::Partial => "partial",
            Method::Var => "var",
            Method::Ridge => "ridge",
        }
    }
}

/// How relations are inferred, and with what settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InferOptions {
    /// The method.
    pub method: Method,
    /// Frames over which changes are taken, of `difference`.
    pub frames: usize,
    /// Frames that are looked at, of `var`.
    pub order: usize,
    /// How far back differences go in frames, of `ridge`; 0, the frame itself, must be among them.
    pub lags: Vec<usize>,
    /// Penalty on squared weights, of `var` and `ridge`; for `partial` what is added to each variance of 1.
    pub lambda: Option<f64>,
    /// Frames that are predicted, of `ridge`.
    pub horizon: usize,
}

impl Default for InferOptions {
    fn default() -> Self {
        InferOptions {
            method: Method::Ridge,
            frames: 3,
            order: 4,
            lags: vec![0, 1, 2, 4, 8],
            lambda: None,
            horizon: 16,
        }
    }
}

/// Infers relations of the neurons of some animals, which must be the same; traces are taken as they are given, so give
/// z-scores where weights are to be compared.
///
/// # Errors
/// When neurons differ or are fewer than two, a value is missing, animals are too short, or an option makes no sense.
pub fn infer(set: &RecordingSet, options: &InferOptions) -> Result<Relations> {
    let neurons = set.require_aligned("inferring relations")?;
    if let Some(short) = set.recordings().iter().find(|r| r.frames() <= options.frames.max(2)) {
        return Err(Error::value(format!("recording `{}` has {} frames", short.name(), short.frames()))
            .help("relations need more frames than that"));
    }
    let weights = match options.method {
        Method::Var => {
            let lambda = options.lambda.unwrap_or(1.0);
            let fitted = Baseline::Var { order: options.order, lambda }.fit(&whole(set), options.order.max(1), 1)?;
            let n = neurons.len();
            let weights = fitted.weights();
            square(n, |to, from| (0..options.order).map(|k| weights[(k * n + from, to)]).sum())
        }
        Method::Ridge => {
            let lambda = options.lambda.unwrap_or(1000.0);
            let Some(level) = options.lags.iter().position(|&l| l == 0) else {
                return Err(Error::value("relations by ridge need lag 0, the frame itself")
                    .help("give `lags: [0, 1, 2, 4, 8]`"));
            };
            let model = Baseline::Ridge { lags: options.lags.clone(), lambda };
            let fitted = model.fit(&whole(set), model.looks_back(1), options.horizon)?;
            let (n, weights) = (neurons.len(), fitted.weights());
            let share = 1.0 / options.horizon as f64;
            square(n, |to, from| (0..options.horizon).map(|h| share * weights[(level * n + from, h * n + to)]).sum())
        }
        method => mean_of_animals(set, |r| pairwise(r, method, options), |w| w)?,
    };
    Relations::new(options.method.name(), Arc::clone(neurons), weights)
}

/// How strongly each pair is correlated, the mean over animals: of absolute values, and of values with their signs (then
/// its absolute value). What relations are held against.
///
/// # Errors
/// As [`infer`].
pub(super) fn strength(set: &RecordingSet, method: Method) -> Result<[Vec<f64>; 2]> {
    let options = InferOptions::default();
    let absolute = mean_of_animals(set, |r| pairwise(r, method, &options), f64::abs)?;
    let signed = mean_of_animals(set, |r| pairwise(r, method, &options), |w| w)?;
    Ok([absolute, signed.into_iter().map(f64::abs).collect()])
}

fn whole(set: &RecordingSet) -> Vec<Segment> {
    set.recordings().iter().map(Segment::whole).collect()
}

fn square(n: usize, weight: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..n * n).map(|i| weight(i / n, i % n)).collect()
}

fn mean_of_animals(
    set: &RecordingSet,
    of: impl Fn(&Recording) -> Result<Vec<f64>>,
    each: impl Fn(f64) -> f64,
) -> Result<Vec<f64>> {
    let n = set.recordings()[0].len();
    let mut sum = vec![0.0; n * n];
    for recording in set.recordings() {
        crate::interrupt::check()?;
        of(recording)?.into_iter().zip(&mut sum).for_each(|(v, sum)| *sum += each(v) / set.len() as f64);
    }
    Ok(sum)
}

fn pairwise(recording: &Recording, method: Method, options: &InferOptions) -> Result<Vec<f64>> {
    match method {
        Method::Difference => {
            if options.frames == 0 {
                return Err(Error::value("changes over 0 frames").help("give `frames: 1` or more"));
            }
            let n = recording.len();
            let (traces, shift) = (recording.traces(), options.frames * n);
            let changes = (shift..traces.len()).map(|i| traces[i] - traces[i - shift]).collect();
            Ok(recording.with_traces(changes, None, recording.dt()).correlation()?.values().to_vec())
        }
        Method::Partial => partial(recording, options.lambda.unwrap_or(1e-6)),
        _ => Ok(recording.correlation()?.values().to_vec()),
    }
}

/// Partial correlations from the inverse of the matrix of correlations, `floor` on its diagonal.
fn partial(recording: &Recording, floor: f64) -> Result<Vec<f64>> {
    let (n, all) = (recording.len(), recording.correlation()?);
    // A neuron that never changes is correlated with nothing, itself included.
    let own = |i: usize, j: usize| if i == j { 1.0 + floor } else { all.row(i)[j] };
    let matrix = Mat::from_fn(n, n, own);
    let factor = matrix.llt(Side::Lower).map_err(|_| {
        Error::value(format!("partial correlation: neurons of `{}` depend on each other", recording.name()))
            .help("give a `lambda` such as 0.01, or leave neurons out")
    })?;
    let inverse = factor.inverse();
    Ok(square(n, |i, j| -inverse[(i, j)] / (inverse[(i, i)] * inverse[(j, j)]).sqrt()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::activity::simulate;

    /// A drives B one frame later, B drives C against its sign; D is alone.
    fn chain(seed: u64) -> Recording {
        let mut x = [0.0f64; 4];
        let mut state = seed;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / (1u64 << 23) as f64 - 1.0
        };
        let mut traces = Vec::new();
        for _ in 0..1500 {
            x = [
                0.6 * x[0] + noise(),
                0.4 * x[1] + 0.8 * x[0] + 0.3 * noise(),
                0.4 * x[2] - 0.8 * x[1] + 0.3 * noise(),
                0.6 * x[3] + noise(),
            ];
            traces.extend(x);
        }
        Recording::new(format!("w{seed}"), ["A", "B", "C", "D"].map(String::from).to_vec(), traces, 1.0).unwrap()
    }

    #[test]
    fn autoregression_finds_who_sends_and_correlation_only_who_is_alike() {
        let set = RecordingSet::new(vec![chain(1), chain(2)]).unwrap();
        let by = |method, order| {
            infer(&set, &InferOptions { method, order, horizon: 2, lambda: Some(1.0), ..Default::default() }).unwrap()
        };
        let var = by(Method::Var, 1);
        let edges: Vec<(usize, usize)> = var.edges()[..2].iter().map(|e| (e.0, e.1)).collect();
        assert!(edges.contains(&(1, 0)) && edges.contains(&(2, 1)), "{var}");
        assert!((var.weight(1, 0) - 0.8).abs() < 0.05 && (var.weight(2, 1) + 0.8).abs() < 0.05, "{var}");
        assert!(var.edges()[2].2.abs() < 0.1);
        let ridge = by(Method::Ridge, 4);
        assert!(ridge.weight(1, 0) > 0.4 && ridge.weight(2, 1) < -0.3, "{ridge}");
        let alike = by(Method::Correlation, 4);
        assert_eq!(alike.weight(0, 1), alike.weight(1, 0));
        assert!(alike.weight(0, 2).abs() > by(Method::Partial, 4).weight(0, 2).abs());
        assert!(by(Method::Difference, 4).weight(3, 0).abs() < 0.1);
    }

    #[test]
    fn what_cannot_be_inferred_is_refused() {
        let set = simulate::worm(&simulate::WormOptions { animals: 2, frames: 60, ..Default::default() }, 1)
            .unwrap()
            .recordings;
        let fails = |options: InferOptions| infer(&set, &options).unwrap_err();
        assert!(fails(InferOptions { lags: vec![1], ..Default::default() }).message.contains("lag 0"));
        assert!(fails(InferOptions { method: Method::Difference, frames: 0, ..Default::default() }).help.is_some());
        assert!(
            fails(InferOptions { method: Method::Var, order: 0, ..Default::default() }).message.contains("order 0")
        );
        assert!(fails(InferOptions { frames: 60, ..Default::default() }).message.contains("60 frames"));
        assert!(fails(InferOptions { horizon: 0, ..Default::default() }).help.is_some());
    }
}
