//! The interactive session. The only file that knows rustyline.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Config, Editor};

use super::args::Global;
use super::conversation::{Conversation, Next};
use super::history::history_file;
use super::setup::setup;
use super::{commands, signals};
use crate::bind;
use crate::error::{Error, Result};
use crate::run::manifest::{self, Build, Status};
use crate::run::{Run, Settings};
use crate::script::{Session, host};
use crate::term::printer;

const PROMPT: &str = "nms> ";
const CONTINUED: &str = "  ...> ";

/// Reads, evaluates and prints until the user leaves.
///
/// # Errors
/// When the terminal cannot be used.
pub(super) fn repl(global: &Global) -> Result<u8> {
    host::install(Run::new(Settings { seed: global.seed, device: global.device.clone(), ..Settings::default() }));
    let mut conversation = Conversation { session: Session::new(bind::install, &setup(global)), global, timed: false };
    let mut editor = editor()?;
    leave_the_prompt_on_sigterm(&mut editor);
    let history = history_file();
    if let Some(file) = &history {
        // The first session has none yet.
        drop(editor.load_history(file));
    }
    if global.quiet == 0 {
        let Build { version, git, .. } = Build::this();
        printer::line(&format!("nms {version} ({git}). `.help` for help, Ctrl-D to leave."));
    }
    let code = loop {
        match read(&mut editor, &conversation.session) {
            Read::Input(input) => {
                remember(&mut editor, history.as_deref(), &input);
                if let Next::Leave(code) = take(&mut conversation, &input) {
                    break code;
                }
            }
            Read::Nothing => {}
            Read::End => break 0,
            Read::Stop(code) => break code,
        }
    };
    let status = if code == 0 { Status::Ok } else { Status::Failed };
    host::with(|run| manifest::finish(run, status, code))?;
    Ok(code)
}

enum Read {
    Input(String),
    Nothing,
    End,
    Stop(u8),
}

/// Reads one input, which may take several lines.
fn read(editor: &mut Editor<(), FileHistory>, session: &Session) -> Read {
    let mut input = String::new();
    loop {
        let prompt = if input.is_empty() { PROMPT } else { CONTINUED };
        WAITING.store(true, Ordering::SeqCst);
        let line = editor.readline(prompt);
        WAITING.store(false, Ordering::SeqCst);
        match line {
            Ok(line) => {
                input.push_str(without_prompt(&line, input.is_empty()));
                if input.trim().is_empty() {
                    return Read::Nothing;
                }
                if commands::is_command(&input) || !session.is_incomplete(&input) {
                    return Read::Input(input);
                }
                input.push('\n');
            }
            Err(ReadlineError::Eof) => return Read::End,
            Err(error) => {
                if let Some(signal) = crate::interrupt::requested() {
                    return Read::Stop(signals::exit_code(signal));
                }
                if matches!(error, ReadlineError::Interrupted) {
                    return Read::Nothing;
                }
                printer::note(&format!("cannot read from the terminal: {error}"));
                return Read::Stop(1);
            }
        }
    }
}

/// A pasted line without the prompt that was copied with it.
fn without_prompt(line: &str, first: bool) -> &str {
    let prompt = if first { PROMPT } else { CONTINUED };
    line.strip_prefix(prompt).unwrap_or(line)
}

/// Does what an input asks for.
fn take(conversation: &mut Conversation, input: &str) -> Next {
    if commands::is_command(input) { commands::run(conversation, input) } else { conversation.evaluate(input) }
}

fn editor() -> Result<Editor<(), FileHistory>> {
    let config = Config::builder().max_history_size(10_000).and_then(|c| c.history_ignore_dups(true));
    let config = config.map(|c| c.history_ignore_space(true).build());
    config.and_then(Editor::with_config).map_err(|e| Error::missing(format!("cannot use the terminal: {e}")))
}

/// Whether the prompt waits for the user.
static WAITING: AtomicBool = AtomicBool::new(false);

/// Lets a SIGTERM end the wait for input with the terminal put back in order. The editor listens to Ctrl-C alone, so
/// that is what a thread makes of it; and it listens while it waits only if it also waits for a printer.
fn leave_the_prompt_on_sigterm(editor: &mut Editor<(), FileHistory>) {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let printer = editor.create_external_printer();
    let (Ok(printer), Ok(mut signals)) = (printer, signal_hook::iterator::Signals::new([SIGTERM])) else { return };
    std::thread::spawn(move || {
        for _ in signals.forever() {
            if WAITING.load(Ordering::SeqCst) {
                // A refusal leaves the second SIGTERM, which needs nobody's help.
                drop(signal_hook::low_level::raise(SIGINT));
            }
        }
        drop(printer);
    });
}

/// Adds an input to the history at once: a session that ends badly should not forget.
fn remember(editor: &mut Editor<(), FileHistory>, file: Option<&Path>, input: &str) {
    let added = editor.add_history_entry(input).unwrap_or(false);
    let Some(file) = file.filter(|_| added) else { return };
    let folder = file.parent().map_or(Ok(()), std::fs::create_dir_all);
    if let Err(error) = folder.map_err(ReadlineError::from).and_then(|()| editor.append_history(file)) {
        tracing::debug!(target: "nms", "no history: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_prompts_are_dropped() {
        assert_eq!(without_prompt("nms> let a = 1", true), "let a = 1");
        assert_eq!(without_prompt("  ...> }", false), "}");
    }
}
