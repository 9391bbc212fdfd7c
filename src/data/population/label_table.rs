//! The label table beside a folder of neurons: a CSV file with a `file` column and any others.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{Column, no_column};
use crate::data::table::csv_fault;
use crate::error::{Error, Kind, Result, did_you_mean};
use crate::morph::formats::find::normal;
use crate::morph::name_of;

/// The column that names each row's neuron.
pub(super) const FILE: &str = "file";

/// A table as it was read.
#[derive(Debug)]
pub(super) struct LabelTable {
    path: PathBuf,
    /// What each row's `file` says, and its line.
    files: Vec<(String, usize)>,
    /// The other columns, row by row.
    columns: Vec<Column>,
}

/// Which row belongs to which file.
pub(super) struct Matched {
    /// The row of each file, in the files' order.
    pub row_of: Vec<Option<usize>>,
    /// What `file` says in rows that no file belongs to.
    pub rows_without_file: Vec<String>,
}

/// Where a table is: as given, below the folder of neurons, or else from the working folder.
pub(super) fn locate(folder: &Path, given: &str) -> Result<PathBuf> {
    let (below, here) = (folder.join(given), PathBuf::from(given));
    if below.is_file() {
        return Ok(below);
    }
    if here.is_file() {
        return Ok(here);
    }
    let tables = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.file_name());
    let tables: Vec<String> =
        tables.map(|n| n.to_string_lossy().into_owned()).filter(|n| n.to_ascii_lowercase().ends_with(".csv")).collect();
    let error = Error::new(Kind::File, format!("no label table `{given}` in `{}`", folder.display())).in_file(&below);
    Err(match (did_you_mean(given, tables.iter().map(String::as_str)), tables.len()) {
        (Some(near), _) => error.help(format!("did you mean `{near}`?")),
        (None, 0) => error.help("the path is relative to the folder of neurons, or to the working folder"),
        (None, _) => error.help(format!("there are: {}", tables.join(", "))),
    })
}

impl LabelTable {
    /// Reads a table with a header line, separated by commas.
    ///
    /// # Errors
    /// Lines of different length, no `file` column, a column twice, an empty `file`.
    pub fn read(path: &Path) -> Result<Self> {
        let fault = |e: csv::Error| csv_fault(path, e);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).map_err(fault)?;
        let header = reader.headers().map_err(fault)?.clone();
        let file_at = file_column(&header).map_err(|e| e.in_file(path).at_line(1))?;
        let others: Vec<usize> = (0..header.len()).filter(|&i| i != file_at).collect();
        let mut columns: Vec<Column> =
            others.iter().map(|&i| Column { name: header[i].to_string(), values: Vec::new() }).collect();
        let mut files = Vec::new();
        for row in reader.records() {
            let row = row.map_err(fault)?;
            let line = row.position().map_or(0, |p| p.line() as usize);
            if row[file_at].is_empty() {
                return Err(Error::format("column `file` is empty").in_file(path).at_line(line));
            }
            files.push((row[file_at].to_string(), line));
            for (column, &at) in columns.iter_mut().zip(&others) {
                column.values.push(Some(row[at].to_string()).filter(|v| !v.is_empty()));
            }
        }
        Ok(LabelTable { path: path.to_path_buf(), files, columns })
    }

    /// The name of the label column: the one asked for, or else `label` where there is one.
    ///
    /// # Errors
    /// When the one asked for does not exist.
    pub fn label(&self, asked: Option<&str>) -> Result<Option<String>> {
        let has = |name: &str| self.columns.iter().any(|c| c.name == name);
        match asked {
            None => Ok(Some(super::LABEL).filter(|name| has(name)).map(String::from)),
            Some(name) if has(name) => Ok(Some(name.to_string())),
            Some(name) => {
                Err(no_column(name, self.columns.iter().map(|c| c.name.as_str())).in_file(&self.path).at_line(1))
            }
        }
    }

    /// Finds each file's row: `file` is a path relative to the table, or a bare id (the file's name without `.swc`).
    ///
    /// # Errors
    /// When two rows name one file, or an id fits several files.
    pub fn assign(&self, swc: &[PathBuf]) -> Result<Matched> {
        let mut by_path: HashMap<PathBuf, usize> = HashMap::with_capacity(swc.len());
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::with_capacity(swc.len());
        for (at, path) in swc.iter().enumerate() {
            by_path.insert(normal(path), at);
            by_name.entry(name_of(path)).or_default().push(at);
        }
        let base = self.path.parent().unwrap_or(Path::new(""));
        let mut row_of: Vec<Option<usize>> = vec![None; swc.len()];
        let mut rows_without_file = Vec::new();
        for (row, (file, line)) in self.files.iter().enumerate() {
            let fault = |message: String| Error::format(message).in_file(&self.path).at_line(*line);
            // Tables made on Windows separate folders by backslashes.
            let path = normal(&base.join(file.replace('\\', "/")));
            let named = by_name.get(file).map_or(&[][..], Vec::as_slice);
            let at = match (by_path.get(&path), named) {
                (Some(&at), _) => at,
                (None, &[at]) => at,
                (None, []) => {
                    rows_without_file.push(file.clone());
                    continue;
                }
                (None, &[first, second, ..]) => {
                    return Err(fault(format!(
                        "`{file}` fits several files: `{}` and `{}`",
                        swc[first].display(),
                        swc[second].display()
                    ))
                    .help("write the path of the file, relative to the table"));
                }
            };
            if let Some(earlier) = row_of[at].replace(row) {
                return Err(fault(format!("`{file}` has two rows, the other on line {}", self.files[earlier].1))
                    .help("keep one row per neuron"));
            }
        }
        Ok(Matched { row_of, rows_without_file })
    }

    /// The columns with these rows, in this order.
    pub fn select(&self, rows: &[Option<usize>]) -> Vec<Column> {
        let pick = |c: &Column| Column {
            name: c.name.clone(),
            values: rows.iter().map(|row| row.and_then(|r| c.values[r].clone())).collect(),
        };
        self.columns.iter().map(pick).collect()
    }
}

/// Where `file` is in the header, which must not hold a name twice.
fn file_column(header: &csv::StringRecord) -> Result<usize> {
    let twice = |i: &usize| header.iter().take(*i).any(|name| name == &header[*i]);
    if let Some(i) = (0..header.len()).find(twice) {
        return Err(Error::format(format!("the column `{}` occurs twice", &header[i])));
    }
    let names: Vec<&str> = header.iter().collect();
    names.iter().position(|&name| name == FILE).ok_or_else(|| {
        let error = Error::format(format!("no column `file`; there are: {}", names.join(", ")));
        match did_you_mean(FILE, names.iter().copied()) {
            Some(near) => error.help(format!("rename `{near}` to `file`")),
            None if names.len() == 1 && names[0].contains([';', '\t']) => error.help("separate the columns by commas"),
            None => error.help("add a column `file`: the neuron's path relative to the table, or its file name"),
        }
    })
}
