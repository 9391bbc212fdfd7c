//! Edits of all cells at once, in parallel; ids and labels stay.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::{Column, Population};
use crate::error::{Error, Result};
use crate::morph::{JoinOptions, Kinds, Morphology, Removal, counted, grouped};
use crate::{interrupt, progress};

/// What removing types did to a population.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removals {
    /// What was removed: types as [`Kinds`] shows them, or a rule in words.
    pub kinds: String,
    /// Samples removed, re-attached and left as roots, over all cells.
    pub total: Removal,
    /// Cells that lost samples.
    pub cells: usize,
    /// Ids of cells that lost samples and have only soma samples left.
    pub only_soma: Vec<String>,
}

/// What joining did to a population.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Joins {
    /// Cells that were forests.
    pub cells: usize,
    /// Links added.
    pub links: usize,
    /// The longest link, and the id of its cell.
    pub longest: Option<(f64, String)>,
    /// Ids of cells that are still forests, because a gap was larger than `max_gap`.
    pub still_forests: Vec<String>,
}

impl Population {
    /// The population with every cell put through [`Morphology::without`].
    ///
    /// # Errors
    /// When nothing would be left of a cell: names the first and says how many; and on a requested stop.
    pub fn without(&self, kinds: &Kinds) -> Result<(Population, Removals)> {
        let done = each(self, "removing samples", |cell| Ok(cell.without(kinds)))?;
        self.collected(&kinds.to_string(), done)
    }

    /// The population with every cell put through an edit, in parallel; `doing` titles the progress.
    ///
    /// # Errors
    /// When the edit fails on a cell: names the first and says how many; and on a requested stop.
    pub fn edited(&self, doing: &str, edit: impl Fn(&Morphology) -> Result<Morphology> + Sync) -> Result<Population> {
        let done = each(self, doing, |cell| Ok(edit(cell)))?;
        self.refuse_failed(&done, |n, all| format!("{n} of {all} cannot be edited"))?;
        Ok(self.with_cells(done.into_iter().flatten().map(Arc::new).collect()))
    }

    /// The population with every cell put through an edit that removes `what`, and how much that was.
    ///
    /// # Errors
    /// As [`edited`](Self::edited).
    pub fn reduced(
        &self,
        what: &str,
        edit: impl Fn(&Morphology) -> Result<(Morphology, Removal)> + Sync,
    ) -> Result<(Population, Removals)> {
        let done = each(self, "removing samples", |cell| Ok(edit(cell)))?;
        self.collected(what, done)
    }

    /// The parts of all cells as a population. A part is called after its cell's id and has its cell's labels.
    ///
    /// # Errors
    /// On a requested stop.
    pub fn taken_apart(
        &self,
        doing: &str,
        parts: impl Fn(&Morphology) -> Vec<Morphology> + Sync,
    ) -> Result<Population> {
        let parts = each(self, doing, |cell| Ok(parts(cell)))?;
        let places: Vec<usize> = parts.iter().enumerate().flat_map(|(i, p)| vec![i; p.len()]).collect();
        let columns = self.columns.iter().map(|column| Column {
            name: column.name.clone(),
            values: places.iter().map(|&i| column.values[i].clone()).collect(),
        });
        let columns = columns.collect::<Vec<_>>().into();
        let cells = parts.into_iter().flatten().map(Arc::new).collect();
        Ok(Population { columns, label: self.label.clone(), ..Population::new(cells) })
    }

    /// Puts cells and reports of a removal together.
    fn collected(&self, what: &str, done: Vec<Result<(Morphology, Removal)>>) -> Result<(Population, Removals)> {
        self.refuse_failed(&done, |n, all| format!("nothing would be left of {n} of {all}"))?;
        let mut report = Removals { kinds: what.to_string(), ..Removals::default() };
        let mut cells = Vec::with_capacity(self.len());
        for (id, (cell, one)) in self.ids.iter().zip(done.into_iter().flatten()) {
            report.total.removed += one.removed;
            report.total.reattached += one.reattached;
            report.total.new_roots += one.new_roots;
            report.cells += usize::from(one.removed > 0);
            if one.removed > 0 && (0..cell.len()).all(|i| cell.is_soma(i)) {
                report.only_soma.push(id.clone());
            }
            cells.push(Arc::new(cell));
        }
        Ok((self.with_cells(cells), report))
    }

