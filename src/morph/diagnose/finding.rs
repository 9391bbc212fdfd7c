//! Findings, gathered by what they are about.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::code::{Code, Severity};
use super::cure::Cure;
use crate::morph::counted;

/// One thing that was found in a file, and all its places.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What it is about.
    pub code: Code,
    /// What was found at the first place, with values.
    pub what: String,
    /// Lines of all places, counted from 1; empty where it is about the whole file.
    pub lines: Vec<u32>,
    /// Sample number at the first place.
    pub sample: Option<i64>,
    /// The proposed cure; none where a person must look.
    pub cure: Option<Cure>,
    /// Whether applying the plan does it.
    pub accepted: bool,
}

impl Finding {
    fn new(code: Code, sample: Option<i64>, what: String) -> Self {
        let cure = code.cure();
        let accepted = code.severity() == Severity::Error && cure.is_some();
        Finding { code, what, lines: Vec::new(), sample, cure, accepted }
    }

    /// The line of the first place.
    pub fn line(&self) -> Option<usize> {
        self.lines.first().map(|&line| line as usize)
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// Leaves out lines, which would be those of a text that the user never saw, and keeps how many there were.
    pub(super) fn forget_lines(&mut self) {
        if self.lines.len() > 1 {
            self.what += &format!(" ({})", counted(self.lines.len(), "place"));
        }
        self.lines.clear();
    }

    /// The cure, where it is accepted.
    pub(super) fn decided(&self) -> Option<&Cure> {
        self.cure.as_ref().filter(|_| self.accepted)
    }
}

impl fmt::Display for Finding {
    /// `[x] error   missing_parent  line 27, sample 8: parent 7 is not defined (2 places) -> make it a root`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match (&self.cure, self.accepted) {
            (None, _) => "   ",
            (Some(_), true) => "[x]",
            (Some(_), false) => "[ ]",
        };
        write!(f, "{mark} {:<7} {:<19} ", self.severity().name(), self.code.name())?;
        match (self.line(), self.sample) {
            (Some(line), Some(sample)) => write!(f, "line {line}, sample {sample}: ")?,
            (Some(line), None) => write!(f, "line {line}: ")?,
            (None, Some(sample)) => write!(f, "sample {sample}: ")?,
            (None, None) => {}
        }
        f.write_str(&self.what)?;
        if self.lines.len() > 1 {
            write!(f, " ({})", counted(self.lines.len(), "place"))?;
        }
        match &self.cure {
            Some(cure) => write!(f, " -> {cure}"),
            None => Ok(()),
        }
    }
}

/// Findings in the making: places of one code become one finding.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    by_code: BTreeMap<Code, Finding>,
    /// Rings, each of which is opened somewhere else.
    apart: Vec<Finding>,
}

impl Ledger {
    /// Notes a place; the first one's words are kept.
    pub fn note(&mut self, code: Code, line: Option<u32>, sample: Option<i64>, what: impl FnOnce() -> String) {
        let finding = self.by_code.entry(code).or_insert_with(|| Finding::new(code, sample, what()));
        finding.lines.extend(line);
    }

    /// Notes something as a finding of its own.
    pub fn note_apart(&mut self, code: Code, line: u32, sample: Option<i64>, what: String) {
        self.apart.push(Finding { lines: vec![line], ..Finding::new(code, sample, what) });
    }

    /// Sets the cure of a finding that was noted.
    pub fn propose(&mut self, code: Code, cure: Cure) {
        if let Some(finding) = self.by_code.get_mut(&code) {
            finding.cure = Some(cure);
        }
    }

    /// All findings in the order of their codes.
    pub fn findings(self) -> Vec<Finding> {
        let mut all: Vec<Finding> = self.by_code.into_values().chain(self.apart).collect();
        all.sort_by_key(|finding| finding.code);
        all
    }
}
