//! Populations in one file: what is asked of many cells first, their geometry when it is asked for.
//!
//! A Parquet file with one row per cell, which other programs read: `id`, the label columns, the measures
//! ([`Population::metrics`]), and a group `geometry` of lists, one number per sample. Coordinates are whole multiples of
//! `10^-digits`, as [`Packed`](crate::morph::Packed) holds them (`exact` has those that are no such decimals), parents
//! are places in the lists, -1 for a root. Cells stand in row groups of 64, which are read and decoded together.
//!
//! Opening reads the footer, the ids, the labels and the numbers of samples. A measure's column is read when it is asked
//! for, a row group's geometry when one of its cells is; the last few are kept. So a population of any size is one
//! value that is filtered before a neuron is touched, and memory holds the row groups in work.
//!
//! The layout is this program's own and is not the one that navis writes (a row per sample).

mod file;
mod layout;
#[cfg(test)]
mod tests;
mod write;

use std::path::Path;
use std::sync::Arc;

pub(super) use file::Row;
use file::StoredFile;
pub use write::Writer;

use super::{Cell, Column, Population};
use crate::error::Result;

/// Opens a population that [`Population::save`] or a [`Writer`] wrote. No geometry is read.
///
/// # Errors
/// When the file cannot be read, is damaged, or is no stored population.
pub fn open(path: impl AsRef<Path>) -> Result<Population> {
    let (file, index) = StoredFile::open(path.as_ref())?;
    let file = Arc::new(file);
    let cells = (0..index.ids.len()).map(|row| Cell::stored(Row::new(&file, row))).collect();
    let columns = index
        .labels
        .into_iter()
        .map(|(name, values)| Column { name, values: values.into_iter().map(|v| v.map(|v| v.to_string())).collect() })
        .collect();
    Ok(Population::from_parts(cells, index.ids, columns, index.label))
}
