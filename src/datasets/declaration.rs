//! What a declaration holds, and the declarations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, did_you_mean};
use crate::morph::Unit;

/// The declarations, in the order in which they are listed.
const DECLARED: [&str; 7] = [
    include_str!("declared/act.toml"),
    include_str!("declared/bbp.toml"),
    include_str!("declared/m1_patchseq.toml"),
    include_str!("declared/bil.toml"),
    include_str!("declared/jml.toml"),
    include_str!("declared/treemoco.toml"),
    include_str!("declared/trees.toml"),
];

/// The specimens of the published split of ACT, which folds are made of as well: a line `ID,training` or `ID,validation`
/// each, below a header.
const ACT_IDS: &str = include_str!("../evaluate/folds/act_split.csv");

/// A data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// The short name that commands and scripts use.
    pub name: String,
    /// What it is, in a few words.
    pub title: String,
    /// What it is, in a few sentences.
    pub about: String,
    /// Whom to cite.
    pub cite: Vec<String>,
    /// The terms of the data.
    pub licence: String,
    /// What to fetch from where.
    pub sources: Vec<Source>,
    /// How the folder is laid out.
    pub layout: Vec<String>,
    /// Number of cells, where it is known.
    pub cells: Option<usize>,
    /// Whether the cells' ids are known, see [`ids`](Dataset::ids).
    #[serde(default)]
    pub ids: bool,
    /// The label column that holds those ids; without it they are the cells' names.
    pub id_column: Option<String>,
    /// The column that protocols predict.
    pub label: String,
    /// The label columns. A column may be declared several times, each time for other rows.
    pub columns: Vec<LabelColumn>,
    /// Unit, axes and size of the cells.
    pub geometry: Geometry,
    /// What is done to the cells before a model sees them.
    pub prepare: Prepare,
    /// The augmentations.
    pub views: Views,
    /// The model's sizes, as `nn::graphdino` takes them.
    pub model: Model,
    /// The options of training, as `train::dino` takes them.
    pub training: Training,
    /// The options of scoring, as `evaluate::cross_validate` takes them.
    pub evaluation: Evaluation,
    /// What goes wrong with these data.
    pub traps: Vec<String>,
    /// The cells that stand in for them.
    pub grown: Grown,
}

/// Something to fetch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What it gives: reconstructions, labels, angles.
    pub what: String,
    /// Who keeps it.
    pub archive: String,
    /// Where.
    pub url: String,
    /// Exactly which files.
    pub files: String,
}

/// A column of the label table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelColumn {
    /// Its name.
    pub name: String,
    /// What it says of a cell.
    pub about: String,
    /// The classes with the number of their cells.
    #[serde(default)]
    pub counts: BTreeMap<String, usize>,
    /// Classes the number of whose cells is not known.
    #[serde(default)]
    pub names: Vec<String>,
    /// What every class looks like: `*` stands for any text, `?` for a character, `[1-6]` for one of these.
    pub form: Option<String>,
    /// The rows that it is about; in others it may be empty.
    #[serde(rename = "where")]
    pub only: Option<Where>,
    /// Whether there may be other classes.
    #[serde(default)]
    pub open: bool,
    /// Whether its values are numbers.
    #[serde(default)]
    pub numeric: bool,
    /// Whether it may be absent.
    #[serde(default)]
    pub optional: bool,
}

/// A class of a column and the number of its cells, where it is known.
pub type Class<'a> = (&'a str, Option<usize>);

impl LabelColumn {
    /// The declared classes; none where any are allowed.
    pub fn classes(&self) -> impl Iterator<Item = Class<'_>> {
        let counted = self.counts.iter().map(|(name, cells)| (name.as_str(), Some(*cells)));
        counted.chain(self.names.iter().map(|name| (name.as_str(), None)))
    }
}

/// A choice of rows by the value of another column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Where {
    /// The other column.
    pub column: String,
    /// Its value in these rows.
    pub equals: String,
}

/// How cells lie in space.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Geometry {
    /// The unit of the files.
    pub unit: Unit,
    /// The axis along which the pia (or the sky) lies, either way; none where cells lie anyhow.
    pub vertical: Option<Named>,
    /// What shows the vertical.
    #[serde(default)]
    pub vertical_of: Upright,
    /// The axis through the slice, along which cells are flattest.
    pub slice: Option<Named>,
    /// Between which the median of the cells' largest extents must lie, of what [`Prepare::without`] leaves, in the
    /// files' unit. Wide enough for any selection of cells, too narrow for a wrong unit.
    pub extent: [f64; 2],
}

/// A coordinate axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Named {
    /// The first coordinate.
    X,
    /// The second.
    Y,
    /// The third.
    Z,
}

