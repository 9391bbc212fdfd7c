//! What the user sees: the only code that prints.
//!
//! Standard output belongs to the script (`print`, results); logs, progress and errors go to standard error.
//! [`printer`] writes, [`log`] sets up log lines, [`progress`] draws bars or writes a line now and then, [`table`] lays
//! out tables, [`picture`] shows figures, [`syntax`] colours scripts, and [`diagnostic`] renders errors.

pub mod diagnostic;
pub mod log;
pub mod picture;
pub mod printer;
pub mod progress;
pub mod syntax;
pub mod table;
