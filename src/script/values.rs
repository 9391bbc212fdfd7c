//! Single arguments: script values as Rust numbers, texts and lists.
//!
//! Rhai does not pass an integer where a float is declared, so a binding that wants a number declares `Dynamic` and asks
//! [`number`]. `what` names the argument in messages, as in "the angle of `augment::rotate`".

use std::rc::Rc;

use rhai::{Array, Dynamic, FnPtr, Map};

use super::decode;
use crate::data::Labels;
use crate::error::{Error, Result};

/// A number; integers pass.
///
/// # Errors
/// When the value is no number.
pub fn number(what: &str, value: &Dynamic) -> Result<f64> {
    // `as_float` and `as_int` look through shared variables, such as those a closure has captured.
    value.as_float().or_else(|_| value.as_int().map(|n| n as f64)).map_err(|_| wrong(what, "a number", value))
}

/// A whole number; `1e4` passes, `1.5` does not.
///
/// # Errors
/// When the value is no whole number.
pub fn whole(what: &str, value: &Dynamic) -> Result<i64> {
    decode::Given(value).whole().ok_or_else(|| wrong(what, "a whole number", value))
}

/// A whole number, 0 or more.
///
/// # Errors
/// When the value is anything else.
pub fn count(what: &str, value: &Dynamic) -> Result<usize> {
    let whole = decode::Given(value).whole().and_then(|n| usize::try_from(n).ok());
    whole.ok_or_else(|| wrong(what, "a whole number, 0 or more", value))
}

/// A text.
///
/// # Errors
/// When the value is no string.
pub fn text(what: &str, value: &Dynamic) -> Result<String> {
    value.clone().into_string().map_err(|_| wrong(what, "a text", value))
}

/// An array (or range) of numbers.
///
/// # Errors
/// When the value is no array, or an item is no number.
pub fn numbers(what: &str, value: &Dynamic) -> Result<Vec<f64>> {
    list(what, "an array of numbers", value, number)
}

/// An array (or range) of whole numbers, 0 or more.
///
/// # Errors
/// When the value is no array, or an item is anything else.
pub fn counts(what: &str, value: &Dynamic) -> Result<Vec<usize>> {
    list(what, "an array of whole numbers", value, count)
}

/// An array of texts.
///
/// # Errors
/// When the value is no array, or an item is no string.
pub fn texts(what: &str, value: &Dynamic) -> Result<Vec<String>> {
    list(what, "an array of texts", value, text)
}

/// Labels: a handle, or an array of texts, numbers or booleans, in which `()` and `""` stand for a missing one.
///
/// # Errors
/// When the value is anything else.
pub fn labels(what: &str, value: &Dynamic) -> Result<Rc<Labels>> {
    if let Some(handle) = value.clone().try_cast::<Rc<Labels>>() {
        return Ok(handle);
    }
    let name = |what: &str, v: &Dynamic| {
        if v.is_unit() {
            return Ok(None);
        }
        let plain = v.is_string() || v.is_int() || v.is_float() || v.is_bool() || v.is_char();
        if plain { Ok(Some(v.to_string())) } else { Err(wrong(what, "labels or an array of texts or numbers", v)) }
    };
    let names = list(what, "labels or an array of texts or numbers", value, name)?;
    Ok(Rc::new(Labels::new(names)))
}

/// A script array of anything that can be one of its items.
pub fn array<T: Into<Dynamic>>(items: impl IntoIterator<Item = T>) -> Array {
    items.into_iter().map(Into::into).collect()
}

/// Plain data as JSON, for what is written into files.
///
/// # Errors
/// When the value is a handle or a function, or holds one.
pub fn to_json(what: &str, value: &Dynamic) -> Result<serde_json::Value> {
    use serde_json::Value;
    if value.is_unit() {
        return Ok(Value::Null);
    }
    if let Ok(b) = value.as_bool() {
        return Ok(b.into());
    }
    if let Ok(n) = value.as_int() {
        return Ok(n.into());
    }
    if let Ok(x) = value.as_float() {
        // JSON has no NaN or infinity; null is what other writers (pandas, JavaScript) put there.
        return Ok(serde_json::Number::from_f64(x).map_or(Value::Null, Value::Number));
    }
    if let Some(items) = decode::items(value) {
        let items = items.map_err(|e| Error::value(format!("{what}: {e}")))?;
        return items.iter().map(|v| to_json(what, v)).collect::<Result<Vec<_>>>().map(Value::Array);
    }
    if let Ok(map) = value.as_map_ref() {
        let entry = |(k, v): (&rhai::Identifier, &Dynamic)| Ok((k.to_string(), to_json(&format!("{what}.{k}"), v)?));
        return map.iter().map(entry).collect::<Result<_>>().map(Value::Object);
    }
    match value.clone().into_string() {
        Ok(text) => Ok(Value::String(text)),
        Err(_) => Err(wrong(what, "plain data (numbers, texts, arrays, maps)", value)),
    }
}

/// The everyday name of a built-in type; none for handles, whose registered name is better.
pub fn kind_of(value: &Dynamic) -> Option<&'static str> {
    if value.is::<FnPtr>() {
        return Some("a function");
    }
    let kinds: [(bool, &'static str); 8] = [
        (value.is_unit(), "nothing"),
        (value.is_bool(), "true or false"),
        (value.is_int(), "a whole number"),
        (value.is_float(), "a number"),
        (value.is_string() || value.is_char(), "a text"),
        (value.is::<Array>(), "an array"),
        (value.is::<Map>(), "a map"),
        (decode::items(value).is_some(), "a range"),
    ];
    kinds.into_iter().find(|(is, _)| *is).map(|(_, name)| name)
}

/// What a value is, as a message says it: `a text`, `Population`.
pub fn type_of(value: &Dynamic) -> String {
    kind_of(value).map_or_else(|| handle_name(value), str::to_string)
}

fn list<T>(what: &str, expected: &str, value: &Dynamic, item: impl Fn(&str, &Dynamic) -> Result<T>) -> Result<Vec<T>> {
    let items = decode::items(value).ok_or_else(|| wrong(what, expected, value))?;
    let items = items.map_err(|e| Error::value(format!("{what}: {e}")))?;
    items.iter().enumerate().map(|(i, v)| item(&format!("item {i} of {what}"), v)).collect()
}

fn wrong(what: &str, expected: &str, value: &Dynamic) -> Error {
    let found = match value {
        v if v.is_string() => format!("\"{v}\""),
        v if v.is_int() || v.is_float() || v.is_bool() || v.is_unit() => format!("`{v}`"),
        v => type_of(v),
    };
    Error::value(format!("{what} must be {expected}, found {found}"))
}

/// A handle's Rust type without its path and its `Rc`: the names coincide with the registered ones.
fn handle_name(value: &Dynamic) -> String {
    value.type_name().rsplit("::").next().unwrap_or("a value").trim_end_matches('>').to_string()
}
