//! Log lines: `warning: …` for people, JSON for machines.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

use super::printer;
use crate::error::{Error, Result};
use crate::run::manifest::now;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `warning: …`, with the time in front where they do not go to a terminal.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// Where log lines go and which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// How they look.
    pub format: Format,
    /// The file they are appended to; standard error where there is none.
    pub file: Option<PathBuf>,
    /// Verbosity: 0 is the usual, each `-v` adds one, each `-q` takes one away.
    pub verbosity: i8,
}

/// Starts logging. A second call in one process changes nothing.
///
/// # Errors
/// When the file cannot be opened.
pub fn install(settings: &Settings) -> Result<()> {
    let sink = match &settings.file {
        Some(path) => Target::File(Arc::new(open(path)?)),
        None => Target::Stderr,
    };
    let timed = settings.file.is_some() || !std::io::IsTerminal::is_terminal(&std::io::stderr());
    let level = match settings.verbosity {
        ..=-2 => "error",
        -1 => "warn",
        0 => "info",
        1 => "debug",
        _ => "trace",
    };
    // Of other crates only what goes wrong, unless asked for by name in NMS_LOG.
    let filter = EnvFilter::try_from_env("NMS_LOG")
        .unwrap_or_else(|_| EnvFilter::new(format!("warn,simplecss=error,nms={level}")));
    let start = tracing_subscriber::fmt().with_env_filter(filter).with_writer(sink);
    let done = match settings.format {
        Format::Text => start.event_format(Short { timed }).try_init(),
        Format::Json => start.json().flatten_event(true).with_timer(Utc).try_init(),
    };
    // Only tests start twice in a process; the first start serves.
    drop(done);
    Ok(())
}

fn open(path: &Path) -> Result<File> {
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| Error::io("cannot make the folder", folder, &e))?;
    }
    File::options().create(true).append(true).open(path).map_err(|e| Error::io("cannot write", path, &e))
}

#[derive(Clone)]
enum Target {
    Stderr,
    File(Arc<File>),
}

impl<'a> MakeWriter<'a> for Target {
    type Writer = LineWriter;
    fn make_writer(&'a self) -> LineWriter {
        LineWriter(self.clone())
    }
}

/// Writes whole events: past the bars on a terminal, in one piece into a file that other processes may share.
struct LineWriter(Target);

impl Write for LineWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match &self.0 {
            Target::Stderr => printer::raw_note(&String::from_utf8_lossy(bytes)),
            Target::File(file) => (&**file).write_all(bytes)?,
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Utc;

impl FormatTime for Utc {
    fn format_time(&self, w: &mut Writer<'_>) -> std::fmt::Result {
        w.write_str(&now())
    }
}

/// `warning: …` and `info: …`.
struct Short {
    timed: bool,
}

impl<S, N> FormatEvent<S, N> for Short
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> std::fmt::Result {
        let (word, color) = match *event.metadata().level() {
            Level::ERROR => ("error", "\x1b[1;31m"),
            Level::WARN => ("warning", "\x1b[1;33m"),
            Level::INFO => ("info", "\x1b[1;34m"),
            Level::DEBUG => ("debug", "\x1b[2m"),
            Level::TRACE => ("trace", "\x1b[2m"),
        };
        if self.timed {
            write!(writer, "{} {word}: ", now())?;
        } else {
            write!(writer, "{color}{word}\x1b[0m: ")?;
        }
        ctx.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}
