//! Products of small matrices, as attention needs them: sixteen queries at a time, one in each lane of a vector.
//!
//! The left side stands in bundles of rows, so that every loop runs over arrays of fixed size, without bounds to check,
//! and the compiler turns it into vector instructions; call from within [`vectorised`](crate::simd::vectorised). A tile
//! of the product stays in registers while the inner dimension runs past. Every number is a chain of fused
//! multiply-adds in the order of the inner dimension, so a product is the same on every machine.

/// Numbers side by side: one for each of the queries handled at once.
pub const LANES: usize = 16;
/// One number for each query.
pub type Lanes = [f32; LANES];
/// Rows of a tile: its sums fit the registers, whether they hold 8 lanes or 16. With a power of two the compiler puts rows
/// side by side instead of lanes, at a tenth of the speed.
pub const ROWS: usize = 6;

/// A matrix in bundles of `R` rows, the columns of a bundle one after the other; zeros fill the last bundle.
#[derive(Default)]
pub struct Bundles<const R: usize> {
    columns: usize,
    data: Vec<[f32; R]>,
}

impl<const R: usize> Bundles<R> {
    /// Becomes a matrix of zeros.
    pub fn reset(&mut self, rows: usize, columns: usize) {
        self.columns = columns;
        self.data.clear();
        self.data.resize(rows.div_ceil(R) * columns, [0.0; R]);
    }

    /// Sets a row.
    pub fn set_row(&mut self, row: usize, values: impl Iterator<Item = f32>) {
        let bundle = &mut self.data[row / R * self.columns..][..self.columns];
        bundle.iter_mut().zip(values).for_each(|(place, value)| place[row % R] = value);
    }

    /// Sets a column.
    pub fn set_column(&mut self, column: usize, values: &[f32]) {
        let (whole, rest) = values.as_chunks::<R>();
        for (bundle, values) in whole.iter().enumerate() {
            self.data[bundle * self.columns + column] = *values;
        }
        if !rest.is_empty() {
            self.data[whole.len() * self.columns + column][..rest.len()].copy_from_slice(rest);
        }
    }

    /// The columns of each bundle.
    pub fn iter(&self) -> impl Iterator<Item = &[[f32; R]]> {
        self.data.chunks_exact(self.columns)
    }

    /// The columns of one bundle.
    pub fn bundle(&self, index: usize) -> &[[f32; R]] {
        &self.data[index * self.columns..][..self.columns]
    }

    /// The product with `right`, a row of lanes for each column of this matrix, into as many rows as whole bundles have.
    #[inline(always)]
    pub fn multiply(&self, right: &[Lanes], into: &mut [Lanes]) {
        for (bundle, into) in self.iter().zip(into.as_chunks_mut::<R>().0) {
            *into = tile(bundle, right);
        }
    }
}

/// One tile of a product, a bundle of rows times as many lanes as it has columns: the loop that all time goes into.
#[inline(always)]
pub fn tile<const R: usize>(left: &[[f32; R]], right: &[Lanes]) -> [Lanes; R] {
    let mut sums = [[0.0; LANES]; R];
    for (left, right) in left.iter().zip(right) {
        for r in 0..R {
            for lane in 0..LANES {
                sums[r][lane] = left[r].mul_add(right[lane], sums[r][lane]);
            }
        }
    }
    sums
}

/// Adds the product of lanes with the rows of the queries in them:
/// `into[r] += sum over lanes of left[r][lane] right[lane]`, for whole tiles of rows.
#[inline(always)]
pub fn add_over_lanes(into: &mut [Lanes], left: &[Lanes], right: &[Lanes; LANES]) {
    for (into, left) in into.as_chunks_mut::<ROWS>().0.iter_mut().zip(left.as_chunks::<ROWS>().0) {
        let mut sums = *into;
        for lane in 0..LANES {
            for r in 0..ROWS {
                for c in 0..LANES {
                    sums[r][c] = left[r][lane].mul_add(right[lane][c], sums[r][c]);
                }
            }
        }
        *into = sums;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(i: usize) -> f32 {
        (i as f32 * 0.37).sin()
    }

    #[test]
    fn products_agree_with_sums() {
        let (rows, inner) = (13, 7);
        let a = |i: usize, k: usize| number(i * inner + k);
        let right: Vec<Lanes> =
            (0..inner).map(|k| std::array::from_fn(|lane| number(1000 + k * LANES + lane))).collect();
        let (mut by_rows, mut by_columns) = (Bundles::<ROWS>::default(), Bundles::<ROWS>::default());
        by_rows.reset(rows, inner);
        by_columns.reset(rows, inner);
        for i in 0..rows {
            by_rows.set_row(i, (0..inner).map(|k| a(i, k)));
        }
        for k in 0..inner {
            by_columns.set_column(k, &(0..rows).map(|i| a(i, k)).collect::<Vec<_>>());
        }
        let mut into = vec![[1.0; LANES]; rows.next_multiple_of(ROWS)];
        by_rows.multiply(&right, &mut into);
        let mut other = vec![[1.0; LANES]; rows.next_multiple_of(ROWS)];
        by_columns.multiply(&right, &mut other);
        assert_eq!(into, other);
        for (i, row) in into.iter().enumerate() {
            for (lane, &got) in row.iter().enumerate() {
                let sum = |k: usize| f64::from(a(i, k)) * f64::from(right[k][lane]);
                let expected: f64 = if i < rows { (0..inner).map(sum).sum() } else { 0.0 };
                assert!((f64::from(got) - expected).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn sums_over_lanes_are_added() {
        let lanes = |start: usize| move |i: usize| std::array::from_fn(|l| number(start + i * LANES + l));
        let left: Vec<Lanes> = (0..2 * ROWS).map(lanes(0)).collect();
        let right: [Lanes; LANES] = std::array::from_fn(lanes(500));
        let mut into = vec![[1.0; LANES]; 2 * ROWS];
        add_over_lanes(&mut into, &left, &right);
        for (left, into) in left.iter().zip(&into) {
            for (c, &got) in into.iter().enumerate() {
                let sum: f64 = (0..LANES).map(|l| f64::from(left[l]) * f64::from(right[l][c])).sum();
                assert!((f64::from(got) - sum - 1.0).abs() < 1e-5);
            }
        }
    }
}
