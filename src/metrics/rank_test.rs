//! Rank tests of two samples: Mann & Whitney's U for independent ones, Wilcoxon's signed ranks for pairs.
//!
//! Up to 60 values the p is exact given the ranks: the distribution of the rank sum over all equally likely arrangements
//! is counted, with ties as they are (Streitberg & Röhmel 1986). Beyond, it comes from the normal approximation with the
//! variance corrected for ties; U's has a continuity correction. scipy 1.17 does the same, but for small samples with ties,
//! for which it leaves exactness to `PermutationMethod`. All tests are two-sided.

use crate::error::{Error, Result};

/// The most values for which arrangements are counted.
const MOST_EXACT: usize = 60;

/// What a rank test gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankTest {
    /// U of the first sample, or the sum of the positive differences' ranks.
    pub statistic: f64,
    /// Two-sided p.
    pub p: f64,
    /// Whether p is exact.
    pub exact: bool,
}

/// Tests whether values of one sample tend to be larger than those of the other (Mann & Whitney 1947).
///
/// # Errors
/// When a sample is empty or holds a value that is not finite.
pub fn mann_whitney(a: &[f64], b: &[f64]) -> Result<RankTest> {
    if let Some(v) = a.iter().chain(b).find(|v| !v.is_finite()) {
        return Err(Error::value(format!("a rank test needs finite numbers, found {v}")));
    }
    if a.is_empty() || b.is_empty() {
        return Err(Error::value(format!("a rank test needs values on both sides, found {} and {}", a.len(), b.len())));
    }
    let pooled: Vec<f64> = a.iter().chain(b).copied().collect();
    let (doubled, ties) = doubled_ranks(&pooled);
    let (n, m) = (a.len() as f64, b.len() as f64);
    let sum: usize = doubled[..a.len()].iter().sum();
    let statistic = 0.5 * sum as f64 - n * (n + 1.0) / 2.0;
    if pooled.len() <= MOST_EXACT {
        let counts = sums_of_choices(&doubled, a.len());
        return Ok(RankTest { statistic, p: two_sided(&counts, sum), exact: true });
    }
    let total = n + m;
    let variance = n * m / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)));
    let off = ((statistic - n * m / 2.0).abs() - 0.5).max(0.0);
    Ok(RankTest { statistic, p: normal_two_sided(off, variance), exact: false })
}

/// Tests whether the differences of pairs are centred on zero (Wilcoxon 1945). Pairs in which a value is not finite, and
/// pairs without difference, are left out.
///
/// # Errors
/// When lengths differ.
pub fn wilcoxon(a: &[f64], b: &[f64]) -> Result<RankTest> {
    if a.len() != b.len() {
        return Err(Error::value(format!(
            "pairs need as many values on both sides, found {} and {}",
            a.len(),
            b.len()
        )));
    }
    let differences: Vec<f64> = a.iter().zip(b).map(|(x, y)| x - y).filter(|d| d.is_finite() && *d != 0.0).collect();
    if differences.is_empty() {
        return Ok(RankTest { statistic: 0.0, p: 1.0, exact: true });
    }
    let sizes: Vec<f64> = differences.iter().map(|d| d.abs()).collect();
    let (doubled, ties) = doubled_ranks(&sizes);
    let sum: usize = doubled.iter().zip(&differences).filter(|(_, d)| **d > 0.0).map(|(r, _)| r).sum();
    let statistic = 0.5 * sum as f64;
    let n = differences.len() as f64;
    if differences.len() <= MOST_EXACT {
        let mut counts = vec![1.0];
        for &rank in &doubled {
            let mut next = vec![0.0; counts.len() + rank];
            for (at, count) in counts.iter().enumerate() {
                next[at] += count;
                next[at + rank] += count;
            }
            counts = next;
        }
        return Ok(RankTest { statistic, p: two_sided(&counts, sum), exact: true });
    }
    let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - ties / 48.0;
    Ok(RankTest { statistic, p: normal_two_sided((statistic - n * (n + 1.0) / 4.0).abs(), variance), exact: false })
}

/// Twice the rank of each value, ties sharing their mean rank, so that all are whole; and the sum of t³ - t over ties.
fn doubled_ranks(values: &[f64]) -> (Vec<usize>, f64) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let (mut ranks, mut ties) = (vec![0; values.len()], 0.0);
    for tied in order.chunk_by(|&i, &j| values[i] == values[j]) {
        let first = ranks.iter().filter(|&&r| r > 0).count();
        for &i in tied {
            // Ranks first + 1 to first + t have the mean first + (t + 1) / 2.
            ranks[i] = 2 * first + tied.len() + 1;
        }
        let t = tied.len() as f64;
        ties += t * t * t - t;
    }
    (ranks, ties)
}

/// How many choices of `k` of the ranks have each sum.
fn sums_of_choices(ranks: &[usize], k: usize) -> Vec<f64> {
    let most = ranks.iter().sum::<usize>();
    let mut counts = vec![vec![0.0; most + 1]; k + 1];
    counts[0][0] = 1.0;
    for &rank in ranks {
        for chosen in (1..=k).rev() {
            let (fewer, own) = counts.split_at_mut(chosen);
            for sum in rank..=most {
                own[0][sum] += fewer[chosen - 1][sum - rank];
            }
        }
    }
    counts.swap_remove(k)
}

