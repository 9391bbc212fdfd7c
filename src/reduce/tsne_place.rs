//! Places of new cells in a t-SNE map that stays as it is.
//!
//! A new cell has probabilities over the cells of the map, Gaussian in the data and Student's in the plane; its place makes
//! the divergence of the second from the first small. New cells do not see each other, so a cell's place does not depend on
//! what else is placed with it.

use rayon::prelude::*;

use super::affinity::conditional_probabilities;
use crate::data::Matrix;
use crate::distance::{Metric, Space};
use crate::error::Result;
use crate::interrupt;
use crate::simd::vectorised;

/// Few neighbours: a new cell belongs where its nearest are.
const PERPLEXITY: f64 = 5.0;
const NEIGHBOURS: usize = 15;
/// Slight, so that cells do not come to lie in the gaps between groups.
const EXAGGERATION: f64 = 1.5;
const ITERATIONS: usize = 250;
const RATE: f64 = 0.1;
const MOMENTUM: f64 = 0.8;
/// Longest gradient that a step follows.
const LONGEST: f64 = 0.25;

/// Places in `map`, which was made of the rows of `x`, for the rows of `new`.
pub(super) fn place(new: &Matrix, x: &Matrix, metric: Metric, map: &Matrix) -> Result<Matrix> {
    let near = Space::new(x, metric, "tsne")?.nearest(new, NEIGHBOURS.min(x.rows()), "tsne")?;
    let (xs, ys): (Vec<f64>, Vec<f64>) = map.iter_rows().map(|row| (row[0], row[1])).unzip();
    let perplexity = PERPLEXITY.min(near.k() as f64 / 3.0);
    let places: Vec<[f64; 2]> = (0..new.rows())
        .into_par_iter()
        .map(|row| {
            interrupt::check()?;
            let p = conditional_probabilities(near.distances(row), perplexity.max(1.0));
            let median = |of: &[f64]| middle(near.rows(row).iter().map(|&j| of[j as usize]).collect());
            Ok(descend([median(&xs), median(&ys)], near.rows(row), &p, &xs, &ys))
        })
        .collect::<Result<_>>()?;
    Matrix::new(new.ids().clone(), map.columns().clone(), places.concat())
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { 0.5 * (values[half - 1] + values[half]) }
}

fn descend(start: [f64; 2], near: &[u32], p: &[f64], xs: &[f64], ys: &[f64]) -> [f64; 2] {
    let (mut place, mut step, mut gains) = (start, [0.0f64; 2], [1.0f64; 2]);
    for _ in 0..ITERATIONS {
        let (push, normaliser) = vectorised(
            #[inline(always)]
            || push(place, xs, ys),
        );
        let mut gradient = push.map(|sum| -sum / normaliser);
        for (&j, p) in near.iter().zip(p) {
            let d = [place[0] - xs[j as usize], place[1] - ys[j as usize]];
            let q = 1.0 / (1.0 + d[0] * d[0] + d[1] * d[1]);
            gradient.iter_mut().zip(d).for_each(|(g, d)| *g += EXAGGERATION * p * q * d);
        }
        let length = gradient[0].hypot(gradient[1]);
        for axis in 0..2 {
            let gradient = if length > LONGEST { gradient[axis] * LONGEST / length } else { gradient[axis] };
            let goes_on = (gradient > 0.0) != (step[axis] > 0.0);
            gains[axis] = if goes_on { gains[axis] + 0.2 } else { (0.8 * gains[axis]).max(0.01) };
            step[axis] = MOMENTUM * step[axis] - RATE * gains[axis] * gradient;
            place[axis] += step[axis];
        }
    }
    place
}

/// The sum of `q² (y - y_j)` over all cells of the map, and that of `q`; in eight strands each.
#[inline(always)]
fn push(place: [f64; 2], xs: &[f64], ys: &[f64]) -> ([f64; 2], f64) {
    let (mut fx, mut fy, mut sum) = ([0.0; 8], [0.0; 8], [0.0; 8]);
    let (xs, rest_xs) = xs.as_chunks::<8>();
    let (ys, rest_ys) = ys.as_chunks::<8>();
    for (xs, ys) in xs.iter().zip(ys) {
        for lane in 0..8 {
            let (dx, dy) = (place[0] - xs[lane], place[1] - ys[lane]);
            let q = 1.0 / dx.mul_add(dx, dy.mul_add(dy, 1.0));
            sum[lane] += q;
            fx[lane] = (q * q).mul_add(dx, fx[lane]);
            fy[lane] = (q * q).mul_add(dy, fy[lane]);
        }
    }
    for (lane, (x, y)) in rest_xs.iter().zip(rest_ys).enumerate() {
        let (dx, dy) = (place[0] - x, place[1] - y);
        let q = 1.0 / dx.mul_add(dx, dy.mul_add(dy, 1.0));
        sum[lane] += q;
        fx[lane] = (q * q).mul_add(dx, fx[lane]);
        fy[lane] = (q * q).mul_add(dy, fy[lane]);
    }
    ([fx.iter().sum(), fy.iter().sum()], sum.iter().sum())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::testing::distances;
    use super::super::tsne::tests::blobs;
    use super::super::{TsneOptions, tsne};
    use super::*;

    #[test]
    fn new_cells_come_to_lie_beside_their_neighbours_each_by_itself() {
        let (old, new): (Vec<usize>, Vec<usize>) = (0..160).partition(|i| i % 4 != 0);
        let x = blobs();
        let fit = tsne(&x.select(&old), &TsneOptions { iterations: 500, ..Default::default() }, 1).unwrap();
        let placed = fit.transform(&x.select(&new)).unwrap();
        assert_eq!((placed.rows(), placed.columns()), (40, fit.map.columns()));
        let near = |a: &[f64], rows: &Matrix| -> Vec<usize> {
            let d = |b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
            let mut order: Vec<usize> = (0..rows.rows()).collect();
            order.sort_by(|&i, &j| d(rows.row(i)).total_cmp(&d(rows.row(j))));
            order[..15].to_vec()
        };
        let kept: usize = (0..40)
            .map(|i| {
                let (there, here) = (near(x.row(new[i]), &x.select(&old)), near(placed.row(i), &fit.map));
                there.iter().filter(|j| here.contains(j)).count()
            })
            .sum();
        assert!(kept as f64 / 600.0 > 0.6, "{kept} of 600 neighbours kept");
        let alone = fit.transform(&x.select(&new[7..8])).unwrap();
        assert_eq!(alone.row(0), placed.row(7));
        assert!(fit.transform(&distances(&x)).unwrap_err().message.contains("fitted to 5 columns, the data have 160"));
    }
}
