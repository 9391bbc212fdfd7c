//! Tables as CSV and TSV text, for people, spreadsheets and other programs.

use std::path::Path;

use super::file::{Draft, LoadOptions};
use super::{ID, Table};
use crate::error::{Error, Result};

/// Reads text with a header line. A header such as `length [um]` gives the column's unit.
pub(super) fn load(path: &Path, separator: u8, options: &LoadOptions) -> Result<Table> {
    let fault = |e| fault(path, e);
    let mut reader =
        ::csv::ReaderBuilder::new().delimiter(separator).trim(::csv::Trim::All).from_path(path).map_err(fault)?;
    let header: Vec<String> = reader.headers().map_err(fault)?.iter().map(String::from).collect();
    if let [only] = header.as_slice()
        && only.contains([';', '\t'])
    {
        return Err(Error::format(format!("found a single column, `{only}`"))
            .in_file(path)
            .at_line(1)
            .help("separate columns by commas, or by tabs in a file that ends in .tsv"));
    }
    let mut columns: Vec<Vec<Option<String>>> = vec![Vec::new(); header.len()];
    for record in reader.records() {
        let record = record.map_err(fault)?;
        for (column, field) in columns.iter_mut().zip(record.iter()) {
            column.push(Some(field.to_string()).filter(|f| !f.is_empty()));
        }
    }
    let mut draft = Draft::default();
    for (at, (name, values)) in header.iter().zip(columns).enumerate() {
        // Data frames write their row names below an empty header.
        let (name, unit) = if at == 0 && name.is_empty() { (ID, None) } else { split_unit(name) };
        draft.written(name, unit, values);
    }
    draft.finish(options).map_err(|e| e.in_file(path))
}

/// `length [um]` as name and unit.
fn split_unit(header: &str) -> (&str, Option<&str>) {
    match header.strip_suffix(']').and_then(|rest| rest.rsplit_once(" [")) {
        Some((name, unit)) if !name.is_empty() && !unit.is_empty() => (name.trim_end(), Some(unit)),
        _ => (header, None),
    }
}

/// The table as text: a header line, ids first, numbers that read back exactly, nothing where a value is missing. With
/// `units`, headers read `length [um]`.
pub(super) fn bytes(table: &Table, separator: u8, units: bool) -> std::io::Result<Vec<u8>> {
    let mut writer = ::csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
    writer.write_field(ID)?;
    for column in table.columns() {
        match column.unit.as_deref().filter(|_| units) {
            Some(unit) => writer.write_field(format!("{} [{unit}]", column.name))?,
            None => writer.write_field(&column.name)?,
        }
    }
    writer.write_record(None::<&[u8]>)?;
    for (row, id) in table.ids().iter().enumerate() {
        writer.write_field(id)?;
        for column in table.columns() {
            writer.write_field(column.text_at(row).as_deref().unwrap_or(""))?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.into_inner().map_err(|e| std::io::Error::other(e.to_string()))
}

/// What the CSV reader found wrong in a file, with its line.
pub(crate) fn fault(path: &Path, error: ::csv::Error) -> Error {
    let line = error.position().map(|p| p.line() as usize);
    let message = match error.kind() {
        ::csv::ErrorKind::Io(cause) => return Error::io("cannot read", path, cause),
        ::csv::ErrorKind::UnequalLengths { expected_len, len, .. } => format!("found {len} of {expected_len} columns"),
        ::csv::ErrorKind::Utf8 { .. } => "the text is not UTF-8".to_string(),
        _ => error.to_string(),
    };
    Error { line, ..Error::format(message).in_file(path) }
}
