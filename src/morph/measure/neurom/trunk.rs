//! Features of stems: where neurites leave the soma, and in which direction.
//!
//! Directions use NeuroM's frame: azimuth in the x-z plane from the x axis (from -pi to pi), elevation above that plane
//! towards y (from -pi/2 to pi/2).

use std::f64::consts::PI;

use super::soma_centre;
use crate::error::{Error, Result};
use crate::morph::measure::arbor::{Arbor, NO_SECTION};
use crate::morph::measure::space::{Vector, angle, from_to, norm};
use crate::morph::measure::value::Value;
use crate::morph::{Kinds, kind};

type Answer = Result<Value>;

/// One value for each neurite, from the place of its first section.
fn each(arbor: &Arbor, of: impl Fn(usize) -> f64) -> Answer {
    Ok(Value::List(arbor.neurites().map(|range| of(range.start)).collect()))
}

/// From the soma's centre to the first samples of the chosen neurites.
fn stems(arbor: &Arbor) -> Result<Vec<Vector>> {
    let centre = soma_centre(arbor)?;
    let first = |start: usize| arbor.neuron.position[arbor.all()[start].head as usize];
    Ok(arbor.neurites().map(|range| from_to(centre, first(range.start))).collect())
}

/// Elevation and azimuth of a stem.
///
/// # Errors
/// For one that starts in the soma's centre.
fn spherical(v: Vector) -> Result<[f64; 2]> {
    let length = norm(v);
    if length < f64::from(f32::EPSILON) {
        return Err(Error::value("a neurite starts at the soma's centre and so has no direction")
            .help("move its first sample to the soma's surface, or leave its type out"));
    }
    Ok([(v[1] / length).clamp(-1.0, 1.0).asin(), v[2].atan2(v[0])])
}

/// Angle, difference of elevation (from -pi to pi) and of azimuth (from -2 pi to 2 pi) between two directions.
fn against(from: Vector, to: Vector) -> Result<Vec<f64>> {
    let ([e0, a0], [e1, a1]) = (spherical(from)?, spherical(to)?);
    Ok(vec![angle(from, to), wrapped(e1 - e0, PI), wrapped(a1 - a0, 2.0 * PI)])
}

/// An angle brought above `-half` and to at most `half` by whole turns of `2 * half`.
fn wrapped(angle: f64, half: f64) -> f64 {
    let rest = angle % (2.0 * half);
    if rest <= -half {
        rest + 2.0 * half
    } else if rest > half {
        rest - 2.0 * half
    } else {
        rest
    }
}

pub(super) fn section_lengths(arbor: &Arbor) -> Answer {
    each(arbor, |start| arbor.all()[start].length)
}

pub(super) fn radii(arbor: &Arbor) -> Answer {
    each(arbor, |start| arbor.neuron.radius[arbor.all()[start].head as usize])
}

pub(super) fn vectors(arbor: &Arbor) -> Answer {
    Ok(Value::Rows(stems(arbor)?.iter().map(|v| v.to_vec()).collect()))
}

pub(super) fn azimuths(arbor: &Arbor) -> Answer {
    Ok(Value::List(stems(arbor)?.iter().map(|v| v[2].atan2(v[0])).collect()))
}

pub(super) fn elevations(arbor: &Arbor) -> Answer {
    Ok(Value::List(stems(arbor)?.into_iter().map(|v| spherical(v).map(|s| s[0])).collect::<Result<_>>()?))
}

/// In the x-y plane, neurites in the order of their angle from the y axis, each against the one before it; the first
/// against the last.
pub(super) fn angles(arbor: &Arbor) -> Answer {
    let mut flat: Vec<Vector> = stems(arbor)?.into_iter().map(|v| [v[0], v[1], 0.0]).collect();
    flat.sort_by(|u, v| u[1].atan2(u[0]).total_cmp(&v[1].atan2(v[0])));
    let before = |i: usize| flat[(i + flat.len() - 1) % flat.len()];
    Ok(Value::List((0..flat.len()).map(|i| angle(flat[i], before(i))).collect()))
}

pub(super) fn angles_from_up(arbor: &Arbor) -> Answer {
    Ok(Value::Rows(stems(arbor)?.into_iter().map(|v| against([0.0, 1.0, 0.0], v)).collect::<Result<_>>()?))
}

/// The choice of types has no say here: the types are the measure.
pub(super) fn angles_between_types(arbor: &Arbor) -> Answer {
    let centre = soma_centre(arbor)?;
    let of_type = |wanted: u16| {
        let kinds = Kinds::one(wanted);
        let starts = arbor.all().iter().filter(move |s| s.parent == NO_SECTION && kinds.contains(s.kind));
        starts.map(|s| from_to(centre, arbor.neuron.position[s.head as usize])).collect::<Vec<_>>()
    };
    let (apical, basal) = (of_type(kind::APICAL), of_type(kind::DENDRITE));
    let pairs = apical.iter().flat_map(|&source| basal.iter().map(move |&target| against(source, target)));
    Ok(Value::Rows(pairs.collect::<Result<_>>()?))
}

pub(super) fn length_above_soma(arbor: &Arbor) -> Answer {
    Ok(Value::Number(length_above(arbor, soma_centre(arbor)?[1])))
}

/// Share of the path length in edges whose midpoint lies above a height; NaN without length.
pub(in crate::morph::measure) fn length_above(arbor: &Arbor, height: f64) -> f64 {
    let at = &arbor.neuron.position;
    let (mut above, mut total) = (0.0, 0.0);
    for i in arbor.sections().flat_map(|s| s.edges()) {
        total += arbor.edge_length[i];
        if 0.5 * (at[arbor.neuron.parent[i] as usize][1] + at[i][1]) > height {
            above += arbor.edge_length[i];
        }
    }
    above / total
}
