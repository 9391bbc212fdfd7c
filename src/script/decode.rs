//! Script values as Rust types, by serde.
//!
//! A serde `Deserializer` over [`Dynamic`], kept apart from Rhai's own and from JSON for three reasons: numbers pass
//! where scientists expect them to (`1` for `1.0`, `1e4` for `10000`), ranges are lists, and a mismatch keeps what was
//! found and what was expected apart, so that [`super::options`] can say it in plain words.

use std::fmt::{self, Display};

use rhai::{Dynamic, FnPtr, Map};
use serde::Deserializer;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Error as _, Expected, IntoDeserializer, Unexpected, Visitor};

/// The largest list that a range may stand for.
const RANGE_LIMIT: u64 = 1_000_000;

/// Why a value does not fit.
#[derive(Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// Another type or value was expected.
    Value {
        /// What was given, in the script's words.
        found: String,
        /// What is expected, in serde's words.
        expected: String,
    },
    /// One of a set of words was expected.
    Word {
        /// The word that was given.
        found: String,
        /// The words that there are.
        expected: &'static [&'static str],
    },
    /// A map has a key that its struct has no field for.
    Field {
        /// The key that was given.
        found: String,
        /// The keys that there are.
        expected: &'static [&'static str],
    },
    /// A map lacks a key that its struct must have.
    Absent(&'static str),
    /// What a type's own conversion said.
    Said(String),
}

impl Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mismatch::Value { found, expected } => write!(f, "must be {expected}, found {found}"),
            Mismatch::Word { found, .. } => write!(f, "unknown word `{found}`"),
            Mismatch::Field { found, .. } => write!(f, "unknown key `{found}`"),
            Mismatch::Absent(name) => write!(f, "needs `{name}`"),
            Mismatch::Said(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Mismatch {}

impl de::Error for Mismatch {
    fn custom<T: Display>(text: T) -> Self {
        Mismatch::Said(text.to_string())
    }
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Mismatch::Value { found: in_script_words(found), expected: expected.to_string() }
    }
    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Mismatch::invalid_type(found, expected)
    }
    fn invalid_length(found: usize, expected: &dyn Expected) -> Self {
        Mismatch::Value { found: format!("{found} items"), expected: expected.to_string() }
    }
    fn unknown_variant(found: &str, expected: &'static [&'static str]) -> Self {
        Mismatch::Word { found: found.to_string(), expected }
    }
    fn unknown_field(found: &str, expected: &'static [&'static str]) -> Self {
        Mismatch::Field { found: found.to_string(), expected }
    }
    fn missing_field(name: &'static str) -> Self {
        Mismatch::Absent(name)
    }
}

/// Names what was found as a script would write it.
fn in_script_words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(b) => format!("`{b}`"),
        Unexpected::Unsigned(n) => format!("`{n}`"),
        Unexpected::Signed(n) => format!("`{n}`"),
        Unexpected::Float(x) => format!("`{x:?}`"),
        Unexpected::Str(s) => format!("\"{s}\""),
        Unexpected::Unit | Unexpected::Option => "`()`".into(),
        Unexpected::Seq => "an array".into(),
        Unexpected::Map => "a map".into(),
        Unexpected::Other(what) => what.to_string(),
        other => other.to_string(),
    }
}

/// A script value about to be read.
pub struct Given<'a>(pub &'a Dynamic);

impl Given<'_> {
    /// The integer in the value; a float counts if it is whole, so that `1e4` may be written.
    pub fn whole(&self) -> Option<i64> {
        match self.0.as_float() {
            // 2^53: beyond it neighbouring integers share a float.
            Ok(x) if x.fract() == 0.0 && x.abs() <= 9_007_199_254_740_992.0 => Some(x as i64),
            Ok(_) => None,
            Err(_) => self.0.as_int().ok(),
        }
    }

    fn refused<'de, V: Visitor<'de>>(&self, visitor: &V) -> Mismatch {
        let kind = self.0.type_name().rsplit("::").next().unwrap_or("value").trim_end_matches('>');
        let what = if self.0.is::<FnPtr>() { "a function".into() } else { format!("a `{kind}`") };
        Mismatch::invalid_type(Unexpected::Other(&what), visitor)
    }
}

/// The items of an array or a range.
pub fn items(value: &Dynamic) -> Option<Result<Vec<Dynamic>, Mismatch>> {
    let span = |from: i64, to: i64| {
        let length = to.saturating_sub(from).max(0) as u64;
        if length > RANGE_LIMIT {
            return Err(Mismatch::custom(format_args!("the range {from}..{to} is too long a list")));
        }
        Ok((from..to).map(Dynamic::from).collect())
    };
    if let Ok(array) = value.as_array_ref() {
        return Some(Ok(array.clone()));
    }
    if let Some(range) = value.read_lock::<std::ops::Range<i64>>() {
        return Some(span(range.start, range.end));
    }
    value.read_lock::<std::ops::RangeInclusive<i64>>().map(|range| span(*range.start(), range.end().saturating_add(1)))
}

