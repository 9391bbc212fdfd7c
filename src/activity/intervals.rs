//! How far scores of an animal may be off: the bootstrap over blocks of frames.
//!
//! Neighbouring frames are nearly equal, so single frames are no independent witnesses, and an interval that draws them
//! one by one is far too narrow. Here blocks of successive frames are drawn with replacement (circular block bootstrap,
//! Politis & Romano 1992). The interval of the mean over animals draws the animals first and blocks of each then: with few
//! animals it is wide, and rightly so.

use rand::Rng as _;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::data::table::Column;
use crate::data::{Origin, Outcome, Table};
use crate::error::{Error, Result};
use crate::evaluate::Interval;
use crate::run::seed as seeds;

/// How intervals are made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IntervalOptions {
    /// Number of resamples.
    pub resamples: usize,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// Successive frames that are drawn together: some bouts of behaviour.
    pub block: usize,
}

impl Default for IntervalOptions {
    fn default() -> Self {
        IntervalOptions { resamples: 2000, confidence: 0.95, block: 100 }
    }
}

/// What a score is made of in one animal: `base + sign * Σ part / Σ whole` over frames (or windows).
pub(super) struct Parts {
    pub name: String,
    pub part: Vec<f64>,
    pub whole: Vec<f64>,
}

/// An animal's score with its interval.
#[derive(Clone, Debug, PartialEq)]
pub struct AnimalInterval {
    /// The animal.
    pub name: String,
    /// The score.
    pub value: f64,
    /// Where it may lie.
    pub interval: Interval,
}

/// The scores of animals with their intervals, and that of their mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Intervals {
    /// Which score: `skill` or `accuracy`.
    pub score: &'static str,
    /// The animals.
    pub animals: Vec<AnimalInterval>,
    /// The mean over animals.
    pub mean: AnimalInterval,
    /// Confidence of the intervals.
    pub confidence: f64,
    origin: Origin,
}

/// Makes intervals of scores whose parts are known frame by frame; `of` makes a score of the sums of part and whole.
pub(super) fn intervals(
    score: &'static str,
    animals: &[Parts],
    of: impl Fn(f64, f64) -> f64 + Sync,
    options: &IntervalOptions,
    mut origin: Origin,
    seed: u64,
) -> Result<Intervals> {
    if options.resamples < 100 || options.block == 0 || !(options.confidence > 0.0 && options.confidence < 1.0) {
        return Err(Error::value(format!(
            "intervals of {} resamples, blocks of {} frames, confidence {}",
            options.resamples, options.block, options.confidence
        ))
        .help("give 100 resamples or more, blocks of 1 frame or more, and a confidence such as 0.95"));
    }
    let sum = |v: &[f64]| v.iter().sum::<f64>();
    let values: Vec<f64> = animals.iter().map(|a| of(sum(&a.part), sum(&a.whole))).collect();
    // Sums up to each frame and once more around, so that a block is two look-ups.
    let running = |v: &[f64]| -> Vec<f64> {
        let mut total = 0.0;
        std::iter::once(0.0)
            .chain(v.iter().chain(v).map(|x| {
                total += x;
                total
            }))
            .collect()
    };
    let sums: Vec<(usize, Vec<f64>, Vec<f64>)> =
        animals.iter().map(|a| (a.part.len(), running(&a.part), running(&a.whole))).collect();
    let resampled = |animal: usize, rng: &mut seeds::Rng| -> f64 {
        let (n, part, whole) = &sums[animal];
        let block = options.block.min(*n);
        let (mut left, mut a, mut b) = (*n, 0.0, 0.0);
        while left > 0 {
            let (from, length) = (rng.gen_range(0..*n), block.min(left));
            a += part[from + length] - part[from];
            b += whole[from + length] - whole[from];
            left -= length;
        }
        of(a, b)
    };
    // For each resample the scores of all animals, and the mean over animals drawn with replacement.
    let drawn: Vec<(Vec<f64>, f64)> = (0..options.resamples as u64)
        .into_par_iter()
        .map(|resample| {
            crate::interrupt::check()?;
            let mut rng = seeds::stream(seed, "activity intervals", resample);
            let own: Vec<f64> = (0..animals.len()).map(|i| resampled(i, &mut rng)).collect();
            let of_drawn = (0..animals.len()).map(|_| {
                let animal = rng.gen_range(0..animals.len());
                resampled(animal, &mut rng)
            });
            let mean = of_drawn.sum::<f64>() / animals.len() as f64;
            Ok((own, mean))
        })
        .collect::<Result<_>>()?;
    let interval = |mut all: Vec<f64>| {
        all.sort_by(f64::total_cmp);
        let at = |share: f64| all[((share * (all.len() - 1) as f64).round() as usize).min(all.len() - 1)];
        let tail = 0.5 * (1.0 - options.confidence);
        Interval { low: at(tail), high: at(1.0 - tail) }
    };
    let own = |(i, a): (usize, &Parts)| AnimalInterval {
        name: a.name.clone(),
        value: values[i],
        interval: interval(drawn.iter().map(|d| d.0[i]).collect()),
    };
    origin.options = serde_json::json!({ "of": origin.function, "its": origin.options, "intervals": options });
    origin.function = "intervals";
    origin.seed = Some(seed);
    Ok(Intervals {
        score,
        animals: animals.iter().enumerate().map(own).collect(),
        mean: AnimalInterval {
            name: "mean".into(),
            value: sum(&values) / values.len() as f64,
            interval: interval(drawn.iter().map(|d| d.1).collect()),
        },
        confidence: options.confidence,
        origin,
    })
}

