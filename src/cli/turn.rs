//! Whose turn it is: `--lock`, `--if-locked`, and one run at a time in one folder.

use std::path::Path;

use super::args::Global;
use super::batch_args::{IfLocked, LockArgs};
use super::ending::report;
use super::signals;
use crate::error::{Error, Result};
use crate::run::lock::{self, Attempt, Holder, Lock};
use crate::term::diagnostic::Diagnostic;

/// The exit code of a run that did not start because of a lock: `EX_TEMPFAIL` of sysexits.h, "try again later".
pub(super) const HELD: u8 = 75;

/// What came of waiting, or not, for a turn.
pub(super) enum Turn {
    /// It has come, and lasts as long as the lock is kept.
    Ours(Lock),
    /// It has not; end with this exit code.
    Not(u8),
}

/// Takes the lock that `--lock` names, if it names one.
///
/// # Errors
/// When there can be no such lock.
pub(super) fn named(args: &LockArgs, global: &Global) -> Result<Option<Turn>> {
    let Some(name) = &args.lock else { return Ok(None) };
    let path = lock::place(name)?;
    let turn = take(&format!("the lock `{name}`"), args.if_locked, global, || lock::attempt(&path))?;
    if let Turn::Ours(Lock { abandoned: Some(before), .. }) = &turn {
        tracing::info!(target: "nms", "the lock `{name}` was left behind by {before}, which has ended");
    }
    Ok(Some(turn))
}

/// Makes sure that no other run writes to a folder.
///
/// # Errors
/// None but an unforeseen one of the system's.
pub(super) fn folder(args: &LockArgs, folder: &Path, global: &Global) -> Result<Turn> {
    take(&format!("the folder `{}`", folder.display()), args.if_locked, global, || Ok(lock::attempt_folder(folder)))
}

/// Takes a lock as `if_locked` says; `what` names it in messages.
///
/// # Errors
/// What the attempt says.
pub(super) fn take(
    what: &str,
    if_locked: IfLocked,
    global: &Global,
    attempt: impl Fn() -> Result<Attempt>,
) -> Result<Turn> {
    let by = |holder: Option<Holder>| holder.map_or("another process".to_string(), |h| h.to_string());
    let holder = match attempt()? {
        Attempt::Taken(lock) => return Ok(Turn::Ours(lock)),
        Attempt::Held(holder) => by(holder),
    };
    match if_locked {
        IfLocked::Fail => {
            let error = Error::value(format!("{what} is held by {holder}"))
                .help("wait for it with `--if-locked wait`, or let this run be with `--if-locked skip`");
            report(&Diagnostic::plain(&error), global);
            Ok(Turn::Not(HELD))
        }
        IfLocked::Skip => {
            tracing::info!(target: "nms", "skipped: {what} is held by {holder}");
            Ok(Turn::Not(0))
        }
        IfLocked::Wait => {
            tracing::info!(target: "nms", "waiting: {what} is held by {holder}");
            match lock::wait(attempt) {
                Ok(lock) => Ok(Turn::Ours(lock)),
                Err(error) if error.is_interrupt() => {
                    tracing::warn!(target: "nms", "stopped while waiting for {what}");
                    Ok(Turn::Not(crate::interrupt::requested().map_or(1, signals::exit_code)))
                }
                Err(error) => Err(error),
            }
        }
    }
}
