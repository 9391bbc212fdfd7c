//! Sholl analysis: how a neuron's cable spreads over spheres about its soma (Sholl 1953).
//!
//! Crossings are counted by edges: an edge crosses a sphere when exactly one of its ends has a distance of at most the
//! radius. So a sample on the sphere is counted once (NeuroM counts it for each edge that touches it), and a neurite that
//! leaves and comes back is counted each time. Lengths are exact: each edge is cut where it passes through a sphere.

use std::fmt;

use serde::Deserialize;

use super::arbor::{Arbor, Section, TypeOf};
use super::space::{dot, from_to, norm};
use crate::error::{Error, Result};
use crate::morph::geometry::squared_distance;
use crate::morph::{Kinds, Morphology};

/// Most spheres that a step may ask for.
const MAX_SPHERES: f64 = 1e6;

/// Which spheres, about which centre, and what of the neuron.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShollOptions {
    /// Distance of the spheres, in the unit of the positions; they reach as far as the neuron. Not used with `radii`.
    pub step: f64,
    /// Radii of the spheres, ascending.
    pub radii: Option<Vec<f64>>,
    /// Centre; the soma's first sample, or the first root without a soma, where there is none.
    pub centre: Option<[f64; 3]>,
    /// Whether the edges between the soma and the neurites, and those inside the soma, count as well.
    pub soma_edges: bool,
    /// Types of sections that count; all where there is none.
    #[serde(skip)]
    pub kinds: Option<Kinds>,
}

impl Default for ShollOptions {
    fn default() -> Self {
        ShollOptions { step: 10.0, radii: None, centre: None, soma_edges: false, kinds: None }
    }
}

/// What the spheres meet. All lists have one entry for each sphere; a shell reaches from the sphere before to its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Sholl {
    /// The neuron's name.
    pub name: String,
    /// Radii of the spheres.
    pub radii: Vec<f64>,
    /// Edges that cross the sphere.
    pub crossings: Vec<u64>,
    /// Cable length in the shell.
    pub lengths: Vec<f64>,
    /// Forks of sections in the shell.
    pub forks: Vec<u64>,
    /// Tips in the shell.
    pub tips: Vec<u64>,
}

impl Morphology {
    /// Counts crossings, and lengths, forks and tips between spheres.
    ///
    /// # Errors
    /// For a step or radii that are not positive, or not ascending, or too many.
    pub fn sholl(&self, options: &ShollOptions) -> Result<Sholl> {
        let arbor = match &options.kinds {
            Some(kinds) => Arbor::new(self).only(kinds, TypeOf::Section),
            None => Arbor::new(self),
        };
        let centre = options.centre.unwrap_or_else(|| self.centre());
        let squared: Vec<f64> = self.position.iter().map(|&p| squared_distance(p, centre)).collect();
        let mut edges: Vec<usize> = arbor.sections().flat_map(Section::edges).collect();
        if options.soma_edges {
            let chosen = |i: usize| options.kinds.as_ref().is_none_or(|k| k.contains(self.kind[i]));
            let at_soma = |i: &usize| self.parent_of(*i).is_some_and(|p| self.is_soma(*i) || self.is_soma(p));
            edges.extend((0..self.len()).filter(at_soma).filter(|&i| chosen(i)));
        }
        let reach = edges.iter().map(|&i| squared[i].max(squared[self.parent[i] as usize])).fold(0.0, f64::max).sqrt();
        let radii = spheres(options, reach)?;
        let squares: Vec<f64> = radii.iter().map(|r| r * r).collect();
        let shell = |square: f64| squares.partition_point(|&r| r < square);

        // Where the count of crossings rises and falls along the radii.
        let mut rises = vec![0i64; radii.len() + 1];
        let mut lengths = vec![0.0; radii.len() + 1];
        for &i in &edges {
            let p = self.parent[i] as usize;
            let (near, far) = (shell(squared[i].min(squared[p])), shell(squared[i].max(squared[p])));
            rises[near] += 1;
            rises[far] -= 1;
            share_out(self.position[p], self.position[i], centre, &squares, &mut lengths);
        }
        let mut below = 0;
        let crossings = rises[..radii.len()].iter().map(|rise| {
            below += rise;
            below as u64
        });
        let crossings = crossings.collect();
        let (mut forks, mut tips) = (vec![0; radii.len() + 1], vec![0; radii.len() + 1]);
        for section in arbor.sections() {
            let place = shell(squared[section.last()]);
            match section.children {
                0 => tips[place] += 1,
                1 => {}
                _ => forks[place] += 1,
            }
        }
        // What lies beyond the last sphere is in no shell.
        lengths.truncate(radii.len());
        forks.truncate(radii.len());
        tips.truncate(radii.len());
        Ok(Sholl { name: self.name.to_string(), radii, crossings, lengths, forks, tips })
    }
}

/// The radii that were asked for.
fn spheres(options: &ShollOptions, reach: f64) -> Result<Vec<f64>> {
    if let Some(radii) = &options.radii {
        let ascending = radii.windows(2).all(|w| w[0] < w[1]);
        return match radii.iter().find(|r| !(r.is_finite() && **r >= 0.0)) {
            Some(bad) => Err(Error::value(format!("a radius is {bad}, expected a number of 0 or more"))),
            None if !ascending => Err(Error::value("the radii do not ascend").help("sort them, each once")),
            None => Ok(radii.clone()),
        };
    }
    let step = options.step;
    if !(step.is_finite() && step > 0.0) {
        return Err(Error::value(format!("`step` is {step}, expected a distance above 0")));
    }
    let n = (reach / step).ceil().max(1.0);
    if n > MAX_SPHERES {
        return Err(Error::value(format!("a step of {step} makes {n:.0} spheres out to {reach:.1}"))
            .help(format!("at most {MAX_SPHERES:.0}: take a larger step")));
    }
    Ok((1..=n as usize).map(|k| k as f64 * step).collect())
}

