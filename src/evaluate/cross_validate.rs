//! Cross-validation: predicting each cell's class from the cells that are not in its fold.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use serde::Serialize;

use super::classify::{Block, Classifier, Judge, KnnOptions, Meaning};
use super::folds::{FoldOptions, Folds, Role, Split};
use super::score::{Prediction, Score};
use super::{Recipe, Scores, choice};
use crate::data::{Labels, Matrix};
use crate::distance::Space;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::progress;
use crate::run::seed as seeds;

/// How cells are held out, predicted and scored.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CrossValidateOptions {
    /// What predicts. Of several candidates, each fold takes the one that does best on inner folds of the cells it
    /// learns from; by default five nearest neighbours.
    pub candidates: Candidates,
    /// How cells are held out.
    pub folds: FoldOptions,
    /// How predictions are judged.
    pub judging: JudgingOptions,
}

/// The recipes that a fold may choose from; at least one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Candidates(pub Vec<Recipe>);

impl Default for Candidates {
    fn default() -> Self {
        Candidates(vec![Recipe::default()])
    }
}

impl<R: Into<Recipe>> From<R> for Candidates {
    fn from(recipe: R) -> Self {
        Candidates(vec![recipe.into()])
    }
}

/// How predictions are judged.
#[derive(Clone, Debug, PartialEq, Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JudgingOptions {
    /// The score by which candidates are chosen, and that tests and curves are about.
    pub score: Score,
    /// Folds of the cells that are learnt from, for choosing among candidates.
    pub inner_folds: usize,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// Resamples of the bootstrap over cells.
    pub resamples: usize,
}

impl Default for JudgingOptions {
    fn default() -> Self {
        JudgingOptions { score: Score::Accuracy, inner_folds: 5, confidence: 0.95, resamples: 2000 }
    }
}

/// Predicts the label of every labelled row of `z` from the rows of other folds, and scores the predictions. Rows
/// without a label are left out, as neighbours too. Whatever is measured of columns is measured outside the fold.
///
/// # Errors
/// When labels and rows differ in number, there are fewer than two classes, the folds are impossible (see
/// [`Folds::new`]), the classifier cannot learn from what is outside a fold, or a value cannot be used.
pub fn cross_validate(z: &Matrix, labels: &Labels, options: &CrossValidateOptions, seed: u64) -> Result<Scores> {
    labels.require_len(z.rows(), "cross_validate")?;
    require_classes(labels, "cross_validate")?;
    let folds = Folds::new(labels, Some(z.ids()), &options.folds, seed)?;
    cross_validate_on(z, labels, &folds, options, seed)
}

/// As [`cross_validate()`], on folds that were made before.
///
/// # Errors
/// As [`cross_validate()`], and when the folds are of other cells.
pub fn cross_validate_on(
    z: &Matrix,
    labels: &Labels,
    folds: &Folds,
    options: &CrossValidateOptions,
    seed: u64,
) -> Result<Scores> {
    labels.require_len(z.rows(), "cross_validate")?;
    require_classes(labels, "cross_validate")?;
    let folds = folds.for_rows(z.ids())?;
    let x = Block::of(z, "cross_validate")?;
    let task = Task::new(&x, labels, &folds, options, seed)?;
    let outcomes = task.run(progress::begin("cross-validating", task.folds() as u64).as_ref())?;
    Scores::new(z, labels, &folds, outcomes, options, seed)
}

/// Refuses labels of fewer than two classes.
pub(super) fn require_classes(labels: &Labels, what: &str) -> Result<()> {
    let n = labels.classes().len();
    if n >= 2 {
        return Ok(());
    }
    Err(Error::value(format!("{what}: the labels have {n} classes, expected 2 or more"))
        .help("choose the column of labels with the `label` option where the cells are read"))
}

