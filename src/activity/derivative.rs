//! Derivatives of noisy traces.
//!
//! A plain difference of neighbouring frames is mostly noise. Two ways out: smoothing first, which blurs the onsets that
//! tell states apart, and the total-variation regularised derivative of Chartrand (2011), which keeps jumps.
//!
//! Chartrand's `u` minimises `α ∫ |u'| + ½ ∫ (Au - f)²`, with `A` the integral from the first frame. Here `u` is constant
//! between frames, so `F = Au` can stand for it: `u = DF`. Then lagged diffusivity (his equations 2.6 to 2.9) asks for
//! the solution of a system with five diagonals in each step, which takes time linear in the frames, where `AᵀA` would
//! be full. The constant of integration is free instead of fixed to the noisy first frame.

use serde::{Deserialize, Serialize};

use super::Recording;
use crate::error::{Error, Result};

/// How a derivative is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DerivativeMethod {
    /// Central differences of a moving average.
    Smooth,
    /// Total-variation regularised.
    Tv,
}

/// How traces are differentiated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DerivativeOptions {
    /// Which way.
    pub method: DerivativeMethod,
    /// Frames of the moving average, odd; at the ends it is narrower, and stays centred. For `smooth`.
    pub window: usize,
    /// Weight of the total variation of the derivative, in the square of the traces' unit times seconds squared. For
    /// `tv`.
    pub alpha: f64,
    /// Steps of lagged diffusivity at most. For `tv`.
    pub max_iter: usize,
    /// Ends when no value of the derivative changes by more than this share of the largest. For `tv`.
    pub tol: f64,
    /// Rounds off the corner of `|u'|` at zero: a jump of the derivative much smaller than this counts for little. A
    /// share of the root mean square of the plain differences. For `tv`.
    pub corner: f64,
}

impl Default for DerivativeOptions {
    fn default() -> Self {
        DerivativeOptions {
            method: DerivativeMethod::Smooth,
            window: 5,
            alpha: 0.02,
            max_iter: 200,
            tol: 1e-6,
            corner: 1e-4,
        }
    }
}

impl Recording {
    /// The recording with its traces' derivatives per second in their place.
    ///
    /// # Errors
    /// When a value is missing, there are fewer than three frames, or an option makes no sense.
    pub fn derivative(&self, options: &DerivativeOptions) -> Result<Recording> {
        self.require_finite("a derivative")?;
        if self.frames() < 3 {
            return Err(Error::value(format!("recording `{}` has {} frames", self.name(), self.frames()))
                .help("a derivative takes 3 frames or more"));
        }
        if options.window.is_multiple_of(2) {
            return Err(Error::value(format!("derivative: a window of {} frames", options.window))
                .help("give an odd number of frames, such as 5"));
        }
        let positive = [("alpha", options.alpha), ("tol", options.tol), ("corner", options.corner)];
        if let Some((name, value)) = positive.into_iter().find(|(_, v)| !(*v > 0.0 && v.is_finite())) {
            return Err(Error::value(format!("derivative: {name} `{value}`")).help("give a number above 0"));
        }
        let n = self.len();
        let mut traces = vec![0.0; self.traces().len()];
        for neuron in 0..n {
            crate::interrupt::check()?;
            let trace = self.trace(neuron);
            let slope = match options.method {
                DerivativeMethod::Smooth => smooth(&trace, options.window, self.dt()),
                DerivativeMethod::Tv => at_frames(&total_variation(&trace, self.dt(), options)?),
            };
            slope.into_iter().enumerate().for_each(|(t, v)| traces[t * n + neuron] = v);
        }
        Ok(self.with_traces(traces, self.states().cloned(), self.dt()))
    }
}

/// Central differences of a centred moving average; one-sided at the ends.
fn smooth(trace: &[f64], window: usize, dt: f64) -> Vec<f64> {
    let last = trace.len() - 1;
    let averaged: Vec<f64> = (0..=last)
        .map(|t| {
            let half = (window / 2).min(t).min(last - t);
            trace[t - half..=t + half].iter().sum::<f64>() / (2 * half + 1) as f64
        })
        .collect();
    let slope = |t: usize| {
        let (from, to) = (t.saturating_sub(1), (t + 1).min(last));
        (averaged[to] - averaged[from]) / ((to - from) as f64 * dt)
    };
    (0..=last).map(slope).collect()
}

/// The mean of the derivatives before and behind each frame.
fn at_frames(between: &[f64]) -> Vec<f64> {
    let last = between.len() - 1;
    (0..=between.len()).map(|t| 0.5 * (between[t.saturating_sub(1)] + between[t.min(last)])).collect()
}

