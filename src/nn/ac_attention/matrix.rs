//! Products of small row-major matrices, as attention needs them: one side always fits in the first-level cache.
//!
//! A tile of the product stays in registers while the inner dimension runs past. Loops have fixed bounds, so that the
//! compiler turns them into vector instructions; call from within [`vectorised`](crate::simd::vectorised). Every number is a chain of
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

/// A tile's rows of the left side, the inner dimension running slowest; kept between products to spare allocations.
#[derive(Default)]
pub struct Panel(Vec<[f32; ROWS]>);

impl Panel {
    /// Takes rows `first..first + count` of `a`, zeros behind them.
    #[inline(always)]
    fn pack(&mut self, a: Operand, first: usize, count: usize, inner: usize) {
        self.0.clear();
        self.0.resize(inner, [0.0; ROWS]);
        for r in 0..count {
            let row = &a.data[(first + r) * a.stride..][..inner];
            for (place, &v) in self.0.iter_mut().zip(row) {
                place[r] = v;
            }
        }
    }

    /// Takes columns `first..first + count` of `a`, zeros behind them.
    #[inline(always)]
    fn pack_transposed(&mut self, a: Operand, first: usize, count: usize, inner: usize) {
        self.0.clear();
        self.0.resize(inner, [0.0; ROWS]);
        for (k, place) in self.0.iter_mut().enumerate() {
            place[..count].copy_from_slice(&a.data[k * a.stride + first..][..count]);
        }
    }
}

/// `into = a b`: `a` is `rows` x `inner`, `b` is `inner` x `cols`.
#[inline(always)]
pub fn multiply(into: Product, a: Operand, b: Operand, (rows, inner, cols): (usize, usize, usize), panel: &mut Panel) {
    in_tiles(
        into,
        b,
        rows,
        cols,
        panel,
        #[inline(always)]
        |panel, first, count| panel.pack(a, first, count, inner),
    );
}

/// `into = aᵀ b`: `a` is `inner` x `rows`, `b` is `inner` x `cols`.
#[inline(always)]
pub fn multiply_transposed(
    into: Product,
    a: Operand,
    b: Operand,
    (rows, inner, cols): (usize, usize, usize),
    panel: &mut Panel,
) {
    in_tiles(
        into,
        b,
        rows,
        cols,
        panel,
        #[inline(always)]
        |panel, first, count| panel.pack_transposed(a, first, count, inner),
    );
}

#[inline(always)]
fn in_tiles(
    mut into: Product,
    b: Operand,
    rows: usize,
    cols: usize,
    panel: &mut Panel,
    pack: impl Fn(&mut Panel, usize, usize),
) {
    for row in (0..rows).step_by(ROWS) {
        let count = ROWS.min(rows - row);
        pack(panel, row, count);
        for col in (0..cols).step_by(COLS) {
            let sums = tile(&panel.0, &b.data[col..], b.stride);
            into.put(&sums[..count], row, col);
        }
    }
}

/// One tile of the product: the loop that all time goes into.
#[inline(always)]
fn tile(panel: &[[f32; ROWS]], b: &[f32], stride: usize) -> [[f32; COLS]; ROWS] {
    let mut sums = [[0.0; COLS]; ROWS];
    for (left, right) in panel.iter().zip(b.chunks(stride)) {
        let Some(right) = right.first_chunk::<COLS>() else { break };
        for r in 0..ROWS {
            for c in 0..COLS {
                sums[r][c] = left[r].mul_add(right[c], sums[r][c]);
            }
        }
    }
    sums
}

impl Product<'_> {
    #[inline(always)]
    fn put(&mut self, tile: &[[f32; COLS]], row: usize, col: usize) {
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
        multiply(into, Operand { data: &a, stride: inner }, right, (rows, inner, cols), &mut Panel::default());
        let into = Product { data: &mut other, stride: cols, add: true };
        let left = Operand { data: &transposed, stride: rows };
        multiply_transposed(into, left, right, (rows, inner, cols), &mut Panel::default());
        for i in 0..rows {
            for j in 0..cols {
                let sum: f64 = (0..inner).map(|k| f64::from(a[i * inner + k]) * f64::from(b[k * cols + j])).sum();
                assert!((f64::from(plain[i * cols + j]) - sum).abs() < 1e-6);
                assert!((f64::from(other[i * cols + j]) - sum - 1.0).abs() < 1e-6);
            }
        }
    }
}
