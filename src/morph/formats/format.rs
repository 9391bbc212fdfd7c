//! Which format a file has.

use std::path::Path;

use crate::error::{Error, Result, did_you_mean};

/// A format of neurons that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// SWC, and ESWC with more columns.
    Swc,
    /// Neurolucida ASCII.
    Asc,
    /// MorphIO's HDF5, version 1.
    #[serde(alias = "h5")]
    Hdf5,
    /// NeuroML 2.
    #[serde(alias = "nml")]
    Neuroml,
    /// navis' Parquet skeletons.
    Parquet,
}

/// Endings and the formats that they stand for.
const ENDINGS: [(&str, Format); 7] = [
    ("swc", Format::Swc),
    ("eswc", Format::Swc),
    ("asc", Format::Asc),
    ("h5", Format::Hdf5),
    ("hdf5", Format::Hdf5),
    ("nml", Format::Neuroml),
    ("parquet", Format::Parquet),
];

/// Endings of formats that are not read, and what they are.
const UNREAD: [(&str, &str); 6] = [
    ("dat", "Neurolucida binary"),
    ("xml", "Neurolucida XML"),
    ("hoc", "NEURON hoc"),
    ("mtr", "TREES toolbox"),
    ("traces", "SNT traces"),
    ("json", "JSON"),
];

impl Format {
    /// The format that an ending without its point stands for, in any case.
    pub fn of_ending(ending: &str) -> Option<Format> {
        ENDINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending)).map(|&(_, format)| format)
    }

    /// The format that a path's ending stands for.
    pub fn of_path(path: &Path) -> Option<Format> {
        Format::of_ending(path.extension()?.to_str()?)
    }

    /// The format that bytes begin like; SWC has no mark of its own and is never found.
    pub fn of_content(bytes: &[u8]) -> Option<Format> {
        if bytes.starts_with(b"\x89HDF\r\n\x1a\n") {
            return Some(Format::Hdf5);
        }
        if bytes.starts_with(b"PAR1") {
            return Some(Format::Parquet);
        }
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
        match text.first()? {
            b'(' | b';' => Some(Format::Asc),
            b'<' if memchr::memmem::find(&text[..text.len().min(4096)], b"<neuroml").is_some() => Some(Format::Neuroml),
            _ => None,
        }
    }

    /// The format of a file: what its content says, or else its ending, or else SWC.
    ///
    /// # Errors
    /// An ending that belongs to a format which is not read.
    pub(super) fn of(path: &Path, bytes: &[u8]) -> Result<Format> {
        if let Some(format) = Format::of_content(bytes).or_else(|| Format::of_path(path)) {
            return Ok(format);
        }
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        match UNREAD.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending)) {
            Some((_, what)) => {
                Err(Error::format(format!("format not supported: {what}")).help("convert the file to SWC first"))
            }
            None => Ok(Format::Swc),
        }
    }

    /// The format of a file to be written, by its ending.
    ///
    /// # Errors
    /// An ending of no format, or of one that is only read.
    pub(super) fn to_write(path: &Path) -> Result<Format> {
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        let refuse = |what: String| {
            let error = Error::value(what).in_file(path);
            match did_you_mean(ending, Format::WRITTEN.map(Format::ending)) {
                Some(near) => error.help(format!("did you mean `.{near}`?")),
                None => error.help("endings that can be written: `.swc`, `.nml`, `.parquet`"),
            }
        };
        match Format::of_ending(ending) {
            Some(format) if Format::WRITTEN.contains(&format) => Ok(format),
            Some(format) => Err(refuse(format!("{} can be read but not written", format.name()))),
            None if ending.is_empty() => Err(refuse("the file has no ending, so its format is not known".into())),
            None => Err(refuse(format!("`.{ending}` is no format of neurons"))),
        }
    }

    /// The formats that are written, too.
    pub const WRITTEN: [Format; 3] = [Format::Swc, Format::Neuroml, Format::Parquet];

    /// What the format is called.
    pub fn name(self) -> &'static str {
        match self {
            Format::Swc => "SWC",
            Format::Asc => "Neurolucida ASCII",
            Format::Hdf5 => "HDF5",
            Format::Neuroml => "NeuroML",
            Format::Parquet => "Parquet",
        }
    }

    /// The ending that files of this format are given, without its point.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Swc => "swc",
            Format::Asc => "asc",
            Format::Hdf5 => "h5",
            Format::Neuroml => "nml",
            Format::Parquet => "parquet",
        }
    }
}

/// Whether an ending belongs to a morphology format that is not read, or to an archive.
pub(crate) fn is_unread_ending(ending: &str) -> bool {
    let archives = ["zip", "tar", "gz", "tgz"];
    ending != "json" && (archives.contains(&ending) || UNREAD.iter().any(|(known, _)| *known == ending))
}
