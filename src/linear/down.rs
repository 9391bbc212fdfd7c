//! Sums down the rows of a block: products of columns with columns.
//!
//! A mixture's estimate is made of these: means are `RᵀX` for weights `R`, covariances `DᵀD` for weighted deviations `D`.
//! Blocks are row-major, and the width of the right one is a multiple of [`LANES`] (fill it up with zeros).

use super::LANES;
use crate::simd::vectorised;

/// Left columns at once where the right column is used for products alone.
const AT_ONCE: usize = 8;

/// Adds `LᵀR` to `out`, which has a row for each column of `left`; both blocks have the same number of rows.
pub fn add_column_products(left: &[f64], left_width: usize, right: &[f64], right_width: usize, out: &mut [f64]) {
    vectorised(
        #[inline(always)]
        || {
            in_groups(
                left_width,
                right_width,
                out,
                #[inline(always)]
                |from, lanes, out, count| match count {
                    1 => add::<1>(out, right_width, lanes, products(left, left_width, from, right, right_width, lanes)),
                    2 => add::<2>(out, right_width, lanes, products(left, left_width, from, right, right_width, lanes)),
                    _ => add::<4>(out, right_width, lanes, products(left, left_width, from, right, right_width, lanes)),
                },
            );
        },
    );
}

/// Adds to `out` the sum over rows of each left column times the squared difference of each right column from `centres`,
/// which has the shape of `out`: a row for each column of `left`.
pub fn add_column_scatter(
    left: &[f64],
    left_width: usize,
    right: &[f64],
    right_width: usize,
    centres: &[f64],
    out: &mut [f64],
) {
    vectorised(
        #[inline(always)]
        || {
            in_groups(
                left_width,
                right_width,
                out,
                #[inline(always)]
                |from, lanes, out, count| {
                    let centres = &centres[from * right_width + lanes..];
                    match count {
                        1 => add::<1>(
                            out,
                            right_width,
                            lanes,
                            scatter(left, left_width, from, right, right_width, lanes, centres),
                        ),
                        2 => add::<2>(
                            out,
                            right_width,
                            lanes,
                            scatter(left, left_width, from, right, right_width, lanes, centres),
                        ),
                        _ => add::<4>(
                            out,
                            right_width,
                            lanes,
                            scatter(left, left_width, from, right, right_width, lanes, centres),
                        ),
                    }
                },
            );
        },
    );
}

/// Adds `BᵀB` to `out`, a square of `width`, of which only the blocks of eight on and above the diagonal are written.
pub fn add_upper_gram(block: &[f64], width: usize, out: &mut [f64]) {
    vectorised(
        #[inline(always)]
        || {
            for lanes in (0..width).step_by(LANES) {
                for from in (0..=lanes).step_by(AT_ONCE) {
                    let sums = products::<AT_ONCE>(block, width, from, block, width, lanes);
                    add(&mut out[from * width..], width, lanes, sums);
                }
            }
        },
    );
}

/// Walks over groups of four, two or one left columns and of eight right ones; `out` begins at the group's first row.
#[inline(always)]
fn in_groups(
    left_width: usize,
    right_width: usize,
    out: &mut [f64],
    mut group: impl FnMut(usize, usize, &mut [f64], usize),
) {
    for lanes in (0..right_width).step_by(LANES) {
        let mut from = 0;
        while from < left_width {
            let count = match left_width - from {
                1 => 1,
                2 | 3 => 2,
                _ => 4,
            };
            group(from, lanes, &mut out[from * right_width..], count);
            from += count;
        }
    }
}

#[inline(always)]
fn products<const R: usize>(
    left: &[f64],
    left_width: usize,
    from: usize,
    right: &[f64],
    right_width: usize,
    lanes: usize,
) -> [[f64; LANES]; R] {
    let mut sums = [[0.0; LANES]; R];
    for (left, right) in left.chunks_exact(left_width).zip(right.chunks_exact(right_width)) {
        let (Some(left), Some(right)) = (left[from..].first_chunk::<R>(), right[lanes..].first_chunk::<LANES>()) else {
            break;
        };
        for r in 0..R {
            for lane in 0..LANES {
                sums[r][lane] = left[r].mul_add(right[lane], sums[r][lane]);
            }
        }
    }
    sums
}

#[inline(always)]
fn scatter<const R: usize>(
    left: &[f64],
    left_width: usize,
    from: usize,
    right: &[f64],
    right_width: usize,
    lanes: usize,
    centres: &[f64],
) -> [[f64; LANES]; R] {
    let centre: [[f64; LANES]; R] =
        std::array::from_fn(|r| std::array::from_fn(|lane| centres[r * right_width + lane]));
    let mut sums = [[0.0; LANES]; R];
    for (left, right) in left.chunks_exact(left_width).zip(right.chunks_exact(right_width)) {
        let (Some(left), Some(right)) = (left[from..].first_chunk::<R>(), right[lanes..].first_chunk::<LANES>()) else {
            break;
        };
        for r in 0..R {
            for lane in 0..LANES {
                let difference = right[lane] - centre[r][lane];
                sums[r][lane] = (left[r] * difference).mul_add(difference, sums[r][lane]);
            }
        }
    }
    sums
}

#[inline(always)]
fn add<const R: usize>(out: &mut [f64], width: usize, lanes: usize, sums: [[f64; LANES]; R]) {
    for (out, sums) in out.chunks_exact_mut(width).zip(sums) {
        out[lanes..lanes + LANES].iter_mut().zip(sums).for_each(|(to, sum)| *to += sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(n: usize, phase: f64) -> Vec<f64> {
        (0..n).map(|i| (i as f64 * 1.3 + phase).sin()).collect()
    }

    #[test]
    fn columns_meet_columns() {
        for (rows, k, width) in [(1, 1, 8), (37, 7, 16), (64, 10, 32), (5, 3, 8)] {
            let (left, right, centres) = (wave(rows * k, 0.2), wave(rows * width, 1.0), wave(k * width, 0.5));
            let (mut product, mut scatter) = (vec![1.0; k * width], vec![0.0; k * width]);
            add_column_products(&left, k, &right, width, &mut product);
            add_column_scatter(&left, k, &right, width, &centres, &mut scatter);
            let mut gram = vec![0.0; width * width];
            add_upper_gram(&right, width, &mut gram);
            for j in 0..width {
                for c in 0..k {
                    let sum: f64 = 1.0 + (0..rows).map(|n| left[n * k + c] * right[n * width + j]).sum::<f64>();
                    assert!((product[c * width + j] - sum).abs() < 1e-12);
                    let squares = (0..rows)
                        .map(|n| left[n * k + c] * (right[n * width + j] - centres[c * width + j]).powi(2))
                        .sum::<f64>();
                    assert!((scatter[c * width + j] - squares).abs() < 1e-12);
                }
                for i in 0..=j {
                    let sum: f64 = (0..rows).map(|n| right[n * width + i] * right[n * width + j]).sum();
                    assert!((gram[i * width + j] - sum).abs() < 1e-12);
                }
            }
        }
    }
}
