//! What may come at the cursor: names, members by the type of what stands before the dot, keys of an options map, words
//! and files in texts; and the signature of the call that is being written.
//!
//! All of it is the [catalogue](super::catalog)'s; `cursor` tells where the cursor stands. A value is looked at only
//! along variables and properties, and no function is ever called: what stands before a dot is otherwise known by its
//! type alone, as [`super::check`] infers it.

mod cursor;
mod path;

use std::collections::BTreeMap;

use rhai::{Dynamic, Engine, Expr, Scope, Stmt};

use self::cursor::{Call, Cursor, Place};
pub use self::path::complete as files;
use super::catalog::{Catalog, Function};
use super::check;
use super::takes::Takes;

/// One way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What stands in the place of what was written.
    pub text: String,
    /// The same as a list shows it, with its signature.
    pub shown: String,
}

impl Candidate {
    fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Candidate { shown: text.clone(), text }
    }
}

/// What completion looks into.
pub struct Surroundings<'a> {
    /// Every name there is.
    pub catalog: &'a Catalog,
    /// The engine, for its parser and the names of types.
    pub engine: &'a Engine,
    /// The variables with their values.
    pub scope: &'a Scope<'a>,
}

/// What every value has, and nobody writes behind a dot.
const PRINTING: &[&str] = &["to_string", "to_debug", "print", "debug"];

/// The language's words, which are completed as names are.
const WORDS: &[&str] = &[
    "let", "const", "fn", "if", "else", "for", "in", "while", "loop", "break", "continue", "return", "import", "as",
    "try", "catch", "throw", "true", "false", "switch",
];

