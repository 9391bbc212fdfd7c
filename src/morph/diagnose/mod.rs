//! Diagnosis: what is wrong with files, and a plan of what to do about it.
//!
//! Reading refuses what it cannot read and warns of the rest, but repairs nothing. [`diagnose`] finds *every* fault, also
//! of files that no reader takes, and proposes cures; a person accepts, changes or rejects them in the [`Plan`], stores
//! it beside the data, and applies it: repaired copies are written, originals are never touched.
//!
//! Cures of faults without which nothing can be read are accepted from the start, for without them there is no file to
//! write; all others wait to be accepted. Every cure that changes or drops a value is said when the plan is applied. A
//! file that changed since its diagnosis is left alone.
//!
//! Order of work: `scan` reads lines tolerantly, `link` turns numbers into links, `structure` and `shape` look at the
//! neuron, `validator` answers NeuroMorpho.Org's questions; `apply` goes the same way and cures.

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
#[cfg(test)]
mod tests;
mod validator;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

pub use code::{Code, Severity};
pub use cure::{Convention, Cure};
pub use finding::Finding;
pub use plan::{Applied, AppliedFile, ApplyOptions, FilePlan, Plan, load_plan};
pub use validator::Check;

use crate::error::{Error, Kind, Result};
use crate::morph::name_of;
use crate::run::manifest::sha256;
use crate::{interrupt, progress};
use finding::Ledger;
use link::Decisions;
use scan::{Scan, foreign, scan};

/// The largest file that is diagnosed.
const MAX_BYTES: u64 = 1 << 32;

/// Diagnoses a file, or all SWC files below a folder, in parallel.
///
/// # Errors
/// When the path cannot be read, a folder holds no SWC file, or on a requested stop.
pub fn diagnose(path: &Path) -> Result<Plan> {
    let files = match path.is_dir() {
        true => swc_files(path)?,
        false => vec![path.to_path_buf()],
    };
    if files.is_empty() {
        return Err(Error::new(Kind::File, format!("no SWC file below `{}`", path.display()))
            .in_file(path)
            .help("SWC files end in `.swc`"));
    }
    let below = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    let meter = progress::begin("diagnosing", files.len() as u64);
    let done = AtomicU64::new(0);
    let plans: Result<Vec<FilePlan>> = files
        .par_iter()
        .map(|file| {
            interrupt::check()?;
            let name = file.strip_prefix(below).unwrap_or(file).to_string_lossy().into_owned();
            let plan = diagnose_text(file, name, &read_bytes(file)?);
            meter.set(done.fetch_add(1, Ordering::Relaxed) + 1, "");
            Ok(plan)
        })
        .collect();
    Ok(Plan { nms_plan: plan::VERSION, files: plans? })
}

/// Diagnoses one file's text.
fn diagnose_text(path: &Path, name: String, bytes: &[u8]) -> FilePlan {
    let (rows, mut ledger) = match foreign(path, bytes) {
        Some(what) => {
            let mut ledger = Ledger::default();
            ledger.note(Code::NotSwc, None, None, || what);
            (Vec::new(), ledger)
        }
        None => {
            let Scan { rows, ledger } = scan(bytes);
            (rows, ledger)
        }
    };
    if let Some(tree) = link::link(&name_of(path), &rows, &Decisions::default(), &mut ledger) {
        structure::look(&tree, &mut ledger);
        shape::look(&tree, &mut ledger);
    }
    let findings = ledger.findings();
    FilePlan {
        path: std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()),
        name,
        sha256: sha256(bytes),
        samples: rows.len(),
        validation: validator::checks(&rows, &findings),
        findings,
    }
}

/// All bytes of a file of sensible size.
fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    let file = fs::File::open(path).map_err(|e| Error::io("cannot open", path, &e))?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|e| Error::io("cannot read", path, &e))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::format(format!("the file is larger than {} GB", MAX_BYTES >> 30)).in_file(path));
    }
    Ok(bytes)
}

/// SWC files below a folder in the order of their paths; hidden ones and links to folders are left out.
fn swc_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        interrupt::check()?;
        let refused = |e: &std::io::Error| Error::io("cannot list", &folder, e);
        for entry in fs::read_dir(&folder).map_err(|e| refused(&e))? {
            let entry = entry.map_err(|e| refused(&e))?;
            let (path, kind) = (entry.path(), entry.file_type().map_err(|e| refused(&e))?);
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if kind.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("swc")) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
