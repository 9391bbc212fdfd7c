//! From segments to linked samples.

use std::collections::HashMap;

use roxmltree::{Document, Node};

use super::groups::Types;
use super::{Lines, Named};
use crate::error::{Error, Result};
use crate::morph::formats::table::Table;
use crate::morph::formats::{Reading, Warning, WarningCode};
use crate::morph::{Sample, counted};

/// A point with its radius.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Point {
    position: [f64; 3],
    radius: f64,
}

/// A segment as its element gives it.
struct Segment {
    id: i64,
    kind: u16,
    /// The parent's number, and how far along it the segment leaves it: 1 at its distal end.
    parent: Option<(i64, f64)>,
    proximal: Option<Point>,
    distal: Point,
    line: usize,
}

/// Reads one morphology.
pub(super) fn read(name: &str, document: &Document<'_>, morphology: Node<'_, '_>) -> Result<Reading> {
    let types = Types::of(morphology);
    let mut lines = Lines::of(document);
    let mut segments = Vec::new();
    for node in morphology.children().filter(|n| n.has_tag_name_of("segment")) {
        if segments.len() % 10_000 == 0 {
            crate::interrupt::check()?;
        }
        segments.push(segment(node, lines.line_of(node), &types)?);
    }
    let mut place = HashMap::with_capacity(segments.len());
    for (at, segment) in segments.iter().enumerate() {
        if place.insert(segment.id, at).is_some() {
            return Err(Error::format(format!("segment `{}` occurs twice", segment.id))
                .at_line(segment.line)
                .help("give every segment its own id"));
        }
    }
    Builder::new(&segments, &place)?.build(name, types.unread)
}

fn segment(node: Node<'_, '_>, line: usize, types: &Types) -> Result<Segment> {
    let refuse = |what: String| Error::format(what).at_line(line);
    let whole = |text: &str, what: &str| match text.trim().parse::<i64>() {
        Ok(id) if id >= 0 => Ok(id),
        _ => Err(refuse(format!("{what} `{}` is not a whole number of 0 or more", cut(text)))
            .help("number the segments from 0")),
    };
    let child = |name: &str| node.children().find(|n| n.has_tag_name_of(name));
    let id =
        whole(node.attribute("id").ok_or_else(|| refuse("a segment has no `id`".into()).help(LAYOUT))?, "segment")?;
    let parent = child("parent").map(|parent| {
        let of =
            parent.attribute("segment").ok_or_else(|| refuse("`<parent>` has no `segment`".into()).help(LAYOUT))?;
        let along = parent.attribute("fractionAlong").unwrap_or("1");
        let fraction = along.trim().parse().ok().filter(|f| (0.0..=1.0).contains(f)).ok_or_else(|| {
            refuse(format!("`fractionAlong` is `{}`, expected 0 to 1", cut(along))).help("1 is the parent's distal end")
        })?;
        Ok::<_, Error>((whole(of, "parent")?, fraction))
    });
    let distal = child("distal").ok_or_else(|| refuse(format!("segment `{id}` has no `<distal>`")).help(LAYOUT))?;
    Ok(Segment {
        id,
        kind: types.of_segment(id, node.attribute("name")),
        parent: parent.transpose()?,
        proximal: child("proximal").map(|n| point(n, line)).transpose()?,
        distal: point(distal, line)?,
        line,
    })
}

const LAYOUT: &str = "a segment is `<segment id=\"1\"><parent segment=\"0\"/><distal x=\"…\" y=\"…\" z=\"…\" diameter=\"…\"/></segment>`";

fn point(node: Node<'_, '_>, line: usize) -> Result<Point> {
    let number = |name: &str| {
        let text = node.attribute(name).unwrap_or_default();
        text.trim().parse::<f64>().map_err(|_| {
            let what = format!("`{name}` of `<{}>` is `{}`, expected a number", node.tag_name().name(), cut(text));
            Error::format(what).at_line(line).help(LAYOUT)
        })
    };
    Ok(Point { position: [number("x")?, number("y")?, number("z")?], radius: number("diameter")? / 2.0 })
}

/// Some of a text, fit for a line.
fn cut(text: &str) -> String {
    text.chars().take(40).flat_map(char::escape_debug).collect()
}

/// The samples under construction.
struct Builder<'a> {
    segments: &'a [Segment],
    /// Each segment's parent, as a place among the segments.
    parent: Vec<Option<usize>>,
    /// Where along each segment others leave it, between its ends; sorted, each once.
    forks: HashMap<usize, Vec<f64>>,
    table: Table,
    /// For each segment that is done: the number of the sample where it starts, and the point there.
    start: Vec<Option<(i64, Point)>>,
    /// Numbers of the samples at `forks`.
    inner: HashMap<(usize, u64), i64>,
    next_id: i64,
    other_radius: usize,
}

