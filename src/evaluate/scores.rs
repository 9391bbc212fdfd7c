//! What cross-validation found: scores with intervals, the prediction of every held-out cell, and how it all reads.

use std::sync::Arc;

use serde::Serialize;

use super::cross_validate::{CrossValidateOptions, FoldOutcome};
use super::folds::{Folds, Way};
use super::interval::{Bootstrap, Interval, Method, Unit, mean_and_sd, over_folds};
use super::score::{Prediction, Score, Tally};
use crate::data::table::Column;
use crate::data::{Labels, Matrix, Origin, Outcome, Table};
use crate::error::Result;
use crate::metrics::Confusion;

/// The scores of a cross-validation.
///
/// Printed, they read `accuracy 0.853 ± 0.041, balanced 0.812 (5 folds, 102 cells, 5-NN; majority class 0.50)`, a table
/// with a line per score and one with a line per class.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Mean of the folds' accuracies; where each cell is held out in turn, the share of all cells that is right.
    pub accuracy: f64,
    /// Standard deviation of the folds' accuracies (divisor: folds less one); `None` where each cell is a fold, and for
    /// a single fold.
    pub accuracy_sd: Option<f64>,
    /// Mean of the folds' balanced accuracies (mean recall of the classes in a fold); where each cell is held out in
    /// turn, that of all cells together.
    pub balanced_accuracy: f64,
    /// Standard deviation of the folds' balanced accuracies; as for the accuracy.
    pub balanced_sd: Option<f64>,
    /// Accuracy of each fold, one split after the other.
    pub fold_accuracy: Vec<f64>,
    /// Balanced accuracy of each fold.
    pub fold_balanced: Vec<f64>,
    /// Every score with its spread and intervals, in the order of [`Score::ALL`]; scores that nothing defines (the log
    /// loss of a classifier without probabilities) are missing.
    pub summaries: Vec<Summary>,
    /// What is said of each fold, one split after the other.
    pub folds: Vec<FoldScores>,
    /// All held-out predictions against the truth; every split counts, so with repeats each cell is counted as often.
    pub confusion: Confusion,
    /// The held-out prediction of each cell, none for cells left out; with repeats, the most frequent one.
    pub predictions: Labels,
    /// Probability of each class for each held-out cell, the mean over repeats; none for classifiers without.
    pub probabilities: Option<Matrix>,
    /// Share of the largest class among the held-out cells: the accuracy of always guessing it.
    pub chance: f64,
    /// Number of cells that were held out.
    pub cells: usize,
    /// Number of cells without a label, or left out for their class or group.
    pub left_out: usize,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// What was done, in words.
    pub protocol: String,
    /// The true classes of the held-out cells, and what was said of each in turn.
    pub(super) held: Vec<Held>,
    ids: Arc<[String]>,
    origin: Origin,
}

/// One score of all that was predicted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Which.
    pub score: Score,
    /// Mean over folds; where each cell is held out in turn, the pooled value.
    pub mean: f64,
    /// Standard deviation over folds (divisor: folds less one).
    pub sd: Option<f64>,
    /// The score of all held-out predictions together.
    pub pooled: f64,
    /// Where the pooled score may lie: BCa bootstrap over cells (Efron 1987). It tells the chance of which cells were
    /// sampled, not that of what was learnt from.
    pub interval: Option<Interval>,
    /// Where the mean may lie: Student's t over folds, corrected for the cells that folds share (Nadeau & Bengio 2003).
    pub over_folds: Option<Interval>,
}

/// What is said of one fold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FoldScores {
    /// The split, from 0, and the fold's name in it.
    pub split: usize,
    /// Its number, or its group.
    pub name: String,
    /// Number of cells held out.
    pub cells: usize,
    /// Number of cells learnt from.
    pub learnt: usize,
    /// Its scores, in the order of [`Score::ALL`].
    pub scores: Vec<Option<f64>>,
    /// What predicted: of several candidates, the one that was chosen.
    pub chosen: String,
}

/// A held-out cell and its predictions, one of each split.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Held {
    pub(super) cell: usize,
    pub(super) predictions: Vec<Prediction>,
}

