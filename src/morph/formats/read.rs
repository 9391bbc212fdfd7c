//! One entry for all formats.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::{Format, Place, Warning, archive, asc, hdf5, name_of, neuroml, parquet, parse_swc};
use crate::error::{Error, Kind, Result, did_you_mean};
use crate::morph::{Morphology, counted};

/// A neuron as it was read, and what was unusual about its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The neuron.
    pub morphology: Morphology,
    /// What was unusual, in a fixed order of kinds.
    pub warnings: Vec<Warning>,
}

/// The largest file that is read whole. Lines are counted in 32 bits, and no neuron comes near it.
const MAX_BYTES: u64 = 1 << 32;

/// Reads the neuron of a file of any format, which its content tells, or else its ending.
///
/// The path may name a member of an archive, `cells.zip!a/b.swc`, or a neuron of a file that holds several,
/// `cells.parquet!12345`; what stands before the `!` must be a file.
///
/// # Errors
/// A file that cannot be opened, text that is not what its format asks for, several neurons where none is named.
pub fn read(path: impl AsRef<Path>) -> Result<Reading> {
    let path = path.as_ref();
    let mut readings = read_all(path)?;
    match (readings.pop(), readings.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => Err(Error::format("no neuron").in_file(path)),
        (Some(_), others) => {
            let name = readings.first().map_or("", |r| &*r.morphology.name).to_string();
            Err(Error::value(format!("`{}` holds {}", path.display(), counted(others + 1, "neuron")))
                .in_file(path)
                .help(format!("`morph::load_dir` reads them all; one of them is `{}!{name}`", path.display())))
        }
    }
}

/// Reads all neurons of a file of any format, or of all members of an archive. See [`read()`] for paths with a `!`.
///
/// # Errors
/// As [`read()`]; the first member of an archive that cannot be read is the error.
pub fn read_all(path: impl AsRef<Path>) -> Result<Vec<Reading>> {
    let path = path.as_ref();
    let place = Place::of(path);
    let Some(member) = &place.member else {
        if archive::is_archive(path) {
            return archive::read_all(path);
        }
        return read_place(&place);
    };
    if archive::is_archive(&place.file) {
        return read_place(&place);
    }
    let mut readings = read_place(&Place { member: None, ..place.clone() })?;
    match readings.iter().position(|r| *r.morphology.name == **member) {
        Some(at) => Ok(vec![readings.swap_remove(at)]),
        None => {
            let error = Error::new(Kind::File, format!("no neuron `{member}` in `{}`", place.file.display()));
            let near = did_you_mean(member, readings.iter().map(|r| &*r.morphology.name));
            let help = near.map(|near| format!("did you mean `{near}`?"));
            Err(Error { help, ..error.in_file(&place.file) })
        }
    }
}

/// Reads the neurons of a file on the disk, or of one member of an archive.
///
/// # Errors
/// As [`read()`].
pub fn read_place(place: &Place) -> Result<Vec<Reading>> {
    match &place.member {
        None => parse_all(place, &file_bytes(&place.file)?),
        Some(member) => parse_all(place, &archive::member(&place.file, member)?),
    }
}

/// Reads the neurons of a file whose bytes are at hand; the place names neurons and errors, and no file is opened.
///
/// # Errors
/// Bytes that are not what their format asks for.
pub fn parse_all(place: &Place, bytes: &[u8]) -> Result<Vec<Reading>> {
    let path = place.member.as_deref().map_or(place.file.as_path(), Path::new);
    let name = name_of(path);
    let readings = Format::of(path, bytes).and_then(|format| match format {
        Format::Swc => Ok(vec![parse_swc(&name, bytes)?]),
        Format::Asc => Ok(vec![asc::parse(&name, bytes)?]),
        Format::Hdf5 => hdf5::parse(&name, bytes),
        Format::Neuroml => neuroml::parse(&name, bytes),
        Format::Parquet => parquet::parse(&name, bytes),
    });
    readings.map_err(|e| if e.is_interrupt() { e } else { e.in_file(&place.path()) })
}

/// The bytes of a file.
pub(crate) fn file_bytes(path: &Path) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(|e| Error::io("cannot open", path, &e))?;
    let mut bytes = Vec::with_capacity(file.metadata().map_or(0, |m| m.len().min(MAX_BYTES) as usize));
    // The file may grow while it is read, or be a pipe: the limit is on what arrives.
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|e| Error::io("cannot read", path, &e))?;
    if bytes.len() as u64 > MAX_BYTES {
        let error = Error::format(format!("the file is larger than {} GB", MAX_BYTES >> 30)).in_file(path);
        return Err(error.help("split it into files of one neuron each"));
    }
    Ok(bytes)
}
