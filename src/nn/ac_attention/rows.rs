//! Row-wise arithmetic of attention, written so that the compiler turns it into vector instructions.
//!
//! Sums run over a fixed number of lanes, so a result does not depend on the machine's vector width.

/// Lanes of partial sums.
const LANES: usize = 16;

/// `exp(x)` in single precision to about 1e-7 relative, without branches; 0 below -87.
#[inline(always)]
fn exp(x: f32) -> f32 {
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    // ln 2 in two parts, so that `x - n ln 2` keeps its digits (Cody & Waite).
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    // Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits.
    const MAGIC: f32 = 12_582_912.0;
    let clamped = x.clamp(-87.0, 88.0);
    let shifted = clamped * LOG2_E + MAGIC;
    let n = shifted - MAGIC;
    let r = (clamped - n * LN2_HIGH) - n * LN2_LOW;
    let mut p = 1.987_569_1e-4;
    p = p * r + 1.398_199_9e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    let value = p * r * r + r + 1.0;
    let scale = f32::from_bits((shifted.to_bits().wrapping_sub(MAGIC.to_bits()).wrapping_add(127)) << 23);
    if x < -87.0 { 0.0 } else { value * scale }
}

#[inline(always)]
fn sum_of(row: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let chunks = row.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for k in 0..LANES {
            lanes[k] += term(chunk[k]);
        }
    }
    for (lane, &v) in lanes.iter_mut().zip(rest) {
        *lane += term(v);
    }
    lanes.iter().sum()
}

#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    let (ca, cb) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let (ra, rb) = (ca.remainder(), cb.remainder());
    for (x, y) in ca.zip(cb) {
        for k in 0..LANES {
            lanes[k] += x[k] * y[k];
        }
    }
    for ((lane, x), y) in lanes.iter_mut().zip(ra).zip(rb) {
        *lane += x * y;
    }
    lanes.iter().sum()
}

#[inline(always)]
fn max_of(row: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let chunks = row.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for k in 0..LANES {
            lanes[k] = if chunk[k] > lanes[k] { chunk[k] } else { lanes[k] };
        }
    }
    rest.iter().chain(&lanes).copied().fold(f32::NEG_INFINITY, f32::max)
}

/// Turns a row of products `q·k / sqrt(width)` into attention weights (Weis et al. 2023, AC-Attention):
/// `softmax(g1 * row + g2 * adjacency)`. Returns the logarithm of the softmax' denominator.
#[inline(always)]
pub fn softmax(row: &mut [f32], g1: f32, g2: f32, adjacent: &[u32]) -> f32 {
    row.iter_mut().for_each(|v| *v *= g1);
    for &j in adjacent {
        row[j as usize] += g2;
    }
    let top = max_of(row);
    row.iter_mut().for_each(|v| *v = exp(*v - top));
    let sum = sum_of(row, |v| v);
    let inverse = 1.0 / sum;
    row.iter_mut().for_each(|v| *v *= inverse);
    top + sum.ln()
}

/// The attention weights again, from the products and the saved logarithm of the denominator.
#[inline(always)]
pub fn weights_again(raw: &[f32], weights: &mut [f32], g1: f32, g2: f32, adjacent: &[u32], log_sum: f32) {
    for (w, &r) in weights.iter_mut().zip(raw) {
        *w = exp(g1 * r - log_sum);
    }
    for &j in adjacent {
        weights[j as usize] = exp(g1 * raw[j as usize] + g2 - log_sum);
    }
}

/// Turns the gradient of the weights (`row`) into that of the products, in place; returns the gradients of
/// `(g1, g2)`. `delta` is the sum of weight times gradient over the row.
#[inline(always)]
pub fn softmax_backward(
    row: &mut [f32],
    weights: &[f32],
    raw: &[f32],
    g1: f32,
    adjacent: &[u32],
    delta: f32,
) -> (f32, f32) {
    for (d, &w) in row.iter_mut().zip(weights) {
        *d = w * (*d - delta);
    }
    let d1 = dot(row, raw);
    let d2 = adjacent.iter().map(|&j| row[j as usize]).sum();
    row.iter_mut().for_each(|d| *d *= g1);
    (d1, d2)
}

/// `a · b`, for rows of one head's width.
#[inline(always)]
pub fn product(a: &[f32], b: &[f32]) -> f32 {
    dot(a, b)
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
    }

    #[test]
    fn a_row_of_weights_sums_to_one_and_favours_neighbours() {
        let mut row: Vec<f32> = (0..37).map(|i| (i as f32 * 0.7).sin()).collect();
        let raw = row.clone();
        let log_sum = softmax(&mut row, 1.5, 0.8, &[3, 4]);
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        let direct: Vec<f64> =
            (0..37).map(|j| (1.5 * f64::from(raw[j]) + if j == 3 || j == 4 { 0.8 } else { 0.0 }).exp()).collect();
        let total: f64 = direct.iter().sum();
        let mut again = vec![0.0; 37];
        weights_again(&raw, &mut again, 1.5, 0.8, &[3, 4], log_sum);
        for j in 0..37 {
            assert!((f64::from(row[j]) - direct[j] / total).abs() < 1e-6);
            assert!((row[j] - again[j]).abs() < 1e-6);
        }
    }
}