impl Held {
    /// The most frequent prediction; of equally frequent ones the first class.
    pub(super) fn predicted(&self, classes: usize) -> usize {
        let mut votes = vec![0usize; classes];
        self.predictions.iter().for_each(|p| votes[p.predicted] += 1);
        (1..classes).fold(0, |best, class| if votes[class] > votes[best] { class } else { best })
    }

    pub(super) fn unit(&self) -> Unit {
        self.predictions.iter().map(|&p| (0, p)).collect()
    }
}

impl Scores {
    pub(super) fn new(
        z: &Matrix,
        labels: &Labels,
        folds: &Folds,
        outcomes: Vec<FoldOutcome>,
        options: &CrossValidateOptions,
        seed: u64,
    ) -> Result<Self> {
        let names: Arc<[String]> = labels.classes().into();
        let k = names.len();
        let judging = &options.judging;
        let held = held(labels.len(), &outcomes);
        let units: Vec<Unit> = held.iter().map(Held::unit).collect();
        let each_cell = folds.way() == Way::LeaveOneOut;
        let by_fold = by_fold(folds, &outcomes, k, options);

        let bootstrap =
            Bootstrap { resamples: judging.resamples, confidence: judging.confidence, method: Method::Bca, seed };
        bootstrap.check()?;
        let spreads = bootstrap.run(&units, 1, k, |t| Score::ALL.map(|score| t[0].score(score)).to_vec())?;
        let ratio = held_over_learnt(&by_fold);
        let mut all = Tally::new(k);
        units.iter().flatten().for_each(|(_, p)| all.add(p, 1.0));
        let summary = |(at, spread): (usize, &Option<super::interval::Spread>)| {
            let score = Score::ALL[at];
            let pooled = all.score(score)?;
            let values: Vec<f64> = by_fold.iter().filter_map(|f| f.scores[at]).collect();
            let (mean, sd) = if each_cell || values.is_empty() { (pooled, f64::NAN) } else { mean_and_sd(&values) };
            let over_folds = over_folds(&values, ratio, judging.confidence).filter(|_| !each_cell);
            Some(Summary {
                score,
                mean,
                sd: Some(sd).filter(|sd| sd.is_finite()),
                pooled,
                interval: spread.map(|s| s.interval),
                over_folds: over_folds.map(|o| o.interval),
            })
        };
        let summaries: Vec<Summary> = spreads.iter().enumerate().filter_map(summary).collect();

        let mut confusion = Confusion::empty(names.clone());
        held.iter().flat_map(|h| &h.predictions).for_each(|p| confusion.add(p.truth, p.predicted));
        let mut predictions = vec![None; labels.len()];
        held.iter().for_each(|h| predictions[h.cell] = Some(&names[h.predicted(k)]));
        let mut truths = vec![0usize; k];
        held.iter().for_each(|h| truths[h.predictions[0].truth] += 1);
        let of = |score: Score| summaries.iter().find(|s| s.score == score);
        let value = |score| of(score).map_or(f64::NAN, |s| s.mean);
        let fold_values = |at: usize| by_fold.iter().map(|f| f.scores[at].unwrap_or(f64::NAN)).collect();
        let without = labels.codes().iter().filter(|c| c.is_none()).count();
        let used = |cell: usize| folds.splits().iter().any(|s| s.roles[cell] != super::folds::Role::Unused);
        let left_out = (0..labels.len()).filter(|&cell| !used(cell)).count();
        Ok(Scores {
            accuracy: value(Score::Accuracy),
            accuracy_sd: of(Score::Accuracy).and_then(|s| s.sd),
            balanced_accuracy: value(Score::BalancedAccuracy),
            balanced_sd: of(Score::BalancedAccuracy).and_then(|s| s.sd),
            fold_accuracy: fold_values(0),
            fold_balanced: fold_values(1),
            probabilities: probabilities(z, &names, &held, &outcomes)?,
            chance: truths.into_iter().max().unwrap_or(0) as f64 / held.len().max(1) as f64,
            cells: held.len(),
            left_out,
            confidence: judging.confidence,
            protocol: protocol(folds, without, left_out, options),
            summaries,
            folds: by_fold,
            confusion,
            predictions: Labels::new(predictions),
            held,
            ids: z.ids().clone(),
            origin: Origin::new("evaluate::cross_validate", z, options, Some(seed)),
        })
    }

