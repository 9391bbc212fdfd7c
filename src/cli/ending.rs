//! How an evaluation ended: what the user is told, and the exit code.

use signal_hook::consts::SIGTERM;

use super::args::{Global, LogFormat};
use super::signals;
use crate::run::manifest::Status;
use crate::script::fail::Stop;
use crate::script::trace::{Cause, Failure};
use crate::term::diagnostic::Diagnostic;
use crate::term::printer;

/// The exit code for how an evaluation ended, and what the record says of it.
pub(super) fn outcome(cause: &Cause) -> (u8, Status) {
    match cause {
        Cause::Script => (1, Status::Failed),
        Cause::Usage | Cause::Stopped(Stop::Usage(_)) => (2, Status::Failed),
        Cause::Internal => (70, Status::Failed),
        Cause::Stopped(Stop::Signal(signal)) => (signals::exit_code(*signal), Status::Interrupted),
        Cause::Stopped(Stop::BrokenPipe) => (0, Status::Interrupted),
        Cause::Stopped(Stop::Exit(0)) => (0, Status::Ok),
        Cause::Stopped(Stop::Exit(code)) => (*code, Status::Failed),
    }
}

/// Tells of a failure; ends that were asked for need few words or none.
pub(super) fn tell(global: &Global, failure: &Failure) {
    match &failure.cause {
        Cause::Stopped(Stop::Exit(_) | Stop::BrokenPipe) => {}
        Cause::Stopped(Stop::Signal(signal)) => {
            let by = if *signal == SIGTERM as usize { "SIGTERM" } else { "Ctrl-C" };
            let place = failure.diagnostic.place.as_ref().map_or(String::new(), |p| format!(" at {p}"));
            tracing::warn!(target: "nms", "stopped by {by}{place}");
        }
        _ => report(&failure.diagnostic, global),
    }
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
