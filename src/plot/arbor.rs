//! A neuron as ink: projection onto a plane, neurites as strokes, the soma as a disc.
//!
//! Edges of one type and (nearly) one thickness are gathered into one SVG path, each unbranched run of them into one
//! subpath, so that 20,000 samples make some dozen elements. Round caps and joins close the seams between runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::Deserialize;

use super::canvas::{Canvas, units};
use super::legend::{Entry, Swatch};
use super::palette::{Color, DARK, PALETTE};
use super::theme::theme;
use super::ticks::drawable;
use crate::error::{Error, Result};
use crate::morph::{Morphology, kind};

/// The plane that a neuron is drawn in: first axis to the right, second upwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Plane {
    /// Seen along z, as in the slice.
    #[default]
    Xy,
    /// Seen along y, from above.
    Xz,
    /// Seen along x, from the side.
    Zy,
}

impl Plane {
    pub(super) fn project(self, [x, y, z]: [f64; 3]) -> [f64; 2] {
        match self {
            Plane::Xy => [x, y],
            Plane::Xz => [x, z],
            Plane::Zy => [z, y],
        }
    }

    /// How near a position is to who looks at the plane.
    fn nearness(self, [x, y, z]: [f64; 3]) -> f64 {
        match self {
            Plane::Xy => z,
            Plane::Xz => -y,
            Plane::Zy => -x,
        }
    }
}

/// How thick neurites are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Thickness {
    /// Twice the radius, to scale, but never thinner than 0.1 mm.
    #[default]
    Radius,
    /// All alike.
    Uniform,
}

/// The thinnest stroke: still seen in print.
const MIN_STROKE_MM: f64 = 0.1;
const UNIFORM_STROKE_MM: f64 = 0.2;
/// Steps of depth that are told apart where depth is shaded, and how far the farthest fades towards white.
const DEPTHS: u32 = 8;
const FARTHEST_FADE: f64 = 0.65;
/// The smallest disc of a soma, so that it is seen at any scale.
const MIN_SOMA_MM: f64 = 0.35;
/// Thicknesses closer than this factor are drawn alike.
const STROKE_STEP: f64 = 1.1;
/// Gap between the strokes and the edge of their panel, at least half of the thinnest stroke.
pub(super) const PAD_MM: f64 = 0.5;

/// What a sample belongs to, in drawing order: what comes later lies on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Axon,
    Other,
    Dendrite,
    Apical,
    Soma,
}

impl Part {
    /// The part that samples of an SWC type belong to.
    pub fn of(kind: u16) -> Self {
        match kind {
            kind::SOMA => Part::Soma,
            kind::AXON => Part::Axon,
            kind::DENDRITE => Part::Dendrite,
            kind::APICAL => Part::Apical,
            _ => Part::Other,
        }
    }

    /// Its colour in drawings by type.
    pub fn color(self) -> Color {
        // Types keep their hues in every theme; only dark pages need the lighter set.
        let palette = if theme().is_dark() { DARK } else { PALETTE };
        match self {
            Part::Axon => palette[0],
            Part::Dendrite => palette[3],
            Part::Apical => palette[4],
            Part::Soma => theme().ink,
            Part::Other => Color(0x80, 0x80, 0x80),
        }
    }

    /// Legend entries of these parts, from the soma outwards.
    pub fn legend(parts: &BTreeSet<Part>) -> Vec<Entry> {
        let order = [Part::Soma, Part::Dendrite, Part::Apical, Part::Axon, Part::Other];
        let entry = |part: Part| Entry {
            swatch: if part == Part::Soma { Swatch::Disc(part.color()) } else { Swatch::Line(part.color()) },
            name: match part {
                Part::Soma => "soma",
                // Without apical dendrites there is nothing to tell basal ones from.
                Part::Dendrite if parts.contains(&Part::Apical) => "basal dendrite",
                Part::Dendrite => "dendrite",
                Part::Apical => "apical dendrite",
                Part::Axon => "axon",
                Part::Other => "other",
            }
            .to_string(),
            count: None,
        };
        order.into_iter().filter(|part| parts.contains(part)).map(entry).collect()
    }
}

/// A disc in the plane, in the neuron's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Disc {
    pub centre: [f64; 2],
    pub radius: f64,
}

/// A neuron seen in a plane.
pub(super) struct Arbor<'a> {
    morphology: &'a Morphology,
    plane: Plane,
    thickness: Thickness,
    /// Least and largest nearness, where depth is shaded.
    depths: Option<(f64, f64)>,
    /// The soma, where its samples are one compact body.
    soma: Option<Disc>,
    low: [f64; 2],
    high: [f64; 2],
}

