//! Turning a neuron into a common orientation: by its principal axes, or by where the pia is.

use faer::{Mat, Side};

use super::direction::{Direction, Rotation, across, between, cross, dot};
use super::transform::Pivot;
use crate::error::{Error, Result};
use crate::morph::Morphology;

/// How a neuron is aligned. Without `pia` and `angle` by its principal axes.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlignOptions {
    /// The direction towards the pia, in the neuron's coordinates.
    pub pia: Option<Direction>,
    /// The direction towards the pia as an angle in the xy plane: degrees from +y, counterclockwise seen from +z.
    pub angle: Option<f64>,
    /// Where the pia, or the first principal axis, points afterwards.
    pub to: Direction,
    /// What stays in place.
    pub about: Pivot,
}

impl Default for AlignOptions {
    fn default() -> Self {
        AlignOptions { pia: None, angle: None, to: Direction::Y, about: Pivot::Centre }
    }
}

impl Morphology {
    /// The neuron turned into a common orientation, about its centre. Only positions change, by a proper rotation.
    ///
    /// With a pia: by the smallest turn that brings it to `to`. Else the direction of largest spread comes to `to`, that
    /// of second largest to the first of x, y and z that is least along `to`. Spread is that of the cable, so it does not
    /// depend on how densely samples stand; where there is no cable, of the samples. An axis points
    /// from the centre to the side where more of the cable is, which makes the outcome independent of the orientation
    /// before. A neuron that
    /// spreads nowhere, or alike in all directions, has no such axes and is turned to some orientation.
    ///
    /// # Errors
    /// When both `pia` and `angle` are given, or the angle is not finite.
    pub fn aligned(&self, options: &AlignOptions) -> Result<Morphology> {
        let rotation = match (options.pia, options.angle) {
            (Some(_), Some(_)) => return Err(Error::value("aligning takes `pia` or `angle`, not both")),
            (Some(pia), None) => between(pia, options.to),
            (None, Some(angle)) if angle.is_finite() => {
                let (sin, cos) = angle.to_radians().sin_cos();
                between(Direction::of([-sin, cos, 0.0])?, options.to)
            }
            (None, Some(angle)) => {
                return Err(Error::value(format!("`angle` is {angle}, expected a number of degrees")));
            }
            (None, None) => self.to_principal_axes(options.to)?,
        };
        self.turned_about(&rotation, options.about)
    }

    fn to_principal_axes(&self, to: Direction) -> Result<Rotation> {
        let mass = self.mass();
        let total: f64 = mass.iter().map(|m| m.weight).sum();
        let mean: [f64; 3] = std::array::from_fn(|k| {
            mass.iter().map(|m| m.weight * m.middle[k]).sum::<f64>() / total.max(f64::MIN_POSITIVE)
        });
        let covariance: Mat<f64> = Mat::from_fn(3, 3, |a, b| {
            let of = |m: &Mass| (m.middle[a] - mean[a]) * (m.middle[b] - mean[b]) + m.along[a] * m.along[b] / 12.0;
            mass.iter().map(|m| m.weight * of(m)).sum::<f64>()
        });
        let eigen = covariance
            .self_adjoint_eigen(Side::Lower)
            .map_err(|_| Error::value(format!("the principal axes of `{}` were not found", self.name)))?;
        let centre = self.centre();
        // Eigenvalues come in rising order.
        let axis = |at: usize| -> [f64; 3] {
            let v: [f64; 3] = std::array::from_fn(|k| eigen.U()[(k, at)]);
            let side = dot(std::array::from_fn(|k| mean[k] - centre[k]), v);
            let largest = v.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(1.0);
            let negative = if side == 0.0 { largest < 0.0 } else { side < 0.0 };
            if negative { v.map(|x| -x) } else { v }
        };
        let (first, second) = (axis(2), axis(1));
        let third = cross(first, second);
        let target = to.components();
        let beside = across(target);
        let last = cross(target, beside);
        Ok(std::array::from_fn(|r| {
            std::array::from_fn(|c| target[r] * first[c] + beside[r] * second[c] + last[r] * third[c])
        }))
    }

