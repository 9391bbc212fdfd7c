//! Reading skeletons.

use std::collections::HashMap;

use bytes::Bytes;
use parquet::data_type::ByteArray;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};

use super::Guarded;
use super::columns::{Column, LAYOUT, contained, fault};
use crate::error::{Error, Result, did_you_mean};
use crate::morph::formats::swc::foreign_unit;
use crate::morph::formats::table::Table;
use crate::morph::formats::{Reading, Warning, WarningCode};
use crate::morph::{Sample, kind};

/// Reads all neurons of a file, in the order of their first rows.
///
/// # Errors
/// Bytes that are no Parquet, columns that are missing or of another type, values that are missing, and what
/// [`Table::into_reading`] refuses of any neuron.
pub(in crate::morph::formats) fn parse(name: &str, bytes: &[u8]) -> Result<Vec<Reading>> {
    let open = || SerializedFileReader::new(Guarded(Bytes::copy_from_slice(bytes))).map_err(|e| fault("the file", &e));
    let file = contained("the file", open)?;
    let metadata = file.metadata().file_metadata();
    let names: Vec<&str> = metadata.schema_descr().columns().iter().map(|c| c.name()).collect();
    let places = Places::of(&names)?;
    // Runs of one value take no room, so a damaged count could ask for any memory; nodes differ, and take some.
    let claimed: i128 = file.metadata().row_groups().iter().map(|g| i128::from(g.num_rows())).sum();
    let most = 1_000_000 + 8 * bytes.len() as i128;
    if claimed > most || file.metadata().row_groups().iter().any(|g| g.num_rows() < 0) {
        return Err(Error::format(format!("the file claims {claimed} rows in {} bytes", bytes.len()))
            .help("the file is damaged: copy it again"));
    }
    let mut neurons = Neurons::default();
    for at in 0..file.num_row_groups() {
        let group = file.get_row_group(at).map_err(|e| fault(&format!("row group {at}"), &e))?;
        neurons.add(&*group, &places)?;
    }
    let texts = metadata.key_value_metadata().into_iter().flatten();
    let properties = Properties::of(texts.filter_map(|kv| Some((kv.key.as_str(), kv.value.as_deref()?))));
    neurons.into_readings(name, places.label.is_some(), &properties)
}

/// Where the columns are.
struct Places {
    needed: [usize; 5],
    radius: Option<usize>,
    label: Option<usize>,
    neuron: Option<usize>,
}

const NEEDED: [&str; 5] = ["node_id", "parent_id", "x", "y", "z"];

impl Places {
    fn of(names: &[&str]) -> Result<Places> {
        let find = |name: &str| names.iter().position(|n| *n == name);
        let mut needed = [0; 5];
        for (place, name) in needed.iter_mut().zip(NEEDED) {
            *place = find(name).ok_or_else(|| {
                let error = Error::format(format!("no column `{name}`; there are: {}", names.join(", ")));
                match did_you_mean(name, names.iter().copied()) {
                    Some(near) if !NEEDED.contains(&near) => error.help(format!("rename `{near}` to `{name}`")),
                    _ => error.help(LAYOUT),
                }
            })?;
        }
        Ok(Places { needed, radius: find("radius"), label: find("label"), neuron: find("neuron") })
    }
}

/// The neurons that were met so far.
#[derive(Default)]
struct Neurons {
    place: HashMap<Key, usize>,
    tables: Vec<(String, Table)>,
}

/// How the column `neuron` tells neurons apart.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Number(i64),
    Text(Vec<u8>),
}

impl Neurons {
    fn add(&mut self, group: &dyn RowGroupReader, places: &Places) -> Result<()> {
        // The sum of all groups is not negative and was found small enough.
        let rows = group.metadata().num_rows() as usize;
        let read = |at: usize, name: &str| Column::read(group, at, name, rows);
        let [node, parent, x, y, z] = places.needed;
        let (node, parent) = (read(node, "node_id")?.whole("node_id")?, read(parent, "parent_id")?.whole("parent_id")?);
        let (x, y, z) = (read(x, "x")?.real("x")?, read(y, "y")?.real("y")?, read(z, "z")?.real("z")?);
        let radius = places.radius.map(|at| read(at, "radius")?.real("radius")).transpose()?;
        let label = places.label.map(|at| read(at, "label")?.whole("label")).transpose()?;
        let of_row = match places.neuron.map(|at| read(at, "neuron")).transpose()? {
            None => vec![self.neuron(Key::Number(0), String::new); rows],
            Some(Column::Whole(ids)) => self.runs(&ids, |&id| Key::Number(id), i64::to_string),
            Some(Column::Text(ids)) => {
                let shown = |id: &ByteArray| String::from_utf8_lossy(id.data()).into_owned();
                self.runs(&ids, |id| Key::Text(id.data().to_vec()), shown)
            }
            Some(Column::Real(_)) => {
                return Err(Error::format("column `neuron` is of floats, expected whole numbers or text").help(LAYOUT));
            }
        };
        for row in 0..rows {
            let kind = match &label {
                None => kind::UNDEFINED,
                Some(label) => u16::try_from(label[row]).map_err(|_| {
                    Error::format(format!(
                        "node `{}`: label `{}` is not a type, expected 0 to 65535",
                        node[row], label[row]
                    ))
                    .help("labels are SWC types")
                })?,
            };
            let radius = radius.as_ref().map_or(0.0, |r| r[row]);
            let sample = Sample { id: node[row], kind, position: [x[row], y[row], z[row]], radius };
            let (name, table) = &mut self.tables[of_row[row]];
            table.push(sample, parent[row], 0).map_err(|e| of_neuron(name, e))?;
        }
        Ok(())
    }