impl Named {
    /// Its letter.
    pub fn letter(self) -> char {
        ['x', 'y', 'z'][self as usize]
    }
}

/// What shows where up is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Upright {
    /// The apical dendrites, as seen from the soma.
    #[default]
    Apical,
    /// Everything, as seen from the root.
    All,
}

/// What is done to cells before a model sees them, in this order; each cell is centred on its soma last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Prepare {
    /// Cells whose files are in another unit, told by their names.
    pub scale: Vec<Rescale>,
    /// A factor for all cells.
    pub enlarge: Option<f64>,
    /// Turns by angles (degrees) in label columns, about the axes through the origin; a cell without one stays.
    pub turn: Vec<Turn>,
    /// Joins the pieces of forests.
    pub join: bool,
    /// Types that are removed.
    pub without: Vec<String>,
    /// Turns each cell by its principal axes.
    pub align: bool,
}

/// Cells in another unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rescale {
    /// How their names end.
    pub ending: String,
    /// What their coordinates are multiplied by.
    pub factor: [f64; 3],
}

/// A turn by an angle in a label column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// The column, in degrees.
    pub column: String,
    /// The axis.
    pub axis: Named,
}

/// The augmentations of one pipeline, in the order of the published code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Views {
    /// Where these numbers, and those of model and training, are from.
    pub source: String,
    /// Terminal branches that are cut.
    pub drop_branches: usize,
    /// Nodes that are kept.
    pub subsample: usize,
    /// The axis of random rotations.
    pub rotate: Named,
    /// Standard deviation of noise on each node, in µm.
    pub jitter: f64,
    /// Standard deviation of the shift of a whole cell, in µm.
    pub translate: f64,
}

/// A model's sizes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the options of `nn::graphdino`
pub struct Model {
    pub dim: usize,
    pub depth: usize,
    pub heads: usize,
    pub prototypes: usize,
}

/// The options of a training run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the options of `train::dino`
pub struct Training {
    pub steps: u64,
    pub batch: usize,
    pub lr: f64,
    pub decay: f64,
    pub momentum: f64,
    pub centre_momentum: f64,
    pub student_temperature: f64,
    pub teacher_temperature: f64,
}

/// How an embedding is scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the options of `evaluate::cross_validate`
pub struct Evaluation {
    pub classifier: String,
    pub k: usize,
    pub folds: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
}

/// How stand-in cells are made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grown {
    /// The cells, group by group.
    pub groups: Vec<GrownGroup>,
    /// Columns whose values are dealt out to the cells in turn.
    #[serde(default)]
    pub cycle: BTreeMap<String, Vec<String>>,
    /// The axis that points up; grown cells have y up.
    pub up: Option<Named>,
    /// Distance of samples along the branches in µm; 8, which is enough for views of some hundred nodes, and quick.
    pub step_um: Option<f64>,
    /// A factor from µm to the set's unit.
    pub scale: Option<f64>,
    /// Types that the set's cells do not have.
    #[serde(default)]
    pub without: Vec<String>,
    /// The one type of all samples, where the set knows one only.
    pub kind: Option<u16>,
}

/// Stand-in cells of one class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrownGroup {
    /// The class that is grown, one of `morph::classes()`.
    pub class: String,
    /// Number of cells.
    pub cells: usize,
    /// Their labels.
    pub labels: BTreeMap<String, String>,
}

impl Dataset {
    /// The ids of its cells with the part of the published split that each is in (`training` or `validation`), where they
    /// are known.
    pub fn ids(&self) -> Vec<(&'static str, &'static str)> {
        let lines = ACT_IDS.lines().skip(1).filter(|_| self.ids);
        lines.filter_map(|line| line.split_once(',')).collect()
    }
}

/// All declared data sets.
///
/// # Errors
/// When a declaration cannot be read, which a test excludes.
pub fn all() -> Result<Vec<Dataset>> {
    let read = |text: &&str| toml::from_str(text).map_err(|e| Error::internal(format!("a declared data set: {e}")));
    DECLARED.iter().map(read).collect()
}

/// The data set of a name.
///
/// # Errors
/// When there is none; names the nearest and all.
pub fn named(name: &str) -> Result<Dataset> {
    let mut sets = all()?;
    if let Some(at) = sets.iter().position(|set| set.name == name) {
        return Ok(sets.swap_remove(at));
    }
    let names: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
    let error = Error::value(format!("no data set `{name}`"));
    Err(match did_you_mean(name, names.iter().copied()) {
        Some(near) => error.help(format!("did you mean `{near}`? there are {}", names.join(", "))),
        None => error.help(format!("there are {}", names.join(", "))),
    })
}
