//! Groups judged by their centres: Davies-Bouldin and Calinski-Harabasz.
//!
//! Both ask whether groups are small beside the distances between them, in the Euclidean sense, and favour round groups.
//! Cells without a label are left out.

use super::silhouette::grouped_cells;
use crate::data::{Labels, Matrix};
use crate::error::Result;

/// The centres of groups, and how their cells lie around them.
struct Groups {
    centres: Vec<Vec<f64>>,
    sizes: Vec<usize>,
    /// Distance of each labelled cell from its centre, by group.
    distances: Vec<Vec<f64>>,
    /// Mean of all labelled cells.
    mean: Vec<f64>,
    cells: usize,
}

impl Groups {
    fn new(x: &Matrix, labels: &Labels, what: &str) -> Result<Self> {
        let cells = grouped_cells(x, labels, what)?;
        x.require_finite(what)?;
        let (sizes, d) = (labels.counts(), x.cols());
        let group = |cell: usize| labels.codes()[cell].map_or(0, |code| code as usize);
        let mut centres = vec![vec![0.0; d]; sizes.len()];
        let mut mean = vec![0.0; d];
        for &cell in &cells {
            let n = sizes[group(cell)] as f64;
            centres[group(cell)].iter_mut().zip(x.row(cell)).for_each(|(c, v)| *c += v / n);
            mean.iter_mut().zip(x.row(cell)).for_each(|(m, v)| *m += v / cells.len() as f64);
        }
        let mut distances = vec![Vec::new(); sizes.len()];
        cells.iter().for_each(|&cell| distances[group(cell)].push(distance(x.row(cell), &centres[group(cell)])));
        Ok(Groups { centres, sizes, distances, mean, cells: cells.len() })
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

/// The Davies-Bouldin index (1979): for each group the worst ratio of two groups' mean radii to the distance of their
/// centres, averaged over groups. 0 or more; smaller is better. Infinite where two groups that spread share a centre.
///
/// # Errors
/// When labels and rows differ in number, there are fewer than two groups, every cell is a group of its own, or a value is
/// not finite.
pub fn davies_bouldin(x: &Matrix, labels: &Labels) -> Result<f64> {
    let groups = Groups::new(x, labels, "davies_bouldin")?;
    let radii: Vec<f64> = groups.distances.iter().map(|d| d.iter().sum::<f64>() / d.len() as f64).collect();
    let ratio = |a: usize, b: usize| {
        let both = radii[a] + radii[b];
        // Groups of equal rows have no radius, wherever they are.
        if both == 0.0 { 0.0 } else { both / distance(&groups.centres[a], &groups.centres[b]) }
    };
    let k = radii.len();
    let worst = |a: usize| (0..k).filter(|&b| b != a).map(|b| ratio(a, b)).fold(0.0, f64::max);
    Ok((0..k).map(worst).sum::<f64>() / k as f64)
}

/// The Calinski-Harabasz index (1974), or variance ratio: the variance between groups over that within, each by its
/// degrees of freedom. Larger is better; 1 where groups do not spread, as in scikit-learn.
///
/// # Errors
/// As [`davies_bouldin`].
pub fn calinski_harabasz(x: &Matrix, labels: &Labels) -> Result<f64> {
    let groups = Groups::new(x, labels, "calinski_harabasz")?;
    let square = |v: f64| v * v;
    let within: f64 = groups.distances.iter().flatten().map(|&d| square(d)).sum();
    let between: f64 = groups
        .centres
        .iter()
        .zip(&groups.sizes)
        .map(|(centre, &n)| n as f64 * square(distance(centre, &groups.mean)))
        .sum();
    let k = groups.sizes.len() as f64;
    if within == 0.0 {
        return Ok(1.0);
    }
    Ok(between * (groups.cells as f64 - k) / (within * (k - 1.0)))
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::Value;

    use super::*;

    /// 160 points in five dimensions, in four classes and a fifth of one cell.
    pub(in super::super) fn blobs() -> (Matrix, Labels) {
        let text = include_str!("../../tests/fixtures/stats/blobs.csv");
        let lines: Vec<Vec<&str>> = text.lines().skip(1).map(|l| l.split(',').collect()).collect();
        let values = lines.iter().flat_map(|l| l[1..].iter().map(|v| v.parse().unwrap())).collect();
        let x = Matrix::numbered((0..160).map(|i| format!("cell{i}")).collect(), "x", 5, values).unwrap();
        let classes = lines.iter().enumerate().map(|(i, l)| Some(if i == 7 { "9" } else { l[0] }));
        (x, Labels::new(classes))
    }

    pub(in super::super) fn reference() -> Value {
        serde_json::from_str(include_str!("../../tests/fixtures/stats/silhouette.json")).unwrap()
    }

    #[test]
    fn indices_are_scikit_learns() {
        // scikit-learn 1.9.1: see tests/fixtures/stats.
        let (x, labels) = blobs();
        for (name, found) in [
            ("davies_bouldin", davies_bouldin(&x, &labels).unwrap()),
            ("calinski_harabasz", calinski_harabasz(&x, &labels).unwrap()),
        ] {
            let expected = reference()[name].as_f64().unwrap();
            assert!((found / expected - 1.0).abs() < 1e-11, "{name}: {found}, expected {expected}");
        }
    }

    #[test]
    fn groups_of_equal_rows_are_compact() {
        let x = Matrix::numbered((0..4).map(|i| i.to_string()).collect(), "x", 1, vec![0.0, 0.0, 5.0, 5.0]).unwrap();
        let labels = Labels::from_clusters(&[0, 0, 1, 1]);
        assert_eq!((davies_bouldin(&x, &labels).unwrap(), calinski_harabasz(&x, &labels).unwrap()), (0.0, 1.0));
        let nan = Matrix::numbered(x.ids().clone(), "x", 1, vec![0.0, f64::NAN, 5.0, 5.0]).unwrap();
        assert!(davies_bouldin(&nan, &labels).unwrap_err().message.contains("`1`"));
    }
}
