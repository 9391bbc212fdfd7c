//! A stored population's file: its index, and its row groups as they are asked for.

use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use parquet::data_type::{DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader};
use rayon::prelude::*;

use super::layout::{Layout, Leaf, NOTE};
use crate::data::parquet::{self as columns, Outcome, Reader};
use crate::error::{Error, Result};
use crate::morph::{Decimals, NO_PARENT, Packed};

/// An open file.
pub(in super::super) struct StoredFile {
    path: PathBuf,
    reader: Reader,
    layout: Layout,
    ids: Arc<[String]>,
    /// Number of samples of each cell.
    samples: Vec<u32>,
    /// The first row of each row group.
    starts: Vec<usize>,
    /// The measures' columns that were asked for.
    metrics: Vec<OnceLock<Arc<[f64]>>>,
    /// The row groups that were read last, the latest first.
    recent: Mutex<VecDeque<(usize, Group)>>,
}

/// The neurons of a row group.
type Group = Arc<[Arc<Packed>]>;

/// What opening reads for the population itself.
pub(super) struct Index {
    pub ids: Vec<String>,
    pub labels: Vec<(String, Vec<Option<Arc<str>>>)>,
    pub label: Option<String>,
}

/// One cell of a file. Cloning shares the file.
#[derive(Clone)]
pub(in super::super) struct Row {
    file: Arc<StoredFile>,
    row: u32,
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "row {} of {}", self.row, self.file.path.display())
    }
}

impl Row {
    pub(super) fn new(file: &Arc<StoredFile>, row: usize) -> Self {
        Row { file: Arc::clone(file), row: row as u32 }
    }

    /// The neuron, packed.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn read(&self) -> Result<Arc<Packed>> {
        self.file.cell(self.row as usize)
    }

    /// Number of samples.
    pub fn n_nodes(&self) -> usize {
        self.file.samples[self.row as usize] as usize
    }

    /// The row group that the cell is read with, different for every group and file.
    pub fn group(&self) -> (usize, usize) {
        (Arc::as_ptr(&self.file) as usize, self.file.group_of(self.row as usize))
    }

    /// The file.
    pub fn file(&self) -> &Arc<StoredFile> {
        &self.file
    }

    /// The row's place in the file.
    pub fn place(&self) -> usize {
        self.row as usize
    }
}

impl StoredFile {
    /// Opens a file and reads its index.
    pub(super) fn open(path: &Path) -> Result<(Self, Index)> {
        let reader = columns::open(path)?;
        let fault = |e: ParquetError| columns::fault(path, &e);
        let meta = reader.metadata().file_metadata();
        let layout = Layout::read(meta.key_value_metadata()).ok_or_else(|| {
            Error::format(format!("no stored population: its footer lacks the note `{NOTE}` of a known format"))
                .in_file(path)
                .help("`cells.save(\"cells.parquet\")` writes one; `table::load` reads other Parquet files")
        })?;
        // Names and types of all columns, so that what follows may trust them.
        let expected = layout.schema().map_err(fault)?;
        if *meta.schema_descr().root_schema() != *expected {
            let error = Error::format("damaged: the columns are not those that its note tells of").in_file(path);
            return Err(error.help("write it anew from its source"));
        }
        let texts = |at: usize| over_groups(&reader, |g| columns::read_texts(g, at));
        let ids: Option<Vec<String>> = texts(0).map_err(fault)?.into_iter().map(|id| Some(id?.to_string())).collect();
        let ids = ids.ok_or_else(|| Error::format("damaged: a cell has no id").in_file(path))?;
        let labels = layout.labels.iter().enumerate();
        let labels = labels.map(|(i, name)| Ok((name.clone(), texts(layout.label_at(i))?))).collect::<Outcome<_>>();
        let at = layout.leaf_at(Leaf::Samples);
        let samples = over_groups(&reader, |g| flat::<Int32Type>(g, at)).map_err(fault)?;
        let unique: HashSet<&String> = ids.iter().collect();
        if unique.len() != ids.len() || samples.iter().any(|&n| n < 1) {
            return Err(Error::format("damaged: an id occurs twice, or a cell has no sample").in_file(path));
        }
        let mut rows = 0;
        let starts = reader.metadata().row_groups().iter().map(|g| {
            rows += g.num_rows() as usize;
            rows - g.num_rows() as usize
        });
        let (starts, labels) = (starts.collect(), labels.map_err(fault)?);
        let file = StoredFile {
            path: path.to_path_buf(),
            metrics: layout.metrics.iter().map(|_| OnceLock::new()).collect(),
            starts,
            samples: samples.into_iter().map(|n| n as u32).collect(),
            ids: ids.clone().into(),
            recent: Mutex::new(VecDeque::new()),
            reader,
            layout,
        };
        let label = file.layout.label.clone();
        Ok((file, Index { ids, labels, label }))
    }