impl<'a> Arbor<'a> {
    /// Projects a neuron.
    ///
    /// # Errors
    /// When there is no sample, or a position is not finite or beyond 1e100.
    pub fn new(morphology: &'a Morphology, plane: Plane, thickness: Thickness) -> Result<Self> {
        if morphology.is_empty() {
            return Err(Error::value(format!("neuron `{}` has no samples to draw", morphology.name)));
        }
        if let Some(bad) = morphology.position.iter().position(|p| !p.iter().all(|&v| drawable(v))) {
            return Err(Error::value(format!(
                "neuron `{}`, sample {}: position {:?} cannot be drawn",
                morphology.name, morphology.id[bad], morphology.position[bad]
            ))
            .help("repair the file, or drop the sample"));
        }
        let mut arbor = Arbor {
            morphology,
            plane,
            thickness,
            depths: None,
            soma: soma_disc(morphology, plane),
            low: [f64::INFINITY; 2],
            high: [f64::NEG_INFINITY; 2],
        };
        for node in 0..morphology.len() {
            let in_disc = arbor.soma.is_some() && morphology.kind[node] == kind::SOMA;
            let radius = if thickness == Thickness::Uniform || in_disc { 0.0 } else { radius(morphology, node) };
            arbor.include(plane.project(morphology.position[node]), radius);
        }
        if let Some(soma) = arbor.soma {
            arbor.include(soma.centre, soma.radius);
        }
        Ok(arbor)
    }

    /// The same with what is far drawn first and paler, where `shaded`.
    #[must_use]
    pub fn shaded(mut self, shaded: bool) -> Self {
        let near = self.morphology.position.iter().map(|&p| self.plane.nearness(p));
        let range = near.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        self.depths = shaded.then_some(range);
        self
    }

    fn include(&mut self, centre: [f64; 2], radius: f64) {
        for (axis, v) in centre.into_iter().enumerate() {
            self.low[axis] = self.low[axis].min(v - radius);
            self.high[axis] = self.high[axis].max(v + radius);
        }
    }

    /// Width and height in the neuron's unit; zero for a neuron without extent.
    pub fn extent(&self) -> [f64; 2] {
        [self.high[0] - self.low[0], self.high[1] - self.low[1]]
    }

