//! The measures of navis 1.12 (navis.readthedocs.io): a skeleton whose samples all count alike, the soma's included.
//!
//! Its segments are the runs between roots, forks and leaves, with the edges at the soma; a root where several runs meet
//! is the end of each. Volumes are those of truncated cones. Crossings of spheres are not here: 1.12 counts inward ones
//! only, and so none.

use std::fmt;

use super::arbor::{Arbor, NO_SECTION, Section};
use super::soma::cone_volume;
use super::value::{Reduce, Value};
use crate::morph::Morphology;

/// A neuron as navis sees it.
pub struct Skeleton<'a> {
    arbor: Arbor<'a>,
}

/// A measure of navis.
pub struct Measure {
    /// Its name in navis, or that of the column of its segment analysis.
    pub name: &'static str,
    /// Unit, taking positions for micrometres.
    pub unit: &'static str,
    /// What it is.
    pub definition: &'static str,
    pub(super) compute: fn(&Skeleton) -> Value,
}

/// The measure of this name.
pub fn measure_named(name: &str) -> Option<&'static Measure> {
    MEASURES.iter().find(|m| m.name == name)
}

/// All measures.
#[rustfmt::skip] // one measure a line reads as the table that it is
pub static MEASURES: [Measure; 15] = [
    Measure { name: "n_nodes", unit: "1", definition: "samples", compute: |s| number(s.arbor.neuron.len() as f64) },
    Measure { name: "n_trees", unit: "1", definition: "trees", compute: |s| number(s.arbor.neuron.n_roots() as f64) },
    Measure { name: "n_branches", unit: "1", definition: "samples with two or more children, roots excluded", compute: |s| s.count(|s| s.children > 1 && !s.is_root()) },
    Measure { name: "n_leafs", unit: "1", definition: "samples without a child, roots excluded", compute: |s| s.count(|s| s.children == 0 && !s.is_root()) },
    Measure { name: "n_small_segments", unit: "1", definition: "runs between roots, forks and leaves", compute: |s| s.count(|s| s.n_points() > 1) },
    Measure { name: "cable_length", unit: "um", definition: "length of all edges", compute: |s| number(s.arbor.neuron.length_all_edges()) },
    Measure { name: "sampling_resolution", unit: "um", definition: "cable length over the number of samples", compute: |s| number(s.arbor.neuron.length_all_edges() / s.arbor.neuron.len() as f64) },
    Measure { name: "volume", unit: "um3", definition: "volume of all edges as truncated cones", compute: |s| number(s.segments().rows.iter().map(|r| r.volume).sum()) },
    Measure { name: "strahler_max", unit: "1", definition: "Strahler order of the root", compute: |s| number(s.arbor.sections().map(|s| f64::from(s.strahler)).fold(0.0, f64::max)) },
    Measure { name: "tortuosity", unit: "1", definition: "mean over the segments of length over chord", compute: |s| number(Reduce::Mean.of(&s.list(|r| r.tortuosity))) },
    Measure { name: "root_distances", unit: "um", definition: "path length from each leaf to its root", compute: |s| s.leaf_paths() },
    Measure { name: "segment_lengths", unit: "um", definition: "length of each segment", compute: |s| Value::List(s.list(|r| r.length)) },
    Measure { name: "segment_tortuosity", unit: "1", definition: "length over chord of each segment", compute: |s| Value::List(s.list(|r| r.tortuosity)) },
    Measure { name: "segment_root_dist", unit: "um", definition: "path length from each segment's base to its root", compute: |s| Value::List(s.list(|r| r.root_dist)) },
    Measure { name: "segment_strahler_index", unit: "1", definition: "Strahler order of each segment", compute: |s| Value::List(s.list(|r| r.strahler_index)) },
];

fn number(value: f64) -> Value {
    Value::Number(value)
}

impl Section {
    fn is_root(&self) -> bool {
        self.parent == NO_SECTION && self.n_points() == 1
    }
}

/// One row of the segment analysis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Path length.
    pub length: f64,
    /// Path length over the distance of the ends; NaN where they coincide.
    pub tortuosity: f64,
    /// Path length from its base to the root.
    pub root_dist: f64,
    /// Strahler order.
    pub strahler_index: f64,
    /// Mean radius of its samples, the one at its base included.
    pub radius_mean: f64,
    /// Smallest radius.
    pub radius_min: f64,
    /// Largest radius.
    pub radius_max: f64,
    /// Volume of its truncated cones.
    pub volume: f64,
}

/// The segments of a neuron, depth first.
#[derive(Clone, Debug, PartialEq)]
pub struct Segments {
    /// The neuron's name.
    pub name: String,
    /// One for each run between roots, forks and leaves.
    pub rows: Vec<Segment>,
    /// Sample number at the end of each.
    pub ends: Vec<i64>,
}

impl Morphology {
    /// The segment analysis of navis: one row for each run of samples between roots, forks and leaves, the edges at the
    /// soma included.
    pub fn segments(&self) -> Segments {
        Skeleton::new(self).segments()
    }
}

impl<'a> Skeleton<'a> {
    /// Cuts all samples of a neuron into runs.
    pub fn new(neuron: &'a Morphology) -> Self {
        Skeleton { arbor: Arbor::of_all_samples(neuron) }
    }

    /// The segment analysis.
    pub fn segments(&self) -> Segments {
        let neuron = self.arbor.neuron;
        let (mut rows, mut ends) = (Vec::new(), Vec::new());
        for section in self.arbor.sections().filter(|s| s.n_points() > 1) {
            let radii: Vec<f64> = section.points().map(|i| neuron.radius[i]).collect();
            let cone = |i: usize| {
                cone_volume(neuron.radius[neuron.parent[i] as usize], neuron.radius[i], self.arbor.edge_length[i])
            };
            let ratio = section.length / section.chord;
            ends.push(neuron.id[section.last()]);
            rows.push(Segment {
                length: section.length,
                tortuosity: if ratio.is_finite() { ratio } else { f64::NAN },
                root_dist: section.path,
                strahler_index: f64::from(section.strahler),
                radius_mean: Reduce::Mean.of(&radii),
                radius_min: Reduce::Min.of(&radii),
                radius_max: Reduce::Max.of(&radii),
                volume: section.edges().map(cone).sum(),
            });
        }
        Segments { name: neuron.name.to_string(), rows, ends }
    }

    fn count(&self, holds: impl Fn(&Section) -> bool) -> Value {
        number(self.arbor.sections().filter(|s| holds(s)).count() as f64)
    }

    fn list(&self, of: impl Fn(&Segment) -> f64) -> Vec<f64> {
        self.segments().rows.iter().map(of).collect()
    }

    fn leaf_paths(&self) -> Value {
        Value::List(self.arbor.sections().filter(|s| s.is_terminal()).map(|s| s.path + s.length).collect())
    }
}

impl fmt::Display for Segments {
    /// `Segments(cell_1, 58 segments, 1204.5 µm, mean tortuosity 1.12)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: f64 = self.rows.iter().map(|r| r.length).sum();
        let tortuosity = Reduce::Mean.of(&self.rows.iter().map(|r| r.tortuosity).collect::<Vec<_>>());
        let n = self.rows.len();
        write!(f, "Segments({}, {n} segments, {total:.1} µm, mean tortuosity {tortuosity:.3})", self.name)
    }
}
