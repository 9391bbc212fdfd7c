//! Tables as Parquet files, which other data frames read with types and nulls.

use std::path::Path;
use std::sync::Arc;

use ::parquet::basic::{Compression, Type as Physical};
use ::parquet::data_type::{BoolType, FloatType, Int32Type, Int64Type};
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::reader::FileReader;
use ::parquet::file::writer::SerializedFileWriter;

use super::file::{Draft, LoadOptions};
use super::{Column, ID, Table, Values};
use crate::data::parquet::{self as columns, Outcome, fault};
use crate::error::Result;
use crate::run::atomic;

/// Where the file's own notes keep the units, as a JSON object.
pub(crate) const UNITS: &str = "nms.units";

/// Rows that are written together.
const GROUP: usize = 1 << 16;

/// Writes the table, ids first.
pub(super) fn save(table: &Table, path: &Path) -> Result<()> {
    let mut writer = atomic::writer(path)?;
    write(table, &mut writer).map_err(|e| columns::unwritten(path, &e))?;
    writer.finish()
}

fn write(table: &Table, out: impl std::io::Write + Send) -> Outcome<()> {
    let mut types = vec![columns::flat(ID, Physical::BYTE_ARRAY)?];
    for column in table.columns() {
        let physical = if column.is_numeric() { Physical::DOUBLE } else { Physical::BYTE_ARRAY };
        types.push(columns::flat(&column.name, physical)?);
    }
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata(Some(vec![units(table.columns())]))
        .build();
    let mut file = SerializedFileWriter::new(out, columns::schema(types)?, Arc::new(properties))?;
    for start in (0..table.len()).step_by(GROUP) {
        let rows = start..table.len().min(start + GROUP);
        let mut group = file.next_row_group()?;
        columns::write_texts(&mut group, table.ids()[rows.clone()].iter().map(|id| Some(id.as_str())))?;
        for column in table.columns() {
            write_column(&mut group, column, rows.clone())?;
        }
        group.close()?;
    }
    file.close()?;
    Ok(())
}

/// Writes some rows of a column as the next one of a row group.
pub(crate) fn write_column(
    group: &mut ::parquet::file::writer::SerializedRowGroupWriter<'_, impl std::io::Write + Send>,
    column: &Column,
    rows: std::ops::Range<usize>,
) -> Outcome<()> {
    match &column.values {
        Values::Numbers(values) => columns::write_numbers(group, values[rows].iter().copied()),
        Values::Texts(values) => columns::write_texts(group, values[rows].iter().map(Option::as_deref)),
    }
}

/// The columns' units as a note of the file.
pub(crate) fn units(columns: &[Column]) -> KeyValue {
    let units: serde_json::Map<_, _> =
        columns.iter().filter_map(|c| Some((c.name.clone(), c.unit.clone()?.into()))).collect();
    KeyValue::new(UNITS.to_string(), serde_json::Value::Object(units).to_string())
}

/// Reads the columns of numbers, texts and booleans; nested ones are left out and named in the log.
pub(super) fn load(path: &Path, options: &LoadOptions) -> Result<Table> {
    let file = columns::open(path)?;
    let read = || -> Outcome<Draft> {
        let meta = file.metadata().file_metadata();
        let units: serde_json::Map<String, serde_json::Value> = meta
            .key_value_metadata()
            .and_then(|notes| notes.iter().find(|note| note.key == UNITS)?.value.as_deref())
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let mut draft = Draft::default();
        let mut left_out = std::collections::BTreeSet::new();
        for (at, column) in meta.schema_descr().columns().iter().enumerate() {
            let name = column.path().parts()[0].as_str();
            if column.path().parts().len() > 1 || column.max_rep_level() > 0 {
                left_out.insert(name.to_string());
                continue;
            }
            let unit = units.get(name).and_then(|u| u.as_str());
            match column.physical_type() {
                Physical::BYTE_ARRAY => {
                    let texts = groups(&file, |g| columns::read_texts(g, at))?;
                    draft.texts(name, texts);
                }
                Physical::DOUBLE => draft.numbers(name, unit, groups(&file, |g| columns::read_numbers(g, at))?),
                Physical::FLOAT => draft.numbers(name, unit, numbers::<FloatType>(&file, at, f64::from)?),
                Physical::INT32 => draft.numbers(name, unit, numbers::<Int32Type>(&file, at, f64::from)?),
                Physical::INT64 => draft.numbers(name, unit, numbers::<Int64Type>(&file, at, |n| n as f64)?),
                Physical::BOOLEAN => {
                    draft.numbers(name, unit, numbers::<BoolType>(&file, at, |b| f64::from(u8::from(b)))?);
                }
                _ => drop(left_out.insert(name.to_string())),
            }
        }
        if !left_out.is_empty() {
            let names: Vec<_> = left_out.into_iter().collect();
            tracing::info!(
                "{}: left out columns that hold no plain numbers or texts: {}",
                path.display(),
                names.join(", ")
            );
        }
        Ok(draft)
    };
    read().map_err(|e| fault(path, &e))?.finish(options).map_err(|e| e.in_file(path))
}

/// A column's values over all row groups.
fn groups<T>(
    file: &dyn FileReader,
    read: impl Fn(&dyn ::parquet::file::reader::RowGroupReader) -> Outcome<Vec<T>>,
) -> Outcome<Vec<T>> {
    let mut all = Vec::new();
    for group in 0..file.num_row_groups() {
        all.extend(read(&*file.get_row_group(group)?)?);
    }
    Ok(all)
}

/// A column of numbers of any type; nulls are NaN.
fn numbers<D: ::parquet::data_type::DataType>(
    file: &dyn FileReader,
    at: usize,
    number: impl Fn(D::T) -> f64,
) -> Outcome<Vec<f64>> {
    groups(file, |group| {
        let values = columns::read_flat::<D>(columns::column_reader(group, at)?, group.metadata().num_rows() as usize)?;
        Ok(values.into_iter().map(|v| v.map_or(f64::NAN, &number)).collect())
    })
}
