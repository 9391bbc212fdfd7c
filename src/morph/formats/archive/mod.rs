//! Archives: zip, tar, tar.gz, and single files behind gzip, read as a stream without unpacking anything to the disk.
//!
//! Archives come from strangers, so what they unpack to is bounded: one member may have [`MAX_MEMBER_BYTES`], and only
//! members whose ending is that of a format are unpacked at all, one after another. What is skipped costs time, not
//! memory, and gzip and deflate expand at most about a thousandfold, so the time is linear in the archive's size.
//! An archive within an archive is not looked into.

mod tape;
#[cfg(test)]
mod tests;
mod zip;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::read::parse_all;
use super::{Format, Place, Reading};
use crate::error::{Error, Kind, Result, did_you_mean};

/// The most bytes that a member of an archive may unpack to: 256 MiB, about four million samples as SWC.
pub const MAX_MEMBER_BYTES: u64 = 256 << 20;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    Zip,
    Tar,
    TarGz,
    /// One file behind gzip.
    Gz,
}

/// What is done with one member: its name and its bytes. An error ends the visit.
pub(crate) type Found<'a> = &'a mut dyn FnMut(&str, Result<Vec<u8>>) -> Result<()>;

/// Whether a path is a file that holds others, by its first bytes.
pub(crate) fn is_archive(path: &Path) -> bool {
    path.is_file() && matches!(packing(path), Ok(Some(_)))
}

/// The names of the members that have the ending of a format, sorted, each once; hidden ones are left out.
///
/// # Errors
/// A file that is no archive, is damaged, or holds no such member.
pub(crate) fn members(path: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    match packing(path)?.ok_or_else(|| no_archive(path))? {
        Packing::Zip => zip::names(path, &mut names)?,
        Packing::Tar => tape::names(path, open(path)?, &mut names)?,
        Packing::TarGz => tape::names(path, MultiGzDecoder::new(open(path)?), &mut names)?,
        Packing::Gz => names.push(gz_name(path)),
    }
    names.retain(|name| is_neuron(name));
    names.sort();
    names.dedup();
    match names.is_empty() {
        false => Ok(names),
        true => Err(Error::format("no file of neurons in the archive")
            .in_file(path)
            .help("files of neurons end in `.swc`, `.asc`, `.h5`, `.nml` or `.parquet`")),
    }
}

/// Calls `found` for every member that is wanted, in the archive's order, with its bytes or why they cannot be had.
///
/// # Errors
/// A file that is no archive or is damaged, and what `found` returns.
pub(crate) fn visit(path: &Path, wanted: &dyn Fn(&str) -> bool, found: Found<'_>) -> Result<()> {
    match packing(path)?.ok_or_else(|| no_archive(path))? {
        Packing::Zip => zip::visit(path, wanted, found),
        Packing::Tar => tape::visit(path, open(path)?, wanted, found),
        Packing::TarGz => tape::visit(path, MultiGzDecoder::new(open(path)?), wanted, found),
        Packing::Gz => {
            let name = gz_name(path);
            match wanted(&name) {
                true => found(&name, unpacked(path, &name, MultiGzDecoder::new(open(path)?))),
                false => Ok(()),
            }
        }
    }
}

/// The bytes of one member.
///
/// # Errors
/// As [`visit`], and when there is no such member; suggests the nearest name.
pub(crate) fn member(path: &Path, name: &str) -> Result<Vec<u8>> {
    let mut bytes = None;
    visit(path, &|found| found == name, &mut |_, member| {
        // The last one of a name counts, as it does when a tar archive is unpacked.
        bytes = Some(member?);
        Ok(())
    })?;
    bytes.ok_or_else(|| {
        let names = members(path).unwrap_or_default();
        let error = Error::new(Kind::File, format!("no `{name}` in `{}`", path.display())).in_file(path);
        match did_you_mean(name, names.iter().map(String::as_str)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("it has {} files of neurons", names.len())),
        }
    })
}

