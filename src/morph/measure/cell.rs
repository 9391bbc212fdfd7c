//! The rows of the table that are this program's own: numbers of one cell, and two asymmetries.

use std::borrow::Cow;

use super::arbor::Arbor;
use super::convention::Convention::{Lmeasure, Navis, Neurom};
use super::neurom;
use super::table::{Level, Metric, Theirs};
use super::value::{Reduce, Value};
use crate::error::{Error, Result};
use crate::morph::geometry::distance;

type Answer = Result<Value>;

const fn theirs(
    convention: super::Convention,
    name: &'static str,
    reduce: Option<Reduce>,
    why: &'static str,
) -> Theirs {
    Theirs { convention, name, reduce, why }
}

const fn row(
    name: &'static str,
    unit: &'static str,
    definition: &'static str,
    source: &'static str,
    compute: fn(&Arbor) -> Answer,
    theirs: &'static [Theirs],
) -> Metric {
    Metric { name, unit, level: Level::Cell, definition, source, theirs: Cow::Borrowed(theirs), compute }
}

const ONE_SOMA: &str = "a soma of one sample gets two added samples of its own type";
const SPLIT: &str = "forks into more than two are split into forks into two by added samples";
const ALL_EDGES: &str = "the edges at the soma count as well";

/// Numbers of one cell. The first fifteen have been there from the start, in this order.
#[rustfmt::skip] // one metric a block of lines reads as the table that it is
pub(super) static ROWS: [Metric; 36] = {
    const MEAN: Option<Reduce> = Some(Reduce::Mean);
    const MAX: Option<Reduce> = Some(Reduce::Max);
    const SUM: Option<Reduce> = Some(Reduce::Sum);
    const COUNT: Option<Reduce> = Some(Reduce::Count);
    const OWN: &str = "nms";
    [
        row("n_nodes", "1", "samples, the soma's included", OWN, |a| number(a.neuron.len() as f64), &[
            theirs(Lmeasure, "Diameter", COUNT, "samples added at a soma of one sample and at forks into more than two count"),
            theirs(Navis, "n_nodes", None, "")]),
        row("n_roots", "1", "trees", OWN, |a| number(a.neuron.n_roots() as f64), &[
            theirs(Navis, "n_trees", None, "")]),
        row("n_stems", "1", "neurites that leave the soma", OWN, |a| count(a, |a, s| a.all()[s].order == 0 && leaves_soma(a, s)), &[
            theirs(Neurom, "number_of_neurites", None, "neurites that begin at a root count as well"),
            theirs(Lmeasure, "N_stems", SUM, "")]),
        row("n_bifurcations", "1", "forks of neurites into two or more", OWN, |a| count(a, |a, s| a.all()[s].children >= 2), &[
            theirs(Neurom, "number_of_bifurcations", None, "forks into exactly two; number_of_forking_points counts the others too"),
            theirs(Lmeasure, "N_bifs", SUM, "the soma is a fork where several branches leave it, and a fork into n counts n - 1 times"),
            theirs(Navis, "n_branches", None, "samples with two or more children, the root excluded")]),
        row("n_tips", "1", "tips of neurites", OWN, |a| count(a, |a, s| a.all()[s].is_terminal()), &[
            theirs(Neurom, "number_of_leaves", None, ""),
            theirs(Lmeasure, "N_tips", SUM, "soma samples without a child are tips; a soma of one sample gets two"),
            theirs(Navis, "n_leafs", None, "soma samples without a child are tips")]),
        row("total_length", "um", "path length of the neurites, without the edges at the soma", "NeuroM 4.0.6", |a| by(a, "total_length"), &[
            theirs(Neurom, "total_length", None, ""),
            theirs(Lmeasure, "Length", SUM, "the edges at the soma count; a soma of one sample gets two samples at its radius; split forks lose some"),
            theirs(Navis, "cable_length", None, "the edges at the soma, and inside it, count")]),
        row("extent_x", "um", "range of all samples in x", OWN, |a| number(a.neuron.extent()[0]), &[
            theirs(Neurom, "total_width", None, "the soma's samples do not count"),
            theirs(Lmeasure, "Width", MEAN, "extremes are trimmed: about 95 % of the samples count")]),
        row("extent_y", "um", "range of all samples in y", OWN, |a| number(a.neuron.extent()[1]), &[
            theirs(Neurom, "total_height", None, "the soma's samples do not count"),
            theirs(Lmeasure, "Height", MEAN, "extremes are trimmed: about 95 % of the samples count")]),
        row("extent_z", "um", "range of all samples in z", OWN, |a| number(a.neuron.extent()[2]), &[
            theirs(Neurom, "total_depth", None, "the soma's samples do not count"),
            theirs(Lmeasure, "Depth", MEAN, "extremes are trimmed: about 95 % of the samples count")]),
        row("max_distance", "um", "largest straight distance of a sample from the soma", OWN, |a| number(a.neuron.distances().into_iter().fold(0.0, f64::max)), &[
            theirs(Neurom, "max_radial_distance", None, "tips alone count"),
            theirs(Lmeasure, "EucDistance", MAX, "")]),
        row("mean_distance", "um", "mean straight distance of the samples from the soma", OWN, |a| number(mean(a.neuron.distances())), &[
            theirs(Lmeasure, "EucDistance", MEAN, "added samples count")]),
        row("centre_offset", "um", "distance between the samples' mean position and the soma", OWN, centre_offset, &[]),
        row("max_path_length", "um", "longest path from a sample to the root of its tree, along all edges", OWN, |a| number(a.neuron.path_lengths().into_iter().fold(0.0, f64::max)), &[
            theirs(Neurom, "terminal_path_lengths", MAX, "paths start at the neurite's first sample"),
            theirs(Lmeasure, "PathDistance", MAX, SPLIT),
            theirs(Navis, "root_distances", MAX, "")]),
        row("mean_radius", "um", "mean radius of the samples", OWN, |a| number(mean(a.neuron.radius.clone())), &[]),
        row("max_radius", "um", "largest radius of a sample", OWN, |a| number(a.neuron.radius.iter().copied().fold(0.0, f64::max)), &[]),

        row("n_sections", "1", "unbranched runs between forks and tips", "NeuroM 4.0.6", |a| by(a, "number_of_sections"), &[
            theirs(Neurom, "number_of_sections", None, ""),
            theirs(Lmeasure, "N_branch", SUM, ONE_SOMA),
            theirs(Navis, "n_small_segments", None, "runs inside the soma count; the soma is an end")]),
        row("total_area", "um2", "surface of the neurites as truncated cones, without caps", "NeuroM 4.0.6", |a| by(a, "total_area"), &[
            theirs(Neurom, "total_area", None, ""),
            theirs(Lmeasure, "Surface", SUM, "cylinders of the radius at the far end, the edges at the soma included")]),
        row("total_volume", "um3", "volume of the neurites as truncated cones", "NeuroM 4.0.6", |a| by(a, "total_volume"), &[
            theirs(Neurom, "total_volume", None, ""),
            theirs(Lmeasure, "Volume", SUM, "cylinders of the radius at the far end, the edges at the soma included"),
            theirs(Navis, "volume", None, ALL_EDGES)]),
        row("mean_section_length", "um", "mean path length of the sections; NaN without one", "NeuroM 4.0.6", |a| mean_of(a, "section_lengths"), &[
            theirs(Neurom, "section_lengths", MEAN, ""),
            theirs(Lmeasure, "Branch_pathlength", MEAN, "the edge from the soma belongs to the branch; each length is cut to two decimals"),
            theirs(Navis, "segment_lengths", MEAN, ALL_EDGES)]),
        row("mean_terminal_length", "um", "mean path length of the sections that end in a tip; NaN without one", "NeuroM 4.0.6", |a| mean_of(a, "section_term_lengths"), &[
            theirs(Neurom, "section_term_lengths", MEAN, "")]),
        row("mean_tortuosity", "1", "mean over the sections of path length over chord; NaN without one", "Stepanyants et al. 2004", |a| mean_of(a, "section_tortuosity"), &[
            theirs(Neurom, "section_tortuosity", MEAN, ""),
            theirs(Lmeasure, "Contraction", MEAN, "the inverse, chord over path length, at most 1"),
            theirs(Navis, "tortuosity", None, ALL_EDGES)]),
        row("mean_taper", "1", "mean slope of diameter against path along the sections; NaN without one", "NeuroM 4.0.6", |a| mean_of(a, "section_taper_rates"), &[
            theirs(Neurom, "section_taper_rates", MEAN, ""),
            theirs(Lmeasure, "Taper_1", MEAN, "first less last diameter over length (Burke), so positive towards a thin end, not fitted")]),
        row("samples_per_section", "1", "mean number of samples of a section, the fork that it leaves excluded; NaN without one", OWN, samples_per_section, &[
            theirs(Lmeasure, "Fragmentation", MEAN, "the root is a branch of its own")]),
        row("max_branch_order", "1", "largest number of sections between a section and the soma; NaN without one", "NeuroM 4.0.6", |a| reduced(a, "section_branch_orders", Reduce::Max), &[
            theirs(Neurom, "section_branch_orders", MAX, ""),
            theirs(Lmeasure, "Branch_Order", MAX, "a split fork makes several orders")]),
        row("strahler_order", "1", "largest Strahler order of a neurite; NaN without one", "Strahler 1952", |a| reduced(a, "section_strahler_orders", Reduce::Max), &[
            theirs(Neurom, "section_strahler_orders", MAX, ""),
            theirs(Navis, "strahler_max", None, "counted on to the root: several neurites at the soma can raise it by one")]),
        row("mean_partition_asymmetry", "1", "mean over forks into two of |n - m| / (n + m) by sections; NaN without one", "Ascoli et al. 2008", |a| mean_of(a, "partition_asymmetry"), &[
            theirs(Neurom, "partition_asymmetry", MEAN, ""),
            theirs(Lmeasure, "Partition_asymmetry", MEAN, "by tips, |a - b| / (a + b - 2); the soma and split forks count")]),
        row("mean_tip_asymmetry", "1", "mean over forks into two of |a - b| / (a + b - 2) by tips; NaN without one", "van Pelt et al. 1992", |a| mean_list(neurom::tip_asymmetry(a)?), &[
            theirs(Lmeasure, "Partition_asymmetry", MEAN, "the soma and split forks count")]),
        row("mean_local_angle", "rad", "mean angle between daughters at forks into two, to their first samples; NaN without one", "NeuroM 4.0.6", |a| mean_of(a, "local_bifurcation_angles"), &[
            theirs(Neurom, "local_bifurcation_angles", MEAN, ""),
            theirs(Lmeasure, "Bif_ampl_local", MEAN, "in degrees; split forks count")]),
        row("mean_remote_angle", "rad", "mean angle between the daughters' far ends at forks into two; NaN without one", "NeuroM 4.0.6", |a| mean_of(a, "remote_bifurcation_angles"), &[
            theirs(Neurom, "remote_bifurcation_angles", MEAN, ""),
            theirs(Lmeasure, "Bif_ampl_remote", MEAN, "in degrees; split forks count")]),
        row("mean_sibling_ratio", "1", "mean over forks into two of the smaller over the larger daughter's diameter; NaN without one", "NeuroM 4.0.6", |a| mean_of(a, "sibling_ratios"), &[
            theirs(Neurom, "sibling_ratios", MEAN, ""),
            theirs(Lmeasure, "Daughter_Ratio", MEAN, "the larger over the smaller; the soma counts")]),
        row("mean_power_relation", "1", "mean over forks into two of the sum over daughters of (parent / daughter diameter)^1.5; NaN without one", "NeuroM 4.0.6", |a| mean_of(a, "diameter_power_relations"), &[
            theirs(Neurom, "diameter_power_relations", MEAN, ""),
            theirs(Lmeasure, "Pk_classic", MEAN, "the sum of (daughter / parent diameter)^1.5, 1 at Rall's rule; the soma counts")]),
        row("soma_radius", "um", "radius of the sphere with the soma's surface; 0 without a soma", "NeuroM 4.0.6", |a| by(a, "soma_radius"), &[
            theirs(Neurom, "soma_radius", None, "")]),
        row("soma_surface_area", "um2", "surface of the soma; 0 without one", "NeuroM 4.0.6", |a| by(a, "soma_surface_area"), &[
            theirs(Neurom, "soma_surface_area", None, ""),
            theirs(Lmeasure, "Soma_Surface", SUM, "3.14 for pi")]),
        row("soma_volume", "um3", "volume of the soma; 0 without one", "NeuroM 4.0.6", |a| by(a, "soma_volume"), &[
            theirs(Neurom, "soma_volume", None, "")]),
        row("length_fraction_above_soma", "1", "share of the path length in edges whose midpoint has a larger y than the soma, or than the first root without one; NaN without length", "NeuroM 4.0.6", length_above, &[
            theirs(Neurom, "length_fraction_above_soma", None, "an error without a soma")]),
        row("aspect_ratio", "1", "smaller over larger extent along the principal axes of the sections' points in the x-y plane", "NeuroM 4.0.6", |a| by(a, "aspect_ratio"), &[
            theirs(Neurom, "aspect_ratio", None, "")]),
    ]
};

