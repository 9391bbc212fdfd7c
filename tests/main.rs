//! The integration tests, in one binary: linking is what takes the time.
#![allow(clippy::unwrap_used)]

mod cli;
mod layers;
mod numeric;
mod script;
