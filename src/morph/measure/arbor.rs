//! A neuron cut into sections: what all measures of branches are computed on.
//!
//! A *section* is a run of samples from one fork to the next fork or tip. Its points are its own samples and, before
//! them, the fork that it leaves, so that the sections of a neurite cover each of its edges once. A *neurite* is a tree
//! of sections; it begins at a sample that is no soma and whose parent is a soma sample or nothing. The edge from the
//! soma to that sample belongs to no section (as in NeuroM and MorphIO). A neurite that forks at its first sample has a
//! first section of that one sample, without length.
//!
//! Samples are in depth-first order, so the own samples of a section are one range of them, the sections below a section
//! are one range of sections, and all of it comes out of one pass forwards and one back, without recursion and in linear
//! time. Nothing is copied: the arbor borrows the neuron.

use std::ops::Range;

use super::soma::Soma;
use crate::morph::geometry::distance;
use crate::morph::{Kinds, Morphology};

/// What a section without a parent section has as its parent.
pub const NO_SECTION: u32 = u32::MAX;

/// An unbranched run of samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// The sample that it starts from: the fork that it leaves, or the first sample of its neurite.
    pub head: u32,
    /// First of its own samples; equal to `head` in the first section of a neurite.
    pub begin: u32,
    /// One past its last sample.
    pub end: u32,
    /// The section that it continues, [`NO_SECTION`] for the first of a neurite.
    pub parent: u32,
    /// The neurite that it is part of.
    pub neurite: u32,
    /// One past the last section below it: its subtree is `i..subtree_end`.
    pub subtree_end: u32,
    /// SWC type of its first own sample.
    pub kind: u16,
    /// Number of sections that continue it; 0 for a terminal section.
    pub children: u32,
    /// Number of sections between it and the soma; 0 for the first of a neurite.
    pub order: u32,
    /// Strahler order (Strahler 1952): 1 for a terminal section, else the largest of its children, and one more where
    /// two children share it.
    pub strahler: u32,
    /// Number of terminal sections in its subtree, itself included.
    pub tips: u32,
    /// Path length.
    pub length: f64,
    /// Straight distance of its ends.
    pub chord: f64,
    /// Path length from the first sample of the neurite to its head.
    pub path: f64,
    /// Path length of its subtree, itself included.
    pub subtree_length: f64,
}

impl Section {
    /// Its last sample: a fork or a tip.
    pub fn last(&self) -> usize {
        self.end as usize - 1
    }

    /// The samples that end its edges; each edge begins at its sample's parent.
    pub fn edges(&self) -> Range<usize> {
        (self.begin + u32::from(self.head == self.begin)) as usize..self.end as usize
    }

    /// All its points in order, the fork that it leaves included.
    pub fn points(&self) -> impl Iterator<Item = usize> + Clone {
        std::iter::once(self.head as usize).chain(self.edges())
    }

    /// Number of its points.
    pub fn n_points(&self) -> usize {
        1 + self.edges().len()
    }

    /// Whether nothing continues it.
    pub fn is_terminal(&self) -> bool {
        self.children == 0
    }
}

/// What a choice of types chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeOf {
    /// Each section by the type of its own first sample: an axon that leaves a dendrite is axon.
    Section,
    /// Whole neurites by the type of their first sample: an axon that leaves a dendrite counts as dendrite (NeuroM).
    Neurite,
}

/// A neuron as sections, with a choice of them.
#[derive(Clone, Debug)]
pub struct Arbor<'a> {
    /// The neuron.
    pub neuron: &'a Morphology,
    /// Its soma.
    pub soma: Soma,
    /// Distance of each sample to its parent; 0 for roots. The soma's edges are there too.
    pub edge_length: Vec<f64>,
    sections: Vec<Section>,
    /// First section of each neurite, and the number of sections at the end.
    starts: Vec<u32>,
    kept: Option<Vec<bool>>,
    origin: Option<[f64; 3]>,
}

impl<'a> Arbor<'a> {
    /// Cuts a neuron into sections. Radial distances start at the neuron's [centre](Morphology::centre).
    pub fn new(neuron: &'a Morphology) -> Self {
        Arbor::cut(neuron, |node| neuron.is_soma(node))
    }

