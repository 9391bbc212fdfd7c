//! Reading SWC: text to a [`Morphology`](crate::morph::Morphology), with what was unusual about it.
//!
//! The format (Cannon et al. 1998; INCF 2023): one sample a line, `id type x y z radius parent`, comments behind `#`.
//! What real files do beyond it is either read as it is meant (a byte-order mark, any line ends, blanks and tabs, ids
//! in any order, with gaps, or written `1.0`), or read with a [`Warning`], or refused with the line, the value and the
//! cure. **Nothing is repaired**: positions, radii, types and edges are those of the file. Where tools disagree:
//!
//! | in the file | here |
//! |---|---|
//! | the soma hangs on a neurite | the tree is turned round so that the soma is its root, with a warning |
//! | several somata | kept, with a warning; the first in the file counts |
//! | a soma that branches, no soma, nothing but soma, a forest | kept, with a warning |
//! | type 0; types 5 and above | kept, with a warning; kept |
//! | negative type, `NA` or NaN anywhere | error |
//! | radius 0 or below | kept, with a warning |
//! | parent 0 where there is no sample 0 and no parent -1 | a root, with a warning (Vaa3D) |
//! | a repeated number, a missing parent, a ring | error |
//! | more than seven columns | the others are not read, with a warning |
//! | a unit, an `OFFSET` or a `SCALE` in a comment | not applied, with a warning |
//!
//! Time and memory are linear in the size of the text, without recursion.

mod comment;
mod fault;
mod foreign;
mod line;
#[cfg(test)]
mod odd_tests;
mod soma;
#[cfg(test)]
mod tests;
mod write;

use std::path::Path;

pub(super) use comment::foreign_unit;
pub use soma::SomaStyle;

use super::read::file_bytes;
use super::table::Table;
use super::{Reading, Warning, WarningCode, name_of};
use crate::error::{Error, Result};
use crate::interrupt;
use line::{Cursor, Line};

/// Reads an SWC file; the neuron is called after the file, without its ending. [`read`](super::read()) takes files of
/// any format.
///
/// # Errors
/// A file that cannot be opened, another format, or text that is no SWC; see [`parse_swc`].
pub fn read_swc(path: impl AsRef<Path>) -> Result<Reading> {
    let path = path.as_ref();
    let bytes = file_bytes(path)?;
    parse_swc(&name_of(path), &bytes).map_err(|e| if e.is_interrupt() { e } else { e.in_file(path) })
}

/// Reads SWC text.
///
/// # Errors
/// With the line, the value found and the cure: a line that is not seven numbers, a repeated number, a parent that is
/// missing, samples that are each other's parents, no sample at all, or text of another format.
pub fn parse_swc(name: &str, bytes: &[u8]) -> Result<Reading> {
    if let Some(error) = foreign::by_content(bytes) {
        return Err(error);
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let (table, warnings) = scan(text)?;
    table.into_reading(name, warnings)
}

/// Reads all lines; the samples are at least one and at most `u32::MAX` - 1.
fn scan(text: &[u8]) -> Result<(Table, Vec<Warning>)> {
    // Real files have 25 to 60 bytes a line.
    let capacity = text.len() / 24 + 1;
    let mut table = Table {
        samples: Vec::with_capacity(capacity),
        parent: Vec::with_capacity(capacity),
        line: Vec::with_capacity(capacity),
    };
    let mut warnings: Vec<Warning> = Vec::new();
    let mut extra: Option<(usize, usize)> = None;
    let mut cursor = Cursor::new(text);
    let mut number = 0;
    while !cursor.at_end() {
        number += 1;
        if number % 100_000 == 0 {
            interrupt::check()?;
        }
        match cursor.line() {
            Line::Record(record) => {
                table.samples.push(record.sample);
                table.parent.push(record.parent);
                table.line.push(number as u32);
                if record.extra {
                    extra.get_or_insert((number, 0)).1 += 1;
                }
            }
            Line::Blank => {}
            Line::Comment(comment) => {
                let found = comment::in_comment(comment, number);
                warnings.extend(found.filter(|w| warnings.iter().all(|known| known.code != w.code)));
            }
            Line::Bad(bad) => {
                let last = cursor.at_end() && !matches!(text.last(), Some(b'\n' | b'\r'));
                return Err(fault::explain(bad, last).at_line(number));
            }
        }
        if number == u32::MAX as usize {
            return Err(Error::format("too many lines for one neuron").at_line(number));
        }
    }
    if table.samples.is_empty() {
        let what = if text.is_empty() { "the file is empty" } else { "no samples: only comments and blank lines" };
        return Err(Error::format(what).help("export the neuron again"));
    }
    if let Some((line, count)) = extra {
        let message = format!("{count} lines have more than 7 columns: the others are not read");
        warnings.push(Warning { code: WarningCode::ExtraColumns, line: Some(line), message });
    }
    Ok((table, warnings))
}
