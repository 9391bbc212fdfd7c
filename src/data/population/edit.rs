//! Edits of all cells at once, in parallel; ids and labels stay.

use std::fmt;

use rayon::prelude::*;

use super::{Cell, Population};
use crate::error::{Error, Result};
use crate::morph::{JoinOptions, Kinds, Removal, counted, grouped};

/// What removing types did to a population.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removals {
    /// The types removed, as [`Kinds`] shows them.
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
        let done = self.each("removing samples", |cell| {
            Ok(cell.without(kinds).map(|(cut, one)| {
                let only_soma = one.removed > 0 && (0..cut.len()).all(|i| cut.is_soma(i));
                (Cell::packed(&cut), one, only_soma)
            }))
        })?;
        let emptied = done.iter().filter(|cut| cut.is_err()).count();
        if let Some((id, Err(error))) = self.ids.iter().zip(&done).find(|(_, cut)| cut.is_err()) {
            return Err(Error::value(format!(
                "nothing would be left of {emptied} of {}, the first is `{id}`: {}",
                counted(self.len(), "cell"),
                error.message
            ))
            .help("filter those cells out first, or leave this step out"));
        }
        let mut report = Removals { kinds: kinds.to_string(), ..Removals::default() };
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
