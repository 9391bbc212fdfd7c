//! Where `import "…"` looks.
//!
//! * `import "nms/x"`: the standard library, from `--std DIR` or `NMS_STDLIB` where given, else from the binary.
//! * any other name: a file relative to the file that holds the import (in a session: to the current folder), `.rhai`
//!   added. Absolute paths and `..` are refused, so that a script and its modules can be moved as one folder.
//!
//! Rhai's own resolver does the second only one level deep: an imported file's own imports are looked up relative to
//! the current folder. Here every module carries its real path as its source, so nesting works, and traces show it.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use rhai::{Engine, EvalAltResult, Module, ModuleResolver, Position, Scope};

use super::fail::{RhaiResultOf, raise};
use super::host;
use super::sources::Sources;
use super::stdlib;
use crate::error::{Error, Result, did_you_mean};
use crate::run::manifest::sha256;

/// The prefix of the names of standard modules.
pub(super) const STANDARD: &str = "nms/";

/// Where standard modules come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standard {
    /// Those inside the binary.
    #[default]
    Embedded,
    /// A folder that holds `nms/x.rhai`, or `x.rhai`.
    Folder(PathBuf),
    /// None: a script proves that it stands alone.
    Nowhere,
}

/// Resolves imports; clones share one cache.
#[derive(Clone)]
pub struct Resolver(Rc<State>);

struct State {
    standard: Standard,
    /// The modules of a bundle by their names: all there are, where there is one.
    bundled: Option<Rc<BTreeMap<String, String>>>,
    sources: Sources,
    /// Modules by source name, with the hash of the text they were made of.
    loaded: RefCell<HashMap<String, (String, Rc<Module>)>>,
    /// Source names of the modules being loaded, outermost first.
    loading: RefCell<Vec<String>>,
}

/// A module's text and the name under which it is known from then on.
struct Found {
    source: String,
    text: String,
}

impl Resolver {
    /// A resolver that keeps texts in `sources`, and takes modules from a bundle alone where there is one.
    pub fn new(standard: Standard, bundled: Option<Rc<BTreeMap<String, String>>>, sources: Sources) -> Self {
        Resolver(Rc::new(State { standard, bundled, sources, loaded: RefCell::default(), loading: RefCell::default() }))
    }

    fn find(&self, importer: Option<&str>, name: &str) -> Result<Found> {
        // A standard module may import its siblings by their short names.
        let sibling = importer.and_then(|i| i.strip_prefix(stdlib::SOURCE_PREFIX)).and_then(|i| i.rsplit_once('/'));
        match (name.strip_prefix(STANDARD), sibling, &self.0.bundled) {
            (Some(short), _, None) => self.find_standard(short),
            (None, Some(_), None) => self.find_standard(name),
            (None, None, None) => find_file(importer, name),
            (Some(short), _, Some(texts)) => bundled_standard(texts, short),
            (None, Some(_), Some(texts)) => bundled_standard(texts, name),
            (None, None, Some(texts)) => {
                let source = file_of(importer, name)?.display().to_string();
                Ok(Found { text: bundled(texts, &source)?, source })
            }
        }
    }

    /// The module that an import in `importer` names: what it is called from then on, and its text.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn found(&self, importer: &str, name: &str) -> Result<(String, String)> {
        self.find(Some(importer), name).map(|found| (found.source, found.text))
    }

    fn find_standard(&self, short: &str) -> Result<Found> {
        let source = format!("{}{STANDARD}{short}", stdlib::SOURCE_PREFIX);
        match &self.0.standard {
            Standard::Nowhere => {
                Err(Error::value(format!("no module `{STANDARD}{short}`: the standard library is switched off"))
                    .help("run without `--no-std`"))
            }
            Standard::Embedded => match stdlib::text(short) {
                Some(text) => Ok(Found { source, text: text.to_string() }),
                None => {
                    let meant = did_you_mean(short, stdlib::names());
                    let meant = meant.map_or(String::new(), |m| format!("; did you mean `{STANDARD}{m}`?"));
                    let names: Vec<String> = stdlib::names().map(|n| format!("`{STANDARD}{n}`")).collect();
                    Err(Error::value(format!("no standard module `{STANDARD}{short}`{meant}"))
                        .help(format!("there are {}", names.join(", "))))
                }
            },
            Standard::Folder(folder) => {
                let places = [folder.join("nms"), folder.clone()].map(|f| f.join(format!("{short}.rhai")));
                let path = places.iter().find(|p| p.is_file()).unwrap_or(&places[0]);
                let text = std::fs::read_to_string(path).map_err(|e| Error::io("cannot read", path, &e))?;
                Ok(Found { source, text })
            }
        }
    }

    fn load(&self, engine: &Engine, found: &Found) -> RhaiResultOf<Rc<Module>> {
        self.0.sources.insert(&found.source, &found.text);
        let text = without_shebang(&found.text);
        let mut ast = engine.compile(text).map_err(|e| EvalAltResult::ErrorParsing(*e.0, e.1))?;
        ast.set_source(found.source.as_str());
        self.0.sources.define(&found.source, &ast);
        let mut module = Module::eval_ast_as_new(Scope::new(), &ast, engine)?;
        module.set_id(found.source.as_str());
        module.build_index();
        Ok(module.into())
    }
}

