//! The 71 features of NeuroM 4.0.6 under its names and definitions (neurom.readthedocs.io; Palacios et al., 2021).
//!
//! [`FEATURES`] is the table; each feature is one function of an [`Arbor`]. They differ from NeuroM in one respect: the
//! coordinates are of 64 bits here and of 32 there, which shifts its lengths by about 1e-7 (relative).
//!
//! Section, fork, edge and neurite lists are in depth-first order. The same functions serve this program's own
//! convention: what sets the two apart is the arbor that they get, see [`Convention`](super::Convention).

mod extent;
mod fork;
mod section;
mod trunk;

pub(super) use fork::{tip_asymmetry, uylings_asymmetry};
pub(super) use trunk::length_above;

use super::arbor::Arbor;
use super::table::Level;
use super::value::Value;
use crate::error::{Error, Result};

/// A feature: its name in NeuroM, unit, what it has a value for, meaning, and its function.
pub struct Feature {
    /// NeuroM's name.
    pub name: &'static str,
    /// Unit, taking positions for micrometres; `1` for a pure number.
    pub unit: &'static str,
    /// What it has a value for.
    pub level: Level,
    /// What it is.
    pub definition: &'static str,
    pub(super) compute: fn(&Arbor) -> Result<Value>,
}

/// Takes a feature by its NeuroM name.
pub fn feature(name: &str) -> Option<&'static Feature> {
    FEATURES.iter().find(|f| f.name == name)
}

const fn row(
    name: &'static str,
    unit: &'static str,
    level: Level,
    definition: &'static str,
    compute: fn(&Arbor) -> Result<Value>,
) -> Feature {
    Feature { name, unit, level, definition, compute }
}

