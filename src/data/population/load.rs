//! Reading many neurons, from a folder, a pattern or an archive, with a table of labels.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::label_table::{LabelTable, locate};
use super::reading::{self, Read};
use super::report::nothing_read;
use super::{Cell, LoadReport, Population};
use crate::error::{Error, Result};
use crate::morph::formats::find;
use crate::morph::{JoinOptions, Place};

/// How a folder is read.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
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
    /// The folder or file that was searched; of a pattern, the part before its wildcards.
    pub searched: PathBuf,
}

/// Reads many neurons, in parallel: the files of any format below a folder, those that a pattern such as
/// `cells/L5_*/*.swc` matches, the members of a zip or tar archive, or all neurons of one file.
///
/// Cells are in the order of their paths, whatever the order of the label table; a cell's id is its file's name without
/// the ending, or its path below the folder where several files share a name. Neurons of a file that holds several are
/// called as the file says. For the label table a member of an archive lies where unpacking the archive would put it.
///
/// # Errors
/// A folder or table that cannot be read, a label column that does not exist, rows of the table that contradict each
/// other, no file that can be read; with `strict`, the first file that cannot be read; and a requested stop.
pub fn load_dir(path: impl AsRef<Path>, options: &LoadOptions) -> Result<Loaded> {
    let path = path.as_ref();
    let found = find::neuron_files(path, options.recursive, options.pattern.as_deref())?;
    // Options and the table first: they fail at once, not after minutes of reading.
    let table = options.labels.as_deref().map(|given| LabelTable::read(&locate(found.folder(), given)?)).transpose()?;
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
    let mut other_formats: BTreeMap<String, usize> = BTreeMap::new();
    found.other.iter().for_each(|file| *other_formats.entry(find::ending(file)).or_default() += 1);
    let other_formats: Vec<(String, usize)> = other_formats.into_iter().collect();
    if found.places.is_empty() {
        let error = nothing_read(path, &[]);
        return Err(match (&options.pattern, other_formats.first()) {
            (Some(pattern), _) => error.help(format!("only files that match `{pattern}` were looked for")),
            (None, Some((ending, n))) => error.help(format!("{n} `.{ending}` found: convert or unpack them first")),
            (None, None) if !options.recursive => error.help("folders below were not looked into: `recursive: true`"),
            (None, None) => error.help("files of neurons end in `.swc`, `.asc`, `.h5`, `.nml` or `.parquet`"),
        });
    }
    // Mistakes in the table show at once, as long as every file holds one neuron.
    let files: Vec<PathBuf> = found.places.iter().map(table_path).collect();
    let mut matched = table.as_ref().map(|t| t.assign(&files)).transpose()?;

    let mut report = LoadReport { other_formats, ..LoadReport::default() };
    let mut cells: Vec<Member> = Vec::with_capacity(found.places.len());
    for (at, readings) in reading::all(&found.places, options.strict)?.into_iter().enumerate() {
        match readings {
            Ok(readings) => {
                let alone = readings.len() == 1;
                report.read += 1;
                cells.extend(readings.into_iter().map(|read| Member { file: at, alone, read }));
            }
            Err(error) => report.failed.push(error),
        }
    }
    if cells.is_empty() {
        return Err(nothing_read(path, &report.failed));
    }
    let mut row_at: Vec<usize> = cells.iter().map(|c| c.file).collect();
    if let Some(table) = table.as_ref().filter(|_| cells.iter().any(|c| !c.alone)) {
        // Rows name neurons then, and files that could not be read have rows all the same.
        let failed = report.failed.iter().filter_map(|e| e.path.clone());
        let named: Vec<PathBuf> = cells.iter().map(|c| c.table_path(&found.places)).chain(failed).collect();
        matched = Some(table.assign(&named)?);
        row_at = (0..cells.len()).collect();
    }
    let ids = ids_of(&found, &cells);
    for (cell, id) in cells.iter().zip(&ids) {
        report.add_warnings(id, &cell.read.warnings);
    }
    let cells: Vec<Cell> = cells.into_iter().map(|c| c.read.cell).collect();
    let rows: Vec<Option<usize>> = row_at.iter().map(|&at| matched.as_ref().and_then(|m| m.row_of[at])).collect();
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
    Ok(Loaded { population, report, searched: found.base })
}

/// A neuron that was read, and where.
struct Member {
    /// Its file, as a place among those found.
    file: usize,
    /// Whether the file holds no other.
    alone: bool,
    read: Read,
}

impl Member {
    /// Where the label table looks for it.
    fn table_path(&self, places: &[Place]) -> PathBuf {
        let file = table_path(&places[self.file]);
        if self.alone { file } else { file.with_file_name(&*self.read.name) }
    }

    /// Its path below what was searched, with the name in a file of several.
    fn path_below(&self, found: &find::Found) -> String {
        let Place { file, member } = &found.places[self.file];
        let below = file.strip_prefix(&found.base).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let mut parts: Vec<&str> = if below.is_empty() { Vec::new() } else { vec![&below] };
        parts.extend(member.as_deref());
        if !self.alone {
            parts.push(&self.read.name);
        }
        parts.join("!")
    }
}

/// Where the label table looks for a file: a member of an archive lies where unpacking would put it.
fn table_path(place: &Place) -> PathBuf {
    match &place.member {
        None => place.file.clone(),
        Some(member) => place.file.with_file_name(member),
    }
}

/// The cells' ids: names, or paths below what was searched where a name occurs more than once; the ending stays there,
/// for `a/x.swc` and `a/x.SWC` are two files.
fn ids_of(found: &find::Found, cells: &[Member]) -> Vec<String> {
    let mut count: HashMap<&str, usize> = HashMap::with_capacity(cells.len());
    for cell in cells {
        *count.entry(&*cell.read.name).or_default() += 1;
    }
    let id = |cell: &Member| match count[&*cell.read.name] {
        1 => cell.read.name.to_string(),
        _ => cell.path_below(found),
    };
    cells.iter().map(id).collect()
}
