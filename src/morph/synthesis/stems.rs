//! Where stems leave the soma, and the growth of a whole cell from them.

use rand::Rng as _;
use rand_distr::StandardNormal;

use super::class::{Arbor, Class, Growth};
use super::sketch::Sketch;
use super::vector::{UP, Vector, distance, unit};
use super::walk::Cell;
use super::{fan, walk};
use crate::morph::kind;
use crate::run::seed::{Rng, stream};

/// Grows a cell of a class.
///
/// Every arbor has a random stream of its own, so a cell's dendrites are the same with and without its axon.
pub(super) fn grow(class: &Class, axon: bool, seed: u64) -> Sketch {
    let mut rng = stream(seed, class.name, 0);
    let mut normal = || rng.sample::<f64, _>(StandardNormal).clamp(-2.0, 2.0);
    // With the rest of chance they make dendritic cable vary by 18 to 30 % (coefficient of variation) within a class.
    let size = (0.11 * normal()).exp();
    let branching = (0.17 * normal()).exp();
    let cell = Cell { size, branching, pia: class.pia.draw(&mut rng) * size };
    let soma = class.soma.draw(&mut rng) * size.sqrt();
    let (turn, tilt) = (rng.gen_range(0.0..360.0_f64), 4.0 * rng.sample::<f64, _>(StandardNormal));
    let mut sketch = Sketch::new(soma);
    for (index, arbor) in class.arbors.iter().enumerate() {
        if axon || arbor.kind != kind::AXON {
            let mut rng = stream(seed, class.name, 1 + index as u64);
            grow_arbor(&mut sketch, arbor, soma, &cell, &mut rng);
        }
    }
    turned(&mut sketch.position, class.depth, turn.to_radians(), tilt.to_radians());
    sketch
}

fn grow_arbor(sketch: &mut Sketch, arbor: &Arbor, soma: f64, cell: &Cell, rng: &mut Rng) {
    let first = sketch.len();
    let stems = arbor.stems.draw(rng).round().max(1.0);
    // Where there are fewer stems, each one forks more: total length varies less than the number of stems.
    let cell = &Cell { branching: cell.branching * arbor.stems.0 / stems, ..*cell };
    for heading in headings(stems as usize, arbor.zone, rng) {
        let start = sketch.push(0, heading.map(|x| x * soma), arbor.kind);
        match &arbor.growth {
            Growth::Walk(tree) => walk::grow(sketch, start, heading, tree, arbor.kind, cell, rng),
            Growth::Axis(axis) => {
                walk::grow_axis(sketch, start, heading, axis, arbor.kind, cell, rng);
            }
            Growth::Cartridges(axis, twigs) => {
                walk::grow_axis(sketch, start, heading, axis, arbor.kind, cell, rng);
                walk::hang(sketch, start as usize, twigs, arbor.kind, cell, rng);
            }
            Growth::Fan(sheet) => {
                let top = walk::grow_stalk(sketch, start, heading, sheet.trunk.draw(rng), arbor.kind);
                fan::grow(sketch, top, sheet, arbor.kind, cell, rng);
            }
        }
    }
    sketch.thicken(first, &arbor.calibre, || arbor.calibre.stem.draw(rng));
}

/// Directions within a zone of elevations (degrees), kept apart: each is the best of some drawn evenly over the zone.
fn headings(count: usize, zone: [f64; 2], rng: &mut Rng) -> Vec<Vector> {
    const CANDIDATES: usize = 10;
    let [low, high] = zone.map(|degrees| degrees.to_radians().sin());
    let mut chosen: Vec<Vector> = Vec::with_capacity(count);
    for _ in 0..count {
        let candidate = |_| {
            let y = rng.gen_range(low..=high);
            let around = rng.gen_range(0.0..std::f64::consts::TAU);
            let flat = (1.0 - y * y).max(0.0).sqrt();
            unit([flat * around.cos(), y, flat * around.sin()])
        };
        let room = |v: &Vector| chosen.iter().map(|&c| distance(c, *v)).fold(2.0, f64::min);
        let best = (0..CANDIDATES).map(candidate).max_by(|a, b| room(a).total_cmp(&room(b)));
        chosen.push(best.unwrap_or(UP));
    }
    chosen
}

/// Flattens the cell in z, turns it about the vertical and tilts it a little (radians).
fn turned(positions: &mut [Vector], depth: f64, turn: f64, tilt: f64) {
    for p in positions {
        let [x, y, z] = [p[0], p[1], p[2] * depth];
        let [x, y] = [x * tilt.cos() - y * tilt.sin(), x * tilt.sin() + y * tilt.cos()];
        *p = [x * turn.cos() - z * turn.sin(), y, x * turn.sin() + z * turn.cos()];
    }
}

#[cfg(test)]
mod tests {
    use super::super::vector::dot;
    use super::*;

    #[test]
    fn headings_keep_to_their_zone_and_apart() {
        for seed in 0..50 {
            let found = headings(6, [-50.0, 10.0], &mut stream(seed, "headings", 0));
            let (low, high) = ((-50.0_f64).to_radians().sin(), 10.0_f64.to_radians().sin());
            assert!(found.iter().all(|v| (dot(*v, *v) - 1.0).abs() < 1e-9 && v[1] > low - 1e-9 && v[1] < high + 1e-9));
            let apart = (0..6).flat_map(|a| (0..a).map(move |b| (a, b))).map(|(a, b)| distance(found[a], found[b]));
            assert!(apart.fold(2.0, f64::min) > 0.15);
        }
    }
}
