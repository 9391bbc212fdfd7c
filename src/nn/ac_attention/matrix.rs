//! Products of small row-major matrices, as attention needs them: one side always fits in the first-level cache.
//!
//! A tile of the product stays in registers while the inner dimension runs past. Loops have fixed bounds, so that the
//! compiler turns them into vector instructions; call from within `pulp::Arch::dispatch`. Every number is a chain of
//! fused multiply-adds in the order of the inner dimension, so a product is the same on every machine.

/// Columns of a tile; widths and strides of the right side and of the product are multiples of it.
pub const COLS: usize = 16;
/// Rows of a tile.
const ROWS: usize = 6;

/// `n` rounded up to whole tiles.
pub fn padded(n: usize) -> usize {
    n.next_multiple_of(COLS)
}

/// A row-major matrix to write to: rows are `stride` apart.
pub struct Product<'a> {
    /// The numbers.
    pub data: &'a mut [f32],
    /// Distance between two rows.
    pub stride: usize,
    /// Adds to what stands there instead of replacing it.
    pub add: bool,
}

/// A row-major matrix to read: rows are `stride` apart.
#[derive(Clone, Copy)]
pub struct Operand<'a> {
    /// The numbers.
    pub data: &'a [f32],
    /// Distance between two rows.
    pub stride: usize,
}

/// `into = a b`: `a` is `rows` x `inner`, `b` is `inner` x `cols`.
#[inline(always)]
pub fn multiply(mut into: Product, a: Operand, b: Operand, rows: usize, inner: usize, cols: usize) {
    for col in (0..cols).step_by(COLS) {
        let mut row = 0;
        while row + ROWS <= rows {
            let left: [&[f32]; ROWS] = std::array::from_fn(|r| &a.data[(row + r) * a.stride..][..inner]);
            let mut tile = [[0.0; COLS]; ROWS];
            for k in 0..inner {
                let right: &[f32; COLS] = b.data[k * b.stride + col..].first_chunk().expect(TILED);
                for (sums, left) in tile.iter_mut().zip(left) {
                    fused(sums, left[k], right);
                }
            }
            into.put(&tile, row, col);
            row += ROWS;
        }
        for row in row..rows {
            let left = &a.data[row * a.stride..][..inner];
            let mut sums = [0.0; COLS];
            for (k, &left) in left.iter().enumerate() {
                fused(&mut sums, left, b.data[k * b.stride + col..].first_chunk().expect(TILED));
            }
            into.put(&[sums], row, col);
        }
    }
}

/// `into = aᵀ b`: `a` is `inner` x `rows`, `b` is `inner` x `cols`.
#[inline(always)]
pub fn multiply_transposed(mut into: Product, a: Operand, b: Operand, rows: usize, inner: usize, cols: usize) {
    for col in (0..cols).step_by(COLS) {
        let mut row = 0;
        while row + ROWS <= rows {
            let mut tile = [[0.0; COLS]; ROWS];
            for k in 0..inner {
                let left: &[f32; ROWS] = a.data[k * a.stride + row..].first_chunk().expect(TILED);
                let right: &[f32; COLS] = b.data[k * b.stride + col..].first_chunk().expect(TILED);
                for (sums, &left) in tile.iter_mut().zip(left) {
                    fused(sums, left, right);
                }
            }
            into.put(&tile, row, col);
            row += ROWS;
        }
        for row in row..rows {
            let mut sums = [0.0; COLS];
            for k in 0..inner {
                let right = b.data[k * b.stride + col..].first_chunk().expect(TILED);
                fused(&mut sums, a.data[k * a.stride + row], right);
            }
            into.put(&[sums], row, col);
        }
    }
}

const TILED: &str = "the right side's rows are padded to whole tiles";

#[inline(always)]
fn fused(sums: &mut [f32; COLS], left: f32, right: &[f32; COLS]) {
    for (sum, &right) in sums.iter_mut().zip(right) {
        *sum = left.mul_add(right, *sum);
    }
}

impl Product<'_> {
    #[inline(always)]
    fn put<const R: usize>(&mut self, tile: &[[f32; COLS]; R], row: usize, col: usize) {
        for (r, sums) in tile.iter().enumerate() {
            let place = &mut self.data[(row + r) * self.stride + col..][..COLS];
            if self.add {
                place.iter_mut().zip(sums).for_each(|(p, s)| *p += s);
            } else {
                place.copy_from_slice(sums);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_agree_with_sums() {
        let number = |i: usize| (i as f32 * 0.37).sin();
        let (rows, inner, cols) = (13, 7, 32);
        let a: Vec<f32> = (0..rows * inner).map(number).collect();
        let b: Vec<f32> = (0..inner * cols).map(|i| number(i + 1000)).collect();
        let transposed: Vec<f32> = (0..inner * rows).map(|i| a[(i % rows) * inner + i / rows]).collect();
        let (mut plain, mut other) = (vec![0.0; rows * cols], vec![1.0; rows * cols]);
        let right = Operand { data: &b, stride: cols };
        let into = Product { data: &mut plain, stride: cols, add: false };
        multiply(into, Operand { data: &a, stride: inner }, right, rows, inner, cols);
        let into = Product { data: &mut other, stride: cols, add: true };
        multiply_transposed(into, Operand { data: &transposed, stride: rows }, right, rows, inner, cols);
        for i in 0..rows {
            for j in 0..cols {
                let sum: f64 = (0..inner).map(|k| f64::from(a[i * inner + k]) * f64::from(b[k * cols + j])).sum();
                assert!((f64::from(plain[i * cols + j]) - sum).abs() < 1e-6);
                assert!((f64::from(other[i * cols + j]) - sum - 1.0).abs() < 1e-6);
            }
        }
    }
}
