//! What a script takes along when it goes elsewhere: the modules that it imports, and the data that its text names.
//!
//! Read from the text without running it. An import whose name is computed cannot be followed, and is refused; data are
//! found where a text or a parameter's default is the path of something that is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rhai::{AST, ASTNode, Expr, FnCallExpr, Position, Stmt};

use super::engine;
use super::resolver::{self, Resolver, STANDARD, Standard, without_shebang};
use super::sources::Sources;
use crate::error::{Error, Result};

/// A script and what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    /// Its text and those of its modules, by the names under which [`Resolver`] looks for them.
    pub texts: BTreeMap<String, String>,
    /// Paths in its text that lead to something, with the parameter whose default they are.
    pub paths: BTreeSet<(PathBuf, Option<String>)>,
    /// Whether a function of `nn` or `train` is called.
    pub asks_for_models: bool,
}

/// A text that imports others.
struct Text {
    /// The name under which it goes along.
    key: String,
    /// The name by which the modules that it imports are found here.
    source: String,
    text: String,
}

/// Follows a script's imports.
///
/// # Errors
/// When a text has a syntax error, a module is missing, or the name of one is computed.
pub fn gather(standard: &Standard, script: &Path, text: &str) -> Result<Gathered> {
    let resolver = Resolver::new(standard.clone(), None, Sources::default());
    let engine = engine::reader();
    let name = script.file_name().map_or_else(|| "script.rhai".into(), |name| name.to_string_lossy().into_owned());
    let mut gathered = Gathered::default();
    let mut open = vec![Text { key: name, source: script.display().to_string(), text: text.to_string() }];
    while let Some(Text { key, source, text }) = open.pop() {
        let place = |position: Position| format!("{source}:{}", position.line().unwrap_or(1));
        let tree = engine
            .compile(without_shebang(&text))
            .map_err(|e| Error::value(format!("syntax error in {}: {}", place(e.1), e.0)))?;
        gathered.look_through(&tree);
        gathered.texts.insert(key.clone(), text);
        for (import, position) in imports(&tree) {
            let import = import.ok_or_else(|| {
                Error::value(format!("{} imports a module whose name is computed", place(position)))
                    .help("write the name as a text, so that the module can be found without running the script")
            })?;
            let module = key_of(&key, &import)?;
            if !gathered.texts.contains_key(&module) && !open.iter().any(|text| text.key == module) {
                let (source, text) = resolver.found(&source, &import)?;
                open.push(Text { key: module, source, text });
            }
        }
    }
    Ok(gathered)
}

/// The name of a module that the text called `importer` imports.
fn key_of(importer: &str, import: &str) -> Result<String> {
    if import.starts_with(STANDARD) {
        return Ok(import.to_string());
    }
    // Standard modules know their siblings by their short names.
    if importer.starts_with(STANDARD) {
        return Ok(format!("{STANDARD}{import}"));
    }
    resolver::file_of(Some(importer), import).map(|path| path.display().to_string())
}

/// The imports of a text: their names, none for one that is computed.
fn imports(tree: &AST) -> Vec<(Option<String>, Position)> {
    let mut found = Vec::new();
    tree.walk(&mut |path| {
        if let Some(ASTNode::Stmt(Stmt::Import(import, position))) = path.last() {
            let name = match &import.0 {
                Expr::StringConstant(name, _) => Some(name.to_string()),
                _ => None,
            };
            found.push((name, *position));
        }
        true
    });
    found
}

impl Gathered {
    fn look_through(&mut self, tree: &AST) {
        tree.walk(&mut |path| {
            match path.last() {
                Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) => self.call(call),
                Some(ASTNode::Expr(Expr::StringConstant(text, _))) if !path.iter().any(is_no_input) => {
                    self.note(text, None);
                }
                _ => {}
            }
            true
        });
    }

    fn call(&mut self, call: &FnCallExpr) {
        let namespace = call.namespace.to_string();
        self.asks_for_models |= matches!(namespace.as_str(), "nn" | "train");
        if namespace.is_empty()
            && call.name == "param"
            && let [Expr::StringConstant(name, _), Expr::StringConstant(default, _), ..] = &*call.args
        {
            self.note(default, Some(name));
        }
    }

    fn note(&mut self, text: &str, parameter: Option<&str>) {
        if is_data(text) {
            self.paths.insert((PathBuf::from(text), parameter.map(str::to_string)));
        }
    }
}

/// Whether texts in this part of a script are no data: names of outputs and modules, what is printed, parts of texts.
fn is_no_input(node: &ASTNode) -> bool {
    match node {
        ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _)) => {
            call.namespace.is_empty() && matches!(call.name.as_str(), "out" | "param" | "print" | "debug" | "help")
        }
        ASTNode::Expr(Expr::MethodCall(call, _)) => call.name.starts_with("save") || call.name == "embed_to",
        ASTNode::Expr(Expr::InterpolatedString(..)) | ASTNode::Stmt(Stmt::Import(..)) => true,
        _ => false,
    }
}

/// Whether a text is the path of something that is there, and does not hold the current folder.
pub fn is_data(text: &str) -> bool {
    let path = Path::new(text);
    let (Ok(whole), Ok(here)) = (path.canonicalize(), Path::new(".").canonicalize()) else { return false };
    !text.is_empty() && !here.starts_with(whole)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_followed_and_data_found() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let (cells, more, out) = (write("cells.csv", "1"), write("more.csv", "2"), write("out.csv", "3"));
        write("lib/a.rhai", "import \"b\" as b; fn f() { b::g() }");
        write("lib/b.rhai", "import \"nms/report\" as r; fn g() { nn::graphdino() }");
        let text = format!(
            "#!/usr/bin/env nms\nimport \"lib/a\" as a;\nlet t = table::load(\"{cells}\");\n\
             let d = param(\"d\", \"{more}\", \"{out}\"); t.save(\"{out}\"); print(\"{out}\"); out(\"{out}\");\n\
             print(\"no/such/thing\" + \"{}\");",
            folder.path().parent().unwrap().display()
        );
        let script = PathBuf::from(write("x.rhai", &text));
        let gathered = gather(&Standard::Embedded, &script, &text).unwrap();
        let names: Vec<&str> = gathered.texts.keys().map(String::as_str).collect();
        assert_eq!(names, ["lib/a.rhai", "lib/b.rhai", "nms/report", "x.rhai"]);
        assert!(gathered.asks_for_models);
        assert_eq!(gathered.paths, [(cells.into(), None), (more.into(), Some("d".into()))].into());
        let error = gather(&Standard::Embedded, &script, "let x = \"a\";\nimport x + \"b\" as y;").unwrap_err();
        assert!(error.message.ends_with("x.rhai:2 imports a module whose name is computed"), "{}", error.message);
        assert!(gather(&Standard::Embedded, &script, "import \"absent\" as y;").is_err());
        assert!(gather(&Standard::Nowhere, &script, "import \"nms/report\" as y;").is_err());
    }

    #[test]
    fn folders_around_the_current_one_are_no_data() {
        assert!(is_data("src") && !is_data(".") && !is_data("..") && !is_data("/") && !is_data(""));
    }
}
