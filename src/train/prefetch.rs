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

/// Where the batches of a run come from.
pub trait Supply<G: Send>: Sync {
    /// Batches in which everything is seen once, 1 at least.
    fn per_epoch(&self) -> u64;

    /// The groups of a batch, drawn from streams of its number.
    fn batch(&self, number: u64) -> Vec<G>;

    /// Whether anything is held out.
    fn holds_out(&self) -> bool;

    /// Groups of what is held out, the same whenever they are asked for.
    fn held_out(&self) -> Vec<G>;
}

/// What the batch of a number holds of `all`: epochs in random order, each without the remainder that fills no batch.
pub(super) fn chosen(mut all: Vec<usize>, batch: usize, number: u64, seed: u64) -> Vec<usize> {
    let per_epoch = (all.len() / batch) as u64;
    let (epoch, position) = (number / per_epoch, (number % per_epoch) as usize);
    all.shuffle(&mut stream(seed, "order", epoch));
    all[position * batch..(position + 1) * batch].to_vec()
}

/// Cells as a supply. Everything is drawn from streams of the batch's number, so that any batch can
/// be drawn without those before it.
pub struct Source<'a> {
    /// The prepared neurons.
    pub cells: &'a [View],
    /// Those to learn from, by place.
    pub training: &'a [usize],
    /// Those that are held out.
    pub held_out: &'a [usize],
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
}

impl Supply<Group> for Source<'_> {
    /// Batches in which every cell is seen once.
    fn per_epoch(&self) -> u64 {
        (self.training.len() / self.batch) as u64
    }

    fn batch(&self, number: u64) -> Vec<Group> {
        let cells = chosen(self.training.to_vec(), self.batch, number, self.seed);
        self.drawn(&cells, self.pipeline, ["views", "signs"], number * self.batch as u64)
    }

    fn holds_out(&self) -> bool {
        !self.held_out.is_empty()
    }

    /// The same pairs of views whenever they are asked for, or where a single view is wanted the neurons as they are.
    fn held_out(&self) -> Vec<Group> {
        let pipeline = self.pipeline.filter(|_| self.views > 1);
        self.drawn(self.held_out, pipeline, ["validation", "validation signs"], 0)
    }
}

/// Calls `work` with the groups of batches in order until it breaks, while a second thread draws the next ones.
pub fn each<G: Send>(
    supply: &dyn Supply<G>,
    numbers: Range<u64>,
    mut work: impl FnMut(u64, Vec<G>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(2);
        let ahead = numbers.clone();
        scope.spawn(move || {
            for number in ahead {
                // The receiver is gone once the loop has ended early.
                if sender.send(supply.batch(number)).is_err() {
                    break;
                }
            }
        });
        consume(numbers, receiver, &mut work)
    })
}

/// Takes the receiver by value: it must be gone before the scope waits for the thread that sends.
fn consume<G>(
    numbers: Range<u64>,
    receiver: Receiver<Vec<G>>,
    work: &mut impl FnMut(u64, Vec<G>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    for (number, groups) in numbers.zip(receiver) {
        if work(number, groups)?.is_break() {
            break;
        }
    }
    Ok(())
}
