//! What the line editor asks while a line is typed: completions, the signature hint, colours, whether a line is whole.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Result};

use crate::cli::commands;
use crate::script::Session;
use crate::script::complete::Candidate;
use crate::term::syntax;

/// The helper of the session's editor.
pub(super) struct Helper {
    session: Rc<RefCell<Session>>,
}

impl Helper {
    pub fn new(session: Rc<RefCell<Session>>) -> Self {
        Helper { session }
    }
}

impl rustyline::Helper for Helper {}

impl Completer for Helper {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> Result<(usize, Vec<Pair>)> {
        let before = &line[..pos];
        let pair = |c: Candidate| Pair { display: c.shown, replacement: c.text };
        let Ok(session) = self.session.try_borrow() else { return Ok((pos, Vec::new())) };
        let (start, found) = match commands::complete(&session, before) {
            Some(found) => found,
            None => session.complete(before),
        };
        Ok((start, found.into_iter().map(pair).collect()))
    }
}

/// A hint that is read, not taken over: what it shows are names of parameters, not what they will be.
pub(super) struct Signature(String);

impl rustyline::hint::Hint for Signature {
    fn display(&self) -> &str {
        &self.0
    }
    fn completion(&self) -> Option<&str> {
        None
    }
}

impl Hinter for Helper {
    type Hint = Signature;

    fn hint(&self, line: &str, pos: usize, _: &Context<'_>) -> Option<Signature> {
        if pos < line.len() || commands::is_command(line) {
            return None;
        }
        let session = self.session.try_borrow().ok()?;
        let hint = session.hint(line)?;
        // A hint that wraps would push the line about.
        let used = line.lines().last().unwrap_or_default().chars().count() + 6;
        let room = crate::term::table::width().unwrap_or(80).saturating_sub(used);
        let shown: String = hint.chars().take(room).collect();
        (!shown.is_empty()).then_some(Signature(shown))
    }
}

impl Highlighter for Helper {
    fn highlight<'l>(&self, line: &'l str, pos: usize) -> Cow<'l, str> {
        if commands::is_command(line) { Cow::Borrowed(line) } else { Cow::Owned(syntax::colored(line, pos)) }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(format!("\x1b[2m{hint}\x1b[0m"))
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        // Any character may turn a name into a word, or a bracket into the partner of another.
        true
    }
}

impl Validator for Helper {
    fn validate(&self, ctx: &mut ValidationContext<'_>) -> Result<ValidationResult> {
        let input = ctx.input();
        let incomplete =
            !commands::is_command(input) && self.session.try_borrow().is_ok_and(|session| session.is_incomplete(input));
        Ok(if incomplete { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}
