//! Tables from NumPy files.

use std::path::Path;

use npyz::{DType, NpyFile, TypeChar};

use super::Table;
use super::file::{Draft, LoadOptions};
use crate::error::{Error, Result};

/// Reads an array of numbers of two dimensions, or of one, which gives a single column. Columns are called `c1`, `c2`, …
pub(super) fn load(path: &Path, options: &LoadOptions) -> Result<Table> {
    let bytes = std::fs::read(path).map_err(|e| Error::io("cannot read", path, &e))?;
    let fault = |e: std::io::Error| Error::format(format!("not a NumPy file: {e}")).in_file(path);
    let file = NpyFile::new(&bytes[..]).map_err(fault)?;
    let (rows, columns) = match *file.shape() {
        [rows] => (rows as usize, 1),
        [rows, columns] => (rows as usize, columns as usize),
        ref shape => {
            let error = Error::format(format!("the array has {} dimensions, expected one or two", shape.len()));
            return Err(error.in_file(path));
        }
    };
    let by_rows = file.order() == npyz::Order::C;
    let kind = match file.dtype() {
        DType::Plain(kind) => (kind.type_char(), kind.num_bytes()),
        _ => (TypeChar::RawData, None),
    };
    let values: Vec<f64> = match kind {
        (TypeChar::Float, Some(8)) => file.into_vec::<f64>().map_err(fault)?,
        (TypeChar::Float, Some(4)) => file.into_vec::<f32>().map_err(fault)?.into_iter().map(f64::from).collect(),
        (TypeChar::Int, Some(8)) => file.into_vec::<i64>().map_err(fault)?.into_iter().map(|n| n as f64).collect(),
        (TypeChar::Int, Some(4)) => file.into_vec::<i32>().map_err(fault)?.into_iter().map(f64::from).collect(),
        _ => {
            let error = Error::format(format!("the array's type is {}, expected numbers", file.dtype().descr()));
            return Err(error.in_file(path).help("in Python: `numpy.save(path, array.astype(\"f8\"))`"));
        }
    };
    let at = |row: usize, column: usize| if by_rows { row * columns + column } else { column * rows + row };
    let mut draft = Draft::default();
    for column in 0..columns {
        draft.numbers(&format!("c{}", column + 1), None, (0..rows).map(|row| values[at(row, column)]).collect());
    }
    draft.finish(options).map_err(|e| e.in_file(path))
}
