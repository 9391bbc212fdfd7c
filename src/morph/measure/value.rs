//! What a metric gives: a number, a list of them, points, or the statistics of one.

use serde::Deserialize;

use crate::error::{Error, Result};

/// The value of a metric on one neuron.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// One number; NaN where the neuron has nothing to measure, such as the mean angle of a neuron without forks.
    Number(f64),
    /// One number for each section, fork, edge, neurite or sphere.
    List(Vec<f64>),
    /// Several numbers for each: the two of a partition, the coordinates of a point.
    Rows(Vec<Vec<f64>>),
    /// What L-Measure prints of a function.
    Stats(Stats),
}

/// How many values become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduce {
    /// Sum.
    Sum,
    /// Mean.
    Mean,
    /// Median.
    Median,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// Standard deviation (divisor n).
    Sd,
    /// Number of values.
    Count,
}

/// Total, number, smallest, mean, largest and standard deviation (divisor n) of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats {
    /// Sum.
    pub total: f64,
    /// Number of values.
    pub count: f64,
    /// Smallest; 0 of an empty list, as L-Measure prints it.
    pub min: f64,
    /// Mean; 0 of an empty list.
    pub mean: f64,
    /// Largest; 0 of an empty list.
    pub max: f64,
    /// Standard deviation; 0 of an empty list.
    pub sd: f64,
}

impl Stats {
    /// The statistics of a list.
    pub fn of(values: &[f64]) -> Stats {
        if values.is_empty() {
            return Stats::default();
        }
        let count = values.len() as f64;
        let total: f64 = values.iter().sum();
        let mean = total / count;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count;
        let min = values.iter().copied().fold(f64::INFINITY, f64::min);
        let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Stats { total, count, min, mean, max, sd: variance.sqrt() }
    }

    /// The fields' names and values.
    pub fn fields(&self) -> [(&'static str, f64); 6] {
        let Stats { total, count, min, mean, max, sd } = *self;
        [("total", total), ("count", count), ("min", min), ("mean", mean), ("max", max), ("sd", sd)]
    }
}

impl Reduce {
    /// One number of many. Values that are NaN (a section without a chord has no tortuosity) are left out; of nothing,
    /// the sum and the count are 0 and everything else is NaN.
    pub fn of(self, values: &[f64]) -> f64 {
        let mut values: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
        let n = values.len();
        match self {
            Reduce::Count => n as f64,
            Reduce::Sum => values.iter().sum(),
            _ if n == 0 => f64::NAN,
            Reduce::Mean => values.iter().sum::<f64>() / n as f64,
            Reduce::Min => values.iter().copied().fold(f64::INFINITY, f64::min),
            Reduce::Max => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Reduce::Sd => Stats::of(&values).sd,
            Reduce::Median => {
                values.sort_by(f64::total_cmp);
                0.5 * (values[(n - 1) / 2] + values[n / 2])
            }
        }
    }

    fn of_stats(self, stats: &Stats) -> Option<f64> {
        Some(match self {
            Reduce::Count => stats.count,
            Reduce::Sum => stats.total,
            Reduce::Mean => stats.mean,
            Reduce::Min => stats.min,
            Reduce::Max => stats.max,
            Reduce::Sd => stats.sd,
            Reduce::Median => return None,
        })
    }
}

impl Value {
    /// The value with NaN in place of what is not finite: a ratio whose divisor is 0 has no value.
    #[must_use]
    pub fn finite_or_nan(self) -> Value {
        let kept = |v: f64| if v.is_finite() { v } else { f64::NAN };
        match self {
            Value::Number(number) => Value::Number(kept(number)),
            Value::List(values) => Value::List(values.into_iter().map(kept).collect()),
            other => other,
        }
    }

    /// One number of it: the number itself, or what `reduce` makes of a list.
    ///
    /// # Errors
    /// When there are many values and no `reduce`, or they are points. `name` is the metric's, for the message.
    pub fn reduced(&self, name: &str, reduce: Option<Reduce>) -> Result<f64> {
        match (self, reduce) {
            (Value::Number(number), _) => Ok(*number),
            (Value::List(values), Some(reduce)) => Ok(reduce.of(values)),
            (Value::Stats(stats), Some(reduce)) => reduce.of_stats(stats).ok_or_else(|| {
                Error::value(format!("`{name}` comes as statistics, among which there is no median"))
                    .help("choose sum, mean, min, max, sd or count")
            }),
            (Value::Rows(rows), Some(Reduce::Count)) => Ok(rows.len() as f64),
            (Value::Rows(_), Some(_)) => {
                Err(Error::value(format!("`{name}` gives several numbers at each place, which do not add up to one")))
            }
            (_, None) => Err(Error::value(format!("`{name}` gives many values, expected one"))
                .help("say what to make of them: `reduce: \"mean\"`, or sum, median, min, max, sd, count")),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn many_become_one_and_nan_is_left_out() {
        let list = Value::List(vec![3.0, f64::NAN, 1.0, 2.0, 6.0]);
        let of = |reduce| list.reduced("x", Some(reduce)).unwrap();
        assert_eq!([Reduce::Sum, Reduce::Mean, Reduce::Median, Reduce::Count].map(of), [12.0, 3.0, 2.5, 4.0]);
        assert_eq!(of(Reduce::Sd), 3.5f64.sqrt());
        assert!(list.reduced("x", None).unwrap_err().help.is_some());
        assert!(Reduce::Mean.of(&[]).is_nan());
        assert_eq!(Reduce::Sum.of(&[]), 0.0);
    }
}
