//! How far a score of given predictions may be off: the bootstrap over cells, or over groups of cells.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::interval::{Bootstrap, Interval, Method, Unit};
use super::score::{Prediction, Score, Tally};
use crate::data::table::Column;
use crate::data::{Labels, Matrix, Origin, Outcome, Table};
use crate::error::{Error, Result};

/// How the bootstrap is run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BootstrapOptions {
    /// The score.
    pub score: Score,
    /// Number of resamples.
    pub resamples: usize,
    /// Confidence of the interval.
    pub confidence: f64,
    /// What makes an interval of the resamples.
    pub method: Method,
    /// Labels whose classes are drawn as a whole, such as the animal: cells of one group are no independent witnesses.
    #[serde(skip)]
    pub groups: Option<Labels>,
}

impl Default for BootstrapOptions {
    fn default() -> Self {
        BootstrapOptions {
            score: Score::Accuracy,
            resamples: 10_000,
            confidence: 0.95,
            method: Method::Bca,
            groups: None,
        }
    }
}

/// A score with its interval.
#[derive(Clone, Debug, PartialEq)]
pub struct BootstrapScore {
    /// Which score.
    pub score: Score,
    /// Its value.
    pub value: f64,
    /// Where it may lie.
    pub interval: Interval,
    /// Standard deviation of the resamples: the standard error.
    pub sd: f64,
    /// Confidence of the interval.
    pub confidence: f64,
    /// What made an interval of the resamples.
    pub method: Method,
    /// Number of units that were drawn: cells, or groups.
    pub units: usize,
    /// Number of cells without a label on one side, which were left out.
    pub left_out: usize,
    origin: Origin,
}

/// The interval of a score of predictions. `probabilities` has a row for each cell and a column for each class, by name;
/// only the log loss needs it.
///
/// # Errors
/// When lengths differ, no cell has both labels, nothing defines the score, or an option makes no sense.
pub fn bootstrap(
    truth: &Labels,
    predicted: &Labels,
    probabilities: Option<&Matrix>,
    options: &BootstrapOptions,
    seed: u64,
) -> Result<BootstrapScore> {
    predicted.require_len(truth.len(), "bootstrap")?;
    options.groups.as_ref().map_or(Ok(()), |g| g.require_len(truth.len(), "bootstrap: `groups`"))?;
    let how = Bootstrap { resamples: options.resamples, confidence: options.confidence, method: options.method, seed };
    how.check()?;
    // Classes correspond by name.
    let union = Labels::new(truth.classes().iter().chain(predicted.classes()).map(Some));
    let place = |name: Option<&str>| name.and_then(|name| union.classes().iter().position(|c| c == name));
    let columns = probabilities.map(|p| columns(p, truth, &union)).transpose()?;
    let mut units: Vec<Unit> = vec![Vec::new(); options.groups.as_ref().map_or(truth.len(), |g| g.classes().len())];
    let mut left_out = 0;
    for cell in 0..truth.len() {
        let group = options.groups.as_ref().map_or(Some(cell), |g| g.codes()[cell].map(|c| c as usize));
        let (Some(group), Some(t), Some(p)) = (group, place(truth.get(cell)), place(predicted.get(cell))) else {
            left_out += 1;
            continue;
        };
        let loss = match (&columns, probabilities) {
            (Some(columns), Some(x)) => columns[t].map_or(f64::NAN, |c| Prediction::loss(x.row(cell)[c])),
            _ => f64::NAN,
        };
        units[group].push((0, Prediction { truth: t, predicted: p, loss }));
    }
    units.retain(|unit| !unit.is_empty());
    if units.len() < 2 {
        return Err(Error::value(format!("bootstrap: {} to draw from, expected 2 or more", units.len()))
            .help("do truth and prediction have labels for the same cells?"));
    }
    let mut whole = Tally::new(union.classes().len());
    units.iter().flatten().for_each(|(_, p)| whole.add(p, 1.0));
    let undefined = || {
        let error = Error::value(format!("bootstrap: nothing defines the {} here", options.score.title()));
        match options.score {
            Score::LogLoss => error.help("the log loss needs `probabilities: scores.probabilities`"),
            _ => error.help("choose another `score`"),
        }
    };
    let value = whole.score(options.score).ok_or_else(undefined)?;
    let spreads = how.run(&units, 1, union.classes().len(), |t| vec![t[0].score(options.score)])?;
    let spread = spreads.into_iter().flatten().next().ok_or_else(undefined)?;
    Ok(BootstrapScore {
        score: options.score,
        value,
        interval: spread.interval,
        sd: spread.sd,
        confidence: options.confidence,
        method: options.method,
        units: units.len(),
        left_out,
        origin: origin(truth, predicted, &union, options, seed)?,
    })
}

/// The column of each class of the union in a matrix of probabilities.
fn columns(p: &Matrix, truth: &Labels, union: &Labels) -> Result<Vec<Option<usize>>> {
    truth.require_len(p.rows(), "bootstrap: `probabilities`")?;
    p.require_finite("bootstrap")?;
    Ok(union.classes().iter().map(|class| p.columns().iter().position(|c| c == class)).collect())
}

/// Labels as numbers, so that their digest can be taken.
fn origin(truth: &Labels, predicted: &Labels, union: &Labels, options: &BootstrapOptions, seed: u64) -> Result<Origin> {
    let number = |labels: &Labels, cell: usize| {
        labels.get(cell).and_then(|name| union.classes().iter().position(|c| c == name)).map_or(-1.0, |at| at as f64)
    };
    let ids: Arc<[String]> = (1..=truth.len()).map(|cell| cell.to_string()).collect();
    let columns: Arc<[String]> = ["truth".to_string(), "predicted".to_string()].into();
    let values = (0..truth.len()).flat_map(|cell| [number(truth, cell), number(predicted, cell)]).collect();
    let x = Matrix::new(ids, columns, values)?;
    Ok(Origin::new("evaluate::bootstrap", &x, options, Some(seed)))
}

impl Outcome for BootstrapScore {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        vec![("value", self.value), ("low", self.interval.low), ("high", self.interval.high), ("sd", self.sd)]
    }

    /// One row, that of the score.
    fn table(&self) -> Result<Table> {
        let columns = self.numbers().into_iter().map(|(name, value)| Column::numbers(name, vec![value])).collect();
        Table::new([self.score.name().to_string()].into(), columns)
    }
}

impl fmt::Display for BootstrapScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Interval { low, high } = self.interval;
        let share = 100.0 * self.confidence;
        write!(f, "{} {:.3}, {share} % interval {low:.3} to {high:.3}", self.score.title(), self.value)?;
        write!(f, " ({} bootstrap of {}", self.method.name(), self.units)?;
        if self.left_out > 0 {
            write!(f, ", {} cells left out", self.left_out)?;
        }
        f.write_str(")")
    }
}