impl ModuleResolver for Resolver {
    fn resolve(
        &self,
        engine: &Engine,
        importer: Option<&str>,
        name: &str,
        position: Position,
    ) -> RhaiResultOf<Rc<Module>> {
        // Rhai replaces "module not found" by its own words, so failures to find are plain errors.
        let found = self.find(importer, name).map_err(|e| raise(e, position))?;
        let hash = sha256(found.text.as_bytes());
        if let Some((of, module)) = self.0.loaded.borrow().get(&found.source)
            && *of == hash
        {
            return Ok(module.clone());
        }
        if self.0.loading.borrow().contains(&found.source) {
            let mut circle = self.0.loading.borrow().clone();
            circle.push(found.source.clone());
            let error = Error::value(format!("`{name}` is imported in a circle: {}", circle.join(" -> ")))
                .help("move what both modules need into a third");
            return Err(raise(error, position));
        }
        self.0.loading.borrow_mut().push(found.source.clone());
        let loaded = self.load(engine, &found);
        self.0.loading.borrow_mut().pop();
        let module = loaded.map_err(|e| {
            // The outer position belongs to the importer's text, the inner one to the module's.
            if e.is_system_exception() && !matches!(*e, EvalAltResult::ErrorParsing(..)) {
                return e;
            }
            Box::new(EvalAltResult::ErrorInModule(found.source.clone(), e, position))
        })?;
        host::with(|run| run.note_module(&found.source, hash.clone())).map_err(|e| raise(e, position))?;
        self.0.loaded.borrow_mut().insert(found.source, (hash, module.clone()));
        Ok(module)
    }
}

/// A standard module as a bundle has it.
fn bundled_standard(texts: &BTreeMap<String, String>, short: &str) -> Result<Found> {
    let name = format!("{STANDARD}{short}");
    Ok(Found { text: bundled(texts, &name)?, source: format!("{}{name}", stdlib::SOURCE_PREFIX) })
}

fn bundled(texts: &BTreeMap<String, String>, name: &str) -> Result<String> {
    texts.get(name).cloned().ok_or_else(|| Error::value(format!("the bundle has no module `{name}`")))
}

/// The file that an import in the file `importer` names.
///
/// # Errors
/// When it is absolute or lies outside of the importer's folder.
pub(super) fn file_of(importer: Option<&str>, name: &str) -> Result<PathBuf> {
    let inside = Path::new(name).components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    if name.is_empty() || !inside {
        return Err(Error::value(format!("cannot import \"{name}\": absolute paths and `..` are not allowed"))
            .help("keep a script and its modules in one folder, and name modules relative to the importing file"));
    }
    let folder = importer.and_then(|i| Path::new(i).parent()).unwrap_or(Path::new(""));
    let mut path = folder.join(name);
    if path.extension().is_none_or(|e| e != "rhai") {
        path.as_mut_os_string().push(".rhai");
    }
    Ok(path.components().filter(|c| !matches!(c, Component::CurDir)).collect())
}

fn find_file(importer: Option<&str>, name: &str) -> Result<Found> {
    let path = file_of(importer, name)?;
    let text = std::fs::read_to_string(&path).map_err(|e| {
        let error = Error::io(&format!("cannot import \"{name}\": cannot read"), &path, &e);
        if stdlib::text(name).is_some() {
            error.help(format!("the standard module is `{STANDARD}{name}`"))
        } else {
            error
        }
    })?;
    Ok(Found { source: path.display().to_string(), text })
}

/// The text with a first line `#!…` emptied; line numbers stay.
pub fn without_shebang(text: &str) -> &str {
    if text.starts_with("#!") { text.find('\n').map_or("", |end| &text[end..]) } else { text }
}
