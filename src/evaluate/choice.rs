//! Choosing among candidates on inner folds of the cells that are learnt from. The cells of the outer fold have no say,
//! so that the outer score is that of the whole procedure, choice included (Varma & Simon 2006).

use super::Recipe;
use super::classify::{Block, Judge, Meaning};
use super::cross_validate::JudgingOptions;
use super::folds::{grouped, stratified};
use super::score::{Prediction, Score, Tally};
use crate::data::Labels;
use crate::error::{Error, Result};
use crate::interrupt;

/// The candidate with the best mean score over inner folds; of equal ones the first. The folds are stratified, or where
/// groups are given, of whole groups.
pub(super) fn choose(
    x: &Block,
    y: &[usize],
    classes: usize,
    groups: Option<&Labels>,
    candidates: &[Recipe],
    judging: &JudgingOptions,
    seed: u64,
) -> Result<usize> {
    if candidates.len() < 2 {
        return Ok(0);
    }
    let fold_of = inner_folds(y, classes, groups, judging.inner_folds, seed)?;
    let folds = fold_of.iter().max().map_or(0, |last| last + 1);
    let mut sums = vec![0.0; candidates.len()];
    for fold in 0..folds {
        let (held_out, training): (Vec<usize>, Vec<usize>) = (0..y.len()).partition(|&row| fold_of[row] == fold);
        let (learnt, asked) = (x.pick(&training), x.pick(&held_out));
        let learnt_classes: Vec<usize> = training.iter().map(|&row| y[row]).collect();
        for (candidate, sum) in candidates.iter().zip(&mut sums) {
            interrupt::check()?;
            let verdict = candidate.fit(&learnt, &learnt_classes, classes)?.judge(&asked)?;
            if judging.score == Score::LogLoss && verdict.meaning == Meaning::Decision {
                return Err(Error::value(format!("{candidate} gives no probabilities, which the log loss needs"))
                    .help("choose by another `score`"));
            }
            let predictions: Vec<Prediction> = (held_out.iter().zip(&verdict.predicted).enumerate())
                .map(|(at, (&row, &predicted))| {
                    let loss = match verdict.meaning {
                        Meaning::Probability => Prediction::loss(verdict.scores[at * classes + y[row]]),
                        Meaning::Decision => f64::NAN,
                    };
                    Prediction { truth: y[row], predicted, loss }
                })
                .collect();
            // Nothing defines the kappa of a fold of one class: it speaks for no candidate.
            *sum += judging.score.sign() * Tally::score_of(classes, &predictions, judging.score).unwrap_or(0.0);
        }
    }
    Ok((1..sums.len()).fold(0, |best, at| if sums[at] > sums[best] { at } else { best }))
}

/// The inner fold of each row.
fn inner_folds(y: &[usize], classes: usize, groups: Option<&Labels>, wanted: usize, seed: u64) -> Result<Vec<usize>> {
    let mut counts = vec![0usize; classes];
    y.iter().for_each(|&class| counts[class] += 1);
    let most = groups.map_or(counts.into_iter().max().unwrap_or(0), |g| g.classes().len());
    // The cells of an outer fold are fewer: so may the folds be.
    let count = wanted.min(most);
    if count < 2 {
        return Err(Error::value(format!(
            "to choose among candidates, the {} cells to learn from are split once more, which leaves {count} folds",
            y.len()
        ))
        .help("give single values instead of lists, or hold out fewer cells"));
    }
    match groups {
        None => stratified::stratified(y, &vec![String::new(); classes], count, seed),
        Some(groups) => grouped::dealt(groups, &vec![true; y.len()], count).map(|split| split.fold_numbers()),
    }
}
