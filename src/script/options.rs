//! The `#{…}` options map of a call.
//!
//! A binding first takes out what only a script can hold (handles, closures), then parses the rest into the domain's
//! options struct:
//!
//! ```text
//! let mut given = Options::new(&ctx, "cluster::gmm", options);
//! let labels = given.handle::<Rc<Labels>>("labels")?;
//! let options: gmm::Options = given.parse()?;      // draws `seed` from the run where the struct has one
//! ```
//!
//! A key that nobody asked for is an error that names the nearest one; so is a value of the wrong kind. What a map takes
//! is declared beside the binding ([`super::takes`]), and every call is held to the declaration.

use rhai::{Dynamic, EvalAltResult, FnPtr, Map, NativeCallContext, Variant};
use serde::de::DeserializeOwned;

use super::decode::{self, Mismatch};
use super::fail::{At, RhaiResultOf, raise};
use super::takes::Takes;
use super::{host, registry, values};
use crate::error::{Error, Result, did_you_mean};

/// An options map on its way into a struct.
pub struct Options<'a> {
    ctx: &'a NativeCallContext<'a>,
    function: &'static str,
    /// What the function has declared; a part of its options has none.
    takes: Option<&'static Takes>,
    given: Map,
    /// What the binding has asked for so far; names what else could have been given.
    asked: Vec<&'static str>,
}

impl<'a> Options<'a> {
    /// The options of a call of `function`, which is named as in its [declaration](super::takes) (`train::dino`,
    /// `resample`, `Table.save`).
    pub fn new(ctx: &'a NativeCallContext<'a>, function: &'static str, given: Map) -> Self {
        Options { takes: registry::takes(function), ..Options::undeclared(ctx, function, given) }
    }

    /// Some of the options of a call, those of one struct, where a binding fills several from one map.
    pub fn undeclared(ctx: &'a NativeCallContext<'a>, function: &'static str, given: Map) -> Self {
        // A method's type is for the declaration; who calls it has just written the name alone.
        let function = function.rsplit_once('.').map_or(function, |(_, name)| name);
        Options { ctx, function, takes: None, given, asked: Vec::new() }
    }

    /// Takes a handle out of the map; absent or `()` is `None`.
    ///
    /// # Errors
    /// When the value is of another type.
    pub fn handle<T: Variant + Clone>(&mut self, name: &'static str) -> RhaiResultOf<Option<T>> {
        let expected = self.ctx.engine().map_type_name(std::any::type_name::<T>()).to_string();
        let found = |v: &Dynamic| self_describing(self.ctx, v);
        let value = self.take(name);
        value.map(|v| v.clone().try_cast::<T>().ok_or_else(|| self.wrong(name, &expected, &found(&v)))).transpose()
    }

    /// Takes an array of handles out of the map; absent or `()` is `None`.
    ///
    /// # Errors
    /// When the value is no array, or holds something else.
    pub fn handles<T: Variant + Clone>(&mut self, name: &'static str) -> RhaiResultOf<Option<Vec<T>>> {
        let expected = self.ctx.engine().map_type_name(std::any::type_name::<T>()).to_string();
        let Some(value) = self.take(name) else { return Ok(None) };
        let Ok(items) = value.as_array_ref() else {
            return Err(self.wrong(name, &format!("an array of {expected}"), &self_describing(self.ctx, &value)));
        };
        let cast = |item: &Dynamic| {
            let found = || self_describing(self.ctx, item);
            item.clone()
                .try_cast::<T>()
                .ok_or_else(|| self.wrong(name, &format!("an array of {expected}"), &format!("in it {}", found())))
        };
        items.iter().map(cast).collect::<RhaiResultOf<Vec<T>>>().map(Some)
    }

