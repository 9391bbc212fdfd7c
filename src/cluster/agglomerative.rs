//! Agglomerative clustering: the two nearest groups join, again and again, until one is left.
//!
//! The merging is kodama's (Müllner 2011), whose heights are scipy's. The distances of all pairs are held
//! twice, once to be merged and once to be compared with the heights: 800 MB for 10,000 rows.

use std::sync::Arc;

use kodama::{Method, linkage};
use serde::{Deserialize, Serialize};

use super::dendrogram::{Dendrogram, Merge};
use super::input::space;
use crate::data::table::Column;
use crate::data::{Labels, Matrix, Origin, Outcome, Table};
use crate::distance::{Metric, Space};
use crate::error::{Error, Result};
use crate::{interrupt, progress};

/// More rows than this need more than 20 GB for their distances.
const MOST_ROWS: usize = 50_000;

/// How rows are joined, and how many groups are told.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AgglomerativeOptions {
    /// How far apart two groups are.
    pub linkage: Linkage,
    /// How far apart two rows are.
    pub metric: Metric,
    /// Number of groups to tell; where neither this nor `height` is given, 2.
    pub clusters: Option<usize>,
    /// Height up to which groups form.
    pub height: Option<f64>,
}

/// How far apart two groups of rows are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Linkage {
    /// How much the squared deviations from the groups' means grow (Ward 1963). For Euclidean distances.
    #[default]
    Ward,
    /// The mean distance of their rows (UPGMA).
    Average,
    /// The largest distance of their rows.
    Complete,
    /// The smallest distance of their rows.
    Single,
    /// The mean of the distances of the two groups that one is made of (WPGMA).
    Weighted,
    /// The distance of their means (UPGMC). For Euclidean distances; heights may fall.
    Centroid,
    /// As `centroid`, with the mean of two groups halfway between theirs (WPGMC).
    Median,
}

impl Linkage {
    /// The word that options use.
    pub fn name(self) -> &'static str {
        match self {
            Linkage::Ward => "ward",
            Linkage::Average => "average",
            Linkage::Complete => "complete",
            Linkage::Single => "single",
            Linkage::Weighted => "weighted",
            Linkage::Centroid => "centroid",
            Linkage::Median => "median",
        }
    }

    fn method(self) -> Method {
        match self {
            Linkage::Ward => Method::Ward,
            Linkage::Average => Method::Average,
            Linkage::Complete => Method::Complete,
            Linkage::Single => Method::Single,
            Linkage::Weighted => Method::Weighted,
            Linkage::Centroid => Method::Centroid,
            Linkage::Median => Method::Median,
        }
    }

    /// Whether its formula is about squared Euclidean distances only.
    fn is_euclidean(self) -> bool {
        matches!(self, Linkage::Ward | Linkage::Centroid | Linkage::Median)
    }
}

/// A dendrogram and the groups that were cut from it.
#[derive(Clone, Debug)]
pub struct Agglomerative {
    /// The group of each row, `0` being the largest.
    pub labels: Labels,
    /// All merges.
    pub dendrogram: Dendrogram,
    /// Correlation of the heights at which pairs of rows come together with their distances: how well the tree keeps
    /// them (Sokal & Rohlf 1962). NaN where all distances or all heights are equal.
    pub cophenetic_correlation: f64,
    linkage: Linkage,
    origin: Origin,
}

/// Joins the rows of a matrix; for `metric: "precomputed"`, a matrix of distances.
///
/// # Errors
/// When a value cannot be used, when the linkage asks for Euclidean distances and the metric is another, when both
/// `clusters` and `height` are given or out of range, or when there are too many rows to hold all distances.
pub fn agglomerative(x: &Matrix, options: &AgglomerativeOptions) -> Result<Agglomerative> {
    let space = space(x, options.metric, "agglomerative")?;
    check(x.rows(), options)?;
    let meter = progress::begin("joining rows", 2);
    let condensed = condensed(&space)?;
    meter.set(1, "");
    let distances = condensed.clone();
    let dendrogram = join(x.ids(), condensed, options.linkage)?;
    let labels = match (options.height, options.clusters) {
        (Some(height), _) => dendrogram.cut_at(height)?,
        (None, clusters) => dendrogram.cut_into(clusters.unwrap_or(2))?,
    };
    Ok(Agglomerative {
        labels,
        cophenetic_correlation: correlation(&dendrogram, &distances)?,
        dendrogram,
        linkage: options.linkage,
        origin: Origin::new("cluster::agglomerative", x, options, None),
    })
}