/// Numbers of every width: what the visitor does with a number of ours decides.
macro_rules! integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            match self.whole() {
                Some(n) => visitor.visit_i64(n),
                None => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Given<'_> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let value = self.0;
        if value.is_unit() {
            return visitor.visit_unit();
        }
        if let Ok(b) = value.as_bool() {
            return visitor.visit_bool(b);
        }
        if let Ok(n) = value.as_int() {
            return visitor.visit_i64(n);
        }
        if let Ok(x) = value.as_float() {
            return visitor.visit_f64(x);
        }
        if let Ok(c) = value.as_char() {
            return visitor.visit_string(c.to_string());
        }
        if let Ok(text) = value.as_immutable_string_ref() {
            return visitor.visit_str(&text);
        }
        if let Some(items) = items(value) {
            let items = items?;
            return visitor.visit_seq(SeqDeserializer::new(items.iter().map(Given)));
        }
        if let Ok(map) = value.as_map_ref() {
            return visitor.visit_map(MapDeserializer::new(map.iter().map(|(k, v)| (k.as_str(), Given(v)))));
        }
        Err(self.refused(&visitor))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if self.0.is_unit() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    /// A word names a variant; a map of one key names it and gives what it holds.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        if let Ok(word) = self.0.as_immutable_string_ref() {
            return visitor.visit_enum(word.as_str().into_deserializer());
        }
        if let Ok(map) = self.0.as_map_ref()
            && map.len() == 1
        {
            let entries = map.iter().map(|(k, v)| (k.as_str(), Given(v)));
            return visitor.visit_enum(de::value::MapAccessDeserializer::new(MapDeserializer::new(entries)));
        }
        let found = self.deserialize_any(Describe)?;
        Err(Mismatch::Value { found, expected: "a word".into() })
    }

    integers! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
    deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 }

    serde::forward_to_deserialize_any! {
        bool f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Mismatch> for Given<'_> {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

/// Reads any value as its name in a message.
struct Describe;

impl<'de> Visitor<'de> for Describe {
    type Value = String;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E: de::Error>(self) -> Result<String, E> {
        Ok(in_script_words(Unexpected::Unit))
    }
    fn visit_bool<E: de::Error>(self, b: bool) -> Result<String, E> {
        Ok(in_script_words(Unexpected::Bool(b)))
    }
    fn visit_i64<E: de::Error>(self, n: i64) -> Result<String, E> {
        Ok(in_script_words(Unexpected::Signed(n)))
    }
    fn visit_f64<E: de::Error>(self, x: f64) -> Result<String, E> {
        Ok(in_script_words(Unexpected::Float(x)))
    }
    fn visit_str<E: de::Error>(self, s: &str) -> Result<String, E> {
        Ok(in_script_words(Unexpected::Str(s)))
    }
    fn visit_seq<A: de::SeqAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Ok(in_script_words(Unexpected::Seq))
    }
    fn visit_map<A: de::MapAccess<'de>>(self, _: A) -> Result<String, A::Error> {
        Ok(in_script_words(Unexpected::Map))
    }
}

/// Reads a map as `T`; a mismatch comes with the path to it (`blocks[1].heads`).
///
/// # Errors
/// The first mismatch.
pub fn from_map<T: DeserializeOwned>(map: &Map) -> Result<T, (String, Mismatch)> {
    let entries = map.iter().map(|(k, v)| (k.as_str(), Given(v)));
    let reader = de::value::MapDeserializer::<_, Mismatch>::new(entries);
    serde_path_to_error::deserialize(reader).map_err(|e| (e.path().to_string(), e.into_inner()))
}

/// The names of a struct's fields, as its own deserialiser declares them. `None` for other types, and for structs with
/// flattened parts, which declare nothing.
pub fn fields<T: DeserializeOwned>() -> Option<&'static [&'static str]> {
    let mut seen = None;
    // The probe answers every request with an error; what it was asked for is the result.
    drop(T::deserialize(Probe(&mut seen)));
    seen
}

struct Probe<'a>(&'a mut Option<&'static [&'static str]>);

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Mismatch> {
        Err(Mismatch::custom("probe"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Mismatch> {
        *self.0 = Some(fields);
        Err(Mismatch::custom("probe"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
