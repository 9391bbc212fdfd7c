//! The condensed tree: which clusters there are as the density threshold rises, and where rows drop out of them.
//!
//! Densities are `lambda`, one over the distance. A split into two parts of which one is too small is no split: the
//! cluster lives on and loses rows. Campello, Moulavi & Sander 2013; McInnes & Healy 2017.

use super::mst::Edge;

/// A cluster of some range of densities. Cluster 0 is all rows; parents come before their children.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) parent: usize,
    pub(super) children: Vec<usize>,
    /// Density at which it comes to be.
    pub(super) birth: f64,
    /// Density of the last event in it: a row that drops out, or its split.
    pub(super) death: f64,
    /// Rows at its birth.
    pub(super) size: usize,
    /// Sum over its rows of the range of densities through which they stay in it.
    pub(super) stability: f64,
}

/// All clusters, and of each row the cluster that it drops out of and the density at which it does.
#[derive(Clone, Debug)]
pub(super) struct Condensed {
    pub(super) nodes: Vec<Node>,
    pub(super) cluster: Vec<usize>,
    pub(super) lambda: Vec<f64>,
}

/// A merge of the single linkage tree; numbers below `n` are rows, `n + i` is what merge `i` makes.
struct Merge {
    left: usize,
    right: usize,
    distance: f64,
    size: usize,
}

/// The single linkage tree of a spanning tree whose edges are sorted.
fn merges(n: usize, edges: &[Edge]) -> Vec<Merge> {
    // Who a row or a merge has last been merged into.
    let mut above: Vec<usize> = (0..2 * n - 1).collect();
    let mut merges: Vec<Merge> = Vec::with_capacity(edges.len());
    for edge in edges {
        let [left, right] = [edge.a, edge.b].map(|row| root(&mut above, row));
        let size = |node: usize| if node < n { 1 } else { merges[node - n].size };
        let (made, size) = (n + merges.len(), size(left) + size(right));
        (above[left], above[right]) = (made, made);
        merges.push(Merge { left, right, distance: edge.distance, size });
    }
    merges
}

fn root(above: &mut [usize], mut node: usize) -> usize {
    while above[node] != node {
        above[node] = above[above[node]];
        node = above[node];
    }
    node
}

impl Condensed {
    /// The condensed tree of a spanning tree; splits into parts of fewer than `min_size` rows do not count.
    pub(super) fn new(n: usize, edges: &[Edge], min_size: usize) -> Self {
        let merges = merges(n, edges);
        let root = Node { parent: 0, children: Vec::new(), birth: 0.0, death: 0.0, size: n, stability: 0.0 };
        let mut tree = Condensed { nodes: vec![root], cluster: vec![0; n], lambda: vec![0.0; n] };
        let size = |node: usize| if node < n { 1 } else { merges[node - n].size };
        let mut open = vec![(2 * n - 2, 0)];
        while let Some((node, cluster)) = open.pop() {
            let merge = &merges[node - n];
            let lambda = 1.0 / merge.distance;
            let parts = [merge.left, merge.right];
            let splits = parts.iter().all(|&part| size(part) >= min_size);
            for part in parts {
                if splits {
                    let child = tree.split(cluster, lambda, size(part));
                    open.extend((part >= n).then_some((part, child)));
                } else if size(part) >= min_size && part >= n {
                    open.push((part, cluster));
                } else {
                    tree.drop_out(&merges, part, cluster, lambda);
                }
            }
        }
        tree
    }

    fn split(&mut self, parent: usize, lambda: f64, size: usize) -> usize {
        let child = self.nodes.len();
        self.leave(parent, lambda, size);
        self.nodes[parent].children.push(child);
        self.nodes.push(Node { parent, children: Vec::new(), birth: lambda, death: lambda, size, stability: 0.0 });
        child
    }

    /// All rows below a node of the single linkage tree drop out of a cluster.
    fn drop_out(&mut self, merges: &[Merge], node: usize, cluster: usize, lambda: f64) {
        let n = self.cluster.len();
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            if node < n {
                (self.cluster[node], self.lambda[node]) = (cluster, lambda);
                self.leave(cluster, lambda, 1);
            } else {
                open.extend([merges[node - n].left, merges[node - n].right]);
            }
        }
    }

    fn leave(&mut self, cluster: usize, lambda: f64, rows: usize) {
        let node = &mut self.nodes[cluster];
        node.death = node.death.max(lambda);
        // Coincident rows are born and leave at infinite density, which adds nothing.
        if lambda > node.birth {
            node.stability += (lambda - node.birth) * rows as f64;
        }
    }

    /// How far each row lies outside its cluster, 0 to 1 (GLOSH: Campello et al. 2015): the share of the largest density
    /// in or below the cluster that the row lacks when it drops out.
    pub(super) fn outlier_scores(&self) -> Vec<f64> {
        let mut deepest: Vec<f64> = self.nodes.iter().map(|node| node.death).collect();
        for at in (1..self.nodes.len()).rev() {
            let parent = self.nodes[at].parent;
            deepest[parent] = deepest[parent].max(deepest[at]);
        }
        let score = |(&cluster, &lambda): (&usize, &f64)| {
            let deepest = deepest[cluster];
            match (deepest.is_finite(), lambda.is_finite()) {
                _ if deepest == 0.0 => 0.0,
                (true, _) => (deepest - lambda) / deepest,
                // Beside coincident rows, all others lack infinitely much.
                (false, true) => 1.0,
                (false, false) => 0.0,
            }
        };
        self.cluster.iter().zip(&self.lambda).map(score).collect()
    }
}
