//! The dot commands of a session, and `?name`: one table, from which their help and completion come as well.

use std::path::Path;

use super::args::Color;
use super::conversation::{Conversation, Next};
use super::transcript;
use crate::error::did_you_mean;
use crate::script::complete::Candidate;
use crate::script::{Session, host, reference};
use crate::term::{printer, table};

/// What may stand behind a command's name.
enum Takes {
    Nothing,
    /// Anything that the reference knows.
    Name,
    /// A file.
    File,
    /// One of some words.
    Words(&'static [&'static str]),
}

struct Command {
    name: &'static str,
    /// What stands behind the name, as help shows it.
    form: &'static str,
    takes: Takes,
    help: &'static str,
    run: fn(&mut Conversation, &str) -> Next,
}

const DEVICES: &[&str] = &["auto", "cpu", "cuda"];

#[rustfmt::skip]
const COMMANDS: &[Command] = &[
    Command { name: ".device", form: "[DEVICE]", takes: Takes::Words(DEVICES), help: "where models run, or where they shall", run: device },
    Command { name: ".doc", form: "NAME", takes: Takes::Name, help: "what NAME is (also `?NAME`)", run: doc },
    Command { name: ".fns", form: "[TEXT]", takes: Takes::Name, help: "functions and methods with TEXT in their names", run: functions },
    Command { name: ".help", form: "[NAME]", takes: Takes::Name, help: "this list, or what NAME is", run: help },
    Command { name: ".history", form: "", takes: Takes::Nothing, help: "what was typed in this session", run: history },
    Command { name: ".load", form: "FILE", takes: Takes::File, help: "run a script in this session", run: load },
    Command { name: ".quit", form: "", takes: Takes::Nothing, help: "leave (also Ctrl-D)", run: |_, _| Next::Leave(0) },
    Command { name: ".reset", form: "", takes: Takes::Nothing, help: "forget variables, functions and imports", run: reset },
    Command { name: ".run", form: "FILE", takes: Takes::File, help: "run a script by itself", run: run_apart },
    Command { name: ".save", form: "FILE", takes: Takes::File, help: "write what worked as a script", run: save },
    Command { name: ".seed", form: "[N]", takes: Takes::Nothing, help: "the seed of all that is random, or a new one", run: seed },
    Command { name: ".time", form: "on|off", takes: Takes::Words(&["on", "off"]), help: "say how long every input takes", run: time },
    Command { name: ".vars", form: "", takes: Takes::Nothing, help: "the variables and their values", run: vars },
];

const HINTS: &str = "\
`ans` is the last result; a `;` at the end hides a result; an open bracket continues on the next line
Tab completes names, members, options and files; Ctrl-R searches what was typed; Ctrl-C stops what is running
a closure in a variable is called `f.call(x)`";

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
    let meant = did_you_mean(name, COMMANDS.iter().map(|c| c.name));
    let meant = meant.map_or(String::new(), |m| format!("; did you mean `{m}`?"));
    printer::note(&format!("unknown command `{name}`{meant}"));
    Next::Prompt
}

/// What may stand at the end of a command; `None` where the input is none.
pub(super) fn complete(session: &Session, before: &str) -> Option<(usize, Vec<Candidate>)> {
    if let Some(begun) = before.strip_prefix('?') {
        return Some((1, names(session, begun)));
    }
    if !before.starts_with('.') {
        return None;
    }
    let plain = |text: &str| Candidate { text: text.into(), shown: text.into() };
    let Some((name, rest)) = before.split_once(char::is_whitespace) else {
        let found = COMMANDS.iter().filter(|c| c.name.starts_with(before));
        let shown =
            |c: &Command| Candidate { text: c.name.into(), shown: format!("{} {}", c.name, c.form).trim().into() };
        return Some((0, found.map(shown).collect()));
    };
    let start = before.len() - rest.len();
    let command = COMMANDS.iter().find(|c| c.name == name)?;
    Some(match command.takes {
        Takes::Nothing => (start, Vec::new()),
        Takes::Name => (start, names(session, rest)),
        Takes::File => crate::script::complete::files(rest, start),
        Takes::Words(words) => (start, words.iter().filter(|w| w.starts_with(rest)).map(|w| plain(w)).collect()),
    })
}

/// Names that the reference knows and that begin so.
fn names(session: &Session, begun: &str) -> Vec<Candidate> {
    let catalog = session.catalog();
    let paths = catalog.functions().filter(|f| f.is_word() && !f.is_standard).map(|f| match f.on.first() {
        Some(on) if f.is_method => format!("{on}.{}", f.name),
        _ => f.path(),
    });
    let spaces = catalog.namespaces().chain(catalog.types().iter().copied()).map(str::to_string);
    let mut found: Vec<String> = paths.chain(spaces).filter(|name| name.starts_with(begun)).collect();
    found.sort();
    found.dedup();
    found.into_iter().map(|name| Candidate { shown: name.clone(), text: name }).collect()
}

fn help(conversation: &mut Conversation, name: &str) -> Next {
    if !name.is_empty() {
        return doc(conversation, name);
    }
    for command in COMMANDS {
        printer::line(&format!("{:18} {}", format!("{} {}", command.name, command.form), command.help));
    }
    let catalog = conversation.session.borrow().catalog();
    let namespaces: Vec<&str> = catalog.namespaces().collect();
    printer::line(&format!("namespaces: {}", namespaces.join(" ")));
    printer::line(HINTS);
    Next::Prompt
}

