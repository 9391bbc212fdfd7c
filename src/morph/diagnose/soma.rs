//! Soma conventions: telling them apart, and writing a soma in another one.

use std::f64::consts::{PI, TAU};

use super::cure::Convention;
use crate::error::Result;
use crate::morph::geometry::distance;
use crate::morph::{Kinds, Morphology, NO_PARENT, Sample, kind};

/// How a soma is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    OnePoint,
    ThreePoints,
    /// Cylinders: so many samples in a row.
    Chain(usize),
    /// An outline of so many samples.
    Contour(usize),
    /// So many samples, one with several soma children.
    Branching(usize),
}

/// The soma samples that are connected to this one, the first of them, in order.
fn samples_of(m: &Morphology, first: usize) -> Vec<usize> {
    let mut part = vec![false; m.len()];
    part[first] = true;
    for i in first + 1..m.len() {
        part[i] = m.is_soma(i) && m.parent_of(i).is_some_and(|p| part[p]);
    }
    (first..m.len()).filter(|&i| part[i]).collect()
}

/// How the soma that starts at `first` is drawn.
///
/// An outline is a row of at least four samples that comes back near its start: the gap between its ends is no longer
/// than its longest edge, and its samples lie farther from their middle than their radii reach.
pub(super) fn shape(m: &Morphology, first: usize) -> Shape {
    let samples = samples_of(m, first);
    let n = samples.len();
    if n == 1 {
        return Shape::OnePoint;
    }
    let mut children = vec![0; m.len()];
    samples.iter().filter_map(|&i| m.parent_of(i)).for_each(|p| children[p] += 1);
    let branches = samples.iter().any(|&i| children[i] > 1);
    if n == 3 && children[first] == 2 {
        return Shape::ThreePoints;
    }
    if branches {
        return Shape::Branching(n);
    }
    let lengths = m.edge_lengths();
    let longest = samples[1..].iter().map(|&i| lengths[i]).fold(0.0, f64::max);
    let middle = centroid(m, &samples);
    let drawn_round = samples.iter().all(|&i| distance(m.position[i], middle) > m.radius[i]);
    if n >= 4 && drawn_round && distance(m.position[first], m.position[samples[n - 1]]) <= longest {
        return Shape::Contour(n);
    }
    Shape::Chain(n)
}

fn centroid(m: &Morphology, samples: &[usize]) -> [f64; 3] {
    std::array::from_fn(|k| samples.iter().map(|&i| m.position[i][k]).sum::<f64>() / samples.len() as f64)
}

/// Centre and radius of a sphere that stands for the soma: its first sample for one and three points; for an outline the
/// middle, and the mean distance of its samples from it; otherwise the middle, and the radius of a sphere with the
/// surface of the frusta between the samples.
fn ball(m: &Morphology, first: usize) -> ([f64; 3], f64) {
    let samples = samples_of(m, first);
    let middle = centroid(m, &samples);
    match shape(m, first) {
        Shape::OnePoint | Shape::ThreePoints => (m.position[first], m.radius[first]),
        Shape::Contour(n) => (middle, samples.iter().map(|&i| distance(m.position[i], middle)).sum::<f64>() / n as f64),
        Shape::Chain(_) | Shape::Branching(_) => {
            let surface: f64 = samples[1..]
                .iter()
                .map(|&i| {
                    let p = m.parent[i] as usize;
                    let (a, b) = (m.radius[p].max(0.0), m.radius[i].max(0.0));
                    PI * (a + b) * distance(m.position[p], m.position[i]).hypot(a - b)
                })
                .sum();
            (middle, (surface / (4.0 * PI)).sqrt())
        }
    }
}

/// The neuron with its first soma in another convention. Neurites hang on the soma's first sample, which keeps its id;
/// further soma samples get ids above the largest.
pub(super) fn convert(m: &Morphology, to: Convention) -> Result<Morphology> {
    if to == Convention::None {
        return m.without(&Kinds::one(kind::SOMA)).map(|(rest, _)| rest);
    }
    let Some(first) = m.soma() else { return Ok(m.clone()) };
    let old = samples_of(m, first);
    let (centre, radius) = ball(m, first);
    let mut samples = m.samples();
    let mut parent = m.parent.clone();
    samples[first].position = centre;
    samples[first].radius = radius;
    for p in &mut parent {
        if old.binary_search(&(*p as usize)).is_ok() {
            *p = first as u32;
        }
    }
    let keep: Vec<usize> = (0..m.len()).filter(|i| *i == first || old.binary_search(i).is_err()).collect();
    let mut place = vec![NO_PARENT; m.len()];
    keep.iter().enumerate().for_each(|(new, &i)| place[i] = new as u32);
    let mut made: Vec<Sample> = keep.iter().map(|&i| samples[i]).collect();
    let up = |p: u32| if p == NO_PARENT { NO_PARENT } else { place[p as usize] };
    let mut links: Vec<u32> = keep.iter().map(|&i| up(parent[i])).collect();
    let soma = place[first];
    let largest = m.id.iter().copied().max().unwrap_or(0);
    let mut add = |offset: [f64; 3], radius: f64, parent: u32| {
        let position = std::array::from_fn(|k| centre[k] + offset[k]);
        let at = made.len() as u32;
        let id = largest.saturating_add(1 + i64::from(at) - keep.len() as i64);
        made.push(Sample { id, kind: kind::SOMA, position, radius });
        links.push(parent);
        at
    };
    match to {
        Convention::OnePoint | Convention::None => {}
        Convention::ThreePoints => {
            add([0.0, -radius, 0.0], radius, soma);
            add([0.0, radius, 0.0], radius, soma);
        }
        Convention::Contour => {
            let mut above = soma;
            for step in 0..8 {
                let (sin, cos) = (TAU * f64::from(step) / 8.0).sin_cos();
                // A line as thin as contours are drawn: a fiftieth of the soma.
                above = add([radius * cos, radius * sin, 0.0], radius / 50.0, above);
            }
        }
    }
    Ok(Morphology::from_unordered(&m.name, &made, &links))
}
