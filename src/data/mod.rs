//! What analyses are run on: populations of neurons, matrices with named rows, labels, and batches for models.

mod batch;
mod labels;
mod matrix;
mod matrix_file;
pub mod population;

pub use batch::{Adjacency, Batch};
pub use labels::Labels;
pub use matrix::Matrix;
pub use population::{LoadOptions, LoadReport, Loaded, Population, SaveOptions, load_dir};
