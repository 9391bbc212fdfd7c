//! Calls held against what their functions take.

use rhai::{Expr, FnCallExpr, Position};

use super::chain::{Step, steps};
use super::types::{Types, after};
use super::{Checker, is_keyword};
use crate::error::did_you_mean;
use crate::script::catalog::Function;
use crate::script::explain::Said;
use crate::script::options::unknown_key;
use crate::script::takes::Takes;

/// The language's own types: methods on them may come from anywhere.
const OWN: &[&str] = &["int", "float", "bool", "char", "string", "array", "blob", "map", "Fn", "range", "()"];

impl Checker<'_> {
    /// A call of a function, with a namespace or without.
    pub(super) fn call(&mut self, call: &FnCallExpr, position: Position, types: &Types) {
        let name = call.name.as_str();
        let given: Vec<String> = call.args.iter().map(|arg| types.of(arg)).collect();
        let given_names: Vec<&str> =
            given.iter().map(|kind| if kind.is_empty() { "?" } else { kind.as_str() }).collect();
        if !call.namespace.is_empty() {
            let namespace = call.namespace.to_string();
            if let Some(fault) = self.imports.call(&namespace, name) {
                if let Some(said) = fault {
                    self.report(said, position);
                }
                return;
            }
            if self.catalog().why_empty(&namespace).is_some() {
                return;
            }
            if !self.catalog().namespaces().any(|n| n == namespace) {
                self.report(self.explainer.namespace(&namespace), position);
                return;
            }
            let forms: Vec<&Function> = self.catalog().in_namespace(&namespace).filter(|f| f.name == name).collect();
            let fitting: Vec<&Function> = forms.into_iter().filter(|f| fits(f, &given)).collect();
            if fitting.is_empty() {
                // What is missing here may take what an absent namespace gives.
                if self.is_whole || !given.iter().any(String::is_empty) {
                    self.report(self.explainer.in_namespace(&namespace, name, &given_names), position);
                }
                return;
            }
            self.options(&fitting, &call.args, types);
            return;
        }
        let is_word = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if call.op_token.is_some() || !is_word || is_keyword(name) {
            return;
        }
        let forms = self.catalog().named(name).filter(|f| f.namespace.is_empty() && !f.is_property);
        let fitting: Vec<&Function> = forms.filter(|f| fits(f, &given)).collect();
        match fitting.is_empty() {
            true => self.report(self.explainer.free(name, &given_names), position),
            false => self.options(&fitting, &call.args, types),
        }
    }

    /// A chain of properties and methods, as far as the types are known.
    pub(super) fn chain(&mut self, chain: &Expr, types: &Types) {
        let (root, steps) = steps(chain);
        let mut kind = types.of(root);
        for step in &steps {
            match step {
                Step::Property(name, position) => self.property(&kind, name, *position),
                Step::Method(call, position) => self.method(&kind, call, *position, types),
                Step::Index => {}
            }
            kind = after(self.catalog(), &kind, step);
        }
    }

    fn property(&mut self, kind: &str, name: &str, position: Position) {
        if kind.is_empty() || kind == "map" || OWN.contains(&kind) {
            return;
        }
        if !self.catalog().properties_of(kind).any(|f| f.name == name) {
            self.report(self.explainer.property_of(kind, name), position);
        }
    }

    fn method(&mut self, kind: &str, call: &FnCallExpr, position: Position, types: &Types) {
        let name = call.name.as_str();
        if is_keyword(name) || name == "to_string" || name == "to_debug" {
            return;
        }
        let given: Vec<String> =
            std::iter::once(kind.to_string()).chain(call.args.iter().map(|arg| types.of(arg))).collect();
        let of_script = |f: &&Function| f.is_script && f.name == name && f.params.len() == call.args.len();
        if self.catalog().functions().any(|f| of_script(&f)) {
            return;
        }
        if kind.is_empty() || OWN.contains(&kind) {
            let known = self.catalog().functions().any(|f| f.name == name && f.is_method && !f.is_property);
            if !known && kind != "map" && self.is_whole {
                let said = match did_you_mean(
                    name,
                    self.catalog().functions().filter(|f| f.is_method).map(|f| f.name.as_str()),
                ) {
                    Some(meant) => format!("nothing has a method `{name}`; did you mean `{meant}`?"),
                    None => format!("nothing has a method `{name}`"),
                };
                self.report(Said { message: said, ..Said::default() }, position);
            }
            return;
        }
        let own = self.catalog().methods_of(kind).filter(|f| f.name == name);
        let of_any = self.catalog().functions().filter(|f| {
            f.name == name
                && f.is_method
                && !f.is_property
                && f.on.is_empty()
                && f.params.first().is_some_and(|p| p.1.is_empty())
        });
        let fitting: Vec<&Function> = own.chain(of_any).filter(|f| fits_method(f, &given)).collect();
        if fitting.is_empty() {
            let names: Vec<&str> = given.iter().map(|kind| if kind.is_empty() { "?" } else { kind.as_str() }).collect();
            self.report(self.explainer.method(name, &names), position);
            return;
        }
        self.options(&fitting, &call.args, types);
    }

    /// The keys and words of an options map that is written out in the call.
    fn options(&mut self, forms: &[&Function], args: &[Expr], types: &Types) {
        let Some(takes) = forms.iter().find_map(|f| f.takes) else { return };
        let Some(Expr::Map(entries, _)) = args.last() else { return };
        let keys = takes.keys();
        for (ident, value) in &entries.0 {
            match keys.iter().find(|key| key.name == ident.name.as_str()) {
                None => self.report(stranger(takes, &ident.name), ident.pos),
                Some(key) => {
                    if let Some(said) = unfit(takes, key.name, &key.kind, key.words, value, types) {
                        self.report(said, value.position());
                    }
                }
            }
        }
    }
}

