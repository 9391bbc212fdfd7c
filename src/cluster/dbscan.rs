//! DBSCAN: rows with enough others within a fixed distance make clusters with them; the rest is noise.
//!
//! Ester, Kriegel, Sander & Xu 1996. The clusters are `linfa-clustering`'s, found with a k-d tree; which rows are core
//! rows, which it does not tell, is counted here. Where clusters differ in density, use [`super::hdbscan()`].

use std::sync::Arc;

use linfa::ParamGuard;
use linfa::traits::Transformer;
use linfa_clustering::Dbscan as Linfa;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::input::{numbered, space};
use crate::data::table::Column;
use crate::data::{Labels, Matrix, Origin, Outcome, Table};
use crate::distance::{Metric, Space};
use crate::error::{Error, Result};
use crate::interrupt;

/// What dense means.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DbscanOptions {
    /// How far the surroundings of a row reach, in the unit of the metric.
    pub eps: f64,
    /// Number of rows in the surroundings, itself included, that make a core row.
    pub min_samples: usize,
    /// What near means: `euclidean`, `cosine` or `correlation`.
    pub metric: Metric,
}

impl Default for DbscanOptions {
    fn default() -> Self {
        DbscanOptions { eps: 0.5, min_samples: 5, metric: Metric::default() }
    }
}

/// Dense clusters, and noise.
#[derive(Clone, Debug)]
pub struct Dbscan {
    /// The cluster of each row, `0` being the largest; rows that are noise have none.
    pub labels: Labels,
    /// Whether each row is a core row.
    pub core: Vec<bool>,
    ids: Arc<[String]>,
    origin: Origin,
    space: Space<'static>,
    eps: f64,
}

/// Finds dense clusters among the rows of a matrix.
///
/// # Errors
/// When an option is out of range, the metric needs more than rows, or a value cannot be used.
pub fn dbscan(x: &Matrix, options: &DbscanOptions) -> Result<Dbscan> {
    let DbscanOptions { eps, min_samples, metric } = *options;
    if !(eps.is_finite() && eps > 0.0) {
        return Err(Error::value(format!("dbscan: `eps` is `{eps}`, expected more than 0")));
    }
    if min_samples < 2 {
        return Err(Error::value(format!("dbscan: `min_samples` is `{min_samples}`, expected at least 2")));
    }
    let space = space(x, metric, "dbscan")?;
    let Some(rows) = space.rows() else {
        return Err(Error::value("dbscan: `metric: \"precomputed\"`, expected rows to build a tree of")
            .help("`cluster::optics` takes distances, and its `eps` gives DBSCAN's clusters"));
    };
    let internal = |e: &dyn std::fmt::Display| Error::internal(format!("dbscan: {e}"));
    let rows = Array2::from_shape_vec((x.rows(), x.cols()), rows.to_vec()).map_err(|e| internal(&e))?;
    // Directions are prepared such that half their squared distance is the metric's.
    let reach = if metric == Metric::Euclidean { eps } else { (2.0 * eps).sqrt() };
    let how = Linfa::params(min_samples).tolerance(reach).check().map_err(|e| internal(&e))?;
    let clusters = interrupt::aside(move || how.transform(&rows))?;
    Ok(Dbscan {
        labels: numbered(&clusters.to_vec()).0,
        core: space.each(|_, near| near.iter().filter(|&&d| d <= eps).count() >= min_samples)?,
        ids: x.ids().clone(),
        origin: Origin::new("cluster::dbscan", x, options, None),
        space: space.into_owned(),
        eps,
    })
}

impl Dbscan {
    /// The cluster of the nearest core row within `eps` of each row of other data with the same columns; rows without
    /// one are noise.
    ///
    /// # Errors
    /// When the number of columns differs or a value cannot be used.
    pub fn predict(&self, x: &Matrix) -> Result<Labels> {
        let nearest = self.space.compare(x, "dbscan", |_, near| {
            let core = (0..near.len()).filter(|&row| self.core[row] && near[row] <= self.eps);
            core.reduce(|best, row| if near[row] < near[best] { row } else { best })
        })?;
        Ok(Labels::new(nearest.into_iter().map(|row| row.and_then(|row| self.labels.get(row)))))
    }

    /// Number of rows that are noise.
    pub fn noise(&self) -> usize {
        self.labels.codes().iter().filter(|code| code.is_none()).count()
    }
}

impl Outcome for Dbscan {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        let core = self.core.iter().filter(|&&core| core).count();
        let clusters = self.labels.classes().len();
        vec![("clusters", clusters as f64), ("noise", self.noise() as f64), ("core", core as f64)]
    }

    fn table(&self) -> Result<Table> {
        let cluster = Column::texts("cluster", (0..self.labels.len()).map(|cell| self.labels.get(cell)));
        let core = self.core.iter().map(|&core| f64::from(u8::from(core))).collect::<Vec<f64>>();
        Table::new(self.ids.clone(), vec![cluster, Column::numbers("core", core)])
    }
}

impl std::fmt::Display for Dbscan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (clusters, cells) = (self.labels.classes().len(), self.labels.len());
        write!(f, "Dbscan({clusters} clusters of {cells} cells, {} noise)", self.noise())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::cluster::testing::{data, labels, references};

    #[test]
    fn clusters_and_core_rows_are_scikit_learns() {
        // scikit-learn 1.9.1: see tests/fixtures/stats.
        for reference in references(include_str!("../../tests/fixtures/stats/dbscan.json")) {
            let options = DbscanOptions {
                eps: reference["eps"].as_f64().unwrap(),
                min_samples: reference["min_samples"].as_u64().unwrap() as usize,
                metric: serde_json::from_value(reference["metric"].clone()).unwrap(),
            };
            let x = data(reference["data"].as_str().unwrap());
            let found = dbscan(&x, &options).unwrap();
            assert_eq!(found.labels, labels(&reference["labels"]), "{options:?}");
            let core: Vec<bool> = serde_json::from_value(reference["core"].clone()).unwrap();
            assert_eq!(found.core, core, "{options:?}");
            let again = found.predict(&x).unwrap();
            assert!((0..x.rows()).all(|row| !core[row] || again.get(row) == found.labels.get(row)));
        }
    }

    #[test]
    fn rows_far_from_core_rows_are_noise_and_bad_options_are_refused() {
        let x = data("moons");
        let fit = dbscan(&x, &DbscanOptions { eps: 0.2, ..Default::default() }).unwrap();
        let far = Matrix::numbered(["far".into()].into(), "x", 2, vec![30.0, 3.0]).unwrap();
        assert_eq!(fit.predict(&far).unwrap().get(0), None);
        let refuse = |options| dbscan(&x, &options).unwrap_err().message;
        assert!(refuse(DbscanOptions { eps: 0.0, ..Default::default() }).contains("`eps` is `0`"));
        assert!(refuse(DbscanOptions { min_samples: 1, ..Default::default() }).contains("at least 2"));
        assert!(
            refuse(DbscanOptions { metric: Metric::Precomputed, ..Default::default() })
                .contains("155 rows and 2 columns")
        );
    }
}
