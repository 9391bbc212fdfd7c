//! Reading lines tolerantly: what can be understood becomes a row, and everything else is noted.
//!
//! The strict reader stops at the first bad line, as it must; a diagnosis wants all of them. So this is a second, slower
//! reader, and the only one that guesses: each guess is a finding whose cure is what was guessed.

use std::path::Path;

use super::code::Code;
use super::cure::Cure;
use super::finding::Ledger;

/// The largest coordinate or radius, as the strict reader has it.
const LIMIT: f64 = 1e15;

/// A sample's number as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// A whole number of 0 or more.
    Number(i64),
    /// Anything else that may still name a sample.
    Text(String),
}

impl Key {
    pub fn number(&self) -> Option<i64> {
        match self {
            Key::Number(number) => Some(*number),
            Key::Text(_) => None,
        }
    }
}

/// A line with seven columns; values that could not be understood are missing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub line: u32,
    pub key: Key,
    pub kind: Option<u16>,
    pub position: [Option<f64>; 3],
    pub radius: Option<f64>,
    /// The parent's number; none for a root.
    pub parent: Option<Key>,
}

/// What is in a file.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub rows: Vec<Row>,
    pub ledger: Ledger,
}

/// What makes a file no SWC at all.
pub(super) fn foreign(path: &Path, bytes: &[u8]) -> Option<String> {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let by_ending = ["dat", "xml", "hoc", "mtr", "traces", "json", "gz", "tgz", "zip", "tar"];
    if by_ending.contains(&ending.as_str()) {
        return Some(format!("a file of format `{ending}`, expected SWC"));
    }
    let starts: [(&[u8], &str); 6] = [
        (b"\x89HDF", "HDF5"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\xff\xfe", "UTF-16 text"),
        (b"\xfe\xff", "UTF-16 text"),
        (b"version https://git-lfs", "a Git LFS pointer, not the neuron itself"),
    ];
    let text = bytes.trim_ascii_start();
    let start = starts.iter().find(|(start, _)| text.starts_with(start)).map(|(_, what)| *what);
    let other = match text.first() {
        Some(b'<') => Some("XML or HTML"),
        Some(b'{' | b'[') => Some("JSON"),
        _ => None,
    };
    start.or(other).map(|what| format!("{what}, expected SWC"))
}

/// Reads all lines.
pub(super) fn scan(bytes: &[u8]) -> Scan {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut scan = Scan::default();
    let mut rest = text;
    let mut line = 0u32;
    while !rest.is_empty() {
        let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let (this, behind) = rest.split_at(length);
        rest = match behind {
            [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
            [] => &[],
        };
        line = line.saturating_add(1);
        scan.read_line(this, line);
    }
    if scan.rows.is_empty() {
        let what = if text.is_empty() { "the file is empty" } else { "no line can be read as a sample" };
        scan.ledger.note(Code::NoSamples, None, None, || what.to_string());
    }
    scan
}

impl Scan {
    fn read_line(&mut self, bytes: &[u8], line: u32) {
        let text = String::from_utf8_lossy(bytes);
        let (data, comment) = text.split_once('#').map_or((&*text, None), |(data, comment)| (data, Some(comment)));
        if let Some(comment) = comment {
            self.read_comment(comment.trim(), line);
        }
        let at = Some(line);
        let has_nul = data.contains('\0');
        let data = data.replace('\0', " ");
        if data.trim().is_empty() {
            return;
        }
        let (tokens, separated) = columns(&data);
        if !tokens.iter().any(|token| decimal(token).is_some()) {
            self.ledger
                .note(Code::TextLine, at, None, || format!("{} is no sample and no comment", quoted(data.trim())));
            return;
        }
        if has_nul {
            self.ledger.note(Code::NulBytes, at, None, || "the line holds NUL bytes: the file may be damaged".into());
        }
        if separated {
            self.ledger.note(Code::Separators, at, None, || "columns are separated by commas or semicolons".into());
        }
        if tokens.len() < 7 {
            let found = tokens.len();
            self.ledger.note(Code::MissingColumns, at, None, || format!("found {found} of 7 columns"));
            return;
        }
        self.read_row(&tokens, line);
    }

    fn read_row(&mut self, tokens: &[&str], line: u32) {
        let at = Some(line);
        let key = self.key(tokens[0], line, Code::BadId, None);
        let sample = key.number();
        let ledger = &mut self.ledger;
        if tokens.len() > 7 {
            let what = || format!("{} columns: those behind the seventh are not kept", tokens.len());
            ledger.note(Code::ExtraColumns, at, sample, what);
        }
        if let Some(token) = tokens[2..6].iter().find(|t| t.contains(',') && decimal(t).is_some()) {
            ledger.note(Code::DecimalComma, at, sample, || format!("{} has a decimal comma", quoted(token)));
        }
        let kind = whole(tokens[1]).and_then(|n| u16::try_from(n).ok());
        if kind.is_none() {
            ledger.note(Code::BadType, at, sample, || format!("type {} is not one of 0 to 65535", quoted(tokens[1])));
        }
        let number = |token: &str| decimal(token).filter(|v| v.abs() <= LIMIT);
        let position = [2, 3, 4].map(|column| number(tokens[column]));
        if let Some(axis) = position.iter().position(Option::is_none) {
            let what = || format!("column `{}`: {} is not a number", ["x", "y", "z"][axis], quoted(tokens[2 + axis]));
            ledger.note(Code::BadCoordinate, at, sample, what);
        }
        let radius = number(tokens[5]);
        if radius.is_none() {
            ledger.note(Code::MissingRadius, at, sample, || format!("radius {} is not a number", quoted(tokens[5])));
        }
        let parent = match whole(tokens[6]) {
            Some(-1) => None,
            Some(n) if n < -1 => {
                ledger.note(Code::BadParent, at, sample, || format!("parent {n}, expected -1 or a sample"));
                None
            }
            _ => Some(self.key(tokens[6], line, Code::BadParent, sample)),
        };
        self.rows.push(Row { line, key, kind, position, radius, parent });
    }

    /// A sample's number. A parent that is no number may still be the name of a sample, so linking decides on it.
    fn key(&mut self, token: &str, line: u32, bad: Code, sample: Option<i64>) -> Key {
        match whole(token).filter(|n| *n >= 0) {
            Some(number) => {
                if token.contains(['.', 'e', 'E', ',']) {
                    let what = || format!("{} is written with a point", quoted(token));
                    self.ledger.note(Code::FloatNumbers, Some(line), Some(number), what);
                }
                Key::Number(number)
            }
            None => {
                if bad == Code::BadId {
                    let what = || format!("number {} is no whole number from 0 to 2^63", quoted(token));
                    self.ledger.note(bad, Some(line), sample, what);
                }
                Key::Text(token.to_string())
            }
        }
    }

    fn read_comment(&mut self, comment: &str, line: u32) {
        let lower = comment.to_ascii_lowercase();
        if let Some(numbers) = lower.strip_prefix("offset") {
            let by: Vec<f64> = numbers.split_whitespace().filter_map(decimal).collect();
            let what = || format!("the comment `{comment}` is not applied");
            self.ledger.note(Code::OffsetHeader, Some(line), None, what);
            if let Ok(by) = <[f64; 3]>::try_from(by.as_slice()) {
                self.ledger.propose(Code::OffsetHeader, Cure::Translate { by });
            }
        }
        // Standardised files of NeuroMorpho.Org all say `SCALE 1.0 1.0 1.0`, which changes nothing.
        if let Some(numbers) = lower.strip_prefix("scale") {
            let by: Vec<f64> = numbers.split_whitespace().filter_map(decimal).collect();
            if !by.is_empty() && by.iter().any(|&factor| factor != 1.0) {
                let what = || format!("the comment `{comment}` is not applied");
                self.ledger.note(Code::ScaleHeader, Some(line), None, what);
                let same = by.iter().all(|&factor| factor == by[0] && factor > 0.0);
                self.ledger.propose(Code::ScaleHeader, Cure::Scale { factor: same.then_some(by[0]) });
            }
        }
        let unit = lower.find("unit").and_then(|at| {
            let words = lower[at + "unit".len()..].split(|c: char| !c.is_ascii_alphabetic());
            words.flat_map(|word| UNITS.iter().find(|(names, _)| names.contains(&word)).map(|u| (word, u.1))).next()
        });
        if let Some((name, factor)) = unit {
            self.ledger.note(Code::UnitHeader, Some(line), None, || format!("a comment names the unit `{name}`"));
            self.ledger.propose(Code::UnitHeader, Cure::Scale { factor });
        }
    }
}

/// Units that comments name, and the micrometres in one.
const UNITS: [(&[&str], Option<f64>); 6] = [
    (&["nm", "nanometer", "nanometers", "nanometre", "nanometres"], Some(1e-3)),
    (&["mm", "millimeter", "millimeters", "millimetre", "millimetres"], Some(1e3)),
    (&["cm"], Some(1e4)),
    (&["inch", "inches"], Some(25_400.0)),
    (&["angstrom"], Some(1e-4)),
    (&["px", "pixel", "pixels", "voxel", "voxels", "vx"], None),
];

/// The columns of a line, and whether something else than blanks separates them.
fn columns(data: &str) -> (Vec<&str>, bool) {
    let blanks: Vec<&str> = data.split_whitespace().collect();
    if blanks.len() >= 7 {
        // `1, 3, 0, …` has blanks as well.
        let separated = blanks.iter().any(|t| t.ends_with([',', ';']));
        let bare = blanks.into_iter().map(|t| t.trim_end_matches([',', ';'])).filter(|t| !t.is_empty());
        return (bare.collect(), separated);
    }
    for separator in [';', ','] {
        if data.matches(separator).count() >= 4 {
            return (data.split(separator).map(str::trim).filter(|t| !t.is_empty()).collect(), true);
        }
    }
    (blanks, false)
}

/// A number, with a decimal comma too.
fn decimal(token: &str) -> Option<f64> {
    let parse = |text: &str| fast_float2::parse::<f64, _>(text).ok().filter(|v| v.is_finite());
    parse(token).or_else(|| parse(&token.replacen(',', ".", 1)))
}

/// A whole number; `1.0` counts.
fn whole(token: &str) -> Option<i64> {
    token.parse().ok().or_else(|| {
        let value = decimal(token).filter(|v| v.fract() == 0.0 && v.abs() <= 9_007_199_254_740_992.0)?;
        // More than 2^53 would not be the number that was written.
        Some(value as i64)
    })
}

/// A token in backticks, cut short.
fn quoted(token: &str) -> String {
    let shown: String = token.chars().take(40).flat_map(char::escape_debug).collect();
    if token.chars().count() > 40 { format!("`{shown}…`") } else { format!("`{shown}`") }
}
