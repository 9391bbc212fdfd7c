//! What more cells would bring: the score of held-out cells by the share of the others that is learnt from.

use std::fmt;

use rand::seq::SliceRandom;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::classify::Block;
use super::cross_validate::{CrossValidateOptions, FoldOutcome, Task, require_classes};
use super::folds::{Folds, Way};
use super::interval::{Interval, over_folds};
use super::score::{Score, Tally};
use super::scores::mean_score;
use crate::data::table::Column;
use crate::data::{Labels, Matrix, Origin, Outcome, Table};
use crate::error::{Error, Result};
use crate::{interrupt, progress, run::seed as seeds};

/// Which shares are learnt from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CurveOptions {
    /// Shares of the cells outside a fold, more than 0 and at most 1.
    pub shares: Vec<f64>,
}

impl Default for CurveOptions {
    fn default() -> Self {
        CurveOptions { shares: vec![0.1, 0.2, 0.4, 0.6, 0.8, 1.0] }
    }
}

/// A point of the curve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The share that was learnt from.
    pub share: f64,
    /// Cells learnt from, the mean over folds.
    pub learnt: f64,
    /// The score, the mean over folds.
    pub mean: f64,
    /// Its standard deviation over folds.
    pub sd: Option<f64>,
    /// Where the mean may lie: corrected t over folds (Nadeau & Bengio 2003).
    pub interval: Option<Interval>,
}

/// The score by the number of cells learnt from.
#[derive(Clone, Debug, PartialEq)]
pub struct LearningCurve {
    /// The score.
    pub score: Score,
    /// The points, by share.
    pub points: Vec<CurvePoint>,
    /// What was done, in words.
    pub protocol: String,
    origin: Origin,
}

/// Scores held-out cells from parts of the others: of each class the same share, at least one cell, smaller parts within
/// larger ones.
///
/// # Errors
/// As [`cross_validate`](super::cross_validate()), and when a share makes no sense.
pub fn learning_curve(
    z: &Matrix,
    labels: &Labels,
    how: &CrossValidateOptions,
    options: &CurveOptions,
    seed: u64,
) -> Result<LearningCurve> {
    labels.require_len(z.rows(), "learning_curve")?;
    require_classes(labels, "learning_curve")?;
    let folds = Folds::new(labels, Some(z.ids()), &how.folds, seed)?;
    learning_curve_on(z, labels, &folds, how, options, seed)
}

/// As [`learning_curve()`], on folds that were made before.
///
/// # Errors
/// As [`learning_curve()`], and when the folds are of other cells.
pub fn learning_curve_on(
    z: &Matrix,
    labels: &Labels,
    folds: &Folds,
    how: &CrossValidateOptions,
    options: &CurveOptions,
    seed: u64,
) -> Result<LearningCurve> {
    labels.require_len(z.rows(), "learning_curve")?;
    require_classes(labels, "learning_curve")?;
    let mut shares = options.shares.clone();
    shares.sort_by(f64::total_cmp);
    shares.dedup();
    if shares.is_empty() {
        return Err(Error::value("learning_curve: no shares").help("give some, such as `shares: [0.25, 0.5, 1.0]`"));
    }
    if let Some(share) = shares.iter().find(|s| !(**s > 0.0 && **s <= 1.0)) {
        return Err(Error::value(format!("learning_curve: share `{share}`, expected more than 0 and at most 1")));
    }
    let folds = folds.for_rows(z.ids())?;
    let x = Block::of(z, "learning_curve")?;
    let task = Task::new(&x, labels, &folds, how, seed)?;
    let places: Vec<(usize, usize)> = (folds.splits().iter().enumerate())
        .flat_map(|(split, s)| (0..s.names.len()).map(move |fold| (split, fold)))
        .collect();
    let meter = progress::begin("learning from parts", (shares.len() * places.len()) as u64);
    let done = std::sync::atomic::AtomicU64::new(0);
    let mut points = Vec::with_capacity(shares.len());
    for &share in &shares {
        let outcome = |&(split, fold): &(usize, usize)| -> Result<FoldOutcome> {
            interrupt::check()?;
            let (training, held_out) = task.cells(split, fold)?;
            let place = (split * 1_000_003 + fold) as u64;
            let part = part(&training, labels, share, seed, place);
            let outcome = task.judge(split, fold, &part, held_out, seeds::derive(seed, "inner folds", place));
            meter.set(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1, "");
            outcome
        };
        let outcomes: Vec<FoldOutcome> = places.par_iter().map(outcome).collect::<Result<_>>()?;
        points.push(point(share, &outcomes, labels.classes().len(), folds.way() == Way::LeaveOneOut, how)?);
    }
    let mut origin = Origin::new("evaluate::learning_curve", z, how, Some(seed));
    origin.options["shares"] = shares.into();
    let protocol = match how.candidates.0.as_slice() {
        [one] => format!("{}, {one}", folds.words()),
        several => format!("{}, best of {}", folds.words(), several.len()),
    };
    Ok(LearningCurve { score: how.judging.score, points, protocol, origin })
}

