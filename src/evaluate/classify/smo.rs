//! The dual problem of a support vector machine, two variables at a time (Platt 1998), the pair chosen with second-order
//! information (Fan, Chen & Lin 2005).
//!
//! Minimises `½ Σ αi αj yi yj K(i, j) - Σ αi` with `0 ≤ αi ≤ Ci` and `Σ yi αi = 0`. What is kept of each row is
//! `pull = yi - Σ yj αj K(i, j)`, the intercept that would put the row on its margin: at the solution no row that may
//! go up has a pull above that of a row that may go down, but for the tolerance.

use std::collections::VecDeque;
use std::rc::Rc;

use super::Block;
use super::kernel::Similarity;
use crate::error::Result;
use crate::interrupt;
use crate::linear::Panels;

/// Curvature of a pair below which it counts as flat.
const FLAT: f64 = 1e-12;
/// Memory for rows of the kernel matrix, in numbers: 256 MiB.
const CACHE: usize = 1 << 25;

/// The solution for two classes.
#[derive(Clone, Debug)]
pub(super) struct Dual {
    /// `yi αi` of each row.
    pub(super) coefficients: Vec<f64>,
    /// What is added to the weighted kernels.
    pub(super) intercept: f64,
    /// The value of the dual problem, negative.
    pub(super) objective: f64,
    /// Whether the tolerance was reached.
    pub(super) converged: bool,
}

/// Solves the problem for rows with `y` 1 or -1 and at most `limit` as variable each.
pub(super) fn solve(x: &Block, y: &[f64], limit: &[f64], how: &Similarity, tol: f64, max_steps: usize) -> Result<Dual> {
    let n = x.rows();
    let mut kernel = Cached::new(x, how);
    let diagonal: Vec<f64> = x.iter().map(|row| how.own(row)).collect();
    let mut alpha = vec![0.0; n];
    let mut pull = y.to_vec();
    let mut steps = 0;
    let mut converged = false;
    while steps < max_steps {
        interrupt::check()?;
        let up = |i: usize| if y[i] > 0.0 { alpha[i] < limit[i] } else { alpha[i] > 0.0 };
        let down = |i: usize| if y[i] > 0.0 { alpha[i] > 0.0 } else { alpha[i] < limit[i] };
        let (mut most, mut i) = (f64::NEG_INFINITY, usize::MAX);
        for (row, &value) in pull.iter().enumerate() {
            if value > most && up(row) {
                (most, i) = (value, row);
            }
        }
        if i == usize::MAX {
            converged = true;
            break;
        }
        let from_i = kernel.row(i);
        let (mut least, mut best, mut j) = (f64::INFINITY, 0.0, usize::MAX);
        for row in 0..n {
            if !down(row) {
                continue;
            }
            least = least.min(pull[row]);
            let gap = most - pull[row];
            if gap > 0.0 {
                let gain = gap * gap / (diagonal[i] + diagonal[row] - 2.0 * from_i[row]).max(FLAT);
                if gain > best {
                    (best, j) = (gain, row);
                }
            }
        }
        if most - least < tol || j == usize::MAX {
            converged = true;
            break;
        }
        let from_j = kernel.row(j);
        let room = |row: usize, rises: bool| if rises { limit[row] - alpha[row] } else { alpha[row] };
        let (rises_i, rises_j) = (y[i] > 0.0, y[j] < 0.0);
        let (room_i, room_j) = (room(i, rises_i), room(j, rises_j));
        let free = (most - pull[j]) / (diagonal[i] + diagonal[j] - 2.0 * from_i[j]).max(FLAT);
        let step = free.min(room_i).min(room_j);
        // At a bound the variable is set to it: sums would come near only.
        let moved = |old: f64, rises: bool, at_bound: bool, limit: f64| match (rises, at_bound) {
            (true, true) => limit,
            (false, true) => 0.0,
            (true, false) => old + step,
            (false, false) => old - step,
        };
        alpha[i] = moved(alpha[i], rises_i, step >= room_i, limit[i]);
        alpha[j] = moved(alpha[j], rises_j, step >= room_j, limit[j]);
        for ((pull, a), b) in pull.iter_mut().zip(from_i.iter()).zip(from_j.iter()) {
            *pull -= step * (a - b);
        }
        steps += 1;
    }
    let objective = (0..n).map(|i| 0.5 * alpha[i] * (-y[i] * pull[i] - 1.0)).sum();
    let intercept = intercept(y, &alpha, limit, &pull);
    let coefficients = y.iter().zip(&alpha).map(|(y, a)| y * a).collect();
    Ok(Dual { coefficients, intercept, objective, converged })
}

/// The mean pull of the rows on their margin; where there is none, the middle of what is possible.
fn intercept(y: &[f64], alpha: &[f64], limit: &[f64], pull: &[f64]) -> f64 {
    let on_margin: Vec<f64> =
        (0..y.len()).filter(|&i| alpha[i] > 0.0 && alpha[i] < limit[i]).map(|i| pull[i]).collect();
    if !on_margin.is_empty() {
        return on_margin.iter().sum::<f64>() / on_margin.len() as f64;
    }
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    for i in 0..y.len() {
        if (alpha[i] == 0.0) == (y[i] > 0.0) {
            low = low.max(pull[i]);
        } else {
            high = high.min(pull[i]);
        }
    }
    0.5 * (low + high)
}

/// The kernel matrix, a row at a time; the rows asked for last are kept.
struct Cached<'a> {
    x: &'a Block,
    panels: Panels,
    how: &'a Similarity,
    rows: Vec<Option<Rc<[f64]>>>,
    order: VecDeque<usize>,
    room: usize,
}

impl<'a> Cached<'a> {
    fn new(x: &'a Block, how: &'a Similarity) -> Self {
        let room = (CACHE / x.rows()).max(2);
        Cached {
            x,
            panels: Panels::new(x.values(), x.columns()),
            how,
            rows: vec![None; x.rows()],
            order: VecDeque::new(),
            room,
        }
    }

    fn row(&mut self, i: usize) -> Rc<[f64]> {
        if let Some(row) = &self.rows[i] {
            return Rc::clone(row);
        }
        if self.order.len() == self.room
            && let Some(oldest) = self.order.pop_front()
        {
            self.rows[oldest] = None;
        }
        let row: Rc<[f64]> = self.how.between(&self.panels, self.x.row(i)).into();
        self.rows[i] = Some(Rc::clone(&row));
        self.order.push_back(i);
        row
    }
}
