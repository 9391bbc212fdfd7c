//! A neuron's drawing in few bytes: projected, rounded to a grid of 256 by 256, and without the samples that nobody would
//! miss at that size.
//!
//! The bytes are polylines: the part (axon 0, other 1, dendrite 2, apical 3), the number of points, and x and y of each,
//! y downwards. The soma is a disc: 4, 1, x, y, radius. Polylines are thinned by Douglas & Peucker's method (1973,
//! "Algorithms for the reduction of the number of points required to represent a digitized line"), with the finest
//! tolerance whose result fits the budget.

use crate::error::{Error, Result};
use crate::morph::{Morphology, kind};
use crate::plot::arbor::{Part, Plane, soma_disc};
use crate::plot::ticks::drawable;

/// The last line of the grid.
const LAST: f64 = 255.0;
/// Tolerances in steps of the grid, finest first; a drawing is shown at about one pixel a step.
const TOLERANCES: [f64; 6] = [0.6, 1.2, 2.4, 4.8, 9.6, 19.2];

/// Points of a line that are thinned together.
const PIECE: usize = 256;

type Point = [u8; 2];

/// A drawing.
pub(super) struct Sketch {
    /// Length of a step of the grid, in the neuron's unit.
    pub step: f64,
    /// Width and height in steps.
    pub size: Point,
    /// The polylines.
    pub bytes: Vec<u8>,
}

impl Sketch {
    /// Draws a neuron in at most `budget` bytes, at least 300.
    ///
    /// # Errors
    /// When it has no samples, or a position is not finite.
    pub fn new(m: &Morphology, plane: Plane, budget: usize) -> Result<Self> {
        if m.is_empty() {
            return Err(Error::value(format!("neuron `{}` has no samples to draw", m.name)));
        }
        if let Some(bad) = m.position.iter().position(|p| !p.iter().all(|&v| drawable(v))) {
            return Err(Error::value(format!(
                "neuron `{}`, sample {}: position {:?} cannot be drawn",
                m.name, m.id[bad], m.position[bad]
            ))
            .help("repair the file, or drop the sample"));
        }
        let flat: Vec<[f64; 2]> = m.position.iter().map(|&p| plane.project(p)).collect();
        let soma = soma_disc(m, plane);
        let (mut low, mut high) = (flat[0], flat[0]);
        let soma_ends = soma.iter().flat_map(|s| [-1.0, 1.0].map(|sign| s.centre.map(|v| v + sign * s.radius)));
        for point in flat.iter().copied().chain(soma_ends) {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        let side = (high[0] - low[0]).max(high[1] - low[1]);
        let step = if side > 0.0 { side / LAST } else { 1.0 };
        let grid = |p: [f64; 2]| [((p[0] - low[0]) / step).round() as u8, ((high[1] - p[1]) / step).round() as u8];

        let mut bytes = Vec::new();
        if let Some(soma) = soma {
            let [x, y] = grid(soma.centre);
            bytes.extend([Part::Soma as u8, 1, x, y, (soma.radius / step).round().clamp(1.0, LAST) as u8]);
        }
        let points: Vec<Point> = flat.into_iter().map(grid).collect();
        bytes.extend(packed(&polylines(m, &points, soma.is_some()), budget - bytes.len()));
        Ok(Sketch { step, size: grid([high[0], low[1]]), bytes })
    }
}

/// The unbranched and continuing runs of edges of one part, without repeated points. Of a neuron that is a point on the
/// grid there is one run of that point.
fn polylines(m: &Morphology, points: &[Point], soma_drawn: bool) -> Vec<(Part, Vec<Point>)> {
    let mut lines: Vec<(Part, Vec<Point>)> = Vec::new();
    let mut pen = None;
    for node in 0..m.len() {
        let part = Part::of(m.kind[node]);
        let Some(parent) = m.parent_of(node) else {
            // The line goes on from here, if at all.
            if !(soma_drawn && part == Part::Soma) {
                lines.push((part, vec![points[node]]));
                pen = Some((part, node));
            }
            continue;
        };
        if soma_drawn && part == Part::Soma && m.kind[parent] == kind::SOMA {
            continue;
        }
        if pen != Some((part, parent)) {
            lines.push((part, vec![points[parent]]));
        }
        if let Some((_, line)) = lines.last_mut()
            && line.last() != Some(&points[node])
        {
            line.push(points[node]);
        }
        pen = Some((part, node));
    }
    // A run within one step of the grid says nothing, unless nothing else does.
    let lone = lines.iter().all(|(_, line)| line.len() < 2);
    lines.retain(|(_, line)| line.len() > 1 || lone);
    lines.truncate(if lone { 1 } else { lines.len() });
    lines
}

/// The polylines as bytes, thinned as little as the budget allows. Where even the coarsest are too many, the longest stay.
fn packed(lines: &[(Part, Vec<Point>)], budget: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for tolerance in TOLERANCES {
        bytes.clear();
        for (part, line) in lines.iter().filter(|(_, line)| line.len() == 1 || reach(line) > 0.5 * tolerance) {
            put(&mut bytes, *part, &thinned(line, tolerance));
        }
        if bytes.len() <= budget {
            return bytes;
        }
    }
    let mut longest: Vec<_> = lines.iter().map(|(part, line)| (*part, thinned(line, LAST))).collect();
    longest.sort_by(|(_, a), (_, b)| reach(b).total_cmp(&reach(a)));
    bytes.clear();
    for (part, line) in longest {
        let before = bytes.len();
        put(&mut bytes, part, &line);
        if bytes.len() > budget {
            bytes.truncate(before);
            break;
        }
    }
    bytes
}

/// Appends a polyline, in pieces of at most 255 points that share their ends; a point as a line without length, for one
/// point is how a soma is written.
fn put(bytes: &mut Vec<u8>, part: Part, line: &[Point]) {
    if let [point] = line {
        return put(bytes, part, &[*point, *point]);
    }
    let mut rest = line;
    loop {
        let (piece, more) = rest.split_at(rest.len().min(255));
        bytes.extend([part as u8, piece.len() as u8]);
        bytes.extend(piece.iter().flatten());
        if more.is_empty() {
            return;
        }
        rest = &rest[254..];
    }
}

/// Largest distance of a point from the first.
fn reach(line: &[Point]) -> f64 {
    line.iter().map(|p| distance(*p, line[0])).fold(0.0, f64::max)
}

fn distance(a: Point, b: Point) -> f64 {
    (f64::from(a[0]) - f64::from(b[0])).hypot(f64::from(a[1]) - f64::from(b[1]))
}

/// The points of a line that are needed for it to stay within `tolerance` of the whole. Long lines are thinned piece by
/// piece, since the method takes the square of a piece's length at worst.
fn thinned(line: &[Point], tolerance: f64) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    let mut rest = line;
    while rest.len() > PIECE {
        kept.extend(piece_thinned(&rest[..PIECE], tolerance));
        // The last point of a piece is the first of the next.
        kept.pop();
        rest = &rest[PIECE - 1..];
    }
    kept.extend(piece_thinned(rest, tolerance));
    kept
}

