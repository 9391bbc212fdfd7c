//! SWC types by name.

use serde::de::{self, SeqAccess, Visitor};

use crate::error::{Error, Result, did_you_mean};
use crate::morph::kind;

/// A choice of SWC types, as edits take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kinds(Vec<u16>);

/// Names and the types they stand for. `dendrite` means both kinds of dendrite: many files do not tell them apart.
const NAMES: [(&str, &[u16]); 6] = [
    ("undefined", &[kind::UNDEFINED]),
    ("soma", &[kind::SOMA]),
    ("axon", &[kind::AXON]),
    ("dendrite", &[kind::DENDRITE, kind::APICAL]),
    ("basal", &[kind::DENDRITE]),
    ("apical", &[kind::APICAL]),
];

impl Kinds {
    /// One type by its number.
    pub fn one(kind: u16) -> Self {
        Kinds(vec![kind])
    }

    /// The types that a name stands for: `undefined`, `soma`, `axon`, `dendrite` (3 and 4), `basal` (3), `apical` (4),
    /// or a number.
    ///
    /// # Errors
    /// When the name is none of these; suggests the nearest.
    pub fn parse(name: &str) -> Result<Self> {
        if let Some((_, kinds)) = NAMES.iter().find(|(known, _)| *known == name) {
            return Ok(Kinds(kinds.to_vec()));
        }
        if let Ok(number) = name.parse() {
            return Ok(Kinds::one(number));
        }
        let names = NAMES.map(|(known, _)| known);
        let error = Error::value(format!("`{name}` is not a type, expected {} or a number", names.join(", ")));
        Err(match did_you_mean(name, names) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        })
    }

    /// Whether a type is among them.
    pub fn contains(&self, kind: u16) -> bool {
        self.0.contains(&kind)
    }
}

/// Types that are among any of these.
impl FromIterator<Kinds> for Kinds {
    fn from_iter<I: IntoIterator<Item = Kinds>>(choices: I) -> Self {
        Kinds(choices.into_iter().flat_map(|choice| choice.0).collect())
    }
}

/// In an options map: a name, a number, or an array of them.
impl<'de> serde::Deserialize<'de> for Kinds {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(KindsVisitor)
    }
}

/// The types' numbers.
impl serde::Serialize for Kinds {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

struct KindsVisitor;

impl<'de> Visitor<'de> for KindsVisitor {
    type Value = Kinds;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a type by name or number, or an array of them")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> std::result::Result<Kinds, E> {
        Kinds::parse(name).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> std::result::Result<Kinds, E> {
        Kinds::parse(&number.to_string()).map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> std::result::Result<Kinds, E> {
        Kinds::parse(&number.to_string()).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Kinds, A::Error> {
        let mut all = Vec::new();
        while let Some(Kinds(mut kinds)) = seq.next_element()? {
            all.append(&mut kinds);
        }
        Ok(Kinds(all))
    }
}

impl std::fmt::Display for Kinds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(|k| format!("{k} ({})", kind_name(*k))).collect();
        write!(f, "type {}", numbers.join(" or "))
    }
}

/// What an SWC type is called: `soma`, `axon`, …, `custom`.
pub fn kind_name(kind: u16) -> &'static str {
    match kind {
        kind::UNDEFINED => "undefined",
        kind::SOMA => "soma",
        kind::AXON => "axon",
        kind::DENDRITE => "dendrite",
        kind::APICAL => "apical dendrite",
        _ => "custom",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn types_have_names_and_numbers() {
        assert!(Kinds::parse("dendrite").unwrap().contains(kind::APICAL));
        assert!(!Kinds::parse("basal").unwrap().contains(kind::APICAL));
        assert_eq!(Kinds::parse("2").unwrap(), Kinds::parse("axon").unwrap());
        assert_eq!(Kinds::parse("axon").unwrap().to_string(), "type 2 (axon)");
        let error = Kinds::parse("axons").unwrap_err();
        assert_eq!(error.help.as_deref(), Some("did you mean `axon`?"));
        assert!(Kinds::parse("-1").is_err());
    }
}
