//! Which columns a stored population has, and what its file says about them.

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::file::metadata::KeyValue;
use parquet::schema::types::{ColumnPath, Type, TypePtr};
use serde::{Deserialize, Serialize};

use super::super::metrics;
use crate::data::parquet::{self as columns, Outcome};
use crate::data::table::{Column, ID};

/// The group of columns that hold the neurons.
const GEOMETRY: &str = "geometry";

/// The note in the file's footer that tells a stored population from other Parquet files.
pub(super) const NOTE: &str = "nms.population";

/// The layout's number; a change that older programs cannot read gets another.
const FORMAT: u32 = 1;

/// The leaves of the geometry, in the file's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    /// The neuron's name where it is not its id.
    Name,
    /// Number of samples.
    Samples,
    /// Check sum of the row's other leaves.
    Check,
    /// Digits behind the point of the coordinates; -1 where they are in `exact`.
    Digits,
    /// Digits of the radii; -1 where they are in `exact_radius`.
    RadiusDigits,
    /// Multiples of `10^-digits`.
    X,
    Y,
    Z,
    /// Multiples of `10^-radius_digits`.
    Radius,
    /// Place of the parent, -1 for a root.
    Parent,
    /// SWC type.
    Type,
    /// Sample numbers; an empty list where they are 1, 2, 3, …
    Sample,
    /// x, y and z of each sample in turn.
    Exact,
    ExactRadius,
}

impl Leaf {
    pub const ALL: [Leaf; 14] = [
        Leaf::Name,
        Leaf::Samples,
        Leaf::Check,
        Leaf::Digits,
        Leaf::RadiusDigits,
        Leaf::X,
        Leaf::Y,
        Leaf::Z,
        Leaf::Radius,
        Leaf::Parent,
        Leaf::Type,
        Leaf::Sample,
        Leaf::Exact,
        Leaf::ExactRadius,
    ];

    fn name(self) -> &'static str {
        match self {
            Leaf::Name => "name",
            Leaf::Samples => "samples",
            Leaf::Check => "check",
            Leaf::Digits => "digits",
            Leaf::RadiusDigits => "radius_digits",
            Leaf::X => "x",
            Leaf::Y => "y",
            Leaf::Z => "z",
            Leaf::Radius => "radius",
            Leaf::Parent => "parent",
            Leaf::Type => "type",
            Leaf::Sample => "sample",
            Leaf::Exact => "exact",
            Leaf::ExactRadius => "exact_radius",
        }
    }

    fn physical(self) -> Physical {
        match self {
            Leaf::Name => Physical::BYTE_ARRAY,
            Leaf::Sample | Leaf::Check => Physical::INT64,
            Leaf::Exact | Leaf::ExactRadius => Physical::DOUBLE,
            _ => Physical::INT32,
        }
    }

    fn is_list(self) -> bool {
        !matches!(self, Leaf::Name | Leaf::Samples | Leaf::Check | Leaf::Digits | Leaf::RadiusDigits)
    }

    /// The lists that follow from one number to the next, for which differences are stored.
    pub fn steps(self) -> bool {
        matches!(self, Leaf::X | Leaf::Y | Leaf::Z | Leaf::Radius | Leaf::Parent | Leaf::Sample)
    }

    /// Where the leaf is in the file's schema.
    pub fn path(self) -> ColumnPath {
        let list = ["list", "element"].map(String::from);
        let own = [GEOMETRY, self.name()].map(String::from);
        ColumnPath::new(own.into_iter().chain(list.into_iter().filter(|_| self.is_list())).collect())
    }

    fn field(self) -> Outcome<Type> {
        if self.is_list() {
            columns::list(self.name(), self.physical())
        } else {
            columns::flat(self.name(), self.physical())
        }
    }
}

/// What the note says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Layout {
    format: u32,
    /// The label columns' names, in the order of their columns.
    pub labels: Vec<String>,
    /// The one that is *the* label.
    pub label: Option<String>,
    /// The measures' names, in the order of their columns.
    pub metrics: Vec<String>,
}

impl Layout {
    /// The layout of a population with these label columns, measured as this program measures.
    pub fn new(labels: Vec<String>, label: Option<String>) -> Self {
        let metrics = metrics::measures().map(|(name, _)| name.to_string()).collect();
        Layout { format: FORMAT, labels, label, metrics }
    }

    /// Reads the note; nothing where there is none that this program understands.
    pub fn read(notes: Option<&Vec<KeyValue>>) -> Option<Self> {
        let note = notes?.iter().find(|note| note.key == NOTE)?.value.as_deref()?;
        serde_json::from_str(note).ok().filter(|layout: &Layout| layout.format == FORMAT)
    }

    /// The note, and that of the units.
    pub fn notes(&self) -> Outcome<Vec<KeyValue>> {
        let text = serde_json::to_string(self).map_err(|e| parquet::errors::ParquetError::External(Box::new(e)))?;
        let measured: Vec<Column> =
            metrics::measures().map(|(name, unit)| Column::numbers(name, Vec::new()).in_unit(unit)).collect();
        Ok(vec![KeyValue::new(NOTE.to_string(), text), crate::data::table::parquet_units(&measured)])
    }

    /// The schema. A label column that is called like another column gets `label:` in front.
    pub fn schema(&self) -> Outcome<TypePtr> {
        let mut fields = vec![columns::flat(ID, Physical::BYTE_ARRAY)?];
        for name in &self.labels {
            let taken = name == ID || name == GEOMETRY || self.metrics.contains(name);
            let name = if taken { format!("label:{name}") } else { name.clone() };
            fields.push(columns::flat(&name, Physical::BYTE_ARRAY)?);
        }
        for name in &self.metrics {
            fields.push(columns::flat(name, Physical::DOUBLE)?);
        }
        let leaves = Leaf::ALL.iter().map(|leaf| leaf.field().map(std::sync::Arc::new)).collect::<Outcome<_>>()?;
        fields.push(
            Type::group_type_builder(GEOMETRY)
                .with_repetition(Repetition::REQUIRED)
                .with_logical_type(None::<LogicalType>)
                .with_fields(leaves)
                .build()?,
        );
        columns::schema(fields)
    }

    /// The column of a label.
    pub fn label_at(&self, label: usize) -> usize {
        1 + label
    }

    /// The column of a measure.
    pub fn metric_at(&self, metric: usize) -> usize {
        1 + self.labels.len() + metric
    }

    /// The column of a leaf of the geometry.
    pub fn leaf_at(&self, leaf: Leaf) -> usize {
        1 + self.labels.len() + self.metrics.len() + leaf as usize
    }
}
