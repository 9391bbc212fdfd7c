//! The engine: one function per concern.

use std::cell::Cell;

use rhai::{AST, Dynamic, Engine, FuncRegistration, Module, NativeCallContext, OptimizationLevel, Position, Token};

use super::catalog::Catalog;
use super::fail::{At, RhaiResultOf, Stop};
use super::reference;
use super::resolver::Resolver;
use super::sources::Sources;
use crate::error::Error;
use crate::term::{printer, table};

/// Installs namespaces and functions.
pub type Installer = fn(&mut Engine);

/// Levels of script calls. Rhai's own default is 8 in debug builds and 64 in release builds; tests must see what users
/// see, so everything that depends on the build is set here.
const CALL_LEVELS: usize = 64;

/// Depth of expressions, outside and inside of functions.
const EXPRESSION_DEPTH: (usize, usize) = (128, 64);

/// The stack of the thread that runs scripts: what the levels above need in a debug build, with room for the domain.
pub const STACK_BYTES: usize = 64 << 20;

/// An engine with `install`'s names.
pub fn build(install: Installer, resolver: Resolver, sources: &Sources, max_ops: Option<u64>) -> Engine {
    let mut engine = Engine::new();
    set_limits(&mut engine, max_ops);
    set_language(&mut engine);
    set_hooks(&mut engine, sources);
    engine.set_module_resolver(resolver);
    install(&mut engine);
    offer_help(&mut engine);
    engine
}

/// An engine that takes scripts apart and runs none: it knows no namespaces and asks for none, and folds nothing, so that
/// all stands where it was written.
pub(super) fn reader() -> Engine {
    let mut engine = Engine::new();
    set_limits(&mut engine, None);
    set_language(&mut engine);
    engine.set_strict_variables(false);
    engine.set_optimization_level(OptimizationLevel::None);
    engine
}

/// Lets scripts ask what a name is.
fn offer_help(engine: &mut Engine) {
    const DOC: [&str; 6] = [
        "/// Prints what a name is: its forms, options with defaults, and an example. At the prompt, `?name` does the same.",
        "///",
        "/// ```rhai",
        "/// help(\"help\");",
        "/// help(\"morph::load\");",
        "/// ```",
    ];
    let mut module = Module::new();
    FuncRegistration::new("help").with_comments(DOC).with_params_info(["name: &str", "()"]).set_into_module(
        &mut module,
        |ctx: NativeCallContext, name: &str| -> RhaiResultOf<()> {
            let catalog = Catalog::of(ctx.engine(), &AST::empty());
            let page =
                reference::about(&catalog, name, table::width().unwrap_or(100)).map_err(Error::value).at(&ctx)?;
            printer::line(&page);
            Ok(())
        },
    );
    engine.register_global_module(module.into());
}

fn set_limits(engine: &mut Engine, max_ops: Option<u64>) {
    engine.set_max_call_levels(CALL_LEVELS);
    engine.set_max_expr_depths(EXPRESSION_DEPTH.0, EXPRESSION_DEPTH.1);
    // 0 is no limit. Sizes of arrays, maps and texts are unlimited by default.
    engine.set_max_operations(max_ops.unwrap_or(0));
}

/// What the language offers scripts.
fn set_language(engine: &mut Engine) {
    // Never `Full`: it takes all functions for pure and would train models while compiling.
    engine.set_optimization_level(OptimizationLevel::Simple);
    engine.set_strict_variables(true);
    // A mistyped `opts.epoch` is an error instead of `()`.
    engine.set_fail_on_invalid_map_property(true);
    // Keeps scripts analysable: what a script calls can be read in it.
    engine.disable_symbol("eval");
    take_as_for_a_key(engine);
}

/// Lets an options map have the key `as`, as in `#{ as: "neurom" }`: a keyword, but where a map expects a key there can
/// be no other meaning.
#[allow(deprecated)] // "volatile", not to go away: there is no other way to see tokens
fn take_as_for_a_key(engine: &mut Engine) {
    // Whether the token before can come before a key. An `import "x" as y` has a text there.
    let before_key = Cell::new(false);
    engine.on_parse_token(move |token, _, _| {
        let was = before_key.get();
        if !matches!(token, Token::Comment(_)) {
            before_key.set(matches!(token, Token::MapStart | Token::Comma));
        }
        if was && token == Token::As { Token::Identifier(Box::new("as".into())) } else { token }
    });
}

fn set_hooks(engine: &mut Engine, sources: &Sources) {
    engine.on_print(printer::line);
    let sources = sources.clone();
    engine.on_debug(move |text, source, position: Position| {
        let line = sources.line(source.unwrap_or_default(), position.line().unwrap_or(0));
        let name = if line.name.is_empty() { String::new() } else { format!("{}:", line.name) };
        printer::note(&format!("debug: {name}{}: {text}", line.number));
    });
    // Called about three times per turn of a loop; reading two flags is not measurable.
    engine.on_progress(|_| {
        if let Some(signal) = crate::interrupt::requested() {
            return Some(Dynamic::from(Stop::Signal(signal)));
        }
        printer::is_broken().then(|| Dynamic::from(Stop::BrokenPipe))
    });
}
