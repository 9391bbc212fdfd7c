//! A panel of eight rows against a few rows: what stays in registers.
//!
//! Call these from within [`vectorised`](crate::simd::vectorised), in whose instruction set they are compiled.

use super::LANES;

/// Inner products of `R` rows with the rows of a panel: entry `[r][lane]` is that of `rows[r]` with row `lane`.
///
/// The panel has `LANES` values per column; columns beyond the end of the shortest of panel and rows are left out, which
/// is what a triangular matrix needs.
#[inline(always)]
pub fn inner_products<const R: usize>(panel: &[f64], rows: [&[f64]; R]) -> [[f64; LANES]; R] {
    sweep(
        panel,
        rows,
        #[inline(always)]
        |sum, x, row| x.mul_add(row, sum),
    )
}

/// Squared distances of `R` rows from the rows of a panel, as sums of squared differences: equal rows are at distance 0.
///
/// Shapes as for [`inner_products`].
#[inline(always)]
pub fn squared_distances<const R: usize>(panel: &[f64], rows: [&[f64]; R]) -> [[f64; LANES]; R] {
    sweep(
        panel,
        rows,
        #[inline(always)]
        |sum, x, row| {
            let difference = x - row;
            difference.mul_add(difference, sum)
        },
    )
}

#[inline(always)]
fn sweep<const R: usize>(panel: &[f64], rows: [&[f64]; R], step: impl Fn(f64, f64, f64) -> f64) -> [[f64; LANES]; R] {
    let (columns, _) = panel.as_chunks::<LANES>();
    let length = rows.iter().map(|row| row.len()).fold(columns.len(), usize::min);
    // Slices of one known length let the compiler leave out the checks of the indices below.
    let (columns, rows) = (&columns[..length], rows.map(|row| &row[..length]));
    let mut sums = [[0.0; LANES]; R];
    for j in 0..length {
        let column = &columns[j];
        for r in 0..R {
            let value = rows[r][j];
            for lane in 0..LANES {
                sums[r][lane] = step(sums[r][lane], column[lane], value);
            }
        }
    }
    sums
}
