//! Arbors that grow from tips which elongate, wander, fork and stop.
//!
//! Elongation is a correlated random walk: a heading that drifts slowly and is drawn up, down and away from the soma,
//! and a short-range wobble about it. Forking follows the BESTL model of dendritic growth (van Pelt & Uylings 2002,
//! Network 13:261; in NETMORPH, Koene et al. 2009, Neuroinformatics 7:195) with path length in the place of time and full
//! competition between tips (its `E = 1`): a stem forks at the total rate
//!
//! ```text
//! B / (tau (1 - exp(-R/tau))) · exp(-t/tau)      per µm, where t is the path length reached and R its end
//! ```
//!
//! so that it is expected to fork `B` times, and the fork falls on a tip of centrifugal order `g` with probability
//! proportional to `2^(-S g)`.

use rand::Rng as _;

use super::class::{Axis, Twigs, Walk};
use super::sketch::Sketch;
use super::vector::{UP, Vector, along, dot, noise, perpendicular, tilted, unit};
use crate::morph::kind;
use crate::run::seed::Rng;

/// Length of one growth step, in µm. Much shorter than any structure, so that the sampling chosen later does not
/// change the cell.
const STEP: f64 = 1.0;

/// Distance over which the wobble of a branch forgets itself, in µm.
const WOBBLE_LENGTH: f64 = 7.0;

/// How far a branch has to run before it may fork, in µm.
const UNFORKED: f64 = 5.0;

/// What one cell's growth depends on besides the class: its size and its place below the pia.
pub(super) struct Cell {
    /// Factor on the lengths of the class's table.
    pub size: f64,
    /// Factor on the numbers of forks of the class's table.
    pub branching: f64,
    /// Height of the pia (or of what else bounds the arbor above) over the soma's centre, in µm.
    pub pia: f64,
}

/// A growing tip.
struct Tip {
    node: u32,
    heading: Vector,
    wobble: Vector,
    order: i32,
    /// Path length so far, and that at which the tip stops, in µm.
    path: f64,
    end: f64,
    /// Path length since the last fork, in µm.
    since: f64,
}

impl Tip {
    fn new(node: u32, heading: Vector, end: f64) -> Self {
        Tip { node, heading, wobble: [0.0; 3], order: 0, path: 0.0, end, since: 0.0 }
    }

    /// Elongates by one step; says whether the tip goes on.
    fn step(&mut self, sketch: &mut Sketch, walk: &Walk, of: u16, cell: &Cell, rng: &mut Rng) -> bool {
        let here = sketch.position[self.node as usize];
        let keep = (-STEP / WOBBLE_LENGTH).exp();
        let fresh = walk.wobble * (1.0 - keep * keep).sqrt();
        self.wobble = along(self.wobble.map(|w| w * keep), fresh, noise(rng));
        self.heading = along(self.heading, walk.drift * STEP.sqrt(), noise(rng));
        self.heading = along(self.heading, walk.up * STEP, UP);
        self.heading = unit(along(self.heading, walk.out * STEP, unit(here)));
        if here[1] > cell.pia {
            // Dendrites end within some 10 µm; axons run on beneath it.
            if of != kind::AXON && rng.r#gen::<f64>() < STEP / 10.0 {
                return false;
            }
            if of == kind::AXON {
                self.heading = unit([self.heading[0], -0.05, self.heading[2]]);
            }
        }
        let next = along(here, STEP, unit(along(self.heading, 1.0, self.wobble)));
        self.node = sketch.push(self.node, next, of);
        self.path += STEP;
        self.since += STEP;
        self.path < self.end
    }

    /// Splits into the tip that goes on and the one that branches off.
    fn fork(&self, walk: &Walk, cell: &Cell, rng: &mut Rng) -> [Tip; 2] {
        let angle = walk.angle.draw(rng).clamp(15.0, 140.0).to_radians();
        // The branch that goes on turns less than the one that leaves.
        let part = rng.gen_range(0.1..0.5);
        let across = perpendicular(self.heading, rng);
        let reach = walk.reach.draw(rng) * cell.size;
        let left = (reach - self.path).max(0.0) * walk.side * rng.gen_range(0.5..1.5);
        let daughter = |turn: f64, end: f64| Tip {
            node: self.node,
            heading: tilted(self.heading, turn, across),
            wobble: [0.0; 3],
            order: self.order + 1,
            path: self.path,
            // A fork leaves two branches that can be seen.
            end: end.max(self.path + 2.0 * UNFORKED),
            since: 0.0,
        };
        [daughter(part * angle, self.end), daughter((part - 1.0) * angle, self.path + left)]
    }
}

