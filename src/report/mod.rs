//! What a run found, as one page to read, print and pass on: texts, tables, figures, results with their origin, and the
//! parameters behind them.
//!
//! A [`Report`] is a list of elements, written when it is saved: as an HTML file that holds everything and loads nothing,
//! or as Markdown with its figures and tables in a folder beside it. It is not a notebook: it holds no code, and what it
//! shows was computed before.
//!
//! Whatever comes from data (ids, labels, captions, file names) is text, never markup: it is escaped on its way out.

mod facts;
mod html;
mod markdown;
mod markup;
mod svg;

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::data::{Outcome, Table};
use crate::error::{Error, Result};
use crate::plot::{Figure, page};
use crate::run::Run;

/// How a report begins.
#[derive(Clone, Debug, Default, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportOptions {
    /// Its title.
    pub title: String,
    /// Who wrote it.
    pub author: String,
}

/// How an element is shown.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ElementOptions {
    /// What stands with it, behind its number.
    pub caption: String,
    /// Rows of a table that are shown at most; the file beside or inside has all.
    pub rows: usize,
}

impl Default for ElementOptions {
    fn default() -> Self {
        ElementOptions { caption: String::new(), rows: 200 }
    }
}

/// A page in the making.
#[derive(Clone, Debug, Default)]
pub struct Report {
    title: String,
    author: String,
    elements: Vec<Element>,
}

#[derive(Clone, Debug)]
enum Element {
    /// Markdown.
    Text(String),
    /// A heading below the title, level 1 or more.
    Heading(u8, String),
    Figure(Figure, String),
    Table(Shown),
    /// A result: its numbers, what it was computed from, and its table.
    Outcome {
        numbers: Vec<(&'static str, f64)>,
        origin: Value,
        table: Shown,
    },
    /// What a value prints.
    Printed(String, String),
    /// What the run was, at the time of writing.
    Parameters,
}

/// A table with its caption and the number of its rows that are shown.
#[derive(Clone, Debug)]
struct Shown {
    table: Table,
    /// What the rows' names are.
    ids: &'static str,
    caption: String,
    rows: usize,
}

impl Report {
    /// A report without elements.
    pub fn new(options: ReportOptions) -> Self {
        let title = if options.title.is_empty() { "Report".to_string() } else { options.title };
        Report { title, author: options.author, elements: Vec::new() }
    }

    /// Adds text in Markdown (CommonMark, with tables). HTML in it is shown as it is written; images are links.
    pub fn text(&mut self, markdown: &str) {
        self.elements.push(Element::Text(markdown.to_string()));
    }

    /// Adds a heading; level 1 is that of chapters, 2 that of sections in them.
    ///
    /// # Errors
    /// When the level is not 1 to 3.
    pub fn heading(&mut self, text: &str, level: u8) -> Result<()> {
        if !(1..=3).contains(&level) {
            return Err(Error::value(format!("`level` is {level}, expected 1 to 3")));
        }
        self.elements.push(Element::Heading(level, text.to_string()));
        Ok(())
    }

    /// Adds a figure.
    pub fn figure(&mut self, figure: &Figure, options: ElementOptions) {
        self.elements.push(Element::Figure(figure.clone(), options.caption));
    }

    /// Adds a table.
    pub fn table(&mut self, table: &Table, options: ElementOptions) {
        let ElementOptions { caption, rows } = options;
        self.elements.push(Element::Table(Shown { table: table.clone(), ids: "id", caption, rows }));
    }

    /// Adds a result of an analysis: its numbers, its table, and what it was computed from.
    ///
    /// # Errors
    /// As [`Outcome::table`].
    pub fn outcome(&mut self, outcome: &dyn Outcome, options: ElementOptions) -> Result<()> {
        let origin = serde_json::to_value(outcome.origin()).map_err(|e| Error::internal(e.to_string()))?;
        let ElementOptions { caption, rows } = options;
        let caption = if caption.is_empty() { outcome.origin().function.to_string() } else { caption };
        let table = Shown { table: outcome.table()?, ids: "id", caption, rows };
        self.elements.push(Element::Outcome { numbers: outcome.numbers(), origin, table });
        Ok(())
    }

    /// Adds what a value prints, letter by letter.
    pub fn printed(&mut self, text: &str, options: ElementOptions) {
        self.elements.push(Element::Printed(text.to_string(), options.caption));
    }

    /// Adds a chapter on the run itself, as it stands when the report is written: script and its hash, parameters, seed,
    /// device, version, times, and the files read with their digests.
    pub fn parameters(&mut self) {
        self.elements.push(Element::Parameters);
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// Writes the report: `.html` as one file, `.md` with figures and tables in the folder `NAME_files` beside it. Files
    /// appear complete or not at all, the text last.
    ///
    /// # Errors
    /// When the ending is another, or a file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>, run: &Run) -> Result<()> {
        let path = path.as_ref();
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("md")) {
            return markdown::save(self, path, run);
        }
        page::save(&html::page(self, run)?, path, "a report", "or end the name with `.md` for Markdown")
    }

    /// The report as an HTML page.
    ///
    /// # Errors
    /// When a table cannot be laid out.
    pub fn html(&self, run: &Run) -> Result<String> {
        html::page(self, run)
    }
}

/// A number of a result as it is shown: whole ones as such, others with four digits.
fn shown(number: f64) -> String {
    match number {
        v if v.is_nan() => "–".to_string(),
        v if v.fract() == 0.0 && v.abs() < 1e15 => format!("{v:.0}"),
        v if (1e-3..1e6).contains(&v.abs()) => {
            let digits = v.abs().log10().floor() as i32;
            format!("{v:.*}", (3 - digits).clamp(0, 6) as usize)
        }
        v => format!("{v:.3e}"),
    }
}

/// What a result was computed from, in one line.
fn told(origin: &Value) -> String {
    let text = |name: &str| match &origin[name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let seed = if origin["seed"].is_null() { String::new() } else { format!(", seed {}", text("seed")) };
    format!("{}, {} rows × {} columns, data {}{seed}", text("function"), text("rows"), text("columns"), text("data"))
}

impl fmt::Display for Report {
    /// `Report(Cell types, 7 elements)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Report({}, {})", self.title, crate::morph::counted(self.len(), "element"))
    }
}

#[cfg(test)]
mod tests;
