//! A recipe: how columns are prepared and which classifier then learns from them; and what it makes of cells.

use serde::{Deserialize, Serialize};

use super::classify::{Block, Classifier, Judge, Learn, Meaning, Model, Verdict};
use super::preparation::{Preparation, PreparationOptions};
use crate::error::{Error, Result};

/// Preparation and classifier: what is fitted as a whole to the cells outside a fold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// How columns are prepared.
    pub preparation: PreparationOptions,
    /// What predicts.
    pub classifier: Classifier,
}

impl<C: Into<Classifier>> From<C> for Recipe {
    /// The classifier on the columns as they are.
    fn from(classifier: C) -> Self {
        Recipe { preparation: PreparationOptions::default(), classifier: classifier.into() }
    }
}

impl Recipe {
    /// Fits to rows with class numbers below `classes`; not every class need occur.
    ///
    /// # Errors
    /// When all rows are of one class and the classifier takes two or more, what the classifier says, and on a requested
    /// stop.
    pub(super) fn fit(&self, x: &Block, y: &[usize], classes: usize) -> Result<Fitted> {
        let mut place = vec![usize::MAX; classes];
        y.iter().for_each(|&class| place[class] = 0);
        let present: Vec<usize> = (0..classes).filter(|&class| place[class] == 0).collect();
        if present.len() < 2 && !self.classifier.takes_one_class() {
            return Err(Error::value(format!(
                "the {} cells to learn from are all of one class, and {} needs two",
                y.len(),
                self.classifier
            ))
            .help("hold out fewer cells at once, or leave out the classes that one group alone has"));
        }
        present.iter().enumerate().for_each(|(at, &class)| place[class] = at);
        let dense: Vec<usize> = y.iter().map(|&class| place[class]).collect();
        let (preparation, prepared) = Preparation::measure(x, &self.preparation)?;
        let model = self.classifier.fit(&prepared, &dense, present.len())?;
        Ok(Fitted { columns: x.columns(), preparation, model, present, classes })
    }
}

impl std::fmt::Display for Recipe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.preparation.standardise {
            f.write_str("standardised, ")?;
        }
        if let Some(components) = self.preparation.pca {
            write!(f, "PCA {components}, ")?;
        }
        self.classifier.fmt(f)
    }
}

/// What a recipe has learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Fitted {
    columns: usize,
    preparation: Preparation,
    model: Model,
    /// The classes that occurred; the model knows them by their places here.
    present: Vec<usize>,
    classes: usize,
}

impl Judge for Fitted {
    /// Judges rows as they were before preparation. A class that was not learnt has probability 0, and the least
    /// decision value there is.
    fn judge(&self, x: &Block) -> Result<Verdict> {
        x.require_columns(self.columns)?;
        let verdict = self.model.judge(&self.preparation.apply(x))?;
        if self.present.len() == self.classes {
            return Ok(verdict);
        }
        let absent = match verdict.meaning {
            Meaning::Probability => 0.0,
            Meaning::Decision => f64::MIN,
        };
        let mut scores = vec![absent; x.rows() * self.classes];
        for (row, known) in scores.chunks_exact_mut(self.classes).zip(verdict.scores.chunks_exact(verdict.classes)) {
            self.present.iter().zip(known).for_each(|(&class, &score)| row[class] = score);
        }
        let predicted = verdict.predicted.iter().map(|&class| self.present[class]).collect();
        Ok(Verdict { classes: self.classes, predicted, scores, meaning: verdict.meaning })
    }
}
