//! Cropping: keeping what lies in a box or a sphere, cut exactly at the boundary or at samples.

use super::direction::dot;
use super::draft::Draft;
use super::remove::Removal;
use crate::error::{Error, Result};
use crate::morph::{Morphology, NO_PARENT};

/// What is kept: a box or a sphere.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct CropOptions {
    /// A box, as `[[x, y, z], [x, y, z]]` of two opposite corners.
    #[serde(rename = "box")]
    pub bounds: Option<Bounds>,
    /// A sphere.
    pub sphere: Option<Sphere>,
    /// Where cable that leaves is cut.
    pub cut: Cut,
}

/// Where cable that crosses the boundary is cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// At the boundary itself, where a new sample is set.
    #[default]
    Boundary,
    /// At the last sample inside.
    Samples,
}

/// A box along the axes, by two opposite corners; its faces belong to it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct Bounds(pub [[f64; 3]; 2]);

/// A ball; its surface belongs to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sphere {
    /// Its centre; the neuron's where none is given.
    pub centre: Option<[f64; 3]>,
    /// Its radius.
    pub radius: f64,
}

/// What rounding may put a sample beyond the boundary that it was set on, relative to its coordinates.
const ROUNDING: f64 = 1e-12;

impl Bounds {
    /// The box with its lower corner first.
    ///
    /// # Errors
    /// When a coordinate is not a number; infinite ones leave a side open.
    pub(super) fn checked(self) -> Result<Self> {
        let [a, b] = self.0;
        if a.iter().chain(&b).any(|v| v.is_nan()) {
            return Err(Error::value(format!("the box is {:?}, expected two corners of three numbers", self.0)));
        }
        Ok(Bounds([std::array::from_fn(|k| a[k].min(b[k])), std::array::from_fn(|k| a[k].max(b[k]))]))
    }

    /// Whether a point lies in it or on its faces; the lower corner must come first.
    pub(super) fn contains(&self, p: [f64; 3]) -> bool {
        (0..3).all(|k| {
            let slack = ROUNDING * p[k].abs();
            self.0[0][k] <= p[k] + slack && p[k] - slack <= self.0[1][k]
        })
    }

    /// Which part of the way from `a` to `b` lies inside, from 0 to 1 (the slab method).
    fn span(&self, a: [f64; 3], b: [f64; 3]) -> Option<(f64, f64)> {
        let (mut start, mut end) = (0.0f64, 1.0f64);
        for k in 0..3 {
            let (low, high, step) = (self.0[0][k] - a[k], self.0[1][k] - a[k], b[k] - a[k]);
            if step == 0.0 {
                if low > 0.0 || high < 0.0 {
                    return None;
                }
                continue;
            }
            let (enter, leave) = if step > 0.0 { (low / step, high / step) } else { (high / step, low / step) };
            (start, end) = (start.max(enter), end.min(leave));
        }
        (start <= end).then_some((start, end))
    }
}

/// What is kept, with everything known.
enum Region {
    Bounds(Bounds),
    Ball { centre: [f64; 3], radius: f64 },
}

impl Region {
    fn contains(&self, p: [f64; 3]) -> bool {
        match self {
            Region::Bounds(bounds) => bounds.contains(p),
            Region::Ball { centre, radius } => {
                let off = std::array::from_fn(|k| p[k] - centre[k]);
                let size = p.iter().fold(*radius, |size, v| size.max(v.abs()));
                dot(off, off).sqrt() <= radius + ROUNDING * size
            }
        }
    }

    /// Which part of the way from `a` to `b` lies inside, from 0 to 1; both kinds of region are convex.
    fn span(&self, a: [f64; 3], b: [f64; 3]) -> Option<(f64, f64)> {
        match self {
            Region::Bounds(bounds) => bounds.span(a, b),
            Region::Ball { centre, radius } => {
                let (off, step) = (std::array::from_fn(|k| a[k] - centre[k]), std::array::from_fn(|k| b[k] - a[k]));
                let (square, half, rest) = (dot(step, step), dot(off, step), dot(off, off) - radius * radius);
                if square == 0.0 {
                    return (rest <= 0.0).then_some((0.0, 1.0));
                }
                let root = (half * half - square * rest).sqrt();
                // NaN where the line misses the ball.
                let (start, end) = (((-half - root) / square).max(0.0), ((-half + root) / square).min(1.0));
                (root >= 0.0 && start <= end).then_some((start, end))
            }
        }
    }
}

impl Morphology {
    /// The part of the neuron in a box or sphere, and how much went. What is inside but no longer connected stays as
    /// pieces of their own, counted as new roots.
    ///
    /// Samples inside are unchanged. With [`Cut::Boundary`] every edge ends at the boundary, in a new sample of the
    /// branch's type with a new id and an interpolated radius, also where an edge passes through without a sample inside:
    /// so lengths inside and outside add up to the whole. The link between a soma and a neurite is no cable, and goes
    /// where one of the two does.
    ///
    /// # Errors
    /// When not exactly one region is given, it is no region, or nothing is inside.
    pub fn cropped(&self, options: &CropOptions) -> Result<(Morphology, Removal)> {
        let region = self.region(options)?;
        let inside: Vec<bool> = self.position.iter().map(|&p| region.contains(p)).collect();
        let cropped = match options.cut {
            Cut::Samples => self.retained(&inside, "cropping")?,
            Cut::Boundary => self.cut_at(&region, &inside)?,
        };
        let removal = Removal::between(self, &cropped);
        Ok((cropped, removal))
    }

