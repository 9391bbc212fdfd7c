//! Diagnosis: what is wrong with files, and a plan of what to do about it.
//!
//! Faults of SWC text are found line by line; files of other formats are judged by their readers, and their neurons in
//! the same way as SWC's. Repaired copies are SWC.
//!
//! Reading refuses what it cannot read and warns of the rest, but repairs nothing. [`diagnose`] finds *every* fault, also
//! of files that no reader takes, and proposes cures; a person accepts, changes or rejects them in the [`Plan`], stores
//! it beside the data, and applies it: repaired copies are written, originals are never touched.
//!
//! Cures of faults without which nothing can be read are accepted from the start, for without them there is no file to
//! write; all others wait to be accepted. Every cure that changes or drops a value is said when the plan is applied. A
//! file that changed since its diagnosis is left alone.
//!
//! Order of work: `subject` opens files and archives, `scan` reads lines tolerantly, `link` turns numbers into links,
//! `structure` and `shape` look at the neuron, `validator` answers NeuroMorpho.Org's questions; `apply` goes the same way
//! and cures.

mod apply;
mod code;
mod cure;
mod finding;
mod link;
#[cfg(test)]
mod odd_tests;
mod plan;
mod scan;
mod shape;
mod soma;
mod structure;
mod subject;
#[cfg(test)]
mod tests;
mod validator;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

pub use code::{Code, Severity};
pub use cure::{Convention, Cure};
pub use finding::Finding;
pub use plan::{Applied, AppliedFile, ApplyOptions, FilePlan, Plan, load_plan};
pub use validator::Check;

use crate::error::{Error, Kind, Result};
use crate::morph::WarningCode;
use crate::morph::formats::find;
use crate::{interrupt, progress};
use finding::Ledger;
use link::Decisions;
use scan::{Scan, scan};
use subject::{Content, Subject};

/// Diagnoses the neurons that a path means: of a file of any format, of all files below a folder, of those that a pattern
/// such as `cells/*/*.swc` matches, or of an archive. Files are looked at in parallel.
///
/// # Errors
/// When the path leads nowhere, there is no file of neurons, or on a requested stop.
pub fn diagnose(path: &Path) -> Result<Plan> {
    let found = find::neuron_files(path, true, None)?;
    let mut files: Vec<&PathBuf> = found.places.iter().map(|place| &place.file).chain(&found.other).collect();
    files.sort();
    files.dedup();
    if files.is_empty() {
        return Err(Error::new(Kind::File, format!("no file of neurons below `{}`", path.display()))
            .in_file(path)
            .help("they end in `.swc`, `.asc`, `.h5`, `.nml` or `.parquet`"));
    }
    let mut members: HashMap<&Path, HashSet<String>> = HashMap::new();
    for place in &found.places {
        members.entry(&place.file).or_default().extend(place.member.clone());
    }
    let none = HashSet::new();
    let meter = progress::begin("diagnosing", files.len() as u64);
    let done = AtomicU64::new(0);
    let plans: Result<Vec<Vec<FilePlan>>> = files
        .par_iter()
        .map(|file| {
            let mut plans = Vec::new();
            subject::visit(file, members.get(file.as_path()).unwrap_or(&none), &mut |subject| {
                interrupt::check()?;
                plans.push(diagnose_one(&subject, subject.name(&found.base)));
                Ok(())
            })?;
            meter.set(done.fetch_add(1, Ordering::Relaxed) + 1, "");
            Ok(plans)
        })
        .collect();
    let mut files: Vec<FilePlan> = plans?.into_iter().flatten().collect();
    // The last member of a name counts, as it does when a tar archive is unpacked.
    let mut seen = HashSet::with_capacity(files.len());
    files.reverse();
    files.retain(|file| seen.insert(file.path.clone()));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    tell_apart(&mut files);
    Ok(Plan { nms_plan: plan::VERSION, files })
}

/// Diagnoses one neuron.
fn diagnose_one(subject: &Subject, name: String) -> FilePlan {
    let (rows, mut ledger) = match &subject.content {
        Content::Swc(text) | Content::Other { text, .. } => {
            let Scan { rows, ledger } = scan(text);
            (rows, ledger)
        }
        Content::Foreign(what) => {
            let mut ledger = Ledger::default();
            ledger.note(Code::NotSwc, None, None, || what.clone());
            (Vec::new(), ledger)
        }
        Content::Refused(error) => {
            let mut ledger = Ledger::default();
            ledger.note(Code::Unreadable, error.line.map(|l| l as u32), None, || error.message.clone());
            (Vec::new(), ledger)
        }
    };
    if let Some(tree) = link::link(&subject.neuron_name(), &rows, &Decisions::default(), &mut ledger) {
        structure::look(&tree, &mut ledger);
        shape::look(&tree, &mut ledger);
    }
    let mut findings = ledger.findings();
    let validation = validator::checks(&rows, &findings);
    if let Content::Other { warnings, .. } = &subject.content {
        findings.iter_mut().for_each(Finding::forget_lines);
        findings.extend(warnings.iter().filter_map(of_reader));
        findings.sort_by_key(|finding| finding.code);
    }
    FilePlan { path: subject.path(), name, sha256: subject.sha256.clone(), samples: rows.len(), validation, findings }
}

/// What a reader says that the neuron itself does not show. Nothing is proposed: the reader has dealt with it.
fn of_reader(warning: &crate::morph::Warning) -> Option<Finding> {
    let code = match warning.code {
        WarningCode::UnitHeader => Code::UnitHeader,
        WarningCode::OffsetHeader => Code::OffsetHeader,
        WarningCode::ScaleHeader => Code::ScaleHeader,
        WarningCode::SomaContour => Code::SomaContour,
        WarningCode::BranchRadius => Code::BranchRadius,
        WarningCode::BranchWithin => Code::BranchWithin,
        WarningCode::Skipped => Code::Skipped,
        WarningCode::Glia => Code::Glia,
        _ => return None,
    };
    Some(Finding {
        code,
        what: warning.message.clone(),
        lines: warning.line.iter().map(|&line| line as u32).collect(),
        sample: None,
        cure: None,
        accepted: false,
    })
}

/// Gives each file of a plan a name of its own: `b_2.swc` beside `b.swc`.
fn tell_apart(files: &mut [FilePlan]) {
    let mut taken: HashSet<String> = HashSet::with_capacity(files.len());
    for file in files {
        let (stem, ending) = file
            .name
            .rsplit_once('.')
            .map_or((file.name.clone(), String::new()), |(stem, ending)| (stem.to_string(), format!(".{ending}")));
        let mut again = 1;
        while !taken.insert(file.name.clone()) {
            again += 1;
            file.name = format!("{stem}_{again}{ending}");
        }
    }
}
