//! NeuroML 2 morphologies (`.nml`): segments with a proximal and a distal point, in micrometres.
//!
//! Reading makes a sample of every segment's distal point, under the segment's number. A proximal point becomes a
//! sample of its own only where it adds something: at a root that is no sphere, and where a segment starts elsewhere
//! than the point of its parent that it leaves from. A segment that leaves its parent between the ends
//! (`fractionAlong`) gets a sample there, said.
//!
//! Types come from segment groups by their name or by the ontology term that the NeuroML tools write, groups within
//! groups included: `soma…`, `axon…`, `apic…`, `dend…`, `basal…`; where no group tells, from the segment's own name.
//! Writing uses the tools' names, and `swc_type_7` for the types that they have no name for, so that what is written
//! reads back with the same tree, numbers, positions, radii and types.

mod groups;
mod segments;
#[cfg(test)]
mod tests;
mod write;

use std::collections::HashMap;

use roxmltree::{Document, Node, ParsingOptions};

use super::Reading;
use crate::error::{Error, Result};

/// Reads the morphologies of a file; a single one gets this name, several the ids of their cells.
///
/// # Errors
/// Text that is no XML, no NeuroML 2, or has no morphology; segments that contradict each other, with the line.
pub(super) fn parse(name: &str, bytes: &[u8]) -> Result<Vec<Reading>> {
    let damaged = "the file is damaged or cut off: export or copy it again";
    let text = std::str::from_utf8(bytes).map_err(|_| Error::format("the text is not UTF-8").help(damaged))?;
    let document = Document::parse_with_options(text, ParsingOptions::default())
        .map_err(|e| Error::format(format!("no XML: {e}")).at_line(e.pos().row as usize).help(damaged))?;
    let morphologies: Vec<Node<'_, '_>> = document.descendants().filter(|n| n.has_tag_name_of("morphology")).collect();
    if morphologies.is_empty() {
        return Err(no_morphology(&document));
    }
    let alone = morphologies.len() == 1;
    let mut taken = HashMap::new();
    let mut readings = Vec::with_capacity(morphologies.len());
    for morphology in morphologies {
        let owner = morphology.parent_element().filter(|p| p.tag_name().name().starts_with("cell"));
        let id = owner.and_then(|cell| cell.attribute("id")).or_else(|| morphology.attribute("id")).unwrap_or(name);
        let seen = taken.entry(id).and_modify(|n| *n += 1).or_insert(1);
        let called = match seen {
            _ if alone => name.to_string(),
            1 => id.to_string(),
            copy => format!("{id}_{copy}"),
        };
        readings.push(segments::read(&called, &document, morphology)?);
    }
    Ok(readings)
}

/// The error for a file without a morphology: older versions and namesakes are named.
fn no_morphology(document: &Document<'_>) -> Error {
    let root = document.root_element().tag_name().name();
    if document.descendants().any(|n| n.has_tag_name_of("segments")) {
        return Error::format("NeuroML of version 1 (MorphML), expected version 2")
            .help("convert the file to NeuroML 2 or SWC first");
    }
    match root {
        "neuroml" => Error::format("the NeuroML has no `<morphology>`")
            .help("morphologies are often in a file of their own that this one includes"),
        "things" => Error::format("a Knossos skeleton, expected NeuroML 2").help("convert the file to SWC first"),
        _ => {
            Error::format(format!("the XML is `<{root}>`, expected `<neuroml>`")).help("convert the file to SWC first")
        }
    }
}

/// Names of elements without regard to their namespace, which files often leave out.
trait Named {
    fn has_tag_name_of(&self, name: &str) -> bool;
}

impl Named for Node<'_, '_> {
    fn has_tag_name_of(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}

/// The lines of a document's nodes, asked for in order: one pass over the text in all.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    fn of(document: &Document<'a>) -> Self {
        Lines { text: document.input_text().as_bytes(), at: 0, line: 1 }
    }

    /// The line of a node that stands behind the one asked for before.
    fn line_of(&mut self, node: Node<'_, '_>) -> usize {
        let start = node.range().start.max(self.at);
        self.line += memchr::memchr_iter(b'\n', &self.text[self.at..start]).count();
        self.at = start;
        self.line
    }
}
