//! Silhouettes: how much nearer each cell is to its own group than to the next one (Rousseeuw 1987).
//!
//! With `a` the mean distance of a cell from the others of its group, and `b` the smallest mean distance from the cells of
//! another group, its width is `(b - a) / max(a, b)`: near 1 well inside its group, 0 between two, below 0 where another
//! group is nearer. A cell alone in its group has width 0. All pairs of cells are compared.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::data::table::Column;
use crate::data::{Labels, Matrix, Origin, Outcome, Table};
use crate::distance::{Metric, Space};
use crate::error::{Error, Result};

/// How silhouettes are computed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SilhouetteOptions {
    /// What the distance of two rows is.
    pub metric: Metric,
}

/// The width of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupWidth {
    /// The group.
    pub group: String,
    /// Number of its cells.
    pub cells: usize,
    /// Mean width of its cells.
    pub width: f64,
}

/// The silhouette of a grouping.
#[derive(Clone, Debug, PartialEq)]
pub struct Silhouette {
    /// Mean width of all cells with a label.
    pub mean: f64,
    /// Width of each row; NaN for a cell without a label.
    pub widths: Vec<f64>,
    /// The group that each row is nearest to but for its own; `None` for a cell without a label.
    pub neighbours: Labels,
    /// The grouping.
    pub labels: Labels,
    /// Mean width of each group, in the order of their names.
    pub groups: Vec<GroupWidth>,
    /// Number of cells without a label, which were left out.
    pub left_out: usize,
    ids: Arc<[String]>,
    origin: Origin,
}

/// The silhouette of groups of the rows of a matrix.
///
/// Cells without a label (noise) are left out, as if they were not there.
///
/// # Errors
/// When labels and rows differ in number, there are fewer than two groups, every cell is a group of its own, or a value
/// cannot be used.
pub fn silhouette(x: &Matrix, labels: &Labels, options: &SilhouetteOptions) -> Result<Silhouette> {
    let cells = grouped_cells(x, labels, "silhouette")?;
    // Cells of a group side by side: sums over groups are then sums over parts of a row.
    let mut order = cells;
    order.sort_by_key(|&cell| labels.codes()[cell]);
    let sorted = pick(x, &order, options.metric);
    let sizes = labels.counts();
    let mut ends = vec![0];
    sizes.iter().for_each(|size| ends.push(ends[ends.len() - 1] + size));
    let own_group: Vec<usize> =
        sizes.iter().enumerate().flat_map(|(group, &n)| std::iter::repeat_n(group, n)).collect();
    let found = Space::new(&sorted, options.metric, "silhouette")?.each(|row, distances| {
        let own = own_group[row];
        let sum = |group: usize| lanes_sum(&distances[ends[group]..ends[group + 1]]);
        let (b, next) = (0..sizes.len())
            .filter(|&group| group != own)
            .map(|group| (sum(group) / sizes[group] as f64, group))
            .fold((f64::INFINITY, own), |best, other| if other.0 < best.0 { other } else { best });
        if sizes[own] == 1 {
            return (0.0, next);
        }
        let a = sum(own) / (sizes[own] - 1) as f64;
        // Rows on top of each other in all groups are as near to one as to another.
        (if a.max(b) > 0.0 { (b - a) / a.max(b) } else { 0.0 }, next)
    })?;
    let mut widths = vec![f64::NAN; x.rows()];
    let mut neighbours = vec![None; x.rows()];
    for (&cell, &(width, next)) in order.iter().zip(&found) {
        widths[cell] = width;
        neighbours[cell] = Some(&labels.classes()[next]);
    }
    let width_of = |group: usize| found[ends[group]..ends[group + 1]].iter().map(|f| f.0).sum::<f64>();
    let groups = labels.classes().iter().enumerate().map(|(group, name)| GroupWidth {
        group: name.clone(),
        cells: sizes[group],
        width: width_of(group) / sizes[group] as f64,
    });
    Ok(Silhouette {
        mean: found.iter().map(|f| f.0).sum::<f64>() / found.len() as f64,
        widths,
        neighbours: Labels::new(neighbours),
        labels: labels.clone(),
        groups: groups.collect(),
        left_out: labels.len() - found.len(),
        ids: x.ids().clone(),
        origin: Origin::new("metrics::silhouette", x, options, None),
    })
}

/// The cells with a label, where they make groups that can be judged.
///
/// # Errors
/// When labels and rows differ in number, there are fewer than two groups, or every cell is a group of its own.
pub(super) fn grouped_cells(x: &Matrix, labels: &Labels, what: &str) -> Result<Vec<usize>> {
    labels.require_len(x.rows(), what)?;
    let (cells, groups) = (labels.known().0, labels.classes().len());
    if groups < 2 {
        return Err(Error::value(format!("{what}: {groups} groups among {} cells, expected at least 2", x.rows()))
            .help("one group cannot be told from another"));
    }
    if groups == cells.len() {
        return Err(Error::value(format!("{what}: each of the {groups} cells is a group of its own"))
            .help("give fewer groups than cells"));
    }
    Ok(cells)
}

