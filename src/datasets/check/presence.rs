//! Are the cells there, and no others? Can their files be read?

use std::collections::HashSet;

use super::Report;
use crate::data::{LoadReport, Loaded, Population};
use crate::datasets::Dataset;
use crate::error::Result;
use crate::morph::{counted, grouped};

/// Compares the cells that were read with those that are declared, and tells what reading found.
pub(super) fn check(set: &Dataset, loaded: &Loaded, report: &mut Report) -> Result<()> {
    cells(set, &loaded.population, report)?;
    files(set, &loaded.report, report);
    Ok(())
}

/// The same for a folder without neurons.
pub(super) fn check_absent(set: &Dataset, report: &mut Report) {
    if let Some(cells) = set.cells {
        report.missing("cells", format!("all {}", counted(cells, "cell")), "fetch the reconstructions");
    }
}

fn cells(set: &Dataset, population: &Population, report: &mut Report) -> Result<()> {
    let Some(expected) = set.cells else { return Ok(()) };
    let ids = set.ids();
    let fetch = format!("`nms data show {}` says where they come from", set.name);
    if ids.is_empty() {
        match population.len() {
            n if n < expected => {
                report.missing("cells", format!("{} of {}", grouped(expected - n), grouped(expected)), &fetch)
            }
            n if n > expected => report.extra(
                "cells",
                format!("{} beyond the {}", counted(n - expected, "neuron"), grouped(expected)),
                "leave them out, or say so in the methods: figures will not compare",
            ),
            _ => {}
        }
        return Ok(());
    }
    let found = names(set, population)?;
    let known: HashSet<&str> = ids.iter().map(|(id, _)| *id).collect();
    let absent: Vec<&str> = ids.iter().map(|(id, _)| *id).filter(|id| !found.iter().any(|f| f == id)).collect();
    let strange: Vec<&String> = found.iter().filter(|id| !known.contains(id.as_str())).collect();
    if let Some(first) = absent.first() {
        let message = format!("{} of {}, the first {first}", grouped(absent.len()), grouped(ids.len()));
        report.missing("cells", message, &fetch);
    }
    if let Some(first) = strange.first() {
        let message = format!("{} that the published split does not have, the first {first}", neurons(strange.len()));
        report.extra("cells", message, "leave them out where figures are to be compared with published ones");
    }
    Ok(())
}

/// What the cells are called in the declaration's terms.
fn names(set: &Dataset, population: &Population) -> Result<Vec<String>> {
    let column = set.id_column.as_deref().filter(|name| population.columns().any(|column| column == *name));
    let labels = column.map(|name| population.labels(Some(name))).transpose()?;
    let name = |at: usize| {
        let labelled = labels.as_ref().and_then(|labels| labels.get(at));
        labelled.map_or_else(|| population.ids()[at].clone(), String::from)
    };
    Ok((0..population.len()).map(name).collect())
}

fn files(set: &Dataset, read: &LoadReport, report: &mut Report) {
    if let Some(first) = read.failed.first() {
        report.odd(
            "files",
            format!("{} cannot be read, the first: {}", counted(read.failed.len(), "file"), first.located()),
            "`morph::diagnose` says what is wrong in each, and repairs copies",
        );
    }
    if let Some(first) = read.rows_without_file.first() {
        report.missing(
            "files",
            format!("{} of the label table, the first `{first}`", counted(read.rows_without_file.len(), "file")),
            "fetch them, or drop their rows; `file` is a path below the folder or a bare name",
        );
    }
    if let Some(first) = read.files_without_row.first() {
        report.extra(
            "files",
            format!("{} without a row in the label table, the first `{first}`", neurons(read.files_without_row.len())),
            "add rows, or move the files out of the folder",
        );
    }
    for (ending, count) in &read.other_formats {
        report.odd(
            "files",
            format!("{} `.{ending}`, which are not read", counted(*count, "file")),
            "convert them to SWC, or unpack them",
        );
    }
    // JSON is no format of morphologies in general, but that of one archive.
    if set.sources.iter().any(|source| source.files.contains(".json")) && folder_has_json(report) {
        report.odd("files", "JSON files, which are not read", "convert the archive's JSON to SWC");
    }
}

fn folder_has_json(report: &Report) -> bool {
    let entries = std::fs::read_dir(&report.folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.path().extension().is_some_and(|e| e.eq_ignore_ascii_case("json")))
}

fn neurons(n: usize) -> String {
    counted(n, "neuron")
}
