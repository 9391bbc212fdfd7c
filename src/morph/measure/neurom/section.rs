//! Features of sections and of their edges.

use crate::error::Result;
use crate::morph::geometry::distance;
use crate::morph::measure::arbor::{Arbor, Section};
use crate::morph::measure::soma::{cone_area, cone_volume};
use crate::morph::measure::space::{angle_at, midpoint};
use crate::morph::measure::value::Value;

type Answer = Result<Value>;

fn number(value: f64) -> Answer {
    Ok(Value::Number(value))
}

fn count(value: usize) -> Answer {
    number(value as f64)
}

/// One value for each chosen section.
fn each(arbor: &Arbor, of: impl Fn(&Section) -> f64) -> Answer {
    Ok(Value::List(arbor.sections().map(of).collect()))
}

/// One value for each chosen section that ends in a tip.
fn each_terminal(arbor: &Arbor, of: impl Fn(&Section) -> f64) -> Answer {
    Ok(Value::List(arbor.sections().filter(|s| s.is_terminal()).map(of).collect()))
}

/// One value for each chosen section that ends in a fork into two.
fn each_forking(arbor: &Arbor, of: impl Fn(&Section) -> f64) -> Answer {
    Ok(Value::List(arbor.sections().filter(|s| s.children == 2).map(of).collect()))
}

/// The sum of a measure over the chosen sections of each neurite.
fn per_neurite(arbor: &Arbor, of: impl Fn(&Section) -> f64) -> Answer {
    Ok(Value::List(arbor.neurites().map(|range| arbor.within(range).map(&of).sum()).collect()))
}

/// One value for each edge of the chosen sections, from the indices of its two ends.
fn each_edge(arbor: &Arbor, of: impl Fn(usize, usize) -> f64) -> Answer {
    let parent = &arbor.neuron.parent;
    Ok(Value::List(arbor.sections().flat_map(|s| s.edges()).map(|i| of(parent[i] as usize, i)).collect()))
}

fn area_of(arbor: &Arbor, edge: usize) -> f64 {
    let (r, h) = (&arbor.neuron.radius, arbor.edge_length[edge]);
    cone_area(r[arbor.neuron.parent[edge] as usize], r[edge], h)
}

fn volume_of(arbor: &Arbor, edge: usize) -> f64 {
    let (r, h) = (&arbor.neuron.radius, arbor.edge_length[edge]);
    cone_volume(r[arbor.neuron.parent[edge] as usize], r[edge], h)
}

fn section_area(arbor: &Arbor, section: &Section) -> f64 {
    section.edges().map(|i| area_of(arbor, i)).sum()
}

/// Volume of a section's cones.
pub(super) fn section_volume(arbor: &Arbor, section: &Section) -> f64 {
    section.edges().map(|i| volume_of(arbor, i)).sum()
}

fn radial(arbor: &Arbor, section: &Section) -> f64 {
    distance(arbor.neuron.position[section.last()], arbor.origin(section))
}

pub(super) fn n_neurites(arbor: &Arbor) -> Answer {
    count(arbor.neurites().count())
}

pub(super) fn n_sections(arbor: &Arbor) -> Answer {
    count(arbor.sections().count())
}

pub(super) fn n_edges(arbor: &Arbor) -> Answer {
    count(arbor.sections().map(|s| s.edges().len()).sum())
}

pub(super) fn n_sections_per_neurite(arbor: &Arbor) -> Answer {
    per_neurite(arbor, |_| 1.0)
}

pub(super) fn n_bifurcations(arbor: &Arbor) -> Answer {
    count(arbor.sections().filter(|s| s.children == 2).count())
}

pub(super) fn n_forks(arbor: &Arbor) -> Answer {
    count(arbor.sections().filter(|s| s.children >= 2).count())
}

pub(super) fn n_leaves(arbor: &Arbor) -> Answer {
    count(arbor.sections().filter(|s| s.is_terminal()).count())
}

pub(super) fn total_length(arbor: &Arbor) -> Answer {
    number(arbor.sections().map(|s| s.length).sum())
}

pub(super) fn total_area(arbor: &Arbor) -> Answer {
    number(arbor.sections().map(|s| section_area(arbor, s)).sum())
}

pub(super) fn total_volume(arbor: &Arbor) -> Answer {
    number(arbor.sections().map(|s| section_volume(arbor, s)).sum())
}

pub(super) fn length_per_neurite(arbor: &Arbor) -> Answer {
    per_neurite(arbor, |s| s.length)
}

pub(super) fn area_per_neurite(arbor: &Arbor) -> Answer {
    per_neurite(arbor, |s| section_area(arbor, s))
}

pub(super) fn volume_per_neurite(arbor: &Arbor) -> Answer {
    per_neurite(arbor, |s| section_volume(arbor, s))
}

pub(super) fn lengths(arbor: &Arbor) -> Answer {
    each(arbor, |s| s.length)
}

pub(super) fn terminal_lengths(arbor: &Arbor) -> Answer {
    each_terminal(arbor, |s| s.length)
}

pub(super) fn fork_lengths(arbor: &Arbor) -> Answer {
    each_forking(arbor, |s| s.length)
}

pub(super) fn areas(arbor: &Arbor) -> Answer {
    each(arbor, |s| section_area(arbor, s))
}

pub(super) fn volumes(arbor: &Arbor) -> Answer {
    each(arbor, |s| section_volume(arbor, s))
}

