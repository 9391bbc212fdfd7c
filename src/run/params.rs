//! Parameters: what a script lets its caller change, typed by the default it declares.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, did_you_mean};

/// A parameter's value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A text.
    Text(String),
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Value::Bool(_) => "true or false",
            Value::Int(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Text(_) => "a text",
        }
    }

    /// Reads text from a command line as this value's type.
    fn read(&self, text: &str) -> Option<Value> {
        match self {
            Value::Bool(_) => match text {
                "true" | "yes" | "1" => Some(Value::Bool(true)),
                "false" | "no" | "0" => Some(Value::Bool(false)),
                _ => None,
            },
            Value::Int(_) => text.replace('_', "").parse().ok().map(Value::Int),
            Value::Float(_) => text.replace('_', "").parse().ok().map(Value::Float),
            Value::Text(_) => Some(Value::Text(text.to_string())),
        }
    }

    /// Takes a typed value from a file as this value's type; whole numbers pass for numbers.
    fn accept(&self, given: &Value) -> Option<Value> {
        match (self, given) {
            (Value::Float(_), Value::Int(n)) => Some(Value::Float(*n as f64)),
            _ if std::mem::discriminant(self) == std::mem::discriminant(given) => Some(given.clone()),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(b) => write!(f, "{b}"),
            Value::Int(n) => write!(f, "{n}"),
            Value::Float(x) => write!(f, "{x:?}"),
            Value::Text(t) => f.write_str(t),
        }
    }
}

/// Where a parameter's value came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The script's default.
    Default,
    /// `--param name=value`.
    CommandLine,
    /// `--params FILE`.
    File(PathBuf),
}

/// A declared parameter with the value it has in this run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Param {
    /// The value used.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
    /// What the script says of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub help: String,
}

#[derive(Clone, Debug)]
enum Given {
    Text(String),
    Typed(Value, PathBuf),
    /// From a bundle, where all values are texts.
    Bundled(String, PathBuf),
}

/// The parameters of a run: those given from outside, and those the script has declared so far.
#[derive(Clone, Debug, Default)]
pub struct Params {
    given: BTreeMap<String, Given>,
    declared: BTreeMap<String, Param>,
    /// Those of the run that this one continues.
    before: BTreeMap<String, Param>,
}

