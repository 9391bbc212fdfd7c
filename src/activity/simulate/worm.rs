//! A small network of named neurons, and an animal that goes through seven states.
//!
//! States follow each other as in the worm's cycle (forward, slowing, reversal, sustained reversal, turn, forward), each
//! for a time drawn anew. Every neuron is driven up or down by the state and by the neurons that send to it through signed
//! edges, relaxes within some seconds, and is seen with noise: `τ dx/dt = -x + tanh(W x + b(state))`. The edges and drives
//! are the same in all animals but for small differences, so that what is learnt of some holds for others.

use std::sync::Arc;

use rand::Rng as _;
use rand_distr::{Exp1, StandardNormal};
use serde::{Deserialize, Serialize};

use super::Simulation;
use crate::activity::{Recording, RecordingSet, States};
use crate::data::Matrix;
use crate::error::{Error, Result};
use crate::run::seed::{self, Rng};

/// What is simulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WormOptions {
    /// Number of animals.
    pub animals: usize,
    /// Frames of an animal.
    pub frames: usize,
    /// Seconds from a frame to the next.
    pub dt: f64,
    /// Standard deviation of noise on what is observed.
    pub noise: f64,
    /// How much edges and drives differ between animals, as a share of their size.
    pub variety: f64,
}

impl Default for WormOptions {
    fn default() -> Self {
        WormOptions { animals: 5, frames: 1500, dt: 0.35, noise: 0.05, variety: 0.15 }
    }
}

/// A state's name, its mean seconds, and what may follow with its share.
type State = (&'static str, f64, &'static [(usize, f64)]);

/// The states in the order of their cycle.
const STATES: [State; 7] = [
    ("fwd", 12.0, &[(1, 0.6), (2, 0.25), (3, 0.15)]),
    ("slow", 9.0, &[(0, 0.4), (2, 0.35), (3, 0.25)]),
    ("rev1", 3.5, &[(4, 1.0)]),
    ("rev2", 3.5, &[(4, 1.0)]),
    ("revsus", 11.0, &[(5, 0.65), (6, 0.35)]),
    ("vt", 4.0, &[(0, 0.5), (1, 0.5)]),
    ("dt", 4.0, &[(0, 0.5), (1, 0.5)]),
];

/// The neurons, and how each state drives them: up, down, or not.
const NEURONS: [(&str, [f64; 7]); 16] = [
    ("AIBL", [-1.0, 0.0, 1.0, 0.5, 0.5, 0.0, 0.0]),
    ("AIBR", [-1.0, 0.0, 1.0, 0.5, 0.5, 0.0, 0.0]),
    ("AVAL", [-1.0, -1.0, 0.5, 1.0, 1.0, 0.0, 0.0]),
    ("AVAR", [-1.0, -1.0, 0.5, 1.0, 1.0, 0.0, 0.0]),
    ("AVBL", [1.0, 0.5, -1.0, -1.0, -1.0, 0.0, 0.5]),
    ("AVEL", [-1.0, -0.5, 1.0, 1.0, 0.5, -0.5, 0.0]),
    ("RIBL", [1.0, -0.5, -1.0, -1.0, -1.0, 0.5, 0.0]),
    ("RIBR", [1.0, -0.5, -1.0, -1.0, -1.0, 0.5, 0.0]),
    ("RID", [0.5, 1.0, -1.0, -0.5, -1.0, 0.0, 0.0]),
    ("RIML", [-1.0, 0.0, 0.5, 1.0, 0.5, -0.5, -0.5]),
    ("RIMR", [-1.0, 0.0, 0.5, 1.0, 0.5, -0.5, -0.5]),
    ("RIVL", [0.0, 0.0, 0.0, 0.0, -0.5, 1.0, -0.5]),
    ("RMEL", [0.5, 0.0, -0.5, 0.0, -0.5, 0.0, 1.0]),
    ("SMDDR", [0.0, 0.0, 0.0, 0.0, -0.5, -0.5, 1.0]),
    ("SMDVR", [0.0, 0.0, 0.0, 0.0, -0.5, 1.0, -0.5]),
    ("VB02", [1.0, 0.5, 0.0, -0.5, -1.0, 0.0, 0.0]),
];

/// Sender, receiver, weight.
const EDGES: [(&str, &str, f64); 22] = [
    ("AIBL", "RIML", 0.8),
    ("AIBR", "RIMR", 0.8),
    ("AIBL", "AVBL", -0.6),
    ("AIBR", "RIVL", 0.6),
    ("AVAL", "AVAR", 0.7),
    ("AVAR", "AVAL", 0.7),
    ("AVAL", "AVBL", -0.8),
    ("AVBL", "AVAL", -0.8),
    ("AVBL", "VB02", 0.9),
    ("AVBL", "RIBL", 0.5),
    ("AVEL", "AVAL", 0.6),
    ("AVEL", "AVAR", 0.6),
    ("RIBL", "RIBR", 0.6),
    ("RIBR", "RIBL", 0.6),
    ("RIML", "AVEL", 0.5),
    ("RIMR", "RIBR", -0.6),
    ("RIML", "RMEL", -0.5),
    ("RIVL", "SMDVR", 0.8),
    ("SMDDR", "RMEL", 0.7),
    ("SMDVR", "SMDDR", -0.6),
    ("RID", "VB02", 0.5),
    ("AVAR", "RID", -0.7),
];

/// Steps of a frame.
const STEPS: usize = 5;
/// Seconds in which a neuron relaxes.
const TAU: f64 = 1.8;

