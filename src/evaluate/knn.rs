//! The k-nearest-neighbour classifier: a cell has the class that most of its neighbours have.

use serde::Deserialize;

use super::neighbours::{Index, Metric, Neighbours};
use crate::data::{Labels, Matrix};
use crate::error::{Error, Result};

/// How the classifier votes.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct KnnOptions {
    /// Number of neighbours.
    pub k: usize,
    /// What near means.
    pub metric: Metric,
    /// What a neighbour's vote weighs.
    pub weights: Weights,
}

impl Default for KnnOptions {
    fn default() -> Self {
        KnnOptions { k: 5, metric: Metric::default(), weights: Weights::default() }
    }
}

/// What a neighbour's vote weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weights {
    /// The same for all.
    #[default]
    Uniform,
    /// One over the distance; where neighbours lie at distance 0, only they vote.
    Distance,
}

/// A classifier with the cells that it has seen.
#[derive(Clone, Debug)]
pub struct KnnClassifier {
    index: Index,
    classes: Vec<usize>,
    names: Vec<String>,
    options: KnnOptions,
}

impl KnnClassifier {
    /// Remembers the cells that have a label.
    ///
    /// # Errors
    /// When labels and rows differ in number, there are fewer than `k` labelled cells, or a value cannot be used.
    pub fn fit(x: &Matrix, labels: &Labels, options: &KnnOptions) -> Result<Self> {
        labels.require_len(x.rows(), "knn")?;
        let (cells, classes) = labels.known();
        if options.k == 0 || options.k > cells.len() {
            return Err(Error::value(format!("knn: `{}` neighbours among {} labelled cells", options.k, cells.len()))
                .help("`k` must be at least 1 and at most the number of labelled cells"));
        }
        let index = Index::new(&x.select(&cells), options.metric)?;
        Ok(KnnClassifier { index, classes, names: labels.classes().to_vec(), options: options.clone() })
    }

    /// The class of each row; ties go to the class that comes first.
    ///
    /// # Errors
    /// When the columns differ in number, or a value cannot be used.
    pub fn predict(&self, x: &Matrix) -> Result<Labels> {
        let neighbours = self.index.nearest(x, self.options.k)?;
        let vote = |query| vote(&neighbours, query, &self.classes, self.names.len(), self.options.weights);
        Ok(Labels::new((0..x.rows()).map(|query| Some(&self.names[vote(query)]))))
    }
}

/// The class with most votes among a query's neighbours; ties go to the smaller class number.
pub(super) fn vote(
    neighbours: &Neighbours,
    query: usize,
    classes: &[usize],
    n_classes: usize,
    weights: Weights,
) -> usize {
    let (rows, distances) = (neighbours.rows(query), neighbours.distances(query));
    let coincident = distances[0] == 0.0;
    let mut votes = vec![0.0; n_classes];
    for (&row, &distance) in rows.iter().zip(distances) {
        votes[classes[row]] += match weights {
            Weights::Uniform => 1.0,
            Weights::Distance if coincident => f64::from(u8::from(distance == 0.0)),
            Weights::Distance => 1.0 / distance,
        };
    }
    (1..n_classes).fold(0, |best, class| if votes[class] > votes[best] { class } else { best })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn line(values: &[f64]) -> Matrix {
        Matrix::numbered((0..values.len()).map(|i| i.to_string()).collect(), "x", 1, values.to_vec()).unwrap()
    }

    #[test]
    fn votes_by_number_and_by_distance() {
        let x = line(&[0.0, 3.0, 4.0, 100.0]);
        let labels = Labels::new([Some("near"), Some("far"), Some("far"), None]);
        let classify = |weights, k, at: f64| {
            let options = KnnOptions { k, weights, ..Default::default() };
            let predicted = KnnClassifier::fit(&x, &labels, &options).unwrap().predict(&line(&[at])).unwrap();
            predicted.get(0).unwrap().to_string()
        };
        assert_eq!(classify(Weights::Uniform, 3, 0.5), "far");
        assert_eq!(classify(Weights::Distance, 3, 0.5), "near");
        // On top of a cell, only that cell counts.
        assert_eq!(classify(Weights::Distance, 3, 0.0), "near");
        // One vote each: "far" comes before "near".
        assert_eq!(classify(Weights::Uniform, 2, 0.1), "far");
        assert_eq!(classify(Weights::Uniform, 1, 99.0), "far");
    }

    #[test]
    fn more_neighbours_than_labelled_cells_are_refused() {
        let labels = Labels::new([Some("a"), None, Some("b")]);
        let error = KnnClassifier::fit(&line(&[0.0, 1.0, 2.0]), &labels, &KnnOptions { k: 3, ..Default::default() });
        assert_eq!(error.unwrap_err().message, "knn: `3` neighbours among 2 labelled cells");
    }
}
