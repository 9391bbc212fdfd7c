//! Principal components: the orthogonal directions along which rows vary most (Pearson 1901, Hotelling 1933).
//!
//! By singular value decomposition of the centred rows. Columns are not scaled: where their units differ, standardise
//! first.

use std::sync::Arc;

use faer::{Mat, MatRef};
use serde::Deserialize;

use crate::data::Matrix;
use crate::error::{Error, Result};

/// How many components are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PcaOptions {
    /// Number of components.
    pub components: usize,
}

impl Default for PcaOptions {
    fn default() -> Self {
        PcaOptions { components: 2 }
    }
}

/// Principal components of the rows of a matrix, largest variance first.
#[derive(Clone, Debug, PartialEq)]
pub struct Pca {
    mean: Vec<f64>,
    components: Matrix,
    scores: Matrix,
    variance: Vec<f64>,
    ratio: Vec<f64>,
}

/// Finds the principal components of the rows of a matrix.
///
/// The sign of a component is free; it is chosen so that its largest weight (by magnitude) is positive.
///
/// # Errors
/// When there are fewer than two rows, more components than rows or columns, or a value is not finite.
pub fn pca(x: &Matrix, options: &PcaOptions) -> Result<Pca> {
    let (n, d, k) = (x.rows(), x.cols(), options.components);
    x.require_finite("pca")?;
    if n < 2 {
        return Err(Error::value(format!("pca needs at least 2 rows, not {n}")));
    }
    if k == 0 || k > n.min(d) {
        return Err(Error::value(format!("pca: `{k}` components of {n} rows and {d} columns"))
            .help(format!("ask for 1 to {}", n.min(d))));
    }
    let mut mean = vec![0.0; d];
    for row in x.iter_rows() {
        mean.iter_mut().zip(row).for_each(|(m, v)| *m += v / n as f64);
    }
    let centred: Mat<f64> = Mat::from_fn(n, d, |i, j| x.row(i)[j] - mean[j]);
    let svd = centred.thin_svd().map_err(|_| {
        Error::value("pca: the singular value decomposition did not converge").help("rescale the columns")
    })?;
    // Squared singular values over n - 1 are the variances of the scores: the unbiased estimate.
    let variances: Vec<f64> = svd.S().column_vector().iter().map(|s| s * s / (n - 1) as f64).collect();
    let total: f64 = variances.iter().sum();
    if !total.is_finite() {
        return Err(Error::value("pca: the values are too large to be squared").help("rescale the columns"));
    }
    let mut weights = Vec::with_capacity(k * d);
    for c in 0..k {
        let component = svd.V().col(c);
        let largest = component.iter().fold(0.0f64, |m, &v| if v.abs() > m.abs() { v } else { m });
        weights.extend(component.iter().map(|v| if largest < 0.0 { -v } else { *v }));
    }
    let names: Arc<[String]> = (1..=k).map(|c| format!("pc{c}")).collect();
    let components = Matrix::new(names.clone(), x.columns().clone(), weights)?;
    Ok(Pca {
        scores: project(x, &mean, &components)?,
        mean,
        components,
        ratio: variances[..k].iter().map(|v| if total > 0.0 { v / total } else { 0.0 }).collect(),
        variance: variances[..k].to_vec(),
    })
}

impl Pca {
    /// The rows that the components were found on, in their coordinates: columns `pc1`, `pc2`, …
    pub fn scores(&self) -> &Matrix {
        &self.scores
    }

    /// The components: a row of length 1 each, the columns of the data.
    pub fn components(&self) -> &Matrix {
        &self.components
    }

    /// Mean of each column of the data.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Variance of the rows along each component (divisor: rows less one).
    pub fn explained_variance(&self) -> &[f64] {
        &self.variance
    }

    /// Share of each component in the variance of all columns; 0 where nothing varies.
    pub fn explained_variance_ratio(&self) -> &[f64] {
        &self.ratio
    }

    /// Other data with the same columns, in the components' coordinates.
    ///
    /// # Errors
    /// When the number of columns differs.
    pub fn transform(&self, x: &Matrix) -> Result<Matrix> {
        if x.cols() != self.mean.len() {
            let own = self.mean.len();
            return Err(Error::value(format!("these components have {own} columns, the data have {}", x.cols()))
                .help("project the same columns in the same order"));
        }
        project(x, &self.mean, &self.components)
    }
}

fn project(x: &Matrix, mean: &[f64], components: &Matrix) -> Result<Matrix> {
    let centred = Mat::from_fn(x.rows(), x.cols(), |i, j| x.row(i)[j] - mean[j]);
    let weights = MatRef::from_row_major_slice(components.values(), components.rows(), x.cols());
    let scores = centred * weights.transpose();
    let k = components.rows();
    let values = (0..x.rows() * k).map(|i| scores[(i / k, i % k)]).collect();
    Matrix::new(x.ids().clone(), components.ids().clone(), values)
}

