//! Files of neurons: every dialect read, three written.
//!
//! | format | reads | writes |
//! |---|---|---|
//! | SWC and ESWC | one neuron | yes, by soma convention |
//! | Neurolucida ASCII (`.asc`) | one neuron | no |
//! | MorphIO HDF5, version 1 and its collections (`.h5`) | one or many | no |
//! | NeuroML 2 (`.nml`) | one or many | yes |
//! | navis' Parquet skeletons (`.parquet`) | one or many | yes |
//!
//! [`read()`] and [`read_all`] choose by content first and ending second; [`Place`] names a file on the disk or a member
//! of a zip or tar archive (`cells.zip!a/b.swc`). Whatever the format, a reader fills a [`table::Table`], so the same
//! faults are refused, with the line where the format has lines, and the same oddities are said; nothing is repaired.
//!
//! Readers take any bytes: they neither panic nor recurse, and what they allocate is bounded by the size of the file.

pub(crate) mod archive;
mod asc;
mod contour;
pub(crate) mod find;
mod format;
mod hdf5;
mod name;
mod neuroml;
mod parquet;
mod place;
mod read;
mod swc;
mod table;
#[cfg(test)]
mod tests;
mod warning;
mod write;

pub use archive::MAX_MEMBER_BYTES;
pub use format::Format;
use format::is_unread_ending;
pub(crate) use name::name_of;
pub use parquet::write_parquet;
pub(crate) use parquet::{Guarded, column_reader};
pub use place::{Place, places};
pub(crate) use read::file_bytes;
pub use read::{Reading, parse_all, read, read_all, read_place};
pub use swc::{SomaStyle, parse_swc, read_swc};
pub(super) use table::{met_ring, turn_round};
pub use warning::{Warning, WarningCode};
pub use write::WriteOptions;