/// Grows one stem or side branch from `node` along the unit vector `heading`.
pub(super) fn grow(sketch: &mut Sketch, node: u32, heading: Vector, walk: &Walk, of: u16, cell: &Cell, rng: &mut Rng) {
    let reach = walk.reach.draw(rng).max(2.0 * UNFORKED) * cell.size;
    let forks = walk.forks * cell.branching;
    let rate = forks / (walk.tau * (1.0 - (-reach / walk.tau).exp()));
    let mut tips = vec![Tip::new(node, heading, reach)];
    let (mut time, mut due) = (0.0, 0);
    while !tips.is_empty() {
        tips.retain_mut(|tip| tip.step(sketch, walk, of, cell, rng));
        time += STEP;
        if time < reach && rng.r#gen::<f64>() < rate * (-time / walk.tau).exp() * STEP {
            due += 1;
        }
        // A fork that finds no tip old enough waits for one.
        if due > 0
            && let Some(chosen) = forking(&tips, walk, rng)
        {
            due -= 1;
            let pair = tips[chosen].fork(walk, cell, rng);
            tips.swap_remove(chosen);
            tips.extend(pair);
        }
    }
}

/// The tip that forks next, weighed by order, if one is old enough.
fn forking(tips: &[Tip], walk: &Walk, rng: &mut Rng) -> Option<usize> {
    let weight = |tip: &Tip| if tip.since < UNFORKED { 0.0 } else { (-walk.order * f64::from(tip.order)).exp2() };
    let total: f64 = tips.iter().map(weight).sum();
    if total <= 0.0 {
        return None;
    }
    let mut left = rng.gen_range(0.0..total);
    tips.iter().position(|tip| {
        left -= weight(tip);
        left < 0.0
    })
}

/// Grows a main branch with side branches and a crown at its end.
pub(super) fn grow_axis(
    sketch: &mut Sketch,
    node: u32,
    heading: Vector,
    axis: &Axis,
    of: u16,
    cell: &Cell,
    rng: &mut Rng,
) {
    let length = axis.length.draw(rng).max(5.0) * cell.size;
    let mut trunk = Tip::new(node, heading, length);
    let gap = |rng: &mut Rng| axis.spacing * rng.gen_range(0.3..1.7);
    let mut next = axis.sides[0] * length + gap(rng) / 2.0;
    while trunk.step(sketch, &axis.trunk, of, cell, rng) {
        if trunk.path >= next && trunk.path < axis.sides[1] * length {
            let away = perpendicular(trunk.heading, rng);
            let aside = tilted(trunk.heading, axis.angle.draw(rng).to_radians(), away);
            grow(sketch, trunk.node, aside, &axis.side, of, cell, rng);
            next += gap(rng).max(STEP);
        }
    }
    grow(sketch, trunk.node, trunk.heading, &axis.crown, of, cell, rng);
}

/// Grows a straight unforked branch of a length (µm) and returns its last node.
pub(super) fn grow_stalk(sketch: &mut Sketch, node: u32, heading: Vector, length: f64, of: u16) -> u32 {
    let start = sketch.position[node as usize];
    let steps = (length / STEP).ceil().max(1.0) as usize;
    (1..=steps)
        .fold(node, |last, step| sketch.push(last, along(start, length * step as f64 / steps as f64, heading), of))
}

