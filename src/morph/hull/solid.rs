//! Convex hulls in space.
//!
//! Quickhull (Barber, Dobkin & Huhdanpaa 1996, ACM Trans. Math. Softw. 22:469-483), with two measures against rounding:
//! orientations are decided exactly, and points are moved at random by 10^-11 of the cloud's extent, so that no four lie in
//! one plane (Qhull's option QJ). Neurons traced in optical sections need it: thousands of samples share a z. The hull's
//! corners come from the moved points; volume and area are computed from the true ones, so the movement costs about
//! 10^-11 of their value.

use rand::Rng;
use robust::{Coord3D, orient3d};

use super::{Hull, planar_hull};
use crate::error::Result;
use crate::interrupt;
use crate::morph::geometry::{bounds, distance};
use crate::run::seed;

/// Movement of points, as a share of the extent.
const JOGGLE: f64 = 1e-11;
/// Clouds thinner than this share of their extent are flat.
const FLAT: f64 = 1e-9;
const NONE: u32 = u32::MAX;

/// The hull of at least one finite point.
pub(in crate::morph) fn hull(points: &[[f64; 3]]) -> Result<Hull> {
    let mut distinct: Vec<usize> = (0..points.len()).collect();
    let by_place =
        |a: [f64; 3], b: [f64; 3]| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])).then(a[2].total_cmp(&b[2]));
    distinct.sort_unstable_by(|&i, &j| by_place(points[i], points[j]).then(i.cmp(&j)));
    distinct.dedup_by(|a, b| points[*a] == points[*b]);
    let (low, high) = bounds(points);
    let extent = (0..3).map(|k| high[k] - low[k]).fold(0.0, f64::max);
    let corners = match first_corners(points, &distinct, FLAT * extent) {
        Spread::Solid(corners) => corners,
        Spread::Plane(u, v) => {
            let flat: Vec<[f64; 2]> = points.iter().map(|&p| [dot(p, u), dot(p, v)]).collect();
            let outline = planar_hull(&flat);
            let mut corners = outline.corners;
            corners.sort_unstable();
            return Ok(Hull { volume: Some(0.0), area: 2.0 * outline.area, perimeter: None, corners });
        }
        Spread::Line(corners) => {
            return Ok(Hull { volume: Some(0.0), area: 0.0, perimeter: None, corners });
        }
    };
    let mut rng = seed::stream(0, "hull", 0);
    // From a corner of the cloud: far from the origin the movement would be lost in rounding.
    let mut joggled = |v: f64| v + extent * rng.gen_range(-JOGGLE..JOGGLE);
    let moved: Vec<[f64; 3]> = points.iter().map(|&p| minus(p, low).map(&mut joggled)).collect();
    let faces = Quickhull::new(&moved, corners).run(&distinct)?;
    let inside: [f64; 3] = std::array::from_fn(|k| corners.iter().map(|&i| points[i][k]).sum::<f64>() / 4.0);
    let (mut volume, mut area) = (0.0, 0.0);
    let mut used = Vec::with_capacity(3 * faces.len());
    for face in faces {
        let [a, b, c] = face.map(|i| minus(points[i as usize], inside));
        let normal = cross(minus(b, a), minus(c, a));
        area += 0.5 * dot(normal, normal).sqrt();
        volume += dot(normal, a) / 6.0;
        used.extend(face.map(|i| i as usize));
    }
    used.sort_unstable();
    used.dedup();
    Ok(Hull { volume: Some(volume), area, perimeter: None, corners: used })
}

/// In how many directions points spread.
enum Spread {
    /// In none or one: the ends.
    Line(Vec<usize>),
    /// In two: unit vectors of the plane.
    Plane([f64; 3], [f64; 3]),
    /// In three: four points that do.
    Solid([usize; 4]),
}

/// Four points far apart: an end, the point farthest from it, the one farthest from their line, and the one farthest from
/// their plane.
fn first_corners(points: &[[f64; 3]], distinct: &[usize], flat: f64) -> Spread {
    let farthest = |measure: &dyn Fn([f64; 3]) -> f64| {
        let best =
            distinct.iter().map(|&i| (measure(points[i]), i)).fold((-1.0, 0), |a, b| if b.0 > a.0 { b } else { a });
        (best.1, best.0)
    };
    let (a, _) = farthest(&|p| distance(p, points[distinct[0]]));
    let (b, length) = farthest(&|p| distance(p, points[a]));
    if length <= 0.0 {
        return Spread::Line(vec![a]);
    }
    let along = minus(points[b], points[a]).map(|v| v / length);
    let off_line = |p: [f64; 3]| {
        let from_a = minus(p, points[a]);
        let share = dot(from_a, along);
        minus(from_a, along.map(|v| v * share))
    };
    let (c, width) = farthest(&|p| distance(off_line(p), [0.0; 3]));
    if width <= flat {
        return Spread::Line(vec![a.min(b), a.max(b)]);
    }
    let across = off_line(points[c]).map(|v| v / width);
    let normal = cross(along, across);
    let (d, depth) = farthest(&|p| dot(minus(p, points[a]), normal).abs());
    if depth <= flat { Spread::Plane(along, across) } else { Spread::Solid([a, b, c, d]) }
}

/// A triangle of the growing hull, counter-clockwise seen from outside.
struct Face {
    corners: [u32; 3],
    /// The faces beyond the sides from corner 0 to 1, 1 to 2, 2 to 0.
    beyond: [u32; 3],
    /// Points outside of it that no other face has taken.
    outside: Vec<u32>,
    dead: bool,
}

