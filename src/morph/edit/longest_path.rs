//! The longest path of a neuron.

use crate::error::Result;
use crate::morph::Morphology;
use crate::morph::formats::turn_round;

/// Which path is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LongestPathOptions {
    /// From a root to a tip; otherwise between any two tips or roots.
    pub from_root: bool,
}

impl Default for LongestPathOptions {
    fn default() -> Self {
        LongestPathOptions { from_root: true }
    }
}

impl Morphology {
    /// The longest path along all edges, as one chain of unchanged samples; of paths of equal length the first. Of a
    /// forest the longest in any of its trees. A path between two tips starts at the one that comes first.
    ///
    /// # Errors
    /// Never on a neuron that has samples.
    pub fn longest_path(&self, options: &LongestPathOptions) -> Result<Morphology> {
        let edge_lengths = self.edge_lengths();
        // The longest way down from each sample, and the second longest through another child, with their first steps.
        let mut best: Vec<[(f64, Option<usize>); 2]> = vec![[(0.0, None); 2]; self.len()];
        for i in (0..self.len()).rev() {
            let Some(p) = self.parent_of(i) else { continue };
            let down = (best[i][0].0 + edge_lengths[i], Some(i));
            // Later siblings come first here: an equal one replaces them.
            if down.0 >= best[p][0].0 {
                best[p] = [down, best[p][0]];
            } else if down.0 >= best[p][1].0 {
                best[p][1] = down;
            }
        }
        let length = |i: usize| best[i][0].0 + if options.from_root { 0.0 } else { best[i][1].0 };
        let candidates = (0..self.len()).filter(|&i| !options.from_root || self.parent_of(i).is_none());
        let top = candidates.reduce(|a, b| if length(b) > length(a) { b } else { a }).unwrap_or(0);
        let mut keep = vec![false; self.len()];
        let mut mark = |mut step: Option<usize>| {
            let mut end = top;
            while let Some(at) = step {
                keep[at] = true;
                end = at;
                step = best[at][0].1;
            }
            end
        };
        let mut ends = [mark(best[top][0].1), top];
        if !options.from_root {
            ends[1] = mark(best[top][1].1);
        }
        keep[top] = true;
        let chain = self.retained(&keep, "taking the longest path")?;
        let first = self.id[ends[0].min(ends[1])];
        let start = chain.index_of(first)?;
        if chain.parent_of(start).is_none() {
            return Ok(chain);
        }
        let mut parent = chain.parent.clone();
        turn_round(&mut parent, start as u32);
        Ok(Morphology::from_unordered(&chain.name, &chain.samples(), &parent))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::parse_swc;

    /// A root with arms of 3, 10 (5 and 5) and 7, and a piece of 9 apart.
    const STAR: &[u8] =
        b"1 3 0 0 0 1 -1\n2 3 3 0 0 1 1\n3 3 0 5 0 1 1\n4 3 0 10 0 1 3\n5 3 0 0 7 1 1\n6 2 90 0 0 1 -1\n\
        7 2 99 0 0 1 6\n";

    #[test]
    fn from_the_root_or_between_any_two_ends() {
        let m = parse_swc("star", STAR).unwrap().morphology;
        let path = m.longest_path(&LongestPathOptions::default()).unwrap();
        assert_eq!(path.id, [1, 3, 4]);
        let path = m.longest_path(&LongestPathOptions { from_root: false }).unwrap();
        assert_eq!((path.id.as_slice(), path.length_all_edges()), (&[4, 3, 1, 5][..], 17.0));
        assert_eq!((path.n_roots(), path.n_leaves()), (1, 1));
        let one = parse_swc("one", b"1 1 0 0 0 1 -1\n").unwrap().morphology;
        assert_eq!(one.longest_path(&LongestPathOptions { from_root: false }).unwrap(), one);
    }
}
