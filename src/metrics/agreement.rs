//! Agreement of two groupings of the same cells, whatever the groups are called.
//!
//! All scores come from the table of how many cells fall into each pair of groups. They are symmetric in their
//! arguments, except that homogeneity and completeness swap. Logarithms are natural; the normalisation of mutual
//! information is by the arithmetic mean of the two entropies, as in scikit-learn.

use std::collections::BTreeMap;

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
    let table = Table::new(&codes);
    let (mutual, entropy_a, entropy_b) = (table.mutual_information(), entropy(&table.rows), entropy(&table.columns));
    let share = |entropy: f64| if entropy == 0.0 { 1.0 } else { mutual / entropy };
    Ok(Agreement {
        ari: table.adjusted_rand(),
        nmi: table.normalised(mutual, entropy_a, entropy_b),
        ami: table.adjusted(mutual, entropy_a, entropy_b),
        homogeneity: share(entropy_a),
        completeness: share(entropy_b),
        cells: codes.len(),
        left_out,
    })
}

/// The adjusted Rand index; see [`Agreement::ari`].
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn ari(a: &Labels, b: &Labels) -> Result<f64> {
    Ok(Table::new(&pairs(a, b, "ari")?.codes).adjusted_rand())
}

/// Normalised mutual information; see [`Agreement::nmi`].
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn nmi(a: &Labels, b: &Labels) -> Result<f64> {
    let table = Table::new(&pairs(a, b, "nmi")?.codes);
    Ok(table.normalised(table.mutual_information(), entropy(&table.rows), entropy(&table.columns)))
}

/// Adjusted mutual information; see [`Agreement::ami`]. Time grows with cells times groups.
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn ami(a: &Labels, b: &Labels) -> Result<f64> {
    let table = Table::new(&pairs(a, b, "ami")?.codes);
    Ok(table.adjusted(table.mutual_information(), entropy(&table.rows), entropy(&table.columns)))
}

/// The V-measure: harmonic mean of homogeneity and completeness, which is [`nmi`] under another name.
///
/// # Errors
/// When the lengths differ, or no cell has both labels.
pub fn v_measure(a: &Labels, b: &Labels) -> Result<f64> {
    let table = Table::new(&pairs(a, b, "v_measure")?.codes);
    Ok(table.normalised(table.mutual_information(), entropy(&table.rows), entropy(&table.columns)))
}

/// How many cells fall into each pair of groups. Groups without a cell do not appear.
struct Table {
    /// Row, column and count of the cells of the table that are not zero, in the order of rows and columns.
    counts: Vec<(usize, usize, u64)>,
    rows: Vec<u64>,
    columns: Vec<u64>,
    n: u64,
}

impl Table {
    fn new(codes: &[(usize, usize)]) -> Self {
        let mut joint = BTreeMap::<(usize, usize), u64>::new();
        let (mut rows, mut columns) = (BTreeMap::<usize, u64>::new(), BTreeMap::<usize, u64>::new());
        for &(a, b) in codes {
            *joint.entry((a, b)).or_default() += 1;
            *rows.entry(a).or_default() += 1;
            *columns.entry(b).or_default() += 1;
        }
        let number = |groups: &BTreeMap<usize, u64>| -> BTreeMap<usize, usize> {
            groups.keys().enumerate().map(|(i, &code)| (code, i)).collect()
        };
        let (row_of, column_of) = (number(&rows), number(&columns));
        Table {
            counts: joint.iter().map(|((a, b), &n)| (row_of[a], column_of[b], n)).collect(),
            rows: rows.into_values().collect(),
            columns: columns.into_values().collect(),
            n: codes.len() as u64,
        }
    }

    /// From the numbers of ordered pairs of cells that are together in both groupings, in one, in none.
    fn adjusted_rand(&self) -> f64 {
        let squares = |counts: &[u64]| counts.iter().map(|&c| u128::from(c) * u128::from(c)).sum::<u128>();
        let n = u128::from(self.n);
        let both: u128 = self.counts.iter().map(|&(_, _, c)| u128::from(c) * u128::from(c)).sum();
        let only_a = (squares(&self.rows) - both) as f64;
        let only_b = (squares(&self.columns) - both) as f64;
        let together = (both - n) as f64;
        let apart = (n * n + both - squares(&self.rows) - squares(&self.columns)) as f64;
        if only_a == 0.0 && only_b == 0.0 {
            return 1.0;
        }
        2.0 * (together * apart - only_a * only_b)
            / ((together + only_a) * (only_a + apart) + (together + only_b) * (only_b + apart))
    }

    /// Neither grouping splits the cells: they agree, though they say nothing.
    fn is_trivial(&self) -> bool {
        self.rows.len() == 1 && self.columns.len() == 1
    }