    /// The measures' names.
    pub fn metrics(&self) -> &[String] {
        &self.layout.metrics
    }

    /// A measure of all cells of the file; read once.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged.
    pub fn metric(&self, metric: usize) -> Result<Arc<[f64]>> {
        if let Some(known) = self.metrics[metric].get() {
            return Ok(Arc::clone(known));
        }
        let at = self.layout.metric_at(metric);
        let read = over_groups(&self.reader, |g| columns::read_numbers(g, at));
        let read: Arc<[f64]> = read.map_err(|e| columns::fault(&self.path, &e))?.into();
        Ok(Arc::clone(self.metrics[metric].get_or_init(|| read)))
    }

    fn group_of(&self, row: usize) -> usize {
        self.starts.partition_point(|&start| start <= row) - 1
    }

    /// A cell, with its row group kept for those that come next.
    fn cell(&self, row: usize) -> Result<Arc<Packed>> {
        let at = self.group_of(row);
        let known = {
            let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            let found = recent.iter().position(|(group, _)| *group == at);
            found.and_then(|place| recent.remove(place)).inspect(|latest| recent.push_front(latest.clone()))
        };
        let group = match known {
            Some((_, group)) => group,
            // Read outside the lock, so that several threads can read several groups.
            None => {
                let group = self.read_group(at)?;
                let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
                recent.push_front((at, Arc::clone(&group)));
                recent.truncate(rayon::current_num_threads() + 2);
                group
            }
        };
        Ok(Arc::clone(&group[row - self.starts[at]]))
    }

    fn read_group(&self, at: usize) -> Result<Group> {
        let lists = (|| Lists::read(&*self.reader.get_row_group(at)?, &self.layout))();
        let lists = lists.map_err(|e| columns::fault(&self.path, &e))?;
        let cell = |row: usize| {
            let place = self.starts[at] + row;
            let damaged = || {
                let error = Error::format(format!("damaged: the geometry of `{}` is not whole", self.ids[place]));
                error.in_file(&self.path).help("was it copied whole? write it anew from its source")
            };
            lists.cell(row, &self.ids[place]).filter(|c| c.len() == self.samples[place] as usize).ok_or_else(damaged)
        };
        (0..lists.samples).map(|row| cell(row).map(Arc::new)).collect()
    }
}

/// A column's values over all row groups, several of which are read at once.
fn over_groups<T: Send>(
    reader: &Reader,
    read: impl Fn(&dyn RowGroupReader) -> Outcome<Vec<T>> + Sync,
) -> Outcome<Vec<T>> {
    let groups = (0..reader.num_row_groups()).into_par_iter();
    let read: Vec<Vec<T>> = groups.map(|g| read(&*reader.get_row_group(g)?)).collect::<Outcome<_>>()?;
    Ok(read.into_iter().flatten().collect())
}

/// A column of numbers of which none is null.
fn flat<T: parquet::data_type::DataType>(group: &dyn RowGroupReader, at: usize) -> Outcome<Vec<T::T>> {
    let rows = group.metadata().num_rows() as usize;
    let values = columns::read_flat::<T>(columns::column_reader(group, at)?, rows)?;
    let missing = || ParquetError::General("a value is missing".into());
    values.into_iter().map(|v| v.ok_or_else(missing)).collect()
}

/// A column of lists, of which rows are taken.
struct List<T> {
    values: Vec<T>,
    ends: Vec<usize>,
}

impl<T> List<T> {
    fn read<D: parquet::data_type::DataType<T = T>>(group: &dyn RowGroupReader, at: usize) -> Outcome<Self> {
        columns::read_lists::<D>(group, at).map(|(values, ends)| List { values, ends })
    }

    fn of(&self, row: usize) -> &[T] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.values[start..self.ends[row]]
    }
}

