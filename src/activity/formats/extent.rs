//! How large an array of an HDF5 file says that it is.

use hdf5_pure::Dataset;

/// Bytes that deflate packs into one, at most.
const PACKED: usize = 1100;

/// The sides of an array in a file of `size` bytes. One that says to hold more values than such a file can is refused with
/// what is wrong, for a damaged size would ask for any memory.
pub(super) fn sides(array: &Dataset, size: usize) -> Result<Vec<usize>, String> {
    let mut count = 1usize;
    let mut sides = Vec::new();
    for side in array.shape().map_err(|e| e.to_string())? {
        let side = usize::try_from(side).map_err(|e| e.to_string())?;
        count = count
            .checked_mul(side)
            .filter(|&n| n <= size.saturating_mul(PACKED))
            .ok_or_else(|| format!("an array of more values than {size} bytes can hold"))?;
        sides.push(side);
    }
    Ok(sides)
}
