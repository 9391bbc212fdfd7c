//! Labels of cells: expert types, layers, clusters.

use std::sync::Arc;

use crate::error::{Error, Result};

/// One label per cell, in the cells' order; a cell without one has `None`.
///
/// Classes are numbered in the order of their names (numbers in numeric order), so that colours and confusion
/// matrices do not depend on the order of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    codes: Vec<Option<u32>>,
    classes: Arc<[String]>,
}

impl Labels {
    /// Labels from names; an empty name counts as missing.
    pub fn new<S: AsRef<str>>(names: impl IntoIterator<Item = Option<S>>) -> Self {
        let names: Vec<Option<S>> = names.into_iter().map(|n| n.filter(|n| !n.as_ref().is_empty())).collect();
        let mut classes: Vec<String> = names.iter().flatten().map(|n| n.as_ref().to_string()).collect();
        classes.sort_by(|a, b| match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(x), Ok(y)) => x.total_cmp(&y),
            _ => a.cmp(b),
        });
        classes.dedup();
        let code = |name: &str| classes.iter().position(|c| c == name).map(|i| i as u32);
        Labels {
            codes: names.iter().map(|n| n.as_ref().and_then(|n| code(n.as_ref()))).collect(),
            classes: classes.clone().into(),
        }
    }

    /// Labels from cluster numbers.
    pub fn from_clusters(clusters: &[usize]) -> Self {
        Labels::new(clusters.iter().map(|c| Some(c.to_string())))
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The class number of each cell, an index into [`classes`](Self::classes).
    pub fn codes(&self) -> &[Option<u32>] {
        &self.codes
    }

    /// The classes' names.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The label of a cell.
    pub fn get(&self, cell: usize) -> Option<&str> {
        self.codes[cell].map(|c| self.classes[c as usize].as_str())
    }

    /// Number of cells of each class.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        for code in self.codes.iter().flatten() {
            counts[*code as usize] += 1;
        }
        counts
    }

    /// The cells that have a label, with their class numbers.
    pub fn known(&self) -> (Vec<usize>, Vec<usize>) {
        self.codes.iter().enumerate().filter_map(|(i, c)| c.map(|c| (i, c as usize))).unzip()
    }

    /// The labels of these cells.
    #[must_use]
    pub fn select(&self, cells: &[usize]) -> Labels {
        Labels::new(cells.iter().map(|&i| self.get(i)))
    }

    /// Refuses labels that do not belong to `n` cells; `what` names the consumer.
    ///
    /// # Errors
    /// When the lengths differ.
    pub fn require_len(&self, n: usize, what: &str) -> Result<()> {
        if self.len() == n {
            return Ok(());
        }
        Err(Error::value(format!("{what}: {} labels for {n} cells", self.len()))
            .help("labels and data must come from the same cells in the same order"))
    }
}

impl std::fmt::Display for Labels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut classes: Vec<_> = self.classes.iter().zip(self.counts()).collect();
        classes.sort_by_key(|&(_, n)| std::cmp::Reverse(n));
        let shown: Vec<_> = classes.iter().take(6).map(|(c, n)| format!("{c} {n}")).collect();
        let more = if classes.len() > 6 { format!(", … {} classes in all", classes.len()) } else { String::new() };
        let missing = self.codes.iter().filter(|c| c.is_none()).count();
        let missing = if missing > 0 { format!(", {missing} without") } else { String::new() };
        write!(f, "Labels({} cells: {}{more}{missing})", self.len(), shown.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_sorted_and_missing_labels_stay_missing() {
        let labels = Labels::new([Some("b"), None, Some("a"), Some(""), Some("b")]);
        assert_eq!(labels.classes(), ["a", "b"]);
        assert_eq!(labels.codes(), [Some(1), None, Some(0), None, Some(1)]);
        assert_eq!(labels.known(), (vec![0, 2, 4], vec![1, 0, 1]));
        assert_eq!(labels.to_string(), "Labels(5 cells: b 2, a 1, 2 without)");
        assert_eq!(Labels::from_clusters(&[10, 9, 10]).classes(), ["9", "10"]);
    }
}
