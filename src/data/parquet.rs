//! Columns in Parquet files: what tables and stored populations share.
//!
//! A thin layer over the format's own column readers and writers, in plain vectors, without Arrow: optional texts and
//! numbers. NaN is written as a null, which is what other programs take for a missing number.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::column::reader::{ColumnReader, get_typed_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType};
use parquet::errors::ParquetError;
use parquet::file::reader::{RowGroupReader, SerializedFileReader};
use parquet::file::writer::SerializedRowGroupWriter;
use parquet::schema::types::{Type, TypePtr};

use crate::error::{Error, Kind, Result};

/// What the format's own code says.
pub(crate) type Outcome<T> = std::result::Result<T, ParquetError>;

/// An error of the format as one that names the file.
pub(crate) fn fault(path: &Path, error: &ParquetError) -> Error {
    match error {
        ParquetError::External(cause) => match cause.downcast_ref::<std::io::Error>() {
            Some(cause) => Error::io("cannot read", path, cause),
            None => Error::format(format!("damaged Parquet file: {cause}")).in_file(path),
        },
        other => Error::format(format!("damaged or no Parquet file: {other}"))
            .in_file(path)
            .help("was it copied whole? write it anew from its source"),
    }
}

/// What the system or the format refused to write.
pub(crate) fn unwritten(path: &Path, error: &ParquetError) -> Error {
    Error::new(Kind::File, format!("cannot write `{}`: {error}", path.display())).in_file(path)
}

/// Opens a file and reads its footer.
pub(crate) fn open(path: &Path) -> Result<SerializedFileReader<File>> {
    let file = File::open(path).map_err(|e| Error::io("cannot open", path, &e))?;
    SerializedFileReader::new(file).map_err(|e| fault(path, &e))
}

/// The schema of a file of these columns.
pub(crate) fn schema(columns: Vec<Type>) -> Outcome<TypePtr> {
    let fields = columns.into_iter().map(Arc::new).collect();
    Ok(Arc::new(Type::group_type_builder("schema").with_fields(fields).build()?))
}

/// A column of one value or null per row.
pub(crate) fn flat(name: &str, physical: Physical) -> Outcome<Type> {
    let text = (physical == Physical::BYTE_ARRAY).then_some(LogicalType::String);
    Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL).with_logical_type(text).build()
}

/// Writes the next column of a row group: one value or null per row.
pub(crate) fn write_flat<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, impl Write + Send>,
    values: &[T::T],
    present: &[i16],
) -> Outcome<()> {
    let mut column = group.next_column()?.ok_or_else(|| ParquetError::General("no such column".into()))?;
    column.typed::<T>().write_batch(values, Some(present), None)?;
    column.close()
}

/// Writes the next column: numbers, NaN as null.
pub(crate) fn write_numbers(
    group: &mut SerializedRowGroupWriter<'_, impl Write + Send>,
    values: impl Iterator<Item = f64> + Clone,
) -> Outcome<()> {
    let present: Vec<i16> = values.clone().map(|v| i16::from(!v.is_nan())).collect();
    write_flat::<DoubleType>(group, &values.filter(|v| !v.is_nan()).collect::<Vec<_>>(), &present)
}

/// Writes the next column: texts or nulls.
pub(crate) fn write_texts<'a>(
    group: &mut SerializedRowGroupWriter<'_, impl Write + Send>,
    values: impl Iterator<Item = Option<&'a str>> + Clone,
) -> Outcome<()> {
    let present: Vec<i16> = values.clone().map(|v| i16::from(v.is_some())).collect();
    write_flat::<ByteArrayType>(group, &values.flatten().map(ByteArray::from).collect::<Vec<_>>(), &present)
}

/// A column of one value or null per row.
pub(crate) fn read_flat<T: DataType>(reader: ColumnReader, rows: usize) -> Outcome<Vec<Option<T::T>>> {
    let mut column = get_typed_column_reader::<T>(reader);
    let (mut present, mut values) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let (read, _, levels) = column.read_records(rows, Some(&mut present), None, &mut values)?;
    if read != rows {
        return Err(ParquetError::EOF(format!("found {read} of {rows} rows")));
    }
    // A column that cannot be null has no levels.
    if present.len() != levels {
        return Ok(values.into_iter().map(Some).collect());
    }
    let mut values = values.into_iter();
    Ok(present.into_iter().map(|level| if level > 0 { values.next() } else { None }).collect())
}

/// A column of numbers; nulls are NaN.
pub(crate) fn read_numbers(group: &dyn RowGroupReader, at: usize) -> Outcome<Vec<f64>> {
    let rows = group.metadata().num_rows() as usize;
    let values = read_flat::<DoubleType>(group.get_column_reader(at)?, rows)?;
    Ok(values.into_iter().map(|v| v.unwrap_or(f64::NAN)).collect())
}

/// A column of texts.
pub(crate) fn read_texts(group: &dyn RowGroupReader, at: usize) -> Outcome<Vec<Option<Arc<str>>>> {
    let rows = group.metadata().num_rows() as usize;
    let values = read_flat::<ByteArrayType>(group.get_column_reader(at)?, rows)?;
    let mut last: Option<(ByteArray, Arc<str>)> = None;
    let text = |value: Option<ByteArray>| {
        let Some(value) = value else { return Ok(None) };
        match &last {
            // Labels repeat: what is equal is stored once.
            Some((known, text)) if *known == value => Ok(Some(Arc::clone(text))),
            _ => {
                let text: Arc<str> = Arc::from(value.as_utf8()?);
                last = Some((value, Arc::clone(&text)));
                Ok(Some(text))
            }
        }
    };
    values.into_iter().map(text).collect()
}
