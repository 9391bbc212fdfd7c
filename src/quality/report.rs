//! All rules applied, the cells ranked.

use std::fmt;

use super::{cut, duplicates, radii, robust, steps, units};
use crate::data::table::Column;
use crate::data::{Population, Table};
use crate::error::Result;
use crate::evaluate::{BatchEffect, BatchOptions, batch_effect};
use crate::morph::counted;

/// What quality control looks for besides the faults of single cells.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct QcOptions {
    /// A label column, such as the laboratory: does it show in the measures?
    pub batch: Option<String>,
    /// A label column within whose classes batches are compared, such as the cell type: laboratories that work on
    /// different types differ without any fault.
    pub within: Option<String>,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Report {
    /// A row per cell, the worst first: `bias`, `flags` (their names, or nothing), `pull`, and each rule's value.
    pub table: Table,
    /// How well the measures tell the batches apart, where that was asked.
    pub batch: Option<BatchEffect>,
}

/// The flags' names, as the table has them.
const FLAGS: [&str; 5] = ["cut", "z_steps", "constant_radii", "unit", "duplicate"];

/// The measures that batches are told apart by: sizes, which shrinkage, units and cut slices change, then radii and
/// lengths, which go by how one traces. Neighbours in all the measures that there are would mostly be told by those that
/// no preparation touches, such as counts and angles.
const BATCH_MEASURES: [&str; 8] = [
    "total_length",
    "extent_x",
    "extent_y",
    "extent_z",
    "max_distance",
    "max_path_length",
    "mean_radius",
    "mean_section_length",
];

/// What constant radii weigh: they spoil areas and volumes, and no length.
const RADII_WEIGHT: f64 = 0.1;

/// The most that one measure of one cell counts in `pull`, in robust standard deviations.
const FAR: f64 = 20.0;

/// What the rules for single cells found.
struct Findings {
    cut: Option<(&'static str, f64)>,
    steps: (usize, f64),
    radius: Option<f64>,
}

impl Population {
    /// Looks for cells that would bias a result. The columns of the table:
    ///
    /// * `bias`: how much the cell would bias a result, the sum of its flags' weights times one plus its pull; 0 without
    ///   a flag. The weights are `cut_share`, `z_step_share`, 0.1 for constant radii, the decimal logarithm of
    ///   `extent_ratio`, and 1 for a duplicate.
    /// * `flags`: names of what was found, separated by blanks: `cut`, `z_steps`, `constant_radii`, `unit`, `duplicate`.
    /// * `pull`: mean distance of the cell's measures from their medians, in robust standard deviations, each counting
    ///   20 at most.
    /// * `cut_side`, `cut_share`: the face of the neuron's box on which ends are piled, and the share of all ends there.
    ///   A pile is 5 ends or more, 5 % of all or more, in the outermost hundredth of the extent, and 5 times as many as
    ///   in a hundredth beside it.
    /// * `z_step_share`: share of the cable in edges that go 5 times further along z than across and are 8 times as long
    ///   as the median edge; 3 of them make a flag.
    /// * `radius_share`: share of samples with the commonest radius of their type; 0.98 makes a flag.
    /// * `extent_ratio`: largest extent, in medians of the population's; a factor of 10 and 5 robust standard deviations
    ///   of the logarithm make a flag.
    /// * `duplicate_of`: id of an earlier cell whose measures agree within 1 % and whose ends lie within 0.5 % of the
    ///   extent of this one's, both seen from their somata.
    ///
    /// # Errors
    /// When a cell cannot be read, a label column does not exist or has too few cells of a batch, and on a requested
    /// stop.
    pub fn qc(&self, options: &QcOptions, seed: u64) -> Result<Report> {
        let findings = self.each("checking", |cell| {
            Ok(Findings { cut: cut::cut(cell), steps: steps::steps(cell), radius: radii::commonest(cell) })
        })?;
        let measures = self.metrics()?;
        let batch = match &options.batch {
            Some(column) => {
                let within = options.within.as_deref().map(|name| self.labels(Some(name))).transpose()?;
                // A cell without a fork has no value for what is measured between forks.
                let known = |name: &&str| {
                    let values = measures.column(name).ok().and_then(Column::as_numbers);
                    values.is_some_and(|values| values.iter().all(|v| v.is_finite()))
                };
                let names: Vec<&str> = BATCH_MEASURES.into_iter().filter(known).collect();
                let matrix = measures.matrix_of(&names)?;
                let labels = self.labels(Some(column))?;
                Some(batch_effect(&matrix, &labels, within.as_ref(), &BatchOptions::default(), seed)?)
            }
            None => None,
        };
        Ok(Report { table: self.ranked(&findings, &measures)?, batch })
    }