    /// One score with its spread and intervals; none where nothing defines it.
    pub fn summary(&self, score: Score) -> Option<&Summary> {
        self.summaries.iter().find(|s| s.score == score)
    }

    /// A row for each class: `cells`, `recall`, `precision`, `f1`, of all held-out predictions together.
    ///
    /// # Errors
    /// When rows cannot be named.
    pub fn per_class(&self) -> Result<Table> {
        let classes = self.confusion.per_class();
        let number = |of: &dyn Fn(&crate::metrics::ClassScore) -> Option<f64>| -> Vec<f64> {
            classes.iter().map(|s| of(s).unwrap_or(f64::NAN)).collect()
        };
        Table::new(
            classes.iter().map(|s| s.class.clone()).collect(),
            vec![
                Column::numbers("cells", number(&|s| Some(s.cells as f64))),
                Column::numbers("recall", number(&|s| s.recall)),
                Column::numbers("precision", number(&|s| s.precision)),
                Column::numbers("f1", number(&|s| s.f1)),
            ],
        )
    }

    /// A row for each fold: `cells` held out, `learnt` from, every score, and what was `chosen` to predict.
    ///
    /// # Errors
    /// When rows cannot be named.
    pub fn per_fold(&self) -> Result<Table> {
        let repeated = self.folds.iter().any(|f| f.split > 0);
        let name = |f: &FoldScores| if repeated { format!("{}.{}", f.split + 1, f.name) } else { f.name.clone() };
        let number = |of: &dyn Fn(&FoldScores) -> f64| -> Vec<f64> { self.folds.iter().map(of).collect() };
        let mut columns = vec![
            Column::numbers("cells", number(&|f| f.cells as f64)),
            Column::numbers("learnt", number(&|f| f.learnt as f64)),
        ];
        for (at, score) in Score::ALL.iter().enumerate() {
            columns.push(Column::numbers(score.name(), number(&|f| f.scores[at].unwrap_or(f64::NAN))));
        }
        columns.push(Column::texts("chosen", self.folds.iter().map(|f| Some(&f.chosen))));
        Table::new(self.folds.iter().map(name).collect(), columns)
    }
}

/// The held-out cells in order, each with what was said of it.
fn held(cells: usize, outcomes: &[FoldOutcome]) -> Vec<Held> {
    let mut by_cell: Vec<Vec<Prediction>> = vec![Vec::new(); cells];
    for outcome in outcomes {
        outcome.cells.iter().zip(&outcome.predictions).for_each(|(&cell, &p)| by_cell[cell].push(p));
    }
    let held = by_cell.into_iter().enumerate().filter(|(_, predictions)| !predictions.is_empty());
    held.map(|(cell, predictions)| Held { cell, predictions }).collect()
}

fn by_fold(folds: &Folds, outcomes: &[FoldOutcome], classes: usize, options: &CrossValidateOptions) -> Vec<FoldScores> {
    let one = |outcome: &FoldOutcome| {
        let mut tally = Tally::new(classes);
        outcome.predictions.iter().for_each(|p| tally.add(p, 1.0));
        FoldScores {
            split: outcome.split,
            name: folds.splits()[outcome.split].names[outcome.fold].clone(),
            cells: outcome.cells.len(),
            learnt: outcome.learnt,
            scores: Score::ALL.iter().map(|&score| tally.score(score)).collect(),
            chosen: options.candidates.0[outcome.chosen].to_string(),
        }
    };
    outcomes.iter().map(one).collect()
}

/// Cells held out over cells learnt from, on average over folds.
pub(super) fn held_over_learnt(folds: &[FoldScores]) -> f64 {
    let sum = |of: &dyn Fn(&FoldScores) -> usize| folds.iter().map(of).sum::<usize>() as f64;
    sum(&|f| f.cells) / sum(&|f| f.learnt)
}

