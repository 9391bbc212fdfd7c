//! MATLAB files: the values in them, whichever version wrote them.
//!
//! [`v5`] reads files up to version 7 (`save -v6`, `-v7`), [`v73`] those of version 7.3, which are HDF5. Both give the same
//! [`Value`]s: numbers and texts with their shapes, cells, and structs. Everything is in MATLAB's order, columns first.
//! Classes, functions, tables and sparse matrices are kept as [`Value::Other`], so that a file with some of them can still
//! be read.

mod v5;
mod v73;
mod value;

pub(super) use value::{Value, Variables};

use crate::error::{Error, Result};

/// The deepest that cells and structs may be nested.
const DEEPEST: usize = 32;

/// The variables of a file.
///
/// # Errors
/// When the bytes are no MATLAB file, or damaged.
pub(super) fn variables(bytes: &[u8]) -> Result<Variables> {
    match hdf5_pure::is_hdf5_bytes(bytes) || bytes.starts_with(b"MATLAB 7.3") {
        true => v73::variables(bytes),
        false => v5::variables(bytes),
    }
}

fn damaged(what: impl std::fmt::Display) -> Error {
    Error::format(format!("MATLAB file: {what}")).help("the file is damaged or unfinished: copy it again")
}