impl Surroundings<'_> {
    /// The byte at which the part to complete begins, and what may stand there.
    pub fn complete(&self, before: &str) -> (usize, Vec<Candidate>) {
        let cursor = Cursor::at(before);
        let begun = &before[cursor.start..];
        let mut found = match &cursor.place {
            Place::Comment => Vec::new(),
            Place::Word => self.words(),
            Place::Path(namespace) => self.functions_of(namespace),
            Place::Member(before) => self.members(before),
            Place::Key { seen } => self.keys(cursor.call.as_ref(), seen),
            Place::Text { key } => match key.as_ref().and_then(|key| self.words_of(cursor.call.as_ref(), key)) {
                Some(words) => words,
                None => return path::complete(begun, cursor.start),
            },
        };
        found.retain(|candidate| candidate.text.starts_with(begun));
        found.sort_by(|a, b| a.text.cmp(&b.text));
        found.dedup_by(|a, b| a.text == b.text);
        (cursor.start, found)
    }

    /// What is still to be written of the call at the cursor: its parameters, or in its options the keys.
    pub fn hint(&self, before: &str) -> Option<String> {
        let cursor = Cursor::at(before);
        if cursor.place == Place::Comment {
            return None;
        }
        let call = cursor.call.as_ref()?;
        if let (Place::Key { seen }, true) = (&cursor.place, before[cursor.start..].is_empty()) {
            let keys: Vec<&str> = self.takes(call)?.names();
            let left: Vec<&str> = keys.into_iter().filter(|key| !seen.iter().any(|s| s == key)).collect();
            return (!left.is_empty()).then(|| format!(" {}", left.join(", ")));
        }
        if !before.ends_with(['(', ',', ' ']) {
            return None;
        }
        let forms = self.forms(call);
        let form = forms.iter().filter(|f| arguments(f).len() > call.argument).max_by_key(|f| f.params.len())?;
        let left = &arguments(form)[call.argument..];
        let gives =
            if matches!(form.returns.as_str(), "" | "()") { String::new() } else { format!(" -> {}", form.returns) };
        Some(format!("{}){gives}", left.join(", ")))
    }

    fn words(&self) -> Vec<Candidate> {
        let namespaces =
            self.catalog.namespaces().map(|n| Candidate { text: format!("{n}::"), shown: format!("{n}::") });
        let free = self.catalog.in_namespace("").filter(|f| f.is_word() && (!self.is_of_handle(f) || f.is_script));
        let variables = self.scope.iter_raw().map(|(name, ..)| Candidate::plain(name));
        let words = WORDS.iter().map(|word| Candidate::plain(*word));
        namespaces.chain(variables).chain(words).chain(free.map(|f| shown(f, false))).collect()
    }

    fn is_of_handle(&self, f: &Function) -> bool {
        let own = |on: &String| self.catalog.types().contains(&on.as_str());
        f.on.iter().any(own) || (f.is_standard && f.is_method && !f.on.is_empty() && f.name != "print")
    }

    fn functions_of(&self, namespace: &str) -> Vec<Candidate> {
        self.fullest(self.catalog.in_namespace(namespace).filter(|f| f.is_word()), false)
    }

    /// Methods and properties of what stands before the dot; the keys of a map.
    fn members(&self, before: &str) -> Vec<Candidate> {
        if let Some(Looked::Keys(keys)) = self.look(before) {
            let methods =
                self.catalog.methods_of("map").filter(|f| f.is_word() && !PRINTING.contains(&f.name.as_str()));
            let methods = self.fullest(methods, true);
            return keys.into_iter().map(Candidate::plain).chain(methods).collect();
        }
        let kind = self.type_of(before);
        let offered = |f: &&Function| f.is_word() && !PRINTING.contains(&f.name.as_str());
        let properties = self.catalog.properties_of(&kind).filter(offered).map(|f| Candidate::plain(f.name.as_str()));
        let mut all: Vec<Candidate> = properties.collect();
        all.extend(self.fullest(self.catalog.methods_of(&kind).filter(offered), true));
        all
    }

    /// A candidate for each name, with its longest form.
    fn fullest<'f>(&self, functions: impl Iterator<Item = &'f Function>, as_method: bool) -> Vec<Candidate> {
        let mut forms: BTreeMap<&str, &Function> = BTreeMap::new();
        for f in functions {
            let known = forms.entry(f.name.as_str()).or_insert(f);
            if f.params.len() > known.params.len() {
                *known = f;
            }
        }
        forms.values().map(|f| shown(f, as_method)).collect()
    }

    fn keys(&self, call: Option<&Call>, seen: &[String]) -> Vec<Candidate> {
        let Some(takes) = call.and_then(|call| self.takes(call)) else { return Vec::new() };
        let keys = takes.keys().into_iter().filter(|key| !seen.iter().any(|s| s == key.name));
        let candidate = |key: super::shape::Key| {
            let default = key.default.filter(|d| d != "()").map_or(String::new(), |d| format!(" = {d}"));
            Candidate { text: format!("{}: ", key.name), shown: format!("{}: {}{default}", key.name, key.kind) }
        };
        keys.map(candidate).collect()
    }

    /// The words that an option may be.
    fn words_of(&self, call: Option<&Call>, key: &str) -> Option<Vec<Candidate>> {
        let words = self.takes(call?)?.keys().into_iter().find(|k| k.name == key)?.words;
        (!words.is_empty()).then(|| words.iter().map(|word| Candidate::plain(*word)).collect())
    }

    fn takes(&self, call: &Call) -> Option<&'static Takes> {
        self.forms(call).into_iter().find_map(|f| f.takes)
    }

    /// The forms of what is called.
    fn forms(&self, call: &Call) -> Vec<&Function> {
        match call.callee.rsplit_once('.') {
            Some((before, name)) => {
                let kind = self.type_of(before);
                self.catalog.functions().filter(|f| f.name == name && f.is_method && f.on.contains(&kind)).collect()
            }
            None => {
                let is_it = |f: &&Function| {
                    f.path() == call.callee && !f.is_property && (!f.is_method || !self.is_of_handle(f))
                };
                self.catalog.functions().filter(is_it).collect()
            }
        }
    }

    /// The type of an expression: of what a variable holds, or of what functions say they give.
    fn type_of(&self, text: &str) -> String {
        match self.look(text) {
            Some(Looked::Keys(_)) => return "map".into(),
            Some(Looked::Kind(kind)) => return kind,
            None => {}
        }
        let Ok(ast) = self.engine.compile_expression_with_scope(self.scope, text) else { return String::new() };
        let variable = |name: &str| match self.look(name)? {
            Looked::Kind(kind) => Some(kind),
            Looked::Keys(_) => Some("map".into()),
        };
        match ast.statements() {
            [Stmt::Expr(expr)] => check::infer(self.catalog, expr, &variable),
            [Stmt::FnCall(call, at)] => check::infer(self.catalog, &Expr::FnCall(call.clone(), *at), &variable),
            _ => String::new(),
        }
    }

    /// What a variable is, or a key in maps that a variable holds. Nothing is copied but names.
    fn look(&self, text: &str) -> Option<Looked> {
        let mut names = text.split('.').map(str::trim);
        let value = self.scope.get(names.next()?)?;
        self.look_into(value, &names.collect::<Vec<_>>())
    }

    fn look_into(&self, value: &Dynamic, names: &[&str]) -> Option<Looked> {
        let map = value.as_map_ref().ok();
        match (names, map) {
            ([name, rest @ ..], Some(map)) => self.look_into(map.get(*name)?, rest),
            ([_, ..], None) => None,
            ([], Some(map)) => Some(Looked::Keys(map.keys().map(ToString::to_string).collect())),
            ([], None) => Some(Looked::Kind(self.type_of_value(value))),
        }
    }

    /// The name of a value's type as the catalogue has it.
    fn type_of_value(&self, value: &Dynamic) -> String {
        match value.type_name() {
            "i64" => "int",
            "f64" => "float",
            other => self.engine.map_type_name(other),
        }
        .to_string()
    }
}

