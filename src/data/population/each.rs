//! Running a step on every cell, in parallel.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::{Cell, Population};
use crate::error::Result;
use crate::morph::Morphology;
use crate::{interrupt, progress};

impl Population {
    /// Runs a step on every cell in parallel, with progress under a title; results are in the cells' order. Cells are
    /// unpacked or read one at a time for each thread, so memory does not grow with their number.
    ///
    /// # Errors
    /// The first cell's error in the cells' order of which one is met, and a requested stop.
    pub fn each<T: Send>(&self, title: &str, step: impl Fn(&Arc<Morphology>) -> Result<T> + Sync) -> Result<Vec<T>> {
        let meter = progress::begin(title, self.len() as u64);
        let done = AtomicU64::new(0);
        let one = |cell: &Cell| {
            interrupt::check()?;
            let result = step(&cell.get()?)?;
            meter.set(done.fetch_add(1, Ordering::Relaxed) + 1, "");
            Ok(result)
        };
        let blocks: Vec<Vec<T>> = self
            .blocks(0..self.len())
            .into_par_iter()
            .with_max_len(1)
            .map(|block| self.cells[block].iter().map(one).collect())
            .collect::<Result<_>>()?;
        Ok(blocks.into_iter().flatten().collect())
    }

    /// The cells at these places in order, as pieces of work for one thread: cells that are read together, or single ones.
    pub(super) fn blocks(&self, places: Range<usize>) -> Vec<Range<usize>> {
        let mut start = places.start;
        let together = |a: &Cell, b: &Cell| a.block().is_some() && a.block() == b.block();
        self.cells[places]
            .chunk_by(together)
            .map(|block| {
                start += block.len();
                start - block.len()..start
            })
            .collect()
    }
}
