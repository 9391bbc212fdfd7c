//! The dot commands of a session, and `?name`.

use std::path::Path;

use super::conversation::{Conversation, Next};
use crate::script::reference;
use crate::term::{printer, table};

struct Command {
    name: &'static str,
    /// What stands behind the name.
    takes: &'static str,
    help: &'static str,
    run: fn(&mut Conversation, &str) -> Next,
}

const COMMANDS: &[Command] = &[
    Command { name: ".help", takes: "[NAME]", help: "this list, or what NAME is (also `?NAME`)", run: help },
    Command { name: ".load", takes: "FILE", help: "run a script in this session", run: load },
    Command { name: ".quit", takes: "", help: "leave (also Ctrl-D)", run: |_, _| Next::Leave(0) },
    Command { name: ".time", takes: "on|off", help: "say how long every input takes", run: time },
    Command { name: ".vars", takes: "", help: "the variables and their values", run: vars },
];

const HINTS: &str = "\
`ans` is the last result; a `;` at the end hides a result; an open bracket continues on the next line
a closure in a variable is called `f.call(x)`; Ctrl-C stops what is running";

/// Whether an input is for the session rather than for the language.
pub(super) fn is_command(input: &str) -> bool {
    let input = input.trim_start();
    input.starts_with('?') || input.strip_prefix('.').is_some_and(|rest| rest.starts_with(char::is_alphabetic))
}

/// Runs a command.
pub(super) fn run(conversation: &mut Conversation, input: &str) -> Next {
    let input = input.trim();
    if let Some(name) = input.strip_prefix('?') {
        return help(conversation, name.trim());
    }
    let (name, rest) = input.split_once(char::is_whitespace).unwrap_or((input, ""));
    if let Some(command) = COMMANDS.iter().find(|c| c.name == name) {
        return (command.run)(conversation, rest.trim());
    }
    let meant = crate::error::did_you_mean(name, COMMANDS.iter().map(|c| c.name));
    let meant = meant.map_or(String::new(), |m| format!("; did you mean `{m}`?"));
    printer::note(&format!("unknown command `{name}`{meant}"));
    Next::Prompt
}

fn help(conversation: &mut Conversation, name: &str) -> Next {
    let catalog = conversation.session.catalog();
    if name.is_empty() {
        for command in COMMANDS {
            printer::line(&format!("{:16} {}", format!("{} {}", command.name, command.takes), command.help));
        }
        let namespaces: Vec<&str> = catalog.namespaces().collect();
        printer::line(&format!("namespaces: {}", namespaces.join(" ")));
        printer::line(HINTS);
    } else {
        match reference::about(&catalog, name, table::width().unwrap_or(100)) {
            Ok(page) => printer::line(&page),
            Err(nothing) => printer::note(&nothing),
        }
    }
    Next::Prompt
}

fn load(conversation: &mut Conversation, path: &str) -> Next {
    if path.is_empty() {
        printer::note("`.load` needs a file");
        return Next::Prompt;
    }
    match conversation.session.run_file(Path::new(path)) {
        Ok(_) => Next::Prompt,
        Err(failure) => conversation.failed(&failure),
    }
}

fn time(conversation: &mut Conversation, word: &str) -> Next {
    match word {
        "on" => conversation.timed = true,
        "off" => conversation.timed = false,
        _ => printer::note("`.time` needs `on` or `off`"),
    }
    Next::Prompt
}

fn vars(conversation: &mut Conversation, _: &str) -> Next {
    for (name, value) in conversation.session.variables() {
        let shown = conversation.session.show(&value);
        let line = shown.lines().next().unwrap_or_default();
        let short: String = line.chars().take(100).collect();
        let more = if short.len() < shown.len() { " …" } else { "" };
        printer::line(&format!("{name} = {short}{more}"));
    }
    Next::Prompt
}
