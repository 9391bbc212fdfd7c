//! How many cells fall into each pair of groups, and what that table says.
//!
//! Groups are told apart by number only. Sums over pairs of cells are whole numbers and therefore exact; logarithms are
//! natural.

use std::collections::BTreeMap;

/// Tables of at most this many entries per cell are counted densely.
const DENSE: usize = 4;

/// How many cells fall into each pair of groups. Groups without a cell do not appear.
pub(super) struct Contingency {
    /// Row, column and count of the entries that are not zero, in the order of rows and columns.
    counts: Vec<(usize, usize, u64)>,
    rows: Vec<u64>,
    columns: Vec<u64>,
    n: u64,
}

impl Contingency {
    /// Counts pairs of group numbers, one pair per cell.
    pub(super) fn new(codes: &[(usize, usize)]) -> Self {
        let width = codes.iter().map(|c| c.1 + 1).max().unwrap_or(0);
        let height = codes.iter().map(|c| c.0 + 1).max().unwrap_or(0);
        let joint: Vec<((usize, usize), u64)> = if height * width <= (DENSE * codes.len()).max(4096) {
            let mut dense = vec![0u64; height * width];
            codes.iter().for_each(|&(a, b)| dense[a * width + b] += 1);
            let entries = dense.into_iter().enumerate().filter(|&(_, count)| count > 0);
            entries.map(|(at, count)| ((at / width, at % width), count)).collect()
        } else {
            let mut sparse = BTreeMap::new();
            codes.iter().for_each(|&pair| *sparse.entry(pair).or_insert(0) += 1);
            sparse.into_iter().collect()
        };
        let (mut rows, mut columns) = (vec![0; height], vec![0; width]);
        for &((a, b), count) in &joint {
            rows[a] += count;
            columns[b] += count;
        }
        let (row_of, column_of) = (ranks(&rows), ranks(&columns));
        rows.retain(|&count| count > 0);
        columns.retain(|&count| count > 0);
        let counts = joint.into_iter().map(|((a, b), n)| (row_of[a], column_of[b], n)).collect();
        Contingency { counts, rows, columns, n: codes.len() as u64 }
    }

    /// Numbers of groups on each side.
    pub(super) fn groups(&self) -> (usize, usize) {
        (self.rows.len(), self.columns.len())
    }

    /// Entropies of the two groupings, in nats.
    pub(super) fn entropies(&self) -> (f64, f64) {
        (entropy(&self.rows), entropy(&self.columns))
    }

    /// Ordered pairs of cells: together in both groupings, in the first only, in the second only, in none.
    fn pairs(&self) -> [f64; 4] {
        let squares = |counts: &[u64]| counts.iter().map(|&c| u128::from(c) * u128::from(c)).sum::<u128>();
        let n = u128::from(self.n);
        let both: u128 = self.counts.iter().map(|&(_, _, c)| u128::from(c) * u128::from(c)).sum();
        let (rows, columns) = (squares(&self.rows), squares(&self.columns));
        [both - n, rows - both, columns - both, n * n + both - rows - columns].map(|pairs| pairs as f64)
    }

    /// Share of the pairs of cells on which the groupings agree (Rand 1971); 1 for a single cell.
    pub(super) fn rand(&self) -> f64 {
        let [both, first, second, none] = self.pairs();
        let all = both + first + second + none;
        if all == 0.0 { 1.0 } else { (both + none) / all }
    }

    /// The Rand index less its expectation, over its largest value less that (Hubert & Arabie 1985).
    pub(super) fn adjusted_rand(&self) -> f64 {
        let [both, first, second, none] = self.pairs();
        if first == 0.0 && second == 0.0 {
            return 1.0;
        }
        2.0 * (both * none - first * second) / ((both + first) * (first + none) + (both + second) * (second + none))
    }

    /// Geometric mean of the shares of each grouping's pairs that are together in the other as well.
    pub(super) fn fowlkes_mallows(&self) -> f64 {
        let [both, first, second, _] = self.pairs();
        if both == 0.0 { 0.0 } else { (both / (both + first)).sqrt() * (both / (both + second)).sqrt() }
    }

    /// Neither grouping splits the cells: they agree, though they say nothing.
    pub(super) fn is_trivial(&self) -> bool {
        self.rows.len() == 1 && self.columns.len() == 1
    }

    /// Mutual information of the groupings, in nats.
    pub(super) fn mutual_information(&self) -> f64 {
        if self.rows.len() == 1 || self.columns.len() == 1 {
            return 0.0;
        }
        let n = self.n as f64;
        let term = |&(a, b, count): &(usize, usize, u64)| {
            let count = count as f64;
            let term = count / n * (count.ln() + n.ln() - (self.rows[a] as f64).ln() - (self.columns[b] as f64).ln());
            // Independent groups must give 0, not the rounding of logarithms.
            if term.abs() < f64::EPSILON { 0.0 } else { term }
        };
        self.counts.iter().map(term).sum::<f64>().max(0.0)
    }

    /// Mutual information adjusted for chance, normalised by the mean entropy.
    pub(super) fn adjusted_mutual_information(&self) -> f64 {
        if self.is_trivial() {
            return 1.0;
        }
        if self.rows.len() == 1 || self.columns.len() == 1 {
            return 0.0;
        }
        let (a, b) = self.entropies();
        let expected = self.expected_mutual_information();
        // Where both differences vanish (every cell a group of its own), the groupings are equal: the score is 1.
        let away_from_zero = |v: f64| if v < 0.0 { v.min(-f64::EPSILON) } else { v.max(f64::EPSILON) };
        away_from_zero(self.mutual_information() - expected) / away_from_zero(0.5 * (a + b) - expected)
    }

