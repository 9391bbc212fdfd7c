//! Writing a stored population, a row group at a time.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, Encoding};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use rayon::prelude::*;

use super::super::{Column, Population, metrics};
use super::layout::{Layout, Leaf};
use crate::data::parquet::{self as columns, Outcome};
use crate::error::{Error, Result};
use crate::morph::{Decimals, Morphology, NO_PARENT, Packed};
use crate::run::atomic::{self, AtomicWriter};
use crate::{interrupt, progress};

/// Cells per row group: what is decoded for one cell of it. Fewer make the footer and the index slow to read.
pub(super) const GROUP: usize = 64;

/// Writes cells one by one into a file that appears when it is complete; holds a row group of them in memory.
pub struct Writer {
    out: SerializedFileWriter<AtomicWriter>,
    path: PathBuf,
    layout: Layout,
    waiting: Vec<Waiting>,
    ids: HashSet<String>,
}

/// A cell that waits for its row group to be full.
struct Waiting {
    id: String,
    labels: Vec<Option<String>>,
    neuron: Arc<Packed>,
}

impl Writer {
    /// Begins a file of cells with these label columns, of which `label` is *the* label.
    ///
    /// # Errors
    /// When the file cannot be made, or a column's name occurs twice.
    pub fn create(path: impl AsRef<Path>, labels: &[&str], label: Option<&str>) -> Result<Self> {
        let path = path.as_ref();
        let layout = Layout::new(labels.iter().map(ToString::to_string).collect(), label.map(String::from));
        if let Some(twice) = (0..labels.len()).find(|&i| labels[..i].contains(&labels[i])) {
            return Err(Error::value(format!("two label columns are called `{}`", labels[twice])));
        }
        let begin = |out| -> Outcome<_> {
            let mut properties = WriterProperties::builder()
                .set_compression(Compression::SNAPPY)
                .set_dictionary_enabled(false)
                .set_statistics_enabled(EnabledStatistics::None)
                .set_offset_index_disabled(true)
                .set_key_value_metadata(Some(layout.notes()?));
            for leaf in Leaf::ALL {
                properties = match leaf {
                    Leaf::Type => properties.set_column_dictionary_enabled(leaf.path(), true),
                    leaf if leaf.steps() => properties.set_column_encoding(leaf.path(), Encoding::DELTA_BINARY_PACKED),
                    _ => properties,
                };
            }
            SerializedFileWriter::new(out, layout.schema()?, Arc::new(properties.build()))
        };
        let out = begin(atomic::writer(path)?).map_err(|e| columns::unwritten(path, &e))?;
        Ok(Writer { out, path: path.to_path_buf(), layout, waiting: Vec::with_capacity(GROUP), ids: HashSet::new() })
    }

    /// Adds a cell under an id of its own, with a text or nothing for each label column.
    ///
    /// # Errors
    /// When the id occurred before, the labels are not as many as the columns, or the system refuses.
    pub fn push(&mut self, id: &str, neuron: &Morphology, labels: &[Option<&str>]) -> Result<()> {
        self.push_packed(id, Arc::new(Packed::new(neuron)), labels)
    }

    pub(super) fn push_packed(&mut self, id: &str, neuron: Arc<Packed>, labels: &[Option<&str>]) -> Result<()> {
        if labels.len() != self.layout.labels.len() {
            let n = self.layout.labels.len();
            return Err(Error::value(format!("{} labels for `{id}`, expected {n}", labels.len())));
        }
        if !self.ids.insert(id.to_string()) {
            return Err(Error::value(format!("two cells have the id `{id}`")).help("every cell needs an id of its own"));
        }
        let labels = labels.iter().map(|l| l.filter(|l| !l.is_empty()).map(String::from)).collect();
        self.waiting.push(Waiting { id: id.to_string(), labels, neuron });
        if self.waiting.len() == GROUP { self.write_group() } else { Ok(()) }
    }

    /// Writes what waits and puts the file in its place.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn finish(mut self) -> Result<()> {
        if !self.waiting.is_empty() {
            self.write_group()?;
        }
        self.out.into_inner().map_err(|e| columns::unwritten(&self.path, &e))?.finish()
    }

    fn write_group(&mut self) -> Result<()> {
        interrupt::check()?;
        let cells = std::mem::take(&mut self.waiting);
        let rows: Vec<Lists> = cells.par_iter().map(Lists::of).collect();
        write_rows(&mut self.out, &self.layout, &cells, rows).map_err(|e| columns::unwritten(&self.path, &e))
    }
}

/// What a cell's row holds besides its id and labels.
#[derive(Default)]
struct Lists {
    metrics: Vec<f64>,
    name: Option<Arc<str>>,
    samples: i32,
    check: i64,
    digits: [i32; 2],
    axes: [Vec<i32>; 3],
    radius: Vec<i32>,
    parent: Vec<i32>,
    kind: Vec<i32>,
    sample: Vec<i64>,
    exact: Vec<f64>,
    exact_radius: Vec<f64>,
}

