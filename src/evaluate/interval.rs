//! How far a score may be off: the bootstrap over cells, and Student's t over folds that share cells.

use rand::Rng as _;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::distributions::{normal, normal_quantile, student_quantile, student_two_sided};
use super::score::{Prediction, Tally};
use crate::error::{Error, Result};
use crate::quantile::quantile;
use crate::{interrupt, run::seed as seeds};

/// An interval that holds the true value with some confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// Where the mean of such numbers lies, by Student's t: for a few independent runs, such as seeds.
///
/// # Errors
/// For fewer than two numbers, one that is not finite, or a confidence that is no share.
pub fn mean_interval(values: &[f64], confidence: f64) -> Result<Interval> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(Error::value(format!("confidence `{confidence}`, expected a share such as 0.95")));
    }
    if values.len() < 2 {
        return Err(Error::value(format!("the mean of {} numbers has no interval, expected 2 or more", values.len())));
    }
    if let Some(value) = values.iter().find(|v| !v.is_finite()) {
        return Err(Error::value(format!("a mean of numbers of which one is {value}")));
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let reach = student_quantile(0.5 + confidence / 2.0, n - 1.0) * (variance / n).sqrt();
    Ok(Interval { low: mean - reach, high: mean + reach })
}

/// How a bootstrap makes an interval of its resamples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Bias-corrected and accelerated (Efron 1987): quantiles shifted for the resamples' bias and skewness.
    #[default]
    Bca,
    /// Plain quantiles.
    Percentile,
}

impl Method {
    /// The word that options use.
    pub fn name(self) -> &'static str {
        match self {
            Method::Bca => "bca",
            Method::Percentile => "percentile",
        }
    }
}

/// What one unit of a bootstrap adds: predictions, each to a tally by its number.
pub(super) type Unit = Vec<(usize, Prediction)>;

/// How a bootstrap is run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bootstrap {
    pub(super) resamples: usize,
    pub(super) confidence: f64,
    pub(super) method: Method,
    pub(super) seed: u64,
}

/// What a bootstrap found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Spread {
    pub(super) interval: Interval,
    /// Standard deviation of the resamples: the standard error.
    pub(super) sd: f64,
}

impl Bootstrap {
    /// Refuses what is no confidence or no number of resamples.
    pub(super) fn check(&self) -> Result<()> {
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return Err(Error::value(format!("confidence `{}`, expected a share such as 0.95", self.confidence)));
        }
        if self.resamples < 100 {
            return Err(Error::value(format!("`{}` resamples, expected at least 100", self.resamples))
                .help("1,000 to 10,000 are usual"));
        }
        Ok(())
    }

    /// The intervals of some statistics of `units` (cells, groups), which are drawn with replacement.
    ///
    /// A unit is what it adds to tallies, each by its number below `tallies`; `of` makes the statistics of the tallies.
    /// Resamples in which nothing defines a statistic are skipped for it. None for a statistic that is not defined of the
    /// units as they are, and where there is one unit.
    ///
    /// # Errors
    /// On a requested stop.
    pub(super) fn run(
        &self,
        units: &[Unit],
        tallies: usize,
        classes: usize,
        of: impl Fn(&[Tally]) -> Vec<Option<f64>> + Sync,
    ) -> Result<Vec<Option<Spread>>> {
        let empty = vec![Tally::new(classes); tallies];
        let add = |to: &mut [Tally], unit: &Unit, times: f64| {
            unit.iter().for_each(|(tally, prediction)| to[*tally].add(prediction, times));
        };
        let mut whole = empty.clone();
        units.iter().for_each(|unit| add(&mut whole, unit, 1.0));
        let observed = of(&whole);
        if units.len() < 2 {
            return Ok(vec![None; observed.len()]);
        }
        let drawn: Vec<Vec<Option<f64>>> = (0..self.resamples as u64)
            .into_par_iter()
            .map(|resample| {
                interrupt::check()?;
                let mut rng = seeds::stream(self.seed, "bootstrap", resample);
                let mut tallies = empty.clone();
                (0..units.len()).for_each(|_| add(&mut tallies, &units[rng.gen_range(0..units.len())], 1.0));
                Ok(of(&tallies))
            })
            .collect::<Result<_>>()?;
        // Leaving out each unit in turn tells how fast the spread changes with the value.
        let mut left_out: Vec<Vec<Option<f64>>> = Vec::new();
        if self.method == Method::Bca {
            for unit in units {
                let mut tallies = whole.clone();
                add(&mut tallies, unit, -1.0);
                left_out.push(of(&tallies));
            }
        }
        let column = |rows: &[Vec<Option<f64>>], at: usize| -> Vec<f64> { rows.iter().filter_map(|r| r[at]).collect() };
        let spread = |(at, observed): (usize, &Option<f64>)| {
            observed.and_then(|observed| self.spread(observed, column(&drawn, at), &column(&left_out, at)))
        };
        Ok(observed.iter().enumerate().map(spread).collect())
    }

    fn spread(&self, observed: f64, mut drawn: Vec<f64>, left_out: &[f64]) -> Option<Spread> {
        if drawn.len() < 2 {
            return None;
        }
        drawn.sort_by(f64::total_cmp);
        let (_, sd) = mean_and_sd(&drawn);
        let tail = 0.5 * (1.0 - self.confidence);
        let (low, high) = match self.method {
            Method::Percentile => (tail, 1.0 - tail),
            Method::Bca => bca_shares(observed, &drawn, left_out, tail),
        };
        Some(Spread { interval: Interval { low: quantile(&drawn, low), high: quantile(&drawn, high) }, sd })
    }
}

