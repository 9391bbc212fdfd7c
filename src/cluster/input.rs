//! What clustering asks of its input, and how clusters are numbered.

use std::cmp::Reverse;
use std::collections::HashSet;

use crate::data::{Labels, Matrix};
use crate::distance::{Metric, Space, require_numbers};
use crate::error::{Error, Result};

/// Refuses a matrix that cannot be split into `groups` groups; `what` names the method and `groups_name` its groups.
pub(super) fn require_clusterable(x: &Matrix, groups: usize, what: &str, groups_name: &str) -> Result<()> {
    require_numbers(x, what)?;
    if groups == 0 {
        return Err(Error::value(format!("{what}: `0` {groups_name}, expected at least 1")));
    }
    let n = x.rows();
    if n < 2 {
        return Err(Error::value(format!("{what} needs at least 2 rows, not {n}")));
    }
    if groups > n {
        return Err(Error::value(format!("{what}: `{groups}` {groups_name} for {n} rows"))
            .help(format!("ask for at most {n} {groups_name}")));
    }
    let distinct = if groups > 1 { distinct_rows(x) } else { 1 };
    if groups > distinct {
        return Err(Error::value(format!(
            "{what}: `{groups}` {groups_name}, but only {distinct} of the {n} rows differ from each other"
        ))
        .help(format!("ask for at most {distinct} {groups_name}, or look into why cells share their values")));
    }
    Ok(())
}

/// The rows of a matrix and their distances; `what` names the method.
///
/// # Errors
/// When there are fewer than two rows, or [`Space::new`] refuses them.
pub(super) fn space<'a>(x: &'a Matrix, metric: Metric, what: &str) -> Result<Space<'a>> {
    if x.cols() > 0 && x.rows() < 2 {
        return Err(Error::value(format!("{what} needs at least 2 rows, not {}", x.rows())));
    }
    Space::new(x, metric, what)
}

/// Labels of groups renumbered by decreasing size (ties by the first member), rows of no group having none; and the old
/// number of each new group.
pub(super) fn numbered(assignment: &[Option<usize>]) -> (Labels, Vec<usize>) {
    let groups = assignment.iter().flatten().max().map_or(0, |last| last + 1);
    let known: Vec<usize> = assignment.iter().flatten().copied().collect();
    let mut order = by_size(&known, groups);
    order.truncate(known.iter().collect::<HashSet<_>>().len());
    let mut rank = vec![0; groups];
    for (new, &old) in order.iter().enumerate() {
        rank[old] = new;
    }
    let labels = Labels::new(assignment.iter().map(|group| group.map(|g| rank[g].to_string())));
    (labels, order)
}

fn distinct_rows(x: &Matrix) -> usize {
    // Adding 0.0 turns -0.0 into 0.0; all values are finite, so equal bits then mean equal numbers.
    let bits = |row: &[f64]| -> Vec<u64> { row.iter().map(|v| (v + 0.0).to_bits()).collect() };
    x.iter_rows().map(bits).collect::<HashSet<_>>().len()
}

/// The groups by decreasing number of members, ties by their first member: entry `i` is the old number of group `i`.
pub(super) fn by_size(assignment: &[usize], groups: usize) -> Vec<usize> {
    let mut size = vec![0usize; groups];
    let mut first = vec![usize::MAX; groups];
    for (row, &group) in assignment.iter().enumerate() {
        size[group] += 1;
        first[group] = first[group].min(row);
    }
    let mut order: Vec<usize> = (0..groups).collect();
    order.sort_by_key(|&g| (Reverse(size[g]), first[g]));
    order
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn matrix(columns: usize, values: &[f64]) -> Matrix {
        let ids = (0..values.len() / columns).map(|i| format!("cell{i}")).collect();
        Matrix::numbered(ids, "x", columns, values.to_vec()).unwrap()
    }

    #[test]
    fn unusable_input_is_refused_with_numbers() {
        let refuse = |x: &Matrix, k| require_clusterable(x, k, "gmm", "components").unwrap_err().message;
        assert_eq!(refuse(&matrix(1, &[1.0]), 1), "gmm needs at least 2 rows, not 1");
        assert_eq!(refuse(&matrix(1, &[1.0, 2.0]), 3), "gmm: `3` components for 2 rows");
        assert_eq!(refuse(&matrix(1, &[1.0, 2.0]), 0), "gmm: `0` components, expected at least 1");
        assert!(refuse(&matrix(1, &[0.0, -0.0, 2.0]), 3).contains("only 2 of the 3 rows differ"));
        assert!(refuse(&matrix(1, &[1.0, f64::NAN]), 1).contains("needs finite numbers"));
        assert!(refuse(&matrix(1, &[1.0, 1e200]), 1).contains("is beyond 1e150"));
    }

    #[test]
    fn larger_groups_come_first_and_ties_go_by_the_first_member() {
        assert_eq!(by_size(&[2, 0, 0, 1, 2], 4), [2, 0, 1, 3]);
    }
}
