//! Reading a folder of SWC files with a table of labels.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rayon::prelude::*;

use super::label_table::{LabelTable, locate};
use super::report::nothing_read;
use super::{Cell, LoadReport, Population, find};
use crate::error::{Error, Kind, Result};
use crate::morph::{JoinOptions, Warning, name_of, read_swc};
use crate::{interrupt, progress};

/// How a folder is read.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoadOptions {
    /// CSV file with a `file` column (path relative to the CSV file, or a bare id) and any other columns; relative to
    /// the folder, or else to the working folder. Without it cells have no labels.
    pub labels: Option<String>,
    /// The column that `labels()` gives; without it the column `label`, where there is one.
    pub label: Option<String>,
    /// Stops at the first file that cannot be read, in the order of the paths, instead of leaving it out.
    pub strict: bool,
    /// Joins the pieces of forests into one tree.
    pub join: bool,
    /// Largest gap that joining bridges.
    pub max_gap: Option<f64>,
    /// Reads files in folders below, too.
    pub recursive: bool,
    /// Reads only files whose name matches: `*` stands for any text, `?` for one character.
    pub pattern: Option<String>,
}

impl Default for LoadOptions {
    fn default() -> Self {
        LoadOptions {
            labels: None,
            label: None,
            strict: false,
            join: false,
            max_gap: None,
            recursive: true,
            pattern: None,
        }
    }
}

/// A population as it was read, and what reading found.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The cells.
    pub population: Population,
    /// What was unusual, what failed, and what was left over.
    pub report: LoadReport,
}

/// Reads the SWC files below a folder, in parallel. Cells are in the order of their paths, whatever the order of the
/// label table; a cell's id is its file's name without `.swc`, or its path below the folder where several files share
/// a name.
///
/// # Errors
/// A folder or table that cannot be read, a label column that does not exist, rows of the table that contradict each
/// other, no file that can be read; with `strict`, the first file that cannot be read; and a requested stop.
pub fn load_dir(folder: impl AsRef<Path>, options: &LoadOptions) -> Result<Loaded> {
    let folder = folder.as_ref();
    if folder.is_file() {
        return Err(Error::new(Kind::File, format!("`{}` is a file, expected a folder", folder.display()))
            .in_file(folder)
            .help("`morph::load` reads one file"));
    }
    std::fs::read_dir(folder).map_err(|e| Error::io("cannot open", folder, &e))?;
    // Options and the table first: they fail at once, not after minutes of reading.
    let table = options.labels.as_deref().map(|given| LabelTable::read(&locate(folder, given)?)).transpose()?;
    let label = match (&table, &options.label) {
        (Some(table), asked) => table.label(asked.as_deref())?,
        (None, Some(asked)) => {
            return Err(Error::value(format!("`label` names the column `{asked}`, but there is no label table"))
                .help("name it: `labels: \"labels.csv\"`"));
        }
        (None, None) => None,
    };
    if options.max_gap.is_some() && !options.join {
        return Err(Error::value("`max_gap` is given, but not `join`").help("add `join: true`"));
    }
    let found = find::swc_files(folder, options.recursive, options.pattern.as_deref())?;
    let other_formats: Vec<(String, usize)> = found.other.into_iter().collect();
    if found.swc.is_empty() {
        let error = nothing_read(folder, &[]);
        return Err(match (&options.pattern, other_formats.first()) {
            (Some(pattern), _) => error.help(format!("only files that match `{pattern}` were looked for")),
            (None, Some((ending, n))) => error.help(format!("{n} `.{ending}` found: convert them to SWC first")),
            (None, None) if !options.recursive => error.help("folders below were not looked into: `recursive: true`"),
            (None, None) => error.help("SWC files end in `.swc`"),
        });
    }
    let matched = table.as_ref().map(|t| t.assign(&found.swc)).transpose()?;

    let mut report = LoadReport { other_formats, ..LoadReport::default() };
    let (mut places, mut cells, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    let all_ids = ids_of(folder, &found.swc);
    for (place, (reading, id)) in read_all(&found.swc, options.strict)?.into_iter().zip(all_ids).enumerate() {
        match reading {
            Ok((cell, warnings)) => {
                report.add_warnings(&id, &warnings);
                places.push(place);
                cells.push(cell);
                ids.push(id);
            }
            Err(error) => report.failed.push(error),
        }
    }
    if cells.is_empty() {
        return Err(nothing_read(folder, &report.failed));
    }
    report.read = cells.len();
    let rows: Vec<Option<usize>> = places.iter().map(|&place| matched.as_ref().and_then(|m| m.row_of[place])).collect();
    let columns = table.as_ref().map_or(Vec::new(), |t| t.select(&rows));
    let mut population = Population::from_parts(cells, ids, columns, label);
    if let Some(matched) = matched {
        report.rows_without_file = matched.rows_without_file;
        report.files_without_row =
            (0..rows.len()).filter(|&i| rows[i].is_none()).map(|i| population.ids()[i].clone()).collect();
    }
    if options.join {
        let (joined, joins) = population.joined(&JoinOptions { max_gap: options.max_gap })?;
        population = joined;
        report.joins = Some(joins);
    }
    Ok(Loaded { population, report })
}

/// A file's cell, and what was unusual about it.
type Read = (Cell, Vec<Warning>);

/// Reads all files in parallel; results are in the files' order. With `strict` the first error in that order ends it.
fn read_all(files: &[PathBuf], strict: bool) -> Result<Vec<Result<Read>>> {
    let meter = progress::begin("reading neurons", files.len() as u64);
    let done = AtomicU64::new(0);
    // Files behind a bad one need not be read; files before it must, for one of them may be the first bad one.
    let first_bad = AtomicUsize::new(usize::MAX);
    let readings: Vec<Result<Read>> = files
        .par_iter()
        .enumerate()
        .map(|(at, path)| {
            interrupt::check()?;
            if strict && at > first_bad.load(Ordering::Relaxed) {
                return Err(Error::internal("not read, for a file before it is bad"));
            }
            // Packed at once: the whole neurons of a large folder need not fit into memory.
            let reading = read_swc(path).map(|r| (Cell::packed(&r.morphology), r.warnings));
            if reading.is_err() {
                first_bad.fetch_min(at, Ordering::Relaxed);
            }
            meter.set(done.fetch_add(1, Ordering::Relaxed) + 1, "");
            reading
        })
        .collect();
    let stops = |e: &&Error| strict || e.is_interrupt();
    match readings.iter().find_map(|r| r.as_ref().err().filter(stops)) {
        Some(error) => Err(error.clone()),
        None => Ok(readings),
    }
}

/// The files' ids: names, or paths below the folder where a name occurs more than once.
fn ids_of(folder: &Path, files: &[PathBuf]) -> Vec<String> {
    let names: Vec<String> = files.iter().map(|f| name_of(f)).collect();
    let mut count: HashMap<&str, usize> = HashMap::with_capacity(names.len());
    for name in &names {
        *count.entry(name).or_default() += 1;
    }
    let id = |(name, file): (&String, &PathBuf)| {
        if count[name.as_str()] == 1 {
            return name.clone();
        }
        let below = file.strip_prefix(folder).unwrap_or(file);
        // The ending stays: `a/x.swc` and `a/x.SWC` are two files.
        below.to_string_lossy().replace('\\', "/")
    };
    names.iter().zip(files).map(id).collect()
}