/// Lists that NeuroM has only by an argument, or not at all.
pub(super) static LISTS: [Metric; 2] = [
    Metric {
        name: "partition_asymmetry_uylings",
        unit: "1",
        level: Level::Fork,
        definition: "|n - m| / (n + m - 2) of the sections in the two subtrees; 0 for two single ones",
        source: "Uylings & van Pelt 2002",
        theirs: Cow::Borrowed(&[theirs(
            Lmeasure,
            "Partition_asymmetry",
            None,
            "by tips; equal on trees whose forks all have two daughters",
        )]),
        compute: neurom::uylings_asymmetry,
    },
    Metric {
        name: "tip_asymmetry",
        unit: "1",
        level: Level::Fork,
        definition: "|a - b| / (a + b - 2) of the tips in the two subtrees; 0 for equal ones",
        source: "van Pelt et al. 1992",
        theirs: Cow::Borrowed(&[theirs(Lmeasure, "Partition_asymmetry", None, "the soma and split forks count")]),
        compute: neurom::tip_asymmetry,
    },
];

fn number(value: f64) -> Answer {
    Ok(Value::Number(value))
}

/// Number of chosen sections, by their places, of which something holds.
fn count(arbor: &Arbor, holds: impl Fn(&Arbor, usize) -> bool) -> Answer {
    number(arbor.numbered().filter(|&(i, _)| holds(arbor, i)).count() as f64)
}

