//! Linear discriminant analysis: Gaussian classes that share one covariance (Fisher 1936; Hastie et al. 2009, 4.3).
//!
//! The covariance is that of each class (divisor: its rows), averaged by the classes' shares. Without shrinkage it is
//! scikit-learn's `svd` solver, which leaves out directions in which nothing varies; with shrinkage its `lsqr` solver,
//! which draws each class's covariance towards a multiple of the identity.

use faer::{Mat, Side};
use serde::{Deserialize, Serialize};

use super::block::by_class;
use super::{Block, Judge, Learn, Meaning, Verdict, softmax};
use crate::error::{Error, Result};
use crate::interrupt::unless_quick;

/// How the covariance is estimated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LdaOptions {
    /// How far covariances are drawn towards the identity; none by default.
    pub shrinkage: Option<Shrinkage>,
}

/// How far covariances are drawn towards the identity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a share from 0 to 1, or \"auto\"")]
pub enum Shrinkage {
    /// By this share, 0 to 1.
    Share(f64),
    /// As far as Ledoit & Wolf (2004) advise.
    Named(NamedShrinkage),
}

/// Rules for the shrinkage that have a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamedShrinkage {
    /// Ledoit & Wolf's.
    Auto,
}

/// A linear function for each class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LdaModel {
    /// Mean of all rows, taken out before weighing for precision.
    centre: Vec<f64>,
    /// One row per class, one value per column.
    weights: Block,
    intercepts: Vec<f64>,
}

/// Singular values of the standardised rows below this are nothing, as in scikit-learn.
const NOTHING: f64 = 1e-4;

impl Learn for LdaOptions {
    type Model = LdaModel;

    fn fit(&self, x: &Block, y: &[usize], classes: usize) -> Result<LdaModel> {
        if let Some(Shrinkage::Share(share)) = self.shrinkage
            && !(0.0..=1.0).contains(&share)
        {
            return Err(Error::value(format!("lda: shrinkage `{share}`, expected 0 to 1")));
        }
        let (learning, x, y) = (self.clone(), x.clone(), y.to_vec());
        unless_quick((x.rows() + x.columns()) * x.columns().pow(2), move || learning.discriminants(&x, &y, classes))?
    }
}

impl LdaOptions {
    fn discriminants(&self, x: &Block, y: &[usize], classes: usize) -> Result<LdaModel> {
        let (n, d) = (x.rows(), x.columns());
        let parts: Vec<Block> = by_class(y, classes).iter().map(|rows| x.pick(rows)).collect();
        let means: Vec<Vec<f64>> = parts.iter().map(Block::means).collect();
        let priors: Vec<f64> = parts.iter().map(|p| p.rows() as f64 / n as f64).collect();
        let pooled = |of: &dyn Fn(usize) -> Mat<f64>| {
            (0..classes).fold(Mat::zeros(d, d), |sum: Mat<f64>, c| sum + faer::Scale(priors[c]) * of(c))
        };
        let (covariance, floor) = match self.shrinkage {
            None => (pooled(&|c| covariance(&parts[c], &means[c])), NOTHING * NOTHING),
            Some(shrinkage) => (pooled(&|c| shrunk(&parts[c], &means[c], shrinkage)), f64::EPSILON * d as f64),
        };
        let inverse = pseudo_inverse(&covariance, floor, n)?;
        let centre = x.means();
        let mut weights = Vec::with_capacity(classes * d);
        let mut intercepts = Vec::with_capacity(classes);
        for (mean, prior) in means.iter().zip(&priors) {
            let shift: Vec<f64> = mean.iter().zip(&centre).map(|(m, c)| m - c).collect();
            let row: Vec<f64> = (0..d).map(|i| (0..d).map(|j| inverse[(i, j)] * shift[j]).sum()).collect();
            intercepts.push(prior.ln() - 0.5 * row.iter().zip(&shift).map(|(w, s)| w * s).sum::<f64>());
            weights.extend(row);
        }
        Ok(LdaModel { centre, weights: Block::new(d, weights), intercepts })
    }
}

