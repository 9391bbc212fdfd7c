//! Choosing rows by what their columns hold, without a closure: fast, and fit to be asked of a file.

use std::collections::HashSet;

use super::{Column, ID, Table, Values};
use crate::error::{Error, Result};

/// What a row's value in one column must be. A missing value meets only [`Condition::Missing`].
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A number from the first to the second, both included; an infinite end is open. Texts are read as numbers, and
    /// those that are none do not meet it.
    Between(f64, f64),
    /// One of these texts. Numbers are compared with those that the texts write.
    OneOf(Vec<String>),
    /// No value.
    Missing,
}

/// Conditions on columns, all of which a row must meet: the column's name (or `id`) and what it must be.
pub type Conditions = Vec<(String, Condition)>;

impl Condition {
    /// Marks off, in `keep`, the rows whose value does not meet it.
    fn sift(&self, column: &Column, keep: &mut [bool]) {
        let mut sift = |meets: &dyn Fn(usize) -> bool| {
            keep.iter_mut().enumerate().filter(|(_, k)| **k).for_each(|(row, k)| *k = meets(row));
        };
        match (self, &column.values) {
            (Condition::Missing, _) => sift(&|row| column.is_missing(row)),
            // NaN is in no interval.
            (&Condition::Between(low, high), Values::Numbers(v)) => sift(&|row| v[row] >= low && v[row] <= high),
            (&Condition::Between(low, high), Values::Texts(v)) => sift(&|row| {
                let number = v[row].as_deref().and_then(|text| text.trim().parse::<f64>().ok());
                number.is_some_and(|x| x >= low && x <= high)
            }),
            (Condition::OneOf(texts), Values::Texts(v)) => {
                let texts: HashSet<&str> = texts.iter().map(String::as_str).collect();
                sift(&|row| v[row].as_deref().is_some_and(|text| texts.contains(text)));
            }
            (Condition::OneOf(texts), Values::Numbers(v)) => {
                let numbers: Vec<f64> = texts.iter().filter_map(|t| t.trim().parse().ok()).collect();
                sift(&|row| numbers.contains(&v[row]));
            }
        }
    }
}

impl Table {
    /// The places of the rows that meet all conditions, in order.
    ///
    /// # Errors
    /// When there is no column of a name, or an interval's first number is larger than its second.
    pub fn places_where(&self, conditions: &Conditions) -> Result<Vec<usize>> {
        let mut keep = vec![true; self.len()];
        for (name, condition) in conditions {
            if let Condition::Between(low, high) = condition
                && !matches!(low.partial_cmp(high), Some(std::cmp::Ordering::Less | std::cmp::Ordering::Equal))
            {
                return Err(Error::value(format!("no value of `{name}` lies between {low} and {high}"))
                    .help("give the smaller number first"));
            }
            match name.as_str() {
                ID => {
                    let ids = Column::texts("ids", self.ids.iter().map(|id| Some(id.as_str())));
                    condition.sift(&ids, &mut keep);
                }
                name => condition.sift(self.column(name)?, &mut keep),
            }
        }
        Ok(keep.iter().enumerate().filter(|(_, k)| **k).map(|(row, _)| row).collect())
    }

    /// The rows that meet all conditions.
    ///
    /// # Errors
    /// As [`Table::places_where`].
    pub fn filtered(&self, conditions: &Conditions) -> Result<Table> {
        Ok(self.pick(&self.places_where(conditions)?))
    }
}