fn mean(values: Vec<f64>) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// A NeuroM feature as it is.
fn by(arbor: &Arbor, name: &str) -> Answer {
    match neurom::feature(name) {
        Some(feature) => (feature.compute)(arbor),
        None => Err(Error::internal(format!("no feature `{name}`"))),
    }
}

fn mean_of(arbor: &Arbor, name: &str) -> Answer {
    reduced(arbor, name, Reduce::Mean)
}

/// What a list of NeuroM's comes to. A ratio without a divisor has no value and is left out.
fn reduced(arbor: &Arbor, name: &str, reduce: Reduce) -> Answer {
    number(by(arbor, name)?.finite_or_nan().reduced(name, Some(reduce))?)
}

fn mean_list(list: Value) -> Answer {
    number(list.reduced("the list", Some(Reduce::Mean))?)
}

fn leaves_soma(arbor: &Arbor, section: usize) -> bool {
    let first = arbor.all()[section].begin as usize;
    arbor.neuron.parent_of(first).is_some_and(|p| arbor.neuron.is_soma(p))
}

fn centre_offset(arbor: &Arbor) -> Answer {
    let at = &arbor.neuron.position;
    let middle = std::array::from_fn(|axis| at.iter().map(|p| p[axis]).sum::<f64>() / at.len() as f64);
    number(distance(middle, arbor.neuron.centre()))
}

fn samples_per_section(arbor: &Arbor) -> Answer {
    let own: Vec<f64> = arbor.sections().map(|s| f64::from(s.end - s.begin)).collect();
    number(Reduce::Mean.of(&own))
}

fn length_above(arbor: &Arbor) -> Answer {
    number(neurom::length_above(arbor, arbor.neuron.centre()[1]))
}
