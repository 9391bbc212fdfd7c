//! What is measured along one neuron, as matrices and files.

use std::path::Path;

use super::Matrix;
use crate::error::Result;
use crate::morph::measure::{Segment, Segments, Sholl};

impl Sholl {
    /// One row for each sphere, called `1`, `2`, …, with the columns `radius`, `crossings`, `length`, `forks`, `tips`.
    ///
    /// # Errors
    /// None that a value of this type can cause.
    pub fn matrix(&self) -> Result<Matrix> {
        let ids = (1..=self.radii.len()).map(|i| i.to_string()).collect();
        let columns = ["radius", "crossings", "length", "forks", "tips"].map(String::from).into_iter().collect();
        let row = |i: usize| {
            [self.radii[i], self.crossings[i] as f64, self.lengths[i], self.forks[i] as f64, self.tips[i] as f64]
        };
        Matrix::new(ids, columns, (0..self.radii.len()).flat_map(row).collect())
    }

    /// Writes the table of [`matrix`](Self::matrix) as `.csv` or `.npy`.
    ///
    /// # Errors
    /// When the ending is another, or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        self.matrix()?.save(path)
    }
}

impl Segments {
    /// One row for each segment, called after the sample at its end.
    ///
    /// # Errors
    /// None that a value of this type can cause.
    pub fn matrix(&self) -> Result<Matrix> {
        let columns = ["length", "tortuosity", "root_dist", "strahler_index"];
        let columns = columns.into_iter().chain(["radius_mean", "radius_min", "radius_max", "volume"]);
        let row = |s: &Segment| {
            let radii = [s.radius_mean, s.radius_min, s.radius_max, s.volume];
            [s.length, s.tortuosity, s.root_dist, s.strahler_index].into_iter().chain(radii)
        };
        let ids = self.ends.iter().map(i64::to_string).collect();
        Matrix::new(ids, columns.map(String::from).collect(), self.rows.iter().flat_map(row).collect())
    }

    /// Writes the table as `.csv` or `.npy`.
    ///
    /// # Errors
    /// When the ending is another, or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        self.matrix()?.save(path)
    }
}
