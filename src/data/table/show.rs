//! A table in one line, and as the texts of a data frame, which the terminal lays out.

use std::fmt;

use super::{Column, Table, Values};
use crate::morph::counted;

/// The part of a table that is shown: headings and texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The columns' names, the ids' first, and whether they hold numbers.
    pub columns: Vec<(String, bool)>,
    /// The rows shown, a text for each column. A row of none stands for the rows left out.
    pub rows: Vec<Vec<String>>,
    /// How many rows the table has.
    pub n_rows: usize,
}

impl Table {
    /// What is shown of the table in at most so many rows: the first two thirds and the last third of them.
    pub fn frame(&self, limit: usize) -> Frame {
        let all = self.len() <= limit;
        let (first, last) = if all { (self.len(), 0) } else { (limit - limit / 3, limit / 3) };
        let shown: Vec<usize> = (0..first).chain(self.len() - last..self.len()).collect();
        let columns: Vec<Vec<String>> = self.columns.iter().map(|c| texts(c, &shown)).collect();
        let mut rows: Vec<Vec<String>> = shown
            .iter()
            .enumerate()
            .map(|(at, &row)| {
                std::iter::once(self.ids[row].clone()).chain(columns.iter().map(|c| c[at].clone())).collect()
            })
            .collect();
        if !all {
            rows.insert(first, Vec::new());
        }
        let names = self.columns.iter().map(|c| (c.name.clone(), c.is_numeric()));
        Frame {
            columns: std::iter::once((super::ID.to_string(), false)).chain(names).collect(),
            rows,
            n_rows: self.len(),
        }
    }
}

/// The rows' values as they are shown: numbers of a column alike, with about four digits.
fn texts(column: &Column, rows: &[usize]) -> Vec<String> {
    match &column.values {
        Values::Texts(values) => rows.iter().map(|&row| values[row].as_deref().unwrap_or("–").to_string()).collect(),
        Values::Numbers(values) => {
            let shown: Vec<f64> = rows.iter().map(|&row| values[row]).collect();
            let write = writer(&shown);
            shown.iter().map(|&v| if v.is_nan() { "–".to_string() } else { write(v) }).collect()
        }
    }
}

/// How the numbers of a column are written: whole ones as such, others with as many decimals as give the largest four
/// digits, and very large and small ones with an exponent.
fn writer(numbers: &[f64]) -> impl Fn(f64) -> String {
    let finite = || numbers.iter().copied().filter(|v| v.is_finite());
    let largest = finite().fold(0.0, |most: f64, v| most.max(v.abs()));
    let whole = finite().all(|v| v.fract() == 0.0) && largest < 1e15;
    let plain = largest == 0.0 || (1e-3..1e9).contains(&largest);
    let digits = if largest > 0.0 { largest.log10().floor() as i32 } else { 0 };
    let decimals = if whole { 0 } else { (3 - digits).clamp(1, 6) as usize };
    move |v| if whole || (plain && v.is_finite()) { format!("{v:.decimals$}") } else { format!("{v:.3e}") }
}

impl fmt::Display for Table {
    /// `Table(102 rows, 16 columns: label, n_nodes, n_roots, …)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.columns.len();
        write!(f, "Table({}, {}", counted(self.len(), "row"), counted(n, "column"))?;
        for (at, name) in self.names().take(3).enumerate() {
            write!(f, "{} {name}", if at == 0 { ":" } else { "," })?;
        }
        f.write_str(if n > 3 { ", …)" } else { ")" })
    }
}