/// These rows; of a matrix of distances, these columns too.
fn pick(x: &Matrix, rows: &[usize], metric: Metric) -> Matrix {
    let picked = x.select(rows);
    // What is not square is refused below, with its own shape.
    if metric != Metric::Precomputed || x.rows() != x.cols() {
        return picked;
    }
    let values = picked.iter_rows().flat_map(|row| rows.iter().map(|&column| row[column])).collect();
    let names: Arc<[String]> = rows.iter().map(|&i| x.columns()[i].clone()).collect();
    Matrix::new(picked.ids().clone(), names, values).unwrap_or(picked)
}

/// A sum in eight strands, which vectorises and is more exact than one.
fn lanes_sum(values: &[f64]) -> f64 {
    let (lanes, rest) = values.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for lane in lanes {
        sums.iter_mut().zip(lane).for_each(|(sum, v)| *sum += v);
    }
    sums.iter().sum::<f64>() + rest.iter().sum::<f64>()
}

impl Outcome for Silhouette {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        vec![("mean", self.mean), ("groups", self.groups.len() as f64), ("left_out", self.left_out as f64)]
    }

    fn table(&self) -> Result<Table> {
        let texts = |name: &str, labels: &Labels| Column::texts(name, (0..labels.len()).map(|cell| labels.get(cell)));
        Table::new(
            self.ids.clone(),
            vec![
                texts("group", &self.labels),
                Column::numbers("width", self.widths.clone()),
                texts("neighbour", &self.neighbours),
            ],
        )
    }
}

impl std::fmt::Display for Silhouette {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cells = self.labels.len() - self.left_out;
        write!(f, "Silhouette(mean width {:.3}, {} groups of {cells} cells", self.mean, self.groups.len())?;
        if self.left_out > 0 {
            write!(f, ", {} without a label left out", self.left_out)?;
        }
        let names = self.groups.iter().map(|g| g.group.chars().count());
        let width = names.max().unwrap_or(0).max("group".len());
        write!(f, ")\n{:<width$} {:>6} {:>6}", "group", "cells", "width")?;
        self.groups.iter().try_for_each(|g| write!(f, "\n{:<width$} {:>6} {:>6.3}", g.group, g.cells, g.width))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::compactness::tests::{blobs, reference};
    use super::*;

    #[test]
    fn widths_are_scikit_learns() {
        // scikit-learn 1.9.1: see tests/fixtures/stats. One group has a single cell.
        let (x, labels) = blobs();
        for (key, metric) in [("euclidean", Metric::Euclidean), ("cosine", Metric::Cosine)] {
            let expected: Vec<f64> = serde_json::from_value(reference()[key].clone()).unwrap();
            let found = silhouette(&x, &labels, &SilhouetteOptions { metric }).unwrap();
            for (a, b) in found.widths.iter().zip(&expected) {
                assert!((a - b).abs() < 1e-9, "{key}: {a}, expected {b}");
            }
            assert!((found.mean - expected.iter().sum::<f64>() / 160.0).abs() < 1e-9);
            let cells: usize = found.groups.iter().map(|g| g.cells).sum();
            let mean: f64 = found.groups.iter().map(|g| g.width * g.cells as f64).sum::<f64>() / cells as f64;
            assert!((mean - found.mean).abs() < 1e-12);
        }
    }

    #[test]
    fn cells_without_a_label_are_as_if_not_there_also_among_distances() {
        let (x, labels) = blobs();
        let some = |cell: usize| if cell.is_multiple_of(3) { None } else { labels.get(cell) };
        let partly = Labels::new((0..160).map(some));
        let (known, _) = partly.known();
        let all = silhouette(&x, &partly, &SilhouetteOptions::default()).unwrap();
        let without = silhouette(&x.select(&known), &partly.select(&known), &SilhouetteOptions::default()).unwrap();
        assert_eq!(known.iter().map(|&cell| all.widths[cell]).collect::<Vec<_>>(), without.widths);
        assert!(all.widths[0].is_nan() && all.neighbours.get(0).is_none() && all.left_out == 54);
        let between: Vec<f64> =
            Space::new(&x, Metric::Euclidean, "test").unwrap().each(|_, d| d.to_vec()).unwrap().concat();
        let distances = Matrix::numbered(x.ids().clone(), "d", 160, between).unwrap();
        let given = silhouette(&distances, &partly, &SilhouetteOptions { metric: Metric::Precomputed }).unwrap();
        assert_eq!(given.groups, all.groups);
        assert_eq!(all.table().unwrap().names().collect::<Vec<_>>(), ["group", "width", "neighbour"]);
        assert!(all.to_string().starts_with("Silhouette(mean width "));
    }

    #[test]
    fn groups_that_cannot_be_judged_are_refused() {
        let (x, _) = blobs();
        let refuse = |labels: &Labels| silhouette(&x, labels, &SilhouetteOptions::default()).unwrap_err().message;
        assert!(refuse(&Labels::from_clusters(&[0; 160])).contains("1 groups among 160 cells"));
        assert!(refuse(&Labels::from_clusters(&(0..160).collect::<Vec<_>>())).contains("a group of its own"));
        assert!(refuse(&Labels::from_clusters(&[0, 1])).contains("2 labels for 160 cells"));
        assert!(refuse(&Labels::new([None::<&str>; 160])).contains("0 groups"));
    }
}
