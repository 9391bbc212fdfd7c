//! A session under way: what is evaluated, and what of it is shown.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::args::Global;
use super::setup::setup;
use super::transcript::Worked;
use super::{ending, signals};
use crate::bind;
use crate::script::Session;
use crate::script::fail::Stop;
use crate::script::trace::{Cause, Failure};
use crate::term::printer;

/// Results longer than this are cut; `print(ans)` shows all.
const SHOWN_LINES: usize = 40;
const SHOWN_CHARS: usize = 4000;

/// What took longer than this says how long it took.
const WORTH_TELLING: Duration = Duration::from_secs(2);

/// The session with its settings, as dot commands see it.
pub(super) struct Conversation<'a> {
    /// The script session, which the line editor looks into as well.
    pub session: Rc<RefCell<Session>>,
    /// Options of the program.
    pub global: &'a Global,
    /// Whether every input says how long it took.
    pub timed: bool,
    /// Everything that was typed.
    pub typed: Vec<String>,
    /// The inputs that worked.
    pub worked: Vec<Worked>,
}

/// Whether the session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// With the next input.
    Prompt,
    /// Not; this is the exit code.
    Leave(u8),
}

impl<'a> Conversation<'a> {
    /// A conversation in which nothing has been said.
    pub fn new(session: Rc<RefCell<Session>>, global: &'a Global) -> Self {
        Conversation { session, global, timed: false, typed: Vec::new(), worked: Vec::new() }
    }

    /// A session that knows nothing of this one.
    pub fn fresh(&self) -> Session {
        Session::new(bind::install, &setup(self.global))
    }

    /// Notes an input that worked.
    pub fn done(&mut self, text: &str, gave_value: bool) {
        self.worked.push(Worked { text: text.to_string(), gave_value });
    }

    /// Evaluates an input, shows its value and how long it took where that is worth telling.
    pub fn evaluate(&mut self, input: &str) -> Next {
        let began = Instant::now();
        let outcome = self.session.borrow_mut().feed(input);
        let took = began.elapsed();
        let next = match outcome {
            Ok(value) => {
                self.done(input, !value.is_unit());
                let session = self.session.borrow();
                if !value.is_unit() && !session.is_silenced(input) {
                    printer::line(&shortened(&session.preview(&value)));
                }
                Next::Prompt
            }
            Err(failure) => self.failed(&failure),
        };
        if self.timed || took >= WORTH_TELLING {
            printer::note(&format!("{:.3} s", took.as_secs_f64()));
        }
        next
    }

    /// Tells of a failure. Ctrl-C ends what was running and not the session.
    pub fn failed(&self, failure: &Failure) -> Next {
        ending::tell(self.global, failure);
        match &failure.cause {
            Cause::Stopped(Stop::Signal(signal)) if *signal == signal_hook::consts::SIGINT as usize => {
                signals::forget();
                Next::Prompt
            }
            cause @ Cause::Stopped(_) => Next::Leave(ending::outcome(cause).0),
            _ => Next::Prompt,
        }
    }
}

/// The head of a long text.
fn shortened(text: &str) -> String {
    let lines = text.lines().count();
    let head: Vec<&str> = text.lines().take(SHOWN_LINES).collect();
    let head: String = head.join("\n").chars().take(SHOWN_CHARS).collect();
    if lines > SHOWN_LINES {
        format!("{head}\n… {} more lines; `print(ans)` shows all", lines - SHOWN_LINES)
    } else if head.len() < text.trim_end_matches('\n').len() {
        format!("{head} … `print(ans)` shows all")
    } else {
        head
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_results_are_cut() {
        assert_eq!(shortened("a\nb"), "a\nb");
        let long = vec!["x"; 50].join("\n");
        assert!(shortened(&long).ends_with("… 10 more lines; `print(ans)` shows all"));
        assert!(shortened(&"y".repeat(5000)).ends_with("y … `print(ans)` shows all"));
    }
}