    /// Takes a value out of the map and converts it, for options that accept several kinds of value; see
    /// [`super::values`] for conversions. Absent or `()` is `None`.
    ///
    /// # Errors
    /// What `convert` says, with the option's name in front.
    pub fn handle_with<T>(
        &mut self,
        name: &'static str,
        convert: impl FnOnce(&str, &Dynamic) -> Result<T>,
    ) -> RhaiResultOf<Option<T>> {
        let what = format!("option `{name}` of `{}`", self.function);
        self.take(name).map(|v| convert(&what, &v).at(self.ctx)).transpose()
    }

    /// Takes a closure out of the map.
    ///
    /// # Errors
    /// When the value is no function.
    pub fn closure(&mut self, name: &'static str) -> RhaiResultOf<Option<FnPtr>> {
        let value = self.take(name);
        let found = |v: &Dynamic| self_describing(self.ctx, v);
        value
            .map(|v| {
                let refused = || self.wrong(name, "a function such as `|x| …`", &found(&v));
                v.clone().try_cast::<FnPtr>().ok_or_else(refused)
            })
            .transpose()
    }

    /// What a handle that must be there is when it is not.
    ///
    /// # Errors
    /// When `value` is `None`.
    pub fn require<T>(&self, name: &'static str, value: Option<T>) -> RhaiResultOf<T> {
        value.ok_or_else(|| self.refuse(Error::value(format!("`{}` needs the option `{name}`", self.function))))
    }

    /// The seed of this call: the option `seed`, else one drawn from the run's seed.
    ///
    /// # Errors
    /// When `seed` is given and is not a whole number, 0 or more.
    pub fn seed(&mut self) -> RhaiResultOf<u64> {
        // Drawn even where one is given, so that adding `seed` to one call leaves the others' numbers alone.
        let drawn = host::draw_seed(self.function);
        let given = self.handle_with("seed", |what, v| values::count(what, v).map(|n| n as u64))?;
        Ok(given.unwrap_or(drawn))
    }

    /// Reads what is left into the domain's options struct. Where the struct has a field `seed` and none is given, one
    /// is drawn from the run's seed.
    ///
    /// # Errors
    /// When a key is unknown, or a value is not what its field takes.
    pub fn parse<T: DeserializeOwned>(mut self) -> RhaiResultOf<T> {
        let fields = decode::fields::<T>();
        if fields.is_some_and(|f| f.contains(&"seed")) {
            let seed = self.seed()?;
            // Seeds that a script can write or that the run draws have 63 bits.
            self.given.insert("seed".into(), Dynamic::from(seed as i64));
        }
        let known: Vec<&str> = self.asked.iter().chain(fields.unwrap_or_default()).copied().collect();
        self.hold_to_declaration(&known)?;
        // Where the fields are not declared, the struct's own parser finds strangers.
        if fields.is_some() {
            self.refuse_strangers(&known)?;
        }
        decode::from_map(&self.given).map_err(|(path, mismatch)| self.explain(&path, mismatch, &known))
    }

    /// Reads the options that several functions share out of the map, for a function whose own options are another struct.
    ///
    /// # Errors
    /// When a value is not what its field takes.
    pub fn part<T: DeserializeOwned>(&mut self) -> RhaiResultOf<T> {
        let fields = decode::fields::<T>().unwrap_or_default();
        self.asked.extend(fields);
        let part: Map = fields.iter().filter_map(|f| self.given.remove_entry(*f)).collect();
        decode::from_map(&part).map_err(|(path, mismatch)| self.explain(&path, mismatch, fields))
    }

    /// Ends a call whose options were all taken out one by one.
    ///
    /// # Errors
    /// When a key is left that nobody asked for.
    pub fn finish(self) -> RhaiResultOf<()> {
        self.hold_to_declaration(&self.asked)?;
        self.refuse_strangers(&self.asked.clone())
    }