impl Outcome for Intervals {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        let Interval { low, high } = self.mean.interval;
        vec![("mean", self.mean.value), ("low", low), ("high", high), ("confidence", self.confidence)]
    }

    /// A row for each animal and one for their `mean`: `value`, `low`, `high`.
    fn table(&self) -> Result<Table> {
        let all: Vec<&AnimalInterval> = self.animals.iter().chain([&self.mean]).collect();
        let number = |of: &dyn Fn(&AnimalInterval) -> f64| all.iter().map(|a| of(a)).collect::<Vec<f64>>();
        let columns = vec![
            Column::numbers("value", number(&|a| a.value)),
            Column::numbers("low", number(&|a| a.interval.low)),
            Column::numbers("high", number(&|a| a.interval.high)),
        ];
        // An animal may be called `mean` itself.
        let id = |(i, a): (usize, &&AnimalInterval)| match i < self.animals.len() && a.name == "mean" {
            true => "mean (animal)".to_string(),
            false => a.name.clone(),
        };
        Table::new(all.iter().enumerate().map(id).collect(), columns)
    }
}

impl std::fmt::Display for Intervals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} with intervals of {:.0} % (blocks of frames, animals)", self.score, 100.0 * self.confidence)?;
        let width = self.animals.iter().map(|a| a.name.chars().count()).max().unwrap_or(4).max(4);
        for a in self.animals.iter().chain([&self.mean]) {
            let Interval { low, high } = a.interval;
            write!(f, "\n{:<width$} {:>8.4}  [{low:.4}, {high:.4}]", a.name, a.value)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn animal(name: &str, right: impl Fn(usize) -> bool) -> Parts {
        let part = (0..2000).map(|t| f64::from(u8::from(right(t)))).collect();
        Parts { name: name.into(), part, whole: vec![1.0; 2000] }
    }

    fn origin() -> Origin {
        Origin { function: "x", options: serde_json::Value::Null, rows: 1, columns: 1, data: String::new(), seed: None }
    }

    #[test]
    fn runs_of_errors_widen_intervals_of_blocks() {
        // Half of the frames are right: every other one, or in runs of 100.
        let animals = [animal("a", |t| t % 2 == 0), animal("b", |t| t / 100 % 2 == 0)];
        let made = intervals("accuracy", &animals, |p, w| p / w, &IntervalOptions::default(), origin(), 1).unwrap();
        let width = |i: usize| made.animals[i].interval.high - made.animals[i].interval.low;
        assert!(made.animals.iter().all(|a| a.value == 0.5 && a.interval.low <= 0.5 && a.interval.high >= 0.5));
        // A block's share is uniform from 0 to 1, of which 20 are drawn: 2 * 1.96 * sqrt(1/12) / sqrt(20) = 0.253.
        assert!(width(0) < 1e-9 && (0.22..0.29).contains(&width(1)), "{made}");
        let again = intervals("accuracy", &animals, |p, w| p / w, &IntervalOptions::default(), origin(), 1).unwrap();
        assert_eq!(again, made);
        assert_eq!(made.table().unwrap().len(), 3);
    }

    #[test]
    fn options_without_sense_are_refused() {
        let animals = [animal("a", |_| true)];
        for options in [
            IntervalOptions { resamples: 5, ..Default::default() },
            IntervalOptions { block: 0, ..Default::default() },
            IntervalOptions { confidence: 1.0, ..Default::default() },
        ] {
            assert!(intervals("x", &animals, |p, w| p / w, &options, origin(), 1).unwrap_err().help.is_some());
        }
        let huge = IntervalOptions { block: 1_000_000, ..Default::default() };
        assert!(intervals("x", &animals, |p, w| p / w, &huge, origin(), 1).is_ok());
    }
}
