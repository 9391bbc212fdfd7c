//! The reference: what there is to say about each name, for `?name`, `help("…")` and `nms doc`.
//!
//! An [`Entry`] gathers the forms of one function, method or property out of the [catalogue](super::catalog): its
//! signatures, the prose of its documentation, its options with types and defaults, examples, and what to see also.
//! `prose` takes documentation apart, `page` writes what a person reads in a terminal, `export` Markdown and JSON.

mod export;
mod page;
mod prose;

use std::collections::BTreeMap;

use super::catalog::{Catalog, Function};
use crate::error::did_you_mean;

pub use export::{json, markdown};
pub use page::{about, entry_page};
pub use prose::examples;

/// The most names to see also.
const SEE_ALSO: usize = 6;

/// What kind of name an entry is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Called with its namespace, if it has one.
    Function,
    /// Called behind a dot.
    Method,
    /// Read behind a dot.
    Property,
}

/// A key of an options map, as the reference shows it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct OptionRow {
    /// The key.
    pub name: String,
    /// What it holds.
    pub kind: String,
    /// What it is where it is not given; absent where the type says it.
    pub default: Option<String>,
    /// What the function's text says of it, with its unit.
    pub help: String,
}

/// One name with all its forms.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Entry {
    /// `cluster::gmm`, `Population.save`, `print`.
    pub name: String,
    /// What kind of name it is.
    pub kind: Kind,
    /// The other types that have the same method.
    pub also_on: Vec<String>,
    /// Signatures, the shortest first.
    pub forms: Vec<String>,
    /// What it gives; empty where that depends.
    pub returns: String,
    /// Text in paragraphs.
    pub prose: String,
    /// Its options.
    pub options: Vec<OptionRow>,
    /// Examples that run.
    pub examples: Vec<String>,
    /// Names to see also.
    pub see_also: Vec<String>,
    /// Whether it belongs to the language.
    #[serde(skip)]
    pub is_standard: bool,
}

/// All entries of nms itself, in the order of their names; those of the language where `standard` asks for them.
pub fn entries(catalog: &Catalog, standard: bool) -> Vec<Entry> {
    let mut groups: BTreeMap<(Kind, String), Vec<&Function>> = BTreeMap::new();
    for function in catalog.functions().filter(|f| f.is_word() && (standard || !f.is_standard)) {
        groups.entry((kind_of(function), name_of(function))).or_default().push(function);
    }
    let mut entries: Vec<Entry> = groups.into_iter().map(|((kind, name), all)| entry(kind, name, &all)).collect();
    entries.sort_by(|a, b| (&a.name, a.kind).cmp(&(&b.name, b.kind)));
    let known: Vec<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    for entry in &mut entries {
        entry.see_also = mentioned(&entry.prose, &known, &entry.name);
    }
    entries
}

fn kind_of(function: &Function) -> Kind {
    match (function.is_property, is_member(function)) {
        (true, _) => Kind::Property,
        (false, true) => Kind::Method,
        (false, false) => Kind::Function,
    }
}

/// Whether it is written behind a dot: a method of a handle, or of a type of the language.
fn is_member(function: &Function) -> bool {
    let called_free = matches!(
        function.name.as_str(),
        "print" | "debug" | "param" | "out" | "result" | "exit" | "sleep" | "help" | "to_string" | "to_debug"
    );
    function.is_method && !function.on.is_empty() && !called_free
}

/// The name of the entry that a function belongs to.
fn name_of(function: &Function) -> String {
    match function.on.first() {
        Some(kind) if is_member(function) || function.is_property => format!("{kind}.{}", function.name),
        _ => function.path(),
    }
}

fn entry(kind: Kind, name: String, all: &[&Function]) -> Entry {
    let mut forms: Vec<&&Function> = all.iter().collect();
    forms.sort_by_key(|f| f.params.len());
    let fullest = forms.iter().rev().find(|f| !f.doc.is_empty()).unwrap_or(&forms[0]);
    let prose = prose::text(&fullest.doc);
    let options = forms.iter().find_map(|f| f.takes).map_or_else(Vec::new, |takes| {
        let row = |key: super::shape::Key| {
            let said = prose::of_key(&prose, key.name);
            let known: Vec<&str> = [Some(key.kind.as_str()), key.default.as_deref()].into_iter().flatten().collect();
            let help = prose::beyond(&said, &known).to_string();
            OptionRow { name: key.name.to_string(), kind: key.kind, default: key.default, help }
        };
        takes.keys().into_iter().map(row).collect()
    });
    let mut examples = Vec::new();
    for example in forms.iter().flat_map(|f| prose::examples(&f.doc)) {
        if !examples.contains(&example) {
            examples.push(example);
        }
    }
    let mut signatures: Vec<String> = forms.iter().map(|f| form(kind, &name, f)).collect();
    signatures.dedup();
    Entry {
        kind,
        also_on: fullest.on.iter().skip(1).cloned().collect(),
        forms: signatures,
        returns: fullest.returns.clone(),
        prose,
        options,
        examples,
        see_also: Vec::new(),
        is_standard: fullest.is_standard,
        name,
    }
}

fn form(kind: Kind, name: &str, function: &Function) -> String {
    let gives = match function.returns.as_str() {
        "" | "()" => String::new(),
        returns => format!(" -> {returns}"),
    };
    match kind {
        Kind::Property => format!("{name}{gives}"),
        _ => format!("{name}({}){gives}", function.typed_parameters(kind == Kind::Method).join(", ")),
    }
}

/// The entries that a text names in backticks.
fn mentioned(prose: &str, known: &[String], own: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for quoted in prose.split('`').skip(1).step_by(2) {
        let word = quoted.split('(').next().unwrap_or(quoted).trim();
        if word != own && known.iter().any(|k| k == word) && !found.iter().any(|f| f == word) {
            found.push(word.to_string());
        }
    }
    found.truncate(SEE_ALSO);
    found
}

/// The name that was probably meant by one that nothing is called by.
pub fn meant(catalog: &Catalog, name: &str) -> Option<String> {
    let paths: Vec<String> = catalog.functions().filter(|f| f.is_word()).map(name_of).collect();
    let short = catalog.functions().filter(|f| f.is_word()).map(|f| f.name.as_str());
    let names = paths.iter().map(String::as_str).chain(catalog.namespaces()).chain(catalog.types().iter().copied());
    did_you_mean(name, names.chain(short)).map(str::to_string)
}
