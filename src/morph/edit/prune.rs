//! Pruning: removing what a rule names. (Cropping keeps what it names: [`super::crop`].)

use std::fmt;

use super::crop::Bounds;
use super::draft::Draft;
use super::remove::Removal;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::morph::{Kinds, Morphology, NO_PARENT};

/// What is pruned: one rule a call, for their order matters.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PruneOptions {
    /// Samples of these types; what hung on them is re-attached, as [`Morphology::without`] does.
    #[serde(rename = "type")]
    pub kind: Option<Kinds>,
    /// Terminal twigs, from fork or soma to tip, that are shorter than this. A piece without a fork is no twig and stays.
    pub length: Option<f64>,
    /// With `length`: takes exactly this length off every tip instead, and all that is shorter. With `path_distance`:
    /// cuts the cable exactly there.
    pub exact: bool,
    /// With `length`: goes on until no twig is shorter; forks that lose a twig may leave a longer one behind.
    pub recursive: bool,
    /// Branches of a higher order than this: the number of forks passed on the way from the soma or root, which do not
    /// count themselves. 0 leaves the stems.
    pub order: Option<usize>,
    /// Branches of this Strahler order or a lower one; 1 takes the terminal branches.
    pub strahler: Option<u32>,
    /// Samples inside this box, as `[[x, y, z], [x, y, z]]` of two opposite corners.
    #[serde(rename = "box")]
    pub inside: Option<Bounds>,
    /// Samples farther from the centre than this, in a straight line.
    pub distance: Option<f64>,
    /// Samples farther from the root of their tree than this, along the path.
    pub path_distance: Option<f64>,
}

/// The one rule that was asked for.
enum Rule<'a> {
    Kind(&'a Kinds),
    Length(f64),
    Order(usize),
    Strahler(u32),
    Inside(Bounds),
    Distance(f64),
    PathDistance(f64),
}

impl Morphology {
    /// The neuron without what the rule names, and how much that was. Samples that stay are unchanged; an exact cut adds
    /// a sample with a new id, the type of the branch and an interpolated radius. Somata stay, but for `type`, `box`,
    /// `distance` and `path_distance`, which spare nothing. What a box or distance leaves beyond itself stays as pieces
    /// of their own, counted as new roots.
    ///
    /// # Errors
    /// When not exactly one rule is given, its number makes no sense, or nothing would be left; on a requested stop.
    pub fn pruned(&self, options: &PruneOptions) -> Result<(Morphology, Removal)> {
        let pruned = match options.rule()? {
            Rule::Kind(kinds) => return self.without(kinds),
            Rule::Length(length) if options.exact => {
                let height = self.heights();
                // From above, the height falls along an edge by its length; the cut is where it passes `length`.
                self.cut(
                    |i| height[i] > length || self.is_soma(i),
                    |edge, _, child| (edge + height[child] - length) / edge,
                )
            }
            Rule::Length(length) => self.without_twigs(length, options.recursive),
            Rule::Order(order) => {
                let orders = self.orders();
                self.retained(&keeping(self, |i| orders[i] <= order), "pruning")
            }
            Rule::Strahler(order) => {
                let orders = self.strahler_orders();
                self.retained(&keeping(self, |i| orders[i] > order || self.is_soma(i)), "pruning")
            }
            Rule::Inside(bounds) => self.retained(&keeping(self, |i| !bounds.contains(self.position[i])), "pruning"),
            Rule::Distance(limit) => {
                let distance = self.distances();
                self.retained(&keeping(self, |i| distance[i] <= limit), "pruning")
            }
            Rule::PathDistance(limit) => {
                let path = self.path_lengths();
                match options.exact {
                    true => self.cut(|i| path[i] <= limit, |edge, parent, _| (limit - path[parent]) / edge),
                    false => self.retained(&keeping(self, |i| path[i] <= limit), "pruning"),
                }
            }
        }?;
        let removal = Removal::between(self, &pruned);
        Ok((pruned, removal))
    }

