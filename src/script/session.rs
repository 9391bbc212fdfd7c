//! A session: text in, value or failure out. The REPL, `nms run` and the tests use the same one.
//!
//! Rhai forgets between two evaluations. Kept here are the variables (in a scope), the functions (by merging what
//! was compiled) and the imports (registered with the engine once they have been resolved, as the scope does not hold
//! them). Values that a later `let` shadows are dropped: a shadowed model would go on holding GPU memory.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use rhai::{AST, Dynamic, Engine, EvalAltResult, Expr, LexError, ModuleResolver as _, ParseErrorType};
use rhai::{Position, Scope, Stmt, Token};

use super::catalog::Catalog;
use super::complete::{Candidate, Surroundings};
use super::declared;
use super::engine::{self, Installer};
use super::fail::raise;
use super::panics;
use super::resolver::{Resolver, Standard, without_shebang};
use super::sources::{SESSION, Sources};
use super::trace::{self, Failure};
use crate::error::Error;

/// The name of the last result.
const LAST: &str = "ans";

/// What a session is made of.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Where standard modules come from.
    pub standard: Standard,
    /// The most operations of one evaluation; none means no limit.
    pub max_ops: Option<u64>,
    /// The modules of a bundle by their names, which then are all there are.
    pub bundled: Option<Rc<BTreeMap<String, String>>>,
}

/// One engine with the state that lasts from one text to the next.
pub struct Session {
    engine: Engine,
    resolver: Resolver,
    sources: Sources,
    scope: Scope<'static>,
    functions: AST,
    /// Every name there is, while no input changes what there is.
    catalog: RefCell<Option<Rc<Catalog>>>,
}

impl Session {
    /// A session with the names that `install` gives its engine.
    pub fn new(install: Installer, setup: &Setup) -> Self {
        let sources = Sources::default();
        let resolver = Resolver::new(setup.standard.clone(), setup.bundled.clone(), sources.clone());
        let engine = engine::build(install, resolver.clone(), &sources, setup.max_ops);
        Session { engine, resolver, sources, scope: Scope::new(), functions: AST::empty(), catalog: RefCell::default() }
    }

    /// Evaluates an input of an interactive session and gives its value. Variables, functions and imports stay; the
    /// value stays as `ans`.
    ///
    /// # Errors
    /// What failed. The session is then as before, except for what the input did before it failed.
    pub fn feed(&mut self, text: &str) -> Result<Dynamic, Box<Failure>> {
        let before = self.sources.insert_input(text);
        // Empty lines put the input where it belongs in the session's numbering.
        let placed = format!("{}{}{text}", self.constants(), "\n".repeat(before));
        let value = self.evaluate(SESSION, &placed)?;
        if !value.is_unit() {
            self.scope.set_or_push(LAST, value.clone());
        }
        Ok(value)
    }

    /// Runs a script's text under a name, which positions and relative imports refer to.
    ///
    /// # Errors
    /// What failed.
    pub fn run_text(&mut self, name: &str, text: &str) -> Result<Dynamic, Box<Failure>> {
        self.sources.insert(name, text);
        self.evaluate(name, without_shebang(text))
    }

