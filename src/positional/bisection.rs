//! Where a tree's eigenvalues lie: bisection by counting, many at a time.
//!
//! Eliminating a tree's matrix from the leaves to the root creates no new entries, so factoring `L - sI = U^T D U` takes
//! one pass over the nodes. By Sylvester's law of inertia the negative pivots count the eigenvalues below `s`.

use super::laplacian::Laplacian;
use crate::morph::NO_PARENT;
use crate::simd;

/// The spectrum of a normalised Laplacian lies in [0, 2].
const SPECTRUM: (f64, f64) = (-1e-9, 2.0 + 1e-9);

/// An interval that holds the eigenvalue of a rank (counted from 0 at the smallest).
#[derive(Clone, Copy, Debug)]
pub struct Bracket {
    rank: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Eigenvalues below either end.
    below: (f64, f64),
}

impl Bracket {
    /// The whole spectrum of `n` eigenvalues.
    pub fn new(rank: usize, n: usize) -> Self {
        Bracket { rank: rank as f64, low: SPECTRUM.0, high: SPECTRUM.1, below: (0.0, n as f64) }
    }

    /// Its middle.
    pub fn middle(&self) -> f64 {
        0.5 * (self.low + self.high)
    }

    /// Whether it holds no other eigenvalue.
    pub fn is_alone(&self) -> bool {
        self.below.1 - self.below.0 == 1.0
    }

    fn halve(&mut self, middle: f64, below: f64) {
        if below > self.rank {
            (self.high, self.below.1) = (middle, below);
        } else {
            (self.low, self.below.0) = (middle, below);
        }
    }
}

/// Halves brackets so often. 53 times from the whole spectrum reach the spacing of numbers near 1.
pub fn halve(lap: &Laplacian, brackets: &mut [Bracket], times: usize) {
    // As many side by side as keep the divisions busy; the loop over them is vectorised.
    for group in brackets.chunks_mut(24) {
        match group.len() {
            0..=8 => halve_together::<8>(lap, group, times),
            9..=16 => halve_together::<16>(lap, group, times),
            _ => halve_together::<24>(lap, group, times),
        }
    }
}

fn halve_together<const LANES: usize>(lap: &Laplacian, group: &mut [Bracket], times: usize) {
    let mut pivots = vec![[0.0; LANES]; lap.len()];
    for _ in 0..times {
        let middles: [f64; LANES] = std::array::from_fn(|k| group[k.min(group.len() - 1)].middle());
        let below = count_below(lap, &middles, &mut pivots);
        for (k, bracket) in group.iter_mut().enumerate() {
            bracket.halve(middles[k], below[k]);
        }
    }
}

/// How many eigenvalues lie below each shift. `pivots` is scratch space, one row per node.
fn count_below<const LANES: usize>(
    lap: &Laplacian,
    shifts: &[f64; LANES],
    pivots: &mut [[f64; LANES]],
) -> [f64; LANES] {
    simd::vectorised(
        #[inline(always)]
        || {
            for (pivot, &d) in pivots.iter_mut().zip(&lap.diagonal) {
                *pivot = std::array::from_fn(|k| d - shifts[k]);
            }
            let mut below = [0.0; LANES];
            for node in (0..lap.len()).rev() {
                let mut pivot = pivots[node];
                for k in 0..LANES {
                    // An exact zero would divide by zero below; a pivot of the rounding error's size is as right.
                    pivot[k] = if pivot[k].abs() < f64::EPSILON { -f64::EPSILON } else { pivot[k] };
                    below[k] += if pivot[k] < 0.0 { 1.0 } else { 0.0 };
                }
                if lap.parent[node] != NO_PARENT {
                    let square = lap.edge[node] * lap.edge[node];
                    let above = &mut pivots[lap.parent[node] as usize];
                    for k in 0..LANES {
                        above[k] -= square / pivot[k];
                    }
                }
            }
            below
        },
    )
}
