//! Tables as JSON: an array of objects, one per row.

use std::path::Path;

use serde_json::{Map, Number, Value};

use super::file::{Draft, LoadOptions};
use super::{ID, Table, Values};
use crate::error::{Error, Result};

/// Reads an array of objects; a key that an object lacks, and `null`, are missing values.
pub(super) fn load(path: &Path, options: &LoadOptions) -> Result<Table> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::io("cannot read", path, &e))?;
    let rows: Vec<Map<String, Value>> = serde_json::from_str(&text).map_err(|e| {
        Error::format(format!("expected an array of objects, one per row: {e}")).in_file(path).at_line(e.line())
    })?;
    let mut names: Vec<&str> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for key in rows.iter().flat_map(Map::keys) {
        if known.insert(key.as_str()) {
            names.push(key);
        }
    }
    let mut draft = Draft::default();
    for name in names {
        let values: Vec<&Value> = rows.iter().map(|row| row.get(name).unwrap_or(&Value::Null)).collect();
        if values.iter().any(|v| v.is_array() || v.is_object()) {
            let error = Error::format(format!("`{name}` holds an array or object, expected numbers and texts"));
            return Err(error.in_file(path).help("a table has one value per row and column"));
        }
        let is_number = |v: &&Value| v.is_number() || v.is_null();
        // Written as a text, a number stays one: `"4"` may be a layer.
        if values.iter().all(is_number) && values.iter().any(|v| v.is_number()) {
            draft.numbers(name, None, values.iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect());
        } else {
            draft.texts(name, values.into_iter().map(written).collect());
        }
    }
    draft.finish(options).map_err(|e| e.in_file(path))
}

fn written(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

impl Table {
    /// The table as an array of objects, ids first. JSON has no NaN and no infinity: they become `null`.
    pub fn to_json(&self) -> Value {
        Value::Array((0..self.len()).map(|row| Value::Object(object(self, row))).collect())
    }
}

/// The table as text, an object in each line.
pub(super) fn bytes(table: &Table) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![b'['];
    for row in 0..table.len() {
        bytes.extend_from_slice(if row == 0 { b"\n" } else { b",\n" });
        serde_json::to_writer(&mut bytes, &object(table, row))?;
    }
    bytes.extend_from_slice(b"\n]\n");
    Ok(bytes)
}

fn object(table: &Table, row: usize) -> Map<String, Value> {
    let mut object = Map::with_capacity(table.columns().len() + 1);
    object.insert(ID.to_string(), Value::String(table.ids()[row].clone()));
    for column in table.columns() {
        let value = match &column.values {
            Values::Numbers(v) => Number::from_f64(v[row]).map_or(Value::Null, Value::Number),
            Values::Texts(v) => v[row].as_deref().map_or(Value::Null, |text| Value::String(text.to_string())),
        };
        object.insert(column.name.clone(), value);
    }
    object
}
