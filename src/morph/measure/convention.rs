//! Whose definition a number follows.

use serde::Deserialize;

use super::arbor::{Arbor, TypeOf};
use super::value::Reduce;
use crate::morph::{Kinds, Morphology};

/// Whose definition a number follows. The same six samples have a length of 42.6 in NeuroM, 47.6 in navis and 57.6 in
/// L-Measure, each right by its own convention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Convention {
    /// This program's: neurites without the soma and the edges to it, any number of children at a fork, sections by
    /// their own type, radial distances from the soma or else the first root, ratios without a divisor are NaN.
    #[default]
    Nms,
    /// NeuroM 4.0.6 on MorphIO 3.5: as above, but bifurcations have exactly two children, whole neurites go by the type
    /// of their first sample, samples that are a tree of their own do not exist, and without a soma radial distances start
    /// at each neurite's first sample.
    Neurom,
    /// L-Measure 5.0: all samples and edges, cylinders of the child's radius, two samples added to a soma of one, forks
    /// into more than two split by added samples, 3.14 for pi in the soma's surface, angles in degrees.
    Lmeasure,
    /// navis 1.12: all samples and edges, the soma's like others; truncated cones.
    Navis,
}

impl Convention {
    /// All of them.
    pub const ALL: [Convention; 4] = [Convention::Nms, Convention::Neurom, Convention::Lmeasure, Convention::Navis];

    /// The word that scripts use.
    pub fn name(self) -> &'static str {
        match self {
            Convention::Nms => "nms",
            Convention::Neurom => "neurom",
            Convention::Lmeasure => "lmeasure",
            Convention::Navis => "navis",
        }
    }

    /// The tool's own spelling.
    pub fn title(self) -> &'static str {
        match self {
            Convention::Nms => "nms",
            Convention::Neurom => "NeuroM",
            Convention::Lmeasure => "L-Measure",
            Convention::Navis => "navis",
        }
    }

    /// The arbor on which the conventions that know neurites measure.
    pub(super) fn arbor<'a>(self, neuron: &'a Morphology, kinds: Option<&Kinds>) -> Arbor<'a> {
        let (type_of, arbor) = match self {
            Convention::Neurom => {
                let arbor = Arbor::new(neuron).without_lone_samples();
                let centre = arbor.soma.centre;
                (TypeOf::Neurite, arbor.from_origin(centre))
            }
            _ => (TypeOf::Section, Arbor::new(neuron)),
        };
        match kinds {
            Some(kinds) => arbor.only(kinds, type_of),
            None => arbor,
        }
    }
}

/// How to measure.
#[derive(Clone, Debug, Default, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricOptions {
    /// Whose definition to follow.
    #[serde(rename = "as")]
    pub convention: Convention,
    /// What to make of a metric with many values, where one is wanted.
    pub reduce: Option<Reduce>,
    /// Types that count; all where there is none.
    #[serde(skip)]
    pub kinds: Option<Kinds>,
}
