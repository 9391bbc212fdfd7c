//! Several animals.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Recording, States};
use crate::data::Origin;
use crate::error::{Error, Result, did_you_mean};

/// Recordings of several animals, under different names. Cloning is cheap.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordingSet {
    recordings: Arc<[Recording]>,
}

/// Something about names that keeps neurons from being compared between animals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameIssue {
    /// A recording has a name more than once.
    Repeated {
        /// The recording.
        recording: String,
        /// The neuron.
        neuron: String,
    },
    /// Names that differ in nothing but upper and lower case.
    Case {
        /// The spellings.
        spellings: Vec<String>,
    },
    /// Two recordings of equal states, frame by frame: one animal, twice.
    SameAnimal {
        /// One.
        first: String,
        /// The other.
        second: String,
    },
}

impl std::fmt::Display for NameIssue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NameIssue::Repeated { recording, neuron } => {
                write!(f, "recording `{recording}` has neuron `{neuron}` more than once: it cannot be aligned by it")
            }
            NameIssue::Case { spellings } => {
                let quoted: Vec<String> = spellings.iter().map(|s| format!("`{s}`")).collect();
                write!(f, "{} differ in case alone and are not taken for one neuron", quoted.join(", "))
            }
            NameIssue::SameAnimal { first, second } => {
                write!(
                    f,
                    "`{first}` and `{second}` have the same states in all frames: one animal, twice? Leaving one out would leak"
                )
            }
        }
    }
}

impl RecordingSet {
    /// A set of these recordings.
    ///
    /// # Errors
    /// When there is none, or two have one name.
    pub fn new(recordings: Vec<Recording>) -> Result<Self> {
        if recordings.is_empty() {
            return Err(Error::value("a set of no recordings").help("give one recording or more"));
        }
        for (i, recording) in recordings.iter().enumerate() {
            if recordings[..i].iter().any(|r| r.name() == recording.name()) {
                return Err(Error::value(format!("two recordings are called `{}`", recording.name()))
                    .help("`.renamed(\"…\")` gives one another name"));
            }
        }
        Ok(RecordingSet { recordings: recordings.into() })
    }

    /// Number of animals.
    pub fn len(&self) -> usize {
        self.recordings.len()
    }

    /// Whether there is none, which no set allows.
    pub fn is_empty(&self) -> bool {
        self.recordings.is_empty()
    }

    /// The recordings.
    pub fn recordings(&self) -> &[Recording] {
        &self.recordings
    }

    /// The recording of a name.
    ///
    /// # Errors
    /// When there is none.
    pub fn get(&self, name: &str) -> Result<&Recording> {
        self.recordings.iter().find(|r| r.name() == name).ok_or_else(|| {
            let near = did_you_mean(name, self.recordings.iter().map(Recording::name));
            let names: Vec<&str> = self.recordings.iter().map(Recording::name).collect();
            let cure = near.map_or(format!("there are: {}", names.join(", ")), |n| format!("did you mean `{n}`?"));
            Error::value(format!("there is no recording `{name}`")).help(cure)
        })
    }

    /// Each recording changed.
    ///
    /// # Errors
    /// Those of `change`.
    pub fn map(&self, change: impl Fn(&Recording) -> Result<Recording>) -> Result<RecordingSet> {
        let changed = self.recordings.iter().map(change).collect::<Result<Vec<_>>>()?;
        Ok(RecordingSet { recordings: changed.into() })
    }

    /// The identified neurons that every animal has exactly once, in the order of their names.
    pub fn common(&self) -> Vec<String> {
        let once = |r: &Recording, name: &str| {
            let mut found = r.neurons().iter().zip(r.identified()).filter(|(n, _)| *n == name);
            matches!((found.next(), found.next()), (Some((_, true)), None))
        };
        let mut names: Vec<String> = self.recordings[0].neurons().to_vec();
        names.retain(|name| self.recordings.iter().all(|r| once(r, name)));
        names.sort();
        names
    }

    /// Every animal with the [common](Self::common) neurons alone.
    ///
    /// # Errors
    /// When no neuron is common.
    pub fn aligned(&self) -> Result<RecordingSet> {
        let common = self.common();
        if common.is_empty() {
            let mut error = Error::value(format!("no identified neuron is common to all {} recordings", self.len()))
                .help("leave out the recording that shares the fewest names");
            if let Some(issue) = self.issues().into_iter().find(|i| matches!(i, NameIssue::Case { .. })) {
                error = error.help(format!("{issue}"));
            }
            return Err(error);
        }
        self.map(|r| r.align(&common))
    }

    /// What keeps neurons or animals from being compared: repeated names, names that differ in case alone, one animal
    /// twice.
    pub fn issues(&self) -> Vec<NameIssue> {
        let mut issues = Vec::new();
        let mut spellings: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for recording in self.recordings.iter() {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for neuron in recording.neurons().iter() {
                *counts.entry(neuron).or_default() += 1;
                let known = spellings.entry(neuron.to_lowercase()).or_default();
                if !known.contains(neuron) {
                    known.push(neuron.clone());
                }
            }
            issues.extend(counts.iter().filter(|(_, count)| **count > 1).map(|(neuron, _)| NameIssue::Repeated {
                recording: recording.name().to_string(),
                neuron: (*neuron).to_string(),
            }));
        }
        issues.extend(spellings.into_values().filter(|s| s.len() > 1).map(|spellings| NameIssue::Case { spellings }));
        let told = |r: &Recording| -> Option<Vec<Option<String>>> {
            let states = r.states().filter(|s| s.bouts().len() > 2)?;
            Some((0..states.len()).map(|t| states.get(t).map(str::to_string)).collect())
        };
        let told: Vec<_> = self.recordings.iter().map(told).collect();
        for (i, first) in told.iter().enumerate() {
            for (j, second) in told.iter().enumerate().skip(i + 1) {
                if first.is_some() && first == second {
                    issues.push(NameIssue::SameAnimal {
                        first: self.recordings[i].name().to_string(),
                        second: self.recordings[j].name().to_string(),
                    });
                }
            }
        }
        issues
    }

