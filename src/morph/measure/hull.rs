//! Convex hulls, as far as morphometrics need them: area and perimeter in the plane, volume in space.
//!
//! In the plane by the monotone chain (Andrew 1979), in space by quickhull (Barber et al. 1996). Points nearer to a face
//! than 1e-12 of the extent count as lying in it, which changes the volume by as little.

use std::collections::HashMap;

use super::space::{Vector, cross, dot, from_to, norm};

/// The hull of points in a plane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Planar {
    /// Its corners, counter-clockwise.
    pub corners: Vec<[f64; 2]>,
    /// Area; 0 for points on a line.
    pub area: f64,
    /// Length of its outline.
    pub perimeter: f64,
}

/// Hull of points in a plane.
pub fn planar(points: &[[f64; 2]]) -> Planar {
    let mut points = points.to_vec();
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    points.dedup();
    let half = |points: &mut dyn Iterator<Item = [f64; 2]>| {
        let mut chain: Vec<[f64; 2]> = Vec::new();
        for p in points {
            while let [.., a, b] = chain[..] {
                if (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 0.0 {
                    break;
                }
                chain.pop();
            }
            chain.push(p);
        }
        // The last point begins the other half.
        chain.pop();
        chain
    };
    let mut corners = half(&mut points.iter().copied());
    corners.extend(half(&mut points.iter().rev().copied()));
    let next = |i: usize| corners[(i + 1) % corners.len()];
    let doubled: f64 = (0..corners.len()).map(|i| corners[i][0] * next(i)[1] - corners[i][1] * next(i)[0]).sum();
    let perimeter = (0..corners.len()).map(|i| (next(i)[0] - corners[i][0]).hypot(next(i)[1] - corners[i][1])).sum();
    Planar { area: 0.5 * doubled, perimeter, corners }
}

/// A face, seen from outside counter-clockwise.
struct Face {
    corners: [usize; 3],
    normal: Vector,
    /// Points in front of it that no other face has taken.
    outside: Vec<usize>,
    alive: bool,
}

/// Volume of the hull of points in space; 0 where they lie in a plane.
pub fn volume(points: &[Vector]) -> f64 {
    let Some(start) = tetrahedron(points) else { return 0.0 };
    let mut hull = Hull::new(points, start);
    hull.take((0..points.len()).collect(), 0);
    let mut at = 0;
    while at < hull.faces.len() {
        if hull.faces[at].alive && !hull.faces[at].outside.is_empty() {
            hull.grow(at);
        }
        at += 1;
    }
    let from = points[start[0]];
    let sixfold = |f: &Face| {
        let [a, b, c] = f.corners.map(|i| from_to(from, points[i]));
        dot(a, cross(b, c))
    };
    hull.faces.iter().filter(|f| f.alive).map(sixfold).sum::<f64>() / 6.0
}

struct Hull<'a> {
    points: &'a [Vector],
    faces: Vec<Face>,
    /// The face to the left of each directed edge.
    beside: HashMap<(usize, usize), usize>,
    tolerance: f64,
}

impl<'a> Hull<'a> {
    fn new(points: &'a [Vector], [a, b, c, d]: [usize; 4]) -> Self {
        let reach = points.iter().map(|&p| norm(from_to(points[a], p))).fold(0.0, f64::max);
        let mut hull = Hull { points, faces: Vec::new(), beside: HashMap::new(), tolerance: 1e-12 * reach };
        let normal = cross(from_to(points[a], points[b]), from_to(points[a], points[c]));
        // The base is seen from the side where the fourth point is not.
        let [b, c] = if dot(normal, from_to(points[a], points[d])) > 0.0 { [c, b] } else { [b, c] };
        for corners in [[a, b, c], [a, d, b], [b, d, c], [c, d, a]] {
            hull.add(corners);
        }
        hull
    }

    fn add(&mut self, corners: [usize; 3]) {
        let [a, b, c] = corners.map(|i| self.points[i]);
        let normal = cross(from_to(a, b), from_to(a, c));
        let length = norm(normal);
        let normal = if length > 0.0 { normal.map(|v| v / length) } else { normal };
        for k in 0..3 {
            self.beside.insert((corners[k], corners[(k + 1) % 3]), self.faces.len());
        }
        self.faces.push(Face { corners, normal, outside: Vec::new(), alive: true });
    }

    /// Height of a point above a face.
    fn height(&self, face: usize, point: usize) -> f64 {
        let face = &self.faces[face];
        dot(face.normal, from_to(self.points[face.corners[0]], self.points[point]))
    }