    /// Without terminal twigs shorter than a length.
    fn without_twigs(&self, length: f64, recursive: bool) -> Result<Morphology> {
        let mut neuron = self.clone();
        loop {
            interrupt::check()?;
            let keep = neuron.beside_short_twigs(length);
            if keep.iter().all(|&k| k) {
                return Ok(neuron);
            }
            neuron = neuron.retained(&keep, "pruning")?;
            if !recursive {
                return Ok(neuron);
            }
        }
    }

    fn beside_short_twigs(&self, length: f64) -> Vec<bool> {
        let (edge_lengths, children) = (self.edge_lengths(), self.child_counts());
        let mut keep = vec![true; self.len()];
        for tip in (0..self.len()).filter(|&i| children[i] == 0 && !self.is_soma(i)) {
            let (mut first, mut twig) = (tip, 0.0);
            let base = loop {
                match self.parent_of(first) {
                    // A piece without a fork.
                    None => break None,
                    Some(p) if self.is_soma(p) => break Some(p),
                    Some(p) => {
                        twig += edge_lengths[first];
                        if children[p] > 1 {
                            break Some(p);
                        }
                        first = p;
                    }
                }
            };
            if base.is_some() && twig < length {
                // A twig's samples stand together, for each has one child.
                keep[first..=tip].fill(false);
            }
        }
        keep
    }

    /// Keeps the samples for which `keep` holds and cuts the cable behind each. `at` says how far along, from 0 to 1, given edge length, parent and child; outside of that
    /// there is no cut.
    fn cut(&self, keep: impl Fn(usize) -> bool, at: impl Fn(f64, usize, usize) -> f64) -> Result<Morphology> {
        let edge_lengths = self.edge_lengths();
        let mut place = vec![NO_PARENT; self.len()];
        let mut draft = Draft::of(self, self.len());
        for i in 0..self.len() {
            let parent = self.parent_of(i);
            let above = parent.map_or(NO_PARENT, |p| place[p]);
            if keep(i) {
                place[i] = draft.keep(i, above);
            } else if let Some(p) = parent.filter(|&p| above != NO_PARENT && !self.is_soma(p) && edge_lengths[i] > 0.0)
            {
                let t = at(edge_lengths[i], p, i);
                if t > 0.0 && t < 1.0 {
                    draft.between(p, i, t, above);
                }
            }
        }
        // A soma below a neurite may have lost what was above it.
        draft.finish_pieces("pruning")
    }

    /// Length of the longest path from each sample down to a tip, without links to somata.
    fn heights(&self) -> Vec<f64> {
        let edge_lengths = self.edge_lengths();
        let mut height = vec![0.0f64; self.len()];
        for i in (0..self.len()).rev() {
            if let Some(p) = self.parent_of(i).filter(|&p| !self.is_soma(p)) {
                height[p] = height[p].max(height[i] + edge_lengths[i]);
            }
        }
        height
    }

    /// Number of forks between each sample and its soma or root.
    fn orders(&self) -> Vec<usize> {
        let children = self.child_counts();
        let mut orders = vec![0; self.len()];
        for i in 0..self.len() {
            if let Some(p) = self.parent_of(i) {
                let passes_fork = children[p] > 1 && !self.is_soma(p) && self.parent_of(p).is_some();
                orders[i] = orders[p] + usize::from(passes_fork);
            }
        }
        orders
    }

    /// Strahler order of each sample: 1 at a tip; that of its highest child, or one more where several children share it.
    fn strahler_orders(&self) -> Vec<u32> {
        let mut highest = vec![(0u32, 0u32); self.len()];
        let mut orders = vec![1; self.len()];
        for i in (0..self.len()).rev() {
            let (order, count) = highest[i];
            if count > 0 {
                orders[i] = order + u32::from(count > 1);
            }
            if let Some(p) = self.parent_of(i) {
                let above = &mut highest[p];
                match orders[i].cmp(&above.0) {
                    std::cmp::Ordering::Greater => *above = (orders[i], 1),
                    std::cmp::Ordering::Equal => above.1 += 1,
                    std::cmp::Ordering::Less => {}
                }
            }
        }
        orders
    }
}