/// The shares of the resamples that the ends of a BCa interval lie at.
fn bca_shares(observed: f64, drawn: &[f64], left_out: &[f64], tail: f64) -> (f64, f64) {
    let below = drawn.iter().filter(|&&v| v < observed).count() as f64;
    let equal = drawn.iter().filter(|&&v| v == observed).count() as f64;
    // Scores of few cells take few values: ties count half.
    let share = (below + 0.5 * equal) / drawn.len() as f64;
    if share <= 0.0 || share >= 1.0 {
        // All resamples on one side: there is nothing to correct with.
        return (tail, 1.0 - tail);
    }
    let bias = normal_quantile(share);
    let mean = left_out.iter().sum::<f64>() / left_out.len().max(1) as f64;
    let (mut squares, mut cubes) = (0.0, 0.0);
    for value in left_out {
        squares += (mean - value).powi(2);
        cubes += (mean - value).powi(3);
    }
    let acceleration = if squares > 0.0 { cubes / (6.0 * squares.powf(1.5)) } else { 0.0 };
    let end = |p: f64| {
        let z = bias + normal_quantile(p);
        normal(bias + z / (1.0 - acceleration * z))
    };
    (end(tail), end(1.0 - tail))
}

/// Mean, and standard deviation with divisor number less one; NaN of fewer than two values.
pub(super) fn mean_and_sd(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    (mean, if values.len() > 1 { (squares / (n - 1.0)).sqrt() } else { f64::NAN })
}

/// A mean over folds, judged by the corrected resampled t-test (Nadeau & Bengio 2003): folds learn from cells that they
/// share, so their variance is multiplied by `1 / folds + held out / learnt from` in place of `1 / folds`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct OverFolds {
    pub(super) mean: f64,
    pub(super) sd: f64,
    pub(super) interval: Interval,
    /// Two-sided probability of a mean so far from 0, were it 0.
    pub(super) p: f64,
}

