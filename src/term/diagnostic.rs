//! An error as a person reads it: what, where, how it came there, what to do.
//!
//! ```text
//! error: `heads` must divide `width` (width = 64, heads = 6)
//!   --> stdlib:nms/recipes:12:17
//! 12 |     let model = nn::gat(#{width: opts.width, heads: opts.heads});
//!    |                 ^^^^^^^
//!    = called from scripts/cells.rhai:31:13 in `pretrain`
//!    = help: use 4 or 8 heads, or a width of 60 or 66
//! ```
//!
//! A plain struct that the script host fills; this file knows no Rhai. The rendering is our own: the crates for it draw
//! spans, and a script position is a point at which the word is underlined.

use anstream::adapter::strip_str;
use serde::Serialize;

/// The most calls shown; of a longer trace both ends.
const CALLS: usize = 12;

/// A point in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file's name; empty for what was just typed.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1; 0 where only the line is known.
    pub column: usize,
    /// The line's text, where it is known.
    #[serde(skip)]
    pub text: Option<String>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}:", self.file)?;
        }
        match self.column {
            0 => write!(f, "{}", self.line),
            column => write!(f, "{}:{column}", self.line),
        }
    }
}

/// A call or import that led to the error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// Whether it was an `import` rather than a call.
    pub import: bool,
    /// Where it stands; absent where that is not known.
    pub from: Option<Place>,
    /// The function that it stands in; absent for the script itself.
    pub inside: Option<String>,
}

/// An error with its place, trace and cure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// What failed, with values.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
    /// The calls that led there, innermost first.
    pub trace: Vec<Call>,
    /// What to do; any number of lines.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error that has no place in a script.
    pub fn plain(error: &crate::error::Error) -> Self {
        Diagnostic { message: error.located(), help: error.help.iter().cloned().collect(), ..Diagnostic::default() }
    }

    /// The text of the report, in colour; where colour is not wanted it is stripped on the way out.
    pub fn render(&self) -> String {
        const RED: &str = "\x1b[1;31m";
        const BLUE: &str = "\x1b[1;34m";
        const BOLD: &str = "\x1b[1m";
        const OFF: &str = "\x1b[0m";
        let mut out = format!("{RED}error{OFF}{BOLD}: {}{OFF}\n", self.message);
        let mut margin = 2;
        let add = |out: &mut String, line: String| {
            out.push_str(&line);
            out.push('\n');
        };
        if let Some(place) = &self.place {
            let number = place.line.to_string();
            margin = number.len();
            add(&mut out, format!("{:margin$}{BLUE}-->{OFF} {place}", ""));
            if let Some(text) = &place.text {
                // Tabs would put the caret elsewhere than the word.
                add(&mut out, format!("{BLUE}{number} |{OFF} {}", text.replace('\t', " ").trim_end()));
                if place.column > 0 {
                    let (indent, length) = word_at(text, place.column);
                    let under = "^".repeat(length);
                    add(&mut out, format!("{:margin$} {BLUE}|{OFF} {:indent$}{RED}{under}{OFF}", "", ""));
                }
            }
        }
        let left_out = self.trace.len().saturating_sub(CALLS);
        for (i, call) in self.trace.iter().enumerate() {
            if left_out > 0 && (CALLS / 2..CALLS / 2 + left_out).contains(&i) {
                if i == CALLS / 2 {
                    add(&mut out, format!("{:margin$} {BLUE}={OFF} … {left_out} more calls", ""));
                }
                continue;
            }
            let from = call.from.as_ref().map_or_else(|| "native code".to_string(), Place::to_string);
            let inside = call.inside.as_ref().map_or(String::new(), |f| format!(" in {f}"));
            let how = if call.import { "imported" } else { "called" };
            add(&mut out, format!("{:margin$} {BLUE}={OFF} {how} from {from}{inside}", ""));
        }
        for help in &self.help {
            let mut lines = help.lines();
            let first = lines.next().unwrap_or_default();
            add(&mut out, format!("{:margin$} {BLUE}={OFF} {BOLD}help{OFF}: {first}", ""));
            for line in lines {
                add(&mut out, format!("{:margin$}         {line}", ""));
            }
        }
        out
    }

    /// The report without colour.
    pub fn plain_text(&self) -> String {
        strip_str(&self.render()).to_string()
    }

    /// The same as one line of JSON.
    pub fn json(&self, time: &str) -> String {
        let mut line = serde_json::json!({ "timestamp": time, "level": "ERROR" });
        if let (Some(all), Ok(serde_json::Value::Object(own))) = (line.as_object_mut(), serde_json::to_value(self)) {
            all.extend(own);
        }
        line.to_string()
    }
}

/// The column at which the word (or path) at a column begins.
pub fn word_start(text: &str, column: usize) -> usize {
    if column == 0 { 0 } else { word_at(text, column).0 + 1 }
}

/// Start (counted from 0) and length of the word at a column: a path such as `nn::gat`, a string, or one sign.
fn word_at(text: &str, column: usize) -> (usize, usize) {
    let chars: Vec<char> = text.chars().collect();
    let named = |c: char| c.is_alphanumeric() || c == '_';
    let in_path = |at: usize| {
        let colon = |i: Option<usize>| i.and_then(|i| chars.get(i)) == Some(&':');
        // A colon counts only as one of a pair: `#{ a: b }` is no path.
        named(chars[at]) || (chars[at] == ':' && (colon(at.checked_sub(1)) || colon(Some(at + 1))))
    };
    let at = column - 1;
    match chars.get(at) {
        Some('"') => {
            let close = chars.iter().skip(at + 1).position(|&c| c == '"');
            (at, close.map_or(1, |p| p + 2))
        }
        Some(&c) if named(c) => {
            let start = (0..at).rev().take_while(|&i| in_path(i)).last().unwrap_or(at);
            let end = (at..chars.len()).take_while(|&i| in_path(i)).last().unwrap_or(at);
            (start, end + 1 - start)
        }
        _ => (at, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_message_place_trace_and_help() {
        let place = |file: &str, line, column, text: Option<&str>| Place {
            file: file.into(),
            line,
            column,
            text: text.map(str::to_string),
        };
        let diagnostic = Diagnostic {
            message: "`heads` must divide `width` (width = 64, heads = 6)".into(),
            place: Some(place("stdlib:nms/recipes", 12, 13, Some("let model = nn::gat(#{heads: 6});"))),
            trace: vec![Call {
                import: false,
                from: Some(place("cells.rhai", 31, 13, None)),
                inside: Some("`fit`".into()),
            }],
            help: vec!["use 4 or 8 heads\nor a width of 60".into()],
        };
        insta::assert_snapshot!(diagnostic.plain_text(), @r"
        error: `heads` must divide `width` (width = 64, heads = 6)
          --> stdlib:nms/recipes:12:13
        12 | let model = nn::gat(#{heads: 6});
           |             ^^^^^^^
           = called from cells.rhai:31:13 in `fit`
           = help: use 4 or 8 heads
                   or a width of 60
        ");
    }

    #[test]
    fn the_word_at_a_point_is_underlined() {
        assert_eq!(word_at("x = nn::gat(3)", 5), (4, 7));
        assert_eq!(word_at("x = nn::gat(3)", 9), (4, 7));
        assert_eq!(word_at("#{ lr: rate }", 8), (7, 4));
        assert_eq!(word_at("#{ lr:rate }", 4), (3, 2));
        assert_eq!(word_at("import \"a/b\" as b", 8), (7, 5));
        assert_eq!(word_at("a + b", 3), (2, 1));
        assert_eq!(word_at("ab", 9), (8, 1));
    }
}
