//! The one error type of the domain: what failed, where, and what to do about it.
//!
//! Messages are lower case without a full stop, name the value in backticks and say what was expected. [`Error::help`]
//! adds the cure. The script host turns an `Error` into a script error with a position; scripts that catch one read
//! the fields `kind`, `message`, `path`, `line` and `help`.

use std::fmt;
use std::path::{Path, PathBuf};

/// A result whose error names place and cure.
pub type Result<T> = std::result::Result<T, Error>;

/// What sort of thing went wrong; scripts read it as `e.kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file or folder is missing or cannot be read or written.
    File,
    /// A file was read, but its text is not what its format asks for.
    Format,
    /// A value or option that the called function does not take.
    Value,
    /// Something this build or this machine lacks, such as libtorch or a GPU.
    Missing,
    /// What the run was begun with from outside is not what it needs; no script should paper over it.
    Refused,
    /// Ctrl-C or a request to end.
    Interrupted,
    /// A fault of nms itself.
    Internal,
}

impl Kind {
    /// The word that scripts compare with.
    pub fn name(self) -> &'static str {
        match self {
            Kind::File => "file",
            Kind::Format => "format",
            Kind::Value => "value",
            Kind::Missing => "missing",
            Kind::Refused => "refused",
            Kind::Interrupted => "interrupted",
            Kind::Internal => "internal",
        }
    }

    /// The kind with this [`name`](Self::name).
    pub fn named(name: &str) -> Option<Kind> {
        [Kind::File, Kind::Format, Kind::Value, Kind::Missing, Kind::Refused, Kind::Interrupted, Kind::Internal]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// A failure with its place and, where there is one, its cure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What sort of failure it is.
    pub kind: Kind,
    /// What failed, with values.
    pub message: String,
    /// The file at fault.
    pub path: Option<PathBuf>,
    /// The line of that file, counted from 1.
    pub line: Option<usize>,
    /// What to do.
    pub help: Option<String>,
}

impl Error {
    /// An error of a kind, without a place.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), path: None, line: None, help: None }
    }

    /// A value that the caller cannot use.
    pub fn value(message: impl Into<String>) -> Self {
        Error::new(Kind::Value, message)
    }

    /// Text in a file that is not what its format asks for.
    pub fn format(message: impl Into<String>) -> Self {
        Error::new(Kind::Format, message)
    }

    /// Something this build or machine lacks.
    pub fn missing(message: impl Into<String>) -> Self {
        Error::new(Kind::Missing, message)
    }

    /// A run that must not go on as it was begun.
    pub fn refused(message: impl Into<String>) -> Self {
        Error::new(Kind::Refused, message)
    }

    /// A fault of nms itself.
    pub fn internal(message: impl Into<String>) -> Self {
        Error::new(Kind::Internal, message)
    }

    /// The stop that Ctrl-C or SIGTERM asked for.
    pub fn interrupted() -> Self {
        Error::new(Kind::Interrupted, "stopped on request")
    }

    /// An operation on a file that the system refused; `doing` reads like "cannot open".
    pub fn io(doing: &str, path: &Path, cause: &std::io::Error) -> Self {
        let reason = match cause.kind() {
            std::io::ErrorKind::NotFound => "no such file or folder".to_string(),
            std::io::ErrorKind::PermissionDenied => "permission denied".to_string(),
            std::io::ErrorKind::IsADirectory => "it is a folder".to_string(),
            _ => cause.to_string(),
        };
        let mut error = Error::new(Kind::File, format!("{doing} `{}`: {reason}", path.display()));
        error.path = Some(path.to_path_buf());
        if cause.kind() == std::io::ErrorKind::NotFound {
            error.help = cure_of_missing(path);
        }
        error
    }

    /// Adds the file at fault.
    #[must_use]
    pub fn in_file(mut self, path: &Path) -> Self {
        self.path = Some(path.to_path_buf());
        self
    }

    /// Adds the line at fault, counted from 1.
    #[must_use]
    pub fn at_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether this is a requested stop rather than a failure.
    pub fn is_interrupt(&self) -> bool {
        self.kind == Kind::Interrupted
    }

    /// Message with its place in front (`cell.swc:3: …`), without the help.
    pub fn located(&self) -> String {
        match (&self.path, self.line) {
            (Some(path), Some(line)) => format!("{}:{line}: {}", path.display(), self.message),
            // A file error already names its path in the message.
            (Some(path), None) if self.kind != Kind::File => format!("{}: {}", path.display(), self.message),
            _ => self.message.clone(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.located())?;
        match &self.help {
            Some(help) => write!(f, " (help: {help})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// Why a path may not be there: its folder is missing, its name is mistyped, or it starts elsewhere.
fn cure_of_missing(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Some(format!("there is no folder `{}`", folder.display()));
    };
    let names: Vec<String> = entries.flatten().filter_map(|e| e.file_name().into_string().ok()).collect();
    let asked = path.file_name()?.to_str()?;
    match did_you_mean(asked, names.iter().map(String::as_str)) {
        Some(near) => Some(format!("did you mean `{}`?", path.with_file_name(near).display())),
        None if path.is_relative() => Some("a relative path starts at the folder that nms was started in".into()),
        None => None,
    }
}

/// The candidate nearest to a mistyped name, where one is near enough to be meant.
pub fn did_you_mean<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|c| (strsim::damerau_levenshtein(typed, c), c))
        // Two names of one letter are one step apart and have nothing in common.
        .filter(|&(distance, c)| distance <= 1 + c.len().max(typed.len()) / 4 && distance < c.len().max(typed.len()))
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_comes_first() {
        let error = Error::format("found 6 of 7 columns").in_file(Path::new("a.swc")).at_line(3);
        assert_eq!(error.to_string(), "a.swc:3: found 6 of 7 columns");
        assert_eq!(error.help("add a radius").to_string(), "a.swc:3: found 6 of 7 columns (help: add a radius)");
    }

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        assert_eq!(did_you_mean("epoch", ["epochs", "batch"]), Some("epochs"));
        assert_eq!(did_you_mean("colour", ["lr", "batch"]), None);
        assert_eq!(did_you_mean("k", ["n"]), None);
    }
}
