//! Features of the outline: ranges, principal axes, hulls; and of spheres about the soma.

use faer::{Mat, Side};

use super::section::section_volume;
use super::soma_centre;
use crate::error::Result;
use crate::morph::geometry::{distance, squared_distance};
use crate::morph::hull::{planar_hull, solid_hull};
use crate::morph::measure::arbor::Arbor;
use crate::morph::measure::value::Value;

type Answer = Result<Value>;

/// Positions of the chosen sections' points.
fn points<'a>(arbor: &'a Arbor) -> impl Iterator<Item = [f64; 3]> + 'a {
    arbor.sections().flat_map(|s| s.points()).map(|i| arbor.neuron.position[i])
}

fn range(arbor: &Arbor, axis: usize) -> Answer {
    let (low, high) =
        points(arbor).fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), p| (l.min(p[axis]), h.max(p[axis])));
    Ok(Value::Number(if low <= high { high - low } else { 0.0 }))
}

pub(super) fn width(arbor: &Arbor) -> Answer {
    range(arbor, 0)
}

pub(super) fn height(arbor: &Arbor) -> Answer {
    range(arbor, 1)
}

pub(super) fn depth(arbor: &Arbor) -> Answer {
    range(arbor, 2)
}

/// Each point once: a fork is a point of three sections and must not weigh three times.
fn distinct<const D: usize>(points: impl Iterator<Item = [f64; D]>) -> Vec<[f64; D]> {
    let mut points: Vec<[f64; D]> = points.collect();
    let order = |a: &[f64; D], b: &[f64; D]| {
        a.iter().zip(b).fold(std::cmp::Ordering::Equal, |o, (x, y)| o.then(x.total_cmp(y)))
    };
    points.sort_unstable_by(order);
    points.dedup();
    points
}

/// Extents of points along their principal axes, descending; none for fewer than two points.
fn extents<const D: usize>(points: &[[f64; D]]) -> Option<[f64; D]> {
    if points.len() < 2 {
        return None;
    }
    let n = points.len() as f64;
    let mean: [f64; D] = std::array::from_fn(|axis| points.iter().map(|p| p[axis]).sum::<f64>() / n);
    let mut covariance = Mat::<f64>::zeros(D, D);
    for p in points {
        for i in 0..D {
            for j in 0..D {
                covariance[(i, j)] += (p[i] - mean[i]) * (p[j] - mean[j]) / (n - 1.0);
            }
        }
    }
    let axes = covariance.self_adjoint_eigen(Side::Lower).ok()?;
    let mut extents: [f64; D] = std::array::from_fn(|k| {
        let along = points.iter().map(|p| (0..D).map(|axis| (p[axis] - mean[axis]) * axes.U()[(axis, k)]).sum::<f64>());
        let (low, high) = along.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        high - low
    });
    extents.sort_by(|a, b| b.total_cmp(a));
    Some(extents)
}

pub(super) fn principal_extents(arbor: &Arbor) -> Answer {
    let largest = |range: std::ops::Range<usize>| {
        let points = arbor.within(range).flat_map(|s| s.points()).map(|i| arbor.neuron.position[i]);
        extents(&distinct(points)).map_or(f64::NAN, |e| e[0])
    };
    Ok(Value::List(arbor.neurites().map(largest).collect()))
}

/// The points seen along z, each once.
fn projected(arbor: &Arbor) -> Vec<[f64; 2]> {
    distinct(points(arbor).map(|p| [p[0], p[1]]))
}

pub(super) fn aspect_ratio(arbor: &Arbor) -> Answer {
    Ok(Value::Number(extents(&projected(arbor)).map_or(f64::NAN, |e| e[1] / e[0])))
}

pub(super) fn circularity(arbor: &Arbor) -> Answer {
    let points = projected(arbor);
    if points.is_empty() {
        return Ok(Value::Number(f64::NAN));
    }
    let hull = planar_hull(&points);
    let perimeter = hull.perimeter.unwrap_or(f64::NAN);
    Ok(Value::Number(4.0 * std::f64::consts::PI * hull.area / (perimeter * perimeter)))
}

pub(super) fn shape_factor(arbor: &Arbor) -> Answer {
    let points = projected(arbor);
    if points.is_empty() {
        return Ok(Value::Number(f64::NAN));
    }
    let hull = planar_hull(&points);
    let corners: Vec<[f64; 3]> = hull.corners.iter().map(|&i| [points[i][0], points[i][1], 0.0]).collect();
    let pairs =
        corners.iter().enumerate().flat_map(|(i, &a)| corners[..i].iter().map(move |&b| squared_distance(a, b)));
    Ok(Value::Number(hull.area / pairs.fold(0.0, f64::max)))
}

pub(super) fn volume_density(arbor: &Arbor) -> Answer {
    let volume: f64 = arbor.sections().map(|s| section_volume(arbor, s)).sum();
    Ok(Value::Number(density(volume, &points(arbor).collect::<Vec<_>>())))
}

pub(super) fn neurite_volume_density(arbor: &Arbor) -> Answer {
    let of = |range: std::ops::Range<usize>| {
        let volume: f64 = arbor.within(range.clone()).map(|s| section_volume(arbor, s)).sum();
        let points = arbor.within(range).flat_map(|s| s.points()).map(|i| arbor.neuron.position[i]);
        density(volume, &points.collect::<Vec<_>>())
    };
    Ok(Value::List(arbor.neurites().map(of).collect()))
}

/// A volume over that of the points' hull; NaN where they lie in a plane.
fn density(volume: f64, points: &[[f64; 3]]) -> f64 {
    let hull = if points.is_empty() { None } else { solid_hull(points).ok().and_then(|hull| hull.volume) };
    hull.filter(|&hull| hull > 0.0).map_or(f64::NAN, |hull| volume / hull)
}

/// Edges that touch a sphere: an end on the sphere counts for each edge there (both ends closed).
fn touching(arbor: &Arbor, centre: [f64; 3], radii: &[f64]) -> Vec<f64> {
    let squared: Vec<f64> = arbor.neuron.position.iter().map(|&p| squared_distance(p, centre)).collect();
    let mut counts = vec![0.0; radii.len()];
    for i in arbor.sections().flat_map(|s| s.edges()) {
        let ends = [squared[arbor.neuron.parent[i] as usize], squared[i]];
        let (near, far) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        let first = radii.partition_point(|r| r * r < near);
        for count in counts[first..].iter_mut().zip(&radii[first..]).take_while(|(_, r)| *r * *r <= far) {
            *count.0 += 1.0;
        }
    }
    counts
}

pub(super) fn sholl_crossings(arbor: &Arbor) -> Answer {
    Ok(Value::List(touching(arbor, soma_centre(arbor)?, &[arbor.soma.radius])))
}

pub(super) fn sholl_frequency(arbor: &Arbor) -> Answer {
    const STEP: f64 = 10.0;
    let centre = soma_centre(arbor)?;
    let reach = points(arbor).map(|p| distance(p, centre)).fold(0.0, f64::max);
    let spheres = (reach / STEP).ceil() as usize;
    let radii: Vec<f64> = (0..spheres).map(|k| arbor.soma.radius + k as f64 * STEP).collect();
    Ok(Value::List(touching(arbor, centre, &radii)))
}
