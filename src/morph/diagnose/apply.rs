//! Applying a plan to one file: reading it again, linking it as decided, and curing what was accepted, in a fixed order.
//!
//! Units come first, so that everything behind them is in micrometres; then single samples; then the soma; then pieces.
//! Joining comes before the soma's convention, which must find its stems, and numbering comes last.

use super::code::{Code, Severity};
use super::cure::Cure;
use super::finding::{Finding, Ledger};
use super::link::{Decisions, Tree, filled, link};
use super::scan::scan;
use super::soma;
use super::structure::retype;
use crate::error::{Error, Result};
use crate::morph::{JoinOptions, Morphology, NO_PARENT, ScaleOptions, counted, kind};

/// The neuron that the accepted cures make of a file's text, and what they did, a line each.
///
/// # Errors
/// When a finding of severity error is not accepted or has no cure, a cure lacks a setting, or nothing is left.
pub(super) fn cured(name: &str, bytes: &[u8], findings: &[Finding]) -> Result<(Morphology, Vec<String>)> {
    for finding in findings {
        if finding.severity() == Severity::Error && finding.decided().is_none() {
            let why = if finding.cure.is_none() { "there is no cure for" } else { "the plan rejects the cure of" };
            return Err(Error::value(format!("{why} `{}`: {}", finding.code, finding.what)));
        }
        if let Some(lacks) = finding.decided().and_then(Cure::lacks) {
            return Err(Error::value(format!("`{}` cannot be cured: {lacks}", finding.code)));
        }
    }
    let rows = scan(bytes).rows;
    let mut said = Ledger::default();
    let Some(Tree { neuron, .. }) = link(name, &rows, &Decisions::of(findings), &mut said) else {
        return Err(Error::value("no sample is left"));
    };
    let mut done: Vec<String> = Vec::new();
    for finding in findings.iter().filter(|f| f.severity() == Severity::Error) {
        done.extend(finding.decided().map(|cure| describe(finding, cure)));
    }
    let mut neuron = neuron;
    for &code in ORDER {
        for finding in findings.iter().filter(|f| f.code == code) {
            let Some(cure) = finding.decided() else { continue };
            neuron = cure_one(&neuron, code, cure)?;
            done.push(describe(finding, cure));
        }
    }
    Ok((neuron, done))
}

/// The order in which findings that are not about links are cured.
const ORDER: &[Code] = &[
    Code::RootParentZero,
    Code::FloatNumbers,
    Code::ChildBeforeParent,
    Code::ExtraColumns,
    Code::OffsetHeader,
    Code::ScaleHeader,
    Code::UnitHeader,
    Code::OddSize,
    Code::UndefinedType,
    Code::CustomType,
    Code::NegativeRadius,
    Code::ZeroRadius,
    Code::ZeroLength,
    Code::SeveralSomata,
    Code::SomaBelowNeurite,
    Code::Forest,
    Code::BranchingSoma,
    Code::SomaContour,
    Code::SomaConvention,
    Code::NotSequential,
];

fn describe(finding: &Finding, cure: &Cure) -> String {
    match finding.lines.len() {
        0 | 1 => format!("{}: {cure}", finding.code),
        n => format!("{}: {cure} ({})", finding.code, counted(n, "place")),
    }
}

fn cure_one(m: &Morphology, code: Code, cure: &Cure) -> Result<Morphology> {
    Ok(match cure {
        Cure::Translate { by } => m.translated(*by)?,
        Cure::Scale { factor: Some(factor) } => m.scaled(&ScaleOptions::by(*factor))?,
        Cure::Retype { to } if code == Code::UndefinedType => retype(m, |k| k == kind::UNDEFINED, *to),
        Cure::Retype { to } => retype(m, |k| k > kind::APICAL, *to),
        Cure::Radius { value } => {
            let wrong = |r: f64| if code == Code::NegativeRadius { r < 0.0 } else { r == 0.0 };
            let known: Vec<bool> = m.radius.iter().map(|&r| !wrong(r) && (r > 0.0 || value.is_some())).collect();
            let radius = match value {
                Some(value) => m.radius.iter().map(|&r| if wrong(r) { *value } else { r }).collect(),
                None => {
                    let between = filled(&m.parent, &m.radius, &known, &m.edge_lengths());
                    m.radius.iter().zip(between).map(|(&r, new)| if wrong(r) { new } else { r }).collect()
                }
            };
            Morphology { radius, ..m.clone() }
        }
        Cure::Merge => merged(m),
        Cure::OneSoma => one_soma(m),
        Cure::Reroot => match m.soma() {
            Some(soma) => m.rerooted(m.id[soma])?,
            None => m.clone(),
        },
        Cure::Join { max_gap } => m.joined(&JoinOptions { max_gap: *max_gap })?.0,
        Cure::Soma { to } => soma::convert(m, *to)?,
        Cure::Renumber => m.renumbered(),
        // Done by linking and by writing.
        _ => m.clone(),
    })
}

/// Without neurite samples that lie where their parents lie; what hung on them hangs on those.
fn merged(m: &Morphology) -> Morphology {
    let doubled =
        |i: usize| m.parent_of(i).is_some_and(|p| !m.is_soma(i) && !m.is_soma(p) && m.position[i] == m.position[p]);
    let mut place = vec![NO_PARENT; m.len()];
    let (mut samples, mut parent) = (Vec::with_capacity(m.len()), Vec::with_capacity(m.len()));
    let all = m.samples();
    for i in 0..m.len() {
        let above = m.parent_of(i).map_or(NO_PARENT, |p| place[p]);
        if doubled(i) {
            place[i] = above;
            continue;
        }
        place[i] = samples.len() as u32;
        samples.push(all[i]);
        parent.push(above);
    }
    Morphology::from_unordered(&m.name, &samples, &parent)
}

/// With the first soma only: the samples of others take the type of the neurite that they stand in, by the nearest
/// neurite sample above, or else the first below; undefined where there is neither.
fn one_soma(m: &Morphology) -> Morphology {
    let Some(first) = m.soma() else { return m.clone() };
    let mut stays = vec![false; m.len()];
    stays[first] = true;
    for i in first + 1..m.len() {
        stays[i] = m.is_soma(i) && m.parent_of(i).is_some_and(|p| stays[p]);
    }
    let mut below = vec![kind::UNDEFINED; m.len()];
    for i in (0..m.len()).rev() {
        if !m.is_soma(i) {
            below[i] = m.kind[i];
        }
        if let Some(p) = m.parent_of(i).filter(|_| below[i] != kind::UNDEFINED) {
            below[p] = below[i];
        }
    }
    let mut cured = m.clone();
    for i in (0..m.len()).filter(|&i| m.is_soma(i) && !stays[i]) {
        let above = m.parent_of(i).filter(|&p| !stays[p]).map(|p| cured.kind[p]);
        cured.kind[i] = above.filter(|&k| k != kind::UNDEFINED).unwrap_or(below[i]);
    }
    cured
}
