//! One run of a script: seeds, parameters, outputs, manifest.

pub mod seed;
