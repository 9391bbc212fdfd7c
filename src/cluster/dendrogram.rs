//! A tree of merges: which groups join at what height, and what can be read off it.

use std::sync::Arc;

use super::input::numbered;
use crate::data::{Labels, Matrix};
use crate::error::{Error, Result};

/// Two groups that join. Numbers below the number of rows are rows; `rows + i` is what merge `i` made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merge {
    /// One group, the smaller number.
    pub left: usize,
    /// The other group.
    pub right: usize,
    /// How far apart they are, as the method measures it.
    pub height: f64,
    /// Number of rows of both.
    pub size: usize,
}

/// Merges of rows into one group, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Dendrogram {
    ids: Arc<[String]>,
    merges: Vec<Merge>,
}

impl Dendrogram {
    /// A dendrogram of one merge fewer than there are rows, each of groups that were there.
    pub(super) fn new(ids: Arc<[String]>, merges: Vec<Merge>) -> Self {
        Dendrogram { ids, merges }
    }

    /// The rows' ids.
    pub fn ids(&self) -> &Arc<[String]> {
        &self.ids
    }

    /// The merges in the order in which they are made. Heights never fall, but for `centroid` and `median`.
    pub fn merges(&self) -> &[Merge] {
        &self.merges
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The rows in `groups` groups, by leaving out the last merges; `0` is the largest group.
    ///
    /// # Errors
    /// When there is no such number of groups.
    pub fn cut_into(&self, groups: usize) -> Result<Labels> {
        if groups == 0 || groups > self.len() {
            return Err(Error::value(format!(
                "`{groups}` groups of {} rows, expected 1 to {}",
                self.len(),
                self.len()
            )));
        }
        let made = self.len() - groups;
        Ok(self.groups(|merge| merge < made))
    }

    /// The rows in the groups that have formed up to a height; `0` is the largest group.
    ///
    /// # Errors
    /// When the height is negative or no number.
    pub fn cut_at(&self, height: f64) -> Result<Labels> {
        // Not a plain comparison: NaN must fail it.
        if height.is_nan() || height < 0.0 {
            return Err(Error::value(format!("a cut at height `{height}`, expected 0 or more")));
        }
        // A group stands where no merge below it is higher, even if its own merge is lower.
        let mut highest: Vec<f64> = Vec::with_capacity(self.merges.len());
        for merge in &self.merges {
            let below = |node: usize| if node < self.len() { 0.0 } else { highest[node - self.len()] };
            highest.push(merge.height.max(below(merge.left)).max(below(merge.right)));
        }
        Ok(self.groups(|merge| highest[merge] <= height))
    }

    /// Groups of rows, where only the merges that `kept` tells are made; what joins a kept merge is kept itself.
    fn groups(&self, kept: impl Fn(usize) -> bool) -> Labels {
        let n = self.len();
        let mut group: Vec<usize> = (0..n + self.merges.len()).collect();
        for (at, merge) in self.merges.iter().enumerate().rev() {
            if kept(at) {
                (group[merge.left], group[merge.right]) = (group[n + at], group[n + at]);
            }
        }
        // Numbers of rows and merges are as many as twice the rows: fine as group numbers.
        numbered(&group[..n].iter().map(|&g| Some(g)).collect::<Vec<_>>()).0
    }

    /// The order of the rows in which no branches cross, the left group of a merge first; for drawings and heat maps.
    pub fn leaf_order(&self) -> Vec<usize> {
        let n = self.len();
        let mut order = Vec::with_capacity(n);
        let mut open = vec![if self.merges.is_empty() { 0 } else { n + self.merges.len() - 1 }];
        while let Some(node) = open.pop() {
            if node < n {
                order.push(node);
            } else {
                open.extend([self.merges[node - n].right, self.merges[node - n].left]);
            }
        }
        order
    }

    /// Where the groups of each merge stand in a drawing whose rows stand at `0, 1, 2, …` in
    /// [leaf order](Self::leaf_order): for each merge, the place and the height of its left and of its right group. The
    /// merge itself stands in the middle of its groups.
    pub fn layout(&self) -> Vec<[(f64, f64); 2]> {
        let n = self.len();
        let mut place = vec![(0.0, 0.0); n];
        for (at, row) in self.leaf_order().into_iter().enumerate() {
            place[row] = (at as f64, 0.0);
        }
        self.merges
            .iter()
            .map(|merge| {
                let (left, right) = (place[merge.left], place[merge.right]);
                place.push((0.5 * (left.0 + right.0), merge.height));
                [left, right]
            })
            .collect()
    }

    /// The height at which each pair of rows comes into one group: rows and columns are the rows of the data.
    ///
    /// # Errors
    /// Never for a dendrogram that a fit returned.
    pub fn cophenetic(&self) -> Result<Matrix> {
        let n = self.len();
        let mut heights = vec![0.0; n * n];
        // The rows of a group stand side by side in leaf order.
        let order = self.leaf_order();
        let mut span: Vec<(usize, usize)> = vec![(0, 0); n];
        order.iter().enumerate().for_each(|(at, &row)| span[row] = (at, at + 1));
        for merge in &self.merges {
            let (left, right) = (span[merge.left], span[merge.right]);
            for &i in &order[left.0..left.1] {
                for &j in &order[right.0..right.1] {
                    (heights[i * n + j], heights[j * n + i]) = (merge.height, merge.height);
                }
            }
            span.push((left.0.min(right.0), left.1.max(right.1)));
        }
        Matrix::new(self.ids.clone(), self.ids.clone(), heights)
    }
}

impl std::fmt::Display for Dendrogram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let top = self.merges.iter().map(|m| m.height).fold(0.0, f64::max);
        write!(f, "Dendrogram({} cells, height {top:.4})", self.len())
    }
}