    /// Legend entries of the types that occur, from the soma outwards.
    pub fn legend(arbors: &[Arbor<'_>]) -> Vec<Entry> {
        Part::legend(&arbors.iter().flat_map(|a| &a.morphology.kind).map(|&kind| Part::of(kind)).collect())
    }

    /// Draws the neuron centred on `centre` (mm) at `scale` millimetres per unit, y upwards.
    pub fn draw(&self, canvas: &mut Canvas, centre: (f64, f64), scale: f64, color: impl Fn(Part) -> Color) {
        let middle = [0.5 * (self.low[0] + self.high[0]), 0.5 * (self.low[1] + self.high[1])];
        let place = |[x, y]: [f64; 2]| (centre.0 + (x - middle[0]) * scale, centre.1 - (y - middle[1]) * scale);
        for ((depth, part, level), commands) in self.paths(scale, place) {
            let fade = FARTHEST_FADE * (1.0 - f64::from(depth) / f64::from(DEPTHS - 1));
            canvas.stroke(&commands, color(part).faded(fade), self.level_width(level));
        }
        let m = self.morphology;
        let children = m.child_counts();
        for root in m.roots().filter(|&r| children[r] == 0 || self.extent() == [0.0; 2]) {
            let part = Part::of(m.kind[root]);
            // A sample without edges would leave no trace. One of many is a dot; all of a neuron are to be seen.
            let least = if self.extent() == [0.0; 2] { MIN_SOMA_MM } else { 0.5 * MIN_STROKE_MM };
            if part != Part::Soma || self.soma.is_none() {
                let at = place(self.plane.project(m.position[root]));
                canvas.disc(at, (radius(m, root) * scale).max(least), color(part));
            }
        }
        if let Some(soma) = self.soma {
            canvas.disc(place(soma.centre), (soma.radius * scale).max(MIN_SOMA_MM), color(Part::Soma));
        }
    }

    /// The path of every depth, part and stroke level, in drawing order.
    fn paths(&self, scale: f64, place: impl Fn([f64; 2]) -> (f64, f64)) -> BTreeMap<(u32, Part, u32), String> {
        let m = self.morphology;
        let page: Vec<(i64, i64)> =
            m.position.iter().map(|&p| place(self.plane.project(p))).map(|(x, y)| (units(x), units(y))).collect();
        let mut paths: BTreeMap<(u32, Part, u32), String> = BTreeMap::new();
        // Where the last edge ended, and in which path: an edge that goes on from there needs no new subpath.
        let mut pen = None;
        for node in 0..m.len() {
            let Some(parent) = m.parent_of(node) else { continue };
            let part = Part::of(m.kind[node]);
            let from_soma = m.kind[parent] == kind::SOMA;
            if self.soma.is_some() && from_soma && part == Part::Soma {
                continue;
            }
            // A neurite does not begin as thick as the soma that it leaves.
            let width = match from_soma {
                true => 2.0 * radius(m, node),
                false => radius(m, node) + radius(m, parent),
            };
            let key = (self.depth(node), part, self.level(width * scale));
            let path = paths.entry(key).or_default();
            let (from, to) = (page[parent], page[node]);
            if pen != Some((key, parent)) {
                write!(path, "M{} {}", from.0, from.1).expect("writing to a string cannot fail");
            }
            // Samples closer than the drawing's resolution add nothing.
            if from != to {
                write!(path, "l{} {}", to.0 - from.0, to.1 - from.1).expect("writing to a string cannot fail");
            }
            pen = Some((key, node));
        }
        paths
    }

    /// The step of depth of an edge, by its far end from the root; the nearest where depth is not shaded.
    fn depth(&self, node: usize) -> u32 {
        let Some((low, high)) = self.depths.filter(|(low, high)| low < high) else { return DEPTHS - 1 };
        let share = (self.plane.nearness(self.morphology.position[node]) - low) / (high - low);
        ((share * f64::from(DEPTHS)) as u32).min(DEPTHS - 1)
    }

    /// The stroke level of a width in millimetres.
    fn level(&self, width_mm: f64) -> u32 {
        match self.thickness {
            Thickness::Uniform => 0,
            Thickness::Radius => ((width_mm / MIN_STROKE_MM).max(1.0).ln() / STROKE_STEP.ln()).round() as u32,
        }
    }

    fn level_width(&self, level: u32) -> f64 {
        match self.thickness {
            Thickness::Uniform => UNIFORM_STROKE_MM,
            Thickness::Radius => MIN_STROKE_MM * STROKE_STEP.powf(f64::from(level)),
        }
    }
}

/// A sample's radius, zero where the file has none.
fn radius(m: &Morphology, node: usize) -> f64 {
    let radius = m.radius[node];
    if radius.is_finite() { radius.max(0.0) } else { 0.0 }
}

/// The soma as one disc. Files draw it as one sample, as three of a cylinder, or as a contour; the disc is centred on the
/// samples' mean, and its radius is their mean distance from it or their mean radius, whichever is greater. None where
/// the samples of type soma are no compact body (a whole neuron without types, say): they are drawn as neurites.
pub(super) fn soma_disc(m: &Morphology, plane: Plane) -> Option<Disc> {
    let nodes: Vec<usize> = (0..m.len()).filter(|&i| m.kind[i] == kind::SOMA).collect();
    if nodes.is_empty() {
        return None;
    }
    let n = nodes.len() as f64;
    let mean = |f: &dyn Fn(usize) -> f64| nodes.iter().map(|&i| f(i)).sum::<f64>() / n;
    let centre = [0, 1, 2].map(|axis| mean(&|i| m.position[i][axis]));
    let distance = |a: [f64; 3], b: [f64; 3]| (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f64>().sqrt();
    let spread = mean(&|i| distance(m.position[i], centre));
    let span = m.position.iter().map(|&p| distance(p, centre)).fold(0.0, f64::max);
    let compact = nodes.len() <= 3 || (nodes.len() < m.len() && spread <= 0.25 * span);
    compact.then(|| Disc { centre: plane.project(centre), radius: spread.max(mean(&|i| radius(m, i))) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::*;
    use crate::morph::{NO_PARENT, Sample};

    /// A neuron from lines of `kind x y z radius parent`, parents as line numbers from 0, -1 for a root.
    pub fn cell(name: &str, lines: &[(u16, f64, f64, f64, f64, i64)]) -> Morphology {
        let sample = |(i, l): (usize, &(u16, f64, f64, f64, f64, i64))| Sample {
            id: i as i64 + 1,
            kind: l.0,
            position: [l.1, l.2, l.3],
            radius: l.4,
        };
        let samples: Vec<_> = lines.iter().enumerate().map(sample).collect();
        let parents: Vec<_> = lines.iter().map(|l| u32::try_from(l.5).unwrap_or(NO_PARENT)).collect();
        Morphology::from_unordered(name, &samples, &parents)
    }

    fn arbor(m: &Morphology) -> Arbor<'_> {
        Arbor::new(m, Plane::Xy, Thickness::Radius).unwrap()
    }

    fn drawn(m: &Morphology) -> String {
        let mut canvas = Canvas::new(100.0, 100.0);
        arbor(m).draw(&mut canvas, (50.0, 50.0), 1.0, Part::color);
        canvas.finish("test").svg().split_once("<g ").unwrap().1.to_string()
    }

    #[test]
    fn an_unbranched_run_is_one_subpath() {
        let chain: Vec<_> = (0..50i64).map(|i| (3, i as f64, 0.0, 0.0, 0.2, i - 1)).collect();
        let paths = arbor(&cell("chain", &chain)).paths(1.0, |[x, y]| (x, y));
        assert_eq!(paths.len(), 1);
        let path = paths.values().next().unwrap();
        assert_eq!((path.matches('M').count(), path.matches('l').count()), (1, 49));
    }

    #[test]
    fn y_grows_upwards_and_planes_pick_their_axes() {
        let m = cell("l", &[(3, 0.0, 0.0, 0.0, 0.0, -1), (3, 3.0, 20.0, 700.0, 0.0, 0)]);
        assert!(drawn(&m).contains("M4850 6000l300 -2000"));
        let extent = |plane| Arbor::new(&m, plane, Thickness::Uniform).unwrap().extent();
        assert_eq!(extent(Plane::Xz), [3.0, 700.0]);
        assert_eq!(extent(Plane::Zy), [700.0, 20.0]);
    }

    #[test]
    fn thickness_is_to_scale_down_to_the_thinnest_stroke() {
        let m = cell("l", &[(3, 0.0, 0.0, 0.0, 1.0, -1), (3, 9.0, 0.0, 0.0, 1.0, 0)]);
        let arbor = arbor(&m);
        let width = |mm: f64| arbor.level_width(arbor.level(mm));
        assert!((width(2.0) / 2.0 - 1.0).abs() < 0.05);
        assert_eq!(width(1e-9), MIN_STROKE_MM);
    }

    #[test]
    fn somata_of_one_sample_of_three_and_of_a_contour_are_discs() {
        let disc = |m: &Morphology| soma_disc(m, Plane::Xy).unwrap();
        let one = cell("1", &[(1, 1.0, 2.0, 0.0, 5.0, -1), (3, 90.0, 0.0, 0.0, 0.2, 0)]);
        assert_eq!(disc(&one), Disc { centre: [1.0, 2.0], radius: 5.0 });
        // The three-point convention of NeuroMorpho.Org: a centre, and a sample one radius above and below.
        let three = [(1, 0.0, 0.0, 0.0, 6.0, -1), (1, 0.0, -6.0, 0.0, 6.0, 0), (1, 0.0, 6.0, 0.0, 6.0, 0)];
        assert_eq!(disc(&cell("3", &three)), Disc { centre: [0.0, 0.0], radius: 6.0 });
        let mut contour: Vec<_> = (0..36i64)
            .map(|i| ((i as f64) * 10f64.to_radians()).sin_cos())
            .zip(-1..)
            .map(|((s, c), parent)| (1, 8.0 * c, 8.0 * s, 0.0, 0.1, parent))
            .collect();
        contour.push((3, 200.0, 0.0, 0.0, 0.2, 0));
        assert!((disc(&cell("contour", &contour)).radius - 8.0).abs() < 1e-9);
    }

    #[test]
    fn a_neuron_typed_soma_all_over_is_drawn_as_lines() {
        let chain: Vec<_> = (0..50i64).map(|i| (1, i as f64, 0.0, 0.0, 0.2, i - 1)).collect();
        let m = cell("all soma", &chain);
        assert_eq!(soma_disc(&m, Plane::Xy), None);
        assert!(drawn(&m).contains("<path"));
    }

    #[test]
    fn lone_samples_leave_a_trace() {
        let lone = cell("lone", &[(3, 5.0, 5.0, 5.0, 0.0, -1)]);
        assert_eq!(drawn(&lone).matches("<circle").count(), 1);
        let heap = cell("heap", &[(2, 1.0, 1.0, 1.0, 0.0, -1), (2, 1.0, 1.0, 1.0, 0.0, 0)]);
        assert_eq!(drawn(&heap).matches("<circle").count(), 1);
        let soma = cell("soma", &[(1, 5.0, 5.0, 5.0, 0.0, -1)]);
        assert_eq!(drawn(&soma).matches("<circle").count(), 1);
    }

    #[test]
    fn positions_that_are_not_finite_are_refused() {
        let m = cell("bad", &[(3, f64::NAN, 5.0, 5.0, 0.0, -1)]);
        let error = Arbor::new(&m, Plane::Xy, Thickness::Radius).err().unwrap();
        assert!(error.message.contains("`bad`, sample 1"), "{error}");
        // A missing radius is no reason to refuse.
        assert_eq!(arbor(&cell("r", &[(3, 0.0, 0.0, 0.0, f64::NAN, -1)])).extent(), [0.0, 0.0]);
    }
}
