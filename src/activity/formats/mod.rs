//! Reading recordings: NumPy archives, CSV, MATLAB files of all versions, WormWideWeb's JSON, and NWB.

mod csv;
mod extent;
mod kato;
mod mat;
mod npz;
mod nwb;
#[cfg(test)]
mod tests;
mod wormwideweb;

use std::path::{Path, PathBuf};

use super::{Recording, RecordingSet};
use crate::error::{Error, Kind, Result};

/// How a folder of recordings is read.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoadOptions {
    /// Reads only files whose name matches: `*` stands for any text, `?` for one character.
    pub pattern: Option<String>,
    /// Stops at the first file that cannot be read, instead of leaving it out and saying so.
    pub strict: bool,
}

/// What is read, by the ending of the name.
const ENDINGS: [&str; 5] = ["npz", "csv", "mat", "json", "nwb"];

/// The file beside those of Kato et al. that has the states of all animals.
const COLOURING: &str = "sevenStateColoring.mat";

/// The largest file that is read, in bytes.
const LARGEST: u64 = 4 << 30;

/// All recordings of a file, which may hold several.
///
/// # Errors
/// A file that is missing, damaged, of an unknown format, or without a recording; says what was expected.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<Recording>> {
    let path = path.as_ref();
    let size = std::fs::metadata(path).map_err(|e| Error::io("cannot open", path, &e))?.len();
    if size > LARGEST {
        return Err(Error::new(Kind::File, format!("`{}` has {size} bytes", path.display()))
            .in_file(path)
            .help("files of up to 4 GiB are read"));
    }
    let bytes = std::fs::read(path).map_err(|e| Error::io("cannot read", path, &e))?;
    let found = parse(path, &bytes).map_err(|e| if e.path.is_some() { e } else { e.in_file(path) })?;
    let beside = path.with_file_name(COLOURING);
    match ending(path) == "mat" && found.iter().any(|r| r.states().is_none()) && beside.is_file() {
        true => found.into_iter().map(|r| coloured(r, &beside)).collect(),
        false => Ok(found),
    }
}

/// A recording without states with those that a file beside it has for it.
fn coloured(recording: Recording, path: &Path) -> Result<Recording> {
    if recording.states().is_some() {
        return Ok(recording);
    }
    let bytes = std::fs::read(path).map_err(|e| Error::io("cannot read", path, &e))?;
    let colouring = mat::variables(&bytes).and_then(|v| kato::Colouring::of(&v)).map_err(|e| e.in_file(path))?;
    match colouring.as_ref().and_then(|c| c.states(recording.name(), recording.frames())) {
        Some(states) => recording.with_states(states.clone()),
        None => {
            tracing::warn!(
                "`{}` has no states of {} frames for `{}`",
                path.display(),
                recording.frames(),
                recording.name()
            );
            Ok(recording)
        }
    }
}

/// All recordings in the bytes of a file, whose name tells the format.
///
/// # Errors
/// As [`read`].
pub fn parse(path: &Path, bytes: &[u8]) -> Result<Vec<Recording>> {
    let name = path.file_stem().map_or("recording".into(), |s| s.to_string_lossy().into_owned());
    match ending(path).as_str() {
        "npz" => npz::parse(&name, bytes).map(|r| vec![r]),
        "csv" => csv::parse(&name, bytes).map(|r| vec![r]),
        "mat" => kato::recordings(&name, &mat::variables(bytes)?),
        "json" => wormwideweb::parse(&name, bytes).map(|r| vec![r]),
        "nwb" => nwb::parse(&name, bytes).map(|r| vec![r]),
        other => Err(Error::format(format!("`.{other}` is no ending of a recording"))
            .help(format!("nms reads {}", ENDINGS.map(|e| format!("`.{e}`")).join(", ")))),
    }
}

/// The recording of a file that holds one.
///
/// # Errors
/// As [`read`], and when there are several.
pub fn load(path: impl AsRef<Path>) -> Result<Recording> {
    let path = path.as_ref();
    let mut found = read(path)?;
    match found.len() {
        1 => Ok(found.remove(0)),
        n => {
            let names: Vec<&str> = found.iter().map(Recording::name).collect();
            Err(Error::value(format!("the file holds {n} recordings: {}", names.join(", ")))
                .in_file(path)
                .help("read them all with `activity::load_dir(path)`"))
        }
    }
}

/// All recordings of the files of a folder, in the order of their names; or those of one file.
///
/// The second value says what was left out or is odd about names, for the log.
///
/// # Errors
/// When nothing can be read; with `strict`, at the first file that cannot be.
pub fn load_dir(path: impl AsRef<Path>, options: &LoadOptions) -> Result<(RecordingSet, Vec<String>)> {
    let path = path.as_ref();
    let files = if path.is_dir() { files_of(path, options.pattern.as_deref())? } else { vec![path.to_path_buf()] };
    let (mut recordings, mut notes): (Vec<Recording>, Vec<String>) = (Vec::new(), Vec::new());
    let mut first = None;
    for file in &files {
        crate::interrupt::check()?;
        match read(file) {
            Ok(found) => recordings.extend(found),
            Err(error) if options.strict || error.is_interrupt() || files.len() == 1 => return Err(error),
            Err(error) => {
                notes.push(format!("left out: {}", error.located()));
                first.get_or_insert(error);
            }
        }
    }
    if recordings.is_empty() {
        return Err(first.unwrap_or_else(|| {
            Error::new(Kind::File, format!("no recording below `{}`", path.display()))
                .in_file(path)
                .help(format!("nms reads {}", ENDINGS.map(|e| format!("`.{e}`")).join(", ")))
        }));
    }
    let set = RecordingSet::new(recordings)?;
    notes.extend(set.issues().iter().map(ToString::to_string));
    Ok((set, notes))
}

fn files_of(folder: &Path, pattern: Option<&str>) -> Result<Vec<PathBuf>> {
    let matcher = pattern
        .map(|p| globset::Glob::new(p).map(|g| g.compile_matcher()))
        .transpose()
        .map_err(|e| Error::value(format!("`pattern`: {e}")).help("such as `\"*.npz\"`"))?;
    let entries = std::fs::read_dir(folder).map_err(|e| Error::io("cannot list", folder, &e))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| p.is_file()).collect();
    files.retain(|p| {
        ENDINGS.contains(&ending(p).as_str())
            && p.file_name().is_none_or(|name| name != COLOURING)
            && matcher.as_ref().is_none_or(|m| p.file_name().is_some_and(|name| m.is_match(name)))
    });
    files.sort();
    Ok(files)
}

fn ending(path: &Path) -> String {
    path.extension().map_or(String::new(), |e| e.to_string_lossy().to_ascii_lowercase())
}
