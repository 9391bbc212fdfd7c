//! From the samples of a file, in any format, to a neuron: repeated numbers, missing parents, rings, the soma as a root.
//!
//! Every reader fills a [`Table`] and hands it to [`Table::into_reading`], so the same faults are refused and the same
//! oddities are said whatever the format was.

use super::Reading;
use super::warning::{self, Warning, WarningCode};
use crate::error::{Error, Result};
use crate::morph::{Morphology, NO_PARENT, Sample, kind};

/// The largest size of a coordinate or radius; beyond it no unit makes sense, and squares could overflow.
pub(super) const LIMIT: f64 = 1e15;

/// The samples of a file before they are put in order.
#[derive(Default)]
pub(super) struct Table {
    pub samples: Vec<Sample>,
    /// Each sample's parent as written; -1 for a root.
    pub parent: Vec<i64>,
    /// Each sample's line, counted from 1; 0 in formats without lines.
    pub line: Vec<u32>,
}

impl Table {
    /// Adds a sample after looking at its numbers; `line` 0 stands for none.
    ///
    /// # Errors
    /// A coordinate or radius that is not finite or beyond [`LIMIT`], a negative number, too many samples.
    pub fn push(&mut self, sample: Sample, parent: i64, line: u32) -> Result<()> {
        let named = ["x", "y", "z", "radius"].into_iter().zip(sample.position.into_iter().chain([sample.radius]));
        // `!(<=)`: NaN is refused, too.
        #[allow(clippy::neg_cmp_op_on_partial_ord)]
        if let Some((column, value)) = named.into_iter().find(|(_, v)| !(v.abs() <= LIMIT)) {
            let message = format!("sample `{}`: {column} is `{value}`, expected a number up to {LIMIT:e}", sample.id);
            return Err(
                at(Error::format(message), some_line(line)).help("measure the value again, or leave the sample out")
            );
        }
        if sample.id < 0 {
            let message = format!("sample number `{}` is negative, expected 0 or more", sample.id);
            return Err(at(Error::format(message), some_line(line)).help("number the samples from 1"));
        }
        if self.samples.len() >= NO_PARENT as usize - 1 {
            return Err(Error::format("too many samples for one neuron").help("the largest number is 4 294 967 294"));
        }
        self.samples.push(sample);
        self.parent.push(parent);
        self.line.push(line);
        Ok(())
    }

    /// Links the samples and builds the neuron; `warnings` are those of the format, to which those of any neuron are
    /// added.
    ///
    /// # Errors
    /// No sample at all, and as [`parents`].
    pub fn into_reading(self, name: &str, mut warnings: Vec<Warning>) -> Result<Reading> {
        if self.samples.is_empty() {
            return Err(Error::format("no samples").help("export the neuron again"));
        }
        let (mut parent, zero_is_root) = parents(&self)?;
        if zero_is_root {
            let message = "roots have parent 0, expected -1".to_string();
            let first = self.parent.iter().position(|&p| p == 0);
            let line = first.and_then(|i| self.line_of(i as u32));
            warnings.push(Warning { code: WarningCode::RootParentZero, line, message });
        }
        warnings.extend(warning::in_samples(&self, &parent));
        if let Some(soma) = root_at_soma(&self.samples, &mut parent) {
            warnings.push(warning::rooted(&self, soma));
        }
        let morphology = Morphology::from_unordered(name, &self.samples, &parent);
        Ok(Reading { morphology, warnings })
    }

    fn id(&self, sample: u32) -> i64 {
        self.samples[sample as usize].id
    }

    /// The line of a sample, where the format has lines.
    pub fn line_of(&self, sample: u32) -> Option<usize> {
        some_line(self.line[sample as usize])
    }
}

fn some_line(line: u32) -> Option<usize> {
    (line > 0).then_some(line as usize)
}

fn at(error: Error, line: Option<usize>) -> Error {
    Error { line, ..error }
}

/// Parents as indices, and whether roots were written with parent 0.
///
/// Parent 0 marks a root (as Vaa3D writes it) only where the file has neither a sample 0 nor a parent -1.
///
/// # Errors
/// A number that occurs twice, a parent that does not exist, a sample that is its own ancestor.
fn parents(table: &Table) -> Result<(Vec<u32>, bool)> {
    let index = Index::of(&table.samples).map_err(|(first, second)| {
        let lines = match (table.line_of(first), table.line_of(second)) {
            (Some(first), Some(second)) => format!(", on lines {first} and {second}"),
            _ => String::new(),
        };
        let message = format!("sample number `{}` occurs twice{lines}", table.id(second));
        at(Error::format(message), table.line_of(second))
            .help("give every sample its own number; a contour drawn round a soma is not SWC")
    })?;
    let zero_is_root = index.get(0).is_none() && !table.parent.contains(&-1);
    let mut parent = Vec::with_capacity(table.parent.len());
    for (sample, &written) in table.parent.iter().enumerate() {
        parent.push(match written {
            -1 => NO_PARENT,
            0 if zero_is_root => NO_PARENT,
            _ => index.get(written).ok_or_else(|| missing_parent(table, sample as u32, written))?,
        });
    }
    refuse_rings(table, &parent)?;
    Ok((parent, zero_is_root))
}

fn missing_parent(table: &Table, sample: u32, parent: i64) -> Error {
    let id = table.id(sample);
    let message = match table.line_of(sample) {
        Some(_) => format!("sample `{id}` has parent `{parent}`, which no line defines"),
        None => format!("sample `{id}` has parent `{parent}`, which does not exist"),
    };
    at(Error::format(message), table.line_of(sample))
        .help(format!("add sample {parent}, or make sample {id} a root: parent -1"))
}

