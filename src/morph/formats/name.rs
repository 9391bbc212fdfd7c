//! What a neuron is called: after its file.

use std::path::Path;

use super::Format;

/// What a neuron in this file is called: the file name without the ending of its format, in any case.
pub(crate) fn name_of(path: &Path) -> String {
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    match file.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && Format::of_ending(ending).is_some() => stem.to_string(),
        _ => file.into_owned(),
    }
}
