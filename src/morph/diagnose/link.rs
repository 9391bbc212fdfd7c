//! From rows to a neuron: numbers become links, with every conflict noted and decided as its cure says.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::code::Code;
use super::cure::Cure;
use super::finding::{Finding, Ledger};
use super::scan::{Key, Row};
use crate::morph::formats::met_ring;
use crate::morph::{Morphology, NO_PARENT, Sample};

/// How conflicts are decided: what a plan may change about linking.
#[derive(Clone, Debug, Default)]
pub(super) struct Decisions {
    /// Type of samples whose type is unreadable.
    pub kind: u16,
    /// Radius of samples whose radius is unreadable, instead of an interpolated one.
    pub radius: Option<f64>,
    /// Samples at which rings are opened.
    pub cuts: Vec<i64>,
}

impl Decisions {
    /// The decisions that a plan's findings state.
    pub fn of(findings: &[Finding]) -> Self {
        let mut decisions = Decisions::default();
        for finding in findings {
            match (finding.code, finding.decided()) {
                (Code::BadType, Some(Cure::Retype { to })) => decisions.kind = to.unwrap_or_default(),
                (Code::MissingRadius, Some(Cure::Radius { value })) => decisions.radius = *value,
                (Code::Cycle, Some(Cure::Cut { sample })) => decisions.cuts.extend(*sample),
                _ => {}
            }
        }
        decisions
    }
}

/// A neuron, and where its samples come from.
#[derive(Debug)]
pub(super) struct Tree {
    /// The neuron; ids are those of the file where they are different whole numbers, and new ones otherwise.
    pub neuron: Morphology,
    /// Line of each sample, by its id.
    pub line_of: HashMap<i64, u32>,
}

impl Tree {
    /// The line of a sample by its index.
    pub fn line(&self, sample: usize) -> Option<u32> {
        self.line_of.get(&self.neuron.id[sample]).copied()
    }
}

/// Links the rows; none where there are none.
pub(super) fn link(name: &str, rows: &[Row], decisions: &Decisions, ledger: &mut Ledger) -> Option<Tree> {
    let rows = without_repetitions(rows, ledger);
    if rows.is_empty() {
        return None;
    }
    let mut parent = parents(&rows, ledger);
    open_rings(&rows, &mut parent, decisions, ledger);
    let ids = numbers(&rows);
    // The place in `rows` serves as id until the samples are in order.
    let samples: Vec<Sample> = rows
        .iter()
        .enumerate()
        .map(|(i, row)| Sample {
            id: i as i64,
            kind: row.kind.unwrap_or(decisions.kind),
            position: row.position.map(Option::unwrap_or_default),
            radius: row.radius.or(decisions.radius).unwrap_or_default(),
        })
        .collect();
    let mut neuron = Morphology::from_unordered(name, &samples, &parent);
    let order: Vec<usize> = neuron.id.iter().map(|&i| i as usize).collect();
    for axis in 0..3 {
        let known: Vec<bool> = order.iter().map(|&i| rows[i].position[axis].is_some()).collect();
        let values: Vec<f64> = neuron.position.iter().map(|p| p[axis]).collect();
        let steps = vec![1.0; neuron.len()];
        for (position, value) in neuron.position.iter_mut().zip(filled(&neuron.parent, &values, &known, &steps)) {
            position[axis] = value;
        }
    }
    let known: Vec<bool> = order.iter().map(|&i| rows[i].radius.is_some() || decisions.radius.is_some()).collect();
    neuron.radius = filled(&neuron.parent, &neuron.radius, &known, &neuron.edge_lengths());
    neuron.id = order.iter().map(|&i| ids[i]).collect();
    let line_of = order.iter().map(|&i| (ids[i], rows[i].line)).collect();
    Some(Tree { neuron, line_of })
}

/// The rows without those that say the same as one before.
fn without_repetitions<'a>(rows: &'a [Row], ledger: &mut Ledger) -> Vec<&'a Row> {
    let mut line_of_key: HashMap<&Key, u32> = HashMap::with_capacity(rows.len());
    // Rows that share a number, by all that they say; few, so they are gathered only when needed.
    let shared: HashSet<&Key> = {
        let mut seen = HashSet::with_capacity(rows.len());
        rows.iter().map(|row| &row.key).filter(|key| !seen.insert(*key)).collect()
    };
    let mut line_of_row: HashMap<Said<'_>, u32> = HashMap::new();
    rows.iter()
        .filter(|row| {
            if !shared.contains(&row.key) {
                return true;
            }
            if let Some(&line) = line_of_row.get(&said(row)) {
                let what = || format!("the same sample as on line {line}");
                ledger.note(Code::RepeatedLine, Some(row.line), row.key.number(), what);
                return false;
            }
            line_of_row.insert(said(row), row.line);
            match line_of_key.entry(&row.key) {
                Entry::Vacant(free) => {
                    free.insert(row.line);
                }
                Entry::Occupied(taken) => {
                    let what = || format!("the number is taken by the sample on line {}", taken.get());
                    ledger.note(Code::DuplicateId, Some(row.line), row.key.number(), what);
                }
            }
            true
        })
        .collect()
}

/// All that a row says but its line, so that it can be looked up.
type Said<'a> = (&'a Key, Option<u16>, [Option<u64>; 4], &'a Option<Key>);

fn said(row: &Row) -> Said<'_> {
    let [x, y, z] = row.position;
    (&row.key, row.kind, [x, y, z, row.radius].map(|value| value.map(f64::to_bits)), &row.parent)
}

