//! Columns of a row group as plain numbers and texts.

use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::basic::Type;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::RowGroupReader;

use super::column_reader;
use crate::error::{Error, Result};

/// The values of one column.
pub(super) enum Column {
    Whole(Vec<i64>),
    Real(Vec<f64>),
    Text(Vec<ByteArray>),
}

impl Column {
    /// Reads a column of a row group with this many rows.
    ///
    /// # Errors
    /// Damaged pages, missing values, values that are neither numbers nor text.
    pub fn read(group: &dyn RowGroupReader, at: usize, name: &str, rows: usize) -> Result<Column> {
        let what = |e: ParquetError| fault(&format!("column `{name}`"), &e);
        let schema = group.metadata().schema_descr().column(at);
        if schema.max_rep_level() > 0 {
            return Err(Error::format(format!("column `{name}` holds lists, expected one value a row")).help(LAYOUT));
        }
        contained(&format!("column `{name}`"), || match column_reader(group, at).map_err(what)? {
            ColumnReader::Int32ColumnReader(reader) => values(reader, name, rows, i64::from).map(Column::Whole),
            ColumnReader::Int64ColumnReader(reader) => values(reader, name, rows, |v| v).map(Column::Whole),
            ColumnReader::FloatColumnReader(reader) => values(reader, name, rows, f64::from).map(Column::Real),
            ColumnReader::DoubleColumnReader(reader) => values(reader, name, rows, |v| v).map(Column::Real),
            ColumnReader::ByteArrayColumnReader(reader) => values(reader, name, rows, |v| v).map(Column::Text),
            _ => {
                let kind: Type = schema.physical_type();
                Err(Error::format(format!("column `{name}` is of type {kind}, expected numbers or text")).help(LAYOUT))
            }
        })
    }

    /// The values as whole numbers: written as such, as floats without a fraction, or as text.
    pub fn whole(self, name: &str) -> Result<Vec<i64>> {
        let refuse = |row: usize, value: &str| {
            Error::format(format!("column `{name}`: `{value}` in row {row} is not a whole number")).help(LAYOUT)
        };
        match self {
            Column::Whole(values) => Ok(values),
            Column::Real(values) => {
                let exact = |v: f64| v.fract() == 0.0 && v.abs() <= 9_007_199_254_740_992.0;
                let convert =
                    |(row, v): (usize, f64)| if exact(v) { Ok(v as i64) } else { Err(refuse(row, &v.to_string())) };
                values.into_iter().enumerate().map(convert).collect()
            }
            Column::Text(values) => values
                .iter()
                .enumerate()
                .map(|(row, v)| {
                    let text = String::from_utf8_lossy(v.data());
                    text.trim().parse().map_err(|_| refuse(row, &text.chars().take(40).collect::<String>()))
                })
                .collect(),
        }
    }

    /// The values as floats.
    pub fn real(self, name: &str) -> Result<Vec<f64>> {
        match self {
            Column::Real(values) => Ok(values),
            Column::Whole(values) => Ok(values.into_iter().map(|v| v as f64).collect()),
            Column::Text(_) => Err(Error::format(format!("column `{name}` is text, expected numbers")).help(LAYOUT)),
        }
    }
}

pub(super) const LAYOUT: &str = "navis' skeletons have the columns node_id, parent_id, x, y, z, radius, label, neuron";

/// Runs the library's decoder. It panics on some damaged files, such as pages that refer to a dictionary which is not
/// there; for whoever reads the file that is damage like any other. Nothing of ours is left half changed by it.
pub(super) fn contained<T>(what: &str, decode: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| {
        Err(Error::format(format!("{what} cannot be read: its pages contradict each other")).help(DAMAGED))
    })
}

/// All values of a column; they grow as they are decoded, so that a false count asks for no memory.
fn values<T: DataType, V>(
    mut reader: ColumnReaderImpl<T>,
    name: &str,
    rows: usize,
    convert: impl Fn(T::T) -> V,
) -> Result<Vec<V>> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    let mut read = 0;
    while read < rows {
        crate::interrupt::check()?;
        let ask = (rows - read).min(1 << 16);
        let got = reader.read_records(ask, Some(&mut levels), None, &mut values);
        let (records, found, _) = got.map_err(|e| fault(&format!("column `{name}`"), &e))?;
        if records == 0 {
            break;
        }
        if found < records {
            let row = read + levels.iter().rev().take(records).rev().position(|&l| l == 0).unwrap_or(0);
            return Err(Error::format(format!("column `{name}` has no value in row {row}"))
                .help("measure the value again, or leave the node out"));
        }
        read += records;
        levels.clear();
    }
    if read != rows {
        return Err(Error::format(format!("column `{name}` has {read} of {rows} rows")).help(DAMAGED));
    }
    Ok(values.into_iter().map(convert).collect())
}

const DAMAGED: &str = "the file is damaged or unfinished: copy it again";

pub(super) fn fault(what: &str, cause: &ParquetError) -> Error {
    Error::format(format!("{what} cannot be read: {cause}")).help(DAMAGED)
}
