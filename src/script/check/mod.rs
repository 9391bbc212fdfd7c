//! What can be known to be wrong with a script before it runs.
//!
//! [`check`] compiles a text and walks its tree against the [catalogue](super::catalog): undefined variables, unknown
//! functions, methods and properties where the type is known, arguments of the wrong kind, option keys and words that a
//! function does not take, modules that are not there or not used. Nothing is evaluated. `types` says what is known of
//! an expression's type and errs on the side of knowing nothing, `calls` judges calls, `imports` modules.

mod calls;
mod chain;
mod imports;
mod types;

use std::collections::BTreeSet;

use rhai::{AST, ASTNode, Engine, Expr, OptimizationLevel, Position, Stmt};

use self::imports::Imports;
use self::types::Types;
use super::catalog::Catalog;
use super::engine::{self, Installer};
use super::explain::{Explainer, Said};
use super::registry;
use super::resolver::{Resolver, without_shebang};
use super::session::Setup;
use super::sources::Sources;
use super::trace::{self, Context};
use crate::term::diagnostic::Diagnostic;

pub use self::types::infer;

/// What is wrong with a script, in the order of its lines. Empty when nothing was found.
pub fn check(install: Installer, setup: &Setup, name: &str, text: &str) -> Vec<Diagnostic> {
    let sources = Sources::default();
    sources.insert(name, text);
    let resolver = Resolver::new(setup.standard.clone(), setup.bundled.clone(), sources.clone());
    let engine = engine_of(install, &resolver, &sources);
    let text = without_shebang(text);
    let compiled = engine.compile(text);
    let nothing = AST::empty();
    let script = compiled.as_ref().unwrap_or(&nothing);
    let variables: Vec<String> = declared_variables(script).into_iter().collect();
    let context = Context { engine: &engine, functions: script, sources: &sources, source: name, variables };
    if let Err(error) = &compiled {
        let error = rhai::EvalAltResult::ErrorParsing((*error.0).clone(), error.1);
        return vec![trace::failure(&context, &error).diagnostic];
    }
    let explainer = Explainer::new(&context, None);
    let imports = Imports::of(script, &engine, &resolver, name);
    let mut checker = Checker {
        context: &context,
        explainer: &explainer,
        imports: &imports,
        captured: captured(script),
        is_whole: registry::absences().is_empty(),
        found: Vec::new(),
    };
    checker.imports();
    checker.script(script);
    let mut found = checker.found;
    found.extend(overlooked(&mut engine_of(install, &resolver, &sources), text, &context, &found));
    found.sort_by_key(|d| d.place.as_ref().map(|p| (p.line, p.column)));
    found.dedup();
    found
}

/// An engine that compiles a text such that a walk sees all of it.
fn engine_of(install: Installer, resolver: &Resolver, sources: &Sources) -> Engine {
    let mut engine = engine::build(install, resolver.clone(), sources, None);
    // Folding constants would lose the positions of option keys.
    engine.set_optimization_level(OptimizationLevel::None);
    // Rhai stops at the first undefined variable; the walk finds them all.
    engine.set_strict_variables(false);
    engine
}

/// A check under way.
struct Checker<'a> {
    context: &'a Context<'a>,
    explainer: &'a Explainer<'a>,
    imports: &'a Imports,
    /// The variables that closures take from outside.
    captured: BTreeSet<String>,
    /// Whether this build has all namespaces. In one that lacks some, what comes from them may have any method.
    is_whole: bool,
    found: Vec<Diagnostic>,
}

impl<'a> Checker<'a> {
    fn catalog(&self) -> &'a Catalog {
        self.explainer.catalog()
    }

    fn report(&mut self, said: Said, position: Position) {
        let place = trace::place(self.context.sources, self.context.source, position);
        self.found.push(Diagnostic { message: said.message, place, trace: Vec::new(), help: said.help });
    }

    fn imports(&mut self) {
        for (said, position) in self.imports.faults() {
            self.report(said, position);
        }
    }

    /// The statements of the script, then those of its functions; the latter know nothing of the former's variables.
    fn script(&mut self, script: &AST) {
        let main: BTreeSet<*const Stmt> = script.statements().iter().map(std::ptr::from_ref).collect();
        let is_main =
            |path: &[ASTNode]| matches!(path.first(), Some(ASTNode::Stmt(s)) if main.contains(&std::ptr::from_ref(*s)));
        for of_main in [true, false] {
            let parameters =
                script.iter_functions().flat_map(|f| f.params.iter().map(ToString::to_string).collect::<Vec<_>>());
            let unknown: BTreeSet<String> = if of_main { BTreeSet::new() } else { parameters.collect() };
            let mut types = Types::new(self.catalog(), unknown);
            // Types of variables rest on types of others: three rounds settle what is settled at all.
            for _ in 0..3 {
                script.walk(&mut |path| {
                    if is_main(path) == of_main
                        && let Some(ASTNode::Stmt(statement)) = path.last()
                    {
                        types.learn(statement);
                    }
                    true
                });
            }
            script.walk(&mut |path| {
                if is_main(path) == of_main {
                    self.node(path, &types);
                }
                true
            });
        }
    }

    fn node(&mut self, path: &[ASTNode], types: &Types) {
        match path.last() {
            Some(ASTNode::Expr(Expr::FnCall(call, position)) | ASTNode::Stmt(Stmt::FnCall(call, position))) => {
                self.call(call, *position, types);
            }
            Some(ASTNode::Expr(expr @ (Expr::Dot(..) | Expr::Index(..)))) if !chain::is_tail(path) => {
                self.chain(expr, types);
            }
            Some(ASTNode::Expr(Expr::Variable(variable, short, position))) => {
                let (long, name, namespace, _) = &**variable;
                let is_found = short.is_some() || long.is_some() || self.captured.contains(name.as_str());
                if namespace.is_empty() && !is_found {
                    self.report(self.explainer.variable(name), *position);
                }
            }
            _ => {}
        }
    }
}

/// What closures are given: their parameters, and what Rhai has them take along from outside. In their bodies the latter
/// look like undefined variables.
fn captured(script: &AST) -> BTreeSet<String> {
    let closures = script.iter_functions().filter(|f| f.name.starts_with("anon$"));
    closures.flat_map(|f| f.params.iter().map(ToString::to_string).collect::<Vec<_>>()).collect()
}

/// An undefined variable that only Rhai's own strict compilation finds.
fn overlooked(engine: &mut Engine, text: &str, context: &Context, found: &[Diagnostic]) -> Option<Diagnostic> {
    engine.set_strict_variables(true);
    let error = engine.compile(text).err()?;
    let failure = trace::failure(context, &rhai::EvalAltResult::ErrorParsing(*error.0, error.1));
    let known =
        found.iter().any(|d| d.place.as_ref().map(|p| p.line) == failure.diagnostic.place.as_ref().map(|p| p.line));
    (!known).then_some(failure.diagnostic)
}

/// The variables that a script declares anywhere, for suggestions.
fn declared_variables(script: &AST) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    script.walk(&mut |path| {
        match path.last() {
            Some(ASTNode::Stmt(Stmt::Var(declared, ..))) => {
                names.insert(declared.0.name.to_string());
            }
            Some(ASTNode::Stmt(Stmt::For(turn, _))) => {
                names.insert(turn.0.name.to_string());
            }
            _ => {}
        }
        true
    });
    names
}

/// The engine's own words, which no catalogue lists.
const KEYWORDS: &[&str] =
    &["print", "debug", "type_of", "call", "curry", "Fn", "is_def_var", "is_def_fn", "is_shared", "eval"];

/// Whether a word is the engine's own.
fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name)
}
