//! What analyses are run on: populations of neurons, matrices with named rows, labels.

mod labels;
mod matrix;
pub mod population;

pub use labels::Labels;
pub use matrix::Matrix;
pub use population::{LoadOptions, LoadReport, Loaded, Population, load_dir};
