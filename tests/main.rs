//! All integration tests, in one program.

mod cli;
#[cfg(feature = "torch")]
mod numeric;
mod script;
