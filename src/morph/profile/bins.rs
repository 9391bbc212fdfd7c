//! Histograms and quantiles.

use crate::quantile::quantile;

/// Weights of what falls into each of `count` bins of equal width between two limits; what lies outside is in the first or
/// last bin.
pub fn histogram(items: impl Iterator<Item = (f64, f64)>, [low, high]: [f64; 2], count: usize) -> Vec<f64> {
    let mut bins = vec![0.0; count];
    let width = (high - low) / count as f64;
    for (value, weight) in items {
        // A cast of what is below 0 or not a number gives 0.
        let bin = (((value - low) / width) as usize).min(count - 1);
        bins[bin] += weight;
    }
    bins
}

/// Quantiles of values in any order; 0 of none.
pub fn quantiles<const N: usize>(mut values: Vec<f64>, shares: [f64; N]) -> [f64; N] {
    values.sort_unstable_by(f64::total_cmp);
    shares.map(|share| if values.is_empty() { 0.0 } else { quantile(&values, share) })
}

/// Quantiles of weighted values: the first value by which that share of the weight is reached; 0 of none.
pub fn weighted_quantiles<const N: usize>(mut items: Vec<(f64, f64)>, shares: [f64; N]) -> [f64; N] {
    items.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = items.iter().map(|item| item.1).sum();
    shares.map(|share| {
        let mut reached = 0.0;
        let found = items.iter().find(|(_, weight)| {
            reached += weight;
            reached >= share * total
        });
        found.or(items.last()).map_or(0.0, |item| item.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_take_what_is_theirs() {
        let items = [(-5.0, 1.0), (0.0, 2.0), (0.5, 3.0), (1.0, 4.0), (9.0, 5.0)];
        assert_eq!(histogram(items.into_iter(), [0.0, 2.0], 2), [6.0, 9.0]);
        assert_eq!(histogram([(3.0, 1.0)].into_iter(), [0.0, f64::MIN_POSITIVE], 3), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn quantiles_are_those_of_numpy() {
        // numpy.percentile([1, 2, 4, 8], [10, 50, 90]), numpy 2.3.
        let found = quantiles(vec![8.0, 1.0, 4.0, 2.0], [0.1, 0.5, 0.9]);
        for (a, b) in found.iter().zip([1.3, 3.0, 6.8]) {
            assert!((a - b).abs() < 1e-12);
        }
        assert_eq!(quantiles(vec![], [0.5]), [0.0]);
        assert_eq!(weighted_quantiles(vec![(2.0, 1.0), (1.0, 3.0)], [0.5, 0.75, 0.9]), [1.0, 1.0, 2.0]);
    }
}
