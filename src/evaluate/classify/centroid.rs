//! Nearest centroid: the class whose mean is nearest.

use serde::{Deserialize, Serialize};

use super::block::by_class;
use super::{Block, Judge, Learn, Meaning, Verdict};
use crate::error::{Error, Result};
use crate::evaluate::Metric;

/// How centroids are compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CentroidOptions {
    /// What near means.
    pub metric: Metric,
}

/// The mean row of each class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CentroidModel {
    metric: Metric,
    centroids: Block,
}

impl Learn for CentroidOptions {
    type Model = CentroidModel;

    fn fit(&self, x: &Block, y: &[usize], classes: usize) -> Result<CentroidModel> {
        let centroids = by_class(y, classes).iter().flat_map(|rows| x.pick(rows).means()).collect();
        Ok(CentroidModel { metric: self.metric, centroids: Block::new(x.columns(), centroids) })
    }
}

impl Judge for CentroidModel {
    /// The decision value is the distance from the centroid, negative.
    fn judge(&self, x: &Block) -> Result<Verdict> {
        x.require_columns(self.centroids.columns())?;
        let mut scores = Vec::with_capacity(x.rows() * self.centroids.rows());
        for row in x.iter() {
            for centroid in self.centroids.iter() {
                scores.push(-distance(row, centroid, self.metric)?);
            }
        }
        Ok(Verdict::largest(self.centroids.rows(), scores, Meaning::Decision))
    }
}

fn distance(a: &[f64], b: &[f64], metric: Metric) -> Result<f64> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    match metric {
        Metric::Euclidean => Ok(a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()),
        Metric::Cosine => {
            let lengths = dot(a, a).sqrt() * dot(b, b).sqrt();
            if lengths == 0.0 {
                return Err(Error::value("centroid: a row or a class mean is all zeros, so it has no direction")
                    .help("use `metric: \"euclidean\"`"));
            }
            Ok(1.0 - dot(a, b) / lengths)
        }
    }
}