fn piece_thinned(line: &[Point], tolerance: f64) -> Vec<Point> {
    if line.len() < 3 {
        return line.to_vec();
    }
    let mut kept = vec![false; line.len()];
    (kept[0], kept[line.len() - 1]) = (true, true);
    let mut open = vec![(0, line.len() - 1)];
    while let Some((first, last)) = open.pop() {
        let between = (first + 1..last).map(|i| (i, off(line[i], line[first], line[last])));
        match between.max_by(|a, b| a.1.total_cmp(&b.1)) {
            Some((farthest, far)) if far > tolerance => {
                kept[farthest] = true;
                open.extend([(first, farthest), (farthest, last)]);
            }
            _ => {}
        }
    }
    line.iter().zip(kept).filter(|(_, kept)| *kept).map(|(p, _)| *p).collect()
}

/// Distance of a point from the straight piece between two others.
fn off(p: Point, a: Point, b: Point) -> f64 {
    let [p, a, b] = [p, a, b].map(|q| q.map(f64::from));
    let (along, to) = ([b[0] - a[0], b[1] - a[1]], [p[0] - a[0], p[1] - a[1]]);
    let square = along[0] * along[0] + along[1] * along[1];
    let share = if square > 0.0 { ((to[0] * along[0] + to[1] * along[1]) / square).clamp(0.0, 1.0) } else { 0.0 };
    (to[0] - share * along[0]).hypot(to[1] - share * along[1])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::{SynthesisOptions, classes, synthesize};
    use crate::plot::arbor::tests::cell;

    /// Part and points of each polyline.
    fn read(bytes: &[u8]) -> Vec<(u8, Vec<Point>)> {
        let (mut lines, mut at) = (Vec::new(), 0);
        while at < bytes.len() {
            let (part, n) = (bytes[at], usize::from(bytes[at + 1]));
            let points = bytes[at + 2..at + 2 + 2 * n].chunks(2).map(|p| [p[0], p[1]]).collect();
            lines.push((part, points));
            at += 2 + 2 * n + usize::from(part == Part::Soma as u8 && n == 1);
        }
        assert_eq!(at, bytes.len());
        lines
    }

    #[test]
    fn a_fork_is_two_lines_to_scale_with_y_upwards() {
        let lines = [(3, 0.0, 0.0, 0.0, 1.0, -1), (3, 100.0, 0.0, 0.0, 1.0, 0), (2, 0.0, 50.0, 0.0, 1.0, 0)];
        let sketch = Sketch::new(&cell("fork", &lines), Plane::Xy, 4500).unwrap();
        assert!((sketch.step - 100.0 / 255.0).abs() < 1e-12);
        assert_eq!(sketch.size, [255, 128]);
        assert_eq!(read(&sketch.bytes), [(2, vec![[0, 128], [255, 128]]), (0, vec![[0, 128], [0, 0]])]);
    }

    #[test]
    fn grown_neurons_take_a_few_kilobytes_and_keep_their_shape() {
        for (class, _) in classes() {
            let m = synthesize(class, &SynthesisOptions::default(), 3).unwrap();
            for budget in [300, 1500, 4500] {
                let sketch = Sketch::new(&m, Plane::Xy, budget).unwrap();
                assert!(sketch.bytes.len() <= budget && !sketch.bytes.is_empty(), "{class}: {}", sketch.bytes.len());
                let drawn: f64 = read(&sketch.bytes)
                    .iter()
                    .flat_map(|(_, line)| line.windows(2).map(|w| distance(w[0], w[1])).collect::<Vec<_>>())
                    .sum::<f64>()
                    * sketch.step;
                let flat = |i: usize| Plane::Xy.project(m.position[i]);
                let edge = |i| m.parent_of(i).map_or(0.0, |p| (flat(i)[0] - flat(p)[0]).hypot(flat(i)[1] - flat(p)[1]));
                let whole: f64 = (0..m.len()).map(edge).sum();
                assert!(budget < 4500 || drawn > 0.6 * whole, "{class}: {drawn} of {whole}");
            }
        }
    }

    #[test]
    fn a_thinned_line_stays_within_its_tolerance_and_needs_no_recursion() {
        let line: Vec<Point> =
            (0..=250u8).map(|x| [x, (f64::from(x) / 20.0).sin().mul_add(40.0, 100.0) as u8]).collect();
        let few = thinned(&line, 1.0);
        assert!(few.len() < 60, "{}", few.len());
        for p in &line {
            let nearest = few.windows(2).map(|w| off(*p, w[0], w[1])).fold(f64::INFINITY, f64::min);
            assert!(nearest <= 1.0, "{p:?}: {nearest}");
        }
        let zigzag: Vec<_> = (0..100_000i64).map(|i| (3, i as f64, (i % 2 * 90_000) as f64, 0.0, 0.2, i - 1)).collect();
        let sketch = Sketch::new(&cell("zigzag", &zigzag), Plane::Xy, 4500).unwrap();
        assert!(sketch.bytes.len() <= 4500);
    }

    #[test]
    fn odd_neurons_leave_a_trace() {
        let odd = [
            cell("one sample", &[(1, 5.0, 5.0, 5.0, 7.0, -1)]),
            cell("a point", &[(3, 5.0, 5.0, 5.0, 0.0, -1), (3, 5.0, 5.0, 5.0, 0.0, 0)]),
            cell("along z", &[(3, 0.0, 0.0, 0.0, 1.0, -1), (3, 0.0, 0.0, 90.0, 1.0, 0)]),
            cell("soma", &[(1, 0.0, 0.0, 0.0, 6.0, -1), (1, 0.0, 6.0, 0.0, 6.0, 0), (1, 0.0, -6.0, 0.0, 6.0, 0)]),
            cell("forest", &[(1, 0.0, 0.0, 0.0, 5.0, -1), (2, 50.0, 0.0, 0.0, 1.0, -1), (2, 60.0, 9.0, 0.0, 1.0, 1)]),
            cell("far away", &[(3, 1e9, 1e9, 0.0, f64::NAN, -1), (3, 1e9 + 100.0, 1e9, 0.0, -1.0, 0)]),
        ];
        for m in &odd {
            let sketch = Sketch::new(m, Plane::Xy, 300).unwrap();
            assert!(!read(&sketch.bytes).is_empty(), "{}", m.name);
        }
        assert!(Sketch::new(&cell("empty", &[]), Plane::Xy, 300).is_err());
        assert!(Sketch::new(&cell("bad", &[(3, f64::NAN, 0.0, 0.0, 1.0, -1)]), Plane::Xy, 300).is_err());
    }
}
