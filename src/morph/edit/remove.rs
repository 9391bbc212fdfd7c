//! Removing samples by type.

use crate::error::{Error, Result};
use crate::morph::{Kinds, Morphology, NO_PARENT};

/// What removing samples did to those that stayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// Samples removed.
    pub removed: usize,
    /// Samples whose parent was removed and that now hang on their nearest ancestor that stayed.
    pub reattached: usize,
    /// Samples whose ancestors were all removed: each is a root now.
    pub new_roots: usize,
}

impl Removal {
    /// What an edit that re-attaches nothing did: samples that went and roots that came.
    pub(super) fn between(before: &Morphology, after: &Morphology) -> Self {
        let mut stay: Vec<i64> = after.id.clone();
        stay.sort_unstable();
        let removed = before.id.iter().filter(|&id| stay.binary_search(id).is_err()).count();
        let mut roots: Vec<i64> = before.roots().map(|root| before.id[root]).collect();
        roots.sort_unstable();
        let new_roots = after.roots().filter(|&root| roots.binary_search(&after.id[root]).is_err()).count();
        Removal { removed, reattached: 0, new_roots }
    }
}

impl Morphology {
    /// The neuron without the samples of some types.
    ///
    /// A sample that stays while its parent goes is attached to its nearest ancestor that stays, and becomes a root
    /// where there is none; so no sample of another type is lost.
    ///
    /// # Errors
    /// When no sample would stay.
    pub fn without(&self, kinds: &Kinds) -> Result<(Morphology, Removal)> {
        let mut report = Removal::default();
        // Where each sample went; for a removed one, where its nearest ancestor that stays went. Parents come first,
        // so one pass does it, and what stays is still in depth-first order.
        let mut place = vec![NO_PARENT; self.len()];
        let mut kept = Vec::with_capacity(self.len());
        let mut parent = Vec::with_capacity(self.len());
        for i in 0..self.len() {
            let above = self.parent_of(i);
            let anchor = above.map_or(NO_PARENT, |p| place[p]);
            if kinds.contains(self.kind[i]) {
                report.removed += 1;
                place[i] = anchor;
                continue;
            }
            if above.is_some_and(|p| kinds.contains(self.kind[p])) {
                if anchor == NO_PARENT { report.new_roots += 1 } else { report.reattached += 1 }
            }
            place[i] = kept.len() as u32;
            kept.push(i);
            parent.push(anchor);
        }
        if kept.is_empty() {
            return Err(Error::value(format!("all samples have {kinds}: removing it removes the neuron"))
                .help("leave that step out for this neuron, or see which types its file gives"));
        }
        let neuron = Morphology {
            name: self.name.clone(),
            parent,
            position: kept.iter().map(|&i| self.position[i]).collect(),
            radius: kept.iter().map(|&i| self.radius[i]).collect(),
            kind: kept.iter().map(|&i| self.kind[i]).collect(),
            id: kept.iter().map(|&i| self.id[i]).collect(),
        };
        Ok((neuron, report))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::{kind, parse_swc};

    fn read(text: &str) -> Morphology {
        parse_swc("cell", text.as_bytes()).unwrap().morphology
    }

    /// Soma, an axon with a dendrite piece on it, and an axon tree apart that carries a dendrite.
    const MIXED: &str = "1 1 0 0 0 4 -1\n2 2 1 0 0 1 1\n3 2 2 0 0 1 2\n4 3 3 0 0 1 3\n5 3 4 0 0 1 4\n6 3 0 1 0 1 1\n\
        7 2 9 0 0 1 -1\n8 3 9 1 0 1 7\n9 3 9 2 0 1 8\n";

    #[test]
    fn what_stays_is_attached_to_its_nearest_ancestor_and_that_is_said() {
        let (neuron, report) = read(MIXED).without(&Kinds::one(kind::AXON)).unwrap();
        assert_eq!(neuron.id, [1, 4, 5, 6, 8, 9]);
        assert_eq!(neuron.parent, [NO_PARENT, 0, 1, 0, NO_PARENT, 4]);
        assert_eq!(report, Removal { removed: 3, reattached: 1, new_roots: 1 });
    }

    #[test]
    fn removing_nothing_changes_nothing_and_removing_all_is_refused() {
        let neuron = read("1 3 0 0 0 1 -1\n2 3 1 0 0 1 1\n");
        assert_eq!(neuron.without(&Kinds::one(kind::AXON)).unwrap(), (neuron.clone(), Removal::default()));
        let axon = read("1 2 0 0 0 1 -1\n2 2 1 0 0 1 1\n");
        let error = axon.without(&Kinds::one(kind::AXON)).unwrap_err();
        assert_eq!(error.message, "all samples have type 2 (axon): removing it removes the neuron");
    }
}
