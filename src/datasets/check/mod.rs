//! Checking a folder against a declaration: is everything there, is it what scripts expect, and what is odd?
//!
//! The check reads all files, compares cells, label columns and classes with what is declared, and judges unit and axes
//! by the shapes themselves, for no file says them. It changes nothing; what it finds it says with numbers, a name and a
//! cure. A label table without neurons is checked as far as it goes.

mod finding;
mod labels;
mod presence;
mod shapes;

use std::path::Path;

pub use finding::{Finding, Kind, Report};

use super::declaration::Dataset;
use super::prepare::LABELS;
use crate::data::table::LoadOptions as TableOptions;
use crate::data::{LoadOptions, Loaded, Table, load_dir};
use crate::error::{Error, Result};

/// Checks a folder.
///
/// # Errors
/// When there is no such folder, and on a requested stop; everything else is a finding.
pub fn check(set: &Dataset, folder: &Path) -> Result<Report> {
    std::fs::read_dir(folder).map_err(|e| Error::io("cannot open", folder, &e))?;
    let mut report = Report::new(set, folder);
    let table = labels::read(folder, &mut report);
    if let Some(table) = &table {
        report.rows = Some(table.len());
        labels::check(set, table, &mut report)?;
    }
    match neurons(folder, table.as_ref(), &mut report)? {
        Some(loaded) => {
            report.cells = loaded.population.len();
            presence::check(set, &loaded, &mut report)?;
            shapes::check(set, &loaded.population, &mut report)?;
        }
        None => presence::check_absent(set, &mut report),
    }
    report.findings.sort_by_key(|finding| finding.kind);
    Ok(report)
}

/// The neurons of a folder, with their labels where the table fits them.
fn neurons(folder: &Path, table: Option<&Table>, report: &mut Report) -> Result<Option<Loaded>> {
    let plain = LoadOptions::default();
    let labelled = LoadOptions { labels: Some(LABELS.into()), ..LoadOptions::default() };
    let first = load_dir(folder, if table.is_some() { &labelled } else { &plain });
    let again = match first {
        // A folder without neurons fails alike with and without a table.
        Err(error) if table.is_some() && !error.is_interrupt() => match load_dir(folder, &plain) {
            Ok(loaded) => {
                report.odd("labels", error.located(), error.help.as_deref().unwrap_or("mend the table"));
                Ok(loaded)
            }
            Err(_) => Err(error),
        },
        other => other,
    };
    match again {
        Ok(loaded) => Ok(Some(loaded)),
        Err(error) if error.is_interrupt() => Err(error),
        Err(error) => {
            report.missing("neurons", error.message, &format!("`nms data show {}` says what to fetch", report.dataset));
            Ok(None)
        }
    }
}

/// Reads a folder's label table with the files as ids.
fn read_table(folder: &Path) -> Result<Option<Table>> {
    let path = folder.join(LABELS);
    if !path.is_file() {
        return Ok(None);
    }
    Table::load(&path, &TableOptions { id: Some("file".into()), texts: Vec::new() }).map(Some)
}