/// Simulates animals.
///
/// # Errors
/// When an option makes no sense.
pub fn worm(options: &WormOptions, seed: u64) -> Result<Simulation> {
    let o = options;
    if !(o.dt > 0.0 && o.dt <= 2.0 && o.noise >= 0.0 && o.noise.is_finite() && (0.0..=1.0).contains(&o.variety)) {
        return Err(Error::value("worm: `dt` is above 0 and 2 s at most, `noise` 0 or more, `variety` from 0 to 1")
            .help("see the defaults in the documentation of `activity::simulate`"));
    }
    super::check(o.animals, NEURONS.len(), o.frames, 1)?;
    let names: Arc<[String]> = NEURONS.iter().map(|(n, _)| (*n).to_string()).collect();
    let (mut recordings, mut edges) = (Vec::new(), Vec::new());
    for animal in 0..o.animals {
        crate::interrupt::check()?;
        let mut rng = seed::stream(seed, "worm", animal as u64);
        let weights = weights(&names, o.variety, &mut rng);
        let states = states(o, &mut rng);
        let traces = traces(&weights, &states, o, &mut rng);
        let state_names: Arc<[String]> = STATES.iter().map(|(n, ..)| (*n).to_string()).collect();
        let states = States::new(state_names, states.iter().map(|&s| Some(s as u32)).collect())?;
        let recording = Recording::new(format!("simulated_{}", animal + 1), names.to_vec(), traces, o.dt)?;
        recordings.push(recording.with_states(states)?);
        edges.push(Matrix::new(names.clone(), names.clone(), weights)?);
    }
    Ok(Simulation { recordings: RecordingSet::new(recordings)?, edges, columns_per_node: 1 })
}

fn weights(names: &[String], variety: f64, rng: &mut Rng) -> Vec<f64> {
    let n = names.len();
    let place = |name: &str| names.iter().position(|known| known == name);
    let mut weights = vec![0.0; n * n];
    for (from, to, weight) in EDGES {
        let share = 1.0 + variety * rng.gen_range(-1.0..1.0);
        if let (Some(from), Some(to)) = (place(from), place(to)) {
            weights[to * n + from] = weight * share;
        }
    }
    weights
}

fn states(o: &WormOptions, rng: &mut Rng) -> Vec<usize> {
    let mut states = Vec::with_capacity(o.frames);
    let mut state = 0;
    while states.len() < o.frames {
        let (_, mean, next) = STATES[state];
        // A third of the mean is always stayed; the rest is exponential.
        let seconds = mean * (1.0 + 2.0 * rng.sample::<f64, _>(Exp1)) / 3.0;
        let frames = ((seconds / o.dt).round() as usize).max(1).min(o.frames - states.len());
        states.extend(std::iter::repeat_n(state, frames));
        let mut drawn = rng.gen_range(0.0..1.0);
        state = next.last().map_or(0, |last| last.0);
        for &(candidate, share) in next {
            if drawn < share {
                state = candidate;
                break;
            }
            drawn -= share;
        }
    }
    states
}

fn traces(weights: &[f64], states: &[usize], o: &WormOptions, rng: &mut Rng) -> Vec<f64> {
    let n = NEURONS.len();
    let gains: Vec<f64> = (0..n).map(|_| 1.0 + o.variety * rng.gen_range(-1.0..1.0)).collect();
    let mut x = vec![0.0; n];
    let mut traces = Vec::with_capacity(states.len() * n);
    for &state in states {
        for _ in 0..STEPS {
            let drive = |i: usize| {
                let sent: f64 = weights[i * n..(i + 1) * n].iter().zip(&x).map(|(w, x)| w * x).sum();
                (sent + gains[i] * NEURONS[i].1[state]).tanh()
            };
            let next: Vec<f64> = (0..n).map(|i| x[i] + o.dt / STEPS as f64 / TAU * (drive(i) - x[i])).collect();
            x = next;
        }
        traces.extend(x.iter().map(|v| v + o.noise * rng.sample::<f64, _>(StandardNormal)));
    }
    traces
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::activity::behaviour::{LeaveOneOutOptions, StateModel, leave_one_out};
    use crate::activity::forecast::{Baseline, RolloutOptions, rollout};

    #[test]
    fn animals_go_through_all_states_and_share_what_can_be_learnt() {
        let made = worm(&WormOptions::default(), 1).unwrap();
        let set = &made.recordings;
        assert_eq!(set.common().len(), 16);
        for recording in set.recordings() {
            let states = recording.states().unwrap();
            assert!(states.counts().iter().all(|&n| n > 0), "{states}");
            assert!(recording.traces().iter().all(|v| v.abs() < 2.0));
        }
        let z = set.map(|r| Ok(r.zscore())).unwrap();
        let skill = rollout(&z, &Baseline::ridge(100.0), &RolloutOptions::default()).unwrap().skill();
        assert!(skill > 0.2, "{skill}");
        let told = leave_one_out(&z, &StateModel::lda(), &LeaveOneOutOptions::default()).unwrap();
        assert!(told.accuracy() > 0.7 && told.coarse().unwrap() > told.accuracy(), "{told}");
        assert_eq!(made, worm(&WormOptions::default(), 1).unwrap());
    }

    #[test]
    fn every_edge_is_in_the_matrix_with_its_sign() {
        let made = worm(&WormOptions { animals: 1, frames: 10, variety: 0.0, ..Default::default() }, 1).unwrap();
        let found: usize = made.edges[0].values().iter().filter(|v| **v != 0.0).count();
        assert_eq!(found, EDGES.len());
        let place = |name: &str| NEURONS.iter().position(|(n, _)| *n == name).unwrap();
        assert_eq!(made.edges[0].row(place("VB02"))[place("AVBL")], 0.9);
        assert!(worm(&WormOptions { dt: 0.0, ..Default::default() }, 1).is_err());
    }
}
