//! Folds that the caller gives.

use std::collections::HashMap;

use super::{Role, Split};
use crate::error::{Error, Result};

/// A fold number for each cell. Numbers that no cell has are skipped.
pub(super) fn by_number(numbers: Vec<usize>, usable: &[bool]) -> Result<Split> {
    if numbers.len() != usable.len() {
        return Err(Error::value(format!("folds: {} fold numbers for {} cells", numbers.len(), usable.len()))
            .help("give one for each cell, in the cells' order"));
    }
    let mut names: Vec<usize> = numbers.iter().zip(usable).filter(|(_, u)| **u).map(|(number, _)| *number).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() < 2 {
        return Err(Error::value("folds: all cells have the same fold number").help("what would be learnt from?"));
    }
    let place: HashMap<usize, u32> = names.iter().zip(0..).map(|(&name, at)| (name, at)).collect();
    let role = |(number, usable): (&usize, &bool)| if *usable { Role::Held(place[number]) } else { Role::Unused };
    let roles = numbers.iter().zip(usable).map(role).collect();
    Ok(Split { roles, names: names.iter().map(usize::to_string).collect() })
}

/// A list of ids for each fold; cells in no list are always learnt from.
pub(super) fn by_id(lists: Vec<Vec<String>>, ids: &[String], usable: &[bool]) -> Result<Split> {
    let place: HashMap<&str, usize> = ids.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
    let mut roles: Vec<Role> = usable.iter().map(|&u| if u { Role::Training } else { Role::Unused }).collect();
    let mut fold_of: HashMap<&str, usize> = HashMap::new();
    for (fold, list) in lists.iter().enumerate() {
        for id in list {
            let Some(&cell) = place.get(id.as_str()) else {
                return Err(Error::value(format!("folds: no cell is called `{id}`, which fold {} names", fold + 1))
                    .help(crate::error::did_you_mean(id, ids.iter().map(String::as_str)).map_or_else(
                        || "ids are those of the rows, `z.ids`".to_string(),
                        |near| format!("did you mean `{near}`?"),
                    )));
            };
            if let Some(other) = fold_of.insert(id, fold) {
                return Err(Error::value(format!("folds: `{id}` is in folds {} and {}", other + 1, fold + 1)));
            }
            if usable[cell] {
                roles[cell] = Role::Held(fold as u32);
            }
        }
        if !list.iter().any(|id| usable[place[id.as_str()]]) {
            return Err(Error::value(format!("folds: fold {} holds out no cell that has a label", fold + 1)));
        }
    }
    let split = Split::numbered(roles, lists.len());
    if lists.is_empty() || split.training(0).is_empty() {
        return Err(Error::value("folds: no cell is left to learn from").help("give the ids of two folds or more"));
    }
    Ok(split)
}
