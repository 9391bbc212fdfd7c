//! What is known of types without running anything. An empty name is an unknown type; a variable that may hold several
//! has one.

use std::collections::{BTreeMap, BTreeSet};

use rhai::{Dynamic, Expr, FnCallExpr, Stmt};

use super::chain::{Step, steps};
use crate::script::catalog::{Catalog, Function};

/// The types of variables.
pub(super) struct Types<'a> {
    catalog: &'a Catalog,
    known: BTreeMap<String, String>,
    /// Names of which nothing may be said.
    unknown: BTreeSet<String>,
}

impl<'a> Types<'a> {
    /// Nothing known yet, and some names never to be.
    pub fn new(catalog: &'a Catalog, unknown: BTreeSet<String>) -> Self {
        Types { catalog, known: BTreeMap::new(), unknown }
    }

    /// Takes in what a statement says of a variable.
    pub fn learn(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Var(declared, ..) => self.note(&declared.0.name, &self.of(&declared.1)),
            Stmt::Assignment(both) => {
                if let Expr::Variable(variable, ..) = &both.1.lhs {
                    let kind = if both.0.is_op_assignment() { String::new() } else { self.of(&both.1.rhs) };
                    self.note(&variable.1, &kind);
                }
            }
            Stmt::For(turn, _) => {
                let item = if self.of(&turn.2.expr) == "Population" { "Morphology" } else { "" };
                self.note(&turn.0.name, item);
                if let Some(counter) = &turn.1 {
                    self.note(&counter.name, "int");
                }
            }
            Stmt::TryCatch(both, _) => {
                if let Expr::Variable(variable, ..) = &both.expr {
                    self.note(&variable.1, "");
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, name: &str, kind: &str) {
        match self.known.get(name) {
            Some(before) if before != kind => {
                self.known.insert(name.to_string(), String::new());
            }
            Some(_) => {}
            // An unknown type may become known in a later round.
            None if kind.is_empty() => {}
            None => {
                self.known.insert(name.to_string(), kind.to_string());
            }
        }
    }

    /// The type of an expression.
    pub fn of(&self, expr: &Expr) -> String {
        let variable = |name: &str| match self.unknown.contains(name) {
            true => None,
            false => self.known.get(name).cloned(),
        };
        infer(self.catalog, expr, &variable)
    }
}

/// The type of an expression, given the types of variables; empty where it is not known.
pub fn infer(catalog: &Catalog, expr: &Expr, variable: &dyn Fn(&str) -> Option<String>) -> String {
    match expr {
        Expr::BoolConstant(..) | Expr::And(..) | Expr::Or(..) => "bool",
        Expr::IntegerConstant(..) => "int",
        Expr::FloatConstant(..) => "float",
        Expr::CharConstant(..) => "char",
        Expr::StringConstant(..) | Expr::InterpolatedString(..) => "string",
        Expr::Array(..) => "array",
        Expr::Map(..) => "map",
        Expr::Unit(..) => "()",
        Expr::DynamicConstant(value, _) => constant(value),
        Expr::Variable(v, ..) if v.2.is_empty() => return variable(&v.1).unwrap_or_default(),
        Expr::FnCall(call, _) => return returned(catalog, call),
        Expr::Dot(..) | Expr::Index(..) => {
            let (root, steps) = steps(expr);
            let mut kind = infer(catalog, root, variable);
            for step in &steps {
                kind = after(catalog, &kind, step);
            }
            return kind;
        }
        _ => "",
    }
    .to_string()
}

fn constant(value: &Dynamic) -> &'static str {
    match () {
        () if value.is_array() => "array",
        () if value.is_map() => "map",
        () => "",
    }
}

/// What a function of this name and number of arguments gives, where all its forms give the same.
fn returned(catalog: &Catalog, call: &FnCallExpr) -> String {
    if matches!(call.name.as_str(), "==" | "!=" | "<" | ">" | "<=" | ">=" | "!" | "in") {
        return "bool".into();
    }
    let path = match call.namespace.is_empty() {
        true => call.name.to_string(),
        false => format!("{}::{}", call.namespace, call.name),
    };
    let is_it = |f: &&Function| f.path() == path && f.params.len() == call.args.len() && !f.is_property;
    agreed(catalog.functions().filter(is_it))
}

/// The type after a step of a chain.
pub(super) fn after(catalog: &Catalog, kind: &str, step: &Step) -> String {
    match step {
        _ if kind.is_empty() => String::new(),
        Step::Index if kind == "Population" => "Morphology".into(),
        Step::Index => String::new(),
        Step::Property(name, _) => agreed(catalog.properties_of(kind).filter(|f| f.name == *name)),
        Step::Method(call, _) => {
            let arity = call.args.len() + 1;
            agreed(catalog.methods_of(kind).filter(|f| f.name == call.name.as_str() && f.params.len() == arity))
        }
    }
}

fn agreed<'a>(mut forms: impl Iterator<Item = &'a Function>) -> String {
    let Some(first) = forms.next() else { return String::new() };
    let script_or_other = first.is_script || !forms.all(|f| f.returns == first.returns);
    if script_or_other { String::new() } else { first.returns.clone() }
}
