//! Several embeddings on the same cells and folds: each one's score, and every pair's difference with p-values that allow
//! for the number of pairs (Holm 1979).

use std::fmt;

use super::compare::{CompareOptions, Comparison};
use super::cross_validate::{CrossValidateOptions, cross_validate_on, require_classes};
use super::folds::{Folds, Way};
use super::interval::Interval;
use super::matching::places;
use super::score::Score;
use super::scores::Scores;
use crate::data::table::Column;
use crate::data::{Labels, Matrix, Origin, Outcome, Table};
use crate::error::{Error, Result};
use crate::progress;

/// Several embeddings, judged on the same cells and folds.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparisons {
    /// The score that is compared.
    pub score: Score,
    /// Each embedding's name and scores, the best first.
    pub scores: Vec<(String, Scores)>,
    /// Every pair, in the same order.
    pub pairs: Vec<Comparison>,
    /// The p of each pair's sign flips, multiplied as Holm's method asks.
    pub p_holm: Vec<f64>,
    origin: Origin,
}

/// Judges embeddings of the same cells, whose rows are matched by id; `labels` are in the order of the first.
///
/// # Errors
/// As [`compare()`](super::compare()), and when there are fewer than two.
pub fn compare_many(
    embeddings: &[(String, Matrix)],
    labels: &Labels,
    how: &CrossValidateOptions,
    options: &CompareOptions,
    seed: u64,
) -> Result<Comparisons> {
    let first = first(embeddings)?;
    labels.require_len(first.rows(), "compare_many")?;
    require_classes(labels, "compare_many")?;
    let folds = Folds::new(labels, Some(first.ids()), &how.folds, seed)?;
    compare_many_on(embeddings, labels, &folds, how, options, seed)
}

/// As [`compare_many()`], on folds that were made before.
///
/// # Errors
/// As [`compare_many()`], and when the folds are of other cells.
pub fn compare_many_on(
    embeddings: &[(String, Matrix)],
    labels: &Labels,
    folds: &Folds,
    how: &CrossValidateOptions,
    options: &CompareOptions,
    seed: u64,
) -> Result<Comparisons> {
    let first = first(embeddings)?;
    let meter = progress::begin("comparing embeddings", embeddings.len() as u64);
    let mut scores = Vec::with_capacity(embeddings.len());
    let mut digests = Vec::with_capacity(embeddings.len());
    for (at, (name, z)) in embeddings.iter().enumerate() {
        let z = z.select(&places(z.ids(), first.ids(), &format!("`{name}`"), &format!("`{}`", embeddings[0].0))?);
        let of_one = cross_validate_on(&z, labels, folds, how, seed)?;
        digests.push(format!("{name} {}", of_one.origin().data));
        scores.push((name.clone(), of_one));
        meter.set(at as u64 + 1, name);
    }
    let mut origin = Origin::new("evaluate::compare_many", first, how, Some(seed));
    origin.data = digests.join(", ");
    let score = how.judging.score;
    let value = |scores: &Scores| score.sign() * scores.summary(score).map_or(f64::NEG_INFINITY, |s| s.mean);
    scores.sort_by(|a, b| value(&b.1).total_cmp(&value(&a.1)));
    let each_cell = folds.way() == Way::LeaveOneOut;
    let mut pairs = Vec::new();
    for (at, (name, one)) in scores.iter().enumerate() {
        for (other_name, other) in &scores[at + 1..] {
            let names = [name.clone(), other_name.clone()];
            let both = [one.clone(), other.clone()];
            pairs.push(Comparison::of(names, both, each_cell, how, options, origin.clone(), seed)?);
        }
    }
    let p_holm = holm(&pairs.iter().map(|p| p.p_flips).collect::<Vec<_>>());
    Ok(Comparisons { score, scores, pairs, p_holm, origin })
}

fn first(embeddings: &[(String, Matrix)]) -> Result<&Matrix> {
    match embeddings {
        [(_, first), _, ..] => Ok(first),
        _ => Err(Error::value(format!("compare_many: {} embeddings, expected 2 or more", embeddings.len()))
            .help("give a map of names and matrices: `#{ ours: z, sizes: cells.metrics() }`")),
    }
}

/// p-values that hold for all at once: the smallest times the number of tests, the next times one less, and so on, none
/// smaller than the one before.
fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut least: f64 = 0.0;
    for (rank, &test) in order.iter().enumerate() {
        least = least.max((p.len() - rank) as f64 * p[test]).min(1.0);
        adjusted[test] = least;
    }
    adjusted
}