/// All features, in the order of NeuroM's documentation: counts, sums, sections, edges, forks, stems, outline.
#[rustfmt::skip] // one feature a line reads as the table that it is
pub static FEATURES: [Feature; 71] = {
    use Level::{Cell, Edge, Fork, Neurite, Section, Sphere};
    [
        row("number_of_neurites", "1", Cell, "trees of neurite samples; each begins at the soma or at a root", section::n_neurites),
        row("number_of_sections", "1", Cell, "unbranched runs between forks and tips", section::n_sections),
        row("number_of_segments", "1", Cell, "edges, those at the soma excluded", section::n_edges),
        row("number_of_sections_per_neurite", "1", Neurite, "sections of each neurite", section::n_sections_per_neurite),
        row("number_of_bifurcations", "1", Cell, "forks into exactly two", section::n_bifurcations),
        row("number_of_forking_points", "1", Cell, "forks into two or more", section::n_forks),
        row("number_of_leaves", "1", Cell, "tips", section::n_leaves),
        row("total_length", "um", Cell, "path length of all sections", section::total_length),
        row("total_area", "um2", Cell, "surface of the truncated cones along all sections, without caps", section::total_area),
        row("total_volume", "um3", Cell, "volume of the truncated cones along all sections", section::total_volume),
        row("total_length_per_neurite", "um", Neurite, "path length of each neurite", section::length_per_neurite),
        row("total_area_per_neurite", "um2", Neurite, "surface of each neurite", section::area_per_neurite),
        row("total_volume_per_neurite", "um3", Neurite, "volume of each neurite", section::volume_per_neurite),
        row("section_lengths", "um", Section, "path length", section::lengths),
        row("section_term_lengths", "um", Section, "path length of sections that end in a tip", section::terminal_lengths),
        row("section_bif_lengths", "um", Section, "path length of sections that end in a fork into two", section::fork_lengths),
        row("section_areas", "um2", Section, "surface of the truncated cones, without caps", section::areas),
        row("section_volumes", "um3", Section, "volume of the truncated cones", section::volumes),
        row("section_end_distances", "um", Section, "straight distance of the two ends (chord)", section::chords),
        row("section_tortuosity", "1", Section, "path length over chord; 1 for a section of one point, not finite for a closed one", section::tortuosity),
        row("section_branch_orders", "1", Section, "number of sections towards the soma; the first of a neurite has 0", section::orders),
        row("section_bif_branch_orders", "1", Section, "branch order of sections that end in a fork into two", section::fork_orders),
        row("section_term_branch_orders", "1", Section, "branch order of sections that end in a tip", section::terminal_orders),
        row("section_strahler_orders", "1", Section, "1 at tips; the largest of the children, plus 1 where two share it (Strahler 1952)", section::strahler),
        row("section_path_distances", "um", Section, "path length from the neurite's first sample to the section's end", section::path_distances),
        row("terminal_path_lengths", "um", Section, "path length from the neurite's first sample to each tip", section::terminal_path_distances),
        row("section_radial_distances", "um", Section, "straight distance of the section's end from the soma", section::radial_distances),
        row("section_bif_radial_distances", "um", Section, "straight distance of forks into two from the soma", section::fork_radial_distances),
        row("section_term_radial_distances", "um", Section, "straight distance of tips from the soma", section::terminal_radial_distances),
        row("max_radial_distance", "um", Cell, "largest straight distance of a tip from the soma", section::max_radial_distance),
        row("section_taper_rates", "1", Section, "slope of a line fitted to diameter against path; negative towards a thin end", section::taper_rates),
        row("segment_lengths", "um", Edge, "length", section::edge_lengths),
        row("segment_areas", "um2", Edge, "surface of the truncated cone, without caps", section::edge_areas),
        row("segment_volumes", "um3", Edge, "volume of the truncated cone", section::edge_volumes),
        row("segment_radii", "um", Edge, "mean of the radii at its ends", section::edge_radii),
        row("segment_midpoints", "um", Edge, "midpoint", section::edge_midpoints),
        row("segment_path_lengths", "um", Edge, "path length from the neurite's first sample to its end", section::edge_path_lengths),
        row("segment_radial_distances", "um", Edge, "straight distance of its midpoint from the soma", section::edge_radial_distances),
        row("segment_taper_rates", "1", Edge, "difference of the diameters over the length", section::edge_taper_rates),
        row("segment_meander_angles", "rad", Edge, "angle between the edges at each inner sample of a section; pi when straight", section::meander_angles),
        row("local_bifurcation_angles", "rad", Fork, "angle between the daughters at a fork into two, to their first samples elsewhere", fork::local_angles),
        row("remote_bifurcation_angles", "rad", Fork, "angle between the daughters' far ends, seen from the fork", fork::remote_angles),
        row("partition_asymmetry", "1", Fork, "|n - m| / (n + m) of the sections in the two subtrees; 0 for two single ones (Ascoli et al. 2008)", fork::partition_asymmetry),
        row("partition_asymmetry_length", "1", Fork, "difference of the subtrees' path lengths over the neurite's", fork::length_asymmetry),
        row("bifurcation_partitions", "1", Fork, "larger over smaller number of sections in the two subtrees", fork::partitions),
        row("partition_pairs", "1", Fork, "numbers of sections in the two subtrees", fork::partition_pairs),
        row("sibling_ratios", "1", Fork, "smaller over larger diameter of the daughters' first samples", fork::sibling_ratios),
        row("diameter_power_relations", "1", Fork, "sum over the daughters of (parent diameter / daughter diameter)^1.5", fork::power_relations),
        row("trunk_section_lengths", "um", Neurite, "path length of each neurite's first section", trunk::section_lengths),
        row("trunk_origin_radii", "um", Neurite, "radius of each neurite's first sample", trunk::radii),
        row("trunk_vectors", "um", Neurite, "from the soma's centre to each neurite's first sample", trunk::vectors),
        row("trunk_origin_azimuths", "rad", Neurite, "azimuth of that vector in the x-z plane, from the x axis", trunk::azimuths),
        row("trunk_origin_elevations", "rad", Neurite, "elevation of that vector above the x-z plane", trunk::elevations),
        row("trunk_angles", "rad", Neurite, "angle in the x-y plane to the previous neurite, taken round from the y axis", trunk::angles),
        row("trunk_angles_from_vector", "rad", Neurite, "angle, elevation and azimuth of each stem against the y axis", trunk::angles_from_up),
        row("trunk_angles_inter_types", "rad", Neurite, "angle, elevation and azimuth from each apical to each basal stem", trunk::angles_between_types),
        row("length_fraction_above_soma", "1", Cell, "share of the path length in edges whose midpoint has a larger y than the soma", trunk::length_above_soma),
        row("sholl_crossings", "1", Sphere, "edges that touch the sphere of the soma's radius; both ends may lie on it", extent::sholl_crossings),
        row("sholl_frequency", "1", Sphere, "the same for spheres 10 um apart, from the soma's radius outwards", extent::sholl_frequency),
        row("total_width", "um", Cell, "range of the sections' points in x", extent::width),
        row("total_height", "um", Cell, "range of the sections' points in y", extent::height),
        row("total_depth", "um", Cell, "range of the sections' points in z", extent::depth),
        row("principal_direction_extents", "um", Neurite, "largest extent of the neurite's points along its principal axes", extent::principal_extents),
        row("aspect_ratio", "1", Cell, "smaller over larger extent along the principal axes of the points in the x-y plane", extent::aspect_ratio),
        row("circularity", "1", Cell, "4 pi area / perimeter^2 of the convex hull in the x-y plane", extent::circularity),
        row("shape_factor", "1", Cell, "area of the convex hull in the x-y plane over its largest diameter squared", extent::shape_factor),
        row("volume_density", "1", Cell, "volume of the neurites over that of their convex hull", extent::volume_density),
        row("neurite_volume_density", "1", Neurite, "volume of each neurite over that of its convex hull", extent::neurite_volume_density),
        row("soma_radius", "um", Cell, "radius of the sphere with the soma's surface", |a| Ok(Value::Number(a.soma.radius))),
        row("soma_surface_area", "um2", Cell, "surface of the soma: a sphere, or cones where it has several samples", |a| Ok(Value::Number(a.soma.area))),
        row("soma_volume", "um3", Cell, "volume of the soma", |a| Ok(Value::Number(a.soma.volume))),
    ]
};

/// The soma's centre for features that make no sense without one.
fn soma_centre(arbor: &Arbor) -> Result<[f64; 3]> {
    arbor.soma.centre.ok_or_else(|| {
        Error::value(format!("`{}` has no soma, from which this is measured", arbor.neuron.name))
            .help("measures of sections, forks and edges do without")
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::parse_swc;

    #[test]
    fn names_differ_and_every_feature_stands_every_shape() {
        let names: std::collections::HashSet<_> = FEATURES.iter().map(|f| f.name).collect();
        assert_eq!(names.len(), FEATURES.len());
        let shapes = [
            "1 3 0 0 0 1 -1\n",
            "1 1 0 0 0 0 -1\n",
            "1 1 0 0 0 1 -1\n2 3 0 0 0 0 1\n3 3 0 0 0 0 2\n4 3 0 0 0 0 2\n5 3 0 0 0 0 2\n",
            "1 2 0 0 0 1 -1\n2 2 1 0 0 1 1\n3 2 0 0 0 1 -1\n4 2 1 0 0 1 3\n",
        ];
        for text in shapes {
            let neuron = parse_swc("odd", text.as_bytes()).unwrap().morphology;
            let arbor = Arbor::new(&neuron);
            for feature in &FEATURES {
                // An error or any number will do; a panic will not.
                let _ = (feature.compute)(&arbor);
            }
        }
    }
}
