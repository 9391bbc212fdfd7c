//! The texts that have been compiled, by name, for showing the line at which something failed.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use rhai::AST;

/// The name under which the lines of a session are compiled.
pub const SESSION: &str = "session";

/// A shared table of texts; clones are the same table.
#[derive(Clone, Default)]
pub struct Sources(Rc<RefCell<Table>>);

#[derive(Default)]
struct Table {
    texts: HashMap<String, String>,
    /// The first line of each input of the session, and its text.
    inputs: Vec<(usize, String)>,
    session_lines: usize,
    /// The functions, closures included, that each text defines.
    functions: HashMap<String, HashSet<String>>,
}

/// A line of text with the name and number that a reader knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The file, or the input of the session.
    pub name: String,
    /// Number of the line, counted from 1.
    pub number: usize,
    /// The line, where its text is known.
    pub text: Option<String>,
}

impl Sources {
    /// Keeps the text of a file or module.
    pub fn insert(&self, name: &str, text: &str) {
        self.0.borrow_mut().texts.insert(name.to_string(), text.to_string());
    }

    /// Takes in the next input of a session and gives the number of lines before it. Inputs count their lines onward,
    /// as if the session were one growing file, so that a position alone tells which input it lies in: functions of
    /// different inputs are merged and share everything else.
    pub fn insert_input(&self, text: &str) -> usize {
        let mut table = self.0.borrow_mut();
        let before = table.session_lines;
        table.inputs.push((before + 1, text.to_string()));
        table.session_lines += text.lines().count().max(1);
        before
    }

    /// A line of a text.
    pub fn line(&self, name: &str, number: usize) -> Line {
        let table = self.0.borrow();
        if name == SESSION && !table.inputs.is_empty() {
            let nth = table.inputs.partition_point(|(first, _)| *first <= number).saturating_sub(1);
            let (first, text) = &table.inputs[nth];
            let local = number + 1 - first;
            // The input that is being evaluated needs no name: it is on the screen, just above.
            let name = if nth + 1 == table.inputs.len() { String::new() } else { format!("input {}", nth + 1) };
            return Line { name, number: local, text: nth_line(text, local) };
        }
        Line { name: name.to_string(), number, text: table.texts.get(name).and_then(|t| nth_line(t, number)) }
    }

    /// Notes which functions a text defines.
    pub fn define(&self, name: &str, compiled: &AST) {
        let mut table = self.0.borrow_mut();
        let known = table.functions.entry(name.to_string()).or_default();
        known.extend(compiled.iter_functions().map(|f| f.name.to_string()));
    }

    /// The text in which a function stands. Rhai says `claimed`, but for a closure or `Fn("name")` that another file
    /// calls it names the caller's file (rhaiscript/rhai#984).
    pub fn home_of(&self, function: &str, claimed: &str) -> String {
        let table = self.0.borrow();
        let defines = |name: &str| table.functions.get(name).is_some_and(|f| f.contains(function));
        if !defines(claimed)
            && let Some(home) = table.functions.keys().find(|name| defines(name))
        {
            return home.clone();
        }
        claimed.to_string()
    }

    /// The variables that a text declares anywhere, for suggestions.
    pub fn declared_in(&self, name: &str) -> Vec<String> {
        let table = self.0.borrow();
        let inputs = table.inputs.iter().map(|(_, t)| t.as_str());
        let texts: Vec<&str> = table.texts.get(name).map(String::as_str).into_iter().chain(inputs).collect();
        let words = texts.iter().flat_map(|t| t.split(|c: char| !c.is_alphanumeric() && c != '_'));
        let words: Vec<&str> = words.filter(|w| !w.is_empty()).collect();
        let declares = |pair: &&[&str]| matches!(pair[0], "let" | "const" | "for");
        words.windows(2).filter(declares).map(|pair| pair[1].to_string()).collect()
    }
}

fn nth_line(text: &str, number: usize) -> Option<String> {
    text.lines().nth(number.checked_sub(1)?).map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_tells_the_input_of_a_session() {
        let sources = Sources::default();
        assert_eq!(sources.insert_input("a\nb"), 0);
        assert_eq!(sources.insert_input("c"), 2);
        let line = |name: &str, number, text: &str| Line { name: name.into(), number, text: Some(text.into()) };
        assert_eq!(sources.line(SESSION, 2), line("input 1", 2, "b"));
        assert_eq!(sources.line(SESSION, 3), line("", 1, "c"));
    }
}