impl Comparisons {
    /// A row for each embedding, the best first: the score's `mean` over folds and its `sd`, the `pooled` score with its
    /// interval over cells (`low`, `high`), and over folds (`folds_low`, `folds_high`).
    ///
    /// # Errors
    /// When two embeddings have one name.
    pub fn scores_table(&self) -> Result<Table> {
        let number = |of: &dyn Fn(&super::Summary) -> Option<f64>| -> Vec<f64> {
            self.scores.iter().map(|(_, s)| s.summary(self.score).and_then(of).unwrap_or(f64::NAN)).collect()
        };
        let columns = vec![
            Column::numbers("mean", number(&|s| Some(s.mean))),
            Column::numbers("sd", number(&|s| s.sd)),
            Column::numbers("pooled", number(&|s| Some(s.pooled))),
            Column::numbers("low", number(&|s| s.interval.map(|i| i.low))),
            Column::numbers("high", number(&|s| s.interval.map(|i| i.high))),
            Column::numbers("folds_low", number(&|s| s.over_folds.map(|i| i.low))),
            Column::numbers("folds_high", number(&|s| s.over_folds.map(|i| i.high))),
        ];
        Table::new(self.scores.iter().map(|(name, _)| name.clone()).collect(), columns)
    }
}

impl Outcome for Comparisons {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        vec![("embeddings", self.scores.len() as f64), ("pairs", self.pairs.len() as f64)]
    }

    /// A row for each pair: the difference, its intervals, and the p-values, plain and for all pairs at once.
    fn table(&self) -> Result<Table> {
        let number = |of: &dyn Fn(&Comparison) -> Option<f64>| -> Vec<f64> {
            self.pairs.iter().map(|p| of(p).unwrap_or(f64::NAN)).collect()
        };
        let columns = vec![
            Column::numbers("difference", number(&|p| Some(p.difference))),
            Column::numbers("low", number(&|p| p.interval.map(|i| i.low))),
            Column::numbers("high", number(&|p| p.interval.map(|i| i.high))),
            Column::numbers("folds_low", number(&|p| p.over_folds.map(|i| i.low))),
            Column::numbers("folds_high", number(&|p| p.over_folds.map(|i| i.high))),
            Column::numbers("p_folds", number(&|p| p.p_folds)),
            Column::numbers("p_mcnemar", number(&|p| Some(p.p_mcnemar))),
            Column::numbers("p_flips", number(&|p| Some(p.p_flips))),
            Column::numbers("p_holm", self.p_holm.clone()),
        ];
        let name = |p: &Comparison| format!("{} - {}", p.names[0], p.names[1]);
        Table::new(self.pairs.iter().map(name).collect(), columns)
    }
}

impl fmt::Display for Comparisons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = self.scores.first().map_or("", |(_, s)| s.protocol.as_str());
        writeln!(f, "{} of {} embeddings ({protocol})", self.score.title(), self.scores.len())?;
        let pair_names: Vec<String> = self.pairs.iter().map(|p| format!("{} - {}", p.names[0], p.names[1])).collect();
        let names = self.scores.iter().map(|(name, _)| name).chain(&pair_names);
        let width = names.map(|n| n.chars().count()).max().unwrap_or(0).max("embedding".len());
        let range = |i: Option<Interval>| i.map_or("-".to_string(), |i| format!("{:.3} to {:.3}", i.low, i.high));
        writeln!(f, "{:<width$} {:>6} {:>6}  interval over cells", "embedding", "mean", "sd")?;
        for (name, scores) in &self.scores {
            if let Some(s) = scores.summary(self.score) {
                let sd = s.sd.map_or("-".to_string(), |sd| format!("{sd:.3}"));
                writeln!(f, "{name:<width$} {:>6.3} {sd:>6}  {}", s.mean, range(s.interval))?;
            }
        }
        write!(f, "{:<width$} {:>10}  {:<18} {:>7} {:>7}", "pair", "difference", "interval", "p", "p Holm")?;
        for ((name, pair), holm) in pair_names.iter().zip(&self.pairs).zip(&self.p_holm) {
            let interval = pair.interval.map_or("-".to_string(), |i| format!("{:+.3} to {:+.3}", i.low, i.high));
            let (difference, p) = (pair.difference, pair.p_flips);
            write!(f, "\n{name:<width$} {difference:>+10.3}  {interval:<18} {p:>7.4} {holm:>7.4}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::holm;

    #[test]
    fn holms_values_are_those_of_the_textbook() {
        // Sorted 0.005, 0.01, 0.03, 0.04: times 4, 3, 2, 1, none below the one before.
        let found = holm(&[0.01, 0.04, 0.03, 0.005]);
        let expected = [0.03, 0.06, 0.06, 0.02];
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15), "{found:?}");
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
    }
}
