//! What a check found, and how it reads.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::data::Table;
use crate::data::table::Column;
use crate::datasets::Dataset;
use crate::error::Result;
use crate::morph::counted;

/// What sort of thing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something that is declared is not there.
    Missing,
    /// Something is there that is not declared.
    Extra,
    /// Something is there, but not as it should be.
    Odd,
}

impl Kind {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Missing => "missing",
            Kind::Extra => "extra",
            Kind::Odd => "odd",
        }
    }
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What sort of thing.
    pub kind: Kind,
    /// What it is about: `cells`, `files`, `labels`, `unit`, `axes`, …
    pub about: String,
    /// What is the matter, with numbers and a name.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// What a check of a folder gave.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The data set's name.
    pub dataset: String,
    /// Its title.
    pub title: String,
    /// The folder.
    pub folder: PathBuf,
    /// Number of neurons that could be read.
    pub cells: usize,
    /// Number of rows of the label table; none where there is no table.
    pub rows: Option<usize>,
    /// What was found that is as it should be, or needs no action.
    pub notes: Vec<String>,
    /// What was found that is not, missing things first.
    pub findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(set: &Dataset, folder: &Path) -> Self {
        Report {
            dataset: set.name.clone(),
            title: set.title.clone(),
            folder: folder.to_path_buf(),
            cells: 0,
            rows: None,
            notes: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// The findings as a table: a row each with `kind`, `about`, `message` and `help`.
    ///
    /// # Errors
    /// None that can be caused from outside.
    pub fn table(&self) -> Result<Table> {
        let ids: Arc<[String]> = (1..=self.findings.len()).map(|n| n.to_string()).collect();
        let texts = |name: &str, of: &dyn Fn(&Finding) -> String| {
            Column::texts(name, self.findings.iter().map(|finding| Some(of(finding))))
        };
        Table::new(
            ids,
            vec![
                texts("kind", &|f| f.kind.name().to_string()),
                texts("about", &|f| f.about.clone()),
                texts("message", &|f| f.message.clone()),
                texts("help", &|f| f.help.clone()),
            ],
        )
    }

    pub(super) fn missing(&mut self, about: &str, message: impl Into<String>, help: &str) {
        self.add(Kind::Missing, about, message.into(), help);
    }

    pub(super) fn extra(&mut self, about: &str, message: impl Into<String>, help: &str) {
        self.add(Kind::Extra, about, message.into(), help);
    }

    pub(super) fn odd(&mut self, about: &str, message: impl Into<String>, help: &str) {
        self.add(Kind::Odd, about, message.into(), help);
    }

    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    fn add(&mut self, kind: Kind, about: &str, message: String, help: &str) {
        self.findings.push(Finding { kind, about: about.into(), message, help: help.into() });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}, in `{}`", self.dataset, self.title, self.folder.display())?;
        let rows = self.rows.map_or("no label table".into(), |n| format!("a label table of {}", counted(n, "row")));
        write!(f, "  {}, {rows}", counted(self.cells, "neuron"))?;
        for note in &self.notes {
            write!(f, "\n  {note}")?;
        }
        for Finding { kind, about, message, help } in &self.findings {
            write!(f, "\n{:<8} {about}: {message}\n         = help: {help}", kind.name())?;
        }
        match self.findings.len() {
            0 => f.write_str("\nall as declared"),
            n => write!(f, "\n{}", counted(n, "finding")),
        }
    }
}
