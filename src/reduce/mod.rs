//! Projections of a matrix onto fewer dimensions.
//!
//! [`Pca`] is linear: its components can be read, and other data can be projected with them. [`tsne()`] draws a map in
//! which near cells stay near; distances between far groups, and the sizes of groups, mean nothing there. How good a map
//! is, [`tsne_divergence`] measures.

mod affinity;
mod pca;
mod tsne;

pub use affinity::tsne_divergence;
pub use pca::{Pca, PcaOptions, pca};
pub use tsne::{TsneOptions, tsne};
