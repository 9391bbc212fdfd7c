//! The keys of an options struct with their types and defaults, asked of the struct itself.
//!
//! Names come from what `Deserialize` declares ([`decode::fields`]). A type is found by offering the struct one key whose
//! value is a spy: whatever the field then asks to be given (a number, one of some words, a list) is its type. Defaults
//! are what an empty map gives, written out by `Serialize`. Nothing is said twice, so nothing can disagree.

use std::cell::RefCell;
use std::fmt::{self, Display};

use rhai::Map;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Error as _, IntoDeserializer, Visitor};
use serde::{Deserializer, Serialize};

use super::decode::{self, Mismatch};

/// A key of an options map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it holds, in words; empty where only the function's text says it.
    pub kind: String,
    /// The words that it may be, where it is one of some.
    pub words: &'static [&'static str],
    /// What it is where it is not given, as a script would write it; `()` is nothing. Absent where that is not known.
    pub default: Option<String>,
}

/// The keys of a struct in the order of its fields.
pub fn keys<T: DeserializeOwned + Serialize>() -> Vec<Key> {
    let default = decode::from_map::<T>(&Map::new()).ok().and_then(|made| serde_json::to_value(made).ok());
    let key = |name: &&'static str| {
        let asked = asked_for::<T>(name);
        let default = default.as_ref().and_then(|all| all.get(*name)).map(in_script);
        let words = asked.iter().find_map(|a| if let Asked::Word(words) = a { Some(*words) } else { None });
        Key { name, kind: described(&asked), words: words.unwrap_or_default(), default }
    };
    decode::fields::<T>().unwrap_or_default().iter().map(key).collect()
}

/// What a field asked its value to be; lists and the like are followed by what they asked of an item.
#[derive(Debug)]
enum Asked {
    Number,
    Whole,
    Truth,
    Text,
    Word(&'static [&'static str]),
    Map(&'static [&'static str]),
    Array,
    Several(usize),
    Other(String),
}

fn asked_for<T: DeserializeOwned>(name: &'static str) -> Vec<Asked> {
    let asked = RefCell::default();
    let one = MapDeserializer::<_, Mismatch>::new(std::iter::once((name, Spy(&asked))));
    // The spy answers with an error; what it was asked is the result.
    drop(T::deserialize(one));
    asked.into_inner()
}

fn described(asked: &[Asked]) -> String {
    let quoted = |words: &[&str]| words.iter().map(|w| format!("\"{w}\"")).collect::<Vec<_>>().join(" | ");
    match asked {
        [] => String::new(),
        [Asked::Number, ..] => "number".into(),
        [Asked::Whole, ..] => "whole number".into(),
        [Asked::Truth, ..] => "true or false".into(),
        [Asked::Text, ..] => "text".into(),
        [Asked::Word(words), ..] => quoted(words),
        [Asked::Map(fields), ..] => format!("map of {}", fields.join(", ")),
        [Asked::Other(text), ..] if text == "any value" => String::new(),
        [Asked::Other(text), ..] => text.strip_prefix("a ").unwrap_or(text).into(),
        [Asked::Array, item @ ..] => format!("array of {}", described(item)),
        [Asked::Several(count), item @ ..] => format!("array of {count}: {}", described(item)),
    }
}

/// A default as a script would write it.
fn in_script(value: &serde_json::Value) -> String {
    use serde_json::Value;
    match value {
        Value::Null => "()".into(),
        Value::Array(items) => format!("[{}]", items.iter().map(in_script).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(k, v)| format!("{k}: {}", in_script(v))).collect();
            format!("#{{ {} }}", entries.join(", "))
        }
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(x) => format!("{x:?}"),
            None => number.to_string(),
        },
        other => other.to_string(),
    }
}

/// A value that notes what it is asked to be.
#[derive(Clone, Copy)]
struct Spy<'a>(&'a RefCell<Vec<Asked>>);

impl Spy<'_> {
    fn note<T>(self, asked: Asked) -> Result<T, Mismatch> {
        self.0.borrow_mut().push(asked);
        Err(Mismatch::custom("a spy"))
    }
}

impl<'de> IntoDeserializer<'de, Mismatch> for Spy<'_> {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

/// What a visitor says it expects.
struct Expected<V>(V);

impl<'de, V: Visitor<'de>> Display for Expected<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }
}

macro_rules! notes {
    ($($asked:ident: $($method:ident)*;)*) => {$($(
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Mismatch> {
            self.note(Asked::$asked)
        }
    )*)*};
}

impl<'de> Deserializer<'de> for Spy<'_> {
    type Error = Mismatch;

    notes! {
        Number: deserialize_f32 deserialize_f64;
        Whole: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
            deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128;
        Truth: deserialize_bool;
        Text: deserialize_str deserialize_string deserialize_char deserialize_identifier;
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let expected = Expected(visitor).to_string();
        self.note(Asked::Other(expected))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.0.borrow_mut().push(Asked::Array);
        visitor.visit_seq(SeqDeserializer::new(std::iter::once(self)))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Mismatch> {
        self.0.borrow_mut().push(Asked::Several(len));
        visitor.visit_seq(SeqDeserializer::new(std::iter::once(self)))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Mismatch> {
        self.note(Asked::Map(fields))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Mismatch> {
        self.note(Asked::Word(variants))
    }

    serde::forward_to_deserialize_any! {
        bytes byte_buf unit unit_struct tuple_struct map ignored_any
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize, Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Order {
        ByName,
        BySize,
    }

    #[derive(Debug, serde::Deserialize, Serialize)]
    struct Inner {
        heads: usize,
    }

    #[derive(Debug, serde::Deserialize, Serialize)]
    #[serde(default, deny_unknown_fields)]
    struct Given {
        lr: f64,
        steps: Option<u32>,
        whole: bool,
        order: Order,
        shares: Vec<f64>,
        point: [f64; 3],
        name: String,
        inner: Option<Inner>,
        #[serde(rename = "type")]
        kinds: Option<crate::morph::Kinds>,
    }

    impl Default for Given {
        fn default() -> Self {
            let (shares, point) = (vec![0.5, 1.0], [0.0; 3]);
            let (order, name) = (Order::BySize, "x".into());
            Given { lr: 1e-6, steps: None, whole: true, order, shares, point, name, inner: None, kinds: None }
        }
    }

    #[test]
    fn a_struct_tells_names_types_and_defaults() {
        let told: Vec<String> = keys::<Given>()
            .iter()
            .map(|k| format!("{}: {} = {}", k.name, k.kind, k.default.clone().unwrap()))
            .collect();
        let expected = [
            "lr: number = 1e-6",
            "steps: whole number = ()",
            "whole: true or false = true",
            "order: \"by_name\" | \"by_size\" = \"by_size\"",
            "shares: array of number = [0.5, 1.0]",
            "point: array of 3: number = [0.0, 0.0, 0.0]",
            "name: text = \"x\"",
            "inner: map of heads = ()",
            "type: type by name or number, or an array of them = ()",
        ];
        assert_eq!(told, expected);
        assert_eq!(keys::<Given>()[3].words, ["by_name", "by_size"]);
    }
}
