//! A symmetric sparse matrix, made of what each row says of its neighbours.

use rayon::prelude::*;

use crate::distance::Neighbours;

/// Entries that are not 0, row by row, columns in rising order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sparse {
    /// Where each row begins, and the end of the last.
    pub(super) starts: Vec<usize>,
    /// The columns of the entries.
    pub(super) columns: Vec<u32>,
    /// The entries.
    pub(super) values: Vec<f64>,
}

impl Sparse {
    /// The entries `combine(a, b)` of what row says of column (`a`) and column of row (`b`), 0 where one says nothing.
    /// `weights` has an entry per neighbour, in the neighbourhood's order. Entries that come out as 0 are left out.
    pub(super) fn of(near: &Neighbours, weights: &[f64], combine: impl Fn(f64, f64) -> f64 + Sync) -> Self {
        let lists = (0..near.len()).into_par_iter().map(|row| {
            let own = near.rows(row).iter().copied().zip(weights[row * near.k()..(row + 1) * near.k()].iter().copied());
            let mut own: Vec<(u32, f64)> = own.collect();
            own.sort_unstable_by_key(|entry| entry.0);
            own
        });
        combined(&lists.collect::<Vec<_>>(), combine)
    }

    /// The same of a matrix that has become uneven: entries `combine(a, b)` of each entry and the one across the
    /// diagonal.
    pub(super) fn symmetric(&self, combine: impl Fn(f64, f64) -> f64 + Sync) -> Self {
        combined(&(0..self.len()).map(|row| self.row(row).collect()).collect::<Vec<_>>(), combine)
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The columns and entries of a row.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (u32, f64)> {
        let range = self.starts[row]..self.starts[row + 1];
        self.columns[range.clone()].iter().copied().zip(self.values[range].iter().copied())
    }

    fn from_rows(rows: Vec<Vec<(u32, f64)>>) -> Self {
        let mut starts = vec![0];
        rows.iter().for_each(|row| starts.push(starts[starts.len() - 1] + row.len()));
        let (columns, values) = rows.into_iter().flatten().unzip();
        Sparse { starts, columns, values }
    }
}

fn combined(lists: &[Vec<(u32, f64)>], combine: impl Fn(f64, f64) -> f64 + Sync) -> Sparse {
    let mut across: Vec<Vec<(u32, f64)>> = vec![Vec::new(); lists.len()];
    for (row, list) in lists.iter().enumerate() {
        list.iter().for_each(|&(column, value)| across[column as usize].push((row as u32, value)));
    }
    let merged = lists.par_iter().zip(&across).map(|(own, across)| {
        let (mut a, mut b) = (own.iter().peekable(), across.iter().peekable());
        let mut row = Vec::with_capacity(own.len() + across.len());
        loop {
            let (left, right) = (a.peek().map_or(u32::MAX, |e| e.0), b.peek().map_or(u32::MAX, |e| e.0));
            let column = left.min(right);
            if column == u32::MAX {
                break row;
            }
            let mine = if left == column { a.next().map_or(0.0, |e| e.1) } else { 0.0 };
            let theirs = if right == column { b.next().map_or(0.0, |e| e.1) } else { 0.0 };
            let value = combine(mine, theirs);
            if value != 0.0 {
                row.push((column, value));
            }
        }
    });
    Sparse::from_rows(merged.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_combined_across_the_diagonal() {
        // 0 knows 1 and 2; 1 knows 0 and 2; 2 knows 1 and 0, which it gives weight 0.
        let near = Neighbours::new(2, vec![2, 1, 0, 2, 1, 0], vec![1.0; 6]);
        let sum = Sparse::of(&near, &[0.5, 0.25, 1.0, 0.0, 2.0, 0.0], |a, b| a + b);
        assert_eq!(sum.starts, [0, 2, 4, 6]);
        assert_eq!(sum.columns, [1, 2, 0, 2, 0, 1]);
        assert_eq!(sum.values, [1.25, 0.5, 1.25, 2.0, 0.5, 2.0]);
        let product = Sparse::of(&near, &[0.5, 0.25, 1.0, 0.0, 2.0, 0.0], |a, b| a * b);
        assert_eq!((product.len(), product.values), (3, vec![0.25, 0.25]));
        let mut uneven = sum;
        uneven.values[0] = 3.0;
        assert_eq!(uneven.symmetric(f64::max).values, [3.0, 0.5, 3.0, 2.0, 0.5, 2.0]);
    }
}
