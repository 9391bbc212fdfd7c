//! Which clusters of a condensed tree are told: none below another.

use serde::{Deserialize, Serialize};

use super::condensed::Condensed;

/// How clusters are chosen from the tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// Those of largest stability in sum, the excess of mass.
    #[default]
    Eom,
    /// Those without clusters below them: more, smaller ones.
    Leaf,
}

/// What the choice depends on.
pub(super) struct Rules {
    pub(super) selection: Selection,
    /// Clusters that part at smaller distances than this are not parted.
    pub(super) epsilon: f64,
    /// Larger clusters are not chosen where they have parts.
    pub(super) max_size: usize,
    /// Whether all rows may be one cluster.
    pub(super) allow_single: bool,
}

/// For each node, whether it is chosen.
pub(super) fn select(tree: &Condensed, rules: &Rules) -> Vec<bool> {
    let mut chosen = match rules.selection {
        Selection::Eom => excess_of_mass(tree, rules),
        Selection::Leaf => tree.nodes.iter().map(|node| node.children.is_empty()).collect(),
    };
    // Without a split there is no cluster but all rows.
    chosen[0] &= rules.allow_single;
    if rules.epsilon > 0.0 && !chosen[0] {
        chosen = parted_by(tree, &chosen, rules);
    }
    chosen
}

fn excess_of_mass(tree: &Condensed, rules: &Rules) -> Vec<bool> {
    let mut best: Vec<f64> = tree.nodes.iter().map(|node| node.stability).collect();
    let mut chosen = vec![true; tree.nodes.len()];
    for at in (0..tree.nodes.len()).rev() {
        let node = &tree.nodes[at];
        let below: f64 = node.children.iter().map(|&child| best[child]).sum();
        if (at == 0 && !rules.allow_single) || below > best[at] || node.size > rules.max_size {
            chosen[at] = false;
            best[at] = below;
        }
    }
    // What lies below a chosen cluster is not told.
    let mut hidden = vec![false; tree.nodes.len()];
    for at in 1..tree.nodes.len() {
        let parent = tree.nodes[at].parent;
        hidden[at] = hidden[parent] || chosen[parent];
        chosen[at] &= !hidden[at];
    }
    chosen
}

/// Chosen clusters that part from others at less than the distance `epsilon` give way to the first above them that
/// parts at more (Malzer & Baum 2020).
fn parted_by(tree: &Condensed, chosen: &[bool], rules: &Rules) -> Vec<bool> {
    let mut told = vec![false; chosen.len()];
    for at in (1..chosen.len()).filter(|&at| chosen[at]) {
        let mut up = at;
        // Children of the root are as far up as it goes, unless all rows may be one cluster.
        while 1.0 / tree.nodes[up].birth < rules.epsilon {
            let parent = tree.nodes[up].parent;
            if parent == 0 && !rules.allow_single {
                break;
            }
            up = parent;
            if up == 0 {
                break;
            }
        }
        told[up] = true;
    }
    let mut hidden = vec![false; chosen.len()];
    for at in 1..chosen.len() {
        let parent = tree.nodes[at].parent;
        hidden[at] = hidden[parent] || told[parent];
        told[at] &= !hidden[at];
    }
    told
}