/// The derivative between each frame and the next that minimises
/// `α Σ sqrt((u[i+1] - u[i])² + ε²) + dt/2 Σ (F[t] - f[t])²`, where `u = DF` and `F` has the length of `f`.
fn total_variation(f: &[f64], dt: f64, options: &DerivativeOptions) -> Result<Vec<f64>> {
    let n = f.len();
    let slopes = |f: &[f64]| -> Vec<f64> { f.windows(2).map(|w| (w[1] - w[0]) / dt).collect() };
    let mut u = slopes(f);
    let level = (u.iter().map(|v| v * v).sum::<f64>() / u.len() as f64).sqrt();
    if level == 0.0 {
        return Ok(u);
    }
    let corner = options.corner * level;
    for _ in 0..options.max_iter {
        crate::interrupt::check()?;
        // The diagonals of dt I + α Sᵀ W S, where S takes second differences over dt.
        let mut diagonals = [vec![dt; n], vec![0.0; n], vec![0.0; n]];
        for i in 0..n - 2 {
            let jump = u[i + 1] - u[i];
            let weight = options.alpha / (jump * jump + corner * corner).sqrt() / (dt * dt);
            let row = [1.0, -2.0, 1.0];
            for (a, &left) in row.iter().enumerate() {
                for (b, &right) in row.iter().enumerate().skip(a) {
                    diagonals[b - a][i + a] += weight * left * right;
                }
            }
        }
        let smoothed = solve_five(diagonals, f.iter().map(|v| v * dt).collect());
        let next = slopes(&smoothed);
        let scale = next.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let change = next.iter().zip(&u).fold(0.0f64, |m, (a, b)| m.max((a - b).abs()));
        u = next;
        if change <= options.tol * scale {
            break;
        }
    }
    Ok(u)
}

/// Solves a symmetric positive definite system with five diagonals (the main one and two above it) as `LDLᵀ`.
fn solve_five([mut d, mut e, mut g]: [Vec<f64>; 3], mut x: Vec<f64>) -> Vec<f64> {
    let n = d.len();
    for i in 0..n {
        let (pivot, one, two) = (d[i], e[i], g[i]);
        if i + 1 < n {
            let low = one / pivot;
            d[i + 1] -= low * one;
            x[i + 1] -= low * x[i];
            if i + 2 < n {
                e[i + 1] -= low * two;
            }
            e[i] = low;
        }
        if i + 2 < n {
            let low = two / pivot;
            d[i + 2] -= low * two;
            x[i + 2] -= low * x[i];
            g[i] = low;
        }
    }
    for i in (0..n).rev() {
        x[i] /= d[i];
        if i + 1 < n {
            x[i] -= e[i] * x[i + 1];
        }
        if i + 2 < n {
            x[i] -= g[i] * x[i + 2];
        }
    }
    x
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(trace: Vec<f64>, dt: f64) -> Recording {
        Recording::new("w", vec!["A".into()], trace, dt).unwrap()
    }

    #[test]
    fn straight_lines_have_their_slope_either_way() {
        let line = of((0..20).map(|t| 3.0 - 0.25 * f64::from(t)).collect(), 0.5);
        for method in [DerivativeMethod::Smooth, DerivativeMethod::Tv] {
            let slope = line.derivative(&DerivativeOptions { method, ..Default::default() }).unwrap();
            assert!(slope.trace(0).iter().all(|v| (v + 0.5).abs() < 1e-9), "{:?}", slope.trace(0));
        }
        let constant = of(vec![2.0; 5], 0.5);
        let options = DerivativeOptions { method: DerivativeMethod::Tv, ..Default::default() };
        assert_eq!(constant.derivative(&options).unwrap().trace(0), [0.0; 5]);
    }

    #[test]
    fn total_variation_agrees_with_a_general_minimiser() {
        // tests/fixtures/activity/make_tv.py minimises the same functional over u, with the integral as a full matrix,
        // by Newton's method in numpy.
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/activity/tv.json");
        let fixture: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let list = |name: &str| -> Vec<f64> { serde_json::from_value(fixture[name].clone()).unwrap() };
        let number = |name: &str| fixture[name].as_f64().unwrap();
        let options = DerivativeOptions {
            method: DerivativeMethod::Tv,
            alpha: number("alpha"),
            corner: number("corner"),
            max_iter: 20_000,
            tol: 1e-12,
            ..Default::default()
        };
        let (found, expected) = (total_variation(&list("f"), number("dt"), &options).unwrap(), list("u"));
        assert_eq!(found.len(), expected.len());
        let off = found.iter().zip(&expected).fold(0.0f64, |m, (a, b)| m.max((a - b).abs()));
        assert!(off < 1e-4, "off by {off}");
    }

    #[test]
    fn a_kink_stays_a_jump_of_the_derivative() {
        let noise = |t: i32| 0.02 * f64::from((t * 7919 % 13) - 6) / 6.0;
        let kink = of((0..200).map(|t| f64::from((t - 100).max(0)) * 0.1 + noise(t)).collect(), 0.1);
        let options = DerivativeOptions { method: DerivativeMethod::Tv, alpha: 0.02, ..Default::default() };
        let slope = kink.derivative(&options).unwrap().trace(0);
        assert!(slope[..90].iter().all(|v| v.abs() < 0.15), "{:?}", &slope[..90]);
        assert!(slope[110..].iter().all(|v| (v - 1.0).abs() < 0.15));
    }

    #[test]
    fn options_without_sense_are_refused() {
        let r = of(vec![1.0, 2.0, 4.0], 1.0);
        assert!(r.derivative(&DerivativeOptions { window: 4, ..Default::default() }).is_err());
        assert!(r.derivative(&DerivativeOptions { alpha: 0.0, ..Default::default() }).is_err());
        assert!(of(vec![1.0, 2.0], 1.0).derivative(&DerivativeOptions::default()).is_err());
        assert!(of(vec![1.0, f64::NAN, 2.0], 1.0).derivative(&DerivativeOptions::default()).is_err());
    }
}
