//! Nearest centroid: the class whose mean is nearest.

use serde::{Deserialize, Serialize};

use super::block::by_class;
use super::{Block, Judge, Learn, Meaning, Verdict};
use crate::distance::{Metric, Space};
use crate::error::Result;

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
        let classes = self.centroids.rows();
        let space = Space::of_rows(self.centroids.values(), self.centroids.columns(), self.metric, "centroid")?;
        let near = space.nearest_to_rows(x.values(), classes, "centroid")?;
        let mut scores = vec![0.0; x.rows() * classes];
        for (row, scores) in scores.chunks_exact_mut(classes).enumerate() {
            near.rows(row).iter().zip(near.distances(row)).for_each(|(&class, d)| scores[class as usize] = -d);
        }
        Ok(Verdict::largest(classes, scores, Meaning::Decision))
    }
}