fn keeping(neuron: &Morphology, keep: impl Fn(usize) -> bool) -> Vec<bool> {
    (0..neuron.len()).map(keep).collect()
}

impl PruneOptions {
    fn rule(&self) -> Result<Rule<'_>> {
        let length = |name: &str, value: f64| match value >= 0.0 {
            true => Ok(value),
            false => Err(Error::value(format!("`{name}` is {value}, expected a distance of 0 or more"))),
        };
        let rules = [
            self.kind.as_ref().map(|kinds| Ok(Rule::Kind(kinds))),
            self.length.map(|l| length("length", l).map(Rule::Length)),
            self.order.map(|order| Ok(Rule::Order(order))),
            self.strahler.map(|order| Ok(Rule::Strahler(order))),
            self.inside.map(|bounds| bounds.checked().map(Rule::Inside)),
            self.distance.map(|d| length("distance", d).map(Rule::Distance)),
            self.path_distance.map(|d| length("path_distance", d).map(Rule::PathDistance)),
        ];
        let mut given = rules.into_iter().flatten();
        let (Some(rule), None) = (given.next(), given.next()) else {
            return Err(Error::value("pruning needs one rule").help(
                "one of type, length, order, strahler, box, distance, path_distance; call it again for the next",
            ));
        };
        let rule = rule?;
        let lacks = |what: &str, with: &str| Err(Error::value(format!("`{what}` is given without {with}")));
        match rule {
            Rule::Length(_) if self.exact && self.recursive => {
                Err(Error::value("`exact` and `recursive` exclude each other")
                    .help("`exact` shortens every tip once; `recursive` removes whole twigs again and again"))
            }
            Rule::Length(_) => Ok(rule),
            _ if self.recursive => lacks("recursive", "`length`"),
            Rule::PathDistance(_) => Ok(rule),
            _ if self.exact => lacks("exact", "`length` or `path_distance`"),
            _ => Ok(rule),
        }
    }
}

