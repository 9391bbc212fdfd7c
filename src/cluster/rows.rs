//! The rows that are grouped, in the layouts that the inner loops want; made once for all starts of a fit.

use std::sync::OnceLock;

use crate::data::Matrix;
use crate::linear::{LANES, Panels, add_upper_gram};

/// Rows that are worked on at once; they stay in the nearest cache.
pub(super) const BLOCK: usize = 64;

/// A matrix and its copies.
pub(super) struct Rows<'a> {
    /// The rows themselves.
    pub(super) x: &'a Matrix,
    /// Eight rows side by side, for what is computed of each row.
    pub(super) panels: Panels,
    /// Row-major with rows of [`width`](Self::width) values, for what is summed over rows.
    wide: Vec<f64>,
    width: usize,
    /// Mean of all rows, and the sum of the outer products of deviations from it.
    total: OnceLock<(Vec<f64>, Vec<f64>)>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(x: &'a Matrix) -> Self {
        let (d, width) = (x.cols(), x.cols().next_multiple_of(LANES));
        let mut wide = vec![0.0; x.rows() * width];
        for (to, row) in wide.chunks_exact_mut(width).zip(x.iter_rows()) {
            to[..d].copy_from_slice(row);
        }
        Rows { x, panels: Panels::new(x.values(), d), wide, width, total: OnceLock::new() }
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.x.rows()
    }

    /// Number of columns, filled up to a multiple of [`LANES`].
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// All rows, filled up with zeros to [`width`](Self::width) values.
    pub(super) fn wide(&self) -> &[f64] {
        &self.wide
    }

    /// The mean of all rows and the sum of the outer products of their deviations from it: `d` and `d * d` values.
    pub(super) fn total(&self) -> &(Vec<f64>, Vec<f64>) {
        self.total.get_or_init(|| {
            let d = self.x.cols();
            let mut mean = vec![0.0; d];
            for row in self.x.iter_rows() {
                mean.iter_mut().zip(row).for_each(|(sum, v)| *sum += v);
            }
            mean.iter_mut().for_each(|m| *m /= self.len() as f64);
            let scatter = scatter(self, std::iter::repeat_n(1.0, self.len()), &mean);
            (mean, scatter)
        })
    }
}

/// Weighted sum of the outer products of the rows' deviations from a mean: `d * d` values. Rows of weight 0 cost nothing.
pub(super) fn scatter(rows: &Rows, weights: impl Iterator<Item = f64>, mean: &[f64]) -> Vec<f64> {
    let (d, width) = (rows.x.cols(), rows.width);
    let mut upper = vec![0.0; width * width];
    let mut block = Vec::with_capacity(BLOCK * width);
    for (row, weight) in rows.x.iter_rows().zip(weights) {
        if weight == 0.0 {
            continue;
        }
        // The root of the weight on both factors makes one block of two.
        let root = weight.sqrt();
        block.extend(row.iter().zip(mean).map(|(x, m)| root * (x - m)));
        block.resize(block.len() + width - d, 0.0);
        if block.len() == BLOCK * width {
            add_upper_gram(&block, width, &mut upper);
            block.clear();
        }
    }
    add_upper_gram(&block, width, &mut upper);
    (0..d * d).map(|at| upper[(at / d).min(at % d) * width + (at / d).max(at % d)]).collect()
}
