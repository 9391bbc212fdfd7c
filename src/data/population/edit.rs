//! Edits of all cells at once, in parallel; ids and labels stay.

use std::fmt;
use std::sync::Arc;

use rayon::prelude::*;

use super::{Cell, Column, Population};
use crate::error::{Error, Result};
use crate::morph::{JoinOptions, Kinds, Morphology, Removal, counted, grouped};

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
    /// The population with every cell put through [`Morphology::without`](crate::morph::Morphology::without).
    ///
    /// # Errors
    /// When nothing would be left of a cell: names the first and says how many; and on a requested stop.
    pub fn without(&self, kinds: &Kinds) -> Result<(Population, Removals)> {
        self.reduced(&kinds.to_string(), |cell| cell.without(kinds))
    }

    /// The population with every cell put through an edit, in parallel; `doing` titles the progress.
    ///
    /// # Errors
    /// When the edit fails on a cell: names the first and says how many; and on a requested stop.
    pub fn edited(&self, doing: &str, edit: impl Fn(&Morphology) -> Result<Morphology> + Sync) -> Result<Population> {
        let done = self.each(doing, |cell| Ok(edit(cell).map(|edited| Cell::packed(&edited))))?;
        self.refuse_failed(&done, |n, all| format!("{n} of {all} cannot be edited"))?;
        Ok(self.with_cells(done.into_iter().flatten().collect()))
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
        let done = self.each("removing samples", |cell| {
            Ok(edit(cell).map(|(cut, one)| {
                let only_soma = one.removed > 0 && (0..cut.len()).all(|i| cut.is_soma(i));
                (Cell::packed(&cut), one, only_soma)
            }))
        })?;
        self.refuse_failed(&done, |n, all| format!("nothing would be left of {n} of {all}"))?;
        let mut report = Removals { kinds: what.to_string(), ..Removals::default() };
        let mut cells = Vec::with_capacity(self.len());
        for (id, (cell, one, only_soma)) in self.ids.iter().zip(done.into_iter().flatten()) {
            report.total.removed += one.removed;
            report.total.reattached += one.reattached;
            report.total.new_roots += one.new_roots;
            report.cells += usize::from(one.removed > 0);
            if only_soma {
                report.only_soma.push(id.clone());
            }
            cells.push(cell);
        }
        Ok((self.with_cells(cells), report))
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
        let parts = self.each(doing, |cell| Ok(parts(cell)))?;
        let places: Vec<usize> = parts.iter().enumerate().flat_map(|(i, p)| vec![i; p.len()]).collect();
        let columns = self.columns.iter().map(|column| Column {
            name: column.name.clone(),
            values: places.iter().map(|&i| column.values[i].clone()).collect(),
        });
        let columns = columns.collect::<Vec<_>>().into();
        let cells = parts.into_iter().flatten().map(Arc::new).collect();
        Ok(Population { columns, label: self.label.clone(), ..Population::new(cells) })
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

    /// The population with every cell's soma, or else first root, at the origin. Cells that are packed or in a
    /// file stay there, and are moved when they are asked for.
    #[must_use]
    pub fn centered(&self) -> Population {
        self.with_cells(self.cells.par_iter().map(Cell::centered).collect())
    }

    /// The population with every cell's pieces joined, see [`Morphology::joined`](crate::morph::Morphology::joined).
    ///
    /// # Errors
    /// When an option is out of range, and on a requested stop.
    pub fn joined(&self, options: &JoinOptions) -> Result<(Population, Joins)> {
        // Also where every cell is one tree, and so never asks.
        options.limit()?;
        let done = self.each("joining pieces", |cell| match cell.n_roots() {
            1 => Ok(None),
            _ => cell.joined(options).map(|(joined, links)| Some((Cell::packed(&joined), joined.n_roots(), links))),
        })?;
        let mut report = Joins::default();
        let mut cells = Vec::with_capacity(self.len());
        for ((id, old), joined) in self.ids.iter().zip(self.cells.iter()).zip(done) {
            // A tree is shared with the old population, not copied.
            let Some((cell, n_roots, links)) = joined else {
                cells.push(old.clone());
                continue;
            };
            report.cells += 1;
            report.links += links.len();
            for link in &links {
                if report.longest.as_ref().is_none_or(|(longest, _)| link.distance > *longest) {
                    report.longest = Some((link.distance, id.clone()));
                }
            }
            if n_roots > 1 {
                report.still_forests.push(id.clone());
            }
            cells.push(cell);
        }
        Ok((self.with_cells(cells), report))
    }

    /// Other cells under the same ids and labels.
    fn with_cells(&self, cells: Vec<Cell>) -> Population {
        Population { cells: cells.into(), ..self.clone() }
    }
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
