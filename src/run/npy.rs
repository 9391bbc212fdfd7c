//! Arrays of numbers as NumPy's `.npy`.

use npyz::WriterBuilder;

use crate::error::{Error, Result};

/// The file of an array of 64-bit numbers, the last axis running fastest.
///
/// # Errors
/// None that an array of this shape can cause: memory takes all that is written.
pub fn bytes(shape: &[usize], values: &[f64]) -> Result<Vec<u8>> {
    let write = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let shape: Vec<u64> = shape.iter().map(|&n| n as u64).collect();
        let mut writer = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(&mut bytes).begin_nd()?;
        writer.extend(values.iter().copied())?;
        writer.finish()?;
        Ok(bytes)
    };
    write().map_err(|e| Error::internal(format!("cannot lay out an array of shape {shape:?}: {e}")))
}
