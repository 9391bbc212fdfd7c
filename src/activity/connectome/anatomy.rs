//! The anatomical connectome, as a list of edges.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::Relations;
use crate::data::Matrix;
use crate::error::{Error, Kind, Result};

/// A kind of contact between neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contact {
    /// A chemical synapse or a gap junction, in either direction.
    Any,
    /// A chemical synapse, from the sender to the receiver.
    Chemical,
    /// A gap junction, which has no direction.
    Gap,
}

impl Contact {
    /// All kinds.
    pub const ALL: [Contact; 3] = [Contact::Any, Contact::Chemical, Contact::Gap];

    /// The word that scripts use.
    pub fn name(self) -> &'static str {
        match self {
            Contact::Any => "any",
            Contact::Chemical => "chemical",
            Contact::Gap => "gap",
        }
    }
}

/// Which neurons touch which, and how often.
#[derive(Clone, Debug, PartialEq)]
pub struct Connectome {
    name: String,
    neurons: BTreeSet<String>,
    /// Number of synapses by sender and receiver.
    chemical: HashMap<(String, String), f64>,
    /// Size of gap junctions, in both directions.
    gap: HashMap<(String, String), f64>,
}

const SENDERS: [&str; 5] = ["source", "pre", "from", "sender", "neuron 1"];
const RECEIVERS: [&str; 5] = ["target", "post", "to", "receiver", "neuron 2"];
const WEIGHTS: [&str; 5] = ["weight", "synapses", "count", "nbr", "number"];
const KINDS: [&str; 2] = ["type", "kind"];

impl Connectome {
    /// Reads a CSV file of edges, as [`parse`](Self::parse) says.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and when the file cannot be read.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|e| Error::io("cannot read", path, &e))?;
        let name = path.file_stem().map_or("connectome".into(), |s| s.to_string_lossy().into_owned());
        Connectome::parse(&name, &bytes).map_err(|e| e.in_file(path))
    }

    /// A connectome from CSV with a row for each edge: columns `source`, `target`, and optionally `weight` (1 without) and
    /// `type` (`chemical`, or `electrical` or `gap`; chemical without). Rows of one pair add up; a gap junction counts in
    /// both directions, with the larger of two sizes where they differ.
    ///
    /// # Errors
    /// When a column is missing, a weight is no number of 0 or more, a type is unknown, or there is no edge.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
        let fault = |e: csv::Error| {
            let line = e.position().map(|p| p.line() as usize);
            let error = Error::format(e.to_string()).help("every row has as many fields as the header, in UTF-8");
            line.map_or(error.clone(), |line| error.at_line(line))
        };
        let header: Vec<String> = reader.headers().map_err(fault)?.iter().map(str::to_lowercase).collect();
        let find = |names: &[&str]| header.iter().position(|h| names.contains(&h.trim_start_matches('\u{feff}')));
        let (Some(source), Some(target)) = (find(&SENDERS), find(&RECEIVERS)) else {
            return Err(Error::format(format!("no columns `source` and `target` among: {}", header.join(", ")))
                .help("a connectome has a row for each edge: `source,target,weight,type`"));
        };
        let (weight, kind) = (find(&WEIGHTS), find(&KINDS));
        let mut found = Connectome {
            name: name.to_string(),
            neurons: BTreeSet::new(),
            chemical: HashMap::new(),
            gap: HashMap::new(),
        };
        let mut electrical: HashMap<(String, String), f64> = HashMap::new();
        for row in reader.records() {
            let row = row.map_err(fault)?;
            let line = row.position().map_or(0, |p| p.line() as usize);
            let at_line = |what: String, cure: &str| Error::format(what).at_line(line).help(cure);
            let size = match weight.map(|c| &row[c]) {
                None => 1.0,
                Some(text) => text.parse::<f64>().ok().filter(|w| *w >= 0.0 && w.is_finite()).ok_or_else(|| {
                    at_line(format!("a weight of `{text}`"), "weights are numbers of synapses, 0 or more")
                })?,
            };
            let pair = (row[source].to_string(), row[target].to_string());
            if pair.0.is_empty() || pair.1.is_empty() {
                return Err(at_line("an edge without a neuron".into(), "name the sender and the receiver"));
            }
            let edges = match kind.map(|c| row[c].to_lowercase()).as_deref() {
                None | Some("chemical" | "chem" | "synapse") => &mut found.chemical,
                Some("electrical" | "gap" | "gap junction" | "gapjunction") => &mut electrical,
                Some(other) => {
                    return Err(at_line(format!("an edge of type `{other}`"), "types are `chemical` and `electrical`"));
                }
            };
            found.neurons.extend([pair.0.clone(), pair.1.clone()]);
            if size > 0.0 {
                *edges.entry(pair).or_default() += size;
            }
        }
        for ((a, b), size) in electrical {
            for pair in [(a.clone(), b.clone()), (b, a)] {
                let known = found.gap.entry(pair).or_default();
                *known = known.max(size);
            }
        }
        match found.chemical.is_empty() && found.gap.is_empty() {
            true => Err(Error::format("no edge").help("a connectome has a row for each edge")),
            false => Ok(found),
        }
    }

    /// Known edges, such as those of a simulation, as chemical ones: the receiver's row, the sender's column, 0 for none.
    ///
    /// # Errors
    /// As [`Relations::of_matrix`], and when there is no edge.
    pub fn of_matrix(name: impl Into<String>, edges: &Matrix) -> Result<Self> {
        let relations = Relations::of_matrix(name, edges)?;
        let neurons = relations.neurons();
        let edge =
            |(to, from, weight): (usize, usize, f64)| ((neurons[from].clone(), neurons[to].clone()), weight.abs());
        let chemical: HashMap<_, _> = relations.edges().into_iter().map(edge).collect();
        if chemical.is_empty() {
            return Err(Error::value("no edge is other than 0").help("give at least one edge"));
        }
        let name = relations.name().to_string();
        Ok(Connectome { name, neurons: neurons.iter().cloned().collect(), chemical, gap: HashMap::new() })
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of neurons (and muscles and other organs, where the list has them).
    pub fn len(&self) -> usize {
        self.neurons.len()
    }

    /// Whether there is none, which no connectome allows.
    pub fn is_empty(&self) -> bool {
        self.neurons.is_empty()
    }

    /// Number of ordered pairs with chemical synapses, and of pairs with gap junctions.
    pub fn counts(&self) -> (usize, usize) {
        (self.chemical.len(), self.gap.keys().filter(|(a, b)| a <= b).count())
    }

    /// The contacts among some neurons: a weight for each receiver (row) and sender (column), 0 for none. What is in
    /// either direction ([`Contact::Any`]) has the sum of all synapses of the pair.
    ///
    /// # Errors
    /// When a neuron is not in the connectome.
    pub fn contacts(&self, kind: Contact, neurons: &[String]) -> Result<Vec<f64>> {
        if let Some(unknown) = neurons.iter().find(|n| !self.neurons.contains(*n)) {
            let lacking = neurons.iter().filter(|n| !self.neurons.contains(*n)).count();
            return Err(Error::new(
                Kind::Value,
                format!("connectome `{}` has no neuron `{unknown}`, one of {lacking} that it lacks", self.name),
            )
            .help("keep identified neurons alone: `.named()`, or `.only([…])`"));
        }
        let of = |edges: &HashMap<(String, String), f64>, from: &String, to: &String| {
            edges.get(&(from.clone(), to.clone())).copied().unwrap_or(0.0)
        };
        let weight = |to: &String, from: &String| match kind {
            _ if to == from => 0.0,
            Contact::Chemical => of(&self.chemical, from, to),
            Contact::Gap => of(&self.gap, from, to),
            Contact::Any => of(&self.chemical, from, to) + of(&self.chemical, to, from) + of(&self.gap, from, to),
        };
        Ok(neurons.iter().flat_map(|to| neurons.iter().map(move |from| weight(to, from))).collect())
    }

    /// The contacts among some neurons as relations, to be drawn or exported beside inferred ones.
    ///
    /// # Errors
    /// As [`contacts`](Self::contacts) and [`Relations::new`].
    pub fn relations(&self, kind: Contact, neurons: &[String]) -> Result<Relations> {
        Relations::new(format!("{} contacts", kind.name()), neurons.into(), self.contacts(kind, neurons)?)
    }
}

