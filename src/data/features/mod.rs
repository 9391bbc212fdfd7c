//! Node features: what a model is told about each node, by name.
//!
//! Features are computed on the [`View`](crate::augment::View), after augmentation, so that a rotated, thinned or cut
//! neuron is described as what it has become. [`TABLE`] is the one list of names, widths, units and meanings;
//! [`compute()`] fills the numbers in. Lengths are divided by the model's `unit`, counts that grow with the size of a
//! tree enter as `ln(1 + n)`: everything that a model reads is of order one for `unit: 100` and neurons in micrometres.

mod compute;
mod topology;

use serde::{Deserialize, Serialize};

use super::table::{Column, Table};
use crate::error::Result;

pub use compute::compute;
pub use topology::cable;

/// A feature of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each is described once, in `TABLE`
pub enum Feature {
    Position,
    Radius,
    Type,
    PathLength,
    RadialDistance,
    BranchOrder,
    StrahlerOrder,
    #[serde(alias = "segment_length")]
    EdgeLength,
    Direction,
    LocalAngle,
    Degree,
    SubtreeLength,
    IsTip,
    IsBranch,
}

/// What is known of a feature.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// The feature.
    pub feature: Feature,
    /// How scripts call it.
    pub name: &'static str,
    /// Numbers per node.
    pub width: usize,
    /// The unit in which a model reads it.
    pub unit: &'static str,
    /// What it is.
    pub about: &'static str,
}

const fn facts(feature: Feature, name: &'static str, width: usize, unit: &'static str, about: &'static str) -> Facts {
    Facts { feature, name, width, unit, about }
}

/// All features, in the order of [`Feature`].
pub const TABLE: &[Facts] = &[
    facts(Feature::Position, "position", 3, "`unit`", "coordinates relative to the soma, as augmentations left them"),
    facts(Feature::Radius, "radius", 1, "ln(1 + length)", "radius in the neuron's unit; below 0 counts as 0"),
    facts(Feature::Type, "type", 5, "0 or 1", "one of soma, axon, dendrite, apical dendrite, other"),
    facts(Feature::PathLength, "path_length", 1, "`unit`", "length along the tree to the root of the node's tree"),
    facts(
        Feature::RadialDistance,
        "radial_distance",
        1,
        "`unit`",
        "straight distance to the soma (first root without)",
    ),
    facts(
        Feature::BranchOrder,
        "branch_order",
        1,
        "ln(1 + n)",
        "branch points on the way from the root, root left out",
    ),
    facts(Feature::StrahlerOrder, "strahler_order", 1, "ln(1 + n)", "1 at tips; rises where equal orders meet"),
    facts(
        Feature::EdgeLength,
        "edge_length",
        1,
        "`unit`",
        "distance to the parent (also `segment_length`); 0 at a root",
    ),
    facts(Feature::Direction, "direction", 3, "unit vector", "from the parent to the node; 0 at a root"),
    facts(Feature::LocalAngle, "local_angle", 1, "radians", "turn from the incoming to the outgoing edges, their mean"),
    facts(Feature::Degree, "degree", 1, "count", "number of neighbours"),
    facts(Feature::SubtreeLength, "subtree_length", 1, "ln(1 + `unit`)", "length of all that lies beyond the node"),
    facts(Feature::IsTip, "is_tip", 1, "0 or 1", "whether the node has no child"),
    facts(Feature::IsBranch, "is_branch", 1, "0 or 1", "whether the node has several children"),
];

impl Feature {
    /// Name, width, unit and meaning.
    pub fn facts(self) -> &'static Facts {
        &TABLE[self as usize]
    }
}

/// The list of features as a table: one row per feature with its width, unit and meaning.
///
/// # Errors
/// Never in practice: names and columns are fixed.
pub fn table() -> Result<Table> {
    let texts = |name, of: fn(&Facts) -> &'static str| Column::texts(name, TABLE.iter().map(|f| Some(of(f))));
    let widths: Vec<f64> = TABLE.iter().map(|f| f.width as f64).collect();
    Table::new(
        TABLE.iter().map(|f| f.name.to_string()).collect(),
        vec![Column::numbers("width", widths), texts("unit", |f| f.unit), texts("about", |f| f.about)],
    )
}

/// Numbers per node of several features side by side.
pub fn width(features: &[Feature]) -> usize {
    features.iter().map(|f| f.facts().width).sum()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_feature_at_its_place_under_its_name() {
        for (place, facts) in TABLE.iter().enumerate() {
            assert_eq!(facts.feature as usize, place);
            assert_eq!(serde_json::to_value(facts.feature).unwrap(), facts.name);
            assert!(facts.width > 0 && !facts.about.is_empty());
        }
        assert_eq!(TABLE.len(), Feature::IsBranch as usize + 1);
    }
}
