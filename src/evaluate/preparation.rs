//! What is done to columns before a classifier sees them, measured on the cells that it learns from and on no others.

use faer::Mat;
use serde::{Deserialize, Serialize};

use super::classify::Block;
use crate::error::{Error, Result};
use crate::interrupt::unless_quick;

/// How columns are prepared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PreparationOptions {
    /// Whether columns are brought to mean 0 and standard deviation 1.
    pub standardise: bool,
    /// Number of principal components that take the columns' place; all columns as they are without it.
    pub pca: Option<usize>,
}

/// A preparation that was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Preparation {
    /// What is subtracted from each column and what it is divided by.
    scaling: Option<(Vec<f64>, Vec<f64>)>,
    projection: Option<Projection>,
}

/// Principal components: what is subtracted, and a row for each component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Projection {
    means: Vec<f64>,
    components: Block,
}

impl Preparation {
    /// Measures the rows that a classifier is to learn from, and gives them prepared.
    pub(super) fn measure(x: &Block, options: &PreparationOptions) -> Result<(Self, Block)> {
        let mut preparation = Preparation { scaling: None, projection: None };
        if options.standardise {
            let means = x.means();
            let mut scales: Vec<f64> = x.variances(&means).into_iter().map(f64::sqrt).collect();
            for (j, scale) in scales.iter_mut().enumerate() {
                // Compared by value: the rounding of the mean must not be blown up to standard deviation 1.
                if x.iter().all(|row| row[j] == x.row(0)[j]) {
                    *scale = 1.0;
                }
            }
            preparation.scaling = Some((means, scales));
        }
        let prepared = preparation.apply(x);
        let Some(components) = options.pca else { return Ok((preparation, prepared)) };
        preparation.projection = Some(Projection::find(&prepared, components)?);
        let prepared = preparation.apply(x);
        Ok((preparation, prepared))
    }

    /// Rows, prepared as those that were measured.
    pub(super) fn apply(&self, x: &Block) -> Block {
        let mut values = x.values().to_vec();
        let mut columns = x.columns();
        if let Some((means, scales)) = &self.scaling {
            for row in values.chunks_exact_mut(columns) {
                row.iter_mut().zip(means).zip(scales).for_each(|((v, mean), scale)| *v = (*v - mean) / scale);
            }
        }
        if let Some(Projection { means, components }) = &self.projection {
            let project = |row: &[f64], component: &[f64]| -> f64 {
                row.iter().zip(means).zip(component).map(|((v, mean), weight)| (v - mean) * weight).sum()
            };
            values = values
                .chunks_exact(columns)
                .flat_map(|row| components.iter().map(move |component| project(row, component)))
                .collect();
            columns = components.rows();
        }
        Block::new(columns, values)
    }
}

impl Projection {
    fn find(x: &Block, components: usize) -> Result<Self> {
        let most = x.columns().min(x.rows().saturating_sub(1));
        if components == 0 || components > most {
            return Err(Error::value(format!(
                "`pca: {components}` of {} columns, learnt from {} cells",
                x.columns(),
                x.rows()
            ))
            .help(format!("ask for 1 to {most} components")));
        }
        let means = x.means();
        let centred = Mat::from_fn(x.rows(), x.columns(), |i, j| x.row(i)[j] - means[j]);
        let (n, d) = (x.rows(), x.columns());
        let svd = unless_quick(n * d * n.min(d), move || centred.thin_svd())?
            .map_err(|_| Error::value("the principal components did not converge").help("use `standardise: true`"))?;
        let weights = (0..components).flat_map(|c| svd.V().col(c).iter().copied().collect::<Vec<_>>()).collect();
        Ok(Projection { means, components: Block::new(x.columns(), weights) })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn standardising_measures_what_is_learnt_from_only_and_keeps_constant_columns() {
        let options = PreparationOptions { standardise: true, pca: None };
        let (preparation, own) = Preparation::measure(&Block::new(2, vec![1.0, 0.1, 3.0, 0.1]), &options).unwrap();
        assert_eq!(own.values(), [-1.0, 0.0, 1.0, 0.0]);
        assert_eq!(preparation.apply(&Block::new(2, vec![100.0, 0.1])).values(), [98.0, 0.0]);
    }

    #[test]
    fn components_keep_distances_along_the_plane_that_rows_lie_in() {
        // A plane in three dimensions: two components hold all of it.
        let rows: Vec<f64> = (0..20)
            .flat_map(|i| {
                let (a, b) = ((i as f64 * 1.3).sin(), (i as f64 * 0.7).cos());
                [a + b, a - b, 2.0 * a + 5.0]
            })
            .collect();
        let x = Block::new(3, rows);
        let options = PreparationOptions { standardise: false, pca: Some(2) };
        let (preparation, flat) = Preparation::measure(&x, &options).unwrap();
        assert_eq!((flat.rows(), flat.columns()), (20, 2));
        let distance = |x: &Block, i: usize, j: usize| -> f64 {
            x.row(i).iter().zip(x.row(j)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
        };
        for i in 1..20 {
            assert!((distance(&x, 0, i) - distance(&flat, 0, i)).abs() < 1e-12);
        }
        assert_eq!(preparation.apply(&x), flat);
        let refused = Preparation::measure(&x, &PreparationOptions { pca: Some(4), ..options });
        assert_eq!(refused.unwrap_err().help.as_deref(), Some("ask for 1 to 3 components"));
    }
}
