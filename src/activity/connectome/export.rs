//! Relations as files: a list of edges, and GraphML for programs that draw graphs.

use std::fmt::Write as _;
use std::path::Path;

use super::Relations;
use crate::error::{Error, Kind, Result};
use crate::run::atomic;

impl Relations {
    /// A row for each edge, the strongest first: `source`, `target`, `weight`. [`Connectome`](super::Connectome) reads it.
    ///
    /// # Errors
    /// Never, but the writer could fail.
    pub fn to_csv(&self) -> Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let failed = |e: &dyn std::fmt::Display| Error::internal(format!("cannot write CSV: {e}"));
        writer.write_record(["source", "target", "weight"]).map_err(|e| failed(&e))?;
        for (to, from, weight) in self.edges() {
            let weight = weight.to_string();
            writer.write_record([&self.neurons()[from], &self.neurons()[to], &weight]).map_err(|e| failed(&e))?;
        }
        let bytes = writer.into_inner().map_err(|e| failed(&e))?;
        String::from_utf8(bytes).map_err(|e| failed(&e))
    }

    /// GraphML (Brandes et al. 2001): a directed graph, neurons with their `name`, edges with their `weight`.
    pub fn to_graphml(&self) -> String {
        let mut text = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n\
             <key id=\"name\" for=\"node\" attr.name=\"name\" attr.type=\"string\"/>\n\
             <key id=\"weight\" for=\"edge\" attr.name=\"weight\" attr.type=\"double\"/>\n",
        );
        let mut line = |line: std::fmt::Arguments<'_>| {
            text.write_fmt(line).expect("writing to a string cannot fail");
            text.push('\n');
        };
        line(format_args!("<graph id=\"{}\" edgedefault=\"directed\">", escaped(self.name())));
        for (i, neuron) in self.neurons().iter().enumerate() {
            line(format_args!("<node id=\"n{i}\"><data key=\"name\">{}</data></node>", escaped(neuron)));
        }
        for (to, from, weight) in self.edges() {
            line(format_args!("<edge source=\"n{from}\" target=\"n{to}\"><data key=\"weight\">{weight}</data></edge>"));
        }
        line(format_args!("</graph>\n</graphml>"));
        text
    }

    /// Writes the edges as `.csv` or `.graphml`, by the path's ending.
    ///
    /// # Errors
    /// When the ending is neither, or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let ending = path.extension().map_or(String::new(), |e| e.to_string_lossy().to_ascii_lowercase());
        match ending.as_str() {
            "csv" => atomic::write(path, self.to_csv()?.as_bytes()),
            "graphml" => atomic::write(path, self.to_graphml().as_bytes()),
            other => Err(Error::new(Kind::Value, format!("relations cannot be written as `.{other}`"))
                .in_file(path)
                .help("use `.csv` or `.graphml`")),
        }
    }
}

/// Text as XML wants it: markup characters as entities, control characters as spaces.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn both_formats_name_neurons_and_weights() {
        let names = ["A\"<1>", "B,2"].map(String::from);
        let r = Relations::new("a & b", names.into(), vec![0.0, 0.25, -1.5, 0.0]).unwrap();
        assert_eq!(r.to_csv().unwrap(), "source,target,weight\n\"A\"\"<1>\",\"B,2\",-1.5\n\"B,2\",\"A\"\"<1>\",0.25\n");
        let text = r.to_graphml();
        let document = roxmltree::Document::parse(&text).unwrap();
        let data: Vec<&str> =
            document.descendants().filter(|n| n.has_tag_name("data")).filter_map(|n| n.text()).collect();
        assert_eq!(data, ["A\"<1>", "B,2", "-1.5", "0.25"]);
        let folder = tempfile::tempdir().unwrap();
        r.save(&folder.path().join("g.graphml")).unwrap();
        assert!(r.save(&folder.path().join("g.dot")).unwrap_err().help.unwrap().contains(".graphml"));
    }
}
