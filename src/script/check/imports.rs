//! The modules that a script imports: whether they are there, what they offer, whether they are used.

use std::collections::{BTreeMap, BTreeSet};

use rhai::{AST, ASTNode, Engine, Expr, FnAccess, Position, Stmt};

use crate::error::did_you_mean;
use crate::script::explain::Said;
use crate::script::resolver::{Resolver, without_shebang};

/// Imports by their names in the script.
pub(super) struct Imports {
    modules: BTreeMap<String, Module>,
    used: BTreeSet<String>,
}

struct Module {
    position: Position,
    /// The functions that it offers; absent where its text is not known.
    functions: Option<BTreeSet<String>>,
    fault: Option<Said>,
}

impl Imports {
    /// The imports of a script.
    pub fn of(script: &AST, engine: &Engine, resolver: &Resolver, importer: &str) -> Self {
        let mut imports = Imports { modules: BTreeMap::new(), used: BTreeSet::new() };
        script.walk(&mut |path| {
            match path.last() {
                Some(ASTNode::Stmt(Stmt::Import(import, position))) => {
                    let module = read(&import.0, *position, engine, resolver, importer);
                    imports.modules.insert(import.1.name.to_string(), module);
                }
                Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) => {
                    imports.use_of(&call.namespace.to_string());
                }
                Some(ASTNode::Expr(Expr::Variable(v, ..))) => imports.use_of(&v.2.to_string()),
                _ => {}
            }
            true
        });
        imports
    }

    fn use_of(&mut self, namespace: &str) {
        if let Some(root) = namespace.split("::").next().filter(|root| !root.is_empty()) {
            self.used.insert(root.to_string());
        }
    }

    /// Modules that are not there, or that nothing uses.
    pub fn faults(&self) -> Vec<(Said, Position)> {
        let of = |(alias, module): (&String, &Module)| {
            let unused = || Said {
                message: format!("the module `{alias}` is imported and not used"),
                help: vec!["leave the import out".into()],
                internal: false,
            };
            let said = match &module.fault {
                Some(said) => Some(said.clone()),
                None => (!self.used.contains(alias)).then(unused),
            };
            said.map(|said| (said, module.position))
        };
        self.modules.iter().filter_map(of).collect()
    }

    /// What is wrong with a call into a module; `None` where the namespace is no import.
    pub fn call(&self, namespace: &str, name: &str) -> Option<Option<Said>> {
        let root = namespace.split("::").next().unwrap_or(namespace);
        let module = self.modules.get(root)?;
        let Some(functions) = module.functions.as_ref().filter(|_| root == namespace) else { return Some(None) };
        if functions.contains(name) {
            return Some(None);
        }
        let meant = did_you_mean(name, functions.iter().map(String::as_str));
        let meant = meant.map_or(String::new(), |m| format!("; did you mean `{root}::{m}`?"));
        let names: Vec<String> = functions.iter().map(|f| format!("`{f}`")).collect();
        Some(Some(Said {
            message: format!("unknown function `{root}::{name}`{meant}"),
            help: vec![format!("`{root}` has {}", names.join(", "))],
            internal: false,
        }))
    }
}

fn read(path: &Expr, position: Position, engine: &Engine, resolver: &Resolver, importer: &str) -> Module {
    let Expr::StringConstant(path, at) = path else {
        // Only running tells which module it is.
        return Module { position, functions: None, fault: None };
    };
    let text = match resolver.found(importer, path) {
        Ok((_, text)) => text,
        Err(error) => {
            let fault = Said { message: error.message, help: error.help.into_iter().collect(), internal: false };
            return Module { position: *at, functions: None, fault: Some(fault) };
        }
    };
    match engine.compile(without_shebang(&text)) {
        Ok(module) => {
            let public = module.iter_functions().filter(|f| f.access == FnAccess::Public);
            let functions = public.map(|f| f.name.to_string()).filter(|n| !n.starts_with("anon$")).collect();
            // What it defines while it runs (constants, closures in variables) is not known.
            Module { position, functions: Some(functions), fault: None }
        }
        Err(error) => {
            let fault = Said {
                message: format!("the module \"{path}\" has a syntax error: {error}"),
                help: vec![format!("check it by itself: nms check {path}.rhai")],
                internal: false,
            };
            Module { position: *at, functions: None, fault: Some(fault) }
        }
    }
}
