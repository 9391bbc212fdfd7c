//! Reading MorphIO's HDF5 (`.h5`), version 1.0 to 1.3, and its collections of many cells.
//!
//! A cell is a group, the file's root or one of a collection, with `points` (rows of x, y, z, diameter) and `structure`
//! (rows of first point, type, parent section; the first section is the soma, whose parent is -1). Types are SWC's.
//! A section begins by repeating the last point of its parent, which is not repeated here; where the diameter differs,
//! that is said. A soma of several points is a contour and becomes [one sample](super::contour). Spines, mitochondria,
//! reticulum and perimeters are not read, and that is said. A glia's sections keep their numbers 2 and 3, said.
//!
//! Version 2, which the makers gave up, is refused.

mod sections;
#[cfg(test)]
mod tests;

use hdf5_pure::{AttrValue, Dataset, File, Group};

use super::{Reading, Warning, WarningCode};
use crate::error::{Error, Result};

/// Groups that MorphIO adds beside a cell's tree, and what they hold.
const BESIDE: [(&str, &str); 4] = [
    ("perimeters", "perimeters"),
    ("endoplasmic_reticulum", "endoplasmic reticulum"),
    ("organelles", "organelles"),
    ("spines", "spines"),
];

/// Reads the cells of a file; a single one gets this name, those of a collection the names of their groups.
///
/// # Errors
/// Bytes that are no HDF5, a layout that is none of MorphIO's version 1, numbers that do not fit each other.
pub(super) fn parse(name: &str, bytes: &[u8]) -> Result<Vec<Reading>> {
    let size = bytes.len();
    let file = File::from_bytes(bytes.to_vec()).map_err(|e| fault("the file", &e))?;
    let root = file.root();
    let listed = |group: &Group| Ok::<_, Error>((names(group.datasets())?, names(group.groups())?));
    let (datasets, groups) = listed(&root)?;
    if datasets.iter().any(|d| d == "points") {
        return Ok(vec![cell(&root, name, size)?]);
    }
    if groups.iter().any(|g| g == "neuron1") {
        return Err(Error::format("MorphIO HDF5 of version 2, expected version 1")
            .help("convert the file with `morph-tool convert old.h5 new.swc`"));
    }
    let mut readings = Vec::new();
    for group in &groups {
        crate::interrupt::check()?;
        let inside = root.group(group).map_err(|e| fault(&format!("group `{group}`"), &e))?;
        if names(inside.datasets())?.iter().any(|d| d == "points") {
            let reading = cell(&inside, group, size);
            readings.push(reading.map_err(|e| Error { message: format!("cell `{group}`: {}", e.message), ..e })?);
        }
    }
    match readings.is_empty() {
        false => Ok(readings),
        true => Err(Error::format("no neuron: expected datasets `points` and `structure`, as MorphIO writes them")
            .help(format!("the file has: {}", [datasets, groups].concat().join(", ")))),
    }
}

/// Reads the cell of one group.
fn cell(group: &Group, name: &str, size: usize) -> Result<Reading> {
    let mut warnings = Vec::new();
    let beside: Vec<&str> = names(group.groups())?
        .iter()
        .filter_map(|g| BESIDE.iter().find(|(known, _)| known == g).map(|&(_, what)| what))
        .collect();
    if !beside.is_empty() {
        let message = format!("not read: {}", beside.join(", "));
        warnings.push(Warning { code: WarningCode::Skipped, line: None, message });
    }
    warnings.extend(family(group)?);
    let points = rows::<f64, 4>(group, "points", size, Dataset::read_f64)?;
    let structure = rows::<i64, 3>(group, "structure", size, Dataset::read_i64)?;
    sections::link(name, &points, &structure, warnings)
}

/// Refuses versions that are not known, and says when the cell is a glia.
fn family(group: &Group) -> Result<Option<Warning>> {
    let Ok(metadata) = group.group("metadata") else {
        return Ok(None);
    };
    let attributes = metadata.attrs().map_err(|e| fault("`metadata`", &e))?;
    if let Some(version) = attributes.get("version").map(integers)
        && version.first().is_some_and(|&major| major != 1)
    {
        let shown: Vec<String> = version.iter().map(i64::to_string).collect();
        return Err(Error::format(format!("MorphIO HDF5 of version {}, expected version 1", shown.join(".")))
            .help("convert the file to SWC first"));
    }
    // MorphIO's families: 0 neuron, 1 glia, 2 spine.
    Ok(match attributes.get("cell_family").map(integers).as_deref() {
        Some([1, ..]) => {
            let message = "the cell is a glia: types 2 and 3 mean its process and its end feet".to_string();
            Some(Warning { code: WarningCode::Glia, line: None, message })
        }
        _ => None,
    })
}

/// The numbers of an attribute; none where it is not of the whole numbers that MorphIO writes.
fn integers(value: &AttrValue) -> Vec<i64> {
    match value {
        AttrValue::U32Array(values) => values.iter().map(|&v| v.into()).collect(),
        AttrValue::I32Array(values) => values.iter().map(|&v| v.into()).collect(),
        AttrValue::I64Array(values) => values.clone(),
        AttrValue::U32(value) => vec![(*value).into()],
        AttrValue::I32(value) => vec![(*value).into()],
        AttrValue::I64(value) => vec![*value],
        _ => Vec::new(),
    }
}

/// A table of numbers with `N` columns, row by row; `size` is that of the file.
fn rows<T: Copy, const N: usize>(
    group: &Group,
    name: &str,
    size: usize,
    read: impl Fn(&Dataset) -> std::result::Result<Vec<T>, hdf5_pure::Error>,
) -> Result<Vec<[T; N]>> {
    let what = format!("`{name}`");
    let dataset = group.dataset(name).map_err(|e| fault(&what, &e))?;
    let shape = dataset.shape().map_err(|e| fault(&what, &e))?;
    let [count, columns] = shape[..] else {
        return Err(Error::format(format!("{what} has {} dimensions, expected 2", shape.len())).help(LAYOUT));
    };
    if columns != N as u64 {
        return Err(Error::format(format!("{what} has {columns} columns, expected {N}")).help(LAYOUT));
    }
    // A row has 12 bytes or more and no tracing packs twelvefold, but a damaged size would ask for any memory.
    if count > size as u64 {
        return Err(Error::format(format!("{what} claims {count} rows in a file of {size} bytes"))
            .help("the file is damaged: copy it again"));
    }
    let values = read(&dataset).map_err(|e| fault(&what, &e))?;
    Ok(values.as_chunks::<N>().0.to_vec())
}

const LAYOUT: &str = "`points` has rows of x, y, z, diameter; `structure` of first point, type, parent";

/// The names of a group's members.
fn names(listed: std::result::Result<Vec<String>, hdf5_pure::Error>) -> Result<Vec<String>> {
    listed.map_err(|e| fault("the list of its groups", &e))
}

fn fault(what: &str, cause: &hdf5_pure::Error) -> Error {
    Error::format(format!("{what} cannot be read: {cause}")).help("the file is damaged or unfinished: copy it again")
}