/// A row group's geometry as it is read.
struct Lists {
    samples: usize,
    names: Vec<Option<Arc<str>>>,
    check: Vec<i64>,
    digits: Vec<i32>,
    radius_digits: Vec<i32>,
    axes: [List<i32>; 3],
    radius: List<i32>,
    parent: List<i32>,
    kind: List<i32>,
    sample: List<i64>,
    exact: List<f64>,
    exact_radius: List<f64>,
}

impl Lists {
    fn read(group: &dyn RowGroupReader, layout: &Layout) -> Outcome<Self> {
        let at = |leaf| layout.leaf_at(leaf);
        let ints = |leaf| List::read::<Int32Type>(group, at(leaf));
        Ok(Lists {
            samples: group.metadata().num_rows() as usize,
            names: columns::read_texts(group, at(Leaf::Name))?,
            check: flat::<Int64Type>(group, at(Leaf::Check))?,
            digits: flat::<Int32Type>(group, at(Leaf::Digits))?,
            radius_digits: flat::<Int32Type>(group, at(Leaf::RadiusDigits))?,
            axes: [ints(Leaf::X)?, ints(Leaf::Y)?, ints(Leaf::Z)?],
            radius: ints(Leaf::Radius)?,
            parent: ints(Leaf::Parent)?,
            kind: ints(Leaf::Type)?,
            sample: List::read::<Int64Type>(group, at(Leaf::Sample))?,
            exact: List::read::<DoubleType>(group, at(Leaf::Exact))?,
            exact_radius: List::read::<DoubleType>(group, at(Leaf::ExactRadius))?,
        })
    }

    /// The neuron of a row; nothing where its lists do not fit together or are not those that were written.
    fn cell(&self, row: usize, id: &str) -> Option<Packed> {
        let name = self.names[row].clone().unwrap_or_else(|| Arc::from(id));
        let position = match u8::try_from(self.digits[row]) {
            Err(_) => Decimals::Exact(self.exact.of(row).into()),
            Ok(digits) => {
                let [x, y, z] = self.axes.each_ref().map(|axis| axis.of(row));
                if x.len() != y.len() || x.len() != z.len() {
                    return None;
                }
                Decimals::fixed(digits, (0..x.len()).flat_map(|i| [x[i], y[i], z[i]]).collect())?
            }
        };
        let radius = match u8::try_from(self.radius_digits[row]) {
            Err(_) => Decimals::Exact(self.exact_radius.of(row).into()),
            Ok(digits) => Decimals::fixed(digits, self.radius.of(row).into())?,
        };
        let parent: Vec<u32> = self.parent.of(row).iter().map(|&p| u32::try_from(p).unwrap_or(NO_PARENT)).collect();
        let kind = self.kind.of(row).iter().map(|&kind| u16::try_from(kind).ok()).collect::<Option<Vec<u16>>>()?;
        let sample = Some(self.sample.of(row)).filter(|s| !s.is_empty());
        let cell = Packed::from_parts(name, position, radius, &parent, &kind, sample)?;
        (check(&cell) == self.check[row]).then_some(cell)
    }
}

/// A check sum of a neuron's numbers: pages of a file are checked by their length only, and a wrong bit in a coordinate
/// would go unnoticed. Not a defence against someone who forges files.
pub(super) fn check(cell: &Packed) -> i64 {
    let mut sum = Sum(0x9e37_79b9_7f4a_7c15);
    let parts = cell.parts();
    for decimals in [parts.position, parts.radius] {
        match decimals {
            Decimals::Fixed { digits, multiples } => {
                sum.add(u64::from(*digits));
                multiples.iter().for_each(|&m| sum.add(m as u64));
            }
            Decimals::Exact(numbers) => numbers.iter().for_each(|v| sum.add(v.to_bits())),
        }
    }
    parts.parent.iter().for_each(|&p| sum.add(u64::from(p)));
    parts.kind.iter().for_each(|&k| sum.add(u64::from(k)));
    parts.id.iter().flatten().for_each(|&id| sum.add(id as u64));
    sum.0 as i64
}

struct Sum(u64);

impl Sum {
    /// Multiplication by an odd number and a rotation: every bit of every number reaches the sum.
    fn add(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(23) ^ number).wrapping_mul(0xff51_afd7_ed55_8ccd);
    }
}