pub(super) fn chords(arbor: &Arbor) -> Answer {
    each(arbor, |s| s.chord)
}

pub(super) fn tortuosity(arbor: &Arbor) -> Answer {
    each(arbor, |s| if s.n_points() < 2 { 1.0 } else { s.length / s.chord })
}

pub(super) fn orders(arbor: &Arbor) -> Answer {
    each(arbor, |s| f64::from(s.order))
}

pub(super) fn fork_orders(arbor: &Arbor) -> Answer {
    each_forking(arbor, |s| f64::from(s.order))
}

pub(super) fn terminal_orders(arbor: &Arbor) -> Answer {
    each_terminal(arbor, |s| f64::from(s.order))
}

pub(super) fn strahler(arbor: &Arbor) -> Answer {
    each(arbor, |s| f64::from(s.strahler))
}

pub(super) fn path_distances(arbor: &Arbor) -> Answer {
    each(arbor, |s| s.path + s.length)
}

pub(super) fn terminal_path_distances(arbor: &Arbor) -> Answer {
    each_terminal(arbor, |s| s.path + s.length)
}

pub(super) fn radial_distances(arbor: &Arbor) -> Answer {
    each(arbor, |s| radial(arbor, s))
}

pub(super) fn fork_radial_distances(arbor: &Arbor) -> Answer {
    each_forking(arbor, |s| radial(arbor, s))
}

pub(super) fn terminal_radial_distances(arbor: &Arbor) -> Answer {
    each_terminal(arbor, |s| radial(arbor, s))
}

pub(super) fn max_radial_distance(arbor: &Arbor) -> Answer {
    number(arbor.sections().filter(|s| s.is_terminal()).map(|s| radial(arbor, s)).fold(0.0, f64::max))
}

/// Least squares; 0 for a section without length, whose line could have any slope.
pub(super) fn taper_rates(arbor: &Arbor) -> Answer {
    each(arbor, |section| {
        let n = section.n_points() as f64;
        let (mut path, mut sums) = (0.0, [0.0f64; 2]);
        for (k, i) in section.points().enumerate() {
            path += if k == 0 { 0.0 } else { arbor.edge_length[i] };
            sums[0] += path;
            sums[1] += 2.0 * arbor.neuron.radius[i];
        }
        let mean = sums.map(|s| s / n);
        let (mut path, mut covariance, mut variance) = (0.0, 0.0, 0.0);
        for (k, i) in section.points().enumerate() {
            path += if k == 0 { 0.0 } else { arbor.edge_length[i] };
            covariance += (path - mean[0]) * (2.0 * arbor.neuron.radius[i] - mean[1]);
            variance += (path - mean[0]) * (path - mean[0]);
        }
        if variance > 0.0 { covariance / variance } else { 0.0 }
    })
}

pub(super) fn edge_lengths(arbor: &Arbor) -> Answer {
    each_edge(arbor, |_, i| arbor.edge_length[i])
}

pub(super) fn edge_areas(arbor: &Arbor) -> Answer {
    each_edge(arbor, |_, i| area_of(arbor, i))
}

pub(super) fn edge_volumes(arbor: &Arbor) -> Answer {
    each_edge(arbor, |_, i| volume_of(arbor, i))
}

pub(super) fn edge_radii(arbor: &Arbor) -> Answer {
    let r = &arbor.neuron.radius;
    each_edge(arbor, |a, b| 0.5 * (r[a] + r[b]))
}

pub(super) fn edge_midpoints(arbor: &Arbor) -> Answer {
    let at = &arbor.neuron.position;
    let middle = |i: usize| midpoint(at[arbor.neuron.parent[i] as usize], at[i]).to_vec();
    Ok(Value::Rows(arbor.sections().flat_map(Section::edges).map(middle).collect()))
}

pub(super) fn edge_path_lengths(arbor: &Arbor) -> Answer {
    let mut paths = Vec::with_capacity(arbor.neuron.len());
    for section in arbor.sections() {
        let mut path = section.path;
        for i in section.edges() {
            path += arbor.edge_length[i];
            paths.push(path);
        }
    }
    Ok(Value::List(paths))
}

pub(super) fn edge_radial_distances(arbor: &Arbor) -> Answer {
    let at = &arbor.neuron.position;
    let mut distances = Vec::with_capacity(arbor.neuron.len());
    for section in arbor.sections() {
        let origin = arbor.origin(section);
        distances
            .extend(section.edges().map(|i| distance(midpoint(at[arbor.neuron.parent[i] as usize], at[i]), origin)));
    }
    Ok(Value::List(distances))
}

pub(super) fn edge_taper_rates(arbor: &Arbor) -> Answer {
    let r = &arbor.neuron.radius;
    each_edge(arbor, |a, b| 2.0 * (r[b] - r[a]) / arbor.edge_length[b])
}

pub(super) fn meander_angles(arbor: &Arbor) -> Answer {
    let (at, parent) = (&arbor.neuron.position, &arbor.neuron.parent);
    // The first edge of a section has no edge before it.
    let inner = |s: &Section| s.edges().skip(1);
    let angle = |i: usize| {
        let corner = parent[i] as usize;
        angle_at(at[corner], at[parent[corner] as usize], at[i])
    };
    Ok(Value::List(arbor.sections().flat_map(inner).map(angle).collect()))
}