    /// Gives points to the first of the faces from `first` on that they lie in front of.
    fn take(&mut self, points: Vec<usize>, first: usize) {
        for point in points {
            if let Some(face) = (first..self.faces.len()).find(|&f| self.height(f, point) > self.tolerance) {
                self.faces[face].outside.push(point);
            }
        }
    }

    /// Moves the hull out to the point furthest in front of a face: the faces that see it go, and new ones join their
    /// outline to it.
    fn grow(&mut self, from: usize) {
        let candidates = self.faces[from].outside.iter().copied();
        let Some(top) = candidates.max_by(|&p, &q| self.height(from, p).total_cmp(&self.height(from, q))) else {
            return;
        };
        let (mut waiting, mut outline, mut orphans) = (vec![from], Vec::new(), Vec::new());
        self.faces[from].alive = false;
        while let Some(face) = waiting.pop() {
            orphans.append(&mut self.faces[face].outside);
            let corners = self.faces[face].corners;
            for k in 0..3 {
                let (a, b) = (corners[k], corners[(k + 1) % 3]);
                let Some(&other) = self.beside.get(&(b, a)) else { continue };
                if !self.faces[other].alive {
                    continue;
                }
                if self.height(other, top) > self.tolerance {
                    self.faces[other].alive = false;
                    waiting.push(other);
                } else {
                    outline.push((a, b));
                }
            }
        }
        // An edge was noted while the face beyond it was not yet known to go.
        outline.retain(|&(a, b)| self.beside.get(&(b, a)).is_some_and(|&f| self.faces[f].alive));
        let first = self.faces.len();
        for (a, b) in outline {
            self.add([a, b, top]);
        }
        orphans.retain(|&p| p != top);
        self.take(orphans, first);
    }
}

/// Four points that span space: the extremes in x, then the furthest from their line, then from that plane.
fn tetrahedron(points: &[Vector]) -> Option<[usize; 4]> {
    let furthest = |of: &dyn Fn(Vector) -> f64| {
        let best = (0..points.len()).max_by(|&i, &j| of(points[i]).total_cmp(&of(points[j])))?;
        Some((best, of(points[best])))
    };
    let (a, _) = furthest(&|p| -p[0])?;
    let (b, width) = furthest(&|p| norm(from_to(points[a], p)))?;
    let axis = from_to(points[a], points[b]);
    let (c, breadth) = furthest(&|p| norm(cross(axis, from_to(points[a], p))))?;
    let normal = cross(axis, from_to(points[a], points[c]));
    let (d, height) = furthest(&|p| dot(normal, from_to(points[a], p)).abs())?;
    let flat = breadth <= 1e-12 * width * width || height <= 1e-12 * width * norm(normal);
    (width > 0.0 && !flat).then_some([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use rand::Rng as _;

    use super::*;
    use crate::run::seed;

    #[test]
    fn plane_figures() {
        let square = planar(&[[0.0, 0.0], [2.0, 0.0], [1.0, 1.0], [2.0, 2.0], [0.0, 2.0], [1.0, 0.0]]);
        assert_eq!((square.area, square.perimeter, square.corners.len()), (4.0, 8.0, 4));
        assert_eq!(planar(&[[0.0, 0.0], [3.0, 4.0], [1.5, 2.0]]).area, 0.0);
        assert_eq!(planar(&[]), Planar::default());
    }

    #[test]
    fn bodies_of_known_volume() {
        let corners =
            |s: f64| (0..8).map(move |k| [f64::from(k & 1) * s, f64::from(k >> 1 & 1) * s, f64::from(k >> 2) * s]);
        let mut points: Vec<Vector> = corners(3.0).chain(corners(1.0)).collect();
        points.extend(points.clone());
        assert!((volume(&points) - 27.0).abs() < 1e-9);
        assert_eq!(volume(&[[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0]]), 0.0);
        assert_eq!(volume(&[[1.0; 3]; 5]), 0.0);
        assert_eq!(volume(&[]), 0.0);
    }

    /// Many points on a sphere: the hull is inside it and, by the mean distance of n points, close.
    #[test]
    fn a_sphere_from_its_points() {
        let mut rng = seed::stream(1, "hull", 0);
        let points: Vec<Vector> = (0..4000)
            .map(|_| {
                let p: Vector = std::array::from_fn(|_| rng.gen_range(-1.0..1.0));
                p.map(|v| v / norm(p))
            })
            .collect();
        let share = volume(&points) / (4.0 / 3.0 * std::f64::consts::PI);
        assert!((0.99..1.0).contains(&share), "{share}");
    }
}
