//! Summaries of columns: of all rows, or of the rows that share a value.

use serde::Deserialize;

use super::order::natural;
use super::{Column, Table};
use crate::error::{Error, Result};
use crate::quantile::quantile;

/// A summary of some numbers. Missing ones are left out; of no numbers every summary but `n` is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stat {
    /// How many there are.
    N,
    /// Arithmetic mean.
    Mean,
    /// Standard deviation of a sample (divisor n - 1); missing for one number.
    Sd,
    /// The middle number, or the mean of the two in the middle.
    Median,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// The sum.
    Sum,
    /// First quartile, interpolated linearly between the two nearest (Hyndman & Fan 1996, type 7).
    Q25,
    /// Third quartile, likewise.
    Q75,
}

impl Stat {
    /// The word for it in options and column names.
    pub fn name(self) -> &'static str {
        match self {
            Stat::N => "n",
            Stat::Mean => "mean",
            Stat::Sd => "sd",
            Stat::Median => "median",
            Stat::Min => "min",
            Stat::Max => "max",
            Stat::Sum => "sum",
            Stat::Q25 => "q25",
            Stat::Q75 => "q75",
        }
    }

    /// The summary of numbers, which are sorted and none of which is NaN.
    fn of(self, sorted: &[f64]) -> f64 {
        let n = sorted.len() as f64;
        let mean = || sorted.iter().sum::<f64>() / n;
        match self {
            Stat::N => n,
            _ if sorted.is_empty() => f64::NAN,
            Stat::Mean => mean(),
            Stat::Sd if sorted.len() == 1 => f64::NAN,
            Stat::Sd => {
                let mean = mean();
                (sorted.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
            }
            Stat::Median => quantile(sorted, 0.5),
            Stat::Q25 => quantile(sorted, 0.25),
            Stat::Q75 => quantile(sorted, 0.75),
            Stat::Min => sorted[0],
            Stat::Max => sorted[sorted.len() - 1],
            Stat::Sum => sorted.iter().sum(),
        }
    }

    /// Whether it has the unit of its numbers.
    fn keeps_unit(self) -> bool {
        self != Stat::N
    }
}

/// What is said of each group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct GroupOptions {
    /// The summaries, each a column called like `total_length_mean`.
    pub stats: Vec<Stat>,
    /// The columns of numbers that are summarised; all of them where none is named.
    pub columns: Option<Vec<String>>,
}

impl Default for GroupOptions {
    fn default() -> Self {
        GroupOptions { stats: vec![Stat::Mean], columns: None }
    }
}

impl Table {
    /// One row for each value of a column, in the values' order: the value, `n` (its number of rows), and summaries of
    /// the columns of numbers. Rows without a value are the last group; its id is `(none)` and its value is missing.
    ///
    /// # Errors
    /// When a column does not exist, or one to be summarised holds texts.
    pub fn grouped(&self, by: &str, options: &GroupOptions) -> Result<Table> {
        let key = self.column(by)?;
        let columns: Vec<&Column> = match &options.columns {
            Some(names) => names.iter().map(|name| self.column(name)).collect::<Result<_>>()?,
            None => self.columns.iter().filter(|c| c.is_numeric() && c.name != by).collect(),
        };
        let numbers: Vec<&[f64]> = columns.iter().map(|c| c.require_numbers()).collect::<Result<_>>()?;
        let mut rows: Vec<usize> = (0..self.len()).collect();
        let keys: Vec<Option<String>> = rows.iter().map(|&row| key.text_at(row).map(|k| k.into_owned())).collect();
        rows.sort_by(|&a, &b| match (&keys[a], &keys[b]) {
            (Some(x), Some(y)) => natural(x, y),
            (x, y) => y.is_some().cmp(&x.is_some()),
        });
        let groups: Vec<&[usize]> = rows.chunk_by(|&a, &b| keys[a] == keys[b]).collect();
        let name = |group: &&[usize]| keys[group[0]].clone();
        let mut made = vec![
            Column::texts(by, groups.iter().map(name)),
            Column::numbers("n", groups.iter().map(|g| g.len() as f64).collect::<Vec<_>>()),
        ];
        for (column, values) in columns.iter().zip(numbers) {
            let sorted: Vec<Vec<f64>> = groups.iter().map(|g| sorted(g.iter().map(|&row| values[row]))).collect();
            for &stat in &options.stats {
                let name = format!("{}_{}", column.name, stat.name());
                let unit = column.unit.as_deref().filter(|_| stat.keeps_unit());
                made.push(Column::numbers(&name, sorted.iter().map(|v| stat.of(v)).collect::<Vec<_>>()).in_unit(unit));
            }
        }
        let ids = groups.iter().map(|g| name(g).unwrap_or_else(|| "(none)".to_string())).collect();
        Table::new(ids, made)
    }

    /// One row for each column of numbers: how many values there are and are missing, mean, standard deviation,
    /// smallest, quartiles and largest; the column's unit as text.
    ///
    /// # Errors
    /// When there is no column of numbers.
    pub fn described(&self) -> Result<Table> {
        const STATS: [Stat; 8] =
            [Stat::N, Stat::Mean, Stat::Sd, Stat::Min, Stat::Q25, Stat::Median, Stat::Q75, Stat::Max];
        let columns: Vec<(&Column, Vec<f64>)> =
            self.columns.iter().filter_map(|c| Some((c, sorted(c.as_numbers()?.iter().copied())))).collect();
        if columns.is_empty() {
            return Err(Error::value("the table has no column of numbers to describe"));
        }
        let mut made: Vec<Column> = STATS
            .iter()
            .map(|s| Column::numbers(s.name(), columns.iter().map(|(_, v)| s.of(v)).collect::<Vec<_>>()))
            .collect();
        let missing: Vec<f64> = columns.iter().map(|(_, v)| (self.len() - v.len()) as f64).collect();
        made.insert(1, Column::numbers("missing", missing));
        made.push(Column::texts("unit", columns.iter().map(|(c, _)| c.unit.clone())));
        Table::new(columns.iter().map(|(c, _)| c.name.clone()).collect(), made)
    }
}

/// The numbers that are there, sorted.
fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.filter(|v| !v.is_nan()).collect();
    values.sort_by(f64::total_cmp);
    values
}