/// Joins rows of given distances, of row 0 from rows 1, 2, …, of row 1 from rows 2, 3, ….
///
/// # Errors
/// On a requested stop.
pub(super) fn join(ids: &Arc<[String]>, mut condensed: Vec<f64>, method: Linkage) -> Result<Dendrogram> {
    let (pairs, rows) = (condensed.len(), ids.len());
    let steps = interrupt::unless_quick(pairs, move || linkage(&mut condensed, rows, method.method()))?;
    let merge = |s: &kodama::Step<f64>| Merge {
        left: s.cluster1.min(s.cluster2),
        right: s.cluster1.max(s.cluster2),
        height: s.dissimilarity,
        size: s.size,
    };
    Ok(Dendrogram::new(ids.clone(), steps.steps().iter().map(merge).collect()))
}

/// Refuses so many rows that the distances of all pairs cannot be held.
pub(super) fn require_pairs(n: usize, what: &str) -> Result<()> {
    if n <= MOST_ROWS {
        return Ok(());
    }
    let need = 8e-9 * (n as f64) * (n - 1) as f64;
    Err(Error::value(format!("{what}: the distances of {n} rows need {need:.0} GB"))
        .help("take a sample of the cells, or use `cluster::hdbscan` or `cluster::leiden`"))
}

fn check(n: usize, options: &AgglomerativeOptions) -> Result<()> {
    require_pairs(n, "agglomerative")?;
    let direction = matches!(options.metric, Metric::Cosine | Metric::Correlation);
    if options.linkage.is_euclidean() && direction {
        return Err(Error::value(format!(
            "agglomerative: `{}` linkage is about Euclidean distances, `metric` is another",
            options.linkage.name()
        ))
        .help("use `linkage: \"average\"`, or scale the rows to length 1 and take `metric: \"euclidean\"`"));
    }
    if let (Some(clusters), Some(height)) = (options.clusters, options.height) {
        return Err(Error::value(format!(
            "agglomerative: both `clusters` ({clusters}) and `height` ({height}) are given"
        ))
        .help("give one of them"));
    }
    Ok(())
}

/// The distances of all pairs: of row 0 from rows 1, 2, …, of row 1 from rows 2, 3, …
fn condensed(space: &Space) -> Result<Vec<f64>> {
    let rows: Vec<Vec<f64>> = space.each(|row, near| near[row + 1..].to_vec())?;
    let n = space.len();
    let mut condensed = Vec::with_capacity(n * (n - 1) / 2);
    rows.into_iter().for_each(|row| condensed.extend(row));
    Ok(condensed)
}

/// Pearson's correlation of cophenetic heights with distances, without holding the heights of all pairs.
fn correlation(dendrogram: &Dendrogram, distances: &[f64]) -> Result<f64> {
    let n = dendrogram.len();
    let order = dendrogram.leaf_order();
    let mut span: Vec<(usize, usize)> = vec![(0, 0); n];
    order.iter().enumerate().for_each(|(at, &row)| span[row] = (at, at + 1));
    let place = |i: usize, j: usize| {
        let (i, j) = (i.min(j), i.max(j));
        i * (2 * n - i - 1) / 2 + j - i - 1
    };
    let pairs = distances.len() as f64;
    let mean = distances.iter().sum::<f64>() / pairs;
    let spread: f64 = distances.iter().map(|d| (d - mean) * (d - mean)).sum();
    // Sums over merges of the number of pairs that each joins, and of their distances.
    let mut joined = Vec::with_capacity(n);
    for merge in dendrogram.merges() {
        interrupt::check()?;
        let (left, right) = (span[merge.left], span[merge.right]);
        let mut deviation = 0.0;
        for &i in &order[left.0..left.1] {
            deviation += order[right.0..right.1].iter().map(|&j| distances[place(i, j)] - mean).sum::<f64>();
        }
        let count = ((left.1 - left.0) * (right.1 - right.0)) as f64;
        joined.push((merge.height, count, deviation));
        span.push((left.0.min(right.0), left.1.max(right.1)));
    }
    let height = joined.iter().map(|(h, count, _)| h * count).sum::<f64>() / pairs;
    let both: f64 = joined.iter().map(|(h, _, deviation)| (h - height) * deviation).sum();
    let heights: f64 = joined.iter().map(|(h, count, _)| (h - height) * (h - height) * count).sum();
    Ok(both / (spread * heights).sqrt())
}

impl Outcome for Agglomerative {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        vec![("clusters", self.labels.classes().len() as f64), ("cophenetic_correlation", self.cophenetic_correlation)]
    }

    fn table(&self) -> Result<Table> {
        let cluster = Column::texts("cluster", (0..self.labels.len()).map(|cell| self.labels.get(cell)));
        let mut place = vec![0.0; self.labels.len()];
        self.dendrogram.leaf_order().iter().enumerate().for_each(|(at, &row)| place[row] = at as f64);
        Table::new(self.dendrogram.ids().clone(), vec![cluster, Column::numbers("leaf", place)])
    }
}