/// The share of each class, at least one cell of it; the same order of cells for every share.
fn part(training: &[usize], labels: &Labels, share: f64, seed: u64, place: u64) -> Vec<usize> {
    let mut order = training.to_vec();
    order.shuffle(&mut seeds::stream(seed, "learning curve", place));
    let mut by_class = vec![Vec::new(); labels.classes().len()];
    for cell in order {
        if let Some(class) = labels.codes()[cell] {
            by_class[class as usize].push(cell);
        }
    }
    let kept = |cells: &Vec<usize>| (share * cells.len() as f64).round().max(1.0) as usize;
    let mut part: Vec<usize> = by_class.iter().flat_map(|cells| cells.iter().copied().take(kept(cells))).collect();
    part.sort_unstable();
    part
}

fn point(
    share: f64,
    outcomes: &[FoldOutcome],
    classes: usize,
    each_cell: bool,
    how: &CrossValidateOptions,
) -> Result<CurvePoint> {
    let score = how.judging.score;
    let value = |o: &FoldOutcome| Tally::score_of(classes, &o.predictions, score);
    let values: Vec<f64> = outcomes.iter().filter_map(value).collect();
    let learnt = outcomes.iter().map(|o| o.learnt).sum::<usize>() as f64;
    let ratio = outcomes.iter().map(|o| o.cells.len()).sum::<usize>() as f64 / learnt;
    let spread = over_folds(&values, ratio, how.judging.confidence).filter(|_| !each_cell);
    let mean = mean_score(outcomes, classes, each_cell, score).ok_or_else(|| {
        Error::value(format!("learning_curve: nothing defines the {} here", score.title())).help("take another `score`")
    })?;
    Ok(CurvePoint {
        share,
        learnt: learnt / outcomes.len() as f64,
        mean,
        sd: spread.map(|s| s.sd),
        interval: spread.map(|s| s.interval),
    })
}

impl Outcome for LearningCurve {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        self.points.last().map(|p| ("last", p.mean)).into_iter().collect()
    }

    /// A row for each share: `share`, `learnt` (cells), `mean`, `sd`, `low`, `high`.
    fn table(&self) -> Result<Table> {
        let number = |of: &dyn Fn(&CurvePoint) -> Option<f64>| -> Vec<f64> {
            self.points.iter().map(|p| of(p).unwrap_or(f64::NAN)).collect()
        };
        let columns = vec![
            Column::numbers("share", number(&|p| Some(p.share))),
            Column::numbers("learnt", number(&|p| Some(p.learnt))),
            Column::numbers("mean", number(&|p| Some(p.mean))),
            Column::numbers("sd", number(&|p| p.sd)),
            Column::numbers("low", number(&|p| p.interval.map(|i| i.low))),
            Column::numbers("high", number(&|p| p.interval.map(|i| i.high))),
        ];
        Table::new((1..=self.points.len()).map(|n| n.to_string()).collect(), columns)
    }
}

impl fmt::Display for LearningCurve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} by cells learnt from ({})", self.score.title(), self.protocol)?;
        write!(f, "{:>6} {:>7} {:>6} {:>6}  interval over folds", "share", "learnt", "mean", "sd")?;
        for p in &self.points {
            let sd = p.sd.map_or("-".to_string(), |sd| format!("{sd:.3}"));
            let range = p.interval.map_or("-".to_string(), |i| format!("{:.3} to {:.3}", i.low, i.high));
            write!(f, "\n{:>6.2} {:>7.0} {:>6.3} {sd:>6}  {range}", p.share, p.learnt, p.mean)?;
        }
        Ok(())
    }
}
