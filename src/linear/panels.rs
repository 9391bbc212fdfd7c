//! Rows laid out for vector instructions.

use std::ops::Range;

use super::tile;
use crate::simd::vectorised;

/// Rows of a panel: one vector of AVX-512, two of AVX2.
pub const LANES: usize = 8;

/// Rows that are held against a panel at once. With six the additions overlap, and sums and addresses stay in registers;
/// with eight they no longer do.
pub const AT_ONCE: usize = 6;

/// Rows of numbers, eight side by side: value `j` of row `i` is at `(i / 8 * columns + j) * 8 + i % 8`. The last panel is
/// filled up with rows of zeros.
#[derive(Clone, Debug)]
pub struct Panels {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Panels {
    /// Lays out rows that are given one after the other, `columns` values each.
    pub fn new(rows: &[f64], columns: usize) -> Self {
        let columns = columns.max(1);
        let count = rows.len() / columns;
        let mut values = vec![0.0; count.div_ceil(LANES) * LANES * columns];
        for (panel, block) in values.chunks_exact_mut(LANES * columns).zip(rows.chunks(LANES * columns)) {
            for (lane, row) in block.chunks_exact(columns).enumerate() {
                panel.iter_mut().skip(lane).step_by(LANES).zip(row).for_each(|(to, from)| *to = *from);
            }
        }
        Panels { rows: count, columns, values }
    }

    /// Number of rows, without those that fill up the last panel.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of panels.
    pub fn len(&self) -> usize {
        self.rows.div_ceil(LANES)
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The panels in order; panel `p` holds rows `8 p` to `8 p + 7`, `LANES` values per column.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.values.chunks_exact(LANES * self.columns)
    }

    /// Inner products of other rows with the rows of some panels.
    ///
    /// `others` holds rows of `columns` values; `out` has a row of `panels.len() * LANES` values for each of them, the
    /// rows that fill up the last panel included.
    // A closure can be told to be inlined where a function's name cannot.
    #[allow(clippy::redundant_closure)]
    pub fn inner_products(&self, panels: Range<usize>, others: &[f64], out: &mut [f64]) {
        vectorised(
            #[inline(always)]
            || {
                self.fill(
                    panels,
                    others,
                    out,
                    #[inline(always)]
                    |panel, rows| tile::inner_products(panel, rows),
                );
            },
        );
    }

    /// Squared distances of other rows from the rows of some panels, as sums of squared differences.
    ///
    /// Shapes as for [`inner_products`](Self::inner_products).
    // A closure can be told to be inlined where a function's name cannot.
    #[allow(clippy::redundant_closure)]
    pub fn squared_distances(&self, panels: Range<usize>, others: &[f64], out: &mut [f64]) {
        vectorised(
            #[inline(always)]
            || {
                self.fill(
                    panels,
                    others,
                    out,
                    #[inline(always)]
                    |panel, rows| tile::squared_distances(panel, rows),
                );
            },
        );
    }

    #[inline(always)]
    fn fill(
        &self,
        panels: Range<usize>,
        others: &[f64],
        out: &mut [f64],
        tile: impl Fn(&[f64], [&[f64]; AT_ONCE]) -> [[f64; LANES]; AT_ONCE],
    ) {
        let size = LANES * self.columns;
        let width = panels.len() * LANES;
        let chosen = &self.values[panels.start * size..panels.end * size];
        if width == 0 {
            return;
        }
        for (others, out) in others.chunks(AT_ONCE * self.columns).zip(out.chunks_mut(AT_ONCE * width)) {
            let last = others.len() / self.columns - 1;
            // Short of rows, the last one stands in for those that are missing; its copies are not written.
            let rows = std::array::from_fn(|r| &others[r.min(last) * self.columns..][..self.columns]);
            for (at, panel) in chosen.chunks_exact(size).enumerate() {
                let found = tile(panel, rows);
                for (out, found) in out.chunks_exact_mut(width).zip(&found) {
                    out[at * LANES..(at + 1) * LANES].copy_from_slice(found);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers without pattern between -1 and 1.
    fn wave(n: usize, phase: f64) -> Vec<f64> {
        (0..n).map(|i| (i as f64 * 1.7 + phase).sin()).collect()
    }

    #[test]
    fn blocks_agree_with_one_pair_at_a_time() {
        // Fewer rows than a panel, whole panels, and one more; the same for the other side.
        for (rows, others, columns) in [(3, 1, 5), (16, 8, 1), (17, 11, 32), (40, 9, 7), (8, 25, 3)] {
            let (x, y) = (wave(rows * columns, 0.3), wave(others * columns, 2.0));
            let panels = Panels::new(&x, columns);
            let width = panels.len() * LANES;
            let (mut products, mut distances) = (vec![f64::NAN; others * width], vec![f64::NAN; others * width]);
            panels.inner_products(0..panels.len(), &y, &mut products);
            panels.squared_distances(0..panels.len(), &y, &mut distances);
            for (q, b) in y.chunks_exact(columns).enumerate() {
                for (row, a) in x.chunks_exact(columns).enumerate() {
                    let product: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                    let distance: f64 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
                    assert!((products[q * width + row] - product).abs() < 1e-13);
                    assert!((distances[q * width + row] - distance).abs() < 1e-13);
                }
            }
        }
    }

    #[test]
    fn part_of_the_panels_gives_part_of_the_numbers() {
        let (x, y) = (wave(30 * 4, 0.1), wave(5 * 4, 0.9));
        let panels = Panels::new(&x, 4);
        let (mut all, mut part) = (vec![0.0; 5 * 32], vec![0.0; 5 * 16]);
        panels.squared_distances(0..4, &y, &mut all);
        panels.squared_distances(1..3, &y, &mut part);
        for q in 0..5 {
            assert_eq!(part[q * 16..(q + 1) * 16], all[q * 32 + 8..q * 32 + 24]);
        }
        panels.squared_distances(2..2, &y, &mut []);
    }

    #[test]
    fn equal_rows_are_at_distance_zero_far_from_the_origin() {
        let x: Vec<f64> = wave(12 * 6, 0.0).iter().map(|v| v + 1e8).collect();
        let panels = Panels::new(&x, 6);
        let mut out = vec![1.0; 12 * 16];
        panels.squared_distances(0..2, &x, &mut out);
        assert!((0..12).all(|i| out[i * 16 + i] == 0.0));
    }
}