impl std::fmt::Display for Connectome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (chemical, gap) = self.counts();
        write!(f, "Connectome({}, {} cells, {chemical} chemical edges, {gap} gap junctions)", self.name, self.len())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TEXT: &str = "Source,Target,Weight,Type\nA,B,3,chemical\nA, B,2,chemical\nB,C,4,electrical\nC,B,6,Electrical\nC,C,1,chemical\n";

    #[test]
    fn synapses_have_a_direction_and_gap_junctions_none() {
        let c = Connectome::parse("made", TEXT.as_bytes()).unwrap();
        assert_eq!(c.to_string(), "Connectome(made, 3 cells, 2 chemical edges, 1 gap junctions)");
        let names = ["A", "B", "C"].map(String::from);
        assert_eq!(c.contacts(Contact::Chemical, &names).unwrap(), [0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(c.contacts(Contact::Gap, &names).unwrap(), [0.0, 0.0, 0.0, 0.0, 0.0, 6.0, 0.0, 6.0, 0.0]);
        assert_eq!(c.contacts(Contact::Any, &names).unwrap(), [0.0, 5.0, 0.0, 5.0, 0.0, 6.0, 0.0, 6.0, 0.0]);
        let relations = c.relations(Contact::Chemical, &names).unwrap();
        assert_eq!(relations.edges(), [(1, 0, 5.0)]);
        let again = Connectome::parse("again", relations.to_csv().unwrap().as_bytes()).unwrap();
        assert_eq!(again.counts(), (1, 0));
        assert_eq!(Connectome::of_matrix("m", &relations.matrix().unwrap()).unwrap().counts(), (1, 0));
        let error = c.contacts(Contact::Any, &["A".into(), "unk1".into()]).unwrap_err();
        assert!(error.message.contains("`unk1`") && error.help.unwrap().contains(".named()"));
    }

    #[test]
    fn faults_are_found_with_their_lines() {
        let fault = |text: &str| Connectome::parse("x", text.as_bytes()).unwrap_err();
        assert!(fault("a,b\n1,2\n").message.contains("no columns `source`"));
        assert_eq!(fault("source,target,weight\nA,B,1\nA,C,x\n").line, Some(3));
        assert_eq!(fault("source,target,weight\nA,B,-1\n").line, Some(2));
        assert!(fault("source,target,type\nA,B,magic\n").message.contains("`magic`"));
        assert_eq!(fault("source,target\nA,B,C\n").line, Some(2));
        assert!(fault("source,target\n,B\n").message.contains("without a neuron"));
        assert!(fault("source,target\n").message.contains("no edge"));
    }
}
