//! The reference as Markdown and JSON.

use std::fmt::Write as _;

use super::{Entry, Kind};

/// All entries as one Markdown page, a section for each namespace and type.
pub fn markdown(entries: &[Entry]) -> String {
    let mut out = String::from("# Reference\n");
    let mut section = String::new();
    for entry in entries {
        let of = section_of(entry);
        if of != section {
            section = of;
            // Writing to a text cannot fail.
            let _ = write!(out, "\n## {section}\n");
        }
        let _ = write!(out, "\n### `{}`\n\n```text\n{}\n```\n", entry.name, entry.forms.join("\n"));
        for paragraph in entry.prose.lines() {
            let _ = write!(out, "\n{paragraph}\n");
        }
        if !entry.options.is_empty() {
            out.push_str("\n| option | default | what |\n| --- | --- | --- |\n");
            for row in &entry.options {
                let default = row.default.as_ref().filter(|d| *d != "()").map_or(String::new(), |d| format!("`{d}`"));
                let says = if row.help.is_empty() { row.kind.clone() } else { format!("{}; {}", row.kind, row.help) };
                let _ = writeln!(out, "| `{}` | {default} | {} |", row.name, says.replace('|', "\\|"));
            }
        }
        for example in &entry.examples {
            let _ = write!(out, "\n```rhai\n{example}\n```\n");
        }
        if !entry.see_also.is_empty() {
            let names: Vec<String> = entry.see_also.iter().map(|n| format!("`{n}`")).collect();
            let _ = write!(out, "\nSee also {}.\n", names.join(", "));
        }
    }
    out
}

/// All entries as a JSON array.
pub fn json(entries: &[Entry]) -> serde_json::Value {
    serde_json::json!(entries)
}

fn section_of(entry: &Entry) -> String {
    match entry.kind {
        Kind::Function => match entry.name.rsplit_once("::") {
            Some((namespace, _)) => format!("`{namespace}`"),
            None => "Functions of every script".into(),
        },
        Kind::Method | Kind::Property => format!("`{}`", entry.name.split('.').next().unwrap_or_default()),
    }
}