/// Twice the smaller tail of a distribution given by counts, the observed value included.
fn two_sided(counts: &[f64], observed: usize) -> f64 {
    let total: f64 = counts.iter().sum();
    let below: f64 = counts[..=observed].iter().sum();
    let above: f64 = counts[observed..].iter().sum();
    (2.0 * below.min(above) / total).min(1.0)
}

/// The two-sided p of a distance from the mean under a normal distribution.
fn normal_two_sided(distance: f64, variance: f64) -> f64 {
    if variance > 0.0 { erfc(distance / (2.0 * variance).sqrt()) } else { 1.0 }
}

/// The complementary error function of x ≥ 0: its series near zero, its continued fraction (Abramowitz & Stegun 7.1.5 and
/// 7.1.14) elsewhere; relative error below 1e-12.
fn erfc(x: f64) -> f64 {
    let scale = 2.0 / std::f64::consts::PI.sqrt();
    if x < 2.0 {
        let (mut term, mut sum) = (x, x);
        for k in 1..100 {
            let k = f64::from(k);
            term *= -x * x / k;
            sum += term / (2.0 * k + 1.0);
        }
        return 1.0 - scale * sum;
    }
    let fraction = (1..=120).rev().fold(x, |below, k| x + 0.5 * f64::from(k) / below);
    0.5 * scale * (-x * x).exp() / fraction
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1e-300), "{found} instead of {expected}");
    }

    /// `scipy.stats` 1.17.1, methods `exact` and `asymptotic`; the exact p of the tied sample by listing all 462 choices.
    #[test]
    fn p_is_scipys() {
        let exact = mann_whitney(&[1.1, 2.3, 0.4, 5.6, 3.3], &[2.2, 7.1, 8.8, 4.4, 9.9, 6.0, 5.0]).unwrap();
        near(exact.statistic, 5.0);
        near(exact.p, 0.04797979797979798);
        let tied = mann_whitney(&[1.0, 2.0, 2.0, 3.0, 5.0], &[2.0, 3.0, 4.0, 5.0, 5.0, 6.0]).unwrap();
        near(tied.statistic, 6.5);
        near(tied.p, 0.16017316017316016);
        let steps = |n: usize, by: usize, over: usize, scale: f64| -> Vec<f64> {
            (0..n).map(|i| ((i * by) % over) as f64 / scale).collect()
        };
        let large = mann_whitney(&steps(50, 37, 101, 7.0), &steps(40, 53, 97, 6.0)).unwrap();
        near(large.p, 0.8645998909835728);
        let large = mann_whitney(&steps(50, 37, 11, 1.0), &steps(40, 53, 13, 1.0)).unwrap();
        near(large.p, 0.26781868595714176);

        let pairs =
            wilcoxon(&[5.1, 4.2, 6.3, 7.7, 3.9, 5.5, 6.1, 4.4, 8.0], &[4.0, 4.9, 5.1, 6.0, 3.1, 5.9, 4.7, 4.1, 6.2])
                .unwrap();
        near(pairs.statistic, 40.0);
        near(pairs.p, 0.0390625);
        let shifted = |over: usize, scale: f64, by: f64| -> Vec<f64> {
            steps(80, 37, over, scale).iter().map(|v| v - by).collect()
        };
        let large = wilcoxon(&shifted(101, 10.0, 4.05), &[0.0; 80]).unwrap();
        near(large.statistic, 2175.0);
        near(large.p, 0.0077683032859343255);
        near(wilcoxon(&shifted(11, 1.0, 4.0), &[0.0; 80]).unwrap().p, 0.009767460681705632);
    }

    #[test]
    fn the_error_function_is_scipys() {
        for (x, expected) in [
            (0.0, 1.0),
            (0.5, 0.4795001221869535),
            (1.9, 0.007209570764742531),
            (2.1, 0.0029794666563329845),
            (5.0, 1.5374597944280347e-12),
        ] {
            near(erfc(x), expected);
        }
    }

    #[test]
    fn odd_samples_have_an_answer() {
        assert_eq!(mann_whitney(&[1.0], &[1.0]).unwrap().p, 1.0);
        assert_eq!(wilcoxon(&[1.0, 2.0], &[1.0, 2.0]).unwrap().p, 1.0);
        assert_eq!(wilcoxon(&[1.0, f64::NAN], &[0.0, 2.0]).unwrap().p, 1.0);
        let same = vec![4.0; 100];
        assert_eq!(mann_whitney(&same, &same).unwrap().p, 1.0);
        assert!(mann_whitney(&[], &[1.0]).unwrap_err().message.contains("both sides"));
        assert!(mann_whitney(&[f64::NAN], &[1.0]).unwrap_err().message.contains("finite"));
        assert!(wilcoxon(&[1.0], &[1.0, 2.0]).is_err());
    }
}
