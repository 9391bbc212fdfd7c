//! A failed evaluation as a [`Diagnostic`]: which position belongs to which text, and how it came there.
//!
//! Rhai wraps an error once per script call and once per import. The position of a wrapper belongs to the caller's
//! text, the position inside to the callee's; the wrapper names the callee's source. What the innermost error means is
//! [`super::explain`]'s business.

use rhai::{AST, Engine, EvalAltResult, Position};

use super::explain::Explainer;
use super::fail::Stop;
use super::sources::Sources;
use crate::term::diagnostic::{Call, Diagnostic, Place, word_start};

/// Why an evaluation did not end by itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// The script, or what it was given, is at fault.
    Script,
    /// What the run was given from outside is at fault.
    Usage,
    /// nms itself is at fault.
    Internal,
    /// It was told to stop, or stopped itself.
    Stopped(Stop),
}

/// A failed evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Whose fault it is.
    pub cause: Cause,
    /// What to tell the user.
    pub diagnostic: Diagnostic,
}

/// What is known about the evaluation that failed.
pub struct Context<'a> {
    /// The engine that ran it.
    pub engine: &'a Engine,
    /// The functions that scripts have defined.
    pub functions: &'a AST,
    /// The texts by name.
    pub sources: &'a Sources,
    /// The name of the text that was evaluated.
    pub source: &'a str,
    /// Names of the variables that there are.
    pub variables: Vec<String>,
}

/// Makes a report of an error.
pub fn failure(context: &Context, error: &EvalAltResult) -> Failure {
    let mut file = context.source.to_string();
    let mut calls: Vec<Step> = Vec::new();
    let mut innermost = error;
    loop {
        match innermost {
            EvalAltResult::ErrorInFunctionCall(name, source, inner, position) => {
                calls.push(Step { import: false, at: place(context.sources, &file, *position), name: name.clone() });
                file = context.sources.home_of(name, if source.is_empty() { &file } else { source });
                innermost = inner;
            }
            EvalAltResult::ErrorInModule(source, inner, position) => {
                calls.push(Step { import: true, at: place(context.sources, &file, *position), name: String::new() });
                file = source.clone();
                innermost = inner;
            }
            _ => break,
        }
    }
    if let EvalAltResult::ErrorTerminated(token, _) = innermost
        && let Some(stop) = token.clone().try_cast::<Stop>()
    {
        return stopped(stop, place(context.sources, &file, innermost.position()));
    }
    // An error from native code that gave no position happened somewhere in the innermost call.
    let known = place(context.sources, &file, innermost.position());
    let place = known.or_else(|| calls.last().and_then(|c| c.at.clone()));
    let line = place.as_ref().and_then(|p| p.text.as_deref().map(|t| (t, p.column)));
    let said = Explainer::new(context, line).explain(innermost);
    Failure {
        cause: if said.internal { Cause::Internal } else { Cause::Script },
        diagnostic: Diagnostic { message: said.message, place, trace: trace(&calls), help: said.help },
    }
}

struct Step {
    import: bool,
    at: Option<Place>,
    /// The function that was called.
    name: String,
}

/// The calls, innermost first; each stands in the function that the one before it called.
fn trace(calls: &[Step]) -> Vec<Call> {
    let step = |(i, step): (usize, &Step)| {
        let inside = i.checked_sub(1).map(|before| &calls[before]).filter(|before| !before.import);
        Call { import: step.import, from: step.at.clone(), inside: inside.map(|before| function_name(&before.name)) }
    };
    calls.iter().enumerate().rev().map(step).collect()
}

/// A function's name for a report; closures have one that only Rhai needs.
fn function_name(name: &str) -> String {
    if name.starts_with("anon$") { "a closure".into() } else { format!("`{name}`") }
}

/// A position in a text as a reader knows it.
pub(super) fn place(sources: &Sources, file: &str, position: Position) -> Option<Place> {
    let line = sources.line(file, position.line()?);
    let column = position.position().unwrap_or(0);
    // Rhai points at the `f` of `namespace::f`.
    let column = line.text.as_deref().map_or(column, |text| word_start(text, column));
    Some(Place { file: line.name, line: line.number, column, text: line.text })
}

fn stopped(stop: Stop, place: Option<Place>) -> Failure {
    let diagnostic = match &stop {
        Stop::Usage(error) => Diagnostic { place, ..Diagnostic::plain(error) },
        Stop::Signal(_) => Diagnostic { message: "stopped on request".into(), place, ..Diagnostic::default() },
        Stop::Exit(_) | Stop::BrokenPipe => Diagnostic::default(),
    };
    let cause = if matches!(stop, Stop::Usage(_)) { Cause::Usage } else { Cause::Stopped(stop) };
    Failure { cause, diagnostic }
}
