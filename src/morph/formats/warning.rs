//! What is unusual in a file that was read all the same.

use super::table::Table;
use crate::morph::{NO_PARENT, kind};

/// What a warning is about; [`name`](Self::name) is what scripts compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WarningCode {
    /// No sample of type soma: the neuron is centred on its first root.
    NoSoma,
    /// Soma samples in more than one place; the first in the file counts.
    SeveralSomata,
    /// A soma of many samples that branches, and is not the NeuroMorpho.Org three-point soma.
    BranchingSoma,
    /// The file's root was elsewhere; the soma was made the root. No sample and no edge changed.
    RootedAtSoma,
    /// More than one root: pieces that are not connected.
    Forest,
    /// Samples of radius 0.
    ZeroRadius,
    /// Samples of negative radius, kept as they are.
    NegativeRadius,
    /// Samples of type 0, kept as undefined.
    UndefinedType,
    /// Nothing but soma samples.
    NoNeurites,
    /// Neurites, but all of them axon: removing axons leaves the soma at most.
    AxonOnly,
    /// All samples at one point.
    OnePoint,
    /// Roots written with parent 0, as Vaa3D does.
    RootParentZero,
    /// More than seven columns; the others are not read.
    ExtraColumns,
    /// The file names a unit other than the micrometre; positions are taken as they are.
    UnitHeader,
    /// A comment gives an `OFFSET`, which is not applied.
    OffsetHeader,
    /// A comment gives a `SCALE`, which is not applied.
    ScaleHeader,
    /// A soma drawn as a contour, read as one sample.
    SomaContour,
    /// Branches that start with another radius than the sample they leave from, whose radius was kept.
    BranchRadius,
    /// Branches that start between the ends of a segment: a sample was set there.
    BranchWithin,
    /// Spines, markers and other things that are no part of the tree: not read.
    Skipped,
    /// The cell is a glia, whose types 2 and 3 mean something else.
    Glia,
}

impl WarningCode {
    /// The code in lower case with underscores.
    pub fn name(self) -> &'static str {
        match self {
            WarningCode::NoSoma => "no_soma",
            WarningCode::SeveralSomata => "several_somata",
            WarningCode::BranchingSoma => "branching_soma",
            WarningCode::RootedAtSoma => "rooted_at_soma",
            WarningCode::Forest => "forest",
            WarningCode::ZeroRadius => "zero_radius",
            WarningCode::NegativeRadius => "negative_radius",
            WarningCode::UndefinedType => "undefined_type",
            WarningCode::NoNeurites => "no_neurites",
            WarningCode::AxonOnly => "axon_only",
            WarningCode::OnePoint => "one_point",
            WarningCode::RootParentZero => "root_parent_zero",
            WarningCode::ExtraColumns => "extra_columns",
            WarningCode::UnitHeader => "unit_header",
            WarningCode::OffsetHeader => "offset_header",
            WarningCode::ScaleHeader => "scale_header",
            WarningCode::SomaContour => "soma_contour",
            WarningCode::BranchRadius => "branch_radius",
            WarningCode::BranchWithin => "branch_within",
            WarningCode::Skipped => "skipped",
            WarningCode::Glia => "glia",
        }
    }
}

/// Something unusual in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub code: WarningCode,
    /// The first line it is about, counted from 1.
    pub line: Option<usize>,
    /// What was found, with counts.
    pub message: String,
}

/// The samples of a file that meet a condition: how many, and the line of the first.
struct Found {
    count: usize,
    line: Option<usize>,
}

impl Found {
    fn of(table: &Table, meets: impl Fn(usize) -> bool) -> Found {
        let mut hits = (0..table.samples.len()).filter(|&i| meets(i));
        let first = hits.next();
        let line = first.and_then(|i| table.line_of(i as u32));
        Found { count: hits.count() + usize::from(first.is_some()), line }
    }

    fn warning(self, code: WarningCode, message: impl FnOnce(usize) -> String) -> Option<Warning> {
        (self.count > 0).then(|| Warning { code, line: self.line, message: message(self.count) })
    }
}

