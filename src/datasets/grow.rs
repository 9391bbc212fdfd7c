//! Cells that stand in for a data set: grown by rule, with its label columns, unit and axes.
//!
//! They are for seeing that a script runs and for tests. Scores on them say nothing of real cells: their classes are
//! those of the synthesiser, and far apart.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::declaration::{Dataset, GrownGroup, Named};
use super::prepare::kinds;
use crate::data::{Labels, Population};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::morph::{About, Direction, Morphology, ScaleOptions, SynthesisOptions, synthesize};
use crate::run::seed::derive;

/// Distance of samples along the branches of grown cells in µm, where a set does not say.
const STEP_UM: f64 = 8.0;

/// Grows the stand-in cells of a data set, `times` as many of each group as it declares, called `grown_001`, `grown_002`,
/// …, as they would lie in its folder: in its unit and axes, not yet [prepared](super::prepare()). The same seed gives the
/// same cells.
///
/// # Errors
/// When `times` is 0, and on a requested stop.
pub fn grow(set: &Dataset, times: usize, seed: u64) -> Result<Population> {
    if times == 0 {
        return Err(Error::value("`times` is 0, expected how many times as many cells as declared, from 1 on"));
    }
    let groups: Vec<&GrownGroup> =
        set.grown.groups.iter().flat_map(|group| std::iter::repeat_n(group, group.cells * times)).collect();
    let without = kinds(&set.grown.without)?;
    let one = |(at, group): (usize, &&GrownGroup)| {
        interrupt::check()?;
        let axon = !set.grown.without.iter().any(|kind| kind == "axon");
        let options =
            SynthesisOptions { axon, step_um: set.grown.step_um.unwrap_or(STEP_UM), ..SynthesisOptions::default() };
        let mut cell = synthesize(&group.class, &options, derive(seed, "stand-in cells", at as u64))?;
        if !set.grown.without.is_empty() {
            cell = cell.without(&without)?.0;
        }
        if let Some(kind) = set.grown.kind {
            cell.kind.fill(kind);
        }
        cell = upright(&cell, set.grown.up.unwrap_or(Named::Y))?;
        if let Some(factor) = set.grown.scale {
            cell = cell.scaled(&ScaleOptions::by(factor))?;
        }
        cell.name = format!("grown_{:03}", at + 1).into();
        Ok(Arc::new(cell))
    };
    let cells = groups.par_iter().enumerate().map(one).collect::<Result<Vec<_>>>()?;
    let mut population = Population::new(cells);
    for (name, labels) in columns(set, &groups) {
        population = population.with_labels(name, &labels)?;
    }
    Ok(population)
}

/// A cell whose y axis has become another.
fn upright(cell: &Morphology, up: Named) -> Result<Morphology> {
    match up {
        Named::X => cell.rotated(Direction::Z, -90.0, &About::default()),
        Named::Y => Ok(cell.clone()),
        Named::Z => cell.rotated(Direction::X, 90.0, &About::default()),
    }
}

/// The label columns of the cells of these groups, the one that protocols predict first.
fn columns<'a>(set: &'a Dataset, groups: &[&'a GrownGroup]) -> Vec<(&'a str, Labels)> {
    let mut columns: BTreeMap<&str, Labels> = BTreeMap::new();
    for name in groups.iter().flat_map(|group| group.labels.keys()) {
        let values = groups.iter().map(|group| group.labels.get(name));
        columns.entry(name).or_insert_with(|| Labels::new(values));
    }
    for (name, values) in &set.grown.cycle {
        columns.insert(name, Labels::new((0..groups.len()).map(|at| values.get(at % values.len().max(1)))));
    }
    let mut ordered: Vec<(&str, Labels)> = columns.into_iter().collect();
    ordered.sort_by_key(|(name, _)| *name != set.label);
    ordered
}