impl Lists {
    fn of(cell: &Waiting) -> Self {
        let parts = cell.neuron.parts();
        let mut lists = Lists {
            metrics: metrics::measure(&cell.neuron.unpack()),
            name: Some(cell.neuron.name()).filter(|name| ***name != *cell.id).cloned(),
            samples: cell.neuron.len() as i32,
            check: super::file::check(&cell.neuron),
            digits: [-1; 2],
            parent: parts.parent.iter().map(|&p| if p == NO_PARENT { -1 } else { p as i32 }).collect(),
            kind: parts.kind.iter().map(|&kind| i32::from(kind)).collect(),
            sample: parts.id.unwrap_or_default(),
            ..Lists::default()
        };
        match parts.position {
            Decimals::Fixed { digits, multiples } => {
                lists.digits[0] = i32::from(*digits);
                lists.axes = std::array::from_fn(|axis| multiples[axis..].iter().step_by(3).copied().collect());
            }
            Decimals::Exact(numbers) => lists.exact = numbers.to_vec(),
        }
        match parts.radius {
            Decimals::Fixed { digits, multiples } => {
                lists.digits[1] = i32::from(*digits);
                lists.radius = multiples.to_vec();
            }
            Decimals::Exact(numbers) => lists.exact_radius = numbers.to_vec(),
        }
        lists
    }
}

/// Writes a row group, column after column in the layout's order.
fn write_rows(
    out: &mut SerializedFileWriter<AtomicWriter>,
    layout: &Layout,
    cells: &[Waiting],
    mut rows: Vec<Lists>,
) -> Outcome<()> {
    let mut group = out.next_row_group()?;
    let all = vec![1; cells.len()];
    columns::write_texts(&mut group, cells.iter().map(|c| Some(c.id.as_str())))?;
    for label in 0..layout.labels.len() {
        columns::write_texts(&mut group, cells.iter().map(|c| c.labels[label].as_deref()))?;
    }
    for metric in 0..layout.metrics.len() {
        columns::write_numbers(&mut group, rows.iter().map(|r| r.metrics[metric]))?;
    }
    macro_rules! numbers {
        ($kind:ty, $number:expr) => {
            columns::write_flat::<$kind>(&mut group, &rows.iter().map($number).collect::<Vec<_>>(), &all)?
        };
    }
    macro_rules! lists {
        ($kind:ty, $list:expr) => {
            columns::write_lists::<$kind>(&mut group, &rows.iter_mut().map($list).collect::<Vec<_>>())?
        };
    }
    for leaf in Leaf::ALL {
        match leaf {
            Leaf::Name => {
                let named: Vec<i16> = rows.iter().map(|r| i16::from(r.name.is_some())).collect();
                let names: Vec<ByteArray> =
                    rows.iter().filter_map(|r| Some(ByteArray::from(&**r.name.as_ref()?))).collect();
                columns::write_flat::<ByteArrayType>(&mut group, &names, &named)?;
            }
            Leaf::Samples => numbers!(Int32Type, |r| r.samples),
            Leaf::Check => numbers!(Int64Type, |r| r.check),
            Leaf::Digits => numbers!(Int32Type, |r| r.digits[0]),
            Leaf::RadiusDigits => numbers!(Int32Type, |r| r.digits[1]),
            Leaf::X => lists!(Int32Type, |r| std::mem::take(&mut r.axes[0])),
            Leaf::Y => lists!(Int32Type, |r| std::mem::take(&mut r.axes[1])),
            Leaf::Z => lists!(Int32Type, |r| std::mem::take(&mut r.axes[2])),
            Leaf::Radius => lists!(Int32Type, |r| std::mem::take(&mut r.radius)),
            Leaf::Parent => lists!(Int32Type, |r| std::mem::take(&mut r.parent)),
            Leaf::Type => lists!(Int32Type, |r| std::mem::take(&mut r.kind)),
            Leaf::Sample => lists!(Int64Type, |r| std::mem::take(&mut r.sample)),
            Leaf::Exact => lists!(DoubleType, |r| std::mem::take(&mut r.exact)),
            Leaf::ExactRadius => lists!(DoubleType, |r| std::mem::take(&mut r.exact_radius)),
        }
    }
    group.close()?;
    Ok(())
}

impl Population {
    /// Writes the population into one Parquet file; see [`stored`](super).
    pub(in super::super) fn save_stored(&self, path: &Path) -> Result<()> {
        let names: Vec<&str> = self.columns().collect();
        let mut writer = Writer::create(path, &names, self.label.as_deref())?;
        let meter = progress::begin("writing neurons", self.len() as u64);
        for (place, cell) in self.cells.iter().enumerate() {
            let labels: Vec<Option<&str>> = self.columns.iter().map(|c: &Column| c.values[place].as_deref()).collect();
            writer.push_packed(&self.ids[place], cell.to_packed()?, &labels)?;
            meter.set(place as u64 + 1, "");
        }
        writer.finish()
    }
}
