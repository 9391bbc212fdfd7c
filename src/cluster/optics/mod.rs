//! OPTICS: the rows in an order in which clusters of all densities show as valleys of reachability.
//!
//! Ankerst, Breunig, Kriegel & Sander 1999. Starting anywhere, the next row is always the one that is reached from what
//! has been visited at the least distance; the first row of each connected part is reached from nowhere, and has an
//! infinite reachability. `linfa-clustering` has OPTICS as well, but visits first rows again from their own neighbours,
//! which gives them a reachability and changes the order; so the order is found here. Time grows with the square of the
//! number of rows, memory does not.

mod xi;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::input::{numbered, space};
use crate::data::table::Column;
use crate::data::{Labels, Matrix, Origin, Outcome, Table};
use crate::distance::{Metric, Space};
use crate::error::{Error, Result};
use crate::{interrupt, progress};

/// How the order is found and cut into clusters.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpticsOptions {
    /// Number of rows, itself included, that make a row's surroundings.
    pub min_samples: usize,
    /// Rows farther apart than this do not reach each other; none: all do.
    pub max_eps: Option<f64>,
    /// What near means.
    pub metric: Metric,
    /// Distance at which the order is cut into DBSCAN's clusters; none: clusters are valleys with steep sides.
    pub eps: Option<f64>,
    /// How steep: the least share of its reachability that a side loses or gains from one row to the next.
    pub xi: f64,
    /// Fewest rows of a valley; none: `min_samples`.
    pub min_cluster_size: Option<usize>,
}

impl Default for OpticsOptions {
    fn default() -> Self {
        OpticsOptions {
            min_samples: 5,
            max_eps: None,
            metric: Metric::default(),
            eps: None,
            xi: 0.05,
            min_cluster_size: None,
        }
    }
}

/// The order of rows, and clusters in it. All lists but `ordering` are by row.
#[derive(Clone, Debug)]
pub struct Optics {
    /// The cluster of each row, `0` being the largest; rows that are noise have none.
    pub labels: Labels,
    /// The rows as they are visited.
    pub ordering: Vec<usize>,
    /// The least distance at which each row is reached from those before it; infinite for first rows.
    pub reachability: Vec<f64>,
    /// The distance within which each row has `min_samples` rows, itself included; infinite where beyond `max_eps`.
    pub core_distances: Vec<f64>,
    /// The row from which each row is reached.
    pub predecessors: Vec<Option<usize>>,
    ids: Arc<[String]>,
    origin: Origin,
    min_samples: usize,
}

/// Orders the rows of a matrix by density; for `metric: "precomputed"`, of a matrix of distances.
///
/// # Errors
/// When an option is out of range, or a value cannot be used.
pub fn optics(x: &Matrix, options: &OpticsOptions) -> Result<Optics> {
    let space = space(x, options.metric, "optics")?;
    check(x.rows(), options)?;
    let max_eps = options.max_eps.unwrap_or(f64::INFINITY);
    let mut core = space.core_distances(options.min_samples)?;
    core.iter_mut().filter(|core| **core > max_eps).for_each(|core| *core = f64::INFINITY);
    let visited = visit(&space, &core, max_eps)?;
    let mut found = Optics {
        labels: Labels::from_clusters(&[]),
        ordering: visited.ordering,
        reachability: visited.reachability,
        core_distances: core,
        predecessors: visited.predecessors,
        ids: x.ids().clone(),
        origin: Origin::new("cluster::optics", x, options, None),
        min_samples: options.min_samples,
    };
    found.labels = match options.eps {
        Some(eps) => found.cut(eps)?,
        None => found.valleys(options.xi, options.min_cluster_size)?,
    };
    Ok(found)
}

fn check(n: usize, options: &OpticsOptions) -> Result<()> {
    let OpticsOptions { min_samples, max_eps, eps, .. } = *options;
    if min_samples < 2 || min_samples > n {
        return Err(Error::value(format!("optics: `min_samples` is `{min_samples}`, expected 2 to {n}, the rows")));
    }
    for (name, value) in [("max_eps", max_eps), ("eps", eps)] {
        if let Some(value) = value.filter(|v| v.is_nan() || *v <= 0.0) {
            return Err(Error::value(format!("optics: `{name}` is `{value}`, expected more than 0")));
        }
    }
    if let (Some(eps), Some(most)) = (eps, max_eps)
        && eps > most
    {
        return Err(Error::value(format!("optics: `eps` is `{eps}`, beyond `max_eps`, `{most}`")));
    }
    Ok(())
}

