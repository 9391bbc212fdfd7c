//! The catalogue as the engine's metadata tells it.

use std::any::TypeId;
use std::collections::HashSet;

use rhai::{AST, Engine, FnAccess, FnNamespace, ScriptFnMetadata};

use super::words::{Types, plain_doc};
use super::{Catalog, Function, takes_of};
use crate::script::registry;

/// What the engine says of one function, before types have their names.
struct Raw {
    namespace: String,
    name: String,
    params: Vec<String>,
    kinds: Vec<TypeId>,
    returns: String,
    doc: String,
    is_global: bool,
    is_script: bool,
    is_standard: bool,
}

impl Catalog {
    /// Everything that `engine` offers, with the functions in `script`.
    pub fn of(engine: &Engine, script: &AST) -> Self {
        let raw = collected(engine);
        let types = Types::new(raw.iter().flat_map(|f| f.params.iter().zip(&f.kinds)).map(|(p, id)| {
            let declared = p.split_once(':').map_or("", |(_, kind)| kind.trim());
            (declared, *id)
        }));
        let mut catalog = Catalog { types: registry::types(), ..Catalog::default() };
        catalog.functions = raw.iter().map(|raw| finished(raw, &types)).collect();
        catalog.functions.extend(script.iter_functions().filter(|f| !is_closure(f.name)).map(|f| scripted("", &f)));
        catalog.namespaces = catalog.functions.iter().map(|f| (f.namespace.clone(), None)).collect();
        catalog.namespaces.remove("");
        catalog.namespaces.extend(registry::absences().into_iter().map(|(name, why)| (name.to_string(), Some(why))));
        catalog
    }
}

/// What the engine lists: its own functions first, then those of the language.
fn collected(engine: &Engine) -> Vec<Raw> {
    let list = |standard: bool| {
        let entry = |info: rhai::FuncInfo| {
            let f = info.metadata;
            let hidden = f.access != FnAccess::Public || f.name.starts_with("set$") || is_closure(&f.name);
            let script = info.script.as_ref();
            (!hidden).then(|| Raw {
                namespace: info.namespace.to_string(),
                name: f.name.to_string(),
                params: match script {
                    Some(script) => script.params.iter().map(ToString::to_string).collect(),
                    None => f.params_info.iter().map(ToString::to_string).collect(),
                },
                kinds: f.param_types.to_vec(),
                returns: f.return_type.to_string(),
                doc: match script {
                    Some(script) => script.comments.join("\n"),
                    None => f.comments.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
                },
                is_global: f.namespace == FnNamespace::Global,
                is_script: script.is_some(),
                is_standard: standard,
            })
        };
        engine.collect_fn_metadata(None, entry, standard)
    };
    let own = list(false);
    let key = |raw: &Raw| (raw.namespace.clone(), raw.name.clone(), raw.kinds.clone());
    let known: HashSet<_> = own.iter().map(key).collect();
    let language = list(true).into_iter().filter(|raw| !known.contains(&key(raw)));
    let mut all: Vec<Raw> = Vec::new();
    let mut seen = HashSet::new();
    for raw in own.into_iter().chain(language) {
        if raw.is_script || seen.insert(key(&raw)) {
            all.push(raw);
        }
    }
    all
}

fn finished(raw: &Raw, types: &Types) -> Function {
    let param = |(at, given): (usize, &String)| {
        let (name, declared) = given.split_once(':').unwrap_or((given, ""));
        let kind = raw.kinds.get(at).map_or_else(String::new, |id| types.name(*id, declared.trim()));
        let name = if matches!(name.trim(), "_" | "?") { "" } else { name.trim() };
        (name.to_string(), kind)
    };
    let mut params: Vec<(String, String)> = raw.params.iter().enumerate().map(param).collect();
    // Closures are registered without the names of their parameters.
    let unnamed = raw.kinds.iter().skip(params.len()).map(|id| (String::new(), types.name(*id, "")));
    params.extend(unnamed);
    let is_property = raw.name.starts_with("get$");
    let is_method = raw.namespace.is_empty() || raw.is_global;
    let on = match params.first() {
        Some(_) if raw.is_script || !is_method => Vec::new(),
        Some((name, kind)) if kind.is_empty() => {
            registry::receivers_called(name).unwrap_or_default().iter().map(ToString::to_string).collect()
        }
        Some((_, kind)) => vec![kind.clone()],
        None => Vec::new(),
    };
    let mut function = Function {
        namespace: raw.namespace.clone(),
        name: raw.name.trim_start_matches("get$").to_string(),
        params,
        returns: types.returned(&raw.returns),
        doc: plain_doc(&raw.doc),
        is_property,
        is_method,
        on,
        is_standard: raw.is_standard,
        is_script: raw.is_script,
        takes: None,
    };
    function.takes = takes_of(&function);
    function
}

/// A function that a script defines.
fn scripted(namespace: &str, f: &ScriptFnMetadata<'_>) -> Function {
    Function {
        namespace: namespace.to_string(),
        name: f.name.to_string(),
        params: f.params.iter().map(|name| (name.to_string(), String::new())).collect(),
        returns: String::new(),
        doc: plain_doc(&f.comments.join("\n")),
        is_property: false,
        is_method: true,
        on: Vec::new(),
        is_standard: false,
        is_script: true,
        takes: None,
    }
}

fn is_closure(name: &str) -> bool {
    name.starts_with("anon$")
}
