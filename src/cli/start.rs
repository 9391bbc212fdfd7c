//! From the command line to an exit code.

use std::ffi::OsString;
use std::io::{IsTerminal, stderr, stdin};
use std::path::PathBuf;

use anstream::ColorChoice;
use clap::Parser;

use super::args::{Cli, Color, Command, Global, LogFormat, RunArgs};
use super::run::{Job, Text};
use super::{doctor, repl, run, signals};
use crate::error::{Error, Result};
use crate::script::panics;
use crate::script::resolver::Standard;
use crate::script::session::Setup;
use crate::term::diagnostic::Diagnostic;
use crate::term::progress::Style;
use crate::term::{log, printer, progress};

/// Does what the arguments ask for and gives the exit code.
pub fn start(args: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(message) => {
            // Help and version go to standard output with code 0, refusals to standard error with code 2. Nobody can be
            // told of a closed pipe.
            drop(message.print());
            return u8::try_from(message.exit_code()).unwrap_or(2);
        }
    };
    let outcome = panics::caught(|| prepare(&cli.global).and_then(|()| dispatch(&cli)));
    match outcome {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            report(&Diagnostic::plain(&error), &cli.global);
            2
        }
        Err(panic) => {
            report(&Diagnostic::plain(&panic), &cli.global);
            70
        }
    }
}

fn dispatch(cli: &Cli) -> Result<u8> {
    match (&cli.command, &cli.code) {
        (Some(_), Some(_)) => Err(Error::value("`-c` runs code by itself; it takes no command beside it")),
        (Some(Command::Run(args)), None) => run::run(&cli.global, &Job::recorded(script(args)?, args.clone())),
        (Some(Command::Doctor), None) => Ok(doctor::doctor(&cli.global)),
        (None, Some(code)) => run::run(&cli.global, &Job::bare(Text::code(code))),
        (None, None) if stdin().is_terminal() => repl::repl(&cli.global),
        (None, None) => run::run(&cli.global, &Job::bare(Text::stdin()?)),
    }
}

fn script(args: &RunArgs) -> Result<Text> {
    if args.script.as_os_str() == "-" { Text::stdin() } else { Text::file(&args.script) }
}

fn prepare(global: &Global) -> Result<()> {
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
    Setup { standard, max_ops: global.max_ops }
}

/// Tells of an error on standard error, and in the log file where there is one.
pub(super) fn report(diagnostic: &Diagnostic, global: &Global) {
    match global.log_format {
        LogFormat::Text => printer::raw_note(&diagnostic.render()),
        LogFormat::Json => printer::note(&diagnostic.json(&crate::run::manifest::now())),
    }
    if global.log_file.is_some() {
        let place = diagnostic.place.as_ref().map(ToString::to_string);
        tracing::error!(target: "nms", place, "{}", diagnostic.message);
    }
}
