//! Whether labels can be told at all: cross-validation against the same with cells dealt anew to the labels.
//!
//! Where cells come in groups (laboratories, animals), they are dealt within their group: then the groups' own
//! differences are in the null as well, and only what labels tell beyond them counts.

use std::fmt;

use rand::seq::SliceRandom;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::classify::Block;
use super::cross_validate::{CrossValidateOptions, Task, require_classes};
use super::folds::{Folds, Role, Way};
use super::score::Score;
use super::scores::mean_score;
use crate::data::table::Column;
use crate::data::{Labels, Matrix, Origin, Outcome, Table};
use crate::error::{Error, Result};
use crate::{interrupt, progress, run::seed as seeds};

/// How the null is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PermutationOptions {
    /// Number of shuffles.
    pub shuffles: usize,
    /// Labels within whose classes cells are dealt; without them, within the groups of the folds where there are some.
    #[serde(skip)]
    pub within: Option<Labels>,
}

impl Default for PermutationOptions {
    fn default() -> Self {
        PermutationOptions { shuffles: 200, within: None }
    }
}

/// A score and what it is by chance.
#[derive(Clone, Debug, PartialEq)]
pub struct PermutationTest {
    /// The score that was compared.
    pub score: Score,
    /// Its value.
    pub value: f64,
    /// Its values with cells dealt anew.
    pub shuffled: Vec<f64>,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation.
    pub sd: f64,
    /// Share of shuffles, the real order counted as one of them, that are as good: the p-value of a permutation test
    /// that is never 0 (Phipson & Smyth 2010).
    pub p: f64,
    /// What was done, in words.
    pub protocol: String,
    origin: Origin,
}

/// Scores `z` by cross-validation, and again with its rows dealt anew to labels and folds.
///
/// # Errors
/// As [`cross_validate`](super::cross_validate()), when there are no shuffles, and when labels do not vary within the
/// groups, so that dealing changes nothing.
pub fn permutation_test(
    z: &Matrix,
    labels: &Labels,
    how: &CrossValidateOptions,
    options: &PermutationOptions,
    seed: u64,
) -> Result<PermutationTest> {
    labels.require_len(z.rows(), "permutation_test")?;
    require_classes(labels, "permutation_test")?;
    let folds = Folds::new(labels, Some(z.ids()), &how.folds, seed)?;
    permutation_test_on(z, labels, &folds, how, options, seed)
}

/// As [`permutation_test`], on folds that were made before.
///
/// # Errors
/// As [`permutation_test`], and when the folds are of other cells.
pub fn permutation_test_on(
    z: &Matrix,
    labels: &Labels,
    folds: &Folds,
    how: &CrossValidateOptions,
    options: &PermutationOptions,
    seed: u64,
) -> Result<PermutationTest> {
    labels.require_len(z.rows(), "permutation_test")?;
    require_classes(labels, "permutation_test")?;
    if options.shuffles == 0 {
        return Err(Error::value("permutation_test: `0` shuffles, expected at least 1"));
    }
    let folds = folds.for_rows(z.ids())?;
    let x = Block::of(z, "permutation_test")?;
    let within = options.within.as_ref().or(how.folds.groups.as_ref());
    within.map_or(Ok(()), |w| w.require_len(z.rows(), "permutation_test: `within`"))?;
    let strata = strata(labels, within, &folds)?;
    let each_cell = folds.way() == Way::LeaveOneOut;
    let score = |x: &Block| -> Result<f64> {
        let outcomes = Task::new(x, labels, &folds, how, seed)?.run(&progress::Silent)?;
        mean_score(&outcomes, labels.classes().len(), each_cell, how.judging.score).ok_or_else(|| {
            Error::value(format!("permutation_test: nothing defines the {} here", how.judging.score.title()))
                .help("test another `score`")
        })
    };
    let value = score(&x)?;
    let meter = progress::begin("shuffling labels", options.shuffles as u64);
    let done = std::sync::atomic::AtomicU64::new(0);
    let shuffled: Vec<f64> = (0..options.shuffles as u64)
        .into_par_iter()
        .map(|shuffle| {
            interrupt::check()?;
            let mut rng = seeds::stream(seed, "shuffle", shuffle);
            let mut source: Vec<usize> = (0..x.rows()).collect();
            for stratum in &strata {
                let mut dealt = stratum.clone();
                dealt.shuffle(&mut rng);
                stratum.iter().zip(dealt).for_each(|(&to, from)| source[to] = from);
            }
            let value = score(&x.pick(&source));
            meter.set(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1, "");
            value
        })
        .collect::<Result<_>>()?;
    let n = shuffled.len() as f64;
    let mean = shuffled.iter().sum::<f64>() / n;
    let sign = how.judging.score.sign();
    let as_good = shuffled.iter().filter(|&&s| sign * s >= sign * value).count() as f64;
    let mut origin = Origin::new("evaluate::permutation_test", z, how, Some(seed));
    origin.options["shuffles"] = options.shuffles.into();
    Ok(PermutationTest {
        score: how.judging.score,
        value,
        mean,
        sd: (shuffled.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0)).sqrt(),
        p: (1.0 + as_good) / (1.0 + n),
        shuffled,
        protocol: folds.words(),
        origin,
    })
}

/// The cells among which rows are dealt.
fn strata(labels: &Labels, within: Option<&Labels>, folds: &Folds) -> Result<Vec<Vec<usize>>> {
    let used = |&cell: &usize| folds.splits().iter().any(|split| split.roles[cell] != Role::Unused);
    let cells = (0..labels.len()).filter(used);
    let Some(within) = within else { return Ok(vec![cells.collect()]) };
    let mut strata = vec![Vec::new(); within.classes().len()];
    for cell in cells {
        match within.codes()[cell] {
            Some(class) => strata[class as usize].push(cell),
            None => {
                return Err(Error::value(format!("permutation_test: cell {} has a label and no group", cell + 1))
                    .help("leave out cells without a group"));
            }
        }
    }
    let varies = |stratum: &Vec<usize>| stratum.iter().any(|&c| labels.codes()[c] != labels.codes()[stratum[0]]);
    if strata.iter().any(varies) {
        return Ok(strata);
    }
    Err(Error::value(
        "permutation_test: each group has cells of one class only, so dealing within groups changes nothing",
    )
    .help("groups that differ in class cannot be told from classes: more groups of both are needed"))
}

impl Outcome for PermutationTest {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        vec![("value", self.value), ("shuffled", self.mean), ("shuffled_sd", self.sd), ("p", self.p)]
    }

    /// A row for each shuffle.
    fn table(&self) -> Result<Table> {
        let ids = (1..=self.shuffled.len()).map(|shuffle| shuffle.to_string()).collect();
        Table::new(ids, vec![Column::numbers(self.score.name(), self.shuffled.clone())])
    }
}

impl fmt::Display for PermutationTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {:.3}, shuffled {:.3} ± {:.3}, p {:.4} ({}, {} shuffles)",
            self.score.title(),
            self.value,
            self.mean,
            self.sd,
            self.p,
            self.protocol,
            self.shuffled.len()
        )
    }
}