struct Visited {
    ordering: Vec<usize>,
    reachability: Vec<f64>,
    predecessors: Vec<Option<usize>>,
}

fn visit(space: &Space, core: &[f64], max_eps: f64) -> Result<Visited> {
    let n = space.len();
    let meter = progress::begin("ordering rows", n as u64);
    let mut distances = vec![0.0; space.width()];
    let (mut reachability, mut predecessors) = (vec![f64::INFINITY; n], vec![None; n]);
    let mut ordering = Vec::with_capacity(n);
    let mut waiting: Vec<usize> = (0..n).collect();
    while !waiting.is_empty() {
        if ordering.len() % 64 == 0 {
            interrupt::check()?;
            meter.set(ordering.len() as u64, "");
        }
        // Rows keep their order, so that ties go to the smaller row.
        let next =
            (1..waiting.len()).fold(0, |a, b| if reachability[waiting[b]] < reachability[waiting[a]] { b } else { a });
        let row = waiting.remove(next);
        ordering.push(row);
        if core[row].is_infinite() {
            continue;
        }
        space.distances(row..row + 1, &mut distances);
        for &other in &waiting {
            let reach = distances[other].max(core[row]);
            if distances[other] <= max_eps && reach < reachability[other] {
                (reachability[other], predecessors[other]) = (reach, Some(row));
            }
        }
    }
    Ok(Visited { ordering, reachability, predecessors })
}

impl Optics {
    /// The clusters that DBSCAN finds at a distance, but for rows at their borders.
    ///
    /// # Errors
    /// When the distance is not more than 0.
    pub fn cut(&self, eps: f64) -> Result<Labels> {
        if eps.is_nan() || eps <= 0.0 {
            return Err(Error::value(format!("a cut at `{eps}`, expected a distance of more than 0")));
        }
        let mut clusters = vec![None; self.ordering.len()];
        let mut current = None;
        for &row in &self.ordering {
            if self.reachability[row] > eps {
                // Not reached from before: a core row begins a cluster, another is noise.
                let begins = self.core_distances[row] <= eps;
                if begins {
                    current = Some(current.map_or(0, |c: usize| c + 1));
                }
                clusters[row] = current.filter(|_| begins);
            } else {
                clusters[row] = current;
            }
        }
        Ok(numbered(&clusters).0)
    }

    /// The clusters that are valleys of reachability with sides of steepness `xi`, the innermost ones where they lie in
    /// each other; rows in none have no label. `min_size` is the fewest rows of a valley (none: `min_samples`).
    ///
    /// # Errors
    /// When `xi` is not between 0 and 1, or `min_size` is less than 2.
    pub fn valleys(&self, xi: f64, min_size: Option<usize>) -> Result<Labels> {
        let spans = self.spans(xi, min_size)?;
        let mut placed: Vec<Option<usize>> = vec![None; self.ordering.len()];
        for (cluster, &(from, to)) in spans.iter().enumerate() {
            if placed[from..=to].iter().all(Option::is_none) {
                placed[from..=to].fill(Some(cluster));
            }
        }
        let mut clusters = vec![None; placed.len()];
        self.ordering.iter().zip(placed).for_each(|(&row, cluster)| clusters[row] = cluster);
        Ok(numbered(&clusters).0)
    }

    /// The first and the last place in the order of all valleys, inner ones before outer ones: the hierarchy of clusters.
    ///
    /// # Errors
    /// As [`valleys`](Self::valleys).
    pub fn spans(&self, xi: f64, min_size: Option<usize>) -> Result<Vec<(usize, usize)>> {
        if !(xi > 0.0 && xi < 1.0) {
            return Err(Error::value(format!("optics: `xi` is `{xi}`, expected between 0 and 1")));
        }
        let size = min_size.unwrap_or(self.min_samples);
        if size < 2 {
            return Err(Error::value(format!("optics: `min_cluster_size` is `{size}`, expected at least 2")));
        }
        Ok(xi::spans(self, xi, self.min_samples, size))
    }

    /// Number of rows that are noise.
    pub fn noise(&self) -> usize {
        self.labels.codes().iter().filter(|code| code.is_none()).count()
    }
}