impl std::fmt::Display for Pca {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shares: Vec<String> = self.ratio.iter().take(5).map(|r| format!("{:.1} %", 100.0 * r)).collect();
        let more = if self.ratio.len() > 5 { ", …" } else { "" };
        let all = 100.0 * self.ratio.iter().sum::<f64>();
        let (n, d) = (self.scores.rows(), self.mean.len());
        write!(f, "Pca({} of {d} dimensions, {n} cells, variance {}{more}", self.ratio.len(), shares.join(", "))?;
        write!(f, "; {all:.1} % in all)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::Value;

    use super::*;

    fn read_csv(text: &str, skip: usize, rows: usize) -> Matrix {
        let lines = text.lines().skip(skip).take(rows);
        let values: Vec<Vec<f64>> =
            lines.map(|l| l.split(',').skip(skip).map(|v| v.parse().unwrap()).collect()).collect();
        let ids = (0..values.len()).map(|i| format!("cell{i}")).collect();
        Matrix::numbered(ids, "x", values[0].len(), values.concat()).unwrap()
    }

    #[test]
    fn components_are_scikit_learns() {
        // scikit-learn 1.9.1, full SVD: see tests/fixtures/stats. More rows than columns, and the reverse.
        let reference: Value = serde_json::from_str(include_str!("../../tests/fixtures/stats/pca.json")).unwrap();
        let blobs = read_csv(include_str!("../../tests/fixtures/stats/blobs.csv"), 1, 160);
        let digits = read_csv(include_str!("../../tests/fixtures/stats/digits.csv"), 0, 30);
        for (x, reference) in [(blobs, &reference["blobs"]), (digits, &reference["digits_wide"])] {
            let expected = |key: &str| -> Vec<f64> {
                match serde_json::from_value::<Vec<Vec<f64>>>(reference[key].clone()) {
                    Ok(rows) => rows.concat(),
                    Err(_) => serde_json::from_value(reference[key].clone()).unwrap(),
                }
            };
            let fit = pca(&x, &PcaOptions { components: expected("variance").len() }).unwrap();
            let check = |found: &[f64], key: &str| {
                for (a, b) in found.iter().zip(expected(key)) {
                    assert!((a - b).abs() < 1e-10 * b.abs().max(1.0), "{key}: {a}, expected {b}");
                }
            };
            check(fit.explained_variance(), "variance");
            check(fit.explained_variance_ratio(), "ratio");
            check(fit.components().values(), "components");
            check(&fit.scores().values()[..expected("scores").len()], "scores");
            assert_eq!(fit.transform(&x).unwrap(), *fit.scores());
        }
    }

    #[test]
    fn a_line_has_one_component_and_equal_rows_have_none() {
        let ids: Arc<[String]> = (0..3).map(|i| i.to_string()).collect();
        let line = Matrix::numbered(ids.clone(), "x", 2, vec![0.0, 0.0, -3.0, -4.0, 3.0, 4.0]).unwrap();
        let fit = pca(&line, &PcaOptions::default()).unwrap();
        assert!((fit.explained_variance()[0] - 25.0).abs() < 1e-12 && fit.explained_variance()[1].abs() < 1e-12);
        assert!((fit.components().row(0)[0] - 0.6).abs() < 1e-12 && (fit.scores().row(2)[0] - 5.0).abs() < 1e-12);
        assert_eq!(fit.to_string(), "Pca(2 of 2 dimensions, 3 cells, variance 100.0 %, 0.0 %; 100.0 % in all)");
        let equal = Matrix::numbered(ids, "x", 2, vec![1.0; 6]).unwrap();
        let fit = pca(&equal, &PcaOptions::default()).unwrap();
        assert_eq!(fit.explained_variance_ratio(), [0.0, 0.0]);
        assert!(fit.scores().values().iter().all(|&v| v == 0.0));
    }

    #[test]
    fn impossible_requests_are_refused() {
        let x = Matrix::numbered(["a".into(), "b".into()].into(), "x", 3, vec![1.0; 6]).unwrap();
        let refuse = |components| pca(&x, &PcaOptions { components }).unwrap_err().message;
        assert_eq!(refuse(3), "pca: `3` components of 2 rows and 3 columns");
        assert!(refuse(0).starts_with("pca: `0` components"));
        let fit = pca(&x, &PcaOptions::default()).unwrap();
        assert!(fit.transform(&x.select(&[0])).is_ok());
        let other = Matrix::numbered(["a".into()].into(), "x", 2, vec![1.0; 2]).unwrap();
        assert!(fit.transform(&other).unwrap_err().message.contains("have 3 columns, the data have 2"));
    }
}
