//! The number that a filter gives to every sample of the neurites.

use serde::Deserialize;

use super::barcode::Barcode;
use super::elder::elder_bars;
use crate::error::{Error, Result};
use crate::morph::geometry::distance;
use crate::morph::{Kinds, Morphology, NO_PARENT};

/// What the bars of a neuron are made of.
#[derive(Clone, Debug, Default, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PersistenceOptions {
    /// The value of a sample.
    pub filter: Filter,
    /// The axis of the filter `projection`: `x`, `y`, `z`, or a vector of any length. Default y, which points to the pia
    /// in cortical files.
    pub axis: Direction,
    /// Where distances are measured from.
    pub from: Origin,
    /// Only samples of these types; all but the soma where `None`.
    #[serde(skip)]
    pub kinds: Option<Kinds>,
}

/// A function on the samples of a neuron.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// Straight-line distance from the origin, µm.
    #[default]
    Radial,
    /// Length of the path from the origin, µm.
    Path,
    /// Coordinate along an axis, from the origin, µm; may be negative.
    Projection,
    /// Number of forks on the path, the sample's own not counted.
    Order,
    /// Radius, µm.
    Radius,
}

impl Filter {
    fn quantity(self) -> &'static str {
        match self {
            Filter::Radial => "radial distance (µm)",
            Filter::Path => "path length (µm)",
            Filter::Projection => "projection (µm)",
            Filter::Order => "branch order",
            Filter::Radius => "radius (µm)",
        }
    }
}

/// Where distances are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// At the first sample of each neurite, as TMD measures.
    #[default]
    Neurite,
    /// At the soma (or first root): the edge from the soma counts, and the longest bar of a neurite that hangs on the soma
    /// ends at 0. Bars of a whole neuron are then those of one tree.
    Soma,
}

/// An axis by name, or any vector but 0.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, serde::Serialize)]
#[serde(untagged, expecting = "expected `x`, `y`, `z`, or an array of 3 numbers")]
pub enum Direction {
    /// One of the axes.
    Axis(AxisName),
    /// A vector; its length does not matter.
    Vector([f64; 3]),
}

/// The name of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AxisName {
    /// First coordinate.
    X,
    /// Second coordinate.
    Y,
    /// Third coordinate.
    Z,
}

impl Default for Direction {
    fn default() -> Self {
        Direction::Axis(AxisName::Y)
    }
}

impl Direction {
    /// The direction as a vector of length 1.
    fn unit(self) -> Result<[f64; 3]> {
        let vector = match self {
            Direction::Axis(AxisName::X) => [1.0, 0.0, 0.0],
            Direction::Axis(AxisName::Y) => [0.0, 1.0, 0.0],
            Direction::Axis(AxisName::Z) => [0.0, 0.0, 1.0],
            Direction::Vector(vector) => vector,
        };
        let length = distance(vector, [0.0; 3]);
        if !(length.is_finite() && length > 0.0) {
            return Err(Error::value(format!("`axis` is {vector:?}, expected a vector of finite length above 0")));
        }
        Ok(vector.map(|v| v / length))
    }
}

impl Morphology {
    /// The barcode of the neurites: one bar per tip, in one linear pass (plus sorting the bars).
    ///
    /// A neurite starts at each sample of the chosen types whose parent is not one of them: at the soma, at a root, and,
    /// where types are chosen, where another type ends. So the bars are TMD's for a neuron of one type per neurite, and
    /// still all tips where an axon leaves a dendrite.
    ///
    /// # Errors
    /// When a position or radius that the filter reads is not finite, or `axis` has no direction.
    pub fn persistence(&self, options: &PersistenceOptions) -> Result<Barcode> {
        let start = self.neurite_starts(options.kinds.as_ref());
        let values = self.filter_values(&start, options)?;
        let ends_at_soma = options.from == Origin::Soma && !matches!(options.filter, Filter::Radius);
        let root_value = |node: usize| match self.parent_of(node) {
            Some(parent) if ends_at_soma && self.is_soma(parent) => 0.0,
            _ => values[node],
        };
        Ok(Barcode { bars: elder_bars(self, &start, &values, root_value), quantity: options.filter.quantity().into() })
    }