/// Hangs short vertical branches on the unbranched nodes from `first` on.
pub(super) fn hang(sketch: &mut Sketch, first: usize, twigs: &Twigs, of: u16, cell: &Cell, rng: &mut Rng) {
    let mut children = vec![0u8; sketch.len() - first];
    for node in first..sketch.len() {
        if let Some(parent) = (sketch.parent[node] as usize).checked_sub(first) {
            children[parent] += 1;
        }
    }
    let mut left = twigs.spacing * rng.r#gen::<f64>();
    for (node, &children) in (first..).zip(&children) {
        left -= STEP;
        let here = sketch.position[node];
        if left <= 0.0 && children == 1 && dot(here, here).sqrt() > twigs.clear {
            left = twigs.spacing * rng.gen_range(0.4..1.6);
            let way = if rng.r#gen::<f64>() < 0.5 { UP } else { UP.map(|x| -x) };
            let way = unit(along(way, 0.15, noise(rng)));
            grow(sketch, node as u32, way, &twigs.walk, of, cell, rng);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::class::Around;
    use super::*;
    use crate::run::seed::stream;

    const WALK: Walk = Walk {
        reach: Around(120.0, 0.0),
        forks: 4.0,
        tau: 60.0,
        order: 0.0,
        angle: Around(60.0, 10.0),
        side: 1.0,
        wobble: 0.4,
        drift: 0.04,
        up: 0.0,
        out: 0.0,
    };
    const CELL: Cell = Cell { size: 1.0, branching: 1.0, pia: 1e9 };

    fn grown(walk: &Walk, seed: u64) -> Sketch {
        let mut sketch = Sketch::new(5.0);
        let start = sketch.push(0, [0.0, 5.0, 0.0], kind::DENDRITE);
        grow(&mut sketch, start, UP, walk, kind::DENDRITE, &CELL, &mut stream(seed, "walk", 0));
        sketch
    }

    /// Path length from the stem's start at which each fork lies.
    fn forks(sketch: &Sketch) -> Vec<f64> {
        let mut children = vec![0; sketch.len()];
        let mut depth = vec![0.0; sketch.len()];
        for node in 2..sketch.len() {
            let parent = sketch.parent[node] as usize;
            children[parent] += 1;
            depth[node] = depth[parent] + STEP;
        }
        (2..sketch.len()).filter(|&node| children[node] == 2).map(|node| depth[node]).collect()
    }

    #[test]
    fn stems_fork_as_often_and_as_far_out_as_the_model_says() {
        let found: Vec<f64> = (0..400).flat_map(|seed| forks(&grown(&WALK, seed))).collect();
        let count = found.len() as f64 / 400.0;
        // Poisson: the mean's standard error is 2 / 20 = 0.1.
        assert!((3.7..4.3).contains(&count), "{count} forks per stem");
        // The mean of an exponential of scale 60 cut off at 120: 60 - 120 / (e^2 - 1) = 41.2; a little more because
        // forks wait for a tip that has run 5 µm.
        let mean = found.iter().sum::<f64>() / found.len() as f64;
        assert!((40.0..46.0).contains(&mean), "forks at {mean} µm on average");
    }

    #[test]
    fn tips_stop_at_their_reach_and_dendrites_at_the_pia() {
        let straight = Walk { forks: 0.0, ..WALK };
        assert_eq!(grown(&straight, 1).len(), 2 + 120);
        let mut sketch = Sketch::new(5.0);
        let start = sketch.push(0, [0.0, 5.0, 0.0], kind::DENDRITE);
        let cell = Cell { pia: 40.0, ..CELL };
        grow(&mut sketch, start, UP, &straight, kind::DENDRITE, &cell, &mut stream(1, "walk", 0));
        let end = sketch.position[sketch.len() - 1][1];
        // The distance run beyond it is exponential with a mean of 10 µm.
        assert!(end > 40.0 && end < 80.0, "ends at {end} µm");
    }

    #[test]
    fn headings_are_drawn_up() {
        let mean_y = |up: f64| {
            let walk = Walk { up, forks: 0.0, ..WALK };
            (0..40).map(|seed| grown(&walk, seed).position.last().map_or(0.0, |p| p[1])).sum::<f64>() / 40.0
        };
        assert!(mean_y(0.03) > mean_y(0.0) + 5.0 && mean_y(-0.03) < mean_y(0.0) - 40.0);
    }
}
