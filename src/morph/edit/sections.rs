//! The stretches of cable between samples that an edit must leave in place.

use std::ops::RangeInclusive;

use crate::morph::Morphology;

/// A stretch of cable. In depth-first order a sample with one child is followed by it, so the samples of a section
/// stand together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// The fixed sample that the section starts at; it stands anywhere before the others.
    pub from: usize,
    /// The samples behind it; the last one is fixed, too.
    pub samples: RangeInclusive<usize>,
}

/// What a neuron is made of, in depth-first order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stretch {
    /// A root.
    Root(usize),
    /// A section.
    Section(Section),
}

impl Section {
    /// The path of the section: its start, then its samples.
    pub fn path(&self) -> impl DoubleEndedIterator<Item = usize> + Clone + '_ {
        std::iter::once(self.from).chain(self.samples.clone())
    }

    /// Index of its last sample.
    pub fn last(&self) -> usize {
        *self.samples.end()
    }

    /// Distance along the section of each sample of its [`path`](Self::path) from the start, which is 0.
    pub fn arc_lengths(&self, edge_lengths: &[f64]) -> Vec<f64> {
        let mut total = 0.0;
        let behind = self.samples.clone().map(|i| {
            total += edge_lengths[i];
            total
        });
        std::iter::once(0.0).chain(behind).collect()
    }
}

impl Morphology {
    /// Which samples stay in place: roots, soma samples and their children, forks, tips, and samples that have a child
    /// of another type.
    pub(super) fn fixed(&self) -> Vec<bool> {
        let children = self.child_counts();
        let mut fixed: Vec<bool> = (0..self.len()).map(|i| children[i] != 1 || self.is_soma(i)).collect();
        for i in 0..self.len() {
            match self.parent_of(i) {
                None => fixed[i] = true,
                Some(p) => {
                    fixed[p] |= self.kind[p] != self.kind[i];
                    fixed[i] |= self.is_soma(p);
                }
            }
        }
        fixed
    }

    /// Roots and sections in depth-first order; they hold every sample once.
    pub(super) fn stretches(&self) -> Vec<Stretch> {
        let fixed = self.fixed();
        let mut stretches = Vec::new();
        let mut at = 0;
        while at < self.len() {
            match self.parent_of(at) {
                None => stretches.push(Stretch::Root(at)),
                Some(from) => {
                    let first = at;
                    while !fixed[at] {
                        at += 1;
                    }
                    stretches.push(Stretch::Section(Section { from, samples: first..=at }));
                }
            }
            at += 1;
        }
        stretches
    }

    /// All sections in depth-first order, those of one edge included.
    pub(super) fn sections(&self) -> impl Iterator<Item = Section> {
        self.stretches().into_iter().filter_map(|stretch| match stretch {
            Stretch::Root(_) => None,
            Stretch::Section(section) => Some(section),
        })
    }

    /// Whether a section is cable: the link between the soma and a neurite, and those inside the soma, are not.
    pub(super) fn is_cable(&self, section: &Section) -> bool {
        !self.is_soma(section.from) && !self.is_soma(section.last())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::morph::parse_swc;

    #[test]
    fn sections_end_at_forks_tips_somata_and_changes_of_type() {
        let text = "1 1 0 0 0 4 -1\n2 3 1 0 0 1 1\n3 3 2 0 0 1 2\n4 3 3 0 0 1 3\n5 3 4 0 0 1 4\n6 2 5 0 0 1 5\n\
            7 2 6 0 0 1 6\n8 3 3 1 0 1 4\n9 4 9 9 9 1 -1\n";
        let m = parse_swc("t", text.as_bytes()).unwrap().morphology;
        let spans: Vec<_> = m.sections().map(|s| (s.from, *s.samples.start(), s.last())).collect();
        assert_eq!(spans, [(0, 1, 1), (1, 2, 3), (3, 4, 4), (4, 5, 6), (3, 7, 7)]);
        assert_eq!(m.sections().filter(|s| m.is_cable(s)).count(), 4);
    }
}
