//! The interactive session. The only folder that knows rustyline: [`helper`] is what it asks while a line is typed.

mod helper;

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{ColorMode, CompletionType, Config, Editor};

use self::helper::Helper;
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

/// Reads, evaluates and prints until the user leaves.
///
/// # Errors
/// When the terminal cannot be used.
pub(super) fn repl(global: &Global) -> Result<u8> {
    host::install(Run::new(Settings { seed: global.seed(), device: global.device.clone(), ..Settings::default() }));
    let session = Rc::new(RefCell::new(Session::new(bind::install, &setup(global))));
    let mut conversation = Conversation::new(Rc::clone(&session), global);
    let mut editor = editor(global, session)?;
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
        match read(&mut editor) {
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

/// Reads one input, which may take several lines: the editor goes on while it is incomplete.
fn read(editor: &mut Editor<Helper, FileHistory>) -> Read {
    WAITING.store(true, Ordering::SeqCst);
    let line = editor.readline(PROMPT);
    WAITING.store(false, Ordering::SeqCst);
    match line {
        Ok(line) => {
            let input = without_prompts(&line);
            if input.trim().is_empty() { Read::Nothing } else { Read::Input(input) }
        }
        Err(ReadlineError::Eof) => Read::End,
        Err(error) => {
            if let Some(signal) = crate::interrupt::requested() {
                return Read::Stop(signals::exit_code(signal));
            }
            if matches!(error, ReadlineError::Interrupted) {
                return Read::Nothing;
            }
            printer::note(&format!("cannot read from the terminal: {error}"));
            Read::Stop(1)
        }
    }
}

/// Pasted lines without the prompts that were copied with them.
fn without_prompts(input: &str) -> String {
    input.lines().map(|line| line.strip_prefix(PROMPT).unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// Does what an input asks for.
fn take(conversation: &mut Conversation, input: &str) -> Next {
    conversation.typed.push(input.to_string());
    match commands::is_command(input) {
        true => commands::run(conversation, input),
        false => conversation.evaluate(input),
    }
}

fn editor(global: &Global, session: Rc<RefCell<Session>>) -> Result<Editor<Helper, FileHistory>> {
    let plain = commands::is_plain(global.color);
    let config = Config::builder().max_history_size(10_000).and_then(|c| c.history_ignore_dups(true));
    let config = config.map(|c| {
        c.history_ignore_space(true)
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            .color_mode(if plain { ColorMode::Disabled } else { ColorMode::Enabled })
            .bracketed_paste(true)
            .build()
    });
    let editor = config.and_then(Editor::with_config);
    let mut editor = editor.map_err(|e| Error::missing(format!("cannot use the terminal: {e}")))?;
    editor.set_helper(Some(Helper::new(session)));
    Ok(editor)
}

/// Whether the prompt waits for the user.
static WAITING: AtomicBool = AtomicBool::new(false);

/// Lets a SIGTERM end the wait for input with the terminal put back in order. The editor listens to Ctrl-C alone, so
/// that is what a thread makes of it; and it listens while it waits only if it also waits for a printer.
fn leave_the_prompt_on_sigterm(editor: &mut Editor<Helper, FileHistory>) {
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
fn remember(editor: &mut Editor<Helper, FileHistory>, file: Option<&Path>, input: &str) {
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
        assert_eq!(without_prompts("nms> let a = 1"), "let a = 1");
        assert_eq!(without_prompts("fn f() {\nnms> }"), "fn f() {\n}");
    }
}