impl fmt::Display for PruneOptions {
    /// What is removed: `twigs shorter than 10`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rule() {
            Ok(Rule::Kind(kinds)) => write!(f, "{kinds}"),
            Ok(Rule::Length(length)) if self.exact => write!(f, "the last {length} of tips"),
            Ok(Rule::Length(length)) => write!(f, "twigs shorter than {length}"),
            Ok(Rule::Order(order)) => write!(f, "branch orders above {order}"),
            Ok(Rule::Strahler(order)) => write!(f, "Strahler orders up to {order}"),
            Ok(Rule::Inside(_)) => f.write_str("a box"),
            Ok(Rule::Distance(limit)) => write!(f, "distances above {limit}"),
            Ok(Rule::PathDistance(limit)) => write!(f, "path distances above {limit}"),
            Err(_) => f.write_str("nothing"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::parse_swc;

    fn read(text: &str) -> Morphology {
        parse_swc("cell", text.as_bytes()).unwrap().morphology
    }

    /// Soma; a stem of 10 that forks into 8 and 3; the 8 forks again into 2 and 2.
    const TREE: &str = "1 1 0 0 0 4 -1\n2 3 4 0 0 1 1\n3 3 14 0 0 1 2\n4 3 14 8 0 1 3\n5 3 14 8 2 1 4\n6 2 14 8 -2 1 4\n\
        7 3 14 -3 0 1 3\n";

    fn ids(options: PruneOptions) -> Vec<i64> {
        read(TREE).pruned(&options).unwrap().0.id
    }

    fn length(length: f64) -> PruneOptions {
        PruneOptions { length: Some(length), ..PruneOptions::default() }
    }

    #[test]
    fn whole_twigs_go_once_or_until_none_is_short() {
        assert_eq!(ids(length(2.0)), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(ids(length(2.5)), [1, 2, 3, 4, 7]);
        assert_eq!(ids(length(9.0)), [1, 2, 3, 4]);
        // Of the fork only the 8 is left, which makes one twig of 18 with the stem.
        assert_eq!(ids(PruneOptions { recursive: true, ..length(9.0) }), [1, 2, 3, 4]);
        assert_eq!(ids(PruneOptions { recursive: true, ..length(18.5) }), [1]);
        let piece = read("1 3 0 0 0 1 -1\n2 3 1 0 0 1 1\n");
        assert_eq!(piece.pruned(&length(5.0)).unwrap().0, piece);
    }

    #[test]
    fn an_exact_length_comes_off_every_tip() {
        let (m, removal) = read(TREE).pruned(&PruneOptions { exact: true, ..length(1.0) }).unwrap();
        assert_eq!(m.id, [1, 2, 3, 4, 8, 9, 10]);
        assert_eq!(m.position[4..], [[14.0, 8.0, 1.0], [14.0, 8.0, -1.0], [14.0, -2.0, 0.0]]);
        assert_eq!(m.kind[4..], [3, 2, 3]);
        assert_eq!(removal.removed, 3);
        let (m, _) = read(TREE).pruned(&PruneOptions { exact: true, ..length(4.0) }).unwrap();
        assert_eq!((m.id.as_slice(), m.total_length()), (&[1, 2, 3, 8][..], 10.0 + 6.0));
        let (m, _) = read(TREE).pruned(&PruneOptions { exact: true, ..length(100.0) }).unwrap();
        assert_eq!(m.id, [1]);
    }

    #[test]
    fn orders_count_from_the_soma_and_from_the_tips() {
        let order = |n| ids(PruneOptions { order: Some(n), ..PruneOptions::default() });
        assert_eq!((order(0), order(1)), (vec![1, 2, 3], vec![1, 2, 3, 4, 7]));
        let strahler = |n| ids(PruneOptions { strahler: Some(n), ..PruneOptions::default() });
        assert_eq!((strahler(0).len(), strahler(1), strahler(2)), (7, vec![1, 2, 3, 4], vec![1]));
    }

    #[test]
    fn boxes_and_distances_leave_pieces_which_is_said() {
        let bounds = Bounds([[13.0, 1.0, -1.0], [15.0, 9.0, 1.0]]);
        let (m, removal) =
            read(TREE).pruned(&PruneOptions { inside: Some(bounds), ..PruneOptions::default() }).unwrap();
        assert_eq!(m.id, [1, 2, 3, 7, 5, 6]);
        assert_eq!(removal, Removal { removed: 1, reattached: 0, new_roots: 2 });
        let distance = PruneOptions { distance: Some(14.0), ..PruneOptions::default() };
        assert_eq!(ids(distance), [1, 2, 3]);
        let path = PruneOptions { path_distance: Some(16.0), ..PruneOptions::default() };
        assert_eq!(ids(path.clone()), [1, 2, 3]);
        let (m, _) = read(TREE).pruned(&PruneOptions { exact: true, ..path }).unwrap();
        assert_eq!(m.position[3..], [[14.0, 2.0, 0.0], [14.0, -2.0, 0.0]]);
    }

    #[test]
    fn one_sensible_rule_is_needed() {
        let refused = |options: PruneOptions| read(TREE).pruned(&options).is_err();
        assert!(refused(PruneOptions::default()));
        assert!(refused(PruneOptions { order: Some(1), ..length(1.0) }));
        assert!(refused(length(-1.0)) && refused(length(f64::NAN)));
        assert!(refused(PruneOptions { exact: true, order: Some(1), ..PruneOptions::default() }));
        let everything = Bounds([[-99.0; 3], [99.0; 3]]);
        assert!(refused(PruneOptions { inside: Some(everything), ..PruneOptions::default() }));
    }
}
