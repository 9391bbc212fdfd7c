//! Folds: which cells are held out, and which are learnt from meanwhile.
//!
//! [`Folds`] is a value of its own, so that two embeddings can be judged on the same cells, a split can be stored beside
//! a paper, and one that others have published can be followed to the cell. [`Folds::new`] makes them: stratified, by
//! groups, one cell or one group at a time, as given, or a published split by name.
//!
//! Each of its [`Split`]s gives every cell a [`Role`]. Cells without a label have none: they are neither learnt from nor
//! held out.

mod file;
mod given;
pub(super) mod grouped;
mod named;
mod numpy;
mod options;
pub(super) mod stratified;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::data::Labels;
use crate::error::{Error, Result};
use crate::run::seed as seeds;
pub use options::{FoldOptions, Folding, NamedFolds, NamedSplit, Rare};

/// What a cell is for in a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Learnt from in every fold, never held out.
    Training,
    /// Neither learnt from nor held out.
    Unused,
    /// Held out in this fold, learnt from in the others.
    #[serde(untagged)]
    Held(u32),
}

/// One way to hold cells out: a role for each, and the folds' names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// What each cell is for.
    pub roles: Vec<Role>,
    /// The folds' names: numbers from 1, or those of the groups.
    pub names: Vec<String>,
}

impl Split {
    /// A split with numbered folds.
    fn numbered(roles: Vec<Role>, folds: usize) -> Self {
        Split { roles, names: (1..=folds).map(|fold| fold.to_string()).collect() }
    }

    /// The cells that a fold holds out.
    pub fn held_out(&self, fold: usize) -> Vec<usize> {
        self.cells(|role| role == Role::Held(fold as u32))
    }

    /// The cells that are learnt from while a fold is held out.
    pub fn training(&self, fold: usize) -> Vec<usize> {
        self.cells(|role| match role {
            Role::Training => true,
            Role::Held(other) => other != fold as u32,
            Role::Unused => false,
        })
    }

    /// The fold of each cell, where every cell is held out in one.
    pub(super) fn fold_numbers(&self) -> Vec<usize> {
        let number = |role: &Role| if let Role::Held(fold) = role { *fold as usize } else { usize::MAX };
        self.roles.iter().map(number).collect()
    }

    fn cells(&self, wanted: impl Fn(Role) -> bool) -> Vec<usize> {
        (0..self.roles.len()).filter(|&cell| wanted(self.roles[cell])).collect()
    }
}

/// How folds came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Each class in proportion, by chance.
    Stratified,
    /// By chance.
    Random,
    /// Each cell in turn.
    LeaveOneOut,
    /// Whole groups, dealt out so that folds are of like size.
    Grouped,
    /// Each group in turn.
    LeaveOneGroupOut,
    /// As the caller says.
    Given,
    /// The split of the MorphVAE paper.
    Morphvae,
    /// The folds of the TreeMoCo benchmark.
    Treemoco,
    /// The training and validation cells of the published GraphDINO model of mouse visual cortex.
    Act,
}

/// Which cells are held out, once or several times over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Folds {
    way: Way,
    /// The cells' ids, where they are known: rows of another order are then found by them.
    ids: Option<Vec<String>>,
    splits: Vec<Split>,
    /// The seed of the chance in it.
    seed: Option<u64>,
}

impl Folds {
    /// Folds of the cells that have a label (and a group, where groups are given). `ids` are the cells' ids, which some
    /// ways need, and by which the folds are later applied to rows of another order.
    ///
    /// # Errors
    /// When lengths differ, options contradict each other, there are too few cells, groups or classes, and by
    /// [`Rare::Error`] when a class has fewer cells than there are folds.
    pub fn new(labels: &Labels, ids: Option<&Arc<[String]>>, options: &FoldOptions, seed: u64) -> Result<Self> {
        options.check(labels, ids)?;
        if let Some(split) = options.split {
            return named::split(split, labels, ids, options);
        }
        let groups = options.groups.as_ref();
        let mut usable: Vec<bool> = (0..labels.len())
            .map(|cell| labels.codes()[cell].is_some() && groups.is_none_or(|g| g.codes()[cell].is_some()))
            .collect();
        let made = |way, splits, seed| Folds { way, ids: ids.map(|ids| ids.to_vec()), splits, seed };
        match (options.folding(), groups) {
            (Folding::Numbers(numbers), _) => Ok(made(Way::Given, vec![given::by_number(numbers, &usable)?], None)),
            (Folding::Ids(lists), _) => {
                let ids = ids.ok_or_else(|| {
                    Error::value("folds: lists of ids, but the labels have no ids").help("give `ids: cells.ids`")
                })?;
                Ok(made(Way::Given, vec![given::by_id(lists, ids, &usable)?], None))
            }
            (Folding::Named(NamedFolds::LeaveOneGroupOut), Some(groups)) => {
                Ok(made(Way::LeaveOneGroupOut, vec![grouped::each(groups, &usable)?], None))
            }
            (Folding::Named(NamedFolds::LeaveOneGroupOut), None) => {
                Err(Error::value("folds: to leave out one group at a time needs `groups`")
                    .help("give `groups: cells.labels(\"laboratory\")`"))
            }
            (Folding::Named(NamedFolds::LeaveOneOut), None) => {
                Ok(made(Way::LeaveOneOut, vec![one_by_one(&usable)?], None))
            }
            (Folding::Named(NamedFolds::LeaveOneOut), Some(_)) => Err(Error::value(
                "folds: `\"loo\"` holds out each cell, which leaves others of its group to learn from",
            )
            .help("leave out `folds` to hold out each group in turn, or leave out `groups`")),
            (Folding::Count(folds), Some(groups)) => {
                Ok(made(Way::Grouped, vec![grouped::dealt(groups, &usable, folds)?], None))
            }
            (Folding::Count(folds), None) if !options.stratify => {
                Ok(made(Way::Random, repeated(options, seed, |seed| random(&usable, folds, seed))?, Some(seed)))
            }
            (Folding::Count(folds), None) => {
                options.rare.apply(labels, folds, &mut usable)?;
                let cells: Vec<usize> = (0..labels.len()).filter(|&cell| usable[cell]).collect();
                let classes: Vec<usize> = cells.iter().filter_map(|&c| labels.codes()[c]).map(|c| c as usize).collect();
                let splits = repeated(options, seed, |seed| {
                    let folds_of = stratified::stratified(&classes, labels.classes(), folds, seed)?;
                    let mut roles = vec![Role::Unused; labels.len()];
                    cells.iter().zip(folds_of).for_each(|(&cell, fold)| roles[cell] = Role::Held(fold as u32));
                    Ok(Split::numbered(roles, folds))
                })?;
                Ok(made(Way::Stratified, splits, Some(seed)))
            }
        }
    }

