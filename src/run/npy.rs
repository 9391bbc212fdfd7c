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

/// What stands before the numbers of an array of this shape, for files that are written piece by piece.
pub fn header(shape: &[usize]) -> Vec<u8> {
    let sizes: String = shape.iter().map(|n| format!("{n}, ")).collect();
    let mut text = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({}), }}", sizes.trim_end());
    // Version 1.0: magic, version and length take 10 bytes, and the numbers start at a multiple of 64.
    let length = (10 + text.len() + 1).next_multiple_of(64) - 10;
    text.push_str(&" ".repeat(length - text.len() - 1));
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_header_and_numbers_make_a_file() {
        for shape in [[2, 3], [100_000, 64]] {
            let mut file = header(&shape);
            assert_eq!(file.len() % 64, 0);
            let values: Vec<f64> = (0..shape[0] * shape[1]).map(|i| i as f64).collect();
            values.iter().for_each(|v| file.extend(v.to_le_bytes()));
            let read = npyz::NpyFile::new(&file[..]).unwrap();
            assert_eq!(read.shape(), shape.map(|n| n as u64));
            assert_eq!(read.into_vec::<f64>().unwrap(), values);
        }
    }
}
