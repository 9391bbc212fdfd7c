//! Phase oscillators, some pairs of which are coupled.
//!
//! `dφ_i/dt = ω_i + Σ_j k_ij sin(φ_j - φ_i)` with `k` 0 or 1, natural frequencies from 1 to 10, and every tenth of the
//! steps of 0.01 kept, as in Neural Relational Inference (Kipf et al. 2018, appendix), integrated by the classical
//! Runge-Kutta method of fourth order.

use std::f64::consts::TAU;

use rand::Rng as _;
use serde::{Deserialize, Serialize};

use super::{Simulation, Trajectories};
use crate::error::{Error, Result};

/// What is recorded of an oscillator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observed {
    /// dφ/dt and sin φ, as in the paper. How an oscillator is pulled at the moment is seen directly, what it will be only
    /// with memory, for the sign of cos φ is missing.
    #[default]
    Rate,
    /// The phase as a point of the circle: a frame is the whole state, and how an oscillator is pulled has to be inferred.
    Phase,
}

/// What is simulated. Times are without unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KuramotoOptions {
    /// Number of trajectories, each with couplings of its own.
    pub trajectories: usize,
    /// Number of oscillators.
    pub nodes: usize,
    /// Frames of a trajectory.
    pub frames: usize,
    /// Probability that two oscillators are coupled.
    pub probability: f64,
    /// Strength of a coupling.
    pub strength: f64,
    /// Least natural frequency, in radians per unit of time.
    pub slowest: f64,
    /// Largest natural frequency.
    pub fastest: f64,
    /// What is recorded of an oscillator.
    pub observed: Observed,
}

impl Default for KuramotoOptions {
    fn default() -> Self {
        KuramotoOptions {
            trajectories: 100,
            nodes: 5,
            frames: 49,
            probability: 0.5,
            strength: 1.0,
            slowest: 1.0,
            fastest: 10.0,
            observed: Observed::Rate,
        }
    }
}

const STEP: f64 = 0.01;
const KEPT: usize = 10;

/// Simulates oscillators. One has three columns: by `observed` either `o1_rate` (dφ/dt), `o1_sin` (sin φ) and `o1_omega`
/// (its natural frequency), or `o1_sin`, `o1_cos` and `o1_omega`.
///
/// # Errors
/// When an option makes no sense, and on a requested stop.
pub fn kuramoto(options: &KuramotoOptions, seed: u64) -> Result<Simulation> {
    let o = options;
    if !((0.0..=1.0).contains(&o.probability)
        && o.strength.is_finite()
        && o.slowest.is_finite()
        && o.fastest.is_finite()
        && o.slowest < o.fastest)
    {
        return Err(Error::value("kuramoto: the probability is from 0 to 1, and `slowest` is below `fastest`")
            .help("see the defaults in the documentation of `activity::simulate`"));
    }
    super::check(o.trajectories, o.nodes, o.frames, 3)?;
    let nodes: Vec<String> = (1..=o.nodes).map(|i| format!("o{i}")).collect();
    let columns = match o.observed {
        Observed::Rate => &["rate", "sin", "omega"],
        Observed::Phase => &["sin", "cos", "omega"],
    };
    let system = Trajectories { kind: "kuramoto", nodes: &nodes, columns, dt: STEP * KEPT as f64 };
    system.simulate(o.trajectories, seed, |rng| {
        let edges = super::undirected(o.nodes, o.probability, rng);
        let omega: Vec<f64> = (0..o.nodes).map(|_| rng.gen_range(o.slowest..o.fastest)).collect();
        let phases: Vec<f64> = (0..o.nodes).map(|_| rng.gen_range(0.0..TAU)).collect();
        let traces = trajectory(&edges, &omega, phases, o);
        (edges, traces)
    })
}

fn trajectory(edges: &[f64], omega: &[f64], mut phases: Vec<f64>, o: &KuramotoOptions) -> Vec<f64> {
    let n = omega.len();
    let rates = |phases: &[f64]| -> Vec<f64> {
        let pull = |i: usize| (0..n).map(|j| edges[i * n + j] * (phases[j] - phases[i]).sin()).sum::<f64>();
        (0..n).map(|i| omega[i] + o.strength * pull(i)).collect()
    };
    let along = |phases: &[f64], rate: &[f64], h: f64| -> Vec<f64> {
        phases.iter().zip(rate).map(|(p, r)| p + h * r).collect()
    };
    let mut traces = Vec::with_capacity(o.frames * n * 3);
    for step in 0..o.frames * KEPT {
        let first = rates(&phases);
        if step % KEPT == 0 {
            for i in 0..n {
                traces.extend(match o.observed {
                    Observed::Rate => [first[i], phases[i].sin(), omega[i]],
                    Observed::Phase => [phases[i].sin(), phases[i].cos(), omega[i]],
                });
            }
        }
        let second = rates(&along(&phases, &first, STEP / 2.0));
        let third = rates(&along(&phases, &second, STEP / 2.0));
        let fourth = rates(&along(&phases, &third, STEP));
        for i in 0..n {
            phases[i] += STEP / 6.0 * (first[i] + 2.0 * second[i] + 2.0 * third[i] + fourth[i]);
        }
    }
    traces
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn two_coupled_oscillators_follow_adlers_equation() {
        // ψ = φ1 - φ2 follows dψ/dt = Δ - 2 sin ψ: with |Δ| < 2 it locks, and both run at their mean frequency.
        let options = KuramotoOptions { nodes: 2, frames: 200, ..Default::default() };
        let traces = trajectory(&[0.0, 1.0, 1.0, 0.0], &[3.0, 4.0], vec![0.3, 2.0], &options);
        let last = &traces[traces.len() - 6..];
        assert!((last[0] - 3.5).abs() < 1e-6 && (last[3] - 3.5).abs() < 1e-6, "{last:?}");
        let alone = trajectory(&[0.0; 4], &[3.0, 4.0], vec![0.3, 2.0], &options);
        let expected = (0.3 + 3.0 * 0.1 * 199.0f64).sin();
        assert!((alone[alone.len() - 5] - expected).abs() < 1e-9);
    }

    #[test]
    fn numbers_hang_on_the_seed_alone() {
        let options = KuramotoOptions { trajectories: 5, ..Default::default() };
        let made = kuramoto(&options, 2).unwrap();
        assert_eq!(made, kuramoto(&options, 2).unwrap());
        let recording = &made.recordings.recordings()[4];
        assert_eq!((recording.len(), recording.neurons()[1].as_str()), (15, "o1_sin"));
        // The same oscillators, seen otherwise.
        let phase = kuramoto(&KuramotoOptions { observed: Observed::Phase, ..options.clone() }, 2).unwrap();
        let (rates, circle) = (recording.traces(), phase.recordings.recordings()[4].traces());
        assert_eq!((rates[1], rates[2]), (circle[0], circle[2]));
        assert!((circle[0].hypot(circle[1]) - 1.0).abs() < 1e-12);
        assert!(kuramoto(&KuramotoOptions { slowest: 11.0, ..options }, 2).is_err());
    }
}