fn probabilities(z: &Matrix, names: &Arc<[String]>, held: &[Held], outcomes: &[FoldOutcome]) -> Result<Option<Matrix>> {
    let k = names.len();
    let mut row_of = vec![usize::MAX; z.rows()];
    held.iter().enumerate().for_each(|(row, h)| row_of[h.cell] = row);
    let mut mean = vec![0.0; held.len() * k];
    for outcome in outcomes {
        // A choice among candidates may have fallen on one without probabilities.
        let Some(probabilities) = &outcome.probabilities else { return Ok(None) };
        for (&cell, of_cell) in outcome.cells.iter().zip(probabilities.chunks_exact(k)) {
            let row = row_of[cell];
            let share = 1.0 / held[row].predictions.len() as f64;
            mean[row * k..(row + 1) * k].iter_mut().zip(of_cell).for_each(|(m, p)| *m += share * p);
        }
    }
    let ids = held.iter().map(|h| z.ids()[h.cell].clone()).collect();
    Matrix::new(ids, names.clone(), mean).map(Some)
}

fn protocol(folds: &Folds, without: usize, left_out: usize, options: &CrossValidateOptions) -> String {
    let mut text = folds.words();
    if without > 0 {
        text += &format!(", {without} without a label left out");
    }
    if left_out > without {
        text += &format!(", {} others left out", left_out - without);
    }
    match options.candidates.0.as_slice() {
        [one] => format!("{text}, {one}"),
        several => format!("{text}, best of {} on {} inner folds", several.len(), options.judging.inner_folds),
    }
}

impl Outcome for Scores {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        let mut numbers: Vec<(&'static str, f64)> = self.summaries.iter().map(|s| (s.score.name(), s.mean)).collect();
        numbers.extend([("chance", self.chance), ("cells", self.cells as f64), ("left_out", self.left_out as f64)]);
        numbers
    }

    /// A row for each held-out cell: its class, the prediction, the share of splits in which it was right, and the
    /// probability of each class.
    fn table(&self) -> Result<Table> {
        let classes = self.confusion.classes();
        let right = |h: &Held| {
            h.predictions.iter().filter(|p| p.predicted == p.truth).count() as f64 / h.predictions.len() as f64
        };
        let mut columns = vec![
            Column::texts("class", self.held.iter().map(|h| Some(&classes[h.predictions[0].truth]))),
            Column::texts("predicted", self.held.iter().map(|h| Some(&classes[h.predicted(classes.len())]))),
            Column::numbers("right", self.held.iter().map(right).collect::<Vec<f64>>()),
        ];
        if let Some(p) = &self.probabilities {
            for (at, class) in classes.iter().enumerate() {
                let column: Vec<f64> = p.iter_rows().map(|row| row[at]).collect();
                columns.push(Column::numbers(&format!("p_{class}"), column));
            }
        }
        Table::new(self.held.iter().map(|h| self.ids[h.cell].clone()).collect(), columns)
    }
}

impl std::fmt::Display for Scores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "accuracy {:.3}", self.accuracy)?;
        if let Some(sd) = self.accuracy_sd {
            write!(f, " ± {sd:.3}")?;
        }
        write!(f, ", balanced {:.3}", self.balanced_accuracy)?;
        writeln!(f, " ({}; majority class {:.2})", self.protocol, self.chance)?;
        let share = format!("{} % of cells", 100.0 * self.confidence);
        writeln!(f, "{:<17} {:>6} {:>6} {:>6}  {share:<15}  over folds", "score", "mean", "sd", "pooled")?;
        for s in &self.summaries {
            let sd = s.sd.map_or("-".to_string(), |sd| format!("{sd:.3}"));
            let range = |i: Option<Interval>| i.map_or("-".to_string(), |i| format!("{:.3} to {:.3}", i.low, i.high));
            let (cells, folds) = (range(s.interval), range(s.over_folds));
            writeln!(f, "{:<17} {:>6.3} {sd:>6} {:>6.3}  {cells:<15}  {folds}", s.score.title(), s.mean, s.pooled)?;
        }
        f.write_str(&self.confusion.table())
    }
}

/// A score of all folds: the mean of those that define it; where each cell is a fold, that of all cells together.
pub(super) fn mean_score(outcomes: &[FoldOutcome], classes: usize, each_cell: bool, score: Score) -> Option<f64> {
    if each_cell {
        return Tally::score_of(classes, outcomes.iter().flat_map(|o| &o.predictions), score);
    }
    let values: Vec<f64> = outcomes.iter().filter_map(|o| Tally::score_of(classes, &o.predictions, score)).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