/// Walks from a sample towards the root and gives a sample of the ring that it ends in, if it does and no walk did before.
///
/// Every sample is stamped with the walk that met it first, so that all walks together look at each sample once; a walk
/// that meets its own stamp is in a ring. Stamps start at 0.
pub(in crate::morph) fn met_ring(start: u32, parent: &[u32], stamp: &mut [u32]) -> Option<u32> {
    let mut node = start;
    while node != NO_PARENT && stamp[node as usize] == 0 {
        stamp[node as usize] = start + 1;
        node = parent[node as usize];
    }
    (node != NO_PARENT && stamp[node as usize] == start + 1).then_some(node)
}

fn refuse_rings(table: &Table, parent: &[u32]) -> Result<()> {
    // In a file where parents come first there is no way back.
    if parent.iter().enumerate().all(|(i, &p)| p == NO_PARENT || (p as usize) < i) {
        return Ok(());
    }
    let mut stamp = vec![0; parent.len()];
    for start in 0..parent.len() as u32 {
        if let Some(node) = met_ring(start, parent, &mut stamp) {
            return Err(ring(table, parent, node));
        }
    }
    Ok(())
}

fn ring(table: &Table, parent: &[u32], node: u32) -> Error {
    let next = |at: &u32| Some(parent[*at as usize]).filter(|&up| up != node);
    let ring: Vec<u32> = std::iter::successors(Some(node), next).collect();
    let id = table.id(node);
    let roots = parent.iter().filter(|&&p| p == NO_PARENT).count();
    let none = if roots == 0 { ", and there is no root" } else { "" };
    let message = match ring.len() {
        1 => format!("sample `{id}` is its own parent{none}"),
        length => {
            let shown: Vec<String> = ring.iter().take(6).map(|&at| table.id(at).to_string()).collect();
            let rest = if length > 6 { " -> …" } else { "" };
            format!("{length} samples are each other's parents: {}{rest} -> {id}{none}", shown.join(" -> "))
        }
    };
    at(Error::format(message), table.line_of(node)).help("a root has parent -1")
}

/// Turns the soma's tree round so that it starts at the soma, where the file roots it elsewhere; says at which sample.
///
/// The soma is the first soma sample of the file, or the one that its chain of soma parents starts from.
fn root_at_soma(samples: &[Sample], parent: &mut [u32]) -> Option<u32> {
    let is_soma = |at: u32| samples[at as usize].kind == kind::SOMA;
    let mut soma = samples.iter().position(|s| s.kind == kind::SOMA)? as u32;
    while parent[soma as usize] != NO_PARENT && is_soma(parent[soma as usize]) {
        soma = parent[soma as usize];
    }
    let mut root = soma;
    while parent[root as usize] != NO_PARENT {
        root = parent[root as usize];
    }
    if is_soma(root) {
        return None;
    }
    turn_round(parent, soma);
    Some(soma)
}

/// Makes `root` the root of its tree by turning round the links above it.
pub(in crate::morph) fn turn_round(parent: &mut [u32], root: u32) {
    let (mut below, mut node) = (NO_PARENT, root);
    while node != NO_PARENT {
        let above = std::mem::replace(&mut parent[node as usize], below);
        below = node;
        node = above;
    }
}

/// Where each sample number stands.
enum Index {
    /// The numbers run upwards without a gap.
    Run { first: i64, length: usize },
    /// A slot for each number between the smallest and the largest.
    Slots { first: i64, slots: Vec<u32> },
    /// Numbers far apart, sorted.
    Sorted(Vec<(i64, u32)>),
}

impl Index {
    /// Fails with the first two samples, in file order, that share a number.
    fn of(samples: &[Sample]) -> std::result::Result<Self, (u32, u32)> {
        let ids = || samples.iter().map(|s| s.id);
        let (Some(first), Some(last)) = (ids().min(), ids().max()) else {
            return Ok(Index::Sorted(Vec::new()));
        };
        // Numbers are not negative, so the difference does not overflow.
        let span = (last - first) as u64;
        if ids().enumerate().all(|(i, id)| id - first == i as i64) {
            return Ok(Index::Run { first, length: samples.len() });
        }
        if span < 8 * samples.len() as u64 + 1024 {
            let mut slots = vec![NO_PARENT; span as usize + 1];
            for (at, id) in ids().enumerate() {
                let slot = &mut slots[(id - first) as usize];
                if *slot != NO_PARENT {
                    return Err((*slot, at as u32));
                }
                *slot = at as u32;
            }
            return Ok(Index::Slots { first, slots });
        }
        let mut sorted: Vec<(i64, u32)> = ids().zip(0..).collect();
        sorted.sort_unstable();
        match sorted.windows(2).filter(|pair| pair[0].0 == pair[1].0).min_by_key(|pair| pair[1].1) {
            Some(pair) => Err((pair[0].1, pair[1].1)),
            None => Ok(Index::Sorted(sorted)),
        }
    }

    fn get(&self, id: i64) -> Option<u32> {
        match self {
            Index::Run { first, length } => {
                usize::try_from(id.checked_sub(*first)?).ok().filter(|at| at < length).map(|at| at as u32)
            }
            Index::Slots { first, slots } => {
                let at = usize::try_from(id.checked_sub(*first)?).ok()?;
                slots.get(at).copied().filter(|&sample| sample != NO_PARENT)
            }
            Index::Sorted(sorted) => sorted.binary_search_by_key(&id, |&(id, _)| id).ok().map(|at| sorted[at].1),
        }
    }
}
