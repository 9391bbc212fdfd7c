//! Columns in Parquet files: what tables and stored populations share.
//!
//! A thin layer over the format's own column readers and writers, in plain vectors, without Arrow: optional texts and
//! numbers, and lists of numbers. NaN is written as a null, which is what other programs take for a missing number.

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::column::reader::{ColumnReader, get_typed_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length, RowGroupReader, SerializedFileReader};
use parquet::file::writer::SerializedRowGroupWriter;
use parquet::schema::types::{Type, TypePtr};

use crate::error::{Error, Kind, Result};
use crate::morph::Guarded;
pub(crate) use crate::morph::column_reader;

/// Values that are made room for ahead of reading them.
const MOST: usize = 1 << 22;

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

/// An open file.
pub(crate) type Reader = SerializedFileReader<Guarded<Source>>;

/// Opens a file and reads its footer. Several threads may read from it at once.
pub(crate) fn open(path: &Path) -> Result<Reader> {
    let file = File::open(path).map_err(|e| Error::io("cannot open", path, &e))?;
    let length = file.metadata().map_err(|e| Error::io("cannot open", path, &e))?.len();
    let source = Source { file: Arc::new(file), length };
    SerializedFileReader::new(Guarded(source)).map_err(|e| fault(path, &e))
}

/// An open file that is read by position: the format's own reading of a `File` moves a cursor, which threads share.
pub(crate) struct Source {
    file: Arc<File>,
    length: u64,
}

impl Length for Source {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Source {
    type T = BufReader<From>;

    fn get_read(&self, start: u64) -> Outcome<Self::T> {
        // What is read this way are page headers, of some tens of bytes.
        Ok(BufReader::with_capacity(512, From { file: Arc::clone(&self.file), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Outcome<Bytes> {
        // A damaged footer may ask for more than there is.
        if start.checked_add(length as u64).is_none_or(|end| end > self.length) {
            return Err(ParquetError::EOF(format!("{length} bytes at {start} of a file of {}", self.length)));
        }
        let mut bytes = vec![0; length];
        From { file: Arc::clone(&self.file), at: start }.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// A file from a place on.
pub(crate) struct From {
    file: Arc<File>,
    at: u64,
}

impl Read for From {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(&*self.file, bytes, self.at)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(&*self.file, bytes, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
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

/// A column of a list of numbers per row; neither the list nor its numbers are ever null.
pub(crate) fn list(name: &str, physical: Physical) -> Outcome<Type> {
    let element = Type::primitive_type_builder("element", physical).with_repetition(Repetition::REQUIRED).build()?;
    let repeated = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![Arc::new(element)])
        .build()?;
    Type::group_type_builder(name)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![Arc::new(repeated)])
        .build()
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

/// Writes the next column: a list per row.
pub(crate) fn write_lists<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, impl Write + Send>,
    lists: &[Vec<T::T>],
) -> Outcome<()> {
    let n: usize = lists.iter().map(|list| list.len().max(1)).sum();
    let (mut present, mut repeated, mut values) = (Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n));
    for list in lists {
        // An empty list is one level without a value.
        present.extend(std::iter::repeat_n(i16::from(!list.is_empty()), list.len().max(1)));
        repeated.push(0);
        repeated.extend(std::iter::repeat_n(1, list.len().saturating_sub(1)));
        values.extend_from_slice(list);
    }
    let mut column = group.next_column()?.ok_or_else(|| ParquetError::General("no such column".into()))?;
    column.typed::<T>().write_batch(&values, Some(&present), Some(&repeated))?;
    column.close()
}

/// A column of one value or null per row.
pub(crate) fn read_flat<T: DataType>(reader: ColumnReader, rows: usize) -> Outcome<Vec<Option<T::T>>> {
    let mut column = get_typed_column_reader::<T>(reader);
    let room = rows.min(MOST);
    let (mut present, mut values) = (Vec::with_capacity(room), Vec::with_capacity(room));
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
    let values = read_flat::<DoubleType>(column_reader(group, at)?, rows)?;
    Ok(values.into_iter().map(|v| v.unwrap_or(f64::NAN)).collect())
}

/// A column of texts.
pub(crate) fn read_texts(group: &dyn RowGroupReader, at: usize) -> Outcome<Vec<Option<Arc<str>>>> {
    let rows = group.metadata().num_rows() as usize;
    let values = read_flat::<ByteArrayType>(column_reader(group, at)?, rows)?;
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

/// A column of lists: all numbers, and where each row's list ends.
pub(crate) fn read_lists<T: DataType>(group: &dyn RowGroupReader, at: usize) -> Outcome<(Vec<T::T>, Vec<usize>)> {
    let rows = group.metadata().num_rows() as usize;
    let mut column = get_typed_column_reader::<T>(column_reader(group, at)?);
    // What a damaged footer says must not exhaust the memory.
    let levels = usize::try_from(group.metadata().column(at).num_values()).map_or(0, |n| n.min(MOST));
    let (mut present, mut repeated) = (Vec::with_capacity(levels), Vec::with_capacity(levels));
    let mut values = Vec::with_capacity(levels);
    let (read, ..) = column.read_records(rows, Some(&mut present), Some(&mut repeated), &mut values)?;
    let mut ends = Vec::with_capacity(rows);
    let mut end = 0;
    for (i, (&level, &again)) in present.iter().zip(&repeated).enumerate() {
        if again == 0 && i > 0 {
            ends.push(end);
        }
        end += usize::from(level > 0);
    }
    if read > 0 {
        ends.push(end);
    }
    if read != rows || ends.len() != rows || end != values.len() {
        return Err(ParquetError::EOF(format!("found {read} of {rows} lists")));
    }
    Ok((values, ends))
}
