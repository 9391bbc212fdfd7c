//! Which of two embeddings tells classes better: both on the same cells and folds, their difference with an interval and
//! three tests.
//!
//! The tests answer different questions. McNemar's and the sign flips ask whether the two sets of predictions, as they
//! are, differ beyond the chance of which cells were asked. The corrected t over folds also counts the chance of which
//! cells were learnt from, as far as folds show it, and is the more careful.

use std::fmt;

use rand::Rng as _;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::cross_validate::{CrossValidateOptions, cross_validate_on, require_classes};
use super::distributions::fair_coin;
use super::folds::{Folds, Way};
use super::interval::{Bootstrap, Interval, Method, Unit, over_folds};
use super::matching::places;
use super::score::{Score, Tally};
use super::scores::{Scores, held_over_learnt};
use crate::data::table::Column;
use crate::data::{Labels, Matrix, Origin, Outcome, Table};
use crate::error::{Error, Result};
use crate::{interrupt, run::seed as seeds};

/// How differences are tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompareOptions {
    /// Number of times that predictions are swapped at random.
    pub flips: usize,
}

impl Default for CompareOptions {
    fn default() -> Self {
        CompareOptions { flips: 10_000 }
    }
}

/// Two embeddings, judged on the same cells and folds.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What they are called.
    pub names: [String; 2],
    /// The score that is compared.
    pub score: Score,
    /// The first's scores.
    pub first: Scores,
    /// The second's scores.
    pub second: Scores,
    /// The first's score less the second's: the mean over folds; where each cell is a fold, of all cells together.
    pub difference: f64,
    /// Where the mean difference may lie: Student's t over folds, corrected for the cells that they share (Nadeau &
    /// Bengio 2003).
    pub over_folds: Option<Interval>,
    /// Two-sided p of the same.
    pub p_folds: Option<f64>,
    /// Where the pooled difference may lie: BCa bootstrap over cells, drawn in pairs.
    pub interval: Option<Interval>,
    /// Two-sided p of the pooled difference: the two predictions of a cell swapped at random (Phipson & Smyth 2010).
    pub p_flips: f64,
    /// Number of cells that the first alone, and the second alone, predicts rightly.
    pub only: [usize; 2],
    /// Two-sided p of these numbers: McNemar's test, exact.
    pub p_mcnemar: f64,
    /// Confidence of the intervals.
    pub confidence: f64,
    origin: Origin,
}

/// Judges two embeddings of the same cells, whose rows are matched by id; `labels` are in the order of the first.
///
/// # Errors
/// As [`cross_validate`](super::cross_validate()); and when ids do not match, in an error that names them.
pub fn compare(
    first: &Matrix,
    second: &Matrix,
    labels: &Labels,
    how: &CrossValidateOptions,
    options: &CompareOptions,
    seed: u64,
) -> Result<Comparison> {
    labels.require_len(first.rows(), "compare")?;
    require_classes(labels, "compare")?;
    let folds = Folds::new(labels, Some(first.ids()), &how.folds, seed)?;
    compare_on(first, second, labels, &folds, how, options, seed)
}

/// As [`compare()`], on folds that were made before.
///
/// # Errors
/// As [`compare()`], and when the folds are of other cells.
pub fn compare_on(
    first: &Matrix,
    second: &Matrix,
    labels: &Labels,
    folds: &Folds,
    how: &CrossValidateOptions,
    options: &CompareOptions,
    seed: u64,
) -> Result<Comparison> {
    let second = second.select(&places(second.ids(), first.ids(), "the second", "the first")?);
    let judge = |z: &Matrix| cross_validate_on(z, labels, folds, how, seed);
    let mut origin = Origin::new("evaluate::compare", first, how, Some(seed));
    origin.data = format!("{}, {}", origin.data, Origin::new("", &second, &(), None).data);
    let names = ["first".to_string(), "second".to_string()];
    let each_cell = folds.way() == Way::LeaveOneOut;
    Comparison::of(names, [judge(first)?, judge(&second)?], each_cell, how, options, origin, seed)
}

impl Comparison {
    /// Compares scores of the same cells on the same folds.
    pub(super) fn of(
        names: [String; 2],
        [first, second]: [Scores; 2],
        each_cell: bool,
        how: &CrossValidateOptions,
        options: &CompareOptions,
        origin: Origin,
        seed: u64,
    ) -> Result<Self> {
        if options.flips == 0 {
            return Err(Error::value("compare: `0` flips, expected at least 1"));
        }
        let judging = &how.judging;
        let score = judging.score;
        let undefined = || {
            Error::value(format!("compare: nothing defines the {} of `{}` or `{}`", score.title(), names[0], names[1]))
                .help("compare another `score`")
        };
        let value = |scores: &Scores| scores.summary(score).map(|s| s.mean).ok_or_else(undefined);
        let at = Score::ALL.iter().position(|s| *s == score).unwrap_or(0);
        let pairs = first.folds.iter().zip(&second.folds);
        let by_fold: Vec<f64> = pairs.filter_map(|(a, b)| Some(a.scores[at]? - b.scores[at]?)).collect();
        let t = over_folds(&by_fold, held_over_learnt(&first.folds), judging.confidence).filter(|_| !each_cell);
        let difference = match &t {
            Some(t) => t.mean,
            None => value(&first)? - value(&second)?,
        };

        let classes = first.confusion.classes().len();
        let units = paired(&first, &second);
        let pooled = |t: &[Tally]| Some(t[0].score(score)? - t[1].score(score)?);
        let bootstrap =
            Bootstrap { resamples: judging.resamples, confidence: judging.confidence, method: Method::Bca, seed };
        let interval = bootstrap.run(&units, 2, classes, |t| vec![pooled(t)])?[0].map(|s| s.interval);
        let p_flips = flips(&units, classes, pooled, options.flips, seed)?.ok_or_else(undefined)?;

        let mut only = [0; 2];
        for (a, b) in first.held.iter().zip(&second.held) {
            let truth = a.predictions[0].truth;
            match (a.predicted(classes) == truth, b.predicted(classes) == truth) {
                (true, false) => only[0] += 1,
                (false, true) => only[1] += 1,
                _ => {}
            }
        }
        Ok(Comparison {
            names,
            score,
            difference,
            over_folds: t.map(|t| t.interval),
            p_folds: t.map(|t| t.p),
            interval,
            p_flips,
            only,
            p_mcnemar: fair_coin(only[0], only[1]),
            confidence: judging.confidence,
            first,
            second,
            origin,
        })
    }
}

