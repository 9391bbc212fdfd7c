//! Reading Neurolucida ASCII (`.asc`), as MicroBrightField's tracing programs write it.
//!
//! The text is nested lists. A neurite is a list with a type, `(Axon)`, `(Dendrite)` or `(Apical)`, then points
//! `(x y z diameter)`, and at a fork a list of branches separated by `|`, each built the same way. A soma is one or
//! more contours with `(CellBody)`. What becomes of it:
//!
//! * neurites hang on the soma's sample; without a soma each is a root of its own;
//! * contours of the soma become [one sample](super::contour), said;
//! * diameters become radii; a branch that starts by repeating the point it leaves from does not repeat it here, and
//!   where its diameter differs there, that is said;
//! * spines, markers within and between branches, other contours: skipped, said with their number;
//! * a list that does not end, points behind a fork or behind an ending such as `Incomplete`: errors with the line.
//!
//! The nesting is kept on a stack of its own: no depth exhausts the program's.

mod blocks;
mod branches;
mod lexer;
#[cfg(test)]
mod tests;

use super::table::Table;
use super::{Reading, Warning, WarningCode, contour};
use crate::error::{Error, Result};
use crate::morph::{Sample, counted, kind};

/// What a file holds, before it is linked.
#[derive(Default)]
struct Drawing {
    /// Points of all soma contours, with radii.
    soma: Vec<([f64; 3], f64)>,
    /// The line of the first one.
    soma_line: Option<usize>,
    /// Samples of all neurites.
    neurites: Vec<Point>,
    /// Spines, markers and contours that were skipped, and the line of the first.
    skipped: Skipped,
    /// Branches whose first radius differs from the sample they leave: how many, and the line of the first.
    radii: (usize, Option<usize>),
}

/// A sample of a neurite.
struct Point {
    position: [f64; 3],
    radius: f64,
    kind: u16,
    /// Index among the neurites' samples; `None` at the start of a neurite.
    parent: Option<u32>,
    line: usize,
}

#[derive(Default)]
struct Skipped {
    spines: usize,
    markers: usize,
    contours: usize,
    line: Option<usize>,
}

/// Reads Neurolucida text; the neuron gets this name.
///
/// # Errors
/// With the line: lists that do not end, points that are no numbers, points where none may stand; a text without
/// neurite and soma.
pub(super) fn parse(name: &str, bytes: &[u8]) -> Result<Reading> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let drawing = blocks::read(text)?;
    if drawing.soma.is_empty() && drawing.neurites.is_empty() {
        return Err(Error::format("no neurite and no soma")
            .help("expected lists with `(CellBody)`, `(Axon)`, `(Dendrite)` or `(Apical)` and points"));
    }
    let mut warnings = Vec::new();
    let mut table = Table::default();
    let soma = contour::one_sample(&drawing.soma, drawing.soma_line);
    // The soma is sample 1 wherever it stands in the file, and neurites follow in the file's order.
    let offset = 1 + i64::from(soma.is_some());
    let mut above = -1;
    if let Some((position, radius, warning)) = soma {
        let line = drawing.soma_line.unwrap_or(0) as u32;
        table.push(Sample { id: 1, kind: kind::SOMA, position, radius }, -1, line)?;
        warnings.extend(warning);
        above = 1;
    }
    for (at, point) in (offset..).zip(&drawing.neurites) {
        let sample = Sample { id: at, kind: point.kind, position: point.position, radius: point.radius };
        let parent = point.parent.map_or(above, |p| offset + i64::from(p));
        table.push(sample, parent, u32::try_from(point.line).unwrap_or(0))?;
    }
    warnings.extend(drawing.radii_warning());
    warnings.extend(drawing.skipped.warning());
    table.into_reading(name, warnings)
}

impl Drawing {
    fn radii_warning(&self) -> Option<Warning> {
        let (count, line) = self.radii;
        let message = format!(
            "{count} of the branches start with another radius than the sample they leave from, which keeps its own"
        );
        (count > 0).then_some(Warning { code: WarningCode::BranchRadius, line, message })
    }
}

impl Skipped {
    fn warning(&self) -> Option<Warning> {
        let parts = [(self.spines, "spine"), (self.markers, "marker"), (self.contours, "other contour")];
        let shown: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|&(n, what)| counted(n, what)).collect();
        let message = format!("not read: {}", shown.join(", "));
        (!shown.is_empty()).then_some(Warning { code: WarningCode::Skipped, line: self.line, message })
    }
}
