//! The branching of a neuron as a barcode: the topological morphology descriptor and what is computed from it.
//!
//! A filter gives every sample a number, such as its distance from the soma. Walking from the tips towards the soma, each
//! branch lives from the value at its tip until it merges with a longer one: one bar per tip. Barcodes compare trees of
//! any size without matching their branches (Kanari et al. 2018, "A topological representation of branching neuronal
//! morphologies", Neuroinformatics 16:3-13).
//!
//! [`Barcode`] holds the bars, `filter` the values they are made of, `elder` the rule that makes them. `image` turns a
//! barcode into a smoothed picture, `vector` into a row of numbers, `distance` compares two barcodes.
//!
//! This is persistence of one function on a tree, which takes one linear pass; it is no library for persistent homology of
//! point clouds or complexes.

mod barcode;
mod bottleneck;
mod distance;
mod elder;
mod filter;
mod image;
mod matching;
#[cfg(test)]
mod tests;
mod vector;
mod wasserstein;

pub use barcode::{Bar, Barcode};
pub use distance::{DistanceOptions, Ground, Metric};
pub use filter::{Direction, Filter, Origin, PersistenceOptions};
pub use image::{ImageOptions, ImageScale, ImageWeight, PersistenceImage};
pub use vector::{VectorKind, VectorOptions};