    /// Mutual information expected when the groups keep their sizes and the cells are shuffled (Vinh, Epps & Bailey
    /// 2010, eq. 24a): a sum over the hypergeometric distribution of each pair's count.
    ///
    /// It depends on the groups' sizes alone, so groups of one size are summed once.
    fn expected_mutual_information(&self) -> f64 {
        let log_factorial = log_factorials(self.n as usize);
        let fact = |i: u64| log_factorial[i as usize];
        let n = self.n;
        let (rows, columns) = (sizes(&self.rows), sizes(&self.columns));
        let mut sum = 0.0;
        for (&a, &rows_of_a) in &rows {
            for (&b, &columns_of_b) in &columns {
                let (least, most) = ((a + b).saturating_sub(n).max(1), a.min(b));
                let information =
                    |count: u64| count as f64 / n as f64 * (count as f64 * n as f64 / (a as f64 * b as f64)).ln();
                // The distribution rises to its mode and falls from there. Starting at the mode, the recurrence from one
                // count to the next only shrinks, so that it cannot begin with a denormal number, which has few digits.
                let mode = ((a + 1) * (b + 1) / (n + 2)).clamp(least, most);
                let start = (fact(a) + fact(b) + fact(n - a) + fact(n - b)
                    - fact(n)
                    - fact(mode)
                    - fact(a - mode)
                    - fact(b - mode)
                    - fact(n + mode - a - b))
                .exp();
                let mut pair = start * information(mode);
                let mut probability = start;
                for count in mode + 1..=most {
                    let (came, gone) = ((a - count + 1) * (b - count + 1), count * (n + count - a - b));
                    probability *= came as f64 / gone as f64;
                    if probability < NEGLIGIBLE * start {
                        break;
                    }
                    pair += probability * information(count);
                }
                probability = start;
                for count in (least..mode).rev() {
                    let (came, gone) = ((count + 1) * (n + count + 1 - a - b), (a - count) * (b - count));
                    probability *= came as f64 / gone as f64;
                    if probability < NEGLIGIBLE * start {
                        break;
                    }
                    pair += probability * information(count);
                }
                sum += (rows_of_a * columns_of_b) as f64 * pair;
            }
        }
        sum
    }
}

/// Terms below this share of the largest one add nothing in double precision, however many there are.
const NEGLIGIBLE: f64 = 1e-25;

/// The number of each group among those that have a cell.
fn ranks(counts: &[u64]) -> Vec<usize> {
    let mut next = 0;
    let rank = |&count: &u64| {
        next += usize::from(count > 0);
        next.saturating_sub(1)
    };
    counts.iter().map(rank).collect()
}

/// How many groups there are of each size.
fn sizes(counts: &[u64]) -> BTreeMap<u64, u64> {
    let mut sizes = BTreeMap::new();
    counts.iter().for_each(|&size| *sizes.entry(size).or_insert(0) += 1);
    sizes
}

/// ln(0!) to ln(n!), by compensated summation (Kahan 1965): a plain running sum loses digits that the expectation needs.
fn log_factorials(n: usize) -> Vec<f64> {
    let (mut sum, mut lost) = (0.0f64, 0.0f64);
    let mut table = Vec::with_capacity(n + 1);
    table.push(0.0);
    for i in 1..=n {
        let term = (i as f64).ln() - lost;
        let next = sum + term;
        lost = (next - sum) - term;
        sum = next;
        table.push(sum);
    }
    table
}

fn entropy(counts: &[u64]) -> f64 {
    if counts.len() < 2 {
        return 0.0;
    }
    let n: f64 = counts.iter().map(|&c| c as f64).sum();
    counts.iter().map(|&c| -(c as f64 / n) * ((c as f64).ln() - n.ln())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparse_and_dense_counting_agree() {
        // 9,000 groups a side would need 81 million entries for 100 cells.
        let far: Vec<(usize, usize)> = (0..100).map(|i| (i % 7 * 1285, i % 5 * 2247)).collect();
        let near: Vec<(usize, usize)> = (0..100).map(|i| (i % 7, i % 5)).collect();
        let (far, near) = (Contingency::new(&far), Contingency::new(&near));
        assert_eq!((far.counts.clone(), far.rows.clone(), far.columns.clone()), (near.counts, near.rows, near.columns));
        assert_eq!(far.groups(), (7, 5));
    }

    #[test]
    fn the_expectation_is_that_of_all_shuffles() {
        // Every one of the 6! orders of six cells, by hand.
        let (a, b) = ([0usize, 0, 0, 1, 1, 2], [0usize, 0, 1, 1, 2, 2]);
        let mut orders = vec![vec![]];
        for _ in 0..6 {
            orders = orders
                .into_iter()
                .flat_map(|o: Vec<usize>| {
                    (0..6).filter(|i| !o.contains(i)).map(|i| [o.clone(), vec![i]].concat()).collect::<Vec<_>>()
                })
                .collect();
        }
        let table =
            |order: &[usize]| Contingency::new(&order.iter().zip(a).map(|(&i, a)| (a, b[i])).collect::<Vec<_>>());
        let mean = orders.iter().map(|o| table(o).mutual_information()).sum::<f64>() / orders.len() as f64;
        assert_eq!(orders.len(), 720);
        assert!((table(&orders[0]).expected_mutual_information() - mean).abs() < 1e-14);
    }
}