impl<'a> Builder<'a> {
    fn new(segments: &'a [Segment], place: &HashMap<i64, usize>) -> Result<Self> {
        let mut parent = Vec::with_capacity(segments.len());
        let mut forks: HashMap<usize, Vec<f64>> = HashMap::new();
        for segment in segments {
            let Some((of, fraction)) = segment.parent else {
                parent.push(None);
                continue;
            };
            let Some(&at) = place.get(&of) else {
                let error = Error::format(format!("segment `{}` has parent `{of}`, which does not exist", segment.id));
                return Err(error.at_line(segment.line).help("add the segment, or leave out `<parent>` for a root"));
            };
            parent.push(Some(at));
            if fraction > 0.0 && fraction < 1.0 {
                forks.entry(at).or_default().push(fraction);
            }
        }
        for fractions in forks.values_mut() {
            fractions.sort_by(f64::total_cmp);
            fractions.dedup();
        }
        let largest = segments.iter().map(|s| s.id).max().unwrap_or(0);
        let next_id = largest.checked_add(1 + 3 * segments.len() as i64).map(|_| largest + 1);
        let next_id = next_id.ok_or_else(|| {
            Error::format(format!("segment `{largest}`: the number is too large")).help("number the segments from 0")
        })?;
        let start = vec![None; segments.len()];
        let (table, inner) = (Table::default(), HashMap::new());
        Ok(Builder { segments, parent, forks, table, start, inner, next_id, other_radius: 0 })
    }

    fn build(mut self, name: &str, unread: usize) -> Result<Reading> {
        // In the file's order, ancestors first where they stand behind.
        let mut waiting = Vec::new();
        for first in 0..self.segments.len() {
            let mut at = first;
            while self.start[at].is_none() {
                waiting.push(at);
                match self.parent[at] {
                    Some(up) if waiting.len() <= self.segments.len() => at = up,
                    Some(_) => return Err(self.ring(at)),
                    None => break,
                }
            }
            while let Some(at) = waiting.pop() {
                self.add(at)?;
            }
        }
        let within = self.inner.len();
        let mut warnings = Vec::new();
        if within > 0 {
            let message = format!("segments leave others between their ends: {} set there", counted(within, "sample"));
            warnings.push(Warning { code: WarningCode::BranchWithin, line: None, message });
        }
        if self.other_radius > 0 {
            let message = format!(
                "{} of the segments start with another radius than the point they leave from, which keeps its own",
                self.other_radius
            );
            warnings.push(Warning { code: WarningCode::BranchRadius, line: None, message });
        }
        if unread > 0 {
            let message =
                format!("{} by a path or subtree: types were not taken from there", counted(unread, "segment group"));
            warnings.push(Warning { code: WarningCode::Skipped, line: None, message });
        }
        self.table.into_reading(name, warnings)
    }

    /// Adds a segment whose parent is there.
    fn add(&mut self, at: usize) -> Result<()> {
        let segment = &self.segments[at];
        let start = match (self.leaving(at), segment.proximal) {
            (None, None) => None,
            (None, Some(proximal)) if proximal == segment.distal => None,
            (None, Some(proximal)) => Some((self.push_new(at, proximal, -1)?, proximal)),
            (Some(from), None) => Some(from),
            (Some((from, point)), Some(proximal)) if proximal.position == point.position => {
                self.other_radius += usize::from(proximal.radius != point.radius);
                Some((from, point))
            }
            (Some((from, _)), Some(proximal)) => Some((self.push_new(at, proximal, from)?, proximal)),
        };
        let mut above = start.map_or(-1, |(id, _)| id);
        if let Some((_, from)) = start {
            for fraction in self.forks.remove(&at).unwrap_or_default() {
                above = self.push_new(at, between(from, segment.distal, fraction), above)?;
                self.inner.insert((at, fraction.to_bits()), above);
            }
        }
        self.push(segment.id, at, segment.distal, above)?;
        self.start[at] = Some(start.unwrap_or((segment.id, segment.distal)));
        Ok(())
    }

    /// The sample and point of its parent that a segment leaves from.
    fn leaving(&self, at: usize) -> Option<(i64, Point)> {
        let (up, (_, fraction)) = (self.parent[at]?, self.segments[at].parent?);
        let end = (self.segments[up].id, self.segments[up].distal);
        // A parent is added before its children.
        let start = self.start[up].unwrap_or(end);
        Some(match self.inner.get(&(up, fraction.to_bits())) {
            Some(&id) => (id, between(start.1, end.1, fraction)),
            None if fraction == 0.0 => start,
            // A root that is a sphere has one point for all fractions.
            None => end,
        })
    }

    fn push_new(&mut self, at: usize, point: Point, parent: i64) -> Result<i64> {
        let id = self.next_id;
        self.next_id += 1;
        self.push(id, at, point, parent)?;
        Ok(id)
    }

    fn push(&mut self, id: i64, at: usize, point: Point, parent: i64) -> Result<()> {
        let segment = &self.segments[at];
        let sample = Sample { id, kind: segment.kind, position: point.position, radius: point.radius };
        self.table.push(sample, parent, u32::try_from(segment.line).unwrap_or(0))
    }

    fn ring(&self, at: usize) -> Error {
        let segment = &self.segments[at];
        Error::format(format!("segment `{}` is its own ancestor", segment.id))
            .at_line(segment.line)
            .help("a root has no `<parent>`")
    }
}

/// The point on the way from one to another; radii change linearly, as in the segment.
fn between(from: Point, to: Point, fraction: f64) -> Point {
    let mix = |a: f64, b: f64| a + (b - a) * fraction;
    Point {
        position: std::array::from_fn(|axis| mix(from.position[axis], to.position[axis])),
        radius: mix(from.radius, to.radius),
    }
}