    /// The barcode of values of one's own, one per sample; `what` names them. Samples of the soma, and of other than the
    /// chosen types, are left out as by [`persistence`](Self::persistence).
    ///
    /// # Errors
    /// When the number of values is not that of the samples, or one is not finite.
    pub fn persistence_of(&self, values: &[f64], what: &str, kinds: Option<&Kinds>) -> Result<Barcode> {
        if values.len() != self.len() {
            return Err(Error::value(format!(
                "{} values for the {} samples of `{}`",
                values.len(),
                self.len(),
                self.name
            )));
        }
        let start = self.neurite_starts(kinds);
        self.require_finite(what, &start, values)?;
        Ok(Barcode { bars: elder_bars(self, &start, values, |node| values[node]), quantity: what.into() })
    }

    /// The first sample of each sample's neurite; [`NO_PARENT`] for samples that are left out.
    fn neurite_starts(&self, kinds: Option<&Kinds>) -> Vec<u32> {
        let chosen = |i: usize| match kinds {
            Some(kinds) => kinds.contains(self.kind[i]),
            None => !self.is_soma(i),
        };
        let mut start = vec![NO_PARENT; self.len()];
        for i in 0..self.len() {
            if chosen(i) {
                let above = self.parent_of(i).map_or(NO_PARENT, |p| start[p]);
                start[i] = if above == NO_PARENT { i as u32 } else { above };
            }
        }
        start
    }

    /// The filter's value of each sample of a neurite; 0 elsewhere.
    fn filter_values(&self, start: &[u32], options: &PersistenceOptions) -> Result<Vec<f64>> {
        let from_soma = options.from == Origin::Soma;
        let centre = if self.is_empty() { [0.0; 3] } else { self.centre() };
        let origin = |i: usize| if from_soma { centre } else { self.position[start[i] as usize] };
        let mut values = vec![0.0; self.len()];
        let neurites = (0..self.len()).filter(|&i| start[i] != NO_PARENT);
        match options.filter {
            Filter::Radial => neurites.for_each(|i| values[i] = distance(self.position[i], origin(i))),
            Filter::Projection => {
                let axis = options.axis.unit()?;
                let along = |i: usize| {
                    let (at, from) = (self.position[i], origin(i));
                    (0..3).map(|k| (at[k] - from[k]) * axis[k]).sum()
                };
                neurites.for_each(|i| values[i] = along(i));
            }
            Filter::Path => neurites.for_each(|i| {
                let is_start = start[i] as usize == i;
                values[i] = match self.parent_of(i) {
                    Some(p) if !is_start || (from_soma && self.is_soma(p)) => {
                        let above = if is_start { 0.0 } else { values[p] };
                        above + distance(self.position[i], self.position[p])
                    }
                    _ => 0.0,
                };
            }),
            Filter::Order => {
                let mut children = vec![0u32; self.len()];
                let inner = |i: usize| start[i] != NO_PARENT && start[i] as usize != i;
                for i in (0..self.len()).filter(|&i| inner(i)) {
                    children[self.parent[i] as usize] += 1;
                }
                for i in (0..self.len()).filter(|&i| inner(i)) {
                    let parent = self.parent[i] as usize;
                    values[i] = values[parent] + f64::from(u8::from(children[parent] > 1));
                }
            }
            Filter::Radius => neurites.for_each(|i| values[i] = self.radius[i]),
        }
        self.require_finite(options.filter.quantity(), start, &values)?;
        Ok(values)
    }

    fn require_finite(&self, what: &str, start: &[u32], values: &[f64]) -> Result<()> {
        match (0..self.len()).find(|&i| start[i] != NO_PARENT && !values[i].is_finite()) {
            None => Ok(()),
            Some(i) => {
                Err(Error::value(format!("{what} of sample {} of `{}` is {}", self.id[i], self.name, values[i]))
                    .help("a barcode needs finite numbers: repair the neuron, or choose another filter"))
            }
        }
    }
}