    fn region(&self, options: &CropOptions) -> Result<Region> {
        match (options.bounds, options.sphere) {
            (Some(bounds), None) => bounds.checked().map(Region::Bounds),
            (None, Some(Sphere { centre, radius })) if radius >= 0.0 => {
                Ok(Region::Ball { centre: centre.unwrap_or_else(|| self.centre()), radius })
            }
            (None, Some(Sphere { radius, .. })) => {
                Err(Error::value(format!("the sphere's `radius` is {radius}, expected 0 or more")))
            }
            _ => Err(Error::value("cropping needs either `box` or `sphere`")
                .help("`box: [[0, 0, 0], [100, 100, 50]]` or `sphere: #{ radius: 100 }`")),
        }
    }

    fn cut_at(&self, region: &Region, inside: &[bool]) -> Result<Morphology> {
        let mut place = vec![NO_PARENT; self.len()];
        let mut draft = Draft::of(self, self.len());
        for i in 0..self.len() {
            let Some(p) = self.parent_of(i) else {
                if inside[i] {
                    place[i] = draft.keep(i, NO_PARENT);
                }
                continue;
            };
            if self.is_soma(p) || self.is_soma(i) {
                if inside[i] {
                    place[i] = draft.keep(i, place[p]);
                }
                continue;
            }
            let span = region.span(self.position[p], self.position[i]);
            let above = match (inside[p], span) {
                (true, _) => place[p],
                // A point touched in passing is no cable.
                (false, Some((start, end))) if start > 0.0 && start < end => draft.between(p, i, start, NO_PARENT),
                (false, _) => NO_PARENT,
            };
            match span {
                _ if inside[i] => place[i] = draft.keep(i, above),
                Some((_, end)) if above != NO_PARENT && end > ROUNDING && end < 1.0 => {
                    draft.between(p, i, end, above);
                }
                _ => {}
            }
        }
        draft.finish_pieces("cropping")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::parse_swc;

    fn read(text: &str) -> Morphology {
        parse_swc("cell", text.as_bytes()).unwrap().morphology
    }

    /// A line along x from 0 to 40 that comes back at y = 10.
    const HAIRPIN: &str = "1 3 0 0 0 1 -1\n2 3 20 0 0 3 1\n3 3 40 0 0 1 2\n4 3 40 10 0 1 3\n5 2 0 10 0 2 4\n";

    fn bounds(low: [f64; 3], high: [f64; 3]) -> CropOptions {
        CropOptions { bounds: Some(Bounds([low, high])), ..CropOptions::default() }
    }

    #[test]
    fn cable_is_cut_at_the_boundary_and_passing_edges_leave_a_piece() {
        let (m, removal) = read(HAIRPIN).cropped(&bounds([-5.0, -5.0, -5.0], [30.0, 20.0, 5.0])).unwrap();
        assert_eq!(m.id, [1, 2, 6, 7, 5]);
        assert_eq!(m.parent, [NO_PARENT, 0, 1, NO_PARENT, 3]);
        assert_eq!((m.position[2], m.radius[2]), ([30.0, 0.0, 0.0], 2.0));
        assert_eq!((m.position[3], m.radius[3], m.kind[3]), ([30.0, 10.0, 0.0], 1.25, 2));
        assert_eq!(removal, Removal { removed: 2, reattached: 0, new_roots: 1 });
        // Only the way back passes, with both samples outside. The corners may come in any order.
        let (m, _) = read(HAIRPIN).cropped(&bounds([15.0, 15.0, 1.0], [5.0, 5.0, -1.0])).unwrap();
        assert_eq!(m.position, [[15.0, 10.0, 0.0], [5.0, 10.0, 0.0]]);
    }

    #[test]
    fn at_samples_nothing_is_added() {
        let options = CropOptions { cut: Cut::Samples, ..bounds([-5.0, -5.0, -5.0], [30.0, 20.0, 5.0]) };
        let (m, _) = read(HAIRPIN).cropped(&options).unwrap();
        assert_eq!((m.id.as_slice(), m.n_roots()), (&[1, 2, 5][..], 2));
    }

    #[test]
    fn a_sphere_is_centred_on_the_neuron_unless_said() {
        let sphere = |centre, radius| CropOptions { sphere: Some(Sphere { centre, radius }), ..CropOptions::default() };
        let (m, _) = read(HAIRPIN).cropped(&sphere(None, 5.0)).unwrap();
        assert_eq!(m.position, [[0.0; 3], [5.0, 0.0, 0.0]]);
        let (m, _) = read(HAIRPIN).cropped(&sphere(Some([20.0, 10.0, 0.0]), 5.0)).unwrap();
        assert_eq!(m.position, [[25.0, 10.0, 0.0], [15.0, 10.0, 0.0]]);
        assert!(read(HAIRPIN).cropped(&sphere(Some([20.0, 90.0, 0.0]), 5.0)).is_err());
        assert!(read(HAIRPIN).cropped(&sphere(None, -1.0)).is_err());
        assert!(read(HAIRPIN).cropped(&CropOptions::default()).is_err());
    }

    #[test]
    fn samples_on_the_boundary_are_inside_and_not_doubled() {
        let (m, _) = read(HAIRPIN).cropped(&bounds([0.0, 0.0, 0.0], [20.0, 0.0, 0.0])).unwrap();
        assert_eq!((m.id.as_slice(), m.total_length()), (&[1, 2][..], 20.0));
    }
}
