//! The functions of L-Measure 5.0 (Scorcioni et al. 2008) under its names and numbers.
//!
//! Each function has a value for some of the compartments of the neuron (see `tree.rs` for what L-Measure makes of
//! it); what it prints are the [`Stats`] of these values. A choice of types takes the values of compartments of those
//! types and leaves the tree as it is, as `Type > 1` does in L-Measure.
//!
//! Definitions are those of its paper and help, and where these leave a choice, of the numbers that the program prints,
//! which the tests hold the functions to. Four stand apart:
//!
//! * `Width`, `Height` and `Depth` are the range of "95 % of the samples". Which it leaves out follows no rule that its
//!   numbers would show; here one sample in twenty, and at least one, is left out: those furthest from the median.
//! * `Pk` takes the mean `Rall_Power` of the cell, as the help says. The program takes a mean that is not the one that
//!   it prints.
//! * `Fractal_Dim` is given for branches of four compartments or more; for stems the program's choice is another.
//! * Numbers 17 (`XYZ`, coordinates) and 42 (never published) do not exist here.

mod branch;
mod compartment;
mod fork;
mod tree;

use std::borrow::Cow;

use super::convention::Convention;
use super::table::{Level, Theirs};
use super::value::Stats;
use crate::morph::Kinds;
pub use tree::Tree;

/// A function of L-Measure.
pub struct Function {
    /// Its number on L-Measure's command line.
    pub number: u8,
    /// Its name.
    pub name: &'static str,
    /// Unit, taking positions for micrometres.
    pub unit: &'static str,
    /// What it has a value for.
    pub level: Level,
    /// What it is.
    pub definition: &'static str,
    values: Values,
}

/// Values and the compartments that they belong to.
type Values = fn(&Tree) -> Vec<(usize, f64)>;

/// The function of this name.
pub fn function(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|f| f.name == name)
}

impl Function {
    /// Its statistics over the compartments of some types, or of all.
    pub fn stats(&self, tree: &Tree, kinds: Option<&Kinds>) -> Stats {
        Stats::of(&self.values(tree, kinds))
    }

    /// Its values, in depth-first order of their compartments.
    pub fn values(&self, tree: &Tree, kinds: Option<&Kinds>) -> Vec<f64> {
        let chosen = |&(at, _): &(usize, f64)| kinds.is_none_or(|k| k.contains(tree.kind[at]));
        (self.values)(tree).into_iter().filter(chosen).map(|(_, value)| value).collect()
    }
}

const fn row(
    number: u8,
    name: &'static str,
    unit: &'static str,
    level: Level,
    definition: &'static str,
    values: Values,
) -> Function {
    Function { number, name, unit, level, definition, values }
}