fn doc(conversation: &mut Conversation, name: &str) -> Next {
    if name.is_empty() {
        printer::note("`.doc` needs a name, as in `.doc cluster::gmm`");
        return Next::Prompt;
    }
    let catalog = conversation.session.borrow().catalog();
    match reference::about(&catalog, name, table::width().unwrap_or(100)) {
        Ok(page) => printer::line(&page),
        Err(nothing) => printer::note(&nothing),
    }
    Next::Prompt
}

fn functions(conversation: &mut Conversation, text: &str) -> Next {
    let catalog = conversation.session.borrow().catalog();
    let own = catalog.functions().filter(|f| f.is_word() && !f.is_property && (!f.is_standard || !text.is_empty()));
    let form = |f: &crate::script::catalog::Function| match f.on.first() {
        Some(on) if f.is_method => format!("{on}.{}({})", f.name, f.typed_parameters(true).join(", ")),
        _ => format!("{}({})", f.path(), f.typed_parameters(false).join(", ")),
    };
    let mut forms: Vec<String> = own.filter(|f| f.path().contains(text)).map(form).collect();
    forms.sort();
    forms.dedup();
    match forms.is_empty() {
        true => printer::note(&format!("no function has `{text}` in its name")),
        false => printer::line(&forms.join("\n")),
    }
    Next::Prompt
}

fn history(conversation: &mut Conversation, _: &str) -> Next {
    for (number, input) in conversation.typed.iter().enumerate() {
        printer::line(&format!("{:3}  {}", number + 1, input.replace('\n', "\n     ")));
    }
    Next::Prompt
}

fn load(conversation: &mut Conversation, path: &str) -> Next {
    if path.is_empty() {
        printer::note("`.load` needs a file");
        return Next::Prompt;
    }
    let outcome = conversation.session.borrow_mut().run_file(Path::new(path));
    match outcome {
        Ok(_) => {
            if let Ok(text) = std::fs::read_to_string(path) {
                conversation.done(&text, false);
            }
            Next::Prompt
        }
        Err(failure) => conversation.failed(&failure),
    }
}

fn run_apart(conversation: &mut Conversation, path: &str) -> Next {
    if path.is_empty() {
        printer::note("`.run` needs a file; `.load` runs one in this session");
        return Next::Prompt;
    }
    let outcome = conversation.fresh().run_file(Path::new(path));
    match outcome {
        Ok(_) => Next::Prompt,
        Err(failure) => conversation.failed(&failure),
    }
}

fn save(conversation: &mut Conversation, path: &str) -> Next {
    if path.is_empty() {
        printer::note("`.save` needs a file");
        return Next::Prompt;
    }
    let path = if path.ends_with(".rhai") { path.to_string() } else { format!("{path}.rhai") };
    let text = transcript::script(&conversation.worked, host::seed());
    let written = crate::run::atomic::write(Path::new(&path), text.as_bytes());
    match written {
        Ok(()) => printer::line(&format!("wrote {path}; `nms run {path} --seed {}` repeats it", host::seed())),
        Err(error) => printer::note(&error.to_string()),
    }
    Next::Prompt
}

fn reset(conversation: &mut Conversation, _: &str) -> Next {
    let fresh = conversation.fresh();
    *conversation.session.borrow_mut() = fresh;
    conversation.worked.clear();
    Next::Prompt
}

fn time(conversation: &mut Conversation, word: &str) -> Next {
    match word {
        "on" => conversation.timed = true,
        "off" => conversation.timed = false,
        _ => printer::note("`.time` needs `on` or `off`"),
    }
    Next::Prompt
}

fn device(_: &mut Conversation, word: &str) -> Next {
    if word.is_empty() {
        printer::line(&host::device());
        return Next::Prompt;
    }
    match super::args::device(word) {
        Ok(device) => host::with(|run| run.settings.device = device),
        Err(expected) => printer::note(&format!("cannot run on `{word}`: {expected}")),
    }
    Next::Prompt
}

fn seed(_: &mut Conversation, word: &str) -> Next {
    if word.is_empty() {
        printer::line(&host::seed().to_string());
        return Next::Prompt;
    }
    match word.parse::<u64>().ok().filter(|seed| *seed <= i64::MAX as u64) {
        Some(seed) => host::with(|run| run.settings.seed = seed),
        None => printer::note(&format!("a seed is a whole number, 0 or more, found `{word}`")),
    }
    Next::Prompt
}

fn vars(conversation: &mut Conversation, _: &str) -> Next {
    let session = conversation.session.borrow();
    let width = table::width().unwrap_or(100);
    for (name, value) in session.variables() {
        let shown = session.show(&value);
        let line = format!("{name} = {}", shown.lines().next().unwrap_or_default());
        let short: String = line.chars().take(width.saturating_sub(2)).collect();
        let more = if short.len() < line.len() || shown.lines().count() > 1 { " …" } else { "" };
        printer::line(&format!("{short}{more}"));
    }
    Next::Prompt
}

/// Whether colours are wanted in what is typed.
pub(super) fn is_plain(color: Color) -> bool {
    matches!(color, Color::Never) || std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_names_are_unlike() {
        let names: Vec<&str> = COMMANDS.iter().map(|c| c.name).collect();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
        assert!(is_command(".help") && is_command("?morph::load") && !is_command(".5 + 1") && !is_command("a.b"));
    }
}
