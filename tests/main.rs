//! All integration tests, in one program.

#[cfg(feature = "torch")]
mod numeric;
