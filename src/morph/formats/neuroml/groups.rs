//! Types of segments, by the groups that they are in.

use std::collections::HashMap;

use roxmltree::Node;

use super::Named;
use crate::morph::kind;

/// The types that NeuroML has names for, the most telling first: a segment may be in several groups, such as
/// `dendrite_group` and `apical_dendrite_group`.
///
/// Number, name of the group that is written, its term in the Gene Ontology, and how names of it begin.
pub(super) const KNOWN: [(u16, &str, &str, &[&str]); 4] = [
    (kind::SOMA, "soma_group", "GO:0043025", &["soma", "cell_body", "cellbody"]),
    (kind::AXON, "axon_group", "GO:0030424", &["axon", "ais", "myelin"]),
    (kind::APICAL, "apical_dendrite_group", "GO:0097440", &["apic"]),
    (kind::DENDRITE, "basal_dendrite_group", "GO:0097441", &["basal", "dend"]),
];

/// The term for any dendrite, which many files use for basal ones.
const ANY_DENDRITE: &str = "GO:0030425";

/// What groups of a type of its own begin with.
pub(super) const CUSTOM: &str = "swc_type_";

/// The types of the segments of one morphology.
pub(super) struct Types {
    of: HashMap<i64, u16>,
    /// Groups with a type whose segments are given by a path or a subtree.
    pub unread: usize,
}

/// A group as its element gives it.
struct Group<'a> {
    kind: Option<u16>,
    /// Numbers of segments.
    members: Vec<i64>,
    /// Ids of groups.
    includes: Vec<&'a str>,
}

impl Types {
    pub fn of(morphology: Node<'_, '_>) -> Self {
        let mut groups = Vec::new();
        let mut place = HashMap::new();
        let mut unread = 0;
        for node in morphology.children().filter(|n| n.has_tag_name_of("segmentGroup")) {
            let id = node.attribute("id").unwrap_or_default();
            let kind = kind_of(id, node.attribute("neuroLexId").unwrap_or_default());
            let elements = |name: &'static str| node.children().filter(move |n| n.has_tag_name_of(name));
            let members = elements("member").filter_map(|n| n.attribute("segment")?.trim().parse().ok()).collect();
            let includes = elements("include").filter_map(|n| n.attribute("segmentGroup")).collect();
            let by_path = node.children().any(|n| n.has_tag_name_of("path") || n.has_tag_name_of("subTree"));
            unread += usize::from(kind.is_some() && by_path);
            place.entry(id).or_insert(groups.len());
            groups.push(Group { kind, members, includes });
        }
        let mut of = HashMap::new();
        // Types of their own are exact, and groups of them hold no others.
        for group in &groups {
            if let Some(kind) = group.kind.filter(|k| KNOWN.iter().all(|known| known.0 != *k)) {
                for &member in &group.members {
                    of.entry(member).or_insert(kind);
                }
            }
        }
        for (kind, ..) in KNOWN {
            let mut waiting: Vec<usize> = (0..groups.len()).filter(|&at| groups[at].kind == Some(kind)).collect();
            let mut seen = vec![false; groups.len()];
            while let Some(at) = waiting.pop() {
                if std::mem::replace(&mut seen[at], true) {
                    continue;
                }
                for &member in &groups[at].members {
                    of.entry(member).or_insert(kind);
                }
                waiting.extend(groups[at].includes.iter().filter_map(|id| place.get(id)));
            }
        }
        Types { of, unread }
    }

    /// The type of a segment: by its groups, or else by its name, or else undefined.
    pub fn of_segment(&self, id: i64, name: Option<&str>) -> u16 {
        let by_group = self.of.get(&id).copied();
        by_group.or_else(|| kind_of(name?, "")).unwrap_or(kind::UNDEFINED)
    }
}

/// The type that a name or an ontology term stands for.
fn kind_of(id: &str, term: &str) -> Option<u16> {
    if let Some(number) = id.strip_prefix(CUSTOM).and_then(|n| n.parse().ok()) {
        return Some(number);
    }
    if let Some((kind, ..)) = KNOWN.iter().find(|known| known.2 == term) {
        return Some(*kind);
    }
    let lower = id.to_ascii_lowercase();
    let by_name = KNOWN.iter().find(|known| known.3.iter().any(|start| lower.starts_with(start))).map(|known| known.0);
    by_name.or((term == ANY_DENDRITE).then_some(kind::DENDRITE))
}