    /// Refuses a call that reads keys which its function has not declared: help and checks would deny them.
    fn hold_to_declaration(&self, known: &[&str]) -> RhaiResultOf<()> {
        // In builds that are tested; who uses nms should not wait for it.
        if !cfg!(debug_assertions) {
            return Ok(());
        }
        let Some(declared) = self.takes.map(Takes::names) else { return Ok(()) };
        match known.iter().find(|name| !declared.contains(name)) {
            None => Ok(()),
            Some(name) => {
                let message = format!("`{}` reads the option `{name}`, which it does not declare", self.function);
                Err(self.refuse(Error::internal(message)))
            }
        }
    }

    fn take(&mut self, name: &'static str) -> Option<Dynamic> {
        self.asked.push(name);
        self.given.remove(name).map(Dynamic::flatten).filter(|v| !v.is_unit())
    }

    fn refuse_strangers(&self, known: &[&str]) -> RhaiResultOf<()> {
        match self.given.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(stranger) => Err(self.refuse(unknown_key(&format!("`{}`", self.function), stranger, known))),
        }
    }

    fn explain(&self, path: &str, mismatch: Mismatch, known: &[&str]) -> Box<EvalAltResult> {
        let place = if path == "." || path.is_empty() {
            format!("the options of `{}`", self.function)
        } else {
            format!("option `{path}` of `{}`", self.function)
        };
        self.refuse(match mismatch {
            Mismatch::Value { found, expected } => {
                Error::value(format!("{place} must be {}, found {found}", in_plain_words(&expected)))
            }
            Mismatch::Word { found, expected } => {
                let meant = did_you_mean(&found, expected.iter().copied());
                let meant = meant.map_or(String::new(), |m| format!("; did you mean \"{m}\"?"));
                Error::value(format!("{place} is unknown: \"{found}\"{meant}"))
                    .help(format!("one of {}", listed(expected, '"')))
            }
            // The path ends in the stranger itself; what counts is the map that it was found in.
            Mismatch::Field { found, expected } => match path.strip_suffix(&format!(".{found}")) {
                Some(map) => unknown_key(&format!("`{map}` of `{}`", self.function), &found, expected),
                None => unknown_key(&format!("`{}`", self.function), &found, &[known, expected].concat()),
            },
            Mismatch::Absent(name) if path == "." || path.is_empty() => {
                Error::value(format!("`{}` needs the option `{name}`", self.function))
            }
            Mismatch::Absent(name) => Error::value(format!("{place} needs `{name}`")),
            Mismatch::Said(text) => Error::value(format!("{place}: {text}")),
        })
    }

    fn wrong(&self, name: &str, expected: &str, found: &str) -> Box<EvalAltResult> {
        self.refuse(Error::value(format!("option `{name}` of `{}` must be {expected}, found {found}", self.function)))
    }

    fn refuse(&self, error: Error) -> Box<EvalAltResult> {
        raise(error, self.ctx.call_position())
    }
}

/// The error for a key that nobody asked for: the nearest name in the message, all of them in the help.
pub(super) fn unknown_key(place: &str, key: &str, known: &[&str]) -> Error {
    let mut names: Vec<&str> = known.to_vec();
    names.sort_unstable();
    names.dedup();
    let meant = did_you_mean(key, names.iter().copied()).map_or(String::new(), |m| format!("; did you mean `{m}`?"));
    let error = Error::value(format!("unknown option `{key}` of {place}{meant}"));
    if names.is_empty() {
        error.help("it takes no options")
    } else {
        error.help(format!("options: {}", listed(&names, '`')))
    }
}

fn listed(names: &[&str], quote: char) -> String {
    names.iter().map(|n| format!("{quote}{n}{quote}")).collect::<Vec<_>>().join(", ")
}

/// A value as a message shows it: small ones as written, the rest by type.
fn self_describing(ctx: &NativeCallContext, value: &Dynamic) -> String {
    if value.is_string() {
        return format!("\"{value}\"");
    }
    if value.is_int() || value.is_float() || value.is_bool() || value.is_unit() {
        return format!("`{value}`");
    }
    values::kind_of(value).map_or_else(|| ctx.engine().map_type_name(value.type_name()).to_string(), str::to_string)
}

