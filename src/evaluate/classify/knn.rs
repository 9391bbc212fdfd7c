//! The k-nearest-neighbour classifier: a cell has the class that most of its neighbours have.

use serde::{Deserialize, Serialize};

use super::{Block, Judge, Learn, Meaning, Verdict};
use crate::distance::{Metric, Neighbours, Space};
use crate::error::{Error, Result};

/// How neighbours vote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KnnOptions {
    /// Number of neighbours.
    pub k: usize,
    /// What near means.
    pub metric: Metric,
    /// What a neighbour's vote weighs.
    pub weights: Weights,
    /// The temperature `t` of exponential weights, in units of the distance.
    pub temperature: f64,
}

impl Default for KnnOptions {
    fn default() -> Self {
        KnnOptions { k: 5, metric: Metric::default(), weights: Weights::default(), temperature: 0.5 }
    }
}

/// What a neighbour's vote weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weights {
    /// The same for all.
    #[default]
    Uniform,
    /// One over the distance; where neighbours lie at distance 0, only they vote.
    Distance,
    /// `exp(-distance / t)`. For the cosine distance that is `exp(similarity / t)` times a constant: the vote of
    /// instance discrimination (Wu et al. 2018) and of TreeMoCo (Chen et al. 2022), which take `t` = 0.5 and `k` = 20.
    Exponential,
}

impl KnnOptions {
    /// Refuses what cannot be voted with; `cells` can be chosen from.
    pub(crate) fn check(&self, cells: usize) -> Result<()> {
        if self.k == 0 {
            return Err(Error::value("knn: `0` neighbours, expected at least 1"));
        }
        if self.k > cells {
            return Err(Error::value(format!("knn: `{}` neighbours asked for, but only {cells} cells", self.k))
                .help("ask for fewer neighbours: cells of the same fold cannot vote"));
        }
        if self.temperature.is_nan() || self.temperature <= 0.0 {
            return Err(Error::value(format!("knn: temperature `{}`, expected more than 0", self.temperature)));
        }
        Ok(())
    }

    /// What a query's neighbours say: the share of votes for each class, added to `shares`.
    pub(crate) fn vote(&self, neighbours: &Neighbours, query: usize, classes: &[usize], shares: &mut [f64]) {
        let (rows, distances) = (neighbours.rows(query), neighbours.distances(query));
        let nearest = distances[0];
        let mut sum = 0.0;
        for (&row, &distance) in rows.iter().zip(distances) {
            let weight = match self.weights {
                Weights::Uniform => 1.0,
                Weights::Distance if nearest == 0.0 => f64::from(u8::from(distance == 0.0)),
                // Relative to the nearest, so that no weight is out of range.
                Weights::Distance => nearest / distance,
                Weights::Exponential => ((nearest - distance) / self.temperature).exp(),
            };
            shares[classes[row as usize]] += weight;
            sum += weight;
        }
        shares.iter_mut().for_each(|share| *share /= sum);
    }
}

impl std::fmt::Display for KnnOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-NN", self.k)?;
        if self.metric != Metric::Euclidean {
            write!(f, " {}", self.metric.name())?;
        }
        match self.weights {
            Weights::Uniform => Ok(()),
            Weights::Distance => f.write_str(" by distance"),
            Weights::Exponential => write!(f, " exponential, t {}", self.temperature),
        }
    }
}

/// The rows that were seen, and their classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnnModel {
    options: KnnOptions,
    rows: Block,
    classes: Vec<usize>,
    names: usize,
}

impl Learn for KnnOptions {
    type Model = KnnModel;

    fn fit(&self, x: &Block, y: &[usize], classes: usize) -> Result<KnnModel> {
        self.check(x.rows())?;
        Ok(KnnModel { options: self.clone(), rows: x.clone(), classes: y.to_vec(), names: classes })
    }
}

impl Judge for KnnModel {
    /// The probability of a class is its share of the votes; ties go to the class that comes first.
    fn judge(&self, x: &Block) -> Result<Verdict> {
        x.require_columns(self.rows.columns())?;
        let space = Space::of_rows(self.rows.values(), self.rows.columns(), self.options.metric, "knn")?;
        let neighbours = space.nearest_to_rows(x.values(), self.options.k, "knn")?;
        let mut shares = vec![0.0; x.rows() * self.names];
        for (query, row) in shares.chunks_exact_mut(self.names).enumerate() {
            self.options.vote(&neighbours, query, &self.classes, row);
        }
        Ok(Verdict::largest(self.names, shares, Meaning::Probability))
    }
}
