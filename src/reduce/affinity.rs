//! t-SNE's distribution over pairs of rows of the data, and how far a map is from it.
//!
//! van der Maaten & Hinton 2008: a row picks a neighbour with Gaussian probability, the Gaussian's width being such that
//! each row has the same effective number of neighbours, the perplexity. In the map, pairs have Student's probability.
//! t-SNE makes the Kullback-Leibler divergence of the second from the first small.

use rayon::prelude::*;

use super::repulsion::exact_normaliser;
use super::sparse::Sparse;
use super::tsne::TsneOptions;
use crate::data::Matrix;
use crate::distance::Space;
use crate::error::{Error, Result};

/// The exact Kullback-Leibler divergence of a map from data, in nats: what t-SNE makes small, comparable between maps of
/// the same data at the same perplexity. `map` has the rows of `x` and two columns; perplexity and metric are taken from
/// the options.
///
/// As in scikit-learn, pairs that are not among the nearest three perplexities' worth of neighbours count as having
/// probability 0 in the data. Time grows with the square of the number of rows.
///
/// # Errors
/// When rows differ in number, there are fewer than four of them, the map is not in the plane, or a value cannot be used.
pub fn tsne_divergence(x: &Matrix, map: &Matrix, options: &TsneOptions) -> Result<f64> {
    if x.rows() != map.rows() || map.cols() != 2 {
        let (rows, columns, n) = (map.rows(), map.cols(), x.rows());
        return Err(Error::value(format!("tsne: the map has {rows} rows and {columns} columns, expected {n} and 2")));
    }
    map.require_finite("tsne")?;
    let perplexity = options.perplexity_for(x.rows())?;
    divergence(&affinities(x, options, perplexity)?, map.values())
}

/// The joint probabilities of pairs of rows; they are symmetric and sum to 1.
pub(super) fn affinities(x: &Matrix, options: &TsneOptions, perplexity: f64) -> Result<Sparse> {
    let near = Space::new(x, options.metric, "tsne")?.nearest_others(n_neighbours(x.rows(), perplexity))?;
    let n = x.rows() as f64;
    let conditional: Vec<Vec<f64>> =
        (0..x.rows()).into_par_iter().map(|row| conditional_probabilities(near.distances(row), perplexity)).collect();
    Ok(Sparse::of(&near, &conditional.concat(), |a, b| (a + b) / (2.0 * n)))
}

/// The divergence of a map, of two values per row, from joint probabilities.
pub(super) fn divergence(joint: &Sparse, map: &[f64]) -> Result<f64> {
    let normaliser = exact_normaliser(map)?;
    let of_row = |row: usize| -> f64 {
        let term = |(other, p): (u32, f64)| {
            let (a, b) = (&map[2 * row..2 * row + 2], &map[2 * other as usize..2 * other as usize + 2]);
            let (dx, dy) = (a[0] - b[0], a[1] - b[1]);
            p * (p * normaliser * (1.0 + dx * dx + dy * dy)).ln()
        };
        joint.row(row).map(term).sum()
    };
    let rows: Vec<f64> = (0..joint.len()).into_par_iter().map(of_row).collect();
    Ok(rows.iter().sum())
}

/// Number of neighbours whose probability is not neglected.
pub(super) fn n_neighbours(n: usize, perplexity: f64) -> usize {
    ((3.0 * perplexity) as usize + 1).min(n - 1)
}

/// Gaussian probabilities of neighbours at these distances, of the width that gives the perplexity.
pub(super) fn conditional_probabilities(distances: &[f64], perplexity: f64) -> Vec<f64> {
    // Squared distances less that of the nearest, so that the largest exponential is 1.
    let nearest = distances.first().map_or(0.0, |d| d * d);
    let excess: Vec<f64> = distances.iter().map(|d| d * d - nearest).collect();
    let target = perplexity.ln();
    // The entropy falls with the precision `beta`; its derivative there is -beta times the variance of the excess.
    let (mut low, mut high, mut beta) = (0.0, f64::INFINITY, 1.0 / excess.iter().sum::<f64>().max(f64::MIN_POSITIVE));
    beta = (beta * excess.len() as f64).min(f64::MAX);
    let mut weights = vec![0.0; excess.len()];
    for _ in 0..200 {
        let (mut sum, mut first, mut second) = (0.0, 0.0, 0.0);
        for (weight, e) in weights.iter_mut().zip(&excess) {
            *weight = (-beta * e).exp();
            sum += *weight;
            first += *weight * e;
            second += *weight * e * e;
        }
        let mean = first / sum;
        let surplus = sum.ln() + beta * mean - target;
        if surplus.abs() < 1e-10 {
            break;
        }
        // A narrower Gaussian, of larger precision, has fewer neighbours.
        (low, high) = if surplus > 0.0 { (beta, high) } else { (low, beta) };
        let slope = -beta * (second / sum - mean * mean);
        let newton = beta - surplus / slope;
        let safe = newton.is_finite() && newton > low && newton < high;
        beta = match (safe, high.is_infinite()) {
            (true, _) => newton,
            (false, true) => (2.0 * beta).min(f64::MAX),
            (false, false) => 0.5 * (low + high),
        };
    }
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|w| *w /= sum);
    weights
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
            for scale in [1e-6, 1.0, 1e6] {
                let scaled: Vec<f64> = distances.iter().map(|d| d * scale).collect();
                let p = conditional_probabilities(&scaled, perplexity);
                let entropy: f64 = p.iter().map(|p| -p * p.max(f64::MIN_POSITIVE).ln()).sum();
                assert!((entropy.exp() - perplexity).abs() < 1e-6, "{}", entropy.exp());
                assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            }
        }
        // Rows on top of each other leave no width that gives the perplexity; the probabilities stay finite.
        let p = conditional_probabilities(&[0.0, 0.0, 0.0, 5.0], 1.0);
        assert!(p[..3].iter().all(|p| (p - 1.0 / 3.0).abs() < 1e-9), "{p:?}");
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
        assert!(tsne_divergence(&x, &x, &TsneOptions::default()).unwrap_err().message.contains("5 columns, expected"));
    }
}