    /// The neurons of all animals, which must be the same in the same order; `what` names the consumer.
    ///
    /// # Errors
    /// When an animal has others.
    pub fn require_aligned(&self, what: &str) -> Result<&Arc<[String]>> {
        let first = &self.recordings[0];
        match self.recordings.iter().find(|r| r.neurons() != first.neurons()) {
            None => Ok(first.neurons()),
            Some(other) => Err(Error::value(format!(
                "{what} needs the same neurons in every animal, but `{}` has {} and `{}` has {}",
                first.name(),
                first.len(),
                other.name(),
                other.len()
            ))
            .help("`.aligned()` keeps the neurons that all have")),
        }
    }

    /// The names of the states of all animals, in the order of the first animal that has them.
    ///
    /// # Errors
    /// When an animal has no states; `what` names the consumer.
    pub fn state_names(&self, what: &str) -> Result<Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        for recording in self.recordings.iter() {
            let of_one: &States = recording.require_states(what)?;
            names.extend(of_one.names().iter().filter(|n| !names.contains(n)).cloned().collect::<Vec<_>>());
        }
        Ok(names)
    }

    /// The origin of a result of this set.
    pub fn origin(&self, function: &'static str, options: &impl serde::Serialize, seed: Option<u64>) -> Origin {
        let mut hash = Sha256::new();
        for recording in self.recordings.iter() {
            for text in std::iter::once(recording.name()).chain(recording.neurons().iter().map(String::as_str)) {
                hash.update((text.len() as u64).to_le_bytes());
                hash.update(text);
            }
            recording.traces().iter().for_each(|v| hash.update(v.to_le_bytes()));
            for code in recording.states().map_or(&[][..], States::codes) {
                hash.update(code.map_or(-1, i64::from).to_le_bytes());
            }
        }
        Origin {
            function,
            // Options are plain structs of numbers, texts and lists, which JSON holds.
            options: serde_json::to_value(options).unwrap_or(serde_json::Value::Null),
            rows: self.recordings.iter().map(Recording::frames).sum(),
            columns: self.recordings.iter().map(Recording::len).max().unwrap_or(0),
            data: hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect(),
            seed,
        }
    }
}

impl IntoIterator for RecordingSet {
    type Item = Recording;
    type IntoIter = std::vec::IntoIter<Recording>;

    fn into_iter(self) -> Self::IntoIter {
        self.recordings().to_vec().into_iter()
    }
}

impl std::fmt::Display for RecordingSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let range = |of: &dyn Fn(&Recording) -> usize| {
            let values: Vec<usize> = self.recordings.iter().map(of).collect();
            match (values.iter().min(), values.iter().max()) {
                (Some(low), Some(high)) if low != high => format!("{low} to {high}"),
                (Some(low), _) => low.to_string(),
                _ => "0".into(),
            }
        };
        write!(
            f,
            "RecordingSet({} animals, {} frames, {} neurons, {} common)",
            self.len(),
            range(&Recording::frames),
            range(&Recording::len),
            self.common().len()
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn animal(name: &str, neurons: &[&str]) -> Recording {
        let neurons: Vec<String> = neurons.iter().map(|n| (*n).to_string()).collect();
        let traces = vec![0.5; 4 * neurons.len()];
        Recording::new(name, neurons, traces, 1.0).unwrap()
    }

    #[test]
    fn common_neurons_are_identified_in_all_exactly_once() {
        let set = RecordingSet::new(vec![
            animal("a", &["RIML", "unk1", "AVAL", "AVAR", "ALA", "ALA"]),
            animal("b", &["AVAL", "unk1", "RIML", "avar", "ALA"]),
        ])
        .unwrap();
        assert_eq!(set.common(), ["AVAL", "RIML"]);
        assert_eq!(set.aligned().unwrap().recordings()[1].neurons().as_ref(), ["AVAL", "RIML"]);
        let issues: Vec<String> = set.issues().iter().map(ToString::to_string).collect();
        assert_eq!(issues.len(), 2);
        assert!(issues[0].contains("`ALA` more than once"), "{issues:?}");
        assert!(issues[1].contains("`AVAR`, `avar` differ in case"), "{issues:?}");
        assert!(set.require_aligned("x").unwrap_err().help.unwrap().contains("aligned"));
    }

    #[test]
    fn one_animal_twice_is_said() {
        let states = || States::from_names(["x", "y", "x", "z"]);
        let set = RecordingSet::new(vec![
            animal("a", &["AVAL"]).with_states(states()).unwrap(),
            animal("b", &["AVAL", "AVAR"]).with_states(states()).unwrap(),
        ])
        .unwrap();
        assert!(set.issues()[0].to_string().contains("one animal, twice"));
        assert!(RecordingSet::new(vec![animal("a", &["X"]), animal("a", &["X"])]).is_err());
        assert!(RecordingSet::new(vec![]).is_err());
    }
}