    /// Runs a script file.
    ///
    /// # Errors
    /// What failed, including that the file cannot be read.
    pub fn run_file(&mut self, path: &Path) -> Result<Dynamic, Box<Failure>> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io("cannot read", path, &e));
        let text = text.map_err(|e| self.failed("", &raise(e, Position::NONE)))?;
        self.run_text(&path.display().to_string(), &text)
    }

    /// The parameters that a script's text declares, where it tells; see [`declared`].
    pub fn parameters_of(&self, text: &str) -> Option<Vec<String>> {
        declared::parameters(&self.engine.compile(without_shebang(text)).ok()?)
    }

    /// Declares the constants of earlier inputs anew. Functions see a constant as `global::NAME`, and Rhai fills
    /// `global` only from what the evaluated text itself declares.
    fn constants(&self) -> String {
        let constant = |(name, is_constant, _): (&str, bool, Dynamic)| {
            if is_constant { format!("const {name} = {name};") } else { String::new() }
        };
        self.scope.iter().map(constant).collect()
    }

    fn evaluate(&mut self, source: &str, text: &str) -> Result<Dynamic, Box<Failure>> {
        let compiled = self.engine.compile_with_scope(&self.scope, text);
        let input = compiled.map_err(|e| self.failed(source, &EvalAltResult::ErrorParsing(*e.0, e.1)))?;
        self.sources.define(source, &input);
        let mut program = self.functions.merge(&input);
        program.set_source(source);
        let depth = self.scope.len();
        let (engine, scope) = (&self.engine, &mut self.scope);
        let outcome = panics::caught(|| engine.eval_ast_with_scope::<Dynamic>(scope, &program));
        self.functions = program.clone_functions_only();
        self.catalog.take();
        match outcome {
            Ok(Ok(value)) => {
                self.keep_imports(source, &input);
                self.forget_shadowed(&input);
                Ok(value.flatten())
            }
            Ok(Err(error)) => {
                self.forget_shadowed(&input);
                Err(self.failed(source, &error))
            }
            // A panic leaves the variables of the blocks that it passed through.
            Err(panic) => {
                self.scope.rewind(depth);
                Err(self.failed(source, &raise(panic, Position::NONE)))
            }
        }
    }

    /// Registers the modules that an input imported at its top level, so that later inputs know them.
    fn keep_imports(&mut self, source: &str, input: &AST) {
        for statement in input.statements() {
            let Stmt::Import(import, position) = statement else { continue };
            let (Expr::StringConstant(path, _), alias) = &**import else { continue };
            // Already loaded by the statement itself, so this is a look-up.
            if let Ok(module) = self.resolver.resolve(&self.engine, Some(source), path, *position) {
                self.engine.register_static_module(alias.as_str(), module);
            }
        }
    }

    fn forget_shadowed(&mut self, input: &AST) {
        let declares = |s: &Stmt| matches!(s, Stmt::Var(..));
        if input.statements().iter().any(declares) {
            self.scope = self.scope.clone_visible();
        }
    }

    fn failed(&self, source: &str, error: &EvalAltResult) -> Box<Failure> {
        let variables = self.variables().map(|(name, _)| name.to_string()).collect();
        let context = trace::Context {
            engine: &self.engine,
            functions: &self.functions,
            sources: &self.sources,
            source,
            variables,
        };
        Box::new(trace::failure(&context, error))
    }

    /// Whether a text only lacks its end: an open bracket, brace, quote or expression.
    pub fn is_incomplete(&self, text: &str) -> bool {
        let Err(error) = self.engine.compile_with_scope(&self.scope, text) else { return false };
        let unterminated = |e: &ParseErrorType| {
            matches!(e, ParseErrorType::UnexpectedEOF | ParseErrorType::BadInput(LexError::UnterminatedString))
        };
        unterminated(&error.0) || is_past_the_end(error.1, text)
    }

    /// Whether the user wants to see the value: not if a `;` comes last.
    pub fn is_silenced(&self, text: &str) -> bool {
        let lines = [text];
        let (tokens, _) = self.engine.lex(&lines);
        // Comments are no tokens, so this looks through them.
        let last = tokens.map(|(token, _)| token).take_while(|t| *t != Token::EOF).last();
        last == Some(Token::SemiColon)
    }

    /// A value as an answer at the prompt shows it: what has rows (a population) by its first ones, all else as
    /// [`show`](Self::show) does.
    pub fn preview(&self, value: &Dynamic) -> String {
        let mut scope = Scope::new();
        scope.push_dynamic("value", value.clone());
        let rows = self.engine.eval_expression_with_scope::<String>(&mut scope, "preview(value)");
        rows.unwrap_or_else(|_| self.show(value))
    }

    /// A value as the session shows it: handles by their own line, texts in quotes.
    pub fn show(&self, value: &Dynamic) -> String {
        let shown = |function: &str| {
            let mut scope = Scope::new();
            scope.push_dynamic("value", value.clone());
            self.engine.eval_expression_with_scope::<String>(&mut scope, &format!("{function}(value)")).ok()
        };
        let quoted = value.is_string() || value.is_char() || value.is_array() || value.is_map();
        let text = if quoted { shown("to_debug") } else { shown("to_string") };
        text.unwrap_or_else(|| self.engine.map_type_name(value.type_name()).to_string())
    }

    /// The variables that there are, with their values.
    pub fn variables(&self) -> impl Iterator<Item = (&str, Dynamic)> {
        self.scope.iter().map(|(name, _, value)| (name, value)).collect::<Vec<_>>().into_iter()
    }

    /// Everything that can be called, as Rhai's own language of definitions, which editors read.
    pub fn definitions(&self) -> String {
        self.engine.definitions().include_standard_packages(false).single_file()
    }

    /// Everything that can be called.
    pub fn catalog(&self) -> Rc<Catalog> {
        let mut known = self.catalog.borrow_mut();
        Rc::clone(known.get_or_insert_with(|| Rc::new(Catalog::of(&self.engine, &self.functions))))
    }

    /// What may come at the end of a text: the byte at which the part to complete begins, and the candidates.
    pub fn complete(&self, before: &str) -> (usize, Vec<Candidate>) {
        let catalog = self.catalog();
        Surroundings { catalog: &catalog, engine: &self.engine, scope: &self.scope }.complete(before)
    }

    /// What is still to be written of the call at the end of a text.
    pub fn hint(&self, before: &str) -> Option<String> {
        let catalog = self.catalog();
        Surroundings { catalog: &catalog, engine: &self.engine, scope: &self.scope }.hint(before)
    }
}

/// Whether a position lies behind the last character, blanks aside.
fn is_past_the_end(position: Position, text: &str) -> bool {
    let (Some(line), Some(column)) = (position.line(), position.position()) else { return false };
    let mut rest = text.lines().skip(line - 1);
    let behind: String = rest.next().unwrap_or("").chars().skip(column.saturating_sub(1)).collect();
    behind.trim().is_empty() && rest.all(|l| l.trim().is_empty())
}
