//! What there is: namespaces, functions with their parameters, properties, types.
//!
//! Drawn from the engine's own metadata when asked for (some milliseconds), so it cannot be out of date. It serves
//! messages about unknown names and `?name`.

use std::collections::BTreeMap;

use rhai::{AST, Engine};
use serde::Deserialize;

/// One function, as scripts see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The namespace (`morph`); empty for functions without one.
    pub namespace: String,
    /// Its name; for properties without Rhai's `get$`.
    pub name: String,
    /// Names and types of the parameters.
    pub params: Vec<(String, String)>,
    /// Its documentation, without the comment signs.
    pub doc: String,
    /// Whether it reads a property.
    pub is_property: bool,
    /// Whether it can be called as a method, without its namespace.
    pub is_method: bool,
}

impl Function {
    /// The parameters as `(path, options)`.
    pub fn parameters(&self) -> String {
        let shown = self.params.iter().map(|(name, kind)| if name.is_empty() { kind.as_str() } else { name.as_str() });
        format!("({})", shown.collect::<Vec<_>>().join(", "))
    }

    /// The name as it is called: `morph::load`.
    pub fn path(&self) -> String {
        if self.namespace.is_empty() { self.name.clone() } else { format!("{}::{}", self.namespace, self.name) }
    }
}

/// All names that scripts can use.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    functions: Vec<Function>,
    /// Namespaces with their documentation.
    namespaces: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct ModuleMeta {
    modules: BTreeMap<String, ModuleMeta>,
    custom_types: Vec<TypeMeta>,
    functions: Vec<FunctionMeta>,
    doc: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypeMeta {
    type_name: String,
    display_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionMeta {
    name: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    is_anonymous: bool,
    #[serde(default)]
    params: Vec<ParamMeta>,
    #[serde(default)]
    doc_comments: Vec<String>,
}

#[derive(Deserialize)]
struct ParamMeta {
    #[serde(default)]
    name: String,
    #[serde(rename = "type", default)]
    kind: String,
}

impl Catalog {
    /// Everything that `engine` offers, with the functions in `script`.
    pub fn of(engine: &Engine, script: &AST) -> Self {
        let json = engine.gen_fn_metadata_with_ast_to_json(script, true);
        // Rhai wrote this JSON; could it not be read, messages would merely be less helpful.
        let root: ModuleMeta = json.ok().and_then(|j| serde_json::from_str(&j).ok()).unwrap_or_default();
        let mut types = BTreeMap::new();
        collect_types(&root, &mut types);
        let mut catalog = Catalog::default();
        catalog.take(&root, "", &types);
        catalog
    }

    fn take(&mut self, module: &ModuleMeta, namespace: &str, types: &BTreeMap<String, String>) {
        for function in module.functions.iter().filter(|f| !f.is_anonymous && !f.name.starts_with("set$")) {
            let params = function.params.iter().map(|p| (p.name.clone(), script_type(&p.kind, types))).collect();
            self.functions.push(Function {
                namespace: namespace.to_string(),
                name: function.name.trim_start_matches("get$").to_string(),
                params,
                doc: plain_doc(&function.doc_comments.join("\n")),
                is_property: function.name.starts_with("get$"),
                is_method: namespace.is_empty() || function.namespace == "global",
            });
        }
        for (name, inner) in &module.modules {
            let path = if namespace.is_empty() { name.clone() } else { format!("{namespace}::{name}") };
            self.namespaces.insert(path.clone(), plain_doc(&inner.doc));
            self.take(inner, &path, types);
        }
    }

    /// The names of all namespaces.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.namespaces.keys().map(String::as_str)
    }

    /// What a namespace without any function says about itself: a build may lack what it would offer.
    pub fn why_empty(&self, namespace: &str) -> Option<&str> {
        let doc = self.namespaces.get(namespace)?;
        let empty = !self.functions.iter().any(|f| f.namespace == namespace);
        (empty && !doc.is_empty()).then_some(doc)
    }

    /// The functions of a namespace, without the methods that come from it.
    pub fn in_namespace<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a Function> {
        let free = move |f: &&Function| !f.is_property && (namespace.is_empty() || !f.is_method);
        self.functions.iter().filter(move |f| f.namespace == namespace).filter(free)
    }

    /// The methods of a type.
    pub fn methods_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Function> {
        let method = move |f: &&Function| f.is_method && !f.is_property;
        self.functions.iter().filter(method).filter(move |f| f.params.first().is_some_and(|p| p.1 == kind))
    }

    /// The properties of a type.
    pub fn properties_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Function> {
        self.functions.iter().filter(move |f| f.is_property && f.params.first().is_some_and(|p| p.1 == kind))
    }

    /// Everything with this name, in whatever namespace; `ns::name` asks for one.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Function> {
        self.functions.iter().filter(move |f| f.name == name || f.path() == name)
    }
}

fn collect_types(module: &ModuleMeta, types: &mut BTreeMap<String, String>) {
    types.extend(module.custom_types.iter().map(|t| (t.type_name.clone(), t.display_name.clone())));
    module.modules.values().for_each(|m| collect_types(m, types));
}

/// A Rust type as messages call it.
fn script_type(kind: &str, types: &BTreeMap<String, String>) -> String {
    let bare = kind.trim_start_matches("&mut ").trim();
    if let Some(name) = types.get(bare) {
        return name.clone();
    }
    // Parameters are declared with short paths (`Rc<Labels>`), types are registered with long ones.
    let short = bare.rsplit("::").next().unwrap_or(bare).trim_end_matches('>');
    let short = short.strip_prefix("Rc<").unwrap_or(short);
    match short {
        "i64" | "INT" => "int",
        "f64" | "FLOAT" => "float",
        "ImmutableString" | "String" | "&str" | "str" => "string",
        "Array" => "array",
        "Map" => "map",
        "FnPtr" => "Fn",
        other => other,
    }
    .to_string()
}

/// Doc comments without their signs.
fn plain_doc(comments: &str) -> String {
    let lines = comments.lines().map(|l| {
        let l = l.trim_start();
        let l = l.strip_prefix("///").or_else(|| l.strip_prefix("//!")).unwrap_or(l);
        l.strip_prefix(' ').unwrap_or(l)
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_string()
}
