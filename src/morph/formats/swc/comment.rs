//! What comments say that changes what the numbers mean: an offset, a scale, a unit. It is said, never applied.

use crate::morph::{Warning, WarningCode};

/// A warning from a comment line, where it says something that changes what the numbers mean.
pub(super) fn in_comment(comment: &[u8], line: usize) -> Option<Warning> {
    let text = String::from_utf8_lossy(comment);
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let given =
        |word: &str| lower.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()));
    for (word, code, what) in [
        ("offset", WarningCode::OffsetHeader, "positions are"),
        ("scale", WarningCode::ScaleHeader, "positions and radii are"),
    ] {
        // Standardised files of NeuroMorpho.Org all say `SCALE 1.0 1.0 1.0`, which changes nothing.
        if given(word) && !(word == "scale" && changes_nothing(&lower[word.len()..])) {
            let message = format!("the comment `{}` is not applied: {what} as written", shown(text));
            return Some(Warning { code, line: Some(line), message });
        }
    }
    let unit = foreign_unit(&lower[lower.find("unit")? + "unit".len()..])?;
    let message = format!("a comment names the unit `{unit}`: positions are as written, not in micrometres");
    Some(Warning { code: WarningCode::UnitHeader, line: Some(line), message })
}

/// The first unit in a text in lower case that is not the micrometre.
pub(in crate::morph::formats) fn foreign_unit(lower: &str) -> Option<&str> {
    lower.split(|c: char| !c.is_ascii_alphabetic()).find(|word| FOREIGN_UNITS.contains(word))
}

/// Whether what stands behind `SCALE` is nothing but ones.
fn changes_nothing(factors: &str) -> bool {
    factors.split([' ', '\t', ',', ':', '=']).filter(|f| !f.is_empty()).all(|f| f.parse() == Ok(1.0))
}

/// A comment cut to a length that fits a line.
fn shown(text: &str) -> String {
    text.chars().take(60).flat_map(char::escape_debug).collect()
}

const FOREIGN_UNITS: [&str; 24] = [
    "nm",
    "nanometer",
    "nanometers",
    "nanometre",
    "nanometres",
    "mm",
    "millimeter",
    "millimeters",
    "millimetre",
    "millimetres",
    "cm",
    "inch",
    "inches",
    "meter",
    "meters",
    "metre",
    "metres",
    "px",
    "pixel",
    "pixels",
    "voxel",
    "voxels",
    "vx",
    "angstrom",
];
