//! What a classifier says of each class, beside the truth: probabilities, or scores of any scale.

use crate::data::{Labels, Matrix};
use crate::error::{Error, Result};

/// Scores of the cells that have a label, class by class.
///
/// Columns belong to classes by name, and may be more than the truth has. Columns of which none is called as a class
/// belong to the classes in their order. One column alone belongs to one of two classes: to the one that the caller names,
/// else to the one it is called after, else to the last one.
pub(super) struct ByClass {
    /// The class of each column.
    pub(super) classes: Vec<String>,
    /// The column of each cell's true class.
    pub(super) truth: Vec<usize>,
    /// A row per cell, a column per class.
    scores: Vec<f64>,
}

/// What a second column must be, where one was given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// Probabilities: the other class has what is left of 1.
    Probability,
    /// Anything that grows with the class's likelihood: the other class's grows as it falls.
    Score,
}

impl ByClass {
    /// Reads scores for the cells of `truth`; `what` names the metric, `one` the class of a single column.
    ///
    /// # Errors
    /// When rows differ in number, classes and columns do not fit, no cell has a label, or a score is not finite.
    pub(super) fn new(truth: &Labels, scores: &Matrix, scale: Scale, one: Option<&str>, what: &str) -> Result<Self> {
        if truth.len() != scores.rows() {
            let (labels, rows) = (truth.len(), scores.rows());
            return Err(Error::value(format!("{what}: {labels} labels, but scores of {rows} cells"))
                .help("both must come from the same cells in the same order"));
        }
        let (cells, codes) = truth.known();
        if cells.is_empty() {
            return Err(Error::value(format!("{what}: none of the {} cells has a label", truth.len())));
        }
        let scores = scores.select(&cells);
        scores.require_finite(what)?;
        let (classes, columns) = columns_of(truth.classes(), scores.columns(), what)?;
        let values = if scores.cols() == 1 {
            let other = |v: f64| if scale == Scale::Probability { 1.0 - v } else { -v };
            let first = truth.classes()[0] == one.unwrap_or(&scores.columns()[0]);
            scores.values().iter().flat_map(|&v| if first { [v, other(v)] } else { [other(v), v] }).collect()
        } else {
            scores.values().to_vec()
        };
        Ok(ByClass { classes, truth: codes.into_iter().map(|c| columns[c]).collect(), scores: values })
    }

    /// Number of cells.
    pub(super) fn cells(&self) -> usize {
        self.truth.len()
    }

    /// The scores of a cell, one per class.
    pub(super) fn row(&self, cell: usize) -> &[f64] {
        let k = self.classes.len();
        &self.scores[cell * k..(cell + 1) * k]
    }

    /// The scores of a class, one per cell.
    pub(super) fn column(&self, class: usize) -> impl Iterator<Item = f64> + Clone {
        self.scores.iter().copied().skip(class).step_by(self.classes.len())
    }

    /// The number of cells of each class.
    pub(super) fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        self.truth.iter().for_each(|&class| counts[class] += 1);
        counts
    }

    /// Refuses rows that are no probabilities; `what` names the metric.
    ///
    /// # Errors
    /// When a value is outside 0 to 1, or a row does not sum to 1 within 1e-4.
    pub(super) fn require_probabilities(&self, what: &str) -> Result<()> {
        let cure = "give probabilities, such as a mixture's or a classifier's; each cell's must sum to 1";
        for cell in 0..self.cells() {
            let row = self.row(cell);
            if let Some(v) = row.iter().find(|v| !(0.0..=1.0).contains(*v)) {
                return Err(Error::value(format!("{what}: `{v}` is no probability")).help(cure));
            }
            let sum: f64 = row.iter().sum();
            // Probabilities in single precision are off by less.
            if (sum - 1.0).abs() > 1e-4 {
                let message = format!("{what}: the probabilities of labelled cell {} sum to `{sum}`", cell + 1);
                return Err(Error::value(message).help(cure));
            }
        }
        Ok(())
    }
}

/// The class of each column, and the column of each class of the truth. A single column becomes two.
fn columns_of(classes: &[String], names: &[String], what: &str) -> Result<(Vec<String>, Vec<usize>)> {
    let place = |class: &String| names.iter().position(|name| name == class);
    let named = classes.iter().filter(|class| place(class).is_some()).count();
    if names.len() == 1 {
        return match classes {
            [_, _] => Ok((classes.to_vec(), vec![0, 1])),
            _ => Err(Error::value(format!("{what}: one score per cell, but {} classes", classes.len()))
                .help("give a matrix with a column per class")),
        };
    }
    if named == classes.len() {
        return Ok((names.to_vec(), classes.iter().filter_map(place).collect()));
    }
    if named > 0 {
        let missing: Vec<&str> = classes.iter().filter(|c| place(c).is_none()).map(String::as_str).collect();
        return Err(Error::value(format!("{what}: no column of scores for the class `{}`", missing.join("`, `")))
            .help(format!("the columns are `{}`", names.join("`, `"))));
    }
    if names.len() != classes.len() {
        return Err(Error::value(format!("{what}: {} columns of scores for {} classes", names.len(), classes.len()))
            .help("give a column per class, called as the class"));
    }
    Ok((classes.to_vec(), (0..classes.len()).collect()))
}