impl std::fmt::Display for Agglomerative {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Agglomerative({} clusters of {} cells, {} linkage, cophenetic correlation {:.3})",
            self.labels.classes().len(),
            self.labels.len(),
            self.linkage.name(),
            self.cophenetic_correlation
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::cluster::testing::{close, data, first, floats, labels, references};

    #[test]
    fn merges_cuts_and_leaves_are_scipys() {
        // scipy 1.17.1: see tests/fixtures/stats.
        let x = first(&data("blobs"), 40);
        let all = references(include_str!("../../tests/fixtures/stats/linkage.json"));
        assert_eq!(all.len(), 15);
        for reference in &all {
            let options = AgglomerativeOptions {
                linkage: serde_json::from_value(reference["method"].clone()).unwrap(),
                metric: serde_json::from_value(reference["metric"].clone()).unwrap(),
                clusters: Some(3),
                height: None,
            };
            let found = agglomerative(&x, &options).unwrap();
            let merges = found.dendrogram.merges();
            let heights: Vec<f64> = merges.iter().map(|m| m.height).collect();
            close(&heights, &floats(&reference["heights"]), 1e-10, &format!("{options:?}"));
            let sizes: Vec<f64> = merges.iter().map(|m| m.size as f64).collect();
            assert_eq!(sizes, floats(&reference["sizes"]));
            close(&[found.cophenetic_correlation], &[reference["correlation"].as_f64().unwrap()], 1e-10, "correlation");
            let cophenetic = found.dendrogram.cophenetic().unwrap();
            let pairs = (0..40).flat_map(|i| (i + 1..40).map(move |j| (i, j))).take(60);
            let pairs: Vec<f64> = pairs.map(|(i, j)| cophenetic.row(i)[j]).collect();
            close(&pairs, &floats(&reference["cophenetic"]), 1e-10, "cophenetic heights");
            if let Some(cut) = reference["cut"].as_f64() {
                assert_eq!(found.labels, labels(&reference["three"]), "{options:?}");
                assert_eq!(found.dendrogram.cut_at(cut).unwrap(), labels(&reference["at_cut"]), "{options:?}");
                let leaves: Vec<usize> = serde_json::from_value(reference["leaves"].clone()).unwrap();
                assert_eq!(found.dendrogram.leaf_order(), leaves, "{options:?}");
            }
        }
    }

    #[test]
    fn given_distances_join_as_the_rows_do() {
        let x = first(&data("blobs"), 40);
        let all = Space::new(&x, Metric::Euclidean, "here").unwrap().each(|_, near| near.to_vec()).unwrap().concat();
        let distances = Matrix::new(x.ids().clone(), x.ids().clone(), all).unwrap();
        let given = AgglomerativeOptions { metric: Metric::Precomputed, clusters: Some(4), ..Default::default() };
        let rows = AgglomerativeOptions { clusters: Some(4), ..Default::default() };
        let (given, rows) = (agglomerative(&distances, &given).unwrap(), agglomerative(&x, &rows).unwrap());
        assert_eq!((given.dendrogram, given.labels), (rows.dendrogram, rows.labels));
    }

    #[test]
    fn drawings_have_no_crossing_branches_and_long_chains_stand() {
        // Points whose gaps grow join one by one: a chain of as many merges as a recursion would be deep.
        let values: Vec<f64> = (0..3000).map(|i| f64::from(i) * f64::from(i)).collect();
        let x = Matrix::numbered((0..3000).map(|i| i.to_string()).collect(), "x", 1, values).unwrap();
        let options = AgglomerativeOptions { linkage: Linkage::Single, height: Some(101.0), ..Default::default() };
        let found = agglomerative(&x, &options).unwrap();
        assert_eq!(found.labels.counts()[0], 52, "gaps are 1, 3, 5, …");
        let layout = found.dendrogram.layout();
        for ([left, right], merge) in layout.iter().zip(found.dendrogram.merges()) {
            assert!(left.0 < right.0 && left.1 <= merge.height && right.1 <= merge.height);
        }
        assert_eq!(found.dendrogram.cut_into(3000).unwrap().classes().len(), 3000);
    }

    #[test]
    fn senseless_options_are_refused() {
        let refuse = |options| agglomerative(&first(&data("blobs"), 10), &options).unwrap_err().message;
        let ward = AgglomerativeOptions { metric: Metric::Cosine, ..Default::default() };
        assert!(refuse(ward).contains("`ward` linkage is about Euclidean distances"));
        let both = AgglomerativeOptions { clusters: Some(2), height: Some(1.0), ..Default::default() };
        assert!(refuse(both).contains("both `clusters` (2) and `height` (1) are given"));
        let many = AgglomerativeOptions { clusters: Some(11), ..Default::default() };
        assert_eq!(refuse(many), "`11` groups of 10 rows, expected 1 to 10");
        assert!(refuse(AgglomerativeOptions { height: Some(f64::NAN), ..Default::default() }).contains("NaN"));
    }
}
