//! The integration tests, in one binary: linking is what takes the time.
#![allow(clippy::unwrap_used)]

mod cli;
mod fuzz;
mod layers;
#[cfg(feature = "torch")]
mod numeric;
mod script;
