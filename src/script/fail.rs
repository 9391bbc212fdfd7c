//! Domain errors as script errors.
//!
//! A script error is Rhai's `ErrorRuntime` carrying the map `#{kind, message, path, line, help}`, so that a script can
//! `try { … } catch (e) { if e.kind == "file" { … } }`. It also carries the position of the call: Rhai fills that in
//! for `f()` and `x.f()`, but not for `namespace::f()`, which is how nearly all of nms is called. Hence the rule that
//! every fallible binding takes the [`NativeCallContext`] and ends in [`at`](At::at).

use std::path::PathBuf;

use rhai::{Dynamic, EvalAltResult, Map, NativeCallContext, Position};

use crate::error::{Error, Kind, Result};
use crate::script::panics;

/// What a fallible binding returns.
///
/// The name matters: Rhai's definitions print an alias of this name as plain `T`, and the box in full otherwise.
pub type RhaiResultOf<T> = std::result::Result<T, Box<EvalAltResult>>;

/// Gives a domain result the position of the script call that led to it: `domain::call(…).at(&ctx)?`.
pub trait At<T> {
    /// The value, or a script error at the call's position.
    ///
    /// # Errors
    /// The domain's error, as [`raise`] dresses it.
    fn at(self, ctx: &NativeCallContext) -> RhaiResultOf<T>;
}

impl<T> At<T> for Result<T> {
    fn at(self, ctx: &NativeCallContext) -> RhaiResultOf<T> {
        self.map_err(|error| raise(error, ctx.call_position()))
    }
}

/// Runs a binding that may panic deep inside a library (tensor code, mostly); a panic becomes an error of kind
/// `internal` at the position of the call, which the script can catch.
///
/// Every evaluation is guarded as a whole as well. That catch of last resort knows no position, so use this one where
/// panics are to be expected.
///
/// # Errors
/// The domain's error, or the panic.
pub fn guard<T>(ctx: &NativeCallContext, call: impl FnOnce() -> Result<T>) -> RhaiResultOf<T> {
    panics::caught(call).unwrap_or_else(Err).at(ctx)
}

/// Why an evaluation was ended from outside: the token of `ErrorTerminated`, which no script can catch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A signal asked for it.
    Signal(usize),
    /// The script called `exit(code)`.
    Exit(u8),
    /// What the run was given from outside is wrong, which no script should paper over.
    Usage(Error),
    /// Nobody reads the output any more.
    BrokenPipe,
}

impl Stop {
    /// The error that ends the evaluation.
    pub fn at(self, position: Position) -> Box<EvalAltResult> {
        Box::new(EvalAltResult::ErrorTerminated(Dynamic::from(self), position))
    }
}

/// The script error of a domain error. A requested stop becomes a termination, which scripts cannot catch, and so does
/// a refusal to go on.
pub fn raise(error: Error, position: Position) -> Box<EvalAltResult> {
    if error.is_interrupt() {
        let signal = crate::interrupt::requested().unwrap_or(signal_hook::consts::SIGINT as usize);
        return Stop::Signal(signal).at(position);
    }
    if error.kind == Kind::Refused {
        return Stop::Usage(error).at(position);
    }
    Box::new(EvalAltResult::ErrorRuntime(thrown(error).into(), position))
}

/// The value that a script catches.
pub fn thrown(error: Error) -> Map {
    let text = |t: Option<String>| t.map_or(Dynamic::UNIT, Dynamic::from);
    let path = error.path.map(|p| p.display().to_string());
    Map::from([
        ("kind".into(), error.kind.name().into()),
        ("message".into(), error.message.into()),
        ("path".into(), text(path)),
        ("line".into(), error.line.map_or(Dynamic::UNIT, |l| Dynamic::from(l as i64))),
        ("help".into(), text(error.help)),
    ])
}

/// The domain error in a thrown value: one that [`raise`] made, or a map with a `message` that a script threw itself.
pub fn domain_error(thrown: &Dynamic) -> Option<Error> {
    let map = thrown.as_map_ref().ok()?;
    let text = |key: &str| map.get(key).and_then(|v| v.clone().into_string().ok());
    let message = text("message")?;
    let kind = text("kind").and_then(|name| Kind::named(&name)).unwrap_or(Kind::Value);
    Some(Error {
        kind,
        message,
        path: text("path").map(PathBuf::from),
        line: map.get("line").and_then(|l| l.as_int().ok()).and_then(|l| usize::try_from(l).ok()),
        help: text("help"),
    })
}