    /// The same of all samples, those of the soma being like others: every edge belongs to a section, and a root that
    /// forks is a section of one point.
    pub fn of_all_samples(neuron: &'a Morphology) -> Self {
        Arbor::cut(neuron, |_| false)
    }

    fn cut(neuron: &'a Morphology, is_soma: impl Fn(usize) -> bool) -> Self {
        let edge_length = neuron.edge_lengths();
        let mut sections = cut(neuron, is_soma);
        for section in &mut sections {
            section.length = edge_length[section.edges()].iter().sum();
            section.chord = distance(neuron.position[section.head as usize], neuron.position[section.last()]);
        }
        add_up(&mut sections);
        let is_start = |s: &Section| s.parent == NO_SECTION;
        let starts = (0..sections.len()).filter(|&i| is_start(&sections[i])).chain([sections.len()]);
        let starts = starts.map(|i| i as u32).collect();
        let origin = Some(neuron.centre());
        Arbor { neuron, soma: Soma::of(neuron), edge_length, sections, starts, kept: None, origin }
    }

    /// Leaves only sections of some types.
    #[must_use]
    pub fn only(self, kinds: &Kinds, of: TypeOf) -> Self {
        match of {
            TypeOf::Section => self.retain(|_, s| kinds.contains(s.kind)),
            TypeOf::Neurite => self.retain(|arbor, s| {
                let first = arbor.starts[s.neurite as usize] as usize;
                kinds.contains(arbor.sections[first].kind)
            }),
        }
    }

    /// Leaves out samples that are a tree of their own: MorphIO does not read them.
    #[must_use]
    pub fn without_lone_samples(self) -> Self {
        self.retain(|arbor, s| s.children > 0 || s.n_points() > 1 || arbor.neuron.parent_of(s.last()).is_some())
    }

    /// Leaves those of the chosen sections of which something holds.
    fn retain(mut self, holds: impl Fn(&Self, &Section) -> bool) -> Self {
        self.kept =
            Some((0..self.sections.len()).map(|i| self.is_kept(i) && holds(&self, &self.sections[i])).collect());
        self
    }

    /// Measures radial distances from here; from the first sample of each neurite where it is `None`.
    #[must_use]
    pub fn from_origin(mut self, origin: Option<[f64; 3]>) -> Self {
        self.origin = origin;
        self
    }

    /// All sections, depth first, whatever was chosen.
    pub fn all(&self) -> &[Section] {
        &self.sections
    }

    /// The chosen sections, depth first.
    pub fn sections(&self) -> impl Iterator<Item = &Section> {
        self.numbered().map(|(_, s)| s)
    }

    /// The chosen sections with their places in [`all`](Self::all).
    pub fn numbered(&self) -> impl Iterator<Item = (usize, &Section)> {
        self.sections.iter().enumerate().filter(|&(i, _)| self.is_kept(i))
    }

    /// The neurites whose first section is chosen, as ranges of [`all`](Self::all).
    pub fn neurites(&self) -> impl Iterator<Item = Range<usize>> {
        self.starts.windows(2).map(|w| w[0] as usize..w[1] as usize).filter(|range| self.is_kept(range.start))
    }

    /// The chosen sections among some.
    pub fn within(&self, range: Range<usize>) -> impl Iterator<Item = &Section> {
        let first = range.start;
        self.sections[range].iter().enumerate().filter(move |&(i, _)| self.is_kept(first + i)).map(|(_, s)| s)
    }

    /// The sections that continue a section, in order.
    pub fn children(&self, section: usize) -> impl Iterator<Item = usize> {
        let end = self.sections[section].subtree_end as usize;
        let next = move |&child: &usize| Some(self.sections[child].subtree_end as usize).filter(|&n| n < end);
        std::iter::successors(Some(section + 1).filter(|&first| first < end), next)
    }

    /// The chosen sections that end in a fork into exactly two, with the two.
    pub fn bifurcations(&self) -> impl Iterator<Item = Fork<'_>> {
        self.numbered().filter(|(_, s)| s.children == 2).map(|(i, section)| {
            let first = &self.sections[i + 1];
            let second = &self.sections[first.subtree_end as usize];
            let sizes = [first.subtree_end - (i as u32 + 1), second.subtree_end - first.subtree_end];
            Fork { section, daughters: [first, second], sizes }
        })
    }

    /// Where radial distances of a section start.
    pub fn origin(&self, section: &Section) -> [f64; 3] {
        self.origin.unwrap_or_else(|| {
            let start = self.starts[section.neurite as usize] as usize;
            self.neuron.position[self.sections[start].head as usize]
        })
    }

    /// Whether a section was chosen.
    pub fn is_kept(&self, section: usize) -> bool {
        self.kept.as_ref().is_none_or(|kept| kept[section])
    }
}

