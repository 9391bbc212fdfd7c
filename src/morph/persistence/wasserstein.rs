//! The Wasserstein distance as an assignment problem.

use super::barcode::Bar;
use super::distance::Ground;
use crate::error::Result;
use crate::interrupt;

/// The q-Wasserstein distance of two barcodes.
///
/// Sending all bars to the diagonal is one plan. Pairing two bars instead saves what their ways to the diagonal cost and
/// costs the way between them. So the best plan pairs each bar of the smaller set with at most one of the larger such that
/// the savings are largest: an assignment of n rows to m ≥ n columns, without the (n + m)² matrix of the textbook.
pub(super) fn distance(a: &[Bar], b: &[Bar], order: f64, ground: Ground) -> Result<f64> {
    let (few, many) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let cost = |length: f64| length.powf(order);
    let alone = |bars: &[Bar]| bars.iter().map(|bar| cost(ground.to_diagonal(bar))).collect::<Vec<f64>>();
    let (few_alone, many_alone) = (alone(few), alone(many));
    // A pair that saves nothing is no pair: both of its bars go to the diagonal.
    let loss = |i: usize, j: usize| {
        let together = cost(ground.between(&few[i], &many[j]));
        (together - few_alone[i] - many_alone[j]).min(0.0)
    };
    let mut total = 0.0;
    let pairs = assign(few.len(), many.len(), loss)?;
    let mut paired = vec![false; many.len()];
    // Summed over moves, not as a difference of large sums, so that equal barcodes are at distance 0 exactly.
    for (i, &j) in pairs.iter().enumerate() {
        if loss(i, j) < 0.0 {
            total += cost(ground.between(&few[i], &many[j]));
            paired[j] = true;
        } else {
            total += few_alone[i];
        }
    }
    total += (0..many.len()).filter(|&j| !paired[j]).map(|j| many_alone[j]).sum::<f64>();
    Ok(total.powf(order.recip()))
}

/// The column of each row in an assignment of least total cost, for `rows` ≤ `columns`: shortest augmenting paths with
/// potentials (Jonker & Volgenant 1987, Computing 38:325-340).
fn assign(rows: usize, columns: usize, cost: impl Fn(usize, usize) -> f64) -> Result<Vec<usize>> {
    const FREE: usize = usize::MAX;
    let mut row_of = vec![FREE; columns];
    let mut column_of = vec![FREE; rows];
    let mut row_potential = vec![0.0; rows];
    let mut column_potential = vec![0.0; columns];
    let mut distance = vec![0.0; columns];
    let mut before = vec![FREE; columns];
    for start in 0..rows {
        interrupt::check()?;
        // Dijkstra from the row over columns, in reduced costs, until a free column is the nearest.
        let mut open: Vec<usize> = (0..columns).collect();
        let mut closed: Vec<usize> = Vec::new();
        distance.fill(f64::INFINITY);
        before.fill(FREE);
        let (mut row, mut reached) = (start, 0.0);
        let end = loop {
            let mut nearest = (f64::INFINITY, 0);
            for (place, &column) in open.iter().enumerate() {
                let through = reached + cost(row, column) - row_potential[row] - column_potential[column];
                if through < distance[column] {
                    distance[column] = through;
                    before[column] = row;
                }
                // Of equally near columns a free one ends the search.
                let nearer = distance[column] < nearest.0
                    || (distance[column] == nearest.0 && row_of[column] == FREE && row_of[open[nearest.1]] != FREE);
                if nearer {
                    nearest = (distance[column], place);
                }
            }
            reached = nearest.0;
            let column = open.swap_remove(nearest.1);
            if row_of[column] == FREE {
                break column;
            }
            closed.push(column);
            row = row_of[column];
        };
        for &column in &closed {
            let gain = reached - distance[column];
            column_potential[column] -= gain;
            row_potential[row_of[column]] += gain;
        }
        row_potential[start] += reached;
        // Turns the path round: each row on it takes the column through which the next row was reached.
        let mut column = end;
        while column != FREE {
            let row = before[column];
            row_of[column] = row;
            column = std::mem::replace(&mut column_of[row], column);
        }
    }
    Ok(column_of)
}
