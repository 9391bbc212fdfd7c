//! How cells are to be held out, and what contradicts itself.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::stratified;
use crate::data::Labels;
use crate::error::{Error, Result};

/// How cells are held out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FoldOptions {
    /// The folds; without it 5, or with groups, each group in turn.
    pub folds: Option<Folding>,
    /// A published split, in place of `folds`.
    pub split: Option<NamedSplit>,
    /// Number of splits into folds, each shuffled anew.
    pub repeats: usize,
    /// Whether each fold has every class in proportion.
    pub stratify: bool,
    /// What is done about classes with fewer cells than folds.
    pub rare: Rare,
    /// Number of cells that MorphVAE's split learns from; 160 of 275 cells.
    pub train: Option<usize>,
    /// Number of cells that MorphVAE's split sets aside for validation; 55 of 275 cells.
    pub validation: Option<usize>,
    /// The seed of numpy's generator in MorphVAE's split.
    pub numpy_seed: u32,
    /// A label that cells of a group share, such as the laboratory: groups are held out as a whole.
    #[serde(skip)]
    pub groups: Option<Labels>,
    /// The fold column of TreeMoCo's tables: `0` to `9`.
    #[serde(skip)]
    pub by: Option<Labels>,
}

impl Default for FoldOptions {
    fn default() -> Self {
        FoldOptions {
            folds: None,
            split: None,
            repeats: 1,
            stratify: true,
            rare: Rare::default(),
            train: None,
            validation: None,
            numpy_seed: 17,
            groups: None,
            by: None,
        }
    }
}

/// How cells are held out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a number of folds, \"loo\" to hold out each cell in turn, a fold number for each cell, or a list of \
                 ids for each fold"
)]
pub enum Folding {
    /// This many folds.
    Count(usize),
    /// By name.
    Named(NamedFolds),
    /// A fold number for each cell.
    Numbers(Vec<usize>),
    /// The ids of the cells that each fold holds out; cells in no list are always learnt from.
    Ids(Vec<Vec<String>>),
}

/// Ways to hold out cells that have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NamedFolds {
    /// Each cell in turn.
    #[serde(rename = "loo", alias = "leave_one_out")]
    LeaveOneOut,
    /// Each group in turn.
    #[serde(rename = "logo", alias = "leave_one_group_out")]
    LeaveOneGroupOut,
}

impl Folding {
    /// Each cell held out in turn.
    pub const LEAVE_ONE_OUT: Folding = Folding::Named(NamedFolds::LeaveOneOut);
}

/// Splits that papers have published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamedSplit {
    /// MorphVAE (Laturnus & Berens 2021): drawn by numpy's legacy generator; tests on what is in neither training nor
    /// validation.
    Morphvae,
    /// TreeMoCo (Chen et al. 2022): learns from folds 0 to 7 of a column, tests on 8 and 9.
    Treemoco,
    /// The published GraphDINO model of mouse visual cortex (Weis et al. 2021): 387 specimens trained it, 43 validate.
    Act,
    /// GraphDINO's comparison with others: five folds of 80 and 20 %, of which the mean counts.
    Graphdino,
}

/// What is done about classes with fewer cells than folds, which some folds would hold out none of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rare {
    /// It is an error.
    #[default]
    Error,
    /// Their cells are left out.
    Drop,
    /// They stay, with a warning in the log: those folds' scores rest on the other classes.
    Keep,
}

impl Rare {
    /// Does it to the cells that are used.
    pub(super) fn apply(self, labels: &Labels, folds: usize, usable: &mut [bool]) -> Result<()> {
        let mut counts = vec![0usize; labels.classes().len()];
        let classes = || labels.codes().iter().enumerate().filter_map(|(cell, c)| c.map(|c| (cell, c as usize)));
        classes().filter(|&(cell, _)| usable[cell]).for_each(|(_, class)| counts[class] += 1);
        let is_rare = |class: usize| (1..folds).contains(&counts[class]);
        let rare: Vec<String> = (0..counts.len())
            .filter(|&class| is_rare(class))
            .map(|class| format!("`{}` ({})", labels.classes()[class], counts[class]))
            .collect();
        // Where every class is rare, the folds themselves are the fault: that has its own message.
        if rare.is_empty() || counts.iter().all(|&count| count < folds) {
            return Ok(());
        }
        match self {
            Rare::Error => {
                Err(Error::value(format!("{folds} folds, but these classes have fewer cells: {}", rare.join(", ")))
                    .help(
                        "leave them out with `rare: \"drop\"`, keep them with `rare: \"keep\"`, or ask for fewer folds",
                    ))
            }
            Rare::Drop => {
                classes().filter(|&(_, class)| is_rare(class)).for_each(|(cell, _)| usable[cell] = false);
                tracing::info!("classes with fewer cells than the {folds} folds are left out: {}", rare.join(", "));
                Ok(())
            }
            Rare::Keep => {
                let classes: Vec<usize> = classes().filter(|&(cell, _)| usable[cell]).map(|(_, class)| class).collect();
                stratified::warn_of_rare_classes(&classes, labels.classes(), folds);
                Ok(())
            }
        }
    }
}

impl FoldOptions {
    /// The folds that are asked for.
    pub(super) fn folding(&self) -> Folding {
        match (&self.folds, &self.groups) {
            (Some(folding), _) => folding.clone(),
            (None, Some(_)) => Folding::Named(NamedFolds::LeaveOneGroupOut),
            (None, None) => Folding::Count(5),
        }
    }

    /// Refuses what contradicts itself or the cells.
    pub(super) fn check(&self, labels: &Labels, ids: Option<&Arc<[String]>>) -> Result<()> {
        if let Some(ids) = ids {
            labels.require_len(ids.len(), "folds")?;
        }
        if labels.known().0.is_empty() {
            return Err(Error::value(format!("folds: none of the {} cells has a label", labels.len()))
                .help("choose the column of labels with the `label` option where the cells are read"));
        }
        for (name, given) in [("groups", &self.groups), ("by", &self.by)] {
            if let Some(given) = given
                && given.len() != labels.len()
            {
                return Err(Error::value(format!("folds: {} `{name}` for {} cells", given.len(), labels.len()))
                    .help("take them from the same cells in the same order"));
            }
        }
        if self.repeats == 0 {
            return Err(Error::value("`0` repeats, expected at least 1"));
        }
        if self.split.is_some() && (self.folds.is_some() || self.groups.is_some()) {
            return Err(Error::value("folds: a published `split` leaves nothing to `folds` and `groups`")
                .help("give one or the other"));
        }
        let by_chance = self.groups.is_none() && matches!(self.folding(), Folding::Count(_));
        let published = self.split.is_some_and(|split| split != NamedSplit::Graphdino);
        if self.repeats > 1 && (!by_chance || published) {
            return Err(Error::value("folds: these cells can be held out in one way only")
                .help("leave out `repeats`, or give a number of folds without groups"));
        }
        Ok(())
    }
}
