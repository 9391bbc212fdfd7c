//! The command line: what the program was asked to do, and doing it.
//!
//! * [`args`] declares commands and options; `setup` prepares logs, progress and signals; [`start()`] dispatches.
//! * `run` runs a script with its record. `repl` is the prompt and the only part that knows rustyline, `conversation`
//!   what is said there, `commands` its dot commands, `transcript` the session as a script, `history` where it is kept. `doctor` says what works on this
//!   machine, `data` whether a folder holds a data set.
//! * `sweep` runs a script for many combinations of parameters; `turn` keeps runs apart that must not overlap;
//!   `batch_args` declares the options of both.
//! * `bundle` puts a script with all that it takes into one file, which `run` takes as well.
//! * `check` says what is wrong with scripts, `parameters` what one can be given, `doc` prints the reference, `new` writes
//!   a script to start from, `standard` lists and ejects the standard modules.
//! * `ending` turns how an evaluation ended into words and an exit code.
//!
//! Exit codes: 0 all is well, 1 the script failed or a check found something, 2 it was called wrongly, 70 nms itself is at fault, 75 a lock is held, 130 Ctrl-C,
//! 143 SIGTERM; `exit(n)` in a script gives n.

pub mod args;
pub mod batch_args;
mod bundle;
mod check;
mod commands;
mod conversation;
mod data;
mod doc;
mod doctor;
mod ending;
mod history;
mod new;
mod parameters;
mod repl;
mod run;
mod setup;
mod signals;
mod standard;
mod start;
mod sweep;
mod transcript;
mod turn;

pub use start::start;
