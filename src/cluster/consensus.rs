//! Consensus: what several clusterings of the same rows agree on.
//!
//! Fred & Jain 2005: two rows are as near as they are often together. Rows are joined by average linkage on one less that
//! share, so a cluster whose rows stay together whatever the seed, the method or the resolution is told from one that
//! is there by chance.

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::agglomerative::{Linkage, join, require_pairs};
use crate::data::table::Column;
use crate::data::{Labels, Matrix, Origin, Outcome, Table};
use crate::error::{Error, Result};
use crate::interrupt;

/// Where agreement is cut.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConsensusOptions {
    /// Groups form of rows that are, on average, together in at least this share of the clusterings.
    pub agreement: f64,
    /// Number of groups to tell instead.
    pub clusters: Option<usize>,
}

impl Default for ConsensusOptions {
    fn default() -> Self {
        ConsensusOptions { agreement: 0.5, clusters: None }
    }
}

/// Groups that several clusterings agree on.
#[derive(Clone, Debug)]
pub struct Consensus {
    /// The group of each row, `0` being the largest.
    pub labels: Labels,
    /// Of each row, the share of the clusterings in which it is together with a row of its group, on average; 1 where it
    /// is alone.
    pub support: Vec<f64>,
    /// Of each group, the mean of its rows' support.
    pub stability: Vec<f64>,
    /// Number of clusterings.
    pub clusterings: usize,
    ids: Arc<[String]>,
    origin: Origin,
}

/// Finds what clusterings agree on. Two rows are together in a clustering where they have one label; where either has
/// none, they are not.
///
/// # Errors
/// When there are fewer than two clusterings or rows, they are not of as many rows as there are ids, or an option is out
/// of range.
pub fn consensus(ids: &Arc<[String]>, clusterings: &[Labels], options: &ConsensusOptions) -> Result<Consensus> {
    let n = ids.len();
    if clusterings.len() < 2 {
        return Err(Error::value(format!("consensus of {} clusterings, expected at least 2", clusterings.len()))
            .help("give the labels of several seeds or methods"));
    }
    if n < 2 {
        return Err(Error::value(format!("consensus needs at least 2 rows, not {n}")));
    }
    clusterings.iter().try_for_each(|labels| labels.require_len(n, "consensus"))?;
    require_pairs(n, "consensus")?;
    if !(options.agreement > 0.0 && options.agreement <= 1.0) {
        let given = options.agreement;
        return Err(Error::value(format!("consensus: `agreement` is `{given}`, expected more than 0, at most 1")));
    }
    let codes: Vec<Vec<Option<u32>>> =
        (0..n).map(|row| clusterings.iter().map(|labels| labels.codes()[row]).collect()).collect();
    let rows: Vec<Vec<f64>> = (0..n)
        .into_par_iter()
        .map(|row| {
            interrupt::check()?;
            Ok(codes[row + 1..].iter().map(|other| 1.0 - together(&codes[row], other)).collect())
        })
        .collect::<Result<_>>()?;
    let mut condensed = Vec::with_capacity(n * (n - 1) / 2);
    rows.into_iter().for_each(|row| condensed.extend(row));
    let dendrogram = join(ids, condensed, Linkage::Average)?;
    let labels = match options.clusters {
        Some(clusters) => dendrogram.cut_into(clusters)?,
        // Shares are sums of fractions: the last digits are rounding.
        None => dendrogram.cut_at(1.0 - options.agreement + 1e-9)?,
    };
    let (support, stability) = support(&codes, &labels);
    let value = |code: &Option<u32>| code.map_or(f64::NAN, f64::from);
    let data =
        Matrix::numbered(ids.clone(), "clustering", clusterings.len(), codes.concat().iter().map(value).collect())?;
    Ok(Consensus {
        labels,
        support,
        stability,
        clusterings: clusterings.len(),
        ids: ids.clone(),
        origin: Origin::new("cluster::consensus", &data, options, None),
    })
}

/// The share of the clusterings in which two rows have one label.
fn together(a: &[Option<u32>], b: &[Option<u32>]) -> f64 {
    let same = a.iter().zip(b).filter(|(a, b)| a.is_some() && a == b).count();
    same as f64 / a.len() as f64
}

