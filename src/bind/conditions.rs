//! What `where` is given: a map of columns and what they must hold.

use std::ops::{Range, RangeInclusive};

use rhai::{Array, Dynamic, Map};

use crate::data::table::{Condition, Conditions};
use crate::error::{Error, Result};
use crate::script::values;

/// The conditions in a map: for each column a text or number (equal to it), an array of texts (one of them), an array
/// of two numbers or `()` (from the first to the second, `()` being open), a range of whole numbers, or `()` (missing).
///
/// # Errors
/// When a value is none of these.
pub fn conditions(map: &Map) -> Result<Conditions> {
    map.iter().map(|(column, value)| Ok((column.to_string(), condition(column, value)?))).collect()
}

fn condition(column: &str, value: &Dynamic) -> Result<Condition> {
    let what = format!("the condition on `{column}`");
    if value.is_unit() {
        return Ok(Condition::Missing);
    }
    if let Some(range) = value.read_lock::<Range<i64>>() {
        // Whole numbers below the end, and what lies between them.
        return Ok(Condition::Between(range.start as f64, (range.end as f64).next_down()));
    }
    if let Some(range) = value.read_lock::<RangeInclusive<i64>>() {
        return Ok(Condition::Between(*range.start() as f64, *range.end() as f64));
    }
    if let Some(items) = value.read_lock::<Array>() {
        let is_end = |v: &Dynamic| v.is_unit() || v.is_int() || v.is_float();
        if let [low, high] = items.as_slice()
            && is_end(low)
            && is_end(high)
        {
            let end = |v: &Dynamic, open: f64| if v.is_unit() { Ok(open) } else { values::number(&what, v) };
            return Ok(Condition::Between(end(low, f64::NEG_INFINITY)?, end(high, f64::INFINITY)?));
        }
        return items.iter().map(|item| plain(&what, item)).collect::<Result<_>>().map(Condition::OneOf);
    }
    plain(&what, value).map(|text| Condition::OneOf(vec![text]))
}

fn plain(what: &str, value: &Dynamic) -> Result<String> {
    if value.is_string() || value.is_int() || value.is_char() || value.is_bool() {
        return Ok(value.to_string());
    }
    if let Ok(number) = value.as_float() {
        return Ok(number.to_string());
    }
    Err(Error::value(format!("{what} is {}, expected a text, a number or an array", values::type_of(value)))
        .help("as in `where(#{ total_length: [1000, ()], layer: \"4\" })`; `filter(|row| …)` takes a closure"))
}
