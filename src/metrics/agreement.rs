//! Agreement of two groupings of the same cells, whatever the groups are called.
//!
//! All scores come from the table of how many cells fall into each pair of groups. They are symmetric in their
//! arguments, except that homogeneity and completeness swap. The normalisation of mutual information is by the arithmetic
//! mean of the two entropies, as in scikit-learn.

use super::contingency::Contingency;
use super::pairs::{Pairs, pairs};
use crate::data::Labels;
use crate::error::Result;

/// How well two groupings agree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// Adjusted Rand index (Hubert & Arabie 1985): 1 for equal groupings, 0 expected by chance, at least -0.5.
    pub ari: f64,
    /// Mutual information over the mean entropy: 0 to 1, but above 0 by chance.
    pub nmi: f64,
    /// Mutual information adjusted for chance (Vinh, Epps & Bailey 2010): 1 for equal groupings, 0 expected by chance.
    pub ami: f64,
    /// How far each group of the second grouping has cells of one group of the first only (Rosenberg & Hirschberg
    /// 2007): 0 to 1.
    pub homogeneity: f64,
    /// How far each group of the first grouping lies within one group of the second: 0 to 1.
    pub completeness: f64,
    /// Harmonic mean of homogeneity and completeness; the same number as `nmi`.
    pub v_measure: f64,
    /// Geometric mean of the shares of each grouping's pairs of cells that the other keeps together (Fowlkes & Mallows
    /// 1983): 0 to 1.
    pub fowlkes_mallows: f64,
    /// Share of the pairs of cells on which both agree (Rand 1971): 0 to 1, and large by chance where groups are many.
    pub rand: f64,
    /// Numbers of groups that have a cell with both labels.
    pub groups: (usize, usize),
    /// Number of cells with both labels.
    pub cells: usize,
    /// Number of cells left out.
    pub left_out: usize,
}

/// All scores of agreement.
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn agreement(a: &Labels, b: &Labels) -> Result<Agreement> {
    let Pairs { codes, left_out } = pairs(a, b, "agreement")?;
    let table = Contingency::new(&codes);
    let nmi = normalised(&table);
    Ok(Agreement {
        ari: table.adjusted_rand(),
        nmi,
        ami: table.adjusted_mutual_information(),
        homogeneity: explained(&table, table.entropies().0),
        completeness: explained(&table, table.entropies().1),
        v_measure: nmi,
        fowlkes_mallows: table.fowlkes_mallows(),
        rand: table.rand(),
        groups: table.groups(),
        cells: codes.len(),
        left_out,
    })
}

/// The adjusted Rand index; see [`Agreement::ari`].
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn ari(a: &Labels, b: &Labels) -> Result<f64> {
    let table = Contingency::new(&pairs(a, b, "ari")?.codes);
    Ok(table.adjusted_rand())
}

/// The Rand index; see [`Agreement::rand`].
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn rand(a: &Labels, b: &Labels) -> Result<f64> {
    let table = Contingency::new(&pairs(a, b, "rand")?.codes);
    Ok(table.rand())
}

/// Normalised mutual information; see [`Agreement::nmi`].
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn nmi(a: &Labels, b: &Labels) -> Result<f64> {
    let table = Contingency::new(&pairs(a, b, "nmi")?.codes);
    Ok(normalised(&table))
}

/// Adjusted mutual information; see [`Agreement::ami`]. Time grows with the number of pairs of groups of different sizes.
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn ami(a: &Labels, b: &Labels) -> Result<f64> {
    let table = Contingency::new(&pairs(a, b, "ami")?.codes);
    Ok(table.adjusted_mutual_information())
}

/// Homogeneity; see [`Agreement::homogeneity`].
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn homogeneity(a: &Labels, b: &Labels) -> Result<f64> {
    let table = Contingency::new(&pairs(a, b, "homogeneity")?.codes);
    Ok(explained(&table, table.entropies().0))
}

/// Completeness; see [`Agreement::completeness`].
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn completeness(a: &Labels, b: &Labels) -> Result<f64> {
    let table = Contingency::new(&pairs(a, b, "completeness")?.codes);
    Ok(explained(&table, table.entropies().1))
}

/// The V-measure: harmonic mean of homogeneity and completeness, which is [`nmi`] under another name.
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn v_measure(a: &Labels, b: &Labels) -> Result<f64> {
    let table = Contingency::new(&pairs(a, b, "v_measure")?.codes);
    Ok(normalised(&table))
}

/// The Fowlkes-Mallows index; see [`Agreement::fowlkes_mallows`].
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn fowlkes_mallows(a: &Labels, b: &Labels) -> Result<f64> {
    let table = Contingency::new(&pairs(a, b, "fowlkes_mallows")?.codes);
    Ok(table.fowlkes_mallows())
}

/// Mutual information over the mean entropy; 1 where neither grouping splits the cells.
fn normalised(table: &Contingency) -> f64 {
    if table.is_trivial() {
        return 1.0;
    }
    let (a, b) = table.entropies();
    match table.mutual_information() {
        0.0 => 0.0,
        mutual => mutual / (0.5 * (a + b)),
    }
}

/// The share of an entropy that the other grouping explains; 1 where there is nothing to explain.
fn explained(table: &Contingency, entropy: f64) -> f64 {
    if entropy == 0.0 { 1.0 } else { table.mutual_information() / entropy }
}

