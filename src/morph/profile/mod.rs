//! Shape profiles: one neuron as a row of distributions, the same columns for every neuron.
//!
//! A [`Profile`] says how cable lies over depth, over the distance from the vertical through the soma, along the path and
//! over branch orders; how often spheres are crossed; how long sections and bars of the persistence barcode are; how thick
//! and of which types the neurites are; and the plain sizes. Nothing in it changes when the neuron is turned about the
//! vertical. Bins are laid out by [`Scales`], which a population shares, so that rows can be compared.
//!
//! What it is not: named metrics with conventions (those are `measure`'s) or a table ready for distances, which
//! [`profiles`](fn@crate::data::profiles) makes of a population by bringing blocks to one scale.

mod bins;
mod blocks;

use serde::{Deserialize, Serialize};

use super::Morphology;
use super::edit::Direction;
use super::measure::Arbor;
use crate::error::Result;
use crate::quantile::quantile;

/// A group of columns of a profile that say one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each is described once, in `BLOCKS`
pub enum Block {
    Size,
    Sholl,
    Depth,
    Lateral,
    Path,
    Order,
    Moments,
    Sections,
    Persistence,
    Radius,
    Types,
}

/// What is known of a block.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// The block.
    pub block: Block,
    /// How scripts call it.
    pub name: &'static str,
    /// Its number of columns.
    pub width: usize,
    /// What its columns are.
    pub about: &'static str,
}

const fn facts(block: Block, name: &'static str, width: usize, about: &'static str) -> Facts {
    Facts { block, name, width, about }
}

/// All blocks, in the order of [`Block`] and of the columns.
pub const BLOCKS: &[Facts] = &[
    facts(
        Block::Size,
        "size",
        9,
        "ln(1 + n) of stems, bifurcations, tips, total length, largest radial distance, largest path length, height, \
         largest lateral distance, distance of the cable's centre from the soma",
    ),
    facts(Block::Sholl, "sholl", 20, "ln(1 + n) of the crossings of spheres about the soma"),
    facts(Block::Depth, "depth", 20, "ln(1 + cable) in slabs along the vertical"),
    facts(Block::Lateral, "lateral", 12, "ln(1 + cable) in cylinders about the vertical through the soma"),
    facts(Block::Path, "path", 15, "ln(1 + cable) over path length from the soma"),
    facts(Block::Order, "order", 25, "ln(1 + cable) of sections of branch order 0, 1, …, 24 and more"),
    facts(
        Block::Moments,
        "moments",
        9,
        "of the cable: signed ln of the mean depth, ln of the sds of depth and lateral distance, skewness of depth, ln of \
         the 10th, 25th, 50th, 75th and 90th percentile of radial distance",
    ),
    facts(
        Block::Sections,
        "sections",
        15,
        "ln of the 10th, 25th, 50th, 75th and 90th percentile of terminal and of other sections' lengths, and of their \
         tortuosity",
    ),
    facts(
        Block::Persistence,
        "persistence",
        20,
        "of the path-length barcode: ln(1 + n) of bars over their length, ln(1 + length) of bars over their merge",
    ),
    facts(
        Block::Radius,
        "radius",
        6,
        "ln of the 5th, 25th, 50th, 75th, 95th percentile of radii, and of the first sample's",
    ),
    facts(Block::Types, "types", 4, "share of the cable that is soma, axon, dendrite, apical dendrite"),
];

impl Block {
    /// Name, width and meaning.
    pub fn facts(self) -> &'static Facts {
        &BLOCKS[self as usize]
    }

    /// Names of its columns: `sholl_1`, `sholl_2`, ….
    pub fn columns(self) -> impl Iterator<Item = String> {
        let facts = self.facts();
        (1..=facts.width).map(|i| format!("{}_{i}", facts.name))
    }
}

/// How far one neuron reaches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// Largest distance from the soma.
    pub radius: f64,
    /// Lowest and highest place along the vertical, the soma being at 0.
    pub depth: [f64; 2],
    /// Largest path length from the soma.
    pub path: f64,
}

/// Where bins end: what nine of ten neurons do not reach beyond. What lies farther is in the last bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scales(Reach);

impl Scales {
    /// The 90th percentiles of the neurons' reaches; the smallest positive number where all are 0.
    pub fn of(reaches: &[Reach]) -> Scales {
        let over = |of: fn(&Reach) -> f64| {
            let mut values: Vec<f64> = reaches.iter().map(of).collect();
            values.sort_unstable_by(f64::total_cmp);
            quantile(&values, 0.9).max(f64::MIN_POSITIVE)
        };
        Scales(Reach {
            radius: over(|r| r.radius),
            depth: [-over(|r| -r.depth[0]), over(|r| r.depth[1])],
            path: over(|r| r.path),
        })
    }
}

/// A neuron prepared to be described.
pub struct Profile<'a> {
    arbor: Arbor<'a>,
    /// Place along the vertical of each sample, the soma being at 0.
    depth: Vec<f64>,
    /// Distance from the vertical through the soma.
    lateral: Vec<f64>,
    /// Distance from the soma.
    radial: Vec<f64>,
    /// Path length from the soma.
    path: Vec<f64>,
}