/// The mean share of each row with the others of its group, and its mean over each group.
fn support(codes: &[Vec<Option<u32>>], labels: &Labels) -> (Vec<f64>, Vec<f64>) {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); labels.classes().len()];
    let (rows, groups) = labels.known();
    rows.iter().zip(&groups).for_each(|(&row, &group)| members[group].push(row));
    let mut support = vec![1.0; codes.len()];
    let mut stability = Vec::with_capacity(members.len());
    for rows in members.iter() {
        let others = rows.len() as f64 - 1.0;
        if others > 0.0 {
            let sum = |&row: &usize| -> f64 {
                rows.iter().filter(|&&other| other != row).map(|&other| together(&codes[row], &codes[other])).sum()
            };
            let sums: Vec<f64> = rows.par_iter().map(sum).collect();
            rows.iter().zip(sums).for_each(|(&row, sum)| support[row] = sum / others);
        }
        stability.push(rows.iter().map(|&row| support[row]).sum::<f64>() / rows.len() as f64);
    }
    (support, stability)
}

impl Outcome for Consensus {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        vec![("clusters", self.stability.len() as f64), ("clusterings", self.clusterings as f64)]
    }

    fn table(&self) -> Result<Table> {
        let cluster = Column::texts("cluster", (0..self.labels.len()).map(|cell| self.labels.get(cell)));
        Table::new(self.ids.clone(), vec![cluster, Column::numbers("support", self.support.clone())])
    }
}

impl std::fmt::Display for Consensus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (clusters, cells) = (self.stability.len(), self.labels.len());
        write!(f, "Consensus({clusters} clusters of {cells} cells, of {} clusterings)", self.clusterings)?;
        for ((cluster, size), stability) in self.labels.classes().iter().zip(self.labels.counts()).zip(&self.stability)
        {
            write!(f, "\ncluster {cluster:>3} {size:>7} cells, stability {stability:.3}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ids(n: usize) -> Arc<[String]> {
        (0..n).map(|i| format!("cell{i}")).collect()
    }

    #[test]
    fn what_stays_together_is_told_from_what_comes_and_goes() {
        // Cells 0 to 2 are always together, cell 5 joins 3 and 4 in one of four, cell 6 is noise throughout.
        let runs: Vec<Labels> = [[0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 2], [0, 0, 0, 2, 2, 0], [3, 3, 3, 1, 1, 3]]
            .iter()
            .map(|run| Labels::new(run.iter().map(|c| Some(c.to_string())).chain([None])))
            .collect();
        let found = consensus(&ids(7), &runs, &ConsensusOptions::default()).unwrap();
        // By average linkage, cell 5 is with cells 0 to 2 in half of the runs.
        assert_eq!(found.labels.codes(), [0, 0, 0, 1, 1, 0, 2].map(Some));
        assert_eq!(found.support[..5], [2.5 / 3.0, 2.5 / 3.0, 2.5 / 3.0, 1.0, 1.0]);
        assert_eq!((found.support[5], found.stability[1]), (0.5, 1.0));
        let strict = consensus(&ids(7), &runs, &ConsensusOptions { agreement: 0.9, clusters: None }).unwrap();
        assert_eq!(strict.labels.counts(), [3, 2, 1, 1]);
        let two = consensus(&ids(7), &runs, &ConsensusOptions { clusters: Some(2), ..Default::default() }).unwrap();
        assert_eq!(two.labels.classes().len(), 2);
        assert!(
            found.to_string().starts_with("Consensus(3 clusters of 7 cells, of 4 clusterings)\ncluster   0       4")
        );
    }

    #[test]
    fn clusterings_of_other_rows_are_refused() {
        let run = Labels::from_clusters(&[0, 0, 1]);
        let refuse = |n, runs: &[Labels], agreement| {
            consensus(&ids(n), runs, &ConsensusOptions { agreement, clusters: None }).unwrap_err().message
        };
        let twice = [run.clone(), run.clone()];
        assert_eq!(refuse(3, &twice[..1], 0.5), "consensus of 1 clusterings, expected at least 2");
        assert_eq!(refuse(4, &twice, 0.5), "consensus: 3 labels for 4 cells");
        assert!(refuse(3, &twice, 0.0).contains("`agreement` is `0`"));
    }
}