/// Adds the length of the edge from `a` to `b` to the shells that it runs through; the last entry is what lies beyond.
fn share_out(a: [f64; 3], b: [f64; 3], centre: [f64; 3], squares: &[f64], lengths: &mut [f64]) {
    let (from, along) = (from_to(centre, a), from_to(a, b));
    let length = norm(along);
    if length == 0.0 {
        return;
    }
    // The squared distance at the part t of the way is c + 2 b t + a t^2. It falls up to `nearest` and rises behind it.
    let (a2, b1, c0) = (length * length, dot(from, along), dot(from, from));
    let at = |t: f64| (a2 * t + 2.0 * b1) * t + c0;
    let nearest = (-b1 / a2).clamp(0.0, 1.0);
    for (start, end, side) in [(nearest, 0.0, -1.0), (nearest, 1.0, 1.0)] {
        let mut inner = start;
        let mut shell = squares.partition_point(|&r| r < at(start));
        while shell < squares.len() && squares[shell] < at(end) {
            let root = (b1 * b1 - a2 * (c0 - squares[shell])).max(0.0).sqrt();
            let outer = ((-b1 + side * root) / a2).clamp(0.0, 1.0);
            lengths[shell] += (outer - inner).abs() * length;
            inner = outer;
            shell += 1;
        }
        lengths[shell] += (end - inner).abs() * length;
    }
}

impl fmt::Display for Sholl {
    /// `Sholl(cell_1, 23 spheres to 230 µm, at most 14 crossings at 90 µm)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.radii.len();
        // The innermost of equal peaks.
        let peak = (0..n).rev().max_by_key(|&i| self.crossings[i]);
        match (peak, self.radii.last()) {
            (Some(peak), Some(last)) => write!(
                f,
                "Sholl({}, {n} spheres to {last:.1} µm, at most {} crossings at {:.1} µm)",
                self.name, self.crossings[peak], self.radii[peak]
            ),
            _ => write!(f, "Sholl({}, no spheres)", self.name),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::parse_swc;

    fn sholl(text: &str, options: &ShollOptions) -> Sholl {
        parse_swc("t", text.as_bytes()).unwrap().morphology.sholl(options).unwrap()
    }

    /// A stem to 10, a fork, one branch to 20, one that turns and runs past the soma at a distance of 3 to (3, -10).
    const CELL: &str = "1 1 0 0 0 1 -1\n2 3 3 0 0 1 1\n3 3 3 10 0 1 2\n4 3 3 20 0 1 3\n5 3 3 -10 0 1 3\n";

    #[test]
    fn crossings_go_by_ends_and_lengths_by_geometry() {
        let found = sholl(CELL, &ShollOptions { radii: Some(vec![5.0, 9.0, 15.0, 25.0]), ..Default::default() });
        // The long edge has both ends outside 5 and 9 and so crosses neither, though it runs through both shells.
        assert_eq!(found.crossings, [1, 1, 1, 0]);
        let within = |r: f64| (r * r - 9.0f64).sqrt();
        // Inside a sphere of r are `within(r)` of the stem and, of the long edge, twice that.
        for (k, r) in [5.0, 9.0].into_iter().enumerate() {
            let sum: f64 = found.lengths[..=k].iter().sum();
            assert!((sum - 3.0 * within(r)).abs() < 1e-12);
        }
        assert!((found.lengths.iter().sum::<f64>() - 40.0).abs() < 1e-12);
        assert_eq!((found.forks, found.tips), (vec![0, 0, 1, 0], vec![0, 0, 1, 1]));
    }

    #[test]
    fn a_sample_on_the_sphere_is_inside_it() {
        let stick = "1 1 0 0 0 1 -1\n2 3 10 0 0 1 1\n3 3 20 0 0 1 2\n4 3 30 0 0 1 3\n";
        let found = sholl(stick, &ShollOptions::default());
        assert_eq!((found.radii, found.crossings), (vec![10.0, 20.0, 30.0], vec![1, 1, 0]));
        let with_soma = ShollOptions { soma_edges: true, radii: Some(vec![5.0, 10.0]), ..Default::default() };
        assert_eq!(sholl(stick, &with_soma).crossings, [1, 1]);
    }

    #[test]
    fn bad_spheres_are_refused_and_points_measure_nothing() {
        let neuron = parse_swc("t", b"1 3 0 0 0 1 -1\n").unwrap().morphology;
        let refused = |options| neuron.sholl(&options).unwrap_err();
        assert!(refused(ShollOptions { step: 0.0, ..Default::default() }).message.contains("above 0"));
        assert!(refused(ShollOptions { radii: Some(vec![2.0, 1.0]), ..Default::default() }).help.is_some());
        let one = neuron.sholl(&ShollOptions::default()).unwrap();
        assert_eq!((one.crossings, one.lengths), (vec![0], vec![0.0]));
    }
}
