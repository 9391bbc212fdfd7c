//! The convex hull of a neuron: how much room it takes.
//!
//! `planar` and `solid` find hulls of points, with orientations decided exactly; [`Hull`] holds what is measured on them.

mod planar;
mod solid;
#[cfg(test)]
mod tests;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::morph::geometry::distance;
use crate::morph::{Kinds, Morphology};

pub(crate) use planar::polygon;
pub(in crate::morph) use solid::hull as solid_hull;

/// Which hull.
#[derive(Clone, Debug, Default, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct HullOptions {
    /// The plane to project on, or `xyz` for the hull in space.
    pub plane: HullPlane,
    /// Only samples of these types; all where `None`.
    #[serde(skip)]
    pub kinds: Option<Kinds>,
}

/// Where a hull lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HullPlane {
    /// In space.
    #[default]
    Xyz,
    /// Seen along z.
    Xy,
    /// Seen along y.
    Xz,
    /// Seen along x.
    Zy,
}

/// A convex hull.
#[derive(Clone, Debug, PartialEq)]
pub struct Hull {
    /// Volume, µm³; `None` for a hull in a plane.
    pub volume: Option<f64>,
    /// Surface of a hull in space, area of one in a plane, µm².
    pub area: f64,
    /// Length of the outline of a hull in a plane, µm; `None` in space.
    pub perimeter: Option<f64>,
    /// Indices of the samples at its corners: of a hull in a plane in counter-clockwise order, of one in space ascending.
    pub corners: Vec<usize>,
}

impl Morphology {
    /// The convex hull of the samples' positions; radii do not count.
    ///
    /// Hulls without extent are the limit of ever thinner ones: samples in one plane have volume 0 and as surface both
    /// sides of their outline; samples on one line have area 0 and, in a plane, twice their length as perimeter; one
    /// position has 0 for all.
    ///
    /// # Errors
    /// When no sample is of the chosen types, or a position is not finite.
    pub fn hull(&self, options: &HullOptions) -> Result<Hull> {
        let chosen: Vec<usize> = (0..self.len())
            .filter(|&i| options.kinds.as_ref().is_none_or(|kinds| kinds.contains(self.kind[i])))
            .collect();
        if chosen.is_empty() {
            return Err(Error::value(format!("`{}` has no samples of the chosen types", self.name)));
        }
        if let Some(&i) = chosen.iter().find(|&&i| !self.position[i].iter().all(|v| v.is_finite())) {
            let (id, name) = (self.id[i], &self.name);
            return Err(Error::value(format!("sample {id} of `{name}` has a position that is not finite")));
        }
        let points: Vec<[f64; 3]> = chosen.iter().map(|&i| self.position[i]).collect();
        let axes = match options.plane {
            HullPlane::Xyz => return solid::hull(&points).map(|hull| hull.renumbered(&chosen)),
            HullPlane::Xy => [0, 1],
            HullPlane::Xz => [0, 2],
            HullPlane::Zy => [2, 1],
        };
        let flat: Vec<[f64; 2]> = points.iter().map(|p| axes.map(|axis| p[axis])).collect();
        Ok(planar_hull(&flat).renumbered(&chosen))
    }
}

impl Hull {
    fn renumbered(mut self, chosen: &[usize]) -> Hull {
        self.corners.iter_mut().for_each(|corner| *corner = chosen[*corner]);
        self
    }
}

/// The hull of points in a plane.
pub(in crate::morph) fn planar_hull(points: &[[f64; 2]]) -> Hull {
    let corners = polygon(points);
    let sides = || corners.iter().zip(corners.iter().cycle().skip(1)).map(|(&i, &j)| (points[i], points[j]));
    let spatial = |[x, y]: [f64; 2]| [x, y, 0.0];
    let perimeter = sides().map(|(a, b)| distance(spatial(a), spatial(b))).sum();
    // Relative to a corner, so that neurons far from the origin lose no digits.
    let [x, y] = points[corners[0]];
    let area = 0.5 * sides().map(|(a, b)| (a[0] - x) * (b[1] - y) - (b[0] - x) * (a[1] - y)).sum::<f64>();
    Hull { volume: None, area: area.max(0.0), perimeter: Some(perimeter), corners }
}
