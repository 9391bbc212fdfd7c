//! k-means: rows into groups around centres, so that squared distances to the nearest centre are small in sum.
//!
//! Lloyd's algorithm from greedy k-means++ starts (Arthur & Vassilvitskii 2007), the best of several. It finds round
//! groups of similar spread; for stretched or unequal groups, and to choose their number, use [`super::gmm()`].

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::input::{by_size, require_clusterable};
use super::lloyd::{Partition, assign, partition};
use super::rows::Rows;
use crate::data::table::Column;
use crate::data::{Labels, Matrix, Origin, Outcome, Table};
use crate::distance::require_same_columns;
use crate::error::{Error, Result};
use crate::run::seed;

/// How k-means is run.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct KmeansOptions {
    /// Number of clusters.
    pub clusters: usize,
    /// Number of random starts, of which the one with the least inertia is kept.
    pub starts: usize,
    /// Most Lloyd steps of a start.
    pub max_iter: usize,
    /// A start has converged when the centres move by less than this share of the mean column variance (squared and
    /// summed), or when no row changes its cluster.
    pub tol: f64,
}

impl Default for KmeansOptions {
    fn default() -> Self {
        KmeansOptions { clusters: 8, starts: 10, max_iter: 300, tol: 1e-4 }
    }
}

/// Clusters around centres.
#[derive(Clone, Debug)]
pub struct Kmeans {
    /// The cluster of each row, `0` being the largest.
    pub labels: Labels,
    /// Mean of each cluster: one row per cluster, the columns of the data.
    pub centres: Matrix,
    /// Sum over rows of the squared distance to the centre of the row's cluster.
    pub inertia: f64,
    /// Lloyd steps of the start that was kept.
    pub steps: usize,
    /// Whether it converged within `max_iter` steps.
    pub converged: bool,
    /// The cells, in the order of `labels`.
    ids: Arc<[String]>,
    origin: Origin,
}

/// Splits the rows of a matrix into clusters.
///
/// # Errors
/// When a value is not finite, or there are fewer distinct rows than clusters.
pub fn kmeans(x: &Matrix, options: &KmeansOptions, seed: u64) -> Result<Kmeans> {
    require_clusterable(x, options.clusters, "kmeans", "clusters")?;
    if options.starts == 0 || options.max_iter == 0 {
        return Err(Error::value("kmeans: `starts` and `max_iter` must be at least 1"));
    }
    let rows = Rows::new(x);
    let fits: Vec<Partition> = (0..options.starts as u64)
        .into_par_iter()
        .map(|start| {
            let mut rng = seed::stream(seed, "kmeans", start);
            partition(&rows, options.clusters, options.max_iter, options.tol, &mut rng)
        })
        .collect::<Result<_>>()?;
    let best = fits
        .into_iter()
        .reduce(|best, next| if next.inertia < best.inertia { next } else { best })
        .expect("there is at least one start");
    if !best.converged {
        tracing::warn!("kmeans did not converge in {} steps; raise `max_iter`", options.max_iter);
    }
    let d = x.cols();
    let order = by_size(&best.assignment, options.clusters);
    let centres = order.iter().flat_map(|&c| &best.centres[c * d..(c + 1) * d]).copied().collect();
    let mut rank = vec![0; order.len()];
    for (new, &old) in order.iter().enumerate() {
        rank[old] = new;
    }
    let clusters: Vec<usize> = best.assignment.iter().map(|&c| rank[c]).collect();
    let names = (0..options.clusters).map(|c| c.to_string()).collect();
    Ok(Kmeans {
        labels: Labels::from_clusters(&clusters),
        centres: Matrix::new(names, x.columns().clone(), centres)?,
        inertia: best.inertia,
        steps: best.steps,
        converged: best.converged,
        ids: x.ids().clone(),
        origin: Origin::new("cluster::kmeans", x, options, Some(seed)),
    })
}

