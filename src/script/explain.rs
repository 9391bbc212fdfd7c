//! What an error means, in plain words, with the name that was probably meant.
//!
//! Rhai says "Function not found: load (i64)". Whoever reads that wants to know whether the name is wrong or what it was
//! given, and how to write it instead; the catalog knows both.

use rhai::{EvalAltResult, ParseErrorType};

use super::catalog::{Catalog, Function};
use super::fail::domain_error;
use super::trace::Context;
use crate::error::{Kind, did_you_mean};

/// The most signatures listed in a help.
const SIGNATURES: usize = 6;

/// An error in plain words.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// What failed.
    pub message: String,
    /// What to do.
    pub help: Vec<String>,
    /// Whether nms itself is at fault.
    pub internal: bool,
}

impl Said {
    fn new(message: impl Into<String>) -> Self {
        Said { message: message.into(), ..Said::default() }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

/// Explains errors of one evaluation.
pub struct Explainer<'a> {
    context: &'a Context<'a>,
    catalog: Catalog,
    /// The line at fault and the column in it.
    line: Option<(&'a str, usize)>,
}

impl<'a> Explainer<'a> {
    /// An explainer for an error at a column of a line.
    pub fn new(context: &'a Context<'a>, line: Option<(&'a str, usize)>) -> Self {
        Explainer { context, catalog: Catalog::of(context.engine, context.functions), line }
    }

    /// The names that there are.
    pub(super) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The error in plain words.
    pub fn explain(&self, error: &EvalAltResult) -> Said {
        use EvalAltResult as E;
        match error {
            E::ErrorRuntime(thrown, _) => match domain_error(thrown) {
                Some(error) => Said {
                    message: error.located(),
                    help: error.help.into_iter().collect(),
                    internal: error.kind == Kind::Internal,
                },
                None if thrown.is_unit() => Said::new("the script threw an error without a message"),
                None => Said::new(thrown.to_string()),
            },
            E::ErrorParsing(kind, _) => self.syntax(kind),
            E::ErrorFunctionNotFound(signature, _) => self.function(signature),
            E::ErrorModuleNotFound(name, _) => self.namespace(name),
            E::ErrorVariableNotFound(name, _) => self.variable(name),
            E::ErrorDotExpr(text, _) => self.property(text),
            E::ErrorPropertyNotFound(name, _) => Said::new(format!("the map has no key `{name}`"))
                .help(format!("ask `\"{name}\" in map` first where a key may be missing")),
            E::ErrorIndexingType(what, _) => Said::new(format!("cannot index: {}", plain_types(what))),
            E::ErrorArrayBounds(n, i, _) => Said::new(format!("index {i} is outside an array of {n} items")),
            E::ErrorStringBounds(n, i, _) => Said::new(format!("index {i} is outside a text of {n} characters")),
            E::ErrorMismatchDataType(wanted, found, _) | E::ErrorMismatchOutputType(wanted, found, _) => {
                Said::new(format!("expected {}, found {}", plain_types(wanted), plain_types(found)))
            }
            E::ErrorAssignmentToConstant(name, _) => constant(name),
            E::ErrorStackOverflow(_) => Said::new("calls are nested too deep")
                .help("does a function call itself without an end? 64 levels are allowed"),
            E::ErrorTooManyOperations(_) => Said::new("the script took more operations than `--max-ops` allows"),
            other => Said::new(in_our_style(&without_position(other))),
        }
    }

    fn syntax(&self, kind: &ParseErrorType) -> Said {
        match kind {
            ParseErrorType::VariableUndefined(name) => self.variable(name),
            ParseErrorType::ModuleUndefined(name) => self.namespace(name),
            ParseErrorType::MissingToken(token, _) if token == ";" => {
                Said::new("syntax error: missing `;` before this").help("every statement but the last ends in `;`")
            }
            ParseErrorType::AssignmentToConstant(name) => constant(name),
            ParseErrorType::BadInput(other) if other.to_string().contains("'eval' is disabled") => {
                Said::new("`eval` is switched off").help("write what it would evaluate into the script")
            }
            ParseErrorType::Reserved(word) => {
                Said::new(format!("syntax error: `{word}` is a word of the language and cannot be a name"))
            }
            ParseErrorType::UnexpectedEOF => {
                Said::new("syntax error: the script ends too early").help("is a bracket, brace or quote still open?")
            }
            other => Said::new(format!("syntax error: {}", in_our_style(&other.to_string()))),
        }
    }

    /// A variable that nothing declares.
    pub(super) fn variable(&self, name: &str) -> Said {
        if self.catalog.namespaces().any(|n| n == name) {
            return Said::new(format!("`{name}` is a namespace, not a value")).help(format!("write `{name}::…`"));
        }
        // A method of a handle is no more than a word that happens to be the same.
        let of_handle = |f: &Function| f.on.iter().any(|on| self.catalog.types().contains(&on.as_str()));
        let free = |f: &&Function| f.namespace.is_empty() && !f.is_property && !of_handle(f);
        if let Some(function) = self.catalog.named(name).find(free) {
            return Said::new(format!("`{name}` is a function, not a variable"))
                .help(format!("call it: `{name}{}`", function.parameters()));
        }
        let declared = self.context.sources.declared_in(self.context.source);
        if declared.iter().any(|d| d == name) {
            return Said::new(format!("the variable `{name}` is not known here")).help(
                "a function does not see variables outside it: pass it as an argument, or declare a `const` and \
                 write `global::NAME`",
            );
        }
        let names = self.context.variables.iter().chain(&declared).map(String::as_str);
        let said = |meant: String| Said::new(format!("unknown variable `{name}`{meant}"));
        match did_you_mean(name, names.chain(self.catalog.namespaces())) {
            Some(meant) => said(format!("; did you mean `{meant}`?")),
            None => said(String::new()),
        }
    }

    /// A namespace that there is not.
    pub(super) fn namespace(&self, name: &str) -> Said {
        let known: Vec<&str> = self.catalog.namespaces().collect();
        let meant =
            did_you_mean(name, known.iter().copied()).map_or(String::new(), |m| format!("; did you mean `{m}`?"));
        Said::new(format!("unknown namespace `{name}`{meant}"))
            .help(format!("there are {}; other modules need an `import \"…\" as {name};`", backticked(&known)))
    }

    fn property(&self, text: &str) -> Said {
        // "Unknown property 'x' - a getter is not registered for type 'T'"
        let quoted: Vec<&str> = text.split('\'').skip(1).step_by(2).collect();
        let [name, kind, ..] = quoted[..] else { return Said::new(in_our_style(text)) };
        let kind = &plain_types(kind);
        if text.starts_with("No writable") {
            return Said::new(format!("the property `{name}` of {kind} cannot be set"));
        }
        self.property_of(kind, name)
    }

    /// A property that a type lacks.
    pub(super) fn property_of(&self, kind: &str, name: &str) -> Said {
        if let Some(method) = self.catalog.methods_of(kind).find(|f| f.name == name) {
            return Said::new(format!("`{name}` is a method of {kind}, not a property"))
                .help(format!("call it: `.{name}{}`", without_receiver(method)));
        }
        let names: Vec<&str> = sorted(self.catalog.properties_of(kind).map(|f| f.name.as_str()));
        let meant =
            did_you_mean(name, names.iter().copied()).map_or(String::new(), |m| format!("; did you mean `{m}`?"));
        let said = Said::new(format!("{kind} has no property `{name}`{meant}"));
        if names.is_empty() { said } else { said.help(format!("properties: {}", backticked(&names))) }
    }

    /// A call that found no function: wrong name, wrong number or wrong types.
    fn function(&self, signature: &str) -> Said {
        let signature = plain_types(signature);
        let (path, given) = signature.split_once(" (").unwrap_or((&signature, ")"));
        let given: Vec<&str> = given.trim_end_matches(')').split(", ").filter(|g| !g.is_empty()).collect();
        let (namespace, name) = path.rsplit_once("::").unwrap_or(("", path));
        if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return operator(name, &given);
        }
        if let Some(why) = self.catalog.why_empty(namespace) {
            let (message, help) = why.split_once('\n').unwrap_or((why, ""));
            let said = Said::new(format!("cannot call `{path}`: {message}"));
            return if help.trim().is_empty() { said } else { said.help(help.trim()) };
        }
        if !namespace.is_empty() {
            return self.in_namespace(namespace, name, &given);
        }
        if self.is_method_call() && !given.is_empty() { self.method(name, &given) } else { self.free(name, &given) }
    }

    /// A function that its namespace lacks, or that does not take what it was given.
    pub(super) fn in_namespace(&self, namespace: &str, name: &str, given: &[&str]) -> Said {
        let known: Vec<&Function> = self.catalog.in_namespace(namespace).filter(|f| f.name == name).collect();
        if !known.is_empty() {
            return takes(&known, given, false);
        }
        let names = sorted(self.catalog.in_namespace(namespace).map(|f| f.name.as_str()));
        let meant = did_you_mean(name, names.iter().copied());
        let elsewhere = self.catalog.named(name).find(|f| !f.is_property && f.namespace != namespace);
        let said = match (meant, elsewhere) {
            (Some(m), _) => {
                Said::new(format!("unknown function `{namespace}::{name}`; did you mean `{namespace}::{m}`?"))
            }
            (None, Some(f)) => {
                Said::new(format!("unknown function `{namespace}::{name}`; did you mean `{}`?", f.path()))
            }
            (None, None) => Said::new(format!("unknown function `{namespace}::{name}`")),
        };
        said.help(format!("`{namespace}` has {}", backticked(&names)))
    }

    /// The same of a method; its receiver's type comes first.
    pub(super) fn method(&self, name: &str, given: &[&str]) -> Said {
        let kind = given[0];
        let known: Vec<&Function> = self.catalog.methods_of(kind).filter(|f| f.name == name).collect();
        if !known.is_empty() {
            return takes(&known, given, true);
        }
        if self.catalog.properties_of(kind).any(|f| f.name == name) {
            return Said::new(format!("`{name}` is a property of {kind}, not a method"))
                .help(format!("write it without brackets: `.{name}`"));
        }
        let methods = sorted(self.catalog.methods_of(kind).map(|f| f.name.as_str()).filter(|n| is_word(n)));
        let meant =
            did_you_mean(name, methods.iter().copied()).map_or(String::new(), |m| format!("; did you mean `{m}`?"));
        let said = Said::new(format!("{kind} has no method `{name}`{meant}"));
        // The language's own types have so many that a list helps nobody.
        let own = matches!(kind, "string" | "array" | "map" | "int" | "float" | "bool" | "char" | "Fn" | "()");
        if methods.is_empty() || own { said } else { said.help(format!("methods: {}", backticked(&methods))) }
    }

    /// The same of a function without a namespace.
    pub(super) fn free(&self, name: &str, given: &[&str]) -> Said {
        if self.context.variables.iter().any(|v| v == name)
            || self.context.sources.declared_in(self.context.source).iter().any(|d| d == name)
        {
            return Said::new(format!("`{name}` is a variable, not a function"))
                .help(format!("a closure in a variable is called `{name}.call(…)`"));
        }
        let known: Vec<&Function> = self.catalog.named(name).filter(|f| !f.is_property).collect();
        let free: Vec<&Function> = known.iter().copied().filter(|f| f.namespace.is_empty()).collect();
        if !free.is_empty() {
            return takes(&free, given, false);
        }
        if let Some(elsewhere) = known.iter().min_by_key(|f| f.params.len()) {
            return Said::new(format!("unknown function `{name}`; did you mean `{}`?", elsewhere.path()))
                .help(format!("`{}{}`", elsewhere.path(), elsewhere.parameters()));
        }
        let names = sorted(self.catalog.in_namespace("").map(|f| f.name.as_str()).filter(|n| is_word(n)));
        match did_you_mean(name, names.iter().copied()) {
            Some(meant) => Said::new(format!("unknown function `{name}`; did you mean `{meant}`?")),
            None => Said::new(format!("unknown function `{name}`")),
        }
    }

    /// Whether the name at fault stands behind a dot.
    fn is_method_call(&self) -> bool {
        let Some((text, column)) = self.line else { return false };
        let before: String = text.chars().take(column.saturating_sub(1)).collect();
        before.trim_end().ends_with('.')
    }
}

/// The message for a function that exists, but not for what it was given.
fn takes(known: &[&Function], given: &[&str], method: bool) -> Said {
    let parameters = |f: &&Function| if method { without_receiver(f) } else { f.parameters() };
    let given = if method { &given[1..] } else { given };
    let mut forms: Vec<String> = known.iter().map(parameters).collect();
    forms.sort_by_key(|f| (f.matches(',').count(), f.clone()));
    forms.dedup();
    forms.truncate(SIGNATURES);
    let name = match known[0].on.first() {
        Some(kind) if method => format!("`{}` of {kind}", known[0].name),
        _ => format!("`{}`", known[0].path()),
    };
    let said = Said::new(format!("{name} takes {}, not ({})", forms.join(" or "), given.join(", ")));
    let mut typed: Vec<String> = known.iter().map(|f| signature(f, method)).collect();
    typed.sort_by_key(String::len);
    typed.dedup();
    typed.truncate(SIGNATURES);
    said.help(typed.join("\n"))
}

/// `morph::load(path: string, options: map)`, or the same as a method.
fn signature(function: &Function, method: bool) -> String {
    let start = match function.on.first() {
        Some(kind) if method => format!("{kind}.{}", function.name),
        _ => function.path(),
    };
    format!("`{start}({})`", function.typed_parameters(method).join(", "))
}

fn without_receiver(function: &Function) -> String {
    let mut rest = function.clone();
    rest.params.drain(..1.min(rest.params.len()));
    rest.parameters()
}

fn operator(name: &str, given: &[&str]) -> Said {
    match given {
        [left, right] => Said::new(format!("`{name}` is not defined between {left} and {right}")),
        _ => Said::new(format!("`{name}` is not defined for {}", given.join(", "))),
    }
}

fn constant(name: &str) -> Said {
    Said::new(format!("`{name}` is a constant")).help(format!("declare it with `let {name} = …` to change it"))
}

fn is_word(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn backticked(names: &[&str]) -> String {
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

/// Rhai's names of types as scripts know them.
fn plain_types(text: &str) -> String {
    text.replace("&str | ImmutableString | String", "string").replace("i64", "int").replace("f64", "float")
}

fn without_position(error: &EvalAltResult) -> String {
    let text = error.to_string();
    text.strip_suffix(&format!(" ({})", error.position())).unwrap_or(&text).to_string()
}

/// Rhai's sentence as one of ours: lower case, names in backticks.
fn in_our_style(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map_or(String::new(), |c| c.to_lowercase().to_string());
    let backticks: Vec<&str> = chars.as_str().split('\'').collect();
    // An odd number of quotes includes an apostrophe; leave that alone.
    let rest = if backticks.len() % 2 == 1 { backticks.join("`") } else { chars.as_str().to_string() };
    first + rest.trim_end_matches('.')
}
