//! What a node's place in the tree says: orders and lengths, each in one pass over the nodes.

use crate::augment::View;
use crate::morph::NO_PARENT;

/// Length of the edge from each node to its parent; 0 at a root.
pub fn edge_lengths(view: &View) -> Vec<f64> {
    (0..view.len())
        .map(|node| match view.parent[node] {
            NO_PARENT => 0.0,
            above => distance(view.position[node], view.position[above as usize]),
        })
        .collect()
}

/// The share of a view's length that belongs to each node: half of each of its edges. They sum to 1, and hardly change
/// when nodes are taken out along unbranched stretches. All nodes weigh the same in a view without length.
pub fn cable(view: &View) -> Vec<f32> {
    let edge = edge_lengths(view);
    let total: f64 = edge.iter().sum();
    if total <= 0.0 {
        return vec![1.0 / view.len() as f32; view.len()];
    }
    let mut cable = edge.clone();
    for (node, &above) in view.parent.iter().enumerate().filter(|(_, above)| **above != NO_PARENT) {
        cable[above as usize] += edge[node];
    }
    cable.iter().map(|length| (length / (2.0 * total)) as f32).collect()
}

/// Straight distance between two points.
pub fn distance(a: [f32; 3], b: [f32; 3]) -> f64 {
    (0..3).map(|k| (f64::from(a[k]) - f64::from(b[k])).powi(2)).sum::<f64>().sqrt()
}

/// Sums of edge lengths from the root down to each node.
pub fn path_lengths(parent: &[u32], edge: &[f64]) -> Vec<f64> {
    let mut path = vec![0.0; parent.len()];
    for node in 0..parent.len() {
        if parent[node] != NO_PARENT {
            path[node] = path[parent[node] as usize] + edge[node];
        }
    }
    path
}

/// Sums of edge lengths beyond each node.
pub fn subtree_lengths(parent: &[u32], edge: &[f64]) -> Vec<f64> {
    let mut beyond = vec![0.0; parent.len()];
    for node in (0..parent.len()).rev() {
        if parent[node] != NO_PARENT {
            beyond[parent[node] as usize] += beyond[node] + edge[node];
        }
    }
    beyond
}

/// Branch points passed from the root to each node; the root itself is none.
pub fn branch_orders(parent: &[u32], children: &[u32]) -> Vec<u32> {
    let mut order = vec![0; parent.len()];
    for node in 0..parent.len() {
        let above = parent[node];
        if above != NO_PARENT {
            let passed = parent[above as usize] != NO_PARENT && children[above as usize] > 1;
            order[node] = order[above as usize] + u32::from(passed);
        }
    }
    order
}

/// Strahler orders: 1 at a tip; a node's order is the largest of its children's, one more where two have it.
pub fn strahler_orders(parent: &[u32]) -> Vec<u32> {
    let mut order = vec![1; parent.len()];
    // The largest order among the children seen, and how many have it.
    let mut seen: Vec<(u32, u32)> = vec![(0, 0); parent.len()];
    for node in (0..parent.len()).rev() {
        let (largest, times) = seen[node];
        if largest > 0 {
            order[node] = largest + u32::from(times > 1);
        }
        if parent[node] != NO_PARENT {
            let above = &mut seen[parent[node] as usize];
            match order[node].cmp(&above.0) {
                std::cmp::Ordering::Greater => *above = (order[node], 1),
                std::cmp::Ordering::Equal => above.1 += 1,
                std::cmp::Ordering::Less => {}
            }
        }
    }
    order
}
