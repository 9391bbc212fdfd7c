//! A classifier that has learnt: it predicts other cells, and can be stored.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Recipe;
use super::choice;
use super::classify::{Block, Judge, Meaning, Verdict};
use super::cross_validate::{CrossValidateOptions, require_classes};
use super::recipe::Fitted;
use crate::data::{Labels, Matrix, Origin};
use crate::error::{Error, Result};
use crate::run::atomic;

/// What a file of this kind says it is.
const FORMAT: &str = "nms classifier 1";

/// A recipe with what it has learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    format: String,
    /// What was learnt, and how.
    recipe: Recipe,
    /// The classes' names.
    classes: Vec<String>,
    /// The columns' names.
    columns: Vec<String>,
    /// Number of cells learnt from.
    cells: usize,
    fitted: Fitted,
    origin: Value,
}

/// Learns the classes of the rows that have a label. Of several candidates it takes the one that does best on inner
/// folds; only the candidates, the judging and the groups of `how` count.
///
/// # Errors
/// When labels and rows differ in number, there are fewer than two classes, a value is not finite, or the classifier
/// cannot learn from these cells.
pub fn fit(x: &Matrix, labels: &Labels, how: &CrossValidateOptions, seed: u64) -> Result<Trained> {
    labels.require_len(x.rows(), "fit")?;
    require_classes(labels, "fit")?;
    let (cells, y) = labels.known();
    let block = Block::of(&x.select(&cells), "fit")?;
    let groups = how.folds.groups.as_ref().map(|g| g.select(&cells));
    let candidates = &how.candidates.0;
    if candidates.is_empty() {
        return Err(Error::value("there is no classifier to choose").help("an empty list of values offers none"));
    }
    let names = labels.classes().len();
    let chosen = choice::choose(&block, &y, names, groups.as_ref(), candidates, &how.judging, seed)?;
    let origin = Origin::new("evaluate::fit", x, &how.candidates, Some(seed));
    Ok(Trained {
        format: FORMAT.to_string(),
        fitted: candidates[chosen].fit(&block, &y, names)?,
        recipe: candidates[chosen].clone(),
        classes: labels.classes().into(),
        columns: x.columns().to_vec(),
        cells: cells.len(),
        origin: serde_json::to_value(origin).unwrap_or(Value::Null),
    })
}

impl Trained {
    /// The classes' names.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The recipe; of several candidates, the one that was chosen.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// What it was learnt from, as [`Origin`] has it.
    pub fn origin(&self) -> &Value {
        &self.origin
    }

    /// The class of each row.
    ///
    /// # Errors
    /// When the columns are others than those learnt from, or a value is not finite.
    pub fn predict(&self, x: &Matrix) -> Result<Labels> {
        Ok(Labels::new(self.judge(x)?.predicted.into_iter().map(|class| Some(&self.classes[class]))))
    }

    /// The probability of each class given each row: a column for each class.
    ///
    /// # Errors
    /// As [`predict`](Self::predict), and for classifiers without probabilities.
    pub fn probabilities(&self, x: &Matrix) -> Result<Matrix> {
        let verdict = self.judge(x)?;
        if verdict.meaning == Meaning::Decision {
            return Err(Error::value(format!("{} gives no probabilities", self.recipe.classifier))
                .help("take its `decisions`, or a classifier with probabilities: knn, logistic, lda"));
        }
        Matrix::new(x.ids().clone(), self.classes.clone().into(), verdict.scores)
    }

    /// What speaks for each class given each row, probabilities where there are some: a column for each class.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn decisions(&self, x: &Matrix) -> Result<Matrix> {
        Matrix::new(x.ids().clone(), self.classes.clone().into(), self.judge(x)?.scores)
    }

    fn judge(&self, x: &Matrix) -> Result<Verdict> {
        if x.cols() == self.columns.len() && x.columns()[..] != self.columns[..] {
            let pairs = self.columns.iter().zip(x.columns().iter());
            let other: Vec<String> = pairs.filter(|(a, b)| a != b).map(|(a, b)| format!("{a} / {b}")).collect();
            tracing::warn!("the classifier has learnt from columns of other names: {}", other.join(", "));
        }
        self.fitted.judge(&Block::of(x, "a classifier")?)
    }

    /// Writes the classifier as JSON.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut text = serde_json::to_string(self).map_err(|e| Error::internal(e.to_string()))?;
        text.push('\n');
        atomic::write(path, text.as_bytes())
    }

    /// Reads a classifier.
    ///
    /// # Errors
    /// When the file cannot be read, or is no classifier of this kind.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io("cannot read", path, &e))?;
        let trained: Trained = serde_json::from_str(&text)
            .map_err(|e| Error::format(format!("no classifier: {e}")).in_file(path).at_line(e.line()))?;
        if trained.format != FORMAT {
            return Err(Error::format(format!("found `{}`, expected `{FORMAT}`", trained.format)).in_file(path));
        }
        Ok(trained)
    }
}

impl fmt::Display for Trained {
    /// `Classifier(5-NN, 102 cells, 3 classes: aspiny, sparse, spiny)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<&str> = self.classes.iter().take(6).map(String::as_str).collect();
        let more = if self.classes.len() > 6 { ", …" } else { "" };
        let (cells, classes) = (self.cells, self.classes.len());
        write!(f, "Classifier({}, {cells} cells, {classes} classes: {}{more})", self.recipe, shown.join(", "))
    }
}
