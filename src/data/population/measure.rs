//! Measures of all cells at once, in parallel.

use std::sync::Arc;

use super::{Population, edit};
use crate::data::Matrix;
use crate::error::Result;
use crate::morph::Summary;
use crate::morph::measure::{MetricOptions, ShollOptions};

impl Population {
    /// The numbers of [`Summary::NAMES`], one row per cell.
    ///
    /// # Errors
    /// On a requested stop.
    pub fn metrics(&self) -> Result<Matrix> {
        let rows = edit::each(self, "measuring", |cell| Ok(cell.summary().values()))?;
        let columns = Summary::NAMES.map(String::from).into_iter().collect();
        Matrix::new(Arc::clone(self.ids()), columns, rows.into_iter().flatten().collect())
    }

    /// A metric of each cell, in the cells' order; see [`Morphology::metric`](crate::morph::Morphology::metric).
    ///
    /// # Errors
    /// When there is no such metric, it has many values and there is nothing to reduce them with, or a cell lacks what
    /// it measures; and on a requested stop.
    pub fn metric(&self, name: &str, options: &MetricOptions) -> Result<Vec<f64>> {
        edit::each(self, "measuring", |cell| cell.metric(name, options)?.reduced(name, None))
    }

    /// Metrics of each cell: one row per cell, one column for each name.
    ///
    /// # Errors
    /// As [`metric`](Self::metric).
    pub fn metrics_named(&self, names: &[&str], options: &MetricOptions) -> Result<Matrix> {
        let rows = edit::each(self, "measuring", |cell| {
            let values = cell.metrics_named(names, options)?;
            names.iter().zip(values).map(|(name, value)| value.reduced(name, None)).collect::<Result<Vec<f64>>>()
        })?;
        let columns = names.iter().map(ToString::to_string).collect();
        Matrix::new(Arc::clone(self.ids()), columns, rows.into_iter().flatten().collect())
    }

    /// Crossings of each cell with the same spheres: one row per cell, one column per sphere. A step is counted out to
    /// the end of the largest cell.
    ///
    /// # Errors
    /// As [`Morphology::sholl`](crate::morph::Morphology::sholl), and on a requested stop.
    pub fn sholl(&self, options: &ShollOptions) -> Result<Matrix> {
        let radii = match &options.radii {
            Some(radii) => radii.clone(),
            None => {
                let each = edit::each(self, "finding the spheres", |cell| Ok(cell.sholl(options)?.radii))?;
                each.into_iter().max_by_key(Vec::len).unwrap_or_default()
            }
        };
        let same = ShollOptions { radii: Some(radii.clone()), ..options.clone() };
        let rows = edit::each(self, "counting crossings", |cell| Ok(cell.sholl(&same)?.crossings))?;
        let columns = radii.iter().map(|r| format!("r{r}")).collect();
        Matrix::new(Arc::clone(self.ids()), columns, rows.into_iter().flatten().map(|n| n as f64).collect())
    }
}
