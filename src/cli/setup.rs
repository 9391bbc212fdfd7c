//! The process and its sessions as the options ask for them.

use std::io::{IsTerminal, stderr};
use std::path::PathBuf;

use anstream::ColorChoice;

use super::args::{Color, Global, LogFormat};
use super::signals;
use crate::error::{Error, Result};
use crate::script::resolver::Standard;
use crate::script::session::Setup;
use crate::term::progress::Style;
use crate::term::{log, printer, progress};

/// Sets up what the whole process shares: colours, the log, progress, signals, threads.
///
/// # Errors
/// When the log file cannot be written, or signals cannot be taken over.
pub(super) fn prepare(global: &Global) -> Result<()> {
    printer::set_color(match global.color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    });
    let format = match global.log_format {
        LogFormat::Text => log::Format::Text,
        LogFormat::Json => log::Format::Json,
    };
    let verbosity = i8::try_from(global.verbose).unwrap_or(2) - i8::try_from(global.quiet).unwrap_or(2);
    log::install(&log::Settings { format, file: global.log_file.clone(), verbosity })?;
    progress::install(match () {
        () if global.quiet > 0 || std::env::var_os("NMS_NO_PROGRESS").is_some() => Style::Hidden,
        () if stderr().is_terminal() && global.log_format == LogFormat::Text => Style::Bars,
        () => Style::Lines,
    });
    signals::install().map_err(|e| Error::internal(format!("cannot take over signals: {e}")))?;
    if let Some(threads) = global.threads {
        // Fails only where a pool exists already, which no command has had time to make.
        drop(rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads)).build_global());
    }
    Ok(())
}

/// What a session is made of.
pub(super) fn setup(global: &Global) -> Setup {
    let from_environment = || std::env::var_os("NMS_STDLIB").filter(|v| !v.is_empty()).map(PathBuf::from);
    let standard = match global.standard.clone().or_else(from_environment) {
        _ if global.no_std => Standard::Nowhere,
        Some(folder) => Standard::Folder(folder),
        None => Standard::Embedded,
    };
    if let Standard::Folder(folder) = &standard
        && let Some(stale) = super::standard::stale(folder)
    {
        tracing::warn!(target: "nms", "{stale}");
    }
    Setup { standard, max_ops: global.max_ops, bundled: None }
}