impl Agreement {
    /// The scores by the names of their fields, in the order in which they are printed.
    pub fn scores(&self) -> [(&'static str, f64); 8] {
        [
            ("ari", self.ari),
            ("ami", self.ami),
            ("nmi", self.nmi),
            ("homogeneity", self.homogeneity),
            ("completeness", self.completeness),
            ("v_measure", self.v_measure),
            ("fowlkes_mallows", self.fowlkes_mallows),
            ("rand", self.rand),
        ]
    }
}

impl std::fmt::Display for Agreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "agreement of {} and {} groups ({} cells", self.groups.0, self.groups.1, self.cells)?;
        if self.left_out > 0 {
            write!(f, ", {} without a label left out", self.left_out)?;
        }
        f.write_str(")")?;
        let names = [
            "adjusted Rand index",
            "adjusted mutual information",
            "normalised mutual information",
            "homogeneity",
            "completeness",
            "V-measure",
            "Fowlkes-Mallows index",
            "Rand index",
        ];
        names.iter().zip(self.scores()).try_for_each(|(name, (_, score))| write!(f, "\n{name:<29} {score:>6.3}"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand::Rng;
    use serde::Deserialize;

    use super::*;
    use crate::run::seed;

    #[derive(Deserialize, serde::Serialize)]
    struct Reference {
        table: Vec<Vec<usize>>,
        ari: f64,
        nmi: f64,
        ami: f64,
        homogeneity: f64,
        completeness: f64,
        v_measure: f64,
        fowlkes_mallows: f64,
        rand: f64,
    }

    #[test]
    fn scores_are_scikit_learns() {
        // scikit-learn 1.9.1: see tests/fixtures/stats.
        let references: Vec<Reference> =
            serde_json::from_str(include_str!("../../tests/fixtures/stats/agreement.json")).unwrap();
        assert_eq!(references.len(), 10);
        for reference in references {
            let mut pairs = Vec::new();
            for (i, row) in reference.table.iter().enumerate() {
                for (j, &count) in row.iter().enumerate() {
                    pairs.extend(std::iter::repeat_n((i, j), count));
                }
            }
            let (a, b): (Vec<usize>, Vec<usize>) = pairs.into_iter().unzip();
            let (a, b) = (Labels::from_clusters(&a), Labels::from_clusters(&b));
            let found = agreement(&a, &b).unwrap();
            for (name, found, expected, tolerance) in [
                ("ari", found.ari, reference.ari, 1e-14),
                ("nmi", found.nmi, reference.nmi, 1e-13),
                ("ami", found.ami, reference.ami, 1e-11),
                ("homogeneity", found.homogeneity, reference.homogeneity, 1e-13),
                ("completeness", found.completeness, reference.completeness, 1e-13),
                ("v_measure", v_measure(&a, &b).unwrap(), reference.v_measure, 1e-13),
                ("fowlkes_mallows", found.fowlkes_mallows, reference.fowlkes_mallows, 1e-13),
                ("rand", found.rand, reference.rand, 1e-14),
            ] {
                assert!(
                    (found - expected).abs() < tolerance,
                    "{name} {found}, expected {expected}: {:?}",
                    reference.table
                );
            }
            let alone = [ari, ami, nmi, homogeneity, completeness, v_measure, fowlkes_mallows, rand];
            for (alone, (name, together)) in alone.iter().zip(found.scores()) {
                assert_eq!(alone(&a, &b).unwrap(), together, "{name}");
            }
        }
    }

    #[test]
    fn scores_are_symmetric_and_do_not_depend_on_names_or_order() {
        let mut rng = seed::stream(5, "test", 0);
        for _ in 0..50 {
            let n = rng.gen_range(2..60);
            let a: Vec<usize> = (0..n).map(|_| rng.gen_range(0..5)).collect();
            let b: Vec<usize> = a.iter().map(|&c| if rng.gen_bool(0.6) { c } else { rng.gen_range(0..4) }).collect();
            let score =
                |a: &[usize], b: &[usize]| agreement(&Labels::from_clusters(a), &Labels::from_clusters(b)).unwrap();
            let there = score(&a, &b);
            let back = score(&b, &a);
            let renamed: Vec<usize> = b.iter().map(|&c| [3, 9, 0, 4, 7][c]).collect();
            let turned =
                score(&a.iter().rev().copied().collect::<Vec<_>>(), &renamed.iter().rev().copied().collect::<Vec<_>>());
            for other in [back, turned] {
                assert!((there.ari - other.ari).abs() < 1e-12);
                assert!((there.ami - other.ami).abs() < 1e-10);
                assert!((there.nmi - other.nmi).abs() < 1e-12);
            }
            assert!((there.homogeneity - back.completeness).abs() < 1e-12);
            assert!(there.ari <= 1.0 && there.ari >= -0.5 - 1e-12);
            assert!((score(&a, &a).ari - 1.0).abs() < 1e-12 && (score(&a, &a).ami - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn cells_without_a_label_are_left_out_and_counted() {
        let a = Labels::new([Some("x"), None, Some("y"), Some("y"), Some("x")]);
        let b = Labels::new([Some("0"), Some("0"), Some("1"), Some("1"), None]);
        let found = agreement(&a, &b).unwrap();
        assert_eq!((found.ari, found.cells, found.left_out), (1.0, 3, 2));
        let shown = found.to_string();
        assert!(shown.starts_with("agreement of 2 and 2 groups (3 cells, 2 without a label left out)\n"), "{shown}");
        assert_eq!(shown.lines().nth(1), Some("adjusted Rand index            1.000"));
        assert!(ari(&a, &Labels::from_clusters(&[1])).unwrap_err().message.contains("5 labels on one side, 1"));
        assert!(ari(&a, &Labels::new([None::<&str>; 5])).unwrap_err().message.contains("none of the 5 cells"));
    }
}
