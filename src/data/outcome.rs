//! What every result of an analysis offers beside its own facts: where it comes from, its numbers, and a table.
//!
//! A score without the data, options and seed behind it cannot be checked, so results keep an [`Origin`] and write it
//! with them. [`Outcome`] is the common language: scripts get `.origin`, `.table()`, `.to_json()` and `.save(path)` of it.

use std::hash::Hasher;
use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value, json};
use twox_hash::XxHash3_64;

use super::{Matrix, Table};
use crate::error::Result;
use crate::run::atomic;

/// What a result was computed from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Origin {
    /// The function, as a script writes it: `cluster::gmm`.
    pub function: &'static str,
    /// All options, those left at their defaults too.
    pub options: Value,
    /// Number of rows (cells) of the data.
    pub rows: usize,
    /// Number of columns (measures, dimensions) of the data.
    pub columns: usize,
    /// The XXH3 digest (64 bits, hexadecimal) of ids, names and values: it tells data apart, and is taken at the speed of
    /// memory, so that every result can have one.
    pub data: String,
    /// The seed of all chance in it; none where nothing is random.
    pub seed: Option<u64>,
}

impl Origin {
    /// The origin of what `function` computes from the rows of a matrix.
    pub fn new(function: &'static str, x: &Matrix, options: &impl Serialize, seed: Option<u64>) -> Self {
        let mut hash = XxHash3_64::new();
        for text in x.ids().iter().chain(x.columns().iter()) {
            hash.write(&(text.len() as u64).to_le_bytes());
            hash.write(text.as_bytes());
        }
        let mut bytes = [0; 8 * 512];
        for values in x.values().chunks(512) {
            let (slots, _) = bytes.as_chunks_mut::<8>();
            slots.iter_mut().zip(values).for_each(|(slot, v)| *slot = v.to_le_bytes());
            hash.write(&bytes[..8 * values.len()]);
        }
        let data = format!("{:016x}", hash.finish());
        // Options are plain structs of numbers, texts and lists, which JSON holds.
        let options = serde_json::to_value(options).unwrap_or(Value::Null);
        Origin { function, options, rows: x.rows(), columns: x.cols(), data, seed }
    }
}

/// A result that tells where it comes from and can be stored.
pub trait Outcome {
    /// What it was computed from.
    fn origin(&self) -> &Origin;

    /// Its single numbers by name: `[("inertia", 12.5), ("steps", 4.0)]`.
    fn numbers(&self) -> Vec<(&'static str, f64)>;

    /// What it says of each cell, class or fold: a row for each.
    ///
    /// # Errors
    /// When rows cannot be named.
    fn table(&self) -> Result<Table>;

    /// The origin, the numbers and the table's rows as one JSON object; what is not finite is `null`.
    ///
    /// # Errors
    /// As [`table`](Self::table).
    fn to_json(&self) -> Result<Value> {
        let numbers: Map<String, Value> = self.numbers().into_iter().map(|(k, v)| (k.to_string(), json!(v))).collect();
        let origin = serde_json::to_value(self.origin()).unwrap_or(Value::Null);
        Ok(json!({ "origin": origin, "numbers": numbers, "table": self.table()?.to_json() }))
    }

    /// Writes the table, or for a path that ends in `.json` the whole [`to_json`](Self::to_json).
    ///
    /// # Errors
    /// When the ending is unknown or the file cannot be written.
    fn save(&self, path: &Path) -> Result<()> {
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")) {
            let mut text = format!("{:#}", self.to_json()?);
            text.push('\n');
            return atomic::write(path, text.as_bytes());
        }
        self.table()?.save(path, false)
    }
}