/// A fork into two.
#[derive(Clone, Copy, Debug)]
pub struct Fork<'a> {
    /// The section that ends here.
    pub section: &'a Section,
    /// The two that begin here.
    pub daughters: [&'a Section; 2],
    /// Numbers of sections in their subtrees, themselves included.
    pub sizes: [u32; 2],
}

/// The forward pass: which samples belong together, and which section continues which.
fn cut(neuron: &Morphology, is_soma: impl Fn(usize) -> bool) -> Vec<Section> {
    let children = neuron.child_counts();
    let mut section_of = vec![NO_SECTION; neuron.len()];
    let mut sections: Vec<Section> = Vec::new();
    let mut neurites = 0;
    for node in 0..neuron.len() {
        if is_soma(node) {
            continue;
        }
        // The section of the parent; none where the neurite begins here.
        let parent = neuron.parent_of(node).map_or(NO_SECTION, |p| section_of[p]);
        // An only child stands right behind its parent.
        if parent != NO_SECTION && children[neuron.parent[node] as usize] == 1 {
            sections[parent as usize].end = node as u32 + 1;
            section_of[node] = parent;
            continue;
        }
        section_of[node] = sections.len() as u32;
        let (head, order) = match parent {
            NO_SECTION => {
                neurites += 1;
                (node as u32, 0)
            }
            above => {
                let above = &mut sections[above as usize];
                above.children += 1;
                (neuron.parent[node], above.order + 1)
            }
        };
        sections.push(Section {
            head,
            begin: node as u32,
            end: node as u32 + 1,
            parent,
            neurite: neurites - 1,
            subtree_end: sections.len() as u32 + 1,
            kind: neuron.kind[node],
            children: 0,
            order,
            strahler: 1,
            tips: 0,
            length: 0.0,
            chord: 0.0,
            path: 0.0,
            subtree_length: 0.0,
        });
    }
    sections
}

