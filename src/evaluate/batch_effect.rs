//! Batch effects: whether cells can be told apart by where they come from.
//!
//! A classifier predicts the batch (the laboratory, say) of held-out cells from their measures. It is compared with the
//! same classifier on labels that were shuffled, where needed within the classes of another label: laboratories that
//! work on different cell types are told apart for that reason alone.

use std::fmt;

use rand::seq::SliceRandom;

use super::{
    CrossValidateOptions, FoldOptions, Folding, JudgingOptions, KnnOptions, PermutationOptions, PreparationOptions,
    Rare, Recipe, Score, permutation_test,
};
use crate::data::{Labels, Matrix};
use crate::error::Result;
use crate::run::seed as seeds;

/// How batches are told apart.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct BatchOptions {
    /// Neighbours that vote.
    pub k: usize,
    /// Folds that are held out.
    pub folds: usize,
    /// Shuffles that the accuracy is compared with.
    pub shuffles: usize,
    /// Cells that are used, drawn by chance where there are more.
    pub max_cells: usize,
}

impl Default for BatchOptions {
    fn default() -> Self {
        BatchOptions { k: 5, folds: 5, shuffles: 50, max_cells: 2000 }
    }
}

/// How well batches are told apart.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchEffect {
    /// Balanced accuracy of the predicted batches.
    pub accuracy: f64,
    /// Mean balanced accuracy with shuffled batches.
    pub shuffled: f64,
    /// Its standard deviation over the shuffles.
    pub shuffled_sd: f64,
    /// Share of shuffles, the real order counted as one of them, that reach the accuracy: the p-value of a permutation
    /// test (Phipson & Smyth 2010).
    pub p: f64,
}

/// Predicts the batch of each cell from its measures (standardised, nearest neighbours, stratified folds), and again
/// with batches shuffled, within the classes of `within` where it is given. Cells without a batch, or without a class,
/// are left out.
///
/// # Errors
/// When labels and rows differ in number, there is a single batch, a batch has too few cells for the folds, a measure is
/// not finite, and on a requested stop.
pub fn batch_effect(
    z: &Matrix,
    batches: &Labels,
    within: Option<&Labels>,
    options: &BatchOptions,
    seed: u64,
) -> Result<BatchEffect> {
    batches.require_len(z.rows(), "batch_effect")?;
    within.map_or(Ok(()), |w| w.require_len(z.rows(), "batch_effect"))?;
    let known = |&i: &usize| batches.codes()[i].is_some() && within.is_none_or(|w| w.codes()[i].is_some());
    let mut cells: Vec<usize> = (0..z.rows()).filter(known).collect();
    if cells.len() > options.max_cells {
        cells.shuffle(&mut seeds::stream(seed, "batch cells", 0));
        cells.truncate(options.max_cells);
        cells.sort_unstable();
    }
    let neighbours = Recipe {
        preparation: PreparationOptions { standardise: true, pca: None },
        classifier: KnnOptions { k: options.k, ..KnnOptions::default() }.into(),
    };
    let how = CrossValidateOptions {
        candidates: neighbours.into(),
        // A laboratory of few cells is no reason not to look at the others.
        folds: FoldOptions { folds: Some(Folding::Count(options.folds)), rare: Rare::Keep, ..FoldOptions::default() },
        judging: JudgingOptions { score: Score::BalancedAccuracy, ..JudgingOptions::default() },
    };
    let shuffling =
        PermutationOptions { shuffles: options.shuffles, within: within.map(|within| within.select(&cells)) };
    let test = permutation_test(&z.select(&cells), &batches.select(&cells), &how, &shuffling, seed)?;
    Ok(BatchEffect { accuracy: test.value, shuffled: test.mean, shuffled_sd: test.sd, p: test.p })
}

impl fmt::Display for BatchEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BatchEffect { accuracy, shuffled, shuffled_sd, p } = self;
        write!(f, "batch predicted at {accuracy:.2}, shuffled {shuffled:.2} ± {shuffled_sd:.2}, p {p:.2}")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rand::Rng;

    use super::*;

    /// Two cell types of different size; `shift` is what laboratory `b` adds to a measure.
    fn cells(shift: f64, of_type: impl Fn(usize) -> usize) -> (Matrix, Labels, Labels) {
        let mut rng = seeds::stream(3, "batch test", 0);
        let mut values = Vec::new();
        for cell in 0..120 {
            let from_b = cell % 2 == 1;
            values.push(20.0 * of_type(cell) as f64 + rng.gen_range(-1.0..1.0));
            values.push(rng.gen_range(-1.0..1.0) + if from_b { shift } else { 0.0 });
        }
        let ids: Vec<String> = (0..120).map(|i| i.to_string()).collect();
        let labs = Labels::new((0..120).map(|i| Some(["a", "b"][i % 2])));
        let types = Labels::new((0..120).map(|i| Some(of_type(i).to_string())));
        (Matrix::numbered(ids.into(), "m", 2, values).unwrap(), labs, types)
    }

    fn effect(shift: f64, of_type: impl Fn(usize) -> usize, within: bool) -> BatchEffect {
        let (z, labs, types) = cells(shift, of_type);
        batch_effect(&z, &labs, within.then_some(&types), &BatchOptions::default(), 1).unwrap()
    }

    #[test]
    fn a_shift_shows_and_chance_does_not() {
        let shifted = effect(3.0, |cell| cell / 2 % 2, false);
        assert!(shifted.accuracy > 0.95 && (0.4..0.6).contains(&shifted.shuffled) && shifted.p < 0.03, "{shifted}");
        let same = effect(0.0, |cell| cell / 2 % 2, false);
        assert!(same.p > 0.05, "{same}");
        assert_eq!(effect(0.0, |cell| cell / 2 % 2, false), same);
    }

    #[test]
    fn laboratories_with_other_cell_types_are_compared_within_them() {
        // Laboratory `b` has mostly cells of the second type: told apart by type alone.
        let mostly = |cell: usize| if cell % 10 < 2 { cell / 2 % 2 } else { cell % 2 };
        let plain = effect(0.0, mostly, false);
        assert!(plain.accuracy > 0.8 && plain.p < 0.03, "{plain}");
        let within = effect(0.0, mostly, true);
        assert!(within.shuffled > 0.8 && within.p > 0.05, "{within}");
    }
}