struct Quickhull<'a> {
    points: &'a [[f64; 3]],
    faces: Vec<Face>,
    first: [usize; 4],
}

impl<'a> Quickhull<'a> {
    /// Starts with the tetrahedron of four points that are not in one plane.
    fn new(points: &'a [[f64; 3]], [a, b, c, d]: [usize; 4]) -> Self {
        let mut hull = Quickhull { points, faces: Vec::new(), first: [a, b, c, d] };
        let [a, mut b, mut c, d] = [a, b, c, d].map(|i| i as u32);
        if hull.sees([a, b, c], d) {
            (b, c) = (c, b);
        }
        // The fourth point lies below the first three; face i + 1 stands on side i of face 0.
        for (corners, beyond) in
            [([a, b, c], [1, 2, 3]), ([b, a, d], [0, 3, 2]), ([c, b, d], [0, 1, 3]), ([a, c, d], [0, 2, 1])]
        {
            hull.faces.push(Face { corners, beyond, outside: Vec::new(), dead: false });
        }
        hull
    }

    /// The corners of all faces, once every point is inside.
    fn run(mut self, candidates: &[usize]) -> Result<Vec<[u32; 3]>> {
        let rest = candidates.iter().filter(|i| !self.first.contains(i)).map(|&i| i as u32).collect();
        self.distribute(rest, 0);
        let mut waiting: Vec<u32> = (0..4).collect();
        while let Some(face) = waiting.pop() {
            interrupt::check()?;
            if self.faces[face as usize].dead {
                continue;
            }
            let Some(eye) = self.farthest_outside(face) else { continue };
            let (seen, horizon) = self.seen_from(eye, face);
            let first_new = self.faces.len();
            self.add_cone(eye, &horizon);
            let mut orphans = Vec::new();
            for face in seen {
                let face = &mut self.faces[face as usize];
                face.dead = true;
                orphans.append(&mut face.outside);
            }
            orphans.retain(|&point| point != eye);
            self.distribute(orphans, first_new);
            waiting.extend(first_new as u32..self.faces.len() as u32);
        }
        Ok(self.faces.into_iter().filter(|face| !face.dead).map(|face| face.corners).collect())
    }

    /// Whether a point lies outside of a face; exact.
    fn sees(&self, [a, b, c]: [u32; 3], point: u32) -> bool {
        let coord = |i: u32| {
            let [x, y, z] = self.points[i as usize];
            Coord3D { x, y, z }
        };
        // Positive where the point lies below the plane, from whose upper side a, b, c are counter-clockwise.
        orient3d(coord(a), coord(b), coord(c), coord(point)) < 0.0
    }

    /// Gives each point to the first face, from a number on, that it lies outside of; drops it where there is none.
    fn distribute(&mut self, points: Vec<u32>, from: usize) {
        for point in points {
            if let Some(face) = (from..self.faces.len()).find(|&face| self.sees(self.faces[face].corners, point)) {
                self.faces[face].outside.push(point);
            }
        }
    }

    /// The point outside of a face that is farthest from its plane; which one is a matter of speed alone.
    fn farthest_outside(&self, face: u32) -> Option<u32> {
        let Face { corners, outside, .. } = &self.faces[face as usize];
        let [a, b, c] = corners.map(|i| self.points[i as usize]);
        let normal = cross(minus(b, a), minus(c, a));
        let height = |&i: &u32| dot(minus(self.points[i as usize], a), normal);
        outside.iter().copied().max_by(|i, j| height(i).total_cmp(&height(j)))
    }

    /// All faces that a point sees, from one of them on, and the sides between them and the others: two corners and the
    /// face beyond.
    fn seen_from(&self, eye: u32, start: u32) -> (Vec<u32>, Vec<(u32, u32, u32)>) {
        let mut seen = vec![start];
        let mut horizon = Vec::new();
        let mut known = std::collections::HashMap::from([(start, true)]);
        let mut at = 0;
        while at < seen.len() {
            let Face { corners, beyond, .. } = &self.faces[seen[at] as usize];
            at += 1;
            for side in 0..3 {
                let other = beyond[side];
                let visible = *known.entry(other).or_insert_with(|| {
                    let visible = self.sees(self.faces[other as usize].corners, eye);
                    if visible {
                        seen.push(other);
                    }
                    visible
                });
                if !visible {
                    horizon.push((corners[side], corners[(side + 1) % 3], other));
                }
            }
        }
        (seen, horizon)
    }

    /// Adds a face from each side of the horizon to the eye, and links it with its neighbours.
    fn add_cone(&mut self, eye: u32, horizon: &[(u32, u32, u32)]) {
        let first = self.faces.len() as u32;
        let starts: std::collections::HashMap<u32, u32> =
            horizon.iter().zip(first..).map(|(&(from, _, _), face)| (from, face)).collect();
        let ends: std::collections::HashMap<u32, u32> =
            horizon.iter().zip(first..).map(|(&(_, to, _), face)| (to, face)).collect();
        for (&(from, to, other), face) in horizon.iter().zip(first..) {
            let next = starts.get(&to).copied().unwrap_or(NONE);
            let before = ends.get(&from).copied().unwrap_or(NONE);
            self.faces.push(Face {
                corners: [from, to, eye],
                beyond: [other, next, before],
                outside: Vec::new(),
                dead: false,
            });
            let outer = &mut self.faces[other as usize];
            // The outer face has this side in the other direction.
            if let Some(side) = (0..3).find(|&s| outer.corners[s] == to && outer.corners[(s + 1) % 3] == from) {
                outer.beyond[side] = face;
            }
        }
    }
}

fn minus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|k| a[k] - b[k])
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}
