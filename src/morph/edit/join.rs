//! Joining the pieces of a neuron into one tree.
//!
//! Tracings often leave pieces of axon unconnected. Joining grows the soma's tree by Prim's algorithm over pieces: the
//! piece with the smallest gap to the tree comes next, linked between the two nearest samples, whatever they are. The
//! result is the shortest set of links that connects everything, there is never a ring, and each piece is turned round
//! so that it starts where it was linked. (GraphDINO's published cleaning links from leaves only, lets both partners
//! link so that rings appear, and does not end where two pieces are single samples.)
//!
//! Every piece has a k-d tree and a bounding box. A piece that joins can only shorten the gap of pieces whose box is
//! nearer than what they have, which skips nearly all pairs; of a pair, the smaller piece queries the larger one's tree.
//! That leaves a box comparison for each pair of pieces: time grows with the square of their number, not the samples'.

use kiddo::{ImmutableKdTree, SquaredEuclidean};

use crate::error::{Error, Result};
use crate::interrupt;
use crate::morph::Morphology;
use crate::morph::formats::turn_round;
use crate::morph::geometry::{bounds, squared_distance};

/// How pieces are joined.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct JoinOptions {
    /// Largest gap that is bridged, in the unit of the positions; without it all pieces are joined. Pieces behind a
    /// larger gap stay as they are.
    pub max_gap: Option<f64>,
}

impl JoinOptions {
    /// The largest gap, squared; infinite without one.
    pub(crate) fn limit(&self) -> Result<f64> {
        match self.max_gap {
            None => Ok(f64::INFINITY),
            Some(gap) if gap >= 0.0 => Ok(gap * gap),
            Some(gap) => Err(Error::value(format!("`max_gap` is {gap}, expected a distance of 0 or more"))),
        }
    }
}

/// A link that joining added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Join {
    /// The sample of the growing tree, by its id: the parent.
    pub from: i64,
    /// The sample of the piece that was joined, by its id: the child, and now the piece's first sample.
    pub to: i64,
    /// The gap between them.
    pub distance: f64,
}

impl Morphology {
    /// The neuron with its pieces joined into one tree, and the links added, in the order they were added; samples,
    /// ids and all other edges stay. The tree of the soma, or else the first tree, is the one that grows.
    ///
    /// Of gaps of equal size the piece that comes first in the neuron is joined first.
    ///
    /// # Errors
    /// When `max_gap` is negative or not a number, or on a requested stop.
    pub fn joined(&self, options: &JoinOptions) -> Result<(Morphology, Vec<Join>)> {
        let limit = options.limit()?;
        let links = shortest_links(&pieces(self)?, limit)?;
        if links.is_empty() {
            return Ok((self.clone(), Vec::new()));
        }
        let mut parent = self.parent.clone();
        let mut joins = Vec::with_capacity(links.len());
        for link in links {
            turn_round(&mut parent, link.to);
            parent[link.to as usize] = link.from;
            let (from, to) = (link.from as usize, link.to as usize);
            joins.push(Join { from: self.id[from], to: self.id[to], distance: link.squared.sqrt() });
        }
        Ok((Morphology::from_unordered(&self.name, &self.samples(), &parent), joins))
    }
}

/// One tree of the forest.
struct Piece<'a> {
    /// Index of its first sample; samples of a piece stand together.
    start: u32,
    positions: &'a [[f64; 3]],
    low: [f64; 3],
    high: [f64; 3],
    tree: ImmutableKdTree<f64, 3>,
}

fn pieces(neuron: &Morphology) -> Result<Vec<Piece<'_>>> {
    let starts: Vec<usize> = neuron.roots().collect();
    if starts.len() == 1 {
        return Ok(Vec::new());
    }
    let ends = starts.iter().skip(1).copied().chain([neuron.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| {
            let positions = &neuron.position[start..end];
            let (low, high) = bounds(positions);
            let tree = ImmutableKdTree::new_from_slice(positions)
                .map_err(|e| Error::internal(format!("the k-d tree of `{}` failed: {e}", neuron.name)))?;
            Ok(Piece { start: start as u32, positions, low, high, tree })
        })
        .collect()
}

/// A possible link: sample indices in the tree and in the piece, and the squared distance between them.
#[derive(Clone, Copy)]
struct Link {
    from: u32,
    to: u32,
    squared: f64,
}