    /// The cable as straight pieces with their lengths; samples alike where there is no cable.
    fn mass(&self) -> Vec<Mass> {
        let lengths = self.edge_lengths();
        let cable = (0..self.len()).filter(|&i| lengths[i] > 0.0 && !self.is_soma(i));
        let pieces: Vec<Mass> = cable
            .filter_map(|i| {
                let (a, b) = (self.position[self.parent_of(i).filter(|&p| !self.is_soma(p))?], self.position[i]);
                let middle = std::array::from_fn(|k| 0.5 * (a[k] + b[k]));
                Some(Mass { middle, along: std::array::from_fn(|k| b[k] - a[k]), weight: lengths[i] })
            })
            .collect();
        if !pieces.is_empty() {
            return pieces;
        }
        self.position.iter().map(|&middle| Mass { middle, along: [0.0; 3], weight: 1.0 }).collect()
    }
}

/// A straight piece of cable.
struct Mass {
    middle: [f64; 3],
    /// From its start to its end; spread along it is a twelfth of its square.
    along: [f64; 3],
    /// Its length.
    weight: f64,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::{About, parse_swc};

    /// Soma with a long neurite along x, a shorter one along z, and stubs to the other sides.
    const CROSS: &[u8] = b"1 1 5 5 5 2 -1\n2 3 6 5 5 1 1\n3 3 46 5 5 1 2\n4 3 5 5 6 1 1\n5 3 5 5 26 1 4\n\
        6 3 4 5 5 1 1\n7 3 0 5 5 1 6\n8 3 5 5 4 1 1\n9 3 5 5 0 1 8\n";

    fn close(a: [f64; 3], b: [f64; 3]) -> bool {
        a.iter().zip(b).all(|(x, y)| (x - y).abs() < 1e-9)
    }

    #[test]
    fn principal_axes_point_to_where_the_cable_is_whatever_the_orientation_before() {
        let m = parse_swc("cross", CROSS).unwrap().morphology;
        let aligned = m.aligned(&AlignOptions::default()).unwrap();
        // Longest along y, then along x; the long arms up and right; the soma in place.
        assert!(close(aligned.position[0], [5.0; 3]));
        let [width, height, depth] = aligned.extent();
        assert!(height > width && width > depth && depth < 1e-9, "{:?}", aligned.extent());
        assert!(aligned.position[2][1] > 40.0 && aligned.position[4][0] > 15.0, "{:?}", aligned.position);
        for (axis, angle) in [("x", 33.0), ("-y", 120.0), ("z", 77.7)] {
            let turned = m.rotated(Direction::parse(axis).unwrap(), angle, &About { about: Pivot::Centre }).unwrap();
            let again = turned.aligned(&AlignOptions::default()).unwrap();
            assert!(again.position.iter().zip(&aligned.position).all(|(&a, &b)| close(a, b)), "{axis}");
        }
    }

    #[test]
    fn the_pia_comes_to_where_it_is_asked() {
        let m = parse_swc("cross", CROSS).unwrap().morphology;
        let options = AlignOptions { pia: Some(Direction::X), ..AlignOptions::default() };
        let aligned = m.aligned(&options).unwrap();
        assert!(close(aligned.position[2], [5.0, 46.0, 5.0]));
        // +x is 90 degrees clockwise from +y.
        let by_angle = AlignOptions { angle: Some(-90.0), ..AlignOptions::default() };
        assert!(close(m.aligned(&by_angle).unwrap().position[2], [5.0, 46.0, 5.0]));
        assert!(m.aligned(&AlignOptions { angle: Some(0.0), ..options }).is_err());
    }

    #[test]
    fn a_neuron_without_extent_stays_finite() {
        let m = parse_swc("point", b"1 1 3 3 3 1 -1\n2 3 3 3 3 1 1\n").unwrap().morphology;
        assert!(close(m.aligned(&AlignOptions::default()).unwrap().position[1], [3.0; 3]));
    }
}
