//! Batches drawn ahead of the step that uses them.

use std::sync::mpsc::{Receiver, sync_channel};

use rand::seq::SliceRandom;
use rayon::prelude::*;

use crate::augment::{Pipeline, View};
use crate::data::{Batch, Layout};
use crate::error::Result;
use crate::run::seed::stream;

/// Where the batches of a run come from. Everything is drawn from streams of the step's number, so that any step can be
/// drawn without those before it.
pub struct Source<'a> {
    /// The prepared neurons.
    pub cells: &'a [View],
    /// How views are drawn from them.
    pub pipeline: &'a Pipeline,
    /// The run's seed.
    pub seed: u64,
    /// Cells per step.
    pub batch: usize,
    /// Cells that are computed together; a step's cells are split into groups of this size.
    pub group: usize,
    /// What the model reads from each node.
    pub layout: &'a Layout,
    /// Flips the signs of eigenvectors at random.
    pub sign_flips: bool,
}

impl Source<'_> {
    /// The cells of a step: epochs in random order, each without the remainder that does not fill a batch.
    fn cells_of(&self, step: u64) -> Vec<usize> {
        let per_epoch = (self.cells.len() / self.batch) as u64;
        let (epoch, position) = (step / per_epoch, (step % per_epoch) as usize);
        let mut order: Vec<usize> = (0..self.cells.len()).collect();
        order.shuffle(&mut stream(self.seed, "order", epoch));
        order[position * self.batch..(position + 1) * self.batch].to_vec()
    }

    /// The groups of a step. Each group's batch holds the first views of its cells, then the second views.
    pub fn groups(&self, step: u64) -> Vec<Batch> {
        let cells = self.cells_of(step);
        let first = step * self.batch as u64;
        cells
            .par_chunks(self.group)
            .enumerate()
            .map(|(group, cells)| {
                let views: Vec<View> = (0..2)
                    .flat_map(|which| cells.iter().enumerate().map(move |(i, &cell)| (which, i, cell)))
                    .map(|(which, i, cell)| {
                        let index = (first + (group * self.group + i) as u64) * 2 + which;
                        self.pipeline.draw(&self.cells[cell], &mut stream(self.seed, "views", index))
                    })
                    .collect();
                let mut batch = Batch::new(&views, self.layout);
                if self.sign_flips && self.layout.encoding.has_free_signs() {
                    batch.flip_signs(&mut stream(self.seed, "signs", first + (group * self.group) as u64));
                }
                batch
            })
            .collect()
    }

    /// Calls `work` with the steps' groups in order, while a second thread draws the next ones.
    pub fn each(&self, steps: std::ops::Range<u64>, mut work: impl FnMut(u64, Vec<Batch>) -> Result<()>) -> Result<()> {
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(2);
            let ahead = steps.clone();
            scope.spawn(move || {
                for step in ahead {
                    // The receiver is gone once the loop has ended early.
                    if sender.send(self.groups(step)).is_err() {
                        break;
                    }
                }
            });
            consume(steps, receiver, &mut work)
        })
    }
}

/// Takes the receiver by value: it must be gone before the scope waits for the thread that sends.
fn consume(
    steps: std::ops::Range<u64>,
    receiver: Receiver<Vec<Batch>>,
    work: &mut impl FnMut(u64, Vec<Batch>) -> Result<()>,
) -> Result<()> {
    for (step, groups) in steps.zip(receiver) {
        work(step, groups)?;
    }
    Ok(())
}
