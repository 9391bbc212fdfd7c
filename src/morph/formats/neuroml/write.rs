//! Writing NeuroML 2.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::groups::{CUSTOM, KNOWN};
use crate::error::Result;
use crate::morph::formats::write::push_number;
use crate::morph::{Morphology, NO_PARENT, kind};

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.neuroml.org/schema/neuroml2 https://raw.github.com/NeuroML/NeuroML2/development/Schemas/NeuroML2/NeuroML_v2.3.1.xsd""#;

impl Morphology {
    /// The neuron as a NeuroML 2 document with one cell: a segment for every sample, under the sample's number, whose
    /// distal point is the sample; roots are spheres. Positions are taken to be in micrometres, as NeuroML has it.
    /// Reading it gives the same tree, numbers, positions, radii and types.
    ///
    /// NeuroML's own schema wants diameters above 0 and one root; neither is forced on a neuron that has it otherwise.
    ///
    /// # Errors
    /// As [`to_swc`](Morphology::to_swc).
    pub fn to_neuroml(&self) -> Result<String> {
        self.require_writable()?;
        let id = identifier(&self.name);
        let mut text = String::with_capacity(170 * self.len() + 1024);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{HEAD} id=\"{id}\">\n  <cell id=\"{id}\">\n    <morphology id=\"morphology_{id}\">");
        for i in 0..self.len() {
            let number = self.id[i];
            let _ = writeln!(text, "      <segment id=\"{number}\" name=\"segment_{number}\">");
            match self.parent[i] {
                NO_PARENT => self.push_point(&mut text, "proximal", i),
                parent => {
                    let _ = writeln!(text, "        <parent segment=\"{}\"/>", self.id[parent as usize]);
                }
            }
            self.push_point(&mut text, "distal", i);
            text.push_str("      </segment>\n");
        }
        self.push_groups(&mut text);
        text.push_str("    </morphology>\n  </cell>\n</neuroml>\n");
        Ok(text)
    }

    fn push_point(&self, text: &mut String, name: &str, i: usize) {
        let _ = write!(text, "        <{name}");
        let [x, y, z] = self.position[i];
        // Twice a float is exact, and so is half of that.
        for (attribute, value) in [("x", x), ("y", y), ("z", z), ("diameter", 2.0 * self.radius[i])] {
            let _ = write!(text, " {attribute}=\"");
            push_number(text, value);
            text.push('"');
        }
        text.push_str("/>\n");
    }

    fn push_groups(&self, text: &mut String) {
        let mut members: BTreeMap<u16, Vec<i64>> = BTreeMap::new();
        for (&kind, &id) in self.kind.iter().zip(&self.id) {
            members.entry(kind).or_default().push(id);
        }
        // Segments in no group are undefined.
        members.remove(&kind::UNDEFINED);
        for (kind, ids) in members {
            let _ = match KNOWN.iter().find(|known| known.0 == kind) {
                Some((_, group, term, _)) => {
                    writeln!(text, "      <segmentGroup id=\"{group}\" neuroLexId=\"{term}\">")
                }
                None => writeln!(text, "      <segmentGroup id=\"{CUSTOM}{kind}\">"),
            };
            for id in ids {
                let _ = writeln!(text, "        <member segment=\"{id}\"/>");
            }
            text.push_str("      </segmentGroup>\n");
        }
    }
}

/// A name as NeuroML takes it for an id: letters, digits and `_`, no digit in front.
fn identifier(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if plain.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') { plain } else { format!("cell_{plain}") }
}
