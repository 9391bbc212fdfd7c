//! What a diagnosis looks at: the SWC text of a file, or the neurons of a file of another format, written as SWC.
//!
//! Faults of SWC text are found line by line. Other formats are read by their readers, which refuse a file as a whole or
//! say what was unusual; what is wrong with the neuron itself is then looked for in the same way as in SWC.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::scan::foreign;
use crate::error::{Error, Result};
use crate::morph::formats::{archive, file_bytes};
use crate::morph::{Format, Place, Warning, name_of, parse_all};
use crate::run::manifest::sha256;

/// A neuron to be diagnosed, or what stands in its place.
#[derive(Debug)]
pub(super) struct Subject {
    /// Where it is.
    pub place: Place,
    /// Its name in a file that holds several.
    pub neuron: Option<String>,
    /// SHA-256 of the file, or of the archive's member; empty where it cannot be read.
    pub sha256: String,
    /// What is in it.
    pub content: Content,
}

/// What is in a file.
#[derive(Debug)]
pub(super) enum Content {
    /// Text that is read as SWC.
    Swc(Vec<u8>),
    /// A neuron of another format: its name, the neuron as SWC text, and what its reader said.
    Other {
        /// The neuron's name.
        name: String,
        /// The neuron as SWC.
        text: Vec<u8>,
        /// What was unusual for its reader.
        warnings: Vec<Warning>,
    },
    /// No neuron, as its ending or first bytes show.
    Foreign(String),
    /// Its reader, or the system, refuses it.
    Refused(Error),
}

impl Subject {
    /// The path that [`crate::morph::read()`] takes, absolute; one of several in an archive's member has both names.
    pub fn path(&self) -> PathBuf {
        let file = std::path::absolute(&self.place.file).unwrap_or_else(|_| self.place.file.clone());
        let names = self.place.member.iter().chain(&self.neuron);
        let mut path = file.into_os_string();
        for name in names {
            path.push("!");
            path.push(name);
        }
        path.into()
    }

    /// What a repaired copy is called, below the folder it is written to; `base` is what was searched.
    pub fn name(&self, base: &Path) -> String {
        let file = &self.place.file;
        let below = file.strip_prefix(base).unwrap_or(file);
        let own = (self.place.member.is_none() && below.as_os_str().is_empty()).then(|| file.file_name()).flatten();
        let mut parts = vec![own.map_or(below.to_path_buf(), PathBuf::from)];
        parts.extend(self.place.member.iter().map(PathBuf::from));
        parts.extend(self.neuron.iter().map(PathBuf::from));
        // An archive may hold `../cell.swc` or `/cell.swc`; nothing is written outside the folder.
        let normal = |part: std::path::Component<'_>| match part {
            std::path::Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        };
        let name = parts.iter().flat_map(|part| part.components().filter_map(normal)).collect::<Vec<_>>().join("/");
        if matches!(self.content, Content::Other { .. }) { format!("{name}.swc") } else { name }
    }

    /// What the neuron is called.
    pub fn neuron_name(&self) -> String {
        match &self.content {
            Content::Other { name, .. } => name.clone(),
            _ => name_of(self.place.member.as_deref().map_or(self.place.file.as_path(), Path::new)),
        }
    }

    fn refused(place: Place, error: Error) -> Self {
        Subject { place, neuron: None, sha256: String::new(), content: Content::Refused(error) }
    }
}

/// Takes every subject in a file on the disk: itself, its neurons, or those of an archive's members that are wanted; where
/// none are, the archive itself is a file without a neuron. What cannot be read is a subject, too.
///
/// # Errors
/// What `take` returns, and a requested stop.
pub(super) fn visit(file: &Path, wanted: &HashSet<String>, take: &mut dyn FnMut(Subject) -> Result<()>) -> Result<()> {
    let whole = Place { file: file.to_path_buf(), member: None };
    if !archive::is_archive(file) {
        return match file_bytes(file) {
            Ok(bytes) => each(whole, bytes, take),
            Err(error) => take(Subject::refused(whole, error)),
        };
    }
    if wanted.is_empty() {
        let what = "an archive below a folder, which is not looked into: name it to have its members diagnosed";
        let content = Content::Foreign(what.to_string());
        return take(Subject { place: whole, neuron: None, sha256: String::new(), content });
    }
    // An error of `take` ends the visit and is no fault of the archive.
    let mut ended = None;
    let visited = archive::visit(file, &|member| wanted.contains(member), &mut |member, bytes| {
        let place = Place { member: Some(member.to_string()), ..whole.clone() };
        let taken = match bytes {
            Ok(bytes) => each(place, bytes, take),
            Err(error) => take(Subject::refused(place, error)),
        };
        taken.inspect_err(|error| ended = Some(error.clone()))
    });
    match (visited, ended) {
        (_, Some(error)) => Err(error),
        (Err(error), None) if error.is_interrupt() => Err(error),
        (Err(error), None) => take(Subject::refused(whole, error)),
        (Ok(()), None) => Ok(()),
    }
}

/// Takes the subjects in a file's bytes.
fn each(place: Place, bytes: Vec<u8>, take: &mut dyn FnMut(Subject) -> Result<()>) -> Result<()> {
    let sha256 = sha256(&bytes);
    let path = PathBuf::from(place.member.as_deref().map_or(place.file.as_os_str(), std::ffi::OsStr::new));
    let format = Format::of_content(&bytes).or_else(|| Format::of_path(&path)).unwrap_or(Format::Swc);
    let alone = |content| Subject { place: place.clone(), neuron: None, sha256: sha256.clone(), content };
    if format == Format::Swc {
        return take(alone(match foreign(&path, &bytes) {
            Some(what) => Content::Foreign(what),
            None => Content::Swc(bytes),
        }));
    }
    let readings = match parse_all(&place, &bytes) {
        Ok(readings) => readings,
        Err(error) if error.is_interrupt() => return Err(error),
        Err(error) => return take(alone(Content::Refused(error))),
    };
    let several = readings.len() > 1;
    for reading in readings {
        let name = reading.morphology.name.to_string();
        let content = match reading.morphology.to_swc() {
            Ok(text) => Content::Other { name: name.clone(), text: text.into_bytes(), warnings: reading.warnings },
            Err(error) => Content::Refused(error),
        };
        take(Subject { neuron: several.then_some(name), ..alone(content) })?;
    }
    Ok(())
}