fn shown(takes: &Takes) -> &str {
    takes.function.rsplit_once('.').map_or(takes.function, |(_, name)| name)
}

fn stranger(takes: &Takes, key: &str) -> Said {
    let error = unknown_key(&format!("`{}`", shown(takes)), key, &takes.names());
    Said { message: error.message, help: error.help.into_iter().collect(), internal: false }
}

/// What is wrong with a written value, where the key leaves no doubt.
fn unfit(takes: &Takes, key: &str, kind: &str, words: &[&str], value: &Expr, types: &Types) -> Option<Said> {
    let found = types.of(value);
    let place = format!("option `{key}` of `{}`", shown(takes));
    if let (Expr::StringConstant(word, _), false) = (value, words.is_empty()) {
        let is_choice = kind.split(" | ").all(|w| w.starts_with('"'));
        if is_choice && !words.contains(&word.as_str()) {
            let meant =
                did_you_mean(word, words.iter().copied()).map_or(String::new(), |m| format!("; did you mean \"{m}\"?"));
            let all: Vec<String> = words.iter().map(|w| format!("\"{w}\"")).collect();
            return Some(Said {
                message: format!("{place} is unknown: \"{word}\"{meant}"),
                help: vec![format!("one of {}", all.join(", "))],
                internal: false,
            });
        }
    }
    let fits = match kind {
        "number" => matches!(found.as_str(), "int" | "float"),
        "whole number" => matches!(found.as_str(), "int" | "float"),
        "true or false" => found == "bool",
        "text" => matches!(found.as_str(), "string" | "char"),
        _ => true,
    };
    // `()` leaves an option out, and some functions take a list where others take one value.
    if fits || matches!(found.as_str(), "" | "()" | "array" | "range") {
        return None;
    }
    Some(Said { message: format!("{place} must be {}, found {found}", article(kind)), ..Said::default() })
}

fn article(kind: &str) -> String {
    if kind == "true or false" { "`true` or `false`".into() } else { format!("a {kind}") }
}

/// Whether a form takes what is given; an unknown type may be any.
fn fits(form: &Function, given: &[String]) -> bool {
    form.params.len() == given.len() && form.params.iter().zip(given).all(|((_, takes), kind)| takes_kind(takes, kind))
}

/// The same for a method, whose receiver is known to have it.
fn fits_method(form: &Function, given: &[String]) -> bool {
    form.params.len() == given.len()
        && form.params.iter().zip(given).skip(1).all(|((_, takes), kind)| takes_kind(takes, kind))
}

fn takes_kind(takes: &str, kind: &str) -> bool {
    takes.is_empty() || kind.is_empty() || takes == kind
}
