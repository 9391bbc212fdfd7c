//! Principal components: the orthogonal directions along which rows vary most (Pearson 1901, Hotelling 1933).
//!
//! Where there are ten times as many rows as columns, from the eigenvectors of the covariances, as scikit-learn does by
//! default; else by singular value decomposition of the centred rows. The first is many times faster and loses directions
//! whose variance is below 1e-15 of the largest. Columns are not scaled: where their units differ, standardise first.

use std::sync::Arc;

use faer::{Mat, Side};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::scaling::classical_scaling;
use crate::data::table::Column;
use crate::data::{Matrix, Origin, Outcome, Table};
use crate::distance::Metric;
use crate::error::{Error, Result};
use crate::interrupt::{self, unless_quick};
use crate::linear::{LANES, Panels, add_upper_gram};

/// How many components are kept: scripts write `2`, or `0.95`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "f64", into = "f64")]
pub enum Components {
    /// This many.
    Count(usize),
    /// The fewest that have more than this share of the variance together; between 0 and 1.
    Share(f64),
}

impl TryFrom<f64> for Components {
    type Error = String;

    fn try_from(number: f64) -> std::result::Result<Self, String> {
        match number {
            share if share > 0.0 && share < 1.0 => Ok(Components::Share(share)),
            count if count >= 1.0 && count.fract() == 0.0 => Ok(Components::Count(count as usize)),
            other => Err(format!("`{other}` is neither a number of components nor a share of the variance below 1")),
        }
    }
}

impl From<Components> for f64 {
    fn from(components: Components) -> f64 {
        match components {
            Components::Count(count) => count as f64,
            Components::Share(share) => share,
        }
    }
}

/// How components are found.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PcaOptions {
    /// How many components are kept.
    pub components: Components,
    /// Whether scores are divided by their standard deviation, so that each component counts as much as the others.
    pub whiten: bool,
}