/// What was predicted for the cells of one fold.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FoldOutcome {
    /// The split, and the fold in it.
    pub(super) split: usize,
    pub(super) fold: usize,
    /// The cells that were held out, and what was said of each.
    pub(super) cells: Vec<usize>,
    pub(super) predictions: Vec<Prediction>,
    /// The probability of each class for each of the cells, row-major; none for classifiers without.
    pub(super) probabilities: Option<Vec<f64>>,
    /// Number of cells learnt from.
    pub(super) learnt: usize,
    /// The candidate that was used.
    pub(super) chosen: usize,
}

/// Everything that decides predictions, ready to run.
pub(super) struct Task<'a> {
    x: &'a Block,
    /// The class of each cell; of cells in no role, any number.
    classes: Vec<usize>,
    names: usize,
    folds: &'a Folds,
    options: &'a CrossValidateOptions,
    seed: u64,
}

impl<'a> Task<'a> {
    pub(super) fn new(
        x: &'a Block,
        labels: &Labels,
        folds: &'a Folds,
        options: &'a CrossValidateOptions,
        seed: u64,
    ) -> Result<Self> {
        if options.candidates.0.is_empty() {
            return Err(Error::value("there is no classifier to choose").help("an empty list of values offers none"));
        }
        let unlabelled = |split: &Split| {
            (0..labels.len()).find(|&cell| labels.codes()[cell].is_none() && split.roles[cell] != Role::Unused)
        };
        if let Some(cell) = folds.splits().iter().find_map(unlabelled) {
            return Err(Error::value(format!("cell {} has a role in the folds, and no label", cell + 1))
                .help("make the folds from the labels that are to be predicted"));
        }
        let classes = labels.codes().iter().map(|code| code.map_or(0, |c| c as usize)).collect();
        Ok(Task { x, classes, names: labels.classes().len(), folds, options, seed })
    }

    /// Number of folds of all splits.
    pub(super) fn folds(&self) -> usize {
        self.folds.splits().iter().map(|split| split.names.len()).sum()
    }

    /// Predicts the cells of all folds.
    ///
    /// # Errors
    /// When a fold has nothing to learn from or hold out, what the classifiers say, and on a requested stop.
    pub(super) fn run(&self, meter: &dyn progress::Meter) -> Result<Vec<FoldOutcome>> {
        if let [Recipe { preparation, classifier: Classifier::Knn(knn) }] = self.options.candidates.0.as_slice()
            && !preparation.standardise
            && preparation.pca.is_none()
        {
            return self.neighbours_at_once(knn);
        }
        let places: Vec<(usize, usize)> = (self.folds.splits().iter().enumerate())
            .flat_map(|(split, s)| (0..s.names.len()).map(move |fold| (split, fold)))
            .collect();
        let done = AtomicU64::new(0);
        let outcome = |&(split, fold): &(usize, usize)| {
            let outcome = self.fold(split, fold);
            meter.set(done.fetch_add(1, Ordering::Relaxed) + 1, "");
            outcome
        };
        places.par_iter().map(outcome).collect()
    }

    /// Predicts the cells of one fold.
    fn fold(&self, split: usize, fold: usize) -> Result<FoldOutcome> {
        interrupt::check()?;
        let (training, held_out) = self.cells(split, fold)?;
        let seed = seeds::derive(self.seed, "inner folds", (split * 1_000_003 + fold) as u64);
        self.judge(split, fold, &training, held_out, seed)
    }

    /// The cells that a fold learns from and holds out.
    pub(super) fn cells(&self, split: usize, fold: usize) -> Result<(Vec<usize>, Vec<usize>)> {
        let s = &self.folds.splits()[split];
        let (training, held_out) = (s.training(fold), s.held_out(fold));
        for (cells, what) in [(&training, "to learn from"), (&held_out, "held out")] {
            if cells.is_empty() {
                return Err(Error::value(format!("fold `{}` has no cells {what}", s.names[fold])));
            }
        }
        Ok((training, held_out))
    }

