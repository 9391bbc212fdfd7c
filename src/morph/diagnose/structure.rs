//! Findings about a neuron that can be read: soma, pieces, radii, types, numbers.

use super::code::Code;
use super::finding::Ledger;
use super::link::Tree;
use super::soma::{self, Shape};
use crate::morph::{Morphology, kind};

/// Extents (the largest side of the box) outside of this range are hardly in micrometres: a mouse's brain measures
/// 13 mm, and a neuron of a worm some micrometres.
const PLAUSIBLE: std::ops::RangeInclusive<f64> = 1.0..=20_000.0;

/// Notes what is unusual about a neuron.
pub(super) fn look(tree: &Tree, ledger: &mut Ledger) {
    let m = &tree.neuron;
    somata(tree, ledger);
    let roots: Vec<usize> = m.roots().collect();
    for &root in roots.iter().skip(1) {
        let what = || format!("{} pieces that are not connected; the second starts here", roots.len());
        ledger.note(Code::Forest, tree.line(root), Some(m.id[root]), what);
    }
    samples(tree, ledger);
    let soma_samples = (0..m.len()).filter(|&i| m.is_soma(i)).count();
    let neurites = m.len() - soma_samples;
    let axon = m.kind.iter().filter(|&&k| k == kind::AXON).count();
    if neurites == 0 {
        ledger.note(Code::NoNeurites, None, None, || "all samples are soma".into());
    } else if axon == neurites && soma_samples > 0 {
        ledger.note(Code::AxonOnly, None, None, || "all neurite samples have type 2 (axon)".into());
    }
    let extent = m.extent().into_iter().fold(0.0, f64::max);
    if m.len() > 1 && extent == 0.0 {
        ledger.note(Code::OnePoint, None, None, || "all samples lie at one point".into());
    } else if m.len() > soma_samples && !PLAUSIBLE.contains(&extent) {
        let what = || format!("the neuron measures {extent:.3} across: in micrometres?");
        ledger.note(Code::OddSize, None, None, what);
    }
}

fn somata(tree: &Tree, ledger: &mut Ledger) {
    let m = &tree.neuron;
    let Some(first) = m.soma() else {
        ledger.note(Code::NoSoma, None, None, || "no sample has type 1 (soma)".into());
        return;
    };
    let starts: Vec<usize> =
        (0..m.len()).filter(|&i| m.is_soma(i) && m.parent_of(i).is_none_or(|p| !m.is_soma(p))).collect();
    for &start in starts.iter().skip(1) {
        let what = || format!("{} somata; the second starts here", starts.len());
        ledger.note(Code::SeveralSomata, tree.line(start), Some(m.id[start]), what);
    }
    // The soma's tree stands first, so its root is sample 0.
    if m.parent_of(first).is_some() {
        let what = || format!("the soma hangs on sample {}, which is no soma", m.id[m.parent[first] as usize]);
        ledger.note(Code::SomaBelowNeurite, tree.line(first), Some(m.id[first]), what);
    }
    let (line, sample) = (tree.line(first), Some(m.id[first]));
    match soma::shape(m, first) {
        Shape::OnePoint => {}
        Shape::ThreePoints => {
            ledger.note(Code::SomaConvention, line, sample, || "the three-point soma of NeuroMorpho.Org".into());
        }
        Shape::Chain(n) => {
            ledger.note(Code::SomaConvention, line, sample, || format!("a soma of {n} samples in a row"));
        }
        Shape::Contour(n) => {
            ledger.note(Code::SomaContour, line, sample, || format!("a soma of {n} samples drawn as an outline"));
        }
        Shape::Branching(n) => {
            ledger.note(Code::BranchingSoma, line, sample, || format!("a soma of {n} samples that branches"));
        }
    }
}

fn samples(tree: &Tree, ledger: &mut Ledger) {
    let m = &tree.neuron;
    let lengths = m.edge_lengths();
    let mut previous = None;
    for (i, &length) in lengths.iter().enumerate() {
        let mut note = |code, what: &dyn Fn() -> String| ledger.note(code, tree.line(i), Some(m.id[i]), what);
        if m.radius[i] == 0.0 {
            note(Code::ZeroRadius, &|| "radius 0".into());
        }
        if m.radius[i] < 0.0 {
            note(Code::NegativeRadius, &|| format!("radius {}", m.radius[i]));
        }
        match m.kind[i] {
            kind::UNDEFINED => note(Code::UndefinedType, &|| "type 0 (undefined)".into()),
            1..=4 => {}
            custom => note(Code::CustomType, &|| format!("type {custom}")),
        }
        if let Some(p) = m.parent_of(i).filter(|&p| !m.is_soma(p) && !m.is_soma(i)) {
            if length == 0.0 {
                note(Code::ZeroLength, &|| format!("it lies where its parent, sample {}, lies", m.id[p]));
            }
            if m.kind[p] != m.kind[i] {
                note(Code::TypeChange, &|| format!("type {} after type {}", m.kind[i], m.kind[p]));
            }
        }
    }
    // In the order of the file, which is that of the lines.
    let mut numbered: Vec<(u32, i64)> = m.id.iter().filter_map(|id| Some((*tree.line_of.get(id)?, *id))).collect();
    numbered.sort_unstable();
    for (line, id) in numbered {
        let expected = previous.map_or(1, |before: i64| before.saturating_add(1));
        if id != expected {
            ledger.note(Code::NotSequential, Some(line), Some(id), || format!("expected the number {expected}"));
        }
        previous = Some(id);
    }
}

/// The neuron with samples of some types given another: the one stated, or that of the nearest ancestor of type 2 to 4.
pub(super) fn retype(m: &Morphology, of: impl Fn(u16) -> bool, to: Option<u16>) -> Morphology {
    let mut cured = m.clone();
    for i in (0..m.len()).filter(|&i| of(m.kind[i])) {
        let above = || m.parent_of(i).map(|p| cured.kind[p]).filter(|k| (kind::AXON..=kind::APICAL).contains(k));
        if let Some(kind) = to.or_else(above) {
            cured.kind[i] = kind;
        }
    }
    cured
}