    /// The error for cells that an edit failed on; `count` says how many of how many.
    fn refuse_failed<T>(&self, done: &[Result<T>], count: impl Fn(usize, String) -> String) -> Result<()> {
        let failed = done.iter().filter(|one| one.is_err()).count();
        match self.ids.iter().zip(done).find(|(_, one)| one.is_err()) {
            Some((_, Err(error))) if error.is_interrupt() => Err(error.clone()),
            // An option that no cell could take is not the first cell's fault.
            Some((_, Err(error))) if failed > 1 && done.iter().all(|one| one.as_ref().is_err_and(|e| e == error)) => {
                Err(error.clone())
            }
            Some((id, Err(error))) => Err(Error::value(format!(
                "{}, the first is `{id}`: {}",
                count(failed, counted(self.len(), "cell")),
                error.message
            ))
            .help("filter those cells out first, or leave this step out")),
            _ => Ok(()),
        }
    }

    /// The population with every cell's soma, or else first root, at the origin.
    ///
    /// # Errors
    /// On a requested stop.
    pub fn centered(&self) -> Result<Population> {
        Ok(self.with_cells(each(self, "centring", |cell| Ok(Arc::new(cell.centered())))?))
    }

    /// The population with every cell's pieces joined, see [`Morphology::joined`].
    ///
    /// # Errors
    /// When an option is out of range, and on a requested stop.
    pub fn joined(&self, options: &JoinOptions) -> Result<(Population, Joins)> {
        // Also where every cell is one tree, and so never asks.
        options.limit()?;
        let done = each(self, "joining pieces", |cell| match cell.n_roots() {
            // A tree is shared with the old population, not copied.
            1 => Ok((Arc::clone(cell), Vec::new())),
            _ => cell.joined(options).map(|(joined, links)| (Arc::new(joined), links)),
        })?;
        let mut report = Joins::default();
        let mut cells = Vec::with_capacity(self.len());
        for ((id, old), (cell, links)) in self.ids.iter().zip(self.cells.iter()).zip(done) {
            report.cells += usize::from(old.n_roots() > 1);
            report.links += links.len();
            for link in &links {
                if report.longest.as_ref().is_none_or(|(longest, _)| link.distance > *longest) {
                    report.longest = Some((link.distance, id.clone()));
                }
            }
            if cell.n_roots() > 1 {
                report.still_forests.push(id.clone());
            }
            cells.push(cell);
        }
        Ok((self.with_cells(cells), report))
    }

    /// Other cells under the same ids and labels.
    fn with_cells(&self, cells: Vec<Arc<Morphology>>) -> Population {
        Population { cells: cells.into(), ..self.clone() }
    }
}

/// Runs a step on every cell in parallel, with progress; results are in the cells' order.
pub(super) fn each<T: Send>(
    population: &Population,
    title: &str,
    step: impl Fn(&Arc<Morphology>) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let meter = progress::begin(title, population.len() as u64);
    let done = AtomicU64::new(0);
    population
        .cells
        .par_iter()
        .map(|cell| {
            interrupt::check()?;
            let result = step(cell);
            meter.set(done.fetch_add(1, Ordering::Relaxed) + 1, "");
            result
        })
        .collect()
}

impl fmt::Display for Removals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Removal { removed, reattached, new_roots } = self.total;
        write!(f, "removed {} of {} from {}", counted(removed, "sample"), self.kinds, counted(self.cells, "cell"))?;
        if reattached > 0 {
            write!(f, ", {} re-attached", grouped(reattached))?;
        }
        if new_roots > 0 {
            write!(f, ", {} left unconnected", counted(new_roots, "piece"))?;
        }
        match self.only_soma.as_slice() {
            [] => Ok(()),
            [first, ..] => {
                write!(f, "; only the soma is left of {}, such as `{first}`", counted(self.only_soma.len(), "cell"))
            }
        }
    }
}

impl fmt::Display for Joins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "joined {} with {}", counted(self.cells, "forest"), counted(self.links, "link"))?;
        if let Some((longest, id)) = &self.longest {
            write!(f, ", the longest {longest:.1} in `{id}`")?;
        }
        match self.still_forests.as_slice() {
            [] => Ok(()),
            [first, ..] => {
                write!(f, "; {} still unconnected, such as `{first}`", counted(self.still_forests.len(), "cell"))
            }
        }
    }
}