/// Judges the mean of folds; `ratio` is the number of cells held out over those learnt from. None of fewer than two.
pub(super) fn over_folds(values: &[f64], ratio: f64, confidence: f64) -> Option<OverFolds> {
    if values.len() < 2 {
        return None;
    }
    let (mean, sd) = mean_and_sd(values);
    let freedom = (values.len() - 1) as f64;
    let error = sd * (1.0 / values.len() as f64 + ratio).sqrt();
    let reach = student_quantile(0.5 * (1.0 + confidence), freedom) * error;
    let p = match (error > 0.0, mean == 0.0) {
        (true, _) => student_two_sided(mean / error, freedom),
        (false, true) => 1.0,
        (false, false) => 0.0,
    };
    Some(OverFolds { mean, sd, interval: Interval { low: mean - reach, high: mean + reach }, p })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::evaluate::Score;

    fn reference() -> serde_json::Value {
        serde_json::from_str(include_str!("../../tests/fixtures/stats/scores.json")).unwrap()
    }

    #[test]
    fn the_corrected_t_is_that_of_its_formula() {
        // scipy 1.17.1: see tests/fixtures/stats.
        let reference = reference();
        let difference: Vec<f64> = serde_json::from_value(reference["difference"].clone()).unwrap();
        let found = over_folds(&difference, 0.25, 0.95).unwrap();
        assert!((found.p - reference["corrected_t"]["p"].as_f64().unwrap()).abs() < 1e-11);
        let half = 0.5 * (found.interval.high - found.interval.low);
        let error = half / student_quantile(0.975, 14.0);
        assert!((found.mean / error - reference["corrected_t"]["t"].as_f64().unwrap()).abs() < 1e-9);
        assert_eq!(over_folds(&[0.0, 0.0], 0.25, 0.95).unwrap().p, 1.0);
        assert!(over_folds(&[0.1], 0.25, 0.95).is_none());
    }

    #[test]
    fn the_interval_of_a_mean_is_scipys() {
        // scipy: stats.t.interval(0.95, 3, mean, stats.sem) of these.
        let found = mean_interval(&[0.81, 0.79, 0.84, 0.80], 0.95).unwrap();
        assert!((found.low - 0.775625651181).abs() < 1e-9 && (found.high - 0.844374348819).abs() < 1e-9, "{found:?}");
        assert!(mean_interval(&[0.81], 0.95).unwrap_err().message.contains("1 numbers"));
        assert!(mean_interval(&[0.81, f64::NAN], 0.95).is_err() && mean_interval(&[0.1, 0.2], 1.0).is_err());
    }

    #[test]
    fn the_bca_interval_of_a_skewed_mean_is_scipys() {
        // scipy 1.17.1 with 200,000 resamples: the difference is the chance of 20,000.
        let reference = reference();
        let values: Vec<f64> = serde_json::from_value(reference["spread"].clone()).unwrap();
        let expected: Vec<f64> = serde_json::from_value(reference["bca"].clone()).unwrap();
        // The mean of losses is a mean as any other.
        let unit = |&loss: &f64| vec![(0, Prediction { truth: 0, predicted: 0, loss })];
        let units: Vec<Unit> = values.iter().map(unit).collect();
        let run = |how: Bootstrap, units: &[Unit]| {
            how.run(units, 1, 1, |tallies| vec![tallies[0].score(Score::LogLoss)]).unwrap()[0]
        };
        let how = Bootstrap { resamples: 20_000, confidence: 0.95, method: Method::Bca, seed: 1 };
        let found = run(how, &units).unwrap();
        assert!((found.interval.low - expected[0]).abs() < 0.02, "{found:?} {expected:?}");
        assert!((found.interval.high - expected[1]).abs() < 0.03, "{found:?} {expected:?}");
        let plain = run(Bootstrap { method: Method::Percentile, ..how }, &units).unwrap();
        // Skewness moves the interval up.
        assert!(plain.interval.low < found.interval.low && plain.interval.high < found.interval.high);
        assert_eq!(run(how, &units).unwrap(), found);
        assert!(Bootstrap { resamples: 10, ..how }.check().is_err());
        assert!(Bootstrap { confidence: 95.0, ..how }.check().is_err());
        assert_eq!(run(how, &units[..1]), None);
    }
}
