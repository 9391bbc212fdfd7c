//! The distributions that intervals and tests need: normal, Student's t, binomial.

/// Probability that a standard normal number is below `x`.
pub(super) fn normal(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

/// The standard normal number that a share `p` lies below.
pub(super) fn normal_quantile(p: f64) -> f64 {
    invert(normal, p)
}

/// Probability that Student's t with `freedom` degrees of freedom is below `t`.
pub(super) fn student(t: f64, freedom: f64) -> f64 {
    let tail = 0.5 * incomplete_beta(freedom / (freedom + t * t), 0.5 * freedom, 0.5);
    if t < 0.0 { tail } else { 1.0 - tail }
}

/// The value of Student's t that a share `p` lies below.
pub(super) fn student_quantile(p: f64, freedom: f64) -> f64 {
    invert(|t| student(t, freedom), p)
}

/// Probability of a t as far from 0 or farther, on both sides.
pub(super) fn student_two_sided(t: f64, freedom: f64) -> f64 {
    incomplete_beta(freedom / (freedom + t * t), 0.5 * freedom, 0.5)
}

/// Probability that of `first + second` tosses of a fair coin as few or fewer, on either side, fall on the rarer side:
/// McNemar's test in its exact form.
pub(super) fn fair_coin(first: usize, second: usize) -> f64 {
    let (n, few) = (first + second, first.min(second));
    if first == second {
        return 1.0;
    }
    let log_choose =
        |k: usize| libm::lgamma(n as f64 + 1.0) - libm::lgamma(k as f64 + 1.0) - libm::lgamma((n - k) as f64 + 1.0);
    let tail: f64 = (0..=few).map(|k| (log_choose(k) - n as f64 * std::f64::consts::LN_2).exp()).sum();
    (2.0 * tail).min(1.0)
}

/// Where an increasing function reaches `p`, by halving an interval.
fn invert(of: impl Fn(f64) -> f64, p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return if p <= 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let (mut low, mut high) = (-1.0, 1.0);
    while of(low) > p {
        low *= 2.0;
    }
    while of(high) < p {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if of(middle) < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The regularised incomplete beta function, by its continued fraction (Lentz's method; Press et al. 2007, 6.4).
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let factor = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * x.ln() + b * (-x).ln_1p();
    // The fraction converges fast on one side of the mean; the other side is its mirror.
    if x < (a + 1.0) / (a + b + 2.0) {
        factor.exp() * beta_fraction(x, a, b) / a
    } else {
        1.0 - factor.exp() * beta_fraction(1.0 - x, b, a) / b
    }
}

fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |v: f64| if v.abs() < TINY { TINY } else { v };
    let (mut c, mut d) = (1.0, 1.0 / away(1.0 - (a + b) * x / (a + 1.0)));
    let mut h = d;
    for m in 1..1000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away(1.0 + even * d);
        c = away(1.0 + even / c);
        h *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away(1.0 + odd * d);
        c = away(1.0 + odd / c);
        h *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    h
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn values_are_scipys() {
        // scipy 1.17.1: see tests/fixtures/stats.
        let reference: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/fixtures/stats/scores.json")).unwrap();
        let rows = |key: &str| -> Vec<Vec<f64>> { serde_json::from_value(reference[key].clone()).unwrap() };
        let close = |found: f64, expected: f64| (found - expected).abs() <= 1e-11 * expected.abs().max(1e-3);
        for row in rows("normal") {
            assert!(close(normal(row[0]), row[1]), "{row:?}");
            assert!(row[0] < -5.0 || (normal_quantile(row[1]) - row[0]).abs() < 1e-9, "{row:?}");
        }
        for row in rows("student") {
            assert!(close(student(row[0], row[1]), row[2]), "{row:?}");
            let two_sided = 2.0 * row[2].min(1.0 - row[2]);
            assert!((student_two_sided(row[0], row[1]) - two_sided).abs() < 1e-11);
        }
        for row in rows("student_quantile") {
            assert!(close(student_quantile(row[0], row[1]), row[2]), "{row:?}");
        }
        for row in rows("mcnemar") {
            assert!((fair_coin(row[0] as usize, row[1] as usize) - row[2]).abs() < 1e-10, "{row:?}");
        }
    }
}