    /// The neuron of each row; rows of one neuron mostly stand together.
    fn runs<T: PartialEq>(&mut self, ids: &[T], key: impl Fn(&T) -> Key, shown: impl Fn(&T) -> String) -> Vec<usize> {
        let mut of_row: Vec<usize> = Vec::with_capacity(ids.len());
        for (row, id) in ids.iter().enumerate() {
            let same = row.checked_sub(1).filter(|&before| ids[before] == *id).map(|before| of_row[before]);
            of_row.push(same.unwrap_or_else(|| self.neuron(key(id), || shown(id))));
        }
        of_row
    }

    fn neuron(&mut self, key: Key, shown: impl FnOnce() -> String) -> usize {
        let tables = &mut self.tables;
        *self.place.entry(key).or_insert_with(|| {
            tables.push((shown(), Table::default()));
            tables.len() - 1
        })
    }

    fn into_readings(self, file: &str, has_labels: bool, properties: &Properties<'_>) -> Result<Vec<Reading>> {
        let alone = self.tables.len() == 1;
        if self.tables.is_empty() {
            return Err(Error::format("no samples").help("the table has no rows"));
        }
        let read = |(id, mut table): (String, Table)| {
            crate::interrupt::check()?;
            let about = properties.of_neuron(&id, alone);
            if !has_labels {
                about.mark_soma(&mut table);
            }
            let name = if alone { file } else { &id };
            table.into_reading(name, about.unit_warning().into_iter().collect()).map_err(|e| of_neuron(&id, e))
        };
        self.tables.into_iter().map(read).collect()
    }
}

fn of_neuron(id: &str, error: Error) -> Error {
    match id.is_empty() {
        true => error,
        false => Error { message: format!("neuron `{id}`: {}", error.message), ..error },
    }
}

/// The properties of neurons, by neuron and name.
struct Properties<'a>(HashMap<&'a str, About<'a>>);

/// What the metadata say of one neuron.
#[derive(Clone, Copy, Default)]
struct About<'a> {
    units: Option<&'a str>,
    soma: Option<&'a str>,
}

impl<'a> Properties<'a> {
    fn of(texts: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut all: HashMap<&str, About<'a>> = HashMap::new();
        for (key, value) in texts {
            match key.rsplit_once(':') {
                Some((id, "units")) => all.entry(id).or_default().units = Some(value),
                Some((id, "soma")) => all.entry(id).or_default().soma = Some(value),
                _ => {}
            }
        }
        Properties(all)
    }

    /// What is said of a neuron; a file of one neuron without the column `neuron` says it under any id.
    fn of_neuron(&self, id: &str, alone: bool) -> About<'a> {
        let only = || self.0.values().next().filter(|_| alone && self.0.len() == 1);
        self.0.get(id).or_else(only).copied().unwrap_or_default()
    }
}

impl About<'_> {
    /// Gives the soma's nodes their type.
    fn mark_soma(&self, table: &mut Table) {
        let listed = self.soma.unwrap_or_default().split(|c: char| !c.is_ascii_digit());
        let ids: Vec<i64> = listed.filter_map(|id| id.parse().ok()).collect();
        for sample in table.samples.iter_mut().filter(|s| ids.contains(&s.id)) {
            sample.kind = kind::SOMA;
        }
    }

    fn unit_warning(&self) -> Option<Warning> {
        let units = self.units?;
        foreign_unit(&units.to_ascii_lowercase())?;
        let shown: String = units.chars().take(40).flat_map(char::escape_debug).collect();
        let message = format!("the file names the unit `{shown}`: positions are as written, not in micrometres");
        Some(Warning { code: WarningCode::UnitHeader, line: None, message })
    }
}