/// Warnings about the samples themselves, given their parents as the file has them.
pub(super) fn in_samples(table: &Table, parent: &[u32]) -> Vec<Warning> {
    let samples = &table.samples;
    let is_soma = |i: usize| samples[i].kind == kind::SOMA;
    let n_soma = (0..samples.len()).filter(|&i| is_soma(i)).count();
    let roots = Found::of(table, |i| parent[i] == NO_PARENT).count;
    let every = |meets: &dyn Fn(usize) -> bool| (0..samples.len()).all(meets);
    let one = |holds: bool, code, message: &str| holds.then(|| Warning { code, line: None, message: message.into() });

    [
        one(n_soma == 0, WarningCode::NoSoma, "no soma sample (type 1): the first root is taken as the centre"),
        several_somata(table, parent),
        branching_soma(table, parent, n_soma),
        // The first root is the soma's or the file's first; the interesting line is the next one.
        (roots > 1).then(|| {
            let mut at = (0..samples.len()).filter(|&i| parent[i] == NO_PARENT);
            let message = format!("{roots} roots: a forest of {roots} pieces that are not connected");
            Warning { code: WarningCode::Forest, line: at.nth(1).and_then(|i| table.line_of(i as u32)), message }
        }),
        Found::of(table, |i| samples[i].radius == 0.0)
            .warning(WarningCode::ZeroRadius, |n| format!("{n} of {} samples have radius 0", samples.len())),
        Found::of(table, |i| samples[i].radius < 0.0).warning(WarningCode::NegativeRadius, |n| {
            format!("{n} of {} samples have a negative radius", samples.len())
        }),
        Found::of(table, |i| samples[i].kind == kind::UNDEFINED).warning(WarningCode::UndefinedType, |n| {
            format!("{n} of {} samples have type 0 (undefined), and keep it", samples.len())
        }),
        one(n_soma == samples.len(), WarningCode::NoNeurites, "no neurites: all samples are soma"),
        one(
            n_soma < samples.len() && every(&|i| is_soma(i) || samples[i].kind == kind::AXON),
            WarningCode::AxonOnly,
            "no dendrite: all neurite samples have type 2 (axon)",
        ),
        one(
            samples.len() > 1 && every(&|i| samples[i].position == samples[0].position),
            WarningCode::OnePoint,
            "all samples lie at one point",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Soma samples whose parent is not soma: each of them starts a soma.
fn several_somata(table: &Table, parent: &[u32]) -> Option<Warning> {
    let samples = &table.samples;
    let starts: Vec<usize> = (0..samples.len())
        .filter(|&i| samples[i].kind == kind::SOMA)
        .filter(|&i| parent[i] == NO_PARENT || samples[parent[i] as usize].kind != kind::SOMA)
        .collect();
    let (&first, &second) = (starts.first()?, starts.get(1)?);
    let line = table.line_of(second as u32);
    let places = match (table.line_of(first as u32), line) {
        (Some(one), Some(other)) => format!("on lines {one} and {other}"),
        _ => format!("at samples {} and {}", samples[first].id, samples[second].id),
    };
    let message = format!("{} somata, the first two {places}: the first one counts", starts.len());
    Some(Warning { code: WarningCode::SeveralSomata, line, message })
}

fn branching_soma(table: &Table, parent: &[u32], n_soma: usize) -> Option<Warning> {
    let samples = &table.samples;
    let mut soma_children = vec![0u32; samples.len()];
    for (i, &p) in parent.iter().enumerate() {
        if p != NO_PARENT && samples[i].kind == kind::SOMA && samples[p as usize].kind == kind::SOMA {
            soma_children[p as usize] += 1;
        }
    }
    let at = soma_children.iter().position(|&n| n > 1)?;
    // NeuroMorpho.Org writes every soma as a centre with two children one radius away.
    if n_soma == 3 {
        return None;
    }
    let message = format!("a soma of {n_soma} samples that branches at sample {}", samples[at].id);
    Some(Warning { code: WarningCode::BranchingSoma, line: table.line_of(at as u32), message })
}

/// The warning that the soma was made the root.
pub(super) fn rooted(table: &Table, soma: u32) -> Warning {
    let at = soma as usize;
    let message = format!("the soma, sample {}, hung on a neurite: it was made the root", table.samples[at].id);
    Warning { code: WarningCode::RootedAtSoma, line: table.line_of(at as u32), message }
}