/// Parents as indices. Where several samples have the number of the parent, the nearest one above the child is meant,
/// or else the first below it.
fn parents(rows: &[&Row], ledger: &mut Ledger) -> Vec<u32> {
    let mut places: HashMap<&Key, Vec<usize>> = HashMap::with_capacity(rows.len());
    for (i, row) in rows.iter().enumerate() {
        places.entry(&row.key).or_default().push(i);
    }
    let zero = Key::Number(0);
    let zero_is_root = !places.contains_key(&zero) && rows.iter().all(|row| row.parent.is_some());
    let mut parent = Vec::with_capacity(rows.len());
    for (i, row) in rows.iter().enumerate() {
        let Some(key) = &row.parent else {
            parent.push(NO_PARENT);
            continue;
        };
        let (line, sample) = (Some(row.line), row.key.number());
        let found = places.get(key).and_then(|at| {
            let above = at.partition_point(|&place| place < i);
            above.checked_sub(1).map(|nearest| at[nearest]).or_else(|| at.get(above).copied())
        });
        parent.push(match (found, key) {
            (Some(place), _) if place == i => {
                ledger.note(Code::SelfParent, line, sample, || "it is its own parent".into());
                NO_PARENT
            }
            (Some(place), _) => {
                if place > i {
                    let what = || format!("its parent stands below, on line {}", rows[place].line);
                    ledger.note(Code::ChildBeforeParent, line, sample, what);
                }
                place as u32
            }
            (None, Key::Number(0)) if zero_is_root => {
                ledger.note(Code::RootParentZero, line, sample, || "a root with parent 0, expected -1".into());
                NO_PARENT
            }
            (None, Key::Number(number)) => {
                ledger.note(Code::MissingParent, line, sample, || format!("its parent {number} is on no line"));
                NO_PARENT
            }
            (None, Key::Text(text)) => {
                let what = || format!("parent `{}` is no whole number", text.escape_debug());
                ledger.note(Code::BadParent, line, sample, what);
                NO_PARENT
            }
        });
    }
    parent
}

/// Opens every ring: at a sample that is stated, else at its first one in the file.
fn open_rings(rows: &[&Row], parent: &mut [u32], decisions: &Decisions, ledger: &mut Ledger) {
    let mut stamp = vec![0; parent.len()];
    for start in 0..parent.len() as u32 {
        let Some(node) = met_ring(start, parent, &mut stamp) else { continue };
        let next = |at: &u32| Some(parent[*at as usize]).filter(|&up| up != node);
        let ring: Vec<u32> = std::iter::successors(Some(node), next).collect();
        let number = |at: u32| rows[at as usize].key.number();
        let first = ring.iter().copied().min().unwrap_or(node);
        let stated = ring.iter().copied().find(|&at| number(at).is_some_and(|n| decisions.cuts.contains(&n)));
        let named: Vec<String> = ring.iter().take(6).filter_map(|&at| number(at)).map(|n| n.to_string()).collect();
        let more = if ring.len() > 6 { " -> …" } else { "" };
        let what = format!("{} samples are each other's parents: {}{more}", ring.len(), named.join(" -> "));
        ledger.note_apart(Code::Cycle, rows[first as usize].line, number(first), what);
        parent[stated.unwrap_or(first) as usize] = NO_PARENT;
    }
}

/// Numbers for all rows: those in the file where they are whole and new, others above the largest.
fn numbers(rows: &[&Row]) -> Vec<i64> {
    let largest = rows.iter().filter_map(|row| row.key.number()).max().unwrap_or(0);
    let Some(mut next) = largest.checked_add(rows.len() as i64).map(|_| largest + 1) else {
        return (1..=rows.len() as i64).collect();
    };
    let mut taken = HashSet::with_capacity(rows.len());
    let mut number = |row: &&Row| {
        if let Some(own) = row.key.number().filter(|&own| taken.insert(own)) {
            return own;
        }
        next += 1;
        next - 1
    };
    rows.iter().map(&mut number).collect()
}

/// Values with the unknown ones interpolated along the tree: linearly between the nearest known ancestor and descendant
/// by the lengths of the edges (each sample's to its parent), or the one that there is; 0 where there is none.
pub(super) fn filled(parent: &[u32], values: &[f64], known: &[bool], edge_lengths: &[f64]) -> Vec<f64> {
    let n = parent.len();
    // Value and distance of the nearest known sample below, through the first child that leads to one.
    let mut below: Vec<Option<(f64, f64)>> = vec![None; n];
    for i in (0..n).rev() {
        if known[i] {
            below[i] = Some((values[i], 0.0));
        }
        if let (Some((value, way)), Some(p)) = (below[i], index(parent[i])) {
            // Earlier children come later here, and win.
            below[p] = Some((value, way + edge_lengths[i]));
        }
    }
    let mut filled = values.to_vec();
    let mut above: Vec<Option<(f64, f64)>> = vec![None; n];
    for i in 0..n {
        above[i] = index(parent[i]).and_then(|p| above[p]).map(|(value, way)| (value, way + edge_lengths[i]));
        if known[i] {
            above[i] = Some((values[i], 0.0));
            continue;
        }
        filled[i] = match (above[i], below[i]) {
            (Some((a, up)), Some((b, down))) if up + down > 0.0 => (a * down + b * up) / (up + down),
            (Some((a, _)), Some((b, _))) => 0.5 * (a + b),
            (Some((value, _)), None) | (None, Some((value, _))) => value,
            (None, None) => 0.0,
        };
    }
    filled
}

fn index(parent: u32) -> Option<usize> {
    (parent != NO_PARENT).then_some(parent as usize)
}
