//! The command line: what the program was asked to do, and doing it.
//!
//! * [`args`] declares commands and options; [`start()`] dispatches, and sets up logs, progress and signals.
//! * `run` runs a script with its record; `repl` is the interactive session and the only file that knows rustyline,
//!   `commands` are its dot commands; `doctor` says what works on this machine.
//!
//! Exit codes: 0 all is well, 1 the script failed, 2 it was called wrongly, 70 nms itself is at fault, 130 Ctrl-C,
//! 143 SIGTERM; `exit(n)` in a script gives n.

pub mod args;
mod commands;
mod doctor;
mod repl;
mod run;
mod signals;
mod start;

pub use start::start;