impl Params {
    /// Adds `name=value` from the command line; it wins over files.
    ///
    /// # Errors
    /// When there is no `=`, or no name before it.
    pub fn give(&mut self, assignment: &str) -> Result<()> {
        match assignment.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                self.given.insert(name.trim().to_string(), Given::Text(value.to_string()));
                Ok(())
            }
            _ => Err(Error::value(format!("`--param {assignment}` is not of the form `name=value`"))),
        }
    }

    /// Adds the values of a TOML or JSON file, as its ending says.
    ///
    /// # Errors
    /// When the file cannot be read, or holds anything but names with plain values.
    pub fn give_file(&mut self, path: &Path) -> Result<()> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io("cannot read", path, &e))?;
        let refuse = |why: String| Error::format(why).in_file(path);
        let table: serde_json::Map<String, serde_json::Value> = match path.extension().and_then(|e| e.to_str()) {
            Some("toml") => toml::from_str(&text).map_err(|e| refuse(e.to_string().trim_end().to_string()))?,
            Some("json") => serde_json::from_str(&text).map_err(|e| refuse(e.to_string()))?,
            _ => return Err(refuse("parameters are read from `.toml` and `.json` files".into())),
        };
        for (name, value) in table {
            let value = plain(&value)
                .ok_or_else(|| refuse(format!("`{name}` must be a text, a number, or `true` or `false`")))?;
            let from_command_line = matches!(self.given.get(&name), Some(Given::Text(_)));
            if !from_command_line {
                self.given.insert(name, Given::Typed(value, path.to_path_buf()));
            }
        }
        Ok(())
    }

    /// Adds what a bundle was made with; whatever else is given wins over it.
    pub fn give_bundled(&mut self, parameters: &BTreeMap<String, String>, bundle: &Path) {
        for (name, text) in parameters {
            let given = || Given::Bundled(text.clone(), bundle.to_path_buf());
            self.given.entry(name.clone()).or_insert_with(given);
        }
    }

    /// What was given, as texts.
    pub fn given(&self) -> BTreeMap<String, String> {
        let text = |given: &Given| match given {
            Given::Text(text) | Given::Bundled(text, _) => text.clone(),
            Given::Typed(value, _) => value.to_string(),
        };
        self.given.iter().map(|(name, given)| (name.clone(), text(given))).collect()
    }

    /// Whether a parameter was given by other means than a bundle.
    pub fn is_given_anew(&self, name: &str) -> bool {
        self.given.get(name).is_some_and(|given| !matches!(given, Given::Bundled(..)))
    }

    /// Holds the parameters to the values that they had in the run that this one continues.
    pub fn continue_with(&mut self, before: BTreeMap<String, Param>) {
        self.before = before;
    }

    /// The value of a parameter, typed by its default.
    ///
    /// # Errors
    /// When what was given is of another type, or is not what it was in the run that this one continues.
    pub fn declare(&mut self, name: &str, default: Value, help: &str) -> Result<Value> {
        let (value, origin) = match self.given.get(name) {
            None => (default, Origin::Default),
            Some(Given::Text(text)) => {
                let value = default.read(text).ok_or_else(|| {
                    let shown =
                        format!("`--param {name}={text}`: `{name}` must be {}, found \"{text}\"", default.kind());
                    Error::value(shown).help(format!("its default is {default}"))
                })?;
                (value, Origin::CommandLine)
            }
            Some(Given::Bundled(text, path)) => {
                let value = default.read(text).ok_or_else(|| {
                    Error::value(format!("`{name}` must be {}, found \"{text}\"", default.kind()))
                        .in_file(path)
                        .help(format!("its default is {default}"))
                })?;
                (value, Origin::File(path.clone()))
            }
            Some(Given::Typed(given, path)) => {
                let value = default.accept(given).ok_or_else(|| {
                    Error::value(format!("`{name}` must be {}, found {}", default.kind(), quoted(given)))
                        .in_file(path)
                        .help(format!("its default is {default}"))
                })?;
                (value, Origin::File(path.clone()))
            }
        };
        if let Some(Param { value: before, .. }) = self.before.get(name)
            && value.accept(before).is_none_or(|before| before != value)
        {
            return Err(Error::refused(format!("cannot resume: `{name}` was {before} and is now {value}")).help(
                format!("repeat the run with `--param {name}={before}`, or start a new one in another `--out`"),
            ));
        }
        self.declared.insert(name.to_string(), Param { value: value.clone(), origin, help: help.to_string() });
        Ok(value)
    }

    /// The parameters declared so far.
    pub fn declared(&self) -> &BTreeMap<String, Param> {
        &self.declared
    }

    /// The parameters for the record: those declared, and before that those of the run that this one continues.
    pub fn recorded(&self) -> BTreeMap<&str, &Param> {
        self.before.iter().chain(&self.declared).map(|(name, param)| (name.as_str(), param)).collect()
    }

    /// Refuses what was given and is not among `names`.
    ///
    /// # Errors
    /// When a given name is not among them.
    pub fn refuse_unknown<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<()> {
        let names: Vec<&str> = names.into_iter().collect();
        let Some(unknown) = self.given.keys().find(|key| !names.contains(&key.as_str())) else { return Ok(()) };
        let meant = did_you_mean(unknown, names.iter().copied());
        let meant = meant.map_or(String::new(), |m| format!("; did you mean `{m}`?"));
        let error = Error::value(format!("the script has no parameter `{unknown}`{meant}"));
        Err(if names.is_empty() {
            error.help("it declares none: see `param(name, default, help)`")
        } else {
            error.help(format!("parameters: {}", names.join(", ")))
        })
    }
}

/// A value in a message: texts in quotes.
fn quoted(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("\"{text}\""),
        other => format!("`{other}`"),
    }
}