impl Default for PcaOptions {
    fn default() -> Self {
        PcaOptions { components: Components::Count(2), whiten: false }
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
    whiten: bool,
    origin: Origin,
}

/// Finds the principal components of the rows of a matrix.
///
/// The sign of a component is free; it is chosen so that its largest weight (by magnitude, the first of equals) is
/// positive, as in scikit-learn.
///
/// # Errors
/// When there are fewer than two rows, more components than rows or columns, or a value is not finite.
pub fn pca(x: &Matrix, options: &PcaOptions) -> Result<Pca> {
    let (n, d) = (x.rows(), x.cols());
    x.require_finite("pca")?;
    if n < 2 {
        return Err(Error::value(format!("pca needs at least 2 rows, not {n}")));
    }
    if let Components::Count(k) = options.components
        && (k == 0 || k > n.min(d))
    {
        return Err(Error::value(format!("pca: `{k}` components of {n} rows and {d} columns"))
            .help(format!("ask for 1 to {}", n.min(d))));
    }
    if d == 0 {
        return Err(Error::value("pca needs at least one column"));
    }
    let mean = means(x);
    let (variances, directions) =
        if n >= 10 * d && d <= 1000 { from_covariances(x, &mean)? } else { by_svd(x, &mean)? };
    let total: f64 = variances.iter().sum();
    if !total.is_finite() {
        return Err(Error::value("pca: the values are too large to be squared").help("rescale the columns"));
    }
    let ratio: Vec<f64> = variances.iter().map(|v| if total > 0.0 { v / total } else { 0.0 }).collect();
    let k = match options.components {
        Components::Count(k) => k,
        Components::Share(share) => {
            let mut sum = 0.0;
            let below = ratio.iter().take_while(|&&r| {
                sum += r;
                sum <= share
            });
            (below.count() + 1).min(ratio.len())
        }
    };
    let mut weights = directions[..k * d].to_vec();
    for component in weights.chunks_exact_mut(d) {
        let largest = component.iter().fold(0.0f64, |m, &v| if v.abs() > m.abs() { v } else { m });
        if largest < 0.0 {
            component.iter_mut().for_each(|v| *v = -*v);
        }
    }
    let names: Arc<[String]> = (1..=k).map(|c| format!("pc{c}")).collect();
    let components = Matrix::new(names.clone(), x.columns().clone(), weights)?;
    let variance = variances[..k].to_vec();
    let scores = project(x, &mean, &components, options.whiten.then_some(&variance));
    Ok(Pca {
        scores: Matrix::new(x.ids().clone(), names, scores)?,
        mean,
        components,
        variance,
        ratio: ratio[..k].to_vec(),
        whiten: options.whiten,
        origin: Origin::new("reduce::pca", x, options, None),
    })
}

/// The first `k` principal scores of each row, for the start of a map: from the rows, or where the matrix holds distances, by
/// classical scaling. Where there are fewer than `k` components, the others are 0.
pub(super) fn leading_scores(x: &Matrix, k: usize, metric: Metric) -> Result<Vec<f64>> {
    if metric == Metric::Precomputed {
        return classical_scaling(x, k);
    }
    let kept = k.min(x.cols()).min(x.rows());
    let fit = pca(x, &PcaOptions { components: Components::Count(kept), whiten: false })?;
    let row = |row: &[f64]| (0..k).map(|c| row.get(c).copied().unwrap_or(0.0)).collect::<Vec<f64>>();
    Ok(fit.scores.iter_rows().flat_map(row).collect())
}

fn means(x: &Matrix) -> Vec<f64> {
    let mut mean = vec![0.0; x.cols()];
    for row in x.iter_rows() {
        mean.iter_mut().zip(row).for_each(|(m, v)| *m += v);
    }
    mean.iter_mut().for_each(|m| *m /= x.rows() as f64);
    mean
}

/// Rows that are centred at once: they stay in a near cache.
const BLOCK: usize = 256;

/// Writes rows less the mean to `out`, whose rows of `width` values are wider where the columns do not fill them.
fn centre(rows: &[f64], mean: &[f64], width: usize, out: &mut [f64]) {
    for (row, out) in rows.chunks_exact(mean.len()).zip(out.chunks_exact_mut(width)) {
        out.iter_mut().zip(row).zip(mean).for_each(|((out, v), m)| *out = v - m);
    }
}

/// Variances (divisor: rows less one), largest first, and a direction of as many values as there are columns for each.
fn from_covariances(x: &Matrix, mean: &[f64]) -> Result<(Vec<f64>, Vec<f64>)> {
    let d = mean.len();
    let width = d.next_multiple_of(LANES);
    // Blocks of rows one after the other: the same sums on any number of threads, and less rounding than in one go.
    let blocks = x.values().par_chunks(2 * BLOCK * d).map(|rows| {
        interrupt::check()?;
        let (mut centred, mut sums) = (vec![0.0; rows.len() / d * width], vec![0.0; width * width]);
        centre(rows, mean, width, &mut centred);
        add_upper_gram(&centred, width, &mut sums);
        Ok(sums)
    });
    let mut sums = vec![0.0; width * width];
    for block in blocks.collect::<Result<Vec<_>>>()? {
        sums.iter_mut().zip(block).for_each(|(sum, v)| *sum += v);
    }
    let divisor = (x.rows() - 1) as f64;
    let covariances = Mat::from_fn(d, d, |i, j| sums[i.min(j) * width + i.max(j)] / divisor);
    if sums.iter().any(|v| !v.is_finite()) {
        return Err(Error::value("pca: the values are too large to be squared").help("rescale the columns"));
    }
    let eigen = unless_quick(d * d * d, move || covariances.self_adjoint_eigen(Side::Lower))?;
    let eigen = eigen.map_err(|_| no_convergence())?;
    // Eigenvalues rise; rounding makes those of directions without variance slightly negative.
    let values: Vec<f64> = eigen.S().column_vector().iter().rev().map(|v| v.max(0.0)).collect();
    let vectors = (0..d).rev().flat_map(|c| (0..d).map(move |j| (j, c))).map(|(j, c)| eigen.U()[(j, c)]).collect();
    Ok((values, vectors))
}

/// As [`from_covariances`], without squaring the values.
fn by_svd(x: &Matrix, mean: &[f64]) -> Result<(Vec<f64>, Vec<f64>)> {
    let (n, d) = (x.rows(), x.cols());
    let centred = Mat::from_fn(n, d, |i, j| x.row(i)[j] - mean[j]);
    let svd = unless_quick(n * d * n.min(d), move || centred.thin_svd())?.map_err(|_| no_convergence())?;
    let variances: Vec<f64> = svd.S().column_vector().iter().map(|s| s * s / (n - 1) as f64).collect();
    let directions = (0..variances.len()).flat_map(|c| svd.V().col(c).iter().copied().collect::<Vec<f64>>()).collect();
    Ok((variances, directions))
}

fn no_convergence() -> Error {
    Error::value("pca: the decomposition did not converge").help("rescale the columns")
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
    /// When the number of columns differs, or a value is not finite.
    pub fn transform(&self, x: &Matrix) -> Result<Matrix> {
        if x.cols() != self.mean.len() {
            let own = self.mean.len();
            return Err(Error::value(format!("these components have {own} columns, the data have {}", x.cols()))
                .help("project the same columns in the same order"));
        }
        x.require_finite("pca")?;
        let scores = project(x, &self.mean, &self.components, self.whiten.then_some(&self.variance));
        Matrix::new(x.ids().clone(), self.components.ids().clone(), scores)
    }

    /// Rows with the columns of the data, from scores: what the kept components say of them.
    ///
    /// # Errors
    /// When the number of scores is not that of the components.
    pub fn inverse_transform(&self, scores: &Matrix) -> Result<Matrix> {
        let k = self.components.rows();
        if scores.cols() != k {
            return Err(Error::value(format!("{} scores of each row, but {k} components", scores.cols()))
                .help("give scores as `transform` makes them"));
        }
        let spread = |c: usize| if self.whiten { self.variance[c].sqrt() } else { 1.0 };
        let mut values = Vec::with_capacity(scores.rows() * self.mean.len());
        for row in scores.iter_rows() {
            let mut restored = self.mean.clone();
            for (c, score) in row.iter().enumerate() {
                let weight = score * spread(c);
                restored.iter_mut().zip(self.components.row(c)).for_each(|(v, w)| *v += weight * w);
            }
            values.extend(restored);
        }
        Matrix::new(scores.ids().clone(), self.components.columns().clone(), values)
    }
}

/// Scores of the rows less the mean, divided by the roots of these variances.
fn project(x: &Matrix, mean: &[f64], components: &Matrix, variances: Option<&Vec<f64>>) -> Vec<f64> {
    let (d, k) = (components.cols(), components.rows());
    let panels = Panels::new(components.values(), d);
    let width = panels.len() * LANES;
    let mut scores = vec![0.0; x.rows() * k];
    scores.par_chunks_mut(BLOCK * k).zip(x.values().par_chunks(BLOCK * d)).for_each(|(scores, rows)| {
        let (mut centred, mut out) = (vec![0.0; rows.len()], vec![0.0; rows.len() / d * width]);
        centre(rows, mean, d, &mut centred);
        panels.inner_products(0..panels.len(), &centred, &mut out);
        for (scores, out) in scores.chunks_exact_mut(k).zip(out.chunks_exact(width)) {
            scores.copy_from_slice(&out[..k]);
            // A direction in which nothing varies has scores of 0, not of 0 over 0.
            for (score, variance) in scores.iter_mut().zip(variances.into_iter().flatten()).filter(|(_, v)| **v > 0.0) {
                *score /= variance.sqrt();
            }
        }
    });
    scores
}

impl Outcome for Pca {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        vec![("components", self.variance.len() as f64), ("explained", self.ratio.iter().sum())]
    }