impl Kmeans {
    /// The cluster whose centre is nearest, for each row of other data with the same columns.
    ///
    /// # Errors
    /// When the number of columns differs or a value is not finite.
    pub fn predict(&self, x: &Matrix) -> Result<Labels> {
        require_same_columns(x, self.centres.cols(), "kmeans")?;
        let (mut assignment, mut distance) = (vec![usize::MAX; x.rows()], vec![0.0; x.rows()]);
        assign(&Rows::new(x), self.centres.values(), &mut assignment, &mut distance);
        Ok(Labels::from_clusters(&assignment))
    }
}

impl Outcome for Kmeans {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        let clusters = self.centres.rows() as f64;
        let converged = f64::from(u8::from(self.converged));
        vec![("clusters", clusters), ("inertia", self.inertia), ("steps", self.steps as f64), ("converged", converged)]
    }

    fn table(&self) -> Result<Table> {
        let cluster = Column::texts("cluster", (0..self.labels.len()).map(|cell| self.labels.get(cell)));
        Table::new(self.ids.clone(), vec![cluster])
    }
}

impl std::fmt::Display for Kmeans {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Kmeans({} clusters of {} cells, inertia {:.6}{})",
            self.centres.rows(),
            self.labels.len(),
            self.inertia,
            if self.converged { "" } else { ", not converged" }
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn squares() -> Matrix {
        // Three groups of 5, 4 and 3 points, far apart.
        let offsets = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.5, 0.5]];
        let values: Vec<f64> = [(3, 90.0, 0.0), (5, 0.0, 0.0), (4, 0.0, 70.0)]
            .iter()
            .flat_map(|&(n, x, y)| offsets[..n].iter().flat_map(move |o| [o[0] + x, o[1] + y]))
            .collect();
        Matrix::numbered((0..12).map(|i| i.to_string()).collect(), "x", 2, values).unwrap()
    }

    #[test]
    fn separate_groups_are_found_and_numbered_by_size() {
        let options = KmeansOptions { clusters: 3, ..Default::default() };
        for seed in 0..20 {
            let fit = kmeans(&squares(), &options, seed).unwrap();
            assert_eq!(fit.labels, Labels::from_clusters(&[2, 2, 2, 0, 0, 0, 0, 0, 1, 1, 1, 1]));
            assert_eq!(fit.centres.row(0), [0.5, 0.5]);
            // Inertia by hand: 5 x 0.5 less the centre point's, 4 x 0.5, and 4/3 for the right-angled three.
            assert!((fit.inertia - (2.0 + 2.0 + 4.0 / 3.0)).abs() < 1e-12, "{}", fit.inertia);
            assert!(fit.converged);
        }
    }

    #[test]
    fn as_many_clusters_as_distinct_rows_leave_no_inertia() {
        let fit = kmeans(&squares(), &KmeansOptions { clusters: 12, ..Default::default() }, 3).unwrap();
        assert_eq!(fit.inertia, 0.0);
        assert_eq!(fit.labels.classes().len(), 12);
    }

    #[test]
    fn other_rows_go_to_the_nearest_centre_and_the_numbers_do_not_hang_on_threads() {
        let options = KmeansOptions { clusters: 3, ..Default::default() };
        let fit = kmeans(&squares(), &options, 5).unwrap();
        assert_eq!(fit.predict(&squares()).unwrap(), fit.labels);
        let near = Matrix::numbered(["a".into(), "b".into()].into(), "x", 2, vec![80.0, 5.0, 1.0, 60.0]).unwrap();
        assert_eq!(fit.predict(&near).unwrap(), Labels::from_clusters(&[2, 1]));
        let narrow = Matrix::numbered(["a".into()].into(), "x", 1, vec![1.0]).unwrap();
        assert!(fit.predict(&narrow).unwrap_err().message.contains("fitted to 2 columns"));
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let again = one.install(|| kmeans(&squares(), &options, 5)).unwrap();
        assert_eq!((again.inertia, again.centres), (fit.inertia, fit.centres));
    }
}