impl<'a> Profile<'a> {
    /// Prepares a neuron; `vertical` is the axis that depth is measured along.
    pub fn new(neuron: &'a Morphology, vertical: Direction) -> Self {
        let (centre, axis) = (neuron.centre(), vertical.components());
        let from_soma = |p: &[f64; 3]| [p[0] - centre[0], p[1] - centre[1], p[2] - centre[2]];
        let along = |p: [f64; 3]| p[0] * axis[0] + p[1] * axis[1] + p[2] * axis[2];
        let radial: Vec<f64> = neuron.distances();
        let depth: Vec<f64> = neuron.position.iter().map(|p| along(from_soma(p))).collect();
        let lateral = radial.iter().zip(&depth).map(|(r, d)| (r * r - d * d).max(0.0).sqrt()).collect();
        Profile { arbor: Arbor::of_all_samples(neuron), path: neuron.path_lengths(), depth, lateral, radial }
    }

    /// How far it reaches.
    pub fn reach(&self) -> Reach {
        let largest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
        Reach {
            radius: largest(&self.radial),
            depth: [self.depth.iter().copied().fold(0.0, f64::min), largest(&self.depth)],
            path: largest(&self.path),
        }
    }

    /// The columns of some blocks, one block after the other.
    ///
    /// # Errors
    /// When a position is not finite.
    pub fn columns(&self, blocks: &[Block], scales: &Scales) -> Result<Vec<f64>> {
        let mut row = Vec::new();
        for &block in blocks {
            let columns = self.block(block, &scales.0)?;
            debug_assert_eq!(columns.len(), block.facts().width, "{}", block.facts().name);
            row.extend(columns);
        }
        Ok(row)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::{Sample, kind};

    /// A soma with two dendrites along the vertical: one of 30 um upwards, one of 10 um down that forks sideways.
    fn neuron() -> Morphology {
        let sample = |id, kind, position| Sample { id, kind, position, radius: 1.0 };
        let samples = [
            sample(1, kind::SOMA, [5.0, 5.0, 5.0]),
            sample(2, kind::DENDRITE, [5.0, 35.0, 5.0]),
            sample(3, kind::DENDRITE, [5.0, -5.0, 5.0]),
            sample(4, kind::DENDRITE, [17.0, -5.0, 5.0]),
            sample(5, kind::DENDRITE, [5.0, -5.0, 14.0]),
        ];
        let none = u32::MAX;
        Morphology::from_unordered("two dendrites", &samples, &[none, 0, 0, 2, 2])
    }

    fn columns(block: Block) -> Vec<f64> {
        let cell = neuron();
        let profile = Profile::new(&cell, Direction::Y);
        profile.columns(&[block], &Scales::of(&[profile.reach()])).unwrap()
    }

    #[test]
    fn the_table_has_every_block_at_its_place_with_its_width() {
        for (place, facts) in BLOCKS.iter().enumerate() {
            assert_eq!(facts.block as usize, place);
            assert_eq!(serde_json::to_value(facts.block).unwrap(), facts.name);
            assert_eq!(columns(facts.block).len(), facts.width, "{}", facts.name);
        }
    }

    #[test]
    fn cable_is_found_where_it_lies() {
        let sizes = columns(Block::Size);
        // Two stems, one bifurcation, three tips, 61 um; 30 um away; 30 um of path; 40 um high; 12 um to the side.
        for (found, expected) in sizes.iter().zip([2.0, 1.0, 3.0, 61.0, 30.0, 30.0, 40.0, 12.0]) {
            assert!((found - f64::ln_1p(expected)).abs() < 1e-12, "{found} for {expected}");
        }
        // 20 slabs of 2 um from -10 to 30 um. The cable below the soma is put where the middles of its edges are.
        let depth: Vec<f64> = columns(Block::Depth).iter().map(|v| v.exp_m1()).collect();
        assert!((depth.iter().sum::<f64>() - 61.0).abs() < 1e-9);
        assert!((depth[0] - 21.0).abs() < 1e-9, "the forks lie in the lowest slab: {depth:?}");
        // All but the forks lies in the innermost cylinder.
        let lateral: Vec<f64> = columns(Block::Lateral).iter().map(|v| v.exp_m1()).collect();
        assert!((lateral[0] - 40.0).abs() < 1e-9, "{lateral:?}");
        let types = columns(Block::Types);
        assert_eq!(types, [0.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn turning_about_the_vertical_changes_nothing() {
        let cell = neuron();
        let mut turned = neuron();
        let (sin, cos) = 0.7f64.sin_cos();
        for (to, from) in turned.position.iter_mut().zip(&cell.position) {
            *to = [from[0] * cos + from[2] * sin, from[1], from[2] * cos - from[0] * sin];
        }
        let all: Vec<Block> = BLOCKS.iter().map(|f| f.block).collect();
        let rows = [&cell, &turned].map(|cell| {
            let profile = Profile::new(cell, Direction::Y);
            profile.columns(&all, &Scales::of(&[profile.reach()])).unwrap()
        });
        for (a, b) in rows[0].iter().zip(&rows[1]) {
            assert!((a - b).abs() < 1e-6, "{a} and {b}");
        }
    }

    #[test]
    fn a_lone_sample_and_coincident_ones_have_finite_profiles() {
        let sample = |id| Sample { id, kind: kind::SOMA, position: [1.0; 3], radius: 0.0 };
        let all: Vec<Block> = BLOCKS.iter().map(|f| f.block).collect();
        for n in [1, 3] {
            let samples: Vec<Sample> = (1..=n).map(sample).collect();
            let parents: Vec<u32> = (0..n as u32).map(|i| i.wrapping_sub(1)).collect();
            let cell = Morphology::from_unordered("still", &samples, &parents);
            let profile = Profile::new(&cell, Direction::Z);
            let row = profile.columns(&all, &Scales::of(&[profile.reach()])).unwrap();
            assert!(row.iter().all(|v| v.is_finite()), "{row:?}");
        }
    }
}