impl Judge for LdaModel {
    fn judge(&self, x: &Block) -> Result<Verdict> {
        x.require_columns(self.centre.len())?;
        let classes = self.intercepts.len();
        let mut scores = Vec::with_capacity(x.rows() * classes);
        for row in x.iter() {
            let shifted: Vec<f64> = row.iter().zip(&self.centre).map(|(v, c)| v - c).collect();
            let weighed = |class| shifted.iter().zip(self.weights.row(class)).map(|(v, w)| v * w).sum::<f64>();
            scores.extend((0..classes).map(|class| self.intercepts[class] + weighed(class)));
        }
        softmax(&mut scores, classes);
        Ok(Verdict::largest(classes, scores, Meaning::Probability))
    }
}

/// Covariance about a mean, divisor: rows.
fn covariance(x: &Block, mean: &[f64]) -> Mat<f64> {
    let centred = Mat::from_fn(x.rows(), x.columns(), |i, j| x.row(i)[j] - mean[j]);
    faer::Scale(1.0 / x.rows() as f64) * (centred.transpose() * &centred)
}

/// The covariance of a class, drawn towards a multiple of the identity; by Ledoit & Wolf's rule it is that of the
/// standardised columns.
fn shrunk(x: &Block, mean: &[f64], shrinkage: Shrinkage) -> Mat<f64> {
    let d = x.columns();
    let towards_identity = |covariance: Mat<f64>, share: f64| {
        let level = (0..d).map(|i| covariance[(i, i)]).sum::<f64>() / d as f64;
        let identity = |i, j| if i == j { share * level } else { 0.0 };
        Mat::from_fn(d, d, |i, j| (1.0 - share) * covariance[(i, j)] + identity(i, j))
    };
    match shrinkage {
        Shrinkage::Share(share) => towards_identity(covariance(x, mean), share),
        Shrinkage::Named(NamedShrinkage::Auto) => {
            let scale: Vec<f64> = x.variances(mean).iter().map(|&v| if v > 0.0 { v.sqrt() } else { 1.0 }).collect();
            let standard = x.iter().flat_map(|r| (0..d).map(|j| (r[j] - mean[j]) / scale[j]).collect::<Vec<_>>());
            let standard = Block::new(d, standard.collect());
            let plain = covariance(&standard, &vec![0.0; d]);
            let share = ledoit_wolf(&standard, &plain);
            let drawn = towards_identity(plain, share);
            Mat::from_fn(d, d, |i, j| scale[i] * drawn[(i, j)] * scale[j])
        }
    }
}

/// The share that minimises the expected squared error (Ledoit & Wolf 2004), from centred rows and their covariance.
fn ledoit_wolf(x: &Block, covariance: &Mat<f64>) -> f64 {
    let (n, d) = (x.rows() as f64, x.columns() as f64);
    let trace: f64 = (0..x.columns()).map(|i| covariance[(i, i)]).sum();
    let level = trace / d;
    let squares = covariance.squared_norm_l2();
    let fourth: f64 = x.iter().map(|row| row.iter().map(|v| v * v).sum::<f64>().powi(2)).sum();
    let spread = (squares - 2.0 * level * trace + d * level * level) / d;
    let noise = ((fourth / n - squares) / (d * n)).min(spread);
    if noise == 0.0 { 0.0 } else { noise / spread }
}

/// The inverse on the directions in which something varies: those whose variance, of columns brought to variance 1,
/// is more than `floor`.
fn pseudo_inverse(covariance: &Mat<f64>, floor: f64, rows: usize) -> Result<Mat<f64>> {
    let d = covariance.nrows();
    let scale: Vec<f64> = (0..d).map(|j| covariance[(j, j)].sqrt()).map(|s| if s > 0.0 { s } else { 1.0 }).collect();
    let standard = Mat::from_fn(d, d, |i, j| covariance[(i, j)] / (scale[i] * scale[j]));
    let eigen = standard
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| Error::value("lda: the covariance has no eigenvectors").help("use `standardise: true`"))?;
    let (values, vectors) = (eigen.S().column_vector(), eigen.U());
    let kept: Vec<usize> = (0..d).filter(|&e| values[e] > floor).collect();
    if kept.is_empty() {
        return Err(Error::value(format!("lda: nothing varies within the classes of {rows} cells"))
            .help("are the rows of a class all equal?"));
    }
    let turned = Mat::from_fn(d, kept.len(), |i, e| vectors[(i, kept[e])] / (values[kept[e]].sqrt() * scale[i]));
    Ok(&turned * turned.transpose())
}
