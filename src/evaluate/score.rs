//! One number for how good predictions are, from counts that are cheap to keep: what folds, resamples and shuffles are
//! compared by.

use serde::{Deserialize, Serialize};

/// Probabilities below this count as this in the log loss, as in scikit-learn.
const LEAST: f64 = f64::EPSILON;

/// A score of predictions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// Share of cells that are right.
    #[default]
    Accuracy,
    /// Mean recall of the classes that occur.
    BalancedAccuracy,
    /// Mean over classes of the harmonic mean of recall and precision; classes that neither occur nor are predicted do
    /// not count.
    MacroF1,
    /// Agreement beyond chance (Cohen 1960).
    Kappa,
    /// Mean of -ln of the probability of the true class, in nats; less is better.
    LogLoss,
}

impl Score {
    /// All scores, in the order of reports.
    pub const ALL: [Score; 5] =
        [Score::Accuracy, Score::BalancedAccuracy, Score::MacroF1, Score::Kappa, Score::LogLoss];

    /// The word that options use.
    pub fn name(self) -> &'static str {
        match self {
            Score::Accuracy => "accuracy",
            Score::BalancedAccuracy => "balanced_accuracy",
            Score::MacroF1 => "macro_f1",
            Score::Kappa => "kappa",
            Score::LogLoss => "log_loss",
        }
    }

    /// The name as a report has it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Score::BalancedAccuracy => "balanced accuracy",
            Score::MacroF1 => "macro F1",
            Score::LogLoss => "log loss",
            other => other.name(),
        }
    }

    /// 1 where more is better, -1 where less is.
    pub(super) fn sign(self) -> f64 {
        if self == Score::LogLoss { -1.0 } else { 1.0 }
    }
}

/// Counts of predictions against the truth, and the sum of their losses.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tally {
    classes: usize,
    /// Row-major: true class by predicted class.
    counts: Vec<f64>,
    loss: f64,
}

/// One prediction of one cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Prediction {
    pub(super) truth: usize,
    pub(super) predicted: usize,
    /// -ln of the probability of the true class; NaN where there are no probabilities.
    pub(super) loss: f64,
}

impl Prediction {
    /// The loss of a cell whose class was given this probability.
    pub(super) fn loss(probability: f64) -> f64 {
        -probability.clamp(LEAST, 1.0).ln()
    }
}

impl Tally {
    pub(super) fn new(classes: usize) -> Self {
        Tally { classes, counts: vec![0.0; classes * classes], loss: 0.0 }
    }

    /// Counts a prediction `times` times; a negative number takes it out.
    pub(super) fn add(&mut self, prediction: &Prediction, times: f64) {
        self.counts[prediction.truth * self.classes + prediction.predicted] += times;
        self.loss += times * prediction.loss;
    }

    fn of<'a>(classes: usize, predictions: impl IntoIterator<Item = &'a Prediction>) -> Self {
        let mut tally = Tally::new(classes);
        predictions.into_iter().for_each(|p| tally.add(p, 1.0));
        tally
    }

    /// The score of some predictions.
    pub(super) fn score_of<'a>(
        classes: usize,
        predictions: impl IntoIterator<Item = &'a Prediction>,
        score: Score,
    ) -> Option<f64> {
        Tally::of(classes, predictions).score(score)
    }

    /// A score; none where nothing defines it: no prediction, a log loss without probabilities, a kappa where truth and
    /// prediction are one and the same class.
    pub(super) fn score(&self, score: Score) -> Option<f64> {
        let k = self.classes;
        let cells: f64 = self.counts.iter().sum();
        let row = |c: usize| self.counts[c * k..(c + 1) * k].iter().sum::<f64>();
        let column = |c: usize| (0..k).map(|t| self.counts[t * k + c]).sum::<f64>();
        let right = |c: usize| self.counts[c * k + c];
        let mean = |terms: Vec<f64>| (!terms.is_empty()).then(|| terms.iter().sum::<f64>() / terms.len() as f64);
        if cells <= 0.0 {
            return None;
        }
        let found = match score {
            Score::Accuracy => Some((0..k).map(right).sum::<f64>() / cells),
            Score::BalancedAccuracy => mean((0..k).filter(|&c| row(c) > 0.0).map(|c| right(c) / row(c)).collect()),
            Score::MacroF1 => {
                let counts = |&c: &usize| row(c) + column(c) > 0.0;
                mean((0..k).filter(counts).map(|c| 2.0 * right(c) / (row(c) + column(c))).collect())
            }
            Score::Kappa => {
                let agreed = (0..k).map(right).sum::<f64>() / cells;
                let by_chance = (0..k).map(|c| row(c) * column(c)).sum::<f64>() / (cells * cells);
                (by_chance < 1.0).then(|| (agreed - by_chance) / (1.0 - by_chance))
            }
            Score::LogLoss => Some(self.loss / cells),
        };
        found.filter(|value| value.is_finite())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_scikit_learns() {
        // scikit-learn 1.9.1: see tests/fixtures/stats.
        let reference: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/fixtures/stats/scores.json")).unwrap();
        let list = |key: &str| -> Vec<usize> { serde_json::from_value(reference[key].clone()).unwrap() };
        let probabilities: Vec<Vec<f64>> = serde_json::from_value(reference["probabilities"].clone()).unwrap();
        let predictions: Vec<Prediction> = list("truth")
            .into_iter()
            .zip(list("predicted"))
            .zip(&probabilities)
            .map(|((truth, predicted), p)| Prediction { truth, predicted, loss: Prediction::loss(p[truth]) })
            .collect();
        for score in [Score::Kappa, Score::MacroF1, Score::LogLoss] {
            let expected = reference[score.name()].as_f64().unwrap();
            let found = Tally::score_of(4, &predictions, score).unwrap();
            assert!((found - expected).abs() < 1e-12, "{} {found}, expected {expected}", score.name());
        }
    }

    #[test]
    fn what_is_not_defined_is_none() {
        let same = [Prediction { truth: 1, predicted: 1, loss: f64::NAN }; 3];
        assert_eq!(Tally::score_of(2, &same, Score::Kappa), None);
        assert_eq!(Tally::score_of(2, &same, Score::LogLoss), None);
        assert_eq!(Tally::score_of(2, &same, Score::MacroF1), Some(1.0));
        assert_eq!(Tally::score_of(2, &[], Score::Accuracy), None);
    }
}
