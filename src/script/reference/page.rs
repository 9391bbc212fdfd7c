//! Pages of the reference for a terminal.

use super::prose::first_sentence;
use super::{Entry, Kind, OptionRow, entries, meant};
use crate::script::catalog::Catalog;

/// Names that share a word are listed instead of shown in full when there are more than these.
const IN_FULL: usize = 2;

/// The narrowest and widest text.
const WIDTHS: (usize, usize) = (40, 100);

/// What a name is: a namespace or type with its members, or a function, method or property with all there is to say.
/// `Err` holds the line to show where nothing is called so.
///
/// # Errors
/// When nothing is called so.
pub fn about(catalog: &Catalog, name: &str, width: usize) -> Result<String, String> {
    let name = name.trim().trim_end_matches("()").trim_end_matches(';');
    let width = width.clamp(WIDTHS.0, WIDTHS.1);
    if let Some(why) = catalog.why_empty(name.split("::").next().unwrap_or(name)) {
        return Ok(why.to_string());
    }
    let all = entries(catalog, true);
    if catalog.namespaces().any(|n| n == name) {
        let of_it = format!("{name}::");
        return Ok(list(all.iter().filter(|e| e.name.starts_with(&of_it)), width));
    }
    if catalog.types().contains(&name) {
        let of_it = format!("{name}.");
        let makers = all.iter().filter(|e| e.returns == name && e.kind == Kind::Function);
        let makers: Vec<&str> = makers.map(|e| e.name.as_str()).collect();
        let from = if makers.is_empty() { String::new() } else { format!("{name} comes from {}\n", makers.join(", ")) };
        let members = all.iter().filter(|e| e.name.starts_with(&of_it) || on_too(e, name));
        return Ok(format!("{from}{}", list(members, width)));
    }
    let word = name.trim_start_matches('.');
    let is_it = |e: &&Entry| {
        e.name == name
            || e.name.rsplit("::").next() == Some(name)
            || e.name.split_once('.').is_some_and(|(_, n)| n == word)
    };
    let mut found: Vec<&Entry> = all.iter().filter(is_it).collect();
    if found.iter().any(|e| !e.is_standard) {
        found.retain(|e| !e.is_standard);
    }
    match found[..] {
        [] => Err(match meant(catalog, name) {
            Some(meant) => format!("nothing is called `{name}`; did you mean `{meant}`?"),
            None => format!("nothing is called `{name}`"),
        }),
        ref few if few.len() <= IN_FULL => {
            Ok(few.iter().map(|e| entry_page(e, width)).collect::<Vec<_>>().join("\n\n"))
        }
        ref many => {
            let first = format!("{} have `{word}`; for one of them: `?{}`\n", many.len(), many[0].name);
            Ok(format!("{first}{}", list(many.iter().copied(), width)))
        }
    }
}

fn on_too(entry: &Entry, kind: &str) -> bool {
    entry.also_on.iter().any(|on| on == kind)
}

/// Names with their first sentences.
fn list<'a>(entries: impl Iterator<Item = &'a Entry>, width: usize) -> String {
    let mut rows: Vec<(String, String)> = Vec::new();
    for entry in entries.filter(|e| !e.name.ends_with(".to_string") && !e.name.ends_with(".to_debug")) {
        let form = entry.forms.last().map_or(entry.name.as_str(), String::as_str);
        rows.push((form.to_string(), first_sentence(&entry.prose)));
    }
    let longest = rows.iter().map(|(form, _)| form.chars().count()).max().unwrap_or(0).min(width / 2);
    let line = |(form, says): &(String, String)| {
        let room = width.saturating_sub(longest + 2);
        match form.chars().count() <= longest {
            true => format!("{form:longest$}  {}", shortened(says, room)),
            false => format!("{form}\n{:longest$}  {}", "", shortened(says, room)),
        }
    };
    rows.iter().map(line).map(|l| l.trim_end().to_string()).collect::<Vec<_>>().join("\n")
}

