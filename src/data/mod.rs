//! What analyses are run on: populations of neurons, matrices with named rows, labels.

mod labels;
mod matrix;

pub use labels::Labels;
pub use matrix::Matrix;