    /// How they came about.
    pub fn way(&self) -> Way {
        self.way
    }

    /// The splits, one for each repeat.
    pub fn splits(&self) -> &[Split] {
        &self.splits
    }

    /// Number of cells, those without a role included.
    pub fn cells(&self) -> usize {
        self.splits.first().map_or(0, |split| split.roles.len())
    }

    /// Number of cells that are held out at some time.
    pub fn held_out(&self) -> usize {
        let held = |&cell: &usize| self.splits.iter().any(|s| matches!(s.roles[cell], Role::Held(_)));
        (0..self.cells()).filter(held).count()
    }

    /// Number of folds of a split.
    pub fn folds(&self) -> usize {
        self.splits.first().map_or(0, |split| split.names.len())
    }

    /// The folds with their roles in the order of other rows, found by id where both sides have ids.
    ///
    /// # Errors
    /// When ids do not match, or without ids, when there are more or fewer rows than cells.
    pub fn for_rows(&self, rows: &Arc<[String]>) -> Result<Folds> {
        let Some(own) = &self.ids else {
            if rows.len() == self.cells() {
                return Ok(self.clone());
            }
            return Err(Error::value(format!("folds of {} cells for {} rows", self.cells(), rows.len()))
                .help("make the folds from the labels of the same cells, or give `ids` when making them"));
        };
        if own[..] == rows[..] {
            return Ok(self.clone());
        }
        let places = super::matching::places(own, rows, "the folds", "the rows")?;
        let turned = |split: &Split| Split {
            roles: places.iter().map(|&place| split.roles[place]).collect(),
            names: split.names.clone(),
        };
        Ok(Folds { ids: Some(rows.to_vec()), splits: self.splits.iter().map(turned).collect(), ..self.clone() })
    }

    /// What is done, in words: `5 folds, 102 cells`.
    pub(super) fn words(&self) -> String {
        let (folds, cells, held) = (self.folds(), self.cells(), self.held_out());
        let times = if self.splits.len() > 1 { format!("{} x ", self.splits.len()) } else { String::new() };
        let learnt = self.splits.first().map_or(0, |s| s.training(0).len());
        match self.way {
            Way::LeaveOneOut => format!("each of {held} cells held out in turn"),
            Way::LeaveOneGroupOut => format!("each of {folds} groups held out in turn, {held} cells"),
            Way::Stratified => format!("{times}{folds} folds, {held} cells"),
            Way::Random => format!("{times}{folds} unstratified folds, {held} cells"),
            Way::Grouped => format!("{folds} folds of whole groups, {held} cells"),
            Way::Given if folds > 1 => format!("{folds} given folds, {held} cells"),
            Way::Given => format!("{held} given cells held out, {learnt} learnt from"),
            Way::Morphvae => format!("MorphVAE's split, {held} of {cells} cells held out, {learnt} learnt from"),
            Way::Treemoco => format!("TreeMoCo's folds 8 and 9, {held} cells held out, {learnt} learnt from"),
            Way::Act => format!("ACT's validation cells, {held} held out, {learnt} learnt from"),
        }
    }
}

/// The splits of all repeats, each by a seed of its own.
fn repeated(options: &FoldOptions, seed: u64, split: impl Fn(u64) -> Result<Split>) -> Result<Vec<Split>> {
    (0..options.repeats as u64).map(|repeat| split(seeds::derive(seed, "cross_validate", repeat))).collect()
}

fn one_by_one(usable: &[bool]) -> Result<Split> {
    let mut folds = 0;
    let mut role = |&usable: &bool| {
        folds += u32::from(usable);
        if usable { Role::Held(folds - 1) } else { Role::Unused }
    };
    let roles: Vec<Role> = usable.iter().map(&mut role).collect();
    if folds < 2 {
        return Err(Error::value(format!("`{folds}` cells to hold out in turn, expected at least 2")));
    }
    Ok(Split::numbered(roles, folds as usize))
}

/// Folds by chance, whose sizes differ by one cell at most.
fn random(usable: &[bool], folds: usize, seed: u64) -> Result<Split> {
    use rand::seq::SliceRandom;
    let mut cells: Vec<usize> = (0..usable.len()).filter(|&cell| usable[cell]).collect();
    if folds < 2 || folds > cells.len() {
        return Err(Error::value(format!("`{folds}` folds of {} cells", cells.len()))
            .help(format!("ask for 2 to {} folds", cells.len())));
    }
    cells.shuffle(&mut seeds::stream(seed, "folds", 0));
    let mut roles = vec![Role::Unused; usable.len()];
    cells.iter().enumerate().for_each(|(at, &cell)| roles[cell] = Role::Held((at % folds) as u32));
    Ok(Split::numbered(roles, folds))
}
