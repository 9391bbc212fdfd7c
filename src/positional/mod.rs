//! Positional encodings: what a node's place in the tree looks like to a model that sees nodes as a set.
//!
//! Computed from the topology alone, in 64-bit arithmetic, on the processor; the result is part of a batch.

mod bisection;
mod dense;
mod eigen;
mod encoding;
mod laplacian;
mod random_walk;
mod together;

pub use encoding::{Encoding, Kind, extreme};
pub use laplacian::{Band, Laplacian};
