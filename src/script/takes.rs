//! What the options map of a function takes, declared once beside its binding.
//!
//! ```text
//! const TAKES: &[Takes] = &[
//!     Takes::new("cluster::gmm", &[part::<GmmOptions>()], &[SEED]),
//!     Takes::new("Table.sort", &[], &[("descending", "true or false")]),
//! ];
//! ```
//!
//! Most keys are the fields of the domain's options struct, whose own `Deserialize` and `Default` tell names, types and
//! defaults (`super::shape`). What a struct cannot hold (handles, the seed) is named beside it. The parser checks each
//! call against the declaration and refuses to run one that it does not describe, so it cannot go out of date; help,
//! completion and `nms check` read it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::shape::{self, Key};

/// A key beside the struct's own, and what it holds.
pub type Extra = (&'static str, &'static str);

/// The seed that [`Options::seed`](super::Options::seed) takes.
pub const SEED: Extra = ("seed", "whole number; drawn from the run's seed");
/// Labels of cells or rows.
pub const LABELS: Extra = ("labels", "labels, or an array of texts");
/// Numbers of cells or rows.
pub const VALUES: Extra = ("values", "array of numbers");
/// A figure's theme.
pub const THEME: Extra = ("theme", "theme, its name, or a map of its options");
/// Types of samples.
pub const KINDS: Extra = ("type", "type of samples by name or number, or an array of them");

/// The options of a function.
#[derive(Debug)]
pub struct Takes {
    /// The function as scripts write it (`cluster::gmm`), or a method, with its type where the name alone would not do
    /// (`Table.save`).
    pub function: &'static str,
    parts: [&'static [Part]; 2],
    extras: [&'static [Extra]; 2],
}

/// The keys of one options struct.
#[derive(Debug)]
pub struct Part(fn() -> Vec<Key>);

/// The fields of a struct as keys.
pub const fn part<T: DeserializeOwned + Serialize>() -> Part {
    Part(shape::keys::<T>)
}

impl Takes {
    /// A declaration; `function` is what the binding hands to [`Options::new`](super::Options::new).
    pub const fn new(function: &'static str, parts: &'static [Part], extras: &'static [Extra]) -> Self {
        Takes { function, parts: [parts, &[]], extras: [extras, &[]] }
    }

    /// Adds what several functions share.
    pub const fn with(self, parts: &'static [Part], extras: &'static [Extra]) -> Self {
        Takes { function: self.function, parts: [self.parts[0], parts], extras: [self.extras[0], extras] }
    }

    /// All keys: those of the structs in their order, then the others.
    pub fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = Vec::new();
        for key in self.parts.iter().copied().flatten().flat_map(|part| (part.0)()) {
            match keys.iter_mut().find(|known| known.name == key.name) {
                None => keys.push(key),
                // Structs may share a name and not its default; which one holds, the function's text says.
                Some(known) if known.default != key.default => known.default = None,
                Some(_) => {}
            }
        }
        for (name, kind) in self.extras.iter().copied().flatten() {
            // A handle may stand in for what a struct has a field for; the declaration beside it says so.
            match keys.iter_mut().find(|key| key.name == *name) {
                Some(key) => {
                    key.kind = (*kind).to_string();
                    key.default = None;
                }
                None => keys.push(Key { name, kind: (*kind).to_string(), words: &[], default: None }),
            }
        }
        keys
    }

    /// The keys' names.
    pub fn names(&self) -> Vec<&'static str> {
        self.keys().iter().map(|key| key.name).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, serde::Serialize)]
    #[serde(default, deny_unknown_fields)]
    struct Fit {
        lr: f64,
        seed: u64,
    }

    impl Default for Fit {
        fn default() -> Self {
            Fit { lr: 1e-4, seed: 0 }
        }
    }

    #[test]
    fn what_stands_beside_a_struct_joins_its_keys_or_describes_them() {
        static TAKES: Takes = Takes::new("toy::fit", &[part::<Fit>()], &[SEED, LABELS]);
        assert_eq!(TAKES.names(), ["lr", "seed", "labels"]);
        assert_eq!(TAKES.keys()[0].default.as_deref(), Some("0.0001"));
        assert_eq!((TAKES.keys()[1].kind.as_str(), &TAKES.keys()[1].default), (SEED.1, &None));
    }

    #[derive(serde::Deserialize, serde::Serialize)]
    #[serde(default, deny_unknown_fields)]
    struct Slow {
        lr: f64,
        steps: usize,
    }

    impl Default for Slow {
        fn default() -> Self {
            Slow { lr: 1e-6, steps: 3 }
        }
    }

    #[test]
    fn defaults_that_structs_do_not_share_are_not_told() {
        static TAKES: Takes = Takes::new("toy::fit", &[part::<Fit>(), part::<Slow>()], &[]);
        let defaults: Vec<Option<String>> = TAKES.keys().into_iter().map(|key| key.default).collect();
        assert_eq!(defaults, [None, Some("0".into()), Some("3".into())]);
    }
}
