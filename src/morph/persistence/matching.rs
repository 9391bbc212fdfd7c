//! Matchings in bipartite graphs.

const FREE: u32 = u32::MAX;

/// Whether every left node can have a right node of its own; `edges` lists each left node's right neighbours, all below
/// `n_right`. Hopcroft & Karp (1973), without recursion: O(edges √nodes).
pub(super) fn covers(edges: &[&[u32]], n_right: usize) -> bool {
    if edges.len() > n_right || edges.iter().any(|row| row.is_empty()) {
        return false;
    }
    let mut right_of = vec![FREE; edges.len()];
    let mut left_of = vec![FREE; n_right];
    let mut matched = greedy(edges, &mut right_of, &mut left_of);
    let mut level = vec![0; edges.len()];
    while matched < edges.len() {
        if !layers(edges, &right_of, &left_of, &mut level) {
            return false;
        }
        let mut next = vec![0; edges.len()];
        let free: Vec<u32> = (0..edges.len() as u32).filter(|&left| right_of[left as usize] == FREE).collect();
        for left in free {
            matched += usize::from(augment(edges, left, &mut right_of, &mut left_of, &mut level, &mut next));
        }
    }
    true
}

fn greedy(edges: &[&[u32]], right_of: &mut [u32], left_of: &mut [u32]) -> usize {
    let mut matched = 0;
    for (left, row) in edges.iter().enumerate() {
        if let Some(&right) = row.iter().find(|&&right| left_of[right as usize] == FREE) {
            right_of[left] = right;
            left_of[right as usize] = left as u32;
            matched += 1;
        }
    }
    matched
}

const UNREACHED: u32 = u32::MAX;

/// Breadth-first levels of left nodes from the free ones along alternating paths; whether a free right node is reached.
fn layers(edges: &[&[u32]], right_of: &[u32], left_of: &[u32], level: &mut [u32]) -> bool {
    let mut queue: Vec<u32> = Vec::with_capacity(edges.len());
    for (left, level) in level.iter_mut().enumerate() {
        *level = if right_of[left] == FREE { 0 } else { UNREACHED };
        if *level == 0 {
            queue.push(left as u32);
        }
    }
    let mut found = false;
    let mut head = 0;
    while head < queue.len() {
        let left = queue[head] as usize;
        head += 1;
        for &right in edges[left] {
            match left_of[right as usize] {
                FREE => found = true,
                above if level[above as usize] == UNREACHED => {
                    level[above as usize] = level[left] + 1;
                    queue.push(above);
                }
                _ => {}
            }
        }
    }
    found
}

/// Looks depth-first for an alternating path down the levels from a free left node to a free right node, and turns it
/// round. `next` remembers which edges of a node have failed in this phase.
fn augment(
    edges: &[&[u32]],
    start: u32,
    right_of: &mut [u32],
    left_of: &mut [u32],
    level: &mut [u32],
    next: &mut [usize],
) -> bool {
    let mut path = vec![start];
    while let Some(&left) = path.last() {
        let left = left as usize;
        let Some(&right) = edges[left].get(next[left]) else {
            level[left] = UNREACHED;
            path.pop();
            if let Some(&above) = path.last() {
                next[above as usize] += 1;
            }
            continue;
        };
        let below = left_of[right as usize];
        if below == FREE {
            // Each node of the path takes the right node that its current edge leads to.
            for &node in path.iter().rev() {
                let right = edges[node as usize][next[node as usize]];
                right_of[node as usize] = right;
                left_of[right as usize] = node;
            }
            return true;
        }
        if level[below as usize] == level[left].wrapping_add(1) && level[left] != UNREACHED {
            path.push(below);
        } else {
            next[left] += 1;
        }
    }
    false
}
