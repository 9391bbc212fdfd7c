//! Batches drawn ahead of the step that uses them.

use std::ops::{ControlFlow, Range};
use std::sync::mpsc::{Receiver, sync_channel};

use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::step::Group;
use crate::augment::{Pipeline, View};
use crate::data::{Batch, Layout};
use crate::error::Result;
use crate::run::seed::stream;

/// Where the batches of a run come from. Everything is drawn from streams of the batch's number, so that any batch can
/// be drawn without those before it.
pub struct Source<'a> {
    /// The prepared neurons.
    pub cells: &'a [View],
    /// Those to learn from, by place.
    pub training: &'a [usize],
    /// How views are drawn from them; none: the neurons as they are.
    pub pipeline: Option<&'a Pipeline>,
    /// Views of each cell.
    pub views: usize,
    /// The run's seed.
    pub seed: u64,
    /// Cells per batch.
    pub batch: usize,
    /// Cells that are computed together; a batch's cells are split into groups of this size.
    pub group: usize,
    /// What the model reads from each node.
    pub layout: &'a Layout,
    /// Flips the signs of eigenvectors at random.
    pub sign_flips: bool,
}

impl Source<'_> {
    /// Batches in which every cell is seen once.
    pub fn per_epoch(&self) -> u64 {
        (self.training.len() / self.batch) as u64
    }

    /// The cells of a batch: epochs in random order, each without the remainder that does not fill a batch.
    fn cells_of(&self, number: u64) -> Vec<usize> {
        let (epoch, position) = (number / self.per_epoch(), (number % self.per_epoch()) as usize);
        let mut order = self.training.to_vec();
        order.shuffle(&mut stream(self.seed, "order", epoch));
        order[position * self.batch..(position + 1) * self.batch].to_vec()
    }

    /// The groups of a batch.
    pub fn groups(&self, number: u64) -> Vec<Group> {
        self.drawn(&self.cells_of(number), self.pipeline, ["views", "signs"], number * self.batch as u64)
    }

    /// Groups of cells that are held out: the same pairs of views whenever they are asked for, or where a single view is
    /// wanted the neurons as they are.
    pub fn held_out(&self, cells: &[usize]) -> Vec<Group> {
        let pipeline = self.pipeline.filter(|_| self.views > 1);
        self.drawn(cells, pipeline, ["validation", "validation signs"], 0)
    }

    /// Views of some cells from streams of a purpose, the first cell's having the number `first`.
    fn drawn(
        &self,
        cells: &[usize],
        pipeline: Option<&Pipeline>,
        [purpose, signs]: [&str; 2],
        first: u64,
    ) -> Vec<Group> {
        cells
            .par_chunks(self.group)
            .enumerate()
            .map(|(group, cells)| {
                let first = first + (group * self.group) as u64;
                let views: Vec<View> = (0..self.views as u64)
                    .flat_map(|which| cells.iter().zip(first..).map(move |(&cell, index)| (which, index, cell)))
                    .map(|(which, index, cell)| match pipeline {
                        Some(pipeline) => {
                            pipeline.draw(&self.cells[cell], &mut stream(self.seed, purpose, index * 2 + which))
                        }
                        None => self.cells[cell].clone(),
                    })
                    .collect();
                let mut batch = Batch::new(&views, self.layout);
                if self.sign_flips && self.layout.encoding.has_free_signs() {
                    batch.flip_signs(&mut stream(self.seed, signs, first));
                }
                Group { batch, cells: cells.to_vec() }
            })
            .collect()
    }

    /// Calls `work` with the batches' groups in order until it breaks, while a second thread draws the next ones.
    pub fn each(
        &self,
        numbers: Range<u64>,
        mut work: impl FnMut(u64, Vec<Group>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(2);
            let ahead = numbers.clone();
            scope.spawn(move || {
                for number in ahead {
                    // The receiver is gone once the loop has ended early.
                    if sender.send(self.groups(number)).is_err() {
                        break;
                    }
                }
            });
            consume(numbers, receiver, &mut work)
        })
    }
}

/// Takes the receiver by value: it must be gone before the scope waits for the thread that sends.
fn consume(
    numbers: Range<u64>,
    receiver: Receiver<Vec<Group>>,
    work: &mut impl FnMut(u64, Vec<Group>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    for (number, groups) in numbers.zip(receiver) {
        if work(number, groups)?.is_break() {
            break;
        }
    }
    Ok(())
}
