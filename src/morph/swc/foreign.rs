//! Files that are no SWC at all: better named than blamed for line 1.

use std::path::Path;

use crate::error::Error;

/// The error for a file whose ending belongs to another morphology format.
pub(super) fn by_ending(path: &Path) -> Option<Error> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    let format = match ending.as_str() {
        "asc" => "Neurolucida ASCII",
        "dat" => "Neurolucida binary",
        "h5" | "hdf5" => "HDF5",
        "nml" => "NeuroML",
        "xml" => "XML",
        "hoc" => "NEURON hoc",
        "mtr" => "TREES toolbox",
        "traces" => "SNT traces",
        "json" => "JSON",
        "gz" | "zip" | "tar" | "xz" | "zst" => return Some(compressed(&ending)),
        _ => return None,
    };
    Some(unsupported(format))
}

/// The error for text that starts like another format.
pub(super) fn by_content(bytes: &[u8]) -> Option<Error> {
    if bytes.starts_with(b"\x89HDF\r\n\x1a\n") {
        return Some(unsupported("HDF5"));
    }
    if bytes.starts_with(b"\x1f\x8b") || bytes.starts_with(b"PK\x03\x04") {
        return Some(compressed("compressed"));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Some(Error::format("the text is UTF-16, expected UTF-8 or ASCII").help("save the file as UTF-8"));
    }
    match bytes.trim_ascii_start().first()? {
        b'(' | b';' => Some(unsupported("Neurolucida ASCII")),
        b'<' => Some(unsupported("XML or HTML").help("if this was a download, the server sent a web page")),
        b'{' | b'[' => Some(unsupported("JSON")),
        _ => None,
    }
}

fn unsupported(format: &str) -> Error {
    Error::format(format!("format not supported: {format}, expected SWC")).help("convert the file to SWC first")
}

fn compressed(ending: &str) -> Error {
    Error::format(format!("format not supported: {ending} archive, expected SWC")).help("unpack the file first")
}
