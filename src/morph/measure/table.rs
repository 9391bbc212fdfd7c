//! The table of metrics: name, unit, level, definition, source, and the conventions in which each exists.
//!
//! It is the one place for these: `metric` looks names up here, errors suggest from it, `explain` walks along a row, and
//! the documentation and the headers of CSV files are printed from it. The rows of this file are the numbers of one
//! cell; the lists by section, fork, edge and neurite come from [`neurom::FEATURES`], whose
//! definitions are this program's as well.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::arbor::Arbor;
use super::convention::Convention;
use super::neurom;
use super::value::{Reduce, Value};
use super::{cell, lmeasure};
use crate::error::Result;

/// What a metric has a value for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The whole cell: one number.
    Cell,
    /// Each neurite.
    Neurite,
    /// Each section.
    Section,
    /// Each fork into two.
    Fork,
    /// Each edge between two samples.
    Edge,
    /// Each sample.
    Sample,
    /// Each of the spheres about the soma.
    Sphere,
}

impl Level {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Level::Cell => "cell",
            Level::Neurite => "neurite",
            Level::Section => "section",
            Level::Fork => "fork",
            Level::Edge => "edge",
            Level::Sample => "sample",
            Level::Sphere => "sphere",
        }
    }
}

/// One metric.
#[derive(Clone, Debug)]
pub struct Metric {
    /// Its name here.
    pub name: &'static str,
    /// Unit, taking positions for micrometres; `1` for a pure number.
    pub unit: &'static str,
    /// What it has a value for.
    pub level: Level,
    /// What it is, in this program's convention.
    pub definition: &'static str,
    /// Where the definition comes from.
    pub source: &'static str,
    /// The nearest metrics of other tools.
    pub theirs: Cow<'static, [Theirs]>,
    pub(super) compute: fn(&Arbor) -> Result<Value>,
}

/// What another tool has in place of a metric.
#[derive(Clone, Copy, Debug)]
pub struct Theirs {
    /// Which tool.
    pub convention: Convention,
    /// What it calls it.
    pub name: &'static str,
    /// What is made of its many values.
    pub reduce: Option<Reduce>,
    /// Why its number may differ; empty where it does not.
    pub why: &'static str,
}

impl Metric {
    /// The nearest metric of a tool.
    pub fn of(&self, convention: Convention) -> Option<&Theirs> {
        self.theirs.iter().find(|t| t.convention == convention)
    }
}

/// All metrics of this program's convention: those with one number for a cell first.
pub fn metrics() -> &'static [Metric] {
    static TABLE: LazyLock<Vec<Metric>> = LazyLock::new(|| {
        let mut table = cell::ROWS.to_vec();
        // Crossings of spheres have a method of their own, with radii.
        let lists = neurom::FEATURES.iter().filter(|f| f.level != Level::Cell && f.level != Level::Sphere);
        table.extend(lists.map(|f| Metric {
            name: f.name,
            unit: f.unit,
            level: f.level,
            definition: f.definition,
            source: "NeuroM 4.0.6",
            theirs: lmeasure::beside(f.name),
            compute: f.compute,
        }));
        table.extend(cell::LISTS.iter().cloned());
        table
    });
    &TABLE
}

/// The metric of this name.
pub fn find(name: &str) -> Option<&'static Metric> {
    metrics().iter().find(|m| m.name == name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::measure::{Summary, navis};

    #[test]
    fn names_differ_and_what_they_refer_to_exists() {
        let names: std::collections::HashSet<_> = metrics().iter().map(|m| m.name).collect();
        assert_eq!(names.len(), metrics().len());
        for metric in metrics() {
            for theirs in metric.theirs.iter() {
                let known = match theirs.convention {
                    Convention::Nms => false,
                    Convention::Neurom => neurom::feature(theirs.name).is_some(),
                    Convention::Lmeasure => lmeasure::function(theirs.name).is_some(),
                    Convention::Navis => navis::measure_named(theirs.name).is_some(),
                };
                assert!(known, "{} of {}", theirs.name, theirs.convention.title());
            }
        }
        assert!(Summary::NAMES.iter().all(|name| find(name).is_some()));
    }
}
