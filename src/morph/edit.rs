//! Edits that keep a neuron whole: each returns a new neuron, and says what it had to change.

use crate::error::{Error, Result};
use crate::morph::{Kinds, Morphology, NO_PARENT, formats::turn_round};

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

    /// The neuron moved so that its [centre](Self::centre), the soma or else the first root, is at the origin.
    #[must_use]
    pub fn centered(&self) -> Morphology {
        let centre = self.centre();
        let mut neuron = self.clone();
        for position in &mut neuron.position {
            for axis in 0..3 {
                position[axis] -= centre[axis];
            }
        }
        neuron
    }

    /// The neuron with the sample of this id as the root of its tree. No sample or edge changes.
    ///
    /// # Errors
    /// When there is no such sample.
    pub fn rerooted(&self, id: i64) -> Result<Morphology> {
        let root = self.id.iter().position(|&known| known == id).ok_or_else(|| {
            let (low, high) = self.id.iter().fold((i64::MAX, i64::MIN), |(l, h), &id| (l.min(id), h.max(id)));
            Error::value(format!("`{}` has no sample `{id}`; its numbers lie between {low} and {high}", self.name))
        })?;
        let mut parent = self.parent.clone();
        turn_round(&mut parent, root as u32);
        Ok(Morphology::from_unordered(&self.name, &self.samples(), &parent))
    }

    /// The neuron with its samples numbered 1, 2, 3, … in their order, as some other tools ask for.
    #[must_use]
    pub fn renumbered(&self) -> Morphology {
        Morphology { id: (1..=self.len() as i64).collect(), ..self.clone() }
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

    #[test]
    fn centring_moves_the_soma_to_the_origin_and_keeps_lengths() {
        let neuron = read("1 3 7 0 0 1 2\n2 1 5 6 7 4 -1\n").centered();
        assert_eq!(neuron.centre(), [0.0; 3]);
        assert_eq!(neuron.position[1], [2.0, -6.0, -7.0]);
    }

    #[test]
    fn rerooting_turns_the_links_round_and_keeps_the_edges() {
        let neuron = read("1 3 0 0 0 1 -1\n2 3 1 0 0 1 1\n3 3 2 0 0 1 2\n4 3 1 1 0 1 2\n");
        let turned = neuron.rerooted(3).unwrap();
        assert_eq!(turned.id, [3, 2, 1, 4]);
        assert_eq!(turned.parent, [NO_PARENT, 0, 1, 1]);
        assert_eq!(turned.length_all_edges(), neuron.length_all_edges());
        assert_eq!(turned.rerooted(1).unwrap(), neuron);
        assert!(neuron.rerooted(9).unwrap_err().message.contains("no sample `9`"));
    }
}
