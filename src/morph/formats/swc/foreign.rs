//! Text that is no SWC at all: better named than blamed for line 1.

use crate::error::Error;
use crate::morph::formats::Format;

/// The error for text that starts like something else.
pub(super) fn by_content(bytes: &[u8]) -> Option<Error> {
    if let Some(format) = Format::of_content(bytes) {
        return Some(unsupported(format.name()).help("`morph::load` tells formats apart by their content"));
    }
    if bytes.starts_with(b"\x1f\x8b") || bytes.starts_with(b"PK\x03\x04") {
        return Some(unsupported("compressed archive").help("unpack it, or name the archive by its path"));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Some(Error::format("the text is UTF-16, expected UTF-8 or ASCII").help("save the file as UTF-8"));
    }
    match bytes.trim_ascii_start().first()? {
        b'<' => Some(unsupported("XML or HTML").help("if this was a download, the server sent a web page")),
        b'{' | b'[' => Some(unsupported("JSON").help("convert the file to SWC first")),
        _ => None,
    }
}

fn unsupported(format: &str) -> Error {
    Error::format(format!("format not supported: {format}, expected SWC"))
}