/// All functions in the order of their numbers.
#[rustfmt::skip] // one function a line reads as the table that it is
pub static FUNCTIONS: [Function; 43] = {
    use Level::{Cell, Edge, Fork, Sample, Section};
    [
        row(0, "Soma_Surface", "um2", Edge, "2 * 3.14 * radius * length of each soma compartment; of a one-point soma 4 * 3.14 * radius^2 in all", compartment::soma_surface),
        row(1, "N_stems", "1", Sample, "1 for each compartment that leaves the soma", compartment::stems),
        row(2, "N_bifs", "1", Fork, "1 for each fork", fork::ones),
        row(3, "N_branch", "1", Section, "1 for each branch", branch::ones),
        row(4, "N_tips", "1", Sample, "1 for each tip", compartment::tips),
        row(5, "Width", "um", Cell, "range in x of about 95 % of the samples, for each compartment", |t| compartment::range(t, 0)),
        row(6, "Height", "um", Cell, "range in y of about 95 % of the samples, for each compartment", |t| compartment::range(t, 1)),
        row(7, "Depth", "um", Cell, "range in z of about 95 % of the samples, for each compartment", |t| compartment::range(t, 2)),
        row(8, "Type", "1", Sample, "SWC type", compartment::kinds),
        row(9, "Diameter", "um", Sample, "diameter", compartment::diameters),
        row(10, "Diameter_pow", "um", Sample, "diameter^1.5", compartment::diameter_powers),
        row(11, "Length", "um", Edge, "distance to the parent", compartment::lengths),
        row(12, "Surface", "um2", Edge, "surface of the cylinder to the parent, of the compartment's own radius", compartment::surfaces),
        row(13, "SectionArea", "um2", Edge, "area of the circle of its radius", compartment::section_areas),
        row(14, "Volume", "um3", Edge, "volume of the cylinder to the parent, of the compartment's own radius", compartment::volumes),
        row(15, "EucDistance", "um", Sample, "straight distance to the root", compartment::straight_distances),
        row(16, "PathDistance", "um", Sample, "path length to the root", compartment::path_distances),
        row(18, "Branch_Order", "1", Sample, "forks between it and the soma", compartment::orders),
        row(19, "Terminal_degree", "1", Sample, "tips in its subtree", compartment::degrees),
        row(20, "TerminalSegment", "1", Sample, "1 for each compartment of a branch that ends in a tip", compartment::terminal),
        row(21, "Taper_1", "1", Section, "first less last diameter, over the branch's path length (Burke)", branch::burke_tapers),
        row(22, "Taper_2", "1", Section, "first less last diameter, over the first (Hillman)", branch::hillman_tapers),
        row(23, "Branch_pathlength", "um", Section, "path length, cut to two decimals", branch::path_lengths),
        row(24, "Contraction", "1", Section, "chord over path length", branch::contractions),
        row(25, "Fragmentation", "1", Section, "compartments of the branch; a root is a branch of one", branch::fragmentations),
        row(26, "Daughter_Ratio", "1", Fork, "larger over smaller daughter diameter", fork::daughter_ratios),
        row(27, "Parent_Daughter_Ratio", "1", Sample, "daughter over parent diameter, for each daughter of a fork", branch::parent_ratios),
        row(28, "Partition_asymmetry", "1", Fork, "|a - b| / (a + b - 2) of the tips below the first daughter and below the others", fork::asymmetries),
        row(29, "Rall_Power", "1", Fork, "the power p from 0 to 5, to 0.005, at which the daughters' d^p add up to the parent's", fork::rall_powers),
        row(30, "Pk", "1", Fork, "(d1^p + d2^p) / d0^p at the cell's mean Rall_Power; at 1.5 where it has none", fork::pk),
        row(31, "Pk_classic", "1", Fork, "(d1^p + d2^p) / d0^p at 1.5", fork::pk_classic),
        row(32, "Pk_2", "1", Fork, "(d1^p + d2^p) / d0^p at 2", fork::pk_2),
        row(33, "Bif_ampl_local", "deg", Fork, "angle between the daughters' first compartments", fork::amplitudes_local),
        row(34, "Bif_ampl_remote", "deg", Fork, "angle between the daughter branches' ends", fork::amplitudes_remote),
        row(35, "Bif_tilt_local", "deg", Fork, "smaller angle between the parent compartment and a daughter's first", fork::tilts_local),
        row(36, "Bif_tilt_remote", "deg", Fork, "smaller angle between the branch's base and a daughter branch's end", fork::tilts_remote),
        row(37, "Bif_torque_local", "deg", Fork, "angle between the plane of the daughters and that of the previous fork's", fork::torques_local),
        row(38, "Bif_torque_remote", "deg", Fork, "the same with the branches' ends", fork::torques_remote),
        row(39, "Last_parent_diam", "um", Fork, "diameter at forks whose two daughters both end in tips", fork::last_parents),
        row(40, "Diam_threshold", "um", Section, "first diameter of each branch that ends in a tip", branch::diameter_thresholds),
        row(41, "HillmanThreshold", "um", Section, "mean of that diameter and the fork's before it", branch::hillman_thresholds),
        row(43, "Helix", "1", Sample, "triple product of three consecutive directions over 3, cut to two decimals", compartment::helices),
        row(44, "Fractal_Dim", "1", Section, "slope of log path against log chord along the branch", branch::fractal_dimensions),
    ]
};

/// What stands in L-Measure, and in NeuroM, beside a list of NeuroM's.
pub(super) fn beside(neurom: &'static str) -> Cow<'static, [Theirs]> {
    let same = Theirs { convention: Convention::Neurom, name: neurom, reduce: None, why: "" };
    let other = BESIDE.iter().find(|(name, ..)| *name == neurom);
    let other = other.map(|&(_, name, why)| Theirs { convention: Convention::Lmeasure, name, reduce: None, why });
    std::iter::once(same).chain(other).collect::<Vec<_>>().into()
}

/// NeuroM's lists, L-Measure's functions for the same, and why they differ.
const BESIDE: [(&str, &str, &str); 13] = [
    (
        "section_lengths",
        "Branch_pathlength",
        "the edge from the soma belongs to the branch; each length is cut to two decimals",
    ),
    ("section_tortuosity", "Contraction", "the inverse, chord over path length, at most 1"),
    ("section_taper_rates", "Taper_1", "first less last diameter over length, not fitted"),
    ("segment_lengths", "Length", "the edges at the soma and added samples count"),
    ("segment_areas", "Surface", "cylinders of the radius at the far end"),
    ("segment_volumes", "Volume", "cylinders of the radius at the far end"),
    ("segment_path_lengths", "PathDistance", "from the root, for every sample"),
    ("local_bifurcation_angles", "Bif_ampl_local", "in degrees; split forks count"),
    ("remote_bifurcation_angles", "Bif_ampl_remote", "in degrees; split forks count"),
    ("partition_asymmetry", "Partition_asymmetry", "by tips, |a - b| / (a + b - 2); the soma and split forks count"),
    ("sibling_ratios", "Daughter_Ratio", "the larger over the smaller; the soma counts"),
    ("diameter_power_relations", "Pk_classic", "the sum of (daughter / parent diameter)^1.5; the soma counts"),
    ("section_branch_orders", "Branch_Order", "for every sample; a split fork makes several orders"),
];
