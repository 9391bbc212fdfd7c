//! The honest baseline: always the largest class, whatever the row.

use serde::{Deserialize, Serialize};

use super::{Block, Judge, Learn, Meaning, Verdict};
use crate::error::Result;

/// The baseline has no options.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MajorityOptions {}

/// The shares of the classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MajorityModel {
    columns: usize,
    shares: Vec<f64>,
}

impl Learn for MajorityOptions {
    type Model = MajorityModel;

    fn fit(&self, x: &Block, y: &[usize], classes: usize) -> Result<MajorityModel> {
        let mut shares = vec![0.0; classes];
        y.iter().for_each(|&class| shares[class] += 1.0 / y.len() as f64);
        Ok(MajorityModel { columns: x.columns(), shares })
    }
}

impl Judge for MajorityModel {
    /// The probabilities are the classes' shares.
    fn judge(&self, x: &Block) -> Result<Verdict> {
        x.require_columns(self.columns)?;
        Ok(Verdict::largest(self.shares.len(), self.shares.repeat(x.rows()), Meaning::Probability))
    }
}
