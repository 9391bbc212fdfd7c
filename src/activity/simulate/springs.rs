//! Particles in a box, some pairs of which are joined by springs.
//!
//! The generator of Neural Relational Inference (Kipf et al. 2018): unit masses in a plane, `F_i = -k Σ e_ij (r_i - r_j)`,
//! leapfrog steps of 0.001, walls that reflect, every hundredth step kept.

use rand::Rng as _;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::{Simulation, Trajectories};
use crate::error::{Error, Result};
use crate::run::seed::Rng;

/// What is simulated. Lengths and times are without unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpringsOptions {
    /// Number of trajectories, each with springs of its own.
    pub trajectories: usize,
    /// Number of particles.
    pub nodes: usize,
    /// Frames of a trajectory.
    pub frames: usize,
    /// Probability of a spring between two particles.
    pub probability: f64,
    /// Stiffness of a spring.
    pub strength: f64,
    /// Half the width of the box.
    pub box_size: f64,
    /// Standard deviation of the places at the start.
    pub spread: f64,
    /// Speed at the start.
    pub speed: f64,
    /// Standard deviation of noise on what is observed.
    pub noise: f64,
}

impl Default for SpringsOptions {
    fn default() -> Self {
        SpringsOptions {
            trajectories: 100,
            nodes: 5,
            frames: 49,
            probability: 0.5,
            strength: 0.1,
            box_size: 5.0,
            spread: 0.5,
            speed: 0.5,
            noise: 0.0,
        }
    }
}

const STEP: f64 = 0.001;
const KEPT: usize = 100;

/// Simulates springs. A particle has four columns: `p1_x`, `p1_y`, `p1_vx`, `p1_vy`.
///
/// # Errors
/// When an option makes no sense, and on a requested stop.
pub fn springs(options: &SpringsOptions, seed: u64) -> Result<Simulation> {
    let o = options;
    let positive = [o.box_size, o.spread, o.speed].iter().all(|v| *v > 0.0 && v.is_finite());
    let sound = positive && o.strength.is_finite() && o.noise >= 0.0 && o.noise.is_finite();
    if !(sound && (0.0..=1.0).contains(&o.probability)) {
        return Err(Error::value("springs: sizes and speed are above 0, the probability is from 0 to 1")
            .help("see the defaults in the documentation of `activity::simulate`"));
    }
    super::check(o.trajectories, o.nodes, o.frames, 4)?;
    let nodes: Vec<String> = (1..=o.nodes).map(|i| format!("p{i}")).collect();
    let columns = &["x", "y", "vx", "vy"];
    let system = Trajectories { kind: "springs", nodes: &nodes, columns, dt: STEP * KEPT as f64 };
    system.simulate(o.trajectories, seed, |rng| {
        let edges = super::undirected(o.nodes, o.probability, rng);
        let traces = trajectory(&edges, o, rng);
        (edges, traces)
    })
}

fn trajectory(edges: &[f64], o: &SpringsOptions, rng: &mut Rng) -> Vec<f64> {
    let n = o.nodes;
    let mut normal = || rng.sample::<f64, _>(StandardNormal);
    let mut places: Vec<[f64; 2]> = (0..n).map(|_| [normal() * o.spread, normal() * o.spread]).collect();
    let mut speeds: Vec<[f64; 2]> = (0..n)
        .map(|_| {
            let (x, y) = (normal(), normal());
            let length = x.hypot(y).max(f64::MIN_POSITIVE);
            [x * o.speed / length, y * o.speed / length]
        })
        .collect();
    let largest = 0.1 / STEP;
    let pull = |places: &[[f64; 2]], speeds: &mut [[f64; 2]]| {
        for i in 0..n {
            for axis in 0..2 {
                let force: f64 =
                    (0..n).map(|j| -o.strength * edges[i * n + j] * (places[i][axis] - places[j][axis])).sum();
                speeds[i][axis] += STEP * force.clamp(-largest, largest);
            }
        }
    };
    pull(&places, &mut speeds);
    let mut traces = Vec::with_capacity(o.frames * n * 4);
    let mut step = 0;
    while traces.len() < o.frames * n * 4 {
        step += 1;
        for (place, speed) in places.iter_mut().zip(&mut speeds) {
            for axis in 0..2 {
                place[axis] += STEP * speed[axis];
                if place[axis].abs() > o.box_size {
                    place[axis] = (2.0 * o.box_size - place[axis].abs()).copysign(place[axis]);
                    speed[axis] = -speed[axis].abs().copysign(place[axis]);
                }
            }
        }
        if step % KEPT == 0 {
            traces.extend(places.iter().zip(&speeds).flat_map(|(p, v)| [p[0], p[1], v[0], v[1]]));
        }
        pull(&places, &mut speeds);
    }
    if o.noise > 0.0 {
        traces.iter_mut().for_each(|v| *v += o.noise * rng.sample::<f64, _>(StandardNormal));
    }
    traces
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn two_particles_on_a_spring_swing_with_its_frequency_and_keep_their_energy() {
        let options = SpringsOptions { trajectories: 3, nodes: 2, frames: 100, probability: 1.0, ..Default::default() };
        let made = springs(&options, 1).unwrap();
        for recording in made.recordings.recordings() {
            // The distance follows d'' = -2 k d: frame by frame d(t+1) + d(t-1) = 2 cos(sqrt(2k) dt) d(t), away from walls.
            let far = recording.traces().iter().any(|v| v.abs() > 4.9);
            let d: Vec<f64> = (0..100).map(|t| recording.frame(t)[0] - recording.frame(t)[4]).collect();
            let factor = 2.0 * ((0.2f64).sqrt() * 0.1).cos();
            if !far {
                assert!(d.windows(3).all(|w| (w[0] + w[2] - factor * w[1]).abs() < 1e-6));
            }
        }
    }

    #[test]
    fn edges_are_symmetric_and_numbers_hang_on_the_seed_alone() {
        let options = SpringsOptions { trajectories: 20, ..Default::default() };
        let made = springs(&options, 5).unwrap();
        assert_eq!(made, springs(&options, 5).unwrap());
        assert_ne!(made.edges, springs(&options, 6).unwrap().edges);
        for edges in &made.edges {
            for i in 0..5 {
                assert_eq!(edges.row(i)[i], 0.0);
                assert!((0..5).all(|j| edges.row(i)[j] == edges.row(j)[i]));
            }
        }
        let r = &made.recordings.recordings()[0];
        assert_eq!((r.frames(), r.len(), r.neurons()[3].as_str()), (49, 20, "p1_vy"));
        assert!(springs(&SpringsOptions { probability: 1.5, ..options.clone() }, 1).is_err());
        assert!(springs(&SpringsOptions { nodes: 1, ..options }, 1).is_err());
    }
}