    fn ranked(&self, findings: &[Findings], measures: &Table) -> Result<Table> {
        let numbers: Vec<&[f64]> = measures.columns().iter().filter_map(Column::as_numbers).collect();
        let column = |name: &str| measures.column(name).and_then(Column::require_numbers);
        let extents = ["extent_x", "extent_y", "extent_z"].map(column);
        let [x, y, z] = extents;
        let (x, y, z) = (x?, y?, z?);
        let ratios = units::ratios(&(0..self.len()).map(|i| x[i].max(y[i]).max(z[i])).collect::<Vec<_>>());
        let invariant = ["total_length", "max_path_length", "max_distance", "n_tips", "n_bifurcations"].map(column);
        let invariant = invariant.into_iter().collect::<Result<Vec<_>>>()?;
        let rows: Vec<Vec<f64>> = (0..self.len()).map(|i| invariant.iter().map(|v| v[i]).collect()).collect();
        let copies = duplicates::duplicates(self, &rows)?;
        let pull = pulls(&numbers, self.len());

        let mut bias = Vec::with_capacity(self.len());
        let mut flags: Vec<String> = Vec::with_capacity(self.len());
        for (i, found) in findings.iter().enumerate() {
            let weights = [
                found.cut.map(|(_, share)| share),
                (found.steps.0 >= steps::STEPS).then_some(found.steps.1),
                found.radius.filter(|&share| share >= radii::SHARE).map(|_| RADII_WEIGHT),
                ratios[i].1.then(|| ratios[i].0.log10().abs()),
                copies[i].map(|_| 1.0),
            ];
            bias.push(weights.iter().flatten().fold(0.0, |sum, w| sum + w) * (1.0 + pull[i]));
            let names: Vec<&str> =
                FLAGS.iter().zip(&weights).filter(|(_, w)| w.is_some()).map(|(name, _)| *name).collect();
            flags.push(names.join(" "));
        }
        let number = |of: &dyn Fn(usize) -> f64| (0..self.len()).map(of).collect::<Vec<f64>>();
        let columns = vec![
            Column::numbers("bias", bias),
            Column::texts("flags", flags.iter().map(Some)),
            Column::numbers("pull", pull),
            Column::texts("cut_side", findings.iter().map(|f| f.cut.map(|(side, _)| side))),
            Column::numbers("cut_share", number(&|i| findings[i].cut.map_or(0.0, |(_, share)| share))),
            Column::numbers("z_step_share", number(&|i| findings[i].steps.1)),
            Column::numbers("radius_share", number(&|i| findings[i].radius.unwrap_or(f64::NAN))),
            Column::numbers("extent_ratio", number(&|i| ratios[i].0)),
            Column::texts("duplicate_of", copies.iter().map(|c| c.map(|original| &self.ids()[original]))),
        ];
        Table::new(std::sync::Arc::clone(self.ids()), columns)?.sorted("bias", true)
    }
}

/// Mean distance of each cell's measures from their medians, in robust standard deviations. A measure that more than
/// half of the cells share does not count, nor does one that a cell has no value of.
fn pulls(measures: &[&[f64]], cells: usize) -> Vec<f64> {
    let known = |values: &[f64]| robust(&values.iter().copied().filter(|v| v.is_finite()).collect::<Vec<_>>());
    let spread: Vec<(f64, f64)> = measures.iter().map(|values| known(values)).collect();
    let far = |m: usize, cell: usize| ((measures[m][cell] - spread[m].0).abs() / spread[m].1).min(FAR);
    let counts = |&m: &usize, cell: usize| spread[m].1 > 0.0 && measures[m][cell].is_finite();
    let pull = |cell: usize| {
        let all: Vec<f64> = (0..measures.len()).filter(|m| counts(m, cell)).map(|m| far(m, cell)).collect();
        all.iter().sum::<f64>() / all.len().max(1) as f64
    };
    (0..cells).map(pull).collect()
}

impl fmt::Display for Report {
    /// `Qc(102 cells, 14 flagged: cut 9, duplicate 5; lab predicted at 0.61, shuffled 0.34 ± 0.03)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = match self.table.column("flags") {
            Ok(flags) => (0..self.table.len()).filter_map(|row| Some(flags.text_at(row)?.into_owned())).collect(),
            Err(_) => Vec::new(),
        };
        write!(f, "Qc({}, {} flagged", counted(self.table.len(), "cell"), texts.len())?;
        let times = |flag: &str| texts.iter().filter(|text| text.split(' ').any(|name| name == flag)).count();
        let found: Vec<String> = FLAGS
            .iter()
            .map(|flag| (flag, times(flag)))
            .filter(|(_, n)| *n > 0)
            .map(|(flag, n)| format!("{flag} {n}"))
            .collect();
        if !found.is_empty() {
            write!(f, ": {}", found.join(", "))?;
        }
        match &self.batch {
            Some(batch) => write!(f, "; {batch})"),
            None => f.write_str(")"),
        }
    }
}
