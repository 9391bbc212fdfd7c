//! Which sample a tree starts from, and how samples are numbered.

use crate::error::{Error, Result};
use crate::morph::{Morphology, swc::turn_round};

impl Morphology {
    /// The index of the sample with this id.
    ///
    /// # Errors
    /// When there is none, with the range of those that there are.
    pub fn index_of(&self, id: i64) -> Result<usize> {
        self.id.iter().position(|&known| known == id).ok_or_else(|| {
            let (low, high) = self.id.iter().fold((i64::MAX, i64::MIN), |(l, h), &id| (l.min(id), h.max(id)));
            Error::value(format!("`{}` has no sample `{id}`; its numbers lie between {low} and {high}", self.name))
        })
    }

    /// The neuron with the sample of this id as the root of its tree. No sample or edge changes.
    ///
    /// # Errors
    /// When there is no such sample.
    pub fn rerooted(&self, id: i64) -> Result<Morphology> {
        let root = self.index_of(id)?;
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
    use crate::morph::{NO_PARENT, parse_swc};

    fn read(text: &str) -> Morphology {
        parse_swc("cell", text.as_bytes()).unwrap().morphology
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
