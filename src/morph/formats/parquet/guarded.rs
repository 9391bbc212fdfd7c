//! What is looked at before the format's own code reads a file: it believes some counts that a damaged file may make up.

use std::io::Read;

use bytes::Bytes;
use parquet::basic::Type;
use parquet::column::page::Page;
use parquet::column::reader::ColumnReader;
use parquet::errors::ParquetError;
use parquet::file::FOOTER_SIZE;
use parquet::file::reader::{ChunkReader, Length, RowGroupReader};

use super::thrift::{FOOTER, PAGE_HEADER, walk};

/// A source of which descriptions, those of pages and the one at the end, are walked over before they are believed.
pub(crate) struct Guarded<R>(pub R);

impl<R: Length> Length for Guarded<R> {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl<R: ChunkReader> ChunkReader for Guarded<R> {
    type T = Described<R::T>;

    /// What is read this way are descriptions of pages, and the length of that of the file.
    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let left = self.len().saturating_sub(start);
        let ahead = if left > FOOTER_SIZE as u64 { Some(self.0.get_read(start)?) } else { None };
        Ok(Described { ahead, left, source: self.0.get_read(start)? })
    }

    /// What is read this way are pages, and the description of the file, which ends before its length.
    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let bytes = self.0.get_bytes(start, length)?;
        if start + (length + FOOTER_SIZE) as u64 == self.len() {
            walk(FOOTER, &bytes[..], length as u64)?;
        }
        Ok(bytes)
    }
}

/// A source from a place on. If anything is read from there at all, it is the description of a page.
pub(crate) struct Described<R> {
    source: R,
    /// The same once more, for the walk.
    ahead: Option<R>,
    left: u64,
}

impl<R: Read> Read for Described<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if let Some(ahead) = self.ahead.take() {
            walk(PAGE_HEADER, ahead, self.left).map_err(std::io::Error::other)?;
        }
        self.source.read(into)
    }
}

/// A reader of a column whose dictionary, if it has one, can hold the values that it claims: the decoder makes room for
/// them before it looks for them.
///
/// # Errors
/// Damaged pages, and a dictionary of fewer bytes than its values take.
pub(crate) fn column_reader(group: &dyn RowGroupReader, at: usize) -> Result<ColumnReader, ParquetError> {
    let mut pages = group.get_column_page_reader(at)?;
    if pages.peek_next_page()?.is_some_and(|page| page.is_dict)
        && let Some(Page::DictionaryPage { buf, num_values, .. }) = pages.get_next_page()?
    {
        let smallest = match group.metadata().column(at).column_type() {
            Type::INT64 | Type::DOUBLE => 8,
            Type::INT32 | Type::FLOAT | Type::BYTE_ARRAY => 4,
            _ => 1,
        };
        if num_values as usize > buf.len() / smallest {
            let bytes = buf.len();
            return Err(ParquetError::General(format!("a dictionary of {bytes} bytes claims {num_values} values")));
        }
    }
    group.get_column_reader(at)
}
