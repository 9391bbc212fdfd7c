//! What is looked at before the format's own code decodes a column: it believes some counts that a damaged file may make up.

use parquet::basic::Type;
use parquet::column::page::Page;
use parquet::column::reader::ColumnReader;
use parquet::errors::ParquetError;
use parquet::file::reader::RowGroupReader;

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
