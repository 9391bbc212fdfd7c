//! The bottleneck distance: the smallest length of a longest move.

use super::barcode::Bar;
use super::distance::Ground;
use super::matching::covers;
use crate::error::Result;
use crate::interrupt;

/// The most candidate lengths that are held and searched at once.
const HELD: usize = 1 << 20;

/// The bottleneck distance of two barcodes.
///
/// The answer is one of finitely many lengths: of a move of one bar onto another or onto the diagonal. Whether a length
/// suffices is a question about matchings, and lengths above a sufficient one suffice too; so the candidates are halved
/// until one is left. Where there are too many to hold, the interval is halved first.
pub(super) fn distance(a: &[Bar], b: &[Bar], ground: Ground) -> Result<f64> {
    let problem = Problem::new(a, b, ground);
    // Sending everything to the diagonal is a plan.
    let mut high = problem.diagonals().fold(0.0, f64::max);
    let mut low = -1.0;
    if problem.suffices(0.0)? {
        return Ok(0.0);
    }
    while problem.candidates(low, high).take(HELD + 1).count() > HELD {
        let middle = 0.5 * (low.max(0.0) + high);
        if middle <= low || middle >= high {
            break;
        }
        if problem.suffices(middle)? { high = middle } else { low = middle }
    }
    // The interval's upper end suffices, but need not be a candidate itself.
    let mut held: Vec<f64> = problem.candidates(low, high).collect();
    let mut answer = high;
    while !held.is_empty() {
        let middle = held.len() / 2;
        let (_, &mut length, _) = held.select_nth_unstable_by(middle, f64::total_cmp);
        if problem.suffices(length)? {
            answer = length;
            held.retain(|&l| l < length);
        } else {
            held.retain(|&l| l > length);
        }
    }
    Ok(answer)
}

/// Two barcodes, the second sorted by its tips so that near bars are found in a window.
struct Problem<'a> {
    a: &'a [Bar],
    b: Vec<Bar>,
    ground: Ground,
}

impl<'a> Problem<'a> {
    fn new(a: &'a [Bar], b: &[Bar], ground: Ground) -> Self {
        let mut b = b.to_vec();
        b.sort_unstable_by(|x, y| x.tip.total_cmp(&y.tip));
        Problem { a, b, ground }
    }

    fn diagonals(&self) -> impl Iterator<Item = f64> + '_ {
        self.a.iter().chain(&self.b).map(|bar| self.ground.to_diagonal(bar))
    }

    /// Lengths above `low` and up to `high` that a move can have.
    fn candidates(&self, low: f64, high: f64) -> impl Iterator<Item = f64> + '_ {
        let pairs = self.a.iter().flat_map(move |a| self.near(a, high).map(|j| self.ground.between(a, &self.b[j])));
        pairs.chain(self.diagonals()).filter(move |&length| length > low && length <= high)
    }

    /// The bars of the second barcode whose tips are within `length`; a move is at least as long as its change of the tip.
    fn near(&self, a: &Bar, length: f64) -> std::ops::Range<usize> {
        // A little wider than the window, which rounding must not make too narrow; who asks compares lengths.
        let slack = length * (1.0 + 1e-12) + 1e-12 * a.tip.abs();
        let first = self.b.partition_point(|b| b.tip < a.tip - slack);
        let last = self.b.partition_point(|b| b.tip <= a.tip + slack);
        first..last
    }

    /// Whether some plan has no move longer than `length`.
    ///
    /// Bars nearer to the diagonal than that can always go there; the others must be paired. A matching that covers the
    /// far bars of the first barcode and one that covers those of the second can be merged into one that covers both
    /// (Mendelsohn & Dulmage 1958), so each side is asked by itself.
    fn suffices(&self, length: f64) -> Result<bool> {
        interrupt::check()?;
        let far = |bar: &Bar| self.ground.to_diagonal(bar) > length;
        let edges: Vec<Vec<u32>> = self
            .a
            .iter()
            .map(|a| {
                self.near(a, length)
                    .filter(|&j| self.ground.between(a, &self.b[j]) <= length)
                    .map(|j| j as u32)
                    .collect()
            })
            .collect();
        let far_a = (0..self.a.len()).filter(|&i| far(&self.a[i])).map(|i| edges[i].as_slice()).collect::<Vec<_>>();
        if !covers(&far_a, self.b.len()) {
            return Ok(false);
        }
        let mut back = vec![Vec::new(); self.b.len()];
        for (i, row) in edges.iter().enumerate() {
            row.iter().for_each(|&j| back[j as usize].push(i as u32));
        }
        let far_b = (0..self.b.len()).filter(|&j| far(&self.b[j])).map(|j| back[j].as_slice()).collect::<Vec<_>>();
        Ok(covers(&far_b, self.a.len()))
    }
}