/// Everything about one name.
pub fn entry_page(entry: &Entry, width: usize) -> String {
    let mut parts = vec![entry.forms.join("\n")];
    if !entry.also_on.is_empty() {
        parts.push(format!("  (also on {})", entry.also_on.join(", ")));
    }
    for paragraph in entry.prose.lines() {
        parts.push(wrapped(paragraph, width, "  "));
    }
    if !entry.options.is_empty() {
        parts.push(format!("options\n{}", options(&entry.options, width)));
    }
    for example in &entry.examples {
        let lines: Vec<String> = example.lines().map(|l| format!("  {l}").trim_end().to_string()).collect();
        parts.push(format!("example\n{}", lines.join("\n")));
    }
    if !entry.see_also.is_empty() {
        parts.push(wrapped(&format!("see also {}", entry.see_also.join(", ")), width, ""));
    }
    parts.join("\n\n")
}

/// Name, default, what it holds and what is said of it.
fn options(rows: &[OptionRow], width: usize) -> String {
    let default = |row: &OptionRow| match row.default.as_deref() {
        None => String::new(),
        Some("()") => "-".into(),
        Some(written) => shortened(written, width / 4),
    };
    let name_width = rows.iter().map(|r| r.name.chars().count()).max().unwrap_or(0);
    let default_width = rows.iter().map(|r| default(r).chars().count()).max().unwrap_or(0);
    let line = |row: &OptionRow| {
        let says = [row.kind.as_str(), row.help.as_str()].iter().filter(|s| !s.is_empty()).copied().collect::<Vec<_>>();
        let head = format!("  {:name_width$}  {:default_width$}  ", row.name, default(row));
        let indent = " ".repeat(head.chars().count().min(width / 2));
        let said = wrapped(&says.join("; "), width, &indent);
        format!("{head}{}", said.trim_start()).trim_end().to_string()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A paragraph in lines of a width, each behind an indent.
fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let mut lines = vec![String::from(indent)];
    let mut used = indent.chars().count();
    let start = used;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used > start && used + 1 + length > width {
            lines.push(String::from(indent));
            used = start;
        }
        if let Some(line) = lines.last_mut() {
            if used > start {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += length;
        }
    }
    lines.join("\n")
}

fn shortened(text: &str, room: usize) -> String {
    match text.char_indices().nth(room) {
        None => text.to_string(),
        Some(_) => text.chars().take(room.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_wrapped_behind_their_indent() {
        assert_eq!(wrapped("one two three", 9, "  "), "  one two\n  three");
        assert_eq!(wrapped("averylongwordindeed b", 6, ""), "averylongwordindeed\nb");
        assert_eq!(shortened("abcdef", 4), "abc…");
    }

    #[test]
    fn a_page_has_forms_prose_options_example_and_more() {
        let row = |name: &str, kind: &str, default: Option<&str>, help: &str| OptionRow {
            name: name.into(),
            kind: kind.into(),
            default: default.map(str::to_string),
            help: help.into(),
        };
        let entry = Entry {
            name: "toy::fit".into(),
            kind: Kind::Function,
            also_on: Vec::new(),
            forms: vec!["toy::fit(x)".into(), "toy::fit(x, options: map) -> Fit".into()],
            returns: "Fit".into(),
            prose: "Fits.".into(),
            options: vec![
                row("lr", "number", Some("0.1"), ""),
                row("steps", "whole number", Some("()"), "as many as it takes"),
            ],
            examples: vec!["toy::fit(z)".into()],
            see_also: vec!["toy::apply".into()],
            is_standard: false,
        };
        let expected = "toy::fit(x)\ntoy::fit(x, options: map) -> Fit\n\n  Fits.\n\noptions\n  lr     0.1  number\n  \
                        steps  -    whole number; as many as it takes\n\nexample\n  toy::fit(z)\n\nsee also toy::apply";
        assert_eq!(entry_page(&entry, 80), expected);
    }
}
