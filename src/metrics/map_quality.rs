//! How far a map keeps who is near to whom: trustworthiness, continuity, preserved neighbours.
//!
//! A map in two dimensions cannot keep all neighbours. Trustworthiness (Venna & Kaski 2001) asks whether cells that are
//! near in the map are near in the data, continuity whether those near in the data stayed near in the map, both weighing
//! how far the others were; preservation is the plain share of kept neighbours. All pairs of cells are compared. Equal
//! distances go to the smaller row number.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::data::table::Column;
use crate::data::{Matrix, Origin, Outcome, Table};
use crate::distance::{Metric, Space};
use crate::error::{Error, Result};

/// How a map is judged.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MapQualityOptions {
    /// Number of neighbours of each cell; less than half of the cells.
    pub k: usize,
    /// What the distance of two rows of the data is; in the map it is Euclidean.
    pub metric: Metric,
}

impl Default for MapQualityOptions {
    fn default() -> Self {
        MapQualityOptions { k: 12, metric: Metric::default() }
    }
}

/// How good a map is, over all cells and cell by cell. Every score is 1 for a perfect map.
#[derive(Clone, Debug, PartialEq)]
pub struct MapQuality {
    /// 1 less the mean excess of the data's ranks of a map's neighbours over `k`, scaled so that the worst map has 0.
    pub trustworthiness: f64,
    /// The same with data and map exchanged.
    pub continuity: f64,
    /// Share of the neighbours in the data that are neighbours in the map; `k / (n - 1)` by chance.
    pub preservation: f64,
    /// The three scores of each cell, whose means these are.
    pub cells: Vec<[f64; 3]>,
    ids: Arc<[String]>,
    origin: Origin,
}

/// All scores of a map of the rows of a matrix.
///
/// # Errors
/// When rows differ in number, `k` is 0 or not less than half of the cells, or a value cannot be used.
pub fn map_quality(x: &Matrix, map: &Matrix, options: &MapQualityOptions) -> Result<MapQuality> {
    let (data, map) = spaces(x, map, options, "map_quality")?;
    let near = map.each(|row, distances| nearest(row, distances, options.k))?;
    let intrusions = data.each(|row, distances| ranked(row, distances, &near[row], options.k))?;
    let kept: Vec<&[usize]> = intrusions.iter().map(|(_, own)| own.as_slice()).collect();
    let extrusions = map.each(|row, distances| ranked(row, distances, kept[row], options.k).0)?;
    let scale = scale(x.rows(), options.k);
    let shared = |row: usize| near[row].iter().filter(|&j| kept[row].contains(j)).count() as f64 / options.k as f64;
    let score = |row: usize| [1.0 - scale * intrusions[row].0, 1.0 - scale * extrusions[row], shared(row)];
    let cells: Vec<[f64; 3]> = (0..x.rows()).map(score).collect();
    let mean = |of: usize| cells.iter().map(|cell| cell[of]).sum::<f64>() / cells.len() as f64;
    Ok(MapQuality {
        trustworthiness: mean(0),
        continuity: mean(1),
        preservation: mean(2),
        cells,
        ids: x.ids().clone(),
        origin: Origin::new("metrics::map_quality", x, options, None),
    })
}

/// See [`MapQuality::trustworthiness`].
///
/// # Errors
/// As [`map_quality`].
pub fn trustworthiness(x: &Matrix, map: &Matrix, options: &MapQualityOptions) -> Result<f64> {
    let (data, map) = spaces(x, map, options, "trustworthiness")?;
    strangers(&map, &data, options.k, x.rows())
}

/// See [`MapQuality::continuity`].
///
/// # Errors
/// As [`map_quality`].
pub fn continuity(x: &Matrix, map: &Matrix, options: &MapQualityOptions) -> Result<f64> {
    let (data, map) = spaces(x, map, options, "continuity")?;
    strangers(&data, &map, options.k, x.rows())
}

/// See [`MapQuality::preservation`].
///
/// # Errors
/// As [`map_quality`].
pub fn neighbour_preservation(x: &Matrix, map: &Matrix, options: &MapQualityOptions) -> Result<f64> {
    let (data, map) = spaces(x, map, options, "neighbour_preservation")?;
    let near = |space: &Space| space.each(|row, distances| nearest(row, distances, options.k));
    let (a, b) = (near(&data)?, near(&map)?);
    let shared: usize = a.iter().zip(&b).map(|(a, b)| a.iter().filter(|j| b.contains(j)).count()).sum();
    Ok(shared as f64 / (options.k * x.rows()) as f64)
}

/// The data and the map, ready to be compared.
fn spaces<'a>(
    x: &'a Matrix,
    map: &'a Matrix,
    options: &MapQualityOptions,
    what: &str,
) -> Result<(Space<'a>, Space<'a>)> {
    if x.rows() != map.rows() {
        return Err(Error::value(format!("{what}: the map has {} rows, the data have {}", map.rows(), x.rows()))
            .help("both must be of the same cells in the same order"));
    }
    if x.ids() != map.ids() {
        let differ = x.ids().iter().zip(map.ids().iter()).find(|(a, b)| a != b);
        let (a, b) = differ.map_or(("", ""), |(a, b)| (a.as_str(), b.as_str()));
        return Err(Error::value(format!("{what}: a row of the data is `{a}`, that of the map `{b}`"))
            .help("both must be of the same cells in the same order"));
    }
    if options.k == 0 || 2 * options.k >= x.rows() {
        return Err(Error::value(format!("{what}: `k` is `{}` for {} cells", options.k, x.rows()))
            .help("give at least 1 and less than half of the cells"));
    }
    Ok((Space::new(x, options.metric, what)?, Space::new(map, Metric::Euclidean, what)?))
}

