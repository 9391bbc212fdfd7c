//! navis' Parquet skeletons: one row per node, any number of neurons in one file.
//!
//! Columns by name (navis' `pq_io.md`): `node_id`, `parent_id` (-1 at a root), `x`, `y`, `z`, and where they exist
//! `radius`, `label` (the SWC type) and `neuron`; others are not read. Metadata are texts under `NEURON:property`; of
//! them `soma`, which gives the soma's node where there is no `label`, and `units`, which are said and not applied.
//! Without `radius` radii are 0, and without `label` types are 0: both are said as for SWC.
//!
//! A file without `neuron` holds one neuron, called after the file, as a file of one neuron is in every format; of
//! several each is called as `neuron` says. navis reads what is written here.

mod columns;
mod guarded;
mod read;
#[cfg(test)]
mod tests;
mod thrift;
mod write;

pub(crate) use guarded::{Guarded, column_reader};
pub(super) use read::parse;
pub use write::write_parquet;
