//! From sample numbers to indices: repeated numbers, missing parents, rings, and the soma as a root.

use crate::error::{Error, Result};
use crate::morph::{NO_PARENT, Sample, kind};

/// The samples of a file before they are put in order.
#[derive(Default)]
pub(super) struct Table {
    pub samples: Vec<Sample>,
    /// Each sample's parent as written; -1 for a root.
    pub parent: Vec<i64>,
    /// Each sample's line, counted from 1.
    pub line: Vec<u32>,
}

impl Table {
    fn id(&self, sample: u32) -> i64 {
        self.samples[sample as usize].id
    }

    fn line_of(&self, sample: u32) -> usize {
        self.line[sample as usize] as usize
    }
}

/// Parents as indices, and whether roots were written with parent 0.
///
/// Parent 0 marks a root (as Vaa3D writes it) only where the file has neither a sample 0 nor a parent -1.
///
/// # Errors
/// A number that occurs twice, a parent that does not exist, a sample that is its own ancestor.
pub(super) fn parents(table: &Table) -> Result<(Vec<u32>, bool)> {
    let index = Index::of(&table.samples).map_err(|(first, second)| {
        Error::format(format!(
            "sample number `{}` occurs twice, on lines {} and {}",
            table.id(second),
            table.line_of(first),
            table.line_of(second)
        ))
        .at_line(table.line_of(second))
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
    Error::format(format!("sample `{id}` has parent `{parent}`, which no line defines"))
        .at_line(table.line_of(sample))
        .help(format!("add sample {parent}, or make sample {id} a root: parent -1"))
}

fn refuse_rings(table: &Table, parent: &[u32]) -> Result<()> {
    // In a file where parents come first there is no way back.
    if parent.iter().enumerate().all(|(i, &p)| p == NO_PARENT || (p as usize) < i) {
        return Ok(());
    }
    // Every sample is stamped with the walk towards the root that met it first; a walk that meets its own stamp is in
    // a ring.
    let mut stamp = vec![0u32; parent.len()];
    for start in 0..parent.len() as u32 {
        let mut node = start;
        while node != NO_PARENT && stamp[node as usize] == 0 {
            stamp[node as usize] = start + 1;
            node = parent[node as usize];
        }
        if node != NO_PARENT && stamp[node as usize] == start + 1 {
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
    Error::format(message).at_line(table.line_of(node)).help("a root has parent -1")
}

/// Turns the soma's tree round so that it starts at the soma, where the file roots it elsewhere; says at which sample.
///
/// The soma is the first soma sample of the file, or the one that its chain of soma parents starts from.
pub(super) fn root_at_soma(samples: &[Sample], parent: &mut [u32]) -> Option<u32> {
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
