//! The tree of a hierarchical clustering: its leaf order, and its drawing beside a heat map.

use crate::error::{Error, Result};
use crate::plot::canvas::{Canvas, Rect};
use crate::plot::marks::At;
use crate::plot::theme::theme;

/// Merges of a hierarchical clustering of `n` rows, as scipy and kodama number them: groups 0 to n - 1 are the rows, and
/// the k-th merge makes group n + k of two groups at a height.
#[derive(Clone, Debug, PartialEq)]
pub struct Merges(Vec<(usize, usize, f64)>);

impl Merges {
    /// Merges of `n` rows; `what` names their giver in messages.
    ///
    /// # Errors
    /// When there are not n - 1, when a group is merged twice or before it exists, when a height is not finite.
    pub fn new(merges: &[(usize, usize, f64)], n: usize, what: &str) -> Result<Self> {
        if merges.len() + 1 != n {
            return Err(Error::value(format!(
                "{what}: {} merges for {n} rows, expected {}",
                merges.len(),
                n.max(1) - 1
            ))
            .help("the dendrogram must come from the same rows"));
        }
        let mut used = vec![false; n + merges.len()];
        for (k, &(a, b, height)) in merges.iter().enumerate() {
            for group in [a, b] {
                if group >= n + k || std::mem::replace(&mut used[group], true) {
                    return Err(Error::value(format!("{what}: merge {k} takes group {group}, which is not free then")));
                }
            }
            if !height.is_finite() {
                return Err(Error::value(format!("{what}: the height of merge {k} is {height}")));
            }
        }
        Ok(Merges(merges.to_vec()))
    }

    /// The rows in the order in which their tree has no crossings.
    pub(super) fn order(&self) -> Vec<usize> {
        let n = self.0.len() + 1;
        let mut order = Vec::with_capacity(n);
        let mut open = vec![2 * n - 2];
        while let Some(group) = open.pop() {
            match group.checked_sub(n) {
                None => order.push(group),
                Some(merge) => open.extend([self.0[merge].1, self.0[merge].0]),
            }
        }
        order
    }

    /// Draws the tree over a strip of the page: leaves along its lower edge (`across` false) or its right edge (`across`
    /// true), evenly spaced, the last merge at the opposite edge.
    pub(super) fn draw(&self, canvas: &mut Canvas, strip: Rect, across: bool) {
        let n = self.0.len() + 1;
        let mut place = vec![(0.0, 0.0); n + self.0.len()];
        for (at, row) in self.order().into_iter().enumerate() {
            place[row] = ((at as f64 + 0.5) / n as f64, 0.0);
        }
        let top = self.0.iter().map(|m| m.2).fold(0.0, f64::max);
        let share = |height: f64| if top > 0.0 { (height / top).max(0.0) } else { 1.0 };
        let page = |(along, height): (f64, f64)| -> At {
            match across {
                true => (strip.right() - 0.98 * height * strip.width, strip.y + along * strip.height),
                false => (strip.x + along * strip.width, strip.bottom() - 0.98 * height * strip.height),
            }
        };
        let theme = theme();
        let width = (0.6 * theme.line_mm).min(if across { strip.height } else { strip.width } / n as f64);
        for (k, &(a, b, height)) in self.0.iter().enumerate() {
            let height = share(height);
            let (left, right) = (place[a], place[b]);
            let corners = [left, (left.0, height), (right.0, height), right].map(page);
            canvas.polyline(&corners, theme.ink, width);
            place[n + k] = (0.5 * (left.0 + right.0), height);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn leaves_stand_so_that_no_branches_cross() {
        let merges = Merges::new(&[(0, 2, 1.0), (1, 3, 2.0), (4, 5, 3.0)], 4, "tree").unwrap();
        assert_eq!(merges.order(), [0, 2, 1, 3]);
        assert_eq!(Merges::new(&[], 1, "tree").unwrap().order(), [0]);
        let chain: Vec<_> = (0..100_000).map(|k| (if k == 0 { 0 } else { 100_000 + k }, k + 1, k as f64)).collect();
        assert_eq!(Merges::new(&chain, 100_001, "tree").unwrap().order().len(), 100_001);
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        let fails = |m: &[(usize, usize, f64)], n| Merges::new(m, n, "tree").unwrap_err().message;
        assert!(fails(&[(0, 1, 1.0)], 3).contains("1 merges for 3 rows, expected 2"));
        assert!(fails(&[(0, 1, 1.0), (0, 2, 1.0)], 3).contains("group 0"));
        assert!(fails(&[(0, 4, 1.0), (1, 2, 1.0)], 3).contains("group 4"));
        assert!(fails(&[(0, 1, f64::NAN)], 2).contains("NaN"));
        assert!(Merges::new(&[], 0, "tree").is_err());
    }
}
