//! Rust's words as scripts know them: names of types, comments as text.

use std::any::TypeId;
use std::collections::HashMap;

use rhai::{Array, Blob, Dynamic, FnPtr, ImmutableString, Map};

use crate::script::registry;

/// Names of types, and what bindings call them in their signatures.
///
/// The metadata gives parameters by their exact types but results only in the words of the source, such as
/// `RhaiResultOf<Rows>`. A word that stands for one type as a parameter stands for it as a result as well.
pub(super) struct Types {
    by_word: HashMap<String, TypeId>,
}

impl Types {
    /// From the declared words and types of all parameters.
    pub fn new<'a>(declared: impl Iterator<Item = (&'a str, TypeId)>) -> Self {
        let mut by_word: HashMap<String, Option<TypeId>> = HashMap::new();
        for (word, id) in declared {
            let word = bare(word);
            if !word.is_empty() && built_in(id).is_none() {
                let known = by_word.entry(word).or_insert(Some(id));
                if *known != Some(id) {
                    // One word for two types tells neither.
                    *known = None;
                }
            }
        }
        Types { by_word: by_word.into_iter().filter_map(|(word, id)| id.map(|id| (word, id))).collect() }
    }

    /// The name of a type; empty for what takes anything.
    pub fn name(&self, id: TypeId, declared: &str) -> String {
        match built_in(id).or_else(|| registry::type_named(id)) {
            Some(name) => name.to_string(),
            None => short(&bare(declared)).to_string(),
        }
    }

    /// The name of a result's type; empty where it is not known.
    pub fn returned(&self, declared: &str) -> String {
        let declared = bare(declared);
        let word = declared.as_str();
        let inner = ["RhaiResultOf<", "RhaiResult<", "Result<"].iter().find_map(|wrapper| word.strip_prefix(wrapper));
        let word = inner.map_or(word, |inner| {
            let inner = inner.strip_suffix('>').unwrap_or(inner);
            match inner.split_once(",Box<") {
                Some((value, _)) => value,
                None => inner.split(",rhai::").next().unwrap_or(inner),
            }
        });
        if let Some(name) = built_in_word(word) {
            return name.to_string();
        }
        let named = self.by_word.get(word).and_then(|id| registry::type_named(*id));
        // A type that no function takes is known by its registered name, if it is called so.
        named.or_else(|| registry::types().into_iter().find(|t| *t == short(word))).unwrap_or_default().to_string()
    }
}

/// A declared type without what does not change it, and without the blanks that macros put round every sign.
fn bare(declared: &str) -> String {
    let word: String = declared.split_whitespace().collect();
    word.strip_prefix("&mut").or_else(|| word.strip_prefix('&')).unwrap_or(&word).to_string()
}

/// The last part of a path, without a shared pointer round it.
fn short(word: &str) -> &str {
    let word = word.rsplit("::").next().unwrap_or(word).trim_end_matches('>');
    word.strip_prefix("Rc<").or_else(|| word.strip_prefix("Arc<")).unwrap_or(word)
}

fn built_in(id: TypeId) -> Option<&'static str> {
    let is = |other: TypeId| id == other;
    Some(match () {
        () if is(TypeId::of::<i64>()) => "int",
        () if is(TypeId::of::<f64>()) => "float",
        () if is(TypeId::of::<bool>()) => "bool",
        () if is(TypeId::of::<char>()) => "char",
        () if is(TypeId::of::<()>()) => "()",
        () if is(TypeId::of::<ImmutableString>()) || is(TypeId::of::<String>()) || is(TypeId::of::<&str>()) => "string",
        () if is(TypeId::of::<Array>()) => "array",
        () if is(TypeId::of::<Blob>()) => "blob",
        () if is(TypeId::of::<Map>()) => "map",
        () if is(TypeId::of::<FnPtr>()) => "Fn",
        () if is(TypeId::of::<Dynamic>()) => "",
        () if is(TypeId::of::<std::ops::Range<i64>>()) => "range",
        () if is(TypeId::of::<std::ops::RangeInclusive<i64>>()) => "range",
        () => return None,
    })
}

fn built_in_word(word: &str) -> Option<&'static str> {
    Some(match word.rsplit("::").next().unwrap_or(word) {
        "i64" | "INT" => "int",
        "f64" | "FLOAT" => "float",
        "bool" => "bool",
        "char" => "char",
        "" | "()" => "()",
        "ImmutableString" | "String" | "str" | "SmartString" => "string",
        "Array" => "array",
        "Blob" => "blob",
        "Map" => "map",
        "FnPtr" => "Fn",
        "Dynamic" | "T" | "?" => "",
        _ => return None,
    })
}

/// Doc comments without their signs.
pub(super) fn plain_doc(comments: &str) -> String {
    let lines = comments.lines().map(|l| {
        let l = l.trim_start();
        let l = l.strip_prefix("///").or_else(|| l.strip_prefix("//!")).unwrap_or(l);
        l.strip_prefix(' ').unwrap_or(l)
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_known_by_the_words_of_parameters() {
        struct Neuron;
        let types = Types::new([("&mut Neuron", TypeId::of::<Neuron>()), ("i64", TypeId::of::<i64>())].into_iter());
        assert_eq!(types.by_word.len(), 1);
        let results = ["RhaiResultOf < f64 >", "Result<i64, Box<EvalAltResult>>", "RhaiResultOf<()>", "Dynamic", ""];
        assert_eq!(results.map(|r| types.returned(r)), ["float", "int", "()", "", "()"]);
    }

    #[test]
    fn signs_of_comments_are_dropped() {
        assert_eq!(plain_doc("/// One.\n///\n/// ```rhai\n///   x\n/// ```"), "One.\n\n```rhai\n  x\n```");
    }
}