fn plain(value: &serde_json::Value) -> Option<Value> {
    match value {
        serde_json::Value::Bool(b) => Some(Value::Bool(*b)),
        serde_json::Value::String(text) => Some(Value::Text(text.clone())),
        serde_json::Value::Number(n) => n.as_i64().map(Value::Int).or_else(|| n.as_f64().map(Value::Float)),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn given(assignments: &[&str]) -> Params {
        let mut params = Params::default();
        for a in assignments {
            params.give(a).unwrap();
        }
        params
    }

    #[test]
    fn the_default_types_what_is_given() {
        let mut params = given(&["steps=20_000", "lr=1", "deep=yes", "data=a=b"]);
        assert_eq!(params.declare("steps", Value::Int(1), "").unwrap(), Value::Int(20_000));
        assert_eq!(params.declare("lr", Value::Float(0.1), "").unwrap(), Value::Float(1.0));
        assert_eq!(params.declare("deep", Value::Bool(false), "").unwrap(), Value::Bool(true));
        assert_eq!(params.declare("data", Value::Text("x".into()), "").unwrap(), Value::Text("a=b".into()));
        assert_eq!(params.declare("k", Value::Int(5), "").unwrap(), Value::Int(5));
        assert_eq!(params.declared()["k"].origin, Origin::Default);
        assert_eq!(params.declared()["lr"].origin, Origin::CommandLine);
        let error = given(&["steps=many"]).declare("steps", Value::Int(1), "").unwrap_err();
        assert_eq!(error.message, "`--param steps=many`: `steps` must be a whole number, found \"many\"");
    }

    #[test]
    fn the_command_line_wins_over_a_file_in_either_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.toml");
        std::fs::write(&path, "steps = 7\nlr = 2\n").unwrap();
        let mut params = given(&["steps=9"]);
        params.give_file(&path).unwrap();
        assert_eq!(params.declare("steps", Value::Int(1), "").unwrap(), Value::Int(9));
        assert_eq!(params.declare("lr", Value::Float(1.0), "").unwrap(), Value::Float(2.0));
        assert_eq!(params.declared()["lr"].origin, Origin::File(path));
    }

    #[test]
    fn what_a_bundle_gives_yields_to_all_else() {
        let bundle = Path::new("x.nms");
        let mut params = given(&["steps=9"]);
        params.give_bundled(&[("steps".into(), "7".into()), ("lr".into(), "0.5".into())].into(), bundle);
        assert_eq!(params.given(), [("lr".into(), "0.5".into()), ("steps".into(), "9".into())].into());
        assert_eq!(params.declare("steps", Value::Int(1), "").unwrap(), Value::Int(9));
        assert_eq!(params.declare("lr", Value::Float(0.1), "").unwrap(), Value::Float(0.5));
        assert_eq!(params.declared()["lr"].origin, Origin::File(bundle.into()));
        assert!(params.is_given_anew("steps") && !params.is_given_anew("lr") && !params.is_given_anew("k"));
    }

    #[test]
    fn a_resumed_run_keeps_its_parameters() {
        let mut params = given(&["steps=9"]);
        let before =
            r#"{"steps": {"value": 7, "origin": "default"}, "lr": {"value": 1, "origin": {"file": "p.toml"}}}"#;
        params.continue_with(serde_json::from_str(before).unwrap());
        assert_eq!(params.declare("lr", Value::Float(1.0), "").unwrap(), Value::Float(1.0));
        let error = params.declare("steps", Value::Int(7), "").unwrap_err();
        assert_eq!(error.message, "cannot resume: `steps` was 7 and is now 9");
        // A refused attempt must not overwrite the record of the run that it could not continue.
        assert_eq!(params.recorded()["steps"].value, Value::Int(7));
    }

    #[test]
    fn a_mistyped_name_is_refused_with_the_nearest() {
        let error = given(&["step=1"]).refuse_unknown(["steps", "data"]).unwrap_err();
        assert_eq!(error.message, "the script has no parameter `step`; did you mean `steps`?");
    }
}