/// serde names types as Rust does; scripts have numbers, texts, arrays and maps.
fn in_plain_words(expected: &str) -> String {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "a nonzero u32" | "a nonzero u64" | "a nonzero usize" => "a whole number, 1 or more",
        "f32" | "f64" => "a number",
        "a boolean" => "`true` or `false`",
        "a string" | "string" | "path string" => "a text",
        "a sequence" => "an array",
        text if text.starts_with("an array of length ") => return text.replace("of length", "of") + " items",
        text if text.starts_with("a tuple of size ") => {
            return text.replace("a tuple of size", "an array of") + " items";
        }
        text if text.starts_with("struct ") || text.starts_with("enum ") => "a map of options",
        other => other,
    }
    .to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::rc::Rc;

    use rhai::{Engine, Map, NativeCallContext};
    use serde::Deserialize;

    use super::*;
    use crate::data::Labels;
    use crate::script::fail::domain_error;

    #[derive(Clone, Debug, Deserialize, PartialEq)]
    #[serde(default, deny_unknown_fields)]
    struct Fit {
        lr: f64,
        steps: usize,
        folds: Vec<usize>,
        criterion: Criterion,
        weight: Option<f64>,
        shape: (f64, f64),
        block: Block,
        seed: u64,
    }

    #[derive(Clone, Debug, Default, Deserialize, PartialEq)]
    #[serde(default, deny_unknown_fields)]
    struct Block {
        heads: usize,
    }

    #[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Criterion {
        Bic,
        Aic,
    }

    impl Default for Fit {
        fn default() -> Self {
            Fit {
                lr: 0.1,
                steps: 10,
                folds: vec![],
                criterion: Criterion::Aic,
                weight: None,
                shape: (1.0, 1.0),
                block: Block::default(),
                seed: 0,
            }
        }
    }

    /// Calls `fit(options)` in a script and gives back what the binding parsed, or the domain error.
    fn fit(options: &str) -> std::result::Result<(Option<usize>, Fit), Error> {
        type Parsed = Rc<(Option<usize>, Fit)>;
        let mut engine = Engine::new();
        engine.register_type_with_name::<Rc<Labels>>("Labels");
        engine.register_fn("labels", || Rc::new(Labels::from_clusters(&[0, 1, 0])));
        engine.register_fn("fit", |ctx: NativeCallContext, map: Map| -> RhaiResultOf<Parsed> {
            let mut given = Options::new(&ctx, "test::fit", map);
            let labels = given.handle_with("labels", values::labels)?;
            Ok(Rc::new((labels.map(|l| l.len()), given.parse()?)))
        });
        match engine.eval::<Parsed>(&format!("fit(#{{{options}}})")) {
            Ok(parsed) => Ok((*parsed).clone()),
            Err(error) => match *error {
                EvalAltResult::ErrorRuntime(thrown, position) => {
                    assert_eq!((position.line(), position.position()), (Some(1), Some(1)));
                    Err(domain_error(&thrown).unwrap())
                }
                other => panic!("{other}"),
            },
        }
    }

    fn refusal(options: &str) -> String {
        fit(options).unwrap_err().message
    }

    #[test]
    fn numbers_ranges_and_words_arrive_as_meant() {
        let (labels, parsed) =
            fit(r#"lr: 1, steps: 1e3, folds: 1..=3, criterion: "bic", weight: (), shape: [2, 0.5], block: #{heads: 4},
               labels: labels(), seed: 7"#)
            .unwrap();
        assert_eq!(labels, Some(3));
        let expected = Fit {
            lr: 1.0,
            steps: 1000,
            folds: vec![1, 2, 3],
            criterion: Criterion::Bic,
            weight: None,
            shape: (2.0, 0.5),
            block: Block { heads: 4 },
            seed: 7,
        };
        assert_eq!(parsed, expected);
        assert_eq!(fit("folds: 0..3, labels: [\"a\", 1, ()]").unwrap().1.folds, [0, 1, 2]);
    }

    #[test]
    fn seeds_are_drawn_in_turn_and_repeat_between_runs() {
        let two = || {
            host::install(crate::run::Run::new(crate::run::Settings::default()));
            (fit("").unwrap().1.seed, fit("").unwrap().1.seed)
        };
        let (first, second) = two();
        assert_ne!(first, second);
        assert_eq!(two(), (first, second));
    }

    #[test]
    fn shared_options_are_read_beside_a_function_s_own() {
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct Own {
            momentum: f64,
        }
        let mut engine = Engine::new();
        engine.register_fn("train", |ctx: NativeCallContext, map: Map| -> RhaiResultOf<f64> {
            let mut given = Options::new(&ctx, "test::train", map);
            let shared: Fit = given.part()?;
            let own: Own = given.parse()?;
            Ok(shared.lr + own.momentum)
        });
        assert_eq!(engine.eval::<f64>("train(#{ lr: 2, momentum: 0.5 })").unwrap(), 2.5);
        let refusal = |script: &str| match *engine.eval::<f64>(script).unwrap_err() {
            EvalAltResult::ErrorRuntime(thrown, _) => domain_error(&thrown).unwrap().message,
            other => panic!("{other}"),
        };
        assert!(refusal("train(#{ momentm: 1 })").contains("did you mean `momentum`?"));
        assert!(refusal("train(#{ stesp: 1 })").contains("did you mean `steps`?"));
        assert!(refusal("train(#{ lr: \"x\" })").contains("option `lr` of `test::train` must be a number"));
    }

    #[test]
    fn strangers_are_refused_with_the_nearest_name() {
        let error = fit("stesp: 3").unwrap_err();
        assert_eq!(error.message, "unknown option `stesp` of `test::fit`; did you mean `steps`?");
        let all = "options: `block`, `criterion`, `folds`, `labels`, `lr`, `seed`, `shape`, `steps`, `weight`";
        assert_eq!(error.help.as_deref(), Some(all));
        assert_eq!(
            refusal("block: #{head: 3}"),
            "unknown option `head` of `block` of `test::fit`; did you mean `heads`?"
        );
    }

    #[test]
    fn wrong_values_name_option_value_and_expectation() {
        assert_eq!(refusal("lr: \"fast\""), "option `lr` of `test::fit` must be a number, found \"fast\"");
        assert_eq!(
            refusal("steps: 1.5"),
            "option `steps` of `test::fit` must be a whole number, 0 or more, found `1.5`"
        );
        assert_eq!(refusal("steps: -1"), "option `steps` of `test::fit` must be a whole number, 0 or more, found `-1`");
        assert_eq!(
            refusal("folds: [1, \"x\"]"),
            "option `folds[1]` of `test::fit` must be a whole number, 0 or more, found \"x\""
        );
        assert_eq!(refusal("shape: [1]"), "option `shape` of `test::fit` must be an array of 2 items, found 1 items");
        assert_eq!(
            refusal("criterion: \"bick\""),
            "option `criterion` of `test::fit` is unknown: \"bick\"; did you mean \"bic\"?"
        );
        assert_eq!(refusal("criterion: 3"), "option `criterion` of `test::fit` must be a word, found `3`");
        assert_eq!(refusal("seed: -3"), "option `seed` of `test::fit` must be a whole number, 0 or more, found `-3`");
        assert_eq!(refusal("lr: |x| x"), "option `lr` of `test::fit` must be a number, found a function");
        assert_eq!(refusal("lr: labels()"), "option `lr` of `test::fit` must be a number, found a `Labels`");
        assert_eq!(
            refusal("labels: 3"),
            "option `labels` of `test::fit` must be labels or an array of texts or numbers, found `3`"
        );
    }
}
