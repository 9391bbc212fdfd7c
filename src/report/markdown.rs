//! The report as Markdown, with its figures and tables in a folder beside it.

use std::path::{Path, PathBuf};

use super::{Element, Report, Shown, facts, markup, shown, told};
use crate::data::Table;
use crate::error::{Error, Result};
use crate::run::manifest::now;
use crate::run::{Run, atomic};

/// Writes the files of the folder, then the text.
pub(super) fn save(report: &Report, path: &Path, run: &Run) -> Result<()> {
    let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or("report");
    let name = format!("{stem}_files");
    let mut writer = Writer { folder: path.with_file_name(&name), name, text: String::new(), figures: 0, tables: 0 };
    writer.put(&format!("# {}", plain(&report.title)));
    let by = if report.author.is_empty() { String::new() } else { format!("{}, ", plain(&report.author)) };
    writer.put(&format!("{by}{}", now()));
    for element in &report.elements {
        writer.element(element, run)?;
    }
    atomic::write(path, (writer.text.trim_end().to_string() + "\n").as_bytes())
}

struct Writer {
    folder: PathBuf,
    name: String,
    text: String,
    figures: usize,
    tables: usize,
}

impl Writer {
    fn put(&mut self, paragraph: &str) {
        self.text.push_str(paragraph);
        self.text.push_str("\n\n");
    }

    fn element(&mut self, element: &Element, run: &Run) -> Result<()> {
        match element {
            // Chapters of a text begin with one `#`, below the title they have two.
            Element::Text(markdown) => self.put(markup::without_html(&lowered(markdown)).trim_end()),
            Element::Heading(level, text) => {
                self.put(&format!("{} {}", "#".repeat(usize::from(*level) + 1), plain(text)));
            }
            Element::Figure(figure, caption) => {
                self.figures += 1;
                let file = format!("figure-{}.svg", self.figures);
                figure.save(self.folder.join(&file))?;
                let caption = numbered("Figure", self.figures, caption);
                self.put(&format!("![{caption}](<{}/{file}>)\n\n{caption}", self.name));
            }
            Element::Table(table) => self.table(table, None)?,
            Element::Outcome { numbers, origin, table } => {
                let number = |(name, value): &(&str, f64)| format!("{} {}", name.replace('_', " "), shown(*value));
                let numbers: Vec<String> = numbers.iter().map(number).collect();
                let options = origin["options"].to_string().replace('`', "'");
                let origin = format!("From {}; options `{options}`", plain(&told(origin)));
                self.table(table, Some(format!("{}\n\n{origin}", plain(&numbers.join(", ")))))?;
            }
            Element::Printed(text, caption) => {
                if !caption.is_empty() {
                    self.put(&plain(caption));
                }
                // Four blanks make code of whatever stands there.
                let lines: Vec<String> = text.lines().map(|line| format!("    {line}")).collect();
                self.put(&lines.join("\n"));
            }
            Element::Parameters => {
                self.put("## Parameters of the run");
                for (caption, ids, table) in facts::tables(run)? {
                    let rows = table.len();
                    self.table(&Shown { table, ids, caption: caption.to_string(), rows }, None)?;
                }
            }
        }
        Ok(())
    }

    fn table(&mut self, shown: &Shown, more: Option<String>) -> Result<()> {
        self.tables += 1;
        let file = format!("table-{}.csv", self.tables);
        let Shown { table, ids, caption, rows } = shown;
        std::fs::create_dir_all(&self.folder).map_err(|e| Error::io("cannot make the folder", &self.folder, &e))?;
        table.save(self.folder.join(&file), true)?;
        let caption = numbered("Table", self.tables, caption);
        self.put(&format!("{caption} ([CSV](<{}/{file}>))", self.name));
        if let Some(more) = more {
            self.put(&more);
        }
        self.put(&rows_of(&table.head(*rows), ids));
        if table.len() > *rows {
            self.put(&format!("{} more rows are in the CSV file.", table.len() - rows));
        }
        Ok(())
    }
}

fn numbered(kind: &str, n: usize, caption: &str) -> String {
    let caption = if caption.is_empty() { String::new() } else { format!(". {}", plain(caption)) };
    format!("**{kind} {n}**{caption}")
}

fn rows_of(table: &Table, ids: &str) -> String {
    let frame = table.frame(table.len());
    let line = |cells: &mut dyn Iterator<Item = String>| format!("| {} |", cells.collect::<Vec<_>>().join(" | "));
    let heading = |(at, (name, _)): (usize, &(String, bool))| {
        let unit = at.checked_sub(1).and_then(|at| table.columns()[at].unit.as_deref());
        let unit = unit.map_or(String::new(), |unit| format!(" [{}]", plain(unit)));
        plain(if at == 0 { ids } else { name }) + unit.as_str()
    };
    let rule = |(_, numeric): &(String, bool)| if *numeric { "---:" } else { "---" }.to_string();
    let mut lines =
        vec![line(&mut frame.columns.iter().enumerate().map(heading)), line(&mut frame.columns.iter().map(rule))];
    lines.extend(frame.rows.iter().map(|row| line(&mut row.iter().map(|text| plain(text)))));
    lines.join("\n")
}

/// A text of one line that means nothing but itself.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => plain.push_str("&lt;"),
            '&' => plain.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '!' => plain.extend(['\\', c]),
            c if c.is_control() => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

/// The text with each heading one level lower; what stands in fences is left alone.
fn lowered(markdown: &str) -> String {
    let mut fenced = false;
    let line = |line: &str| {
        fenced ^= line.trim_start().starts_with("```");
        let heading = !fenced && line.starts_with('#') && line.trim_start_matches('#').starts_with(' ');
        if heading { format!("#{line}") } else { line.to_string() }
    };
    markdown.lines().map(line).collect::<Vec<_>>().join("\n")
}
