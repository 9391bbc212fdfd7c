//! Ridge regression on features that are made as they are needed.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

use crate::error::{Error, Result};

/// Rows that are multiplied at once.
const BLOCK: usize = 512;

/// Sums of products of features with features and with targets.
pub(super) struct Normal {
    gram: Mat<f64>,
    moments: Mat<f64>,
}

impl Normal {
    /// No rows yet.
    pub fn new(features: usize, targets: usize) -> Self {
        Normal { gram: Mat::zeros(features, features), moments: Mat::zeros(features, targets) }
    }

    /// Adds rows: `write(row, features, targets)` fills in one of `rows`.
    ///
    /// # Errors
    /// On a requested stop.
    pub fn add(&mut self, rows: usize, write: impl Fn(usize, &mut [f64], &mut [f64])) -> Result<()> {
        let (d, k) = (self.gram.ncols(), self.moments.ncols());
        let (mut features, mut targets) = (vec![0.0; BLOCK * d], vec![0.0; BLOCK * k]);
        for from in (0..rows).step_by(BLOCK) {
            crate::interrupt::check()?;
            let count = BLOCK.min(rows - from);
            for i in 0..count {
                write(from + i, &mut features[i * d..(i + 1) * d], &mut targets[i * k..(i + 1) * k]);
            }
            let x = faer::MatRef::from_row_major_slice(&features[..count * d], count, d);
            let y = faer::MatRef::from_row_major_slice(&targets[..count * k], count, k);
            self.gram += x.transpose() * x;
            self.moments += x.transpose() * y;
        }
        Ok(())
    }

    /// The weights (features x targets) that minimise the squared error plus `lambda` times the squared weights, all of
    /// them.
    ///
    /// # Errors
    /// When `lambda` is not above 0 and features depend on each other.
    pub fn solve(&self, lambda: f64) -> Result<Mat<f64>> {
        let mut gram = self.gram.clone();
        (0..gram.ncols()).for_each(|i| gram[(i, i)] += lambda);
        let factor = gram.llt(Side::Lower).map_err(|_| {
            Error::value(format!("ridge: the features depend on each other at lambda `{lambda}`"))
                .help("give a lambda above 0")
        })?;
        Ok(factor.solve(&self.moments))
    }
}

/// Rows of features times weights, in blocks; `out` has a row of targets for each.
pub(super) fn apply(
    weights: &Mat<f64>,
    rows: usize,
    out: &mut Vec<f64>,
    write: impl Fn(usize, &mut [f64]),
) -> Result<()> {
    let (d, k) = (weights.nrows(), weights.ncols());
    let mut features = vec![0.0; BLOCK * d];
    for from in (0..rows).step_by(BLOCK) {
        crate::interrupt::check()?;
        let count = BLOCK.min(rows - from);
        (0..count).for_each(|i| write(from + i, &mut features[i * d..(i + 1) * d]));
        let y = faer::MatRef::from_row_major_slice(&features[..count * d], count, d) * weights;
        out.extend((0..count * k).map(|i| y[(i / k, i % k)]));
    }
    Ok(())
}
