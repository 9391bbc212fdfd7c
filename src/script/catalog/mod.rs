//! What there is: namespaces, functions with their parameters and options, methods, properties, types.
//!
//! Drawn from the engine's own metadata (`collect`) and from what bindings declare ([`super::registry`]), so it cannot
//! be out of date. It serves messages about unknown names, completion, help, `nms check` and `nms doc`.

mod collect;
mod words;

use std::collections::BTreeMap;

use super::registry;
use super::takes::Takes;

/// One function, as scripts see it.
#[derive(Clone, Debug)]
pub struct Function {
    /// The namespace (`morph`); empty for functions without one.
    pub namespace: String,
    /// Its name; for properties without Rhai's `get$`.
    pub name: String,
    /// Names and types of the parameters; a type is empty where anything may be given.
    pub params: Vec<(String, String)>,
    /// What it gives; empty where that is not known, `()` for nothing.
    pub returns: String,
    /// Its documentation, without the comment signs.
    pub doc: String,
    /// Whether it reads a property.
    pub is_property: bool,
    /// Whether it can be called as a method, without its namespace.
    pub is_method: bool,
    /// The types that it is a method or property of.
    pub on: Vec<String>,
    /// Whether it belongs to the language rather than to nms.
    pub is_standard: bool,
    /// Whether a script defines it.
    pub is_script: bool,
    /// What its options map takes.
    pub takes: Option<&'static Takes>,
}

impl Function {
    /// The parameters as `(path, options)`.
    pub fn parameters(&self) -> String {
        let shown = self.params.iter().map(|(name, kind)| if name.is_empty() { kind.as_str() } else { name.as_str() });
        format!("({})", shown.collect::<Vec<_>>().join(", "))
    }

    /// The parameters with their types, `path: string`; of a method without the receiver.
    pub fn typed_parameters(&self, as_method: bool) -> Vec<String> {
        let shown = |(name, kind): &(String, String)| match (name.as_str(), kind.as_str()) {
            ("", "") => "_".to_string(),
            ("", kind) => kind.to_string(),
            (name, "") => name.to_string(),
            (name, kind) => format!("{name}: {kind}"),
        };
        self.params.iter().skip(usize::from(as_method)).map(shown).collect()
    }

    /// The name as it is called: `morph::load`.
    pub fn path(&self) -> String {
        if self.namespace.is_empty() { self.name.clone() } else { format!("{}::{}", self.namespace, self.name) }
    }

    /// Whether its last parameter is an options map, or may be one.
    pub fn has_options(&self) -> bool {
        let is_options = |(name, kind): &(String, String)| match name.as_str() {
            "options" => kind == "map",
            name => name.ends_with("_or_options"),
        };
        self.params.last().is_some_and(is_options)
    }

    /// Whether it is called by a word: operators and the language's inner functions are not.
    pub fn is_word(&self) -> bool {
        self.name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && self.name.chars().all(|c| c.is_alphanumeric() || c == '_')
    }
}

/// All names that scripts can use.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    functions: Vec<Function>,
    /// Namespaces; those that this build lacks with the reason.
    namespaces: BTreeMap<String, Option<&'static str>>,
    /// Names of registered types.
    types: Vec<&'static str>,
}

impl Catalog {
    /// Every function, property and operator.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.functions.iter()
    }

    /// The names of all namespaces.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.namespaces.keys().map(String::as_str)
    }

    /// The names of the types of handles.
    pub fn types(&self) -> &[&'static str] {
        &self.types
    }

    /// What a namespace without any function says about itself: a build may lack what it would offer.
    pub fn why_empty(&self, namespace: &str) -> Option<&str> {
        *self.namespaces.get(namespace)?
    }

    /// The functions of a namespace, without the methods that come from it.
    pub fn in_namespace<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a Function> {
        let free = move |f: &&Function| !f.is_property && (namespace.is_empty() || !f.is_method);
        self.functions.iter().filter(move |f| f.namespace == namespace).filter(free)
    }

    /// The methods of a type.
    pub fn methods_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Function> {
        let method = move |f: &&Function| f.is_method && !f.is_property;
        self.functions.iter().filter(method).filter(move |f| f.on.iter().any(|on| on == kind))
    }

    /// The properties of a type.
    pub fn properties_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Function> {
        self.functions.iter().filter(move |f| f.is_property && f.on.iter().any(|on| on == kind))
    }

    /// Everything with this name, in whatever namespace; `ns::name` and `Type.name` ask for one.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Function> {
        let member = name.split_once('.').filter(|(kind, _)| !kind.is_empty());
        self.functions.iter().filter(move |f| match member {
            Some((kind, member)) => f.name == member && f.on.iter().any(|on| on == kind),
            None => f.name == name.trim_start_matches('.') || f.path() == name,
        })
    }
}

/// What the options map of a function takes: declared under its path, or for a method under its type or its name alone.
fn takes_of(function: &Function) -> Option<&'static Takes> {
    if !function.has_options() {
        return None;
    }
    let of_type = || function.on.first().and_then(|on| registry::takes(&format!("{on}.{}", function.name)));
    match function.is_method {
        true => of_type().or_else(|| registry::takes(&function.name)),
        false => registry::takes(&function.path()),
    }
}
