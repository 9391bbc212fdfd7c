//! Taking a neuron apart: its trees, its neurites, chosen subtrees.

use crate::error::{Error, Result};
use crate::morph::{Morphology, NO_PARENT};

impl Morphology {
    /// Every tree of a forest as a neuron of its own, in order; samples and ids stay. They are called after the neuron
    /// with `_tree1`, `_tree2`, … behind.
    pub fn trees(&self) -> Vec<Morphology> {
        let of: Vec<Option<u32>> = self.pieces(|_| true);
        self.taken_apart(&of, "tree")
    }

    /// Every neurite as a neuron of its own, without the soma: what is left connected when soma samples go. A tree
    /// without a soma is one neurite. They are called after the neuron with `_neurite1`, … behind. A neuron of soma
    /// samples alone has none.
    pub fn neurites(&self) -> Vec<Morphology> {
        let of = self.pieces(|i| !self.is_soma(i));
        self.taken_apart(&of, "neurite")
    }

    /// The samples with these ids and everything below them, each a tree of its own unless one is below another; ids
    /// stay.
    ///
    /// # Errors
    /// When no id is given, or there is no sample of that id.
    pub fn subtrees(&self, ids: &[i64]) -> Result<Morphology> {
        if ids.is_empty() {
            return Err(Error::value("no sample is named whose subtree to take"));
        }
        let ends = self.subtree_ends();
        let mut keep = vec![false; self.len()];
        for &id in ids {
            let root = self.index_of(id)?;
            keep[root..ends[root] as usize].fill(true);
        }
        self.retained(&keep, "taking subtrees")
    }

    /// The number of the connected piece that each sample belongs to, once those go that do not stay.
    fn pieces(&self, stays: impl Fn(usize) -> bool) -> Vec<Option<u32>> {
        let mut of: Vec<Option<u32>> = Vec::with_capacity(self.len());
        let mut count = 0;
        for i in 0..self.len() {
            of.push(stays(i).then(|| {
                self.parent_of(i).and_then(|p| of[p]).unwrap_or_else(|| {
                    count += 1;
                    count - 1
                })
            }));
        }
        of
    }

    fn taken_apart(&self, of: &[Option<u32>], what: &str) -> Vec<Morphology> {
        let count = of.iter().flatten().max().map_or(0, |&last| last + 1);
        let mut parts: Vec<Morphology> = (1..=count)
            .map(|k| Morphology {
                name: format!("{}_{what}{k}", self.name).into(),
                parent: Vec::new(),
                position: Vec::new(),
                radius: Vec::new(),
                kind: Vec::new(),
                id: Vec::new(),
            })
            .collect();
        let mut place = vec![NO_PARENT; self.len()];
        for i in 0..self.len() {
            let Some(piece) = of[i] else { continue };
            let part = &mut parts[piece as usize];
            // A parent that went leaves its children as roots; its place was never set.
            part.parent.push(self.parent_of(i).map_or(NO_PARENT, |p| place[p]));
            place[i] = part.id.len() as u32;
            part.position.push(self.position[i]);
            part.radius.push(self.radius[i]);
            part.kind.push(self.kind[i]);
            part.id.push(self.id[i]);
        }
        parts
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::parse_swc;

    /// Soma of two samples with a neurite on each, and a piece apart.
    const CELL: &[u8] = b"1 1 0 0 0 4 -1\n2 1 2 0 0 4 1\n3 3 9 0 0 1 2\n4 3 9 1 0 1 3\n5 3 9 2 0 1 3\n6 2 -5 0 0 1 1\n\
        7 2 50 0 0 1 -1\n8 2 51 0 0 1 7\n";

    #[test]
    fn trees_and_neurites_share_the_samples_out() {
        let m = parse_swc("cell", CELL).unwrap().morphology;
        let trees = m.trees();
        assert_eq!(trees.iter().map(|t| t.len()).collect::<Vec<_>>(), [6, 2]);
        assert_eq!((&*trees[1].name, trees[1].parent.as_slice()), ("cell_tree2", &[NO_PARENT, 0][..]));
        let neurites = m.neurites();
        let ids: Vec<_> = neurites.iter().map(|n| n.id.clone()).collect();
        assert_eq!(ids, [vec![3, 4, 5], vec![6], vec![7, 8]]);
        assert_eq!(neurites[0].parent, [NO_PARENT, 0, 0]);
        assert!(parse_swc("soma", b"1 1 0 0 0 1 -1\n").unwrap().morphology.neurites().is_empty());
    }

    #[test]
    fn subtrees_are_whole_and_may_contain_each_other() {
        let m = parse_swc("cell", CELL).unwrap().morphology;
        let cut = m.subtrees(&[5, 3, 8]).unwrap();
        assert_eq!((cut.id.as_slice(), cut.n_roots()), (&[3, 4, 5, 8][..], 2));
        assert!(m.subtrees(&[]).is_err());
        assert!(m.subtrees(&[99]).unwrap_err().message.contains("no sample `99`"));
    }
}
