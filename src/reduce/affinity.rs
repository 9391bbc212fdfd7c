//! t-SNE's two distributions over pairs of rows, and how far a map is from the data.
//!
//! van der Maaten & Hinton 2008: in the data, a row picks a neighbour with Gaussian probability, the Gaussian's width
//! being such that each row has the same effective number of neighbours, the perplexity. In the map, pairs have
//! Student's probability. t-SNE makes the Kullback-Leibler divergence of the second from the first small.

use rayon::prelude::*;

use super::tsne::TsneOptions;
use crate::data::Matrix;
use crate::error::{Error, Result};
use crate::evaluate::{Index, Neighbours};
use crate::interrupt;

/// The exact Kullback-Leibler divergence of a map from data, in nats: what t-SNE makes small, comparable between maps of
/// the same data at the same perplexity. `map` has the rows of `x`; perplexity and metric are taken from the options.
///
/// As in scikit-learn, pairs that are not among the nearest three perplexities' worth of neighbours count as having
/// probability 0 in the data. Time grows with the square of the number of rows.
///
/// # Errors
/// When rows differ in number, there are fewer than four of them, or a value cannot be used.
pub fn tsne_divergence(x: &Matrix, map: &Matrix, options: &TsneOptions) -> Result<f64> {
    if x.rows() != map.rows() {
        return Err(Error::value(format!("tsne: the map has {} rows, the data have {}", map.rows(), x.rows())));
    }
    map.require_finite("tsne")?;
    let perplexity = options.perplexity_for(x.rows())?;
    let n = x.rows();
    let neighbours = Index::new(x, options.metric)?.nearest_others(x, n_neighbours(n, perplexity))?;
    let student = |i: usize, j: usize| {
        let squared: f64 = map.row(i).iter().zip(map.row(j)).map(|(a, b)| (a - b) * (a - b)).sum();
        1.0 / (1.0 + squared)
    };
    let sums: Vec<f64> = (0..n)
        .into_par_iter()
        .map(|i| {
            interrupt::check()?;
            Ok((0..n).filter(|&j| j != i).map(|j| student(i, j)).sum())
        })
        .collect::<Result<_>>()?;
    let normaliser: f64 = sums.iter().sum();
    let joint = joint_probabilities(&neighbours, n, perplexity);
    Ok(joint.iter().map(|&(i, j, p)| p * (p * normaliser / student(i, j)).ln()).sum())
}

/// Number of neighbours whose probability is not neglected.
pub(super) fn n_neighbours(n: usize, perplexity: f64) -> usize {
    ((3.0 * perplexity) as usize + 1).min(n - 1)
}

/// Probability of each pair of rows that is not 0, as row, row, probability; they are symmetric and sum to 1.
fn joint_probabilities(neighbours: &Neighbours, n: usize, perplexity: f64) -> Vec<(usize, usize, f64)> {
    let conditional: Vec<Vec<f64>> =
        (0..n).into_par_iter().map(|i| conditional_probabilities(neighbours.distances(i), perplexity)).collect();
    let mut entries: Vec<(usize, usize, f64)> = Vec::with_capacity(2 * n * neighbours.k());
    for (i, probabilities) in conditional.iter().enumerate() {
        for (&j, &p) in neighbours.rows(i).iter().zip(probabilities) {
            entries.extend([(i, j, p / (2 * n) as f64), (j, i, p / (2 * n) as f64)]);
        }
    }
    entries.sort_by_key(|&(i, j, _)| (i, j));
    entries.dedup_by(|next, kept| {
        let same = (next.0, next.1) == (kept.0, kept.1);
        if same {
            kept.2 += next.2;
        }
        same
    });
    entries.retain(|&(_, _, p)| p > 0.0);
    entries
}

/// Gaussian probabilities of neighbours at these distances, of the width that gives the perplexity.
fn conditional_probabilities(distances: &[f64], perplexity: f64) -> Vec<f64> {
    // Precision times squared distance, less that of the nearest, so that the largest exponential is 1.
    let nearest = distances.first().map_or(0.0, |d| d * d);
    let weights = |beta: f64| -> Vec<f64> { distances.iter().map(|d| (-beta * (d * d - nearest)).exp()).collect() };
    let (mut low, mut high, mut beta) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..200 {
        let w = weights(beta);
        let sum: f64 = w.iter().sum();
        let mean: f64 = w.iter().zip(distances).map(|(w, d)| w * (d * d - nearest)).sum::<f64>() / sum;
        let excess = sum.ln() + beta * mean - perplexity.ln();
        if excess.abs() < 1e-9 {
            break;
        }
        // A narrower Gaussian, of larger precision, has fewer neighbours.
        (low, high) = if excess > 0.0 { (beta, high) } else { (low, beta) };
        beta = if high.is_infinite() { (2.0 * beta).min(f64::MAX) } else { 0.5 * (low + high) };
    }
    let w = weights(beta);
    let sum: f64 = w.iter().sum();
    w.iter().map(|w| w / sum).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::Value;

    use super::*;

    #[test]
    fn probabilities_have_the_perplexity_asked_for() {
        let distances: Vec<f64> = (1..=60).map(|i| 20.0 + (i as f64).sqrt()).collect();
        for perplexity in [1.5, 10.0, 20.0] {
            let p = conditional_probabilities(&distances, perplexity);
            let entropy: f64 = p.iter().map(|p| -p * p.max(f64::MIN_POSITIVE).ln()).sum();
            assert!((entropy.exp() - perplexity).abs() < 1e-6, "{}", entropy.exp());
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        // Rows on top of each other leave no width that gives the perplexity; the probabilities stay finite.
        assert_eq!(conditional_probabilities(&[0.0, 0.0, 0.0, 5.0], 1.0)[..3], [1.0 / 3.0; 3]);
        assert_eq!(conditional_probabilities(&[0.0; 4], 2.0), [0.25; 4]);
    }

    #[test]
    fn the_divergence_is_scikit_learns() {
        // scikit-learn 1.9.1, which finds widths in single precision to 1e-5 in entropy: see tests/fixtures/stats.
        let reference: Value = serde_json::from_str(include_str!("../../tests/fixtures/stats/tsne.json")).unwrap();
        let map: Vec<Vec<f64>> = serde_json::from_value(reference["map"].clone()).unwrap();
        let x = super::super::tsne::tests::blobs();
        let map = Matrix::numbered(x.ids().clone(), "tsne", 2, map.concat()).unwrap();
        let maps = reference["maps"].as_array().unwrap();
        assert_eq!(maps.len(), 3);
        for reference in maps {
            let options = TsneOptions {
                perplexity: reference["perplexity"].as_f64().unwrap(),
                metric: serde_json::from_value(reference["metric"].clone()).unwrap(),
                ..Default::default()
            };
            let found = tsne_divergence(&x, &map, &options).unwrap();
            let expected = reference["divergence"].as_f64().unwrap();
            assert!((found - expected).abs() < 2e-5 * expected, "{found}, expected {expected}");
        }
    }
}
