//! What analyses are run on: populations of neurons, tables, matrices with named rows, labels, and batches for models.

pub(crate) mod array_file;
mod batch;
pub mod features;
mod labels;
mod matrix;
mod matrix_file;
mod measured;
mod outcome;
pub(crate) mod parquet;
pub mod population;
mod profiles;
pub mod table;

pub use batch::{Adjacency, Batch, Layout};
pub use features::Feature;
pub use labels::Labels;
pub use matrix::Matrix;
pub use outcome::{Origin, Outcome};
pub use population::{LoadOptions, LoadReport, Loaded, Population, SaveOptions, load_dir};
pub use profiles::{ProfileOptions, profiles};
pub use table::Table;
