//! Folds that hold out whole groups: laboratories, animals, slices. Cells of a group share more than their class, so a
//! classifier that has seen some of them knows the others better than it will know cells from elsewhere.

use super::{Role, Split};
use crate::data::Labels;
use crate::error::{Error, Result};

/// Each group in turn.
pub(super) fn each(groups: &Labels, usable: &[bool]) -> Result<Split> {
    let present = present(groups, usable, 2)?;
    let fold_of = |group: usize| present.iter().position(|&p| p == group).unwrap_or(0) as u32;
    Ok(Split {
        roles: roles(groups, usable, fold_of),
        names: present.iter().map(|&group| groups.classes()[group].clone()).collect(),
    })
}

/// Groups dealt out to folds: the largest first, each to the fold with the fewest cells so far, as scikit-learn's
/// `GroupKFold` does.
pub(in crate::evaluate) fn dealt(groups: &Labels, usable: &[bool], folds: usize) -> Result<Split> {
    if folds < 2 {
        return Err(Error::value(format!("`{folds}` folds, expected at least 2"))
            .help("leave out `folds` to hold out each group in turn"));
    }
    let mut present = present(groups, usable, folds)?;
    let sizes = sizes(groups, usable);
    present.sort_by_key(|&group| std::cmp::Reverse(sizes[group]));
    let mut load = vec![0usize; folds];
    let mut fold_of = vec![0u32; groups.classes().len()];
    for group in present {
        let lightest = (1..folds).fold(0, |best, fold| if load[fold] < load[best] { fold } else { best });
        load[lightest] += sizes[group];
        fold_of[group] = lightest as u32;
    }
    Ok(Split::numbered(roles(groups, usable, |group| fold_of[group]), folds))
}

fn sizes(groups: &Labels, usable: &[bool]) -> Vec<usize> {
    let mut sizes = vec![0usize; groups.classes().len()];
    for (group, usable) in groups.codes().iter().zip(usable) {
        if let (Some(group), true) = (group, usable) {
            sizes[*group as usize] += 1;
        }
    }
    sizes
}

/// The groups that have a cell to hold out; there must be as many as folds.
fn present(groups: &Labels, usable: &[bool], folds: usize) -> Result<Vec<usize>> {
    let sizes = sizes(groups, usable);
    let present: Vec<usize> = (0..sizes.len()).filter(|&group| sizes[group] > 0).collect();
    if present.len() < folds {
        let names: Vec<&str> = present.iter().map(|&g| groups.classes()[g].as_str()).collect();
        return Err(Error::value(format!(
            "{} groups of labelled cells ({}), expected at least {folds}",
            present.len(),
            names.join(", ")
        ))
        .help("ask for fewer folds, or hold out cells by chance, without `groups`"));
    }
    Ok(present)
}

fn roles(groups: &Labels, usable: &[bool], fold_of: impl Fn(usize) -> u32) -> Vec<Role> {
    let role = |(group, usable): (&Option<u32>, &bool)| match group {
        Some(group) if *usable => Role::Held(fold_of(*group as usize)),
        _ => Role::Unused,
    };
    groups.codes().iter().zip(usable).map(role).collect()
}