impl Outcome for Optics {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        vec![("clusters", self.labels.classes().len() as f64), ("noise", self.noise() as f64)]
    }

    /// Each cell with its cluster, its place in the order, its reachability and its core distance (missing where
    /// infinite): the reachability plot is the third over the second.
    fn table(&self) -> Result<Table> {
        let mut place = vec![0.0; self.ordering.len()];
        self.ordering.iter().enumerate().for_each(|(at, &row)| place[row] = at as f64);
        let finite =
            |values: &[f64]| -> Vec<f64> { values.iter().map(|&v| if v.is_finite() { v } else { f64::NAN }).collect() };
        let columns = vec![
            Column::texts("cluster", (0..self.labels.len()).map(|cell| self.labels.get(cell))),
            Column::numbers("place", place),
            Column::numbers("reachability", finite(&self.reachability)),
            Column::numbers("core_distance", finite(&self.core_distances)),
        ];
        Table::new(self.ids.clone(), columns)
    }
}

impl std::fmt::Display for Optics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (clusters, cells) = (self.labels.classes().len(), self.labels.len());
        write!(f, "Optics({clusters} clusters of {cells} cells, {} noise)", self.noise())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::Value;

    use super::*;
    use crate::cluster::testing::{close, data, floats, labels, references};

    fn options(reference: &Value) -> OpticsOptions {
        OpticsOptions {
            min_samples: reference["min_samples"].as_u64().unwrap() as usize,
            max_eps: reference["max_eps"].as_f64(),
            metric: serde_json::from_value(reference["metric"].clone()).unwrap(),
            ..Default::default()
        }
    }

    #[test]
    fn order_reachability_and_clusters_are_scikit_learns() {
        // scikit-learn 1.9.1: see tests/fixtures/stats.
        for reference in references(include_str!("../../../tests/fixtures/stats/optics.json")) {
            let options = options(&reference);
            let found = optics(&data(reference["data"].as_str().unwrap()), &options).unwrap();
            let ordering: Vec<usize> = serde_json::from_value(reference["ordering"].clone()).unwrap();
            assert_eq!(found.ordering, ordering, "{options:?}");
            close(&found.reachability, &floats(&reference["reachability"]), 1e-12, "reachability");
            close(&found.core_distances, &floats(&reference["core"]), 1e-12, "core distances");
            let from: Vec<i64> = serde_json::from_value(reference["predecessor"].clone()).unwrap();
            assert_eq!(found.predecessors, from.iter().map(|&p| usize::try_from(p).ok()).collect::<Vec<_>>());
            let cuts = floats(&reference["cuts"]);
            for (cut, expected) in cuts.iter().zip(reference["cut_labels"].as_array().unwrap()) {
                // The cut is a quantile between two reachabilities, or one of them, written to 13 digits.
                assert_eq!(found.cut(cut * (1.0 + 1e-12)).unwrap(), labels(expected), "{options:?} at {cut}");
            }
            for steep in reference["xi"].as_array().unwrap() {
                let (xi, size) = (steep["xi"].as_f64().unwrap(), steep["min_cluster_size"].as_u64());
                let spans: Vec<(usize, usize)> = serde_json::from_value(steep["spans"].clone()).unwrap();
                assert_eq!(found.spans(xi, size.map(|s| s as usize)).unwrap(), spans, "{options:?} {xi}");
                assert_eq!(found.valleys(xi, size.map(|s| s as usize)).unwrap(), labels(&steep["labels"]));
            }
        }
    }

    #[test]
    fn first_rows_are_reached_from_nowhere() {
        let values = [0.0, 0.1, 0.2, 0.3, 9.0, 9.1, 9.2, 9.3, 50.0];
        let x = Matrix::numbered((0..9).map(|i| i.to_string()).collect(), "x", 1, values.to_vec()).unwrap();
        let options = OpticsOptions { min_samples: 3, max_eps: Some(1.0), eps: Some(0.5), ..Default::default() };
        let found = optics(&x, &options).unwrap();
        let infinite: Vec<usize> = (0..9).filter(|&row| found.reachability[row].is_infinite()).collect();
        assert_eq!(infinite, [0, 4, 8]);
        assert_eq!(found.labels.codes()[8], None);
        assert_eq!(found.labels.counts(), [4, 4]);
        assert!(found.table().unwrap().column("reachability").unwrap().is_missing(0));
        let refuse = |options| optics(&x, &options).unwrap_err().message;
        assert!(refuse(OpticsOptions { min_samples: 10, ..Default::default() }).contains("expected 2 to 9"));
        assert!(refuse(OpticsOptions { xi: 1.0, min_samples: 3, ..Default::default() }).contains("`xi` is `1`"));
        assert!(refuse(OpticsOptions { eps: Some(2.0), max_eps: Some(1.0), ..options }).contains("beyond `max_eps`"));
    }
}
