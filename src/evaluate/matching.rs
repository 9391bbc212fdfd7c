//! Rows of different tables that belong to the same cell, found by id.

use std::collections::HashMap;

use crate::error::{Error, Result};

/// Number of ids that a message lists.
const LISTED: usize = 5;

/// Where each of `wanted` stands among `known`; the texts name the two in errors.
///
/// # Errors
/// When an id is missing on either side, or occurs twice: the message names the ids.
pub(super) fn places(known: &[String], wanted: &[String], known_name: &str, wanted_name: &str) -> Result<Vec<usize>> {
    if known == wanted {
        return Ok((0..known.len()).collect());
    }
    let place = of(known, known_name)?;
    let other = of(wanted, wanted_name)?;
    let missing = |from: &[String], there: &HashMap<&str, usize>| -> Vec<String> {
        from.iter().filter(|id| !there.contains_key(id.as_str())).map(|id| format!("`{id}`")).collect()
    };
    let sides = [(missing(wanted, &place), known_name), (missing(known, &other), wanted_name)];
    for (ids, side) in sides {
        if !ids.is_empty() {
            let more = if ids.len() > LISTED { format!(" and {} more", ids.len() - LISTED) } else { String::new() };
            let shown = ids[..ids.len().min(LISTED)].join(", ");
            return Err(Error::value(format!("there is no row in {side} for {shown}{more}"))
                .help("rows are matched by their ids: give both for the same cells"));
        }
    }
    Ok(wanted.iter().map(|id| place[id.as_str()]).collect())
}

fn of<'a>(ids: &'a [String], name: &str) -> Result<HashMap<&'a str, usize>> {
    let mut place = HashMap::with_capacity(ids.len());
    for (at, id) in ids.iter().enumerate() {
        if let Some(first) = place.insert(id.as_str(), at) {
            return Err(Error::value(format!("{name}: rows {} and {} are both called `{id}`", first + 1, at + 1))
                .help("rows are matched by their ids, which must differ"));
        }
    }
    Ok(place)
}
