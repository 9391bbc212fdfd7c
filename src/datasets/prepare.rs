//! Making cells ready for a model: what the published pipelines do to each data set, in their order.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::declaration::{Dataset, Named, Rescale, Turn};
use crate::data::population::Cell;
use crate::data::{Labels, LoadOptions, LoadReport, Population, load_dir};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::morph::{About, AlignOptions, Direction, Factor, JoinOptions, Kinds, Morphology, ScaleOptions};

/// The label table of every data set.
pub(super) const LABELS: &str = "labels.csv";

/// Reads a data set's folder and [prepares](prepare()) the cells. The report says what reading found.
///
/// # Errors
/// As [`load_dir`] and [`prepare()`].
pub fn load(set: &Dataset, folder: &Path) -> Result<(Population, LoadReport)> {
    let options = LoadOptions { labels: Some(LABELS.into()), label: Some(set.label.clone()), ..LoadOptions::default() };
    let loaded = load_dir(folder, &options)?;
    Ok((prepare(set, &loaded.population)?, loaded.report))
}

/// Cells as a model of this data set takes them: in µm, turned, joined, without the types that are left out, each with
/// its soma (or root) at the origin. Labels stay.
///
/// # Errors
/// When an angle is no number, when nothing is left of a cell, and on a requested stop.
pub fn prepare(set: &Dataset, cells: &Population) -> Result<Population> {
    let mut cells = placed(set, cells)?;
    if set.prepare.join {
        let (joined, joins) = cells.joined(&JoinOptions::default())?;
        if joins.cells > 0 {
            tracing::info!("{joins}");
        }
        cells = joined;
    }
    if !set.prepare.without.is_empty() {
        let (left, removals) = cells.without(&kinds(&set.prepare.without)?)?;
        match removals.total.new_roots > 0 || !removals.only_soma.is_empty() {
            true => tracing::warn!("{removals}"),
            false => tracing::info!("{removals}"),
        }
        cells = left;
    }
    if set.prepare.align {
        cells = cells.edited("aligning", |cell| cell.aligned(&AlignOptions::default()))?;
    }
    Ok(cells.centered())
}

/// The types of these names.
pub(super) fn kinds(names: &[String]) -> Result<Kinds> {
    names.iter().map(|name| Kinds::parse(name)).collect()
}

/// The cells scaled and turned, each by its own name and angles.
pub(super) fn placed(set: &Dataset, cells: &Population) -> Result<Population> {
    let present = |name: &str| cells.columns().any(|column| column == name);
    let turns: Vec<(&Turn, Labels)> = set
        .prepare
        .turn
        .iter()
        .filter(|turn| present(&turn.column))
        .map(|turn| Ok((turn, cells.labels(Some(&turn.column))?)))
        .collect::<Result<_>>()?;
    if turns.is_empty() && set.prepare.scale.is_empty() && set.prepare.enlarge.is_none() {
        return Ok(cells.clone());
    }
    let place = |at: usize| {
        interrupt::check()?;
        let id = &cells.ids()[at];
        let mut cell: Arc<Morphology> = cells.cell(at)?;
        if let Some(Rescale { factor, .. }) = set.prepare.scale.iter().find(|rescale| id.ends_with(&rescale.ending)) {
            let options = ScaleOptions { factor: Some(Factor::Axes(*factor)), ..ScaleOptions::default() };
            cell = Arc::new(cell.scaled(&options)?);
        }
        if let Some(factor) = set.prepare.enlarge {
            cell = Arc::new(cell.scaled(&ScaleOptions::by(factor))?);
        }
        for (turn, angles) in &turns {
            let Some(text) = angles.get(at) else { continue };
            let degrees: f64 = text.parse().map_err(|_| {
                Error::value(format!("`{}` of `{id}` is `{text}`, expected a number of degrees", turn.column))
                    .help("write decimal points, not commas")
            })?;
            cell = Arc::new(cell.rotated(direction(turn.axis), degrees, &About::default())?);
        }
        Ok(Cell::packed(&cell))
    };
    let placed = (0..cells.len()).into_par_iter().map(place).collect::<Result<Vec<Cell>>>()?;
    relabelled(Population::from_parts(placed, cells.ids().to_vec(), Vec::new(), None), cells, &set.label)
}

/// Cells with the label columns of others, `label` being *the* label.
fn relabelled(cells: Population, like: &Population, label: &str) -> Result<Population> {
    let columns: Vec<String> = like.columns().map(String::from).collect();
    // The first column that is set becomes the label; setting it again later changes nothing.
    let first = columns.iter().filter(|name| *name == label);
    let mut labelled = cells;
    for name in first.chain(columns.iter().filter(|name| *name != label)) {
        labelled = labelled.with_labels(name, &like.labels(Some(name))?)?;
    }
    Ok(labelled)
}

/// The direction of an axis.
fn direction(axis: Named) -> Direction {
    [Direction::X, Direction::Y, Direction::Z][axis as usize]
}

/// What the [preparation](prepare()) leaves of one cell by type; nothing where every sample goes.
pub(super) fn kept(cell: &Morphology, without: &Kinds) -> Option<Morphology> {
    let goes = (0..cell.len()).filter(|&i| without.contains(cell.kind[i])).count();
    match goes {
        0 => Some(cell.clone()),
        _ => cell.without(without).ok().map(|(kept, _)| kept),
    }
}