/// Prim's algorithm over pieces, from the first one; links longer than the limit are not made.
fn shortest_links(pieces: &[Piece<'_>], limit: f64) -> Result<Vec<Link>> {
    let mut links = Vec::new();
    let mut outside: Vec<usize> = (1..pieces.len()).collect();
    let mut nearest: Vec<Option<Link>> = vec![None; pieces.len()];
    let mut newest = 0;
    while !outside.is_empty() {
        interrupt::check()?;
        for &piece in &outside {
            // Just above the limit, so that a gap of exactly the limit is found.
            let bound = nearest[piece].map_or(limit.next_up(), |link| link.squared);
            if let Some(link) = nearest_pair(&pieces[newest], &pieces[piece], bound) {
                nearest[piece] = Some(link);
            }
        }
        let gap = |at: usize| nearest[at].map_or(f64::INFINITY, |link| link.squared);
        let next = (0..outside.len()).min_by(|&a, &b| gap(outside[a]).total_cmp(&gap(outside[b])));
        let Some((at, link)) = next.and_then(|at| Some((at, nearest[outside[at]]?))) else {
            break;
        };
        links.push(link);
        // Keeps the order, which decides between equal gaps.
        newest = outside.remove(at);
    }
    Ok(links)
}

/// The nearest samples of two pieces, where they are nearer than `bound` (squared).
fn nearest_pair(inside: &Piece<'_>, outside: &Piece<'_>, bound: f64) -> Option<Link> {
    if outside.box_distance(inside.low, inside.high) >= bound {
        return None;
    }
    let inside_asks = inside.positions.len() <= outside.positions.len();
    let (asking, asked) = if inside_asks { (inside, outside) } else { (outside, inside) };
    let mut best: Option<Link> = None;
    for (at, &position) in asking.positions.iter().enumerate() {
        let limit = best.map_or(bound, |link| link.squared);
        if asked.box_distance(position, position) >= limit {
            continue;
        }
        let hit = asked.tree.query(&position).nearest_one::<SquaredEuclidean<f64>>().execute().item;
        let squared = squared_distance(position, asked.positions[hit as usize]);
        if squared < limit {
            let (here, there) = (asking.start + at as u32, asked.start + hit);
            let (from, to) = if inside_asks { (here, there) } else { (there, here) };
            best = Some(Link { from, to, squared });
        }
    }
    best
}

impl Piece<'_> {
    /// Squared distance between this piece's box and another one; 0 where they touch.
    fn box_distance(&self, low: [f64; 3], high: [f64; 3]) -> f64 {
        (0..3).map(|axis| (low[axis] - self.high[axis]).max(self.low[axis] - high[axis]).max(0.0).powi(2)).sum()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::{NO_PARENT, parse_swc, testing::forest};
    use crate::run::seed;

    fn read(text: &str) -> Morphology {
        parse_swc("cell", text.as_bytes()).unwrap().morphology
    }

    /// Length of the shortest set of links between pieces, from all pairs of samples (Kruskal's algorithm).
    fn shortest_by_all_pairs(neuron: &Morphology) -> f64 {
        let mut group: Vec<usize> = (0..neuron.len()).collect();
        for i in 0..neuron.len() {
            group[i] = neuron.parent_of(i).map_or(i, |p| group[p]);
        }
        let mut pairs = Vec::new();
        for a in 0..neuron.len() {
            for b in 0..a {
                if group[a] != group[b] {
                    pairs.push((squared_distance(neuron.position[a], neuron.position[b]).sqrt(), a, b));
                }
            }
        }
        pairs.sort_by(|x, y| x.0.total_cmp(&y.0));
        let mut total = 0.0;
        for (gap, a, b) in pairs {
            let (from, to) = (group[a], group[b]);
            if from != to {
                total += gap;
                group.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
            }
        }
        total
    }

    #[test]
    fn a_random_forest_becomes_one_tree_by_the_shortest_links() {
        for case in 0..20 {
            let neuron = forest(&mut seed::stream(3, "forest", case), 300, 12);
            let (joined, joins) = neuron.joined(&JoinOptions::default()).unwrap();
            assert_eq!(joined.n_roots(), 1);
            assert_eq!(joins.len(), neuron.n_roots() - 1);
            let sorted = |m: &Morphology| {
                let mut samples = m.samples();
                samples.sort_by_key(|s| s.id);
                samples
            };
            assert_eq!(sorted(&joined), sorted(&neuron));
            // Every old edge is still there, and the new ones are as long as the shortest links.
            let shortest = shortest_by_all_pairs(&neuron);
            let linked: f64 = joins.iter().map(|j| j.distance).sum();
            assert!((linked - shortest).abs() <= 1e-9 * shortest, "{linked} {shortest}");
            let grown = joined.length_all_edges() - neuron.length_all_edges();
            assert!((grown - shortest).abs() <= 1e-9 * joined.length_all_edges(), "{grown} {shortest}");
        }
    }

    #[test]
    fn pieces_are_turned_round_and_single_samples_join() {
        // The axon piece 4-3-2 is rooted at its far end; 5 and 6 are single samples.
        let neuron =
            read("1 1 0 0 0 4 -1\n2 2 30 0 0 1 -1\n3 2 20 0 0 1 2\n4 2 10 0 0 1 3\n5 2 31 0 0 1 -1\n6 2 32 0 0 1 -1\n");
        let (joined, joins) = neuron.joined(&JoinOptions::default()).unwrap();
        assert_eq!(joined.id, [1, 4, 3, 2, 5, 6]);
        assert_eq!(joined.parent, [NO_PARENT, 0, 1, 2, 3, 4]);
        assert_eq!(joins[0], Join { from: 1, to: 4, distance: 10.0 });
        assert_eq!(joins[2], Join { from: 5, to: 6, distance: 1.0 });
    }

    #[test]
    fn a_gap_above_the_limit_stays_and_one_at_the_limit_is_bridged() {
        let neuron = read("1 1 0 0 0 4 -1\n2 2 3 4 0 1 -1\n3 2 3 10 0 1 -1\n");
        let roots = |gap| neuron.joined(&JoinOptions { max_gap: Some(gap) }).unwrap().0.n_roots();
        assert_eq!((roots(4.9), roots(5.0), roots(6.0)), (3, 2, 1));
        assert!(neuron.joined(&JoinOptions { max_gap: Some(-1.0) }).is_err());
        assert!(neuron.joined(&JoinOptions { max_gap: Some(f64::NAN) }).is_err());
    }

    #[test]
    fn many_samples_at_one_point_join_too() {
        let text: String = (1..200).map(|i| format!("{i} 2 5 5 5 1 -1\n")).collect();
        let (joined, joins) = read(&text).joined(&JoinOptions::default()).unwrap();
        assert_eq!((joined.n_roots(), joins.len()), (1, 198));
        assert!(joins.iter().all(|j| j.distance == 0.0));
    }
}