/// All neurons of an archive, in the order of their members' names.
///
/// # Errors
/// As [`members`], and the first member in the archive's order that cannot be read.
pub(crate) fn read_all(path: &Path) -> Result<Vec<Reading>> {
    let names = members(path)?;
    let mut readings: Vec<Vec<Reading>> = vec![Vec::new(); names.len()];
    visit(path, &|name| names.binary_search_by(|n| n.as_str().cmp(name)).is_ok(), &mut |name, bytes| {
        let parsed = parse_all(&place(path, name), &bytes?)?;
        if let Ok(at) = names.binary_search_by(|n| n.as_str().cmp(name)) {
            readings[at] = parsed;
        }
        crate::interrupt::check()
    })?;
    Ok(readings.into_iter().flatten().collect())
}

/// How a file is packed, by its first bytes.
fn packing(path: &Path) -> Result<Option<Packing>> {
    let mut file = open(path)?;
    let head = head_of(path, &mut file)?;
    let is_tar = |head: &[u8]| head.get(257..262) == Some(b"ustar");
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Ok(Some(Packing::Zip));
    }
    if head.starts_with(b"\x1f\x8b") {
        file.seek(SeekFrom::Start(0)).map_err(|e| Error::io("cannot read", path, &e))?;
        // Damage is reported by whoever reads on.
        let inside = head_of(path, MultiGzDecoder::new(file)).unwrap_or_default();
        return Ok(Some(if is_tar(&inside) { Packing::TarGz } else { Packing::Gz }));
    }
    Ok(is_tar(&head).then_some(Packing::Tar))
}

/// The first 512 bytes, or all there are.
fn head_of(path: &Path, reader: impl Read) -> Result<Vec<u8>> {
    let mut head = Vec::with_capacity(512);
    reader.take(512).read_to_end(&mut head).map_err(|e| Error::io("cannot read", path, &e))?;
    Ok(head)
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|e| Error::io("cannot open", path, &e))
}

fn no_archive(path: &Path) -> Error {
    Error::format("no archive, expected zip, tar or gzip")
        .in_file(path)
        .help("the file is empty, damaged or of another kind")
}

/// What a single file behind gzip is called: the file name without `.gz`.
fn gz_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.len().checked_sub(3).and_then(|at| name.split_at_checked(at));
    match stem {
        Some((stem, ending)) if ending.eq_ignore_ascii_case(".gz") && Format::of_path(Path::new(stem)).is_some() => {
            stem.to_string()
        }
        // Whatever is inside is read by its content.
        _ => format!("{}.swc", name.trim_end_matches(".gz")),
    }
}

/// Whether a member is a file of neurons: by its ending, and not hidden or a shadow that macOS adds.
fn is_neuron(name: &str) -> bool {
    let hidden = name.split('/').any(|part| part.starts_with('.') && part != "." || part == "__MACOSX");
    !hidden && Format::of_path(Path::new(name)).is_some()
}

/// All bytes of a member, up to the limit.
fn unpacked(archive: &Path, name: &str, reader: impl Read) -> Result<Vec<u8>> {
    let place = member_path(archive, name);
    let mut bytes = Vec::new();
    reader.take(MAX_MEMBER_BYTES + 1).read_to_end(&mut bytes).map_err(|e| {
        Error::format(format!("the member cannot be unpacked: {e}"))
            .in_file(&place)
            .help("the archive is damaged: copy or download it again")
    })?;
    if bytes.len() as u64 > MAX_MEMBER_BYTES {
        return Err(Error::format(format!("the member unpacks to more than {} MiB", MAX_MEMBER_BYTES >> 20))
            .in_file(&place)
            .help("unpack it first, if it is what it says"));
    }
    Ok(bytes)
}

fn place(archive: &Path, name: &str) -> Place {
    Place { file: archive.to_path_buf(), member: Some(name.to_string()) }
}

/// The path that an error in a member names.
fn member_path(archive: &Path, name: &str) -> PathBuf {
    place(archive, name).path()
}

fn damaged(path: &Path, what: &str) -> Error {
    Error::format(format!("the archive cannot be read: {what}"))
        .in_file(path)
        .help("the archive is damaged or unfinished: copy or download it again")
}