    /// Learns from some cells and predicts others.
    pub(super) fn judge(
        &self,
        split: usize,
        fold: usize,
        training: &[usize],
        held_out: Vec<usize>,
        seed: u64,
    ) -> Result<FoldOutcome> {
        let y: Vec<usize> = training.iter().map(|&cell| self.classes[cell]).collect();
        let x = self.x.pick(training);
        let candidates = &self.options.candidates.0;
        let groups = self.options.folds.groups.as_ref().map(|g| g.select(training));
        let judging = &self.options.judging;
        let chosen = choice::choose(&x, &y, self.names, groups.as_ref(), candidates, judging, seed)?;
        let verdict = candidates[chosen].fit(&x, &y, self.names)?.judge(&self.x.pick(&held_out))?;
        let probabilities = (verdict.meaning == Meaning::Probability).then_some(verdict.scores);
        Ok(FoldOutcome {
            split,
            fold,
            predictions: self.predictions(&held_out, &verdict.predicted, probabilities.as_deref()),
            cells: held_out,
            probabilities,
            learnt: training.len(),
            chosen,
        })
    }

    fn predictions(&self, cells: &[usize], predicted: &[usize], probabilities: Option<&[f64]>) -> Vec<Prediction> {
        let loss =
            |at: usize, truth: usize| probabilities.map_or(f64::NAN, |p| Prediction::loss(p[at * self.names + truth]));
        let one = |(at, (&cell, &predicted)): (usize, (&usize, &usize))| {
            let truth = self.classes[cell];
            Prediction { truth, predicted, loss: loss(at, truth) }
        };
        cells.iter().zip(predicted).enumerate().map(one).collect()
    }

    /// Nearest neighbours among columns as they are: the fold only decides which cells may vote, so that one search
    /// serves all folds of a split.
    fn neighbours_at_once(&self, knn: &KnnOptions) -> Result<Vec<FoldOutcome>> {
        let space = Space::of_rows(self.x.values(), self.x.columns(), knn.metric, "knn")?;
        let mut outcomes = Vec::with_capacity(self.folds());
        for (split, s) in self.folds.splits().iter().enumerate() {
            let mut cells = Vec::new();
            for fold in 0..s.names.len() {
                let held: u32 = fold as u32;
                let learnt = s.roles.iter().filter(|r| !matches!(r, Role::Unused) && **r != Role::Held(held)).count();
                knn.check(learnt)?;
                cells.push((self.cells_of(s, fold)?, learnt));
            }
            let all: Vec<usize> = cells.iter().flat_map(|(cells, _)| cells).copied().collect();
            let may_vote = |query: usize, row: usize| s.roles[row] != Role::Unused && s.roles[row] != s.roles[query];
            let found = space.nearest_among(&all, knn.k, may_vote)?;
            let mut first = 0;
            for (fold, (cells, learnt)) in cells.into_iter().enumerate() {
                let mut shares = vec![0.0; cells.len() * self.names];
                for (at, row) in shares.chunks_exact_mut(self.names).enumerate() {
                    knn.vote(&found, first + at, &self.classes, row);
                }
                first += cells.len();
                let best = |row: &[f64]| (1..row.len()).fold(0, |best, c| if row[c] > row[best] { c } else { best });
                let predicted: Vec<usize> = shares.chunks_exact(self.names).map(best).collect();
                let predictions = self.predictions(&cells, &predicted, Some(&shares));
                outcomes.push(FoldOutcome {
                    split,
                    fold,
                    cells,
                    predictions,
                    probabilities: Some(shares),
                    learnt,
                    chosen: 0,
                });
            }
        }
        Ok(outcomes)
    }

    fn cells_of(&self, split: &Split, fold: usize) -> Result<Vec<usize>> {
        let held_out = split.held_out(fold);
        if held_out.is_empty() {
            return Err(Error::value(format!("fold `{}` has no cells held out", split.names[fold])));
        }
        Ok(held_out)
    }
}
