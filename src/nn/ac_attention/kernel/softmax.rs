//! The softmax of attention and its gradient, for the queries in the lanes of a vector, keys running past.
//!
//! Written so that the compiler turns it into vector instructions, and without any sum over lanes: a result does not
//! depend on the machine's vector width.

use super::matrix::{LANES, Lanes};

/// Keys summed side by side, for shorter chains of additions.
const CHAINS: usize = 4;

/// `exp(x)` for `x` up to 88, in single precision to about 1e-7 relative, without branches; 0 below -87.
#[inline(always)]
fn exp(x: f32) -> f32 {
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    // ln 2 in two parts, so that `x - n ln 2` keeps its digits (Cody & Waite).
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    // Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits.
    const MAGIC: f32 = 12_582_912.0;
    // Not `max`, which would lose a NaN.
    let clamped = if x < -87.0 { -87.0 } else { x };
    let shifted = clamped.mul_add(LOG2_E, MAGIC);
    let n = shifted - MAGIC;
    let r = n.mul_add(-LN2_LOW, n.mul_add(-LN2_HIGH, clamped));
    let mut p = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = r.mul_add(p, coefficient);
    }
    let value = (p * r).mul_add(r, r) + 1.0;
    let scale = f32::from_bits((shifted.to_bits().wrapping_sub(MAGIC.to_bits()).wrapping_add(127)) << 23);
    if x < -87.0 { 0.0 } else { value * scale }
}

/// Combines the keys' numbers in each lane.
#[inline(always)]
fn fold(keys: &[Lanes], start: f32, with: impl Fn(f32, f32) -> f32) -> Lanes {
    let mut chains = [[start; LANES]; CHAINS];
    let (chunks, rest) = keys.as_chunks::<CHAINS>();
    for chunk in chunks {
        for (chain, key) in chains.iter_mut().zip(chunk) {
            for lane in 0..LANES {
                chain[lane] = with(chain[lane], key[lane]);
            }
        }
    }
    for key in rest {
        chains[0] = std::array::from_fn(|lane| with(chains[0][lane], key[lane]));
    }
    let [a, b, c, d] = chains;
    std::array::from_fn(|lane| with(with(a[lane], b[lane]), with(c[lane], d[lane])))
}

/// The logarithm of a softmax' denominator, and what its weights are still to be multiplied with.
pub struct Denominator {
    /// `log sum over keys of exp(score)`.
    pub log_sum: Lanes,
    /// One over the sum of the weights as they stand.
    pub factor: Lanes,
}

/// Turns scores into weights, but for a factor: whoever sums weighted values multiplies their few sums with it instead
/// of every weight.
#[inline(always)]
pub fn softmax(scores: &mut [Lanes]) -> Denominator {
    let top = fold(scores, f32::NEG_INFINITY, |top, v| if top > v { top } else { v });
    for key in &mut *scores {
        for lane in 0..LANES {
            key[lane] = exp(key[lane] - top[lane]);
        }
    }
    let sum = fold(scores, 0.0, |sum, v| sum + v);
    Denominator {
        log_sum: std::array::from_fn(|lane| top[lane] + sum[lane].ln()),
        factor: std::array::from_fn(|lane| 1.0 / sum[lane]),
    }
}

/// A weight again, from a score and the saved logarithm of the denominator.
#[inline(always)]
pub fn weight(score: f32, log_sum: f32) -> f32 {
    exp(score - log_sum)
}

/// The weights again of all keys, edges left aside: from the products and the trade-offs `g1`.
#[inline(always)]
pub fn weights(products: &[Lanes], g1: &Lanes, log_sum: &Lanes, into: &mut [Lanes]) {
    for (into, product) in into.iter_mut().zip(products) {
        for lane in 0..LANES {
            into[lane] = weight(g1[lane] * product[lane], log_sum[lane]);
        }
    }
}

/// Turns the gradient of the weights into that of the scores, in place; `delta` is the sum over keys of weight times
/// gradient.
#[inline(always)]
pub fn gradient_of_scores(gradient: &mut [Lanes], weights: &[Lanes], delta: &Lanes) {
    for (gradient, weights) in gradient.iter_mut().zip(weights) {
        for lane in 0..LANES {
            gradient[lane] = weights[lane] * (gradient[lane] - delta[lane]);
        }
    }
}

/// Turns the gradient of the scores into that of the products, in place; returns that of `g1`.
#[inline(always)]
pub fn gradient_of_products(gradient: &mut [Lanes], products: &[Lanes], g1: &Lanes) -> Lanes {
    let mut sums = [0.0; LANES];
    for (gradient, product) in gradient.iter_mut().zip(products) {
        for lane in 0..LANES {
            sums[lane] = gradient[lane].mul_add(product[lane], sums[lane]);
            gradient[lane] *= g1[lane];
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_right_to_single_precision() {
        for i in -8700..8800 {
            let x = i as f32 * 0.01;
            let exact = f64::from(x).exp();
            assert!(((f64::from(exp(x)) - exact) / exact).abs() < 2.5e-7, "exp({x}) = {}", exp(x));
        }
        assert_eq!(exp(-1e9), 0.0);
        assert!(exp(f32::NAN).is_nan());
    }

    #[test]
    fn weights_sum_to_one_in_each_lane_and_are_found_again() {
        let scores: Vec<Lanes> =
            (0..37).map(|j| std::array::from_fn(|lane| ((j * 7 + lane) as f32 * 0.7).sin() * 3.0)).collect();
        let (mut made, mut again) = (scores.clone(), scores.clone());
        let Denominator { log_sum, factor } = softmax(&mut made);
        weights(&scores, &[1.0; LANES], &log_sum, &mut again);
        for lane in 0..LANES {
            let total: f64 = scores.iter().map(|s| f64::from(s[lane]).exp()).sum();
            for j in 0..scores.len() {
                let exact = f64::from(scores[j][lane]).exp() / total;
                assert!((f64::from(made[j][lane] * factor[lane]) - exact).abs() < 1e-6);
                assert!((f64::from(again[j][lane]) - exact).abs() < 1e-6);
            }
        }
    }
}
