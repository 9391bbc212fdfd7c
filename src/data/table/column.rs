//! One column: a name, values of one type, perhaps a unit.

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::{Error, Result};

/// A named column. Cloning shares the values.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name, different from all others of its table.
    pub name: String,
    /// The unit of its numbers, such as `um`; none for counts, ratios and texts.
    pub unit: Option<String>,
    /// Its values, one per row.
    pub values: Values,
}

/// The values of a column.
#[derive(Clone, Debug)]
pub enum Values {
    /// Numbers; NaN where one is missing.
    Numbers(Arc<[f64]>),
    /// Texts; none of them is empty.
    Texts(Arc<[Option<Arc<str>>]>),
}

/// Two missing numbers are the same value, although NaN does not equal NaN.
impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Values::Numbers(a), Values::Numbers(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(x, y)| x == y || (x.is_nan() && y.is_nan()))
            }
            (Values::Texts(a), Values::Texts(b)) => a == b,
            _ => false,
        }
    }
}

impl Column {
    /// A column of numbers without a unit.
    pub fn numbers(name: &str, values: impl Into<Arc<[f64]>>) -> Self {
        Column { name: name.to_string(), unit: None, values: Values::Numbers(values.into()) }
    }

    /// A column of texts; an empty one counts as missing. Equal texts are stored once where they follow each other.
    pub fn texts<S: AsRef<str>>(name: &str, values: impl IntoIterator<Item = Option<S>>) -> Self {
        let mut last: Option<Arc<str>> = None;
        let shared = |value: Option<S>| {
            let text = value.filter(|v| !v.as_ref().is_empty())?;
            match &last {
                Some(known) if **known == *text.as_ref() => {}
                _ => last = Some(Arc::from(text.as_ref())),
            }
            last.clone()
        };
        let values = values.into_iter().map(shared).collect();
        Column { name: name.to_string(), unit: None, values: Values::Texts(values) }
    }

    /// The column with a unit.
    #[must_use]
    pub fn in_unit(mut self, unit: Option<&str>) -> Self {
        self.unit = unit.map(String::from);
        self
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        match &self.values {
            Values::Numbers(values) => values.len(),
            Values::Texts(values) => values.len(),
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it holds numbers.
    pub fn is_numeric(&self) -> bool {
        matches!(self.values, Values::Numbers(_))
    }

    /// The numbers, where it holds numbers.
    pub fn as_numbers(&self) -> Option<&[f64]> {
        match &self.values {
            Values::Numbers(values) => Some(values),
            Values::Texts(_) => None,
        }
    }

    /// The numbers.
    ///
    /// # Errors
    /// When it holds texts.
    pub fn require_numbers(&self) -> Result<&[f64]> {
        self.as_numbers().ok_or_else(|| {
            Error::value(format!("column `{}` holds texts, expected numbers", self.name))
                .help("name columns of numbers, or leave this one out")
        })
    }

    /// Whether a row's value is missing.
    pub fn is_missing(&self, row: usize) -> bool {
        match &self.values {
            Values::Numbers(values) => values[row].is_nan(),
            Values::Texts(values) => values[row].is_none(),
        }
    }

    /// A row's value as text, numbers so that they read back exactly; nothing where it is missing.
    pub fn text_at(&self, row: usize) -> Option<Cow<'_, str>> {
        match &self.values {
            Values::Numbers(values) => Some(values[row]).filter(|v| !v.is_nan()).map(|v| Cow::Owned(v.to_string())),
            Values::Texts(values) => values[row].as_deref().map(Cow::Borrowed),
        }
    }

    /// The values of these rows, which exist.
    pub(super) fn pick(&self, rows: &[usize]) -> Column {
        self.pick_or_missing(rows.iter().map(|&row| Some(row)))
    }

    /// The values of these rows; missing ones where there is no row.
    pub(super) fn pick_or_missing(&self, rows: impl Iterator<Item = Option<usize>>) -> Column {
        let values = match &self.values {
            Values::Numbers(values) => Values::Numbers(rows.map(|row| row.map_or(f64::NAN, |r| values[r])).collect()),
            Values::Texts(values) => Values::Texts(rows.map(|row| row.and_then(|r| values[r].clone())).collect()),
        };
        Column { name: self.name.clone(), unit: self.unit.clone(), values }
    }
}