    /// A row per component: its variance, its share, and its weight of each column of the data.
    fn table(&self) -> Result<Table> {
        let own = ["variance", "ratio"];
        let weights = Table::from_matrix(&self.components)?;
        let mut columns =
            vec![Column::numbers(own[0], self.variance.clone()), Column::numbers(own[1], self.ratio.clone())];
        columns.extend(weights.columns().iter().map(|c| {
            let name = if own.contains(&c.name.as_str()) { format!("weight of {}", c.name) } else { c.name.clone() };
            Column { name, ..c.clone() }
        }));
        Table::new(self.components.ids().clone(), columns)
    }
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

    fn keep(components: usize) -> PcaOptions {
        PcaOptions { components: Components::Count(components), whiten: false }
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
            let fit = pca(&x, &keep(expected("variance").len())).unwrap();
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
    fn a_share_of_the_variance_whitening_and_the_way_back_are_scikit_learns() {
        // scikit-learn 1.9.1: see tests/fixtures/stats.
        let reference: Value = serde_json::from_str(include_str!("../../tests/fixtures/stats/pca_more.json")).unwrap();
        let blobs = read_csv(include_str!("../../tests/fixtures/stats/blobs.csv"), 1, 160);
        for case in reference.as_array().unwrap() {
            let options: PcaOptions = serde_json::from_value(
                serde_json::json!({ "components": case["components"], "whiten": case["whiten"] }),
            )
            .unwrap();
            let fit = pca(&blobs, &options).unwrap();
            let values = |key: &str| serde_json::from_value::<Vec<Vec<f64>>>(case[key].clone()).unwrap();
            assert_eq!(fit.components().rows(), values("scores")[0].len());
            for (found, expected) in fit.scores().values().iter().zip(values("scores").concat()) {
                assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
            }
            let back = fit.inverse_transform(fit.scores()).unwrap();
            for (found, expected) in back.values().iter().zip(values("restored").concat()) {
                assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
            }
        }
        let all = pca(&blobs, &PcaOptions { components: Components::Count(5), whiten: true }).unwrap();
        let restored = all.inverse_transform(&all.transform(&blobs.select(&[4])).unwrap()).unwrap();
        assert!(restored.values().iter().zip(blobs.row(4)).all(|(a, b)| (a - b).abs() < 1e-12));
        assert!(all.inverse_transform(&blobs.select(&[0, 1])).is_ok());
        let table = all.table().unwrap();
        assert_eq!(table.names().collect::<Vec<_>>(), ["variance", "ratio", "x1", "x2", "x3", "x4", "x5"]);
        for refused in ["0", "1.5", "-2"] {
            assert!(serde_json::from_str::<PcaOptions>(&format!("{{\"components\": {refused}}}")).is_err());
        }
    }

    #[test]
    fn both_ways_find_the_same_components() {
        let blobs = read_csv(include_str!("../../tests/fixtures/stats/blobs.csv"), 1, 160);
        let mean = means(&blobs);
        let (one, other) = (from_covariances(&blobs, &mean).unwrap(), by_svd(&blobs, &mean).unwrap());
        assert!(one.0.iter().zip(&other.0).all(|(a, b)| (a / b - 1.0).abs() < 1e-12));
        assert!(one.1.iter().zip(&other.1).all(|(a, b)| (a.abs() - b.abs()).abs() < 1e-12));
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
        let refuse = |components| pca(&x, &keep(components)).unwrap_err().message;
        assert_eq!(refuse(3), "pca: `3` components of 2 rows and 3 columns");
        assert!(refuse(0).starts_with("pca: `0` components"));
        let fit = pca(&x, &PcaOptions::default()).unwrap();
        assert!(fit.transform(&x.select(&[0])).is_ok());
        let other = Matrix::numbered(["a".into()].into(), "x", 2, vec![1.0; 2]).unwrap();
        assert!(fit.transform(&other).unwrap_err().message.contains("have 3 columns, the data have 2"));
    }
}