/// Paths from the soma outwards, then sums and orders from the tips inwards.
fn add_up(sections: &mut [Section]) {
    for i in 0..sections.len() {
        if sections[i].parent != NO_SECTION {
            let above = &sections[sections[i].parent as usize];
            sections[i].path = above.path + above.length;
        }
    }
    // Among the children seen so far: the largest Strahler order, and whether two share it.
    let mut largest = vec![(0u32, false); sections.len()];
    for i in (0..sections.len()).rev() {
        let section = &mut sections[i];
        section.subtree_length += section.length;
        if section.children == 0 {
            section.tips = 1;
        } else {
            section.strahler = largest[i].0 + u32::from(largest[i].1);
        }
        let Section { parent, strahler, tips, subtree_length, subtree_end, .. } = *section;
        if parent != NO_SECTION {
            let seen = &mut largest[parent as usize];
            *seen = match strahler.cmp(&seen.0) {
                std::cmp::Ordering::Less => *seen,
                std::cmp::Ordering::Equal => (strahler, true),
                std::cmp::Ordering::Greater => (strahler, false),
            };
            let above = &mut sections[parent as usize];
            above.tips += tips;
            above.subtree_length += subtree_length;
            above.subtree_end = above.subtree_end.max(subtree_end);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::{NO_PARENT, Sample, kind, parse_swc};

    #[test]
    fn sections_orders_and_sums_of_a_neuron_counted_by_hand() {
        // Soma; a stem of 3 forks into 4 (a tip) and 5, which forks into 1 and 2. An axon of one sample.
        let text = b"1 1 0 0 0 5 -1\n2 3 6 0 0 1 1\n3 3 9 0 0 1 2\n4 3 9 4 0 1 3\n5 3 14 0 0 1 3\n6 4 15 0 0 1 5\n\
            7 4 14 -2 0 1 5\n8 2 -6 0 0 1 1\n";
        let neuron = parse_swc("t", text).unwrap().morphology;
        let arbor = Arbor::new(&neuron);
        let of = |f: fn(&Section) -> f64| arbor.sections().map(f).collect::<Vec<_>>();
        assert_eq!(of(|s| s.length), [3.0, 4.0, 5.0, 1.0, 2.0, 0.0]);
        assert_eq!(of(|s| s.path), [0.0, 3.0, 3.0, 8.0, 8.0, 0.0]);
        assert_eq!(of(|s| f64::from(s.order)), [0.0, 1.0, 1.0, 2.0, 2.0, 0.0]);
        assert_eq!(of(|s| f64::from(s.strahler)), [2.0, 1.0, 2.0, 1.0, 1.0, 1.0]);
        assert_eq!(of(|s| f64::from(s.tips)), [3.0, 1.0, 2.0, 1.0, 1.0, 1.0]);
        assert_eq!(of(|s| s.subtree_length), [15.0, 4.0, 8.0, 1.0, 2.0, 0.0]);
        assert_eq!(of(|s| f64::from(s.subtree_end)), [5.0, 2.0, 5.0, 4.0, 5.0, 6.0]);
        assert_eq!(arbor.neurites().collect::<Vec<_>>(), [0..5, 5..6]);
        assert_eq!(arbor.children(0).collect::<Vec<_>>(), [1, 2]);
        let pairs = arbor.bifurcations().map(|f| f.daughters.map(|d| d.length)).collect::<Vec<_>>();
        assert_eq!(pairs, [[4.0, 5.0], [1.0, 2.0]]);
        // The apical end of the basal dendrite: by section it is chosen, by neurite it is basal.
        let apical = Kinds::one(kind::APICAL);
        assert_eq!(arbor.clone().only(&apical, TypeOf::Section).sections().count(), 2);
        assert_eq!(arbor.only(&apical, TypeOf::Neurite).sections().count(), 0);
    }

    #[test]
    fn a_fork_at_the_first_sample_makes_a_section_of_one_point() {
        let neuron =
            parse_swc("t", b"1 1 0 0 0 5 -1\n2 3 6 0 0 1 1\n3 3 9 0 0 1 2\n4 3 6 4 0 1 2\n").unwrap().morphology;
        let arbor = Arbor::new(&neuron);
        let lengths: Vec<f64> = arbor.sections().map(|s| s.length).collect();
        assert_eq!(lengths, [0.0, 3.0, 4.0]);
        assert_eq!(arbor.all()[0].n_points(), 1);
    }

    #[test]
    fn a_soma_inside_a_neurite_parts_it() {
        // A neurite with a second soma in its course and beside it: each end is found, no edge of a soma is counted.
        let text = b"1 3 0 0 0 1 -1\n2 3 1 0 0 1 1\n3 1 5 0 0 3 2\n4 3 9 0 0 1 3\n5 3 10 0 0 1 4\n6 3 1 3 0 1 2\n";
        let neuron = parse_swc("t", text).unwrap().morphology;
        let arbor = Arbor::new(&neuron);
        let total: f64 = arbor.sections().map(|s| s.length).sum();
        assert_eq!(total, neuron.total_length());
        assert_eq!(arbor.neurites().count(), 2);
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_and_a_comb_as_long() {
        let n = 100_000u32;
        let at = |i: u32| Sample { id: i64::from(i), kind: 3, position: [f64::from(i), 0.0, 0.0], radius: 1.0 };
        let samples: Vec<_> = (0..n).map(at).collect();
        let chain: Vec<u32> = (0..n).map(|i| i.checked_sub(1).unwrap_or(NO_PARENT)).collect();
        let chain = Morphology::from_unordered("chain", &samples, &chain);
        let arbor = Arbor::new(&chain);
        assert_eq!((arbor.all().len(), arbor.all()[0].length), (1, 99_999.0));
        let comb: Vec<u32> =
            (0..n).map(|i| if i < 2 { i.checked_sub(1).unwrap_or(NO_PARENT) } else { i - 2 + i % 2 }).collect();
        let comb = Morphology::from_unordered("comb", &samples, &comb);
        let arbor = Arbor::new(&comb);
        assert_eq!(arbor.sections().map(|s| s.order).max(), Some(49_999));
        assert_eq!(arbor.all()[0].strahler, 2);
    }
}