/// One less the scaled mean excess of the ranks, in `other`, of the neighbours in `one`.
fn strangers(one: &Space, other: &Space, k: usize, n: usize) -> Result<f64> {
    let near = one.each(|row, distances| nearest(row, distances, k))?;
    let excess = other.each(|row, distances| ranked(row, distances, &near[row], k).0)?;
    Ok(1.0 - scale(n, k) * excess.iter().sum::<f64>() / n as f64)
}

/// What makes the largest possible excess of a row 1.
fn scale(n: usize, k: usize) -> f64 {
    let (n, k) = (n as f64, k as f64);
    2.0 / (k * (2.0 * n - 3.0 * k - 1.0))
}

/// The `k` nearest other rows, nearest first.
fn nearest(row: usize, distances: &[f64], k: usize) -> Vec<usize> {
    let mut found: Vec<(f64, usize)> = Vec::with_capacity(k + 1);
    let mut worst = f64::INFINITY;
    for (other, &distance) in distances.iter().enumerate() {
        if distance < worst && other != row {
            found.insert(found.partition_point(|&(d, _)| d <= distance), (distance, other));
            found.truncate(k);
            if found.len() == k {
                worst = found[k - 1].0;
            }
        }
    }
    found.into_iter().map(|(_, other)| other).collect()
}

/// By how much the ranks of `others` exceed `k` in sum, and the row's own `k` nearest.
fn ranked(row: usize, distances: &[f64], others: &[usize], k: usize) -> (f64, Vec<usize>) {
    let own = nearest(row, distances, k);
    let rank = |other: usize| {
        let mine = distances[other];
        let before = |&(at, &d): &(usize, &f64)| at != row && (d < mine || (d == mine && at < other));
        distances.iter().enumerate().filter(before).count() + 1
    };
    let strangers = others.iter().filter(|other| !own.contains(other));
    let excess: usize = strangers.map(|&other| rank(other).saturating_sub(k)).sum();
    (excess as f64, own)
}

impl Outcome for MapQuality {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("trustworthiness", self.trustworthiness),
            ("continuity", self.continuity),
            ("preservation", self.preservation),
        ]
    }

    fn table(&self) -> Result<Table> {
        let names = ["trustworthiness", "continuity", "preservation"];
        let column = |(of, name): (usize, &&str)| {
            Column::numbers(name, self.cells.iter().map(|cell| cell[of]).collect::<Vec<f64>>())
        };
        Table::new(self.ids.clone(), names.iter().enumerate().map(column).collect())
    }
}

impl std::fmt::Display for MapQuality {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "MapQuality(trustworthiness {:.3}, continuity {:.3}, {:.1} % of neighbours kept, {} cells)",
            self.trustworthiness,
            self.continuity,
            100.0 * self.preservation,
            self.cells.len()
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::Value;

    use super::super::compactness::tests::blobs;
    use super::*;

    fn reference() -> (Matrix, Matrix, Value) {
        let x = blobs().0;
        let reference: Value = serde_json::from_str(include_str!("../../tests/fixtures/stats/maps.json")).unwrap();
        let map: Vec<Vec<f64>> = serde_json::from_value(reference["map"].clone()).unwrap();
        let map = Matrix::numbered(x.ids().clone(), "map", 2, map.concat()).unwrap();
        (x, map, reference)
    }

    #[test]
    fn scores_are_scikit_learns() {
        // scikit-learn 1.9.1, whose `trustworthiness` with arguments exchanged is the continuity: see tests/fixtures/stats.
        let (x, map, reference) = reference();
        for case in reference["cases"].as_array().unwrap() {
            let options = MapQualityOptions {
                k: case["k"].as_u64().unwrap() as usize,
                metric: serde_json::from_value(case["metric"].clone()).unwrap(),
            };
            let found = map_quality(&x, &map, &options).unwrap();
            for (name, found) in found.numbers() {
                if let Some(expected) = case[name].as_f64() {
                    assert!((found - expected).abs() < 1e-12, "{name}: {found}, expected {expected}");
                }
            }
            for (alone, (_, together)) in [
                trustworthiness(&x, &map, &options).unwrap(),
                continuity(&x, &map, &options).unwrap(),
                neighbour_preservation(&x, &map, &options).unwrap(),
            ]
            .iter()
            .zip(found.numbers())
            {
                assert!((alone - together).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn data_are_their_own_best_map() {
        let (x, ..) = reference();
        let found = map_quality(&x, &x, &MapQualityOptions::default()).unwrap();
        assert_eq!((found.trustworthiness, found.continuity, found.preservation), (1.0, 1.0, 1.0));
        assert_eq!(
            found.to_string(),
            "MapQuality(trustworthiness 1.000, continuity 1.000, 100.0 % of neighbours kept, 160 cells)"
        );
    }

    #[test]
    fn maps_of_other_cells_and_too_many_neighbours_are_refused() {
        let (x, map, _) = reference();
        let refuse = |map: &Matrix, k| {
            trustworthiness(&x, map, &MapQualityOptions { k, ..Default::default() }).unwrap_err().message
        };
        assert!(refuse(&map, 80).contains("`k` is `80` for 160 cells"));
        assert!(refuse(&map, 0).contains("`k` is `0`"));
        assert!(refuse(&map.select(&[0, 1]), 5).contains("the map has 2 rows"));
        let turned: Vec<usize> = (0..160).rev().collect();
        assert!(refuse(&map.select(&turned), 5).contains("is `cell0`, that of the map `cell159`"));
    }
}
