//! What pulls the points of a t-SNE map together: each point's neighbours in the data.

use rayon::prelude::*;

use super::sparse::Sparse;
use crate::simd::vectorised;

/// Neighbours that are summed at once.
const LANES: usize = 8;

/// The probabilities of pairs, each row filled up to whole vectors with pairs of probability 0.
pub(super) struct Attraction {
    starts: Vec<usize>,
    columns: Vec<[u32; LANES]>,
    values: Vec<[f64; LANES]>,
}

impl Attraction {
    pub(super) fn new(joint: &Sparse) -> Self {
        let mut own = Attraction { starts: vec![0], columns: Vec::new(), values: Vec::new() };
        for row in 0..joint.len() {
            let entries: Vec<(u32, f64)> = joint.row(row).collect();
            for block in entries.chunks(LANES) {
                // The row itself is at distance 0, where nothing pulls.
                let entry = |lane: usize| *block.get(lane).unwrap_or(&(row as u32, 0.0));
                own.columns.push(std::array::from_fn(|lane| entry(lane).0));
                own.values.push(std::array::from_fn(|lane| entry(lane).1));
            }
            own.starts.push(own.columns.len());
        }
        own
    }

    /// For each point `i` of `x, y, x, y, …` the sum over others `j` of `p q (y_i - y_j)`, with
    /// `q = 1 / (1 + |y_i - y_j|²)`, into `forces`.
    pub(super) fn sums(&self, points: &[f64], forces: &mut [f64]) {
        let pairs = points.as_chunks::<2>().0;
        forces.par_chunks_exact_mut(2).with_min_len(256).enumerate().for_each(|(row, force)| {
            let range = self.starts[row]..self.starts[row + 1];
            let found = vectorised(
                #[inline(always)]
                || pull(pairs[row], pairs, &self.columns[range.clone()], &self.values[range.clone()]),
            );
            force.copy_from_slice(&found);
        });
    }
}

#[inline(always)]
fn pull(point: [f64; 2], points: &[[f64; 2]], columns: &[[u32; LANES]], values: &[[f64; LANES]]) -> [f64; 2] {
    let (mut fx, mut fy) = ([0.0; LANES], [0.0; LANES]);
    for (columns, values) in columns.iter().zip(values) {
        let others = columns.map(|column| points[column as usize]);
        for lane in 0..LANES {
            let (dx, dy) = (point[0] - others[lane][0], point[1] - others[lane][1]);
            let force = values[lane] / dx.mul_add(dx, dy.mul_add(dy, 1.0));
            fx[lane] = force.mul_add(dx, fx[lane]);
            fy[lane] = force.mul_add(dy, fy[lane]);
        }
    }
    [fx.iter().sum(), fy.iter().sum()]
}
