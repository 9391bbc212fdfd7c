//! The nearest of many, nearest first.

/// The nearest rows of each query, nearest first; equal distances go to the smaller row number.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    k: usize,
    rows: Vec<u32>,
    distances: Vec<f64>,
}

impl Neighbours {
    /// Neighbours that are known: `k` for each query, one query after the other.
    pub(crate) fn new(k: usize, rows: Vec<u32>, distances: Vec<f64>) -> Self {
        Neighbours { k, rows, distances }
    }

    /// Number of neighbours of each query.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Number of queries.
    pub fn len(&self) -> usize {
        self.rows.len() / self.k
    }

    /// Whether nothing was asked.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Row numbers of a query's neighbours.
    pub fn rows(&self, query: usize) -> &[u32] {
        &self.rows[query * self.k..(query + 1) * self.k]
    }

    /// Distances of a query's neighbours.
    pub fn distances(&self, query: usize) -> &[f64] {
        &self.distances[query * self.k..(query + 1) * self.k]
    }
}

/// The best rows so far, nearest first.
#[derive(Clone)]
pub(super) struct Nearest {
    k: usize,
    pub(super) found: Vec<(f64, u32)>,
    /// Distance that a row must beat.
    pub(super) worst: f64,
}

impl Nearest {
    pub(super) fn new(k: usize) -> Self {
        Nearest { k, found: Vec::with_capacity(k + 1), worst: f64::INFINITY }
    }

    /// Rows come in increasing order, so putting a row behind its equals breaks ties towards the smaller number.
    pub(super) fn insert(&mut self, distance: f64, row: usize) {
        let at = self.found.partition_point(|&(d, _)| d <= distance);
        self.found.insert(at, (distance, row as u32));
        self.found.truncate(self.k);
        if self.found.len() == self.k {
            self.worst = self.found[self.k - 1].0;
        }
    }
}

/// The `k` smallest of the distances from all rows, with their rows, nearest first, ties by row: fewer where there are not
/// as many rows.
pub(crate) fn nearest(distances: &[f64], k: usize) -> Vec<(f64, u32)> {
    let mut best = Nearest::new(k);
    for (row, &distance) in distances.iter().enumerate() {
        if distance < best.worst {
            best.insert(distance, row);
        }
    }
    best.found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_rows_come_in_order_and_ties_by_row() {
        assert_eq!(nearest(&[3.0, 1.0, 0.0, 1.0, 2.0, 1.0], 3), [(0.0, 2), (1.0, 1), (1.0, 3)]);
        assert_eq!(nearest(&[2.0, 1.0], 5), [(1.0, 1), (2.0, 0)]);
    }
}