/// What was found in a variable.
enum Looked {
    /// A value of a type.
    Kind(String),
    /// A map with these keys.
    Keys(Vec<String>),
}

/// The parameters that are written in brackets.
fn arguments(f: &Function) -> Vec<String> {
    f.typed_parameters(f.is_method && !f.on.is_empty() && !matches!(f.name.as_str(), "print" | "debug"))
}

/// A function as a list shows it; an open bracket says that it is one.
fn shown(f: &Function, as_method: bool) -> Candidate {
    let takes_nothing = f.params.len() == usize::from(as_method);
    let text = if takes_nothing { format!("{}()", f.name) } else { format!("{}(", f.name) };
    Candidate { text, shown: format!("{}({})", f.name, f.typed_parameters(as_method).join(", ")) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rhai::AST;

    use super::*;

    /// Completions of a text, among namespaces of nms itself.
    fn complete(text: &str) -> Vec<String> {
        with(|surroundings| surroundings.complete(text).1.into_iter().map(|c| c.text).collect())
    }

    fn with<T>(look: impl FnOnce(&Surroundings) -> T) -> T {
        let mut engine = Engine::new();
        engine.register_fn("label", |text: &str| text.len() as i64);
        let mut module = rhai::Module::new();
        rhai::FuncRegistration::new("half")
            .with_params_info(["x: f64", "options: Map", "f64"])
            .set_into_module(&mut module, |x: f64, _: rhai::Map| x / 2.0);
        engine.register_static_module("toy", module.into());
        let catalog = Catalog::of(&engine, &AST::empty());
        let mut scope = Scope::new();
        scope.push("text", "abc".to_string());
        scope.push("map", rhai::Map::from([("inner".into(), Dynamic::from("x"))]));
        look(&Surroundings { catalog: &catalog, engine: &engine, scope: &scope })
    }

    #[test]
    fn names_namespaces_and_members_are_completed() {
        assert_eq!(complete("1 + te"), ["text"]);
        assert_eq!(complete("toy"), ["toy::"]);
        assert_eq!(complete("toy::h"), ["half("]);
        assert_eq!(complete("map.inn"), ["inner"]);
        assert!(complete("text.to_up").contains(&"to_upper()".to_string()));
        assert!(complete("map.inner.to_up").contains(&"to_upper()".to_string()));
        assert_eq!(complete("// te"), [""; 0]);
    }

    #[test]
    fn the_hint_is_what_is_left_of_the_signature() {
        let hint = |text: &str| with(|surroundings| surroundings.hint(text));
        assert_eq!(hint("toy::half(").as_deref(), Some("x: float, options: map) -> float"));
        assert_eq!(hint("toy::half(1.0, ").as_deref(), Some("options: map) -> float"));
        assert_eq!(hint("toy::half(1.0)"), None);
        assert_eq!(hint("toy::half(a"), None);
    }
}
