//! One run of a script: seeds, parameters, outputs, manifest.

pub mod atomic;
pub mod seed;