/// The predictions of each cell by both, the first's for tally 0 and the second's for tally 1.
fn paired(first: &Scores, second: &Scores) -> Vec<Unit> {
    let both = first.held.iter().zip(&second.held);
    both.map(|(a, b)| {
        let of = |held: &super::scores::Held, tally: usize| -> Unit {
            held.predictions.iter().map(|&p| (tally, p)).collect()
        };
        [of(a, 0), of(b, 1)].concat()
    })
    .collect()
}

/// The share of random swaps, the real predictions counted as one, in which the difference is as large on either side.
fn flips(
    units: &[Unit],
    classes: usize,
    difference: impl Fn(&[Tally]) -> Option<f64> + Sync,
    flips: usize,
    seed: u64,
) -> Result<Option<f64>> {
    let tallied = |swapped: &mut dyn FnMut() -> bool| {
        let mut tallies = vec![Tally::new(classes); 2];
        for unit in units {
            let swap = usize::from(swapped());
            unit.iter().for_each(|(tally, p)| tallies[tally ^ swap].add(p, 1.0));
        }
        difference(&tallies)
    };
    let Some(observed) = tallied(&mut || false) else { return Ok(None) };
    // Sums in another order differ in their last digits.
    let least = observed.abs() * (1.0 - 1e-9);
    let as_large: usize = (0..flips as u64)
        .into_par_iter()
        .map(|flip| {
            interrupt::check()?;
            let mut rng = seeds::stream(seed, "flip", flip);
            Ok(usize::from(tallied(&mut || rng.r#gen()).is_some_and(|d| d.abs() >= least)))
        })
        .sum::<Result<usize>>()?;
    Ok(Some((1 + as_large) as f64 / (1 + flips) as f64))
}

impl Outcome for Comparison {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        let mut numbers = vec![
            ("difference", self.difference),
            ("p_flips", self.p_flips),
            ("p_mcnemar", self.p_mcnemar),
            ("only_first", self.only[0] as f64),
            ("only_second", self.only[1] as f64),
        ];
        numbers.extend(self.p_folds.map(|p| ("p_folds", p)));
        let ends = |names: [&'static str; 2], i: Option<Interval>| {
            i.map(|i| [(names[0], i.low), (names[1], i.high)]).into_iter().flatten()
        };
        numbers.extend(ends(["folds_low", "folds_high"], self.over_folds));
        numbers.extend(ends(["cells_low", "cells_high"], self.interval));
        numbers
    }

    /// A row for each fold: the score of both, and the difference.
    fn table(&self) -> Result<Table> {
        let at = Score::ALL.iter().position(|s| *s == self.score).unwrap_or(0);
        let of =
            |scores: &Scores| -> Vec<f64> { scores.folds.iter().map(|f| f.scores[at].unwrap_or(f64::NAN)).collect() };
        let (first, second) = (of(&self.first), of(&self.second));
        let difference: Vec<f64> = first.iter().zip(&second).map(|(a, b)| a - b).collect();
        let columns = vec![
            Column::numbers(&self.names[0], first),
            Column::numbers(&self.names[1], second),
            Column::numbers("difference", difference),
        ];
        Table::new(self.first.per_fold()?.ids().clone(), columns)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = |scores: &Scores| scores.summary(self.score).map_or(f64::NAN, |s| s.mean);
        let [first, second] = &self.names;
        write!(f, "{}: {first} {:.3}, {second} {:.3}", self.score.title(), mean(&self.first), mean(&self.second))?;
        writeln!(f, ", difference {:+.3} ({})", self.difference, self.first.protocol)?;
        let share = 100.0 * self.confidence;
        let range = |i: Option<Interval>| i.map_or("-".to_string(), |i| format!("{:+.3} to {:+.3}", i.low, i.high));
        let p = self.p_folds.map_or("-".to_string(), |p| format!("{p:.4}"));
        writeln!(f, "{:<26} {:<18} p", "", format!("{share} % interval"))?;
        writeln!(f, "{:<26} {:<18} {p}", "over folds, corrected t", range(self.over_folds))?;
        writeln!(f, "{:<26} {:<18} {:.4}", "over cells, sign flips", range(self.interval), self.p_flips)?;
        let only = format!("{} against {} cells", self.only[0], self.only[1]);
        write!(f, "{:<26} {only:<18} {:.4}", "McNemar, exact", self.p_mcnemar)
    }
}
