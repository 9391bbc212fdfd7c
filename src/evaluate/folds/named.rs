//! Splits that papers have published, so that a figure can stand beside theirs.

use std::collections::HashMap;
use std::sync::Arc;

use super::numpy::{RandomState, python_set_order};
use super::{FoldOptions, Folding, Folds, NamedSplit, Role, Split, Way};
use crate::data::Labels;
use crate::error::{Error, Result};

/// The specimens of the Allen Cell Types Database that trained and validated the published model.
const ACT: &str = include_str!("act_split.csv");

/// Cells of MorphVAE's motor cortex data, and how many of them it learns from and validates on.
const MORPHVAE: (usize, usize, usize) = (275, 160, 55);

pub(super) fn split(
    split: NamedSplit,
    labels: &Labels,
    ids: Option<&Arc<[String]>>,
    options: &FoldOptions,
) -> Result<Folds> {
    let (way, mut roles, seed) = match split {
        NamedSplit::Graphdino => {
            let five = FoldOptions { folds: Some(Folding::Count(5)), split: None, ..options.clone() };
            return Folds::new(labels, ids, &five, u64::from(options.numpy_seed));
        }
        NamedSplit::Morphvae => (Way::Morphvae, morphvae(labels.len(), options)?, Some(u64::from(options.numpy_seed))),
        NamedSplit::Treemoco => (Way::Treemoco, treemoco(options)?, None),
        NamedSplit::Act => (Way::Act, act(ids)?, None),
    };
    for (role, label) in roles.iter_mut().zip(labels.codes()) {
        if label.is_none() {
            *role = Role::Unused;
        }
    }
    for (what, role) in [("to hold out", Role::Held(0)), ("to learn from", Role::Training)] {
        if !roles.contains(&role) {
            return Err(Error::value(format!("folds: none of the {} cells is one {what} in this split", labels.len()))
                .help("do the cells have labels, and are they those of the split?"));
        }
    }
    Ok(Folds { way, ids: ids.map(|ids| ids.to_vec()), splits: vec![Split::numbered(roles, 1)], seed })
}

/// The roles that the MorphVAE notebooks draw, whatever the cells' labels: training cells without replacement, then
/// validation cells from the rest in the order of a Python set; what is left is tested on.
fn morphvae(cells: usize, options: &FoldOptions) -> Result<Vec<Role>> {
    let (train, validation) = match (options.train, options.validation) {
        (Some(train), Some(validation)) => (train, validation),
        (None, None) if cells == MORPHVAE.0 => (MORPHVAE.1, MORPHVAE.2),
        _ => {
            return Err(Error::value(format!("folds: MorphVAE's split is of {} cells, found {cells}", MORPHVAE.0))
                .help("for other cells give both `train` and `validation`, as numbers of cells"));
        }
    };
    if train == 0 || train + validation >= cells {
        return Err(Error::value(format!(
            "folds: {train} cells to learn from and {validation} of validation of {cells}"
        ))
        .help("some must be left to test on"));
    }
    let mut state = RandomState::new(options.numpy_seed);
    let mut roles = vec![Role::Held(0); cells];
    state.permutation(cells)[..train].iter().for_each(|&cell| roles[cell] = Role::Training);
    let rest: Vec<usize> = (0..cells).filter(|&cell| roles[cell] == Role::Held(0)).collect();
    let rest = python_set_order(&rest);
    state.permutation(rest.len())[..validation].iter().for_each(|&at| roles[rest[at]] = Role::Unused);
    Ok(roles)
}

fn treemoco(options: &FoldOptions) -> Result<Vec<Role>> {
    let Some(by) = &options.by else {
        return Err(Error::value("folds: TreeMoCo's split needs the column of fold numbers")
            .help("give `by: cells.labels(\"model__fold\")`"));
    };
    let role = |cell: usize| match by.get(cell) {
        None => Ok(Role::Unused),
        // Numbers that went through a float column carry a decimal point.
        Some(text) => match text.parse::<f64>() {
            Ok(fold) if (0.0..=7.0).contains(&fold) && fold.fract() == 0.0 => Ok(Role::Training),
            Ok(fold) if fold == 8.0 || fold == 9.0 => Ok(Role::Held(0)),
            _ => Err(Error::value(format!("folds: fold `{text}` of cell {}, expected 0 to 9", cell + 1))),
        },
    };
    (0..by.len()).map(role).collect()
}

/// The role of each specimen, by the number that its id is or begins with.
fn act(ids: Option<&Arc<[String]>>) -> Result<Vec<Role>> {
    let Some(ids) = ids else {
        return Err(Error::value("folds: the ACT split goes by specimen ids").help("give `ids: cells.ids`"));
    };
    let part = |line: &'static str| {
        let (id, part) = line.split_once(',')?;
        Some((id, if part == "validation" { Role::Held(0) } else { Role::Training }))
    };
    let parts: HashMap<&str, Role> = ACT.lines().skip(1).filter_map(part).collect();
    let number = |id: &str| {
        let name = id.rsplit(['/', '\\']).next().unwrap_or(id);
        name[..name.find(|c: char| !c.is_ascii_digit()).unwrap_or(name.len())].to_string()
    };
    Ok(ids.iter().map(|id| parts.get(number(id).as_str()).copied().unwrap_or(Role::Unused)).collect())
}