    fn mutual_information(&self) -> f64 {
        if self.rows.len() == 1 || self.columns.len() == 1 {
            return 0.0;
        }
        let n = self.n as f64;
        let term = |&(a, b, count): &(usize, usize, u64)| {
            let count = count as f64;
            let term = count / n * (count.ln() + n.ln() - (self.rows[a] as f64).ln() - (self.columns[b] as f64).ln());
            // Independent groups must give 0, not the rounding of logarithms.
            if term.abs() < f64::EPSILON { 0.0 } else { term }
        };
        self.counts.iter().map(term).sum::<f64>().max(0.0)
    }

    fn normalised(&self, mutual: f64, entropy_a: f64, entropy_b: f64) -> f64 {
        match mutual {
            _ if self.is_trivial() => 1.0,
            0.0 => 0.0,
            _ => mutual / (0.5 * (entropy_a + entropy_b)),
        }
    }

    fn adjusted(&self, mutual: f64, entropy_a: f64, entropy_b: f64) -> f64 {
        if self.is_trivial() {
            return 1.0;
        }
        if self.rows.len() == 1 || self.columns.len() == 1 {
            return 0.0;
        }
        let expected = self.expected_mutual_information();
        // Where both differences vanish (every cell a group of its own), the groupings are equal: the score is 1.
        let away_from_zero = |v: f64| if v < 0.0 { v.min(-f64::EPSILON) } else { v.max(f64::EPSILON) };
        away_from_zero(mutual - expected) / away_from_zero(0.5 * (entropy_a + entropy_b) - expected)
    }

    /// Mutual information expected when the groups keep their sizes and the cells are shuffled (Vinh, Epps & Bailey
    /// 2010, eq. 24a): a sum over the hypergeometric distribution of each pair's count.
    fn expected_mutual_information(&self) -> f64 {
        let log_factorial = log_factorials(self.n as usize);
        let fact = |i: u64| log_factorial[i as usize];
        let n = self.n;
        let ln = |v: u64| (v as f64).ln();
        let mut sum = 0.0;
        for &a in &self.rows {
            for &b in &self.columns {
                let fixed = fact(a) + fact(b) + fact(n - a) + fact(n - b) - fact(n);
                for count in (a + b).saturating_sub(n).max(1)..=a.min(b) {
                    let log_probability =
                        fixed - fact(count) - fact(a - count) - fact(b - count) - fact(n + count - a - b);
                    let information = ln(n) + ln(count) - ln(a) - ln(b);
                    sum += count as f64 / n as f64 * information * log_probability.exp();
                }
            }
        }
        sum
    }
}

/// ln(0!) to ln(n!), by compensated summation (Kahan 1965): a plain running sum loses digits that the expectation needs.
fn log_factorials(n: usize) -> Vec<f64> {
    let (mut sum, mut lost) = (0.0f64, 0.0f64);
    let mut table = Vec::with_capacity(n + 1);
    table.push(0.0);
    for i in 1..=n {
        let term = (i as f64).ln() - lost;
        let next = sum + term;
        lost = (next - sum) - term;
        sum = next;
        table.push(sum);
    }
    table
}

fn entropy(counts: &[u64]) -> f64 {
    if counts.len() == 1 {
        return 0.0;
    }
    let n = counts.iter().sum::<u64>() as f64;
    -counts.iter().map(|&c| c as f64 / n * ((c as f64).ln() - n.ln())).sum::<f64>()
}

impl std::fmt::Display for Agreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ARI {:.3}, AMI {:.3}, NMI {:.3}", self.ari, self.ami, self.nmi)?;
        write!(f, ", homogeneity {:.3}, completeness {:.3}", self.homogeneity, self.completeness)?;
        write!(f, " ({} cells", self.cells)?;
        if self.left_out > 0 {
            write!(f, ", {} without a label left out", self.left_out)?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand::Rng;
    use serde::Deserialize;

    use super::*;
    use crate::run::seed;

    #[derive(Deserialize)]
    struct Reference {
        table: Vec<Vec<usize>>,
        ari: f64,
        nmi: f64,
        ami: f64,
        homogeneity: f64,
        completeness: f64,
        v_measure: f64,
    }

    #[test]
    fn scores_are_scikit_learns() {
        // scikit-learn 1.9.1: see tests/fixtures/stats.
        let references: Vec<Reference> =
            serde_json::from_str(include_str!("../../tests/fixtures/stats/agreement.json")).unwrap();
        assert_eq!(references.len(), 9);
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
            ] {
                assert!(
                    (found - expected).abs() < tolerance,
                    "{name} {found}, expected {expected}: {:?}",
                    reference.table
                );
            }
            assert_eq!(
                (ari(&a, &b).unwrap(), nmi(&a, &b).unwrap(), ami(&a, &b).unwrap()),
                (found.ari, found.nmi, found.ami)
            );
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
        assert!(found.to_string().ends_with("(3 cells, 2 without a label left out)"));
        assert!(ari(&a, &Labels::from_clusters(&[1])).unwrap_err().message.contains("5 labels on one side, 1"));
        assert!(ari(&a, &Labels::new([None::<&str>; 5])).unwrap_err().message.contains("none of the 5 cells"));
    }
}
